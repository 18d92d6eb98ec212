/* daemon/watch/cgroup_kills.h: which cgroups have counted kills. The trees are made by hand; test_live.py has real ones. */

#include <errno.h>
#include <poll.h>

#include "harness.h"
#include "watch/cgroup_kills.h"

static struct event_base *base;
static struct writer *writer;
static struct cgroup_kills *kills;

static void set_up(void)
{
        base = event_base_new();
        ck_assert_ptr_nonnull(base);
        ck_assert_int_eq(writer_new(base, "test", &writer), 0);
}

static void tear_down(void)
{
        writer = writer_free(writer, 10000);
        kills = cgroup_kills_free(kills);
        event_base_free(base);
}

static void count(const char *cgroup, const char *file, unsigned n_kills)
{
        char path[256], text[128];

        scratch_run("mkdir -p 'root/%s'", cgroup);
        (void)snprintf(path, sizeof(path), "root/%s/%s", cgroup, file);
        (void)snprintf(text, sizeof(text), "oom_kill_disable 0\nunder_oom 0\noom_kill %u\noom_group_kill 99\n",
                       n_kills);
        scratch_text(path, text);
}

static void wait_for_walk(void)
{
        struct pollfd ended = { .fd = writer_fd(writer), .events = POLLIN };

        while (!writer_collect(writer))
                ck_assert_int_ge(poll(&ended, 1, -1), 0);
}

static void check_counts(const char *file)
{
        const struct alert_missed_cgroup *risen;

        count("a", file, 5);
        count("a/b", file, 0);
        count("c d", file, 2);
        scratch_run("mkdir -p root/none");
        ck_assert_int_eq(cgroup_kills_new("root", writer, &kills), 0);
        cgroup_kills_compare(kills); /* nothing was remembered */
        wait_for_walk();
        ck_assert_uint_eq(cgroup_kills_risen(kills, &risen), 0);
        cgroup_kills_remember(kills);
        wait_for_walk();
        ck_assert_uint_eq(cgroup_kills_risen(kills, &risen), 0);
        count("a", file, 6);
        count("a/b", file, 3);
        count("e/f", file, 1); /* made since */
        scratch_run("rm -r 'root/c d'");
        cgroup_kills_compare(kills);
        wait_for_walk();
        ck_assert_uint_eq(cgroup_kills_risen(kills, &risen), 3);
        ck_assert_str_eq(risen[0].path, "/a/b");
        ck_assert_uint_eq(risen[0].n_kills, 3);
        ck_assert_uint_eq(risen[1].n_kills, 1);
        ck_assert_uint_eq(risen[2].n_kills, 1);
}

START_TEST(test_counts_of_v2)
{
        check_counts("memory.events.local");
}
END_TEST

START_TEST(test_counts_of_v1)
{
        scratch_run("mkdir root");
        scratch_text("root/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
        check_counts("memory.oom_control");
}
END_TEST

START_TEST(test_most_are_named_first)
{
        const struct alert_missed_cgroup *risen;
        char name[16];

        scratch_run("mkdir root");
        ck_assert_int_eq(cgroup_kills_new("root", writer, &kills), 0);
        cgroup_kills_remember(kills);
        wait_for_walk();
        for (unsigned i = 1; i <= CGROUP_KILLS_NAMED + 4; i++) {
                (void)snprintf(name, sizeof(name), "g%u", i);
                count(name, "memory.events.local", i);
        }
        cgroup_kills_compare(kills);
        wait_for_walk();
        ck_assert_uint_eq(cgroup_kills_risen(kills, &risen), CGROUP_KILLS_NAMED);
        for (unsigned i = 0; i < CGROUP_KILLS_NAMED; i++)
                ck_assert_uint_eq(risen[i].n_kills, CGROUP_KILLS_NAMED + 4 - i);
}
END_TEST

START_TEST(test_past_a_limit_nothing_is_said)
{
        const struct alert_missed_cgroup *risen;

        scratch_run("mkdir root");
        ck_assert_int_eq(cgroup_kills_new("root", writer, &kills), 0);
        cgroup_kills_remember(kills);
        wait_for_walk();
        scratch_run("seq -f root/g%%.0f %d | xargs mkdir; for d in root/g*; do echo '\noom_kill 1' "
                    ">$d/memory.events.local; done",
                    CGROUP_KILLS_COUNTS);
        cgroup_kills_compare(kills);
        wait_for_walk();
        ck_assert_uint_eq(cgroup_kills_risen(kills, &risen), CGROUP_KILLS_NAMED);
        count("more", "memory.events.local", 1);
        cgroup_kills_compare(kills);
        wait_for_walk();
        ck_assert_uint_eq(cgroup_kills_risen(kills, &risen), 0);

        scratch_run("rm -r root/*; mkdir -p root/$(seq -s / %d)", CGROUP_KILLS_DEPTH_MAX);
        count("a", "memory.events.local", 1);
        cgroup_kills_compare(kills);
        wait_for_walk();
        ck_assert_uint_eq(cgroup_kills_risen(kills, &risen), 1);
        scratch_run("mkdir root/$(seq -s / %d)", CGROUP_KILLS_DEPTH_MAX + 1);
        cgroup_kills_compare(kills);
        wait_for_walk();
        ck_assert_uint_eq(cgroup_kills_risen(kills, &risen), 0);
        ck_assert_int_eq(cgroup_kills_new("missing", writer, &kills), -ENOENT);
}
END_TEST

static const struct case_fixture kills_fixture = { .set_up = set_up, .tear_down = tear_down, .in_memory = true };

TEST_MAIN_WITH("cgroup_kills", &kills_fixture, CASE(test_counts_of_v2), CASE(test_counts_of_v1),
               CASE(test_most_are_named_first), CASE(test_past_a_limit_nothing_is_said))
