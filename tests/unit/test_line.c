/* lib/parse/line.h: every form of every line that is read, and the near misses.
 *
 * Formats by version: mm/oom_kill.c, mm/memcontrol.c, drivers/tty/sysrq.c of 2.6.18 to 6.19 and of RHEL 4 to 9. */

#include "harness.h"
#include "parse/line.h"

#define UNKNOWN OOM_UNKNOWN
#define KB      1024LL

static struct oom_line line;

static void assert_text(struct text got, const char *expected, const char *text)
{
        if (!expected)
                ck_assert_msg(!got.data, "'%.*s' in: %s", (int)got.length, got.data, text);
        else
                ck_assert_msg(got.data && text_equal(got, text_from(expected)), "'%.*s' is not '%s' in: %s",
                              (int)got.length, got.data, expected, text);
}

START_TEST(test_invoked_forms)
{
        static const struct {
                const char *text, *comm;
                int64_t gfp_mask;
                const char *gfp_flags, *nodemask;
                int64_t order, adj;
        } cases[] = {
                { "oom-killer: gfp_mask=0x201d2, order=0", NULL, 0x201d2, NULL, NULL, 0, UNKNOWN },
                { "httpd invoked oom-killer: gfp_mask=0xd0, order=1, oomkilladj=-17", "httpd", 0xd0, NULL, NULL, 1,
                  UNKNOWN },
                { "httpd invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0", "httpd", 0x201da, NULL, NULL, 0,
                  UNKNOWN },
                { "a invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0, oom_score_adj=-5", "a", 0x201da, NULL,
                  NULL, 0, -5 },
                { "a b invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=1000", "a b", 0xd0, NULL, NULL, 0,
                  1000 },
                { "a invoked oom-killer: gfp_mask=0x24201ca(GFP_HIGHUSER_MOVABLE|__GFP_COLD), nodemask=0-1, order=0, "
                  "oom_score_adj=0",
                  "a", 0x24201ca, "GFP_HIGHUSER_MOVABLE|__GFP_COLD", "0-1", 0, 0 },
                { "a invoked oom-killer: gfp_mask=0x14200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null),  order=0, "
                  "oom_score_adj=0",
                  "a", 0x14200ca, "GFP_HIGHUSER_MOVABLE", "(null)", 0, 0 },
                { "a invoked oom-killer: gfp_mask=0x14200ca(GFP_HIGHUSER_MOVABLE), nodemask=0,2-3, order=0, "
                  "oom_score_adj=0",
                  "a", 0x14200ca, "GFP_HIGHUSER_MOVABLE", "0,2-3", 0, 0 },
                { "a invoked oom-killer: gfp_mask=0x0(), order=0, oom_score_adj=0", "a", 0, "", NULL, 0, 0 },
                { "kworker/1:3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0",
                  "kworker/1:3", 0xcc0, "GFP_KERNEL", NULL, -1, 0 },
                { " invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0", "", 0xcc0, "GFP_KERNEL",
                  NULL, 0, 0 },
                { "123456789012345 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=3, oom_score_adj=0",
                  "123456789012345", 0xcc0, "GFP_KERNEL", NULL, 3, 0 },
                { "a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL|0x40000000), order=0, oom_score_adj=0, tomorrow=x",
                  "a", 0xcc0, "GFP_KERNEL|0x40000000", NULL, 0, 0 },
        };
        static const char *const no[] = {
                "1234567890123456 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
                "a invoked oom-killer: no mask",
                "a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL, order=0",
                "a invoked oom-killer: gfp_mask=0xcc0, order=x",
                "a invoked oom-killer: gfp_mask=0xcc0 and more",
                "the a invoked oom-killer: no",
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == OOM_LINE_INVOKED, "%s", cases[i].text);
                assert_text(line.invoked.comm, cases[i].comm, cases[i].text);
                ck_assert_int_eq(line.invoked.gfp_mask, cases[i].gfp_mask);
                assert_text(line.invoked.gfp_flags, cases[i].gfp_flags, cases[i].text);
                assert_text(line.invoked.nodemask, cases[i].nodemask, cases[i].text);
                ck_assert_int_eq(line.invoked.order, cases[i].order);
                ck_assert_int_eq(line.invoked.oom_score_adj, cases[i].adj);
        }
        for (size_t i = 0; i < COUNT(no); i++)
                ck_assert_msg(oom_line_parse(text_from(no[i]), &line) != OOM_LINE_INVOKED, "%s", no[i]);
}
END_TEST

