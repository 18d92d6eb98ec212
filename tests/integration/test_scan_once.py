#!/usr/bin/python3
"""oomwatch scan makes one incident of what is one: logs that are newest first, panics, reports that the kernel printed slowly, reports
without a victim that say the same again and again, and a limit that was set below the usage.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from alert_reader import read_alerts
from testbed import BUILD

OOMWATCH = BUILD / "oomwatch"

HEAD = """\
postgres invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
CPU: 3 PID: 4411 Comm: postgres Not tainted 6.6.31 #1
Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2-1 04/01/2014
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 out_of_memory+0x22/0x30
 </TASK>
Mem-Info:
active_anon:621 inactive_anon:93104 isolated_anon:0
 active_file:15 inactive_file:5 isolated_file:0
 free:1095 free_pcp:0 free_cma:0
Node 0 active_anon:2484kB inactive_anon:372416kB active_file:60kB inactive_file:20kB unevictable:0kB mapped:60kB shmem:612kB
0 pages in swap cache
Free swap  = 0kB
Total swap = 0kB
250000 pages RAM
0 pages HighMem/MovableOnly
8000 pages reserved
Tasks state (memory values in pages):
[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name""".splitlines()

MACHINE = HEAD + """\
[   3310]   120  3310   225804   175888  1650688        0            50 mailerd
[    812]     0   812     2400      300    40960        0             0 cron
oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/mailer.service,\
task=mailerd,pid=3310,uid=120
Out of memory: Killed process 3310 (mailerd) total-vm:903216kB, anon-rss:701480kB, file-rss:2048kB, shmem-rss:24kB, UID:120 \
pgtables:1612kB oom_score_adj:50""".splitlines()

# 4.19: "Task in", an announcement, a line of statistics for each cgroup
CONTAINER = """\
java invoked oom-killer: gfp_mask=0x6000c0(GFP_KERNEL), nodemask=(null), order=0, oom_score_adj=0
java cpuset=jobs mems_allowed=0
CPU: 1 PID: 9100 Comm: java Not tainted 4.19.0-25-amd64 #1 Debian 4.19.289-2
Call Trace:
 dump_stack+0x66/0x81
 oom_kill_process.cold.30+0xb/0x1cf
Task in /jobs/a killed as a result of limit of /jobs
memory: usage 524288kB, limit 524288kB, failcnt 120
memory+swap: usage 0kB, limit 9007199254740988kB, failcnt 0
kmem: usage 0kB, limit 9007199254740988kB, failcnt 0
Memory cgroup stats for /jobs: cache:0KB rss:0KB inactive_anon:0KB active_anon:0KB inactive_file:0KB active_file:0KB unevictable:0KB
Memory cgroup stats for /jobs/a: cache:12KB rss:524100KB inactive_anon:0KB active_anon:524100KB inactive_file:0KB active_file:0KB unevictable:0KB
Tasks state (memory values in pages):
[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[   9100]  1000  9100   400000   131000  1650688        0             0 java
[   9150]  1000  9150     2400      300    40960        0             0 sh
Memory cgroup out of memory: Kill process 9100 (java) score 998 or sacrifice child
Killed process 9100 (java) total-vm:1600000kB, anon-rss:520000kB, file-rss:4000kB, shmem-rss:0kB""".splitlines()

GROUP_KILL = "Memory cgroup out of memory: Killed process 701 (worker) total-vm:80000kB, anon-rss:63600kB, file-rss:400kB, " \
             "shmem-rss:0kB, UID:1000 pgtables:176kB oom_score_adj:0"
GROUP = """\
worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
CPU: 1 PID: 701 Comm: worker Not tainted 6.12.5 #1
Call Trace:
 <TASK>
 oom_kill_process+0x10/0x20
 </TASK>
memory: usage 65536kB, limit 65536kB, failcnt 33
swap: usage 0kB, limit 0kB, failcnt 0
Memory cgroup stats for /work.slice/pool.service:
anon 66060288
file 0
Tasks state (memory values in pages):
[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
[    701]  1000   701    20000    16000    15900      100         0   180224        0             0 worker
[    702]  1000   702     3000      200      100      100         0    61440        0             0 helper
oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/work.slice/pool.service,\
task_memcg=/work.slice/pool.service,task=worker,pid=701,uid=1000""".splitlines() + [
    GROUP_KILL,
    "Tasks in /work.slice/pool.service are going to be killed due to memory.oom.group set",
    GROUP_KILL,
    "Memory cgroup out of memory: Killed process 702 (helper) total-vm:12000kB, anon-rss:400kB, file-rss:400kB, shmem-rss:0kB, UID:1000 "
    "pgtables:60kB oom_score_adj:0"]

NOBODY = "Out of memory and no killable processes..."
UNKILLABLE = ["[    601]     0   601     4185      806    73728      357         -1000 sshd",
              "[    602]     0   602     9498      640    94208     1000         -1000 systemd-udevd"]
AFTER_PANIC = ["CPU: 3 PID: 4411 Comm: postgres Not tainted 6.6.31 #1", "Call Trace:", " <TASK>", " panic+0x100/0x300",
               " out_of_memory+0x22/0x30", " </TASK>", "Kernel Offset: disabled"]


def panic(why, said_first):
    """The kernel says that nobody may be killed, and panics; or panics at once, when it was told to."""
    return HEAD + UNKILLABLE + said_first + [f"Kernel panic - not syncing: {why}"] + AFTER_PANIC + [
        f"---[ end Kernel panic - not syncing: {why} ]---"]


PANICS = {
    "nobody to kill": panic("System is deadlocked on memory", [NOBODY]),
    "always": panic("Out of memory: compulsory panic_on_oom is enabled", []),
    "but for cpusets": panic("Out of memory: system-wide panic_on_oom is enabled", []),
    "3.10": ["bash invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0", "CPU: 0 PID: 44 Comm: bash Not tainted 3.10.0", "Mem-Info:",
             "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
             "[  444]     0   444     1000       20       5        0         -1000 sshd",
             "Kernel panic - not syncing: Out of memory and no killable processes...", "", "Pid: 44, comm: bash Not tainted 3.10.0"],
}


def unkillable(form="6.12", comm="svc", pid=315, cgroup="/system.slice/stuck.service"):
    """A report of a cgroup where nobody may be killed."""
    head = [f"{comm} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=-1000",
            f"CPU: 1 PID: {pid} Comm: {comm} Not tainted {form} #1", "Call Trace:", " <TASK>", " mem_cgroup_out_of_memory+0x10/0x20", " </TASK>"]
    usage = ["memory: usage 8192kB, limit 8192kB, failcnt 33"]
    if form == "6.12":
        usage += ["swap: usage 0kB, limit 0kB, failcnt 0", f"Memory cgroup stats for {cgroup}:", "anon 8318976", "file 0"]
    else:
        usage += ["memory+swap: usage 8192kB, limit 9007199254740988kB, failcnt 0", "kmem: usage 0kB, limit 9007199254740988kB, failcnt 0",
                  f"Memory cgroup stats for {cgroup}: cache:0KB rss:8124KB inactive_anon:0KB active_anon:8124KB unevictable:0KB",
                  f"Memory cgroup stats for {cgroup}/below: cache:0KB rss:0KB inactive_anon:0KB active_anon:0KB unevictable:0KB"]
    if form == "4.9":
        usage.insert(0, f"Memory limit reached of cgroup {cgroup}")
    return head + usage + ["Tasks state (memory values in pages):",
                           "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
                           f"[{pid:7d}]     0 {pid:5d}     2400     2031    61440        0         -1000 {comm}", NOBODY]


def lowered(pid, writer="systemd", writer_pid=1, cgroup="/system.slice/big.service"):
    """A report of a limit that was set below the usage; pid: who is killed for it; None: nobody is left."""
    lines = [f"{writer} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
             f"CPU: 0 PID: {writer_pid} Comm: {writer} Not tainted 6.12.5 #1", "Call Trace:", " <TASK>", " memory_max_write+0x1a5/0x250", " </TASK>",
             "memory: usage 40960kB, limit 8192kB, failcnt 0", "swap: usage 0kB, limit 0kB, failcnt 0", f"Memory cgroup stats for {cgroup}:",
             "anon 41000000", "file 0", "Tasks state (memory values in pages):",
             "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"]
    if pid is None:
        return lines + [NOBODY]
    return lines + [
        f"[{pid:7d}]     0 {pid:5d}    12400    10031    61440        0             0 big",
        f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg={cgroup},task_memcg={cgroup},task=big,pid={pid},uid=0",
        f"Memory cgroup out of memory: Killed process {pid} (big) total-vm:49600kB, anon-rss:39000kB, file-rss:1124kB, shmem-rss:0kB, UID:0 "
        "pgtables:60kB oom_score_adj:0"]


# ---- logs of them --------------------------------------------------------------------------------------------------------

def is_of_line_before(line):
    """The summary of memory is one record of several lines, which have one stamp."""
    return line.startswith((" active_file:", " free:"))


def dmesg(lines, pause_before=None, pause_sec=0.0):
    sec, log = 1000.0, []
    for number, line in enumerate(lines):
        sec += 0 if is_of_line_before(line) else 0.001 + (pause_sec if number == pause_before else 0)
        log.append(f"[{sec:13.6f}] {line}")
    return log


def syslog(lines, host="hub", time="Jun 13 09:14:58"):
    return [f"{time} {host} kernel: {line}" for line in lines]


def iso(lines):
    return [f"2026-06-13T09:14:58.{number:06d}+02:00 hub kernel: {line}" for number, line in enumerate(lines)]


def journal_json(lines):
    return [json.dumps({"__REALTIME_TIMESTAMP": str(1780000000000000 + number), "_TRANSPORT": "kernel", "_HOSTNAME": "hub",
                        "SYSLOG_IDENTIFIER": "kernel", "PRIORITY": "4", "MESSAGE": record})
            for number, record in enumerate(re.split(r"\n(?! active_file:| free:)", "\n".join(lines)))]


def bare(lines):
    return lines


def cut(lines):
    return [line[:100] for line in syslog(lines)]


FORMS = (dmesg, syslog, iso, journal_json, bare, cut)


def scan(*logs):
    """The alerts of logs, each a list of lines."""
    with tempfile.TemporaryDirectory() as directory:
        for number, lines in enumerate(logs):
            pathlib.Path(directory, f"{number}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run([OOMWATCH, "scan", "--format", "json", directory], capture_output=True, check=False)
    return read_alerts(done.stdout)


def what(alerts):
    """All but where and when it was printed, and what is made of that."""
    return [{name: value for name, value in alert.items() if name not in ("id", "time", "source", "group", "recurrence", "summary")}
            for alert in alerts]


def kinds(alerts):
    return [alert["type"].removeprefix("oom_") for alert in alerts]


class OnceTest(unittest.TestCase):
    maxDiff = None


class NewestFirstTest(OnceTest):
    def test_every_form(self):
        for name, report, kills in (("machine", MACHINE, 1), ("container", CONTAINER, 1), ("group", GROUP, 2)):
            for form in FORMS:
                with self.subTest(report=name, form=form.__name__):
                    expected = scan(form(report))
                    self.assertEqual(kinds(expected), ["kill"] * kills)
                    self.assertEqual(what(scan(form(report)[::-1])), what(expected))

    def test_a_table_of_a_viewer(self):
        rows = [f'"2026-06-13T09:14:58.000+0200","hub","Jun 13 09:14:58 hub kernel: {line}"' for line in MACHINE]
        (alert,) = scan(['"_time","host","_raw"'] + rows[::-1])
        self.assertEqual((alert["victim"]["uid"], alert["candidates_total"], alert["trigger"]["pid"]), (120, 2, 4411))

    def test_reports_of_more_hosts_than_are_held(self):
        lines = [line for number in range(20) for line in syslog(MACHINE, f"host{number}")]
        alerts = scan(lines[::-1])
        self.assertEqual(kinds(alerts), ["kill"] * 20)
        self.assertEqual({alert["candidates_total"] for alert in alerts}, {2})

    def test_two_hosts_at_a_time(self):
        lines = [line for pair in zip(syslog(MACHINE, "a"), syslog(GROUP, "b")) for line in pair]
        lines += syslog(MACHINE, "a")[len(GROUP):]
        self.assertEqual(sorted(alert["victim"]["pid"] for alert in scan(lines[::-1])), [701, 702, 3310])

    def test_over_the_end_of_a_year(self):
        lines = [f"{time} hub kernel: {MACHINE[-1].replace('3310', str(pid))}"
                 for pid, time in ((14, "Feb  3 10:00:00"), (13, "Jan 13 10:00:00"), (12, "Dec 30 10:00:00"), (11, "Dec  1 10:00:00"))]
        years = [int(alert["time"][:4]) for alert in scan(lines)]
        self.assertEqual(years, [years[3] - 1, years[3] - 1, years[3], years[3]])
        self.assertEqual(what(scan(lines)), what(scan(lines[::-1])))

    def test_panics_and_storms(self):
        for name, lines in (*PANICS.items(), ("storm", unkillable() * 20), ("lowered", lowered(900) + lowered(None))):
            with self.subTest(name):
                expected = scan(dmesg(lines))
                self.assertEqual(len(expected), 1)
                self.assertEqual(what(scan(dmesg(lines)[::-1])), what(expected))


class PanicTest(OnceTest):
    def test_each_kind_of_panic(self):
        for name, lines in PANICS.items():
            for form in (dmesg, syslog, bare):
                with self.subTest(name, form=form.__name__):
                    (alert,) = scan(form(lines))
                    self.assertEqual((alert["type"], alert["severity"]), ("oom_panic", "critical"))
                    self.assertEqual(alert["trigger"]["pid"], 44 if name == "3.10" else 4411)

    def test_a_kill_before_it_is_another(self):
        self.assertEqual(kinds(scan(dmesg(MACHINE + PANICS["nobody to kill"]))), ["kill", "panic"])

    def test_a_storm_of_a_cgroup_before_it_is_another(self):
        alerts = scan(dmesg(unkillable() * 5 + PANICS["nobody to kill"]))
        self.assertEqual(kinds(alerts), ["no_victim", "panic"])
        self.assertEqual(alerts[0]["recurrence"]["count"], 5)

    def test_slowly_printed(self):
        lines = PANICS["nobody to kill"]
        for pause_sec in (20, 75, 300):
            self.assertEqual(kinds(scan(dmesg(lines, lines.index(NOBODY) + 1, pause_sec))), ["panic"], pause_sec)

    def test_two_logs_of_it(self):
        lines = PANICS["nobody to kill"]
        self.assertEqual(kinds(scan(dmesg(lines), syslog(lines))), ["panic"])

    def test_a_log_that_lost_the_panic(self):
        for name, lines in PANICS.items():
            end = next(number for number, line in enumerate(lines) if "Kernel panic" in line)
            for ours, other in ((syslog, syslog), (dmesg, syslog), (iso, syslog), (iso, dmesg)):
                for form, logs in (("first", (ours(lines[:end]), other(lines))), ("last", (other(lines), ours(lines[:end])))):
                    with self.subTest(name, order=form, forms=(ours.__name__, other.__name__)):
                        (alert,) = scan(*logs)
                        self.assertEqual((alert["type"], len(alert["source"]["places"])), ("oom_panic", 2))

    def test_another_panic_in_another_log(self):
        lines = PANICS["nobody to kill"]
        other = [line.replace("4411", "4412") for line in lines]
        end = next(number for number, line in enumerate(lines) if "Kernel panic" in line)
        self.assertEqual(kinds(scan(syslog(lines[:end]), syslog(other))), ["no_victim", "panic"])

    def test_the_last_lines_alone(self):
        ends = [NOBODY, "Kernel panic - not syncing: System is deadlocked on memory"]
        self.assertEqual(kinds(scan(dmesg(ends))), ["panic"])
        self.assertEqual(kinds(scan(dmesg(ends)[::-1])), ["panic"])


class PauseTest(OnceTest):
    def test_before_any_line(self):
        reports = {"machine": MACHINE, "container": CONTAINER, "group": GROUP, "nobody": unkillable(), "panic": PANICS["nobody to kill"][:-8]}
        for name, report in reports.items():
            expected = what(scan(dmesg(report)))
            for number in range(1, len(report)):
                if is_of_line_before(report[number]):
                    continue
                with self.subTest(name, line=report[number]):
                    self.assertEqual(what(scan(dmesg(report, number, 75))), expected)

    def test_by_the_logs_time_alone(self):
        for name, report in (("machine", MACHINE), ("container", CONTAINER), ("group", GROUP)):
            expected = what(scan(syslog(report)))
            for number in range(1, len(report)):
                lines = syslog(report[:number]) + syslog(report[number:], time="Jun 13 09:15:58")
                with self.subTest(name, line=report[number]):
                    self.assertEqual(kinds(scan(lines)), kinds(expected))
                    self.assertEqual(scan(lines)[0]["candidates_total"], 2)

    def test_others_print_meanwhile(self):
        lines = dmesg(MACHINE[:22] + ["eth0: link up"] * 50 + MACHINE[22:], 40, 75)
        (alert,) = scan(lines)
        self.assertEqual((alert["candidates_total"], alert["source"]["complete"]), (2, True))


class StormTest(OnceTest):
    def test_each_form(self):
        for form in ("6.12", "5.0", "4.9"):
            for log in (dmesg, syslog, iso):
                with self.subTest(form, log=log.__name__):
                    (alert,) = scan(log(unkillable(form) * 50))
                    self.assertEqual((alert["type"], alert["limit"]["cgroup"], alert["limit"]["unit"], alert["recurrence"]["count"]),
                                     ("oom_no_victim", "/system.slice/stuck.service", "stuck.service", 50))

    def test_of_two_services(self):
        alerts = scan(dmesg((unkillable() + unkillable(comm="other", pid=400, cgroup="/system.slice/b.service")) * 30))
        self.assertEqual([(alert["limit"]["unit"], alert["recurrence"]["count"]) for alert in alerts], [("stuck.service", 30), ("b.service", 30)])

    def test_of_two_services_alternately(self):
        other = unkillable(cgroup="/system.slice/b.service")
        for log in (dmesg, syslog, iso):
            alerts = scan(log((unkillable() + other) * 30))
            self.assertEqual(sorted((alert["limit"]["unit"], alert["recurrence"]["count"]) for alert in alerts),
                             [("b.service", 30), ("stuck.service", 30)])
        self.assertEqual(len(scan(syslog(unkillable()), syslog(other))), 2)

    def test_of_many_services_in_turn(self):
        alerts = scan(dmesg(sum((unkillable(cgroup=f"/system.slice/s{number}.service") for number in range(16)), []) * 20))
        self.assertEqual([alert["recurrence"]["count"] for alert in alerts], [20] * 16)

    def test_many_reports_without_an_end_within(self):
        others = sum((unkillable(pid=500 + number, cgroup=f"/u/{number}")[:-1] for number in range(60)), [])
        alerts = scan(dmesg(unkillable() * 20 + others + unkillable() * 20))
        self.assertEqual([alert["recurrence"]["count"] for alert in alerts if "recurrence" in alert], [40])

    def test_two_logs_with_parts_of_it(self):
        # each report is another thread's
        reports = [unkillable(pid=315 + number) for number in range(40)]
        size = len(reports[0])
        for log in (dmesg, iso):
            lines = log(sum(reports, []))
            half = lines[: 20 * size], lines[20 * size:]
            for name, logs, count in (("rotated", half, 40), ("newer first", half[::-1], 40), ("excerpt", (lines, lines[5 * size: 9 * size]), 40),
                                      ("excerpt first", (lines[5 * size: 9 * size], lines), 40), ("one report", (lines[5 * size: 6 * size], lines), 40),
                                      ("last report", (lines, lines[-size:]), 40), ("rotated and whole", (*half, lines), 40)):
                with self.subTest(name, log=log.__name__):
                    (alert,) = scan(*logs)
                    self.assertEqual(alert["recurrence"]["count"], count)
                    if log == iso:
                        self.assertEqual(alert["recurrence"]["since"], "2026-06-13T07:14:58.000000Z")
                        self.assertEqual(alert["time"], "2026-06-13T07:14:58.000000Z")

    def test_of_threads_of_one_service(self):
        (alert,) = scan(dmesg((unkillable() + unkillable(comm="svc-thread", pid=316)) * 20))
        self.assertEqual(alert["recurrence"]["count"], 40)

    def test_a_kill_of_another_service_within(self):
        alerts = scan(dmesg(unkillable() * 20 + CONTAINER + unkillable() * 20))
        self.assertEqual(kinds(alerts), ["no_victim", "kill"])
        self.assertEqual((alerts[0]["recurrence"]["count"], alerts[1]["candidates_total"]), (40, 2))

    def test_again_later_is_another(self):
        storm = unkillable() * 3
        self.assertEqual([alert["recurrence"]["count"] for alert in scan(dmesg(storm + storm, len(storm), 20))], [3, 3])
        self.assertEqual([alert["recurrence"]["count"] for alert in scan(dmesg(storm + storm, len(storm), 5))], [6])

    def test_a_search_for_its_last_lines(self):
        (alert,) = scan([line for line in syslog(unkillable() * 30) if "killable" in line])
        self.assertEqual(alert["recurrence"]["count"], 30)
        self.assertNotIn("cgroup", alert.get("limit", {}))

    def test_the_log_ends_within_a_report(self):
        (alert,) = scan(dmesg((unkillable() * 3)[:-4]))
        self.assertEqual(alert["recurrence"]["count"], 2)


class LoweredTest(OnceTest):
    def test_the_second_report_is_of_the_first(self):
        for name, lines in {
                "by systemd": lowered(900) + lowered(None),
                "by a shell": lowered(900, "sh", 396) + lowered(None, "sh", 396),
                "of another manager's": lowered(900, "runc", 77, "/docker/abc") + lowered(None, "runc", 77, "/docker/abc"),
                "reaped between": lowered(900) + ["oom_reaper: reaped process 900 (big), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB"] + lowered(None),
        }.items():
            for form in (dmesg, syslog):
                with self.subTest(name, form=form.__name__):
                    self.assertEqual(kinds(scan(form(lines))), ["kill"])

    def test_more_than_one_is_killed(self):
        self.assertEqual(kinds(scan(dmesg(lowered(900) + lowered(901) + lowered(None)))), ["kill", "kill"])

    def test_another_kill_between(self):
        self.assertEqual(kinds(scan(dmesg(lowered(900) + CONTAINER + lowered(None)))), ["kill", "kill"])

    def test_slowly_printed(self):
        self.assertEqual(kinds(scan(dmesg(lowered(900) + lowered(None), len(lowered(900)), 60))), ["kill"])

    def test_by_itself_it_is_an_incident(self):
        self.assertEqual(kinds(scan(dmesg(lowered(None)))), ["no_victim"])
        self.assertEqual(kinds(scan(dmesg(lowered(900) + lowered(None, cgroup="/system.slice/c.service")))), ["kill", "no_victim"])


if __name__ == "__main__":
    unittest.main()
