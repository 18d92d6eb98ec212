/* daemon/watch/request.h, daemon/watch/peer.h */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "watch/peer.h"
#include "watch/request.h"

START_TEST(test_requests)
{
        static const struct {
                const char *line;
                int result;
        } cases[] = {
                { "{\"request\":\"status\"}", 0 },
                { " { \"request\" : \"status\" } ", 0 },
                { "{\"request\":\"status\",\"more\":[1,{\"request\":\"x\"}],\"other\":{\"request\":\"y\"}}", 0 },
                { "{\"request\":\"\\u0073tatus\"}", 0 },
                { "", -EBADMSG },
                { "status", -EBADMSG },
                { "\"status\"", -EBADMSG },
                { "[{\"request\":\"status\"}]", -EBADMSG },
                { "{\"request\":\"status\"", -EBADMSG },
                { "{\"request\":\"status\"}}", -EBADMSG },
                { "{\"request\":\"status\"} {\"request\":\"status\"}", -EBADMSG },
                { "{\"request\":\"status\",\"request\":\"status\"}", -EBADMSG },
                { "{\"request\":1}", -EBADMSG },
                { "{\"request\":null}", -EBADMSG },
                { "{}", -ENOENT },
                { "{\"Request\":\"status\"}", -ENOENT },
                { "{\"request\":\"\"}", -ENOENT },
                { "{\"request\":\"statu\"}", -ENOENT },
                { "{\"request\":\"status \"}", -ENOENT },
                { "{\"request\":\"status\\u0000\"}", -ENOENT },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                enum request_kind kind = (enum request_kind)99;
                int r = request_parse(text_from(cases[i].line), &kind);

                ck_assert_msg(r == cases[i].result, "%s: %d", cases[i].line, r);
                ck_assert_int_eq((int)kind, r < 0 ? 99 : REQUEST_STATUS);
        }
}
END_TEST

START_TEST(test_length_of_a_request)
{
        char *line = malloc(REQUEST_MAX + 1);
        enum request_kind kind;

        ck_assert_ptr_nonnull(line);
        memset(line, ' ', REQUEST_MAX + 1);
        memcpy(line, "{\"request\":\"status\"}", 20);
        ck_assert_int_eq(request_parse((struct text){ line, REQUEST_MAX }, &kind), 0);
        ck_assert_int_eq(request_parse((struct text){ line, REQUEST_MAX + 1 }, &kind), -EMSGSIZE);
        free(line);
}
END_TEST

START_TEST(test_each_refusal_is_a_line)
{
        static const int errors[] = { -ENOENT, -EMSGSIZE, -EBUSY, -EBADMSG, -ENOMEM, -1000 };

        for (size_t i = 0; i < COUNT(errors); i++) {
                struct text text = request_refusal(errors[i]);

                ck_assert(text_starts(text, TEXT("{\"error\":\"")) && text_ends(text, TEXT("\"}\n")));
                ck_assert_uint_eq(text_count(text, '\n'), 1);
        }
}
END_TEST

START_TEST(test_groups)
{
        static const char file[] = "root:x:0:\n#oom:x:1:\noomwatch:x:2:\noomwatchd:x:118:alice,bob\noomwatchd:x:119:\n"
                                   "bad:x:y:\nhuge:x:4294967295:\nshort:x\nlast:x:7:";
        static const struct {
                const char *name;
                int64_t group; /* -1: none */
        } cases[] = {
                { "root", 0 },
                { "oomwatch", 2 },
                { "oomwatchd", 118 },
                { "last", 7 },
                { "oom", -1 },
                { "bad", -1 },
                { "huge", -1 },
                { "short", -1 },
                { "alice", -1 },
                { "", -1 },
                { "4711", 4711 },
                { "0", 0 },
                { "4294967294", 4294967294 },
                { "4294967295", -1 },
                { "-1", -1 },
        };

        scratch_text("group", file);
        for (size_t i = 0; i < COUNT(cases); i++) {
                gid_t group = 12345;
                bool is_found = peer_group_load("group", cases[i].name, &group);

                ck_assert_msg(is_found == (cases[i].group >= 0), "%s", cases[i].name);
                ck_assert_int_eq((int64_t)group, is_found ? cases[i].group : 12345);
        }
        ck_assert(!peer_group_load("missing", "root", &(gid_t){ 0 }));
        ck_assert(peer_group_load("missing", "5", &(gid_t){ 0 })); /* a number needs no file */
        ck_assert(!peer_group_load(".", "root", &(gid_t){ 0 }));
}
END_TEST

START_TEST(test_peer_of_a_socket_pair)
{
        struct peer_policy policy = { .own_uid = geteuid() };
        struct peer peer;
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        ck_assert_int_eq(peer_read(fds[0], &policy, &peer), 0);
        ck_assert_uint_eq(peer.uid, geteuid());
        ck_assert_int_eq(peer.pid, getpid());
        ck_assert(peer.sees_all);
        (void)close(fds[0]);
        (void)close(fds[1]);
        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_eq(peer_read(fds[0], &policy, &peer), -ENOTSOCK);
        (void)close(fds[0]);
        (void)close(fds[1]);
}
END_TEST

TEST_MAIN("request", CASE(test_requests), CASE(test_length_of_a_request), CASE(test_each_refusal_is_a_line),
          CASE(test_groups), CASE(test_peer_of_a_socket_pair))
