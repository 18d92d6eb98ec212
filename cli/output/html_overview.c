#include "output/html_overview.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "logfile/message.h"
#include "util/prose.h"

/* Rows of a table of names that are there at once, and those that are there at all. */
#define NAMES_SHOWN 10
#define NAMES_MAX   1000

struct html_overview *html_overview_new(void)
{
        struct html_overview *overview = calloc(1, sizeof(*overview));

        if (overview)
                overview->largest_bytes = ALERT_UNKNOWN;
        return overview;
}

struct html_overview *html_overview_free(struct html_overview *overview)
{
        if (!overview)
                return NULL;
        tally_done(&overview->owners);
        tally_done(&overview->names);
        tally_done(&overview->days);
        tally_done(&overview->hosts);
        free(overview->marks);
        free(overview);
        return NULL;
}

static int add_mark(struct html_overview *overview, const struct incident_row *row)
{
        if (row->time_usec == LOG_UNKNOWN)
                return 0;
        if (overview->n_marks == overview->marks_size) {
                size_t size = overview->marks_size > 0 ? 2 * overview->marks_size : 64;
                struct html_overview_mark *marks = reallocarray(overview->marks, size, sizeof(*marks));

                if (!marks)
                        return -ENOMEM;
                overview->marks = marks;
                overview->marks_size = size;
        }
        overview->marks[overview->n_marks++] = (struct html_overview_mark){ row->time_usec, row->severity };
        memcpy(overview->last, row->time, sizeof(overview->last));
        memcpy(overview->zone, row->zone, sizeof(overview->zone));
        if (overview->n_marks == 1)
                memcpy(overview->first, row->time, sizeof(overview->first));
        return 0;
}

static enum overview_reason reason_of(const struct incident_row *row)
{
        if (text_equal(row->scope, TEXT("global")))
                return REASON_MACHINE;
        if (text_equal(row->scope, TEXT("memcg")))
                return REASON_LIMIT;
        return row->scope.length > 0 ? REASON_NODES : REASON_UNKNOWN;
}

static int add_name(struct tally *tally, struct text name, const char *unknown, int64_t bytes)
{
        char words[1024];
        struct prose prose = prose_start(words, sizeof(words));

        prose_name(&prose, name, 256);
        return tally_add(tally, words[0] ? words : unknown, bytes);
}

static int add_kill(struct html_overview *overview, const struct incident_row *row)
{
        struct text day = text_from(row->time);
        int r;

        overview->reasons[reason_of(row)]++;
        if (row->anon_rss_bytes > overview->largest_bytes) {
                struct prose prose = prose_start(overview->largest, sizeof(overview->largest));

                overview->largest_bytes = row->anon_rss_bytes;
                prose_name(&prose, row->comm, 256);
        }
        r = tally_add(&overview->owners, row->owner[0] ? row->owner : "not told", row->anon_rss_bytes);
        if (r == 0)
                r = add_name(&overview->names, row->comm, "no name", row->anon_rss_bytes);
        if (r == 0)
                r = add_name(&overview->hosts, row->host, "not told", row->anon_rss_bytes);
        if (r == 0)
                r = add_name(&overview->days, day.length >= 10 ? text_until_offset(day, day.length - 9) : day,
                             "not told", row->anon_rss_bytes);
        return r;
}

int html_overview_add(struct html_overview *overview, const struct incident_row *row)
{
        int r = add_mark(overview, row);

        if (r < 0)
                return r;
        overview->n_incidents++;
        overview->types[row->type]++;
        for (unsigned i = 0; i < INCIDENT_DOUBT_COUNT; i++)
                overview->doubts[i] += row->time_doubts >> i & 1;
        return row->type == INCIDENT_KILL ? add_kill(overview, row) : 0;
}

/* --- output --------------------------------------------------------------------------------------------------------- */

void html_overview_put_counts(FILE *stream, const struct html_overview *overview)
{
        const char *separator = "";

        if (overview->n_incidents == 0)
                html_put(stream, "No kills");
        for (enum incident_type type = 0; type < INCIDENT_TYPE_COUNT; type++) {
                if (overview->types[type] == 0)
                        continue;
                html_format(stream, "%s%" PRIu64 " %s", separator, overview->types[type],
                            incident_type_name(type, overview->types[type]));
                separator = ", ";
        }
}

