/* cli/scan/print_table.c: what was found, for a terminal and for grep: a table with a line for each incident, the explained
 * blocks with --verbose, totals.
 *
 * Cut to a terminal's width, but never in a pipe, where each line has all that the table tells. Every name is made safe to show
 * before it gets into a cell. Rows are kept until all widths are known; blocks wait in a temporary file. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "scan/columns.h"
#include "scan/printer.h"
#include "scan/row.h"
#include "scan/tally.h"
#include "scan/temporary.h"
#include "util/cleanup.h"

/* Of a name of 255 bytes, each of them U+FFFD. */
#define HOST_SIZE     1024
#define HOST_SHOWN    255
#define WIDTH_DEFAULT 80
#define WIDTH_MAX     4096
#define GAP           2
#define COPY_SIZE     16384
#define PATH_SHOWN    4096
#define LABEL_INDENT  12 /* as in the blocks (lib/alert/plain.c) */
/* What is left of the two that can be cut, however narrow the terminal is. */
#define CUT_WIDTH_MIN 14

enum column { COL_TIME, COL_HOST, COL_SCOPE, COL_VICTIM, COL_PID, COL_RSS, COL_OWNER, COL_REASON, COL_COUNT };

static const char *const headings[COL_COUNT] = {
        [COL_TIME] = "TIME", [COL_HOST] = "HOST",    [COL_SCOPE] = "SCOPE",          [COL_VICTIM] = "VICTIM",
        [COL_PID] = "PID",   [COL_RSS] = "ANON RSS", [COL_OWNER] = "UNIT/CONTAINER", [COL_REASON] = "REASON",
};

/* Its cells, each terminated, one after the other. */
struct table_row {
        char *cells;
        char zone[SCAN_ZONE_SIZE];
        unsigned doubts;
};

struct table {
        FILE *stream;
        FILE *blocks;     /* NULL until there is one */
        size_t width_max; /* 0: nothing is cut */
        struct table_row *rows;
        size_t used, size;
        size_t widths[COL_COUNT];
        bool is_hidden[COL_COUNT];
        bool zones_differ, hosts_differ;
        char host[HOST_SIZE]; /* of the first row, as a cell */
        struct tally owners, days;
        uint64_t types[SCAN_TYPE_COUNT];
        uint64_t doubts[SCAN_DOUBT_COUNT];
        struct scan_row row;                                   /* the one being read; large */
        char cells[SCAN_OWNER_SIZE + SCAN_REASON_SIZE + 4096]; /* of that one */
};

static size_t terminal_width(FILE *stream)
{
        const char *columns = getenv("COLUMNS");
        struct winsize size;
        char *end;
        unsigned long width;

        if (!isatty(fileno(stream)))
                return 0;
        if (columns && *columns) {
                width = strtoul(columns, &end, 10);
                if (*end == '\0' && width > 0 && width <= WIDTH_MAX)
                        return width;
        }
        if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
                return size.ws_col;
        return WIDTH_DEFAULT;
}

static int table_begin(FILE *stream, const struct scan_options *options, void **ret_state)
{
        struct table *table = calloc(1, sizeof(*table));

        (void)options; /* a block comes only where it was asked for */
        if (!table)
                return -ENOMEM;
        table->stream = stream;
        table->width_max = terminal_width(stream);
        *ret_state = table;
        return 0;
}

/* --- a row ---------------------------------------------------------------------------------------------------------- */

/* Ends the cell that begins at start; one without words is "-". */
static void end_cell(struct table *table, struct prose *prose, size_t start, enum column column)
{
        size_t width;

        if (prose->length == start)
                prose_add(prose, TEXT("-"));
        width = columns_of((struct text){ prose->data + start, prose->length - start });
        if (width > table->widths[column])
                table->widths[column] = width;
        if (prose->length + 1 < prose->size)
                prose->data[++prose->length] = '\0';
}

