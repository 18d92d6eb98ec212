/* cli/output/print_html.c: what was found, as one page for a browser: self-contained, no script, nothing from the network.
 *
 * What is said of all comes first on the page and is known last: incidents wait in temporary files. The latest ones have all their
 * details, in two files of INCIDENTS_PER_FILE: when both are full, the older one is emptied, and its incidents keep their row. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/temporary.h"
#include "output/html_incident.h"
#include "output/html_overview.h"
#include "output/printer.h"

#define INCIDENTS_PER_FILE 1000
#define COPY_SIZE          16384

struct html_page {
        FILE *stream;
        struct html_overview *overview;
        FILE *rows;       /* of all incidents */
        long rows_end;    /* where the rows of those without details end */
        uint64_t without; /* how many those are */
        FILE *details[2]; /* the older first */
        uint64_t n_details[2];
        long rows_ends[2];       /* where the rows of those end */
        struct incident_row row; /* the one being read; large */
};

static void html_page_free(struct html_page *page)
{
        FILE *files[] = { page->rows, page->details[0], page->details[1] };

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                if (files[i])
                        (void)fclose(files[i]); /* only read of late, or given up */
        page->overview = html_overview_free(page->overview);
        free(page);
}

static int html_page_begin(FILE *stream, const struct scan_options *options, void **ret_state)
{
        struct html_page *page = calloc(1, sizeof(*page));
        int r = -ENOMEM;

        (void)options;
        if (!page)
                return r;
        page->stream = stream;
        page->overview = html_overview_new();
        if (page->overview)
                r = temporary_stream(&page->rows);
        for (size_t i = 0; i < 2 && r == 0; i++)
                r = temporary_stream(&page->details[i]);
        if (r < 0) {
                html_page_free(page);
                return r;
        }
        *ret_state = page;
        return 0;
}

/* Both files of details are full: the older incidents give theirs up. */
static int drop_older(struct html_page *page)
{
        FILE *older = page->details[0];

        page->without += page->n_details[0];
        page->rows_end = page->rows_ends[0];
        rewind(older);
        if (ftruncate(fileno(older), 0) < 0)
                return -errno;
        page->details[0] = page->details[1];
        page->n_details[0] = page->n_details[1];
        page->rows_ends[0] = page->rows_ends[1];
        page->details[1] = older;
        page->n_details[1] = 0;
        return 0;
}

static int html_page_finding(void *state, const struct finding *finding)
{
        struct html_page *page = state;
        const struct alert_value *alert = NULL;
        size_t file = page->n_details[0] < INCIDENTS_PER_FILE ? 0 : 1;
        int r;

        if (page->n_details[file] == INCIDENTS_PER_FILE) {
                r = drop_older(page);
                if (r < 0)
                        return r;
        }
        r = alert_reader_new((struct text){ finding->json, finding->json_length }, &alert);
        if (r < 0)
                return r;
        incident_row_read(finding, alert, true, &page->row);
        r = html_overview_add(page->overview, &page->row);
        if (r == 0) {
                html_incident_put_row(page->rows, &page->row, page->overview->n_incidents);
                page->rows_ends[file] = ftell(page->rows);
                html_incident_put(page->details[file], finding, &page->row, alert, page->overview->n_incidents);
                page->n_details[file]++;
                if (ferror(page->rows) || ferror(page->details[file]))
                        r = -EIO;
        }
        alert = alert_reader_free(alert);
        return r;
}

/* --- output --------------------------------------------------------------------------------------------------------- */

/* The shapes of severities are drawn once, and used. */
static const char head[] =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
        "data:\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n<title>";
static const char shapes[] =
        "<svg class=\"unseen\" aria-hidden=\"true\" width=\"0\" height=\"0\">"
        "<symbol id=\"critical\" viewBox=\"0 0 12 12\"><path d=\"M6 0l6 6-6 6-6-6z\"/></symbol>"
        "<symbol id=\"error\" viewBox=\"0 0 12 12\"><circle cx=\"6\" cy=\"6\" r=\"5\"/></symbol>"
        "<symbol id=\"warning\" viewBox=\"0 0 12 12\"><path d=\"M6 1l6 10.4h-12z\"/></symbol></svg>\n";

