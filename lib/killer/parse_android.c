/* Android: lmkd, and the kernel's driver that was there before it. */

#include "killer/parse.h"

#define KIB INT64_C(1024)

/* "96120kB rss, 20480kB swap" or "96120kB", then the reason, if there is one */
static bool parse_freed(struct text rest, struct killer_claim *claim)
{
        uint64_t kib, swap;

        if (!text_eat_u64(&rest, &kib) || !text_eat(&rest, TEXT("kB")))
                return false;
        claim->sizes[KILLER_RSS] = killer_bytes(kib, KIB);
        if (text_eat(&rest, TEXT(" rss"))) {
                if (text_eat(&rest, TEXT(", ")) && text_eat_u64(&rest, &swap) && text_eat(&rest, TEXT("kB swap")))
                        claim->sizes[KILLER_SWAP] = killer_bytes(swap, KIB);
        }
        if (text_eat(&rest, TEXT("; reason: ")))
                killer_reason_set(claim, rest);
        return true;
}

/* "com.example.reader' (8812), uid 10210, oom_score_adj 900 to free 96120kB rss, 20480kB swap; reason: ..." */
bool killer_parse_lmkd(struct text rest, struct killer_line *line)
{
        struct killer_claim *claim = &line->claim;
        struct text text, freed;

        /* The reason is free text, the name is not: Android's names have no blanks. */
        if (!text_split(rest, TEXT(" to free "), &text, &freed) || !parse_freed(freed, claim) ||
            !text_eat_end_i64(&text, true, &claim->oom_score_adj) || !text_eat_end(&text, TEXT(", oom_score_adj ")) ||
            !text_eat_end_i64(&text, false, &claim->uid) || !text_eat_end(&text, TEXT("), uid ")) ||
            !text_eat_end_i64(&text, false, &claim->pid) || !text_eat_end(&text, TEXT("' (")) || text.length == 0)
                return false;
        claim->killer = KILLER_LMKD;
        claim->signal = KILLER_SIGKILL;
        killer_name_set(&claim->name, text);
        return true;
}

/* "m.example.reade' (3140), adj 900,", and in the same record or the next one what it frees */
bool killer_parse_driver(struct text rest, struct killer_line *line)
{
        struct killer_claim *claim = &line->claim;
        struct text text = text_eat_until(&rest, '\n');

        while (text_eat_end(&text, TEXT(" ")))
                ;
        (void)text_eat_end(&text, TEXT(","));
        if (!text_eat_end_i64(&text, true, &claim->oom_score_adj) || !text_eat_end(&text, TEXT("), adj ")) ||
            !text_eat_end_i64(&text, false, &claim->pid) || !text_eat_end(&text, TEXT("' (")) ||
            text.length > KILLER_COMM_MAX)
                return false;
        claim->killer = KILLER_LOWMEMORYKILLER;
        claim->signal = KILLER_SIGKILL;
        killer_name_set(&claim->name, text);
        (void)text_eat(&rest, TEXT("\n"));
        (void)text_eat_blanks(&rest);
        if (text_eat(&rest, TEXT("to free ")))
                (void)killer_parse_to_free(rest, line);
        return true;
}

/* "41200kB on behalf of 'kswapd0' (61) because" */
bool killer_parse_to_free(struct text rest, struct killer_line *line)
{
        uint64_t kib;

        if (!text_eat_u64(&rest, &kib) || !text_eat(&rest, TEXT("kB on behalf of '")))
                return false;
        line->claim.sizes[KILLER_RSS] = killer_bytes(kib, KIB);
        return true;
}
