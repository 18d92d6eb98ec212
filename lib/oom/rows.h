/* lib/oom/rows.h: every row of a task table, as short as it can be told: whom the kernel killed is known only after the table, and it
 * need not be one of the worst.
 *
 * Of the first rows, more than most tables have, all is kept; of the others no name, and what the kill line says again is left out:
 * total_vm and the parts of rss where the table has page tables, so where the kernel is 3.2 or later. A row takes some 25 bytes, then
 * 7. What has no room is left out, and is_cut says so. */

#pragma once

#include "oom/tasks.h"

#define OOM_ROWS_CHUNK_BYTES 32768
/* Together they hold 100,000 rows, in under 800 kB. */
#define OOM_ROWS_CHUNKS_MAX 24

/* All zeros: no row. The caller doesn't move it while it has rows. */
struct oom_rows {
        bool is_cut;        /* rows had no room, or memory ran out */
        uint64_t count;     /* of those that are here: the first so many of the table */
        size_t n_chunks;    /* that have rows */
        size_t n_allocated; /* of chunks, from 1 on */
        size_t n_bits;      /* of the last chunk that are used */
        unsigned wide_columns,
                narrow_columns; /* that rows have, in chunk 0 and in the others: bits 1 << enum oom_column */
        int64_t previous[OOM_COLUMN_COUNT]; /* the last row's values: in the next one only what differs is written */
        uint64_t first_index[OOM_ROWS_CHUNKS_MAX];
        size_t found_in; /* the chunk in which a row was found last: members of a group are killed in the table's order */
        uint8_t *chunks[OOM_ROWS_CHUNKS_MAX]; /* owned, but for chunk 0 */
        uint8_t first[OOM_ROWS_CHUNK_BYTES];  /* chunk 0 */
};

/* Forgets all rows, and frees what was allocated for them. */
void oom_rows_clear(struct oom_rows *rows);
/* Begins an empty table. layout->count 0: not known. */
void oom_rows_begin(struct oom_rows *rows, const struct oom_layout *layout);
/* Adds a row: its values by column, OOM_COLUMN_COUNT of them; name without data: not known. */
void oom_rows_add(struct oom_rows *rows, const int64_t *values, struct text name, bool is_victim_already);

/* Reads all rows in their order. */
struct oom_rows_reader {
        const struct oom_rows *rows;
        size_t chunk, bit;
        struct oom_task task; /* the row that was read last; what was not kept of it is unknown */
};
void oom_rows_read(struct oom_rows_reader *reader, const struct oom_rows *rows);
/* Returns whether there was one more. */
bool oom_rows_next(struct oom_rows_reader *reader);

/* Finds the row of a process: of its leader, or of a thread that is left of it. *ret_task is untouched where there is none. */
bool oom_rows_find(struct oom_rows *rows, int64_t pid, struct oom_task *ret_task);
