/* lib/parse/parser_memcg.c: the lines about the cgroup whose limit was hit. */

#include "parse/parser_state.h"
#include "util/array.h"

/* The report that a line of the cgroup's block belongs to. When its head was lost: a new one, which becomes an
 * incident only if it comes to a kill. */
static struct report_slot *memcg_report(struct oom_parser *parser, const struct kmsg_line *line)
{
        struct report_slot *slot = parser_find_open(parser, line);

        if (slot && parser_goes_on(slot, line)) {
                if (!slot->body.is_over)
                        return slot;
                if (!slot->may_lack_parts)
                        return NULL; /* out of place */
        }
        slot = parser_begin_report(parser, line);
        slot->may_lack_parts = true;
        return slot;
}

void parser_on_usage(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = memcg_report(parser, line);
        struct oom_usage *usage;

        if (!slot)
                return;
        slot->report.parts |= OOM_PART_MEMCG;
        if (slot->report.scope == OOM_SCOPE_UNKNOWN)
                slot->report.scope = OOM_SCOPE_MEMCG;
        if (slot->body.has_memory)
                parser_memory_doubt(slot); /* where a report has both (up to 3.8), this block is the first */
        usage = &slot->report.memcg.usages[parsed->usage.which];
        if (usage->usage_bytes != OOM_UNKNOWN)
                return;
        *usage = parsed->usage.usage;
        /* Where swap isn't accounted (swapaccount=0) this counter stays at 0: memory is a part of what it would count. */
        if (parsed->usage.which == OOM_USAGE_MEMSW && usage->usage_bytes == 0)
                usage->usage_bytes = usage->failcnt = OOM_UNKNOWN;
}

/* It comes last in the body, whether that is about a cgroup or about the machine. A page allocation failure prints it too. */
void parser_on_protection(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_body(parser, line);

        if (slot && !slot->body.has_foreign && slot->report.protection.min_bytes == OOM_UNKNOWN)
                slot->report.protection = parsed->protection;
}

/* Finds the statistic of that name, or makes it, with an unknown value; NULL: there is no room for it. */
static struct oom_stat *stat_of(struct oom_memcg *memcg, struct text name)
{
        struct oom_stat *stat;

        for (size_t i = 0; i < memcg->n_stats; i++)
                if (text_equal((struct text){ memcg->stats[i].name, memcg->stats[i].name_length }, name))
                        return &memcg->stats[i];
        if (memcg->n_stats == OOM_STATS_MAX || name.length > OOM_STAT_NAME_MAX) {
                memcg->is_stats_cut = true;
                return NULL;
        }
        stat = &memcg->stats[memcg->n_stats++];
        stat->name_length = (uint8_t)name.length;
        memcpy(stat->name, name.data, name.length);
        stat->value = OOM_UNKNOWN;
        return stat;
}

/* Up to 5.2 there is a line for each cgroup of the subtree, and it comes again, longer, with each of its pieces: what its
 * shorter form added is taken back first. */
static void begin_sums(struct report_slot *slot, bool is_again)
{
        struct oom_memcg *memcg = &slot->report.memcg;
        struct body_state *body = &slot->body;

        if (is_again) {
                memcg->n_stats = body->n_stats_before;
                for (size_t i = 0; i < memcg->n_stats; i++)
                        memcg->stats[i].value -= body->stats_added[i];
        }
        body->n_stats_before = memcg->n_stats;
        for (size_t i = 0; i < OOM_STATS_MAX; i++)
                body->stats_added[i] = 0;
}

static void add_to_sum(struct report_slot *slot, struct text name, int64_t value)
{
        struct oom_memcg *memcg = &slot->report.memcg;
        struct oom_stat *stat = stat_of(memcg, name);
        int64_t sum;

        if (!stat)
                return;
        if (stat->value == OOM_UNKNOWN)
                stat->value = 0;
        if (__builtin_add_overflow(stat->value, value, &sum)) {
                memcg->is_stats_cut = true; /* no machine has so much: passed over */
                return;
        }
        stat->value = sum;
        slot->body.stats_added[stat - memcg->stats] += value;
}

