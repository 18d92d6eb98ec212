#!/usr/bin/python3
"""oomwatch scan of many incidents: each is told once and in its order, whatever files hold it, and as if it were alone.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import pathlib
import subprocess
import tempfile
import unittest

from alert_reader import read_alerts
from log_scan import leaves, scan
from testbed import BUILD

COUNT = 240  # their texts are more than what is written or read at once

REPORT = """\
{0} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
CPU: 1 PID: {1} Comm: {0} Not tainted 6.1.0-21-amd64 #1
memory: usage 65536kB, limit 65536kB, failcnt {1}
swap: usage 0kB, limit 0kB, failcnt 0
Memory cgroup stats for /jobs/{0}:
anon 61865984
file 12288
Tasks state (memory values in pages):
[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[{1:7d}]  1000 {1}    25718    15800   163840        0             0 {0}
oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/jobs/{0},task_memcg=/jobs/{0},task={0},\
pid={1},uid=1000
Memory cgroup out of memory: Killed process {1} ({0}) total-vm:102872kB, anon-rss:61440kB, file-rss:1760kB, shmem-rss:0kB, \
UID:1000 pgtables:160kB oom_score_adj:0"""


def log_of(number):
    """The lines of one incident, each with a stamp, and another speaker's among them."""
    lines = []
    begin = f"Aug {1 + number // 24:2d} {number % 24:02d}:10:20 host{number % 3}"
    for at, line in enumerate(REPORT.format(f"worker{number}", 4000 + number).split("\n")):
        lines.append(f"{begin} kernel: [{1000 + number * 3600}.{at:06d}] {line}")
        if at % 5 == 4:
            lines.append(f"{begin} sshd[{number + 50}]: Connection closed by 192.0.2.7 port {number + 1024}")
    return "".join(f"{line}\n" for line in lines)


def without_place(alert):
    return {name: value for name, value in leaves(alert).items() if not name.startswith("source.")}


class ManyIncidents(unittest.TestCase):
    def test_each_is_told_once_and_as_if_alone(self):
        with tempfile.TemporaryDirectory() as directory:
            first, second = pathlib.Path(directory, "kern.log.1"), pathlib.Path(directory, "syslog")
            first.write_text("".join(log_of(number) for number in range(COUNT * 2 // 3)), encoding="ascii")
            second.write_text("".join(log_of(number) for number in range(COUNT // 3, COUNT)), encoding="ascii")
            outputs = [subprocess.run([BUILD / "oomwatch", "scan", "--format", "json", "-j", jobs, second, first],
                                      capture_output=True, check=True).stdout for jobs in ("1", "2")]
        self.assertEqual(outputs[0], outputs[1])
        alerts = read_alerts(outputs[0])
        self.assertEqual([alert["victim"]["pid"] for alert in alerts], list(range(4000, 4000 + COUNT)))
        self.assertEqual(len({alert["id"] for alert in alerts}), COUNT)
        for number, alert in enumerate(alerts):
            in_both = COUNT // 3 <= number < COUNT * 2 // 3
            self.assertEqual(len(alert["source"].get("places", [])), 2 if in_both else 0, number)
        for number in (0, COUNT // 2, COUNT - 1):
            self.assertEqual(without_place(alerts[number]), without_place(scan(log_of(number).encode())[0]))


if __name__ == "__main__":
    unittest.main()
