/* daemon/notify/sink_socket.c and backlog.c, through notifier.h: real receivers, a real spool. */

#include "notify/sink.h"
#include "notify_place.h"

static const enum config_socket_type all_types[] = { CONFIG_SOCKET_STREAM, CONFIG_SOCKET_DATAGRAM,
                                                     CONFIG_SOCKET_SEQPACKET };
#define N_TYPES (sizeof(all_types) / sizeof(all_types[0]))

START_TEST(test_each_type_gets_whole_alerts_in_order)
{
        for (size_t i = 0; i < N_TYPES; i++) {
                struct place place;
                struct receiver *receiver;
                struct notifier *notifier;
                struct alert alert = make_alert(3);
                char *json = alert_to_json(&alert, NULL);

                place_make(&place);
                receiver = receiver_new(add_socket(&place, "agent", all_types[i]));
                notifier = start(&place);
                send_alerts(notifier, 1, 3);
                EXPECT_NUMBERS(&place, receiver, 1u, 3u);
                ck_assert_str_eq(receiver->last, json);
                ck_assert_uint_eq(notifier_counts(notifier).delivered, 3);
                ck_assert_uint_eq(notifier_counts(notifier).waiting, 0);
                notifier = stop(&place, notifier);
                ck_assert_uint_eq(receiver_read(receiver), 0);
                ck_assert_uint_eq(spooled(&place, "agent", NULL), 0);
                receiver = receiver_free(receiver);
                free(json);
                place_remove(&place);
        }
}
END_TEST

/* Once the connection stands, an alert is with the kernel before notifier_send() returns. */
START_TEST(test_alert_leaves_in_the_same_turn)
{
        struct place place;
        struct receiver *receiver;
        struct notifier *notifier;

        place_make(&place);
        receiver = receiver_new(add_socket(&place, "agent", CONFIG_SOCKET_STREAM));
        notifier = start(&place);
        send_alert(notifier, 1);
        EXPECT_NUMBERS(&place, receiver, 1u, 1u);
        send_alert(notifier, 2);
        ck_assert_uint_eq(receiver_read(receiver), 1);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_receiver_that_comes_late_gets_all)
{
        for (size_t i = 0; i < N_TYPES; i++) {
                struct place place;
                struct config_socket *config;
                struct receiver *receiver;
                struct notifier *notifier;

                place_make(&place);
                config = add_socket(&place, "agent", all_types[i]);
                notifier = start(&place);
                send_alerts(notifier, 1, 5);
                ck_assert_uint_eq(notifier_counts(notifier).waiting, 5);
                ck_assert_uint_eq(notifier_counts(notifier).sinks_down, 1);
                ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
                receiver = receiver_new(config);
                EXPECT_NUMBERS(&place, receiver, 1u, 5u);
                TURN_UNTIL(&place, notifier_acknowledged_seq(notifier) == UINT64_MAX);
                ck_assert_uint_eq(notifier_counts(notifier).sinks_down, 0);
                notifier = stop(&place, notifier);
                receiver = receiver_free(receiver);
                place_remove(&place);
        }
}
END_TEST

START_TEST(test_receiver_that_goes_and_comes_back_gets_each_once)
{
        for (size_t i = 0; i < N_TYPES; i++) {
                struct place place;
                struct config_socket *config;
                struct receiver *receiver;
                struct notifier *notifier;

                place_make(&place);
                config = add_socket(&place, "agent", all_types[i]);
                receiver = receiver_new(config);
                notifier = start(&place);
                for (unsigned round = 0; round < 3; round++) {
                        unsigned first = round * 10;

                        send_alerts(notifier, first, first + 4);
                        EXPECT_NUMBERS(&place, receiver, first, first + 4);
                        receiver_die(receiver);
                        /* Without a connection that shows its end, the next alert finds out. */
                        if (all_types[i] != CONFIG_SOCKET_DATAGRAM)
                                TURN_UNTIL(&place, notifier_counts(notifier).sinks_down == 1);
                        send_alerts(notifier, first + 5, first + 9);
                        ck_assert_uint_eq(notifier_counts(notifier).sinks_down, 1);
                        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), first + 4);
                        receiver_listen(receiver, config);
                        EXPECT_NUMBERS(&place, receiver, first + 5, first + 9);
                }
                notifier = stop(&place, notifier);
                receiver = receiver_free(receiver);
                place_remove(&place);
        }
}
END_TEST

