/* lib/verdict/victim.h: the rows of those whom a kill is about, and what the kill line doesn't print but the row does: up to 5.3 uid,
 * oom_score_adj and page tables, before 2.6.36 every size. */

#pragma once

#include "oom/report.h"
#include "verdict/totalpages.h"

/* Finds the rows of the victim and of the chosen one in the task table of incident->report, and fills in what is unknown of the
 * victim. A row is the victim's if it has its pid, of the process or of a thread that is left of it, and its name; or, where the name
 * differs (a log may have cut it, and a process may change its own), its address space of just the same size. */
void oom_incident_find_rows(struct oom_incident *incident);

/* The page sizes that there may be, as oom_page_sizes(), which the victim's sizes may narrow to one: its row counts pages, its
 * kill line KiB. */
size_t oom_victim_page_sizes(const struct oom_incident *incident, const struct oom_machine *machine,
                             int64_t ret_sizes[static OOM_PAGE_SIZES_MAX]);

/* Has the row's address space just that size, by one of the page sizes there are? */
bool oom_task_has_size(const struct oom_task *task, int64_t total_vm_bytes);

/* What a row has of page tables; page_size_bytes: OOM_UNKNOWN, or that of the machine. */
int64_t oom_task_pgtables(const int64_t *values, int64_t page_size_bytes);