static void add_cells(struct table *table, struct prose *prose)
{
        const struct scan_row *row = &table->row;

        for (enum column column = 0; column < COL_COUNT; column++) {
                size_t start = prose->length;

                switch (column) {
                case COL_TIME:
                        prose_add(prose, text_from(row->time));
                        if (row->time_doubts)
                                prose_add(prose, TEXT("~"));
                        break;
                case COL_HOST:
                        prose_name(prose, row->host, HOST_SHOWN);
                        break;
                case COL_SCOPE:
                        prose_name(prose, row->scope, 64);
                        break;
                case COL_VICTIM:
                        prose_name(prose, row->comm, 256);
                        break;
                case COL_PID:
                        if (row->pid != ALERT_UNKNOWN)
                                prose_format(prose, "%" PRId64, row->pid);
                        break;
                case COL_RSS:
                        if (row->anon_rss_bytes != ALERT_UNKNOWN)
                                prose_size(prose, row->anon_rss_bytes);
                        break;
                case COL_OWNER:
                        prose_add(prose, text_from(row->owner));
                        break;
                case COL_REASON:
                        prose_add(prose, text_from(row->reason));
                        break;
                case COL_COUNT:
                        break;
                }
                end_cell(table, prose, start, column);
        }
}

static int keep_row(struct table *table)
{
        struct prose prose = prose_start(table->cells, sizeof(table->cells));
        struct table_row *row;

        if (table->used == table->size) {
                size_t size = table->size > 0 ? 2 * table->size : 64;
                struct table_row *rows = reallocarray(table->rows, size, sizeof(*rows));

                if (!rows)
                        return -ENOMEM;
                table->rows = rows;
                table->size = size;
        }
        add_cells(table, &prose);
        row = &table->rows[table->used];
        row->cells = malloc(prose.length + 1);
        if (!row->cells)
                return -ENOMEM;
        memcpy(row->cells, table->cells, prose.length + 1);
        memcpy(row->zone, table->row.zone, sizeof(row->zone));
        row->doubts = table->row.time_doubts;
        table->used++;
        return 0;
}

/* --- a block -------------------------------------------------------------------------------------------------------- */

static void print_place(FILE *stream, const struct scan_place *place, const char *label)
{
        char buffer[3 * PATH_SHOWN + 64];
        struct prose prose = prose_start(buffer, sizeof(buffer));

        if (place->path && strcmp(place->path, "-") == 0)
                prose_add(&prose, TEXT("standard input"));
        else if (place->path)
                prose_name(&prose, text_from(place->path), PATH_SHOWN);
        else
                prose_add(&prose, TEXT("journal"));
        if (place->line > 0)
                prose_format(&prose, ":%" PRIu64, place->line);
        (void)fprintf(stream, "  %-*s%s\n", LABEL_INDENT - 2, label, buffer); /* ferror() tells */
}

static int keep_block(struct table *table, const struct scan_finding *finding)
{
        if (!finding->block)
                return 0;
        if (!table->blocks) {
                int r = scan_temporary(&table->blocks);

                if (r < 0)
                        return r;
        }
        (void)fprintf(table->blocks, "\n%s", finding->block); /* ferror() tells, of all of them */
        for (size_t i = 0; i < finding->n_places; i++)
                print_place(table->blocks, &finding->places[i], i == 0 ? "Places" : "");
        return ferror(table->blocks) ? -EIO : 0;
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

/* Whom a kill is counted for: whose the victim was, where that is known, else its name. */
static int count_kill(struct table *table)
{
        const struct scan_row *row = &table->row;
        char words[SCAN_OWNER_SIZE], day[SCAN_TIME_SIZE];
        struct prose prose = prose_start(words, sizeof(words)), day_prose = prose_start(day, sizeof(day));
        struct text date = text_from(row->time);
        ptrdiff_t blank = text_find(date, TEXT(" "), 0);
        int r;

        if (row->owner[0]) {
                prose_add(&prose, text_from(row->owner));
        } else if (row->comm.length > 0) {
                prose_name(&prose, row->comm, 256);
                prose_add(&prose, TEXT(" (process)"));
        } else {
                prose_add(&prose, TEXT("-"));
        }
        prose_add(&day_prose, blank > 0 ? text_until_offset(date, (size_t)blank) : TEXT("-"));
        r = tally_add(&table->owners, words, row->anon_rss_bytes);
        return r < 0 ? r : tally_add(&table->days, day, row->anon_rss_bytes);
}

/* Whether what the first row says holds for all. */
static void note_differences(struct table *table)
{
        char host[HOST_SIZE];
        struct prose prose = prose_start(host, sizeof(host));

        prose_name(&prose, table->row.host, HOST_SHOWN);
        if (table->used == 1)
                memcpy(table->host, host, sizeof(host));
        else if (strcmp(table->host, host) != 0)
                table->hosts_differ = true;
        if (strcmp(table->rows[0].zone, table->row.zone) != 0)
                table->zones_differ = true;
}

static int table_finding(void *state, const struct scan_finding *finding)
{
        struct table *table = state;
        const struct alert_value *alert = NULL;
        int r = alert_reader_new((struct text){ finding->json, finding->json_length }, &alert);

        if (r < 0)
                return r;
        scan_row_read(finding, alert, table->width_max > 0, &table->row);
        r = keep_row(table);
        if (r == 0)
                r = keep_block(table, finding);
        if (r == 0 && table->row.type == SCAN_KILL)
                r = count_kill(table);
        if (r == 0) {
                table->types[table->row.type]++;
                for (unsigned i = 0; i < SCAN_DOUBT_COUNT; i++)
                        table->doubts[i] += table->row.time_doubts >> i & 1;
                note_differences(table);
        }
        alert = alert_reader_free(alert);
        return r;
}

/* --- output --------------------------------------------------------------------------------------------------------- */

static size_t total_width(const struct table *table)
{
        size_t total = 0;

        for (enum column column = 0; column < COL_COUNT; column++)
                if (!table->is_hidden[column])
                        total += (total > 0 ? GAP : 0) + table->widths[column];
        return total;
}

/* Makes the columns that can be cut smaller, by turns. Returns whether the rows fit now. */
static bool shrink(struct table *table)
{
        static const struct {
                enum column column;
                size_t least;
        } turns[] = {
                {COL_OWNER,   32           },
                { COL_REASON, 24           },
                { COL_OWNER,  24           },
                { COL_REASON, CUT_WIDTH_MIN},
                { COL_OWNER,  CUT_WIDTH_MIN}
        };

        for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
                size_t *width = &table->widths[turns[i].column], total = total_width(table), spare, excess;

                if (total <= table->width_max)
                        return true;
                if (table->is_hidden[turns[i].column])
                        continue;
                spare = *width > turns[i].least ? *width - turns[i].least : 0;
                excess = total - table->width_max;
                *width -= excess < spare ? excess : spare;
        }
        return total_width(table) <= table->width_max;
}