/* A log's line was cut: its statistics, all lines of a report have them in the same order, are the only ones whose sum is known. */
static void drop_sums(struct report_slot *slot, struct text entries)
{
        struct oom_memcg *memcg = &slot->report.memcg;
        struct text name;
        int64_t value;
        uint8_t count = 0;

        while (count < OOM_STATS_MAX && oom_stat_next(&entries, &name, &value))
                count++;
        if (count < slot->body.n_sums_max)
                slot->body.n_sums_max = count;
        if (memcg->n_stats > count)
                memcg->n_stats = count;
        memcg->is_stats_cut = true;
}

void parser_on_stats(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = memcg_report(parser, line);
        struct text entries = parsed->stats.entries, name;
        int64_t value;

        if (!slot)
                return;
        if (slot->body.has_memory && !slot->body.has_stats)
                parser_memory_doubt(slot); /* another's: see parser_on_mem_info() */
        /* A report of which nobody is the victim names its cgroup here alone (5.0 on). Where all cgroups below the limit have such a line
         * (up to 5.2), the first one after the usage is of the limit's own. */
        if (!slot->report.limit_memcg.is_known && (!slot->body.has_stats || line->is_extended) &&
            slot->report.memcg.usages[OOM_USAGE_MEMORY].usage_bytes != OOM_UNKNOWN && !slot->may_lack_parts &&
            parsed->stats.memcg.data) {
                slot->report.scope = OOM_SCOPE_MEMCG;
                parser_path_set(parser, line, &slot->report.limit_memcg, parsed->stats.memcg);
        }
        slot->body.has_stats = true;
        slot->body.has_sums |= entries.length > 0;
        /* The lines of the subtree follow those of usage: without these, some of them may have been lost. */
        if (slot->report.memcg.usages[OOM_USAGE_MEMORY].usage_bytes != OOM_UNKNOWN) {
                begin_sums(slot, parser_body_take(slot, line));
                while (oom_stat_next(&entries, &name, &value))
                        add_to_sum(slot, name, value);
                if (parsed->is_cut)
                        drop_sums(slot, parsed->stats.entries);
                else if (slot->report.memcg.n_stats > slot->body.n_sums_max)
                        slot->report.memcg.n_stats = slot->body.n_sums_max;
        }
        slot->body.block = parsed->stats.is_heading ? BODY_STATS : BODY_ELSEWHERE;
}

/* All statistics in one record (5.3 to 6.4). If that has the maximum length, its end is missing, and its last entry may be cut. If it is one byte shorter, that byte was the newline after a whole entry, which the kernel takes off. */
static struct text without_cut(const struct kmsg_line *line, bool *ret_cut)
{
        const size_t limits[] = { line->caller.length ? RECORD_TEXT_CALLER_MAX : RECORD_TEXT_MAX, RECORD_TEXT_6_4_MAX };
        ptrdiff_t newline = text_find_last(line->text, TEXT("\n"));

        *ret_cut = false;
        for (size_t i = 0; i < COUNT(limits) && newline >= 0; i++) {
                *ret_cut |= line->text.length == limits[i] - 1;
                if (line->text.length == limits[i]) {
                        *ret_cut = true;
                        return text_until_offset(line->text, (size_t)newline);
                }
        }
        return line->text;
}

void parser_on_stat(struct oom_parser *parser, const struct kmsg_line *line, const struct oom_line *parsed)
{
        struct report_slot *slot = parser_find_body(parser, line);
        struct oom_memcg *memcg = slot ? &slot->report.memcg : NULL;
        struct text entries, name;
        bool is_cut;
        int64_t value;

        if (!memcg)
                return;
        entries = without_cut(line, &is_cut);
        if (parsed->is_cut) {
                entries = parsed->stats.entries;
                is_cut = true;
        }
        while (oom_stat_next(&entries, &name, &value)) {
                struct oom_stat *stat = stat_of(memcg, name);

                if (stat && stat->value == OOM_UNKNOWN)
                        stat->value = value;
        }
        memcg->is_stats_cut |= is_cut || entries.length > 0; /* what is left is an entry that was cut */
}
