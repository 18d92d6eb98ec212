/* daemon/notify/sink_socket.c and connection.c, through notifier.h, with real receivers. */

#include "notify_fixture.h"
#include "util/array.h"

START_TEST(test_each_type_gets_whole_alerts_in_order)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct receiver *receiver;
                struct notifier *notifier;
                struct alert alert = make_alert(3);
                char *json = alert_to_json(&alert, NULL);

                receiver = receiver_new(add_socket("agent", all_types[i]));
                notifier = start();
                send_alerts(notifier, 1, 3);
                EXPECT_NUMBERS(receiver, 1u, 3u);
                ck_assert_str_eq(receiver->last, json);
                TURN_UNTIL(notifier_counts(notifier).n_delivered == 3);
                ck_assert_uint_eq(notifier_counts(notifier).n_pending, 0);
                notifier = stop(notifier);
                ck_assert_uint_eq(receiver_read(receiver), 0);
                ck_assert_uint_eq(spooled("agent", NULL), 0);
                receiver = receiver_free(receiver);
                free(json);
                start_over();
        }
}
END_TEST

/* Once connected, the kernel has an alert before notifier_send() returns. */
START_TEST(test_alert_leaves_in_the_same_turn)
{
        struct receiver *receiver;
        struct notifier *notifier;

        receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_STREAM));
        notifier = start();
        send_alert(notifier, 1);
        EXPECT_NUMBERS(receiver, 1u, 1u);
        send_alert(notifier, 2);
        ck_assert_uint_eq(receiver_read(receiver), 1);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_receiver_that_comes_late_gets_all)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct config_socket *config;
                struct receiver *receiver;
                struct notifier *notifier;

                config = add_socket("agent", all_types[i]);
                notifier = start();
                send_alerts(notifier, 1, 5);
                ck_assert_uint_eq(notifier_counts(notifier).n_pending, 5);
                ck_assert_uint_eq(notifier_counts(notifier).n_sinks_down, 1);
                ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
                receiver = receiver_new(config);
                EXPECT_NUMBERS(receiver, 1u, 5u);
                TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
                ck_assert_uint_eq(notifier_counts(notifier).n_sinks_down, 0);
                notifier = stop(notifier);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

START_TEST(test_receiver_that_goes_and_comes_back_gets_each_once)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct config_socket *config;
                struct receiver *receiver;
                struct notifier *notifier;

                config = add_socket("agent", all_types[i]);
                receiver = receiver_new(config);
                notifier = start();
                for (unsigned round = 0; round < 3; round++) {
                        unsigned first = round * 10;

                        send_alerts(notifier, first, first + 4);
                        EXPECT_NUMBERS(receiver, first, first + 4);
                        /* Of a datagram socket that is closed nobody knows whether all was read; of the others the kernel does. */
                        if (all_types[i] == CONFIG_SOCKET_DATAGRAM)
                                TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
                        receiver_die(receiver);
                        /* A datagram socket does not show that the receiver has gone: the next alert does. */
                        if (all_types[i] != CONFIG_SOCKET_DATAGRAM)
                                TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
                        send_alerts(notifier, first + 5, first + 9);
                        ck_assert_uint_eq(notifier_counts(notifier).n_sinks_down, 1);
                        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), first + 4);
                        receiver_listen(receiver, config);
                        EXPECT_NUMBERS(receiver, first + 5, first + 9);
                }
                notifier = stop(notifier);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

START_TEST(test_slow_receiver_delays_no_other)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct receiver *slow, *quick;
                struct notifier *notifier;

                slow = receiver_new(add_socket("slow", all_types[i]));
                fixture.sockets[0].order = CONFIG_ORDER_STRICT;
                quick = receiver_new(add_socket("quick", all_types[i]));
                notifier = start();
                send_alert(notifier, 0);
                EXPECT_NUMBERS(quick, 0u, 0u);
                for (unsigned number = 1; number <= 100; number++) {
                        send_long_alert(notifier, number, 20000);
                        ck_assert_uint_eq(receiver_read(quick), number); /* in the same turn */
                }
                ck_assert_uint_gt(notifier_counts(notifier).n_pending, 10);
                EXPECT_NUMBERS(slow, 0u, 100u);
                notifier = stop(notifier);
                slow = receiver_free(slow);
                quick = receiver_free(quick);
                start_over();
        }
}
END_TEST

