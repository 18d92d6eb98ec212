/* daemon/watch/control.h */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "host/clock.h"
#include "watch/control.h"

#define SOCKET        "control.sock"
#define STRANGER      54321
#define GROUP         65432
#define ASK           "{\"request\":\"status\"}\n"
#define DEADLINE_USEC (INT64_C(120) * 1000 * 1000)

static struct control_fixture {
        struct event_base *base;
        struct event *tick; /* so that the loop turns when nothing happens */
        struct control *control;
        struct peer_policy policy;
        unsigned n_answers;
        size_t answer_length; /* of a member of each answer */
} fixture;

static void on_tick(_unused_ evutil_socket_t fd, _unused_ short what, _unused_ void *userdata) {}

static void answer(enum request_kind kind, const struct peer *peer, struct object *object, _unused_ void *userdata)
{
        char *filling = malloc(fixture.answer_length + 1);

        ck_assert_int_eq(kind, REQUEST_STATUS);
        ck_assert_ptr_nonnull(filling);
        memset(filling, 'x', fixture.answer_length);
        filling[fixture.answer_length] = '\0';
        object_add_unsigned(object, "number", ++fixture.n_answers);
        object_add_bool(object, "all", peer->sees_all);
        object_add_unsigned(object, "uid", peer->uid);
        object_add_word(object, "filling", filling);
        free(filling);
}

static int start_at(const char *path, struct control **ret_control)
{
        return control_new(fixture.base, path, &fixture.policy, CONTROL_CLIENTS_MAX, answer, NULL, ret_control);
}

static void set_up(void)
{
        fixture = (struct control_fixture){
                .base = event_base_new(),
                .policy = { .own_uid = geteuid(), .has_group = true, .group = GROUP },
        };
        ck_assert_ptr_nonnull(fixture.base);
        ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR); /* as the program does */
        fixture.tick = event_new(fixture.base, -1, EV_PERSIST, on_tick, NULL);
        ck_assert_int_eq(event_add_after(fixture.tick, 2000), 0);
        ck_assert_int_eq(start_at(SOCKET, &fixture.control), 0);
        ck_assert_int_eq(chmod(".", 0755), 0); /* strangers ask too */
}

static void tear_down(void)
{
        ck_assert_ptr_null(control_free(fixture.control));
        ck_assert_int_eq(access(SOCKET, F_OK), -1);
        event_free(fixture.tick);
        event_base_free(fixture.base);
}

static const struct case_fixture control_fixture = { .set_up = set_up, .tear_down = tear_down };

#define TURN_UNTIL(condition)                                                                                          \
        do {                                                                                                           \
                int64_t until_usec_ = clock_monotonic_usec() + DEADLINE_USEC;                                          \
                while (!(condition)) {                                                                                 \
                        ck_assert_msg(clock_monotonic_usec() < until_usec_, "deadline: %s", #condition);               \
                        ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);                               \
                }                                                                                                      \
        } while (0)

static void turn(int64_t usec)
{
        int64_t until_usec = clock_monotonic_usec() + usec;

        while (clock_monotonic_usec() < until_usec)
                ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
}

/* --- clients ------------------------------------------------------------------------------------------------------ */