START_TEST(test_task_forms)
{
        static const struct {
                const char *text;
                int64_t pid;
                const char *comm;
        } cases[] = {
                { "Pid: 1234, comm: httpd Not tainted 2.6.32-504.el6.x86_64 #1", 1234, "httpd" },
                { "CPU: 1 PID: 352 Comm: hog Not tainted 6.1.0-56-amd64 #1  Debian 6.1.192-2", 352, "hog" },
                { "CPU: 0 PID: 1 Comm: systemd Tainted: G           OE    --------  ---  4.18.0 #1", 1, "systemd" },
                { "CPU: 0 PID: 9 Comm: a b c Kdump: loaded Not tainted 3.10.0 #1", 9, "a b c" },
                { "CPU: 3 UID: 1000 PID: 77 Comm: x Not tainted 6.12.0 #1", 77, "x" },
                { "CPU: 3 UID: 1000 PID: 77 Comm: x Not tainted 6.18.44 #1 PREEMPT(none) ", 77, "x" },
                { "CPU: 1 PID: 5 Comm: x Tainted: y Not tainted 6.1.0 #1", 5, "x Tainted: y" },
                { "CPU: 1 PID: 5 Comm:  Not tainted 6.1.0 #1", 5, "" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == OOM_LINE_TASK, "%s", cases[i].text);
                ck_assert_int_eq(line.task.pid, cases[i].pid);
                assert_text(line.task.comm, cases[i].comm, cases[i].text);
        }
        ck_assert_int_ne(oom_line_parse(TEXT("CPU: Intel(R) Xeon(R)"), &line), OOM_LINE_TASK);
        ck_assert_int_ne(oom_line_parse(TEXT("CPU: 1 PID: 5 Comm: 1234567890123456 Not tainted 6.1.0"), &line),
                         OOM_LINE_TASK);
}
END_TEST

#define SIZES3                                                                                                         \
        {                                                                                                              \
                4 * KB, 3 * KB, 2 * KB, UNKNOWN, UNKNOWN                                                               \
        }
#define SIZES4                                                                                                         \
        {                                                                                                              \
                4 * KB, 3 * KB, 2 * KB, 1 * KB, UNKNOWN                                                                \
        }
#define SIZES5                                                                                                         \
        {                                                                                                              \
                4 * KB, 3 * KB, 2 * KB, 1 * KB, 5 * KB                                                                 \
        }
#define NO_SIZES                                                                                                       \
        {                                                                                                              \
                UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN                                                            \
        }
#define MODERN " total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB, UID:1000 pgtables:5kB oom_score_adj:-250"