START_TEST(test_slow_receiver_delays_no_other)
{
        for (size_t i = 0; i < N_TYPES; i++) {
                struct place place;
                struct receiver *slow, *quick;
                struct notifier *notifier;

                place_make(&place);
                slow = receiver_new(add_socket(&place, "slow", all_types[i]));
                quick = receiver_new(add_socket(&place, "quick", all_types[i]));
                notifier = start(&place);
                send_alert(notifier, 0);
                EXPECT_NUMBERS(&place, quick, 0u, 0u);
                for (unsigned number = 1; number <= 100; number++) {
                        send_long_alert(notifier, number, 20000);
                        ck_assert_uint_eq(receiver_read(quick), number); /* in the same turn */
                }
                ck_assert_uint_gt(notifier_counts(notifier).waiting, 10);
                EXPECT_NUMBERS(&place, slow, 0u, 100u);
                notifier = stop(&place, notifier);
                slow = receiver_free(slow);
                quick = receiver_free(quick);
                place_remove(&place);
        }
}
END_TEST

START_TEST(test_death_in_the_middle_of_an_alert_sends_the_whole_again)
{
        struct place place;
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;
        unsigned first_left, last = 0;

        place_make(&place);
        config = add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        receiver = receiver_new(config);
        notifier = start(&place);
        TURN_UNTIL(&place, receiver_accept(receiver));
        /* More than the kernel holds for a receiver that doesn't read: one alert stays in the middle. */
        while (last < 20)
                send_long_alert(notifier, ++last, 50000);
        TURN_UNTIL(&place, notifier_counts(notifier).waiting > 1 && notifier_counts(notifier).delivered > 1);
        first_left = (unsigned)notifier_counts(notifier).delivered + 1;
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), first_left - 1);
        /* It has read some of the first, and dies. */
        ck_assert(receiver_read_once(receiver, 1000));
        receiver_die(receiver);
        TURN_UNTIL(&place, notifier_counts(notifier).sinks_down == 1);
        receiver_listen(receiver, config);
        EXPECT_NUMBERS(&place, receiver, first_left, last);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_overflow_goes_to_disk_and_comes_back_first)
{
        for (size_t i = 0; i < N_TYPES; i++) {
                struct place place;
                struct config_socket *config;
                struct receiver *receiver;
                struct notifier *notifier;

                place_make(&place);
                config = add_socket(&place, "agent", all_types[i]);
                notifier = start(&place);
                send_alerts(notifier, 1, 300);
                TURN_UNTIL(&place, notifier_counts(notifier).waiting <= 256);
                ck_assert_uint_ge(spooled(&place, "agent", NULL), 44);
                ck_assert_uint_eq(notifier_acknowledged_seq(notifier), spooled(&place, "agent", NULL));
                receiver = receiver_new(config);
                send_alerts(notifier, 301, 310);
                EXPECT_NUMBERS(&place, receiver, 1u, 310u);
                ck_assert_uint_eq(notifier_counts(notifier).failed, 0);
                notifier = stop(&place, notifier);
                ck_assert_uint_eq(spooled(&place, "agent", NULL), 0);
                ck_assert_uint_eq(receiver_read(receiver), 0);
                receiver = receiver_free(receiver);
                place_remove(&place);
        }
}
END_TEST

