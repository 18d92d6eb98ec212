/* lib/owner/container.c: containers, by the names that their engines give to cgroups. A new engine is a row of container_rules, and a
 * case in tests/unit/test_owner_engines.c. */

#include "owner/walk.h"
#include "util/array.h"

enum id_form {
        ID_HEX64,   /* docker, containerd's CRI, cri-o, podman: 64 lower-case hexadecimal digits */
        ID_ECS,     /* 32 hexadecimal digits, '-', a number */
        ID_GARDEN,  /* 8-4-4-4-4 hexadecimal digits */
        ID_UUID,    /* 8-4-4-4-12 hexadecimal digits */
        ID_BUILD,   /* 25 digits and lower-case letters */
        ID_YARN,    /* see read_yarn_container() */
        ID_NAME,    /* chosen by people: letters, digits, '.', '_', '-' */
        ID_ESCAPED, /* the same, escaped as in a unit's name: "my\x2dmachine" */
        ID_WORD,    /* the rule's word itself */
};

static const uint8_t shortest_ids[] = {
        [ID_HEX64] = 64, [ID_ECS] = 34, [ID_GARDEN] = 28, [ID_UUID] = 36, [ID_BUILD] = 25,
        [ID_YARN] = 38,  [ID_NAME] = 1, [ID_ESCAPED] = 1, [ID_WORD] = 1,
};

/* What must hold besides the name; all of them. */
enum condition {
        ALWAYS = 0,
        PARENT = 1 << 0,          /* the component before is the one named */
        GRANDPARENT = 1 << 1,     /* the one before that */
        AT = 1 << 2,              /* the whole path before is the one named */
        BELOW_POD = 1 << 3,       /* the component before is a pod's */
        IN_CONTAINER = 1 << 4,    /* the component before is a container's */
        NESTED = 1 << 5,          /* AT, or the one before that is a container's, and PARENT */
        OUTERMOST = 1 << 6,       /* a guess: not below a container that another rule knows */
        PAYLOAD_NEXT = 1 << 7,    /* the component after is "payload" */
        SUPERVISOR_LESS = 1 << 8, /* the component after is not "supervisor" */
        UNIT = 1 << 9,            /* it is the unit, and not a name below one */
        SYSTEM = 1 << 10,         /* the engine is root's: not below a user's manager */
};

struct container_rule {
        unsigned conditions;
        enum id_form form;
        const char *ancestor;        /* for PARENT, GRANDPARENT, AT and NESTED */
        const char *prefix, *suffix; /* before and after the id; ID_WORD: prefix is the word */
        const char *runtime;         /* NULL: several engines use this form */
};

/* A container's monitor ("libpod-conmon-<id>.scope", "crio-conmon-<id>.scope", "lxc.monitor.NAME",
 * "systemd-nspawn@NAME.service/supervisor") runs outside of it, and matches no rule. */
