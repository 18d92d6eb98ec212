/* lib/owner/owner.c: reads a cgroup path from the outside in, component by component.
 *
 * Unit and slice are found as systemd itself finds them (cg_path_get_unit() and cg_path_get_slice(),
 * src/basic/cgroup-util.c): slices at the front, then one unit. Cgroups below that unit are made by the unit itself
 * and can't change whose the path is: neither a service with a delegated cgroup nor the systemd of a container can
 * name a unit of this machine. So `lxc.payload.c1/system.slice/nginx.service` has no unit here, and
 * `system.slice/a.service/b.service` belongs to a.service.
 *
 * Containers and pods are recognised by the names that their engines give (container.c, and the tables below). The
 * innermost one is the owner: with docker in docker it is the inner container that is short of memory. Anybody who
 * may make cgroups there (root, a unit with Delegate=, a user below user@UID.service, a container with a writable
 * cgroup tree) can give such names, so container and pod are only as trustworthy as the unit above them. */

#include "owner/walk.h"
#include "util/array.h"

/* How the slice of a pod's class is named before its "-pod<uid>.slice", and its directory before its "pod<uid>". */
static const char *const pod_slices[] = { "kubepods", "kubepods-burstable", "kubepods-besteffort" };
static const char *const pod_classes[] = { "burstable", "besteffort" };

/* Bytes of a name in containerd. */
#define CONTAINERD_NAME_MAX 76

