/* daemon/notify/digester.c through notifier.h: a socket with `coalesce`, and real receivers. */

#include "alert_fixture.h"
#include "notify_fixture.h"

#define HOUR_SEC 3600

/* Sends kills of the records first to last, all of the same unknown place, read from the file path; NULL: of the kernel log. */
static void send_kills_from(struct notifier *notifier, const char *path, uint64_t first, uint64_t last)
{
        struct fixture *kill = fixture_new(OOM_TYPE_KILL);

        kill->context.path = path;
        kill->report.seq = UINT64_MAX; /* the report is none of the log's */
        for (uint64_t seq = first; seq <= last; seq++) {
                struct alert alert;

                kill->incident.seq = seq;
                alert_from_incident(&kill->incident, &kill->context, &alert);
                notifier_send(notifier, &alert);
                alert_done(&alert);
        }
        free(kill);
}

static void send_kills(struct notifier *notifier, uint64_t first, uint64_t last)
{
        send_kills_from(notifier, NULL, first, last);
}

static void set_coalesce(struct notifier *notifier, int64_t sec)
{
        fixture.sockets[0].coalesce_sec = sec;
        ck_assert_int_eq(notifier_reload(notifier, &fixture.config), 0);
}

static struct notifier *start_coalescing(void)
{
        fixture.sockets[0].coalesce_sec = HOUR_SEC;
        return start();
}

START_TEST(test_the_cursor_waits_for_what_is_held)
{
        struct receiver *receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_STREAM));
        struct notifier *notifier = start_coalescing();

        send_kills(notifier, 10, 29);
        TURN_UNTIL(receiver_read(receiver) == 1 && notifier_counts(notifier).n_pending == 19);
        ck_assert_uint_eq(notifier_counts(notifier).n_delivered, 1);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 10);
        /* other alerts don't wait for them */
        send_alert(notifier, 30);
        TURN_UNTIL(receiver_read(receiver) == 2);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 10);
        set_coalesce(notifier, 0);
        TURN_UNTIL(receiver_read(receiver) == 3);
        ck_assert_ptr_nonnull(strstr(receiver->last, "\"type\":\"digest\""));
        ck_assert_ptr_nonnull(strstr(receiver->last, "\"count\":19"));
        TURN_UNTIL(notifier_counts(notifier).n_pending == 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_delivered, 21);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_a_shorter_window_ends_sooner)
{
        struct receiver *receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_SEQPACKET));
        struct notifier *notifier = start_coalescing();

        send_kills(notifier, 1, 3);
        set_coalesce(notifier, 1);
        TURN_UNTIL(receiver_read(receiver) == 2);
        ck_assert_ptr_nonnull(strstr(receiver->last, "\"count\":2"));
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

/* More than a digest may have, and than a sink may have pending. */
START_TEST(test_a_storm_drops_nothing)
{
        for (size_t i = 0; i < COUNT(all_types); i++) {
                struct receiver *receiver = receiver_new(add_socket("agent", all_types[i]));
                struct notifier *notifier = start_coalescing();

                for (uint64_t seq = 1; seq <= 6000; seq += 100) {
                        send_kills(notifier, seq, seq + 99);
                        ck_assert(notifier_has_capacity(notifier));
                        (void)receiver_read(receiver);
                        ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_NONBLOCK), 0);
                }
                set_coalesce(notifier, 0);
                TURN_UNTIL(receiver_read(receiver) && notifier_counts(notifier).n_pending == 0);
                ck_assert_uint_eq(notifier_counts(notifier).n_delivered, 6000);
                ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
                ck_assert_uint_le(receiver_read(receiver), 7);
                notifier = stop(notifier);
                receiver = receiver_free(receiver);
                start_over();
        }
}
END_TEST

/* Fewer alerts than may be held, but longer ones than a sink may have pending. */
START_TEST(test_a_storm_of_long_alerts_drops_nothing)
{
        struct receiver *receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_STREAM));
        struct notifier *notifier = start_coalescing();
        char path[20001];

        memset(path, 'x', sizeof(path) - 1);
        path[sizeof(path) - 1] = '\0';
        for (uint64_t seq = 1; seq <= 900; seq++) {
                send_kills_from(notifier, path, seq, seq);
                ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_NONBLOCK), 0);
                (void)receiver_read(receiver);
        }
        set_coalesce(notifier, 0);
        TURN_UNTIL(receiver_read(receiver) && notifier_counts(notifier).n_pending == 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_delivered, 900);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        ck_assert_uint_ge(receiver_read(receiver), 5);
        ck_assert_uint_lt(receiver_read(receiver), 50);
        notifier = stop(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_a_digest_waits_on_disk_for_a_receiver)
{
        struct config_socket *config = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct notifier *notifier = start_coalescing();
        struct receiver *receiver;

        send_kills(notifier, 1, 20);
        notifier_finish(notifier);
        ck_assert_uint_eq(notifier_n_left(notifier), 0);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 2);

        receiver = receiver_new(config);
        notifier = start();
        TURN_UNTIL(receiver_read(receiver) == 2);
        ck_assert_ptr_nonnull(strstr(receiver->last, "\"count\":19"));
        notifier = stop(notifier);
        ck_assert_uint_eq(spooled("agent", NULL), 0);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_what_neither_receiver_nor_disk_has_is_left)
{
        struct notifier *notifier;

        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        break_spool();
        notifier = start_coalescing();
        send_kills(notifier, 5, 24);
        notifier_finish(notifier);
        ck_assert_uint_eq(notifier_n_left(notifier), 20);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 4);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        notifier = notifier_free(notifier);
}
END_TEST

TEST_MAIN_WITH("notify_digest", &notify_fixture, CASE(test_the_cursor_waits_for_what_is_held),
               CASE(test_a_shorter_window_ends_sooner), CASE(test_a_storm_drops_nothing),
               CASE(test_a_storm_of_long_alerts_drops_nothing), CASE(test_a_digest_waits_on_disk_for_a_receiver),
               CASE(test_what_neither_receiver_nor_disk_has_is_left))
