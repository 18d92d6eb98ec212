/* daemon/common/manager.h */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/manager.h"
#include "harness.h"

#define ADDRESS_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

/* A manager's socket, where $NOTIFY_SOCKET says; name may begin with '@'. */
static int listen_at(const char *name)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t length = strlen(name);
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        ck_assert_int_ge(fd, 0);
        ck_assert_uint_le(length, ADDRESS_MAX);
        memcpy(address.sun_path, name, length);
        if (name[0] == '@')
                address.sun_path[0] = '\0';
        ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'))),
                         0);
        ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
        return fd;
}

static void expect_message(int fd, const char *state)
{
        char message[256];
        ssize_t length = recv(fd, message, sizeof(message), 0);

        ck_assert_int_eq(length, (ssize_t)strlen(state));
        ck_assert_mem_eq(message, state, strlen(state));
}

/* A name of this length, that no other process of the test has. */
static void make_name(char first, size_t length, char name[static ADDRESS_MAX + 2])
{
        int used = snprintf(name, ADDRESS_MAX + 2, "%s/test_manager.%d.", first == '/' ? "/tmp" : "@", (int)getpid());

        memset(name + used, 'x', length - (size_t)used);
        name[length] = '\0';
}

static void notify_a_manager_at(const char *name)
{
        int fd = listen_at(name);

        ck_assert_int_eq(manager_notify("READY=1"), 1);
        ck_assert_int_eq(manager_notify("STOPPING=1\nSTATUS=Delivering what is queued"), 1);
        expect_message(fd, "READY=1");
        expect_message(fd, "STOPPING=1\nSTATUS=Delivering what is queued");
        (void)close(fd);
        if (name[0] == '/')
                ck_assert_int_eq(unlink(name), 0);
        ck_assert_int_eq(manager_notify("READY=1"), name[0] == '/' ? -ENOENT : -ECONNREFUSED);
}

START_TEST(test_notified_at_a_path_and_at_an_abstract_name)
{
        char name[ADDRESS_MAX + 2];

        make_name('/', 40, name);
        notify_a_manager_at(name);
        make_name('@', 40, name);
        notify_a_manager_at(name);
}
END_TEST

START_TEST(test_notified_at_the_longest_name_and_not_past_it)
{
        static const char firsts[] = { '/', '@' };
        char name[ADDRESS_MAX + 2];

        for (size_t i = 0; i < sizeof(firsts); i++) {
                make_name(firsts[i], ADDRESS_MAX, name);
                notify_a_manager_at(name);
                make_name(firsts[i], ADDRESS_MAX + 1, name);
                ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
                ck_assert_int_eq(manager_notify("READY=1"), -ENAMETOOLONG);
        }
}
END_TEST

/* Nobody reads. */
START_TEST(test_a_full_queue_is_not_waited_for)
{
        char name[ADDRESS_MAX + 2];
        unsigned n_sent = 0;
        int fd, r;

        make_name('@', 40, name);
        fd = listen_at(name);
        while ((r = manager_notify("STATUS=at work")) == 1)
                n_sent++;
        ck_assert_int_eq(r, -EAGAIN);
        ck_assert_uint_gt(n_sent, 0);
        expect_message(fd, "STATUS=at work");
        ck_assert_int_eq(manager_notify("READY=1"), 1);
        (void)close(fd);
}
END_TEST

START_TEST(test_no_manager_is_no_error)
{
        ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
        ck_assert_int_eq(manager_notify("READY=1"), 0);
}
END_TEST

START_TEST(test_other_addresses_are_refused)
{
        static const char *const names[] = { "", "/", "@", "vsock:2:1234", "relative/path" };

        for (size_t i = 0; i < COUNT(names); i++) {
                ck_assert_int_eq(setenv("NOTIFY_SOCKET", names[i], 1), 0);
                ck_assert_msg(manager_notify("READY=1") == -EAFNOSUPPORT, "'%s'", names[i]);
        }
}
END_TEST

START_TEST(test_watchdog)
{
        char self[24], other[24];
        const struct {
                const char *usec, *pid;
                uint64_t expected;
        } cases[] = {
                { NULL, NULL, 0 },
                { "180000000", NULL, 180000000 },
                { "180000000", self, 180000000 },
                { "180000000", other, 0 },
                { "180000000", "", 0 },
                { "180000000", "1x", 0 },
                { "0", NULL, 0 },
                { "", NULL, 0 },
                { "-1", NULL, 0 },
                { "180s", NULL, 0 },
                { "18446744073709551614", NULL, UINT64_MAX - 1 },
                { "18446744073709551615", NULL, 0 },
                { "18446744073709551616", NULL, 0 },
        };

        (void)snprintf(self, sizeof(self), "%d", (int)getpid());
        (void)snprintf(other, sizeof(other), "%d", (int)getppid());
        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_int_eq(unsetenv("WATCHDOG_USEC"), 0);
                ck_assert_int_eq(unsetenv("WATCHDOG_PID"), 0);
                if (cases[i].usec)
                        ck_assert_int_eq(setenv("WATCHDOG_USEC", cases[i].usec, 1), 0);
                if (cases[i].pid)
                        ck_assert_int_eq(setenv("WATCHDOG_PID", cases[i].pid, 1), 0);
                ck_assert_msg(manager_watchdog_usec() == cases[i].expected, "case %zu", i);
        }
}
END_TEST

TEST_MAIN("manager", CASE(test_notified_at_a_path_and_at_an_abstract_name),
          CASE(test_notified_at_the_longest_name_and_not_past_it), CASE(test_a_full_queue_is_not_waited_for),
          CASE(test_no_manager_is_no_error), CASE(test_other_addresses_are_refused), CASE(test_watchdog))