START_TEST(test_killed_forms)
{
        static const struct {
                const char *text;
                enum oom_scope scope;
                int64_t pid;
                const char *comm;
                int64_t uid, sizes[5], adj;
        } cases[] = {
                /* RHEL 4, 2.6.18, RHEL 5 */
                { "Out of Memory: Killed process 123 (httpd).", OOM_SCOPE_GLOBAL, 123, "httpd", UNKNOWN, NO_SIZES,
                  UNKNOWN },
                { "Out of memory: Killed process 123 (httpd).", OOM_SCOPE_GLOBAL, 123, "httpd", UNKNOWN, NO_SIZES,
                  UNKNOWN },
                { "No available memory (MPOL_BIND): Killed process 1 (x).", OOM_SCOPE_MEMPOLICY, 1, "x", UNKNOWN,
                  NO_SIZES, UNKNOWN },
                { "No available memory in cpuset: Killed process 1 (x).", OOM_SCOPE_CPUSET, 1, "x", UNKNOWN, NO_SIZES,
                  UNKNOWN },
                { "Out of memory: Killed process 123, UID 48, (httpd).", OOM_SCOPE_GLOBAL, 123, "httpd", 48, NO_SIZES,
                  UNKNOWN },
                /* 2.6.20 to 2.6.35 */
                { "Killed process 123 (httpd)", OOM_SCOPE_UNKNOWN, 123, "httpd", UNKNOWN, NO_SIZES, UNKNOWN },
                /* RHEL 6: the UID before the name */
                { "Killed process 9, UID 48, (httpd) total-vm:4kB, anon-rss:3kB, file-rss:2kB", OOM_SCOPE_UNKNOWN, 9,
                  "httpd", 48, SIZES3, UNKNOWN },
                { "Killed process 9, UID 48, (h) x) total-vm:4kB, anon-rss:3kB, file-rss:2kB", OOM_SCOPE_UNKNOWN, 9,
                  "h) x", 48, SIZES3, UNKNOWN },
                /* 2.6.36 to 4.4 */
                { "Killed process 9 (pengine) total-vm:4kB, anon-rss:3kB, file-rss:2kB", OOM_SCOPE_UNKNOWN, 9,
                  "pengine", UNKNOWN, SIZES3, UNKNOWN },
                /* RHEL 7: the UID after it */
                { "Killed process 9 (java), UID 54321, total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB",
                  OOM_SCOPE_UNKNOWN, 9, "java", 54321, SIZES4, UNKNOWN },
                { "Killed process 9 (x), UID 0, t), UID 7, total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB",
                  OOM_SCOPE_UNKNOWN, 9, "x), UID 0, t", 7, SIZES4, UNKNOWN },
                /* 4.5 to 5.0 */
                { "Killed process 9 (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB", OOM_SCOPE_UNKNOWN, 9,
                  "x", UNKNOWN, SIZES4, UNKNOWN },
                /* RHEL 8, 5.1 to 5.3 */
                { "Memory cgroup out of memory: Killed process 9 (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB, "
                  "shmem-rss:1kB",
                  OOM_SCOPE_MEMCG, 9, "x", UNKNOWN, SIZES4, UNKNOWN },
                /* 5.4 on */
                { "Out of memory: Killed process 9 (x)" MODERN, OOM_SCOPE_GLOBAL, 9, "x", 1000, SIZES5, -250 },
                { "Out of memory (oom_kill_allocating_task): Killed process 9 (x)" MODERN, OOM_SCOPE_GLOBAL, 9, "x",
                  1000, SIZES5, -250 },
                { "Memory cgroup out of memory: Killed process 9 (x)" MODERN, OOM_SCOPE_MEMCG, 9, "x", 1000, SIZES5,
                  -250 },
                { "Memory cgroup out of memory: Killed process 9 ()" MODERN, OOM_SCOPE_MEMCG, 9, "", 1000, SIZES5,
                  -250 },
                { "Memory cgroup out of memory: Killed process 9 (x) total-vm:1kB)" MODERN, OOM_SCOPE_MEMCG, 9,
                  "x) total-vm:1kB", 1000, SIZES5, -250 },
                { "Memory cgroup out of memory: Killed process 9 (nl\nOut of mem)" MODERN, OOM_SCOPE_MEMCG, 9,
                  "nl\nOut of mem", 1000, SIZES5, -250 },
                { "Memory cgroup out of memory: Killed process 9 ((sd-pam))" MODERN, OOM_SCOPE_MEMCG, 9, "(sd-pam)",
                  1000, SIZES5, -250 },
                { "Memory cgroup out of memory: Killed process 9 (next-build (v16)" MODERN, OOM_SCOPE_MEMCG, 9,
                  "next-build (v16", 1000, SIZES5, -250 },
                /* a message and a key of tomorrow */
                { "Dmem cgroup out of memory: Killed process 9 (x)" MODERN " new:1", OOM_SCOPE_UNKNOWN, 9, "x", 1000,
                  SIZES5, -250 },
                /* an unknown tail costs the sizes, not the kill */
                { "Out of memory: Killed process 9 (x) something new", OOM_SCOPE_GLOBAL, 9, "x", UNKNOWN, NO_SIZES,
                  UNKNOWN },
                /* a comm that looks like sizes, on a kernel that prints none */
                { "Killed process 9 (a) total-vm:1kB)", OOM_SCOPE_UNKNOWN, 9, "a) total-vm:1kB", UNKNOWN, NO_SIZES,
                  UNKNOWN },
        };
        static const char *const no[] = {
                "Killed process",
                "Killed process x (y)",
                "Killed process 9 x",
                "systemd[1]: Killed process 9 (x)" MODERN,
                "a.service: Killed process 9 (x)" MODERN,
                "x: y: Killed process 9 (x)" MODERN,
                "Something: Killed process 9 (x) was killed by somebody",
                "x Killed process 9 (x)" MODERN,
                "Killed process 99999999999 (x)",
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                const struct oom_line_process *got = &line.process;

                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == OOM_LINE_KILLED, "%s", cases[i].text);
                ck_assert_msg(got->scope == cases[i].scope && got->pid == cases[i].pid && got->uid == cases[i].uid,
                              "%s", cases[i].text);
                assert_text(got->comm, cases[i].comm, cases[i].text);
                ck_assert_msg(got->total_vm_bytes == cases[i].sizes[0] && got->anon_rss_bytes == cases[i].sizes[1] &&
                                      got->file_rss_bytes == cases[i].sizes[2] &&
                                      got->shmem_rss_bytes == cases[i].sizes[3] &&
                                      got->pgtables_bytes == cases[i].sizes[4] && got->oom_score_adj == cases[i].adj,
                              "%s", cases[i].text);
        }
        for (size_t i = 0; i < COUNT(no); i++)
                ck_assert_msg(oom_line_parse(text_from(no[i]), &line) != OOM_LINE_KILLED, "%s", no[i]);
}
END_TEST