static int try_connect(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        ck_assert_int_ge(fd, 0);
        (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
                return fd;
        (void)close(fd);
        return -1;
}

static int client(void)
{
        int fd = try_connect(SOCKET);

        ck_assert_int_ge(fd, 0);
        return fd;
}

/* As a process of that user. */
static int client_of(uid_t uid, gid_t supplementary)
{
        int fd;

        ck_assert_int_eq(setgroups(supplementary ? 1 : 0, &supplementary), 0);
        ck_assert_int_eq(setegid(uid), 0);
        ck_assert_int_eq(seteuid(uid), 0);
        fd = try_connect(SOCKET);
        ck_assert_int_eq(seteuid(0), 0);
        ck_assert_int_eq(setegid(0), 0);
        ck_assert_int_eq(setgroups(0, NULL), 0);
        return fd;
}

static void put(int fd, const char *text)
{
        ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads a line into line, or "" at the end of the connection. */
static void get_line(int fd, char *line, size_t size)
{
        int64_t until_usec = clock_monotonic_usec() + DEADLINE_USEC;
        size_t length = 0;

        while (length + 1 < size && (length == 0 || line[length - 1] != '\n')) {
                ssize_t n = recv(fd, line + length, 1, 0);

                if (n == 0 || (n < 0 && errno == ECONNRESET))
                        break;
                length += n > 0;
                ck_assert_int_lt(clock_monotonic_usec(), until_usec);
                if (n < 0)
                        ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
        }
        line[length] = '\0';
}

static void expect_line(int fd, const char *start)
{
        char line[65536];

        get_line(fd, line, sizeof(line));
        ck_assert_msg(strncmp(line, start, strlen(start)) == 0, "'%s' and not '%s'", line, start);
}

static void expect_end(int fd)
{
        char line[256];

        get_line(fd, line, sizeof(line));
        ck_assert_str_eq(line, "");
        (void)close(fd);
}

/* --- cases -------------------------------------------------------------------------------------------------------- */

START_TEST(test_each_line_is_answered_in_order)
{
        int fd = client();

        put(fd, ASK ASK);
        expect_line(fd, "{\"number\":1,\"all\":true");
        expect_line(fd, "{\"number\":2,");
        put(fd, "{\"request\":");
        turn(20000);
        put(fd, "\"status\"}\n{");
        expect_line(fd, "{\"number\":3,");
        put(fd, "\"request\":\"status\"}"); /* its end is the connection's */
        ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
        expect_line(fd, "{\"number\":4,");
        expect_end(fd);
        ck_assert_uint_eq(control_counts(fixture.control).n_clients, 0);
}
END_TEST

START_TEST(test_bad_request_is_the_last)
{
        int fd = client();

        put(fd, ASK "nonsense\n" ASK);
        expect_line(fd, "{\"number\":1,");
        expect_line(fd, "{\"error\":\"bad-request\"");
        expect_end(fd);
        ck_assert_uint_eq(fixture.n_answers, 1);
}
END_TEST

START_TEST(test_length_of_a_request)
{
        char *line = malloc(REQUEST_MAX + 1);

        ck_assert_ptr_nonnull(line);
        for (unsigned i = 0; i < 3; i++) {
                size_t length = i == 0 ? REQUEST_MAX : REQUEST_MAX + 1, sent = 0;
                int fd = client();

                memset(line, ' ', REQUEST_MAX + 1);
                memcpy(line, ASK, sizeof(ASK) - 2);
                if (i == 2)
                        memset(line, 'x', length);
                while (sent < length) {
                        ssize_t n = send(fd, line + sent, length - sent, MSG_NOSIGNAL);

                        if (n < 0)
                                ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
                        else
                                sent += (size_t)n;
                }
                if (i < 2)
                        put(fd, "\n");
                expect_line(fd, i == 0 ? "{\"number\":1," : "{\"error\":\"too-large\"");
                if (i > 0)
                        expect_end(fd);
                else
                        (void)close(fd);
        }
        free(line);
        TURN_UNTIL(control_counts(fixture.control).n_clients == 0);
}
END_TEST

START_TEST(test_client_that_reads_nothing_is_not_read)
{
        unsigned n_sent = 0, n_read = 0;
        int64_t until_usec;
        int fd = client();

        fixture.answer_length = 1000;
        do { /* until nothing more goes through for a while */
                until_usec = clock_monotonic_usec() + 50000;
                while (send(fd, ASK, sizeof(ASK) - 1, MSG_NOSIGNAL) == sizeof(ASK) - 1) {
                        n_sent++;
                        until_usec = clock_monotonic_usec() + 50000;
                }
                while (clock_monotonic_usec() < until_usec)
                        ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_NONBLOCK), 0);
        } while (send(fd, ASK, sizeof(ASK) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(ASK) - 1 && ++n_sent);
        ck_assert_uint_gt(n_sent, fixture.n_answers + 100); /* what it asked waits for it to read */
        for (; n_read < n_sent; n_read++)
                expect_line(fd, "{\"number\":");
        (void)close(fd);
        TURN_UNTIL(control_counts(fixture.control).n_clients == 0);
        ck_assert_uint_eq(control_counts(fixture.control).n_slow, 0);
}
END_TEST

START_TEST(test_64_clients)
{
        int fds[CONTROL_CLIENTS_MAX], more;

        for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
                fds[i] = client();
                put(fds[i], ASK);
                expect_line(fds[i], "{\"number\":");
        }
        more = client();
        expect_line(more, "{\"error\":\"busy\"");
        expect_end(more);
        ck_assert_uint_eq(control_counts(fixture.control).n_clients, CONTROL_CLIENTS_MAX);
        ck_assert_uint_eq(control_counts(fixture.control).n_refused, 1);
        (void)close(fds[7]);
        TURN_UNTIL(control_counts(fixture.control).n_clients == CONTROL_CLIENTS_MAX - 1);
        fds[7] = client();
        put(fds[7], ASK);
        expect_line(fds[7], "{\"number\":65,");
        for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
                (void)close(fds[i]);
        TURN_UNTIL(control_counts(fixture.control).n_clients == 0);
}
END_TEST