/* The receiver is there, but does not read; the alert that it has half of is the oldest, also on disk. */
START_TEST(test_overflow_behind_a_stalled_receiver_keeps_the_order)
{
        struct place place;
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;
        unsigned first_left;

        place_make(&place);
        config = add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        receiver = receiver_new(config);
        notifier = start(&place);
        TURN_UNTIL(&place, receiver_accept(receiver));
        for (unsigned number = 1; number <= 10; number++)
                send_long_alert(notifier, number, 50000);
        first_left = (unsigned)notifier_counts(notifier).delivered + 1;
        for (unsigned number = 11; number <= 330; number++)
                send_alert(notifier, number);
        TURN_UNTIL(&place, spooled(&place, "agent", NULL) >= 64 && notifier_counts(notifier).waiting <= 256);
        TURN_UNTIL(&place, (int)receiver_read(receiver) >= (int)first_left);
        /* It dies and another one comes, with alerts in all places; then all the rest. */
        receiver_die(receiver);
        TURN_UNTIL(&place, notifier_counts(notifier).sinks_down == 1);
        first_left = (unsigned)notifier_counts(notifier).delivered + 1;
        receiver->count = 0;
        receiver_listen(receiver, config);
        send_alerts(notifier, 331, 340);
        EXPECT_NUMBERS(&place, receiver, first_left, 340u);
        notifier = stop(&place, notifier);
        ck_assert_uint_eq(spooled(&place, "agent", NULL), 0);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_what_is_undelivered_at_the_stop_is_sent_first_after_the_start)
{
        for (size_t i = 0; i < N_TYPES; i++) {
                struct place place;
                struct config_socket *config;
                struct receiver *receiver;
                struct notifier *notifier;
                unsigned numbers[20];

                place_make(&place);
                config = add_socket(&place, "agent", all_types[i]);
                notifier = start(&place);
                send_alerts(notifier, 1, 20);
                notifier = notifier_free(notifier);
                ck_assert_uint_eq(spooled(&place, "agent", numbers), 20);
                for (unsigned k = 0; k < 20; k++)
                        ck_assert_uint_eq(numbers[k], k + 1);

                receiver = receiver_new(config);
                notifier = start(&place);
                send_alerts(notifier, 21, 25);
                EXPECT_NUMBERS(&place, receiver, 1u, 25u);
                notifier = stop(&place, notifier);
                ck_assert_uint_eq(spooled(&place, "agent", NULL), 0);
                receiver = receiver_free(receiver);
                place_remove(&place);
        }
}
END_TEST

/* A drain does not wait for a receiver that is away: the disk has its alerts, they are acknowledged. */
START_TEST(test_drain_without_receiver_spools)
{
        struct place place;
        struct notifier *notifier;
        bool drained = false;

        place_make(&place);
        (void)add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        notifier = start(&place);
        send_alerts(notifier, 1, 3);
        notifier_drain(notifier, -1, set_flag, &drained);
        ck_assert(!drained); /* from the loop only */
        TURN_UNTIL(&place, drained);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        ck_assert_uint_eq(spooled(&place, "agent", NULL), 3);
        notifier = notifier_free(notifier);
        place_remove(&place);
}
END_TEST

