#include "output/html_incident.h"

#include <inttypes.h>

#include "logfile/message.h"
#include "output/html_memory.h"
#include "output/printer.h"
#include "util/array.h"

/* How many bytes of the kernel's lines, and how many locations, go into the page; it says how many more there are. */
#define RAW_MAX       ((size_t)32 * 1024)
#define LOCATIONS_MAX 50

/* --- facts ---------------------------------------------------------------------------------------------------------- */

/* A piece of a fact: a value of the alert, and what is said before it. Pieces of one term follow each other, with commas between, but
 * where the prefix begins with a blank. A value that is unknown is left out, and so is a term without values. */
struct fact {
        const char *term, *prefix;
        const char *path; /* of the value; a number is a size in bytes where it ends in "_bytes" */
};

static const struct fact facts[] = {
        { "Host", "", "host.name" },
        { "Host", "kernel ", "host.kernel" },
        { "Killer", "", "killer" },
        { "Killer", "told by ", "claim.by" },
        { "Killer", "by ", "claim.first_signal" },
        { "Killer", "by ", "claim.signal" },
        { "Killer", "outcome ", "claim.outcome" },
        { "Victim", "", "victim.comm" },
        { "Victim", "pid ", "victim.pid" },
        { "Victim", "user ", "victim.user" },
        { "Victim", "uid ", "victim.uid" },
        { "Victim", "oom_score_adj ", "victim.oom_score_adj" },
        { "Reason", "", "claim.reason" },
        { "Command", "", "victim.cmdline" },
        { "Memory", "anonymous ", "victim.anon_rss_bytes" },
        { "Memory", "files ", "victim.file_rss_bytes" },
        { "Memory", "shared ", "victim.shmem_rss_bytes" },
        { "Memory", "resident ", "victim.rss_bytes" },
        { "Memory", "swap ", "victim.swap_bytes" },
        { "Memory", "page tables ", "victim.pgtables_bytes" },
        { "Memory", "address space ", "victim.total_vm_bytes" },
        { "Container", "", "victim.container.runtime" },
        { "Container", "", "victim.container.id" },
        /* The name of the pod's container is in the schema for a later version: no program writes it yet. */
        { "Pod", "", "victim.pod.name" },
        { "Pod", "namespace ", "victim.pod.namespace" },
        { "Pod", "container ", "victim.pod.container" },
        { "Pod", "uid ", "victim.pod.uid" },
        { "Job", "", "victim.job.manager" },
        { "Job", "", "victim.job.id" },
        { "Job", "step ", "victim.job.step" },
        { "Unit", "", "victim.user_unit" },
        { "Unit", "", "victim.unit" },
        { "Unit", "slice ", "victim.slice" },
        { "Cgroup", "", "victim.cgroup" },
        { "Cgroup", "its end is missing", "victim.cgroup_cut" },
        { "Limit", "", "limit.unit" },
        { "Limit", "", "limit.cgroup" },
        { "Limit", "its end is missing", "limit.cgroup_cut" },
        { "In use", "memory ", "limit.usage_bytes" },
        { "In use", " of ", "limit.limit_bytes" },
        { "In use", "times the limit was hit: ", "limit.failcnt" },
        { "Swap", "", "limit.swap_usage_bytes" },
        { "Swap", " of ", "limit.swap_limit_bytes" },
        { "Kernel memory", "", "limit.kmem_usage_bytes" },
        { "Kernel memory", " of ", "limit.kmem_limit_bytes" },
        { "Machine", "memory ", "memory.total_bytes" },
        { "Machine", "free ", "memory.free_bytes" },
        { "Machine", "swap ", "memory.swap_total_bytes" },
        { "Machine", "free of it ", "memory.swap_free_bytes" },
        { "Trigger", "", "trigger.comm" },
        { "Trigger", "pid ", "trigger.pid" },
        { "Trigger", "SysRq", "trigger.sysrq" },
        { "Trigger", "order ", "trigger.order" },
        { "Trigger", "", "trigger.gfp_flags" },
        { "Killed with", "the whole cgroup ", "group.cgroup" },
        { "Not in the report", "", "source.missing" },
        { "Alert", "", "id" },
};

static bool has_value(const struct alert_value *value)
{
        return alert_text(value).length > 0 || alert_number(value) != ALERT_UNKNOWN || alert_bool(value) > 0 ||
               alert_count(value) > 0;
}

static void put_size(FILE *stream, const struct fact *fact, int64_t bytes)
{
        bool is_joined = fact->prefix[0] == ' ';

        html_format(stream, "%s<span class=\"piece %s\">%s", is_joined ? fact->prefix : "",
                    strrchr(fact->path, '.') + 1, is_joined ? "" : fact->prefix);
        html_size(stream, bytes);
        html_put(stream, "</span>");
}

