/* lib/alert/plain.c: the alert for people: at most 25 lines of 80 columns. A part that needs more lines than it may have is cut;
 * if not all hints fit then, the other parts are made shorter. */

#include "alert/plain.h"

#include <inttypes.h>
#include <stdlib.h>

#include "alert/layout.h"
#include "alert/minimal.h"
#include "alert/summary.h"
#include "explain/phrases.h"
#include "util/rfc3339.h"
#include "util/wide.h"

#define LABEL_INDENT 12 /* "  Victim    " */
#define BULLET       2  /* "- " */
#define LINE_SIZE    4096
#define TEXT_SIZE    16384 /* a column has at most 4 bytes */
#define BAR_WIDTH    20
#define USER_SHOWN   32 /* bytes of a user's name */

/* The most lines of a part, at each level; at the last one, all parts together have LAYOUT_LINES_MAX. */
enum { LEVELS = 3 };
enum part {
        PART_HEADLINE,
        PART_VICTIM,
        PART_COMMAND,
        PART_MEMORY,
        PART_OWNER,
        PART_CGROUP,
        PART_TRIGGER,
        PART_LIMIT,
        PART_MACHINE,
        PART_HOLDERS, /* of each holder: 1 */
        PART_REASON,
        PART_MISSING,
        PART_COUNT,
};
/* clang-format off */
static const struct {
        char label[12];
        unsigned lines[LEVELS];
} parts[PART_COUNT] = {
        [PART_HEADLINE] = { "", { 8, 4, 3 } },
        [PART_VICTIM] = { "Victim", { 3, 2, 2 } },
        [PART_COMMAND] = { "Command", { 4, 2, 1 } },
        [PART_MEMORY] = { "Memory", { 3, 2, 2 } },
        [PART_OWNER] = { "Owner", { 5, 3, 2 } },
        [PART_CGROUP] = { "Cgroup", { 5, 3, 1 } },
        [PART_TRIGGER] = { "Trigger", { 3, 2, 1 } },
        [PART_LIMIT] = { "Limit", { 5, 3, 2 } },
        [PART_MACHINE] = { "Machine", { 2, 2, 1 } },
        [PART_HOLDERS] = { "Holders", { 1, 1, 1 } },
        [PART_REASON] = { "Why", { 6, 5, 4 } },
        [PART_MISSING] = { "Missing", { 2, 2, 1 } },
};
/* clang-format on */

/* The text of one part. */
struct line {
        struct prose prose;
        char buffer[LINE_SIZE];
};

static void line_start(struct line *line)
{
        line->prose = prose_start(line->buffer, sizeof(line->buffer));
}

static struct text line_text(const struct line *line)
{
        return (struct text){ line->buffer, line->prose.length };
}

/* Separates the next item on the line from those before. */
static void line_next(struct line *line)
{
        if (line->prose.length > 0)
                prose_add(&line->prose, TEXT(", "));
}

/* Adds the part's line, unless it is empty because nothing is known, and starts the next. */
static void add_line(struct layout *layout, enum part part, struct line *line)
{
        if (line->prose.length == 0)
                return;
        prose_format(&layout->out, "  %-*s", LABEL_INDENT - 2, parts[part].label);
        layout_add_wrapped(layout, line_text(line), LABEL_INDENT, LABEL_INDENT, parts[part].lines[layout->level]);
        line_start(line);
}

/* A name that is longer than the part has room for loses its middle. */
static void add_long_name(const struct layout *layout, struct line *line, enum part part, struct text name)
{
        prose_name(&line->prose, name, (LAYOUT_WIDTH - LABEL_INDENT) * parts[part].lines[layout->level]);
}

/* The same of a cgroup, whose end may be missing. */
static void add_path(const struct layout *layout, struct line *line, enum part part, struct text path, bool is_cut)
{
        if (is_cut)
                prose_add(&line->prose, TEXT("(its end is missing) "));
        add_long_name(layout, line, part, path);
}

static void add_size(struct line *line, const char *what, int64_t bytes)
{
        if (bytes == OOM_UNKNOWN)
                return;
        line_next(line);
        prose_format(&line->prose, "%s ", what);
        prose_size(&line->prose, bytes);
}

static void add_word(struct line *line, const char *what, const char *word)
{
        if (!word || !word[0])
                return;
        line_next(line);
        prose_format(&line->prose, "%s ", what);
        prose_name(&line->prose, text_from(word), OWNER_NAME_MAX);
}

static void add_number(struct line *line, const char *what, int64_t number)
{
        if (number == OOM_UNKNOWN)
                return;
        line_next(line);
        prose_format(&line->prose, "%s %" PRId64, what, number);
}

