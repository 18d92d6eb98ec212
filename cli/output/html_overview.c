#include "output/html_overview.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "logfile/message.h"
#include "util/array.h"
#include "util/prose.h"

/* How many rows of a table of names can be seen at once, and how many there are at most. */
#define NAMES_SHOWN 10
#define NAMES_MAX   1000

/* The name in a tally of an owner, host or day that the log does not have. */
#define UNKNOWN_NAME "unknown"

void html_overview_done(struct html_overview *overview)
{
        tally_done(&overview->owners);
        tally_done(&overview->names);
        tally_done(&overview->days);
        tally_done(&overview->hosts);
        free(overview->marks);
}

static int add_mark(struct html_overview *overview, const struct incident_row *row)
{
        if (row->time_usec == LOG_UNKNOWN)
                return 0;
        if (!array_reserve(overview->marks, overview->n_marks, &overview->marks_capacity))
                return -ENOMEM;
        overview->marks[overview->n_marks++] = (struct html_overview_mark){ row->time_usec, row->severity };
        memcpy(overview->last, row->time, sizeof(overview->last));
        memcpy(overview->zone, row->zone, sizeof(overview->zone));
        if (overview->n_marks == 1)
                memcpy(overview->first, row->time, sizeof(overview->first));
        return 0;
}

static enum html_overview_reason reason_of(const struct incident_row *row)
{
        if (text_equal(row->scope, TEXT("global")))
                return HTML_REASON_MACHINE;
        if (text_equal(row->scope, TEXT("memcg")))
                return HTML_REASON_LIMIT;
        return row->scope.length > 0 ? HTML_REASON_NODES : HTML_REASON_UNKNOWN;
}

static int add_name(struct tally *tally, struct text name, const char *unknown_name, int64_t bytes)
{
        char shown[1024];
        struct prose prose = prose_start(shown, sizeof(shown));

        prose_name(&prose, name, 256);
        return tally_add(tally, text_from(shown[0] ? shown : unknown_name), bytes);
}

static int add_kill(struct html_overview *overview, const struct incident_row *row)
{
        int r;

        overview->n_reasons[reason_of(row)]++;
        if (row->anon_rss_bytes > overview->largest_bytes) {
                struct prose prose = prose_start(overview->largest, sizeof(overview->largest));

                overview->largest_bytes = row->anon_rss_bytes;
                prose_name(&prose, row->comm, 256);
        }
        r = tally_add(&overview->owners, text_from(row->owner[0] ? row->owner : UNKNOWN_NAME), row->anon_rss_bytes);
        if (r == 0)
                r = add_name(&overview->names, row->comm, "no name", row->anon_rss_bytes);
        if (r == 0)
                r = add_name(&overview->hosts, row->host, UNKNOWN_NAME, row->anon_rss_bytes);
        if (r == 0)
                r = add_name(&overview->days, incident_row_day(row), UNKNOWN_NAME, row->anon_rss_bytes);
        return r;
}

int html_overview_add(struct html_overview *overview, const struct incident_row *row)
{
        int r = add_mark(overview, row);

        if (r < 0)
                return r;
        incident_counts_add(&overview->counts, row);
        return row->type == INCIDENT_KILL ? add_kill(overview, row) : 0;
}

/* --- output --------------------------------------------------------------------------------------------------------- */

void html_overview_put_counts(FILE *stream, const struct html_overview *overview)
{
        if (overview->counts.n_incidents == 0)
                html_put(stream, "No kills");
        incident_counts_print_types(&overview->counts, stream);
}

static bool is_unknown(const struct tally_entry *entry)
{
        return text_equal(entry->name, TEXT(UNKNOWN_NAME));
}

