/* daemon/notify/notifier.h: what is left when the program ends. */

#include "notify_fixture.h"

/* The next start finds them in the kernel log. */
START_TEST(test_what_no_disk_has_taken_at_the_end_is_left_before_the_cursor)
{
        struct notifier *notifier;

        break_spool();
        add_webhook("pager");
        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 7, 9);
        notifier_finish(notifier);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 6);
        ck_assert_uint_eq(notifier_n_left(notifier), 3);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        notifier = notifier_free(notifier);
}
END_TEST

START_TEST(test_at_the_end_what_was_spooled_is_not_left)
{
        struct notifier *notifier;

        add_webhook("pager");
        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 7, 9);
        notifier_finish(notifier);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        ck_assert_uint_eq(notifier_n_left(notifier), 0);
        ck_assert_uint_eq(spooled("pager", NULL), 3);
        ck_assert_uint_eq(spooled("agent", NULL), 3);
        notifier = notifier_free(notifier);
}
END_TEST

/* No start sends them to a sink that is no longer configured. */
START_TEST(test_what_a_removed_sink_could_not_write_holds_no_cursor)
{
        struct notifier *notifier;

        break_spool();
        add_webhook("pager");
        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 7, 9);
        TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 2);
        fixture.config.n_webhooks = fixture.config.n_sockets = 0;
        ck_assert_int_eq(notifier_reload(notifier, &fixture.config), 0);
        notifier_finish(notifier);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        ck_assert_uint_eq(notifier_n_left(notifier), 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 6);
        notifier = notifier_free(notifier);
}
END_TEST

static struct alert alert_of_report(struct oom_report *report, uint64_t seq)
{
        struct alert alert = make_alert(1);

        alert.seq = seq;
        alert.report = report;
        return alert;
}

START_TEST(test_an_alert_that_is_left_comes_again_with_its_whole_report)
{
        struct oom_report *report = calloc(1, sizeof(*report));
        struct notifier *notifier;
        struct alert alert;

        ck_assert_ptr_nonnull(report);
        oom_report_clear(report, 20, 1);
        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        alert = alert_of_report(report, 45);
        notifier_send(notifier, &alert);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 19);
        alert = alert_of_report(NULL, 18);
        notifier_send(notifier, &alert);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 17);
        notifier = notifier_free(notifier);
        free(report);
}
END_TEST

TEST_MAIN_WITH("notify_end", &notify_fixture, CASE(test_what_no_disk_has_taken_at_the_end_is_left_before_the_cursor),
               CASE(test_at_the_end_what_was_spooled_is_not_left),
               CASE(test_what_a_removed_sink_could_not_write_holds_no_cursor),
               CASE(test_an_alert_that_is_left_comes_again_with_its_whole_report))
