/* daemon/notify/notifier.h: how much of a command line each sink gets. */

#include "alert_fixture.h"
#include "notify_fixture.h"

/* The alert of a kill of "/bin/db --password=***". */
static void make_kill(struct fixture *kill, struct alert *ret_alert)
{
        kill->context.victim_cmdline = TEXT("/bin/db --password=***");
        kill->context.victim_program_length = 7;
        alert_from_incident(&kill->incident, &kill->context, ret_alert);
}

static bool spool_holds(const char *sink, const char *id, const char *words)
{
        struct spool *spool;
        char *json;
        size_t length;
        bool is_there;

        ck_assert_int_eq(spool_open(SPOOL, sink, &spool), 0);
        ck_assert_int_eq(spool_read(spool, id, &json, &length), 0);
        is_there = strstr(json, words) != NULL;
        free(json);
        spool_close(spool);
        return is_there;
}

/* What is on the disk for a webhook is no more than it may see. */
START_TEST(test_each_webhook_has_as_much_on_the_disk_as_it_may_see)
{
        static const char *const names[CONFIG_CMDLINES] = { "full", "program", "none" };
        struct fixture *kill = fixture_new(OOM_TYPE_KILL);
        struct notifier *notifier;
        struct alert alert;

        for (unsigned i = 0; i < COUNT(names); i++) {
                add_webhook(names[i]);
                fixture.webhooks[i].cmdline = (enum config_cmdline)i;
        }
        notifier = start();
        make_kill(kill, &alert);
        notifier_send(notifier, &alert);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 1);
        for (unsigned i = 0; i < COUNT(names); i++)
                TURN_UNTIL(spooled(names[i], NULL) == 1);
        ck_assert(spool_holds("full", alert.id, "\"cmdline\":\"/bin/db --password=***\""));
        ck_assert(spool_holds("program", alert.id, "\"cmdline\":\"/bin/db\""));
        ck_assert(!spool_holds("none", alert.id, "cmdline"));
        TURN_UNTIL(notifier_counts(notifier).n_pending == 0);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_alerts, 1);
        alert_done(&alert);
        free(kill);
        notifier = stop(notifier);
}
END_TEST

START_TEST(test_one_slow_sink_keeps_the_cursor_back_whatever_it_gets)
{
        struct fixture *kill = fixture_new(OOM_TYPE_KILL);
        struct config_socket *agent = add_socket("agent", CONFIG_SOCKET_STREAM);
        struct notifier *notifier;
        struct alert alert;

        agent->cmdline = CONFIG_CMDLINE_NONE; /* nobody listens there */
        add_webhook("full");
        notifier = start();
        make_kill(kill, &alert);
        notifier_send(notifier, &alert);
        TURN_UNTIL(spooled("full", NULL) == 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 1);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), alert.report->seq - 1);
        alert_done(&alert);
        free(kill);
        notifier = notifier_free(notifier);
}
END_TEST

START_TEST(test_a_reload_changes_it)
{
        struct fixture *kill = fixture_new(OOM_TYPE_KILL);
        struct notifier *notifier;
        struct alert alert;

        add_webhook("pager");
        notifier = start();
        fixture.webhooks[0].cmdline = CONFIG_CMDLINE_NONE;
        ck_assert_int_eq(notifier_reload(notifier, &fixture.config), 0);
        make_kill(kill, &alert);
        notifier_send(notifier, &alert);
        TURN_UNTIL(spooled("pager", NULL) == 1);
        ck_assert(!spool_holds("pager", alert.id, "cmdline"));
        alert_done(&alert);
        free(kill);
        notifier = stop(notifier);
}
END_TEST

TEST_MAIN_WITH("notify_cmdline", &notify_fixture, CASE(test_each_webhook_has_as_much_on_the_disk_as_it_may_see),
               CASE(test_one_slow_sink_keeps_the_cursor_back_whatever_it_gets), CASE(test_a_reload_changes_it))
