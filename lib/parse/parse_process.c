/* lib/parse/parse_process.c: the lines about one process: announced, killed, spared, reaped (mm/oom_kill.c).
 *
 * All have the shape "<words> <pid> (<comm>)<tail>", and a comm may hold anything, a ')' too. The tails are fixed, so the comm
 * is what is between the first " (" after the pid and the ')' before the tail, looked for from the right. */

#include "parse/parse.h"
#include "util/array.h"

#define ALLOCATING_TASK "Out of memory (oom_kill_allocating_task)" /* the longest message before ": Killed process" */
#define MESSAGE_MAX     64

static const struct {
        struct text message;
        enum oom_scope scope;
} messages[] = {
        { { "Out of memory", 13 }, OOM_SCOPE_GLOBAL },
        { { "Memory cgroup out of memory", 27 }, OOM_SCOPE_MEMCG },
        { { ALLOCATING_TASK, 40 }, OOM_SCOPE_GLOBAL },
        { { "Out of Memory", 13 }, OOM_SCOPE_GLOBAL },
        { { "No available memory (MPOL_BIND)", 31 }, OOM_SCOPE_MEMPOLICY },
        { { "No available memory in cpuset", 29 }, OOM_SCOPE_CPUSET },
};

static void process_clear(struct oom_line_process *process)
{
        *process = (struct oom_line_process){
                .pid = OOM_UNKNOWN,
                .score = OOM_UNKNOWN,
                .uid = OOM_UNKNOWN,
                .total_vm_bytes = OOM_UNKNOWN,
                .anon_rss_bytes = OOM_UNKNOWN,
                .file_rss_bytes = OOM_UNKNOWN,
                .shmem_rss_bytes = OOM_UNKNOWN,
                .pgtables_bytes = OOM_UNKNOWN,
                .oom_score_adj = OOM_UNKNOWN,
                .rss_bytes = OOM_UNKNOWN,
                .swap_bytes = OOM_UNKNOWN,
        };
}

