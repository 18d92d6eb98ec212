/* daemon/notify/sink_socket.c and backlog.c, through notifier.h: what a receiver can't take, in memory and on disk. */

#include "notify/sink.h"
#include "notify_fixture.h"
#include "util/array.h"

START_TEST(test_overflow_goes_to_disk_and_comes_back_first)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct config_socket *config;
                struct receiver *receiver;
                struct notifier *notifier;

                config = add_socket("agent", all_types[i]);
                config->order = CONFIG_ORDER_STRICT;
                notifier = start();
                send_alerts(notifier, 1, 300);
                TURN_UNTIL(notifier_counts(notifier).n_pending <= 256);
                ck_assert_uint_ge(spooled("agent", NULL), 44);
                ck_assert_uint_eq(notifier_acknowledged_seq(notifier), spooled("agent", NULL));
                receiver = receiver_new(config);
                send_alerts(notifier, 301, 310);
                EXPECT_NUMBERS(receiver, 1u, 310u);
                ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
                notifier = stop(notifier);
                ck_assert_uint_eq(spooled("agent", NULL), 0);
                ck_assert_uint_eq(receiver_read(receiver), 0);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

/* The receiver is there, but does not read; what it has not read, and what it has read in part, is the oldest, also on disk. */
START_TEST(test_overflow_at_a_stalled_receiver_keeps_the_order)
{
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        config->order = CONFIG_ORDER_STRICT;
        receiver = receiver_new(config);
        notifier = start();
        TURN_UNTIL(receiver_accept(receiver));
        for (unsigned number = 1; number <= 4; number++)
                send_long_alert(notifier, number, number == 4 ? 250000 : 10000);
        for (unsigned number = 5; number <= 330; number++)
                send_alert(notifier, number);
        TURN_UNTIL(spooled("agent", NULL) >= 64 && notifier_counts(notifier).n_pending <= 256);
        while (receiver->count < 3 || receiver->length == 0)
                TURN_UNTIL(receiver_read_once(receiver, 1000));
        TURN_UNTIL(notifier_counts(notifier).n_delivered == 3);
        /* It dies and another one comes, with alerts on disk, read in part, unread, and in memory; then come all the others. */
        receiver_die(receiver);
        TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
        receiver->count = 0;
        receiver_listen(receiver, config);
        send_alerts(notifier, 331, 340);
        EXPECT_NUMBERS(receiver, 4u, 340u);
        notifier = stop(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 0);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_what_is_undelivered_at_the_stop_is_sent_first_after_the_start)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct config_socket *config;
                struct receiver *receiver;
                struct notifier *notifier;
                unsigned numbers[20];

                config = add_socket("agent", all_types[i]);
                config->order = CONFIG_ORDER_STRICT;
                notifier = start();
                send_alerts(notifier, 1, 20);
                notifier = notifier_free(notifier);
                ck_assert_uint_eq(spooled("agent", numbers), 20);
                for (unsigned k = 0; k < 20; k++)
                        ck_assert_uint_eq(numbers[k], k + 1);

                receiver = receiver_new(config);
                notifier = start();
                send_alerts(notifier, 21, 25);
                EXPECT_NUMBERS(receiver, 1u, 25u);
                notifier = stop(notifier);
                ck_assert_uint_eq(spooled("agent", NULL), 0);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

/* A receiver that stays away holds the cursor for some seconds only; then the disk has its alerts. */
START_TEST(test_receiver_that_is_away_for_long_gets_its_alerts_from_disk)
{
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 1, 3);
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        ck_assert_uint_eq(spooled("agent", NULL), 3);
        ck_assert_uint_eq(notifier_counts(notifier).n_delivered, 0);
        receiver = receiver_new(config);
        send_alert(notifier, 4);
        EXPECT_NUMBERS(receiver, 1u, 4u);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

/* A drain does not wait for a receiver that is away: the disk has its alerts, they are acknowledged. */
START_TEST(test_drain_without_receiver_spools)
{
        struct notifier *notifier;
        bool drained = false;

        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 1, 3);
        notifier_drain(notifier, -1, set_flag, &drained);
        ck_assert(!drained); /* from the loop only */
        TURN_UNTIL(drained);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        ck_assert_uint_eq(spooled("agent", NULL), 3);
        notifier = notifier_free(notifier);
}
END_TEST

