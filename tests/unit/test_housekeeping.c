/* daemon/watch/housekeeping.c: what the stored cursor acknowledges. */

#include "common/config.h"
#include "notify_fixture.h"
#include "watch/app_state.h"
#include "watch/cursor.h"
#include "watch/kmsg_source.h"

#define BOOT    "0123456789abcdef0123456789abcdef"
#define INVOKED "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"

static struct app app;

static void ignore_incident(const struct oom_incident *incident, void *userdata)
{
        (void)incident;
        (void)userdata;
}

static void on_record(const struct kmsg_record *record, bool is_live, void *userdata)
{
        (void)is_live;
        (void)userdata;
        oom_parser_push(app.parser, record);
}

static bool has_capacity(void *userdata)
{
        (void)userdata;
        return true;
}

static void on_ended(int error, void *userdata)
{
        ck_assert_int_eq(error, 0);
        set_flag(userdata);
}

/* Reads the log, of which one report may be open at its end, and stores the cursor. Returns whether there is one. */
static bool read_and_store(const char *log, unsigned pending_alert, uint64_t stored_seq, uint64_t *ret_seq)
{
        static const struct kmsg_source_handler handler = { .record = on_record,
                                                            .has_capacity = has_capacity,
                                                            .ended = on_ended };
        struct cursor cursor = { 0 };
        bool has_ended = false;
        int r;

        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        fixture.config.cursor_path = (char *)"cursor";
        app = (struct app){ .is_own_log = true, .config = &fixture.config, .cursor_seq = stored_seq };
        memcpy(app.host.boot_id, BOOT, sizeof(BOOT));
        app.notifier = start();
        if (pending_alert)
                send_alert(app.notifier, pending_alert);
        scratch_text("kmsg", log);
        ck_assert_int_eq(oom_parser_new(ignore_incident, NULL, &app.parser), 0);
        ck_assert_int_eq(kmsg_source_open("kmsg", &handler, &has_ended, &app.source), 0);
        ck_assert_int_eq(kmsg_source_start(app.source, fixture.base, KMSG_FROM_OLDEST, 0), 0);
        TURN_UNTIL(has_ended);
        housekeeping_store_cursor(&app);
        r = cursor_load("cursor", BOOT, &cursor);
        ck_assert(r == 0 || r == -ENOENT);
        *ret_seq = cursor.seq;
        app.source = kmsg_source_free(app.source);
        app.parser = oom_parser_free(app.parser);
        app.notifier = notifier_free(app.notifier);
        start_over();
        return r == 0;
}