/* The stop in the middle of an alert: the receiver gets the whole of it after the next start. */
START_TEST(test_stop_in_the_middle_of_an_alert)
{
        struct place place;
        struct receiver *receiver;
        struct notifier *notifier;
        unsigned first_left;
        bool drained = false;

        place_make(&place);
        receiver = receiver_new(add_socket(&place, "agent", CONFIG_SOCKET_STREAM));
        notifier = start(&place);
        TURN_UNTIL(&place, receiver_accept(receiver));
        for (unsigned number = 1; number <= 20; number++)
                send_long_alert(notifier, number, 50000);
        TURN_UNTIL(&place, notifier_counts(notifier).delivered > 1);
        first_left = (unsigned)notifier_counts(notifier).delivered + 1;
        notifier_drain(notifier, 50, set_flag, &drained); /* it stalls: the time runs out */
        TURN_UNTIL(&place, drained);
        ck_assert_uint_gt(notifier_counts(notifier).waiting, 0);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled(&place, "agent", NULL), 20 - first_left + 1);
        while (receiver_read_once(receiver, 65536)) /* what the kernel had taken, and half an alert */
                ;
        ck_assert_uint_eq(receiver->count, first_left - 1);
        receiver->count = 0;
        notifier = start(&place);
        EXPECT_NUMBERS(&place, receiver, first_left, 20u);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_without_spool_the_oldest_are_given_up_past_the_limit)
{
        struct place place;
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        place_make(&place);
        break_spool(&place);
        config = add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        notifier = start(&place);
        send_alerts(notifier, 1, SINK_ALERTS_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).failed, 0);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
        send_alert(notifier, SINK_ALERTS_MAX + 1);
        /* Nothing has been written; one batch is with the writer, and the oldest of the others went. */
        ck_assert_uint_eq(notifier_counts(notifier).failed, 1);
        ck_assert_uint_eq(notifier_counts(notifier).waiting, SINK_ALERTS_MAX);
        receiver = receiver_new(config);
        TURN_UNTIL(&place, receiver_read(receiver) == SINK_ALERTS_MAX);
        for (unsigned i = 1; i < SINK_ALERTS_MAX; i++)
                ck_assert_uint_gt(receiver->numbers[i], receiver->numbers[i - 1]);
        ck_assert_uint_eq(receiver->numbers[SINK_ALERTS_MAX - 1], SINK_ALERTS_MAX + 1);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_bytes_in_memory_are_limited)
{
        struct place place;
        struct notifier *notifier;
        unsigned number = 0;

        place_make(&place);
        break_spool(&place);
        (void)add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        notifier = start(&place);
        /* 60 fit in any case, 64 don't, with what an alert has besides its summary. */
        while (number < 60)
                send_long_alert(notifier, ++number, SINK_BYTES_MAX / 64);
        ck_assert_uint_eq(notifier_counts(notifier).failed, 0);
        while (number < 70)
                send_long_alert(notifier, ++number, SINK_BYTES_MAX / 64);
        ck_assert_uint_eq(notifier_counts(notifier).failed, 7);
        ck_assert_uint_eq(notifier_counts(notifier).waiting, 63);
        send_long_alert(notifier, ++number, SINK_BYTES_MAX + 1); /* never fits: nobody makes room in vain */
        ck_assert_uint_eq(notifier_counts(notifier).failed, 8);
        ck_assert_uint_eq(notifier_counts(notifier).waiting, 63);
        notifier = notifier_free(notifier);
        place_remove(&place);
}
END_TEST