static void put_value(FILE *stream, const struct fact *fact, const struct alert_value *value)
{
        if (alert_bool(value) > 0) {
                html_name(stream, text_from(fact->prefix));
        } else if (alert_number(value) == ALERT_UNKNOWN) {
                html_put(stream, fact->prefix);
                html_name(stream, alert_text(value));
        } else if (text_ends(text_from(fact->path), TEXT("_bytes"))) {
                put_size(stream, fact, alert_number(value));
        } else {
                html_format(stream, "%s%" PRId64, fact->prefix, alert_number(value));
        }
}

static void put_facts(FILE *stream, const struct incident_row *row, const struct alert_value *alert)
{
        bool is_sysrq = alert_bool(alert_get(alert, "trigger.sysrq")) > 0;
        const char *term = "When";

        html_put(stream, "<dl class=\"facts\">\n<div><dt>When</dt><dd>");
        html_time(stream, row, true);
        for (size_t i = 0; i < COUNT(facts); i++) {
                const struct fact *fact = &facts[i];
                const struct alert_value *value = alert_get(alert, fact->path);

                if (!has_value(value) || (is_sysrq && strcmp(fact->path, "trigger.order") == 0))
                        continue;
                if (strcmp(term, fact->term) != 0)
                        html_format(stream, "</dd></div>\n<div><dt>%s</dt><dd>", fact->term);
                else if (fact->prefix[0] != ' ')
                        html_put(stream, ", ");
                term = fact->term;
                for (size_t item = 0; item < alert_count(value); item++) {
                        html_put(stream, item > 0 ? ", " : "");
                        put_value(stream, fact, alert_item(value, item));
                }
                if (alert_count(value) == 0)
                        put_value(stream, fact, value);
        }
        html_put(stream, "</dd></div>\n</dl>\n");
}

/* --- other parts ------------------------------------------------------------------------------------------------------- */

static void put_hints(FILE *stream, const struct alert_value *verdict)
{
        const struct alert_value *hints = alert_get(verdict, "hints");

        if (alert_count(hints) == 0)
                return;
        html_put(stream, "<h4>What to look at</h4>\n<ul>\n");
        for (size_t i = 0; i < alert_count(hints); i++)
                html_text_in(stream, "<li>", alert_get_text(alert_item(hints, i), "text"), "</li>\n");
        html_put(stream, "</ul>\n");
}

static void put_verdict(FILE *stream, const struct alert_value *verdict)
{
        struct text reason = alert_get_text(verdict, "reason");
        int is_consistent = alert_bool(alert_get(verdict, "consistent"));

        if (reason.length > 0)
                html_text_in(stream, "<p>", reason, "</p>\n");
        if (is_consistent >= 0)
                html_format(stream, "<p>The choice %s from the kernel's own rule, <code>oom_badness()</code>.</p>\n",
                            is_consistent ? "follows" : "does not follow");
        put_hints(stream, verdict);
}

/* memory.stat has sizes in bytes, and counts of events and pages; only the kernel's names show which. */
static bool is_count(struct text name)
{
        static const char *const starts[] = { "pg",     "workingset_", "thp_",     "nr_",   "zswpin", "zswpout",
                                              "zswpwb", "oom",         "total_pg", "numa_", "swpin",  "swpout" };

        for (size_t i = 0; i < COUNT(starts); i++)
                if (text_starts(name, text_from(starts[i])))
                        return true;
        return false;
}

static void put_stat(struct text name, int64_t number, void *userdata)
{
        FILE *stream = userdata;

        if (number == 0)
                return;
        html_text_in(stream, "<tr><th scope=\"row\">", name, "</th>");
        if (is_count(name))
                html_cell_number(stream, number);
        else
                html_cell_size(stream, number);
        html_put(stream, "</tr>\n");
}

static void count_stat(struct text name, int64_t number, void *userdata)
{
        size_t *count = userdata;

        (void)name;
        *count += number != 0;
}

static void put_stats(FILE *stream, const struct alert_value *stats)
{
        static const struct html_table table = {
                .label = "Statistics",
                .class_name = "stats",
                .caption = "memory.stat of the report, without what is 0.",
                .columns = { "Name", "#Value" },
        };
        size_t count = 0;

        alert_each_number(stats, count_stat, &count);
        if (count == 0)
                return;
        html_format(stream, "<details><summary>Statistics of the cgroup (%zu)</summary>", count);
        html_table_begin(stream, &table);
        alert_each_number(stats, put_stat, stream);
        html_table_end(stream);
        html_put(stream, "</details>\n");
}

