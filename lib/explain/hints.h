/* lib/explain/hints.h: what to look at, besides who was killed: the list of hints. explain.h has what they are for.
 *
 * A hint is a row of the list and two functions, hint_NAME_holds() and hint_NAME_say(), in hints_choice.c or hints_memory.c.
 * tests/unit/test_hints.c has a case for each where it holds, and one where it doesn't. What else a new one needs: CONTRIBUTING.md. */

#pragma once

#include "explain/explain.h"
#include "explain/facts.h"
#include "util/prose.h"

/* The weightiest first. A code is never changed once it was released: programs know it. */
#define HINTS(ROW)                                                                                                     \
        ROW(manual_request)                                                                                            \
        ROW(kill_allocating_task)                                                                                      \
        ROW(group_killed)                                                                                              \
        ROW(child_killed)                                                                                              \
        ROW(nobody_killable)                                                                                           \
        ROW(limit_lowered)                                                                                             \
        ROW(zone_exhausted)                                                                                            \
        ROW(memory_fragmented)                                                                                         \
        ROW(nodes_restricted)                                                                                          \
        ROW(free_memory_is_cma)                                                                                        \
        ROW(limit_of_ancestor)                                                                                         \
        ROW(memory_protected)                                                                                          \
        ROW(victim_not_largest)                                                                                        \
        ROW(adjustment_hides_size)                                                                                     \
        ROW(slab_dominates)                                                                                            \
        ROW(page_tables_dominate)                                                                                      \
        ROW(shared_memory_dominates)                                                                                   \
        ROW(huge_pages_dominate)                                                                                       \
        ROW(unevictable_dominates)                                                                                     \
        ROW(kernel_memory_dominates)                                                                                   \
        ROW(network_buffers_dominate)                                                                                  \
        ROW(gpu_memory_dominates)                                                                                      \
        ROW(unaccounted_memory)                                                                                        \
        ROW(many_small_processes)                                                                                      \
        ROW(processes_exempt)                                                                                          \
        ROW(victim_frees_little)                                                                                       \
        ROW(victim_memory_shared)                                                                                      \
        ROW(swap_full)                                                                                                 \
        ROW(swap_absent)                                                                                               \
        ROW(swap_not_allowed)                                                                                          \
        ROW(writeback_pending)                                                                                         \
        ROW(page_cache_remains)                                                                                        \
        ROW(limit_tiny)                                                                                                \
        ROW(trigger_not_victim)

struct hint {
        const char *code;
        bool (*holds)(const struct facts *facts);
        void (*say)(const struct facts *facts, struct prose *prose);
};

#define ROW(name) +1
enum { HINTS_COUNT = 0 HINTS(ROW) };
#undef ROW

extern const struct hint hints[HINTS_COUNT]; /* explain.c */

#define ROW(name)                                                                                                      \
        bool hint_##name##_holds(const struct facts *facts);                                                           \
        void hint_##name##_say(const struct facts *facts, struct prose *prose);
HINTS(ROW)
#undef ROW