START_TEST(test_other_lines_about_a_process)
{
        static const struct {
                const char *text;
                enum oom_line_kind kind;
                int64_t pid;
                const char *comm;
                int64_t score;
        } cases[] = {
                { "Out of Memory: Kill process 7 (x) score 123 and children.", OOM_LINE_ANNOUNCEMENT, 7, "x", 123 },
                { "Out of memory: kill process 7 (x) score 123 or a child", OOM_LINE_ANNOUNCEMENT, 7, "x", 123 },
                { "Out of memory: Kill process 7 (x) score 123 or sacrifice child", OOM_LINE_ANNOUNCEMENT, 7, "x",
                  123 },
                { "Memory cgroup out of memory: Kill process 7 (x) score 1) score 2 or sacrifice child",
                  OOM_LINE_ANNOUNCEMENT, 7, "x) score 1", 2 },
                { "No available memory (MPOL_BIND): kill process 7 (x) score 0 or a child", OOM_LINE_ANNOUNCEMENT, 7,
                  "x", 0 },
                { "Kill process 7 (x) sharing same memory", OOM_LINE_SHARING, 7, "x", UNKNOWN },
                { "Would have killed process 7 (x). But continuing instead.", OOM_LINE_WOULD_HAVE, 7, "x", UNKNOWN },
                { "Out of memory: OOM victim 7 (x) is already exiting. Skip killing the task", OOM_LINE_EXITING, 7, "x",
                  UNKNOWN },
                { "Memory cgroup out of memory: OOM victim 7 (x)) is already exiting. Skip killing the task",
                  OOM_LINE_EXITING, 7, "x)", UNKNOWN },
                { "oom_reaper: reaped process 7 (slow (exit)), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
                  OOM_LINE_REAPED, 7, "slow (exit)", UNKNOWN },
                { "oom_reaper: unable to reap pid:7 (x)", OOM_LINE_UNREAPABLE, 7, "x", UNKNOWN },
                { "oom killer 7 (x) has mm pinned by 8 (y)", OOM_LINE_PINNED, 7, "x", UNKNOWN },
                { "VM: killing process x", OOM_LINE_VM_KILLING, UNKNOWN, "x", UNKNOWN },
                { "Kill process 7 (x)", OOM_LINE_OTHER, 0, NULL, 0 },
                { "Out of memory: Kill process 7 (x) score or sacrifice child", OOM_LINE_OTHER, 0, NULL, 0 },
                { "oom_reaper: unable to reap pid:x (x)", OOM_LINE_OTHER, 0, NULL, 0 },
                { "oom_reaper: started", OOM_LINE_OTHER, 0, NULL, 0 },
                { "VM: killing process 1234567890123456", OOM_LINE_OTHER, 0, NULL, 0 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == cases[i].kind, "%s", cases[i].text);
                if (cases[i].kind == OOM_LINE_OTHER)
                        continue;
                ck_assert_msg(line.process.pid == cases[i].pid && line.process.score == cases[i].score, "%s",
                              cases[i].text);
                assert_text(line.process.comm, cases[i].comm, cases[i].text);
        }
}
END_TEST

