/* daemon/common/spans.h */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/spans.h"
#include "harness.h"

#define HISTORY "state/history"
#define BOOT    "0123456789abcdef0123456789abcdef"
#define OTHER   "fedcba9876543210fedcba9876543210"

/* Of seconds from to to. */
static struct span make(int64_t from, int64_t to)
{
        return (struct span){
                .boot_id = BOOT,
                .from = { (1000 + from) * 1000000, from * 1000000, (uint64_t)from * 10, 3 },
                .to = { (1000 + to) * 1000000, to * 1000000, (uint64_t)to * 10, 5 },
                .n_alerted = 2,
        };
}

static void equal(const struct span *a, const struct span *b)
{
        ck_assert_str_eq(a->boot_id, b->boot_id);
        ck_assert_mem_eq(&a->from, &b->from, sizeof(a->from));
        ck_assert_mem_eq(&a->to, &b->to, sizeof(a->to));
        ck_assert_uint_eq(a->n_alerted, b->n_alerted);
}

static struct text format(const struct span *span, char line[static SPANS_LINE])
{
        span_format(span, line);
        return (struct text){ line, SPANS_LINE };
}

START_TEST(test_line_holds_the_span)
{
        struct span spans[] = { make(0, 0), make(1, 100), make(5, 6) }, parsed;
        char line[SPANS_LINE];

        spans[2].from = (struct span_end){ -INT64_MAX, 0, 0, 0 };
        spans[2].to = (struct span_end){ -INT64_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX };
        spans[2].n_alerted = UINT64_MAX; /* the longest */
        for (size_t i = 0; i < COUNT(spans); i++) {
                ck_assert(span_parse(format(&spans[i], line), &parsed));
                equal(&parsed, &spans[i]);
                ck_assert(span_parse((struct text){ line, SPANS_LINE - 1 },
                                     &parsed)); /* a last line without its newline */
                ck_assert_ptr_eq(memchr(line, '\n', SPANS_LINE), line + SPANS_LINE - 1);
        }
}
END_TEST

START_TEST(test_line_that_is_torn_is_none)
{
        struct span before = make(1, 100), after = make(1, 160), parsed = make(7, 8);
        char old[SPANS_LINE], new[SPANS_LINE], torn[SPANS_LINE];

        (void)format(&before, old);
        (void)format(&after, new);
        for (size_t i = 1; i < SPANS_LINE - 1; i++) { /* the first i bytes are written */
                memcpy(torn, old, SPANS_LINE);
                memcpy(torn, new, i);
                if (memcmp(torn, old, SPANS_LINE) != 0 && memcmp(torn, new, SPANS_LINE) != 0)
                        ck_assert_msg(!span_parse((struct text){ torn, SPANS_LINE }, &parsed), "%zu", i);
                ck_assert(!span_parse((struct text){ new, i }, &parsed));
                memcpy(torn, new, SPANS_LINE);
                torn[i] ^= 1;
                ck_assert(!span_parse((struct text){ torn, SPANS_LINE }, &parsed));
        }
        parsed.n_alerted++; /* untouched */
        ck_assert_uint_eq(parsed.n_alerted, 3);
        ck_assert(!span_parse((struct text){ NULL, 0 }, &parsed));
}
END_TEST

START_TEST(test_line_that_proves_nothing)
{
        struct span spans[] = { make(1, 2), make(1, 2), make(1, 2), make(1, 2), make(1, 2), make(1, 2) }, parsed;
        char line[SPANS_LINE];

        spans[0].n_alerted = 1; /* fewer than were counted */
        spans[1].n_alerted = 3;
        spans[2].to.boot_usec = 0; /* before it begins */
        spans[3].to.seq = 9;
        spans[4].to.n_kills = 2;
        spans[5].boot_id[3] = 'x';
        for (size_t i = 0; i < COUNT(spans); i++)
                ck_assert_msg(!span_parse(format(&spans[i], line), &parsed), "%zu", i);
}
END_TEST

START_TEST(test_what_is_covered)
{
        const struct span spans[] = { make(10, 20), make(20, 30), make(40, 50) };
        static const struct {
                int from, to, span; /* -1: none */
        } cases[] = { { 10, 20, 0 }, { 12, 12, 0 },  { 9, 12, -1 }, { 15, 21, -1 }, { 20, 20, 1 },
                      { 21, 30, 1 }, { 31, 32, -1 }, { 40, 50, 2 }, { 40, 51, -1 }, { 45, 44, -1 } };

        for (size_t i = 0; i < COUNT(cases); i++) {
                const struct span *span = spans_cover(spans, COUNT(spans), (1000 + cases[i].from) * INT64_C(1000000),
                                                      (1000 + cases[i].to) * INT64_C(1000000));

                ck_assert_ptr_eq(span, cases[i].span < 0 ? NULL : &spans[cases[i].span]);
        }
        ck_assert_ptr_null(spans_cover(NULL, 0, 0, 0));
}
END_TEST

static size_t load(struct span **ret_spans)
{
        size_t n = 12345;

        ck_assert_int_eq(spans_load(HISTORY, ret_spans, &n), 0);
        return n;
}

