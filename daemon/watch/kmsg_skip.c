#include "watch/kmsg_skip.h"

#include "util/usec.h"

void kmsg_rate_note(struct kmsg_rate *rate, uint64_t seq, int64_t now_usec)
{
        int64_t span_usec = now_usec - rate->usec;

        if (rate->usec == 0 || seq < rate->seq) {
                *rate = (struct kmsg_rate){ seq, now_usec, 0 };
                return;
        }
        if (span_usec < KMSG_RATE_USEC)
                return;
        *rate = (struct kmsg_rate){ seq, now_usec, (seq - rate->seq) * (uint64_t)USEC_PER_SEC / (uint64_t)span_usec };
}

int kmsg_look_ms(const struct kmsg_rate *rate, uint64_t n_held)
{
        uint64_t ms;

        if (rate->per_second < KMSG_SKIP_RATE)
                return 0;
        ms = n_held * 1000 / KMSG_LOOKS_PER_RING / rate->per_second;
        if (ms < KMSG_LOOK_MIN_MS)
                return 0;
        return ms < KMSG_LOOK_MAX_MS ? (int)ms : KMSG_LOOK_MAX_MS;
}

enum kmsg_step kmsg_skip_step(const struct kmsg_look *look)
{
        bool has_room;

        if (!look->is_quiet)
                return KMSG_STEP_READ;
        if (look->has_end)
                return KMSG_STEP_SKIP;
        if (look->n_looks_for_end > 0) {
                has_room = look->n_looks_for_end * look->n_per_look < look->n_held / 4;
                return has_room && look->n_looks_for_end < KMSG_LOOKS_FOR_END ? KMSG_STEP_WAIT : KMSG_STEP_READ;
        }
        has_room = look->oldest < look->position && look->position - look->oldest >= look->n_held / 2;
        return has_room && look->n_looks < KMSG_LOOKS_MAX ? KMSG_STEP_WAIT : KMSG_STEP_MARK;
}
