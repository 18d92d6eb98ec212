/* lib/logfile/search/search.h */

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "harness.h"
#include "kmsg/record.h"
#include "logfile/search/search.h"
#include "parse/parser.h"

#define ROUNDS 1000
#define ROW(literal)                                                                                                   \
        {                                                                                                              \
                literal, sizeof(literal) - 1                                                                           \
        }
/* What is found, as the kernel prints it; written anew here, and not taken from the module. */
static const struct text needles[] = {
        ROW("oom-killer:"),
        ROW("oom-kill:constraint="),
        ROW("Killed process"),
        ROW("OOM killed process "),
        ROW("Would have killed process "),
        ROW("Kill process"),
        ROW(": kill process "),
        ROW("Rage kill process "),
        ROW("VM: killing process "),
        ROW("no killable processes"),
        ROW("killed as a result of limit of "),
        ROW("Manual OOM execution"),
        ROW("OOM request ignored"),
        ROW("OOM victim "),
        ROW("panic_on_oom is enabled"),
        ROW("panic_on_oom is selected"),
        ROW("System is deadlocked on memory"),
        ROW("oom_reaper: unable to reap "),
        ROW("memory.oom.group set"),
        ROW("Memory limit reached of cgroup "),
#define ALONE(before, words) ROW(before words),
#include "killer/words.h"
#include "logfile/search/coats.h"
#undef ALONE
};
static const struct text array_needles[] = { ROW("\"MESSAGE\":["), ROW("\"MESSAGE\" : [") };

/* Where OOMWATCH_CUTS_STRIDE is set (valgrind and emulators are slow), one in seven of what takes longest. */
static size_t step(void)
{
        return getenv("OOMWATCH_CUTS_STRIDE") ? 7 : 1;
}

/* ---- a search that is plainly right ---------------------------------------------------------------------------------- */

/* By its first byte, since there are a hundred of them. */
static bool may_begin(char byte)
{
        static bool begins[256], is_known;

        for (size_t i = 0; i < COUNT(needles) && !is_known; i++)
                begins[(uint8_t)needles[i].data[0]] = true;
        for (size_t i = 0; i < COUNT(array_needles) && !is_known; i++)
                begins[(uint8_t)array_needles[i].data[0]] = true;
        is_known = true;
        return begins[(uint8_t)byte];
}

static bool is_at(struct text block, size_t offset, enum log_search_form form)
{
        struct text rest = text_from_offset(block, offset);

        if (!may_begin(block.data[offset]))
                return false;
        for (size_t i = 0; i < COUNT(needles); i++)
                if (text_starts(rest, needles[i]))
                        return true;
        for (size_t i = 0; i < COUNT(array_needles) && form == LOG_SEARCH_JOURNAL_JSON; i++)
                if (text_starts(rest, array_needles[i]))
                        return true;
        return false;
}

static size_t naive_search(struct text block, size_t from, enum log_search_form form)
{
        while (from < block.length && !is_at(block, from, form))
                from++;
        return from;
}

/* xorshift64*: the same at every run */
static unsigned random_below(uint64_t *state, unsigned limit)
{
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        return (unsigned)((*state * UINT64_C(2685821657736338717) >> 32) % limit);
}

static uint64_t naive_newlines(struct text block, size_t from, size_t to)
{
        uint64_t count = 0;

        for (; from < to; from++)
                count += block.data[from] == '\n';
        return count;
}

static void check_backend(enum log_search_backend backend, struct text block, size_t from, enum log_search_form form)
{
        size_t expected = naive_search(block, from, form);
        uint64_t newlines = 7;
        size_t offset = log_search_by(backend, block, from, form, &newlines);

        ck_assert_msg(offset == expected, "backend %d, form %d, from %zu of \"%.*s\": %zu, not %zu", (int)backend,
                      (int)form, from, (int)block.length, block.data, offset, expected);
        ck_assert_uint_eq(newlines, 7 + naive_newlines(block, from, expected));
}

