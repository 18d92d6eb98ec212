/* What systemd-oomd says of its kills, and process 1 of these and of the kernel's. */

#include "killer/parse.h"
#include "util/array.h"

bool killer_eat_decimal(struct text *text)
{
        struct text rest = *text;
        uint64_t number;

        if (!text_eat_u64(&rest, &number) || (text_eat(&rest, TEXT(".")) && !text_eat_u64(&rest, &number)))
                return false;
        *text = rest;
        return true;
}

static bool is_decimal_end(struct text text, struct text end)
{
        return text_eat_end(&text, end) && killer_eat_decimal(&text) && text.length == 0;
}

/* "/a being 71.20% > 60.00% for > 20s with reclaim activity": the cgroup that was watched; empty: it is something else */
static struct text watched_of(struct text reason)
{
        struct text watched, figures, before, after, none = { 0 };

        if (!text_eat_end(&reason, TEXT(" with reclaim activity")) ||
            !text_split_last(reason, TEXT(" being "), &watched, &figures) ||
            !text_split(figures, TEXT(" > "), &before, &after) || !is_decimal_end(before, TEXT("%")) ||
            !text_split(after, TEXT(" for > "), &before, &after) || !is_decimal_end(before, TEXT("%")) ||
            after.length == 0 || after.data[0] < '0' || after.data[0] > '9')
                return none;
        return text_starts(watched, TEXT("/")) ? watched : none;
}

/* "used (7912341504) / total (8218345472) and swap used (1934565376) / total (2147479552) being more than 90.00%", and how 247 to 250
 * have it of the swap alone */
static bool is_use(struct text text)
{
        struct text before, after;
        int64_t number;

        return text_split_last(text, TEXT(" being more than "), &before, &after) && is_decimal_end(after, TEXT("%")) &&
               text_eat(&before, TEXT("(")) && killer_eat_number(&before, &number) &&
               text_eat(&before, TEXT(") / total (")) && killer_eat_number(&before, &number) &&
               text_eat(&before, TEXT(")")) &&
               (before.length == 0 || (text_eat(&before, TEXT(" and swap used (")) &&
                                       killer_eat_number(&before, &number) && text_eat(&before, TEXT(") / total (")) &&
                                       killer_eat_number(&before, &number) && text_equal(before, TEXT(")"))));
}

/* Splits "/a due to memory pressure for /a being ..." where the reason begins. Names may hold the words between: where the cgroup that was
 * watched is named, it is the victim's or one above it. */
static bool split_reason(struct text text, struct text words, struct text *ret_cgroup, struct text *ret_reason)
{
        static const struct text pressure = { " due to memory pressure for ", 28 };
        static const char *const uses[] = { " due to memory used ", " due to swap used " };
        struct text before, after;
        ptrdiff_t at;

        for (at = text_find(text, pressure, 0); at >= 0; at = text_find(text, pressure, (size_t)at + 1)) {
                struct text cgroup = text_until_offset(text, (size_t)at);
                struct text watched = watched_of(text_from_offset(text, (size_t)at + pressure.length));

                if (!watched.length || !text_eat_end(&cgroup, words) || !text_starts(cgroup, watched))
                        continue;
                *ret_cgroup = cgroup;
                *ret_reason = text_from_offset(text, (size_t)at + sizeof(" due to ") - 1);
                return true;
        }
        for (size_t i = 0; i < COUNT(uses); i++)
                if (text_split_last(text, text_from(uses[i]), &before, &after) && is_use(after) &&
                    text_eat_end(&before, words)) {
                        *ret_cgroup = before;
                        *ret_reason = text_from_offset(text, before.length + words.length + sizeof(" due to ") - 1);
                        return true;
                }
        return false;
}

static bool parse_with_reason(struct text rest, struct text words, struct killer_line *line)
{
        struct text text = { rest.data - 1, rest.length + 1 }; /* the '/' is one of the row's words */
        struct text cgroup, reason;

        if (!split_reason(text, words, &cgroup, &reason))
                return false;
        line->claim.killer = KILLER_SYSTEMD_OOMD;
        line->claim.signal = KILLER_SIGKILL;
        killer_path_set(&line->claim.cgroup, cgroup);
        killer_reason_set(&line->claim, reason);
        return true;
}

bool killer_parse_killed(struct text rest, struct killer_line *line)
{
        return parse_with_reason(rest, TEXT(""), line);
}

bool killer_parse_marked(struct text rest, struct killer_line *line)
{
        line->claim.is_intention = true;
        return parse_with_reason(rest, TEXT(" for killing"), line);
}

/* "tight' conditions met for cgroup /a (lasting 1s), taking action kill-all". Where it kills by scans or swap, /a was watched, and the
 * victim is below it. */
bool killer_parse_rule(struct text rest, struct killer_line *line)
{
        struct text name, cgroup, action, before, after;

        if (!text_split(rest, TEXT("' conditions met for cgroup "), &name, &cgroup) ||
            !text_split_last(cgroup, TEXT(", taking action kill-"), &cgroup, &action) ||
            !text_starts(cgroup, TEXT("/")))
                return false;
        if (text_ends(cgroup, TEXT(")")) && text_split_last(cgroup, TEXT(" (lasting "), &before, &after))
                cgroup = before;
        if (!text_equal(action, TEXT("all")) && !text_equal(action, TEXT("by-pgscan")) &&
            !text_equal(action, TEXT("by-swap")))
                return false;
        line->claim.killer = KILLER_SYSTEMD_OOMD;
        line->claim.signal = KILLER_SIGKILL;
        line->claim.is_intention = true;
        line->claim.is_pressure_only = !text_equal(action, TEXT("all"));
        killer_path_set(&line->claim.cgroup, cgroup);
        killer_reason_set(&line->claim,
                          text_until_offset((struct text){ rest.data - 6, 0 }, rest.length + 6)); /* "Rule '" */
        return true;
}

static bool is_unit(struct text name)
{
        static const char *const types[] = { ".service", ".scope", ".slice", ".mount", ".socket", ".swap" };

        if (memchr(name.data, ' ', name.length) || memchr(name.data, '/', name.length))
                return false;
        for (size_t i = 0; i < COUNT(types); i++)
                if (text_ends(name, text_from(types[i])))
                        return true;
        return false;
}

/* "a.service: systemd-oomd killed 2 process(es) in this unit." and what it says of the kernel's kills. What it says of a slice is an old
 * story: it counts all that happened anywhere below. */
bool killer_parse_unit(struct text rest, struct killer_line *line)
{
        struct text unit, words;
        struct killer_claim *claim = &line->claim;

        if (!text_split(rest, TEXT(": "), &unit, &words) || unit.length > KILLER_NAME_MAX || unit.length == 0 ||
            !is_unit(unit) || text_ends(unit, TEXT(".slice")))
                return false;
        if (text_eat(&words, TEXT("systemd-oomd killed "))) {
                if (!killer_eat_number(&words, &claim->n_processes) && !text_eat(&words, TEXT("some")))
                        return false;
                if (!text_equal(words, TEXT(" process(es) in this unit.")))
                        return false;
                claim->killer = KILLER_SYSTEMD_OOMD;
        } else if (text_equal(words, TEXT("A process of this unit has been killed by the OOM killer.")) ||
                   text_equal(words, TEXT("The kernel OOM killer killed some processes in this unit."))) {
                claim->is_kernels = true;
        } else {
                return false;
        }
        claim->is_retelling = true;
        killer_name_set(&claim->unit, unit);
        return true;
}
