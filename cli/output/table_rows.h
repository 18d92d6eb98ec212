/* cli/output/table_rows.h: a table on a terminal, with a row for each incident.
 *
 * Rows are kept until the widths of all columns are known. On a terminal they are cut to its width; in a pipe nothing is cut. Every
 * name is made safe to show before it gets into a cell. */

#pragma once

#include <stdio.h>

#include "output/incident_row.h"

/* Of a name of 255 bytes, each of them U+FFFD. */
#define TABLE_HOST_SIZE 1024

enum column { COL_TIME, COL_HOST, COL_SCOPE, COL_VICTIM, COL_PID, COL_RSS, COL_OWNER, COL_REASON, COL_COUNT };

struct table_row {
        char *cells; /* each terminated, one after the other */
        char zone[INCIDENT_ZONE_SIZE];
};

/* All zero: empty. */
struct table_rows {
        size_t width_max; /* columns of the terminal; 0: nothing is cut. Set by the caller */
        struct table_row *rows;
        size_t n_rows, capacity;
        size_t widths[COL_COUNT];
        bool is_hidden[COL_COUNT];
        bool has_several_zones, has_several_hosts;
        char host[TABLE_HOST_SIZE];                                    /* of the first row, safe to show */
        char cells[INCIDENT_OWNER_SIZE + INCIDENT_REASON_SIZE + 4096]; /* of the row being added; large */
};

/* Frees what it holds. */
void table_rows_done(struct table_rows *rows);

/* Adds a row, which it copies. Returns 0 or -ENOMEM. */
int table_rows_add(struct table_rows *rows, const struct incident_row *row) __attribute__((warn_unused_result));

/* Writes the heading and the rows; where all are of one host and its column had no room, the host below them. Nothing where there are
 * no rows. To be called once. */
void table_rows_print(struct table_rows *rows, FILE *stream);
