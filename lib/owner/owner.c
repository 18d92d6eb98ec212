/* lib/owner/owner.c: reads a cgroup path from the outside in, component by component.
 *
 * Unit and slice are found as systemd itself finds them (cg_path_get_unit() and cg_path_get_slice(),
 * src/basic/cgroup-util.c): slices at the front, then one unit. Cgroups below that unit are made by the unit itself and
 * can't change whose the path is: neither a service with a delegated cgroup nor the systemd of a container can name a
 * unit of this machine. So `lxc.payload.c1/system.slice/nginx.service` has no unit here, and
 * `system.slice/a.service/b.service` belongs to a.service.
 *
 * Containers and pods are recognised by the names that their engines give (the tables below). The innermost one is the
 * owner: with docker in docker it is the inner container that is short of memory. Anybody who may make cgroups there
 * (root, a unit with Delegate=, a user below user@UID.service, a container with a writable cgroup tree) can give such
 * names, so container and pod are only as trustworthy as the unit above them. */

#include "owner/owner.h"
#include "util/array.h"

enum id_form {
        ID_HEX64,   /* docker, containerd's CRI, cri-o, podman: 64 lower-case hexadecimal digits */
        ID_ECS,     /* 32 hexadecimal digits, '-', a number */
        ID_GARDEN,  /* 8-4-4-4-4 hexadecimal digits */
        ID_NAME,    /* chosen by people: letters, digits, '.', '_', '-' */
        ID_ESCAPED, /* the same, escaped as in a unit's name: "my\x2dmachine" */
};

static const uint8_t shortest_ids[] = {
        [ID_HEX64] = 64, [ID_ECS] = 34, [ID_GARDEN] = 28, [ID_NAME] = 1, [ID_ESCAPED] = 1,
};

enum condition {
        ALWAYS,
        PARENT,          /* the component before is the one named */
        GRANDPARENT,     /* the one before that */
        BELOW_POD,       /* the component before is a pod's */
        OUTERMOST,       /* a guess: not below a container that another rule knows */
        PAYLOAD_NEXT,    /* the component after is "payload" */
        SUPERVISOR_LESS, /* the component after is not "supervisor" */
};

struct container_rule {
        enum condition condition;
        enum id_form form;
        const char *ancestor;        /* for PARENT and GRANDPARENT */
        const char *prefix, *suffix; /* before and after the id */
        const char *runtime;         /* NULL: several engines use this form */
};

/* A container's monitor ("libpod-conmon-<id>.scope", "crio-conmon-<id>.scope", "lxc.monitor.NAME",
 * "systemd-nspawn@NAME.service/supervisor") runs outside of it, and matches no rule. */
/* clang-format off */
static const struct container_rule container_rules[] = {
        /* docker: cgroupfs driver, systemd driver */
        { PARENT,          ID_HEX64,   "docker",      "",                "",         "docker"         },
        { ALWAYS,          ID_HEX64,   NULL,          "docker-",         ".scope",   "docker"         },
        /* containerd: CRI plugin with the systemd driver, nerdctl, "/<namespace>/<id>" of plain containerd */
        { ALWAYS,          ID_HEX64,   NULL,          "cri-containerd-", ".scope",   "containerd"     },
        { ALWAYS,          ID_HEX64,   NULL,          "nerdctl-",        ".scope",   "containerd"     },
        { PARENT,          ID_HEX64,   "k8s.io",      "",                "",         "containerd"     },
        { PARENT,          ID_HEX64,   "default",     "",                "",         "containerd"     },
        /* cri-o: systemd driver, cgroupfs driver */
        { ALWAYS,          ID_HEX64,   NULL,          "crio-",           ".scope",   "cri-o"          },
        { ALWAYS,          ID_HEX64,   NULL,          "crio-",           "",         "cri-o"          },
        /* podman: systemd driver, cgroupfs driver ("libpod_parent/libpod-<id>"), --cgroups=split (quadlet) */
        { ALWAYS,          ID_HEX64,   NULL,          "libpod-",         ".scope",   "podman"         },
        { ALWAYS,          ID_HEX64,   NULL,          "libpod-",         "",         "podman"         },
        { ALWAYS,          ID_HEX64,   NULL,          "libpod-payload-", "",         "podman"         },
        /* "slice:prefix:id", the systemd driver's notation, taken for a file name where only one side uses that driver
         * (kubernetes issue 106514) */
        { ALWAYS,          ID_HEX64,   NULL,          "docker:",         "",         "docker"         },
        { ALWAYS,          ID_HEX64,   NULL,          "cri-containerd:", "",         "containerd"     },
        { ALWAYS,          ID_HEX64,   NULL,          "crio:",           "",         "cri-o"          },
        /* lxc, also under LXD, Incus and Proxmox: since 4.0, 3.1, before */
        { ALWAYS,          ID_NAME,    NULL,          "lxc.payload.",    "",         "lxc"            },
        { PARENT,          ID_NAME,    "lxc.payload", "",                "",         "lxc"            },
        { PARENT,          ID_NAME,    "lxc",         "",                "",         "lxc"            },
        /* systemd-nspawn; machined makes "machine-NAME.scope" for virtual machines too, but only nspawn a "payload" */
        { SUPERVISOR_LESS, ID_NAME,    NULL,          "systemd-nspawn@", ".service", "systemd-nspawn" },
        { PAYLOAD_NEXT,    ID_ESCAPED, NULL,          "machine-",        ".scope",   "systemd-nspawn" },
        /* Amazon ECS: "ecs/<task>/<id>", on EC2 by docker */
        { GRANDPARENT,     ID_HEX64,   "ecs",         "",                "",         "docker"         },
        { GRANDPARENT,     ID_ECS,     "ecs",         "",                "",         NULL             },
        /* Cloud Foundry's Garden */
        { PARENT,          ID_GARDEN,  "garden",      "",                "",         "garden"         },
        { PARENT,          ID_HEX64,   "garden",      "",                "",         "garden"         },
        /* Kubernetes with the cgroupfs driver: docker and containerd alike */
        { BELOW_POD,       ID_HEX64,   NULL,          "",                "",         NULL             },
        /* A bare id below a --cgroup-parent= of somebody's own */
        { OUTERMOST,       ID_HEX64,   NULL,          "",                "",         NULL             },
};
/* clang-format on */

