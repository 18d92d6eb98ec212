/* daemon/notify/sink_socket.c, through notifier.h, with real receivers: what a receiver has not read comes again, and in which order. */

#include "notify_fixture.h"
#include "util/array.h"

#define ALERTS 35

static const struct case_fixture in_memory = { .set_up = set_up, .tear_down = tear_down, .in_memory = true };

/* Reads count alerts, and of a stream no whole one more. */
static void read_alerts(struct receiver *receiver, unsigned count)
{
        size_t size = receiver->type == CONFIG_SOCKET_STREAM ? 100 : 65536;

        while (receiver->count < count)
                TURN_UNTIL(receiver_read_once(receiver, size));
        ck_assert_uint_eq(receiver->count, count);
}

static unsigned delivered(const struct notifier *notifier)
{
        return (unsigned)notifier_counts(notifier).n_delivered;
}

START_TEST(test_receiver_that_dies_leaves_what_it_has_not_read_to_the_next)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct config_socket *config = add_socket("agent", all_types[i]);
                struct receiver *receiver = receiver_new(config);
                struct notifier *notifier = start();

                TURN_UNTIL(receiver_accept(receiver));
                send_alerts(notifier, 1, ALERTS);
                ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
                read_alerts(receiver, 5);
                TURN_UNTIL(delivered(notifier) == 5);
                ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 5);
                receiver_die(receiver);
                TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
                receiver->count = 0;
                receiver_listen(receiver, config);
                EXPECT_NUMBERS(receiver, 6u, (unsigned)ALERTS);
                TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
                ck_assert_uint_eq(delivered(notifier), ALERTS);
                notifier = stop(notifier);
                ck_assert_uint_eq(spooled("agent", NULL), 0);
                ck_assert_uint_eq(receiver_read(receiver), 0);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

