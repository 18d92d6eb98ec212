#include "watch/suspension.h"

#define LOOK_USEC 1000
/* Shorter ones don't matter. */
#define SHORTEST_USEC (100 * 1000)

void suspension_begin(struct suspension *suspension, int64_t boot_usec, int64_t mono_usec)
{
        *suspension = (struct suspension){ .suspended_usec = boot_usec - mono_usec, .noticed_mono_usec = INT64_MIN };
}

void suspension_look(struct suspension *suspension, int64_t boot_usec, int64_t mono_usec)
{
        if (boot_usec - mono_usec < suspension->suspended_usec + SHORTEST_USEC)
                return;
        suspension->suspended_usec = boot_usec - mono_usec;
        suspension->noticed_mono_usec = mono_usec;
}

bool suspension_is_due(const struct suspension *suspension, uint64_t stamp_usec)
{
        return stamp_usec - suspension->looked_stamp >= LOOK_USEC; /* also where stamps go backwards */
}

bool suspension_may_be_since(const struct suspension *suspension, int64_t mono_usec)
{
        return mono_usec <= suspension->noticed_mono_usec;
}
