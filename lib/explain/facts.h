/* lib/explain/facts.h: the figures that reason and hints are made of: which memory ran out, what each kind of use takes of
 * it, whom the kernel chose and what that one held.
 *
 * Everything is in bytes, and OOM_UNKNOWN where the report doesn't say it. Sentences are made elsewhere. */

#pragma once

#include "verdict/verdict.h"

struct facts {
        const struct oom_incident *incident;
        const struct oom_report *report; /* never NULL */
        const struct oom_verdict *verdict;
        const struct oom_memcg *memcg;   /* the limit that was hit was a cgroup's; else NULL */
        const struct oom_memory *memory; /* the machine ran out, and its figures are this report's; else NULL */
        int64_t page_bytes;
        int64_t space_bytes; /* what there was to use: the limit, or the memory that the kernel manages */
        const struct oom_candidate *chosen;  /* the row of the one the kernel chose; NULL */
        const struct oom_candidate *largest; /* the row of the one that held most, of those known; NULL */
};

/* incident->report must not be NULL. */
struct facts facts_of(const struct oom_incident *incident, const struct oom_verdict *verdict);

/* What all processes held together, and how much that was in one column of the table. */
int64_t facts_held_by_all(const struct facts *facts);
int64_t facts_column_bytes(const struct facts *facts, enum oom_column column);
/* The kernel announced another pid than it killed (up to 5.0): a parent whose child was sacrificed, or a thread of the victim. */
bool facts_other_was_announced(const struct facts *facts);
/* It was a parent: it has a row of its own. */
bool facts_parent_was_announced(const struct facts *facts);
/* What the victim held, by the kill line, else by its row. */
int64_t facts_victim_held(const struct facts *facts);
/* True: no process of the table held more than the chosen one. False: one did, or one may have: not all are kept. */
bool facts_chosen_held_most(const struct facts *facts);

/* Kinds of use that no single process accounts for. Of the cgroup where its limit was hit, else of the machine. */
enum facts_use {
        FACTS_SLAB, /* unreclaimable */
        FACTS_PAGE_TABLES,
        FACTS_SHMEM,
        FACTS_HUGE_PAGES,
        FACTS_UNEVICTABLE,
        FACTS_KERNEL,          /* a cgroup's: all that the kernel allocated for it */
        FACTS_NETWORK_BUFFERS, /* a cgroup's */
        FACTS_PAGE_CACHE,      /* without shmem */
        FACTS_DIRTY,           /* dirty, or being written, to swap too */
        FACTS_GPU,             /* the machine's: in use by graphics drivers */
        FACTS_USE_COUNT,
};
int64_t facts_use(const struct facts *facts, enum facts_use pool);

/* One of the machine's counters. */
int64_t facts_counter(const struct facts *facts, enum oom_counter counter);
/* Memory that is in none of the machine's counters: neither free nor used for something that is printed. */
int64_t facts_unaccounted(const struct facts *facts);

/* None of the processes of a whole table may be killed, and so none was. */
bool facts_is_nobody_killable(const struct facts *facts);
/* The limit was set below what the cgroup used already: no allocation hit it. */
bool facts_is_limit_lowered(const struct facts *facts);

/* May processes have memory in swap that no row shows? Rows show it from 3.2 on, where the table's header was read. What they held is
 * then known in part only, and can't be compared. */
bool facts_is_swap_hidden(const struct facts *facts);

/* Whole per cent of all there was; 0 where that isn't known. */
int64_t facts_percent(const struct facts *facts, int64_t bytes);