START_TEST(test_strangers)
{
        int stranger, member;

        if (geteuid() != 0)
                SKIP("root is needed to be another user");
        stranger = client_of(STRANGER, 0);
        put(stranger, ASK);
        expect_line(stranger, "{\"number\":1,\"all\":false,\"uid\":54321");
        member = client_of(STRANGER, GROUP);
        put(member, ASK);
        expect_line(member, "{\"number\":2,\"all\":true,\"uid\":54321");
        (void)close(stranger);
        (void)close(member);
}
END_TEST

START_TEST(test_strangers_leave_room)
{
        int fds[2 * CONTROL_OTHERS_MAX], fd;
        unsigned n_served = 0;

        if (geteuid() != 0)
                SKIP("root is needed to be another user");
        for (unsigned i = 0; i < COUNT(fds); i++) { /* nine of a user ask, then those of the next one */
                char line[256];

                turn(CONTROL_WINDOW_USEC / 5); /* not too often */
                fds[i] = client_of(STRANGER + i / (CONTROL_OF_A_USER_MAX + 1), 0);
                put(fds[i], ASK);
                get_line(fds[i], line, sizeof(line));
                n_served += strncmp(line, "{\"number\":", 10) == 0;
                if (i <= CONTROL_OF_A_USER_MAX)
                        ck_assert_uint_eq(n_served, i < CONTROL_OF_A_USER_MAX ? i + 1 : CONTROL_OF_A_USER_MAX);
        }
        ck_assert_uint_eq(n_served, CONTROL_OTHERS_MAX);
        fd = client();
        put(fd, ASK);
        expect_line(fd, "{\"number\":");
        (void)close(fd);
        for (unsigned i = 0; i < COUNT(fds); i++)
                (void)close(fds[i]);
        TURN_UNTIL(control_counts(fixture.control).n_clients == 0);
}
END_TEST

START_TEST(test_strangers_ask_at_a_bounded_rate)
{
        int64_t began_usec;
        unsigned before;
        int fd, root;

        if (geteuid() != 0)
                SKIP("root is needed to be another user");
        began_usec = clock_monotonic_usec();
        do { /* one after the other, as fast as they are served */
                fd = client_of(STRANGER, 0);
                if (fd >= 0) {
                        (void)send(fd, ASK, sizeof(ASK) - 1, MSG_NOSIGNAL);
                        ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_NONBLOCK), 0);
                        ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_NONBLOCK), 0);
                        (void)close(fd);
                }
        } while (clock_monotonic_usec() - began_usec < 1000000);
        /* a window more than there were, whole or begun */
        before = (unsigned)((clock_monotonic_usec() - began_usec) / CONTROL_WINDOW_USEC + 2);
        ck_assert_uint_le(fixture.n_answers, before * CONTROL_OTHERS_IN_WINDOW);
        ck_assert_uint_gt(fixture.n_answers, 0);
        ck_assert_uint_gt(control_counts(fixture.control).n_refused, 0);
        while ((root = try_connect(SOCKET)) < 0) /* the queue is full of strangers */
                turn(1000);
        put(root, ASK);
        expect_line(root, "{\"number\":");
        (void)close(root);
}
END_TEST

