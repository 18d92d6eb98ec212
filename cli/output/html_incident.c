#include "output/html_incident.h"

#include <inttypes.h>

#include "logfile/message.h"
#include "output/html_memory.h"

/* --- facts ---------------------------------------------------------------------------------------------------------- */

/* A list of facts: a term, and what is known of it in pieces with commas between. Terms without a piece aren't there. */
struct facts {
        FILE *stream;
        const char *term;
        bool has_piece;
};

static void fact_start(struct facts *facts, const char *term)
{
        facts->term = term;
        facts->has_piece = false;
}

static void fact_end(struct facts *facts)
{
        if (facts->has_piece)
                html_put(facts->stream, "</dd></div>\n");
}

static void next_piece(struct facts *facts)
{
        if (facts->has_piece)
                html_put(facts->stream, ", ");
        else
                html_format(facts->stream, "<div><dt>%s</dt><dd>", facts->term);
        facts->has_piece = true;
}

static void add_text(struct facts *facts, const char *what, struct text text)
{
        if (text.length == 0)
                return;
        next_piece(facts);
        html_format(facts->stream, "%s<span class=\"name\">", what);
        html_text(facts->stream, text);
        html_put(facts->stream, "</span>");
}

static void add_number(struct facts *facts, const char *what, int64_t number)
{
        if (number == ALERT_UNKNOWN)
                return;
        next_piece(facts);
        html_format(facts->stream, "%s%" PRId64, what, number);
}

static void add_size(struct facts *facts, const char *what, const char *class_name, int64_t bytes)
{
        if (bytes == ALERT_UNKNOWN)
                return;
        next_piece(facts);
        html_format(facts->stream, "<span class=\"piece %s\">%s", class_name, what);
        html_size(facts->stream, bytes);
        html_put(facts->stream, "</span>");
}

static void put_victim_facts(struct facts *facts, const struct alert_value *victim)
{
        static const struct {
                const char *what, *key;
        } sizes[] = {
                { "anonymous ", "anon_rss_bytes" },   { "files ", "file_rss_bytes" },
                { "shared ", "shmem_rss_bytes" },     { "swap ", "swap_bytes" },
                { "page tables ", "pgtables_bytes" }, { "address space ", "total_vm_bytes" },
        };

        fact_start(facts, "Victim");
        add_text(facts, "", alert_get_text(victim, "comm"));
        add_number(facts, "pid ", alert_get_number(victim, "pid"));
        add_text(facts, "user ", alert_get_text(victim, "user"));
        add_number(facts, "uid ", alert_get_number(victim, "uid"));
        add_number(facts, "oom_score_adj ", alert_get_number(victim, "oom_score_adj"));
        fact_end(facts);
        fact_start(facts, "Command");
        add_text(facts, "", alert_get_text(victim, "cmdline"));
        fact_end(facts);
        fact_start(facts, "It held");
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
                add_size(facts, sizes[i].what, sizes[i].key, alert_get_number(victim, sizes[i].key));
        fact_end(facts);
}

static void put_owner_facts(struct facts *facts, const struct alert_value *victim)
{
        const struct alert_value *container = alert_get(victim, "container"), *pod = alert_get(victim, "pod");

        fact_start(facts, "Container");
        add_text(facts, "", alert_get_text(container, "runtime"));
        add_text(facts, "", alert_get_text(container, "id"));
        fact_end(facts);
        fact_start(facts, "Pod");
        add_text(facts, "", alert_get_text(pod, "name"));
        add_text(facts, "namespace ", alert_get_text(pod, "namespace"));
        add_text(facts, "container ", alert_get_text(pod, "container"));
        add_text(facts, "uid ", alert_get_text(pod, "uid"));
        fact_end(facts);
        fact_start(facts, "Unit");
        add_text(facts, "", alert_get_text(victim, "user_unit"));
        add_text(facts, "", alert_get_text(victim, "unit"));
        add_text(facts, "slice ", alert_get_text(victim, "slice"));
        fact_end(facts);
        fact_start(facts, "Cgroup");
        add_text(facts, "", alert_get_text(victim, "cgroup"));
        fact_end(facts);
}

