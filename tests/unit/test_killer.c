/* lib/killer: lines of user-space killers, and the claims that come of them. */

#include "harness.h"
#include "killer/tracker.h"

#define CLAIMS_MAX 8

struct scene {
        struct killer_tracker *tracker;
        uint64_t seq;
        size_t n_claims;
        struct killer_claim claims[CLAIMS_MAX];
};

static void keep(const struct killer_claim *claim, void *userdata)
{
        struct scene *scene = userdata;

        ck_assert_uint_lt(scene->n_claims, CLAIMS_MAX);
        scene->claims[scene->n_claims++] = *claim;
}

static struct scene *scene_new(void)
{
        struct scene *scene = calloc(1, sizeof(*scene));

        ck_assert_ptr_nonnull(scene);
        ck_assert_int_eq(killer_tracker_new(keep, scene, &scene->tracker), 0);
        return scene;
}

/* seconds: of the clock, from 0 */
static void say(struct scene *scene, enum killer_speaker by, int64_t seconds, const char *text)
{
        struct killer_message message = {
                .by = by,
                .text = text_from(text),
                .host = 1,
                .seq = ++scene->seq,
                .usec = seconds * 1000000,
        };

        killer_tracker_push(scene->tracker, &message);
}

static void end(struct scene *scene, size_t n_claims)
{
        killer_tracker_end(scene->tracker);
        ck_assert_uint_eq(scene->n_claims, n_claims);
}

static struct scene *scene_free(struct scene *scene)
{
        killer_tracker_free(scene->tracker);
        free(scene);
        return NULL;
}

static void check_name(const struct killer_name *name, const char *expected)
{
        ck_assert_msg(text_equal(killer_name_text(name), text_from(expected)), "'%.*s', not '%s'", name->length,
                      name->data, expected);
}

static void check_cgroup(const struct killer_claim *claim, const char *expected)
{
        struct text cgroup = killer_path_text(&claim->cgroup);

        ck_assert_msg(text_equal(cgroup, text_from(expected)), "'%.*s', not '%s'", (int)cgroup.length, cgroup.data,
                      expected);
}

/* ---- lines ---------------------------------------------------------------------------------------------------------------- */

static const struct {
        enum killer_speaker by;
        const char *text, *cgroup;
        bool is_intention;
} cgroup_kills[] = {
        { KILLER_BY_SYSTEMD_OOMD,
          "Killed /work.slice/solver.service due to memory pressure for /work.slice being 63.07% > 50.00% for > 1min "
          "30s with "
          "reclaim activity",
          "/work.slice/solver.service", false },
        { KILLER_BY_SYSTEMD_OOMD,
          "Killed /a.scope due to memory used (791) / total (821) and swap used (193) / total (214) being more than "
          "90.00%",
          "/a.scope", false },
        { KILLER_BY_SYSTEMD_OOMD, "Killed /a.scope due to swap used (193) / total (214) being more than 90.00%",
          "/a.scope", false },
        { KILLER_BY_SYSTEMD_OOMD,
          "Marked /b.service for killing due to memory pressure for /b.service being 13.5% > 5.00% for > 2s with "
          "reclaim activity",
          "/b.service", true },
        { KILLER_BY_SYSTEMD_OOMD,
          "Marked /b.service for killing due to memory used (4) / total (4) and swap used (9) / total (2) being more "
          "than 40.00%",
          "/b.service", true },
        { KILLER_BY_SYSTEMD_OOMD,
          "Rule 'tight' conditions met for cgroup /b.service (lasting 1s), taking action kill-all", "/b.service",
          true },
        /* a cgroup may have any name */
        { KILLER_BY_SYSTEMD_OOMD,
          "Killed /u/x due to memory pressure for /y due to memory pressure for /u being 63.07% > 50.00% for > 20s "
          "with reclaim "
          "activity",
          "/u/x due to memory pressure for /y", false },
        { KILLER_BY_KMSG,
          "oomd kill: 12.10 4.02 0.90 system.slice/a.service 320589824 ruleset:[low memory] detectorgroup:[above] "
          "killer:kill_by_pressure v2",
          "/system.slice/a.service", false },
        { KILLER_BY_OOMD,
          "[Log.cpp:118] 12.10 4.02 0.90 workload.slice 320589824 ruleset:[r] detectorgroup:[d] "
          "killer:kill_by_swap_usage v2",
          "/workload.slice", false },
        { KILLER_BY_KMSG,
          "[talos] Sending SIGKILL to cgroup {\"cgroup\": \"/sys/fs/cgroup/kubepods/besteffort/pod1\", \"controller\": "
          "\"runtime.OOMController\"}",
          "/kubepods/besteffort/pod1", false },
};

