#include "output/table_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "output/width.h"
#include "util/array.h"

#define HOST_SHOWN 255
#define GAP        2
/* The owner and the reason are never cut to less, however narrow the terminal is. */
#define CUT_WIDTH_MIN 14
/* Columns of a table that nothing is cut in are no wider; what is longer stands out. */
#define PIPED_WIDTH_MAX 64

static const char *const headings[COL_COUNT] = {
        [COL_TIME] = "TIME", [COL_HOST] = "HOST",    [COL_SCOPE] = "SCOPE",          [COL_VICTIM] = "VICTIM",
        [COL_PID] = "PID",   [COL_RSS] = "ANON RSS", [COL_OWNER] = "UNIT/CONTAINER", [COL_REASON] = "REASON",
};

void table_rows_done(struct table_rows *rows)
{
        for (size_t i = 0; i < rows->n_rows; i++)
                free(rows->rows[i].cells);
        free(rows->rows);
}

/* Ends the cell of column, which begins at *start; an empty one gets "-". The next one begins after it. */
static void end_cell(struct table_rows *rows, struct prose *prose, size_t *start, enum column column)
{
        size_t width;

        if (prose->length == *start)
                prose_add(prose, TEXT("-"));
        width = width_of((struct text){ prose->data + *start, prose->length - *start });
        /* In a pipe nothing is cut: one long name is not to push all rows apart. */
        if (rows->width_max == 0 && width > PIPED_WIDTH_MAX)
                width = PIPED_WIDTH_MAX;
        if (width > rows->widths[column])
                rows->widths[column] = width;
        if (prose->length + 1 < prose->size)
                prose->data[++prose->length] = '\0';
        *start = prose->length;
}

static void add_cells(struct table_rows *rows, const struct incident_row *row, struct prose *prose)
{
        size_t start = 0;

        prose_add(prose, text_from(row->time));
        if (row->time_doubts)
                prose_add(prose, TEXT("~"));
        end_cell(rows, prose, &start, COL_TIME);
        prose_name(prose, row->host, HOST_SHOWN);
        end_cell(rows, prose, &start, COL_HOST);
        prose_name(prose, row->scope, 64);
        end_cell(rows, prose, &start, COL_SCOPE);
        prose_name(prose, row->comm, 256);
        end_cell(rows, prose, &start, COL_VICTIM);
        if (row->pid != ALERT_UNKNOWN)
                prose_format(prose, "%" PRId64, row->pid);
        end_cell(rows, prose, &start, COL_PID);
        if (row->anon_rss_bytes != ALERT_UNKNOWN)
                prose_size(prose, row->anon_rss_bytes);
        end_cell(rows, prose, &start, COL_RSS);
        prose_add(prose, text_from(row->owner));
        end_cell(rows, prose, &start, COL_OWNER);
        prose_add(prose, text_from(row->reason));
        end_cell(rows, prose, &start, COL_REASON);
}

int table_rows_add(struct table_rows *rows, const struct incident_row *row)
{
        char host[TABLE_HOST_SIZE];
        struct prose prose = prose_start(rows->cells, sizeof(rows->cells)),
                     host_prose = prose_start(host, sizeof(host));
        struct table_row *kept;

        if (!array_reserve(rows->rows, rows->n_rows, &rows->capacity))
                return -ENOMEM;
        add_cells(rows, row, &prose);
        kept = &rows->rows[rows->n_rows];
        kept->cells = malloc(prose.length + 1);
        if (!kept->cells)
                return -ENOMEM;
        memcpy(kept->cells, rows->cells, prose.length + 1);
        memcpy(kept->zone, row->zone, sizeof(kept->zone));
        prose_name(&host_prose, row->host, HOST_SHOWN);
        if (rows->n_rows++ == 0)
                memcpy(rows->host, host, sizeof(host));
        rows->has_several_hosts |= strcmp(rows->host, host) != 0;
        rows->has_several_zones |= strcmp(rows->rows[0].zone, row->zone) != 0;
        return 0;
}

/* --- output --------------------------------------------------------------------------------------------------------- */

static size_t total_width(const struct table_rows *rows)
{
        size_t total = 0;

        for (enum column column = 0; column < COL_COUNT; column++)
                if (!rows->is_hidden[column])
                        total += (total > 0 ? GAP : 0) + rows->widths[column];
        return total;
}

