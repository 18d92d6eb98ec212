/* lib/parse/parse_memcg.c: the lines about the cgroup whose limit was hit (mem_cgroup_print_oom_meminfo(), mm/memcontrol.c).
 *
 * A cgroup's path is between the kernel's words and its figures, and may hold anything: the figures are looked for from the
 * right. */

#include "parse/parse.h"

/* No counter of a cgroup can reach this; what 64-bit kernels print for "no limit" is above it in all versions. */
#define UNLIMITED_KILOBYTES (INT64_C(1) << 50)

/* ---- "memory: usage 51200kB, limit 51200kB, failcnt 658" -------------------------------------------------------------- */

static bool eat_counter(struct text *text, int64_t *ret_bytes)
{
        int64_t kilobytes;

        if (!oom_eat_number(text, &kilobytes) || !text_eat(text, TEXT("kB")))
                return false;
        *ret_bytes = kilobytes >= UNLIMITED_KILOBYTES ? OOM_UNLIMITED : kilobytes * 1024;
        return true;
}

/* "No limit" of a 32-bit kernel since 3.19: PAGE_COUNTER_MAX is LONG_MAX pages, of 4 to 256 KiB. Nobody sets such a limit. */
static bool is_unlimited_of_32_bit(int64_t bytes)
{
        for (int64_t page_bytes = 4096; page_bytes <= INT64_C(256) * 1024; page_bytes *= 2)
                if (bytes == INT32_MAX * page_bytes)
                        return true;
        return false;
}

static bool eat_limit(struct text *text, int64_t *ret_bytes)
{
        if (!eat_counter(text, ret_bytes))
                return false;
        if (is_unlimited_of_32_bit(*ret_bytes))
                *ret_bytes = OOM_UNLIMITED;
        return true;
}

/* ", failcnt 658", at the end */
static bool eat_failcnt(struct text *text, struct oom_line *line)
{
        struct oom_usage *usage = &line->usage.usage;

        usage->failcnt = OOM_UNKNOWN;
        if (oom_may_be_cut(line) && text_starts(TEXT(", failcnt "), *text))
                return line->is_cut = true;
        if (!text_eat(text, TEXT(", failcnt ")) || !oom_eat_number(text, &usage->failcnt) || text->length)
                return false;
        if (!oom_is_whole_at_end(line, usage->failcnt, true)) {
                usage->failcnt = OOM_UNKNOWN;
                line->is_cut = true;
        }
        return true;
}

bool oom_parse_usage(struct text text, struct oom_line *line)
{
        static const char names[OOM_USAGE_COUNT][16] = {
                [OOM_USAGE_MEMORY] = "memory: ",
                [OOM_USAGE_MEMSW] = "memory+swap: ",
                [OOM_USAGE_KMEM] = "kmem: ",
                [OOM_USAGE_SWAP] = "swap: ",
        };
        struct oom_usage *usage = &line->usage.usage;

        for (size_t i = 0; i < OOM_USAGE_COUNT; i++) {
                if (!text_eat(&text, text_from(names[i])))
                        continue;
                line->usage.which = (enum oom_usage_kind)i;
                return text_eat(&text, TEXT("usage ")) && eat_counter(&text, &usage->usage_bytes) &&
                       usage->usage_bytes != OOM_UNLIMITED && text_eat(&text, TEXT(", limit ")) &&
                       eat_limit(&text, &usage->limit_bytes) && eat_failcnt(&text, line);
        }
        return false;
}

/* ---- "Memory cgroup min protection 12288kB -- low protection 0kB" ------------------------------------------------------- */

static bool eat_kilobytes(struct text *text, struct text end, int64_t *ret_bytes)
{
        return oom_eat_number(text, ret_bytes) && text_eat(text, end) &&
               !__builtin_mul_overflow(*ret_bytes, 1024, ret_bytes);
}

bool oom_parse_protection(struct text text, struct oom_line *line)
{
        return text_eat(&text, TEXT("Memory cgroup min protection ")) &&
               eat_kilobytes(&text, TEXT("kB -- low protection "), &line->protection.min_bytes) &&
               eat_kilobytes(&text, TEXT("kB"), &line->protection.low_bytes) && text.length == 0;
}

/* ---- statistics ------------------------------------------------------------------------------------------------------- */

