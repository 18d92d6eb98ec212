/* daemon/watch/history.h */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/event.h"
#include "common/log.h"
#include "harness.h"
#include "watch/history.h"

#define HISTORY "history"
#define BOOT    "0123456789abcdef0123456789abcdef"
#define OTHER   "fedcba9876543210fedcba9876543210"
#define SEC     INT64_C(1000000)
#define NONE    UINT64_MAX

static struct history_fixture {
        struct event_base *base;
        struct writer *writer;
        struct history *history;
        int64_t clock_usec; /* of CLOCK_REALTIME less CLOCK_BOOTTIME */
} fixture;

static void set_up(void)
{
        fixture = (struct history_fixture){ .base = event_base_new(), .clock_usec = 1700000000 * SEC };
        ck_assert_ptr_nonnull(fixture.base);
        log_init("test", LOG_CRIT);
}

static void start_on(const char *boot_id, bool is_from_boot)
{
        ck_assert_int_eq(writer_new(fixture.base, "writer", &fixture.writer), 0);
        ck_assert_int_eq(history_new(HISTORY, boot_id, is_from_boot, fixture.writer, &fixture.history), 0);
}

static void start(bool is_from_boot)
{
        start_on(BOOT, is_from_boot);
}

/* Without a word, as by SIGKILL; but what the writer has begun is done. */
static void crash(void)
{
        fixture.writer = writer_free(fixture.writer, 100000);
        fixture.history = history_free(fixture.history);
}

static void stop(void)
{
        history_finish(fixture.history);
        crash();
}

static void tear_down(void)
{
        event_base_free(fixture.base);
}

static const struct case_fixture history_fixture = { .set_up = set_up, .tear_down = tear_down };

/* All is explained at that second of the boot, up to record seq. */
static void extend_from(int64_t sec, uint64_t seq, uint64_t n_kills, uint64_t first_seq)
{
        history_extend(fixture.history, &(struct span_end){ fixture.clock_usec + sec * SEC, sec * SEC, seq, n_kills },
                       first_seq);
}

static void extend(int64_t sec, uint64_t seq, uint64_t n_kills)
{
        extend_from(sec, seq, n_kills, 50);
}

/* What lasts now, by seconds of the boot and kills; from_sec -1: nothing. */
static void expect(int64_t from_sec, int64_t to_sec, uint64_t n_alerted)
{
        struct span span;

        if (from_sec < 0) {
                ck_assert(!history_current(fixture.history, &span));
                return;
        }
        ck_assert(history_current(fixture.history, &span));
        ck_assert_int_eq(span.from.boot_usec, from_sec * SEC);
        ck_assert_int_eq(span.to.boot_usec, to_sec * SEC);
        ck_assert_uint_eq(span.n_alerted, n_alerted);
        ck_assert_uint_eq(span.to.n_kills - span.from.n_kills, n_alerted);
}

/* What the file has, in the order of its lines. */
static size_t stored(struct span **ret_spans)
{
        size_t n = 0;

        *ret_spans = NULL;
        if (access(HISTORY, F_OK) == 0)
                ck_assert_int_eq(spans_load(HISTORY, ret_spans, &n), 0);
        return n;
}

static void expect_last(int64_t from_sec, int64_t to_sec, uint64_t n_alerted)
{
        struct span *spans, *last = NULL;
        size_t n = stored(&spans);

        for (size_t i = 0; i < n; i++)
                if (!last || spans[i].to.boot_usec >= last->to.boot_usec)
                        last = &spans[i];
        ck_assert_ptr_nonnull(last);
        ck_assert_int_eq(last->from.boot_usec, from_sec * SEC);
        ck_assert_int_eq(last->to.boot_usec, to_sec * SEC);
        ck_assert_uint_eq(last->n_alerted, n_alerted);
        free(spans);
}

static bool is_covered(int64_t from_sec, int64_t to_sec)
{
        struct span span;

        return history_covers(fixture.history, fixture.clock_usec + from_sec * SEC, fixture.clock_usec + to_sec * SEC,
                              &span);
}

START_TEST(test_span_lasts)
{
        struct span span;

        start(false);
        expect(-1, 0, 0);
        ck_assert(!is_covered(0, 0));
        extend(100, 60, 7);
        expect(100, 100, 0);
        history_kill(fixture.history, 61, 1);
        history_kill(fixture.history, 65, 2);
        expect(100, 100, 0); /* until that is all that the kernel has counted */
        extend(160, 70, 10);
        expect(100, 160, 3);
        extend(200, 70, 10);
        expect(100, 200, 3);
        ck_assert(is_covered(100, 200));
        ck_assert(is_covered(150, 150));
        ck_assert(!is_covered(99, 150));
        ck_assert(!is_covered(150, 201));
        ck_assert(!is_covered(151, 150));
        ck_assert(
                history_covers(fixture.history, fixture.clock_usec + 120 * SEC, fixture.clock_usec + 130 * SEC, &span));
        ck_assert_uint_eq(span.from.n_kills, 7);
        ck_assert_uint_eq(span.to.n_kills, 10);
        ck_assert_str_eq(span.boot_id, BOOT);
        stop();
        expect_last(100, 200, 3);
}
END_TEST