/* Where a terminal has less room than the cells take. What is cut may still be too wide: then what is the same in all rows, and
 * said below them, is left out, then the reason, of which the scope tells the most. */
static void fit_widths(struct table *table)
{
        size_t widths[COL_COUNT];

        memcpy(widths, table->widths, sizeof(widths));
        if (table->width_max == 0 || shrink(table))
                return;
        if (!table->hosts_differ) {
                table->is_hidden[COL_HOST] = true;
                memcpy(table->widths, widths, sizeof(widths));
                if (shrink(table))
                        return;
        }
        table->is_hidden[COL_REASON] = true;
        memcpy(table->widths, widths, sizeof(widths));
        (void)shrink(table); /* the terminal wraps what is still too long */
}

static void print_cell(const struct table *table, enum column column, const char *cell)
{
        char buffer[SCAN_REASON_SIZE];
        struct prose prose = prose_start(buffer, sizeof(buffer));
        size_t width = table->widths[column], taken;
        bool is_right = column == COL_PID || column == COL_RSS;
        enum column last = table->is_hidden[COL_REASON] ? COL_OWNER : COL_REASON;

        if (table->is_hidden[column])
                return;
        if (table->width_max > 0)
                columns_add_cut(&prose, text_from(cell), width, column == COL_OWNER);
        else
                prose_add(&prose, text_from(cell));
        taken = columns_of(text_from(buffer));
        if (column == last || taken > width)
                taken = width; /* nothing follows that would have to stand below another */
        (void)fprintf(table->stream, "%*s%s%*s", is_right ? (int)(width - taken) : 0, "", buffer,
                      is_right ? 0 : (int)(width - taken), "");
        (void)fputs(column != last ? "  " : "\n", table->stream);
}

static void print_heading(struct table *table)
{
        char time[sizeof("TIME ()") + SCAN_ZONE_SIZE + 3];
        struct prose prose = prose_start(time, sizeof(time));

        prose_add(&prose, text_from(headings[COL_TIME]));
        if (!table->zones_differ && table->rows[0].zone[0]) {
                prose_add(&prose, TEXT(" ("));
                prose_name(&prose, text_from(table->rows[0].zone), SCAN_ZONE_SIZE);
                prose_add(&prose, TEXT(")"));
        }
        for (enum column column = 0; column < COL_COUNT; column++) {
                const char *heading = column == COL_TIME ? time : headings[column];
                size_t width = columns_of(text_from(heading));

                if (width > table->widths[column])
                        table->widths[column] = width;
        }
        if (table->zones_differ)
                table->widths[COL_TIME] += SCAN_ZONE_SIZE / 2;
        fit_widths(table);
        for (enum column column = 0; column < COL_COUNT; column++)
                print_cell(table, column, column == COL_TIME ? time : headings[column]);
}