static bool is_name(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t name_length(struct text text)
{
        size_t i = 0;

        while (i < text.length && is_name(text.data[i]))
                i++;
        return text.length && text.data[0] >= 'a' && text.data[0] <= 'z' ? i : 0;
}

bool oom_stat_next(struct text *entries, struct text *ret_name, int64_t *ret_value)
{
        struct text rest = *entries, name;
        int64_t value;
        size_t length;
        bool is_line;

        while (rest.length && (rest.data[0] == ' ' || rest.data[0] == '\n'))
                rest = text_from_offset(rest, 1);
        length = name_length(rest);
        name = text_until_offset(rest, length);
        rest = text_from_offset(rest, length);
        is_line = text_starts(rest, TEXT(" "));
        if (length == 0 || (!text_eat(&rest, TEXT(" ")) && !text_eat(&rest, TEXT(":"))) ||
            !oom_eat_number(&rest, &value))
                return false;
        if (!is_line && (!text_eat(&rest, TEXT("KB")) || __builtin_mul_overflow(value, 1024, &value)))
                return false;
        if (rest.length && rest.data[0] != (is_line ? '\n' : ' '))
                return false;
        *entries = rest;
        *ret_name = name;
        *ret_value = value;
        return true;
}

/* Where the " cache:1KB rss:2KB" at the end of text begins. */
static size_t entries_begin(struct text text)
{
        for (;;) {
                struct text rest = text;
                int64_t value;
                size_t name;

                if (!text_eat_end(&rest, TEXT("KB")) || !text_eat_end_i64(&rest, false, &value) ||
                    !text_eat_end(&rest, TEXT(":")))
                        return text.length;
                name = rest.length;
                while (name > 0 && is_name(rest.data[name - 1]))
                        name--;
                if (name == rest.length || name == 0 || rest.data[name - 1] != ' ')
                        return text.length;
                text.length = name - 1;
        }
}

/* Of a cut line, what comes before the entry that the cut left a part of. */
static struct text without_cut_entry(struct text text)
{
        ptrdiff_t at = text_find_last(text, TEXT(" "));
        struct text whole = text_until_offset(text, at < 0 ? text.length : (size_t)at);

        return entries_begin(whole) < whole.length || text_ends(whole, TEXT(":")) ? whole : text;
}

/* Up to 5.2 "Memory cgroup stats for /a: cache:1KB rss:2KB ...", a line for each cgroup below the limit; from 5.3 on "Memory
 * cgroup stats for /a:", and the figures follow in records of their own. 3.10 leaves " for /a" out when it has no path. */
bool oom_parse_stats(struct text text, struct oom_line *line)
{
        struct oom_line_stats *stats = &line->stats;
        struct text head;
        size_t begin;

        *stats = (struct oom_line_stats){ 0 };
        if (!text_eat(&text, TEXT("Memory cgroup stats")))
                return false;
        begin = entries_begin(text);
        if (begin == text.length && oom_may_be_cut(line)) {
                struct text whole = without_cut_entry(text);

                line->is_cut = whole.length < text.length || !text_ends(text, TEXT(":"));
                begin = entries_begin(whole);
                text = whole;
        }
        head = text_until_offset(text, begin);
        if (text_eat_end(&head, TEXT(":"))) { /* else not all pieces of the line are here */
                stats->is_heading = begin == text.length && !line->is_cut;
                stats->entries = text_from_offset(text, begin);
                if (text_eat(&head, TEXT(" for ")))
                        stats->memcg = head;
        } else {
                stats->is_heading = line->is_cut; /* in its path: it may be one */
        }
        return text.length == 0 || text.data[0] == ' ' || text.data[0] == ':';
}

/* What may be left of an entry whose end was cut off: "pgsc", "pgscan ", "pgscan 12" */
static bool is_cut_entry(struct text text)
{
        uint64_t value;

        text = text_from_offset(text, name_length(text));
        return text.length == 0 ||
               (text_eat(&text, TEXT(" ")) && (text.length == 0 || (text_eat_u64(&text, &value) && text.length == 0)));
}

/* "anon 52264960" (6.5 on), or all of them in one record with newlines between (5.3 to 6.4), the last one perhaps cut. */
bool oom_parse_stat(struct text text, struct oom_line *line)
{
        struct text rest, name;
        int64_t value;

        if (line->end == OOM_END_LOST) {
                ptrdiff_t newline = text_find_last(text, TEXT("\n"));

                line->is_cut = true;
                text = text_until_offset(text, newline < 0 ? 0 : (size_t)newline);
        }
        rest = text;
        if (!oom_stat_next(&rest, &name, &value) || name.data != text.data || name.data[name.length] != ' ')
                return false;
        while (text_eat(&rest, TEXT("\n"))) {
                struct text entry = rest;

                if (oom_stat_next(&rest, &name, &value) && name.data == entry.data && name.data[name.length] == ' ')
                        continue;
                if (!is_cut_entry(entry))
                        return false;
                rest.length = 0;
        }
        line->stats = (struct oom_line_stats){ .entries = text };
        return rest.length == 0;
}
