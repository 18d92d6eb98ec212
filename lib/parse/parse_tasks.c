/* lib/parse/parse_tasks.c: the task table (mm/oom_kill.c: dump_tasks()): its header's column names make the layout, and a
 * layout reads a row. A column that this code has no name for is a number that is passed over.
 *
 * A line alone does not say how many of its numbers are columns: a process may be named "7 0". So the kind of a row is
 * recognised by its beginning, and parser_tasks.c reads it by the header that came before it. */

#include "parse/parse.h"
#include "util/array.h"

/* Up to 6.19 a row is at most some 150 bytes; numbers in it have their limit in tasks.h. */
#define DIGITS_MAX 18

/* ---- "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name" ---------------------------- */

static enum oom_column column_from(struct text name)
{
        static const struct {
                struct text name;
                enum oom_column column;
        } columns[] = {
                { { "uid", 3 }, OOM_COLUMN_UID },
                { { "tgid", 4 }, OOM_COLUMN_TGID },
                { { "total_vm", 8 }, OOM_COLUMN_TOTAL_VM },
                { { "rss", 3 }, OOM_COLUMN_RSS },
                { { "rss_anon", 8 }, OOM_COLUMN_RSS_ANON },
                { { "rss_file", 8 }, OOM_COLUMN_RSS_FILE },
                { { "rss_shmem", 9 }, OOM_COLUMN_RSS_SHMEM },
                { { "nr_ptes", 7 }, OOM_COLUMN_NR_PTES },
                { { "nr_pmds", 7 }, OOM_COLUMN_NR_PMDS },
                { { "pgtables_bytes", 14 }, OOM_COLUMN_PGTABLES_BYTES },
                { { "swapents", 8 }, OOM_COLUMN_SWAPENTS },
                { { "cpu", 3 }, OOM_COLUMN_CPU },
                { { "oom_adj", 7 }, OOM_COLUMN_OOM_ADJ },
                { { "oom_score_adj", 13 }, OOM_COLUMN_OOM_SCORE_ADJ },
        };

        for (size_t i = 0; i < COUNT(columns); i++)
                if (text_equal(name, columns[i].name))
                        return columns[i].column;
        return OOM_COLUMN_UNKNOWN;
}

/* Takes blanks, and the word after them. An empty one: the line is at its end. */
static struct text eat_word(struct text *rest)
{
        (void)text_eat_blanks(rest);
        return text_eat_until(rest, ' ');
}

/* "[  pid  ]" or "[ pid ]". dmesg -S of util-linux 2.41 takes it for a caller, and pads it in front to another width. */
static bool eat_pid_title(struct text *text, bool *ret_is_wide)
{
        struct text rest = *text;

        if (!text_eat(&rest, TEXT("[")) || text_eat_blanks(&rest) == 0 || !text_eat(&rest, TEXT("pid ")))
                return false;
        *ret_is_wide = text_eat(&rest, TEXT(" "));
        if (!text_eat(&rest, TEXT("]")))
                return false;
        *text = rest;
        return true;
}

bool oom_parse_tasks_header(struct text text, struct oom_line *line)
{
        struct oom_layout layout = { .count = 1, .columns = { OOM_COLUMN_PID } };
        struct text word;

        if (!eat_pid_title(&text, &layout.is_wide_pid))
                return false;
        for (word = eat_word(&text); word.length && !text_equal(word, TEXT("name")); word = eat_word(&text)) {
                enum oom_column column = column_from(word);

                if (layout.count == OOM_COLUMNS_MAX ||
                    (column != OOM_COLUMN_UNKNOWN && oom_layout_has(&layout, column)))
                        return false;
                layout.columns[layout.count++] = (uint8_t)column;
        }
        if (!word.length || eat_word(&text).length)
                return false;
        line->tasks_header = layout;
        return true;
}

/* ---- "[    352]     0   352    13091    12711   143360        0             0 hog" ---------------------------------- */

bool oom_parse_tasks_row(struct text text, struct oom_line *line)
{
        int64_t pid;

        /* drivers begin their lines with '[' too, "[drm] ..." */
        (void)text_eat(&text, TEXT("["));
        (void)text_eat_blanks(&text);
        if (!oom_eat_pid(&text, &pid) || !text_eat(&text, TEXT("]")) || !text_starts(text, TEXT(" ")))
                return false;
        line->tasks_row = (struct oom_line_tasks_row){ pid, text };
        return true;
}

