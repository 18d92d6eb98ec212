/* cli/input/journal.h: journals that systemd itself made of the corpus' exports have what the exports have, and so what
 * the kernel's records did. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "input/journal.h"
#include "log_reading.h"

#define SKIPPED         77
#define REMOTE          "/lib/systemd/systemd-journal-remote"
#define MARGIN          JOURNAL_MARGIN_USEC
#define WITHOUT_RANGE   ((struct journal_range){ LOG_UNKNOWN, LOG_UNKNOWN })
#define EXPORT_BYTES    (1 << 20)
#define ENTRIES         1000
#define FIRST_USEC      1787659580000000LL
#define SECOND_USEC     1000000LL
#define USEC_OF(number) (FIRST_USEC + (number)*SECOND_USEC)
#define OTHERS_EVERY    10
#define KERNELS         (ENTRIES - ENTRIES / OTHERS_EVERY)

static const char *const corpus[] = { "6.1/memcg-service", "6.1/group-kill", "6.1/hostile-names", "6.12/memcg-service",
                                      "6.12/global-adj" };

static struct input journal_at(const char *path)
{
        return (struct input){ .kind = INPUT_JOURNAL, .path = (char *)(uintptr_t)path };
}

/* An export is read for the kernel's entries alone; the journal has those about kills of others, and what programs
 * wrote to the kernel's log. */
static void on_kernels_message(const struct log_message *message, void *userdata)
{
        if (message->speaker.length == 0)
                on_message(message, userdata);
        else
                ck_assert(text_equal(message->speaker, TEXT("systemd")) ||
                          text_equal(message->speaker, TEXT("/dev/kmsg")));
}

static struct reading *read_journal(const char *path, struct journal_range range)
{
        struct input input = journal_at(path);
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);
        char error[SOURCE_ERROR_MAX] = "";

        ck_assert_msg(journal_read(&input, &range, on_kernels_message, reading, error) == 0, "%s: %s", path, error);
        return reading;
}

static struct reading *read_export(const char *name)
{
        static char data[EXPORT_BYTES];
        struct reading *reading = reading_new(LOG_UNKNOWN, NULL);
        char path[512];
        FILE *stream;
        size_t length;

        ck_assert_int_lt(snprintf(path, sizeof(path), TESTS_DIR "/corpus/logs/%s/journal.export", name),
                         (int)sizeof(path));
        stream = fopen(path, "r");
        ck_assert_msg(stream, "%s", path);
        length = fread(data, 1, sizeof(data), stream);
        ck_assert_uint_lt(length, sizeof(data));
        ck_assert_int_eq(fclose(stream), 0);
        read_all(reading, (struct text){ data, length });
        return reading;
}

static void expect_same(const struct reading *got, const struct reading *expected, const char *name)
{
        ck_assert_msg(got->count == expected->count, "%s: %zu messages and not %zu", name, got->count, expected->count);
        for (size_t i = 0; i < got->count; i++) {
                const struct log_message *message = &got->messages[i], *other = &expected->messages[i];

                assert_same(message->text, other->text);
                assert_same(message->host, other->host);
                assert_same(message->boot_id, other->boot_id);
                ck_assert_int_eq(message->is_truncated, other->is_truncated);
                ck_assert_int_eq(message->level, other->level);
                ck_assert_int_eq(message->mono_usec, other->mono_usec);
                ck_assert_int_eq(message->seq, LOG_UNKNOWN);
                ck_assert_int_eq(message->time.usec, other->time.usec);
                ck_assert_uint_eq(message->line_number, 0);
                ck_assert_uint_eq(message->path.length, 0);
        }
}

START_TEST(test_the_journal_has_what_its_export_has)
{
        for (size_t i = 0; i < COUNT(corpus); i++) {
                struct reading *expected = read_export(corpus[i]), *got;

                scratch_run(REMOTE " -o one.journal " TESTS_DIR "/corpus/logs/%s/journal.export >/dev/null 2>&1",
                            corpus[i]);
                ck_assert_uint_gt(expected->count, 20);
                got = read_journal("one.journal", WITHOUT_RANGE);
                expect_same(got, expected, corpus[i]);
                reading_free(got);
                got = read_journal(".", WITHOUT_RANGE); /* and by its directory */
                expect_same(got, expected, corpus[i]);
                reading_free(got);
                reading_free(expected);
                scratch_run("rm one.journal");
        }
}
END_TEST

/* A journal of the kernel's messages, one in a second, with those of others between. */
static void make_journal(void)
{
        FILE *stream = fopen("export", "w");

        ck_assert_ptr_nonnull(stream);
        for (int i = 0; i < ENTRIES; i++)
                (void)fprintf(
                        stream,
                        "__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
                        "_BOOT_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=host\n_TRANSPORT=%s\nMESSAGE=%d\n\n",
                        (long long)USEC_OF(i), (long long)i * SECOND_USEC,
                        i % OTHERS_EVERY == OTHERS_EVERY - 1 ? "syslog" : "kernel", i);
        ck_assert_int_eq(fclose(stream), 0);
        scratch_run(REMOTE " -o one.journal export >/dev/null 2>&1");
}

