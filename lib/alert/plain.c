/* lib/alert/plain.c: the alert for people, in lines of 80 columns where words allow it. */

#include "alert/plain.h"

#include <inttypes.h>
#include <stdlib.h>

#include "alert/prose.h"
#include "alert/summary.h"

#define WIDTH        80
#define LABEL_INDENT 12   /* "  Victim    " */
#define NAME_SHOWN   1024 /* bytes of a path or a command line: some lines of a terminal */
#define LINE_SIZE    4096
#define TEXT_SIZE    16384

/* One labelled line in the making. */
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

/* What separates the next thing on the line from what is there. */
static void line_next(struct line *line)
{
        if (line->prose.length > 0)
                prose_add(&line->prose, TEXT(", "));
}

static size_t columns(struct text text)
{
        size_t count = 0;

        for (size_t i = 0; i < text.length; i++)
                count += ((uint8_t)text.data[i] & 0xc0) != 0x80; /* not a following byte of a character */
        return count;
}

/* Length of the first word of text, with the spaces before it. A number and its unit are one word. */
static size_t word_length(struct text text)
{
        for (size_t i = 1; i < text.length; i++)
                if (text.data[i] == ' ' && !(text.data[i - 1] >= '0' && text.data[i - 1] <= '9'))
                        return i;
        return text.length;
}

/* Appends text broken at spaces; its lines but the first begin with indent spaces. column is where it begins. */
static void add_wrapped(struct prose *out, struct text text, size_t column, size_t indent)
{
        size_t start = column;

        while (text.length > 0) {
                struct text word = text_until_offset(text, word_length(text));

                text = text_from_offset(text, word.length);
                if (column > start && column + columns(word) > WIDTH) {
                        prose_format(out, "\n%*s", (int)indent, "");
                        column = start = indent;
                        (void)text_eat(&word, TEXT(" ")); /* the line's end stands for it */
                }
                prose_add(out, word);
                column += columns(word);
        }
        prose_add(out, TEXT("\n"));
}

/* Nothing on the line: nothing is known, and no line. */
static void add_line(struct prose *out, const char *label, const struct line *line)
{
        if (line->prose.length == 0)
                return;
        prose_format(out, "  %-*s", LABEL_INDENT - 2, label);
        add_wrapped(out, line_text(line), LABEL_INDENT, LABEL_INDENT);
}

static void add_size(struct line *line, const char *what, int64_t bytes)
{
        const double mib = 1024.0 * 1024.0;
        double size = (double)bytes;

        if (bytes == OOM_UNKNOWN)
                return;
        line_next(line);
        if (size < 10240 * mib)
                prose_format(&line->prose, "%s %.1f MiB", what, size / mib);
        else
                prose_format(&line->prose, "%s %.1f GiB", what, size / mib / 1024);
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

static void add_headline(struct prose *out, const struct alert *alert)
{
        static const char *const severity_words[] = {
                [ALERT_CRITICAL] = "CRITICAL",
                [ALERT_ERROR] = "ERROR",
                [ALERT_WARNING] = "WARNING",
        };
        char time[ALERT_TIME_SIZE];
        size_t start = out->length;

        if (alert->context.time_source != ALERT_TIME_UNKNOWN && alert_time(alert->context.time_usec, time))
                prose_format(out, "%.10s %.8s UTC ", time, time + 11);
        prose_format(out, "%s ", severity_words[alert->severity]);
        add_wrapped(out, text_from(alert->summary), out->length - start, 2);
}

static void add_victim(struct prose *out, struct line *line, const struct alert *alert)
{
        const struct oom_victim *victim = &alert->incident->victim;

        line_start(line);
        if (victim->comm.known || victim->pid != OOM_UNKNOWN)
                alert_process_words(&line->prose, &victim->comm, victim->pid);
        if (alert->context.victim_user.length > 0) {
                line_next(line);
                prose_add(&line->prose, TEXT("user "));
                prose_name(&line->prose, alert->context.victim_user, OWNER_NAME_MAX);
        }
        add_number(line, "uid", victim->uid);
        add_number(line, "oom_score_adj", victim->oom_score_adj);
        add_line(out, "Victim", line);

        line_start(line);
        prose_name(&line->prose, alert->context.victim_cmdline, NAME_SHOWN);
        add_line(out, "Command", line);

        line_start(line);
        add_size(line, "anonymous", victim->anon_rss_bytes);
        add_size(line, "file", victim->file_rss_bytes);
        add_size(line, "shared", victim->shmem_rss_bytes);
        add_size(line, "page tables", victim->pgtables_bytes);
        add_size(line, "virtual", victim->total_vm_bytes);
        add_line(out, "Memory", line);
}

static void add_owner(struct prose *out, struct line *line, const struct alert *alert)
{
        const struct owner *owner = &alert->owner;

        line_start(line);
        add_word(line, owner->container_runtime ? owner->container_runtime : "container", owner->container_id);
        add_word(line, "pod", owner->pod_uid);
        add_word(line, "user unit", owner->user_unit);
        add_word(line, "unit", owner->unit);
        add_word(line, "slice", owner->slice);
        add_line(out, "Owner", line);

        line_start(line);
        prose_name(&line->prose, alert->cgroup, NAME_SHOWN);
        add_line(out, "Cgroup", line);
}

static void add_trigger(struct prose *out, struct line *line, const struct oom_trigger *trigger)
{
        line_start(line);
        if (trigger->comm.known || trigger->pid != OOM_UNKNOWN)
                alert_process_words(&line->prose, &trigger->comm, trigger->pid);
        if (trigger->sysrq) {
                line_next(line);
                prose_add(&line->prose, TEXT("SysRq"));
        } else
                add_number(line, "order", trigger->order);
        if (trigger->gfp_flags.known) {
                line_next(line);
                prose_name(&line->prose, oom_path_text(&trigger->gfp_flags), OOM_GFP_MAX);
        }
        add_line(out, "Trigger", line);
}

static void add_limit(struct prose *out, struct line *line, const struct alert *alert)
{
        const struct oom_path *limit_memcg = &alert->report->limit_memcg;

        line_start(line);
        if (limit_memcg->known)
                prose_name(&line->prose, oom_path_text(limit_memcg), NAME_SHOWN);
        add_word(line, "unit", alert->limit_owner.unit);
        add_line(out, "Limit", line);
}

static void add_missing(struct prose *out, struct line *line, const struct alert *alert)
{
        const char *missing[ALERT_MISSING_MAX];
        size_t count = alert_missing(alert, missing);

        line_start(line);
        for (size_t i = 0; i < count; i++) {
                line_next(line);
                prose_add(&line->prose, text_from(missing[i]));
        }
        if (count > 0)
                prose_add(&line->prose, TEXT(" of the kernel's report"));
        add_line(out, "Missing", line);
}

char *alert_to_text(const struct alert *alert)
{
        char buffer[TEXT_SIZE];
        struct prose out = prose_start(buffer, sizeof(buffer));
        struct line line;

        add_headline(&out, alert);
        if (alert->incident) {
                add_victim(&out, &line, alert);
                add_owner(&out, &line, alert);
                if (alert->report) {
                        add_trigger(&out, &line, &alert->report->trigger);
                        add_limit(&out, &line, alert);
                }
                add_missing(&out, &line, alert);
        }
        return strdup(buffer);
}
