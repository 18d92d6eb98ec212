/* cli/output/html_timeline.c: html_timeline_draw() of html_overview.h: incidents by time, a lane for each severity.
 *
 * The time is cut into BINS parts. Incidents of the same part share one mark, which is larger for more of them, so the drawing stays
 * small however many there are. */

#include <inttypes.h>

#include "output/html_overview.h"

#define BINS        96
#define TICKS       5
#define LANE_HEIGHT 62
#define LANE_Y      46 /* the middle of the marks, from the top of their lane */
/* Percent left free at both ends, so that marks there are whole. */
#define MARGIN 2.0

#define USEC_PER_DAY (86400 * INT64_C(1000000))

struct bins {
        int64_t from_usec, span_usec;
        uint64_t counts[INCIDENT_SEVERITY_COUNT][BINS];
        uint64_t totals[INCIDENT_SEVERITY_COUNT];
};

static const char *const lanes[INCIDENT_SEVERITY_COUNT] = {
        [INCIDENT_CRITICAL] = "Critical: the machine",
        [INCIDENT_ERROR] = "Error: a cgroup's limit, some nodes",
        [INCIDENT_WARNING] = "Warning: anything else",
};

static double x_percent(double share)
{
        return MARGIN + share * (100.0 - 2 * MARGIN);
}

/* Half a mark's height in pixels: a step more for each digit of the count. */
static double half_size(uint64_t count)
{
        double half = count > 1 ? 7.0 : 6.0;

        for (; count >= 10 && half < 12.0; count /= 10)
                half += 1.5;
        return half;
}

/* How many bins wide the number above a mark is. */
static size_t bins_of_label(uint64_t count)
{
        size_t bins = 3;

        for (; count >= 10; count /= 10)
                bins++;
        return bins;
}

static void draw_lane(FILE *stream, const struct bins *bins, enum incident_severity severity, unsigned top)
{
        const char *name = incident_severity_name(severity);
        size_t labelled = 0; /* the first bin above which there is room for a number */

        html_format(stream,
                    "<text x=\"0.0%%\" y=\"%u\">%s: %" PRIu64 "</text>"
                    "<line class=\"lane\" x1=\"0\" x2=\"100%%\" y1=\"%u\" y2=\"%u\"/>\n",
                    top + 12, lanes[severity], bins->totals[severity], top + LANE_Y, top + LANE_Y);
        for (size_t i = 0; i < BINS; i++) {
                uint64_t count = bins->counts[severity][i];
                double at = x_percent(((double)i + 0.5) / BINS), half;

                if (count == 0)
                        continue;
                half = half_size(count);
                html_format(stream,
                            "<svg class=\"%s\" x=\"%.2f%%\" y=\"%u\" overflow=\"visible\">"
                            "<use href=\"#%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/></svg>",
                            name, at, top + LANE_Y, name, -half, -half, 2 * half, 2 * half);
                if (count > 1 && i >= labelled) {
                        html_format(stream,
                                    "<text class=\"count\" x=\"%.2f%%\" y=\"%u\" text-anchor=\"middle\">%" PRIu64
                                    "</text>",
                                    at, top + LANE_Y - 13, count);
                        labelled = i + bins_of_label(count);
                }
                html_put(stream, "\n");
        }
}

#define DAY_LENGTH    10 /* "2026-08-25" */
#define MINUTE_LENGTH 16 /* "2026-08-25 14:06" */

/* A tick has the day, or day and minute where the drawing spans a few days; a day that the label before has too is left out. A narrow
 * window shows no label for odd ticks, so theirs is compared with the tick before and an even one with that two before. */
static void draw_ticks(FILE *stream, const struct bins *bins, unsigned top)
{
        static const char *const anchors[TICKS] = { "start", "middle", "middle", "middle", "end" };
        char times[TICKS][INCIDENT_TIME_SIZE] = { "" };

        for (unsigned i = 0; i < TICKS; i++) {
                char *time = times[i], zone[INCIDENT_ZONE_SIZE];
                const char *before = i == 0 ? "" : times[i % 2 ? i - 1 : i - 2];
                double share = (double)i / (TICKS - 1);
                int64_t at_usec = bins->from_usec + (int64_t)((double)bins->span_usec * share);
                bool has_minute = bins->span_usec < 8 * USEC_PER_DAY;
                int first;

                if (!incident_row_local_time(at_usec, time, zone))
                        continue;
                first = has_minute && strncmp(before, time, DAY_LENGTH) == 0 ? DAY_LENGTH + 1 : 0;
                html_format(stream,
                            "<g class=\"tick%s\"><line x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%u\"/>"
                            "<text x=\"%.2f%%\" y=\"%u\" text-anchor=\"%s\">%.*s</text></g>\n",
                            i % 2 == 1 ? " odd" : "", x_percent(share), x_percent(share), top,
                            i == 0           ? 0.0
                            : i + 1 == TICKS ? 100.0
                                             : x_percent(share),
                            top + 16, anchors[i], (has_minute ? MINUTE_LENGTH : DAY_LENGTH) - first, time + first);
        }
}

void html_timeline_draw(FILE *stream, const struct html_overview *overview)
{
        struct bins bins = { 0 };
        unsigned top = 0, height = 24;

        bins.from_usec = overview->marks[0].time_usec;
        bins.span_usec = overview->marks[overview->n_marks - 1].time_usec - bins.from_usec;
        if (bins.span_usec < INT64_C(60000000)) {
                bins.from_usec -= INT64_C(30000000);
                bins.span_usec = INT64_C(60000000);
        }
        for (size_t i = 0; i < overview->n_marks; i++) {
                const struct html_overview_mark *mark = &overview->marks[i];
                double share = (double)(mark->time_usec - bins.from_usec) / (double)bins.span_usec;
                size_t bin = share < 0 ? 0 : (size_t)(share * BINS);

                bins.counts[mark->severity][bin < BINS ? bin : BINS - 1]++;
                bins.totals[mark->severity]++;
        }
        for (enum incident_severity severity = 0; severity < INCIDENT_SEVERITY_COUNT; severity++)
                height += bins.totals[severity] > 0 ? LANE_HEIGHT : 0;
        html_format(
                stream,
                "<svg class=\"timeline\" role=\"img\" aria-labelledby=\"tt td\" height=\"%u\">"
                "<title id=\"tt\">Incidents by time</title><desc id=\"td\">%zu incident%s from %s to %s, local time. "
                "Diamonds: critical, the machine was out of memory. Circles: error, a cgroup or some nodes were. "
                "Triangles: warning, anything else. Larger marks are several incidents.</desc>\n",
                height, overview->n_marks, overview->n_marks == 1 ? "" : "s", overview->first, overview->last);
        draw_ticks(stream, &bins, height - 24);
        for (enum incident_severity severity = 0; severity < INCIDENT_SEVERITY_COUNT; severity++) {
                if (bins.totals[severity] == 0)
                        continue;
                draw_lane(stream, &bins, severity, top);
                top += LANE_HEIGHT;
        }
        html_put(stream, "</svg>\n");
}
