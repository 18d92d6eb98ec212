/* daemon/common/service.h: a service of which the test is the manager. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/manager.h"
#include "common/service.h"
#include "harness.h"

static struct event_base *base;
static struct service *service;
static struct config *config;
static int manager;

#define CONFIG "oomwatchd.conf"

static struct state {
        unsigned n_stops, n_reloads, n_health_checks;
        int reload_error;
        bool is_sick;
        const char *status;
} state;

static int reload(struct config *new_config, void *userdata)
{
        ck_assert_ptr_eq(userdata, &state);
        state.n_reloads++;
        if (state.reload_error < 0)
                return state.reload_error;
        config_free(config);
        config = new_config;
        return 0;
}

static void stop(void *userdata)
{
        ck_assert_ptr_eq(userdata, &state);
        state.n_stops++;
}

static void describe(char ret_status[static SERVICE_STATUS_MAX], void *userdata)
{
        ck_assert_ptr_eq(userdata, &state);
        (void)snprintf(ret_status, SERVICE_STATUS_MAX, "%s", state.status);
}

static bool is_healthy(void *userdata)
{
        ck_assert_ptr_eq(userdata, &state);
        state.n_health_checks++;
        return !state.is_sick;
}

static const struct service_handler handler = {
        .stopping_status = "Finishing",
        .reload = reload,
        .stop = stop,
        .describe = describe,
        .is_healthy = is_healthy,
};

/* The manager's socket, a configuration, and a service that the loop doesn't run yet. */
static void begin(const char *watchdog_usec)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int length = snprintf(address.sun_path, sizeof(address.sun_path), "@test_service.%d", (int)getpid());

        manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        ck_assert_int_ge(manager, 0);
        ck_assert_int_eq(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
        address.sun_path[0] = '\0';
        ck_assert_int_eq(bind(manager, (const struct sockaddr *)&address,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)),
                         0);
        ck_assert_int_eq(unsetenv("WATCHDOG_PID"), 0);
        ck_assert_int_eq(watchdog_usec ? setenv("WATCHDOG_USEC", watchdog_usec, 1) : unsetenv("WATCHDOG_USEC"), 0);
        scratch_text(CONFIG, "");
        state = (struct state){ .status = "At work" };
        base = event_base_new();
        ck_assert_ptr_nonnull(base);
        ck_assert_int_eq(service_new(base, CONFIG, &handler, &state, &service), 0);
}

static void end(void)
{
        service = service_free(service);
        event_base_free(base);
        config = config_free(config);
        ck_assert_int_eq(close(manager), 0);
}

/* One turn of the loop, which waits for something to do. */
static void turn(void)
{
        ck_assert_int_ge(event_base_loop(base, EVLOOP_ONCE), 0);
}

static void signal_and_turn(int number)
{
        ck_assert_int_eq(raise(number), 0);
        turn();
}

/* The next message; NULL: there is none. */
static const char *next_message(void)
{
        static char message[512];
        ssize_t length = recv(manager, message, sizeof(message) - 1, 0);

        if (length < 0)
                return NULL;
        message[length] = '\0';
        return message;
}

static void expect_message(const char *expected)
{
        const char *message = next_message();

        ck_assert_ptr_nonnull(message);
        ck_assert_str_eq(message, expected);
}

/* Turns the loop until there is one. */
static const char *await_message(void)
{
        const char *message;

        while (!(message = next_message()))
                turn();
        return message;
}

START_TEST(test_ready_comes_with_a_status_and_a_status_comes_once)
{
        begin(NULL);
        ck_assert_int_eq(event_base_loopexit(base, NULL), 0);
        ck_assert_int_eq(service_run(service), EXIT_SUCCESS);
        expect_message("READY=1\nSTATUS=At work");
        service_update_status(service);
        ck_assert_ptr_null(next_message());
        state.status = "Idle";
        service_update_status(service);
        service_update_status(service);
        expect_message("STATUS=Idle");
        ck_assert_ptr_null(next_message());
        end();
}
END_TEST

/* A manager that hangs gets the state when it goes on, and only the last one. */
START_TEST(test_a_manager_that_takes_nothing_is_told_later)
{
        const char *message, *last = NULL;

        begin(NULL);
        while (manager_notify("X=1") == 1)
                ;
        ck_assert_int_eq(event_base_loopexit(base, NULL), 0);
        ck_assert_int_eq(service_run(service), EXIT_SUCCESS);
        state.status = "Busy";
        service_update_status(service);
        while ((message = next_message()))
                ck_assert_str_eq(message, "X=1");
        while (!last) {
                turn();
                last = next_message();
        }
        ck_assert_str_eq(last, "READY=1\nSTATUS=Busy");
        while (manager_notify("X=1") == 1)
                ;
        service_stop(service);
        ck_assert_uint_eq(state.n_stops, 1);
        while ((message = next_message()))
                ck_assert_str_eq(message, "X=1");
        turn();
        expect_message("STOPPING=1\nSTATUS=Finishing");
        end();
}
END_TEST