static void expect_range(int64_t since_usec, int64_t until_usec, int first, int last)
{
        struct reading *got = read_journal("one.journal", (struct journal_range){ since_usec, until_usec });

        ck_assert_uint_gt(got->count, 0);
        ck_assert_int_eq(got->messages[0].time.usec, USEC_OF(first));
        ck_assert_int_eq(got->messages[got->count - 1].time.usec, USEC_OF(last));
        reading_free(got);
}

START_TEST(test_only_the_kernels_messages_of_the_range_are_read)
{
        struct reading *got;

        make_journal();
        got = read_journal("one.journal", WITHOUT_RANGE);
        ck_assert_uint_eq(got->count, KERNELS);
        assert_same(got->messages[9].text, TEXT("10"));
        reading_free(got);
        /* With the margin before and behind. */
        expect_range(LOG_UNKNOWN, LOG_UNKNOWN, 0, 998);
        expect_range(USEC_OF(500) + MARGIN, LOG_UNKNOWN, 500, 998);
        expect_range(USEC_OF(500) + MARGIN + 1, LOG_UNKNOWN, 501, 998);
        expect_range(LOG_UNKNOWN, USEC_OF(600) - MARGIN, 0, 600);
        expect_range(LOG_UNKNOWN, USEC_OF(600) - MARGIN - 1, 0, 598);
        expect_range(USEC_OF(500) + MARGIN, USEC_OF(600) - MARGIN, 500, 600);
        expect_range(0, INT64_MAX, 0, 998);
        got = read_journal("one.journal", (struct journal_range){ INT64_MAX, LOG_UNKNOWN });
        ck_assert_uint_eq(got->count, 0);
        reading_free(got);
}
END_TEST

START_TEST(test_a_damaged_journal_gives_what_it_has_or_an_error)
{
        struct input input = journal_at("one.journal");
        struct journal_range range = WITHOUT_RANGE;

        make_journal();
        for (off_t at = 4096; at < 400 * 1024; at += 20 * 1000) {
                struct reading *got = reading_new(LOG_UNKNOWN, NULL);
                char error[SOURCE_ERROR_MAX] = "", kept[64], garbage[sizeof(kept)];
                int fd = open("one.journal", O_RDWR | O_CLOEXEC), result;

                memset(garbage, 0xa5, sizeof(garbage));
                ck_assert_int_eq(pread(fd, kept, sizeof(kept), at), sizeof(kept));
                ck_assert_int_eq(pwrite(fd, garbage, sizeof(garbage), at), sizeof(garbage));
                result = journal_read(&input, &range, on_message, got, error);
                ck_assert_uint_le(got->count, KERNELS);
                ck_assert_int_eq(result < 0, error[0] != '\0');
                ck_assert_int_eq(pwrite(fd, kept, sizeof(kept), at), sizeof(kept));
                ck_assert_int_eq(close(fd), 0);
                reading_free(got);
        }
        ck_assert_int_eq(truncate("one.journal", 100 * 1024), 0);
        {
                struct reading *got = reading_new(LOG_UNKNOWN, NULL);
                char error[SOURCE_ERROR_MAX] = "";

                ck_assert_int_lt(journal_read(&input, &range, on_message, got, error), 0);
                ck_assert_str_eq(error, "no journal, or a damaged one");
                reading_free(got);
        }
}
END_TEST

START_TEST(test_what_is_no_journal_is_an_error)
{
        struct journal_range range = WITHOUT_RANGE;
        struct input nowhere = journal_at("/nowhere"), text = journal_at("text.journal");
        struct reading *got = reading_new(LOG_UNKNOWN, NULL);
        char error[SOURCE_ERROR_MAX] = "";

        ck_assert_int_eq(journal_read(&nowhere, &range, on_message, got, error), -ENOENT);
        ck_assert_str_eq(error, "No such file or directory");
        scratch_text("text.journal", "This is no journal, but a text that is about one.\n");
        error[0] = '\0';
        ck_assert_int_lt(journal_read(&text, &range, on_message, got, error), 0);
        ck_assert_str_eq(error, "no journal, or a damaged one");
        ck_assert_uint_eq(got->count, 0);
        reading_free(got);
}
END_TEST

int main(void)
{
        const struct test_case cases[] = { CASE(test_the_journal_has_what_its_export_has),
                                           CASE(test_only_the_kernels_messages_of_the_range_are_read),
                                           CASE(test_a_damaged_journal_gives_what_it_has_or_an_error),
                                           CASE(test_what_is_no_journal_is_an_error) };

        if (access(REMOTE, X_OK) < 0) {
                printf("%s is not installed\n", REMOTE);
                return SKIPPED;
        }
        return run_cases("journal", NULL, cases, COUNT(cases));
}