/* Nobody asked in between: of a stream and of seqpackets the kernel tells at the end that all was read. */
START_TEST(test_receiver_that_reads_all_and_closes_leaves_none)
{
        static const enum config_socket_type types[] = { CONFIG_SOCKET_STREAM, CONFIG_SOCKET_SEQPACKET };

        for (size_t i = 0; i < COUNT(types); i++) {
                struct config_socket *config = add_socket("agent", types[i]);
                struct receiver *receiver = receiver_new(config);
                struct notifier *notifier = start();

                TURN_UNTIL(receiver_accept(receiver));
                send_alerts(notifier, 1, ALERTS);
                ck_assert_uint_eq(receiver_read(receiver), ALERTS);
                ck_assert_uint_eq(delivered(notifier), 0);
                receiver_die(receiver);
                TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
                ck_assert_uint_eq(delivered(notifier), ALERTS);
                receiver->count = 0;
                receiver_listen(receiver, config);
                send_alert(notifier, ALERTS + 1);
                EXPECT_NUMBERS(receiver, ALERTS + 1u, ALERTS + 1u);
                notifier = stop(notifier);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

/* It has shut its writing side down, as `socat -u` does, so no end of it can be read. */
START_TEST(test_half_closed_receiver_that_dies_leaves_what_it_has_not_read)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct receiver *receiver = receiver_new(config);
        struct notifier *notifier = start();

        TURN_UNTIL(receiver_accept(receiver));
        ck_assert_int_eq(shutdown(receiver->fd, SHUT_WR), 0);
        send_alerts(notifier, 1, ALERTS);
        read_alerts(receiver, 5);
        TURN_UNTIL(delivered(notifier) == 5);
        receiver_die(receiver);
        TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
        receiver->count = 0;
        receiver_listen(receiver, config);
        EXPECT_NUMBERS(receiver, 6u, (unsigned)ALERTS);
        /* And it is seen to die when there is nothing that it has not read. */
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        ck_assert_int_eq(shutdown(receiver->fd, SHUT_WR), 0);
        for (unsigned i = 0; i < 10; i++)
                ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
        receiver_die(receiver);
        TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

/* More than a quarter of the kernel's buffer would be full with them, and then it doesn't say when something was read. */
START_TEST(test_what_was_read_of_many_large_alerts_is_known)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct config_socket *config = add_socket("agent", all_types[i]);
                struct receiver *receiver = receiver_new(config);
                struct notifier *notifier = start();

                TURN_UNTIL(receiver_accept(receiver));
                for (unsigned number = 1; number <= ALERTS; number++)
                        send_long_alert(notifier, number, 4000);
                for (unsigned count = 1; count <= ALERTS; count++) {
                        read_alerts(receiver, count);
                        TURN_UNTIL(delivered(notifier) == count);
                }
                notifier = stop(notifier);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

START_TEST(test_receiver_that_shuts_down_both_sides_leaves_what_it_has_not_read)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct receiver *receiver = receiver_new(config);
        struct notifier *notifier = start();

        TURN_UNTIL(receiver_accept(receiver));
        send_alerts(notifier, 1, ALERTS);
        read_alerts(receiver, 5);
        ck_assert_int_eq(shutdown(receiver->fd, SHUT_RDWR), 0);
        TURN_UNTIL(receiver->connections == 2 || (receiver_accept(receiver) && receiver->connections == 2));
        ck_assert_uint_eq(delivered(notifier), 5);
        receiver->count = 0;
        EXPECT_NUMBERS(receiver, 6u, (unsigned)ALERTS);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

/* A receiver that crashes again and again; it is connected to again with pauses that grow. */
START_TEST(test_receivers_that_die_again_and_again_get_each_in_the_end)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct config_socket *config = add_socket("agent", all_types[i]);
                struct receiver *receiver = receiver_new(config);
                struct notifier *notifier = start();

                send_alerts(notifier, 1, ALERTS);
                for (unsigned n = 0; n < 30; n += 10) {
                        read_alerts(receiver, 10);
                        for (unsigned k = 0; k < 10; k++)
                                ck_assert_uint_eq(receiver->numbers[k], n + k + 1);
                        TURN_UNTIL(delivered(notifier) == n + 10);
                        receiver->count = 0;
                        receiver_die(receiver);
                        receiver_listen(receiver, config);
                }
                EXPECT_NUMBERS(receiver, 31u, (unsigned)ALERTS);
                notifier = stop(notifier);
                ck_assert_uint_eq(spooled("agent", NULL), 0);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

/* At the end of the time that it has. */
START_TEST(test_what_was_not_read_at_the_stop_comes_again_after_the_start)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct config_socket *config = add_socket("agent", all_types[i]);
                struct receiver *receiver = receiver_new(config);
                struct notifier *notifier = start();
                bool drained = false;

                TURN_UNTIL(receiver_accept(receiver));
                send_alerts(notifier, 1, ALERTS);
                read_alerts(receiver, 5);
                notifier_drain(notifier, 50, set_flag, &drained);
                TURN_UNTIL(drained);
                ck_assert_uint_eq(delivered(notifier), 5);
                notifier_finish(notifier);
                ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
                ck_assert_uint_eq(notifier_n_left(notifier), 0);
                notifier = notifier_free(notifier);
                ck_assert_uint_eq(spooled("agent", NULL), ALERTS - 5);
                receiver_die(receiver);
                receiver->count = 0;
                receiver_listen(receiver, config);
                notifier = start();
                EXPECT_NUMBERS(receiver, 6u, (unsigned)ALERTS);
                notifier = stop(notifier);
                ck_assert_uint_eq(spooled("agent", NULL), 0);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

/* Without a disk they hold the cursor: the next start finds them in the kernel's log. */
START_TEST(test_what_was_not_read_at_the_stop_is_left_where_no_disk_takes_it)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct receiver *receiver = receiver_new(config);
        struct notifier *notifier;
        bool drained = false;

        break_spool();
        notifier = start();
        TURN_UNTIL(receiver_accept(receiver));
        send_alerts(notifier, 1, ALERTS);
        read_alerts(receiver, 5);
        notifier_drain(notifier, 50, set_flag, &drained);
        TURN_UNTIL(drained);
        notifier_finish(notifier);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 5);
        ck_assert_uint_eq(notifier_n_left(notifier), ALERTS - 5);
        notifier = notifier_free(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_at_the_stop_it_is_asked_once_more_what_was_read)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct receiver *receiver = receiver_new(config);
        struct notifier *notifier = start();

        TURN_UNTIL(receiver_accept(receiver));
        send_alerts(notifier, 1, 5);
        ck_assert_uint_eq(receiver_read(receiver), 5);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 0);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_stop_waits_until_the_receiver_has_read)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct receiver *receiver = receiver_new(config);
        struct notifier *notifier = start();
        bool drained = false;

        TURN_UNTIL(receiver_accept(receiver));
        send_alerts(notifier, 1, 5);
        notifier_drain(notifier, -1, set_flag, &drained);
        for (unsigned i = 0; i < 20; i++)
                ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
        ck_assert(!drained);
        ck_assert_uint_eq(receiver_read(receiver), 5);
        TURN_UNTIL(drained);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 0);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_reload_with_another_path_sends_what_was_not_read)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct receiver *receiver = receiver_new(config), *other;
        struct notifier *notifier = start();

        TURN_UNTIL(receiver_accept(receiver));
        send_alerts(notifier, 1, ALERTS);
        read_alerts(receiver, 5);
        (void)snprintf(fixture.paths[0], sizeof(fixture.paths[0]), "elsewhere.sock");
        other = receiver_new(config);
        ck_assert_int_eq(notifier_reload(notifier, &fixture.config), 0);
        EXPECT_NUMBERS(other, 6u, (unsigned)ALERTS);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
        other = receiver_free(other);
}
END_TEST