/* How the slice of a pod's class is named before its "-pod<uid>.slice", and its directory before its "pod<uid>". */
static const char *const pod_slices[] = { "kubepods", "kubepods-burstable", "kubepods-besteffort" };
static const char *const pod_classes[] = { "burstable", "besteffort" };

/* The kinds of units that have a cgroup and processes in it. */
static const char *const unit_suffixes[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

/* What systemd expects at this point of the path. */
enum cgroup_place {
        PLACE_SLICES,      /* of the system's manager */
        PLACE_USER_SLICES, /* of a user's manager, below its "user@<uid>.service" */
        PLACE_BELOW,       /* below a unit: any name */
};

struct walk {
        struct text grandparent, parent, component, next; /* empty before the first and after the last */
        enum cgroup_place place;
        bool parent_is_pod, component_is_pod;
        struct owner *owner;
};

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_name_char(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

static bool all_are(struct text text, bool (*is_char)(char))
{
        for (size_t i = 0; i < text.length; i++)
                if (!is_char(text.data[i]))
                        return false;
        return text.length > 0;
}

/* Whether text is groups of hexadecimal digits of these lengths (up to a 0), joined by separator. */
static bool is_hex_groups(struct text text, const uint8_t *lengths, char separator)
{
        size_t at = 0;

        for (size_t group = 0; lengths[group]; group++) {
                if (group > 0 && (at >= text.length || text.data[at++] != separator))
                        return false;
                for (uint8_t i = 0; i < lengths[group]; i++, at++)
                        if (at >= text.length || !is_hex(text.data[at]))
                                return false;
        }
        return at == text.length;
}

/* There is room: text is a part of a component, which has at most OWNER_NAME_MAX bytes. */
static void copy(char *to, struct text text)
{
        memcpy(to, text.data, text.length);
        to[text.length] = '\0';
}

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
                        copy(owner->slice, name);
                return;
        }
        walk->place = PLACE_BELOW;
        if (!is_running_unit_name(name))
                return;
        copy(is_system ? owner->unit : owner->user_unit, name);
        if (!is_system)
                return;
        if (!owner->slice[0])
                copy(owner->slice, TEXT("-.slice")); /* "/init.scope" is in the root slice */
        if (is_user_manager(name))
                walk->place = PLACE_USER_SLICES;
}

/* --- Kubernetes pods ---------------------------------------------------------------------------------------------- */

/* A uuid, or for a static pod the 32 digits of a hash. */
static bool is_pod_uid(struct text uid, char separator)
{
        static const uint8_t uuid[] = { 8, 4, 4, 4, 12, 0 }, hash[] = { 32, 0 };

        return is_hex_groups(uid, uuid, separator) || is_hex_groups(uid, hash, separator);
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
        copy(pod_uid, uid);
        for (size_t i = 0; i < uid.length; i++)
                if (pod_uid[i] == '_')
                        pod_uid[i] = '-';
}

/* --- containers --------------------------------------------------------------------------------------------------- */