/* clang-format off */
static const struct container_rule container_rules[] = {
        /* docker: cgroupfs driver (which its rootless mode has not), systemd driver */
        { PARENT | SYSTEM, ID_HEX64,   "docker",      "",                "",         "docker"         },
        { ALWAYS,          ID_HEX64,   NULL,          "docker-",         ".scope",   "docker"         },
        /* BuildKit: in dockerd with the cgroupfs driver ("/docker/<id>") and with systemd's, whose notation it takes
         * for a file name ("system.slice:docker:<id>"), else "<parent>/buildkit/<id>" (executor/oci of
         * moby/buildkit) */
        { PARENT | SYSTEM, ID_BUILD,   "docker",      "",                "",         "buildkit"       },
        { PARENT,          ID_BUILD,   "buildkit",    "",                "",         "buildkit"       },
        { ALWAYS,          ID_BUILD,   NULL,          "docker:",         "",         "buildkit"       },
        /* containerd: CRI plugin with the systemd driver, nerdctl, "/<namespace>/<id>" of plain containerd */
        { ALWAYS,          ID_HEX64,   NULL,          "cri-containerd-", ".scope",   "containerd"     },
        { ALWAYS,          ID_HEX64,   NULL,          "nerdctl-",        ".scope",   "containerd"     },
        { PARENT | SYSTEM, ID_HEX64,   "k8s.io",      "",                "",         "containerd"     },
        { PARENT | SYSTEM, ID_HEX64,   "default",     "",                "",         "containerd"     },
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
        /* systemd-nspawn: as a service; by hand with 252, where machined names the scope ("payload" on cgroup v2
         * alone), and with 262. machined names libvirt's virtual machines so too: see is_of_libvirt() */
        { UNIT | SUPERVISOR_LESS, ID_NAME, NULL,      "systemd-nspawn@", ".service", "systemd-nspawn" },
        { UNIT | SUPERVISOR_LESS | SYSTEM, ID_ESCAPED, NULL, "machine-", ".scope",   "systemd-nspawn" },
        { UNIT | PARENT | PAYLOAD_NEXT, ID_NAME, "machine.slice", "",    ".scope",   "systemd-nspawn" },
        /* Amazon ECS: "ecs/<task>/<id>", on EC2 by docker */
        { GRANDPARENT,     ID_HEX64,   "ecs",         "",                "",         "docker"         },
        { GRANDPARENT,     ID_ECS,     "ecs",         "",                "",         NULL             },
        /* Cloud Foundry's Garden */
        { PARENT,          ID_GARDEN,  "garden",      "",                "",         "garden"         },
        { PARENT,          ID_HEX64,   "garden",      "",                "",         "garden"         },
        /* Mesos: "/mesos/<id>", and "mesos/<id>" in another */
        { NESTED | SYSTEM, ID_UUID,    "mesos",       "",                "",         "mesos"          },
        /* Hadoop YARN: below "hadoop-yarn" or the name that was configured */
        { SYSTEM,          ID_YARN,    NULL,          "",                "",         "yarn"           },
        /* Talos Linux: its services, and those of its extensions (pkg/machinery/constants) */
        { AT,              ID_NAME,    "podruntime",        "",          "",         "talos"          },
        { AT,              ID_NAME,    "system/extensions", "",          "",         "talos"          },
        { AT,              ID_WORD,    "system",      "apid",            "",         "talos"          },
        { AT,              ID_WORD,    "system",      "dashboard",       "",         "talos"          },
        { AT,              ID_WORD,    "system",      "runtime",         "",         "talos"          },
        { AT,              ID_WORD,    "system",      "trustd",          "",         "talos"          },
        { AT,              ID_WORD,    "system",      "udevd",           "",         "talos"          },
        /* Kubernetes with the cgroupfs driver: docker and containerd alike */
        { BELOW_POD,       ID_HEX64,   NULL,          "",                "",         NULL             },
        /* An engine in a container, that was told to make its own below it */
        { IN_CONTAINER,    ID_HEX64,   NULL,          "",                "",         NULL             },
        /* A bare id below a --cgroup-parent= of somebody's own */
        { OUTERMOST,       ID_HEX64,   NULL,          "",                "",         NULL             },
};
/* clang-format on */