/* All matches in the block in every backend and form, from its beginning and on from after each. The block is copied into
 * memory of its exact size, begun at the given alignment: a sanitizer, or valgrind, sees a read past its end. */
static void check_block(struct text text, size_t alignment)
{
        char *copy = malloc(alignment + text.length);
        struct text block = { copy + alignment, text.length };

        ck_assert_ptr_nonnull(copy);
        if (text.length)
                memcpy(copy + alignment, text.data, text.length);
        for (enum log_search_form form = LOG_SEARCH_TEXT; form <= LOG_SEARCH_JOURNAL_JSON; form++) {
                for (size_t from = 0; from <= block.length;) {
                        size_t expected = naive_search(block, from, form);

                        for (enum log_search_backend backend = 0; backend < LOG_SEARCH_BACKENDS; backend++)
                                if (log_search_has(backend))
                                        check_backend(backend, block, from, form);
                        ck_assert_uint_eq(log_search(block, from, form), expected);
                        from = expected + 1;
                }
        }
        free(copy);
}

/* ---- every line that counts ------------------------------------------------------------------------------------------ */

static void count_incident(const struct oom_incident *incident, void *userdata)
{
        (void)incident;
        ++*(unsigned *)userdata;
}

/* Alone in a log, does this record make an incident? */
static bool makes_incident(const struct kmsg_record *record)
{
        unsigned incidents = 0;
        struct oom_parser *parser;

        ck_assert_int_eq(oom_parser_new(count_incident, &incidents, &parser), 0);
        oom_parser_push(parser, record);
        oom_parser_flush(parser);
        oom_parser_free(parser);
        return incidents > 0;
}

struct tally {
        unsigned records, incidents;
};

static void check_record_line(const char *path, struct text line, struct tally *tally)
{
        char unescaped[KMSG_RECORD_MAX];
        struct kmsg_record record;

        if (line.length > KMSG_RECORD_MAX || kmsg_record_decode(line, unescaped, &record) < 0)
                return;
        tally->records++;
        if (!makes_incident(&record))
                return;
        tally->incidents++;
        ck_assert_msg(log_search(line, 0, LOG_SEARCH_TEXT) < line.length, "%s: not found: %.*s", path, (int)line.length,
                      line.data);
        ck_assert_msg(log_search(record.text, 0, LOG_SEARCH_TEXT) < record.text.length, "%s: not found: %.*s", path,
                      (int)record.text.length, record.text.data);
}

static void check_file(const char *path, struct tally *tally)
{
        FILE *file = fopen(path, "re");
        char *line = NULL;
        size_t size = 0;
        ssize_t length;

        ck_assert_msg(file, "%s", path);
        while ((length = getline(&line, &size, file)) > 0)
                check_record_line(path, (struct text){ line, (size_t)length - (line[length - 1] == '\n') }, tally);
        free(line);
        (void)fclose(file);
}

static void check_directory(const char *path, struct tally *tally)
{
        DIR *directory = opendir(path);
        struct dirent *entry;

        ck_assert_msg(directory, "%s", path);
        while ((entry = readdir(directory))) {
                char below[4096];
                struct stat status;

                if (entry->d_name[0] == '.')
                        continue;
                ck_assert_int_lt(snprintf(below, sizeof(below), "%s/%s", path, entry->d_name), (int)sizeof(below));
                ck_assert_int_eq(lstat(below, &status), 0);
                if (S_ISDIR(status.st_mode))
                        check_directory(below, tally);
                else if (text_ends(text_from(below), TEXT(".kmsg")))
                        check_file(below, tally);
        }
        (void)closedir(directory);
}

START_TEST(test_every_line_that_alone_makes_an_incident_is_found)
{
        struct tally tally = { 0 };

        check_directory(TESTS_DIR "/corpus/cases", &tally);
        ck_assert_uint_gt(tally.records, 5000);
        ck_assert_uint_gt(tally.incidents, 500);
}
END_TEST

