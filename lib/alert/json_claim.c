#include "alert/json_claim.h"

#include "alert/json_owner.h"

/* NOLINTNEXTLINE(misc-redundant-expression): that they are the same is what is asserted */
_Static_assert(KILLER_UNKNOWN_NUMBER == OOM_UNKNOWN, "numbers of a claim are unknown as those of a report");

static void add_parents(struct object *victim, const struct killer_claim *claim)
{
        struct object list = object_begin_list(victim, "parents");

        for (size_t i = 0; i < claim->n_parents; i++) {
                const struct killer_parent *parent = &claim->parents[i];
                struct object object = list_begin_object(&list);

                object_add_number(&object, "pid", parent->pid);
                OBJECT_ADD_BYTES(&object, "comm", ((struct text){ parent->comm, parent->comm_length }));
                object_end(&object);
        }
        object_end(&list);
}

static void add_pod(struct object *victim, const struct killer_claim *claim)
{
        struct object pod;
        struct text namespace, name;

        if (!text_split(killer_name_text(&claim->pod), TEXT("/"), &namespace, &name))
                return;
        pod = object_begin_object(victim, "pod");
        OBJECT_ADD_BYTES(&pod, "namespace", namespace);
        OBJECT_ADD_BYTES(&pod, "name", name);
        object_end(&pod);
}

static void add_victim(struct object *alert_object, const struct alert *alert)
{
        static const char *const sizes[KILLER_SIZES] = {
                [KILLER_TOTAL_VM] = "total_vm_bytes",   [KILLER_RSS] = "rss_bytes",
                [KILLER_ANON_RSS] = "anon_rss_bytes",   [KILLER_FILE_RSS] = "file_rss_bytes",
                [KILLER_SHMEM_RSS] = "shmem_rss_bytes", [KILLER_SWAP] = "swap_bytes",
        };
        const struct killer_claim *claim = alert->claim;
        struct object victim = object_begin_object(alert_object, "victim");

        object_add_number(&victim, "pid", claim->pid);
        if (claim->name.length)
                OBJECT_ADD_BYTES(&victim, "comm", killer_name_text(&claim->name));
        object_add_number(&victim, "uid", claim->uid);
        if (alert->cgroup.length)
                OBJECT_ADD_BYTES(&victim, "cgroup", alert->cgroup);
        json_add_owner(&victim, &alert->owner);
        if (claim->pod.length)
                add_pod(&victim, claim);
        for (size_t i = 0; i < KILLER_SIZES; i++)
                object_add_number(&victim, sizes[i], claim->sizes[i]);
        object_add_number(&victim, "oom_score_adj", claim->oom_score_adj);
        object_add_number(&victim, "badness", claim->badness);
        add_parents(&victim, claim);
        object_end(&victim);
}

void json_add_claim(struct object *alert_object, const struct alert *alert)
{
        static const char *const outcomes[] = {
                [KILLER_OUTCOME_UNKNOWN] = NULL,
                [KILLER_EXITED] = "exited",
                [KILLER_STAYED] = "did_not_exit",
        };
        const struct killer_claim *claim = alert->claim;
        struct object object;

        object_add_word(alert_object, "killer", killer_name(claim->killer));
        add_victim(alert_object, alert);
        object = object_begin_object(alert_object, "claim");
        object_add_word(&object, "by", killer_speaker_name(claim->by));
        object_add_word(&object, "signal", killer_signal_name(claim->signal));
        if (claim->first_signal != claim->signal)
                object_add_word(&object, "first_signal", killer_signal_name(claim->first_signal));
        object_add_word(&object, "outcome", outcomes[claim->outcome]);
        if (claim->reason_length)
                OBJECT_ADD_BYTES(&object, "reason", ((struct text){ claim->reason, claim->reason_length }));
        if (claim->is_pressure_only)
                OBJECT_ADD_BYTES(&object, "watched_cgroup", killer_path_text(&claim->cgroup));
        object_add_number(&object, "cgroup_bytes", claim->cgroup_bytes);
        object_add_number(&object, "processes", claim->n_processes);
        object_add_unsigned(&object, "lines", claim->n_lines);
        if (claim->is_retelling)
                object_add_bool(&object, "retelling", true);
        if (claim->is_intention)
                object_add_bool(&object, "intention", true);
        object_end(&object);
}
