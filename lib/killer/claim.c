#include "killer/claim.h"

#include "util/array.h"

static const char *const names[KILLER_COUNT] = {
        [KILLER_SYSTEMD_OOMD] = "systemd-oomd",
        [KILLER_EARLYOOM] = "earlyoom",
        [KILLER_NOHANG] = "nohang",
        [KILLER_OOMD] = "oomd",
        [KILLER_TALOS] = "talos",
        [KILLER_LMKD] = "lmkd",
        [KILLER_LOWMEMORYKILLER] = "lowmemorykiller",
        [KILLER_KUBELET] = "kubelet",
};

const char *killer_name(enum killer killer)
{
        return names[killer];
}

const char *killer_speaker_name(enum killer_speaker who)
{
        static const char *const speakers[KILLER_SPEAKER_COUNT] = {
                [KILLER_BY_SYSTEMD_OOMD] = "systemd-oomd",
                [KILLER_BY_SYSTEMD] = "systemd",
                [KILLER_BY_EARLYOOM] = "earlyoom",
                [KILLER_BY_NOHANG] = "nohang",
                [KILLER_BY_OOMD] = "oomd",
                [KILLER_BY_LMKD] = "lmkd",
                [KILLER_BY_KUBELET] = "kubelet",
                [KILLER_BY_DOCKER] = "docker",
        };

        return speakers[who];
}

const char *killer_signal_name(enum killer_signal signal)
{
        static const char *const signals[] = {
                [KILLER_SIGNAL_UNKNOWN] = NULL,
                [KILLER_SIGTERM] = "SIGTERM",
                [KILLER_SIGKILL] = "SIGKILL",
        };

        return signals[signal];
}

enum killer killer_of_name(struct text name)
{
        enum killer killer = KILLER_UNKNOWN + 1;

        while (killer < KILLER_COUNT && !text_equal(name, text_from(names[killer])))
                killer++;
        return killer;
}

void killer_claim_clear(struct killer_claim *claim)
{
        memset(claim, 0, sizeof(*claim));
        claim->pid = claim->uid = claim->oom_score_adj = claim->badness = KILLER_UNKNOWN_NUMBER;
        claim->cgroup_bytes = claim->n_processes = KILLER_UNKNOWN_NUMBER;
        for (size_t i = 0; i < COUNT(claim->sizes); i++)
                claim->sizes[i] = KILLER_UNKNOWN_NUMBER;
}
