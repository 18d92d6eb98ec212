#include "killer/tracker.h"

#include <errno.h>
#include <stdlib.h>

struct open_claim {
        bool is_open;
        uint64_t number; /* the newest has the largest */
        uint64_t host;
        int64_t usec; /* of its last line */
        struct killer_claim claim;
};

/* nohang's block: who, then the signal, then that it was sent. */
struct action {
        uint64_t host;
        bool has_victim, is_sending;
        uint64_t seq;
        struct killer_claim claim;
};

struct killer_tracker {
        killer_claim_fn handler;
        void *userdata;
        uint64_t n_claims;
        struct open_claim open[KILLER_OPEN_MAX];
        struct action action;
        /* of the kubelet */
        bool has_resource, is_memory;
        uint64_t resource_host;
        int64_t resource_usec;
        struct killer_line line; /* being read; large */
};

static void begin_action(struct action *action, uint64_t host)
{
        action->host = host;
        action->has_victim = action->is_sending = false;
        killer_claim_clear(&action->claim);
}

int killer_tracker_new(killer_claim_fn handler, void *userdata, struct killer_tracker **ret_tracker)
{
        struct killer_tracker *tracker = calloc(1, sizeof(*tracker));

        if (!tracker)
                return -ENOMEM;
        tracker->handler = handler;
        tracker->userdata = userdata;
        begin_action(&tracker->action, 0);
        *ret_tracker = tracker;
        return 0;
}

struct killer_tracker *killer_tracker_free(struct killer_tracker *tracker)
{
        free(tracker);
        return NULL;
}

/* ---- open claims -------------------------------------------------------------------------------------------------------- */

static bool is_within(int64_t from, int64_t to, int64_t usec)
{
        int64_t apart;

        if (from == KILLER_UNKNOWN_NUMBER || to == KILLER_UNKNOWN_NUMBER)
                return true;
        return !__builtin_sub_overflow(to, from, &apart) && apart <= usec && apart >= -usec;
}

static void close_claim(struct killer_tracker *tracker, struct open_claim *open)
{
        open->is_open = false;
        tracker->handler(&open->claim, tracker->userdata);
}

/* NULL: there is none. */
static struct open_claim *find_oldest(struct killer_tracker *tracker)
{
        struct open_claim *oldest = NULL;

        for (size_t i = 0; i < KILLER_OPEN_MAX; i++) {
                struct open_claim *open = &tracker->open[i];

                if (open->is_open && (!oldest || open->number < oldest->number))
                        oldest = open;
        }
        return oldest;
}

static void add_claim(struct killer_tracker *tracker, const struct killer_message *message,
                      const struct killer_claim *claim, uint64_t seq)
{
        struct open_claim *open = NULL;

        for (size_t i = 0; i < KILLER_OPEN_MAX && !open; i++)
                if (!tracker->open[i].is_open)
                        open = &tracker->open[i];
        if (!open) {
                open = find_oldest(tracker);
                close_claim(tracker, open);
        }
        open->is_open = true;
        open->number = ++tracker->n_claims;
        open->host = message->host;
        open->usec = message->usec;
        open->claim = *claim;
        open->claim.seq = seq;
        open->claim.n_lines = 1;
        if (open->claim.first_signal == KILLER_SIGNAL_UNKNOWN)
                open->claim.first_signal = open->claim.signal;
}

typedef bool (*open_claim_fn)(const struct open_claim *open, const struct killer_claim *other);

/* The newest open claim of the message's host that fits other, and whose last line isn't older than usec; NULL: there is none. */
static struct open_claim *find_claim(struct killer_tracker *tracker, const struct killer_message *message,
                                     open_claim_fn fits, const struct killer_claim *other, int64_t usec)
{
        struct open_claim *found = NULL;

        for (size_t i = 0; i < KILLER_OPEN_MAX; i++) {
                struct open_claim *open = &tracker->open[i];

                if (open->is_open && open->host == message->host && is_within(open->usec, message->usec, usec) &&
                    (!found || open->number > found->number) && fits(open, other))
                        found = open;
        }
        return found;
}

static bool is_of_killer(const struct open_claim *open, const struct killer_claim *other)
{
        return open->claim.killer == other->killer && !open->claim.is_retelling;
}

static bool is_of_process(const struct open_claim *open, const struct killer_claim *other)
{
        return is_of_killer(open, other) && open->claim.pid == other->pid;
}

/* Is unit a component of the cgroup's path? */
static bool path_has(struct text path, struct text unit)
{
        while (path.length) {
                if (text_eat(&path, TEXT("/")))
                        continue;
                if (text_equal(text_eat_until(&path, '/'), unit))
                        return true;
        }
        return false;
}

