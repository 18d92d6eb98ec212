/* cli/output/print_table.c: what was found, for a terminal and for grep: a table with a line for each incident, the explained
 * blocks with --verbose, totals.
 *
 * The table comes first, when all of it is known (table_rows.h); blocks wait in a temporary file. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/temporary.h"
#include "output/printer.h"
#include "output/table_rows.h"
#include "output/tally.h"
#include "util/prose.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MAX     4096
#define COPY_SIZE     16384
#define PATH_SHOWN    4096
#define LABEL_INDENT  12 /* as in the blocks (lib/alert/plain.c) */

struct table {
        FILE *stream;
        FILE *blocks;     /* NULL until there is one */
        size_t width_max; /* 0: nothing is cut */
        struct table_rows *rows;
        struct tally owners, days;
        uint64_t types[INCIDENT_TYPE_COUNT];
        struct incident_row row; /* the one being read; large */
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
        int r;

        (void)options; /* a block comes only where it was asked for */
        if (!table)
                return -ENOMEM;
        table->stream = stream;
        table->width_max = terminal_width(stream);
        r = table_rows_new(table->width_max, &table->rows);
        if (r < 0) {
                free(table);
                return r;
        }
        *ret_state = table;
        return 0;
}

/* --- a block -------------------------------------------------------------------------------------------------------- */

static void print_location(FILE *stream, const struct alert_location *place, const char *label)
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

static int keep_block(struct table *table, const struct finding *finding)
{
        if (!finding->block)
                return 0;
        if (!table->blocks) {
                int r = temporary_stream(&table->blocks);

                if (r < 0)
                        return r;
        }
        (void)fprintf(table->blocks, "\n%s", finding->block); /* ferror() tells, of all of them */
        for (size_t i = 0; i < finding->n_locations; i++)
                print_location(table->blocks, &finding->locations[i], i == 0 ? "Places" : "");
        return ferror(table->blocks) ? -EIO : 0;
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

/* Whom a kill is counted for: whose the victim was, where that is known, else its name. */
static int count_kill(struct table *table)
{
        const struct incident_row *row = &table->row;
        char words[INCIDENT_OWNER_SIZE], day[INCIDENT_TIME_SIZE];
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

static int table_finding(void *state, const struct finding *finding)
{
        struct table *table = state;
        const struct alert_value *alert = NULL;
        int r = alert_reader_new((struct text){ finding->json, finding->json_length }, &alert);

        if (r < 0)
                return r;
        incident_row_read(finding, alert, table->width_max > 0, &table->row);
        r = table_rows_add(table->rows, &table->row);
        if (r == 0)
                r = keep_block(table, finding);
        if (r == 0 && table->row.type == INCIDENT_KILL)
                r = count_kill(table);
        if (r == 0)
                table->types[table->row.type]++;
        alert = alert_reader_free(alert);
        return r;
}

/* --- output --------------------------------------------------------------------------------------------------------- */

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
        if (tally->n_entries == 0)
                return;
        (void)fprintf(table->stream, "\n%-9s%10s  %s\n", "KILLS", "LARGEST", heading);
        for (size_t i = 0; i < tally->n_entries; i++) {
                const struct tally_entry *entry = &tally->entries[i];
                char size[32] = "-";
                struct prose prose = prose_start(size, sizeof(size));

                if (entry->largest_bytes != ALERT_UNKNOWN)
                        prose_size(&prose, entry->largest_bytes);
                else
                        prose_add(&prose, TEXT("-"));
                (void)fprintf(table->stream, "%-9" PRIu64 "%10s  %s\n", entry->count, size, entry->name);
        }
}

static void print_sum(struct table *table, const struct printer_totals *totals)
{
        size_t count = table_rows_count(table->rows);
        const char *separator = ": ";

        if (count > 0)
                (void)fputc('\n', table->stream);
        if (totals->n_timeless > 0)
                (void)fprintf(table->stream, "not shown, since their time is not known: %" PRIu64 "\n",
                              totals->n_timeless);
        (void)fprintf(table->stream, "%zu incident%s", count, count == 1 ? "" : "s");
        for (enum incident_type type = 0; type < INCIDENT_TYPE_COUNT; type++)
                if (table->types[type] > 0) {
                        (void)fprintf(table->stream, "%s%" PRIu64 " %s", separator, table->types[type],
                                      incident_type_name(type, table->types[type]));
                        separator = ", ";
                }
        (void)fprintf(table->stream, " in %" PRIu64 " file%s\n", totals->n_inputs, totals->n_inputs == 1 ? "" : "s");
}

static void table_free(struct table *table)
{
        table->rows = table_rows_free(table->rows);
        tally_done(&table->owners);
        tally_done(&table->days);
        if (table->blocks)
                (void)fclose(table->blocks); /* only read of late */
        free(table);
}

static int table_end(void *state, const struct printer_totals *totals)
{
        struct table *table = state;
        int r;

        table_rows_print(table->rows, table->stream);
        r = print_blocks(table);
        tally_sort_by_count(&table->owners);
        tally_sort_by_name(&table->days);
        print_tally(table, "UNIT, CONTAINER, CGROUP OR PROCESS", &table->owners);
        if (table->days.n_entries > 1 || (table->days.n_entries == 1 && strcmp(table->days.entries[0].name, "-") != 0))
                print_tally(table, "DAY", &table->days);
        if (totals)
                print_sum(table, totals);
        table_free(table);
        return r;
}

const struct printer printer_table = { table_begin, table_finding, table_end };
