/* lib/parse/line.h: lines of logs that lack their end. Every line of the corpus is cut at every byte: nothing is told that the whole
 * line doesn't say, and of a kill line every field is kept that the cut left whole. */

#include <glob.h>

#include "cut_log.h"
#include "harness.h"
#include "kmsg/record.h"
#include "parse/line.h"

#define KB 1024LL

/* Of each file so many lines of each kind: a file has thousands of rows and statistics. */
#define LINES_OF_KIND 1

/* ---- what a line says --------------------------------------------------------------------------------------------------- */

#define FIELDS_MAX 128

struct field {
        const char *name;
        bool is_text;
        struct text text;
        int64_t number;
};

struct fields {
        size_t count;
        struct field fields[FIELDS_MAX];
};

/* ck_assert() writes to a pipe each time, which would be most of the time here. */
static void must(bool condition, const char *what)
{
        if (!condition)
                ck_abort_msg("%s", what);
}

static void add_number(struct fields *fields, const char *name, int64_t number)
{
        if (number == OOM_UNKNOWN)
                return;
        must(fields->count < FIELDS_MAX, "too many fields");
        fields->fields[fields->count++] = (struct field){ .name = name, .number = number };
}

static void add_text(struct fields *fields, const char *name, struct text text)
{
        if (!text.data)
                return;
        must(fields->count < FIELDS_MAX, "too many fields");
        fields->fields[fields->count++] = (struct field){ .name = name, .is_text = true, .text = text };
}

static void add_process(struct fields *fields, const struct oom_line_process *process)
{
        add_number(fields, "scope", process->scope);
        add_number(fields, "pid", process->pid);
        add_text(fields, "comm", process->comm);
        add_number(fields, "score", process->score);
        add_number(fields, "uid", process->uid);
        add_number(fields, "total_vm_bytes", process->total_vm_bytes);
        add_number(fields, "anon_rss_bytes", process->anon_rss_bytes);
        add_number(fields, "file_rss_bytes", process->file_rss_bytes);
        add_number(fields, "shmem_rss_bytes", process->shmem_rss_bytes);
        add_number(fields, "pgtables_bytes", process->pgtables_bytes);
        add_number(fields, "oom_score_adj", process->oom_score_adj);
}

static void add_summary(struct fields *fields, const struct oom_line_summary *summary)
{
        if (summary->constraint != OOM_CONSTRAINT_UNKNOWN)
                add_number(fields, "constraint", summary->constraint);
        if (summary->is_global)
                add_number(fields, "is_global", summary->is_global);
        add_text(fields, "nodemask", summary->nodemask);
        add_text(fields, "cpuset", summary->cpuset);
        add_text(fields, "mems_allowed", summary->mems_allowed);
        add_text(fields, "limit_memcg", summary->limit_memcg);
        add_text(fields, "task_memcg", summary->task_memcg);
        add_text(fields, "comm", summary->comm);
        add_number(fields, "pid", summary->pid);
        add_number(fields, "uid", summary->uid);
}

static void add_counters(struct fields *fields, const struct oom_line_counters *counters)
{
        static char names[OOM_COUNTER_COUNT][16];

        add_number(fields, "node", counters->node);
        add_text(fields, "zone", counters->zone);
        add_number(fields, "all_unreclaimable", counters->all_unreclaimable);
        for (size_t i = 0; i < OOM_COUNTER_COUNT; i++) {
                (void)snprintf(names[i], sizeof(names[i]), "counter %zu", i);
                add_number(fields, names[i], counters->values[i]);
        }
}

static void add_stats(struct fields *fields, const struct oom_line *line)
{
        struct text entries = line->stats.entries, name;
        static char names[FIELDS_MAX][64];
        int64_t value;

        add_text(fields, "memcg", line->stats.memcg);
        while (fields->count < FIELDS_MAX && oom_stat_next(&entries, &name, &value)) {
                (void)snprintf(names[fields->count], sizeof(names[0]), "%.*s", (int)name.length, name.data);
                add_number(fields, names[fields->count], value);
        }
}

