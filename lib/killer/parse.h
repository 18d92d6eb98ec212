/* lib/killer/parse.h: the functions of the rows in line_table.h; for the files that define them, and line.c.
 *
 * Each gets what follows the row's words, decides by the whole line whether it is one of the row's, and fills *line, which is empty but for
 * its kind. */

#pragma once

#include "killer/line.h"

typedef bool killer_parse_fn(struct text rest, struct killer_line *line);

/* parse_systemd.c */
killer_parse_fn killer_parse_killed, killer_parse_marked, killer_parse_rule, killer_parse_unit;

/* parse_earlyoom.c */
killer_parse_fn killer_parse_sending_term, killer_parse_sending_kill, killer_parse_anything, killer_parse_escalating,
        killer_parse_exited, killer_parse_process_state, killer_parse_failed;

/* parse_nohang.c */
killer_parse_fn killer_parse_pid, killer_parse_badness, killer_parse_sizes, killer_parse_cgroup, killer_parse_ancestry,
        killer_parse_sending;

/* parse_cgroup.c: those that kill cgroups and pods */
killer_parse_fn killer_parse_oomd, killer_parse_oomd_own, killer_parse_talos, killer_parse_resource,
        killer_parse_resource_old, killer_parse_evicted, killer_parse_evicted_old, killer_parse_system_oom,
        killer_parse_container_oom;

/* parse_android.c */
killer_parse_fn killer_parse_lmkd, killer_parse_driver, killer_parse_to_free;

/* "12.5", "71.20" off the front. False, and *text unchanged, where there is none. */
bool killer_eat_decimal(struct text *text);

/* Bytes of a number with a unit; KILLER_UNKNOWN_NUMBER where that is too large. */
static inline int64_t killer_bytes(uint64_t number, int64_t unit)
{
        int64_t bytes;

        return number > INT64_MAX || __builtin_mul_overflow((int64_t)number, unit, &bytes) ? KILLER_UNKNOWN_NUMBER
                                                                                           : bytes;
}

/* A decimal number off the front, up to INT64_MAX. */
static inline bool killer_eat_number(struct text *text, int64_t *ret_number)
{
        uint64_t number;
        struct text rest = *text;

        if (!text_eat_u64(&rest, &number) || number > INT64_MAX)
                return false;
        *ret_number = (int64_t)number;
        *text = rest;
        return true;
}