/* OpenVZ and Virtuozzo, whose kernels name the container (mm/oom_kill.c of 2.6.32-042stab, of vzkernel 7 and 9). */
START_TEST(test_openvz_forms)
{
        static const struct {
                const char *text, *comm;
                enum oom_line_kind kind;
                enum oom_scope scope;
                int64_t total_vm_bytes, uid;
                const char *container;
        } cases[] = {
#define ROW(kind, scope, vm, uid, comm, container, text)                                                               \
        { text, comm, OOM_LINE_##kind, OOM_SCOPE_##scope, vm, uid, container }
                ROW(KILLED, UNKNOWN, 4 * KB, UNKNOWN, "npm", NULL,
                    "OOM killed process 9 (npm) vm:4kB, rss:3kB, swap:2kB"),
                ROW(KILLED, MEMCG, 4 * KB, UNKNOWN, "npm", "317592",
                    "Out of memory in UB 317592: OOM killed process 9 (npm) score 0 vm:4kB, rss:3kB, swap:2kB"),
                ROW(KILLED, GLOBAL, 4 * KB, UNKNOWN, "a) score 1", NULL,
                    "Out of memory: OOM killed process 9 (a) score 1) score 12 vm:4kB, rss:3kB, swap:2kB"),
                ROW(KILLED, UNKNOWN, 4 * KB, UNKNOWN, "x", "101",
                    "Killed process 9 (x) in VE \"101\" total-vm:4kB, anon-rss:3kB, file-rss:2kB, shmem-rss:1kB"),
                ROW(KILLED, MEMCG, 4 * KB, 1000, "x) VE \"1\"", NULL,
                    "Memory cgroup out of memory: Killed process 9 (x) VE \"1\") VE \"a b\"" MODERN),
                ROW(KILLED, MEMCG, 4 * KB, 1000, "x", "5f1a1e8c-shop.eu_1",
                    "Memory cgroup out of memory: Killed process 9 (x) VE \"5f1a1e8c-shop.eu_1\"" MODERN),
                ROW(SHARING, UNKNOWN, UNKNOWN, UNKNOWN, "x", "101",
                    "Kill process 9 (x) in VE \"101\" sharing same memory"),
                ROW(SHARING, UNKNOWN, UNKNOWN, UNKNOWN, "x)", NULL, "Rage kill process 9 (x))"),
#undef ROW
        };
        static const char *const no[] = {
                "OOM killed process x (pid=9, ve=101) exited, free=12345.",
                "Out of memory in UB 1x: OOM killed process 9 (npm) score 0 vm:4kB, rss:3kB, swap:2kB",
                "OOM killer in rage 2: 4 tasks killed",
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == cases[i].kind, "%s", cases[i].text);
                ck_assert_int_eq(line.process.pid, 9);
                ck_assert_int_eq(line.process.scope, cases[i].scope);
                ck_assert_int_eq(line.process.uid, cases[i].uid);
                ck_assert_int_eq(line.process.total_vm_bytes, cases[i].total_vm_bytes);
                assert_text(line.process.comm, cases[i].comm, cases[i].text);
                ck_assert_msg(text_equal(line.process.container, text_from(cases[i].container)), "%s", cases[i].text);
                ck_assert_int_eq(line.process.is_container_limit,
                                 text_starts(text_from(cases[i].text), TEXT("Out of memory in UB")));
        }
        for (size_t i = 0; i < COUNT(no); i++)
                ck_assert_msg(oom_line_parse(text_from(no[i]), &line) == OOM_LINE_OTHER, "%s", no[i]);
        ck_assert_int_eq(oom_line_parse(TEXT("OOM killed process 9 (npm) score 0 vm:4kB, rss:3kB, swap:2kB"), &line),
                         OOM_LINE_KILLED);
        ck_assert_int_eq(line.process.rss_bytes, 3 * KB);
        ck_assert_int_eq(line.process.swap_bytes, 2 * KB);
        ck_assert_int_eq(
                oom_line_parse(TEXT("CPU: 0 PID: 9 Comm: a b ve: 0f1e-long-id-of-it Tainted: G 5.14 #1"), &line),
                OOM_LINE_TASK);
        assert_text(line.task.comm, "a b", "ve:");
}
END_TEST

#define NO_CPUSET(constraint, rest) "oom-kill:constraint=CONSTRAINT_" constraint ",nodemask=(null)," rest
#define SUMMARY(constraint, rest)   "oom-kill:constraint=CONSTRAINT_" constraint ",nodemask=(null),cpuset=" rest