/* "2026-08-25 14:06:20 UTC "; where only the kernel's clock is known, "[183.267] ", which is no time of day */
static void add_time(struct prose *prose, const struct alert *alert)
{
        const struct alert_context *context = &alert->context;
        int64_t mono_usec = context->kind == ALERT_SOURCE_KMSG ? (int64_t)alert->mono_usec : context->log.mono_usec;
        char time[RFC3339_SIZE];

        if (context->time_source != ALERT_TIME_UNKNOWN && rfc3339_format(context->time_usec, time))
                prose_format(prose, "%.10s %.8s UTC ", time, time + 11);
        else if (mono_usec >= 0)
                prose_format(prose, "[%" PRId64 ".%03" PRId64 "] ", mono_usec / 1000000, mono_usec / 1000 % 1000);
}

static void add_headline(struct layout *layout, const struct alert *alert)
{
        static const char *const severity_words[] = {
                [ALERT_CRITICAL] = "CRITICAL",
                [ALERT_ERROR] = "ERROR",
                [ALERT_WARNING] = "WARNING",
        };

        add_time(&layout->out, alert);
        prose_format(&layout->out, "%s ", severity_words[alert->severity]);
        layout_add_wrapped(layout, text_from(alert->summary), layout->out.length, 2,
                           parts[PART_HEADLINE].lines[layout->level]);
}

static void add_victim(struct layout *layout, struct line *line, const struct alert *alert)
{
        const struct oom_victim *victim = &alert->incident->victim;

        if (victim->comm.is_known || victim->pid != OOM_UNKNOWN)
                phrase_process(&line->prose, &victim->comm, victim->pid);
        if (alert->context.victim_user.length > 0) {
                line_next(line);
                prose_add(&line->prose, TEXT("user "));
                prose_name(&line->prose, alert->context.victim_user, USER_SHOWN);
        }
        add_number(line, "uid", alert_victim_uid(alert));
        add_number(line, "oom_score_adj", victim->oom_score_adj);
        add_line(layout, PART_VICTIM, line);

        add_long_name(layout, line, PART_COMMAND, alert->context.victim_cmdline);
        add_line(layout, PART_COMMAND, line);

        add_size(line, "anonymous", victim->anon_rss_bytes);
        add_size(line, "file", victim->file_rss_bytes);
        add_size(line, "shared", victim->shmem_rss_bytes);
        add_size(line, "resident", victim->rss_bytes);
        if (victim->swap_bytes != OOM_UNKNOWN)
                add_size(line, "swap", victim->swap_bytes);
        else if (alert->has_verdict && alert->verdict.has_victim)
                add_size(line, "swap", alert->verdict.victim.swap_bytes);
        add_size(line, "page tables", victim->pgtables_bytes);
        add_size(line, "virtual", victim->total_vm_bytes);
        add_line(layout, PART_MEMORY, line);
}

static void add_owner(struct layout *layout, struct line *line, const struct alert *alert)
{
        const struct owner *owner = &alert->owner;

        add_word(line, owner->container_runtime ? owner->container_runtime : "container", owner->container_id);
        add_word(line, "pod", owner->pod_uid);
        if (owner->job_manager) {
                line_next(line);
                prose_format(&line->prose, "%s job", owner->job_manager);
                if (owner->job_id[0])
                        prose_format(&line->prose, " %s", owner->job_id);
                add_word(line, "step", owner->job_step);
        }
        add_word(line, "user unit", owner->user_unit);
        add_word(line, "unit", owner->unit);
        add_word(line, "slice", owner->slice);
        add_line(layout, PART_OWNER, line);

        add_path(layout, line, PART_CGROUP, alert->cgroup, alert->is_cgroup_cut);
        add_line(layout, PART_CGROUP, line);
}

static void add_trigger(struct layout *layout, struct line *line, const struct oom_trigger *trigger)
{
        if (trigger->comm.is_known || trigger->pid != OOM_UNKNOWN)
                phrase_process(&line->prose, &trigger->comm, trigger->pid);
        if (trigger->is_sysrq) {
                line_next(line);
                prose_add(&line->prose, TEXT("SysRq"));
        } else
                add_number(line, "order", trigger->order);
        if (trigger->gfp_flags.is_known) {
                line_next(line);
                prose_name(&line->prose, oom_path_text(&trigger->gfp_flags), OOM_GFP_MAX);
        }
        add_line(layout, PART_TRIGGER, line);
}