static bool is_of_unit(const struct open_claim *open, const struct killer_claim *other)
{
        return open->claim.killer == other->killer && !open->claim.is_pressure_only &&
               (path_has(killer_path_text(&open->claim.cgroup), killer_name_text(&other->unit)) ||
                text_equal(killer_name_text(&open->claim.unit), killer_name_text(&other->unit)));
}

static bool is_unnamed(const struct open_claim *open, const struct killer_claim *other)
{
        return open->claim.killer == other->killer && open->claim.is_pressure_only && open->claim.unit.length == 0;
}

/* ---- kills -------------------------------------------------------------------------------------------------------------- */

static bool is_same_victim(const struct open_claim *open, const struct killer_claim *other)
{
        const struct killer_claim *claim = &open->claim;

        if (claim->killer != other->killer || claim->is_retelling || claim->pid != other->pid)
                return false;
        if (claim->pid != KILLER_UNKNOWN_NUMBER)
                /* One that went away can't be sent a signal: its pid is another's. */
                return claim->outcome != KILLER_EXITED &&
                       text_equal(killer_name_text(&claim->name), killer_name_text(&other->name));
        return text_equal(killer_path_text(&claim->cgroup), killer_path_text(&other->cgroup)) &&
               text_equal(killer_name_text(&claim->pod), killer_name_text(&other->pod)) &&
               claim->is_pressure_only == other->is_pressure_only;
}

/* What is said last of a victim's sizes holds, and all its signals count. */
static void say_again(struct open_claim *open, const struct killer_message *message, const struct killer_claim *again)
{
        struct killer_claim *claim = &open->claim;

        claim->n_lines++;
        open->usec = message->usec;
        if (again->signal > claim->signal)
                claim->signal = again->signal;
        if (claim->pid == KILLER_UNKNOWN_NUMBER)
                return;
        claim->outcome = KILLER_OUTCOME_UNKNOWN;
        claim->badness = again->badness;
        memcpy(claim->sizes, again->sizes, sizeof(claim->sizes));
}

static int64_t again_usec(const struct killer_claim *claim)
{
        return claim->pid == KILLER_UNKNOWN_NUMBER ? KILLER_CGROUP_AGAIN_USEC : KILLER_AGAIN_USEC;
}

static void on_kill(struct killer_tracker *tracker, const struct killer_message *message,
                    const struct killer_claim *claim, uint64_t seq)
{
        struct open_claim *open = find_claim(tracker, message, is_same_victim, claim, again_usec(claim));

        if (open)
                say_again(open, message, claim);
        else
                add_claim(tracker, message, claim, seq);
}

/* Process 1's word of a kill that systemd-oomd told of is the same kill; without that, it is all there is. */
static void on_unit(struct killer_tracker *tracker, const struct killer_message *message,
                    const struct killer_claim *claim)
{
        struct open_claim *open = NULL;

        if (claim->killer == KILLER_SYSTEMD_OOMD) {
                open = find_claim(tracker, message, is_of_unit, claim, KILLER_UNIT_USEC);
                if (!open)
                        open = find_claim(tracker, message, is_unnamed, claim, KILLER_UNIT_USEC);
        }
        if (!open) {
                add_claim(tracker, message, claim, message->seq);
                return;
        }
        if (open->claim.is_pressure_only)
                open->claim.unit = claim->unit;
        open->claim.is_intention = false;
        open->claim.n_lines++;
        open->claim.n_processes = claim->n_processes;
}

static void on_eviction(struct killer_tracker *tracker, const struct killer_message *message,
                        const struct killer_claim *claim)
{
        /* The line doesn't say for what it was. */
        if (tracker->has_resource && tracker->is_memory && tracker->resource_host == message->host &&
            is_within(tracker->resource_usec, message->usec, KILLER_RESOURCE_USEC))
                on_kill(tracker, message, claim, message->seq);
}

static void on_resource(struct killer_tracker *tracker, const struct killer_message *message,
                        const struct killer_line *line)
{
        tracker->has_resource = true;
        tracker->is_memory = !line->is_other_resource;
        tracker->resource_host = message->host;
        tracker->resource_usec = message->usec;
}

static enum killer killer_of_speaker(enum killer_speaker by)
{
        return by == KILLER_BY_EARLYOOM ? KILLER_EARLYOOM
               : by == KILLER_BY_NOHANG ? KILLER_NOHANG
               : by == KILLER_BY_KERNEL ? KILLER_LOWMEMORYKILLER
                                        : KILLER_UNKNOWN;
}

/* What a line without a claim of its own says of the last one, or of the process that it names. */
static struct open_claim *find_subject(struct killer_tracker *tracker, const struct killer_message *message,
                                       struct killer_claim *said)
{
        said->killer = killer_of_speaker(message->by);
        return find_claim(tracker, message, said->pid > 0 ? is_of_process : is_of_killer, said, KILLER_AGAIN_USEC);
}