/* The kinds of units that have a cgroup and processes in it. */
static const char *const unit_suffixes[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

/* --- systemd ------------------------------------------------------------------------------------------------------ */

static bool is_unit_char(char c)
{
        return is_name_char(c) || c == ':' || c == '\\' || c == '@';
}

/* A valid name of a unit that can run: known suffix, and no template without its instance (unit_name_is_valid(),
 * src/basic/unit-name.c). */
static bool is_unit_name(struct text name, struct text suffix)
{
        ptrdiff_t at = text_find(name, TEXT("@"), 0);

        if (!text_eat_end(&name, suffix) || !all_are(name, is_unit_char) || at == 0)
                return false;
        return at < 0 || (size_t)at + 1 < name.length;
}

static bool is_slice_name(struct text name)
{
        return is_unit_name(name, TEXT(".slice")) && text_find(name, TEXT("@"), 0) < 0;
}

static bool is_running_unit_name(struct text name)
{
        for (size_t i = 0; i < COUNT(unit_suffixes); i++)
                if (is_unit_name(name, text_from(unit_suffixes[i])))
                        return true;
        return false;
}

static bool is_user_manager(struct text unit)
{
        return text_eat(&unit, TEXT("user@")) && text_eat_end(&unit, TEXT(".service")) && all_are(unit, is_digit);
}

static void read_unit(struct walk *walk)
{
        struct owner *owner = walk->owner;
        struct text name = walk->component;
        bool is_system = walk->place == PLACE_SLICES;

        if (walk->place == PLACE_BELOW)
                return;
        /* systemd puts a '_' before names that the cgroup file system has itself: "_cpu.service" (cg_escape()) */
        (void)text_eat(&name, TEXT("_"));
        if (is_slice_name(name)) {
                if (is_system)
                        copy_name(owner->slice, name);
                return;
        }
        walk->place = PLACE_BELOW;
        if (!is_running_unit_name(name))
                return;
        copy_name(is_system ? owner->unit : owner->user_unit, name);
        walk->component_is_unit = true;
        if (!is_system)
                return;
        if (!owner->slice[0])
                copy_name(owner->slice, TEXT("-.slice")); /* "/init.scope" is in the root slice */
        if (is_user_manager(name)) {
                walk->place = PLACE_USER_SLICES;
                walk->is_users = true;
        }
}

/* --- Kubernetes pods ---------------------------------------------------------------------------------------------- */

/* A uuid, or for a static pod the 32 digits of a hash. */
static bool is_pod_uid(struct text uid, char separator)
{
        static const uint8_t hash[] = { 32, 0 };

        return is_uuid(uid, separator) || is_hex_groups(uid, hash, separator);
}

/* "[root-]kubepods[-class]-pod<uid>.slice", where the uid has '_' for '-'. */
static bool read_pod_slice(struct text slice, struct text *ret_uid)
{
        struct text class;

        if (!text_eat_end(&slice, TEXT(".slice")) || !text_split_last(slice, TEXT("-pod"), &class, ret_uid))
                return false;
        for (size_t i = 0; i < COUNT(pod_slices); i++) {
                struct text root = class;

                if (text_eat_end(&root, text_from(pod_slices[i])) && (root.length == 0 || text_ends(root, TEXT("-"))))
                        return is_pod_uid(*ret_uid, '_');
        }
        return false;
}

/* "kubepods[/class]/pod<uid>" */
static bool read_pod_directory(const struct walk *walk, struct text *ret_uid)
{
        struct text uid = walk->component;
        struct text kubepods = walk->parent;

        if (!text_eat(&uid, TEXT("pod")) || !is_pod_uid(uid, '-'))
                return false;
        for (size_t i = 0; i < COUNT(pod_classes); i++)
                if (text_equal(walk->parent, text_from(pod_classes[i])))
                        kubepods = walk->grandparent;
        *ret_uid = uid;
        return text_equal(kubepods, TEXT("kubepods"));
}

static void read_pod(struct walk *walk)
{
        struct text slice = walk->component, uid;
        ptrdiff_t colon = text_find(slice, TEXT(":"), 0);
        char *pod_uid = walk->owner->pod_uid;

        if (colon > 0)
                slice = text_until_offset(slice, (size_t)colon);
        walk->component_is_pod = read_pod_slice(slice, &uid) || read_pod_directory(walk, &uid);
        if (!walk->component_is_pod)
                return;
        copy_name(pod_uid, uid);
        for (size_t i = 0; i < uid.length; i++)
                if (pod_uid[i] == '_')
                        pod_uid[i] = '-';
}

/* --- Android
 * ------------------------------------------------------------------------------------------------------- */

/* "/uid_N/pid_M", "/apps/uid_N/pid_M", "/system/uid_N/pid_M" (libprocessgroup). */
static void read_uid(struct walk *walk)
{
        struct text uid = walk->component;
        uint64_t number;

        if ((walk->depth == 1 || text_equal(walk->above, TEXT("apps")) || text_equal(walk->above, TEXT("system"))) &&
            text_eat(&uid, TEXT("uid_")) && all_are(uid, is_digit) && text_eat_u64(&uid, &number) && uid.length == 0 &&
            number < UINT32_MAX)
                walk->owner->uid = (int64_t)number;
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

/* Takes the next component off the front of *path; empty at its end. */
static struct text next_component(struct text *path)
{
        while (text_eat(path, TEXT("/")))
                continue;
        return text_eat_until(path, '/');
}

/* Of a namespace or a task: letters and digits, joined by single '.', '_', '-' (pkg/identifiers of containerd). */
static bool is_containerd_name(struct text name)
{
        char last = '.';

        if (name.length > CONTAINERD_NAME_MAX || !all_are(name, is_name_char))
                return false;
        for (size_t i = 0; i < name.length; i++) {
                bool is_joint = name.data[i] == '.' || name.data[i] == '_' || name.data[i] == '-';

                if (is_joint && (last == '.' || last == '_' || last == '-'))
                        return false;
                last = name.data[i];
        }
        return last != '.' && last != '_' && last != '-';
}

static void read_component(struct walk *walk)
{
        walk->parent_is_pod = walk->component_is_pod;
        walk->parent_is_unit = walk->component_is_unit;
        walk->component_is_pod = walk->component_is_unit = false;
        if (walk->component.length > OWNER_NAME_MAX) {
                walk->place = PLACE_BELOW; /* no file system has such a name: nothing below it can be trusted */
                return;
        }
        read_unit(walk);
        read_pod(walk);
        walk_read_container(walk);
        walk_read_job(walk);
        read_uid(walk);
}

void owner_from_cgroup(struct text path, bool is_cut, struct owner *ret_owner)
{
        struct walk walk = { .owner = ret_owner };
        struct text part = { 0 };
        const char *start;

        memset(ret_owner, 0, sizeof(*ret_owner));
        ret_owner->uid = OWNER_UID_UNKNOWN;
        if (is_cut) {
                ptrdiff_t slash = text_find_last(path, TEXT("/"));

                part = text_from_offset(path, (size_t)(slash + 1));
                path = text_until_offset(path, (size_t)(slash + 1));
        }
        walk.next = next_component(&path);
        for (start = walk.next.data; walk.next.length > 0 && !walk.is_next_cut;) {
                walk.grandparent = walk.parent;
                walk.parent = walk.component;
                walk.component = walk.next;
                walk.above = (struct text){ start, walk.depth ? (size_t)(walk.component.data - start) - 1 : 0 };
                walk.depth++;
                walk.next = next_component(&path);
                if (is_cut && walk.next.length == 0) {
                        walk.next = part;
                        walk.is_next_cut = true;
                }
                read_component(&walk);
        }
}

bool owner_may_be_containerd(struct text path, bool is_cut, struct text *ret_namespace, struct text *ret_id)
{
        struct owner owner;
        struct text rest = path, namespace, id;

        owner_from_cgroup(path, is_cut, &owner);
        namespace = next_component(&rest);
        id = next_component(&rest);
        if (owner.container_id[0] || owner.slice[0] || owner.unit[0] || (is_cut && rest.length == 0) ||
            !is_containerd_name(namespace) || !is_containerd_name(id))
                return false;
        *ret_namespace = namespace;
        *ret_id = id;
        return true;
}
