/* daemon/common/config_child.h, config_reload.h: a process that reads the configuration, and what becomes of it. */

#include "common/config_child.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/config_reload.h"
#include "config_fixture.h"

#define DEADLINE_MS  60000
#define HEADERS      32
#define HEADER_BYTES 4000 /* together more than a pipe takes: the process waits until they are read */

/* Writes a configuration with many bytes of values. */
static void write_long(void)
{
        FILE *file = fopen(FILE_NAME, "we");

        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(
                fprintf(file,
                        "cursor { path = \"/long\" }\nwebhook \"a\" {\n url = \"https://localhost/\"\n header = {"),
                0);
        for (int i = 0; i < HEADERS; i++)
                ck_assert_int_ge(fprintf(file, "%s\"A: %0*d\"", i > 0 ? ", " : "", HEADER_BYTES, i), 0);
        ck_assert_int_ge(fprintf(file, "}\n}\n"), 0);
        ck_assert_int_eq(fclose(file), 0);
}

static struct config_child *start(bool is_waited_for)
{
        struct config_child *child = NULL;
        char error[CONFIG_ERROR_MAX] = "";

        ck_assert_msg(config_child_start(FILE_NAME, is_waited_for, &child, error) == 0, "%s", error);
        return child;
}

/* The process that was started last. */
static pid_t child_pid(void)
{
        char path[64];
        FILE *file;
        int pid = 0;

        (void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
        file = fopen(path, "re");
        while (file && fscanf(file, "%d", &pid) == 1)
                ;
        if (file)
                ck_assert_int_eq(fclose(file), 0);
        return pid;
}

START_TEST(test_long_values_come_through_the_pipe)
{
        struct config *config;

        write_long();
        config = load();
        ck_assert_uint_eq(config->n_webhooks, 1);
        ck_assert_uint_eq(config->webhooks[0].n_headers, HEADERS);
        for (int i = 0; i < HEADERS; i++) {
                ck_assert_uint_eq(strlen(config->webhooks[0].headers[i]), HEADER_BYTES + 3);
                ck_assert_int_eq(atoi(config->webhooks[0].headers[i] + 3), i);
        }
        config_free(config);
}
END_TEST

/* As when libconfuse crashes for lack of memory. */
START_TEST(test_a_process_that_is_killed_is_out_of_memory)
{
        struct config_child *child;
        struct config *config = NULL;
        char error[CONFIG_ERROR_MAX] = "";

        write_long();
        child = start(true);
        config_child_kill(child);
        while (!config_child_read(child))
                ;
        ck_assert(config_child_is_gone(child));
        ck_assert_int_eq(config_child_take(child, &config, error), -ENOMEM);
        ck_assert_str_eq(error, FILE_NAME ": out of memory while it was read (signal 9)");
        ck_assert_ptr_null(config);
        ck_assert_ptr_null(config_child_free(child));
}
END_TEST

/* Whether it has the pipe (3), standard error (2), and the file that it reads, by the lowest number, 0. */
static bool has_only_its_own(pid_t pid)
{
        bool is_so = true;
        struct dirent *entry;
        char path[64];
        DIR *directory;

        (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
        directory = opendir(path);
        ck_assert_ptr_nonnull(directory);
        while ((entry = readdir(directory)))
                if (entry->d_name[0] != '.' && strlen(entry->d_name) < 4) /* valgrind's own are that long */
                        is_so = is_so && strchr("023", entry->d_name[0]) && strlen(entry->d_name) == 1;
        ck_assert_int_eq(closedir(directory), 0);
        return is_so;
}

START_TEST(test_the_process_has_nothing_of_its_parent_open)
{
        struct config_child *child;
        pid_t pid;

        write_long();
        child = start(false);
        pid = child_pid();
        if (pid == 0) {
                config_child_free(child);
                SKIP("the kernel has no /proc/PID/task/TID/children");
        }
        for (int i = 0; i < DEADLINE_MS && !has_only_its_own(pid); i++)
                (void)usleep(1000);
        ck_assert(has_only_its_own(pid));
        ck_assert(!config_child_is_gone(child)); /* it waits for the pipe */
        ck_assert_ptr_null(config_child_free(child));
}
END_TEST

/* --- reload ------------------------------------------------------------------------------------------------------- */

struct result {
        unsigned n_done;
        struct config *config;
        char error[CONFIG_ERROR_MAX];
};

static void on_done(struct config *config, const char *error, void *userdata)
{
        struct result *result = userdata;

        result->n_done++;
        config_free(result->config);
        result->config = config;
        (void)snprintf(result->error, sizeof(result->error), "%s", config ? "" : error);
}

static void turn_until_done(struct event_base *base, const struct result *result, unsigned n_done)
{
        while (result->n_done < n_done)
                ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

START_TEST(test_a_second_reload_while_it_reads_reads_again)
{
        struct event_base *base = event_base_new();
        struct config_reload *reload;
        struct result result = { 0 };

        write_long();
        ck_assert_int_eq(config_reload_new(base, FILE_NAME, 60000, on_done, &result, &reload), 0);
        config_reload_start(reload); /* it can't end before the loop reads */
        scratch_text(FILE_NAME, "cursor { path = \"/short\" }\n");
        config_reload_start(reload);
        config_reload_start(reload);
        turn_until_done(base, &result, 1);
        ck_assert_str_eq(result.config->cursor_path, "/short");
        scratch_text(FILE_NAME, "cursor { path = }\n");
        config_reload_start(reload);
        turn_until_done(base, &result, 2);
        ck_assert_ptr_null(result.config);
        ck_assert_msg(strncmp(result.error, FILE_NAME ":1: ", strlen(FILE_NAME ":1: ")) == 0, "%s", result.error);
        ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1); /* nothing is left to wait for */
        ck_assert_uint_eq(result.n_done, 2);
        ck_assert_ptr_null(config_reload_free(reload));
        event_base_free(base);
}
END_TEST

START_TEST(test_a_process_that_hangs_is_given_up)
{
        struct event_base *base = event_base_new();
        struct config_reload *reload;
        struct result result = { 0 };
        siginfo_t ended;
        pid_t pid;

        write_long();
        ck_assert_int_eq(config_reload_new(base, FILE_NAME, 1000, on_done, &result, &reload), 0);
        config_reload_start(reload);
        pid = child_pid();
        if (pid > 0)
                ck_assert_int_eq(kill(pid, SIGSTOP), 0);
        if (pid == 0) {
                config_reload_free(reload);
                event_base_free(base);
                SKIP("the kernel has no /proc/PID/task/TID/children");
        }
        turn_until_done(base, &result, 1);
        ck_assert_ptr_null(result.config);
        ck_assert_str_eq(result.error, "reading it takes more than 1 s");
        while (kill(pid, 0) == 0 && waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT) < 0) /* it was killed */
                ck_assert_int_eq(errno, EINTR);
        config_reload_start(reload);
        turn_until_done(base, &result, 2);
        ck_assert_msg(result.config != NULL, "%s", result.error);
        config_free(result.config);
        ck_assert_ptr_null(config_reload_free(reload));
        event_base_free(base);
}
END_TEST

START_TEST(test_the_end_kills_the_process)
{
        struct event_base *base = event_base_new();
        struct config_reload *reload;
        struct result result = { 0 };

        write_long();
        ck_assert_int_eq(config_reload_new(base, FILE_NAME, 60000, on_done, &result, &reload), 0);
        config_reload_start(reload);
        ck_assert_ptr_null(config_reload_free(reload));
        ck_assert(waitpid(-1, NULL, 0) > 0 || errno == ECHILD); /* soon */
        ck_assert_uint_eq(result.n_done, 0);
        event_base_free(base);
}
END_TEST

TEST_MAIN("config_child", CASE(test_long_values_come_through_the_pipe),
          CASE(test_a_process_that_is_killed_is_out_of_memory), CASE(test_the_process_has_nothing_of_its_parent_open),
          CASE(test_a_second_reload_while_it_reads_reads_again), CASE(test_a_process_that_hangs_is_given_up),
          CASE(test_the_end_kills_the_process))