static void add_body(struct fields *fields, const struct oom_line *line)
{
        static char names[OOM_ORDERS_MAX][16];

        switch (line->kind) {
        case OOM_LINE_COUNTERS:
        case OOM_LINE_NODE:
        case OOM_LINE_ZONE:
                add_counters(fields, &line->counters);
                break;
        case OOM_LINE_LOWMEM_RESERVE:
                for (size_t i = 0; i < line->lowmem_reserve.count; i++) {
                        (void)snprintf(names[i], sizeof(names[i]), "reserve %zu", i);
                        add_number(fields, names[i], line->lowmem_reserve.pages[i]);
                }
                break;
        case OOM_LINE_BUDDY:
                add_number(fields, "page_size_bytes", line->buddy.page_size_bytes);
                add_number(fields, "bytes", line->buddy.bytes);
                for (size_t i = 0; i < line->buddy.n_orders && i < OOM_ORDERS_MAX; i++) {
                        (void)snprintf(names[i], sizeof(names[i]), "order %zu", i);
                        add_number(fields, names[i], line->buddy.blocks[i]);
                }
                break;
        case OOM_LINE_HUGEPAGES:
                add_number(fields, "size_bytes", line->hugepages.size_bytes);
                break;
        case OOM_LINE_TOTAL:
                add_number(fields, "which", line->total.which);
                add_number(fields, "value", line->total.value);
                break;
        case OOM_LINE_MEMCG_USAGE:
                add_number(fields, "which", line->usage.which);
                add_number(fields, "usage", line->usage.usage.usage_bytes);
                add_number(fields, "limit", line->usage.usage.limit_bytes);
                add_number(fields, "failcnt", line->usage.usage.failcnt);
                break;
        case OOM_LINE_PROTECTION:
                add_number(fields, "min", line->protection.min_bytes);
                add_number(fields, "low", line->protection.low_bytes);
                break;
        case OOM_LINE_MEMCG_STATS:
        case OOM_LINE_MEMCG_STAT:
                add_stats(fields, line);
                break;
        case OOM_LINE_SLAB_ROW:
                add_text(fields, "name", line->slab.name);
                add_number(fields, "total", line->slab.total_bytes);
                break;
        case OOM_LINE_ALLOCATION:
                add_number(fields, "bytes", line->allocation.bytes);
                add_number(fields, "calls", line->allocation.calls);
                break;
        default:
                break;
        }
}

static void fields_of(const struct oom_line *line, struct fields *fields)
{
        fields->count = 0;
        switch (line->kind) {
        case OOM_LINE_INVOKED:
                add_text(fields, "comm", line->invoked.comm);
                add_number(fields, "gfp_mask", line->invoked.gfp_mask);
                add_text(fields, "gfp_flags", line->invoked.gfp_flags);
                add_text(fields, "nodemask", line->invoked.nodemask);
                add_number(fields, "order", line->invoked.order);
                add_number(fields, "oom_score_adj", line->invoked.oom_score_adj);
                break;
        case OOM_LINE_TASK:
                add_number(fields, "pid", line->task.pid);
                add_text(fields, "comm", line->task.comm);
                break;
        case OOM_LINE_LIMIT:
                add_text(fields, "task_memcg", line->limit.task_memcg);
                add_text(fields, "limit_memcg", line->limit.limit_memcg);
                break;
        case OOM_LINE_CPUSET:
                add_text(fields, "cpuset", line->cpuset.cpuset);
                add_text(fields, "mems_allowed", line->cpuset.mems_allowed);
                break;
        case OOM_LINE_SUMMARY:
                add_summary(fields, &line->summary);
                break;
        case OOM_LINE_GROUP:
                add_text(fields, "group_memcg", line->group_memcg);
                break;
        case OOM_LINE_KILLED:
        case OOM_LINE_ANNOUNCEMENT:
        case OOM_LINE_SHARING:
        case OOM_LINE_VM_KILLING:
        case OOM_LINE_WOULD_HAVE:
        case OOM_LINE_EXITING:
        case OOM_LINE_REAPED:
        case OOM_LINE_UNREAPABLE:
                add_process(fields, &line->process);
                break;
        case OOM_LINE_PANIC:
                add_text(fields, "message", line->message);
                break;
        default:
                add_body(fields, line);
                break;
        }
}

static const struct field *find(const struct fields *fields, const char *name)
{
        for (size_t i = 0; i < fields->count; i++)
                if (strcmp(fields->fields[i].name, name) == 0)
                        return &fields->fields[i];
        return NULL;
}