/* Undoes "\xNN" (unit_name_unescape(), src/basic/unit-name.c). buffer holds escaped.length bytes. A broken escape
 * stays. */
static struct text unescape(struct text escaped, char *buffer)
{
        size_t length = 0;

        for (size_t i = 0; i < escaped.length; i++) {
                const char *at = escaped.data + i;

                if (escaped.length - i >= 4 && at[0] == '\\' && at[1] == 'x' && is_hex(at[2]) && is_hex(at[3])) {
                        buffer[length++] = (char)(text_hex_digit(at[2]) << 4 | text_hex_digit(at[3]));
                        i += 3;
                } else {
                        buffer[length++] = at[0];
                }
        }
        return (struct text){ buffer, length };
}

static bool is_container_id(struct text id, enum id_form form)
{
        static const uint8_t hex64[] = { 64, 0 }, garden[] = { 8, 4, 4, 4, 4, 0 }, ecs[] = { 32, 0 };

        switch (form) {
        case ID_HEX64:
                return is_hex_groups(id, hex64, '-');
        case ID_GARDEN:
                return is_hex_groups(id, garden, '-');
        case ID_ECS:
                return id.length > 33 && is_hex_groups(text_until_offset(id, 32), ecs, '-') && id.data[32] == '-' &&
                       all_are(text_from_offset(id, 33), is_digit);
        case ID_NAME:
        case ID_ESCAPED:
                return all_are(id, is_name_char);
        }
        return false;
}

struct text owner_short_id(struct text id)
{
        return is_container_id(id, ID_HEX64) ? text_until_offset(id, 12) : id;
}

static bool condition_holds(const struct container_rule *rule, const struct walk *walk)
{
        switch (rule->condition) {
        case ALWAYS:
                return true;
        case PARENT:
                return text_equal(walk->parent, text_from(rule->ancestor));
        case GRANDPARENT:
                return text_equal(walk->grandparent, text_from(rule->ancestor));
        case BELOW_POD:
                return walk->parent_is_pod;
        case OUTERMOST:
                return !walk->owner->container_id[0];
        case PAYLOAD_NEXT:
                return text_equal(walk->next, TEXT("payload"));
        case SUPERVISOR_LESS:
                return !text_equal(walk->next, TEXT("supervisor"));
        }
        return false;
}

/* Takes the id out of component where it has the rule's form. buffer holds OWNER_NAME_MAX bytes. */
static bool read_container_id(const struct container_rule *rule, struct text component, char *buffer,
                              struct text *ret_id)
{
        struct text id = component;

        if (component.length < shortest_ids[rule->form]) /* most components: a path may have two thousand */
                return false;
        if (!text_eat(&id, text_from(rule->prefix)) || !text_eat_end(&id, text_from(rule->suffix)))
                return false;
        if (rule->form == ID_ESCAPED)
                id = unescape(id, buffer);
        if (!is_container_id(id, rule->form))
                return false;
        *ret_id = id;
        return true;
}

static void read_container(struct walk *walk)
{
        struct text component = walk->component, id;
        ptrdiff_t notation = text_find(component, TEXT(".slice:"), 0);
        char buffer[OWNER_NAME_MAX];

        if (notation >= 0)
                component = text_from_offset(component, (size_t)notation + sizeof(".slice:") - 1);
        for (size_t i = 0; i < COUNT(container_rules); i++) {
                const struct container_rule *rule = &container_rules[i];

                if (!read_container_id(rule, component, buffer, &id) || !condition_holds(rule, walk))
                        continue;
                copy(walk->owner->container_id, id);
                walk->owner->container_runtime = rule->runtime;
                return;
        }
}

/* --- the walk ----------------------------------------------------------------------------------------------------- */

/* Takes the next component off the front of *path; empty at its end. */
static struct text next_component(struct text *path)
{
        while (text_eat(path, TEXT("/")))
                continue;
        return text_eat_until(path, '/');
}

void owner_from_cgroup(struct text path, struct owner *ret_owner)
{
        struct walk walk = { .owner = ret_owner };

        memset(ret_owner, 0, sizeof(*ret_owner));
        for (walk.next = next_component(&path); walk.next.length > 0;) {
                walk.grandparent = walk.parent;
                walk.parent = walk.component;
                walk.component = walk.next;
                walk.next = next_component(&path);
                walk.parent_is_pod = walk.component_is_pod;
                walk.component_is_pod = false;
                if (walk.component.length > OWNER_NAME_MAX) {
                        walk.place = PLACE_BELOW; /* no file system has such a name: nothing below it can be trusted */
                        continue;
                }
                read_unit(&walk);
                read_pod(&walk);
                read_container(&walk);
        }
}