START_TEST(test_old_alerts_are_not_sent)
{
        struct place place;
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        place_make(&place);
        config = add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        config->max_age_sec = 3600;
        receiver = receiver_new(config);
        notifier = start(&place);
        send_aged_alert(notifier, 1, 3590);
        send_aged_alert(notifier, 100, 3610);
        send_alert(notifier, 2); /* of unknown age */
        EXPECT_NUMBERS(&place, receiver, 1u, 2u);
        ck_assert_uint_eq(notifier_counts(notifier).too_old, 1);
        ck_assert_uint_eq(notifier_counts(notifier).failed, 0);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

/* Age counts from the alert's own time, however long it was on disk. */
START_TEST(test_alerts_that_grew_old_on_disk_are_not_sent)
{
        struct place place;
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        place_make(&place);
        config = add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        notifier = start(&place);
        send_aged_alert(notifier, 100, 7200);
        send_aged_alert(notifier, 1, 1800);
        send_aged_alert(notifier, 101, 7200);
        send_alert(notifier, 2);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled(&place, "agent", NULL), 4);
        config->max_age_sec = 3600;
        receiver = receiver_new(config);
        notifier = start(&place);
        EXPECT_NUMBERS(&place, receiver, 1u, 2u);
        ck_assert_uint_eq(notifier_counts(notifier).too_old, 2);
        notifier = stop(&place, notifier);
        ck_assert_uint_eq(spooled(&place, "agent", NULL), 0);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_reload_keeps_the_connection)
{
        struct place place;
        struct receiver *receiver;
        struct notifier *notifier;

        place_make(&place);
        receiver = receiver_new(add_socket(&place, "agent", CONFIG_SOCKET_STREAM));
        notifier = start(&place);
        send_alert(notifier, 1);
        EXPECT_NUMBERS(&place, receiver, 1u, 1u);
        (void)add_socket(&place, "other", CONFIG_SOCKET_STREAM);
        place.sockets[0].max_age_sec = 60;
        ck_assert_int_eq(notifier_reload(notifier, &place.config), 0);
        ck_assert_uint_eq(notifier_counts(notifier).sinks, 2);
        send_alert(notifier, 2);
        ck_assert_uint_eq(receiver_read(receiver), 1); /* in the same turn */
        ck_assert_uint_eq(receiver->connections, 1);
        notifier = notifier_free(notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_reload_with_another_path_keeps_the_queue)
{
        struct place place;
        struct receiver *receiver;
        struct notifier *notifier;

        place_make(&place);
        (void)add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        notifier = start(&place);
        send_alerts(notifier, 1, 5);
        (void)snprintf(place.paths[0], sizeof(place.paths[0]), "%s/elsewhere.sock", place.directory);
        place.sockets[0].type = CONFIG_SOCKET_SEQPACKET;
        receiver = receiver_new(&place.sockets[0]);
        ck_assert_int_eq(notifier_reload(notifier, &place.config), 0);
        EXPECT_NUMBERS(&place, receiver, 1u, 5u);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_reload_without_a_sink_spools_what_it_had)
{
        struct place place;
        struct notifier *notifier;

        place_make(&place);
        (void)add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        notifier = start(&place);
        send_alerts(notifier, 1, 100);
        place.config.n_sockets = 0;
        ck_assert_int_eq(notifier_reload(notifier, &place.config), 0);
        ck_assert_uint_eq(notifier_counts(notifier).sinks, 0);
        TURN_UNTIL(&place, notifier_acknowledged_seq(notifier) == UINT64_MAX);
        ck_assert_uint_eq(spooled(&place, "agent", NULL), 100);
        notifier = notifier_free(notifier);
        place_remove(&place);
}
END_TEST

/* As `socat -u` does: nothing to say, but listening. */
START_TEST(test_half_closed_receiver_is_served)
{
        struct place place;
        struct receiver *receiver;
        struct notifier *notifier;

        place_make(&place);
        receiver = receiver_new(add_socket(&place, "agent", CONFIG_SOCKET_STREAM));
        notifier = start(&place);
        TURN_UNTIL(&place, receiver_accept(receiver));
        ck_assert_int_eq(shutdown(receiver->fd, SHUT_WR), 0);
        for (unsigned number = 0; number < 20; number++) {
                ck_assert_int_eq(event_base_loop(place.base, EVLOOP_ONCE), 0);
                send_alert(notifier, number);
        }
        EXPECT_NUMBERS(&place, receiver, 0u, 19u);
        ck_assert_uint_eq(receiver->connections, 1);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_what_a_receiver_says_is_ignored)
{
        static const char noise[10000] = "noise";
        struct place place;
        struct receiver *receiver;
        struct notifier *notifier;
        size_t said = 0;

        place_make(&place);
        receiver = receiver_new(add_socket(&place, "agent", CONFIG_SOCKET_STREAM));
        notifier = start(&place);
        TURN_UNTIL(&place, receiver_accept(receiver));
        while (said < 1000 * 1000) { /* more than the kernel buffers: it is read */
                ssize_t n = send(receiver->fd, noise, sizeof(noise), MSG_NOSIGNAL);

                if (n > 0)
                        said += (size_t)n;
                else
                        ck_assert_int_eq(event_base_loop(place.base, EVLOOP_ONCE), 0);
        }
        send_alert(notifier, 1);
        EXPECT_NUMBERS(&place, receiver, 1u, 1u);
        ck_assert_uint_eq(receiver->connections, 1);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

START_TEST(test_alert_too_large_for_a_message_is_given_up)
{
        static const enum config_socket_type types[] = { CONFIG_SOCKET_DATAGRAM, CONFIG_SOCKET_SEQPACKET };

        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
                struct place place;
                struct receiver *receiver;
                struct notifier *notifier;

                place_make(&place);
                receiver = receiver_new(add_socket(&place, "agent", types[i]));
                notifier = start(&place);
                send_alert(notifier, 1);
                send_long_alert(notifier, 99, 1024 * 1024);
                send_alert(notifier, 2);
                EXPECT_NUMBERS(&place, receiver, 1u, 2u);
                ck_assert_uint_eq(notifier_counts(notifier).failed, 1);
                ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
                notifier = stop(&place, notifier);
                receiver = receiver_free(receiver);
                place_remove(&place);
        }
}
END_TEST

/* A receiver of another type at the path, then the right one. */
START_TEST(test_wrong_type_of_receiver_is_no_receiver)
{
        struct place place;
        struct config_socket *config, wrong;
        struct receiver *receiver;
        struct notifier *notifier;

        place_make(&place);
        config = add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        wrong = *config;
        wrong.type = CONFIG_SOCKET_SEQPACKET;
        receiver = receiver_new(&wrong);
        notifier = start(&place);
        send_alert(notifier, 1);
        ck_assert_uint_eq(notifier_counts(notifier).sinks_down, 1);
        receiver_die(receiver);
        receiver_listen(receiver, config);
        EXPECT_NUMBERS(&place, receiver, 1u, 1u);
        notifier = stop(&place, notifier);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

/* A spooled file that can't be read (here: too large) stands in nobody's way. */
START_TEST(test_unreadable_spooled_alert_is_put_aside)
{
        struct place place;
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;
        char path[256];
        int fd;

        place_make(&place);
        config = add_socket(&place, "agent", CONFIG_SOCKET_STREAM);
        notifier = start(&place);
        send_alerts(notifier, 1, 3);
        notifier = notifier_free(notifier);
        (void)snprintf(path, sizeof(path), "%s/agent/%032x.json", place.spool, 0xbad);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(ftruncate(fd, SPOOL_ALERT_MAX + 1), 0);
        ck_assert_int_eq(futimens(fd, (struct timespec[2]){ { .tv_sec = 1 }, { .tv_sec = 1 } }), 0); /* the oldest */
        ck_assert_int_eq(close(fd), 0);
        receiver = receiver_new(config);
        notifier = start(&place);
        EXPECT_NUMBERS(&place, receiver, 1u, 3u);
        notifier = stop(&place, notifier);
        ck_assert_uint_eq(spooled(&place, "agent", NULL), 0);
        (void)snprintf(path, sizeof(path), "%s/agent/rejected/%032x.json", place.spool, 0xbad);
        ck_assert_int_eq(access(path, F_OK), 0);
        receiver = receiver_free(receiver);
        place_remove(&place);
}
END_TEST

TEST_MAIN("notify_socket", CASE(test_each_type_gets_whole_alerts_in_order), CASE(test_alert_leaves_in_the_same_turn),
          CASE(test_receiver_that_comes_late_gets_all), CASE(test_receiver_that_goes_and_comes_back_gets_each_once),
          CASE(test_slow_receiver_delays_no_other), CASE(test_death_in_the_middle_of_an_alert_sends_the_whole_again),
          CASE(test_overflow_goes_to_disk_and_comes_back_first),
          CASE(test_overflow_behind_a_stalled_receiver_keeps_the_order),
          CASE(test_what_is_undelivered_at_the_stop_is_sent_first_after_the_start),
          CASE(test_drain_without_receiver_spools), CASE(test_stop_in_the_middle_of_an_alert),
          CASE(test_without_spool_the_oldest_are_given_up_past_the_limit), CASE(test_bytes_in_memory_are_limited),
          CASE(test_old_alerts_are_not_sent), CASE(test_alerts_that_grew_old_on_disk_are_not_sent),
          CASE(test_reload_keeps_the_connection), CASE(test_reload_with_another_path_keeps_the_queue),
          CASE(test_reload_without_a_sink_spools_what_it_had), CASE(test_half_closed_receiver_is_served),
          CASE(test_what_a_receiver_says_is_ignored), CASE(test_alert_too_large_for_a_message_is_given_up),
          CASE(test_wrong_type_of_receiver_is_no_receiver), CASE(test_unreadable_spooled_alert_is_put_aside))