static void put_headline(FILE *stream, const struct html_overview *overview)
{
        size_t hosts = 0;
        const char *host = NULL;

        for (size_t i = 0; i < overview->hosts.n_entries; i++) {
                if (strcmp(overview->hosts.entries[i].name, "not told") == 0)
                        continue;
                hosts++;
                host = overview->hosts.entries[i].name;
        }
        html_put(stream, "<h1>");
        html_overview_put_counts(stream, overview);
        if (hosts == 1 && overview->hosts.n_entries == 1) {
                html_put(stream, " on ");
                html_text(stream, text_from(host));
        } else if (hosts > 1) {
                html_format(stream, " on %zu hosts", hosts);
        }
        html_put(stream, "</h1>\n");
        if (overview->n_marks == 0)
                return;
        html_format(stream, "<p class=\"span\">%s", overview->first);
        if (strcmp(overview->first, overview->last) != 0)
                html_format(stream, " to %s", overview->last);
        html_put(stream, ", local time (");
        html_text(stream, text_from(overview->zone));
        html_put(stream, ")</p>\n");
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
        } reasons[REASON_COUNT] = {
                [REASON_MACHINE] = { "by-machine", "Machine out of memory" },
                [REASON_LIMIT] = { "by-limit", "Cgroup limit reached" },
                [REASON_NODES] = { "by-nodes", "Some nodes out of memory" },
                [REASON_UNKNOWN] = { "by-unknown", "Reason not printed" },
        };
        uint64_t kills = overview->types[INCIDENT_KILL];
        const struct tally_entry *most = overview->owners.entries;

        html_put(stream, "<dl class=\"figures\">\n");
        put_figure(stream, "kills", "Kills", kills, 0);
        for (enum overview_reason reason = 0; reason < REASON_COUNT; reason++)
                if (overview->reasons[reason] > 0)
                        put_figure(stream, reasons[reason].id, reasons[reason].what, overview->reasons[reason], kills);
        if (overview->owners.n_entries > 0 && (overview->owners.n_entries > 1 || strcmp(most->name, "not told") != 0)) {
                if (strcmp(most->name, "not told") == 0)
                        most++;
                html_put(stream, "<div class=\"wide\"><dt>Most often</dt><dd><span class=\"name\">");
                html_text(stream, text_from(most->name));
                html_format(stream, "</span> <small>%" PRIu64 " of %" PRIu64 "</small></dd></div>\n", most->count,
                            kills);
        }
        if (overview->largest_bytes != ALERT_UNKNOWN) {
                html_put(stream, "<div class=\"wide\"><dt>Largest victim</dt><dd>");
                html_size(stream, overview->largest_bytes);
                html_put(stream, " <small class=\"name\">");
                html_text(stream, text_from(overview->largest));
                html_put(stream, "</small></dd></div>\n");
        }
        html_put(stream, "</dl>\n");
}

static void put_notes(FILE *stream, const struct html_overview *overview, const struct printer_totals *totals)
{
        bool is_open = false;

        for (unsigned i = 0; i < INCIDENT_DOUBT_COUNT; i++)
                if (overview->doubts[i] > 0) {
                        html_put(stream, is_open ? "" : "<ul class=\"notes\">\n");
                        is_open = true;
                        html_format(stream, "<li>~ %s (%" PRIu64 " of %" PRIu64 ")</li>\n",
                                    incident_doubt_text(1U << i), overview->doubts[i], overview->n_incidents);
                }
        if (totals && totals->n_timeless > 0) {
                html_put(stream, is_open ? "" : "<ul class=\"notes\">\n");
                is_open = true;
                html_format(stream, "<li>Not shown, since their time is not known: %" PRIu64 "</li>\n",
                            totals->n_timeless);
        }
        html_put(stream, is_open ? "</ul>\n" : "");
}

static void put_names_head(FILE *stream, const char *heading, const char *caption)
{
        html_format(stream,
                    "<div class=\"box\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><table "
                    "class=\"names\"><caption>%s</caption>"
                    "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\" class=\"n\">Kills</th>"
                    "<th scope=\"col\" class=\"n\">Largest</th></tr></thead><tbody>\n",
                    heading, caption, heading);
}

