/* tests/unit/badness_fixture.h: a kill in a report whose table and memory are made by hand. */

#pragma once

#include <inttypes.h>
#include <stdio.h>

#include "tasks_fixture.h"
#include "verdict/verdict.h"
#include "verdict/victim.h"

#define MIB INT64_C(1048576)
#define GIB (1024 * MIB)

static struct oom_report report;
static struct oom_incident incident, completed; /* completed: with the rows that were found */
static struct oom_machine machine;
static struct oom_verdict verdict;

/* A kill of the one that was chosen, in a report that shows nothing yet. */
static inline void begin(int64_t pid)
{
        oom_report_clear(&report, 1, 1);
        report.parts = OOM_PART_KILLED;
        incident = (struct oom_incident){ .type = OOM_TYPE_KILL, .report = &report, .chosen_pid = pid };
        incident.victim = (struct oom_victim){ .pid = pid,
                                               .uid = OOM_UNKNOWN,
                                               .total_vm_bytes = OOM_UNKNOWN,
                                               .anon_rss_bytes = OOM_UNKNOWN,
                                               .file_rss_bytes = OOM_UNKNOWN,
                                               .shmem_rss_bytes = OOM_UNKNOWN,
                                               .pgtables_bytes = OOM_UNKNOWN,
                                               .rss_bytes = OOM_UNKNOWN,
                                               .swap_bytes = OOM_UNKNOWN,
                                               .oom_score_adj = OOM_UNKNOWN,
                                               .score = OOM_UNKNOWN };
        machine = (struct oom_machine){ 4096, OOM_UNKNOWN };
}

/* The limits of a cgroup: of memory, of both (v1), of swap (v2). */
static inline void set_memcg(int64_t limit, int64_t both, int64_t swap)
{
        report.scope = OOM_SCOPE_MEMCG;
        report.constraint = OOM_CONSTRAINT_MEMCG;
        report.memcg.usages[OOM_USAGE_MEMORY].limit_bytes = limit;
        report.memcg.usages[OOM_USAGE_MEMSW].limit_bytes = both;
        report.memcg.usages[OOM_USAGE_SWAP].limit_bytes = swap;
}

static inline void set_memory(int64_t page_size, int64_t ram_pages, int64_t reserved_pages, int64_t swap_bytes)
{
        report.scope = OOM_SCOPE_GLOBAL;
        report.constraint = OOM_CONSTRAINT_NONE;
        report.memory.is_known = true;
        report.memory.page_size_bytes = page_size;
        report.memory.ram_pages = ram_pages;
        report.memory.reserved_pages = reserved_pages;
        report.memory.swap_total_bytes = report.memory.swap_free_bytes = swap_bytes;
}

/* A row of kernel 6.8's table, 4.19's where the header is that one. */
static inline void add_6_8(int64_t pid, int64_t uid, int64_t rss, int64_t pgtables, int64_t swap, int64_t adj)
{
        char row[256];

        if (oom_layout_has(&report.tasks.layout, OOM_COLUMN_RSS_ANON))
                snprintf(row, sizeof(row),
                         "[%7" PRId64 "] %5" PRId64 " %5" PRId64 " %8" PRId64 " %8" PRId64
                         "        0        0         0 %8" PRId64 " %8" PRId64 "         %5" PRId64 " p%" PRId64,
                         pid, uid, pid, rss + 100, rss, pgtables, swap, adj, pid);
        else
                snprintf(row, sizeof(row),
                         "[%7" PRId64 "] %5" PRId64 " %5" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64
                         "         %5" PRId64 " p%" PRId64,
                         pid, uid, pid, rss + 100, rss, pgtables, swap, adj, pid);
        add_row(&report, row);
}

static inline void find_verdict(void)
{
        completed = incident;
        oom_incident_find_rows(&completed);
        oom_verdict_of(&completed, &machine, &verdict);
}

static inline void expect(enum oom_verdict_kind kind, enum oom_unknown_reason reason, int64_t rank)
{
        find_verdict();
        ck_assert_int_eq(verdict.kind, kind);
        ck_assert_int_eq(verdict.unknown_reason, reason);
        ck_assert_int_eq(verdict.rank, rank);
}