static bool is_equal(const struct field *a, const struct field *b)
{
        return a->is_text ? text_equal(a->text, b->text) : a->number == b->number;
}

/* ---- every line of the corpus, cut at every byte ------------------------------------------------------------------------ */

/* What nothing shows to be cut: the number, list or name that the line's form ends with. */
static bool ends_form(const struct oom_line *whole, const char *field)
{
        static const struct {
                enum oom_line_kind kind;
                const char *field;
        } ends[] = {
                { OOM_LINE_INVOKED, "oom_score_adj" }, { OOM_LINE_CPUSET, "mems_allowed" },
                { OOM_LINE_LIMIT, "limit_memcg" },     { OOM_LINE_SUMMARY, "uid" },
                { OOM_LINE_KILLED, "oom_score_adj" },  { OOM_LINE_MEMCG_USAGE, "failcnt" },
                { OOM_LINE_VM_KILLING, "comm" },       { OOM_LINE_INVOKED, "order" },
        };

        if (whole->kind == OOM_LINE_MEMCG_STAT || whole->kind == OOM_LINE_COUNTERS ||
            whole->kind == OOM_LINE_LOWMEM_RESERVE)
                return true;
        for (size_t i = 0; i < COUNT(ends); i++)
                if (ends[i].kind == whole->kind && strcmp(ends[i].field, field) == 0)
                        return true;
        return false;
}

/* A name that looks like the end of one: which of its bytes is the last shows only what comes after it. */
static bool is_hostile(const struct fields *whole)
{
        for (size_t i = 0; i < whole->count; i++) {
                struct text text = whole->fields[i].text;

                if (strcmp(whole->fields[i].name, "memcg") == 0 && text_find(text, TEXT(":"), 0) >= 0)
                        return true;
                if (whole->fields[i].is_text &&
                    (text_find(text, TEXT(")"), 0) >= 0 || text_find(text, TEXT(",task="), 0) >= 0 ||
                     text_find(text, TEXT(",pid="), 0) >= 0 || text_find(text, TEXT(",task_memcg="), 0) >= 0 ||
                     text_find(text, TEXT("killed as a result"), 0) >= 0 || text_find(text, TEXT("\n"), 0) >= 0 ||
                     text_starts(text, TEXT(" "))) &&
                    strcmp(whole->fields[i].name, "message") != 0)
                        return true;
        }
        return false;
}

static void check_cut(struct text text, size_t length, enum oom_line_end end, const struct oom_line *whole,
                      const struct fields *whole_fields)
{
        struct oom_line line;
        struct fields fields;
        enum oom_line_kind kind = oom_line_parse_log(text_until_offset(text, length), end, &line);

        /* these two are believed in their block only */
        if (kind == OOM_LINE_OTHER ||
            (kind != whole->kind && (kind == OOM_LINE_MEMCG_STAT || kind == OOM_LINE_ALLOCATION)))
                return;
        if (kind != whole->kind)
                ck_abort_msg("kind %d, not %d: %.*s", kind, whole->kind, (int)length, text.data);
        fields_of(&line, &fields);
        for (size_t i = 0; i < fields.count; i++) {
                const struct field *field = &fields.fields[i], *same = find(whole_fields, field->name);

                if (same && is_equal(field, same))
                        continue;
                if (end != OOM_END_OPEN || !ends_form(whole, field->name))
                        ck_abort_msg("%s is told of: %.*s", field->name, (int)length, text.data);
        }
}

static void cut_line(struct text text)
{
        struct oom_line whole;
        struct fields fields;

        (void)oom_line_parse(text, &whole);
        fields_of(&whole, &fields);
        if (is_hostile(&fields))
                return;
        for (size_t length = 1; length <= text.length; length++)
                check_cut(text, length, OOM_END_OPEN, &whole, &fields);
        for (size_t length = 1; length < text.length; length++)
                check_cut(text, length, OOM_END_LOST, &whole, &fields);
}

typedef void (*line_fn)(struct text text);

