#include "watch/reconcile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "util/cleanup.h"
#include "util/text.h"

/* Some 190 lines of 25 bytes in 7.2. */
#define VMSTAT_MAX (32 * 1024)

/* Returns 0, -ENODATA without such a line, or -errno. */
static int read_count(int fd, uint64_t *ret_count)
{
        char buffer[VMSTAT_MAX];
        ssize_t length = file_read_all_at(fd, buffer, sizeof(buffer), 0);
        struct text rest;
        ptrdiff_t at;

        if (length < 0)
                return (int)length;
        rest = (struct text){ buffer, (size_t)length };
        at = text_find(rest, TEXT("\noom_kill "), 0);
        if (at < 0)
                return -ENODATA;
        rest = text_from_offset(rest, (size_t)at + strlen("\noom_kill "));
        return text_eat_u64(&rest, ret_count) ? 0 : -ENODATA;
}

int reconcile_init(const char *path, const struct reconcile_mark *mark, struct reconcile *ret_reconcile)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        uint64_t count;
        int r = fd < 0 ? -errno : read_count(fd, &count);

        *ret_reconcile = (struct reconcile){ .fd = -1 };
        if (r < 0)
                return r;
        ret_reconcile->fd = take_fd(&fd);
        ret_reconcile->has_base = mark != NULL;
        if (mark) {
                ret_reconcile->n_explained = mark->n_explained;
                ret_reconcile->balanced_usec = mark->balanced_usec;
        }
        return 0;
}

void reconcile_done(struct reconcile *reconcile)
{
        closep(&reconcile->fd);
}

void reconcile_explain(struct reconcile *reconcile, uint64_t seq, uint64_t n_kills)
{
        struct reconcile_step *last = reconcile->n_steps ? &reconcile->steps[reconcile->n_steps - 1] : NULL;

        if (reconcile->fd < 0)
                return;
        reconcile->n_explained += n_kills;
        if (last && (last->last_seq == seq || reconcile->n_steps == RECONCILE_STEPS_MAX)) {
                last->last_seq = seq;
                last->n_kills += n_kills;
                return;
        }
        reconcile->steps[reconcile->n_steps++] = (struct reconcile_step){ seq, seq, n_kills, reconcile->balanced_usec };
}

/* Takes the difference into account. Returns whether it has stayed for long enough. */
static bool has_stayed(struct reconcile *reconcile, int64_t difference, int64_t now_usec)
{
        bool is_other = reconcile->has_base ? (difference > 0) != (reconcile->difference > 0)
                                            : difference != reconcile->difference;

        if (!reconcile->has_difference || is_other) {
                reconcile->has_difference = true;
                reconcile->difference = difference;
                reconcile->difference_usec = now_usec;
        }
        if (difference > 0 ? difference < reconcile->difference : difference > reconcile->difference)
                reconcile->difference = difference;
        return now_usec - reconcile->difference_usec >= RECONCILE_GRACE_USEC;
}

static void settle(struct reconcile *reconcile, uint64_t seq, struct reconcile_missed *missed)
{
        int64_t difference = reconcile->difference;

        reconcile->has_difference = false;
        if (!reconcile->has_base) {
                reconcile->n_explained += (uint64_t)difference;
                reconcile->has_base = true;
        } else if (difference > 0) {
                missed->n_kills = (uint64_t)difference;
                missed->n_explained = reconcile->n_explained;
                missed->since_usec = reconcile->balanced_usec;
                reconcile_explain(reconcile, seq, missed->n_kills);
        } else {
                missed->n_superfluous = (uint64_t)-difference;
                reconcile->n_explained -= missed->n_superfluous;
        }
}

int reconcile_check(struct reconcile *reconcile, int64_t now_usec, bool has_read_all, uint64_t seq,
                    struct reconcile_missed *ret_missed)
{
        uint64_t count;
        int64_t difference;

        *ret_missed = (struct reconcile_missed){ 0 };
        if (reconcile->fd < 0 || read_count(reconcile->fd, &count) < 0)
                return 0;
        reconcile->n_counted = count;
        if (!has_read_all)
                return RECONCILE_AGAIN_MS;
        difference = (int64_t)(count - reconcile->n_explained);
        if ((difference != 0 || !reconcile->has_base) && has_stayed(reconcile, difference, now_usec))
                settle(reconcile, seq, ret_missed);
        if (!reconcile->has_base || count != reconcile->n_explained)
                return RECONCILE_AGAIN_MS;
        reconcile->has_difference = false;
        reconcile->balanced_usec = now_usec;
        return 0;
}

/* The second condition is for a log with more kill lines than kills: as many kills would look explained before their lines are read. */
bool reconcile_is_quiet(struct reconcile *reconcile)
{
        uint64_t count, before = reconcile->looked_count;

        if (reconcile->fd < 0 || !reconcile->has_base || read_count(reconcile->fd, &count) < 0)
                return false;
        reconcile->looked_count = count;
        return count == reconcile->n_explained && count == before;
}

bool reconcile_at(const struct reconcile *reconcile, uint64_t seq, struct reconcile_mark *ret_mark)
{
        struct reconcile_mark mark = { reconcile->n_explained, reconcile->balanced_usec };

        if (!reconcile->has_base)
                return false;
        for (size_t i = 0; i < reconcile->n_steps; i++) {
                const struct reconcile_step *step = &reconcile->steps[i];

                if (step->last_seq <= seq)
                        continue;
                if (step->first_seq <= seq || step->n_kills > mark.n_explained)
                        return false;
                if (mark.n_explained == reconcile->n_explained)
                        mark.balanced_usec = step->balanced_usec; /* the first that the cursor has not passed */
                mark.n_explained -= step->n_kills;
        }
        *ret_mark = mark;
        return true;
}

void reconcile_forget(struct reconcile *reconcile, uint64_t seq)
{
        size_t n = 0;

        while (n < reconcile->n_steps && reconcile->steps[n].last_seq <= seq)
                n++;
        reconcile->n_steps -= n;
        memmove(reconcile->steps, reconcile->steps + n, reconcile->n_steps * sizeof(struct reconcile_step));
}