/* Makes owner and reason narrower, by turns, until the rows fit. Returns whether they do. */
static bool shrink(struct table_rows *rows)
{
        static const struct {
                enum column column;
                size_t least;
        } turns[] = { { COL_OWNER, 32 },
                      { COL_REASON, 24 },
                      { COL_OWNER, 24 },
                      { COL_REASON, CUT_WIDTH_MIN },
                      { COL_OWNER, CUT_WIDTH_MIN } };

        for (size_t i = 0; i < COUNT(turns); i++) {
                size_t *width = &rows->widths[turns[i].column], total = total_width(rows), spare, excess;

                if (total <= rows->width_max)
                        return true;
                if (rows->is_hidden[turns[i].column])
                        continue;
                spare = *width > turns[i].least ? *width - turns[i].least : 0;
                excess = total - rows->width_max;
                *width -= excess < spare ? excess : spare;
        }
        return total_width(rows) <= rows->width_max;
}

/* Makes the rows fit into the terminal. Where cutting is not enough, the host is left out if it is the same in all rows (it is printed
 * below them), then the reason: the scope says the most important part of it. */
static void fit_widths(struct table_rows *rows)
{
        size_t widths[COL_COUNT];

        memcpy(widths, rows->widths, sizeof(widths));
        if (rows->width_max == 0 || shrink(rows))
                return;
        if (!rows->has_several_hosts) {
                rows->is_hidden[COL_HOST] = true;
                memcpy(rows->widths, widths, sizeof(widths));
                if (shrink(rows))
                        return;
        }
        rows->is_hidden[COL_REASON] = true;
        memcpy(rows->widths, widths, sizeof(widths));
        (void)shrink(rows); /* the terminal wraps what is still too long */
}

static void print_cell(const struct table_rows *rows, FILE *stream, enum column column, const char *cell)
{
        char buffer[INCIDENT_REASON_SIZE];
        struct prose prose = prose_start(buffer, sizeof(buffer));
        size_t width = rows->widths[column], taken;
        bool is_right = column == COL_PID || column == COL_RSS;
        enum column last = rows->is_hidden[COL_REASON] ? COL_OWNER : COL_REASON;

        if (rows->is_hidden[column])
                return;
        if (rows->width_max > 0)
                width_add_cut(&prose, text_from(cell), width, column == COL_OWNER);
        else
                prose_add(&prose, text_from(cell));
        taken = width_of(text_from(buffer));
        if (column == last || taken > width)
                taken = width; /* no padding: nothing follows, or the next column is out of line anyway */
        (void)fprintf(stream, "%*s%s%*s", is_right ? (int)(width - taken) : 0, "", buffer,
                      is_right ? 0 : (int)(width - taken), "");
        (void)fputs(column != last ? "  " : "\n", stream);
}

static void print_heading(struct table_rows *rows, FILE *stream)
{
        char time[sizeof("TIME ()") + INCIDENT_ZONE_SIZE + 3];
        struct prose prose = prose_start(time, sizeof(time));

        prose_add(&prose, text_from(headings[COL_TIME]));
        if (!rows->has_several_zones && rows->rows[0].zone[0]) {
                prose_add(&prose, TEXT(" ("));
                prose_name(&prose, text_from(rows->rows[0].zone), INCIDENT_ZONE_SIZE);
                prose_add(&prose, TEXT(")"));
        }
        for (enum column column = 0; column < COL_COUNT; column++) {
                const char *heading = column == COL_TIME ? time : headings[column];
                size_t width = width_of(text_from(heading));

                if (width > rows->widths[column])
                        rows->widths[column] = width;
        }
        if (rows->has_several_zones)
                rows->widths[COL_TIME] += INCIDENT_ZONE_SIZE / 2;
        fit_widths(rows);
        for (enum column column = 0; column < COL_COUNT; column++)
                print_cell(rows, stream, column, column == COL_TIME ? time : headings[column]);
}

void table_rows_print(struct table_rows *rows, FILE *stream)
{
        if (rows->n_rows == 0)
                return;
        print_heading(rows, stream);
        for (size_t i = 0; i < rows->n_rows; i++) {
                const char *cell = rows->rows[i].cells;
                char time[INCIDENT_TIME_SIZE + INCIDENT_ZONE_SIZE + 8];
                struct prose prose = prose_start(time, sizeof(time));

                for (enum column column = 0; column < COL_COUNT; column++, cell += strlen(cell) + 1) {
                        if (column != COL_TIME || !rows->has_several_zones || !rows->rows[i].zone[0]) {
                                print_cell(rows, stream, column, cell);
                                continue;
                        }
                        prose_add(&prose, text_from(cell));
                        prose_add(&prose, TEXT(" "));
                        prose_name(&prose, text_from(rows->rows[i].zone), INCIDENT_ZONE_SIZE);
                        print_cell(rows, stream, column, time);
                }
        }
        if (rows->is_hidden[COL_HOST] && rows->host[0])
                (void)fprintf(stream, "all on %s\n", rows->host);
}