/* Calls fn for lines of each kind in each file of the corpus. */
static void for_lines(line_fn fn)
{
        size_t lines = 0;
        glob_t files;

        /* of each version; the real ones are of these too, and large */
        ck_assert_int_eq(glob(TESTS_DIR "/corpus/cases/formats/*/*.kmsg", 0, NULL, &files), 0);
        for (size_t i = 0; i < files.gl_pathc; i++) {
                unsigned counts[OOM_LINE_KIND_COUNT] = { 0 };
                struct cut_log log;
                struct oom_line line;

                cut_log_load(files.gl_pathv[i], &log);
                for (size_t r = 0; r < log.count; r++) {
                        struct text text = log.records[r].record.text;
                        enum oom_line_kind kind = oom_line_parse(text, &line);

                        if (kind != OOM_LINE_OTHER && kind != OOM_LINE_STACK && kind != OOM_LINE_UNREAD &&
                            counts[kind]++ < LINES_OF_KIND) {
                                fn(text);
                                lines++;
                        }
                }
                cut_log_done(&log);
        }
        globfree(&files);
        ck_assert_uint_gt(lines, 100);
}

START_TEST(test_cut_line_tells_nothing_that_the_whole_line_does_not)
{
        for_lines(cut_line);
}
END_TEST

/* ---- kill lines ---------------------------------------------------------------------------------------------------------- */

/* Where the value after these words ends, unit included; 0: they aren't there. */
static size_t value_end(struct text text, const char *words)
{
        ptrdiff_t at = text_find_last(text, text_from(words));
        size_t end;

        if (at < 0)
                return 0;
        end = (size_t)at + strlen(words);
        while (end < text.length && memchr("-0123456789kB", text.data[end], 13))
                end++;
        return end;
}

static void keep_fields(struct text text)
{
        static const struct {
                const char *words, *field;
        } values[] = {
                { " total-vm:", "total_vm_bytes" },
                { " anon-rss:", "anon_rss_bytes" },
                { " file-rss:", "file_rss_bytes" },
                { " shmem-rss:", "shmem_rss_bytes" },
                { " pgtables:", "pgtables_bytes" },
                { " oom_score_adj:", "oom_score_adj" },
                { " UID:", "uid" },
                { "), UID ", "uid" },
        };
        struct oom_line whole, line;
        struct fields whole_fields, fields;

        if (oom_line_parse(text, &whole) != OOM_LINE_KILLED)
                return;
        fields_of(&whole, &whole_fields);
        if (is_hostile(&whole_fields))
                return;
        for (size_t length = (size_t)(whole.process.comm.data - text.data) + whole.process.comm.length + 1;
             length < text.length; length++) {
                struct text cut = text_until_offset(text, length);

                if (oom_line_parse_log(cut, OOM_END_OPEN, &line) != OOM_LINE_KILLED)
                        ck_abort_msg("lost: %.*s", (int)length, text.data);
                fields_of(&line, &fields);
                must(line.process.pid == whole.process.pid, "another pid");
                must(text_equal(line.process.comm, whole.process.comm), "another comm");
                for (size_t i = 0; i < COUNT(values); i++) {
                        size_t end = value_end(text, values[i].words);
                        bool has_unit = end && text.data[end - 1] == 'B';

                        /* within the reach of a comm a size may be a part of it */
                        if (end && (has_unit ? end <= length : end < length) && find(&whole_fields, values[i].field) &&
                            length - (size_t)(whole.process.comm.data - text.data) > OOM_COMM_MAX &&
                            !find(&fields, values[i].field))
                                ck_abort_msg("%s is not told of: %.*s", values[i].field, (int)length, text.data);
                }
        }
}

START_TEST(test_cut_kill_line_keeps_every_whole_field)
{
        for_lines(keep_fields);
}
END_TEST

/* ---- forms ---------------------------------------------------------------------------------------------------------------- */

#define KILLED "Out of memory: Killed process 2210 (shopd) total-vm:903256kB, anon-rss:701480kB, "
#define CHOSEN "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),"