/* "400.0 MiB of 400.0 MiB" */
static void add_usage(struct line *line, const char *what, const struct oom_usage *usage)
{
        if (usage->usage_bytes == OOM_UNKNOWN)
                return;
        line_next(line);
        prose_add(&line->prose, text_from(what));
        prose_size(&line->prose, usage->usage_bytes);
        if (usage->limit_bytes == OOM_UNKNOWN || usage->limit_bytes == OOM_UNLIMITED)
                return;
        prose_add(&line->prose, TEXT(" of "));
        prose_size(&line->prose, usage->limit_bytes);
}

/* The figures are first, because a long path is cut. */
static void add_limit(struct layout *layout, struct line *line, const struct alert *alert)
{
        const struct oom_path *limit_memcg = &alert->report->limit_memcg;
        const struct oom_usage *usages = alert->report->memcg.usages;

        add_usage(line, "", &usages[OOM_USAGE_MEMORY]);
        add_usage(line, "swap ", &usages[OOM_USAGE_SWAP]);
        add_usage(line, "with swap ", &usages[OOM_USAGE_MEMSW]);
        add_usage(line, "kernel ", &usages[OOM_USAGE_KMEM]);
        add_word(line, "unit", alert->limit_owner.unit);
        if (limit_memcg->is_known) {
                line_next(line);
                if (text_equal(oom_path_text(limit_memcg), alert->cgroup) && !limit_memcg->is_cut)
                        prose_add(&line->prose, TEXT("the victim's cgroup"));
                else
                        add_path(layout, line, PART_LIMIT, oom_path_text(limit_memcg), limit_memcg->is_cut);
        }
        add_line(layout, PART_LIMIT, line);
}

static void add_machine(struct layout *layout, struct line *line, const struct alert *alert)
{
        const struct oom_memory *memory = &alert->report->memory;
        int64_t page_bytes = alert_page_bytes(alert);

        if (!memory->is_known || memory->is_doubtful)
                return;
        add_size(line, "memory", oom_pages_bytes(oom_memory_managed_pages(memory), page_bytes));
        add_size(line, "free", oom_pages_bytes(memory->pages[OOM_COUNTER_FREE], page_bytes));
        if (memory->swap_total_bytes == 0) {
                line_next(line);
                prose_add(&line->prose, TEXT("no swap"));
        } else {
                add_size(line, "swap", memory->swap_total_bytes);
                add_size(line, "free of it", memory->swap_free_bytes);
        }
        add_line(layout, PART_MACHINE, line);
}

static void add_holders(struct layout *layout, struct line *line, const struct oom_verdict *verdict)
{
        static const char bar[] = "####################";
        const struct oom_candidate *holders = verdict->holders;

        _Static_assert(sizeof(bar) == BAR_WIDTH + 1, "a whole bar");
        for (size_t i = 0; i < verdict->n_holders; i++) {
                int64_t held = oom_candidate_held_bytes(&holders[i]), most = oom_candidate_held_bytes(&holders[0]);
                int length = most > 0 ? (int)mul_div(held, BAR_WIDTH, most) : 0;

                if (held == OOM_UNKNOWN)
                        return; /* for all of them: the size of a page isn't known */
                prose_format(&line->prose, "%-*.*s %10s  ", BAR_WIDTH, length < 1 && held > 0 ? 1 : length, bar,
                             SHOWN_SIZE(held));
                phrase_process(&line->prose, &holders[i].comm, holders[i].pid);
                if (holders[i].oom_score_adj != OOM_UNKNOWN && holders[i].oom_score_adj != 0)
                        add_number(line, "adj", holders[i].oom_score_adj);
                prose_format(&layout->out, "  %-*s", LABEL_INDENT - 2, i == 0 ? parts[PART_HOLDERS].label : "");
                layout_add_last(layout, line_text(line), LABEL_INDENT);
                line_start(line);
        }
}

static void add_missing(struct layout *layout, struct line *line, const struct alert *alert)
{
        const char *missing[ALERT_MISSING_MAX];
        size_t count = alert_missing(alert, missing);

        for (size_t i = 0; i < count; i++) {
                line_next(line);
                prose_add(&line->prose, text_from(missing[i]));
        }
        if (count > 0)
                prose_add(&line->prose, TEXT(" of the report"));
        add_line(layout, PART_MISSING, line);
}

/* Adds as many hints as fit, each whole, and leaves n_free lines free. Returns whether all fitted. */
static bool add_hints(struct layout *layout, const struct oom_explanation *explanation, unsigned n_free)
{
        for (size_t i = 0; i < explanation->n_hints; i++) {
                struct layout before = *layout;

                prose_format(&layout->out, "  %-*s- ", LABEL_INDENT - 2, i == 0 ? "Hints" : "");
                layout_add_wrapped(layout, text_from(explanation->hints[i].text), LABEL_INDENT + BULLET,
                                   LABEL_INDENT + BULLET, LAYOUT_LINES_MAX);
                if (layout->n_lines + n_free <= LAYOUT_LINES_MAX)
                        continue;
                *layout = before;
                layout->out.data[layout->out.length] = '\0';
                return false;
        }
        return true;
}

