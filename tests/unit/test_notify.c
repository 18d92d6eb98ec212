/* daemon/notify/notifier.h: pending alerts, webhooks' spool, standard output. Sockets: test_notify_socket.c. */

#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

#include "notify/sink.h"
#include "notify_fixture.h"

/* --- pending alerts ------------------------------------------------------------------------------------------------- */

START_TEST(test_without_sinks_nothing_is_pending)
{
        struct notifier *notifier;

        notifier = start();
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        send_alert(notifier, 7);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_alerts, 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_sinks, 0);
        ck_assert(notifier_has_capacity(notifier));
        ck_assert(!notifier_stdout_is_broken(notifier));
        notifier = stop(notifier);
        ck_assert_ptr_null(notifier_free(NULL));
}
END_TEST

/* The cursor waits for the slowest sink, and for the lowest number in any order of arrival. */
START_TEST(test_acknowledged_seq_is_before_the_lowest_pending)
{
        struct config_socket *config;
        struct receiver *receiver;
        struct notifier *notifier;
        struct alert alert;

        config = add_socket("agent", CONFIG_SOCKET_STREAM);
        add_webhook("pager");
        notifier = start();
        send_alert(notifier, 50);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 49);
        send_alert(notifier, 60);
        send_alert(notifier, 40); /* a report that ended late has the number of its first line */
        send_alert(notifier, 55);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 39);
        TURN_UNTIL(spooled("pager", NULL) == 4);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 39); /* the socket has not got them */
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 4);
        receiver = receiver_new(config);
        TURN_UNTIL(receiver_read(receiver) == 4);
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_delivered, 8);
        receiver_die(receiver);
        TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);

        alert = make_alert(0);
        notifier_send(notifier, &alert);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
        notifier = notifier_free(notifier);
        receiver = receiver_free(receiver);
}
END_TEST

START_TEST(test_alerts_of_files_have_no_part_in_the_cursor)
{
        struct notifier *notifier;
        struct alert alert = make_alert(50);

        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        alert.context.kind = ALERT_SOURCE_FILE;
        notifier_send(notifier, &alert);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), UINT64_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 1);
        send_alert(notifier, 60);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 59);
        notifier = notifier_free(notifier);
}
END_TEST

START_TEST(test_drain_of_nothing_ends_from_the_loop)
{
        struct notifier *notifier;
        bool drained = false;

        notifier = start();
        notifier_drain(notifier, 0, set_flag, &drained);
        ck_assert(!drained);
        TURN_UNTIL(drained);
        notifier = notifier_free(notifier);
}
END_TEST

/* Neither receiver nor spool: the drain's time runs out, and the alerts are still pending. */
START_TEST(test_drain_ends_when_its_time_runs_out)
{
        struct notifier *notifier;
        bool drained = false;

        break_spool();
        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        notifier = start();
        send_alerts(notifier, 1, 3);
        notifier_drain(notifier, 100, set_flag, &drained);
        TURN_UNTIL(drained);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 3);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
        notifier = notifier_free(notifier);
}
END_TEST

/* --- webhooks ------------------------------------------------------------------------------------------------------- */

START_TEST(test_webhooks_get_files_in_order)
{
        struct notifier *notifier;
        struct alert alert = make_alert(70);
        _cleanup_(freep) char *json = NULL, *expected = NULL;
        struct spool *spool;
        unsigned numbers[70];
        char id[33];
        size_t length;

        add_webhook("pager");
        add_webhook("chat");
        notifier = start();
        send_alerts(notifier, 1, 70);  /* more than one batch */
        send_alerts(notifier, 70, 70); /* the same alert again: the same file */
        notifier = stop(notifier);
        ck_assert_uint_eq(spooled("chat", NULL), 70);
        ck_assert_uint_eq(spooled("pager", numbers), 70);
        for (unsigned i = 0; i < 70; i++)
                ck_assert_uint_eq(numbers[i], i + 1);
        (void)snprintf(id, sizeof(id), "%032x", 70);
        ck_assert_int_eq(spool_open(SPOOL, "pager", &spool), 0);
        ck_assert_int_eq(spool_read(spool, id, &json, &length), 0);
        expected = alert_to_json(&alert, NULL);
        ck_assert_str_eq(json, expected);
        spool_close(spool);
}
END_TEST

/* The cursor waits for the disk; nothing is lost when it works again. */
START_TEST(test_disk_error_is_retried)
{
        struct notifier *notifier;
        unsigned numbers[5];

        break_spool();
        add_webhook("pager");
        notifier = start();
        send_alerts(notifier, 1, 5);
        TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
        ck_assert_int_eq(unlink(SPOOL), 0);
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_sinks_down, 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_delivered, 5);
        ck_assert_uint_eq(spooled("pager", numbers), 5);
        for (unsigned i = 0; i < 5; i++)
                ck_assert_uint_eq(numbers[i], i + 1);
        notifier = notifier_free(notifier);
}
END_TEST