static bool is_base36(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool is_container_id(struct text id, enum id_form form)
{
        static const uint8_t hex64[] = { 64, 0 }, garden[] = { 8, 4, 4, 4, 4, 0 }, ecs[] = { 32, 0 };
        struct text application;

        switch (form) {
        case ID_HEX64:
                return is_hex_groups(id, hex64, '-');
        case ID_GARDEN:
                return is_hex_groups(id, garden, '-');
        case ID_ECS:
                return id.length > 33 && is_hex_groups(text_until_offset(id, 32), ecs, '-') && id.data[32] == '-' &&
                       all_are(text_from_offset(id, 33), is_digit);
        case ID_UUID:
                return is_uuid(id, '-');
        case ID_BUILD:
                return id.length == 25 && all_are(id, is_base36);
        case ID_YARN:
                return read_yarn_container(id, &application);
        case ID_NAME:
        case ID_ESCAPED:
        case ID_WORD:
                return all_are(id, is_name_char);
        }
        return false;
}

struct text owner_short_id(struct text id)
{
        return is_container_id(id, ID_HEX64) ? text_until_offset(id, 12) : id;
}

/* The name of a libvirt domain's machine is "<driver>-<number>-<domain>" (virDomainDriverGenerateMachineName()). */
static bool is_of_libvirt(struct text machine)
{
        static const struct text drivers[] = { { "qemu-", 5 }, { "lxc-", 4 }, { "ch-", 3 }, { "vz-", 3 } };

        for (size_t i = 0; i < COUNT(drivers); i++) {
                struct text rest = machine;

                if (text_eat(&rest, drivers[i]) && eat_digits(&rest, 1, 19) && text_starts(rest, TEXT("-")))
                        return true;
        }
        return false;
}

static bool may_be_supervisor(const struct walk *walk)
{
        return walk->is_next_cut ? text_starts(TEXT("supervisor"), walk->next)
                                 : text_equal(walk->next, TEXT("supervisor"));
}

static bool ancestor_holds(const struct container_rule *rule, const struct walk *walk)
{
        struct text ancestor = text_from(rule->ancestor);

        if (rule->conditions & PARENT && !text_equal(walk->parent, ancestor))
                return false;
        if (rule->conditions & GRANDPARENT && !text_equal(walk->grandparent, ancestor))
                return false;
        if (rule->conditions & AT && !text_equal(walk->above, ancestor))
                return false;
        if (rule->conditions & NESTED && !text_equal(walk->above, ancestor))
                return walk->container_depth > 0 && walk->depth == walk->container_depth + 2 &&
                       text_equal(walk->parent, ancestor);
        return true;
}

static bool conditions_hold(const struct container_rule *rule, const struct walk *walk)
{
        const unsigned conditions = rule->conditions;

        return ancestor_holds(rule, walk) && (!(conditions & BELOW_POD) || walk->parent_is_pod) &&
               (!(conditions & IN_CONTAINER) ||
                (walk->container_depth > 0 && walk->depth == walk->container_depth + 1)) &&
               (!(conditions & OUTERMOST) || walk->container_depth == 0) &&
               (!(conditions & PAYLOAD_NEXT) || (text_equal(walk->next, TEXT("payload")) && !walk->is_next_cut)) &&
               (!(conditions & SUPERVISOR_LESS) || !may_be_supervisor(walk)) &&
               (!(conditions & UNIT) || walk->component_is_unit) && (!(conditions & SYSTEM) || !walk->is_users);
}

/* Takes the id out of component where it has the rule's form. buffer holds OWNER_NAME_MAX bytes. */
static bool read_container_id(const struct container_rule *rule, struct text component, char *buffer,
                              struct text *ret_id)
{
        struct text id = component;

        if (component.length < shortest_ids[rule->form]) /* most components: a path may have two thousand */
                return false;
        if (rule->form == ID_WORD && !text_equal(id, text_from(rule->prefix)))
                return false;
        if (rule->form != ID_WORD &&
            (!text_eat(&id, text_from(rule->prefix)) || !text_eat_end(&id, text_from(rule->suffix))))
                return false;
        if (rule->form == ID_ESCAPED)
                id = unescape_unit_name(id, buffer);
        if (!is_container_id(id, rule->form) || (rule->form == ID_ESCAPED && is_of_libvirt(id)))
                return false;
        *ret_id = id;
        return true;
}

void walk_read_container(struct walk *walk)
{
        struct text component = walk->component, id;
        ptrdiff_t notation = text_find(component, TEXT(".slice:"), 0);
        char buffer[OWNER_NAME_MAX];

        if (notation >= 0)
                component = text_from_offset(component, (size_t)notation + sizeof(".slice:") - 1);
        for (size_t i = 0; i < COUNT(container_rules); i++) {
                const struct container_rule *rule = &container_rules[i];

                if (!read_container_id(rule, component, buffer, &id) || !conditions_hold(rule, walk))
                        continue;
                copy_name(walk->owner->container_id, id);
                walk->owner->has_container_name = rule->form >= ID_NAME;
                walk->owner->container_runtime = rule->runtime;
                walk->container_depth = walk->depth;
                return;
        }
}

void owner_set_container(struct owner *owner, const char *runtime, struct text id)
{
        copy_name(owner->container_id, id);
        owner->has_container_name = true;
        owner->container_runtime = runtime;
}
