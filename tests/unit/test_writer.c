/* daemon/notify/writer.h */

#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "harness.h"
#include "host/clock.h"
#include "notify/writer.h"

struct job {
        struct writer_job job; /* first: a job is found by it */
        unsigned number;
        unsigned *n_run, *n_done;
        pthread_t loop;
        int fd; /* run() waits until it can be read; -1: no waiting */
        unsigned again;
        struct writer *writer;
};

static void job_run(struct writer_job *base)
{
        struct job *job = (struct job *)base;
        char byte;

        ck_assert(!pthread_equal(pthread_self(), job->loop));
        if (job->fd >= 0)
                ck_assert_int_eq(read(job->fd, &byte, 1), 1);
        ck_assert_uint_eq((*job->n_run)++, job->number);
}

static void job_done(struct writer_job *base)
{
        struct job *job = (struct job *)base;

        ck_assert(pthread_equal(pthread_self(), job->loop));
        ck_assert_uint_eq((*job->n_done)++, job->number);
        if (job->again > 0) {
                job->again--;
                job->number++;
                writer_add(job->writer, &job->job);
        }
}

static struct job make_job(unsigned number, unsigned *n_run, unsigned *n_done)
{
        return (struct job){
                .job = { .run = job_run, .done = job_done },
                .number = number,
                .n_run = n_run,
                .n_done = n_done,
                .loop = pthread_self(),
                .fd = -1,
        };
}

START_TEST(test_jobs_run_in_order_and_end_in_the_loop)
{
        struct event_base *base = event_base_new();
        unsigned n_run = 0, n_done = 0;
        struct job jobs[100];
        struct writer *writer;

        ck_assert_int_eq(writer_new(base, "writer", &writer), 0);
        for (unsigned i = 0; i < 100; i++) {
                jobs[i] = make_job(i, &n_run, &n_done);
                writer_add(writer, &jobs[i].job);
        }
        while (n_done < 100)
                ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert_uint_eq(n_run, 100);
        writer = writer_free(writer, 10000);
        event_base_free(base);
}
END_TEST

START_TEST(test_done_may_add_the_job_again)
{
        struct event_base *base = event_base_new();
        unsigned n_run = 0, n_done = 0;
        struct writer *writer;
        struct job job = make_job(0, &n_run, &n_done);

        ck_assert_int_eq(writer_new(base, "writer", &writer), 0);
        job.again = 9;
        job.writer = writer;
        writer_add(writer, &job.job);
        while (n_done < 10)
                ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert_uint_eq(n_run, 10);
        writer = writer_free(writer, 10000);
        event_base_free(base);
}
END_TEST

START_TEST(test_loop_turns_while_a_job_blocks)
{
        struct event_base *base = event_base_new();
        unsigned n_run = 0, n_done = 0;
        struct job job = make_job(0, &n_run, &n_done);
        struct writer *writer;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        job.fd = fds[0];
        ck_assert_int_eq(writer_new(base, "writer", &writer), 0);
        writer_add(writer, &job.job);
        for (int i = 0; i < 100; i++)
                ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
        ck_assert_uint_eq(n_done, 0);
        ck_assert(!writer_collect(writer));
        ck_assert_int_eq(write(fds[1], "", 1), 1);
        while (n_done < 1)
                ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
        writer = writer_free(writer, 10000);
        (void)close(fds[0]);
        (void)close(fds[1]);
        event_base_free(base);
}
END_TEST

START_TEST(test_free_runs_what_is_queued)
{
        struct event_base *base = event_base_new();
        unsigned n_run = 0, n_done = 0;
        struct job jobs[100];
        struct writer *writer;

        ck_assert_int_eq(writer_new(base, "writer", &writer), 0);
        for (unsigned i = 0; i < 100; i++) {
                jobs[i] = make_job(i, &n_run, &n_done);
                writer_add(writer, &jobs[i].job);
        }
        writer = writer_free(writer, 10000);
        ck_assert_ptr_null(writer);
        ck_assert_uint_eq(n_run, 100);
        ck_assert_uint_eq(n_done, 100);
        event_base_free(base);
}
END_TEST

