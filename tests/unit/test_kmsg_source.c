/* daemon/watch/kmsg_source.h, on files, pipes, and the device, where it can be read. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "util/cleanup.h"
#include "watch/kmsg_source.h"

static struct event_base *base;
static struct kmsg_source *source;
static char path[64] = "kmsg";
static struct seen {
        unsigned records, losses, reboots, refusals;
        uint64_t first_seq, last_seq, lost_from, lost_count;
        int ended, error;
        bool is_device;
        char last_text[64];
        bool is_pause_allowed;
        unsigned capacity_after; /* has_capacity says no that often */
} seen;

static void on_record(const struct kmsg_record *record, bool is_live, void *userdata)
{
        ck_assert_ptr_eq(userdata, &seen);
        ck_assert(!is_live || seen.is_device);
        if (seen.records++ == 0)
                seen.first_seq = record->seq;
        seen.last_seq = record->seq;
        (void)snprintf(seen.last_text, sizeof(seen.last_text), "%.*s", (int)record->text.length, record->text.data);
}

static void on_lost(uint64_t seq, uint64_t count, uint64_t mono_usec, void *userdata)
{
        (void)mono_usec;
        (void)userdata;
        seen.losses++;
        seen.lost_from = seq;
        seen.lost_count = count;
}

static void on_rebooted(void *userdata)
{
        (void)userdata;
        seen.reboots++;
}

static bool has_capacity(void *userdata)
{
        (void)userdata;
        if (seen.refusals >= seen.capacity_after)
                return true;
        seen.refusals++;
        return false;
}

static bool may_pause(void *userdata)
{
        (void)userdata;
        return seen.is_pause_allowed;
}

static void on_ended(int error, void *userdata)
{
        (void)userdata;
        seen.ended++;
        seen.error = error;
        ck_assert_int_eq(event_base_loopbreak(base), 0);
}

static const struct kmsg_source_handler handler = {
        .record = on_record,
        .lost = on_lost,
        .rebooted = on_rebooted,
        .has_capacity = has_capacity,
        .may_pause = may_pause,
        .ended = on_ended,
};

static struct kmsg_source_counts read_all(void)
{
        struct kmsg_source_counts counts;

        base = event_base_new();
        ck_assert_ptr_nonnull(base);
        ck_assert_int_eq(kmsg_source_open(path, &handler, &seen, &source), 0);
        ck_assert_int_eq(kmsg_source_start(source, base, KMSG_FROM_CURSOR, 77), 0);
        ck_assert_int_ge(event_base_dispatch(base), 0);
        ck_assert_int_eq(seen.ended, 1);
        ck_assert(!kmsg_source_is_healthy(source));
        counts = kmsg_source_counts(source);
        source = kmsg_source_free(source);
        event_base_free(base);
        return counts;
}

static struct kmsg_source_counts read_text(const char *text, size_t length)
{
        FILE *file;

        seen = (struct seen){ 0 };
        file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(text, 1, length, file), length);
        ck_assert_int_eq(fclose(file), 0);
        return read_all();
}

#define READ(text) read_text(text, sizeof(text) - 1)

START_TEST(test_counts_what_is_passed_on_refused_and_malformed)
{
        struct kmsg_source_counts counts = READ("6,5,1,-;one\n"
                                                " SUBSYSTEM=pci\n"
                                                "12,6,1,-;user space\n"
                                                "no record\n"
                                                "\n"
                                                "2046,7,1,-;user space\n"
                                                "3,8,2,-;last, without a newline");

        ck_assert_uint_eq(counts.n_records, 2);
        ck_assert_uint_eq(counts.n_refused, 2);
        ck_assert_uint_eq(counts.n_malformed, 1);
        ck_assert_uint_eq(counts.n_lost, 0);
        ck_assert_uint_eq(counts.last_seq, 8);
        ck_assert_str_eq(seen.last_text, "last, without a newline");
        ck_assert_int_eq(seen.error, 0);
}
END_TEST

START_TEST(test_gap_is_reported_before_the_record_after_it)
{
        struct kmsg_source_counts counts = READ("6,5,1,-;a\n6,16,1,-;b\n");

        ck_assert_uint_eq(counts.n_lost, 10);
        ck_assert_uint_eq(seen.losses, 1);
        ck_assert_uint_eq(seen.lost_from, 6);
        ck_assert_uint_eq(seen.lost_count, 10);
}
END_TEST