static void add_usage(struct facts *facts, const struct alert_value *limit, const char *what, const char *usage_key,
                      const char *limit_key)
{
        int64_t limit_bytes = alert_get_number(limit, limit_key);

        add_size(facts, what, "usage", alert_get_number(limit, usage_key));
        if (limit_bytes == ALERT_UNKNOWN)
                return;
        html_put(facts->stream, facts->has_piece ? " of " : "");
        if (!facts->has_piece)
                next_piece(facts);
        html_size(facts->stream, limit_bytes);
}

static void put_limit_facts(struct facts *facts, const struct alert_value *limit)
{
        fact_start(facts, "Limit");
        add_text(facts, "", alert_get_text(limit, "unit"));
        add_text(facts, "", alert_get_text(limit, "cgroup"));
        fact_end(facts);
        fact_start(facts, "In use");
        add_usage(facts, limit, "memory ", "usage_bytes", "limit_bytes");
        add_number(facts, "limit hit before: ", alert_get_number(limit, "failcnt"));
        fact_end(facts);
        fact_start(facts, "Its swap");
        add_usage(facts, limit, "", "swap_usage_bytes", "swap_limit_bytes");
        fact_end(facts);
        fact_start(facts, "Kernel memory");
        add_usage(facts, limit, "", "kmem_usage_bytes", "kmem_limit_bytes");
        fact_end(facts);
}

static void put_machine_facts(struct facts *facts, const struct alert_value *memory)
{
        fact_start(facts, "Machine");
        add_size(facts, "memory ", "total", alert_get_number(memory, "total_bytes"));
        add_size(facts, "free ", "free", alert_get_number(memory, "free_bytes"));
        add_size(facts, "swap ", "swap", alert_get_number(memory, "swap_total_bytes"));
        add_size(facts, "free of it ", "swap-free", alert_get_number(memory, "swap_free_bytes"));
        fact_end(facts);
}

static void put_trigger_facts(struct facts *facts, const struct alert_value *trigger)
{
        fact_start(facts, "Trigger");
        add_text(facts, "", alert_get_text(trigger, "comm"));
        add_number(facts, "pid ", alert_get_number(trigger, "pid"));
        if (alert_get_bool(trigger, "sysrq") > 0)
                add_text(facts, "", TEXT("SysRq"));
        else
                add_number(facts, "order ", alert_get_number(trigger, "order"));
        add_text(facts, "", alert_get_text(trigger, "gfp_flags"));
        fact_end(facts);
}

static void put_report_facts(struct facts *facts, const struct alert_value *alert)
{
        const struct alert_value *missing = alert_get(alert_get(alert, "source"), "missing");

        fact_start(facts, "Killed with");
        add_text(facts, "the whole cgroup ", alert_get_text(alert_get(alert, "group"), "cgroup"));
        fact_end(facts);
        fact_start(facts, "Not in the report");
        for (size_t i = 0; i < alert_count(missing); i++)
                add_text(facts, "", alert_item_text(missing, i));
        fact_end(facts);
        fact_start(facts, "Alert");
        add_text(facts, "", alert_get_text(alert, "id"));
        fact_end(facts);
}

static void put_facts(FILE *stream, const struct incident_row *row, const struct alert_value *alert)
{
        const struct alert_value *host = alert_get(alert, "host");
        struct facts facts = { .stream = stream };

        html_put(stream, "<dl class=\"facts\">\n<div><dt>When</dt><dd>");
        html_time(stream, row, true);
        html_put(stream, "</dd></div>\n");
        fact_start(&facts, "Host");
        add_text(&facts, "", row->host);
        add_text(&facts, "kernel ", alert_get_text(host, "kernel"));
        fact_end(&facts);
        put_victim_facts(&facts, alert_get(alert, "victim"));
        put_owner_facts(&facts, alert_get(alert, "victim"));
        put_limit_facts(&facts, alert_get(alert, "limit"));
        put_machine_facts(&facts, alert_get(alert, "memory"));
        put_trigger_facts(&facts, alert_get(alert, "trigger"));
        put_report_facts(&facts, alert);
        html_put(stream, "</dl>\n");
}

