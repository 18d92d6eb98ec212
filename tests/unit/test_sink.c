/* daemon/notify/sink.h: what a sink logs when it has much to log. */

#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "harness.h"
#include "host/clock.h"
#include "notify/sink.h"

/* Standard error goes to a file while a sink logs. */
static FILE *capture;

static void capture_begin(void)
{
        capture = tmpfile();
        ck_assert_ptr_nonnull(capture);
        ck_assert_int_ge(dup2(fileno(capture), STDERR_FILENO), 0);
        log_init("test", LOG_DEBUG);
}

/* Reads the next line that was logged. Returns false if there is none. */
static bool next_line(char line[static 512])
{
        return fgets(line, 512, capture) != NULL;
}

static void expect(const char *end)
{
        char line[512];

        ck_assert_msg(next_line(line), "nothing was logged, and not \"%s\"", end);
        line[strcspn(line, "\n")] = '\0';
        ck_assert_msg(strlen(line) >= strlen(end) && strcmp(line + strlen(line) - strlen(end), end) == 0,
                      "\"%s\" doesn't end with \"%s\"", line, end);
}

static void pass_interval(struct sink *sink)
{
        sink->log_interval_start_usec -= SINK_LOG_INTERVAL_SEC * USEC_PER_SEC;
}

START_TEST(test_messages_past_the_burst_are_counted_once)
{
        struct sink sink;
        char line[512];

        sink_init(&sink, SINK_SOCKET, "agent", NULL, NULL);
        capture_begin();
        for (unsigned i = 0; i < SINK_LOG_BURST + 3; i++)
                sink_log(&sink, LOG_ERR, "message %u", i);
        pass_interval(&sink);
        sink_log(&sink, LOG_ERR, "later");
        sink_log(&sink, LOG_ERR, "after that");
        for (unsigned i = 0; i < SINK_LOG_BURST - 2; i++)
                sink_log(&sink, LOG_ERR, "more");
        sink_log(&sink, LOG_ERR, "too much again");
        pass_interval(&sink);
        sink_log(&sink, LOG_ERR, "last");

        rewind(capture);
        for (unsigned i = 0; i < SINK_LOG_BURST; i++) {
                char end[64];

                (void)snprintf(end, sizeof(end), "socket \"agent\": message %u", i);
                expect(end);
        }
        expect("later (3 more suppressed before)");
        expect("after that"); /* those were reported */
        for (unsigned i = 0; i < SINK_LOG_BURST - 2; i++)
                expect("more");
        expect("last (1 more suppressed before)");
        ck_assert(!next_line(line));
        ck_assert_int_eq(fclose(capture), 0);
}
END_TEST

TEST_MAIN("sink", CASE(test_messages_past_the_burst_are_counted_once))
