/* cli/output/print_table.c: --format text, for a terminal and for grep: a table with a line for each incident, with --verbose a block
 * that explains each, and totals.
 *
 * The widths of the table's columns are known last (table_rows.h) and it comes first, so blocks wait in a temporary file. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/temporary.h"
#include "output/incident_counts.h"
#include "output/printer.h"
#include "output/table_rows.h"
#include "output/tally.h"
#include "util/prose.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MAX     4096
#define PATH_SHOWN    4096
#define LABEL_INDENT  12 /* of the values in a block (lib/alert/plain.c) */

struct table {
        FILE *stream;
        FILE *blocks; /* NULL until there is one */
        struct table_rows rows;
        struct tally owners, days;
        struct incident_counts counts;
        struct incident_row row; /* of the incident being added; large */
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

static int table_begin(FILE *stream, void **ret_state)
{
        struct table *table = calloc(1, sizeof(*table));

        if (!table)
                return -ENOMEM;
        table->stream = stream;
        table->rows.width_max = terminal_width(stream);
        *ret_state = table;
        return 0;
}

/* --- a block -------------------------------------------------------------------------------------------------------- */

static void print_location(FILE *stream, const struct alert_location *location, const char *label)
{
        char buffer[3 * PATH_SHOWN + 64];
        struct prose prose = prose_start(buffer, sizeof(buffer));

        prose_name(&prose, printer_location_name(location), PATH_SHOWN);
        if (location->line > 0)
                prose_format(&prose, ":%" PRIu64, location->line);
        (void)fprintf(stream, "  %-*s%s\n", LABEL_INDENT - 2, label, buffer); /* keep_block() asks ferror() */
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
        (void)fprintf(table->blocks, "\n%s", finding->block); /* ferror() below */
        for (size_t i = 0; i < finding->n_locations; i++)
                print_location(table->blocks, &finding->locations[i], i == 0 ? "Found in" : "");
        return ferror(table->blocks) ? -EIO : 0;
}

/* --- counts ------------------------------------------------------------------------------------------------------- */

/* A kill counts for the victim's owner, or for the name of the process where the owner is unknown. */
static int count_kill(struct table *table)
{
        const struct incident_row *row = &table->row;
        struct text day = incident_row_day(row);
        char process[1024] = "-";
        struct prose prose;
        int r;

        if (row->comm.length > 0) {
                prose = prose_start(process, sizeof(process));
                prose_name(&prose, row->comm, 256);
                prose_add(&prose, TEXT(" (process)"));
        }
        r = tally_add(&table->owners, text_from(row->owner[0] ? row->owner : process), row->anon_rss_bytes);
        return r < 0 ? r : tally_add(&table->days, day.length ? day : TEXT("-"), row->anon_rss_bytes);
}

static int table_finding(void *state, const struct finding *finding)
{
        struct table *table = state;
        const struct alert_value *alert = NULL;
        int r = alert_reader_new((struct text){ finding->json, finding->json_length }, &alert);

        if (r < 0)
                return r;
        incident_row_read(finding, alert, &table->row);
        r = table_rows_add(&table->rows, &table->row);
        if (r == 0)
                r = keep_block(table, finding);
        if (r == 0 && table->row.type == INCIDENT_KILL)
                r = count_kill(table);
        if (r == 0)
                incident_counts_add(&table->counts, &table->row);
        alert = alert_reader_free(alert);
        return r;
}

/* --- output --------------------------------------------------------------------------------------------------------- */

static void print_tally(struct table *table, const char *heading, const struct tally *tally)
{
        if (tally->n_entries == 0)
                return;
        (void)fprintf(table->stream, "\n%-9s%10s  %s\n", "KILLS", "LARGEST", heading);
        for (size_t i = 0; i < tally->n_entries; i++) {
                const struct tally_entry *entry = tally->entries[i];
                char size[32];
                struct prose prose = prose_start(size, sizeof(size));

                if (entry->largest_bytes != ALERT_UNKNOWN)
                        prose_size(&prose, entry->largest_bytes);
                else
                        prose_add(&prose, TEXT("-"));
                (void)fprintf(table->stream, "%-9" PRIu64 "%10s  %s\n", entry->count, size, entry->name.data);
        }
}

static void print_totals(struct table *table, const struct printer_totals *totals)
{
        uint64_t n_incidents = table->counts.n_incidents;

        if (n_incidents > 0)
                (void)fputc('\n', table->stream);
        if (totals->n_timeless > 0)
                (void)fprintf(table->stream, "not shown, because their time is unknown: %" PRIu64 "\n",
                              totals->n_timeless);
        (void)fprintf(table->stream, "%" PRIu64 " incident%s%s", n_incidents, n_incidents == 1 ? "" : "s",
                      n_incidents > 0 ? ": " : "");
        incident_counts_print_types(&table->counts, table->stream);
        (void)fprintf(table->stream, " in %" PRIu64 " file%s\n", totals->n_inputs, totals->n_inputs == 1 ? "" : "s");
}

static void table_free(struct table *table)
{
        table_rows_done(&table->rows);
        tally_done(&table->owners);
        tally_done(&table->days);
        if (table->blocks)
                (void)fclose(table->blocks); /* errors of writing were seen before */
        free(table);
}

static int table_end(void *state, const struct printer_totals *totals)
{
        struct table *table = state;
        int r = 0;

        table_rows_print(&table->rows, table->stream);
        incident_counts_print_doubts(&table->counts, table->stream, "", "\n");
        if (table->blocks)
                r = printer_copy(table->blocks, -1, table->stream);
        tally_sort_by_count(&table->owners);
        tally_sort_by_name(&table->days);
        print_tally(table, "UNIT, CONTAINER, CGROUP OR PROCESS", &table->owners);
        if (table->days.n_entries > 1 ||
            (table->days.n_entries == 1 && !text_equal(table->days.entries[0]->name, TEXT("-"))))
                print_tally(table, "DAY", &table->days);
        if (totals)
                print_totals(table, totals);
        table_free(table);
        return r;
}

const struct printer printer_table = { table_begin, table_finding, table_end };
