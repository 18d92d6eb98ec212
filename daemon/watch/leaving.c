#include "watch/leaving.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static bool is_there(int64_t pid)
{
        return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

void leaving_note(struct leaving *leaving, int64_t pid, int64_t now_usec)
{
        if (pid <= 0 || pid > INT32_MAX) /* 0 and negative ones are groups of processes */
                return;
        if (leaving->n == LEAVING_MAX)
                memmove(leaving->victims, leaving->victims + 1, --leaving->n * sizeof(leaving->victims[0]));
        leaving->victims[leaving->n++] = (struct leaving_victim){ pid, now_usec };
}

bool leaving_any(struct leaving *leaving, int64_t now_usec)
{
        size_t n = 0;

        for (size_t i = 0; i < leaving->n; i++) {
                const struct leaving_victim *victim = &leaving->victims[i];

                if (now_usec - victim->killed_usec < LEAVING_USEC && is_there(victim->pid))
                        leaving->victims[n++] = *victim;
        }
        leaving->n = n;
        return n > 0;
}
