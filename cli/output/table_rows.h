/* cli/output/table_rows.h: a table on a terminal, with a row for each incident.
 *
 * Rows are kept until the widths of all columns are known. On a terminal they are cut to its width; in a pipe nothing is cut. Every
 * name is made safe to show before it gets into a cell. */

#pragma once

#include <stdio.h>

#include "output/incident_row.h"

struct table_rows;

/* width_max: columns of the terminal; 0: nothing is cut. Returns 0 or -ENOMEM. */
int table_rows_new(size_t width_max, struct table_rows **ret_rows) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct table_rows *table_rows_free(struct table_rows *rows);

/* Adds a row, which it copies. Returns 0 or -ENOMEM. */
int table_rows_add(struct table_rows *rows, const struct incident_row *row) __attribute__((warn_unused_result));

/* Writes the heading and the rows; where all are of one host and its column had no room, the host below them. Nothing where there are
 * no rows. To be called once. */
void table_rows_print(struct table_rows *rows, FILE *stream);
