#!/usr/bin/python3
"""oomwatch scan: a report in any form of log, put through any two envelopes in turn, is the same incident.

Each file has a report of its own (another pid), so that none is taken for a repetition of another. What an envelope destroys is in
LOST, with the reason.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import csv
import datetime
import html
import io
import itertools
import json
import pathlib
import subprocess
import tempfile
import unittest

from alert_reader import read_alerts
from testbed import BUILD

OOMWATCH = BUILD / "oomwatch"
BEGIN = datetime.datetime(2026, 8, 25, 14, 6, 20, tzinfo=datetime.timezone.utc)

GLOBAL = [
    "tool invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0",
    "CPU: 0 PID: 510 Comm: tool Not tainted 5.15.0-91-generic #101",
    "Mem-Info:",
    "active_anon:100 inactive_anon:7000 isolated_anon:0\n active_file:1 inactive_file:2 isolated_file:0\n free:2711 free_pcp:0 free_cma:0",
    "114688 pages RAM",
    "3277 pages reserved",
    "Tasks state (memory values in pages):",
    "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
    "[ {pid:6d}]  1000 {pid:5d}   225814   175898  1650688        0            50 hog & co",
    "[    122]     0   122     2400      150    61440       40         -1000 systemd-udevd",
    "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
    "task_memcg=/system.slice/hog.service,task=hog & co,pid={pid},uid=1000",
    "Out of memory: Killed process {pid} (hog & co) total-vm:903256kB, anon-rss:701480kB, file-rss:2048kB, shmem-rss:64kB, "
    "UID:1000 pgtables:1612kB oom_score_adj:50",
]
MEMCG = [
    "worker=3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
    "memory: usage 204800kB, limit 204800kB, failcnt 31",
    "swap: usage 0kB, limit 9007199254740988kB, failcnt 0",
    "Memory cgroup stats for /kubepods/pod1/a:",
    "Tasks state (memory values in pages):",
    "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name",
    "[ {pid:6d}]     0 {pid:5d}    60000    50000    49000     1000         0   450560        0             0 worker=3",
    "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=a,mems_allowed=0,oom_memcg=/kubepods/pod1/a,"
    "task_memcg=/kubepods/pod1/a,task=worker=3,pid={pid},uid=0",
    "Memory cgroup out of memory: Killed process {pid} (worker=3) total-vm:240000kB, anon-rss:196000kB, file-rss:4000kB, "
    "shmem-rss:0kB, UID:0 pgtables:440kB oom_score_adj:0",
]
OLD = [
    "java invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0",
    "java cpuset=/ mems_allowed=0",
    "Mem-Info:",
    "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
    "[{pid:5d}]    48 {pid:5d}   400000   300000     700        0             0 java",
    "Out of memory: Kill process {pid} (java) score 700 or sacrifice child",
    "Killed process {pid} (java) total-vm:1600000kB, anon-rss:1200000kB, file-rss:0kB",
]
REPORTS = {"global": GLOBAL, "memcg": MEMCG, "old": OLD}


# ---- forms of logs: messages to lines -----------------------------------------------------------------------------------

def stamp(number):
    return f"[{1000 + number // 10:5d}.{number % 10}00000]"


def time_of(number):
    return BEGIN + datetime.timedelta(milliseconds=100 * number)


def indented(prefix, message):
    return (prefix + message).replace("\n", "\n" + " " * len(prefix)).split("\n")


def each_line(prefix):
    """A prefix of its own for each line of a message."""
    return lambda number, message: [prefix(number) + line for line in message.split("\n")]


FORMS = {
    "dmesg": lambda n, m: indented(stamp(n) + " ", m),
    "bare": lambda n, m: m.split("\n"),
    "syslog": each_line(lambda n: f"{time_of(n):%b %d %H:%M:%S} web1 kernel: {stamp(n)} "),
    "rsyslog": lambda n, m: [f"{time_of(n).isoformat()} web1 kernel: {stamp(n)} " + m.replace("\n", "#012")],
    "rfc5424": each_line(lambda n: f"<4>1 {time_of(n).isoformat()} web1 kernel - - - {stamp(n)} "),
    "journal": lambda n, m: indented(f"{time_of(n):%b %d %H:%M:%S} web1 kernel: ", m),
    "dmesg -T": lambda n, m: indented(f"[{time_of(n):%a %b %d %H:%M:%S %Y}] ", m),
    "journal JSON": lambda n, m: [json.dumps({"_TRANSPORT": "kernel", "PRIORITY": "4", "_HOSTNAME": "web1", "MESSAGE": m,
                                              "__REALTIME_TIMESTAMP": str(int(time_of(n).timestamp() * 1e6))})],
}


# ---- envelopes: lines to lines ------------------------------------------------------------------------------------------

def as_csv(number, line):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([time_of(number).isoformat(), "web1", line])
    return out.getvalue().rstrip("\r\n")


ENVELOPES = {
    "nothing": lambda n, l: l,
    "quoted": lambda n, l: "> " + l,
    "indented": lambda n, l: "    " + l,
    "CRLF": lambda n, l: l + "\r",
    "padded": lambda n, l: l.ljust(220),
    "<br>": lambda n, l: l + "<br>",
    "grep": lambda n, l: "/var/log/kern.log:" + l,
    "table": as_csv,
    "docker": lambda n, l: json.dumps({"log": l + "\n", "stream": "stdout", "time": f"{time_of(n).isoformat()[:-6]}Z"}),
    "CRI": lambda n, l: f"{time_of(n).isoformat()[:-6]}Z stdout F {l}",
}

# What can't be read again, and why: (form, envelope, envelope), None for any.
LOST = {
    ("bare", "docker", None): "a container's own text: the kernel doesn't speak there",
    ("bare", "CRI", None): "likewise",
    ("bare", None, "docker"): "likewise",
    ("bare", None, "CRI"): "likewise",
}


def is_lost(form, first, second):
    return any(all(wanted in (None, got) for wanted, got in zip(case, (form, first, second))) for case in LOST)


def facts(alert):
    """What every form holds of the incident."""
    victim = alert["victim"]
    names = ("comm", "uid", "oom_score_adj", "total_vm_bytes", "anon_rss_bytes", "file_rss_bytes", "cgroup")
    return ({name: victim.get(name) for name in names},
            {name: alert.get("trigger", {}).get(name) for name in ("comm", "gfp_mask", "order")},
            alert.get("scope"), alert.get("candidates_total"), alert.get("limit", {}).get("usage_bytes"))


class EnvelopesTest(unittest.TestCase):
    maxDiff = None

    def scan(self, directory, jobs):
        done = subprocess.run([OOMWATCH, "scan", "--format", "json", "-j", str(jobs), directory], capture_output=True, check=False)
        self.assertEqual(done.stderr, b"")
        return {pathlib.Path(alert["source"]["path"]).name: alert for alert in read_alerts(done.stdout)}, len(done.stdout.splitlines())

    def test_any_two_envelopes(self):
        with tempfile.TemporaryDirectory() as directory:
            expected, names = {}, {}
            pid = 10000
            for report, form, first, second in itertools.product(REPORTS, FORMS, ENVELOPES, ENVELOPES):
                if is_lost(form, first, second):
                    continue
                pid += 1
                lines = [line for number, message in enumerate(REPORTS[report])
                         for line in FORMS[form](number, message.replace("{pid:6d}", f"{pid:6d}").replace("{pid:5d}", f"{pid:5d}")
                                                 .replace("{pid}", str(pid)))]
                for envelope in (first, second):
                    lines = [ENVELOPES[envelope](number // 2, line) for number, line in enumerate(lines)]
                (pathlib.Path(directory) / f"{pid}.log").write_text("\n".join(lines) + "\n")
                names[f"{pid}.log"] = (report, form, first, second)
                if (first, second, form) == ("nothing", "nothing", "dmesg"):
                    expected[report] = f"{pid}.log"
            for jobs in (1, 2):
                found, count = self.scan(directory, jobs)
                self.assertLessEqual(count, len(names), "an incident was reported twice")
                for name, case in names.items():
                    with self.subTest(case=case, jobs=jobs):
                        self.assertIn(name, found)
                        self.assertEqual(found[name]["victim"]["pid"], int(name[:-4]))
                        self.assertEqual(facts(found[name]), facts(found[expected[case[0]]]))


if __name__ == "__main__":
    unittest.main()
