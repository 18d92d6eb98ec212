/* Those that kill a cgroup, a pod or a container as a whole: oomd, Talos, the kubelet; and what docker and the kubelet tell of the
 * kernel's kills. */

#include "killer/parse.h"

/* "12.10 4.02 0.90 system.slice/indexer.service 320589824 ruleset:[a] detectorgroup:[b] killer:kill_by_memory_size_or_growth v2" */
bool killer_parse_oomd(struct text rest, struct killer_line *line)
{
        struct killer_claim *claim = &line->claim;
        struct text text = rest, plugin, why, cgroup;
        char *path = claim->cgroup.data;
        int64_t bytes;

        for (unsigned i = 0; i < 3; i++)
                if (!killer_eat_decimal(&text) || !text_eat(&text, TEXT(" ")))
                        return false;
        if (!text_split_last(text, TEXT(" killer:"), &text, &plugin) || !text_eat_end(&plugin, TEXT(" v2")) ||
            plugin.length == 0 || memchr(plugin.data, ' ', plugin.length) || !text_ends(text, TEXT("]")) ||
            !text_split_last(text, TEXT(" detectorgroup:["), &text, &why) || !text_ends(text, TEXT("]")) ||
            !text_split_last(text, TEXT(" ruleset:["), &cgroup, &why) || !text_eat_end_i64(&cgroup, false, &bytes) ||
            !text_eat_end(&cgroup, TEXT(" ")) || cgroup.length == 0)
                return false;
        claim->killer = KILLER_OOMD;
        claim->signal = KILLER_SIGKILL;
        claim->cgroup_bytes = bytes;
        path[0] = '/'; /* it is printed without */
        (void)text_eat(&cgroup, TEXT("/"));
        claim->cgroup.length = (uint16_t)(1 + text_copy(cgroup, path + 1, KILLER_PATH_MAX - 1));
        text_eat_end(&why, TEXT("]"));
        killer_reason_set(claim, text_from_offset(rest, (size_t)(why.data - rest.data) - (sizeof("ruleset:[") - 1)));
        return true;
}

/* "Log.cpp:118] ..." of its own log, and then the same */
bool killer_parse_oomd_own(struct text rest, struct killer_line *line)
{
        struct text file, text;
        int64_t number;

        return text_split(rest, TEXT("] "), &file, &text) && text_eat_end_i64(&file, false, &number) &&
               text_ends(file, TEXT(".cpp:")) && killer_parse_oomd(text, line);
}

/* The value of a member of an object of JSON in one line: "cgroup": "/sys/fs/cgroup/a". Only values without escapes. */
static bool find_member(struct text object, const char *name, struct text *ret_value)
{
        struct text key = text_from(name), before, rest = object, end;

        while (text_split(rest, key, &before, &rest)) {
                struct text value = rest;

                if (!text_ends(before, TEXT("\"")) || !text_eat(&value, TEXT("\":")))
                        continue;
                (void)text_eat_blanks(&value);
                if (!text_eat(&value, TEXT("\"")) || !text_split(value, TEXT("\""), &value, &end) ||
                    memchr(value.data, '\\', value.length))
                        return false;
                *ret_value = value;
                return true;
        }
        return false;
}

/* {"component": "controller-runtime", "controller": "runtime.OOMController", "cgroup": "/sys/fs/cgroup/kubepods/..."} */
bool killer_parse_talos(struct text rest, struct killer_line *line)
{
        struct text controller, cgroup;

        if (!text_starts(rest, TEXT("{")) || !text_ends(rest, TEXT("}")) ||
            !find_member(rest, "controller", &controller) || !text_equal(controller, TEXT("runtime.OOMController")) ||
            !find_member(rest, "cgroup", &cgroup))
                return false;
        (void)text_eat(&cgroup, TEXT("/sys/fs/cgroup"));
        if (!text_starts(cgroup, TEXT("/")))
                return false;
        line->claim.killer = KILLER_TALOS;
        line->claim.signal = KILLER_SIGKILL;
        killer_path_set(&line->claim.cgroup, cgroup);
        return true;
}

/* ---- the kubelet ---------------------------------------------------------------------------------------------------------- */

static bool take_resource(struct text name, struct killer_line *line)
{
        line->is_other_resource = !text_equal(name, TEXT("memory"));
        return name.length > 0;
}

/* resourceName="memory" */
bool killer_parse_resource(struct text rest, struct killer_line *line)
{
        return text_eat(&rest, TEXT("resourceName=\"")) && text_eat_end(&rest, TEXT("\"")) && take_resource(rest, line);
}

bool killer_parse_resource_old(struct text rest, struct killer_line *line)
{
        return take_resource(rest, line);
}

static bool take_pod(struct text pod, struct killer_line *line)
{
        struct text namespace, name;

        if (pod.length > KILLER_NAME_MAX || !text_split(pod, TEXT("/"), &namespace, &name) || namespace.length == 0 ||
            name.length == 0 || memchr(pod.data, ' ', pod.length))
                return false;
        line->claim.killer = KILLER_KUBELET;
        killer_name_set(&line->claim.pod, pod);
        return true;
}

/* pod="shop/cart-0" */
bool killer_parse_evicted(struct text rest, struct killer_line *line)
{
        struct text pod, after;

        return text_eat(&rest, TEXT("pod=\"")) && text_split(rest, TEXT("\""), &pod, &after) && take_pod(pod, line);
}

/* "cart-0_shop(1b2c...) is evicted successfully", up to 1.20 */
bool killer_parse_evicted_old(struct text rest, struct killer_line *line)
{
        char pod[KILLER_NAME_MAX];
        struct text name, namespace, after;
        size_t length;

        if (!text_eat_end(&rest, TEXT(" is evicted successfully")))
                return false;
        if (!text_split(rest, TEXT("_"), &name, &namespace))
                return take_pod(rest, line);
        (void)text_split(namespace, TEXT("("), &namespace, &after);
        length = text_copy(namespace, pod, sizeof(pod));
        length += text_copy(TEXT("/"), pod + length, sizeof(pod) - length);
        length += text_copy(name, pod + length, sizeof(pod) - length);
        return take_pod((struct text){ pod, length }, line);
}

/* "renderer, pid: 4310": the kernel's kill, told again */
bool killer_parse_system_oom(struct text rest, struct killer_line *line)
{
        struct text name;

        if (!text_eat_end_i64(&rest, false, &line->claim.pid) || !text_eat_end(&rest, TEXT(", pid: ")))
                return false;
        name = rest;
        if (name.length > KILLER_COMM_MAX)
                return false;
        killer_name_set(&line->claim.name, name);
        line->claim.is_retelling = line->claim.is_kernels = true;
        return true;
}

/* "0c1f... (image=shop/cart, name=cart)": the same, of `docker events` */
bool killer_parse_container_oom(struct text rest, struct killer_line *line)
{
        struct text id = text_eat_until(&rest, ' ');

        if (id.length != 64 || !text_starts(rest, TEXT(" (")) || !text_ends(rest, TEXT(")")))
                return false;
        for (size_t i = 0; i < id.length; i++)
                if (text_hex_digit(id.data[i]) > 15)
                        return false;
        killer_name_set(&line->claim.container, id);
        line->claim.is_retelling = line->claim.is_kernels = true;
        return true;
}