START_TEST(test_kills_of_cgroups)
{
        static struct killer_line line;

        for (size_t i = 0; i < COUNT(cgroup_kills); i++) {
                ck_assert_int_eq(killer_line_parse(cgroup_kills[i].by, text_from(cgroup_kills[i].text), &line),
                                 KILLER_LINE_KILL);
                check_cgroup(&line.claim, cgroup_kills[i].cgroup);
                ck_assert_int_eq(line.claim.is_intention, cgroup_kills[i].is_intention);
        }
}
END_TEST

static const struct {
        enum killer_speaker by;
        const char *text, *name;
        int64_t pid, rss_bytes;
} process_kills[] = {
        { KILLER_BY_EARLYOOM, "sending SIGTERM to process 846 uid 1000 \"my \"app\": badness 846, VmRSS 2 MiB",
          "my \"app", 846, 2 * 1048576 },
        { KILLER_BY_EARLYOOM, "sending SIGKILL to process 846 \"app\": badness 846, VmRSS 0 MiB", "app", 846, 0 },
        { KILLER_BY_EARLYOOM,
          "sending SIGKILL to process 7 uid 0 \"a\": oom_score 854, oom_score_adj -5, VmRSS 186 MiB, cmdline \"/a "
          "\"--x\": oom_score "
          "1, oom_score_adj 0, VmRSS 1 MiB, cmdline \"b\"",
          "a", 7, 186 * 1048576 },
        { KILLER_BY_LMKD,
          "Kill 'org.example.atlas.maps' (9120), uid 10077, oom_score_adj 940 to free 1024kB rss, 512kB swap; reason: "
          "low "
          "watermark is breached and swap is low (1kB < 2kB)",
          "org.example.atlas.maps", 9120, 1024 * 1024 },
        { KILLER_BY_LMKD, "Kill 'a' (9120), uid 10077, oom_score_adj 940 to free 1024kB", "a", 9120, 1024 * 1024 },
        { KILLER_BY_KERNEL,
          "lowmemorykiller: Killing 'e.atlas.map (1)' (3140), adj 900,\n   to free 8kB on behalf of 'kswapd0' (61) "
          "because",
          "e.atlas.map (1)", 3140, 8 * 1024 },
};

START_TEST(test_kills_of_processes)
{
        static struct killer_line line;

        for (size_t i = 0; i < COUNT(process_kills); i++) {
                ck_assert_int_eq(killer_line_parse(process_kills[i].by, text_from(process_kills[i].text), &line),
                                 KILLER_LINE_KILL);
                check_name(&line.claim.name, process_kills[i].name);
                ck_assert_int_eq(line.claim.pid, process_kills[i].pid);
                ck_assert_int_eq(line.claim.sizes[KILLER_RSS], process_kills[i].rss_bytes);
        }
}
END_TEST

