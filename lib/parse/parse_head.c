/* lib/parse/parse_head.c: the lines that lead to the kernel's decision (mm/oom_kill.c: dump_header(), mm/memcontrol.c:
 * mem_cgroup_print_oom_context(), lib/dump_stack.c). */

#include "parse/parse.h"
#include "util/array.h"

ptrdiff_t oom_find_after_comm(struct text text, struct text needle, size_t mark)
{
        const char *at, *end;

        if (text.length < needle.length)
                return -1;
        at = text.data + mark;
        end = at + 1 + (text.length - needle.length < OOM_COMM_MAX ? text.length - needle.length : OOM_COMM_MAX);
        while (at < end && (at = memchr(at, needle.data[mark], (size_t)(end - at)))) {
                if (memcmp(at - mark, needle.data, needle.length) == 0)
                        return at - mark - text.data;
                at++;
        }
        return -1;
}

/* ---- "x invoked oom-killer: gfp_mask=0x100cca(GFP_...), nodemask=(null), order=0, oom_score_adj=0" ---------------- */

static bool invoked_value(struct text key, struct text value, bool is_last, struct oom_line *line)
{
        struct oom_line_invoked *invoked = &line->invoked;
        int64_t *number = NULL, parsed;

        if (text_equal(key, TEXT("order")))
                number = &invoked->order;
        else if (text_equal(key, TEXT("oom_score_adj")))
                number = &invoked->oom_score_adj;
        else if (text_equal(key, TEXT("nodemask")) && !(is_last && oom_may_be_cut(line)))
                invoked->nodemask = value;
        /* oomkilladj, oom_adj: another scale (-17 to 15), before 2.6.36 */
        if (!number)
                return true;
        if (!text_eat_i64(&value, &parsed) || value.length)
                return false;
        /* 2.6.18 alone ends with the order, and prints no comm */
        if (!is_last || oom_is_whole_at_end(line, parsed, number != &invoked->order || !invoked->comm.data))
                *number = parsed;
        return true;
}

/* Is it the front of ", key=value", which a cut left? */
static bool is_cut_value(struct text text, struct oom_line *line)
{
        if (!oom_may_be_cut(line) || !text_eat(&text, TEXT(",")))
                return false;
        (void)text_eat_blanks(&text);
        return line->is_cut = text.length == 0 || !memchr(text.data, ' ', text.length);
}

/* ", key=value" until the end; 4.12 to 4.14 have two blanks before order. Keys that are not known are passed over. */
static bool invoked_values(struct text rest, struct oom_line *line)
{
        while (rest.length) {
                struct text key, cut = rest;
                ptrdiff_t end;

                if (!text_eat(&rest, TEXT(",")) || text_eat_blanks(&rest) == 0)
                        return is_cut_value(cut, line);
                key = text_eat_until(&rest, '=');
                if (key.length == 0 || !text_eat(&rest, TEXT("=")))
                        return is_cut_value(cut, line);
                end = text_find(rest, TEXT(", "), 0);
                if (!invoked_value(key, text_until_offset(rest, end < 0 ? rest.length : (size_t)end), end < 0, line))
                        return is_cut_value(cut, line);
                rest = text_from_offset(rest, end < 0 ? rest.length : (size_t)end);
        }
        return true;
}

/* "GFP_KERNEL|__GFP_ZERO|0x80000": with anything else in it, a fold or a damage of the log is in it too. */
static bool is_flags(struct text flags)
{
        for (size_t i = 0; i < flags.length; i++) {
                char c = flags.data[i];

                if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' &&
                    c != '|')
                        return false;
        }
        return true;
}

/* "gfp_mask=0xcc0(GFP_KERNEL)". False: it isn't there whole. */
static bool eat_gfp_mask(struct text *text, struct oom_line *line)
{
        struct oom_line_invoked *invoked = &line->invoked;
        struct text rest;
        uint64_t mask;

        if (!text_eat(text, TEXT("gfp_mask=")) || (!text_eat_hex(text, &mask) && !text_eat_u64(text, &mask)) ||
            mask > INT64_MAX)
                return false;
        if (text->length || !oom_may_be_cut(line) || line->end == OOM_END_CLOSED)
                invoked->gfp_mask = (int64_t)mask;
        rest = *text;
        if (!text_eat(&rest, TEXT("(")))
                return true;
        invoked->gfp_flags = text_eat_until(&rest, ')');
        if (!text_eat(&rest, TEXT(")"))) {
                invoked->gfp_flags = (struct text){ 0 };
                text->length = 0; /* of the flags only a part is there, and nothing after them */
                return oom_may_be_cut(line);
        }
        if (oom_may_be_cut(line) && !is_flags(invoked->gfp_flags))
                return false;
        *text = rest;
        return true;
}