/* A message that no kernel has printed yet: words, and no text of a user. */
static bool is_plain_message(struct text message)
{
        if (text_starts(message, TEXT(" ")))
                return false; /* a message that is known, perhaps, in an indented line of a log */
        for (size_t i = 0; i < message.length; i++) {
                char c = message.data[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' || c == '(' || c == ')' || c == '_'))
                        return false;
        }
        return message.length > 0;
}

/* OpenVZ on RHEL 5 and 6: the limits of a container, by its number ("user beancounters", which are no cgroup). */
static bool beancounter_of(struct text message, struct text *ret_container)
{
        struct text number;
        uint64_t value;

        if (!text_eat(&message, TEXT("Out of memory in UB ")))
                return false;
        number = message;
        *ret_container = number;
        return text_eat_u64(&number, &value) && number.length == 0;
}

static bool known_message(struct text message, enum oom_scope *ret_scope)
{
        struct text container;

        for (size_t i = 0; i < COUNT(messages); i++) {
                if (text_equal(message, messages[i].message)) {
                        *ret_scope = messages[i].scope;
                        return true;
                }
        }
        if (!beancounter_of(message, &container))
                return false;
        *ret_scope = OOM_SCOPE_MEMCG; /* in all but name: who reads alerts acts on both alike */
        return true;
}

/* Takes "<message>: <words>" off the front, or the words alone. *ret_known: the message is one of the table, or there is none. */
static bool eat_message(struct text *text, struct text words, enum oom_scope *ret_scope, bool *ret_known)
{
        struct text rest = *text, head;
        ptrdiff_t at;

        *ret_scope = OOM_SCOPE_UNKNOWN;
        *ret_known = true;
        if (text_eat(text, words))
                return true;
        head = text_until_offset(rest,
                                 rest.length < MESSAGE_MAX + words.length ? rest.length : MESSAGE_MAX + words.length);
        at = text_find(head, words, 0);
        if (at < 2 || memcmp(head.data + at - 2, ": ", 2) != 0)
                return false;
        head.length = (size_t)at - 2;
        *ret_known = known_message(head, ret_scope);
        if (!*ret_known && !is_plain_message(head))
                return false;
        *text = text_from_offset(rest, (size_t)at + words.length);
        return true;
}

/* "<pid> (<comm>" */
static bool pid_and_comm(struct text text, struct oom_line_process *process)
{
        if (!oom_eat_pid(&text, &process->pid) || !text_eat(&text, TEXT(" (")))
                return false;
        process->comm = text;
        return true;
}

/* ---- "Out of memory: Killed process 1 (x) total-vm:1kB, anon-rss:1kB, ..., UID:0 pgtables:1kB oom_score_adj:0" ------ */

static const struct size_key {
        struct text key;
        size_t offset;
        bool is_kilobytes;
} size_keys[] = {
        { { "vsz", 3 }, offsetof(struct oom_line_process, total_vm_bytes), true }, /* 2.6.33 to 2.6.35 */
        /* these three: OpenVZ on RHEL 6 */
        { { "vm", 2 }, offsetof(struct oom_line_process, total_vm_bytes), true },
        { { "rss", 3 }, offsetof(struct oom_line_process, rss_bytes), true },
        { { "swap", 4 }, offsetof(struct oom_line_process, swap_bytes), true },
        { { "total-vm", 8 }, offsetof(struct oom_line_process, total_vm_bytes), true },
        { { "anon-rss", 8 }, offsetof(struct oom_line_process, anon_rss_bytes), true },
        { { "file-rss", 8 }, offsetof(struct oom_line_process, file_rss_bytes), true },
        { { "shmem-rss", 9 }, offsetof(struct oom_line_process, shmem_rss_bytes), true },
        { { "UID", 3 }, offsetof(struct oom_line_process, uid), false },
        { { "pgtables", 8 }, offsetof(struct oom_line_process, pgtables_bytes), true },
        { { "oom_score_adj", 13 }, offsetof(struct oom_line_process, oom_score_adj), false },
};

int64_t oom_uid(int64_t printed)
{
        if (printed < 0)
                printed += INT64_C(1) << 32;
        return printed >= 0 && printed <= UINT32_MAX ? printed : OOM_UNKNOWN;
}

static bool is_key_byte(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool store_size(struct text key, int64_t value, bool is_kilobytes, struct oom_line_process *process)
{
        for (size_t i = 0; i < COUNT(size_keys); i++) {
                if (!text_equal(key, size_keys[i].key))
                        continue;
                if (is_kilobytes != size_keys[i].is_kilobytes ||
                    (is_kilobytes && __builtin_mul_overflow(value, 1024, &value)))
                        return false;
                if (size_keys[i].offset == offsetof(struct oom_line_process, uid))
                        value = oom_uid(value);
                *(int64_t *)((char *)process + size_keys[i].offset) = value;
                return true;
        }
        for (size_t i = 0; i < key.length; i++)
                if (!is_key_byte(key.data[i]))
                        return false;
        return key.length > 0; /* one that no kernel has printed yet */
}

/* "total-vm:1kB, anon-rss:2kB, UID:0 pgtables:3kB": keys of any order; between them a blank, with or without a comma. */
static bool parse_sizes(struct text sizes, const struct oom_line *line, struct oom_line_process *process)
{
        for (;;) {
                struct text key = text_eat_until(&sizes, ':');
                bool is_kilobytes;
                int64_t value;

                if (key.length == 0 || memchr(key.data, ' ', key.length) || !text_eat(&sizes, TEXT(":")) ||
                    !text_eat_i64(&sizes, &value))
                        return false;
                is_kilobytes = text_eat(&sizes, TEXT("kB"));
                if (sizes.length == 0 && !is_kilobytes &&
                    !oom_is_whole_at_end(line, value, text_equal(key, TEXT("oom_score_adj"))))
                        return false;
                if (!store_size(key, value, is_kilobytes, process))
                        return false;
                if (sizes.length == 0)
                        return true;
                (void)text_eat(&sizes, TEXT(","));
                if (!text_eat(&sizes, TEXT(" ")))
                        return false;
        }
}

/* A container's number, id or name; not a text of a user's. */
static bool is_container(struct text text)
{
        for (size_t i = 0; i < text.length; i++) {
                char c = text.data[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                      c == '_' || c == '-'))
                        return false;
        }
        return text.length > 0 && text.length <= OOM_CONTAINER_MAX;
}

/* Virtuozzo names the container: "(x) in VE "101" total-vm:" (7), "(x) VE "101" total-vm:" (9; mm/oom_kill.c of
 * OpenVZ/vzkernel). */
static void eat_end_container(struct text *head, struct oom_line_process *process)
{
        struct text rest = *head, container = rest;
        ptrdiff_t at = text_ends(rest, TEXT("\"")) ? text_find_last(rest, TEXT(" VE \"")) : -1;

        if (at < 0)
                return;
        container = text_from_offset(rest, (size_t)at + strlen(" VE \""));
        container.length--;
        rest = text_until_offset(rest, (size_t)at);
        (void)text_eat_end(&rest, TEXT(" in"));
        if (!text_ends(rest, TEXT(")")))
                return;
        *head = rest;
        if (is_container(container))
                process->container = container;
}

/* ", UID 0" */
static bool eat_end_uid(struct text *head, int64_t *uid)
{
        struct text rest = *head;
        int64_t value;

        if (!text_eat_end_i64(&rest, true, &value) || !text_eat_end(&rest, TEXT(", UID ")) ||
            !text_ends(rest, TEXT(")")))
                return false;
        *uid = oom_uid(value);
        *head = rest;
        return true;
}

/* RHEL 7: "(x), UID 0, total-vm:"; OpenVZ on RHEL 6: "(x) score 1 vm:"; all others: "(x) total-vm:". Takes off what
 * comes after the ')'. */
static bool eat_end_middle(struct text *head, int64_t *uid)
{
        struct text rest = *head;
        int64_t value;

        if (text_ends(rest, TEXT(")")))
                return true;
        if (text_eat_end_i64(&rest, true, &value)) {
                *head = rest;
                return text_eat_end(head, TEXT(" score ")) && text_ends(*head, TEXT(")"));
        }
        if (!text_eat_end(&rest, TEXT(",")) || !eat_end_uid(&rest, uid))
                return false;
        *head = rest;
        return true;
}

static bool split_sizes(struct text *head, struct oom_line *line)
{
        static const struct text first_keys[] = {
                { " total-vm:", 10 },
                { " vsz:", 5 },
                { " vm:", 4 },
        };
        struct oom_line_process parsed = line->process;
        struct text before;
        ptrdiff_t at = -1;

        for (size_t i = 0; i < COUNT(first_keys); i++) {
                ptrdiff_t last = text_find_last(*head, first_keys[i]);

                at = last > at ? last : at;
        }
        if (at < 0)
                return false;
        before = text_until_offset(*head, (size_t)at);
        eat_end_container(&before, &parsed);
        if (!eat_end_middle(&before, &parsed.uid) ||
            !parse_sizes(text_from_offset(*head, (size_t)at + 1), line, &parsed))
                return false;
        line->process = parsed;
        *head = before;
        return true;
}

/* Of a cut line: its last words are taken off until what is left has whole fields only. Where that is within the reach of a comm,
 * it may be a part of one. */
static bool split_cut_sizes(struct text *head, struct oom_line *line)
{
        const enum oom_line_end end = line->end;
        struct text rest = *head;
        ptrdiff_t at = (ptrdiff_t)rest.length;
        bool is_found = false;

        if (end == OOM_END_WHOLE || rest.length + (end == OOM_END_CLOSED) <= OOM_COMM_MAX)
                return false;
        for (; at > 0 && !is_found; at = text_find_last(rest, TEXT(" "))) {
                struct text before;

                rest = text_until_offset(rest, (size_t)at);
                if (rest.length < head->length || text_ends(rest, TEXT(",")))
                        line->end = OOM_END_CLOSED; /* a blank or a comma came after it */
                (void)text_eat_end(&rest, TEXT(","));
                before = rest;
                is_found = split_sizes(&before, line) ||
                           (line->end == OOM_END_CLOSED && eat_end_uid(&before, &line->process.uid));
                if (is_found)
                        *head = before;
        }
        line->end = end;
        line->is_cut = is_found;
        return is_found;
}

/* Kill lines without sizes end at the ')', or with a full stop. */
static bool ends_without_sizes(struct text text)
{
        return text_ends(text, TEXT(")")) || text_ends(text, TEXT(")."));
}

/* What else may follow one day costs the tail, not the kill: the comm ends at the last ')' within its reach. */
static bool end_without_sizes(struct text *head, struct oom_line *line)
{
        struct text before, after;

        if (text_ends(*head, TEXT(").")))
                return text_eat_end(head, TEXT(")."));
        if (text_eat_end(head, TEXT(")")))
                return true;
        line->is_cut = oom_may_be_cut(line);
        /* A name has at most 15 bytes: what is further away is no part of it. */
        before = text_until_offset(*head, head->length > OOM_COMM_MAX + 1 ? OOM_COMM_MAX + 1 : head->length);
        if (text_split_last(before, TEXT(")"), &before, &after)) {
                *head = before;
                return true;
        }
        /* but journalctl shows a tab as eight blanks */
        return oom_may_be_cut(line) && text_split(*head, TEXT(")"), head, &after) &&
               text_find(*head, TEXT("        "), 0) >= 0;
}

bool oom_parse_killed(struct text text, struct oom_line *line)
{
        struct oom_line_process *process = &line->process;
        bool is_known;

        process_clear(process);
        process->is_allocating_task = text_starts(text, TEXT(ALLOCATING_TASK ": "));
        if (text_starts(text, TEXT("Out of memory in UB "))) {
                struct text message = text;

                message = text_eat_until(&message, ':');
                process->is_container_limit = beancounter_of(message, &process->container);
        }
        if (!eat_message(&text, TEXT("Killed process "), &process->scope, &is_known) &&
            !eat_message(&text, TEXT("OOM killed process "), &process->scope, &is_known))
                return false;
        if (!oom_eat_pid(&text, &process->pid))
                return false;
        if (text_eat(&text, TEXT(", UID "))) { /* RHEL 5 and 6: the UID is before the name */
                if (!text_eat_i64(&text, &process->uid) || !text_eat(&text, TEXT(",")))
                        return false;
                process->uid = oom_uid(process->uid);
        }
        if (!text_eat(&text, TEXT(" (")))
                return false;
        if (split_sizes(&text, line) || (!ends_without_sizes(text) && split_cut_sizes(&text, line))) {
                if (!text_eat_end(&text, TEXT(")")))
                        return false;
        } else if (!is_known || !end_without_sizes(&text, line)) {
                return false;
        }
        process->comm = text;
        return true;
}

/* ---- "Out of memory: Kill process 1 (x) score 2 or sacrifice child" ------------------------------------------------ */

static const struct text score_tails[] = {
        { " or sacrifice child", 19 },
        { " or a child", 11 },
        { " and children.", 14 },
};

/* " score 2 or sacr": all that there is of it. The number is whole if something follows. */
static bool parse_cut_score(struct text text, struct oom_line *line)
{
        int64_t score;

        if (text_starts(TEXT(" score -"), text))
                return true;
        if (!text_eat(&text, TEXT(" score ")) || !text_eat_i64(&text, &score))
                return false;
        if (text.length || oom_is_whole_at_end(line, score, false))
                line->process.score = score;
        for (size_t i = 0; i < COUNT(score_tails); i++)
                if (text_starts(score_tails[i], text))
                        return true;
        return false;
}

/* "1 (x) score 2 or sacr". The name ends at the last ')' within its reach that the line goes on after so. */
static bool parse_cut_announcement(struct text text, struct oom_line *line)
{
        struct oom_line_process *process = &line->process;

        if (!oom_may_be_cut(line) || !pid_and_comm(text, process))
                return false;
        text = process->comm;
        line->is_cut = true;
        for (size_t at = text.length < OOM_COMM_MAX + 1 ? text.length : OOM_COMM_MAX + 1; at-- > 0;) {
                if (text.data[at] == ')' && parse_cut_score(text_from_offset(text, at + 1), line)) {
                        process->comm = text_until_offset(text, at);
                        return true;
                }
        }
        return false;
}

bool oom_parse_announcement(struct text text, struct oom_line *line)
{
        struct oom_line_process *process = &line->process;
        bool is_known;

        process_clear(process);
        process->is_allocating_task = text_starts(text, TEXT(ALLOCATING_TASK ": "));
        if (!eat_message(&text, TEXT("Kill process "), &process->scope, &is_known) &&
            !eat_message(&text, TEXT("kill process "), &process->scope, &is_known))
                return false;
        for (size_t i = 0; i < COUNT(score_tails); i++)
                if (text_eat_end(&text, score_tails[i]))
                        return text_eat_end_i64(&text, true, &process->score) &&
                               text_eat_end(&text, TEXT(") score ")) && pid_and_comm(text, process);
        return is_known && parse_cut_announcement(text, line);
}

/* ---- the others: words before, words after ---------------------------------------------------------------------- */

static bool between(struct text text, struct text before, struct text after, struct oom_line *line)
{
        process_clear(&line->process);
        return text_eat(&text, before) && text_eat_end(&text, after) && pid_and_comm(text, &line->process);
}

bool oom_parse_sharing(struct text text, struct oom_line *line)
{
        struct oom_line_process container = { 0 };
        bool is_sharing;

        if (!oom_eat_end_words(&text, TEXT(" sharing same memory"), strlen(" sharing"), line))
                return false;
        eat_end_container(&text, &container);
        is_sharing = between(text, TEXT("Kill process "), TEXT(")"), line);
        line->process.container = container.container;
        return is_sharing;
}

/* Virtuozzo kills more than one when memory runs out again and again: oom_berserker(), mm/oom_kill.c of vzkernel. */
bool oom_parse_rage(struct text text, struct oom_line *line)
{
        return between(text, TEXT("Rage kill process "), TEXT(")"), line);
}

bool oom_parse_would_have(struct text text, struct oom_line *line)
{
        return oom_eat_end_words(&text, TEXT(" But continuing instead."), strlen(" But"), line) &&
               between(text, TEXT("Would have killed process "), TEXT(")."), line);
}

bool oom_parse_unreapable(struct text text, struct oom_line *line)
{
        return between(text, TEXT("oom_reaper: unable to reap pid:"), TEXT(")"), line);
}

bool oom_parse_exiting(struct text text, struct oom_line *line)
{
        struct oom_line_process *process = &line->process;
        bool is_known;

        process_clear(process);
        return eat_message(&text, TEXT("OOM victim "), &process->scope, &is_known) &&
               oom_eat_end_words(&text, TEXT(") is already exiting. Skip killing the task"), strlen(") is already"),
                                 line) &&
               pid_and_comm(text, process);
}

bool oom_parse_reaped(struct text text, struct oom_line *line)
{
        struct oom_line_process *process = &line->process;
        ptrdiff_t at = text_find_last(text, TEXT("), now anon-rss:"));

        process_clear(process);
        return at >= 0 && parse_sizes(text_from_offset(text, (size_t)at + strlen("), now ")), line, process) &&
               text_eat(&text, TEXT("oom_reaper: reaped process ")) &&
               pid_and_comm(text_until_offset(text, (size_t)at - strlen("oom_reaper: reaped process ")), process);
}

bool oom_parse_pinned(struct text text, struct oom_line *line)
{
        ptrdiff_t at = text_find_last(text, TEXT(") has mm pinned by "));

        return at >= 0 && text_ends(text, TEXT(")")) &&
               between(text_until_offset(text, (size_t)at + 1), TEXT("oom killer "), TEXT(")"), line);
}

bool oom_parse_vm_killing(struct text text, struct oom_line *line)
{
        process_clear(&line->process);
        if (!text_eat(&text, TEXT("VM: killing process ")) || text.length > OOM_COMM_MAX)
                return false;
        line->is_cut = oom_may_go_on(line);
        if (!line->is_cut)
                line->process.comm = text;
        return true;
}