/* What looks like a kill, or is one in another's mouth. */
static const struct {
        enum killer_speaker by;
        const char *text;
} others[] = {
        { KILLER_BY_NOBODY, "sending SIGKILL to process 846 uid 1000 \"app\": badness 846, VmRSS 2 MiB" },
        { KILLER_BY_SYSTEMD_OOMD, "sending SIGKILL to process 846 uid 1000 \"app\": badness 846, VmRSS 2 MiB" },
        { KILLER_BY_EARLYOOM, "sending SIGTERM when mem <= 10.00% and swap <= 10.00%," },
        { KILLER_BY_EARLYOOM, "sending SIGTERM to process 380 uid 1000 \"my " },
        { KILLER_BY_EARLYOOM, "sending SIGKILL to process 846 uid 1000 \"app\": badness 846, VmRSS 2 MiB and more" },
        { KILLER_BY_EARLYOOM, "killing whole process group 77 (-g flag is active)" },
        { KILLER_BY_EARLYOOM, "low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%" },
        { KILLER_BY_SYSTEMD_OOMD,
          "oomd dry-run: Would have tried to kill /sys/fs/cgroup/a.service and all its descendants" },
        { KILLER_BY_SYSTEMD_OOMD, "Failed to kill cgroup '/a.service', ignoring: Device or resource busy" },
        { KILLER_BY_SYSTEMD_OOMD, "Rule 'tight' conditions met for cgroup /a.service, waiting for 2s" },
        { KILLER_BY_SYSTEMD_OOMD, "Killed /a.service due to boredom" },
        { KILLER_BY_SYSTEMD_OOMD,
          "Killed /a.service due to memory pressure for /b being 63.07% > 50.00% for > 20s with reclaim activity" },
        { KILLER_BY_SYSTEMD_OOMD, "\tPath: /a.service" },
        { KILLER_BY_SYSTEMD, "a.service: Main process exited, code=killed, status=9/KILL" },
        { KILLER_BY_SYSTEMD, "a.service: Failed with result 'oom-kill'." },
        { KILLER_BY_SYSTEMD, "system.slice: A process of this unit has been killed by the OOM killer." },
        { KILLER_BY_SYSTEMD, "a b.service: A process of this unit has been killed by the OOM killer." },
        { KILLER_BY_NOHANG,
          "kmsg: Memory cgroup out of memory: Killed process 630 (app) total-vm:1kB, anon-rss:1kB, file-rss:1kB" },
        { KILLER_BY_NOHANG, "  [ OK ] Sending SIGTERM to app: 1" },
        { KILLER_BY_OOMD, "[Log.cpp:118] Killed 3: 539(sh) 541(sleep) 542(hog)" },
        { KILLER_BY_KMSG, "[talos] failed to send SIGKILL {\"controller\": \"runtime.OOMController\"}" },
        { KILLER_BY_KMSG,
          "[talos] Sending SIGKILL to cgroup {\"controller\": \"other\", \"cgroup\": \"/sys/fs/cgroup/a\"}" },
        { KILLER_BY_LMKD, "Failed to get free memory!" },
        { KILLER_BY_KUBELET, "\"Eviction manager: pods ranked for eviction\" pods=[\"shop/cart-0\",\"shop/cart-1\"]" },
        { KILLER_BY_DOCKER, "container oom abc (image=x)" },
        { KILLER_BY_KERNEL, "" },
};

START_TEST(test_what_is_no_kill)
{
        static struct killer_line line;

        for (size_t i = 0; i < COUNT(others); i++) {
                ck_assert_int_eq(killer_line_parse(others[i].by, text_from(others[i].text), &line), KILLER_LINE_OTHER);
        }
}
END_TEST

/* ---- claims --------------------------------------------------------------------------------------------------------------- */

#define PRESSURE " due to memory pressure for /w being 63.07% > 50.00% for > 20s with reclaim activity"

