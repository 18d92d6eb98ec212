/* lib/explain/phrases.h: parts of sentences that the reason and several hints use. */

#pragma once

#include "explain/facts.h"
#include "util/prose.h"

/* "hog (pid 7)"; "a process" where its name was not printed. pid may be OOM_UNKNOWN. */
void phrase_process(struct prose *prose, const struct oom_name *comm, int64_t pid);
/* ", 31 % of the limit"; nothing where it isn't known how much there was. */
void phrase_share(const struct facts *facts, struct prose *prose, int64_t bytes);
/* what, a size, and its share: "page tables 310.2 MiB, 31 % of the limit". */
void phrase_pool(const struct facts *facts, struct prose *prose, struct text what, int64_t bytes);