/* The administrator has removed it; it is made again. */
START_TEST(test_removed_spool_directory_is_made_again)
{
        struct notifier *notifier;

        add_webhook("pager");
        notifier = start();
        send_alert(notifier, 1);
        TURN_UNTIL(notifier_counts(notifier).n_delivered == 1);
        scratch_run("rm -r " SPOOL "/pager");
        send_alert(notifier, 2);
        TURN_UNTIL(notifier_counts(notifier).n_delivered == 2);
        ck_assert_uint_eq(spooled("pager", NULL), 1);
        notifier = notifier_free(notifier);
}
END_TEST

/* What waits for a disk that does not come back is bounded: the newest alerts are dropped. */
START_TEST(test_queue_of_a_webhook_is_limited)
{
        struct notifier *notifier;

        break_spool();
        add_webhook("pager");
        notifier = start();
        send_alerts(notifier, 1, SINK_ALERTS_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, SINK_ALERTS_MAX);
        TURN_UNTIL(notifier_counts(notifier).n_sinks_down == 1);
        ck_assert(notifier_has_capacity(notifier)); /* waiting would not help */
        send_alert(notifier, SINK_ALERTS_MAX + 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, SINK_ALERTS_MAX);
        ck_assert_uint_eq(notifier_acknowledged_seq(notifier), 0);
        notifier = notifier_free(notifier);
}
END_TEST

START_TEST(test_alert_too_large_for_the_spool_is_dropped)
{
        struct notifier *notifier;

        add_webhook("pager");
        notifier = start();
        send_alert(notifier, 1);
        send_long_alert(notifier, 2, SPOOL_ALERT_MAX);
        send_alert(notifier, 3);
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_delivered, 2);
        ck_assert_uint_eq(notifier_counts(notifier).n_sinks_down, 0);
        notifier = notifier_free(notifier);
        ck_assert_uint_eq(spooled("pager", NULL), 2);
}
END_TEST

START_TEST(test_reload_without_a_webhook_writes_what_it_had)
{
        struct notifier *notifier;

        add_webhook("pager");
        notifier = start();
        send_alerts(notifier, 1, 100);
        fixture.config.n_webhooks = 0;
        ck_assert_int_eq(notifier_reload(notifier, &fixture.config), 0);
        ck_assert_uint_eq(notifier_counts(notifier).n_sinks, 0);
        send_alert(notifier, 101); /* not for it */
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        ck_assert_uint_eq(spooled("pager", NULL), 100);
        notifier = notifier_free(notifier);
}
END_TEST

/* --- standard output -------------------------------------------------------------------------------------------------- */

