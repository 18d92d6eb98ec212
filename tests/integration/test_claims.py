#!/usr/bin/python3
"""What an alert says, over logs as people have them: filtered, cut, of machines where memory was free and could not be used.

Each case is a log, and what must and must not be said of it (docs/claims.md). OOMWATCH_BUILD: the directory with the programs."""

import json
import subprocess
import tempfile
import unittest

from alert_reader import read_alerts
from testbed import BUILD

OOMWATCH = BUILD / "oomwatch"

CPU = "CPU: 1 PID: 4711 Comm: app Not tainted 5.15.0-91-generic #101"
TRACE = ["Call Trace:", " <TASK>", " dump_stack_lvl+0x44/0x5c"]
TITLE_3_10 = "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name"
TITLE_5_X = "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
KILLED_TAIL = "total-vm:{0}kB, anon-rss:{1}kB, file-rss:4kB, shmem-rss:0kB, UID:1000 pgtables:400kB oom_score_adj:0"


def invoked(gfp, order=0, adj=0, comm="app"):
    return f"{comm} invoked oom-killer: gfp_mask={gfp}, order={order}, oom_score_adj={adj}"


def row(pid, rss, adj=0, comm="app", total_vm=400000, tgid=None):
    return f"[{pid:7}]  1000 {tgid or pid:5} {total_vm:8} {rss:8}   409600        0         {adj:5} {comm}"


def row_3_10(pid, rss, adj=0, comm="app"):
    return f"[{pid:5}]  1000 {pid:5} {400000:8} {rss:8}     100        0         {adj:5} {comm}"


def killed(pid, comm="app", words="Out of memory"):
    return f"{words}: Killed process {pid} ({comm}) " + KILLED_TAIL.format(1600000, 800000)


def summary(pid, comm="app", constraint="CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom", path="/a"):
    return f"oom-kill:constraint={constraint},task_memcg={path},task={comm},pid={pid},uid=1000"


MEMCG = "CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a"


def zone(name, free, low, high, present, more="", node="Node 0 "):
    return (f"{node}{name} free:{free}kB min:{low}kB low:{low}kB high:{high}kB present:{present}kB managed:{present}kB "
            f"mlocked:0kB bounce:0kB free_pcp:0kB local_pcp:0kB {more}")


def mem_info(free_kb, zones, ram_pages=1000000, cma_kb=0, more=()):
    """zones: lines of zones and of their reserves."""
    return ["Mem-Info:",
            f"active_anon:500000 inactive_anon:100 isolated_anon:0\n active_file:90 inactive_file:80 isolated_file:0\n"
            f" unevictable:0 dirty:0 writeback:0\n slab_reclaimable:900 slab_unreclaimable:5000\n"
            f" mapped:300 shmem:200 pagetables:2000 bounce:0\n free:{free_kb // 4} free_pcp:0 free_cma:{cma_kb // 4}",
            "Node 0 active_anon:2000000kB inactive_anon:400kB active_file:360kB inactive_file:320kB all_unreclaimable? yes",
            *zones, *more, "170 total pagecache pages", "Free swap  = 0kB", "Total swap = 0kB", f"{ram_pages} pages RAM",
            "0 pages HighMem/MovableOnly", "10000 pages reserved"]


def table(*rows, title=TITLE_5_X):
    return ["Tasks state (memory values in pages):", title, *rows]


GFP_KERNEL, GFP_MOVABLE = "0xcc0(GFP_KERNEL)", "0x100cca(GFP_HIGHUSER_MOVABLE)"
# 32-bit ARM: the zones above are hidden, there are no nodes.
ARM_ZONES = [zone("Normal", 3000, 3200, 4800, 780000, node=""), "lowmem_reserve[]: 0 9000 9000"]
# amd64 with a Movable zone, hidden too.
MOVABLE_ZONES = [zone("DMA", 11000, 60, 90, 15360), "lowmem_reserve[]: 0 1900 3900 9900 9900",
                 zone("DMA32", 9000, 9100, 13000, 1900000), "lowmem_reserve[]: 0 0 2000 8000 8000",
                 zone("Normal", 9000, 9100, 13000, 2000000), "lowmem_reserve[]: 0 0 0 6000 6000"]