/* Logs are indented where they are pasted; a program's name isn't. */
static void eat_margin(struct text *comm)
{
        struct text rest = *comm;

        while (text_eat(&rest, TEXT(" ")) || text_eat(&rest, TEXT("\t")))
                ;
        if (rest.length)
                *comm = rest;
}

/* "// x", "* x": in logs the kernel's words stand in the comments of programs too, and hardly a program is called so. */
static bool is_comment(struct text comm)
{
        static const struct text signs[] = { { "//", 2 }, { "/*", 2 }, { "* ", 2 }, { "#", 1 },
                                             { "--", 2 }, { ";", 1 },  { "\"", 1 } };

        for (size_t i = 0; i < COUNT(signs); i++)
                if (text_starts(comm, signs[i]))
                        return true;
        return false;
}

bool oom_parse_invoked(struct text text, struct oom_line *line)
{
        struct oom_line_invoked *invoked = &line->invoked;
        ptrdiff_t at = oom_find_after_comm(text, TEXT(OOM_INVOKED_WORDS), OOM_INVOKED_MARK);
        struct text rest;

        *invoked = (struct oom_line_invoked){ .gfp_mask = OOM_UNKNOWN,
                                              .order = OOM_UNKNOWN,
                                              .oom_score_adj = OOM_UNKNOWN };
        if (at >= 0) {
                invoked->comm = text_until_offset(text, (size_t)at);
                if (oom_may_be_cut(line)) {
                        eat_margin(&invoked->comm);
                        invoked->may_be_comment = is_comment(invoked->comm);
                }
                rest = text_from_offset(text, (size_t)at + strlen(OOM_INVOKED_WORDS));
        } else {
                rest = text; /* 2.6.18: "oom-killer: gfp_mask=..." */
                if (!text_eat(&rest, TEXT("oom-killer: ")))
                        return false;
        }
        if (!eat_gfp_mask(&rest, line) || !invoked_values(rest, line))
                return false;
        line->is_cut |= invoked->order == OOM_UNKNOWN;
        return true;
}

static bool is_of_program_name(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr("_-./:+@", c, 7);
}

/* "x invoked oom-killer: gfp_ma": nothing of it is read but whose it is. It is so short that other texts have it too, so the comm must
 * be one that a program is called by. */
bool oom_parse_cut_invoked(struct text text, struct oom_line *line)
{
        static const struct text words = { " invoked oom-killer: gfp_mask=", 30 };
        ptrdiff_t at = text_find(text, text_until_offset(words, strlen(" invoked oom-killer")), 0);

        if (at <= 0 || at > OOM_COMM_MAX || !text_starts(words, text_from_offset(text, (size_t)at)))
                return false;
        for (ptrdiff_t i = 0; i < at; i++)
                if (!is_of_program_name(text.data[i]))
                        return false;
        line->invoked = (struct oom_line_invoked){ .comm = text_until_offset(text, (size_t)at),
                                                   .gfp_mask = OOM_UNKNOWN,
                                                   .order = OOM_UNKNOWN,
                                                   .oom_score_adj = OOM_UNKNOWN };
        line->is_cut = true;
        return true;
}

/* ---- "x cpuset=/ mems_allowed=0" ----------------------------------------------------------------------------------- */

bool oom_parse_cpuset(struct text text, struct oom_line *line)
{
        struct oom_line_cpuset *cpuset = &line->cpuset;
        ptrdiff_t at = oom_find_after_comm(text, TEXT(OOM_CPUSET_WORDS), OOM_CPUSET_MARK);

        if (at < 0)
                return false;
        cpuset->comm = text_until_offset(text, (size_t)at);
        if (!text_split_last(text_from_offset(text, (size_t)at + strlen(OOM_CPUSET_WORDS)), TEXT(" mems_allowed="),
                             &cpuset->cpuset, &cpuset->mems_allowed) ||
            !oom_is_node_list(cpuset->mems_allowed))
                return false;
        line->is_cut = oom_may_go_on(line) || (oom_may_be_cut(line) && cpuset->mems_allowed.length == 0);
        if (line->is_cut)
                cpuset->mems_allowed = (struct text){ 0 };
        return true;
}

/* ---- "CPU: 1 UID: 0 PID: 352 Comm: hog Not tainted 6.1.0 #1" ------------------------------------------------------- */

static bool starts_taint(struct text text)
{
        static const struct text words[] = {
                { " Not tainted ", 13 },
                { " Tainted: ", 10 },
                { " Kdump: loaded ", 15 },
        };

        for (size_t i = 0; i < COUNT(words); i++)
                if (text_starts(text, words[i]))
                        return true;
        return false;
}