/* Those that make no incident by themselves, but change what others come to; one of each form. */
START_TEST(test_lines_that_begin_or_end_a_report_are_found)
{
        static const char *const lines[] = {
                "oom-killer: gfp_mask=0xd0, order=0",
                "a b invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0",
                "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,",
                "Out of Memory: Kill process 1 (a) score 2 and children.",
                "Out of memory: kill process 1 (a) score 2 or a child",
                "No available memory in cpuset: kill process 1 (a) score 2 or a child",
                "Memory cgroup out of memory: Kill process 1 (a) score 2 or sacrifice child",
                "Out of Memory: Killed process 1 (a).",
                "Out of memory: Killed process 1, UID 48, (httpd).",
                "Killed process 1149 (pengine) total-vm:6529372kB, anon-rss:2237192kB, file-rss:12420kB",
                "Out of memory: OOM killed process 1 (a) score 1 vm:1kB, rss:1kB, swap:0kB",
                "Out of memory in UB 101: OOM killed process 1 (a) score 1 vm:1kB, rss:1kB, swap:0kB",
                "Kill process 1 (a) sharing same memory",
                "Rage kill process 1 (a)",
                "Would have killed process 1 (a). But continuing instead.",
                "VM: killing process a",
                "Task in /a killed as a result of limit of /a",
                "Memory limit reached of cgroup /a",
                "Tasks in /a are going to be killed due to memory.oom.group set",
                "Out of memory: OOM victim 1 (a) is already exiting. Skip killing the task",
                "Out of memory and no killable processes...",
                "SysRq : Manual OOM execution",
                "sysrq: OOM request ignored because killer is disabled",
                "sysrq: OOM request ignored. No task eligible",
                "Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled",
                "Kernel panic - not syncing: out of memory. panic_on_oom is selected",
                "Kernel panic - not syncing: System is deadlocked on memory",
                "oom_reaper: unable to reap pid:1 (a)",
        };

        for (size_t i = 0; i < COUNT(lines); i++)
                ck_assert_msg(log_search(text_from(lines[i]), 0, LOG_SEARCH_TEXT) < strlen(lines[i]), "%s", lines[i]);
}
END_TEST

START_TEST(test_ordinary_lines_are_passed_over)
{
        static const char *const lines[] = {
                "systemd[1]: nginx.service: Failed with result 'oom-kill'.",
                "systemd[1]: nginx.service: Killing process 1 (a) with signal SIGKILL.",
                "systemd[1]: nginx.service: Main process exited, code=killed, status=9/KILL",
                "kernel: OOM killer enabled.",
                "kernel: sysctl: vm.panic_on_oom = 1",
                "kubelet: Killing container with a grace period, oom_score_adj=1000",
                "the room, the zoom, the bloom. skill, killer, limit",
                "session memory; open mail",
                "{\"MESSAGE\":\"Kill\",\"_PID\":\"1\"}",
        };

        for (size_t i = 0; i < COUNT(lines); i++) {
                ck_assert_uint_eq(log_search(text_from(lines[i]), 0, LOG_SEARCH_TEXT), strlen(lines[i]));
                ck_assert_uint_eq(log_search(text_from(lines[i]), 0, LOG_SEARCH_JOURNAL_JSON), strlen(lines[i]));
        }
}
END_TEST

START_TEST(test_arrays_of_the_journal_are_found_when_asked_for)
{
        static const char *const lines[] = {
                "{\"_PID\":\"1\",\"MESSAGE\":[75,105,108,108,101,100]}",
                "{ \"_PID\" : \"1\", \"MESSAGE\" : [ 75, 105, 108 ] }",
                "\t\"MESSAGE\" : [\n\t\t75,",
        };

        for (size_t i = 0; i < COUNT(lines); i++) {
                struct text line = text_from(lines[i]);

                ck_assert_uint_eq(log_search(line, 0, LOG_SEARCH_TEXT), line.length);
                ck_assert_int_eq((long)log_search(line, 0, LOG_SEARCH_JOURNAL_JSON),
                                 text_find(line, TEXT("\"MESSAGE\""), 0));
        }
}
END_TEST

