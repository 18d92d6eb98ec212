#include "explain/phrases.h"

#include <inttypes.h>

void phrase_process(struct prose *prose, const struct oom_name *comm, int64_t pid)
{
        if (!comm->is_known || comm->length == 0)
                prose_add(prose, comm->is_known ? TEXT("a process without a name") : TEXT("a process"));
        else
                prose_name(prose, oom_name_text(comm), OOM_COMM_MAX);
        if (pid != OOM_UNKNOWN)
                prose_format(prose, " (pid %" PRId64 ")", pid);
}

/* ", 31 % of the limit" */
void phrase_share(const struct facts *facts, struct prose *prose, int64_t bytes)
{
        if (facts->space_bytes == OOM_UNKNOWN)
                return;
        prose_format(prose, ", %" PRId64 " %% of ", facts_percent(facts, bytes));
        prose_add(prose, facts->memcg ? TEXT("the limit") : TEXT("the machine's memory"));
}

void phrase_pool(const struct facts *facts, struct prose *prose, struct text what, int64_t bytes)
{
        prose_add(prose, what);
        prose_add(prose, TEXT(" "));
        prose_size(prose, bytes);
        phrase_share(facts, prose, bytes);
}