START_TEST(test_file_of_two_lines_in_turn)
{
        struct span *spans, span;

        ck_assert_int_eq(spans_load(HISTORY, &spans, &(size_t){ 0 }), -ENOENT);
        for (int i = 0; i < 10; i++) { /* makes its directory, too */
                span = make(1, 100 + i);
                ck_assert_int_eq(spans_store(HISTORY, (size_t)i % 2, &span), i % 2);
        }
        ck_assert_uint_eq(load(&spans), 2);
        span = make(1, 109);
        equal(&spans[1], &span);
        span = make(1, 108);
        equal(&spans[0], &span);
        free(spans);
}
END_TEST

START_TEST(test_whatever_is_in_the_file)
{
        struct span span = make(1, 100), *spans;
        char line[SPANS_LINE];
        int fd;

        ck_assert_int_eq(spans_store(HISTORY, 0, &span), 0);
        span_format(&span, line);
        fd = open(HISTORY, O_WRONLY | O_TRUNC | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, "garbage\n\n\0\0\n", 11), 11);
        ck_assert_int_eq(write(fd, line, 100), 100); /* torn, and another one behind it */
        ck_assert_int_eq(write(fd, line, SPANS_LINE), SPANS_LINE);
        ck_assert_int_eq(ftruncate(fd, 3 * SPANS_LINE), 0); /* as a file system does after a crash */
        ck_assert_int_eq(pwrite(fd, line, SPANS_LINE, 3 * SPANS_LINE), SPANS_LINE);
        ck_assert_int_eq(pwrite(fd, line, SPANS_LINE / 2, 4 * SPANS_LINE), SPANS_LINE / 2);
        ck_assert_int_eq(close(fd), 0);
        ck_assert_uint_eq(load(&spans), 2);
        equal(&spans[0], &span);
        equal(&spans[1], &span);
        free(spans);
}
END_TEST

START_TEST(test_what_is_no_file)
{
        struct span span = make(1, 2), *spans;
        size_t n;

        ck_assert_int_eq(mkfifo("fifo", 0600), 0);
        ck_assert_int_eq(symlink("target", "link"), 0);
        ck_assert_int_eq(spans_load("fifo", &spans, &n), -EBADMSG);
        ck_assert_int_eq(spans_load(".", &spans, &n), -EBADMSG);
        ck_assert_int_eq(spans_load("link", &spans, &n), -ELOOP);
        ck_assert_int_lt(spans_store("fifo", 0, &span), 0);
        ck_assert_int_lt(spans_store(".", 0, &span), 0);
        ck_assert_int_eq(spans_store("link", 0, &span), -ELOOP);
        ck_assert_int_eq(access("target", F_OK), -1);
        ck_assert_int_eq(spans_store("a/b/c", 0, &span), -ENOENT);
}
END_TEST

static void count_line(const struct span *span, void *userdata)
{
        (void)span;
        ++*(size_t *)userdata;
}

START_TEST(test_full_file_keeps_the_later_half)
{
        struct span *spans, span;
        size_t n, n_lines = 0, at = 0;
        struct stat status;

        for (size_t i = 0; i < 10 * SPANS_LINES_MAX; i++) { /* each span has two lines */
                ssize_t r;

                span = make((int64_t)(i / 2) * 10, (int64_t)(i / 2) * 10 + 1 + (int64_t)(i % 2));
                r = spans_store(HISTORY, at, &span);
                ck_assert_int_ge(r, 0);
                at = (size_t)r + 1;
                ck_assert_uint_le(at, SPANS_LINES_MAX);
        }
        ck_assert_int_eq(stat(HISTORY, &status), 0);
        ck_assert_uint_le((size_t)status.st_size, SPANS_FILE_MAX);
        n = 0;
        ck_assert_int_eq(spans_read(HISTORY, count_line, &n, &n_lines), 0);
        ck_assert_uint_eq(n, at);
        ck_assert_uint_eq(n_lines, at);
        n = load(&spans);
        ck_assert_uint_ge(n, SPANS_LINES_MAX / 4);
        equal(&spans[n - 1], &span);
        for (size_t i = 1; i < n; i++) /* none between is missing */
                ck_assert_int_le(spans[i].from.boot_usec - spans[i - 1].from.boot_usec, 10000000);
        free(spans);
        ck_assert_int_eq(access(HISTORY ".new", F_OK), -1);
}
END_TEST

START_TEST(test_rewriting_keeps_the_later_line_of_a_span)
{
        struct span span = make(1, 200), *spans;
        size_t n;

        ck_assert_int_eq(spans_store(HISTORY, SPANS_LINES_MAX - 2, &span), SPANS_LINES_MAX - 2);
        span = make(1, 100);
        ck_assert_int_eq(spans_store(HISTORY, SPANS_LINES_MAX - 1, &span), SPANS_LINES_MAX - 1);
        span = make(300, 400);
        memcpy(span.boot_id, OTHER, sizeof(OTHER));
        ck_assert_int_eq(spans_store(HISTORY, SPANS_LINES_MAX, &span), 1);
        n = load(&spans);
        ck_assert_uint_eq(n, 2);
        equal(&spans[1], &span);
        span = make(1, 200);
        equal(&spans[0], &span);
        free(spans);
}
END_TEST

TEST_MAIN("spans", CASE(test_line_holds_the_span), CASE(test_line_that_is_torn_is_none),
          CASE(test_line_that_proves_nothing), CASE(test_what_is_covered), CASE(test_file_of_two_lines_in_turn),
          CASE(test_whatever_is_in_the_file), CASE(test_what_is_no_file), CASE(test_full_file_keeps_the_later_half),
          CASE(test_rewriting_keeps_the_later_line_of_a_span))