/* --- the rest ------------------------------------------------------------------------------------------------------- */

/* A hint is a name that stays, a colon, and a sentence: people get the sentence. */
static void put_hints(FILE *stream, const struct alert_value *verdict)
{
        const struct alert_value *hints = alert_get(verdict, "hints");

        if (alert_count(hints) == 0)
                return;
        html_put(stream, "<h4>What to look at</h4>\n<ul>\n");
        for (size_t i = 0; i < alert_count(hints); i++) {
                struct text hint = alert_item_text(hints, i);
                ptrdiff_t colon = text_find(hint, TEXT(": "), 0);

                html_put(stream, "<li>");
                html_text(stream, colon >= 0 ? text_from_offset(hint, (size_t)colon + 2) : hint);
                html_put(stream, "</li>\n");
        }
        html_put(stream, "</ul>\n");
}

static void put_verdict(FILE *stream, const struct alert_value *verdict)
{
        struct text reason = alert_get_text(verdict, "reason");
        int is_consistent = alert_get_bool(verdict, "consistent");

        if (reason.length > 0) {
                html_put(stream, "<p>");
                html_text(stream, reason);
                html_put(stream, "</p>\n");
        }
        if (is_consistent >= 0)
                html_format(stream, "<p>The choice %s from the kernel's own rule, <code>oom_badness()</code>.</p>\n",
                            is_consistent ? "follows" : "does not follow");
        put_hints(stream, verdict);
}

/* memory.stat has sizes in bytes, and counts of events and pages, by the kernel's names. */
static bool is_count(struct text name)
{
        static const char *const starts[] = { "pg",     "workingset_", "thp_",     "nr_",   "zswpin", "zswpout",
                                              "zswpwb", "oom",         "total_pg", "numa_", "swpin",  "swpout" };

        for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
                if (text_starts(name, text_from(starts[i])))
                        return true;
        return false;
}

static void put_stat(struct text name, int64_t number, void *userdata)
{
        FILE *stream = userdata;

        if (number == 0)
                return;
        html_put(stream, "<tr><th scope=\"row\">");
        html_text(stream, name);
        html_put(stream, "</th><td class=\"n\">");
        if (is_count(name))
                html_number(stream, number);
        else
                html_size(stream, number);
        html_put(stream, "</td></tr>\n");
}

static void count_stat(struct text name, int64_t number, void *userdata)
{
        size_t *count = userdata;

        (void)name;
        *count += number != 0;
}

static void put_stats(FILE *stream, const struct alert_value *stats)
{
        size_t count = 0;

        alert_each_number(stats, count_stat, &count);
        if (count == 0)
                return;
        html_format(
                stream,
                "<details><summary>Statistics of the cgroup (%zu)</summary><div class=\"box\" tabindex=\"0\" "
                "role=\"group\" aria-label=\"Statistics\"><table class=\"stats\"><caption>memory.stat, as the report "
                "has it; what is 0 is left out.</caption><thead><tr><th scope=\"col\">Name</th>"
                "<th scope=\"col\" class=\"n\">Value</th></tr></thead><tbody>\n",
                count);
        alert_each_number(stats, put_stat, stream);
        html_put(stream, "</tbody></table></div></details>\n");
}

static void put_locations(FILE *stream, const struct finding *finding)
{
        html_put(stream, "<h4>Where it is told</h4>\n<ul class=\"places\">\n");
        for (size_t i = 0; i < finding->n_locations && i < HTML_PLACES_MAX; i++) {
                const struct alert_location *place = &finding->locations[i];

                html_put(stream, "<li class=\"name\">");
                if (!place->path)
                        html_put(stream, "the journal");
                else if (strcmp(place->path, "-") == 0)
                        html_put(stream, "standard input");
                else
                        html_text(stream, text_from(place->path));
                if (place->line > 0)
                        html_format(stream, ":%" PRIu64, place->line);
                html_put(stream, "</li>\n");
        }
        if (finding->n_locations > HTML_PLACES_MAX)
                html_format(stream, "<li>and %zu more</li>\n", finding->n_locations - HTML_PLACES_MAX);
        html_put(stream, "</ul>\n");
}

