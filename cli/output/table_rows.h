/* cli/output/table_rows.h: the table itself: a line for each incident, in columns.
 *
 * Rows are kept until all widths are known. On a terminal they are cut to its width; in a pipe each line has all that the table
 * tells. Every name is made safe to show before it gets into a cell. */

#pragma once

#include <stdio.h>

#include "output/incident_row.h"

struct table_rows;

/* width_max: columns of the terminal; 0: nothing is cut. Returns 0 or -ENOMEM. */
int table_rows_new(size_t width_max, struct table_rows **ret_rows) __attribute__((warn_unused_result));
/* Accepts NULL. Returns NULL. */
struct table_rows *table_rows_free(struct table_rows *rows);

/* Keeps a copy of what is shown of row. Returns 0 or -ENOMEM. */
int table_rows_add(struct table_rows *rows, const struct incident_row *row) __attribute__((warn_unused_result));

/* Writes the heading, the rows, and what is to be noted of them; nothing where there are none. Once. */
void table_rows_print(struct table_rows *rows, FILE *stream);