static void put_locations(FILE *stream, const struct finding *finding)
{
        html_put(stream, "<h4>Found in</h4>\n<ul class=\"locations\">\n");
        for (size_t i = 0; i < finding->n_locations && i < LOCATIONS_MAX; i++) {
                const struct alert_location *location = &finding->locations[i];

                html_text_in(stream, "<li class=\"name\">", printer_location_name(location), "");
                if (location->line > 0)
                        html_format(stream, ":%" PRIu64, location->line);
                html_put(stream, "</li>\n");
        }
        if (finding->n_locations > LOCATIONS_MAX)
                html_format(stream, "<li>and %zu more</li>\n", finding->n_locations - LOCATIONS_MAX);
        html_put(stream, "</ul>\n");
}

static void put_raw(FILE *stream, const struct finding *finding, bool is_claim)
{
        struct text raw = { finding->raw, finding->raw_length };

        if (!finding->raw || raw.length == 0)
                return;
        if (raw.length > RAW_MAX) {
                raw.length = RAW_MAX;
                while (raw.length > 0 && raw.data[raw.length - 1] != '\n')
                        raw.length--;
                if (raw.length == 0)
                        raw.length = RAW_MAX;
        }
        html_format(stream, "<details class=\"raw\"><summary>%s (%zu)</summary><pre tabindex=\"0\">",
                    is_claim ? "Line" : "Kernel lines", text_count(raw, '\n') + is_claim);
        html_lines(stream, raw);
        html_put(stream, "</pre>");
        if (raw.length < finding->raw_length)
                html_format(stream, "<p>%zu more bytes are not shown.</p>", finding->raw_length - raw.length);
        html_put(stream, "</details>\n");
}

static void put_victim(FILE *stream, const struct incident_row *row)
{
        struct text no_name = row->pid != ALERT_UNKNOWN ? TEXT("(no name)") : TEXT("no victim");

        html_text(stream, row->comm.length > 0 ? row->comm : no_name);
        if (row->pid != ALERT_UNKNOWN)
                html_format(stream, " <span class=\"pid\">%" PRId64 "</span>", row->pid);
}

void html_incident_put(FILE *stream, const struct finding *finding, const struct incident_row *row,
                       const struct alert_value *alert, uint64_t number)
{
        const char *severity = incident_severity_name(row->severity);

        html_format(stream, "<details class=\"incident\" id=\"i%" PRIu64 "\"", number);
        html_text_in(stream, " data-alert=\"", alert_get_text(alert, "id"), "\"><summary>");
        html_format(stream, "<svg class=\"mark %s\" aria-hidden=\"true\"><use href=\"#%s\"/></svg>", severity,
                    severity);
        html_put(stream, "<span class=\"when\">");
        html_time(stream, row, false);
        html_put(stream, "</span><h3>");
        put_victim(stream, row);
        html_put(stream, "</h3><span class=\"held\">");
        html_size(stream, row->anon_rss_bytes);
        html_text_in(stream, "</span><span class=\"owner\">", text_from(row->owner), "");
        if (row->host.length > 0)
                html_text_in(stream, "<span class=\"host\"> on ", row->host, "</span>");
        html_text_in(stream, "</span><span class=\"reason\">", text_from(row->reason), "</span></summary>\n");
        html_text_in(stream, "<div class=\"body\">\n<p class=\"lead\">", alert_get_text(alert, "summary"), "</p>\n");
        put_verdict(stream, alert_get(alert, "verdict"));
        put_facts(stream, row, alert);
        html_memory_draw_holders(stream, alert, number);
        html_memory_draw_zones(stream, alert);
        put_stats(stream, alert_get(alert, "limit.stats"));
        put_locations(stream, finding);
        put_raw(stream, finding, row->type == INCIDENT_CLAIM);
        html_put(stream, "</div></details>\n");
}

void html_incident_put_row(FILE *stream, const struct incident_row *row, uint64_t number)
{
        html_format(stream, "<tr id=\"i%" PRIu64 "\"><td>", number);
        html_time(stream, row, false);
        html_put(stream, "</td>");
        html_cell_text(stream, row->host);
        html_cell_text(stream, row->scope);
        html_put(stream, "<th scope=\"row\">");
        put_victim(stream, row);
        html_put(stream, "</th>");
        html_cell_size(stream, row->anon_rss_bytes);
        html_cell_text(stream, text_from(row->owner));
        html_cell_text(stream, text_from(row->reason));
        html_put(stream, "</tr>\n");
}