BOARD_ZONES = [zone("DMA", 300000, 4000, 6000, 980000, "free_cma:297000kB"), "lowmem_reserve[]: 0 0 0"]
NODE_ZONES = [zone("Normal", 9000, 9100, 13000, 2000000), "lowmem_reserve[]: 0 0 0"]
USAGE = ["memory: usage 524288kB, limit 524288kB, failcnt 77", "swap: usage 0kB, limit 0kB, failcnt 0"]

# name: (lines, types, hints that are said, hints that are not, words that are said, words that are not, fields)
CASES = {
    # --- the size of a page, where only the kernel's release shows it
    "a release of x86": (
        [invoked("0x201da"), "CPU: 4 PID: 29481 Comm: app Not tainted 3.10.0-514.el7.x86_64 #1", *mem_info(161848, []), killed(313)],
        ["oom_kill"], [], [], ["158.1 MiB of the machine's"], [], {"memory.free_bytes": 161848 * 1024, "memory.page_size_bytes": 4096}),
    "a release that a process only names": (
        [invoked("0x201da", comm="a x86_64 #1"), "CPU: 4 PID: 29481 Comm: a x86_64 #1 Not tainted 6.1.0-powerpc64le-64k #1",
         *mem_info(161848, []), killed(313)],
        ["oom_kill"], [], [], [], ["of the machine's"], {"memory.page_size_bytes": None, "memory.free_bytes": None}),
    # --- nothing is concluded from what isn't there
    "announcements alone": (
        ["Out of memory: Kill process 312 (mysqld) score 312 or sacrifice child"],
        ["oom_no_victim"], [], [], ["No kill is in the log", "The kernel chose mysqld (pid 312)"], ["No kill followed", "may be killed"],
        {"source.complete": False, "source.missing": ["header", "killed", "memory"], "victim.pid": 312, "scope": "global"}),
    "a cgroup's announcement alone": (
        ["Memory cgroup out of memory: Kill process 313 (java) score 1975 or sacrifice child"],
        ["oom_no_victim"], [], [], ["No kill is in the log", "The kernel chose java (pid 313)"], ["No kill followed"],
        {"source.complete": False, "victim.pid": 313, "scope": "memcg"}),
    "2.6.18's announcement alone": (
        ["Out of Memory: Kill process 2901 (httpd) score 134 and children."],
        ["oom_no_victim"], [], [], ["No kill is in the log", "The kernel chose httpd (pid 2901)"], ["No kill followed"],
        {"source.complete": False, "victim.pid": 2901}),
    "an announcement, and another's kill": (
        ["Out of memory: Kill process 312 (mysqld) score 312 or sacrifice child",
         "Out of memory: Kill process 400 (httpd) score 12 or sacrifice child",
         "Killed process 400 (httpd) total-vm:4096kB, anon-rss:1024kB, file-rss:0kB"],
        ["oom_no_victim", "oom_kill"], [], [], ["The kernel chose mysqld (pid 312)"], ["No kill followed"], {}),
    "2.6.24 tried to kill init": (
        ["app invoked oom-killer: gfp_mask=0xd0, order=0, oomkilladj=0", "Out of memory: kill process 1 (init) score 21 or a child",
         "tried to kill init!"],
        ["oom_no_victim"], [], [], ["No kill followed", "went on without killing it"], ["No kill is in the log", "does not tell"],
        {"victim.pid": 1}),
    "Virtuozzo's rage": (
        [killed(10), "Rage kill process 11 (php)"],
        ["oom_kill", "oom_kill"], [], [], ["besides the one chosen (rage kill)"], ["shares the memory"], {}),
    "Virtuozzo's rage, and the kill before it is lost": (
        [*USAGE, "Memory cgroup out of memory: Kill process 10 (php) score 900 or sacrifice child", "Rage kill process 11 (cron)"],
        ["oom_kill"], [], [], ["cron was killed besides the one chosen (rage kill); the kernel chose php (pid 10), and the log does not "
                               "have the kill line of that."], ["No kill"], {"scope": "memcg", "victim.pid": 11}),
    "Virtuozzo's rage after a choice without its kill line": (
        [summary(10), "Rage kill process 11 (cron)"],
        ["oom_kill", "oom_kill"], [], [], ["besides the one chosen (rage kill)."], ["No kill", "did not print of what"],
        {"scope": "global", "victim.pid": 10, "source.missing": ["header", "killed", "memory", "tasks"]}),
    "one that shares memory, and the kill before it is lost": (
        ["Out of memory: Kill process 10 (php) score 900 or sacrifice child", "Kill process 11 (cron) sharing same memory"],
        ["oom_kill"], [], [], ["cron was killed because it shares the memory of another that was killed; the kernel chose php (pid 10)"],
        ["No kill", "did not print of what"], {"scope": "global", "victim.pid": 11}),
    "the log ends after the stack": (
        [invoked(GFP_KERNEL), CPU, *TRACE],
        ["oom_no_victim"], [], [], ["The log does not tell who was killed"], ["may be killed", "No kill followed"],
        {"source.complete": False, "source.missing": ["killed"]}),
    "the log ends after Mem-Info": (
        [invoked(GFP_MOVABLE), CPU, *TRACE, *mem_info(18000, NODE_ZONES)],
        ["oom_no_victim"], [], [], ["The log does not tell who was killed"], ["may be killed", "No kill followed"],
        {"source.complete": False, "candidates_total": None}),
    "the log ends in a table of exempt processes": (
        [invoked(GFP_KERNEL), CPU, *TRACE, *USAGE, *table(row(10, 90000, -1000), row(11, 40000, -1000))],
        ["oom_no_victim"], [], ["nobody_killable"], ["The log does not tell who was killed"], ["may be killed", "No kill followed"],
        {"source.complete": False, "candidates_total": None}),
    "nobody may be killed": (
        [invoked(GFP_KERNEL), CPU, *TRACE, *USAGE, *table(row(10, 90000, -1000), row(11, 40000, -1000)),
         "Out of memory and no killable processes..."],
        ["oom_no_victim"], ["nobody_killable"], ["processes_exempt"], ["No kill followed", "None of the processes there may be killed"], [],
        {"source.complete": True, "candidates_total": 2}),
    "nobody may be killed, and the table is filtered": (
        [invoked(GFP_KERNEL), *table(row(10, 90000, -1000)), "Out of memory and no killable processes..."],
        ["oom_no_victim"], [], ["nobody_killable"], ["The kernel found no process that it may kill"], ["None of the processes"],
        {"candidates_total": None}),
    "no figures of memory": (
        [invoked(GFP_KERNEL), CPU, *table(row(10, 90000)), summary(10), killed(10)],
        ["oom_kill"], [], [], ["the task table is not known to be whole"], ["the only process", "the most of"],
        {"candidates_total": None, "verdict.consistent": None}),
    "no header": (
        [*USAGE, *table(row(10, 90000), row(11, 10)), summary(10, constraint=MEMCG),
         killed(10, words="Memory cgroup out of memory")],
        ["oom_kill"], [], [], ["the task table is not known to be whole"], ["the only process", "the most of"],
        {"candidates_total": None, "verdict.consistent": None}),
    "no stack": (
        [invoked(GFP_KERNEL), *USAGE, *table(row(10, 90000)), summary(10, constraint=MEMCG),
         killed(10, words="Memory cgroup out of memory")],
        ["oom_kill"], [], [], [], ["the only process", "the most of"], {"candidates_total": None, "verdict.consistent": None}),
    "a whole report of one process": (
        [invoked(GFP_KERNEL), CPU, *TRACE, *USAGE, *table(row(10, 90000)), summary(10, constraint=MEMCG),
         killed(10, words="Memory cgroup out of memory")],
        ["oom_kill"], [], [], ["the only process to choose from"], [], {"candidates_total": 1, "verdict.consistent": True}),
    "a thread was named": (
        [invoked("0xd0"), CPU, "Task in /a killed as a result of limit of /a", USAGE[0], *table(row_3_10(10, 90000), title=TITLE_3_10),
         "Memory cgroup out of memory: Kill process 14 (worker) score 700 or sacrifice child",
         "Killed process 10 (app) total-vm:1600000kB, anon-rss:360000kB, file-rss:0kB"],
        ["oom_kill"], [], ["child_killed"], ["pid 14"], ["the only process to choose from", "its child"], {}),
    "a child was killed": (
        [invoked("0xd0"), CPU, "Task in /a killed as a result of limit of /a", USAGE[0],
         *table(row_3_10(10, 90000), row_3_10(12, 100, comm="sh"), title=TITLE_3_10),
         "Memory cgroup out of memory: Kill process 10 (app) score 700 or sacrifice child",
         "Killed process 12 (sh) total-vm:1600000kB, anon-rss:400kB, file-rss:0kB"],
        ["oom_kill"], ["child_killed"], [], ["its child sh (pid 12) was killed for it"], [], {}),
    "5.4 names the leader, and kills by a thread": (
        [invoked(GFP_KERNEL), CPU, *TRACE, *USAGE, *table(row(15, 90000, tgid=10)), summary(10, constraint=MEMCG),
         killed(15, words="Memory cgroup out of memory")],
        ["oom_kill"], [], ["child_killed"], [], ["its child"], {}),
    # --- memory was free, and could not be used
    "the low zone of a 32-bit machine": (
        [invoked(GFP_KERNEL, order=1), CPU, *TRACE, *mem_info(1203000, ARM_ZONES), *table(row(10, 90000)), summary(10), killed(10)],
        ["oom_kill"], ["zone_exhausted"], ["nodes_restricted", "page_cache_remains"],
        ["The allocation (GFP_KERNEL) can use only zone Normal, where 2.9 MiB is free and 3.1 MiB must stay free; 1.1 GiB is free in "
         "other zones."], [], {}),
    "below a Movable zone": (
        [invoked(GFP_KERNEL), CPU, *TRACE, *mem_info(829000, MOVABLE_ZONES), *table(row(10, 90000)), summary(10), killed(10)],
        ["oom_kill"], ["zone_exhausted"], ["nodes_restricted"], ["781.2 MiB is free in other zones"], [], {}),
    "an allocation that may use the Movable zone": (
        [invoked(GFP_MOVABLE), CPU, *TRACE,
         *mem_info(33000, MOVABLE_ZONES + [zone("Movable", 4000, 4100, 6000, 3000000), "lowmem_reserve[]: 0 0 0 0 0"]),
         *table(row(10, 90000)), summary(10), killed(10)],
        ["oom_kill"], [], ["zone_exhausted", "nodes_restricted"], [], [], {}),
    "2.6.24 with HighMem and a number for flags": (
        ["app invoked oom-killer: gfp_mask=0xd0, order=0, oomkilladj=0", " [<c0457a3a>] out_of_memory+0x72/0x1a3", "Mem-info:",
         "Active:120000 inactive:3000 dirty:0 writeback:0 unstable:0 free:400000 slab:150000 mapped:100 pagetables:900 bounce:0",
         "DMA free:3500kB min:68kB low:84kB high:100kB active:0kB inactive:0kB present:16256kB pages_scanned:0 all_unreclaimable? yes",
         "lowmem_reserve[]: 0 880 5000", "Normal free:3500kB min:3744kB low:4680kB high:5616kB active:30kB inactive:20kB "
         "present:889680kB pages_scanned:99 all_unreclaimable? yes", "lowmem_reserve[]: 0 0 33000",
         "HighMem free:1593000kB min:512kB low:4900kB high:9300kB active:470000kB inactive:12000kB present:4220000kB "
         "pages_scanned:0 all_unreclaimable? no", "lowmem_reserve[]: 0 0 0", "DMA: 1*4kB 1*8kB = 12kB", "Normal: 1*4kB = 4kB",
         "Free swap  = 1000kB", "Total swap = 2000kB", "1310720 pages of RAM", "1055000 pages of HIGHMEM", "20000 reserved pages",
         "Out of memory: kill process 5 (app) score 9 or a child", "Killed process 5 (app)"],
        ["oom_kill"], ["zone_exhausted"], ["nodes_restricted"],
        ["The allocation (GFP_KERNEL, 0xd0) can use only zone Normal and those below"], [], {}),
    "a number for flags that may mean anything": (
        [invoked("0x40d4"), CPU, *TRACE,
         *mem_info(700000, [zone("DMA", 3000, 3200, 4800, 15000), "lowmem_reserve[]: 0 0 7000 7000",
                            zone("Normal", 697000, 9000, 12000, 3000000), "lowmem_reserve[]: 0 0 0 0"]),
         *table(row_3_10(10, 90000), title=TITLE_3_10), "Out of memory: Kill process 10 (app) score 9 or sacrifice child",
         "Killed process 10 (app) total-vm:1600000kB, anon-rss:360000kB, file-rss:0kB"],
        ["oom_kill"], ["zone_exhausted"], [], ["The allocation (gfp_mask 0x40d4) can use only zone DMA"], ["GFP_KERNEL"], {}),
    "a board's CMA": (
        [invoked(GFP_KERNEL, order=2), CPU, *TRACE, *mem_info(300000, BOARD_ZONES, 250000, 297000), *table(row(10, 90000)), summary(10),
         killed(10)],
        ["oom_kill"], ["free_memory_is_cma"], ["nodes_restricted", "memory_fragmented"],
        ["The allocation (GFP_KERNEL) can't use contiguous memory areas (CMA), which have 290.0 MiB of the 293.0 MiB that is free."], [],
        {}),
    "SysRq says nothing of zones": (
        ["sysrq: Manual OOM execution", invoked(GFP_KERNEL, order=-1), CPU, *TRACE, *mem_info(1203000, ARM_ZONES),
         *table(row(10, 90000)), summary(10), killed(10)],
        ["oom_kill"], ["manual_request"], ["zone_exhausted", "nodes_restricted", "victim_frees_little"], [], [], {}),
    "a cpuset of one of two nodes": (
        [invoked(GFP_MOVABLE), CPU, *TRACE, *mem_info(909000, NODE_ZONES), *table(row(10, 90000)),
         summary(10, constraint="CONSTRAINT_CPUSET,nodemask=(null),cpuset=one,mems_allowed=0,global_oom"), killed(10)],
        ["oom_kill"], ["nodes_restricted"], ["zone_exhausted"], ["A cpuset keeps the allocation", "878.9 MiB is free on the others"], [],
        {"scope": "cpuset"}),
    # --- figures that measure nothing, or are lost
    "swap that is not accounted": (
        [invoked("0xd0"), CPU, "Task in /a killed as a result of limit of /a", USAGE[0],
         "memory+swap: usage 0kB, limit 9007199254740988kB, failcnt 0", *table(row_3_10(10, 90000), title=TITLE_3_10),
         "Memory cgroup out of memory: Kill process 10 (app) score 700 or sacrifice child",
         "Killed process 10 (app) total-vm:1600000kB, anon-rss:360000kB, file-rss:0kB"],
        ["oom_kill"], [], ["swap_full", "swap_not_allowed"], [], [], {"limit.usage_bytes": 524288 * 1024}),
    "a zone's line is lost": (
        [invoked(GFP_KERNEL), CPU, *TRACE,
         *mem_info(829000, [line for line in MOVABLE_ZONES if " DMA32 " not in line]), *table(row(10, 90000)), summary(10), killed(10)],
        ["oom_kill"], [], ["zone_exhausted", "nodes_restricted", "memory_fragmented"],
        ["809.6 MiB of the machine's 3.8 GiB were free"], [], {"memory.cut": True, "memory.free_bytes": 829000 * 1024}),
    "all at a kubelet's -998": (
        [invoked("0xd0", adj=-998), CPU, "Task in /a killed as a result of limit of /a",
         "memory: usage 1048576kB, limit 1048576kB, failcnt 9", "memory+swap: usage 1048576kB, limit 1048576kB, failcnt 20",
         *table(row_3_10(10, 90000, -998), row_3_10(11, 150000, -998), title=TITLE_3_10),
         "Memory cgroup out of memory: Kill process 10 (app) score 0 or sacrifice child",
         "Killed process 10 (app) total-vm:1600000kB, anon-rss:360000kB, file-rss:0kB"],
        ["oom_kill"], ["adjustment_hides_size"], [], ["so the choice is not by size"], [], {"verdict.consistent": True}),
    "-998 where a badness may be negative": (
        [invoked(GFP_KERNEL, adj=-998), CPU, *TRACE, *USAGE, "Memory cgroup stats for /a:", "anon 500000000", "percpu 12",
         *table(row(10, 90000, -998), row(11, 15000, -998)), summary(10, constraint=MEMCG),
         killed(10, words="Memory cgroup out of memory")],
        ["oom_kill"], [], ["adjustment_hides_size"], ["the most of 2 processes"], [], {"verdict.consistent": True}),
    # --- the new hints
    "a limit lowered below the usage": (
        [invoked(GFP_KERNEL, comm="app"), CPU, *TRACE, " memory_max_write+0xbf/0x1a0",
         "memory: usage 30880kB, limit 5120kB, failcnt 3", "swap: usage 0kB, limit 0kB, failcnt 0",
         *table(row(10, 7000)), summary(10, constraint=MEMCG), killed(10, words="Memory cgroup out of memory")],
        ["oom_kill"], ["limit_lowered"], ["trigger_not_victim"], ["5.0 MiB against 30.2 MiB; app (pid 4711) wrote it"], [], {}),
    "a limit hit by its own process": (
        [invoked(GFP_KERNEL), CPU, *TRACE, " ? memory_max_write+0xbf/0x1a0", *USAGE, *table(row(10, 90000)),
         summary(10, constraint=MEMCG), killed(10, words="Memory cgroup out of memory")],
        ["oom_kill"], [], ["limit_lowered"], [], [], {}),
    "graphics memory": (
        [invoked(GFP_MOVABLE), CPU, *TRACE,
         *(line.replace("all_unreclaimable? yes", "all_unreclaimable? yes Balloon:0kB gpu_active:1500000kB gpu_reclaim:0kB")
           for line in mem_info(18000, NODE_ZONES)), *table(row(10, 90000)), summary(10), killed(10)],
        ["oom_kill"], ["gpu_memory_dominates"], [], ["Graphics drivers use (gpu_active) 1.4 GiB, 37 % of the machine's memory"], [], {}),
    "writeback at the limit": (
        [invoked(GFP_KERNEL), CPU, *TRACE, *USAGE, "Memory cgroup stats for /a:", "anon 100000000", "file 400000000",
         "file_dirty 60000000", "file_writeback 20000000", *table(row(10, 20000)), summary(10, constraint=MEMCG),
         killed(10, words="Memory cgroup out of memory")],
        ["oom_kill"], ["writeback_pending", "page_cache_remains"], [], ["Dirty or being written is 76.3 MiB, 14 % of the limit"], [], {}),
}