/* Virtuozzo names the container between the two: "Comm: x ve: 101 Not tainted" (lib/dump_stack.c of OpenVZ/vzkernel). */
static bool comm_before_container(struct text rest, struct text *ret_comm)
{
        ptrdiff_t at = oom_find_after_comm(rest, TEXT(" ve: "), 1);
        ptrdiff_t end = at < 0 ? -1 : text_find(rest, TEXT(" "), (size_t)at + strlen(" ve: "));

        if (end < 0 || !starts_taint(text_from_offset(rest, (size_t)end)))
                return false;
        *ret_comm = text_until_offset(rest, (size_t)at);
        return true;
}

/* A comm is followed by the word of taint; the last offset within the reach of a comm where that begins is the right one. */
static bool comm_before_taint(struct text rest, struct text *ret_comm)
{
        if (comm_before_container(rest, ret_comm))
                return true;
        for (size_t at = OOM_COMM_MAX + 1; at-- > 0;) {
                if (at < rest.length && starts_taint(text_from_offset(rest, at))) {
                        *ret_comm = text_until_offset(rest, at);
                        return true;
                }
        }
        return false;
}

/* "Not tainted 3.10.0-514.el7.x86_64 #1": x86's pages have 4 KiB, other processors' whatever the kernel was built for. */
static int64_t page_size_of_release(struct text after_comm)
{
        ptrdiff_t end = text_find(after_comm, TEXT(" #"), 0);
        struct text release = text_until_offset(after_comm, end < 0 ? 0 : (size_t)end);

        return text_ends(release, TEXT("x86_64")) || text_ends(release, TEXT("-amd64")) ? 4096 : OOM_UNKNOWN;
}

/* "Comm: x Not tai": where the comm ends can't be told, but who has that pid is known by other lines. */
static bool comm_of_task(struct text text, struct oom_line *line)
{
        line->task.page_size_bytes = OOM_UNKNOWN;
        if (comm_before_taint(text, &line->task.comm)) {
                line->task.page_size_bytes = page_size_of_release(text_from_offset(text, line->task.comm.length));
                return true;
        }
        line->task.comm = (struct text){ 0 };
        line->is_cut = oom_may_be_cut(line) && text.length < OOM_COMM_MAX + strlen(" Kdump: loaded ");
        return line->is_cut;
}

bool oom_parse_task(struct text text, struct oom_line *line)
{
        uint64_t number;

        if (!text_eat(&text, TEXT("CPU: ")) || !text_eat_u64(&text, &number) || !text_eat(&text, TEXT(" ")))
                return false;
        if (text_eat(&text, TEXT("UID: ")) && (!text_eat_u64(&text, &number) || !text_eat(&text, TEXT(" "))))
                return false;
        return text_eat(&text, TEXT("PID: ")) && text_eat_i64(&text, &line->task.pid) &&
               text_eat(&text, TEXT(" Comm: ")) && comm_of_task(text, line);
}

bool oom_parse_task_2_6(struct text text, struct oom_line *line)
{
        return text_eat(&text, TEXT("Pid: ")) && text_eat_i64(&text, &line->task.pid) &&
               text_eat(&text, TEXT(", comm: ")) && comm_of_task(text, line);
}

/* ---- cgroup paths ---------------------------------------------------------------------------------------------------*/

bool oom_parse_limit(struct text text, struct oom_line *line)
{
        static const struct text words = { " killed as a result of limit of ", 32 };
        struct text rest = text;
        ptrdiff_t first = -1;
        bool is_within = false;

        if (!text_eat(&rest, TEXT("Task in ")))
                return false;
        for (ptrdiff_t at = text_find(rest, words, 0); at >= 0; at = text_find(rest, words, (size_t)at + 1)) {
                struct text task = text_until_offset(rest, (size_t)at);
                struct text limit = text_from_offset(rest, (size_t)at + words.length);

                if (!oom_starts_path(task) || !oom_starts_path(limit))
                        continue;
                is_within = oom_path_is_within(limit, task);
                if (first < 0 || is_within) {
                        first = at;
                        line->limit.task_memcg = task;
                        line->limit.limit_memcg = limit;
                        if (is_within)
                                break; /* a name may hold the words; but the limit is that of an ancestor */
                }
        }
        if (first >= 0 && (oom_may_go_on(line) || (oom_may_be_cut(line) && !is_within))) {
                line->is_cut = true;
                line->limit.limit_memcg = (struct text){ 0 };
        }
        return first >= 0;
}