START_TEST(test_numbers_that_begin_again_are_another_boot)
{
        struct kmsg_source_counts counts = READ("6,900,1,-;a\n6,0,1,-;b\n6,1,1,-;c\n");

        ck_assert_uint_eq(counts.n_lost, 0);
        ck_assert_uint_eq(seen.reboots, 1);
        ck_assert_uint_eq(seen.records, 3);
}
END_TEST

/* The beginning of the next boot may be missing, and then its numbers may be the higher ones. */
START_TEST(test_time_that_begins_again_is_another_boot)
{
        (void)READ("6,500,90000000,-;one\n"
                   "6,501,89999000,-;of another processor\n"
                   "6,700,60000000,-;next boot\n"
                   "6,710,61000000,-;after a gap\n");
        ck_assert_uint_eq(seen.reboots, 1);
        ck_assert_uint_eq(seen.losses, 1);
        ck_assert_uint_eq(seen.lost_count, 9);
}
END_TEST

START_TEST(test_empty_file)
{
        struct kmsg_source_counts counts = READ("");

        ck_assert_uint_eq(counts.n_records, 0);
        ck_assert_uint_eq(counts.last_seq, UINT64_MAX);
}
END_TEST

/* A record of length bytes, its newline not counted, and one after it. */
static struct kmsg_source_counts read_long(size_t length)
{
        _cleanup_(freep) char *text = malloc(length + 32);
        static const char after[] = "\n6,2,1,-;after\n";

        ck_assert_ptr_nonnull(text);
        memset(text, 'x', length);
        memcpy(text, "6,1,1,-;", 8);
        memcpy(text + length, after, sizeof(after));
        return read_text(text, length + sizeof(after) - 1);
}

START_TEST(test_longest_record_and_one_past_it)
{
        static const size_t longer[] = { KMSG_RECORD_MAX + 1, 65535, 65536, 65537, 1000000 };
        struct kmsg_source_counts counts = read_long(KMSG_RECORD_MAX);

        ck_assert_uint_eq(counts.n_records, 2);
        for (size_t i = 0; i < COUNT(longer); i++) {
                counts = read_long(longer[i]);
                ck_assert_uint_eq(counts.n_records, 1);
                ck_assert_uint_eq(counts.n_malformed, 1);
                ck_assert_str_eq(seen.last_text, "after");
        }
}
END_TEST

START_TEST(test_more_records_than_a_batch_and_sinks_without_capacity)
{
        FILE *file;

        seen = (struct seen){ 0 };
        file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        for (int i = 0; i < 5 * KMSG_BATCH_MAX + 3; i++)
                ck_assert_int_gt(fprintf(file, "6,%d,1,-;%d\n", i, i), 0);
        ck_assert_int_eq(fclose(file), 0);
        seen.capacity_after = 3;
        ck_assert_uint_eq(read_all().n_records, 5 * KMSG_BATCH_MAX + 3);
        ck_assert_uint_eq(seen.refusals, 3);
        ck_assert_uint_eq(seen.last_seq, 5 * KMSG_BATCH_MAX + 2);
}
END_TEST