START_TEST(test_without_descriptors_it_waits)
{
        struct rlimit before, none;
        unsigned n_turns = 0;
        int64_t until_usec;
        int fd = client(); /* in the queue */

        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
        none = (struct rlimit){ 0, before.rlim_max };
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        for (until_usec = clock_monotonic_usec() + 200000; clock_monotonic_usec() < until_usec; n_turns++)
                ck_assert_int_eq(event_base_loop(fixture.base, EVLOOP_ONCE), 0);
        ck_assert_uint_le(n_turns, 250); /* the ticks: it doesn't try again and again */
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
        if (send(fd, ASK, sizeof(ASK) - 1, MSG_NOSIGNAL) <
            0) { /* valgrind accepts it, and closes it because of the limit */
                (void)close(fd);
                fd = client();
                put(fd, ASK);
        }
        expect_line(fd, "{\"number\":1,");
        (void)close(fd);
}
END_TEST

START_TEST(test_whose_socket_is_there)
{
        struct control *control = NULL;
        struct stat status;
        int fd, other;

        ck_assert_int_eq(start_at(SOCKET, &control), -EADDRINUSE); /* one is served */
        ck_assert_int_eq(start_at("missing/control.sock", &control), -ENOENT);
        scratch_text("file", "text");
        ck_assert_int_eq(start_at("file", &control), -EEXIST);
        ck_assert_int_eq(stat("file", &status), 0);
        ck_assert_int_eq(status.st_size, 4);
        ck_assert_int_eq(symlink("file", "link"), 0);
        ck_assert_int_eq(start_at("link", &control), -EEXIST);
        /* one that was left */
        ck_assert_int_eq(link(SOCKET, "other.sock"), 0);
        ck_assert_int_eq(unlink(SOCKET), 0);
        fixture.control = control_free(fixture.control);
        ck_assert_int_eq(access("other.sock", F_OK), 0); /* it wasn't at its place any more */
        ck_assert_int_eq(start_at("other.sock", &fixture.control), 0);
        fd = try_connect("other.sock");
        put(fd, ASK);
        expect_line(fd, "{\"number\":1,");
        (void)close(fd);
        ck_assert_int_eq(stat("other.sock", &status), 0);
        ck_assert_int_eq(status.st_mode & 0777, 0666);
        /* another's, which has taken the place, stays */
        ck_assert_int_eq(unlink("other.sock"), 0);
        ck_assert_int_eq(start_at("other.sock", &control), 0);
        fixture.control = control_free(fixture.control);
        other = try_connect("other.sock");
        ck_assert_int_ge(other, 0);
        (void)close(other);
        ck_assert_ptr_null(control_free(control));
        ck_assert_int_eq(access("other.sock", F_OK), -1);
}
END_TEST

START_TEST(test_path_that_is_too_long)
{
        struct control *control = NULL;
        char path[200];

        memset(path, 'x', sizeof(path) - 1);
        path[sizeof(path) - 1] = '\0';
        ck_assert_int_eq(start_at(path, &control), -ENAMETOOLONG);
}
END_TEST

START_TEST(test_free_with_clients)
{
        int fds[2] = { client(), client() };

        put(fds[0], ASK);
        expect_line(fds[0], "{\"number\":1,");
        fixture.control = control_free(fixture.control);
        expect_end(fds[0]);
        expect_end(fds[1]); /* was in the queue */
        ck_assert_ptr_null(control_free(NULL));
        ck_assert_uint_eq(control_counts(NULL).n_clients, 0);
}
END_TEST

TEST_MAIN_WITH("control", &control_fixture, CASE(test_each_line_is_answered_in_order),
               CASE(test_bad_request_is_the_last), CASE(test_length_of_a_request),
               CASE(test_client_that_reads_nothing_is_not_read), CASE(test_64_clients), CASE(test_strangers),
               CASE(test_strangers_leave_room), CASE(test_strangers_ask_at_a_bounded_rate),
               CASE(test_without_descriptors_it_waits), CASE(test_whose_socket_is_there),
               CASE(test_path_that_is_too_long), CASE(test_free_with_clients))