START_TEST(test_reload_takes_a_good_configuration_and_keeps_the_old_one_otherwise)
{
        const struct {
                const char *text;
                int reload_error;
                unsigned n_reloads;
                bool is_kept;
        } cases[] = {
                { "cursor { path = \"/run/one\" }\n", 0, 1, false },
                { "cursor { path = \"relative\" }\n", 0, 0, true },
                { "cursor { path = \"/run/two\" }\n", -ENOMEM, 1, true },
                { "cursor { path = \"/run/three\" }\n", 0, 1, false },
        };

        begin(NULL);
        for (size_t i = 0; i < COUNT(cases); i++) {
                const struct config *before = config;
                const char *message;

                scratch_text(CONFIG, cases[i].text);
                state.n_reloads = 0;
                state.reload_error = cases[i].reload_error;
                ck_assert_int_eq(raise(SIGHUP), 0);
                message = await_message();
                ck_assert_msg(strncmp(message, "RELOADING=1\nMONOTONIC_USEC=", 27) == 0, "%s", message);
                ck_assert_str_eq(await_message(), "READY=1\nSTATUS=At work"); /* also when it is as before */
                ck_assert_ptr_null(next_message());
                ck_assert_msg(state.n_reloads == cases[i].n_reloads, "case %zu", i);
                ck_assert_msg((config == before) == cases[i].is_kept, "case %zu", i);
        }
        ck_assert_str_eq(config->cursor_path, "/run/three");
        end();
}
END_TEST

START_TEST(test_first_signal_stops_and_second_ends_the_loop)
{
        static const int numbers[] = { SIGTERM, SIGINT };

        for (size_t i = 0; i < COUNT(numbers); i++) {
                begin(NULL);
                ck_assert(!service_is_stopping(service));
                signal_and_turn(numbers[i]);
                ck_assert(service_is_stopping(service));
                ck_assert_uint_eq(state.n_stops, 1);
                ck_assert(!event_base_got_break(base));
                expect_message("STOPPING=1\nSTATUS=Finishing");

                /* now it neither reloads nor reports a status */
                signal_and_turn(SIGHUP);
                state.status = "Idle";
                service_update_status(service);
                service_stop(service);
                ck_assert_uint_eq(state.n_reloads, 0);
                ck_assert_uint_eq(state.n_stops, 1);
                ck_assert(!event_base_got_break(base));
                ck_assert_ptr_null(next_message());

                signal_and_turn(numbers[i]);
                ck_assert(event_base_got_break(base));
                ck_assert_uint_eq(state.n_stops, 1);
                end();
        }
}
END_TEST

START_TEST(test_watchdog_is_fed_while_the_program_is_healthy_or_stops)
{
        begin("2000");
        turn();
        ck_assert_uint_eq(state.n_health_checks, 1);
        expect_message("WATCHDOG=1");
        state.is_sick = true;
        turn();
        ck_assert_uint_eq(state.n_health_checks, 2);
        ck_assert_ptr_null(next_message());
        service_stop(service);
        expect_message("STOPPING=1\nSTATUS=Finishing");
        turn();
        ck_assert_uint_eq(state.n_health_checks, 2);
        expect_message("WATCHDOG=1");
        end();
}
END_TEST

/* Looks for the timer, and when it fires; the signals have none. */
static int find_timer(const struct event_base *of, const struct event *event, void *userdata)
{
        struct event_timeval *deadline = userdata;

        (void)of;
        return event_pending(event, EV_TIMEOUT, (struct timeval *)(void *)deadline) ? 1 : 0;
}

START_TEST(test_watchdog_is_fed_at_half_its_interval)
{
        struct event_timeval deadline;
        struct timeval now;

        begin("200000000");
        ck_assert_int_eq(event_base_foreach_event(base, find_timer, &deadline), 1);
        ck_assert_int_eq(gettimeofday(&now, NULL), 0);
        ck_assert_int_le(deadline.tv_sec - now.tv_sec, 101);
        ck_assert_int_ge(deadline.tv_sec - now.tv_sec, 30);
        end();
        begin(NULL);
        ck_assert_int_eq(event_base_foreach_event(base, find_timer, &deadline), 0);
        end();
}
END_TEST

static void never(evutil_socket_t fd, short what, void *userdata)
{
        (void)fd;
        (void)what;
        ck_abort_msg("%p: due at once", userdata);
}

/* On a 32-bit machine the library may have been built with another struct timeval than the system's headers have now. */
START_TEST(test_library_reads_seconds_and_microseconds)
{
        struct event *timer;
        int64_t left_usec = 0;

        base = event_base_new();
        ck_assert_ptr_nonnull(base);
        timer = evtimer_new(base, never, NULL);
        ck_assert_ptr_nonnull(timer);
        for (int tries = 0; tries < 1000 && left_usec < 1500000; tries++) { /* it may be long until the clock is read */
                struct event_timeval deadline;
                struct timeval now;

                ck_assert_int_eq(event_add_after(timer, 1750000), 0);
                ck_assert(event_pending(timer, EV_TIMEOUT, (struct timeval *)(void *)&deadline));
                ck_assert_int_eq(gettimeofday(&now, NULL), 0);
                left_usec = (deadline.tv_sec - now.tv_sec) * INT64_C(1000000) + deadline.tv_usec - now.tv_usec;
        }
        ck_assert_int_ge(left_usec, 1500000);
        ck_assert_int_lt(left_usec, 1900000);
        event_free(timer);
        event_base_free(base);
}
END_TEST

TEST_MAIN("service", CASE(test_library_reads_seconds_and_microseconds),
          CASE(test_ready_comes_with_a_status_and_a_status_comes_once),
          CASE(test_a_manager_that_takes_nothing_is_told_later),
          CASE(test_reload_takes_a_good_configuration_and_keeps_the_old_one_otherwise),
          CASE(test_first_signal_stops_and_second_ends_the_loop),
          CASE(test_watchdog_is_fed_while_the_program_is_healthy_or_stops),
          CASE(test_watchdog_is_fed_at_half_its_interval))
