#!/usr/bin/python3
"""oomwatch scan of logs whose lines lack their ends: every log of the corpus, cut at the width of a terminal.

Nothing is told that the whole log doesn't say, and every kill is whose kill line has pid and name before the cut.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import json
import re
import unittest

from log_scan import scan
from testbed import CORPUS

WIDTHS = (80, 100, 120, 160)
SIZE_MAX = 300_000
TEXT_LOGS = ("dmesg.txt", "journal-short-iso.txt", "serial.log")
KILL = re.compile(rb"[Kk]ill(?:ed)? process (\d+)(?:, UID \d+,)? \(([^)]*)\)")


def cut(data, width):
    return b"\n".join(line[:width] for line in data.split(b"\n"))


def flat(value, path=""):
    """{"victim.pid": 1, ...}: lists as a whole."""
    if not isinstance(value, dict):
        return {path: value}
    fields = {}
    for name, inner in value.items():
        fields.update(flat(inner, f"{path}.{name}" if path else name))
    return fields


def is_told(kill, alerts):
    return any(a["type"] == "oom_kill" and a.get("victim", {}).get("pid") == kill[0] for a in alerts)


# What is computed from more than one line, or stands for what the kill line lacks, or is words; and what names the log.
COMPUTED = re.compile(r"^(id|summary|severity|source|verdict|candidates|candidates_total|recurrence|group\.first|memory\.zones"
                      r"|memory\.nodes|memory\.cut|memory\.hugepages|limit\.stats|time_doubts|victim\.(rss_bytes|unit|slice|container|pod|job|badness)|limit\.unit|host)"
                      r"|_unit$")


class CutTest(unittest.TestCase):
    def compare(self, name, width, whole, part):
        by_pid = {}
        for alert in whole:
            by_pid.setdefault((alert["type"], alert.get("victim", {}).get("pid")), []).append(flat(alert))
        for alert in part:
            key = (alert["type"], alert.get("victim", {}).get("pid"))
            with self.subTest(log=name, width=width, alert=key):
                if alert["type"] == "oom_no_victim" or key[1] is None:
                    continue
                self.assertIn(key, by_pid, json.dumps(alert))
                for field, value in flat(alert).items():
                    if COMPUTED.search(field):
                        continue
                    told = [a.get(field) for a in by_pid[key]]
                    if isinstance(value, str) and any("\n" in str(text) for text in told):
                        continue  # each line of the name is cut for itself
                    self.assertIn(value, told, field)

    def test_cut_logs_tell_nothing_else_and_lose_no_kill(self):
        n_logs = n_kills = 0
        for path in sorted(CORPUS.glob("logs/*/*/*")):
            if path.parent.name == "long-paths":
                continue  # a cut inside a piece of a line that is put together again: the path that ends there isn't said to be cut
            if path.name not in TEXT_LOGS or path.stat().st_size > SIZE_MAX:
                continue
            data = path.read_bytes()
            whole = scan(data)
            n_logs += 1
            for width in WIDTHS:
                shorter = cut(data, width)
                part = scan(shorter)
                name = str(path.relative_to(CORPUS))
                self.compare(name, width, whole, part)
                for line in shorter.split(b"\n"):
                    found = KILL.search(line)
                    kill = found and (int(found[1]), found[2].decode("utf-8", "replace"))
                    if kill and is_told(kill, whole):
                        n_kills += 1
                        with self.subTest(log=name, width=width, kill=kill):
                            self.assertTrue(is_told(kill, part), line)
        self.assertGreater(n_logs, 20)
        self.assertGreater(n_kills, 100)


KILLED = ("Out of memory: Killed process 4711 (hog) total-vm:903256kB, anon-rss:701480kB, file-rss:2048kB, shmem-rss:64kB, "
          "UID:1000 pgtables:1612kB oom_score_adj:50")
REPORT = [
    "tool invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0",
    "CPU: 0 PID: 510 Comm: tool Not tainted 5.15.0-91-generic #101",
    "Mem-Info:",
    "active_anon:100 inactive_anon:7000 isolated_anon:0",
    " active_file:1 inactive_file:2 isolated_file:0",
    "114688 pages RAM",
    "3277 pages reserved",
    "Tasks state (memory values in pages):",
    "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
    "[   4711]  1000  4711   225814   175898  1650688        0            50 hog",
    "[    122]     0   122     2400      150    61440       40         -1000 systemd-udevd",
    "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
    "task_memcg=/system.slice/hog.service,task=hog,pid=4711,uid=1000",
    KILLED,
]


def scan_lines(lines):
    return scan("".join(f"{line}\n" for line in lines).encode())


class PasteTest(unittest.TestCase):
    """Whole lines, with something around each."""

    def check(self, lines):
        (alert,) = scan_lines(lines)
        victim = alert["victim"]
        self.assertEqual((victim["pid"], victim["comm"], victim["uid"], victim["oom_score_adj"]), (4711, "hog", 1000, 50))
        self.assertEqual(victim["anon_rss_bytes"], 701480 * 1024)
        self.assertEqual(victim["unit"], "hog.service")
        self.assertEqual((alert["scope"], alert["trigger"]["comm"], alert["trigger"]["pid"]), ("global", "tool", 510))
        self.assertEqual([c["comm"] for c in alert["candidates"]], ["hog", "systemd-udevd"])
        self.assertNotIn("tasks", alert["source"].get("missing", []))
        self.assertNotIn("line_ends", alert["source"].get("missing", []))

    def test_what_is_behind_every_line(self):
        stamped = [f"[{100 + n}.000000] {line}" for n, line in enumerate(REPORT)]
        for tail in ("", " ", "      ", "\t", " \r", "<br>", "<br />", "</td></tr>", " </code></pre>", '"', '",', "';", "`", " |",
                     ",", ";", '\\n"', '\\r\\n",'):
            for form, lines in (("dmesg", stamped), ("bare", REPORT)):
                with self.subTest(tail=tail, form=form):
                    self.check([line + tail for line in lines])

    def test_padded_to_one_width(self):
        self.check([f"May  9 07:20:57 pi kernel: [584047.0078{n:02}] {line}".ljust(220) for n, line in enumerate(REPORT)])

    def test_indented(self):
        for margin in ("  ", "    ", "\t", " \t  "):
            with self.subTest(margin=margin):
                self.check([margin + line for line in REPORT])

    def test_a_table_of_which_no_row_can_be_read_is_there(self):
        lines = ["java invoked oom-killer: gfp_mask=0x280da, order=0, oom_score_adj=0",
                 "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
                 "[ 4711]    48  4711   400000   300000     700        0             0 java",
                 "[ 4712]    48  4712   200000   100000     300        0             0 java",
                 "Killed process 4711 (java) total-vm:1600000kB, anon-rss:1200000kB, file-rss:0kB"]
        (alert,) = scan_lines([f"[83214.0{n:05}] {line}"[:80] for n, line in enumerate(lines)])
        self.assertIn("the task table is not known to be whole", alert["verdict"]["reason"])

    def test_the_scope_of_an_indented_kill_line(self):
        for message, scope in (("Memory cgroup out of memory", "memcg"), ("Out of memory", "global")):
            (alert,) = scan_lines(["    [  4711]  1000  4711      669      389    40960        0             0 hog",
                                   "    " + KILLED.replace("Out of memory", message)])
            self.assertEqual(alert["scope"], scope)

    def test_comments_of_programs_are_silent(self):
        for sign in ("// ", "/* ", " * ", "# ", "\t// ", "\t * ", "-- ", "; "):
            for line in (REPORT[0], "x invoked oom-killer", KILLED):
                with self.subTest(sign=sign, line=line):
                    self.assertEqual(scan_lines([sign + line]), [])

    def test_prose_is_silent(self):
        for line in ("mysqld invoked oom-killer", "why was it that python invoked oom-killer...", "Out of memory: Killed proc",
                     'pr_err("%s: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB\\n",',
                     "oom-kill:constraint=", "oom-kill:constraint=%s,nodemask=%*pbl"):
            with self.subTest(line=line):
                self.assertEqual(scan_lines([line]), [])


class ShortenedTest(unittest.TestCase):
    """Lines that somebody or something has shortened."""

    def test_a_cut_kill_line(self):
        for end, missing in (("oom_score_adj:50", ""), ("oom_s", "oom_score_adj"), ("pgtables:1612k", "pgtables_bytes"),
                             ("pgtables:16...", "pgtables_bytes"), ("pgtables:16\u2026", "pgtables_bytes"), ("oom_score_adj:5>", "oom_score_adj"),
                             ("pgta\u2026_score_adj:50", "pgtables_bytes")):
            with self.subTest(end=end):
                line = KILLED[:KILLED.index(end.rstrip(".>\u2026").split("\u2026")[0])] + end
                (alert,) = scan_lines(["[  1.000000] " + line])
                self.assertEqual(alert["victim"]["uid"], 1000)
                self.assertEqual(alert["victim"]["shmem_rss_bytes"], 64 * 1024)
                if missing:
                    self.assertNotIn(missing, alert["victim"])
                    self.assertIn("line_ends", alert["source"]["missing"])

    def test_a_shortened_header_and_summary(self):
        (alert,) = scan_lines(["[  1.000000] tool invoked oom-killer"] + [f"[  1.00000{n}] {line}" for n, line in enumerate(REPORT[8:11])] +
                              ["[  1.000008] oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null),cpuset=test,mems_allowed=0",
                               "[  1.000009] Out of memory: Killed process 4711 (hog)"])
        self.assertEqual((alert["scope"], alert["constraint"], alert["trigger"]["comm"]), ("cpuset", "CONSTRAINT_CPUSET", "tool"))
        self.assertNotIn("machine is out of memory", alert["summary"])

    def test_a_table_without_its_header_and_a_shortened_summary(self):
        (alert,) = scan_lines([f"[  1.00000{n}] {line}" for n, line in enumerate(REPORT[9:11])] +
                              ["[  1.000008] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a/b,task_memcg=/a",
                               "[  1.000009] Memory cgroup out of memory: Killed process 4711 (hog) total-vm:903256kB, an"])
        self.assertEqual((alert["scope"], alert["limit"]["cgroup"], alert["victim"]["total_vm_bytes"]), ("memcg", "/a/b", 903256 * 1024))

    def test_a_cut_summary_alone_tells_nothing_unless_it_names_the_victim(self):
        front = "[  1.000000] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a/"
        self.assertEqual(scan_lines([front]), [])
        (alert,) = scan_lines([front + "b,task=hog,pid=4711,ui"])
        self.assertEqual((alert["type"], alert["victim"]["pid"], alert["victim"]["cgroup"]), ("oom_kill", 4711, "/a/b"))

    def test_a_cut_row_without_its_header_has_no_last_column(self):
        lines = ["Aug 25 14:06:20 web1 kernel: [  1.000000] " + line for line in (
            REPORT[0], "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name",
            "[   4711]  1000  4711     2339     2085     2048       37         0    57344        0          1000 hog", KILLED)]
        (alert,) = scan_lines([line[:118] for line in lines])
        self.assertEqual(alert["victim"]["total_vm_bytes"], 903256 * 1024)
        self.assertNotIn("oom_score_adj", alert["victim"])

    def test_a_number_at_the_width_of_a_log_is_not_told(self):
        summary = "[  1.000000] " + REPORT[11].replace("hog.service", "hog-of-a-longer-name.service")
        kill = ("[  1.000001] Out of memory: Killed process 4711 (hog) total-vm:903256kB, anon-rss:701480kB, file-rss:2048kB, "
                "shmem-rss:64kB, UID:1000 pgtables:1612kB oom_score_adj:500")
        width = len(kill) - 1
        self.assertGreater(len(summary), width)
        (alert,) = scan_lines([summary[:width], kill[:width]])
        self.assertNotIn("oom_score_adj", alert["victim"])
        self.assertEqual(alert["victim"]["pgtables_bytes"], 1612 * 1024)

    def test_a_kill_line_twice_is_one_incident(self):
        self.assertEqual([alert["type"] for alert in scan_lines(["[  1.000000] " + KILLED] * 2)], ["oom_kill"])


if __name__ == "__main__":
    unittest.main()