START_TEST(test_what_stands_before_the_cut_is_read)
{
        static const struct {
                const char *text;
                enum oom_line_kind kind;
                const char *told; /* names of all fields but pid, comm and scope */
        } cases[] = {
                { KILLED "file-rss:2048kB, UID:991 pgtables:1612kB oom_s", OOM_LINE_KILLED,
                  "uid total_vm_bytes anon_rss_bytes file_rss_bytes pgtables_bytes " },
                { KILLED "file-rss:2048kB, UID:991 pgtables:1612k", OOM_LINE_KILLED,
                  "uid total_vm_bytes anon_rss_bytes file_rss_bytes " },
                { KILLED "file-rss:2048kB, UID:99", OOM_LINE_KILLED, "total_vm_bytes anon_rss_bytes file_rss_bytes " },
                { KILLED "file-rss:2048kB, UID:0", OOM_LINE_KILLED,
                  "uid total_vm_bytes anon_rss_bytes file_rss_bytes " },
                { KILLED "file-rss:2048kB,", OOM_LINE_KILLED, "total_vm_bytes anon_rss_bytes file_rss_bytes " },
                { KILLED "file-rss:20...", OOM_LINE_KILLED, "total_vm_bytes anon_rss_bytes " },
                { KILLED "file-rss:2048kB...", OOM_LINE_KILLED, "total_vm_bytes anon_rss_bytes file_rss_bytes " },
                { KILLED "file-rss:20\xe2\x80\xa6", OOM_LINE_KILLED, "total_vm_bytes anon_rss_bytes " },
                { KILLED "file-r\xe2\x80\xa6_score_adj:0", OOM_LINE_KILLED, "total_vm_bytes anon_rss_bytes " },
                { KILLED "file-rss:20>", OOM_LINE_KILLED, "total_vm_bytes anon_rss_bytes " },
                { KILLED "file-rss:2kB, UID:0 pgtables:1kB oom_score_adj:50, and so on", OOM_LINE_KILLED,
                  "uid total_vm_bytes anon_rss_bytes file_rss_bytes pgtables_bytes oom_score_adj " },
                { KILLED "file-rss:2kB, UID:0 pgtables:1kB oom_score_adj:5>", OOM_LINE_KILLED,
                  "uid total_vm_bytes anon_rss_bytes file_rss_bytes pgtables_bytes " },
                { "Memory cgroup out of memory: Killed process 9 (x) tot", OOM_LINE_KILLED, "" },
                { "Killed process 9, UID 48, (httpd) total-vm:4kB, anon-rs", OOM_LINE_KILLED, "uid total_vm_bytes " },
                { "Killed process 9 (httpd), UID 48, tot", OOM_LINE_KILLED, "uid " },
                { "Killed process 9 (httpd), UID 4", OOM_LINE_KILLED, "" },
                { "Some other words: Killed process 9 (httpd) total-vm:4kB, anon-", OOM_LINE_KILLED,
                  "total_vm_bytes " },
                /* the name is "x) total-vm:4kB" */
                { "Out of memory: Killed process 9 (x) total-vm:4kB) total-vm:903256kB, a", OOM_LINE_KILLED,
                  "total_vm_bytes " },
                { "Out of memory: Kill process 9 (x) score 31 or sacri", OOM_LINE_ANNOUNCEMENT, "score " },
                { "Out of memory: Kill process 9 (x) score 31", OOM_LINE_ANNOUNCEMENT, "" },
                { "Kill process 9 (x) sharing same", OOM_LINE_SHARING, "" },
                { CHOSEN "oom_memcg=/a,task_memcg=/a/b,task=x,pid=7,uid=99>", OOM_LINE_SUMMARY,
                  "constraint nodemask limit_memcg task_memcg " },
                { CHOSEN "oom_memcg=/a,task_memcg=/a/b,task=x,pid=7,", OOM_LINE_SUMMARY,
                  "constraint nodemask limit_memcg task_memcg " },
                { CHOSEN "oom_memcg=/a,task_memcg=/a/b,task=x,p", OOM_LINE_SUMMARY,
                  "constraint nodemask limit_memcg task_memcg " },
                { CHOSEN "oom_memcg=/a,task_memcg=/a/b", OOM_LINE_SUMMARY, "constraint nodemask limit_memcg " },
                { CHOSEN "cpuset=x,mems_allowed=0-1,oom_memcg=/a", OOM_LINE_SUMMARY,
                  "constraint nodemask cpuset mems_allowed " },
                { CHOSEN "cpuset=x,mems_allowed=0", OOM_LINE_SUMMARY, "constraint nodemask cpuset " },
                { "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(nul", OOM_LINE_SUMMARY, "constraint " },
                { "oom-kill:constraint=CONSTRAINT_MEMCG", OOM_LINE_SUMMARY, "constraint " },
                { "oom-kill:constraint=CONSTRAINT_MEMO", OOM_LINE_SUMMARY, "constraint " },
                { "oom-kill:constraint=CONSTRAINT_NONE,nodem", OOM_LINE_SUMMARY, "constraint " },
                { "oom-kill:constraint=CONSTRAINT_MEM", OOM_LINE_SUMMARY, "" },
                { "memory: usage 8kB, limit 8kB, failc", OOM_LINE_MEMCG_USAGE, "which usage limit " },
                { "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=1, oom_s", OOM_LINE_INVOKED,
                  "gfp_mask gfp_flags order " },
                { "x invoked oom-killer: gfp_mask=0xcc0(GFP_K", OOM_LINE_INVOKED, "gfp_mask " },
                { "x invoked oom-killer", OOM_LINE_INVOKED, "" },
                { "CPU: 1 PID: 5 Comm: x Not tai", OOM_LINE_TASK, "" },
                { "Tasks in /a are going to be killed due", OOM_LINE_GROUP, "group_memcg " },
                { "Out of memory and no killable proc", OOM_LINE_NO_KILLABLE, "" },
                { "Kernel panic - not syncing: Out of memory: system-wide pani", OOM_LINE_PANIC, "message " },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct oom_line line;
                struct fields fields;
                char told[256] = "";

                ck_assert_msg(oom_line_parse_log(text_from(cases[i].text), OOM_END_OPEN, &line) == cases[i].kind, "%s",
                              cases[i].text);
                fields_of(&line, &fields);
                for (size_t f = 0; f < fields.count; f++) {
                        const char *name = fields.fields[f].name;

                        if (strcmp(name, "pid") == 0 || strcmp(name, "comm") == 0 || strcmp(name, "scope") == 0)
                                continue;
                        (void)strcat(strcat(told, name), " ");
                }
                ck_assert_msg(strcmp(told, cases[i].told) == 0, "'%s' of: %s", told, cases[i].text);
                ck_assert_msg(line.is_cut || strstr(cases[i].text, "UID:0") || strstr(cases[i].text, "file-rss:2048kB"),
                              "%s", cases[i].text);
        }
}
END_TEST

