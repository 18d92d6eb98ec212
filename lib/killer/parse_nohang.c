/* nohang: who is killed in several lines of one block. */

#include "killer/parse.h"

#define MIB INT64_C(1048576)

/* "7420, name: notebook, state: R (running), EUID: 1002, SID: 7301 (bash), lifetime: 41min 10s"; "586, name: renderer, badness: 858" where
 * the status is left out. A name has at most 15 bytes, so that what follows it can be found. */
bool killer_parse_pid(struct text rest, struct killer_line *line)
{
        struct killer_claim *claim = &line->claim;
        bool found = false;

        (void)text_eat_blanks(&rest);
        if (!killer_eat_number(&rest, &claim->pid) ||
            (!text_eat(&rest, TEXT(", name: ")) && !text_eat(&rest, TEXT(", Name: "))))
                return false;
        for (size_t at = 0; at <= KILLER_COMM_MAX && at < rest.length; at++) {
                struct text after = text_from_offset(rest, at), before, uid;
                int64_t badness;

                if (text_eat(&after, TEXT(", badness: "))) {
                        if (!killer_eat_number(&after, &badness) || after.length)
                                continue;
                        claim->badness = badness;
                } else if (!text_eat(&after, TEXT(", state: ")) ||
                           !text_split(after, TEXT("), EUID: "), &before, &uid) ||
                           !killer_eat_number(&uid, &claim->uid) || !text_starts(uid, TEXT(", "))) {
                        continue;
                }
                killer_name_set(&claim->name, text_until_offset(rest, at));
                found = true;
        }
        return found;
}

/* Blanks, then a number */
static bool eat_value(struct text *text, int64_t *ret_number)
{
        struct text rest = *text;

        (void)text_eat_blanks(&rest);
        if (!text_eat_i64(&rest, ret_number))
                return false;
        *text = rest;
        return true;
}

/* "911, oom_score:  911, oom_score_adj:  0" */
bool killer_parse_badness(struct text rest, struct killer_line *line)
{
        struct killer_claim *claim = &line->claim;
        int64_t score;

        return eat_value(&rest, &claim->badness) && text_eat(&rest, TEXT(", oom_score:")) && eat_value(&rest, &score) &&
               text_eat(&rest, TEXT(", oom_score_adj:")) && eat_value(&rest, &claim->oom_score_adj) && rest.length == 0;
}

static bool eat_mib(struct text *text, struct text name, int64_t *ret_bytes)
{
        struct text rest = *text;
        uint64_t mib;

        if (!text_eat(&rest, name) || !text_eat_u64(&rest, &mib))
                return false;
        *ret_bytes = killer_bytes(mib, MIB);
        *text = rest;
        return true;
}

/* "Size: 6021, RSS: 5210 (Anon: 5188, File: 22, Shmem: 0), Swap: 640" */
bool killer_parse_sizes(struct text rest, struct killer_line *line)
{
        int64_t *sizes = line->claim.sizes;

        (void)text_eat_blanks(&rest);
        if (!eat_mib(&rest, TEXT("Size: "), &sizes[KILLER_TOTAL_VM]) ||
            !eat_mib(&rest, TEXT(", RSS: "), &sizes[KILLER_RSS]))
                return false;
        if (eat_mib(&rest, TEXT(" (Anon: "), &sizes[KILLER_ANON_RSS]) &&
            (!eat_mib(&rest, TEXT(", File: "), &sizes[KILLER_FILE_RSS]) ||
             !eat_mib(&rest, TEXT(", Shmem: "), &sizes[KILLER_SHMEM_RSS]) || !text_eat(&rest, TEXT(")"))))
                return false;
        return eat_mib(&rest, TEXT(", Swap: "), &sizes[KILLER_SWAP]) && rest.length == 0;
}

bool killer_parse_cgroup(struct text rest, struct killer_line *line)
{
        (void)text_eat_blanks(&rest);
        if (!text_starts(rest, TEXT("/")))
                return false;
        killer_path_set(&line->claim.cgroup, rest);
        return true;
}

/* "PID 7301 (bash) <= PID 7299 (sshd) <= PID 1 (systemd)" */
bool killer_parse_ancestry(struct text rest, struct killer_line *line)
{
        struct killer_claim *claim = &line->claim;

        (void)text_eat_blanks(&rest);
        while (claim->n_parents < KILLER_PARENTS_MAX && rest.length) {
                struct killer_parent *parent = &claim->parents[claim->n_parents];
                struct text name, after;

                if (!text_eat(&rest, TEXT("PID ")) || !killer_eat_number(&rest, &parent->pid) ||
                    !text_eat(&rest, TEXT(" (")))
                        break;
                if (!text_split(rest, TEXT(") <= PID "), &name, &after)) {
                        name = rest;
                        after = text_from_offset(rest, rest.length);
                        if (!text_eat_end(&name, TEXT(")")))
                                break;
                } else {
                        after = (struct text){ after.data - 4, after.length + 4 }; /* "PID " */
                }
                if (name.length > KILLER_COMM_MAX)
                        break;
                parent->comm_length = (uint8_t)text_copy(name, parent->comm, sizeof(parent->comm));
                claim->n_parents++;
                rest = after;
        }
        return claim->n_parents > 0;
}

/* "TERM to the victim" */
bool killer_parse_sending(struct text rest, struct killer_line *line)
{
        line->claim.signal = text_equal(rest, TEXT("TERM to the victim"))   ? KILLER_SIGTERM
                             : text_equal(rest, TEXT("KILL to the victim")) ? KILLER_SIGKILL
                                                                            : KILLER_SIGNAL_UNKNOWN;
        return line->claim.signal != KILLER_SIGNAL_UNKNOWN;
}