/* One or more blanks and a number. This runs a dozen times for each of 100,000 rows. */
static bool eat_column(struct text *rest, int64_t *ret_value)
{
        const char *at = rest->data, *end = at + rest->length, *digits;
        int64_t value = 0;
        bool is_negative;

        if (at == end || *at != ' ')
                return false;
        while (at < end && *at == ' ')
                at++;
        is_negative = at < end && *at == '-';
        at += is_negative;
        for (digits = at; at < end && (unsigned char)(*at - '0') < 10; at++) {
                if (at - digits == DIGITS_MAX)
                        return false;
                value = 10 * value + (*at - '0');
        }
        if (at == digits)
                return false;
        *rest = (struct text){ at, (size_t)(end - at) };
        *ret_value = is_negative ? -value : value;
        return true;
}

/* False: the kernel prints no such number there. */
static bool check_value(enum oom_column column, int64_t *value)
{
        switch (column) {
        case OOM_COLUMN_UID:
                *value = oom_uid(*value);
                return *value != OOM_UNKNOWN;
        case OOM_COLUMN_PID:
        case OOM_COLUMN_TGID:
                return *value >= 0 && *value <= INT32_MAX;
        case OOM_COLUMN_OOM_ADJ:
                return *value >= OOM_ADJ_MIN && *value <= OOM_ADJ_MAX;
        case OOM_COLUMN_OOM_SCORE_ADJ:
                return *value >= OOM_SCORE_ADJ_MIN && *value <= OOM_SCORE_ADJ_MAX;
        case OOM_COLUMN_UNKNOWN:
                return true;
        default:
                return *value >= 0 && *value <= OOM_TASK_VALUE_MAX;
        }
}

/* Reads the columns of layout off the front of *rest; others stay unknown. */
static bool eat_columns(const struct oom_layout *layout, int64_t pid, struct text *rest, int64_t *values)
{
        oom_set_unknown(values, OOM_COLUMN_COUNT);
        values[OOM_COLUMN_PID] = pid;
        for (size_t i = 1; i < layout->count; i++) {
                enum oom_column column = layout->columns[i];

                if (!eat_column(rest, &values[column]) || !check_value(column, &values[column]))
                        return false;
        }
        values[OOM_COLUMN_UNKNOWN] = OOM_UNKNOWN;
        return true;
}

bool oom_task_parse(const struct oom_layout *layout, int64_t pid, struct text rest, int64_t *values,
                    struct text *ret_name)
{
        /* "%5hd %s": of an empty name only the blank is there, and whoever copied the line may have lost it */
        if (!eat_columns(layout, pid, &rest, values) || (rest.length && !text_eat(&rest, TEXT(" "))))
                return false;
        *ret_name = rest;
        return rest.length <= OOM_COMM_MAX;
}

/* ---- a row whose header was lost ------------------------------------------------------------------------------------- */

/* All layouts with oom_score_adj print it last, as "         %5hd %s": a number after that many blanks, with only
 * numbers before it, and a name after it. A name may hold the same; then it isn't clear where it begins. */
#define ADJ_BLANKS 9

static bool name_after_adj(struct text rest, int64_t *ret_adj, struct text *ret_name)
{
        struct text number = rest;
        size_t found = 0;
        int64_t value;

        for (; eat_column(&rest, &value); number = rest) {
                size_t blanks = text_eat_blanks(&number);
                struct text name = rest;

                if (blanks < ADJ_BLANKS || value < OOM_SCORE_ADJ_MIN || value > OOM_SCORE_ADJ_MAX)
                        continue;
                if ((rest.length && !text_eat(&name, TEXT(" "))) || name.length > OOM_COMM_MAX)
                        continue;
                found++;
                *ret_adj = value;
                *ret_name = name;
        }
        return found == 1;
}

bool oom_task_parse_certain(int64_t pid, struct text rest, int64_t *values, struct text *ret_name)
{
        static const struct oom_layout front = {
                .count = 5,
                .columns = { OOM_COLUMN_PID, OOM_COLUMN_UID, OOM_COLUMN_TGID, OOM_COLUMN_TOTAL_VM, OOM_COLUMN_RSS },
        };
        int64_t more;

        if (!eat_columns(&front, pid, &rest, values))
                return false;
        if (!name_after_adj(rest, &values[OOM_COLUMN_OOM_SCORE_ADJ], ret_name)) {
                values[OOM_COLUMN_OOM_SCORE_ADJ] = OOM_UNKNOWN;
                *ret_name = (struct text){ 0 };
        }
        for (int i = 0; i < 2; i++) /* every layout has so many numbers more at least */
                if (!eat_column(&rest, &more))
                        return false;
        return true;
}
