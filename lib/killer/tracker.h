/* lib/killer/tracker.h: the lines of user-space killers in, claims out: each kill once, however many lines tell of it.
 *
 * Push interface: one tracker per log, one thread. Its owner calls killer_tracker_push() for each line, in the order in which they were
 * written, and killer_tracker_end() once. Within these calls the tracker calls the handler, once for each claim, when its lines are known:
 * when the log has ended, or when KILLER_OPEN_MAX newer ones are open. A claim is borrowed for that call. */

#pragma once

#include "killer/line.h"

/* Claims that wait for lines about them. */
#define KILLER_OPEN_MAX 32

/* The same process is named again within so long: it is the same kill. earlyoom tries every 10 s. */
#define KILLER_AGAIN_USEC INT64_C(60000000)
/* The same of a cgroup: systemd-oomd marks a dying one again 0.14 s later, Talos tries every 0.5 s. A service may be started again, and be
 * killed again, soon after that. */
#define KILLER_CGROUP_AGAIN_USEC INT64_C(5000000)
/* Process 1 tells of a unit's kill within so long. */
#define KILLER_UNIT_USEC INT64_C(60000000)
/* The kubelet says what is short, and then evicts. */
#define KILLER_RESOURCE_USEC INT64_C(600000000)

struct killer_message {
        enum killer_speaker by;
        struct text text;
        uint64_t host; /* a number; lines of one host alone make a claim together */
        uint64_t seq;  /* for killer_claim.seq */
        int64_t usec;  /* of one clock; KILLER_UNKNOWN_NUMBER: no time is known, and none passes */
};

typedef void (*killer_claim_fn)(const struct killer_claim *claim, void *userdata);

struct killer_tracker;

/* Returns 0 or -ENOMEM. */
int killer_tracker_new(killer_claim_fn handler, void *userdata, struct killer_tracker **ret_tracker)
        __attribute__((warn_unused_result));
/* Accepts NULL. Open claims are dropped. Returns NULL. */
struct killer_tracker *killer_tracker_free(struct killer_tracker *tracker);

void killer_tracker_push(struct killer_tracker *tracker, const struct killer_message *message);
/* No more lines come. */
void killer_tracker_end(struct killer_tracker *tracker);