/* Up to end, or all of it where end is negative. */
static int copy(FILE *from, long end, FILE *to)
{
        char buffer[COPY_SIZE];
        size_t length, room;

        rewind(from); /* writes what is buffered, too */
        for (long at = 0; end < 0 || at < end; at += (long)length) {
                room = end >= 0 && (size_t)(end - at) < sizeof(buffer) ? (size_t)(end - at) : sizeof(buffer);
                length = fread(buffer, 1, room, from);
                if (length == 0)
                        break;
                (void)fwrite(buffer, 1, length, to); /* the caller asks ferror() */
        }
        return ferror(from) ? -EIO : 0;
}

static int put_incidents(struct html_page *page)
{
        FILE *stream = page->stream;
        int r = 0;

        if (page->overview->n_incidents == 0)
                return 0;
        html_put(stream, "<section aria-labelledby=\"incidents\">\n<h2 id=\"incidents\">Incidents</h2>\n");
        if (page->without > 0) {
                html_format(
                        stream,
                        "<details><summary>%" PRIu64 " earlier ones, without details</summary><div class=\"box\" "
                        "tabindex=\"0\" role=\"group\" aria-label=\"Earlier incidents\"><table "
                        "class=\"rows\"><caption>A page "
                        "has room for the details of the latest; of these, ask for less at once "
                        "(<code>--since</code>, <code>--until</code>).</caption><thead><tr><th scope=\"col\">Time</th>"
                        "<th scope=\"col\">Host</th><th scope=\"col\">Scope</th><th scope=\"col\">Victim</th>"
                        "<th scope=\"col\" class=\"n\">Held</th><th scope=\"col\">Unit or container</th>"
                        "<th scope=\"col\">Reason</th></tr></thead><tbody>\n",
                        page->without);
                r = copy(page->rows, page->rows_end, stream);
                html_put(stream, "</tbody></table></div></details>\n");
        }
        for (size_t i = 0; i < 2 && r == 0; i++)
                r = copy(page->details[i], -1, stream);
        html_put(stream, "</section>\n");
        return r;
}

static void put_footer(FILE *stream, const struct printer_totals *totals)
{
        html_put(stream, "</main>\n<footer>");
        if (totals) {
                html_format(stream, "<p>Read: %" PRIu64 " file%s, ", totals->n_inputs,
                            totals->n_inputs == 1 ? "" : "s");
                html_size(stream, totals->n_bytes <= INT64_MAX ? (int64_t)totals->n_bytes : ALERT_UNKNOWN);
                if (totals->n_unreadable > 0)
                        html_format(stream, ". Messages of what could not be read: %" PRIu64, totals->n_unreadable);
                html_put(stream, ".</p>");
        } else {
                html_put(stream, "<p>Something went wrong while this was made: it is not complete.</p>");
        }
        html_put(stream, "<p>oomwatch scan " OOMWATCH_VERSION "</p></footer>\n</body>\n</html>\n");
}

static int html_page_end(void *state, const struct printer_totals *totals)
{
        struct html_page *page = state;
        FILE *stream = page->stream;
        int r;

        html_put(stream, head);
        html_overview_put_counts(stream, page->overview);
        html_put(stream, "</title>\n<style>\n");
        html_put(stream, html_style);
        html_put(stream, "</style>\n</head>\n");
        html_put(stream, page->overview->hosts.n_entries > 1 ? "<body class=\"hosts\">\n" : "<body>\n");
        html_put(stream, "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
        html_put(stream, shapes);
        html_overview_put(stream, page->overview, totals);
        r = put_incidents(page);
        put_footer(stream, r == 0 ? totals : NULL);
        html_page_free(page);
        return r;
}

const struct printer printer_html = { html_page_begin, html_page_finding, html_page_end };