static void add_incident(struct layout *layout, struct line *line, const struct alert *alert)
{
        add_victim(layout, line, alert);
        add_owner(layout, line, alert);
        if (!alert->report)
                return;
        add_trigger(layout, line, &alert->report->trigger);
        add_limit(layout, line, alert);
        add_machine(layout, line, alert);
        if (!alert->has_verdict)
                return;
        add_holders(layout, line, &alert->verdict);
        prose_add(&line->prose, text_from(alert->explanation.reason));
        add_line(layout, PART_REASON, line);
}

/* "7301 bash, 7299 sshd" */
static void add_parents(struct line *line, const struct killer_claim *claim)
{
        for (size_t i = 0; i < claim->n_parents; i++) {
                if (i == 0)
                        prose_add(&line->prose, TEXT(", below "));
                else
                        line_next(line);
                prose_name(&line->prose, (struct text){ claim->parents[i].comm, claim->parents[i].comm_length },
                           KILLER_COMM_MAX);
                prose_format(&line->prose, " (pid %" PRId64 ")", claim->parents[i].pid);
        }
}

static void add_claim(struct layout *layout, struct line *line, const struct alert *alert)
{
        const struct killer_claim *claim = alert->claim;

        if (claim->name.length)
                prose_name(&line->prose, killer_name_text(&claim->name), KILLER_NAME_MAX);
        add_number(line, "pid", claim->pid);
        add_number(line, "uid", claim->uid);
        add_number(line, "oom_score_adj", claim->oom_score_adj);
        add_number(line, "badness", claim->badness);
        add_parents(line, claim);
        add_line(layout, PART_VICTIM, line);
        add_size(line, "anonymous", claim->sizes[KILLER_ANON_RSS]);
        add_size(line, "file", claim->sizes[KILLER_FILE_RSS]);
        add_size(line, "shared", claim->sizes[KILLER_SHMEM_RSS]);
        add_size(line, "resident", claim->sizes[KILLER_RSS]);
        add_size(line, "swap", claim->sizes[KILLER_SWAP]);
        add_size(line, "virtual", claim->sizes[KILLER_TOTAL_VM]);
        add_size(line, "the cgroup's", claim->cgroup_bytes);
        add_line(layout, PART_MEMORY, line);
        add_owner(layout, line, alert);
}

/* Writes the whole alert at layout->level. Returns whether it has every hint and no more lines than it may. */
static bool write_layout(struct layout *layout, const struct alert *alert)
{
        char missing_buffer[2 * LINE_SIZE];
        struct layout missing = { prose_start(missing_buffer, sizeof(missing_buffer)), 0, layout->level };
        struct line line;
        bool is_whole = true;

        add_headline(layout, alert);
        line_start(&line);
        if (alert->claim)
                add_claim(layout, &line, alert);
        if (!alert->incident)
                return layout->n_lines <= LAYOUT_LINES_MAX;
        add_incident(layout, &line, alert);
        add_missing(&missing, &line, alert);
        if (alert->has_verdict)
                is_whole = add_hints(layout, &alert->explanation, missing.n_lines);
        prose_add(&layout->out, (struct text){ missing_buffer, missing.out.length });
        layout->n_lines += missing.n_lines;
        return is_whole && layout->n_lines <= LAYOUT_LINES_MAX;
}

size_t alert_minimal_text(const struct alert *alert, char ret_text[static ALERT_MINIMAL_TEXT_MAX + 1])
{
        struct layout layout = { prose_start(ret_text, ALERT_MINIMAL_TEXT_MAX + 1), 0, LEVELS - 1 };
        struct line line;

        add_headline(&layout, alert);
        if (alert->incident) {
                line_start(&line);
                prose_add(&line.prose, TEXT("details: there was no memory for them"));
                add_line(&layout, PART_MISSING, &line);
        }
        return layout.out.length;
}

char *alert_to_text(const struct alert *alert)
{
        char buffer[TEXT_SIZE];
        struct layout layout;

        for (unsigned level = 0; level < LEVELS; level++) {
                layout = (struct layout){ prose_start(buffer, sizeof(buffer)), 0, level };
                if (write_layout(&layout, alert))
                        break;
        }
        return strdup(buffer);
}