START_TEST(test_gap_ends_it)
{
        struct span *spans;
        size_t n;

        start(false);
        extend(100, 60, 7);
        history_kill(fixture.history, 61, 1);
        extend(160, 70, 8);
        history_kill(fixture.history, 71, 1);
        history_break(fixture.history);
        expect(-1, 0, 0);
        ck_assert(!is_covered(100, 160));      /* the file has it */
        history_kill(fixture.history, 200, 1); /* before all is explained */
        extend(170, 210, 30);
        expect(170, 170, 0);
        history_kill(fixture.history, 211, 1);
        extend(190, 220, 31);
        expect(170, 190, 1);
        stop();
        expect_last(170, 190, 1);
        n = stored(&spans);
        ck_assert_uint_ge(n, 2);
        ck_assert_ptr_nonnull(spans);
        ck_assert_int_eq(spans[0].from.boot_usec, 100 * SEC);
        ck_assert_int_eq(spans[n - 2].to.boot_usec, 160 * SEC);
        free(spans);
}
END_TEST

/* The writer runs beside this, so that what was stored is looked for at the end. */
START_TEST(test_kernel_and_lines_must_agree)
{
        for (int more = -1; more <= 1; more += 2) {
                start(false);
                extend(100, 60, 7);
                extend(130, 60, 7);
                history_kill(fixture.history, 61, 2);
                extend(140, 70, more < 0 ? 8 : 10);
                expect(140, 140, 0);
                stop();
                expect_last(140, 140, 0);
                ck_assert_int_eq(unlink(HISTORY), 0);
        }
}
END_TEST

START_TEST(test_clock_that_is_set_ends_it)
{
        start(false);
        extend(100, 60, 7);
        fixture.clock_usec += SEC; /* a leap second */
        extend(150, 60, 7);
        expect(100, 150, 0);
        fixture.clock_usec += SEC + 1;
        extend(200, 60, 7);
        expect(200, 200, 0);
        fixture.clock_usec -= 365 * 86400 * SEC;
        extend(250, 60, 7);
        expect(250, 250, 0);
        extend(300, 60, 7);
        ck_assert(is_covered(250, 300));
        stop();
}
END_TEST

START_TEST(test_log_that_was_read_from_the_boot_on)
{
        start(true);
        history_kill(fixture.history, 5, 2);
        extend_from(100, 60, 2, 0);
        expect(0, 100, 2);
        ck_assert(is_covered(0, 100));
        stop();
        ck_assert_int_eq(unlink(HISTORY), 0);
        start(true); /* its first records are gone */
        extend_from(100, 60, 0, 1);
        expect(100, 100, 0);
        stop();
        ck_assert_int_eq(unlink(HISTORY), 0);
        start(true); /* a kill without a line */
        extend_from(100, 60, 1, 0);
        expect(100, 100, 0);
        stop();
        ck_assert_int_eq(unlink(HISTORY), 0);
        start(true); /* a loss */
        history_break(fixture.history);
        extend_from(100, 60, 0, 0);
        expect(100, 100, 0);
        stop();
        start(false);                     /* from the cursor on */
        fixture.clock_usec += 1000 * SEC; /* no other is of this clock */
        extend_from(200, 60, 0, 0);
        expect(200, 200, 0);
        stop();
}
END_TEST

/* Leaves a span of 100 to 160 that ends at record 70, with one kill of 8. */
static void leave(void)
{
        (void)unlink(HISTORY);
        start(false);
        extend(100, 60, 7);
        history_kill(fixture.history, 61, 1);
        extend(160, 70, 8);
        stop();
}

START_TEST(test_restart_goes_on)
{
        leave();
        start(false);
        history_kill(fixture.history, 65, 1);  /* read again, because the cursor was before it */
        history_kill(fixture.history, 170, 2); /* while it was away */
        extend(200, 200, 10);
        expect(100, 200, 3);
        history_kill(fixture.history, 201, 1);
        extend(220, 210, 11);
        expect(100, 220, 4);
        stop();
        expect_last(100, 220, 4);
        leave();
        start(true); /* without a cursor, too */
        history_kill(fixture.history, 61, 1);
        extend_from(200, 70, 8, 71); /* nothing was printed since: the oldest is the next */
        expect(100, 200, 1);
        stop();
}
END_TEST