static void on_remark(struct killer_tracker *tracker, const struct killer_message *message, struct killer_line *line)
{
        struct open_claim *open = find_subject(tracker, message, &line->claim);

        if (!open)
                return;
        switch (line->kind) {
        case KILLER_LINE_NOT_SENT:
                open->is_open = --open->claim.n_lines > 0;
                break;
        case KILLER_LINE_ESCALATED:
                open->claim.signal = KILLER_SIGKILL;
                break;
        case KILLER_LINE_EXITED:
                open->claim.outcome = KILLER_EXITED;
                break;
        case KILLER_LINE_STAYED:
                open->claim.outcome = KILLER_STAYED;
                break;
        case KILLER_LINE_TO_FREE:
                if (open->claim.sizes[KILLER_RSS] == KILLER_UNKNOWN_NUMBER)
                        open->claim.sizes[KILLER_RSS] = line->claim.sizes[KILLER_RSS];
                break;
        default:
                break;
        }
        open->usec = message->usec;
}

/* ---- nohang's block ------------------------------------------------------------------------------------------------------ */

static void take_number(int64_t *to, int64_t from)
{
        if (from != KILLER_UNKNOWN_NUMBER)
                *to = from;
}

static void add_to_victim(struct action *action, const struct killer_claim *part)
{
        struct killer_claim *claim = &action->claim;

        if (part->pid != KILLER_UNKNOWN_NUMBER) {
                if (claim->pid != part->pid)
                        begin_action(action, action->host);
                claim->name = part->name;
                action->has_victim = true;
        }
        take_number(&claim->pid, part->pid);
        take_number(&claim->uid, part->uid);
        take_number(&claim->badness, part->badness);
        take_number(&claim->oom_score_adj, part->oom_score_adj);
        for (size_t i = 0; i < KILLER_SIZES; i++)
                take_number(&claim->sizes[i], part->sizes[i]);
        if (part->cgroup.length)
                claim->cgroup = part->cgroup;
        if (part->n_parents) {
                claim->n_parents = part->n_parents;
                memcpy(claim->parents, part->parents, sizeof(claim->parents));
        }
}

static void on_action(struct killer_tracker *tracker, const struct killer_message *message,
                      const struct killer_line *line)
{
        struct action *action = &tracker->action;

        if (line->kind == KILLER_LINE_ACTION || action->host != message->host)
                begin_action(action, message->host);
        switch (line->kind) {
        case KILLER_LINE_VICTIM:
                add_to_victim(action, &line->claim);
                break;
        case KILLER_LINE_SENDING:
                action->is_sending = action->has_victim;
                action->seq = message->seq;
                action->claim.killer = KILLER_NOHANG;
                action->claim.by = KILLER_BY_NOHANG;
                action->claim.signal = line->claim.signal;
                break;
        case KILLER_LINE_SENT:
                if (action->is_sending)
                        on_kill(tracker, message, &action->claim, action->seq);
                begin_action(action, message->host);
                break;
        case KILLER_LINE_ACTION_END:
                begin_action(action, message->host);
                break;
        default:
                break;
        }
}

/* ---- lines --------------------------------------------------------------------------------------------------------------- */

void killer_tracker_push(struct killer_tracker *tracker, const struct killer_message *message)
{
        struct killer_line *line = &tracker->line;

        switch (killer_line_parse(message->by, message->text, line)) {
        case KILLER_LINE_OTHER:
                break;
        case KILLER_LINE_KILL:
                if (line->claim.unit.length)
                        on_unit(tracker, message, &line->claim);
                else if (line->claim.killer == KILLER_KUBELET)
                        on_eviction(tracker, message, &line->claim);
                else
                        on_kill(tracker, message, &line->claim, message->seq);
                break;
        case KILLER_LINE_RESOURCE:
                on_resource(tracker, message, line);
                break;
        case KILLER_LINE_ACTION:
        case KILLER_LINE_VICTIM:
        case KILLER_LINE_SENDING:
        case KILLER_LINE_SENT:
        case KILLER_LINE_ACTION_END:
                on_action(tracker, message, line);
                break;
        case KILLER_LINE_NOT_SENT:
        case KILLER_LINE_ESCALATED:
        case KILLER_LINE_EXITED:
        case KILLER_LINE_STAYED:
        case KILLER_LINE_TO_FREE:
                on_remark(tracker, message, line);
                break;
        }
}

void killer_tracker_end(struct killer_tracker *tracker)
{
        struct open_claim *open;

        while ((open = find_oldest(tracker)))
                close_claim(tracker, open);
}