static void put_headline(FILE *stream, const struct html_overview *overview)
{
        const struct tally *hosts = &overview->hosts;
        size_t n_known = 0;

        for (size_t i = 0; i < hosts->n_entries; i++)
                n_known += !is_unknown(hosts->entries[i]);
        html_put(stream, "<h1>");
        html_overview_put_counts(stream, overview);
        if (n_known == 1 && hosts->n_entries == 1)
                html_text_in(stream, " on ", hosts->entries[0]->name, "");
        else if (n_known > 1)
                html_format(stream, " on %zu hosts", n_known);
        html_put(stream, "</h1>\n");
        if (overview->n_marks == 0)
                return;
        html_format(stream, "<p class=\"span\">%s", overview->first);
        if (strcmp(overview->first, overview->last) != 0)
                html_format(stream, " to %s", overview->last);
        html_text_in(stream, ", local time (", text_from(overview->zone), ")</p>\n");
}

static void put_figure(FILE *stream, const char *id, const char *what, uint64_t count, uint64_t of)
{
        html_format(stream, "<div id=\"%s\"><dt>%s</dt><dd>%" PRIu64, id, what, count);
        if (of > 0)
                html_format(stream, " <small>of %" PRIu64 "</small>", of);
        html_put(stream, "</dd></div>\n");
}

static void put_figures(FILE *stream, const struct html_overview *overview)
{
        static const struct {
                const char *id, *what;
        } reasons[HTML_REASON_COUNT] = {
                [HTML_REASON_MACHINE] = { "by-machine", "Machine out of memory" },
                [HTML_REASON_LIMIT] = { "by-limit", "Cgroup limit reached" },
                [HTML_REASON_NODES] = { "by-nodes", "Some nodes out of memory" },
                [HTML_REASON_UNKNOWN] = { "by-unknown", "Reason not printed" },
        };
        uint64_t kills = overview->counts.n_types[INCIDENT_KILL];
        const struct tally *owners = &overview->owners;
        size_t first = owners->n_entries > 0 && is_unknown(owners->entries[0]) ? 1 : 0;

        html_put(stream, "<dl class=\"figures\">\n");
        put_figure(stream, "kills", "Kills", kills, 0);
        for (enum html_overview_reason reason = 0; reason < HTML_REASON_COUNT; reason++)
                if (overview->n_reasons[reason] > 0)
                        put_figure(stream, reasons[reason].id, reasons[reason].what, overview->n_reasons[reason],
                                   kills);
        if (first < owners->n_entries) {
                html_put(stream, "<div><dt>Most often</dt><dd>");
                html_name(stream, owners->entries[first]->name);
                html_format(stream, " <small>%" PRIu64 " of %" PRIu64 "</small></dd></div>\n",
                            owners->entries[first]->count, kills);
        }
        if (overview->largest_bytes != ALERT_UNKNOWN) {
                html_put(stream, "<div><dt>Largest victim</dt><dd>");
                html_size(stream, overview->largest_bytes);
                html_text_in(stream, " <small class=\"name\">", text_from(overview->largest), "</small></dd></div>\n");
        }
        html_put(stream, "</dl>\n");
}

static void put_notes(FILE *stream, const struct html_overview *overview, const struct printer_totals *totals)
{
        bool has_timeless = totals && totals->n_timeless > 0;

        if (!has_timeless && !incident_counts_has_doubts(&overview->counts))
                return;
        html_put(stream, "<ul class=\"notes\">\n");
        incident_counts_print_doubts(&overview->counts, stream, "<li>", "</li>\n");
        if (has_timeless)
                html_format(stream, "<li>Not shown, because their time is unknown: %" PRIu64 "</li>\n",
                            totals->n_timeless);
        html_put(stream, "</ul>\n");
}

static void put_name(FILE *stream, const struct tally_entry *entry, uint64_t most)
{
        html_put(stream, "<tr><th scope=\"row\">");
        html_name(stream, entry->name);
        html_format(stream, "<span class=\"bar\" style=\"width:%.2f%%\"></span></th>",
                    100.0 * (double)entry->count / (double)most);
        html_cell_number(stream, (int64_t)entry->count);
        html_cell_size(stream, entry->largest_bytes);
        html_put(stream, "</tr>\n");
}