static void print_rows(struct table *table)
{
        if (table->used == 0)
                return;
        print_heading(table);
        for (size_t i = 0; i < table->used; i++) {
                const char *cell = table->rows[i].cells;
                char time[SCAN_TIME_SIZE + SCAN_ZONE_SIZE + 8];
                struct prose prose = prose_start(time, sizeof(time));

                for (enum column column = 0; column < COL_COUNT; column++, cell += strlen(cell) + 1) {
                        if (column != COL_TIME || !table->zones_differ || !table->rows[i].zone[0]) {
                                print_cell(table, column, cell);
                                continue;
                        }
                        prose_add(&prose, text_from(cell));
                        prose_add(&prose, TEXT(" "));
                        prose_name(&prose, text_from(table->rows[i].zone), SCAN_ZONE_SIZE);
                        print_cell(table, column, time);
                }
        }
        if (table->is_hidden[COL_HOST] && table->host[0])
                (void)fprintf(table->stream, "all on %s\n", table->host);
        for (unsigned i = 0; i < SCAN_DOUBT_COUNT; i++)
                if (table->doubts[i] > 0)
                        (void)fprintf(table->stream, "~ %s (%" PRIu64 " of %zu)\n", scan_doubt_words(1U << i),
                                      table->doubts[i], table->used);
}

static int print_blocks(struct table *table)
{
        char buffer[COPY_SIZE];
        size_t length;

        if (!table->blocks)
                return 0;
        rewind(table->blocks);
        while ((length = fread(buffer, 1, sizeof(buffer), table->blocks)) > 0)
                (void)fwrite(buffer, 1, length, table->stream);
        return ferror(table->blocks) ? -EIO : 0;
}

static void print_tally(struct table *table, const char *heading, const struct tally *tally)
{
        if (tally->used == 0)
                return;
        (void)fprintf(table->stream, "\n%-9s%10s  %s\n", "KILLS", "LARGEST", heading);
        for (size_t i = 0; i < tally->used; i++) {
                const struct tally_entry *entry = &tally->entries[i];
                char size[32] = "-";
                struct prose prose = prose_start(size, sizeof(size));

                if (entry->most_bytes != ALERT_UNKNOWN)
                        prose_size(&prose, entry->most_bytes);
                else
                        prose_add(&prose, TEXT("-"));
                (void)fprintf(table->stream, "%-9" PRIu64 "%10s  %s\n", entry->count, size, entry->name);
        }
}

static void print_sum(struct table *table, const struct scan_totals *totals)
{
        const char *separator = ": ";

        if (table->used > 0)
                (void)fputc('\n', table->stream);
        if (totals->timeless > 0)
                (void)fprintf(table->stream, "not shown, since their time is not known: %" PRIu64 "\n",
                              totals->timeless);
        (void)fprintf(table->stream, "%zu incident%s", table->used, table->used == 1 ? "" : "s");
        for (enum scan_type type = 0; type < SCAN_TYPE_COUNT; type++)
                if (table->types[type] > 0) {
                        (void)fprintf(table->stream, "%s%" PRIu64 " %s", separator, table->types[type],
                                      scan_type_words(type, table->types[type]));
                        separator = ", ";
                }
        (void)fprintf(table->stream, " in %" PRIu64 " file%s\n", totals->inputs, totals->inputs == 1 ? "" : "s");
}

static void table_free(struct table *table)
{
        for (size_t i = 0; i < table->used; i++)
                free(table->rows[i].cells);
        free(table->rows);
        tally_done(&table->owners);
        tally_done(&table->days);
        if (table->blocks)
                (void)fclose(table->blocks); /* only read of late */
        free(table);
}

static int table_end(void *state, const struct scan_totals *totals)
{
        struct table *table = state;
        int r;

        print_rows(table);
        r = print_blocks(table);
        tally_sort_by_count(&table->owners);
        tally_sort_by_name(&table->days);
        print_tally(table, "UNIT, CONTAINER, CGROUP OR PROCESS", &table->owners);
        if (table->days.used > 1 || (table->days.used == 1 && strcmp(table->days.entries[0].name, "-") != 0))
                print_tally(table, "DAY", &table->days);
        if (totals)
                print_sum(table, totals);
        table_free(table);
        return r;
}

const struct scan_printer scan_printer_table = { table_begin, table_finding, table_end };