START_TEST(test_death_in_the_middle_of_an_alert_sends_the_whole_again)
{
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;

        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        receiver = receiver_new(config);
        notifier = start();
        TURN_UNTIL(receiver_accept(receiver));
        /* One is more than the kernel holds for a receiver that doesn't read: it is half sent. */
        for (unsigned number = 1; number <= 2; number++)
                send_long_alert(notifier, number, 400000);
        /* It has read the first and some of the second, and dies. */
        while (receiver->count == 0 || receiver->length == 0)
                TURN_UNTIL(receiver_read_once(receiver, 10000));
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == 1);
        receiver_die(receiver);
        TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
        receiver->count = 0;
        receiver_listen(receiver, config);
        EXPECT_NUMBERS(receiver, 2u, 2u);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_reload_keeps_the_connection)
{
        struct receiver *receiver;
        struct notifier *notifier;

        receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_STREAM));
        notifier = start();
        send_alert(notifier, 1);
        EXPECT_NUMBERS(receiver, 1u, 1u);
        (void)add_socket("other", CONFIG_SOCKET_STREAM);
        fixture.sockets[0].max_age_sec = 60;
        ck_assert_int_eq(notifier_reload(notifier, &fixture.config), 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_sinks, 2);
        send_alert(notifier, 2);
        ck_assert_uint_eq(receiver_read(receiver), 1); /* in the same turn */
        ck_assert_uint_eq(receiver->connections, 1);
        notifier = notifier_free(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_reload_with_another_path_keeps_the_queue)
{
        struct receiver *receiver;
        struct notifier *notifier;

        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 1, 5);
        (void)snprintf(fixture.paths[0], sizeof(fixture.paths[0]), "elsewhere.sock");
        fixture.sockets[0].type = CONFIG_SOCKET_SEQPACKET;
        receiver = receiver_new(&fixture.sockets[0]);
        ck_assert_int_eq(notifier_reload(notifier, &fixture.config), 0);
        EXPECT_NUMBERS(receiver, 1u, 5u);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

/* As `socat -u` does: it only reads. */
START_TEST(test_half_closed_receiver_is_served)
{
        struct receiver *receiver;
        struct notifier *notifier;

        receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_STREAM));
        notifier = start();
        TURN_UNTIL(receiver_accept(receiver));
        ck_assert_int_eq(shutdown(receiver->fd, SHUT_WR), 0);
        for (unsigned number = 0; number < 20; number++) {
                ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
                send_alert(notifier, number);
        }
        EXPECT_NUMBERS(receiver, 0u, 19u);
        ck_assert_uint_eq(receiver->connections, 1);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_what_a_receiver_sends_is_ignored)
{
        static const char noise[10000] = "noise";
        struct receiver *receiver;
        struct notifier *notifier;
        size_t n_sent = 0;

        receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_STREAM));
        notifier = start();
        TURN_UNTIL(receiver_accept(receiver));
        while (n_sent < 1000 * 1000) { /* more than the kernel buffers: it is read */
                ssize_t n = send(receiver->fd, noise, sizeof(noise), MSG_NOSIGNAL);

                if (n > 0)
                        n_sent += (size_t)n;
                else
                        ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
        }
        send_alert(notifier, 1);
        EXPECT_NUMBERS(receiver, 1u, 1u);
        ck_assert_uint_eq(receiver->connections, 1);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_alert_too_large_for_a_message_is_dropped)
{
        static const enum config_socket_type types[] = { CONFIG_SOCKET_DATAGRAM, CONFIG_SOCKET_SEQPACKET };

        for (size_t i = 0; i < COUNT(types); i++) {
                struct receiver *receiver;
                struct notifier *notifier;

                receiver = receiver_new(add_socket("agent", types[i]));
                notifier = start();
                send_alert(notifier, 1);
                send_long_alert(notifier, 99, 1024 * 1024);
                send_alert(notifier, 2);
                EXPECT_NUMBERS(receiver, 1u, 2u);
                ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 1);
                TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
                notifier = stop(notifier);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

/* A receiver of another type at the path, then the right one. */
START_TEST(test_wrong_type_of_receiver_is_no_receiver)
{
        struct config_socket *config, wrong;
        struct receiver *receiver;
        struct notifier *notifier;

        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        wrong = *config;
        wrong.type = CONFIG_SOCKET_SEQPACKET;
        receiver = receiver_new(&wrong);
        notifier = start();
        send_alert(notifier, 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_sinks_down, 1);
        receiver_die(receiver);
        receiver_listen(receiver, config);
        EXPECT_NUMBERS(receiver, 1u, 1u);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

TEST_MAIN_WITH("notify_socket", &notify_fixture, CASE(test_each_type_gets_whole_alerts_in_order),
               CASE(test_alert_leaves_in_the_same_turn), CASE(test_receiver_that_comes_late_gets_all),
               CASE(test_receiver_that_goes_and_comes_back_gets_each_once), CASE(test_slow_receiver_delays_no_other),
               CASE(test_death_in_the_middle_of_an_alert_sends_the_whole_again), CASE(test_reload_keeps_the_connection),
               CASE(test_reload_with_another_path_keeps_the_queue), CASE(test_half_closed_receiver_is_served),
               CASE(test_what_a_receiver_sends_is_ignored), CASE(test_alert_too_large_for_a_message_is_dropped),
               CASE(test_wrong_type_of_receiver_is_no_receiver))
