/* lib/explain/phrases.h: parts of sentences that the reason and several hints use. */

#pragma once

#include "explain/facts.h"
#include "util/prose.h"

/* "hog (pid 7)"; "a process" where its name was not printed. pid may be OOM_UNKNOWN. */
void phrase_process(struct prose *prose, const struct oom_name *comm, int64_t pid);
/* The same for "%s" of prose_format(). */
#define SHOWN_PROCESS(comm, pid) (shown_process(comm, pid).text)
struct shown_process {
        char text[3 * OOM_COMM_MAX + sizeof(" (pid -9223372036854775808)")];
};
struct shown_process shown_process(const struct oom_name *comm, int64_t pid);
/* "The allocation (GFP_KERNEL)", as far as what it asked for was printed. */
void phrase_allocation(struct prose *prose, const struct oom_trigger *trigger);
/* What exempts a process: "oom_score_adj -1000", or as kernels print it that don't have that. */
const char *phrase_exempt(const struct facts *facts);
/* what, a size, and its share, where it is known how much there was: "page tables 310.2 MiB, 31 % of the limit". */
void phrase_pool(const struct facts *facts, struct prose *prose, struct text what, int64_t bytes);