/* The stop when an alert was read in part: after the next start the receiver gets the whole of it, and what it had not read. */
START_TEST(test_stop_in_the_middle_of_an_alert)
{
        struct receiver *receiver;
        struct notifier *notifier;
        bool drained = false;

        receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_STREAM));
        fixture.sockets[0].order = CONFIG_ORDER_STRICT;
        notifier = start();
        TURN_UNTIL(receiver_accept(receiver));
        for (unsigned number = 1; number <= 4; number++)
                send_long_alert(notifier, number, 250000);
        while (receiver->count == 0 || receiver->length == 0)
                TURN_UNTIL(receiver_read_once(receiver, 10000));
        TURN_UNTIL(notifier_counts(notifier).n_delivered == 1);
        notifier_drain(notifier, 50, set_flag, &drained); /* it stalls: the time runs out */
        TURN_UNTIL(drained);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 3);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 3);
        receiver->count = 0;
        notifier = start();
        EXPECT_NUMBERS(receiver, 2u, 4u);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_without_spool_the_oldest_are_dropped_past_the_limit)
{
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        break_spool();
        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 1, SINK_ALERTS_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
        send_alert(notifier, SINK_ALERTS_MAX + 1);
        /* Nothing has been written; the writer has one batch, and the oldest of the others was dropped. */
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, SINK_ALERTS_MAX);
        receiver = receiver_new(config);
        TURN_UNTIL(receiver_read(receiver) == SINK_ALERTS_MAX);
        for (unsigned i = 1; i < SINK_ALERTS_MAX; i++)
                ck_assert_uint_gt(receiver->numbers[i], receiver->numbers[i - 1]);
        ck_assert_uint_eq(receiver->numbers[SINK_ALERTS_MAX - 1], SINK_ALERTS_MAX + 1);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_bytes_in_memory_are_limited)
{
        struct notifier *notifier;
        unsigned number = 0;

        break_spool();
        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        /* 60 fit in any case, 64 don't, with what an alert has besides its path. */
        while (number < 60)
                send_long_alert(notifier, ++number, SINK_BYTES_MAX / 64);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        while (number < 70)
                send_long_alert(notifier, ++number, SINK_BYTES_MAX / 64);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 7);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 63);
        send_long_alert(notifier, ++number, SINK_BYTES_MAX + 1); /* never fits: no other is dropped for it */
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 8);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 63);
        notifier = notifier_free(notifier);
}
END_TEST

START_TEST(test_old_alerts_are_not_sent)
{
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        config->max_age_sec = 3600;
        receiver = receiver_new(config);
        notifier = start();
        send_aged_alert(notifier, 1, 3590);
        send_aged_alert(notifier, 100, 3610);
        send_alert(notifier, 2); /* of unknown age */
        EXPECT_NUMBERS(receiver, 1u, 2u);
        ck_assert_uint_eq(notifier_counts(notifier).n_too_old, 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

/* Age counts from the alert's own time, however long it was on disk. */
START_TEST(test_alerts_that_grew_old_on_disk_are_not_sent)
{
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_aged_alert(notifier, 100, 7200);
        send_aged_alert(notifier, 1, 1800);
        send_aged_alert(notifier, 101, 7200);
        send_alert(notifier, 2);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 4);
        config->max_age_sec = 3600;
        receiver = receiver_new(config);
        notifier = start();
        EXPECT_NUMBERS(receiver, 1u, 2u);
        ck_assert_uint_eq(notifier_counts(notifier).n_too_old, 2);
        notifier = stop(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 0);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_reload_without_a_sink_spools_what_it_had)
{
        struct notifier *notifier;

        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 1, 100);
        fixture.config.n_sockets = 0;
        ck_assert_int_eq(notifier_reload(notifier, &fixture.config), 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_sinks, 0);
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        ck_assert_uint_eq(spooled("agent", NULL), 100);
        notifier = notifier_free(notifier);
}
END_TEST