/* Too little of a line, other texts with its words, and what a whole line of the kernel doesn't end like. */
START_TEST(test_what_is_no_cut_line)
{
        static const char *const both[] = {
                "Out of memory: Killed proc",
                "Out of memory: Killed process 2210 (shop",
                "Out of memory: Killed process 22",
                "// Out of memory: Killed process 2210 (shopd) total-vm:9kB, anon-",
                "Some other words: Killed process 9 (httpd) tot",
                "Kill process 9 (x) sha",
                "Kill process 9 (x) again",
                "Out of memory: Kill process 9 (x) and its friends",
                "a invoked oom-killer: no mask",
                "pr_warn(\"%s invoked oom-killer: gfp_mask=%#x(%pGg), order=%d",
                "which of them invoked oom-killer",
                "oom-kill:constraint=CONSTRAINT_OF",
                "oom-kill:constraint=CONSTRAINT_NONE, of all",
                "Tasks in /a are going",
                "Out of memory and no k",
                "Kernel panic - not syncing: Out of memory",
                "CPU: 1 PID: 5",
        };
        static const char *const whole[] = {
                "Some other words: Killed process 9 (httpd) total-vm:4kB, anon-",
                "Out of memory: Kill process 9 (x) score 31 or sacri",
                "oom-kill:constraint=CONSTRAINT_MEM",
                "x invoked oom-killer",
                "Tasks in /a are going to be killed due",
                "Out of memory and no killable proc",
        };
        struct oom_line line;

        for (size_t i = 0; i < COUNT(both); i++) {
                ck_assert_msg(oom_line_parse_log(text_from(both[i]), OOM_END_OPEN, &line) == OOM_LINE_OTHER, "%s",
                              both[i]);
                ck_assert_msg(oom_line_parse(text_from(both[i]), &line) == OOM_LINE_OTHER, "%s", both[i]);
        }
        for (size_t i = 0; i < COUNT(whole); i++)
                ck_assert_msg(oom_line_parse(text_from(whole[i]), &line) == OOM_LINE_OTHER, "%s", whole[i]);
}
END_TEST

TEST_MAIN("line_cut", CASE(test_what_stands_before_the_cut_is_read), CASE(test_what_is_no_cut_line),
          CASE(test_cut_line_tells_nothing_that_the_whole_line_does_not),
          CASE(test_cut_kill_line_keeps_every_whole_field))
