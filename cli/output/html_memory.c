/* cli/output/html_memory.c: who held the memory, as a bar of parts and as a table with the same in numbers, which is also the bar's
 * legend; and a table of the zones, with a bar for each.
 *
 * In the drawings horizontal positions are in percent and the rest in pixels: a drawing gets as wide as the window, its text and marks
 * keep their size. */

#include "output/html_memory.h"

#include <inttypes.h>

#include "output/html.h"
#include "util/array.h"

#define HOLDERS_MAX 10 /* as many as an alert has candidates */
#define PARTS_MAX   (HOLDERS_MAX + 4)
#define LABEL_SHARE 4.0 /* percent: narrower parts have no room for their number */

struct part {
        const struct alert_value *candidate; /* a process; NULL: another part, which has a name */
        const char *name, *shade;            /* shade: class of its color */
        int64_t bytes;
        bool is_victim;
};

struct bar {
        struct part parts[PARTS_MAX];
        size_t n_parts;
        int64_t sum_bytes;
        int64_t limit_bytes, used_bytes; /* of the cgroup or the machine; ALERT_UNKNOWN */
        int64_t scale_bytes;             /* what the whole width stands for */
        bool is_machine;                 /* the machine was out of memory, not a cgroup */
};

static int64_t or_zero(int64_t bytes)
{
        return bytes == ALERT_UNKNOWN || bytes < 0 ? 0 : bytes;
}

/* Sizes come from an alert and may be any number: a sum that overflows is INT64_MAX. */
static int64_t sum(int64_t a, int64_t b)
{
        int64_t result;

        return __builtin_add_overflow(a, b, &result) ? INT64_MAX : result;
}

static double percent(int64_t bytes, int64_t of_bytes)
{
        return of_bytes > 0 ? 100.0 * (double)bytes / (double)of_bytes : 0.0;
}

static void add_part(struct bar *bar, const char *name, const char *shade, int64_t bytes)
{
        if (bytes <= 0 || bar->n_parts == PARTS_MAX)
                return;
        bar->parts[bar->n_parts++] = (struct part){ .name = name, .shade = shade, .bytes = bytes };
        bar->sum_bytes = sum(bar->sum_bytes, bytes);
}

/* Sorted by size, the largest first: candidates come by badness. */
static void add_holders(struct bar *bar, const struct alert_value *alert)
{
        const struct alert_value *candidates = alert_get(alert, "candidates");
        int64_t victim_pid = alert_get_number(alert, "victim.pid");

        for (size_t i = 0; i < alert_count(candidates) && i < HOLDERS_MAX; i++) {
                const struct alert_value *candidate = alert_item(candidates, i);
                int64_t bytes = or_zero(alert_get_number(candidate, "rss_bytes"));
                size_t at = bar->n_parts++;

                for (; at > 0 && bar->parts[at - 1].bytes < bytes; at--)
                        bar->parts[at] = bar->parts[at - 1];
                bar->parts[at] = (struct part){
                        .candidate = candidate,
                        .bytes = bytes,
                        .is_victim = victim_pid != ALERT_UNKNOWN && alert_get_number(candidate, "pid") == victim_pid,
                };
                bar->sum_bytes = sum(bar->sum_bytes, bytes);
        }
}

static void add_machine_parts(struct bar *bar, const struct alert_value *memory)
{
        static const char *const kernel[] = { "slab_reclaimable_bytes", "slab_unreclaimable_bytes", "slab_bytes",
                                              "kernel_stack_bytes", "pagetables_bytes" };
        int64_t kernel_bytes = 0;

        for (size_t i = 0; i < COUNT(kernel); i++)
                kernel_bytes = sum(kernel_bytes, or_zero(alert_get_number(memory, kernel[i])));
        add_part(bar, "Page cache and shared memory", "cache", or_zero(alert_get_number(memory, "pagecache_bytes")));
        add_part(bar, "Kernel: slab and page tables", "kernel", kernel_bytes);
        add_part(bar, "Free", "free", or_zero(alert_get_number(memory, "free_bytes")));
        bar->used_bytes = bar->limit_bytes;
}

static void add_cgroup_parts(struct bar *bar, const struct alert_value *stats)
{
        int64_t cache_bytes = or_zero(alert_get_number(stats, "file"));

        if (cache_bytes == 0)
                cache_bytes = or_zero(alert_get_number(stats, "cache")); /* cgroup v1 */
        add_part(bar, "Page cache and shared memory", "cache", cache_bytes);
        add_part(bar, "Kernel", "kernel", or_zero(alert_get_number(stats, "kernel")));
}