bool oom_parse_limit_reached(struct text text, struct oom_line *line)
{
        if (!text_eat(&text, TEXT("Memory limit reached of cgroup ")) || !oom_starts_path(text))
                return false;
        line->limit = (struct oom_line_limit){ 0 };
        line->is_cut = oom_may_go_on(line);
        if (!line->is_cut)
                line->limit.limit_memcg = text;
        return true;
}

bool oom_parse_group(struct text text, struct oom_line *line)
{
        if (!text_eat(&text, TEXT("Tasks in ")) ||
            !oom_eat_end_words(&text, TEXT(" are going to be killed due to memory.oom.group set"),
                               strlen(" are going to be killed"), line) ||
            !oom_starts_path(text))
                return false;
        line->group_memcg = text;
        return true;
}

/* ---- "x: page allocation failure: order:0, mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0" --------------- */

bool oom_parse_failure(struct text text, struct oom_line *line)
{
        line->is_cut = text_find(text, TEXT(",mems_allowed="), 0) < 0;
        return true;
}

/* ---- others -------------------------------------------------------------------------------------------------------- */

bool oom_parse_suppressed(struct text text, struct oom_line *line)
{
        uint64_t count;

        (void)line;
        return (text_eat(&text, TEXT("oom_kill_process: ")) || text_eat(&text, TEXT("__ratelimit: "))) &&
               text_eat_u64(&text, &count) && text_equal(text, TEXT(" callbacks suppressed"));
}

/* So many bytes of them tell the kernel's words of a panic from each other, and from other panics. */
#define PANIC_WORDS_MIN 20

bool oom_parse_panic(struct text text, struct oom_line *line)
{
        static const struct text messages[] = {
                { "Out of memory: compulsory panic_on_oom is enabled", 49 },
                { "Out of memory: system-wide panic_on_oom is enabled", 50 },
                { "System is deadlocked on memory", 30 },
                { "Out of memory and no killable processes...", 42 },
                { "out of memory. panic_on_oom is selected", 39 },
                { "out of memory. Compulsory panic_on_oom is selected.", 51 },
                { "out of memory from page fault. panic_on_oom is selected.", 56 },
        };

        if (!text_eat(&text, TEXT("Kernel panic - not syncing: ")))
                return false;
        while (text_eat_end(&text, TEXT("\n")))
                ; /* the old messages end with one of their own */
        line->message = text;
        for (size_t i = 0; i < COUNT(messages); i++) {
                if (text_equal(text, messages[i]))
                        return true;
                if (oom_may_be_cut(line) && text.length >= PANIC_WORDS_MIN && text_starts(messages[i], text)) {
                        line->message = messages[i]; /* no other begins so */
                        line->is_cut = true;
                        return true;
                }
        }
        return false;
}

/* " memory_max_write+0x8e/0x120", " [<ffffffff811877b8>] mem_cgroup_resize_limit+0xe8/0x150"; one with "? " is what was left on the
 * stack by another call. All names that matter begin with 'm': most lines are turned down by that. */
bool oom_parse_frame(struct text text, struct oom_line *line)
{
        static const struct {
                struct text name;
                enum oom_frame frame;
        } frames[] = {
                { TEXT("memory_max_write"), OOM_FRAME_LIMIT_WRITER },              /* cgroup v2 */
                { TEXT("mem_cgroup_resize_max"), OOM_FRAME_LIMIT_WRITER },         /* v1, 4.17 on */
                { TEXT("mem_cgroup_resize_limit"), OOM_FRAME_LIMIT_WRITER },       /* before */
                { TEXT("mem_cgroup_resize_memsw_limit"), OOM_FRAME_LIMIT_WRITER }, /* the same */
                { TEXT("moom_callback"), OOM_FRAME_SYSRQ },
        };

        (void)text_eat_blanks(&text);
        if (text_eat(&text, TEXT("[<"))) {
                ptrdiff_t end = text_find(text, TEXT(">] "), 0);

                if (end < 0)
                        return false;
                text = text_from_offset(text, (size_t)end + 3);
        }
        if (text.length == 0 || text.data[0] != 'm')
                return false;
        for (size_t i = 0; i < COUNT(frames); i++) {
                struct text rest = text;

                if (!text_eat(&rest, frames[i].name))
                        continue;
                while (rest.length > 0 && rest.data[0] != '+' && rest.data[0] != ' ') /* ".isra.0" */
                        rest = text_from_offset(rest, 1);
                if (text_starts(rest, TEXT("+0x")) &&
                    (text.length == frames[i].name.length + rest.length || text.data[frames[i].name.length] == '.')) {
                        line->frame = frames[i].frame;
                        return true;
                }
        }
        return false;
}
