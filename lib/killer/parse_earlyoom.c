/* earlyoom, of 1.3 to 1.9. Names are not escaped, so they may hold quotes and what looks like the line's end. */

#include "killer/parse.h"

#define MIB INT64_C(1048576)

/* "badness 846, VmRSS 177 MiB", or of 1.8 and later "oom_score 854, oom_score_adj 0, VmRSS 186 MiB, cmdline \"/bin/a\"" */
static bool parse_figures(struct text text, struct killer_claim *claim)
{
        bool is_new = text_eat(&text, TEXT("oom_score "));
        uint64_t mib;

        if ((!is_new && !text_eat(&text, TEXT("badness "))) || !killer_eat_number(&text, &claim->badness))
                return false;
        if (is_new && (!text_eat(&text, TEXT(", oom_score_adj ")) || !text_eat_i64(&text, &claim->oom_score_adj)))
                return false;
        if (!text_eat(&text, TEXT(", VmRSS ")) || !text_eat_u64(&text, &mib) || !text_eat(&text, TEXT(" MiB")))
                return false;
        claim->sizes[KILLER_RSS] = killer_bytes(mib, MIB);
        return text.length == 0 || (is_new && text_eat(&text, TEXT(", cmdline \"")) && text_ends(text, TEXT("\"")));
}

/* `4310 uid 1000 "renderer": badness 846, ...`; the uid came with 1.6 */
static bool parse_sending(struct text rest, enum killer_signal signal, struct killer_line *line)
{
        struct killer_claim *claim = &line->claim;
        static const struct text end = { "\": ", 3 };
        bool found = false;

        if (!killer_eat_number(&rest, &claim->pid) || !text_eat(&rest, TEXT(" ")) ||
            (text_eat(&rest, TEXT("uid ")) &&
             (!killer_eat_number(&rest, &claim->uid) || !text_eat(&rest, TEXT(" ")))) ||
            !text_eat(&rest, TEXT("\"")))
                return false;
        /* The last end of the name after which the figures follow, but of no longer name than a process may have: a command line may hold
         * the same words. */
        for (ptrdiff_t at = text_find(rest, end, 0); at >= 0 && at <= KILLER_NAME_MAX;
             at = text_find(rest, end, (size_t)at + 1)) {
                struct killer_claim figures = { .oom_score_adj = KILLER_UNKNOWN_NUMBER };

                if ((found && at > KILLER_COMM_MAX) ||
                    !parse_figures(text_from_offset(rest, (size_t)at + end.length), &figures))
                        continue;
                found = true;
                killer_name_set(&claim->name, text_until_offset(rest, (size_t)at));
                claim->badness = figures.badness;
                claim->oom_score_adj = figures.oom_score_adj;
                claim->sizes[KILLER_RSS] = figures.sizes[KILLER_RSS];
        }
        claim->killer = KILLER_EARLYOOM;
        claim->first_signal = claim->signal = signal;
        return found;
}

bool killer_parse_sending_term(struct text rest, struct killer_line *line)
{
        return parse_sending(rest, KILLER_SIGTERM, line);
}

bool killer_parse_sending_kill(struct text rest, struct killer_line *line)
{
        return parse_sending(rest, KILLER_SIGKILL, line);
}

bool killer_parse_anything(struct text rest, struct killer_line *line)
{
        (void)rest;
        (void)line;
        return true;
}

static bool is_seconds(struct text rest)
{
        return killer_eat_decimal(&rest) && text_equal(rest, TEXT(" seconds"));
}

bool killer_parse_escalating(struct text rest, struct killer_line *line)
{
        (void)line;
        return is_seconds(rest);
}

bool killer_parse_exited(struct text rest, struct killer_line *line)
{
        (void)line;
        return is_seconds(rest);
}

/* "4310 exited after 0.251 seconds", "4310 did not exit"; a negative number is that of a whole process group */
bool killer_parse_process_state(struct text rest, struct killer_line *line)
{
        int64_t pid;

        if (!text_eat_i64(&rest, &pid))
                return false;
        line->claim.pid = pid;
        if (text_equal(rest, TEXT(" did not exit"))) {
                line->kind = KILLER_LINE_STAYED;
                return true;
        }
        return text_eat(&rest, TEXT(" exited after ")) && is_seconds(rest);
}

bool killer_parse_failed(struct text rest, struct killer_line *line)
{
        (void)line;
        return rest.length > 0;
}