START_TEST(test_systemd_and_oomd_tell_of_one_kill)
{
        struct scene *scene = scene_new();

        say(scene, KILLER_BY_SYSTEMD_OOMD, 1, "Marked /w/a.service for killing" PRESSURE);
        say(scene, KILLER_BY_SYSTEMD_OOMD, 1, "Marked /w/a.service for killing" PRESSURE);
        say(scene, KILLER_BY_SYSTEMD, 2, "a.service: systemd-oomd killed 4 process(es) in this unit.");
        say(scene, KILLER_BY_SYSTEMD, 2, "b.service: systemd-oomd killed some process(es) in this unit.");
        say(scene, KILLER_BY_SYSTEMD_OOMD, 90, "Killed /w/a.service" PRESSURE);
        end(scene, 3);
        ck_assert(!scene->claims[0].is_intention && !scene->claims[0].is_retelling);
        ck_assert_int_eq(scene->claims[0].n_processes, 4);
        ck_assert_uint_eq(scene->claims[0].n_lines, 3);
        ck_assert(scene->claims[1].is_retelling);
        check_name(&scene->claims[1].unit, "b.service");
        ck_assert_int_eq(scene->claims[1].n_processes, KILLER_UNKNOWN_NUMBER);
        ck_assert_uint_eq(scene->claims[2].seq, 5);
        scene_free(scene);
}
END_TEST

START_TEST(test_a_rule_that_names_what_was_watched)
{
        struct scene *scene = scene_new();

        say(scene, KILLER_BY_SYSTEMD_OOMD, 1, "Rule 'scan' conditions met for cgroup /w, taking action kill-by-pgscan");
        say(scene, KILLER_BY_SYSTEMD, 2, "a.service: systemd-oomd killed 2 process(es) in this unit.");
        say(scene, KILLER_BY_SYSTEMD_OOMD, 300,
            "Rule 'scan' conditions met for cgroup /w, taking action kill-by-pgscan");
        end(scene, 2);
        check_name(&scene->claims[0].unit, "a.service");
        ck_assert(scene->claims[1].is_pressure_only && scene->claims[1].is_intention);
        ck_assert_uint_eq(scene->claims[1].unit.length, 0);
        scene_free(scene);
}
END_TEST

#define SENDING(signal, pid, rss)                                                                                      \
        "sending " signal " to process " pid " uid 1000 \"app\": badness 8" rss ", VmRSS " rss " MiB"

START_TEST(test_earlyoom_asks_again_and_then_kills)
{
        struct scene *scene = scene_new();

        say(scene, KILLER_BY_EARLYOOM, 0, SENDING("SIGTERM", "77", "10"));
        say(scene, KILLER_BY_EARLYOOM, 10, "process 77 did not exit");
        say(scene, KILLER_BY_EARLYOOM, 10, "kill failed: Timer expired");
        say(scene, KILLER_BY_EARLYOOM, 10, SENDING("SIGTERM", "77", "20"));
        say(scene, KILLER_BY_EARLYOOM, 12, "escalating to SIGKILL after 1.9 seconds");
        say(scene, KILLER_BY_EARLYOOM, 12, "process 77 exited after 2.345 seconds");
        say(scene, KILLER_BY_EARLYOOM, 30, SENDING("SIGTERM", "77", "30")); /* a later process of that pid */
        say(scene, KILLER_BY_EARLYOOM, 31, SENDING("SIGTERM", "78", "30"));
        say(scene, KILLER_BY_EARLYOOM, 41, "kill failed: Timer expired");
        end(scene, 3);
        ck_assert_int_eq(scene->claims[0].first_signal, KILLER_SIGTERM);
        ck_assert_int_eq(scene->claims[0].signal, KILLER_SIGKILL);
        ck_assert_int_eq(scene->claims[0].outcome, KILLER_EXITED);
        ck_assert_int_eq(scene->claims[0].badness, 820);
        ck_assert_int_eq(scene->claims[0].sizes[KILLER_RSS], 20 * 1048576);
        ck_assert_int_eq(scene->claims[1].outcome, KILLER_OUTCOME_UNKNOWN);
        ck_assert_int_eq(scene->claims[2].outcome, KILLER_STAYED);
        ck_assert_int_eq(scene->claims[2].signal, KILLER_SIGTERM);
        scene_free(scene);
}
END_TEST

START_TEST(test_a_dry_run_is_no_kill)
{
        struct scene *scene = scene_new();

        say(scene, KILLER_BY_EARLYOOM, 0, "dryrun mode enabled, will not kill anything");
        for (int64_t i = 0; i < 3; i++) {
                say(scene, KILLER_BY_EARLYOOM, i, SENDING("SIGKILL", "77", "10"));
                say(scene, KILLER_BY_EARLYOOM, i, "dryrun, not actually sending any signal");
        }
        end(scene, 0);
        scene_free(scene);
}
END_TEST