/* The file of the socket is another's by now, however that one came there. */
START_TEST(test_datagram_receiver_whose_socket_was_replaced_is_no_longer_asked)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_DATAGRAM);
        struct receiver *old = receiver_new(config), *fresh;
        struct notifier *notifier = start();

        send_alerts(notifier, 1, 5);
        read_alerts(old, 2);
        TURN_UNTIL(delivered(notifier) == 2);
        fresh = receiver_new(config);
        old = receiver_free(old); /* with three unread: the kernel counts none */
        EXPECT_NUMBERS(fresh, 3u, 5u);
        notifier = stop(notifier);
        fresh = receiver_free(fresh);
}
END_TEST

/* --- the order -------------------------------------------------------------------------------------------------------- */

/* Alerts 1 to count are on disk. */
static void fill_spool(unsigned count)
{
        struct notifier *notifier = start();

        send_alerts(notifier, 1, count);
        notifier = stop(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), count);
}

/* The receiver is in the middle of 1000 old ones when a new one comes; returns behind how many it was. */
static unsigned n_before_the_new(enum config_order order, enum config_socket_type type)
{
        struct config_socket *config = add_socket("agent", type);
        struct receiver *receiver;
        struct notifier *notifier;
        unsigned at = 0;

        config->order = order;
        fill_spool(1000);
        receiver = receiver_new(config);
        notifier = start();
        read_alerts(receiver, 100);
        send_alert(notifier, 1001);
        TURN_UNTIL(receiver_read(receiver) == 1001);
        for (unsigned i = 0, old = 1; i < 1001; i++) {
                if (receiver->numbers[i] == 1001)
                        at = i;
                else
                        ck_assert_uint_eq(receiver->numbers[i], old++);
        }
        notifier = stop(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 0);
        receiver = receiver_free(receiver);
        start_over();
        return at;
}

START_TEST(test_new_alert_goes_before_those_on_disk_unless_order_is_strict)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                ck_assert_uint_eq(n_before_the_new(CONFIG_ORDER_STRICT, all_types[i]), 1000);
                ck_assert_uint_le(n_before_the_new(CONFIG_ORDER_FRESH_FIRST, all_types[i]), 100 + 64);
        }
}
END_TEST

/* 1000 on disk, read by receivers that die in the midst of a batch, and at its end. */
START_TEST(test_alerts_from_disk_that_were_not_read_come_again)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        static const unsigned counts[] = { 50, 78, 172 }; /* a batch is 128 */
        struct receiver *receiver;
        struct notifier *notifier;

        config->order = CONFIG_ORDER_STRICT;
        fill_spool(1000);
        receiver = receiver_new(config);
        notifier = start();
        for (size_t i = 0, first = 1; i < COUNT(counts); first += counts[i++]) {
                read_alerts(receiver, counts[i]);
                for (unsigned k = 0; k < counts[i]; k++)
                        ck_assert_uint_eq(receiver->numbers[k], first + k);
                TURN_UNTIL(delivered(notifier) == first + counts[i] - 1);
                receiver->count = 0;
                receiver_die(receiver);
                receiver_listen(receiver, config);
        }
        EXPECT_NUMBERS(receiver, 301u, 1000u);
        notifier = stop(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 0);
        receiver = receiver_free(receiver);
}
END_TEST

TEST_MAIN_WITH("notify_unread", &in_memory, CASE(test_receiver_that_dies_leaves_what_it_has_not_read_to_the_next),
               CASE(test_receiver_that_reads_all_and_closes_leaves_none),
               CASE(test_half_closed_receiver_that_dies_leaves_what_it_has_not_read),
               CASE(test_receiver_that_shuts_down_both_sides_leaves_what_it_has_not_read),
               CASE(test_receivers_that_die_again_and_again_get_each_in_the_end),
               CASE(test_what_was_not_read_at_the_stop_comes_again_after_the_start),
               CASE(test_what_was_not_read_at_the_stop_is_left_where_no_disk_takes_it),
               CASE(test_what_was_read_of_many_large_alerts_is_known),
               CASE(test_at_the_stop_it_is_asked_once_more_what_was_read),
               CASE(test_stop_waits_until_the_receiver_has_read),
               CASE(test_reload_with_another_path_sends_what_was_not_read),
               CASE(test_datagram_receiver_whose_socket_was_replaced_is_no_longer_asked),
               CASE(test_new_alert_goes_before_those_on_disk_unless_order_is_strict),
               CASE(test_alerts_from_disk_that_were_not_read_come_again))