START_TEST(test_summary_forms)
{
        static const struct {
                const char *text;
                enum oom_constraint constraint;
                const char *cpuset, *limit, *task, *comm;
                int64_t pid, uid;
        } cases[] = {
                { SUMMARY("MEMCG", "/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=x,pid=7,uid=5"),
                  OOM_CONSTRAINT_MEMCG, "/", "/a", "/a/b", "x", 7, 5 },
                { SUMMARY("NONE", "/,mems_allowed=0-1,global_oom,task_memcg=/a,task=x,pid=7,uid=-2"),
                  OOM_CONSTRAINT_NONE, "/", NULL, "/a", "x", 7, 4294967294 },
                { SUMMARY("CPUSET", "job,mems_allowed=0,2-3,global_oom,task_memcg=/,task=x,pid=7,uid=0"),
                  OOM_CONSTRAINT_CPUSET, "job", NULL, "/", "x", 7, 0 },
                { "oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=0,2,cpuset=/"
                  ",mems_allowed=0-3,global_oom,task_memcg=/a,task=x,pid=7,uid=0",
                  OOM_CONSTRAINT_MEMORY_POLICY, "/", NULL, "/a", "x", 7, 0 },
                /* names with the words of the line in them */
                { SUMMARY("MEMCG", "/,mems_allowed=0,oom_memcg=/f/x,task=forged,pid=1,uid=0,task_memcg=/f/"
                                   "x,task=forged,pid=1,uid=0,task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "/f/x,task=forged,pid=1,uid=0", "/f/x,task=forged,pid=1,uid=0", "y", 7,
                  0 },
                { SUMMARY("MEMCG",
                          "/,mems_allowed=0,oom_memcg=/a,task_memcg=b,task_memcg=/a,task_memcg=b,task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "/a,task_memcg=b", "/a,task_memcg=b", "y", 7, 0 },
                { SUMMARY("MEMCG",
                          "/,mems_allowed=0,oom_memcg=/a,task_memcg=,task_memcg=/a,task_memcg=/b,task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "/a,task_memcg=", "/a,task_memcg=/b", "y", 7, 0 },
                { SUMMARY("MEMCG", "/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=a,b=c,pid=1,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "/a", "/a", "a,b=c,pid=1", 7, 0 },
                { SUMMARY("NONE", "x,mems_allowed=0,global_oom,task_memcg=,mems_allowed=1,global_oom,task_memcg=/"
                                  "a,task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_NONE, "x,mems_allowed=0,global_oom,task_memcg=", NULL, "/a", "y", 7, 0 },
                { SUMMARY("MEMCG", "x,oom_memcg=,mems_allowed=1,oom_memcg=/a,task_memcg=/a,task=,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "x,oom_memcg=", "/a", "/a", "", 7, 0 },
                { SUMMARY("MEMCG", "/,mems_allowed=0,oom_memcg=/,task_memcg=/a b\"\\,task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "/", "/a b\"\\", "y", 7, 0 },
                { SUMMARY("MEMCG", "/,mems_allowed=0,oom_memcg=/a\nb,task_memcg=/a\nb,task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "/a\nb", "/a\nb", "y", 7, 0 },
                /* what the kernel prints instead of a path */
                { SUMMARY("MEMCG",
                          "/,mems_allowed=0,oom_memcg=(name too long),task_memcg=(name too long),task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "(name too long)", "(name too long)", "y", 7, 0 },
                { SUMMARY("MEMCG", "/,mems_allowed=0,oom_memcg=(error),task_memcg=/a,task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "(error)", "/a", "y", 7, 0 },
                { SUMMARY("NONE", "/,mems_allowed=0,global_oom,task_memcg=(error),task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_NONE, "/", NULL, "(error)", "y", 7, 0 },
                /* without CONFIG_CPUSETS, without CONFIG_MEMCG, without both */
                { NO_CPUSET("NONE", "global_oom,task_memcg=/a b,task=x,pid=7,uid=5"), OOM_CONSTRAINT_NONE, NULL, NULL,
                  "/a b", "x", 7, 5 },
                { NO_CPUSET("MEMCG", "oom_memcg=/a,task_memcg=/a/b,task=x,pid=7,uid=5"), OOM_CONSTRAINT_MEMCG, NULL,
                  "/a", "/a/b", "x", 7, 5 },
                { NO_CPUSET("NONE", "task=x,pid=7,uid=5"), OOM_CONSTRAINT_NONE, NULL, NULL, NULL, "x", 7, 5 },
                { NO_CPUSET("NONE", "task=,pid=1,uid=0,pid=7,uid=5"), OOM_CONSTRAINT_NONE, NULL, NULL, NULL,
                  ",pid=1,uid=0", 7, 5 },
                { SUMMARY("NONE", "/,mems_allowed=0-1,task=x,pid=7,uid=5"), OOM_CONSTRAINT_NONE, "/", NULL, NULL, "x",
                  7, 5 },
                { SUMMARY("CPUSET", "job,mems_allowed=0,2,task=a/b,task=c,pid=7,uid=5"), OOM_CONSTRAINT_CPUSET, "job",
                  NULL, NULL, "a/b,task=c", 7, 5 },
                { SUMMARY("MEMCG",
                          "/,mems_allowed=0,oom_memcg=/a,mems_allowed=0,task=,task_memcg=/a,mems_allowed=0,task="
                          ",task=y,pid=7,uid=0"),
                  OOM_CONSTRAINT_MEMCG, "/", "/a,mems_allowed=0,task=", "/a,mems_allowed=0,task=", "y", 7, 0 },
                { "oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=0,2-3,global_oom,task_memcg=/a,task=x,pid=7,"
                  "uid=0",
                  OOM_CONSTRAINT_MEMORY_POLICY, NULL, NULL, "/a", "x", 7, 0 },
                { NO_CPUSET("NONE", "global_oom"), OOM_CONSTRAINT_NONE, NULL, NULL, NULL, NULL, UNKNOWN, UNKNOWN },
                /* cut off */
                { SUMMARY("MEMCG", "/,mems_allowed=0,oom_memcg=/a"), OOM_CONSTRAINT_MEMCG, "/", NULL, NULL, NULL,
                  UNKNOWN, UNKNOWN },
                { SUMMARY("MEMCG", "/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/b"), OOM_CONSTRAINT_MEMCG, "/", "/a",
                  NULL, NULL, UNKNOWN, UNKNOWN },
                { "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)", OOM_CONSTRAINT_NONE, NULL, NULL, NULL, NULL,
                  UNKNOWN, UNKNOWN },
                { "oom-kill:constraint=CONSTRAINT_TOMORROW,nodemask=(null),cpuset=/"
                  ",mems_allowed=0,global_oom,task_memcg=/a,task=y,pid=7,uid=0",
                  OOM_CONSTRAINT_UNKNOWN, "/", NULL, "/a", "y", 7, 0 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                const struct oom_line_summary *got = &line.summary;

                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == OOM_LINE_SUMMARY, "%s", cases[i].text);
                ck_assert_msg(got->constraint == cases[i].constraint && got->pid == cases[i].pid &&
                                      got->uid == cases[i].uid,
                              "%s", cases[i].text);
                assert_text(got->cpuset, cases[i].cpuset, cases[i].text);
                assert_text(got->limit_memcg, cases[i].limit, cases[i].text);
                assert_text(got->task_memcg, cases[i].task, cases[i].text);
                assert_text(got->comm, cases[i].comm, cases[i].text);
        }
        ck_assert_int_eq(oom_line_parse(TEXT("oom-kill:constraint=CONSTRAINT_NONE"), &line), OOM_LINE_OTHER);
        ck_assert_int_eq(oom_line_parse(TEXT("x oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)"), &line),
                         OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_uid_of_the_kill_line_has_a_range)
{
        static const struct {
                const char *text;
                int64_t uid;
        } cases[] = {
                { "Killed process 9 (x) total-vm:4kB, anon-rss:3kB, UID:-2 pgtables:1kB oom_score_adj:0", 4294967294 },
                { "Killed process 9 (x) total-vm:4kB, anon-rss:3kB, UID:4294967295 pgtables:1kB oom_score_adj:0",
                  4294967295 },
                { "Killed process 9 (x) total-vm:4kB, anon-rss:3kB, UID:4294967296 pgtables:1kB oom_score_adj:0",
                  UNKNOWN },
                { "Killed process 9, UID -2, (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB", 4294967294 },
                { "Killed process 9, UID -4294967297, (x) total-vm:4kB, anon-rss:3kB, file-rss:2kB", UNKNOWN },
                { "Killed process 9 (x), UID -1, total-vm:4kB, anon-rss:3kB, file-rss:2kB", 4294967295 },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == OOM_LINE_KILLED, "%s", cases[i].text);
                ck_assert_msg(line.process.uid == cases[i].uid, "%s", cases[i].text);
        }
}
END_TEST

START_TEST(test_summary_split_with_the_comm_of_the_kill_line)
{
        struct text both = TEXT("/f/x,task=a,task=b"), path;

        ck_assert(oom_summary_split(both, TEXT("b"), &path));
        ck_assert(text_equal(path, TEXT("/f/x,task=a")));
        ck_assert(oom_summary_split(both, TEXT("a,task=b"), &path));
        ck_assert(text_equal(path, TEXT("/f/x")));
        ck_assert(!oom_summary_split(both, TEXT("c"), &path));
}
END_TEST

START_TEST(test_memcg_headings_and_group)
{
        static const struct {
                const char *text, *task, *limit;
        } cases[] = {
                { "Task in /a/b killed as a result of limit of /a", "/a/b", "/a" },
                { "Task in / killed as a result of limit of /", "/", "/" },
                { "Memory limit reached of cgroup /a b", NULL, "/a b" },
                { "Task in /x killed as a result of limit of /y/z killed as a result of limit of /x killed as a result "
                  "of limit of /y",
                  "/x killed as a result of limit of /y/z", "/x killed as a result of limit of /y" },
                { "Task in <name too long> killed as a result of limit of /a", "<name too long>", "/a" },
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == OOM_LINE_LIMIT, "%s", cases[i].text);
                assert_text(line.limit.task_memcg, cases[i].task, cases[i].text);
                assert_text(line.limit.limit_memcg, cases[i].limit, cases[i].text);
        }
        ck_assert_int_eq(oom_line_parse(TEXT("Task in /a killed as a result of"), &line), OOM_LINE_OTHER);
        ck_assert_int_eq(
                oom_line_parse(TEXT("Tasks in /a b are going to be killed due to memory.oom.group set"), &line),
                OOM_LINE_GROUP);
        assert_text(line.group_memcg, "/a b", "group");
        ck_assert_int_eq(oom_line_parse(TEXT("Tasks in /a"), &line), OOM_LINE_OTHER);
}
END_TEST

START_TEST(test_kinds)
{
        static const struct {
                const char *text;
                enum oom_line_kind kind;
        } cases[] = {
                { "SysRq : Manual OOM execution", OOM_LINE_SYSRQ },
                { "sysrq: SysRq : Manual OOM execution", OOM_LINE_SYSRQ },
                { "sysrq: Manual OOM execution", OOM_LINE_SYSRQ },
                { "sysrq: OOM request ignored because killer is disabled", OOM_LINE_SYSRQ_IGNORED },
                { "sysrq: OOM request ignored. No task eligible", OOM_LINE_SYSRQ_IGNORED },
                { "oom_kill_process: 11 callbacks suppressed", OOM_LINE_SUPPRESSED },
                { "__ratelimit: 3 callbacks suppressed", OOM_LINE_SUPPRESSED },
                { "oom_kill_process: many callbacks suppressed", OOM_LINE_OTHER },
                { "Out of memory and no killable processes...", OOM_LINE_NO_KILLABLE },
                { "Out of memory and no killable processes...\n", OOM_LINE_NO_KILLABLE },
                { "Out of memory and no killable processes... or so", OOM_LINE_OTHER },
                { "sysrq: Manual OOM execution by x", OOM_LINE_OTHER },
                { "Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled", OOM_LINE_PANIC },
                { "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n", OOM_LINE_PANIC },
                { "Kernel panic - not syncing: System is deadlocked on memory", OOM_LINE_PANIC },
                { "Kernel panic - not syncing: Out of memory and no killable processes...\n", OOM_LINE_PANIC },
                { "Kernel panic - not syncing: out of memory. panic_on_oom is selected\n", OOM_LINE_PANIC },
                { "Kernel panic - not syncing: out of memory. Compulsory panic_on_oom is selected.", OOM_LINE_PANIC },
                { "Kernel panic - not syncing: out of memory from page fault. panic_on_oom is selected.",
                  OOM_LINE_PANIC },
                { "Kernel panic - not syncing: Attempted to kill init!", OOM_LINE_OTHER },
                { "x cpuset=/ mems_allowed=0", OOM_LINE_CPUSET },
                { "OOM killer disabled.", OOM_LINE_OTHER },
                { "OOM killer enabled.", OOM_LINE_OTHER },
                { "x: page allocation failure: order:4, mode:0x40dc0(GFP_KERNEL), "
                  "nodemask=(null),cpuset=/,mems_allowed=0",
                  OOM_LINE_FAILURE },
                { "Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF", OOM_LINE_OTHER },
                { "", OOM_LINE_OTHER },
                { "tried to kill init!", OOM_LINE_TRIED },
                { "tried to kill an mm-less task!\n", OOM_LINE_TRIED },
                { "tried to kill init! or so", OOM_LINE_OTHER },
                { "Mem-Info:", OOM_LINE_MEM_INFO },
                { "active_anon:1 inactive_anon:2\n isolated_file:0", OOM_LINE_COUNTERS },
                { "Tasks state (memory values in pages):", OOM_LINE_TASKS_STATE },
                { "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name", OOM_LINE_TASKS_HEADER },
                { "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
                  OOM_LINE_TASKS_HEADER },
                { "memory: usage 8192kB, limit 8192kB, failcnt 473", OOM_LINE_MEMCG_USAGE },
                { "Memory cgroup stats for /f/plain:", OOM_LINE_MEMCG_STATS },
                { " memory_max_write+0xbf/0x1a0", OOM_LINE_FRAME },
                { "  memory_max_write.cold+0x1/0x2", OOM_LINE_FRAME },
                { " [<ffffffff811e2a1b>] mem_cgroup_resize_limit+0xeb/0x160", OOM_LINE_FRAME },
                { " mem_cgroup_resize_max.isra.0+0xeb/0x160", OOM_LINE_FRAME },
                { " moom_callback+0x8a/0xb0", OOM_LINE_FRAME },
                { " ? memory_max_write+0xbf/0x1a0", OOM_LINE_OTHER }, /* left on the stack by another call */
                { " memory_max_write_x+0xbf/0x1a0", OOM_LINE_OTHER },
                { " memory_max_write", OOM_LINE_OTHER },
                { " mem_cgroup_out_of_memory+0xe2/0xf0", OOM_LINE_OTHER },
                { "memory_max_write+0xbf/0x1a0", OOM_LINE_OTHER },
                { " [<ffffffff811e2a1b>] out_of_memory+0xeb/0x160", OOM_LINE_STACK },
        };

        for (size_t i = 0; i < COUNT(cases); i++)
                ck_assert_msg(oom_line_parse(text_from(cases[i].text), &line) == cases[i].kind, "%s", cases[i].text);
}
END_TEST

TEST_MAIN("line", CASE(test_invoked_forms), CASE(test_task_forms), CASE(test_uid_of_the_kill_line_has_a_range),
          CASE(test_killed_forms), CASE(test_other_lines_about_a_process), CASE(test_openvz_forms),
          CASE(test_summary_forms), CASE(test_summary_split_with_the_comm_of_the_kill_line),
          CASE(test_memcg_headings_and_group), CASE(test_kinds))