static void put_raw(FILE *stream, const struct finding *finding)
{
        struct text raw = { finding->raw, finding->raw_length };
        size_t lines = 0;

        if (!finding->raw || raw.length == 0)
                return;
        if (raw.length > HTML_RAW_MAX) {
                raw.length = HTML_RAW_MAX;
                while (raw.length > 0 && raw.data[raw.length - 1] != '\n')
                        raw.length--;
                if (raw.length == 0)
                        raw.length = HTML_RAW_MAX;
        }
        for (size_t i = 0; i < raw.length; i++)
                lines += raw.data[i] == '\n';
        html_format(stream, "<details class=\"raw\"><summary>Kernel lines (%zu)</summary><pre tabindex=\"0\">", lines);
        html_lines(stream, raw);
        html_put(stream, "</pre>");
        if (raw.length < finding->raw_length)
                html_format(stream, "<p>%zu more bytes are left out.</p>", finding->raw_length - raw.length);
        html_put(stream, "</details>\n");
}

static void put_victim(FILE *stream, const struct incident_row *row)
{
        if (row->comm.length > 0)
                html_text(stream, row->comm);
        else
                html_put(stream, row->pid != ALERT_UNKNOWN ? "(no name)" : "no victim");
        if (row->pid != ALERT_UNKNOWN)
                html_format(stream, " <span class=\"pid\">%" PRId64 "</span>", row->pid);
}

void html_incident_put(FILE *stream, const struct finding *finding, const struct incident_row *row,
                       const struct alert_value *alert, uint64_t number)
{
        html_format(stream, "<details class=\"incident\" id=\"i%" PRIu64 "\" data-alert=\"", number);
        html_text(stream, alert_get_text(alert, "id"));
        html_put(stream, "\"><summary>");
        html_mark(stream, row->severity);
        html_put(stream, "<span class=\"when\">");
        html_time(stream, row, false);
        html_put(stream, "</span><h3>");
        put_victim(stream, row);
        html_put(stream, "</h3><span class=\"held\">");
        html_size(stream, row->anon_rss_bytes);
        html_put(stream, "</span><span class=\"owner\">");
        html_text(stream, text_from(row->owner));
        if (row->host.length > 0) {
                html_put(stream, "<span class=\"host\"> on ");
                html_text(stream, row->host);
                html_put(stream, "</span>");
        }
        html_put(stream, "</span><span class=\"reason\">");
        html_text(stream, text_from(row->reason));
        html_put(stream, "</span></summary>\n<div class=\"body\">\n<p class=\"lead\">");
        html_text(stream, alert_get_text(alert, "summary"));
        html_put(stream, "</p>\n");
        put_verdict(stream, alert_get(alert, "verdict"));
        put_facts(stream, row, alert);
        html_memory_draw_holders(stream, alert, number);
        html_memory_draw_zones(stream, alert);
        put_stats(stream, alert_get(alert_get(alert, "limit"), "stats"));
        put_locations(stream, finding);
        put_raw(stream, finding);
        html_put(stream, "</div></details>\n");
}

void html_incident_put_row(FILE *stream, const struct incident_row *row, uint64_t number)
{
        html_format(stream, "<tr id=\"i%" PRIu64 "\"><td>", number);
        html_time(stream, row, false);
        html_put(stream, "</td><td>");
        html_text(stream, row->host);
        html_put(stream, "</td><td>");
        html_text(stream, row->scope);
        html_put(stream, "</td><th scope=\"row\">");
        put_victim(stream, row);
        html_put(stream, "</th><td class=\"n\">");
        html_size(stream, row->anon_rss_bytes);
        html_put(stream, "</td><td>");
        html_text(stream, text_from(row->owner));
        html_put(stream, "</td><td>");
        html_text(stream, text_from(row->reason));
        html_put(stream, "</td></tr>\n");
}