/* A table of names. */
struct names {
        const char *id, *heading, *caption;
        const struct tally *tally;
        bool is_reversed; /* the last entry comes first */
};

static void put_names(FILE *stream, const struct names *names)
{
        const struct tally *tally = names->tally;
        struct html_table table = { names->heading, "names", names->caption, { names->heading, "#Kills", "#Largest" } };
        size_t n_entries = tally->n_entries;
        uint64_t most = 1;

        if (n_entries == 0)
                return;
        for (size_t i = 0; i < n_entries; i++)
                if (tally->entries[i]->count > most)
                        most = tally->entries[i]->count;
        html_format(stream, "<div id=\"%s\">\n", names->id);
        html_table_begin(stream, &table);
        for (size_t i = 0; i < n_entries && i < NAMES_MAX; i++) {
                if (i == NAMES_SHOWN) {
                        html_table_end(stream);
                        html_format(stream, "\n<details><summary>%zu more</summary>\n", n_entries - NAMES_SHOWN);
                        table.caption = "The others";
                        html_table_begin(stream, &table);
                }
                put_name(stream, tally->entries[names->is_reversed ? n_entries - 1 - i : i], most);
        }
        html_table_end(stream);
        if (n_entries > NAMES_MAX)
                html_format(stream, "\n<p>%zu more are not shown.</p>", n_entries - NAMES_MAX);
        html_put(stream, n_entries > NAMES_SHOWN ? "\n</details></div>\n" : "\n</div>\n");
}

static void put_all_names(FILE *stream, const struct html_overview *overview)
{
        const struct names tables[] = {
                { "by-owner", "Unit, container or cgroup", "Kills by the victim's unit, container or cgroup",
                  &overview->owners, false },
                { "by-name", "Process", "Kills by the victim's name", &overview->names, false },
                { "by-day", "Day", "Kills by day, the latest first", &overview->days, true },
                { "by-host", "Host", "Kills by host", &overview->hosts, false },
        };
        size_t n_tables = overview->hosts.n_entries > 1 ? 4 : 3; /* without that of one host */

        html_put(stream, "<section aria-labelledby=\"who\">\n<h2 id=\"who\">Who</h2>\n<div class=\"columns\">\n");
        for (size_t i = 0; i < n_tables; i++)
                put_names(stream, &tables[i]);
        html_put(stream, "</div>\n</section>\n");
}

void html_overview_put(FILE *stream, struct html_overview *overview, const struct printer_totals *totals)
{
        bool has_kills = overview->counts.n_types[INCIDENT_KILL] > 0;

        tally_sort_by_count(&overview->owners);
        tally_sort_by_count(&overview->names);
        tally_sort_by_count(&overview->hosts);
        tally_sort_by_name(&overview->days);
        html_put(stream, "<header>\n");
        put_headline(stream, overview);
        if (overview->counts.n_incidents > 0) {
                html_put(stream, "<nav aria-label=\"On this page\"><ul>");
                html_put(stream, overview->n_marks > 0 ? "<li><a href=\"#when\">When</a></li>" : "");
                html_put(stream, has_kills ? "<li><a href=\"#who\">Who</a></li>" : "");
                html_put(stream, "<li><a href=\"#incidents\">Incidents</a></li></ul></nav>\n");
        }
        html_put(stream, "</header>\n<main id=\"main\" tabindex=\"-1\">\n");
        if (overview->counts.n_incidents == 0)
                html_put(stream, "<p class=\"lead\">The logs that were read report no process that the kernel killed "
                                 "for lack of memory.</p>\n");
        else if (has_kills)
                put_figures(stream, overview);
        put_notes(stream, overview, totals);
        if (overview->n_marks > 0) {
                html_put(stream, "<section aria-labelledby=\"when\">\n<h2 id=\"when\">When</h2>\n");
                html_timeline_draw(stream, overview);
                html_put(stream, "</section>\n");
        }
        if (has_kills)
                put_all_names(stream, overview);
}