/* ---- the backends agree, and with a plain search ------------------------------------------------------------------------- */

START_TEST(test_nothing_is_found_in_nothing)
{
        ck_assert_uint_eq(log_search((struct text){ 0 }, 0, LOG_SEARCH_TEXT), 0);
        check_block(TEXT("Killed process "), 0);
        ck_assert_uint_eq(log_search(TEXT("Killed process "), 15, LOG_SEARCH_TEXT), 15);
}
END_TEST

/* Each of the words at each offset of a block of each length, alone; the whole of it or cut by the block's end. */
START_TEST(test_words_are_found_at_every_offset)
{
        char data[140];

        for (size_t i = 0; i < COUNT(needles) + COUNT(array_needles); i += step()) {
                struct text needle = i < COUNT(needles) ? needles[i] : array_needles[i - COUNT(needles)];

                for (size_t offset = 0; offset < sizeof(data); offset++) {
                        size_t end = offset + needle.length;

                        memset(data, "\xff-.km"[offset % 5], sizeof(data));
                        for (size_t j = 0; j < needle.length && offset + j < sizeof(data); j++)
                                data[offset + j] = needle.data[j];
                        for (size_t length = offset; length <= sizeof(data) && length <= end + 1; length++)
                                check_block((struct text){ data, length }, offset % 3);
                        check_block((struct text){ data, sizeof(data) }, 1);
                }
        }
}
END_TEST

START_TEST(test_all_backends_agree_at_every_alignment_and_length)
{
        uint64_t state = 1;
        char data[200];

        for (size_t length = 0; length <= sizeof(data); length += step()) {
                for (size_t alignment = 0; alignment < 64; alignment += 1 + length / 40) {
                        for (size_t at = 0; at < length;) { /* the words again and again */
                                struct text needle = needles[random_below(&state, COUNT(needles))];

                                for (size_t i = 0; i < needle.length && at < length; i++)
                                        data[at++] = needle.data[i];
                        }
                        check_block((struct text){ data, length }, alignment);
                }
        }
}
END_TEST

/* Pieces of the words, so that nearly every offset is a candidate, and few are what they resemble. */
START_TEST(test_all_backends_agree_on_what_resembles_the_words)
{
        static const struct text bytes = ROW("kKiIlLoOmMnNeE -_.:\"[<,+{9)]/?5a\0\x6b");
        uint64_t state = 2;
        char data[200];

        for (unsigned round = 0; round < ROUNDS / step(); round++) {
                size_t length = random_below(&state, sizeof(data) + 1);

                for (size_t at = 0; at < length;) {
                        unsigned which = random_below(&state, COUNT(needles) + COUNT(array_needles));
                        struct text needle =
                                which < COUNT(needles) ? needles[which] : array_needles[which - COUNT(needles)];
                        unsigned begin = random_below(&state, 4) ? 0 : random_below(&state, (unsigned)needle.length);
                        unsigned end = random_below(&state, 4) ? (unsigned)needle.length
                                                               : random_below(&state, (unsigned)needle.length + 1);

                        if (random_below(&state, 2))
                                data[at++] = bytes.data[random_below(&state, (unsigned)bytes.length)];
                        for (unsigned i = begin; i < end && at < length; i++)
                                data[at++] = needle.data[i];
                }
                check_block((struct text){ data, length }, random_below(&state, 64));
        }
}
END_TEST

START_TEST(test_all_backends_agree_on_random_bytes)
{
        static const struct text bytes = ROW("kKiIlLoOmMnNeE -_.:\"[<,+{9)]/?5a\0\x6b");
        uint64_t state = 3;
        char data[200];

        for (unsigned round = 0; round < ROUNDS / step(); round++) {
                size_t length = random_below(&state, sizeof(data) + 1);

                for (size_t i = 0; i < length; i++)
                        data[i] = round % 2 ? (char)random_below(&state, 256)
                                            : bytes.data[random_below(&state, (unsigned)bytes.length)];
                check_block((struct text){ data, length }, random_below(&state, 64));
        }
}
END_TEST