/* False: the report has no sizes to compare. */
static bool read_bar(const struct alert_value *alert, struct bar *ret_bar)
{
        const struct alert_value *limit = alert_get(alert, "limit"), *memory = alert_get(alert, "memory");
        struct bar bar = { .limit_bytes = alert_get_number(limit, "limit_bytes"),
                           .used_bytes = alert_get_number(limit, "usage_bytes") };

        bar.is_machine = !limit;
        if (bar.is_machine)
                bar.limit_bytes = alert_get_number(memory, "total_bytes");
        add_holders(&bar, alert);
        if (bar.is_machine && memory)
                add_machine_parts(&bar, memory);
        else
                add_cgroup_parts(&bar, alert_get(limit, "stats"));
        if (bar.used_bytes > bar.sum_bytes) /* ALERT_UNKNOWN is less */
                add_part(&bar, "Other, not in the report", "other", bar.used_bytes - bar.sum_bytes);
        bar.scale_bytes = bar.sum_bytes > or_zero(bar.limit_bytes) ? bar.sum_bytes : bar.limit_bytes;
        *ret_bar = bar;
        return bar.n_parts > 0 && bar.scale_bytes > 0;
}

static const char *shade_of(const struct part *part, size_t i)
{
        static const char *const shades[] = { "p1", "p2", "p3", "p4" };

        if (part->is_victim)
                return "victim";
        return part->candidate ? shades[i % (COUNT(shades))] : part->shade;
}

static void put_part_name(FILE *stream, const struct part *part)
{
        struct text comm = alert_get_text(part->candidate, "comm");

        if (part->candidate)
                html_text(stream, comm.length > 0 ? comm : TEXT("(no name)"));
        else
                html_put(stream, part->name);
}

static void draw_bar(FILE *stream, const struct bar *bar, uint64_t number)
{
        double at = 0, limit = percent(or_zero(bar->limit_bytes), bar->scale_bytes);

        html_format(stream,
                    "<svg class=\"memory\" role=\"img\" aria-labelledby=\"m%" PRIu64 "t m%" PRIu64 "d\">"
                    "<title id=\"m%" PRIu64 "t\">Who held the memory</title><desc id=\"m%" PRIu64 "d\">%s, in "
                    "proportion. The numbers are in the table that follows.</desc>",
                    number, number, number, number,
                    bar->is_machine ? "The parts of the machine's memory"
                                    : "The parts of the cgroup's memory, and its limit");
        for (size_t i = 0; i < bar->n_parts; i++) {
                const struct part *part = &bar->parts[i];
                double share = percent(part->bytes, bar->scale_bytes);

                html_format(stream, "<rect class=\"%s\" x=\"%.3f%%\" y=\"18\" width=\"%.3f%%\" height=\"28\"/>",
                            shade_of(part, i), at, share);
                if (share >= LABEL_SHARE)
                        html_format(stream, "<text x=\"%.3f%%\" y=\"62\" text-anchor=\"middle\">%zu</text>",
                                    at + share / 2, i + 1);
                at += share;
        }
        if (bar->limit_bytes != ALERT_UNKNOWN) {
                html_format(stream,
                            "<line class=\"limit\" x1=\"%.3f%%\" x2=\"%.3f%%\" y1=\"14\" y2=\"50\"/>"
                            "<text x=\"%.3f%%\" y=\"11\" text-anchor=\"%s\">%s</text>",
                            limit, limit, limit, limit > 50 ? "end" : "start",
                            bar->is_machine ? "all memory" : "limit");
        }
        html_put(stream, "</svg>\n");
}

static void put_part_row(FILE *stream, const struct part *part, size_t i, const struct bar *bar)
{
        html_format(stream, "<tr%s><td class=\"n\">%zu</td><th scope=\"row\"><span class=\"key %s\"></span>",
                    part->is_victim ? " class=\"is-victim\"" : "", i + 1, shade_of(part, i));
        put_part_name(stream, part);
        html_put(stream, part->is_victim ? " <strong>killed</strong></th>" : "</th>");
        if (part->candidate)
                html_cell_number(stream, alert_get_number(part->candidate, "pid"));
        else
                html_put(stream, "<td class=\"n\"></td>");
        html_cell_size(stream, part->bytes);
        html_format(stream, "<td class=\"n\">%.1f %%</td>",
                    percent(part->bytes, bar->limit_bytes != ALERT_UNKNOWN ? bar->limit_bytes : bar->scale_bytes));
        if (!part->candidate) {
                html_put(stream, "<td class=\"n\"></td><td></td><td></td></tr>\n");
                return;
        }
        html_cell_size(stream, alert_get_number(part->candidate, "swap_bytes"));
        html_cell_number(stream, alert_get_number(part->candidate, "oom_score_adj"));
        if (alert_bool(alert_get(part->candidate, "killable")) == 0)
                html_put(stream, "<td class=\"n\">exempt</td>");
        else
                html_cell_number(stream, alert_get_number(part->candidate, "badness"));
        html_put(stream, "</tr>\n");
}