static void say_status(struct scene *scene, int64_t seconds, const char *pid)
{
        char text[256];

        say(scene, KILLER_BY_NOHANG, seconds, ">>=== STARTING implement_corrective_action() ====>>");
        say(scene, KILLER_BY_NOHANG, seconds, "Victim status (found in 12ms):");
        (void)snprintf(text, sizeof(text),
                       "  PID:       %s, name: a, state: b, state: R (running), EUID: 5, SID: 1 (x), lifetime: 1s",
                       pid);
        say(scene, KILLER_BY_NOHANG, seconds, text);
        say(scene, KILLER_BY_NOHANG, seconds, "  badness:   911, oom_score:  910, oom_score_adj:  -3");
        say(scene, KILLER_BY_NOHANG, seconds, "  Vm, MiB:   Size: 9, RSS: 6 (Anon: 3, File: 2, Shmem: 1), Swap: 4");
        say(scene, KILLER_BY_NOHANG, seconds, "  cgroup_v1: ");
        say(scene, KILLER_BY_NOHANG, seconds, "  cgroup_v2: /w/a b.scope");
        say(scene, KILLER_BY_NOHANG, seconds, "  ancestry:  PID 7301 (ba) sh) <= PID 1 (systemd)");
}

START_TEST(test_nohang)
{
        struct scene *scene = scene_new();
        const struct killer_claim *claim = &scene->claims[0];

        say_status(scene, 5, "77");
        say(scene, KILLER_BY_NOHANG, 5, "  Sending SIGTERM to the victim");
        say(scene, KILLER_BY_NOHANG, 5, "OK; total response time: 31ms");
        say(scene, KILLER_BY_NOHANG, 5, "  [ OK ] Sending SIGTERM to a, state: b: 1");
        say(scene, KILLER_BY_NOHANG, 5, "The victim doesn't respond on corrective action in 3.0s");
        say(scene, KILLER_BY_NOHANG, 5, "<<=== FINISHING implement_corrective_action() ===<<");
        say_status(scene, 9, "77");
        say(scene, KILLER_BY_NOHANG, 9, "  Sending SIGKILL to the victim");
        say(scene, KILLER_BY_NOHANG, 9, "OK; total response time: 31ms");
        say_status(scene, 20, "78"); /* and then something else was done */
        say(scene, KILLER_BY_NOHANG, 20, "  Executing the command: true");
        say(scene, KILLER_BY_NOHANG, 20, "OK; total response time: 31ms");
        end(scene, 1);
        ck_assert_int_eq(claim->pid, 77);
        check_name(&claim->name, "a, state: b");
        ck_assert_int_eq(claim->uid, 5);
        ck_assert_int_eq(claim->badness, 911);
        ck_assert_int_eq(claim->oom_score_adj, -3);
        ck_assert_int_eq(claim->sizes[KILLER_ANON_RSS], 3 * 1048576);
        ck_assert_int_eq(claim->sizes[KILLER_SWAP], 4 * 1048576);
        check_cgroup(claim, "/w/a b.scope");
        ck_assert_uint_eq(claim->n_parents, 2);
        ck_assert_int_eq(claim->parents[1].pid, 1);
        ck_assert_int_eq(claim->first_signal, KILLER_SIGTERM);
        ck_assert_int_eq(claim->signal, KILLER_SIGKILL);
        scene_free(scene);
}
END_TEST

START_TEST(test_nohang_without_a_status)
{
        struct scene *scene = scene_new();

        say(scene, KILLER_BY_NOHANG, 5, "Process with highest badness (found in 12ms):");
        say(scene, KILLER_BY_NOHANG, 5, "  PID: 586, Name: renderer, badness: 858");
        say(scene, KILLER_BY_NOHANG, 5, "  Sending SIGKILL to the victim");
        say(scene, KILLER_BY_NOHANG, 5, "OK; total response time: 31ms");
        end(scene, 1);
        check_name(&scene->claims[0].name, "renderer");
        ck_assert_int_eq(scene->claims[0].badness, 858);
        scene_free(scene);
}
END_TEST