/* Bytes that share their lower half with a key's, and zeros: what a look at halves, or a borrow, could take for one. */
START_TEST(test_bytes_that_resemble_a_key_are_none)
{
        char data[96];

        for (int high = 0; high < 256; high += 16) {
                for (size_t i = 0; i < COUNT(needles); i += step()) {
                        memset(data, 0, sizeof(data));
                        memcpy(data + 60, needles[i].data, needles[i].length);
                        for (size_t j = 60; j < 60 + needles[i].length; j++) {
                                char kept = data[j];

                                data[j] = (char)(high | (kept & 15));
                                check_block((struct text){ data, sizeof(data) }, 0);
                                data[j] = kept;
                        }
                }
        }
}
END_TEST

START_TEST(test_a_log_cut_anywhere_is_searched_whole_with_the_overlap)
{
        char data[3 * LOG_SEARCH_OVERLAP];

        for (size_t i = 0; i < COUNT(needles) + COUNT(array_needles); i++) {
                struct text needle = i < COUNT(needles) ? needles[i] : array_needles[i - COUNT(needles)];

                ck_assert_uint_le(needle.length, LOG_SEARCH_OVERLAP);
                memset(data, ' ', sizeof(data));
                memcpy(data + LOG_SEARCH_OVERLAP, needle.data, needle.length);
                for (size_t cut = LOG_SEARCH_OVERLAP; cut <= sizeof(data); cut++) {
                        struct text before = { data, cut };
                        struct text after = { data + cut - LOG_SEARCH_OVERLAP,
                                              sizeof(data) - cut + LOG_SEARCH_OVERLAP };

                        ck_assert(log_search(before, 0, LOG_SEARCH_JOURNAL_JSON) == LOG_SEARCH_OVERLAP ||
                                  log_search(after, 0, LOG_SEARCH_JOURNAL_JSON) + cut - LOG_SEARCH_OVERLAP ==
                                          LOG_SEARCH_OVERLAP);
                }
        }
}
END_TEST

START_TEST(test_more_newlines_are_counted_than_a_byte_can_count)
{
        static char bytes[100000];

        memset(bytes, '\n', sizeof(bytes));
        for (size_t from = 0; from < 70; from += 23)
                for (enum log_search_backend backend = 0; backend < LOG_SEARCH_BACKENDS; backend++)
                        if (log_search_has(backend))
                                check_backend(backend, (struct text){ bytes, sizeof(bytes) - from / 3 }, from,
                                              LOG_SEARCH_TEXT);
}
END_TEST

START_TEST(test_the_portable_backend_is_everywhere)
{
        ck_assert(log_search_has(LOG_SEARCH_PORTABLE));
        ck_assert(!log_search_has(LOG_SEARCH_BACKENDS));
}
END_TEST

TEST_MAIN("log_search", CASE(test_every_line_that_alone_makes_an_incident_is_found),
          CASE(test_lines_that_begin_or_end_a_report_are_found), CASE(test_ordinary_lines_are_passed_over),
          CASE(test_arrays_of_the_journal_are_found_when_asked_for), CASE(test_nothing_is_found_in_nothing),
          CASE(test_words_are_found_at_every_offset), CASE(test_all_backends_agree_at_every_alignment_and_length),
          CASE(test_all_backends_agree_on_what_resembles_the_words), CASE(test_all_backends_agree_on_random_bytes),
          CASE(test_bytes_that_resemble_a_key_are_none),
          CASE(test_a_log_cut_anywhere_is_searched_whole_with_the_overlap),
          CASE(test_more_newlines_are_counted_than_a_byte_can_count), CASE(test_the_portable_backend_is_everywhere))