START_TEST(test_blocked_thread_is_abandoned)
{
        struct event_base *base = event_base_new();
        static unsigned n_run, n_done; /* the thread lives on */
        static struct job job;
        struct writer *writer;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        job = make_job(0, &n_run, &n_done);
        job.fd = fds[0];
        ck_assert_int_eq(writer_new(base, "writer", &writer), 0);
        writer_add(writer, &job.job);
        writer = writer_free(writer, 20);
        ck_assert_ptr_null(writer);
        ck_assert_uint_eq(n_done, 0);
        event_base_free(base);
}
END_TEST

/* Each of its two parts waits for a byte. */
static void part_run(struct writer_job *base)
{
        struct job *job = (struct job *)base;
        char byte;

        ck_assert_int_eq(read(job->fd, &byte, 1), 1);
        writer_moved(job->writer);
        job_run(base);
}

START_TEST(test_stuck_after_two_minutes_with_work)
{
        struct event_base *base = event_base_new();
        unsigned n_run = 0, n_done = 0;
        struct job job = make_job(0, &n_run, &n_done);
        struct writer *writer;
        int64_t before_usec, after_usec;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        ck_assert_int_eq(writer_new(base, "writer", &writer), 0);
        ck_assert(!writer_is_stuck(writer, INT64_MAX)); /* it has no work */
        job.fd = fds[0];
        job.writer = writer;
        job.job.run = part_run;
        before_usec = clock_monotonic_usec();
        writer_add(writer, &job.job);
        ck_assert(!writer_is_stuck(writer, before_usec + WRITER_STUCK_USEC - 1));
        ck_assert_int_eq(write(fds[1], "12", 2), 2);
        while (n_done < 1)
                ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert(!writer_is_stuck(writer, INT64_MAX)); /* none again */
        job.number = 1;
        before_usec = clock_monotonic_usec();
        writer_add(writer, &job.job);
        after_usec = clock_monotonic_usec();
        ck_assert(!writer_is_stuck(writer, before_usec + WRITER_STUCK_USEC - 1));
        ck_assert(writer_is_stuck(writer, after_usec + WRITER_STUCK_USEC));
        while (clock_monotonic_usec() <= after_usec)
                ;
        ck_assert_int_eq(write(fds[1], "1", 1), 1);
        while (writer_is_stuck(writer, after_usec + WRITER_STUCK_USEC)) /* until the job's first part has ended */
                (void)sched_yield();
        ck_assert(writer_is_stuck(writer, clock_monotonic_usec() + WRITER_STUCK_USEC));
        ck_assert_int_eq(write(fds[1], "2", 1), 1);
        writer = writer_free(writer, 10000);
        ck_assert_uint_eq(n_done, 2);
        (void)close(fds[0]);
        (void)close(fds[1]);
        event_base_free(base);
}
END_TEST

START_TEST(test_background_job_is_waited_for_by_nobody)
{
        struct event_base *base = event_base_new();
        unsigned n_run = 0, n_done = 0;
        struct job jobs[] = { make_job(0, &n_run, &n_done), make_job(1, &n_run, &n_done) };
        struct writer *writer;
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        ck_assert_int_eq(writer_new(base, "writer", &writer), 0);
        jobs[0].job.is_background = true;
        jobs[0].fd = fds[0];
        writer_add(writer, &jobs[0].job);
        ck_assert(!writer_is_stuck(writer, INT64_MAX));
        writer_add(writer, &jobs[1].job); /* this one waits behind it */
        ck_assert(writer_is_stuck(writer, INT64_MAX));
        ck_assert_int_eq(write(fds[1], "", 1), 1);
        while (n_done < 2)
                ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
        ck_assert(!writer_is_stuck(writer, INT64_MAX));
        writer = writer_free(writer, 10000);
        (void)close(fds[0]);
        (void)close(fds[1]);
        event_base_free(base);
}
END_TEST

START_TEST(test_free_takes_null)
{
        ck_assert_ptr_null(writer_free(NULL, 0));
}
END_TEST

TEST_MAIN("writer", CASE(test_jobs_run_in_order_and_end_in_the_loop), CASE(test_done_may_add_the_job_again),
          CASE(test_loop_turns_while_a_job_blocks), CASE(test_free_runs_what_is_queued),
          CASE(test_blocked_thread_is_abandoned), CASE(test_free_takes_null),
          CASE(test_stuck_after_two_minutes_with_work), CASE(test_background_job_is_waited_for_by_nobody))