START_TEST(test_an_eviction_is_one_only_for_memory)
{
        struct scene *scene = scene_new();

        say(scene, KILLER_BY_KUBELET, 0,
            "I0302 11:20:07.250118    2301 eviction_manager.go:627] \"Eviction manager: pod is evicted "
            "successfully\" pod=\"shop/early\"");
        say(scene, KILLER_BY_KUBELET, 1,
            "\"Eviction manager: attempting to reclaim\" resourceName=\"ephemeral-storage\"");
        say(scene, KILLER_BY_KUBELET, 2, "\"Eviction manager: pod is evicted successfully\" pod=\"shop/disk\"");
        say(scene, KILLER_BY_KUBELET, 3,
            "I0302 11:20:07.250118    2301 eviction_manager.go:405] \"Eviction manager: must evict pod(s) to "
            "reclaim\" resourceName=\"memory\"");
        say(scene, KILLER_BY_KUBELET, 4, "\"Eviction manager: pod is evicted successfully\" pod=\"shop/cart-0\"");
        say(scene, KILLER_BY_KUBELET, 5, "eviction manager: attempting to reclaim memory");
        say(scene, KILLER_BY_KUBELET, 6, "eviction manager: pod cart-1_shop(0f6d1c9e) is evicted successfully");
        end(scene, 2);
        check_name(&scene->claims[0].pod, "shop/cart-0");
        check_name(&scene->claims[1].pod, "shop/cart-1");
        scene_free(scene);
}
END_TEST

#define TALOS(pod)                                                                                                     \
        "[talos] Sending SIGKILL to cgroup {\"controller\": \"runtime.OOMController\", \"cgroup\": "                   \
        "\"/sys/fs/cgroup/" pod "\"}"

START_TEST(test_the_same_cgroup_again_and_again)
{
        struct scene *scene = scene_new();

        for (int64_t i = 0; i < 20; i++)
                say(scene, KILLER_BY_KMSG, i, TALOS("a"));
        say(scene, KILLER_BY_KMSG, 20, TALOS("b"));
        say(scene, KILLER_BY_KMSG, 40, TALOS("a"));
        end(scene, 3);
        ck_assert_uint_eq(scene->claims[0].n_lines, 20);
        scene_free(scene);
}
END_TEST

START_TEST(test_more_claims_than_are_kept_open)
{
        struct killer_message message = { .by = KILLER_BY_EARLYOOM, .usec = KILLER_UNKNOWN_NUMBER };
        struct scene *scene = scene_new();
        size_t total = 0;

        for (unsigned i = 0; i < 3 * KILLER_OPEN_MAX; i++) {
                char text[128];

                (void)snprintf(text, sizeof(text), "sending SIGKILL to process %u uid 1 \"a\": badness 1, VmRSS 1 MiB",
                               i + 1);
                message.text = text_from(text);
                killer_tracker_push(scene->tracker, &message);
                total += scene->n_claims;
                scene->n_claims = 0;
        }
        ck_assert_uint_eq(total, 2 * KILLER_OPEN_MAX);
        killer_tracker_free(scene->tracker); /* what is open is dropped */
        free(scene);
}
END_TEST

TEST_MAIN("killer", CASE(test_kills_of_cgroups), CASE(test_kills_of_processes), CASE(test_what_is_no_kill),
          CASE(test_systemd_and_oomd_tell_of_one_kill), CASE(test_a_rule_that_names_what_was_watched),
          CASE(test_earlyoom_asks_again_and_then_kills), CASE(test_a_dry_run_is_no_kill), CASE(test_nohang),
          CASE(test_nohang_without_a_status), CASE(test_an_eviction_is_one_only_for_memory),
          CASE(test_the_same_cgroup_again_and_again), CASE(test_more_claims_than_are_kept_open))
