#include "explain/phrases.h"

#include <inttypes.h>

struct shown_process shown_process(const struct oom_name *comm, int64_t pid)
{
        struct shown_process shown = { .text = "" };
        struct prose prose = prose_start(shown.text, sizeof(shown.text));

        phrase_process(&prose, comm, pid);
        return shown;
}

void phrase_process(struct prose *prose, const struct oom_name *comm, int64_t pid)
{
        if (!comm->is_known || comm->length == 0)
                prose_add(prose, comm->is_known ? TEXT("a process without a name") : TEXT("a process"));
        else
                prose_name(prose, oom_name_text(comm), OOM_COMM_MAX);
        if (pid != OOM_UNKNOWN)
                prose_format(prose, " (pid %" PRId64 ")", pid);
}

void phrase_pool(const struct facts *facts, struct prose *prose, struct text what, int64_t bytes)
{
        prose_add(prose, what);
        prose_format(prose, " %s", SHOWN_SIZE(bytes));
        if (facts->space_bytes != OOM_UNKNOWN)
                prose_format(prose, ", %" PRId64 " %% of %s", facts_percent(facts, bytes),
                             facts->memcg ? "the limit" : "the machine's memory");
}