START_TEST(test_restart_that_does_not_go_on)
{
        static const struct {
                int64_t sec, clock_usec;
                uint64_t seq, n_kills, first_seq;
                bool is_broken;
        } cases[] = {
                { 200, 0, 200, 8, 72, false },                                     /* a record was overwritten */
                { 200, 0, 200, 8, NONE, false },                                   /* nothing is known of the ring */
                { 200, 0, 200, 9, 50, false },                                     /* a kill without a line */
                { 200, 0, 200, 7, 50, false },                                     /* fewer kills than before */
                { 200, 0, 69, 8, 50, false },                                      /* the log ends before it */
                { 150, 0, 200, 8, 50, false },                                     /* so does time */
                { 200, 3 * SEC, 200, 8, 50, false }, { 200, 0, 200, 8, 50, true }, /* something was lost */
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                leave();
                start(false);
                fixture.clock_usec += cases[i].clock_usec;
                if (cases[i].is_broken)
                        history_break(fixture.history);
                extend_from(cases[i].sec, cases[i].seq, cases[i].n_kills, cases[i].first_seq);
                expect(cases[i].sec, cases[i].sec, 0);
                fixture.clock_usec -= cases[i].clock_usec;
                stop();
        }
        leave();
        start_on(OTHER, false);
        extend(200, 200, 8);
        expect(200, 200, 0);
        stop();
}
END_TEST

START_TEST(test_when_it_is_stored)
{
        struct span *spans;

        start(false);
        extend(100, 60, 7);
        extend(109, 60, 7);
        history_kill(fixture.history, 61, 1);
        extend(109, 61, 8);
        crash(); /* it was too short */
        ck_assert_uint_eq(stored(&spans), 0);
        start(false);
        extend(100, 60, 7);
        extend(110, 60, 7); /* stored */
        extend(150, 60, 7);
        crash();
        expect_last(100, 110, 0);
        start(false);
        extend(160, 60, 7); /* goes on, and is stored as the first of this run */
        extend(170, 60, 7);
        extend(160 + HISTORY_STORE_USEC / SEC - 1, 60, 7);
        crash();
        expect_last(100, 160, 0);
        start(false);
        extend(1000, 60, 7);
        ck_assert_int_ge(event_base_loop(fixture.base, EVLOOP_ONCE), 0); /* until that is stored */
        extend(1000 + HISTORY_STORE_USEC / SEC, 60, 7);
        crash();
        expect_last(100, 1000 + HISTORY_STORE_USEC / SEC, 0);
        start(false);
        extend(2000, 60, 7);
        ck_assert_int_ge(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
        history_kill(fixture.history, 80, 1);
        extend(2001, 80, 8); /* a kill is, at once */
        crash();
        expect_last(100, 2001, 1);
}
END_TEST

START_TEST(test_short_spans_push_nothing_out)
{
        struct span *spans;
        size_t n;

        leave();
        start(false);
        for (int64_t sec = 1000; sec < 20000; sec += 5) { /* a flood, with a loss every few seconds */
                extend(sec, (uint64_t)sec, 8);
                extend(sec + 4, (uint64_t)sec, 8);
                history_break(fixture.history);
        }
        extend(30000, 40000, 8);
        stop();
        n = stored(&spans);
        ck_assert_uint_le(n, 4);
        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(spans[i].from.boot_usec, (i < n - 1 ? 100 : 30000) * SEC);
        free(spans);
}
END_TEST

START_TEST(test_many_spans_stay_within_the_limit)
{
        struct stat status;

        start(false);
        for (int64_t sec = 1000; sec < 61000; sec += 60) {
                extend(sec, (uint64_t)sec, 8);
                extend(sec + 50, (uint64_t)sec, 8);
                ck_assert_int_ge(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
                history_break(fixture.history);
        }
        stop();
        ck_assert_int_eq(stat(HISTORY, &status), 0);
        ck_assert_uint_le((size_t)status.st_size, SPANS_FILE_MAX);
        ck_assert_uint_ge((size_t)status.st_size, SPANS_FILE_MAX / 4);
        expect_last(60940, 60990, 0);
        start(false); /* and the next run adds to it */
        fixture.clock_usec += 100 * SEC;
        extend(70000, 70000, 8);
        stop();
        expect_last(70000, 70000, 0);
}
END_TEST

START_TEST(test_file_that_cannot_be_written)
{
        struct span span;

        ck_assert_int_eq(mkdir(HISTORY, 0700), 0);
        start(false);
        extend(100, 60, 7);
        extend(150, 60, 7);
        ck_assert_int_ge(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
        expect(100, 150, 0);
        ck_assert_int_eq(rmdir(HISTORY), 0); /* somebody has mended it */
        extend(151, 60, 7);
        crash();
        expect_last(100, 151, 0);
        ck_assert(!history_current(NULL, &span));
        history_break(NULL);
        history_kill(NULL, 1, 1);
        history_finish(NULL);
        ck_assert_ptr_null(history_free(NULL));
}
END_TEST

TEST_MAIN_WITH("history", &history_fixture, CASE(test_span_lasts), CASE(test_gap_ends_it),
               CASE(test_kernel_and_lines_must_agree), CASE(test_clock_that_is_set_ends_it),
               CASE(test_log_that_was_read_from_the_boot_on), CASE(test_restart_goes_on),
               CASE(test_restart_that_does_not_go_on), CASE(test_when_it_is_stored),
               CASE(test_short_spans_push_nothing_out), CASE(test_many_spans_stay_within_the_limit),
               CASE(test_file_that_cannot_be_written))