static void put_name(FILE *stream, const struct tally_entry *entry, uint64_t most)
{
        html_put(stream, "<tr><th scope=\"row\"><span class=\"name\">");
        html_text(stream, text_from(entry->name));
        html_format(stream,
                    "</span><span class=\"bar\" style=\"width:%.2f%%\"></span></th><td class=\"n\">%" PRIu64
                    "</td><td class=\"n\">",
                    100.0 * (double)entry->count / (double)most, entry->count);
        html_size(stream, entry->largest_bytes);
        html_put(stream, "</td></tr>\n");
}

static void put_names(FILE *stream, const char *id, const char *heading, const char *caption, const struct tally *tally,
                      bool is_reversed)
{
        uint64_t most = 1;

        if (tally->n_entries == 0)
                return;
        for (size_t i = 0; i < tally->n_entries; i++)
                if (tally->entries[i].count > most)
                        most = tally->entries[i].count;
        html_format(stream, "<div id=\"%s\">\n", id);
        put_names_head(stream, heading, caption);
        for (size_t i = 0; i < tally->n_entries && i < NAMES_MAX; i++) {
                if (i == NAMES_SHOWN) {
                        html_format(stream, "</tbody></table></div>\n<details><summary>%zu more</summary>\n",
                                    tally->n_entries - NAMES_SHOWN);
                        put_names_head(stream, heading, "The others");
                }
                put_name(stream, &tally->entries[is_reversed ? tally->n_entries - 1 - i : i], most);
        }
        html_put(stream, "</tbody></table></div>\n");
        if (tally->n_entries > NAMES_MAX)
                html_format(stream, "<p>%zu more are left out.</p>\n", tally->n_entries - NAMES_MAX);
        html_put(stream, tally->n_entries > NAMES_SHOWN ? "</details></div>\n" : "</div>\n");
}

void html_overview_put(FILE *stream, struct html_overview *overview, const struct printer_totals *totals)
{
        tally_sort_by_count(&overview->owners);
        tally_sort_by_count(&overview->names);
        tally_sort_by_count(&overview->hosts);
        tally_sort_by_name(&overview->days);
        html_put(stream, "<header>\n");
        put_headline(stream, overview);
        if (overview->n_incidents > 0) {
                html_put(stream, "<nav aria-label=\"On this page\"><ul>");
                html_put(stream, overview->n_marks > 0 ? "<li><a href=\"#when\">When</a></li>" : "");
                html_put(stream, overview->types[INCIDENT_KILL] > 0 ? "<li><a href=\"#who\">Who</a></li>" : "");
                html_put(stream, "<li><a href=\"#incidents\">Incidents</a></li></ul></nav>\n");
        }
        html_put(stream, "</header>\n<main id=\"main\" tabindex=\"-1\">\n");
        if (overview->n_incidents == 0)
                html_put(stream, "<p class=\"lead\">The logs that were read tell of no process that the kernel killed "
                                 "for lack of "
                                 "memory.</p>\n");
        else if (overview->types[INCIDENT_KILL] > 0)
                put_figures(stream, overview);
        put_notes(stream, overview, totals);
        if (overview->n_marks > 0) {
                html_put(stream, "<section aria-labelledby=\"when\">\n<h2 id=\"when\">When</h2>\n");
                html_timeline_draw(stream, overview);
                html_put(stream, "</section>\n");
        }
        if (overview->types[INCIDENT_KILL] > 0) {
                html_put(stream,
                         "<section aria-labelledby=\"who\">\n<h2 id=\"who\">Who</h2>\n<div class=\"columns\">\n");
                put_names(stream, "by-owner", "Unit, container or cgroup", "Kills by whose the victim was",
                          &overview->owners, false);
                put_names(stream, "by-name", "Process", "Kills by the victim's name", &overview->names, false);
                put_names(stream, "by-day", "Day", "Kills by day, the latest first", &overview->days, true);
                if (overview->hosts.n_entries > 1)
                        put_names(stream, "by-host", "Host", "Kills by host", &overview->hosts, false);
                html_put(stream, "</div>\n</section>\n");
        }
}