/* Puts a file into the sink's directory, as old as a file can be. */
static void put_spooled(unsigned number, const char *bytes, off_t length)
{
        static const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
        char path[256];
        int fd;

        (void)snprintf(path, sizeof(path), SPOOL "/agent/%032x.json", number);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
        ck_assert_int_eq(ftruncate(fd, length), 0);
        ck_assert_int_eq(futimens(fd, old), 0);
        ck_assert_int_eq(close(fd), 0);
}

/* A file that is not an alert, or not one on one line, holds up no other and reaches nobody. */
START_TEST(test_unreadable_spooled_alerts_are_rejected)
{
        static const char *const contents[] = {
                "", "{\"id\":", "[]", "{\"id\":\"1\",\n\"time\":\"x\"}", "{\"id\":\"1\"}{\"id\":\"2\"}",
        };
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;
        char path[256];

        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 1, 3);
        notifier = notifier_free(notifier);
        for (unsigned i = 0; i < COUNT(contents); i++)
                put_spooled(0xbad0 + i, contents[i], (off_t)strlen(contents[i]));
        put_spooled(0xbadf, "", SPOOL_ALERT_MAX + 1);
        receiver = receiver_new(config);
        notifier = start();
        EXPECT_NUMBERS(receiver, 1u, 3u);
        notifier = stop(notifier);
        ck_assert_uint_eq(receiver_read(receiver), 0);
        ck_assert_uint_eq(spooled("agent", NULL), 0);
        (void)snprintf(path, sizeof(path), SPOOL "/agent/rejected/%032x.json", 0xbadf);
        ck_assert_int_eq(access(path, F_OK), 0);
        receiver = receiver_free(receiver);
}
END_TEST

/* An administrator may do that; it is no file without an alert in it. */
START_TEST(test_spooled_alert_that_was_removed_is_passed_over)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct notifier *notifier = start();
        struct receiver *receiver;
        char log[4096];
        int saved;

        send_alerts(notifier, 1, 200);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 200);
        receiver = receiver_new(config);
        saved = capture_log();
        notifier = start();
        TURN_UNTIL(receiver_accept(receiver));
        TURN_UNTIL(receiver_read_once(receiver, 1000)); /* then all are listed, and most not yet loaded */
        scratch_run("rm " SPOOL "/agent/%032x.json", 200);
        EXPECT_NUMBERS(receiver, 1u, 199u);
        notifier = stop(notifier);
        read_log(saved, log, sizeof(log));
        ck_assert_msg(!strstr(log, "rejected"), "%s", log);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_removed_directory_is_made_again)
{
        struct notifier *notifier;

        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 1, 300);
        TURN_UNTIL(notifier_counts(notifier).n_pending <= 256);
        scratch_run("rm -r " SPOOL "/agent");
        send_alerts(notifier, 301, 400);
        TURN_UNTIL(notifier_counts(notifier).n_pending <= 256);
        ck_assert_uint_ge(spooled("agent", NULL), 64);
        notifier = notifier_free(notifier);
}
END_TEST

TEST_MAIN_WITH("notify_backlog", &notify_fixture, CASE(test_overflow_goes_to_disk_and_comes_back_first),
               CASE(test_overflow_at_a_stalled_receiver_keeps_the_order),
               CASE(test_what_is_undelivered_at_the_stop_is_sent_first_after_the_start),
               CASE(test_receiver_that_is_away_for_long_gets_its_alerts_from_disk),
               CASE(test_drain_without_receiver_spools), CASE(test_stop_in_the_middle_of_an_alert),
               CASE(test_without_spool_the_oldest_are_dropped_past_the_limit), CASE(test_bytes_in_memory_are_limited),
               CASE(test_old_alerts_are_not_sent), CASE(test_alerts_that_grew_old_on_disk_are_not_sent),
               CASE(test_reload_without_a_sink_spools_what_it_had), CASE(test_unreadable_spooled_alerts_are_rejected),
               CASE(test_spooled_alert_that_was_removed_is_passed_over), CASE(test_removed_directory_is_made_again))