/* Makes fd our standard output; returns what restore_stdout() takes. */
static int set_stdout(int fd)
{
        int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

        ck_assert_int_ge(saved, 0);
        ck_assert_int_eq(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
        ck_assert_int_eq(close(fd), 0);
        return saved;
}

/* Closes that one; who reads it sees its end. */
static void restore_stdout(int saved)
{
        ck_assert_int_eq(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
        ck_assert_int_eq(close(saved), 0);
}

static struct notifier *start_with_stdout(enum notifier_stdout out)
{
        struct notifier *notifier;

        ck_assert_int_eq(notifier_new(fixture.base, &fixture.config, out, &notifier), 0);
        return notifier;
}

struct slow_reader {
        int fd;
        unsigned count;
        bool in_order;
};

/* Reads lines, some bytes at a time. */
static void *slow_reader_main(void *userdata)
{
        struct slow_reader *reader = userdata;
        FILE *stream = fdopen(reader->fd, "re");
        char *line = NULL;
        size_t size = 0;

        reader->in_order = stream != NULL;
        while (stream && getline(&line, &size, stream) > 0) {
                unsigned number;
                const char *id = strstr(line, "\"id\":\"");

                if (!id || sscanf(id + 6, "%32x", &number) != 1 || number != reader->count)
                        reader->in_order = false;
                reader->count++;
                if (reader->count % 64 == 0)
                        (void)sched_yield();
        }
        free(line);
        if (stream)
                (void)fclose(stream);
        return NULL;
}

/* A reader that can wait, as of a file, loses nothing however many alerts there are. */
START_TEST(test_paced_alerts_all_get_through_a_slow_pipe)
{
        struct slow_reader reader = { .count = 0 };
        int saved;
        struct notifier *notifier;
        bool waited = false;
        pthread_t thread;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        ck_assert_int_ge(fcntl(fds[1], F_SETPIPE_SZ, 4096), 4096);
        reader.fd = fds[0];
        saved = set_stdout(fds[1]);
        notifier = start_with_stdout(NOTIFIER_STDOUT_JSON);
        /* Nobody reads yet: at some time there is no room. */
        for (unsigned number = 0; number < 20000; number++) {
                if (!notifier_has_capacity(notifier) && !waited) {
                        ck_assert_int_eq(pthread_create(&thread, NULL, slow_reader_main, &reader), 0);
                        waited = true;
                }
                TURN_UNTIL(notifier_has_capacity(notifier));
                send_alert(notifier, number);
        }
        ck_assert(waited);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        notifier = stop(notifier);
        restore_stdout(saved);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_uint_eq(reader.count, 20000);
        ck_assert(reader.in_order);
}
END_TEST

/* As with `| head`: the reader has gone. No signal, nothing is pending for long, and the program can ask. */
START_TEST(test_closed_pipe_is_reported)
{
        int saved;
        struct notifier *notifier;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        saved = set_stdout(fds[1]);
        notifier = start_with_stdout(NOTIFIER_STDOUT_JSON);
        send_alert(notifier, 1);
        TURN_UNTIL(notifier_counts(notifier).n_delivered == 1);
        ck_assert(!notifier_stdout_is_broken(notifier));
        ck_assert_int_eq(close(fds[0]), 0);
        send_alerts(notifier, 2, 100);
        TURN_UNTIL(notifier_stdout_is_broken(notifier));
        TURN_UNTIL(notifier_acknowledged_seq(notifier) == UINT64_MAX);
        send_alert(notifier, 101);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 100);
        ck_assert_uint_eq(notifier_counts(notifier).n_sinks_down, 1);
        ck_assert(notifier_has_capacity(notifier));
        notifier = stop(notifier);
        restore_stdout(saved);
}
END_TEST

/* A pipe that is full, and nobody who reads: its other end is *ret_fd. Returns what restore_stdout() takes. */
static int set_full_stdout(int *ret_fd)
{
        static const char zeros[4096];
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
        while (write(fds[1], zeros, sizeof(zeros)) > 0)
                ;
        ck_assert_int_eq(errno, EAGAIN);
        ck_assert_int_eq(fcntl(fds[1], F_SETFL, 0), 0);
        *ret_fd = fds[0];
        return set_stdout(fds[1]);
}

/* A reader that stopped reading blocks neither the loop nor another sink. */
START_TEST(test_stalled_pipe_blocks_nobody)
{
        struct receiver *receiver;
        struct notifier *notifier;
        bool drained = false;
        int saved, fd;

        saved = set_full_stdout(&fd);
        receiver = receiver_new(add_socket("agent", CONFIG_SOCKET_STREAM));
        add_webhook("pager");
        notifier = start_with_stdout(NOTIFIER_STDOUT_TEXT);
        send_alerts(notifier, 0, 99);
        EXPECT_NUMBERS(receiver, 0u, 99u);
        TURN_UNTIL(notifier_counts(notifier).n_delivered == 200);
        ck_assert_uint_eq(spooled("pager", NULL), 100);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 100);
        notifier_drain(notifier, 50, set_flag, &drained);
        TURN_UNTIL(drained);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, 100);
        ck_assert_int_eq(close(fd), 0);
        notifier = notifier_free(notifier);
        restore_stdout(saved);
        receiver = receiver_free(receiver);
}
END_TEST

/* In a process of its own: the blocked thread is abandoned and ends with it. */
static int free_with_stalled_pipe(void)
{
        struct notifier *notifier;
        int64_t began_usec;
        int fd;

        (void)set_full_stdout(&fd);
        if (notifier_new(fixture.base, &fixture.config, NOTIFIER_STDOUT_JSON, &notifier) < 0)
                return 1;
        send_alerts(notifier, 0, 9); /* so few that a slow disk has them within NOTIFIER_END_MS */
        began_usec = real_usec();
        notifier = notifier_free(notifier);
        return real_usec() - began_usec < 4 * NOTIFIER_END_MS * INT64_C(1000) ? 0 : 2;
}

/* The program ends all the same, with the alerts of the other sinks on disk. */
START_TEST(test_stalled_pipe_does_not_hold_up_the_end)
{
        int status;
        pid_t pid;

        (void)add_socket("agent", CONFIG_SOCKET_STREAM);
        add_webhook("pager");
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                ck_assert_int_eq(event_reinit(fixture.base), 0);
                _exit(free_with_stalled_pipe());
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFEXITED(status));
        ck_assert_int_eq(WEXITSTATUS(status), 0);
        ck_assert_uint_eq(spooled("pager", NULL), 10);
        ck_assert_uint_eq(spooled("agent", NULL), 10);
}
END_TEST