START_TEST(test_pipe_is_read_as_it_is_written)
{
        int fd;

        ck_assert_int_eq(mkfifo(path, 0600), 0);
        fd = open(path, O_RDWR | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, "6,1,1,-;on", 10), 10);
        seen = (struct seen){ 0 };
        base = event_base_new();
        ck_assert_int_eq(kmsg_source_open(path, &handler, &seen, &source), 0);
        ck_assert_int_eq(kmsg_source_start(source, base, KMSG_FROM_OLDEST, 0), 0);
        ck_assert_int_ge(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert_uint_eq(seen.records, 0);
        ck_assert_int_eq(write(fd, "e\n6,2,1,-;two\n", 14), 14);
        while (seen.records < 2)
                ck_assert_int_ge(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert_str_eq(seen.last_text, "two");
        ck_assert_int_eq(close(fd), 0);
        while (!seen.ended)
                ck_assert_int_ge(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert_int_eq(seen.error, 0);
        source = kmsg_source_free(source);
        event_base_free(base);
}
END_TEST

/* A terminal is a device too, and gives a line for each read. Returns the side to write to. */
static int open_terminal(uint64_t cursor_seq)
{
        int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(grantpt(fd), 0);
        ck_assert_int_eq(unlockpt(fd), 0);
        ck_assert_int_eq(ptsname_r(fd, path, sizeof(path)), 0);
        seen = (struct seen){ .is_device = true };
        base = event_base_new();
        ck_assert_int_eq(kmsg_source_open(path, &handler, &seen, &source), 0);
        ck_assert_int_eq(kmsg_source_start(source, base, KMSG_FROM_CURSOR, cursor_seq), 0);
        return fd;
}

/* Returns when the line can be read: a terminal passes it on in its own time. */
static void print_line(int fd, const char *line)
{
        struct pollfd other = { .fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC), .events = POLLIN };

        ck_assert_int_ge(other.fd, 0);
        ck_assert_int_eq(write(fd, line, strlen(line)), (ssize_t)strlen(line));
        ck_assert_int_eq(poll(&other, 1, 120 * 1000), 1);
        ck_assert_int_eq(close(other.fd), 0);
}

static void close_terminal(int fd)
{
        source = kmsg_source_free(source);
        event_base_free(base);
        ck_assert_int_eq(close(fd), 0);
}

/* A record that has just come, and waits for the next turn of the loop, is no sign of a stall: whoever looks stalled twice in the
 * time of a watchdog is killed. */
START_TEST(test_reader_is_stalled_when_checked_twice)
{
        int fd = open_terminal(0);

        print_line(fd, "6,1,1,-;one\n");
        ck_assert(kmsg_source_is_healthy(source));
        ck_assert(!kmsg_source_is_healthy(source));
        ck_assert(!kmsg_source_is_healthy(source));
        ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        ck_assert(kmsg_source_is_healthy(source));
        ck_assert_uint_eq(seen.records, 1);
        ck_assert(kmsg_source_is_healthy(source));
        close_terminal(fd);
}
END_TEST

static uint64_t now_ms(void)
{
        struct timespec now;

        ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

START_TEST(test_device_is_read_after_a_pause_where_that_is_allowed)
{
        unsigned records = 0;
        bool is_shown = false;
        char line[64];
        int fd = open_terminal(0);

        seen.is_pause_allowed = true;
        for (unsigned tries = 0; !is_shown && tries < 50; tries++) {
                uint64_t began_ms = now_ms(); /* of the pause, or before */

                for (int i = 0; i < 2; i++) {
                        (void)snprintf(line, sizeof(line), "6,%u,1,-;x\n", records + (unsigned)i + 1);
                        print_line(fd, line);
                        ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
                }
                if (now_ms() - began_ms < KMSG_PAUSE_MS) { /* else the machine was too slow to show it */
                        ck_assert_uint_eq(seen.records, records + 1);
                        is_shown = true;
                }
                while (seen.records < records + 2)
                        ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
                records += 2;
                /* the pause after the last record is over, and was noticed, before the next try */
                began_ms = now_ms();
                while (!is_shown && now_ms() - began_ms < 2 * (uint64_t)KMSG_PAUSE_MS)
                        ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
                ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        }
        ck_assert_uint_eq(seen.losses, 0);
        close_terminal(fd);
        if (!is_shown)
                SKIP("the machine is too slow to show a pause");
}
END_TEST

START_TEST(test_device_that_lost_records_is_read_without_a_pause)
{
        static const char *const lines[] = { "6,1,1,-;x\n", "6,3,1,-;x\n", "6,4,1,-;x\n", "6,5,1,-;x\n" };
        int fd = open_terminal(0);

        seen.is_pause_allowed = true;
        for (unsigned i = 0; i < COUNT(lines); i++) {
                print_line(fd, lines[i]);
                while (i < 2 && seen.records <= i) /* the second comes after a pause */
                        ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
                ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
                ck_assert_uint_eq(seen.records, i + 1);
        }
        ck_assert_uint_eq(seen.losses, 1);
        close_terminal(fd);
}
END_TEST

/* The cursor may be of a state of the machine that was taken back (a snapshot of its disk, but not of its memory). */
START_TEST(test_cursor_ahead_of_the_log_does_not_blind)
{
        int fd = open_terminal(1000);

        print_line(fd, "6,5,1,-;old\n");
        ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        ck_assert_uint_eq(seen.records, 0);
        print_line(fd, "6,6,1,-;new\n");
        ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        ck_assert_uint_eq(seen.last_seq, 6);
        ck_assert_uint_eq(seen.losses, 0);
        close_terminal(fd);

        /* nothing to be read at the start: the cursor still shows what is lost before the first record */
        fd = open_terminal(1000);
        ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        print_line(fd, "6,1003,1,-;new\n");
        ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        ck_assert_uint_eq(seen.last_seq, 1003);
        ck_assert_uint_eq(seen.lost_count, 2);
        close_terminal(fd);
}
END_TEST

START_TEST(test_device_is_read_from_the_record_after_the_cursor)
{
        int fd = open_terminal(5);

        print_line(fd, "6,4,1,-;acknowledged\n6,5,1,-;the last that is\n6,6,1,-;new\n6,7,1,-;newer\n");
        while (seen.last_seq < 7)
                ck_assert_int_ge(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert_uint_eq(seen.first_seq, 6);
        ck_assert_uint_eq(seen.records, 2);
        ck_assert_uint_eq(seen.losses, 0);
        close_terminal(fd);
}
END_TEST

/* The numbers of the last two records of the kernel itself in the ring buffer. Returns how many there are, at most 2. */
static unsigned read_last_two(uint64_t seqs[static 2])
{
        static char raw[KMSG_RECORD_MAX], unescaped[KMSG_RECORD_MAX];
        int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        unsigned count = 0;
        ssize_t length;

        ck_assert_int_ge(fd, 0);
        while ((length = read(fd, raw, sizeof(raw))) >= 0 || errno == EPIPE) {
                struct kmsg_record record;

                if (length < 0 || kmsg_record_decode((struct text){ raw, (size_t)length }, unescaped, &record) < 0 ||
                    record.facility != KMSG_FACILITY_KERNEL)
                        continue;
                seqs[0] = seqs[1];
                seqs[1] = record.seq;
                count += count < 2;
        }
        ck_assert_int_eq(close(fd), 0);
        return count;
}

START_TEST(test_ring_buffer_is_read_from_the_record_after_the_cursor)
{
        uint64_t seqs[2] = { 0, 0 };

        if (geteuid() != 0 || access("/dev/kmsg", R_OK) < 0)
                SKIP("needs root and /dev/kmsg");
        if (read_last_two(seqs) < 2)
                SKIP("the ring buffer has too few records of the kernel");
        seen = (struct seen){ .is_device = true };
        base = event_base_new();
        ck_assert_int_eq(kmsg_source_open("/dev/kmsg", &handler, &seen, &source), 0);
        ck_assert_int_eq(kmsg_source_start(source, base, KMSG_FROM_CURSOR, seqs[0]), 0);
        while (seen.records == 0)
                ck_assert_int_ge(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert_uint_eq(seen.first_seq, seqs[1]);
        ck_assert_uint_eq(seen.losses, 0);
        source = kmsg_source_free(source);
        event_base_free(base);
}
END_TEST

START_TEST(test_ring_buffer_is_read_from_its_beginning_where_the_cursor_is_beyond_its_end)
{
        uint64_t seqs[2] = { 0, 0 };

        if (geteuid() != 0 || access("/dev/kmsg", R_OK) < 0)
                SKIP("needs root and /dev/kmsg");
        if (read_last_two(seqs) < 2)
                SKIP("the ring buffer has too few records of the kernel");
        seen = (struct seen){ .is_device = true };
        base = event_base_new();
        ck_assert_int_eq(kmsg_source_open("/dev/kmsg", &handler, &seen, &source), 0);
        ck_assert_int_eq(kmsg_source_start(source, base, KMSG_FROM_CURSOR, UINT64_MAX - 1), 0);
        while (seen.records < 2)
                ck_assert_int_ge(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert_uint_le(seen.first_seq, seqs[0]);
        source = kmsg_source_free(source);
        event_base_free(base);
}
END_TEST

START_TEST(test_what_can_not_be_opened)
{
        ck_assert_int_eq(kmsg_source_open("/nonexistent/kmsg", &handler, &seen, &source), -ENOENT);
        ck_assert_int_eq(kmsg_source_open("/tmp", &handler, &seen, &source), -EISDIR);
        ck_assert_ptr_null(source);
        ck_assert_ptr_null(kmsg_source_free(NULL));
}
END_TEST

TEST_MAIN("kmsg_source", CASE(test_counts_what_is_passed_on_refused_and_malformed),
          CASE(test_gap_is_reported_before_the_record_after_it), CASE(test_numbers_that_begin_again_are_another_boot),
          CASE(test_time_that_begins_again_is_another_boot), CASE(test_empty_file),
          CASE(test_longest_record_and_one_past_it), CASE(test_more_records_than_a_batch_and_sinks_without_capacity),
          CASE(test_pipe_is_read_as_it_is_written), CASE(test_reader_is_stalled_when_checked_twice),
          CASE(test_device_is_read_after_a_pause_where_that_is_allowed),
          CASE(test_device_that_lost_records_is_read_without_a_pause),
          CASE(test_cursor_ahead_of_the_log_does_not_blind), CASE(test_device_is_read_from_the_record_after_the_cursor),
          CASE(test_ring_buffer_is_read_from_the_record_after_the_cursor),
          CASE(test_ring_buffer_is_read_from_its_beginning_where_the_cursor_is_beyond_its_end),
          CASE(test_what_can_not_be_opened))
