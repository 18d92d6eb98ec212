/* Any lines of any speakers: each claim keeps to its limits. The first byte of a line chooses the speaker, its second one the time that
 * has passed. */

#include <stdlib.h>

#include "killer/tracker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_claim(const struct killer_claim *claim, void *userdata)
{
        uint64_t *n_lines = userdata;

        if (claim->seq >= *n_lines || claim->n_lines == 0 || claim->n_lines > *n_lines)
                abort();
        if (claim->name.length > KILLER_NAME_MAX || claim->unit.length > KILLER_NAME_MAX ||
            claim->pod.length > KILLER_NAME_MAX || claim->container.length > KILLER_NAME_MAX ||
            claim->cgroup.length > KILLER_PATH_MAX || claim->reason_length > KILLER_REASON_MAX ||
            claim->n_parents > KILLER_PARENTS_MAX)
                abort();
        if (claim->cgroup.length && claim->cgroup.data[0] != '/')
                abort();
        if (claim->killer >= KILLER_COUNT || claim->by >= KILLER_SPEAKER_COUNT)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text rest = { (const char *)data, size };
        struct killer_tracker *tracker;
        uint64_t n_lines = 0;
        int64_t usec = 0;

        if (killer_tracker_new(on_claim, &n_lines, &tracker) < 0)
                abort();
        while (rest.length > 2) {
                uint8_t by = (uint8_t)rest.data[0], seconds = (uint8_t)rest.data[1];
                struct text line;
                char *copy;
                struct killer_message message = { .by = by % KILLER_SPEAKER_COUNT, .host = by >> 7, .seq = n_lines++ };

                rest = text_from_offset(rest, 2);
                line = text_eat_until(&rest, '\n');
                copy = malloc(line.length ? line.length
                                          : 1); /* its own, for the sanitizer to see what is read after it */
                if (!copy)
                        abort();
                message.text = (struct text){ copy, text_copy(line, copy, line.length) };
                usec += seconds * INT64_C(1000000);
                message.usec = seconds == 255 ? KILLER_UNKNOWN_NUMBER : usec;
                killer_tracker_push(tracker, &message);
                free(copy);
                (void)text_eat(&rest, TEXT("\n"));
        }
        killer_tracker_end(tracker);
        killer_tracker_free(tracker);
        return 0;
}