START_TEST(test_queue_of_standard_output_is_limited)
{
        struct notifier *notifier;
        int saved, fd;

        saved = set_full_stdout(&fd);
        notifier = start_with_stdout(NOTIFIER_STDOUT_JSON);
        send_alerts(notifier, 1, SINK_ALERTS_MAX / 2 - 1);
        ck_assert(notifier_has_capacity(notifier));
        send_alert(notifier, SINK_ALERTS_MAX / 2);
        ck_assert(!notifier_has_capacity(notifier));
        send_alerts(notifier, SINK_ALERTS_MAX / 2 + 1, SINK_ALERTS_MAX);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 0);
        send_alert(notifier, SINK_ALERTS_MAX + 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_dropped, 1);
        ck_assert_uint_eq(notifier_counts(notifier).n_pending, SINK_ALERTS_MAX);
        ck_assert_int_eq(close(fd), 0);
        notifier = notifier_free(notifier);
        restore_stdout(saved);
}
END_TEST

static bool read_some(int fd)
{
        char buffer[65536];

        return read(fd, buffer, sizeof(buffer)) > 0;
}

START_TEST(test_log_has_the_number_of_dropped_alerts)
{
        int saved_stdout, saved_stderr, fd;
        struct notifier *notifier;
        char log[4096];

        saved_stderr = capture_log();

        saved_stdout = set_full_stdout(&fd);
        notifier = start_with_stdout(NOTIFIER_STDOUT_JSON);
        send_alerts(notifier, 1, SINK_ALERTS_MAX + 5);
        TURN_UNTIL(!read_some(fd) && notifier_counts(notifier).n_pending == 0);
        read_log(saved_stderr, log, sizeof(log));
        ck_assert_msg(strstr(log, ": the queue is full (4096 alerts"), "%s", log);
        ck_assert_msg(strstr(log, "; 5 alerts dropped: the queue was full"), "%s", log);
        ck_assert_int_eq(close(fd), 0);
        notifier = notifier_free(notifier);
        restore_stdout(saved_stdout);
}
END_TEST

/* Another program has made our standard output non-blocking. */
START_TEST(test_nonblocking_pipe_gets_all)
{
        struct slow_reader reader = { .count = 0 };
        int saved;
        struct notifier *notifier;
        pthread_t thread;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        ck_assert_int_eq(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
        reader.fd = fds[0];
        saved = set_stdout(fds[1]);
        notifier = start_with_stdout(NOTIFIER_STDOUT_JSON);
        send_alerts(notifier, 0, 1999);
        ck_assert_int_eq(pthread_create(&thread, NULL, slow_reader_main, &reader), 0);
        notifier = stop(notifier);
        restore_stdout(saved);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_uint_eq(reader.count, 2000);
        ck_assert(reader.in_order);
}
END_TEST

START_TEST(test_text_goes_to_a_file_as_it_is)
{
        int saved;
        struct notifier *notifier;
        char got[4096], *expected;
        struct alert alert = make_alert(1);
        ssize_t n;
        int fd;

        expected = alert_to_text(&alert);
        fd = open("out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
        saved = set_stdout(fd);
        notifier = start_with_stdout(NOTIFIER_STDOUT_TEXT);
        send_alert(notifier, 1);
        notifier = stop(notifier);
        n = pread(STDOUT_FILENO, got, sizeof(got) - 1, 0);
        restore_stdout(saved);
        ck_assert_int_gt(n, 0);
        got[n] = '\0';
        ck_assert_str_eq(got, expected);
        free(expected);
}
END_TEST

TEST_MAIN_WITH("notify", &notify_fixture, CASE(test_without_sinks_nothing_is_pending),
               CASE(test_acknowledged_seq_is_before_the_lowest_pending),
               CASE(test_alerts_of_files_have_no_part_in_the_cursor), CASE(test_drain_of_nothing_ends_from_the_loop),
               CASE(test_drain_ends_when_its_time_runs_out), CASE(test_webhooks_get_files_in_order),
               CASE(test_disk_error_is_retried), CASE(test_removed_spool_directory_is_made_again),
               CASE(test_queue_of_a_webhook_is_limited), CASE(test_alert_too_large_for_the_spool_is_dropped),
               CASE(test_reload_without_a_webhook_writes_what_it_had),

               CASE(test_paced_alerts_all_get_through_a_slow_pipe), CASE(test_closed_pipe_is_reported),
               CASE(test_stalled_pipe_blocks_nobody), CASE(test_stalled_pipe_does_not_hold_up_the_end),
               CASE(test_queue_of_standard_output_is_limited), CASE(test_log_has_the_number_of_dropped_alerts),
               CASE(test_nonblocking_pipe_gets_all), CASE(test_text_goes_to_a_file_as_it_is))
