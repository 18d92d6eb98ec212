/* lib/explain/hints.c: the table of hints, and words that several of them use. */

#include "explain/hints.h"

#include <inttypes.h>

#define ROW(name) { #name, hint_##name##_holds, hint_##name##_say },
const struct hint hints[HINTS_COUNT] = { HINTS(ROW) };
#undef ROW

void hint_process(struct prose *prose, const struct oom_name *comm, int64_t pid)
{
        if (!comm->known || comm->length == 0)
                prose_add(prose, comm->known ? TEXT("a process without a name") : TEXT("a process"));
        else
                prose_name(prose, oom_name_text(comm), OOM_COMM_MAX);
        if (pid != OOM_UNKNOWN)
                prose_format(prose, " (pid %" PRId64 ")", pid);
}

/* ", 31 % of the limit" */
void hint_share(const struct facts *facts, struct prose *prose, int64_t bytes)
{
        if (facts->space_bytes == OOM_UNKNOWN)
                return;
        prose_format(prose, ", %" PRId64 " %% of ", facts_percent(facts, bytes));
        prose_add(prose, facts->memcg ? TEXT("the limit") : TEXT("the machine's memory"));
}

void hint_pool(const struct facts *facts, struct prose *prose, struct text what, int64_t bytes)
{
        prose_add(prose, what);
        prose_add(prose, TEXT(" "));
        prose_size(prose, bytes);
        hint_share(facts, prose, bytes);
}