/* What the bar and the table show. */
static void put_memory_caption(FILE *stream, const struct alert_value *alert, const struct bar *bar)
{
        int64_t total = alert_get_number(alert, "candidates_total");
        size_t shown = alert_count(alert_get(alert, "candidates"));

        html_put(stream, "<p class=\"note\">");
        if (bar->limit_bytes == ALERT_UNKNOWN) {
                html_put(stream, "From the report's task table");
        } else {
                html_put(stream, bar->is_machine ? "Of the machine's " : "Against the limit of ");
                html_size(stream, bar->limit_bytes);
        }
        if (!bar->is_machine && bar->used_bytes != ALERT_UNKNOWN) {
                html_put(stream, ", in use ");
                html_size(stream, bar->used_bytes);
        }
        if (total != ALERT_UNKNOWN && (uint64_t)total > shown)
                html_format(stream, "; the %zu worst of %" PRId64 " processes", shown, total);
        html_put(stream, ".");
        if (bar->limit_bytes != ALERT_UNKNOWN && bar->sum_bytes > bar->limit_bytes)
                html_put(stream, " The parts overlap: memory that processes share, or that is page cache, counts more "
                                 "than once.");
        html_put(stream, "</p>\n");
}

void html_memory_draw_holders(FILE *stream, const struct alert_value *alert, uint64_t number)
{
        static const struct html_table table = {
                .label = "Holders of memory",
                .caption = "Holders, the largest process first",
                .columns = { "#No", "Holder", "#PID", "#Resident", "#Share", "#Swap", "#Adj", "#Badness" },
        };
        struct bar bar;

        if (!read_bar(alert, &bar))
                return;
        html_put(stream, "<h4>Who held the memory</h4>\n");
        put_memory_caption(stream, alert, &bar);
        draw_bar(stream, &bar, number);
        html_table_begin(stream, &table);
        for (size_t i = 0; i < bar.n_parts; i++)
                put_part_row(stream, &bar.parts[i], i, &bar);
        html_table_end(stream);
        html_put(stream, "\n");
}

/* --- zones ---------------------------------------------------------------------------------------------------------- */

static const char *const watermarks[] = { "min_bytes", "low_bytes", "high_bytes" };
#define WATERMARKS (COUNT(watermarks))

/* The bar ends a third above the high watermark: how much more is free doesn't matter. */
static void draw_zone(FILE *stream, const struct alert_value *zone)
{
        int64_t free_bytes = or_zero(alert_get_number(zone, "free_bytes"));
        int64_t high = or_zero(alert_get_number(zone, "high_bytes")), scale = sum(high, high / 3);

        if (scale == 0)
                return;
        html_format(stream,
                    "<svg class=\"zone\" aria-hidden=\"true\"><rect class=\"%s\" x=\"0\" y=\"5\" height=\"8\" "
                    "width=\"%.2f%%\"/>",
                    free_bytes < or_zero(alert_get_number(zone, "min_bytes")) ? "victim" : "p1",
                    free_bytes > scale ? 100.0 : percent(free_bytes, scale));
        for (size_t i = 0; i < WATERMARKS; i++) {
                double at = percent(or_zero(alert_get_number(zone, watermarks[i])), scale);

                html_format(stream, "<line class=\"limit\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"1\" y2=\"17\"/>", at, at);
        }
        html_put(stream, "</svg>");
}

static const char *zone_level(const struct alert_value *zone)
{
        static const char *const below[WATERMARKS] = { "below min", "below low", "below high" };
        int64_t free_bytes = alert_get_number(zone, "free_bytes");

        for (size_t i = 0; i < WATERMARKS; i++)
                if (free_bytes != ALERT_UNKNOWN && free_bytes < alert_get_number(zone, watermarks[i]))
                        return below[i];
        return "above high";
}

void html_memory_draw_zones(FILE *stream, const struct alert_value *alert)
{
        static const struct html_table table = {
                .label = "Zones",
                .caption =
                        "Free memory against the watermarks min, low and high (the three lines). Below low the kernel "
                        "reclaims; below min only allocations that can't wait get memory.",
                .columns = { "Zone", "#Node", "#Free", "#Min", "#Low", "#High", "Free is",
                             "<span class=\"unseen\">Drawing</span>" },
        };
        const struct alert_value *zones = alert_get(alert, "memory.zones");

        if (alert_count(zones) == 0)
                return;
        html_put(stream, "<h4>Zones</h4>\n");
        html_table_begin(stream, &table);
        for (size_t i = 0; i < alert_count(zones); i++) {
                const struct alert_value *zone = alert_item(zones, i);

                html_text_in(stream, "<tr><th scope=\"row\">", alert_get_text(zone, "name"), "</th>");
                html_cell_number(stream, alert_get_number(zone, "node"));
                html_cell_size(stream, alert_get_number(zone, "free_bytes"));
                for (size_t mark = 0; mark < WATERMARKS; mark++)
                        html_cell_size(stream, alert_get_number(zone, watermarks[mark]));
                html_format(stream, "<td>%s</td><td>", zone_level(zone));
                draw_zone(stream, zone);
                html_put(stream, "</td></tr>\n");
        }
        html_table_end(stream);
        html_put(stream, "\n");
}