def dig(alert, path):
    for key in path.split("."):
        alert = alert.get(key) if isinstance(alert, dict) else None
    return alert


class TestClaims(unittest.TestCase):
    def scan(self, lines):
        stamped = []
        for number, line in enumerate(lines):
            stamped += [f"[  100.{number:06}] {part}" for part in line.split("\n")]
        with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
            log.write("\n".join(stamped) + "\n")
            log.flush()
            done = subprocess.run([OOMWATCH, "scan", "--format", "json", log.name], capture_output=True, check=False)
        return read_alerts(done.stdout)

    def test_cases(self):
        for name, (lines, types, said, unsaid, words, no_words, fields) in CASES.items():
            with self.subTest(name):
                alerts = self.scan(lines)
                self.assertEqual([alert["type"] for alert in alerts], types)
                hints = {hint["code"] for alert in alerts for hint in dig(alert, "verdict.hints") or []}
                self.assertEqual([code for code in said if code not in hints], [], hints)
                self.assertEqual([code for code in unsaid if code in hints], [])
                text = json.dumps(alerts, ensure_ascii=False)
                for phrase in words:
                    self.assertIn(phrase, text)
                for phrase in no_words:
                    self.assertNotIn(phrase, text)
                for path, value in fields.items():
                    self.assertEqual(dig(alerts[0], path), value, path)


if __name__ == "__main__":
    unittest.main()
