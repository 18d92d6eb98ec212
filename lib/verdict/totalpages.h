/* lib/verdict/totalpages.h: what oom_score_adj is a share of: the memory, and swap, that the processes in question may use
 * together (oc->totalpages, mm/oom_kill.c: constrained_alloc(); mm/memcontrol.c: mem_cgroup_get_max()).
 *
 * Not all of it is printed: a cgroup's report does not say how much swap the machine has, and no report says memory.swappiness.
 * So it is an interval; its ends are the least and the most that fits what was printed. */

#pragma once

#include "oom/report.h"

struct oom_totalpages {
        int64_t min_bytes, max_bytes; /* 0 and OOM_UNLIMITED: nothing is known */
        int64_t bytes;                /* the only value that fits, if memory.swappiness is not 0; else OOM_UNKNOWN */
};

/* incident: NULL while its report is being read. page_size_bytes: a power of two. */
struct oom_totalpages oom_totalpages(const struct oom_report *report, const struct oom_incident *incident,
                                     const struct oom_machine *machine, int64_t page_size_bytes);

/* The page sizes that there may be, as far as report and machine show: one, or all of them. Returns how many. */
#define OOM_PAGE_SIZES_MAX 3
size_t oom_page_sizes(const struct oom_report *report, const struct oom_machine *machine,
                      int64_t ret_sizes[static OOM_PAGE_SIZES_MAX]);

/* What totalpages may turn out to be, to rank the rows by while they come. Returns how many. */
size_t oom_hypotheses(const struct oom_report *report, struct oom_hypothesis ret_hypotheses[static OOM_HYPOTHESES_MAX]);

/* Does the kernel print 5.4's kill line, and its table? Some things that are not printed changed right before that. */
bool oom_is_5_4_or_later(const struct oom_report *report, const struct oom_incident *incident);