START_TEST(test_cursor_is_before_what_is_not_acknowledged)
{
        static const struct {
                const char *log;
                unsigned pending_alert;
                bool has_cursor;
                uint64_t seq;
        } cases[] = {
                { "6,7,1,-;a\n6,8,2,-;b\n", 0, true, 8 },
                { "6,7,1,-;a\n6,8,2,-;b\n", 8, true, 7 }, /* no sink has it */
                { "6,7,1,-;a\n6,8,2,-;b\n", 9, true, 8 },
                { "6,7,1,-;a\n4,8,2,-;" INVOKED "6,9,3,-;b\n", 0, true, 7 }, /* the report isn't complete */
                { "6,7,1,-;a\n4,8,2,-;" INVOKED "6,9,3,-;b\n", 7, true, 6 },
                { "4,0,2,-;" INVOKED "6,1,3,-;b\n", 0, false, 0 },
                { "", 0, false, 0 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                uint64_t seq = 0;

                ck_assert_msg(read_and_store(cases[i].log, cases[i].pending_alert, UINT64_MAX, &seq) ==
                                      cases[i].has_cursor,
                              "case %zu", i);
                ck_assert_msg(seq == cases[i].seq, "case %zu: %" PRIu64, i, seq);
        }
}
END_TEST

/* Such as of the second kill of a report whose first one is acknowledged. */
START_TEST(test_cursor_goes_back_for_no_alert)
{
        uint64_t seq;

        ck_assert(!read_and_store("6,7,1,-;a\n6,8,2,-;b\n", 7, 7, &seq));
        ck_assert(read_and_store("6,7,1,-;a\n6,8,2,-;b\n", 8, 6, &seq));
        ck_assert_uint_eq(seq, 7);
        /* It is of another log. */
        ck_assert(read_and_store("6,7,1,-;a\n6,8,2,-;b\n", 7, 9, &seq));
        ck_assert_uint_eq(seq, 6);
}
END_TEST

/* Whether the next round is a matter of seconds and not that of an idle watcher. libevent's clocks are some milliseconds apart. */
static bool is_round_soon(void)
{
        struct event_timeval due, now;

        ck_assert(event_pending(app.housekeeping_timer, EV_TIMEOUT, (struct timeval *)(void *)&due));
        ck_assert_int_eq(event_base_gettimeofday_cached(fixture.base, (struct timeval *)(void *)&now), 0);
        ck_assert_int_le((int64_t)due.tv_sec - now.tv_sec, HOUSEKEEPING_IDLE_MS / 1000 + 1);
        return (int64_t)due.tv_sec - now.tv_sec <= HOUSEKEEPING_MS / 1000 + 1;
}

static void describe(char ret_status[static SERVICE_STATUS_MAX], void *userdata)
{
        (void)userdata;
        ret_status[0] = '\0';
}

START_TEST(test_an_idle_watcher_has_a_round_a_minute)
{
        static const struct kmsg_source_handler source_handler = { .record = on_record };
        static const struct service_handler handler = { .describe = describe };
        struct receiver *receiver;
        struct config_socket *agent = add_socket("agent", CONFIG_SOCKET_STREAM);

        fixture.config.cursor_path = (char *)"cursor";
        app = (struct app){ .is_own_log = true, .config = &fixture.config, .cursor_seq = UINT64_MAX };
        app.reconcile.fd = -1;
        app.base = fixture.base;
        app.notifier = start();
        scratch_text("kmsg", "");
        ck_assert_int_eq(oom_parser_new(ignore_incident, NULL, &app.parser), 0);
        ck_assert_int_eq(kmsg_source_open("kmsg", &source_handler, NULL, &app.source), 0);
        ck_assert_int_eq(service_new(fixture.base, NULL, &handler, NULL, &app.service), 0);
        app.housekeeping_timer = evtimer_new(fixture.base, housekeeping_on_timer, &app);
        app.reconcile_timer = evtimer_new(fixture.base, app_reconcile, &app);

        housekeeping_on_timer(-1, 0, &app);
        ck_assert(!is_round_soon());
        app_wake_housekeeping(&app); /* an event */
        ck_assert(is_round_soon());
        housekeeping_on_timer(-1, 0, &app);
        ck_assert(!is_round_soon());
        send_alert(app.notifier, 7); /* the cursor waits for it */
        housekeeping_on_timer(-1, 0, &app);
        ck_assert(is_round_soon());
        receiver = receiver_new(agent);
        TURN_UNTIL(receiver_read(receiver) == 1 && notifier_counts(app.notifier).n_pending == 0);
        housekeeping_on_timer(-1, 0, &app);
        ck_assert(!is_round_soon());
        notifier_on_change(app.notifier, app_wake_housekeeping, &app);
        receiver_die(receiver);
        TURN_UNTIL(notifier_counts(app.notifier).n_sinks_down == 1);
        ck_assert(is_round_soon());

        app.housekeeping_timer = event_done(app.housekeeping_timer);
        app.reconcile_timer = event_done(app.reconcile_timer);
        app.service = service_free(app.service);
        app.source = kmsg_source_free(app.source);
        app.parser = oom_parser_free(app.parser);
        app.notifier = notifier_free(app.notifier);
        receiver = receiver_free(receiver);
}
END_TEST

TEST_MAIN_WITH("housekeeping", &notify_fixture, CASE(test_cursor_is_before_what_is_not_acknowledged),
               CASE(test_cursor_goes_back_for_no_alert), CASE(test_an_idle_watcher_has_a_round_a_minute))
