/* cli/output/print_html.c: --format html: one page for a browser, self-contained, without scripts, with nothing from the network.
 *
 * The overview comes first on the page and is known last, so incidents wait in temporary files. The latest ones have all their
 * details, in two files of INCIDENTS_PER_FILE each: when both are full, the one with the older incidents is emptied, and all that
 * the page has of these is their row in a table. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/temporary.h"
#include "output/html_incident.h"
#include "output/html_overview.h"
#include "output/printer.h"
#include "util/array.h"

#define INCIDENTS_PER_FILE 1000

struct html_page {
        FILE *stream;
        struct html_overview overview;
        FILE *rows;      /* the table row of each incident, in order */
        long rows_end;   /* where the rows of those without details end */
        uint64_t n_rows; /* how many these are */
        struct details {
                FILE *file;
                uint64_t n_incidents;
                long rows_end; /* where their rows end */
        } older, newer;
        struct incident_row row; /* of the incident being added; large */
};

static void html_page_free(struct html_page *page)
{
        FILE *files[] = { page->rows, page->older.file, page->newer.file };

        for (size_t i = 0; i < COUNT(files); i++)
                if (files[i])
                        (void)fclose(files[i]); /* errors of writing were seen before */
        html_overview_done(&page->overview);
        free(page);
}

static int html_page_begin(FILE *stream, void **ret_state)
{
        struct html_page *page = calloc(1, sizeof(*page));
        int r;

        if (!page)
                return -ENOMEM;
        page->stream = stream;
        page->overview.largest_bytes = ALERT_UNKNOWN;
        r = temporary_stream(&page->rows);
        if (r == 0)
                r = temporary_stream(&page->older.file);
        if (r == 0)
                r = temporary_stream(&page->newer.file);
        if (r < 0) {
                html_page_free(page);
                return r;
        }
        *ret_state = page;
        return 0;
}

/* Both files of details are full: the older incidents lose theirs. */
static int drop_older(struct html_page *page)
{
        FILE *file = page->older.file;

        page->n_rows += page->older.n_incidents;
        page->rows_end = page->older.rows_end;
        rewind(file);
        if (ftruncate(fileno(file), 0) < 0)
                return -errno;
        page->older = page->newer;
        page->newer = (struct details){ .file = file };
        return 0;
}

static int put_incident(struct html_page *page, struct details *details, const struct finding *finding,
                        const struct alert_value *alert)
{
        uint64_t number;
        int r;

        incident_row_read(finding, alert, &page->row);
        r = html_overview_add(&page->overview, &page->row);
        if (r < 0)
                return r;
        number = page->overview.counts.n_incidents;
        html_incident_put_row(page->rows, &page->row, number);
        details->rows_end = ftell(page->rows);
        html_incident_put(details->file, finding, &page->row, alert, number);
        details->n_incidents++;
        return ferror(page->rows) || ferror(details->file) ? -EIO : 0;
}

static int html_page_finding(void *state, const struct finding *finding)
{
        struct html_page *page = state;
        const struct alert_value *alert = NULL;
        int r = page->newer.n_incidents == INCIDENTS_PER_FILE ? drop_older(page) : 0;

        if (r == 0)
                r = alert_reader_new((struct text){ finding->json, finding->json_length }, &alert);
        if (r < 0)
                return r;
        r = put_incident(page, page->older.n_incidents < INCIDENTS_PER_FILE ? &page->older : &page->newer, finding,
                         alert);
        alert = alert_reader_free(alert);
        return r;
}

/* --- output --------------------------------------------------------------------------------------------------------- */

static const char head[] =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
        "data:\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n<title>";
/* The marks of severities: drawn once, used by name. */
static const char symbols[] =
        "<svg class=\"unseen\" aria-hidden=\"true\" width=\"0\" height=\"0\">"
        "<symbol id=\"critical\" viewBox=\"0 0 12 12\"><path d=\"M6 0l6 6-6 6-6-6z\"/></symbol>"
        "<symbol id=\"error\" viewBox=\"0 0 12 12\"><circle cx=\"6\" cy=\"6\" r=\"5\"/></symbol>"
        "<symbol id=\"warning\" viewBox=\"0 0 12 12\"><path d=\"M6 1l6 10.4h-12z\"/></symbol></svg>\n";

static int put_rows(struct html_page *page)
{
        static const struct html_table table = {
                .label = "Earlier incidents",
                .class_name = "rows",
                .caption = "The page has the details of the latest incidents only. For those of earlier ones "
                           "scan a shorter time (<code>--since</code>, <code>--until</code>).",
                .columns = { "Time", "Host", "Scope", "Victim", "#Held", "Unit or container", "Reason" },
        };
        int r;

        html_format(page->stream, "<details><summary>%" PRIu64 " earlier incidents, without details</summary>",
                    page->n_rows);
        html_table_begin(page->stream, &table);
        r = printer_copy(page->rows, page->rows_end, page->stream);
        html_table_end(page->stream);
        html_put(page->stream, "</details>\n");
        return r;
}

static int put_incidents(struct html_page *page)
{
        int r = 0;

        if (page->overview.counts.n_incidents == 0)
                return 0;
        html_put(page->stream, "<section aria-labelledby=\"incidents\">\n<h2 id=\"incidents\">Incidents</h2>\n");
        if (page->n_rows > 0)
                r = put_rows(page);
        if (r == 0)
                r = printer_copy(page->older.file, -1, page->stream);
        if (r == 0)
                r = printer_copy(page->newer.file, -1, page->stream);
        html_put(page->stream, "</section>\n");
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
                        html_format(stream, ". Errors while reading: %" PRIu64, totals->n_unreadable);
                html_put(stream, ".</p>");
        } else {
                html_put(stream, "<p>This page is incomplete: an error occurred while it was written.</p>");
        }
        html_put(stream, "<p>oomwatch scan " OOMWATCH_VERSION "</p></footer>\n</body>\n</html>\n");
}

static int html_page_end(void *state, const struct printer_totals *totals)
{
        struct html_page *page = state;
        FILE *stream = page->stream;
        int r;

        html_put(stream, head);
        html_overview_put_counts(stream, &page->overview);
        html_put(stream, "</title>\n<style>\n");
        html_put(stream, html_style);
        html_put(stream, "</style>\n</head>\n");
        html_put(stream, page->overview.hosts.n_entries > 1 ? "<body class=\"hosts\">\n" : "<body>\n");
        html_put(stream, "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
        html_put(stream, symbols);
        html_overview_put(stream, &page->overview, totals);
        r = put_incidents(page);
        put_footer(stream, r == 0 ? totals : NULL);
        html_page_free(page);
        return r;
}

const struct printer printer_html = { html_page_begin, html_page_finding, html_page_end };
