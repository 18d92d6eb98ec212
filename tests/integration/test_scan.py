#!/usr/bin/python3
"""oomwatch scan of files: the real program over logs as people have them.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import calendar
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import unittest

from alert_reader import read_alerts
from testbed import BUILD, CORPUS, DEADLINE_SEC, wait_until

CASES = CORPUS / "cases"
OOMWATCH = BUILD / "oomwatch"
FOUND, NOTHING, TROUBLE = 0, 1, 2

# Ten kills of one host, over a year: month, day, time, pid, comm, total-vm, anon-rss, file-rss in kB, as 3.10 prints them.
HOST = "tms-91"
KILLS = [
    ("Sep", 25, "10:49:55", 1120, "pengine", 9715232, 3626388, 4232),
    ("Oct", 3, "02:15:01", 30211, "java", 12582912, 8123456, 0),
    ("Nov", 11, "23:59:59", 4410, "mysqld", 5242880, 4012345, 1024),
    ("Dec", 31, "23:59:58", 17, "crmd", 1048576, 712345, 88),
    ("Jan", 1, "00:00:03", 901, "crmd", 1048576, 712345, 88),
    ("Feb", 28, "12:00:00", 22222, "next-build (v16", 2097152, 1834567, 4),
    ("May", 5, "05:05:05", 5151, "Plex Media Serv", 734003, 512000, 2048),
    ("Aug", 25, "14:06:20", 1149, "pengine", 6529372, 2237192, 12420),
    ("Aug", 25, "14:06:20", 1150, "pengine", 6529372, 2237192, 12420),
    ("Aug", 26, "03:00:00", 8080, "httpd", 314572, 204800, 12),
]
IN_ERROR = (0, 1, 2, 4, 7, 8, 9)  # which of them the file "error" has too
MODIFIED = calendar.timegm((2026, 8, 27, 0, 0, 0))


def syslog_line(kill):
    month, day, clock, pid, comm, total_vm, anon_rss, file_rss = kill
    return (f"{month} {day:2} {clock} {HOST} kernel: Killed process {pid} ({comm}) total-vm:{total_vm}kB, "
            f"anon-rss:{anon_rss}kB, file-rss:{file_rss}kB")


def report(pid, comm="hog", path="/system.slice/hog.service"):
    """The lines of a whole report of 6.1, but for its table's other rows."""
    return [
        f"{comm} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
        f"CPU: 0 PID: {pid} Comm: {comm} Not tainted 6.1.0-21-amd64 #1  Debian 6.1.90-1",
        "Call Trace:",
        " <TASK>",
        " dump_stack_lvl+0x44/0x5c",
        "memory: usage 51200kB, limit 51200kB, failcnt 58",
        "swap: usage 0kB, limit 9007199254740988kB, failcnt 0",
        f"Memory cgroup stats for {path}:",
        "anon 52154368",
        "Tasks state (memory values in pages):",
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
        f"[{pid:7}]  1000 {pid:5}    15617    12704   147456        0             0 {comm}",
        f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg={path},task_memcg={path},"
        f"task={comm},pid={pid},uid=1000",
        f"Memory cgroup out of memory: Killed process {pid} ({comm}) total-vm:62468kB, anon-rss:50816kB, file-rss:0kB, "
        "shmem-rss:0kB, UID:1000 pgtables:144kB oom_score_adj:0",
    ]


# name -> (function from the report's lines to a log's, the time that is read, is a host printed)
FORMS = {
    "rfc3164": (lambda lines: [f"Aug 25 14:06:20 web1 kernel: {line}" for line in lines], "2026-08-25T14:06:20.000000Z", True),
    "rfc3164 with the kernel's stamp": (lambda lines: [f"Aug 25 14:06:20 web1 kernel: [  123.45678{i % 10}] {line}" for i, line in enumerate(lines)],
                                        "2026-08-25T14:06:20.000000Z", True),
    "iso": (lambda lines: [f"2026-08-25T14:06:20.123456+02:00 web1 kernel: [  123.45678{i % 10}] {line}" for i, line in enumerate(lines)],
            "2026-08-25T12:06:20.123456Z", True),
    "rfc5424": (lambda lines: [f"<4>1 2026-08-25T14:06:20.003Z web1 kernel - - - {line}" for line in lines], "2026-08-25T14:06:20.003000Z", True),
    "dmesg": (lambda lines: [f"[  123.45678{i % 10}] {line}" for i, line in enumerate(lines)], None, False),
    "dmesg -x": (lambda lines: [f"kern  :warn  : [  123.45678{i % 10}] {line}" for i, line in enumerate(lines)], None, False),
    "dmesg -T": (lambda lines: [f"[Tue Aug 25 14:06:20 2026] {line}" for line in lines], "2026-08-25T14:06:20.000000Z", False),
    "dmesg --time-format iso": (lambda lines: [f"2026-08-25T14:06:20,123456+00:00 {line}" for line in lines], "2026-08-25T14:06:20.123456Z", False),
    "short-precise": (lambda lines: [f"Aug 25 14:06:20.123456 web1 kernel: {line}" for line in lines], "2026-08-25T14:06:20.123456Z", True),
    "short-full": (lambda lines: [f"Tue 2026-08-25 14:06:20 UTC web1 kernel: {line}" for line in lines], "2026-08-25T14:06:20.000000Z", True),
    "json": (lambda lines: [json.dumps({"__REALTIME_TIMESTAMP": "1787659580123456", "_TRANSPORT": "kernel", "_HOSTNAME": "web1", "PRIORITY": "4",
                                        "SYSLOG_FACILITY": "0", "_SOURCE_MONOTONIC_TIMESTAMP": f"12345678{i % 10}", "MESSAGE": line})
                            for i, line in enumerate(lines)], "2026-08-25T12:06:20.123456Z", True),
    "raw kmsg": (lambda lines: [f"4,{100 + i},{5000 + i},-;{line}" for i, line in enumerate(lines)], None, False),
    "serial console": (lambda lines: [f"[  123.45678{i % 10}] {line}\r" for i, line in enumerate(lines)], None, False),
    "BusyBox": (lambda lines: [f"Aug 25 14:06:20 web1 kern.warn kernel: [  123.45678{i % 10}] {line}" for i, line in enumerate(lines)],
                "2026-08-25T14:06:20.000000Z", True),
    "docker": (lambda lines: [json.dumps({"log": f"Aug 25 14:06:20 web1 kernel: {line}\n", "stream": "stdout", "time": "2026-08-25T14:06:20.5Z"})
                              for line in lines], "2026-08-25T14:06:20.000000Z", True),
    "quoted mail": (lambda lines: [f"> Aug 25 14:06:20 web1 kernel: {line}" for line in lines], "2026-08-25T14:06:20.000000Z", True),
    "raw text": (lambda lines: lines, None, False),
}


class ScanCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatch-scan-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.environment = {**os.environ, "TZ": "UTC"}

    def write(self, name, lines, modified=MODIFIED):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(data)
        os.utime(path, (modified, modified))
        return path

    def run_scan(self, *arguments, **more):
        return subprocess.run([OOMWATCH, "scan", *arguments], capture_output=True, timeout=DEADLINE_SEC, env=self.environment, check=False,
                              **({"stdin": subprocess.DEVNULL} | more))

    def scan(self, *arguments, status=FOUND, **more):
        """The alerts of files."""
        done = self.run_scan("--format", "json", *arguments, **more)
        self.assertEqual(done.returncode, status, done.stderr)
        if status != TROUBLE:
            self.assertEqual(done.stderr, b"")
        return read_alerts(done.stdout)

    def kills(self, alerts):
        return [(alert["victim"]["pid"], alert["victim"]["comm"], alert["victim"]["anon_rss_bytes"] // 1024) for alert in alerts]

    def places(self, alert):
        source = alert["source"]
        return [(pathlib.Path(place["path"]).name, place["line"]) for place in source.get("places", [source])]


class TestListing(ScanCase):
    """What `egrep -i -r 'killed process' /var/log` prints: 17 lines, 10 kills."""

    def setUp(self):
        super().setUp()
        self.kern = [syslog_line(kill) for kill in KILLS]
        self.error = [syslog_line(KILLS[i]) for i in IN_ERROR]
        self.listing = [f"/var/log/kern.log:{line}" for line in self.kern] + [f"/var/log/error:{line}" for line in self.error]
        self.expected = [(pid, comm, anon) for _, _, _, pid, comm, _, anon, _ in KILLS]

    def check(self, alerts):
        self.assertEqual(self.kills(alerts), self.expected)
        self.assertEqual([alert["time"][:10] for alert in alerts],
                         ["2025-09-25", "2025-10-03", "2025-11-11", "2025-12-31", "2026-01-01", "2026-02-28", "2026-05-05", "2026-08-25",
                          "2026-08-25", "2026-08-26"])
        self.assertEqual(len({alert["id"] for alert in alerts}), 10)
        for alert in alerts:
            self.assertEqual(alert["host"], {"name": HOST})
            self.assertEqual(alert["time_source"], "log")
            self.assertIn("year", alert["time_doubts"])
            self.assertEqual(alert["source"]["kind"], "file")

    def test_seventeen_lines_are_ten_incidents(self):
        self.assertEqual(len(self.listing), 17)
        alerts = self.scan(self.write("listing", self.listing))
        self.check(alerts)
        self.assertEqual(self.places(alerts[0]), [("listing", 1), ("listing", 11)])
        self.assertEqual(self.places(alerts[3]), [("listing", 4)])
        self.assertNotIn("places", alerts[3]["source"])

    def test_the_lines_of_the_issue(self):
        """Word by word, and in the order in which somebody pasted them: the youngest first."""
        lines = [self.listing[7], self.listing[10], self.listing[14]]
        self.assertEqual(lines[0], "/var/log/kern.log:Aug 25 14:06:20 tms-91 kernel: Killed process 1149 (pengine) total-vm:6529372kB, "
                                   "anon-rss:2237192kB, file-rss:12420kB")
        self.assertEqual(lines[1], "/var/log/error:Sep 25 10:49:55 tms-91 kernel: Killed process 1120 (pengine) total-vm:9715232kB, "
                                   "anon-rss:3626388kB, file-rss:4232kB")
        alerts = self.scan(self.write("pasted", lines))
        self.assertEqual(self.kills(alerts), [(1120, "pengine", 3626388), (1149, "pengine", 2237192)])

    def test_two_files_are_the_same_ten(self):
        self.write("kern.log", self.kern)
        self.write("error", self.error)
        alerts = self.scan(self.directory)
        self.check(alerts)
        self.assertEqual(self.places(alerts[0]), [("error", 1), ("kern.log", 1)])
        self.assertEqual(self.scan(self.directory / "kern.log", self.directory / "error")[0]["id"], alerts[0]["id"])

    def test_rotated_files_are_the_same_ten(self):
        self.write("kern.log.1", self.kern[:4], modified=calendar.timegm((2026, 1, 1, 0, 0, 1)))
        self.write("kern.log", self.kern[4:])
        self.write("error", self.error)
        self.check(self.scan(self.directory))

    def test_standard_input(self):
        data = "".join(f"{line}\n" for line in self.listing).encode()
        alerts = self.scan("-", input=data, stdin=None)
        self.assertEqual(sorted(self.kills(alerts)), sorted(self.expected))
        self.assertEqual(alerts[0]["source"]["path"], "-")

    def test_any_number_of_threads_gives_the_same(self):
        self.write("kern.log", self.kern)
        self.write("error", self.error)
        for i in range(20):
            self.write(f"more/{i}.log", self.kern[i % 10:] + self.error[:i % 7])
        outputs = {self.run_scan("--format", "json", f"-j{jobs}", self.directory).stdout for jobs in (1, 2, 3, 8, 16)}
        self.assertEqual(len(outputs), 1)
        self.assertEqual(len(outputs.pop().splitlines()), 10)

    def test_any_number_of_threads_on_a_large_file_gives_the_same(self):
        """Those that have no file of their own search ahead in it: some pieces have a report, most have none."""
        others = "Aug 25 14:06:20 web1 sshd[812]: Accepted publickey for admin from 10.0.0.7 port 50022 ssh2\n" * 40000
        with open(self.directory / "messages", "w", encoding="ascii") as log:
            for pid in range(1, 13):
                log.write(others)
                if pid % 3 == 0:
                    log.write("".join(f"Aug 25 14:06:{20 + pid} web1 kernel: {line}\n" for line in report(pid)))
        self.assertGreater((self.directory / "messages").stat().st_size, 40_000_000)
        outputs = {self.run_scan("--format", "json", f"-j{jobs}", self.directory).stdout for jobs in (1, 2, 3, 8) for _ in range(3)}
        self.assertEqual(len(outputs), 1)
        alerts = [json.loads(line) for line in outputs.pop().splitlines()]
        self.assertEqual([(alert["victim"]["pid"], alert["source"]["line"]) for alert in alerts],
                         [(pid, 40000 * pid + len(report(pid)) * pid // 3) for pid in (3, 6, 9, 12)])

    def test_text_is_a_table_and_with_v_each_is_explained(self):
        path = self.write("kern.log", self.kern)
        table = self.run_scan(path)
        self.assertEqual(table.returncode, FOUND)
        for _, _, _, pid, _, _, _, _ in KILLS:
            self.assertIn(str(pid).encode(), table.stdout)
        self.assertNotIn(b"Memory    anonymous", table.stdout)
        explained = self.run_scan("-v", path)
        self.assertEqual(explained.stdout.count(b"Memory    anonymous"), 10)
        self.assertIn(b"2026-08-26 03:00:00 UTC ERROR httpd (pid 8080) was killed", explained.stdout)


class TestForms(ScanCase):
    def test_a_report_in_every_form(self):
        before = [f"Aug 25 14:00:{i % 60:02} web1 cron[1]: nothing" for i in range(3)]
        for name, (form, moment, has_host) in FORMS.items():
            with self.subTest(form=name):
                lines = form(report(4711))
                (alert,) = self.scan(self.write("log", lines))
                self.assertEqual(alert["victim"]["pid"], 4711)
                self.assertEqual(alert["victim"]["unit"], "hog.service")
                self.assertEqual(alert["trigger"]["pid"], 4711)
                self.assertEqual(alert["limit"]["limit_bytes"], 51200 * 1024)
                self.assertEqual(alert.get("time"), moment)
                self.assertEqual(alert.get("host", {}).get("name"), "web1" if has_host else None)
                self.assertEqual(alert["source"]["line"], len(lines))
                self.assertIs(alert["source"]["complete"], True, alert["source"])
                if name.startswith("rfc3164"):
                    self.assertEqual(self.scan(self.write("log", before + lines))[0]["source"]["line"], len(before) + len(lines))

    def test_two_hosts_interleaved(self):
        a = [f"Aug 25 14:06:20 alpha kernel: {line}" for line in report(100, "first", "/a")]
        b = [f"Aug 25 14:06:20 beta kernel: {line}" for line in report(200, "second", "/b")]
        lines = [line for pair in zip(a, b) for line in pair]
        alerts = self.scan(self.write("all.log", lines))
        self.assertEqual([(alert["host"]["name"], alert["victim"]["pid"], alert["trigger"]["comm"], alert["limit"]["cgroup"], alert["source"]["line"])
                          for alert in alerts], [("alpha", 100, "first", "/a", len(lines) - 1), ("beta", 200, "second", "/b", len(lines))])

    def test_more_hosts_than_are_followed_at_a_time(self):
        """While one host's report is printed, the kernels of many others say something, and some of them kill."""
        lines = []
        for i, line in enumerate(report(100, "first", "/a")):
            lines.append(f"Aug 25 14:06:20 alpha kernel: {line}")
            lines += [f"Aug 25 14:06:20 host{n} kernel: eth0: link is up" for n in range(30)]
            lines += [f"Aug 25 14:06:20 host{n} kernel: Killed process {i * 100 + n} (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB" for n in range(12)]
        alerts = self.scan(self.write("all.log", lines))
        (whole,) = [alert for alert in alerts if alert["host"]["name"] == "alpha"]
        self.assertEqual(len(alerts), 1 + 12 * len(report(100)))
        self.assertTrue(all(alert["type"] == "oom_kill" for alert in alerts))
        self.assertIs(whole["source"]["complete"], True)
        self.assertEqual(whole["trigger"]["comm"], "first")

    def test_every_form_of_the_corpus_has_what_the_records_have(self):
        cases = sorted(path.relative_to(CORPUS / "logs") for path in (CORPUS / "logs").glob("*/*"))
        self.assertEqual(len(cases), 47)
        for case in cases:
            self.check_forms(case)

    def check_forms(self, case):
        records = self.scan(CASES / f"{case}.kmsg")
        for path in sorted((CORPUS / "logs" / case).iterdir()):
            with self.subTest(path=path.relative_to(CORPUS)):
                alerts = self.scan(path)
                if case.name == "hostile-names":
                    self.check_hostile(path.name, records, alerts)
                elif path.name == "dmesg.txt" and case.name in ("storm-200", "flood-forged"):
                    self.check_overrun(case.name, records, alerts)
                elif str(case) == "i386-6.1/memcg" and path.name == "console.txt":
                    self.check_console(records, alerts)
                else:
                    self.assertEqual([self.essence(alert) for alert in alerts], [self.essence(alert) for alert in records])

    def check_console(self, records, alerts):
        """The console's buffer was too small for the record of the statistics: its end is missing."""
        self.assertEqual(len(alerts), len(records))
        for alert, record in zip(alerts, records):
            shown, whole = alert["limit"]["stats"], record["limit"]["stats"]
            self.assertLess(len(shown), len(whole))
            self.assertLessEqual(shown.items(), whole.items())
            expected = self.essence(record)
            self.assertEqual(self.essence(alert), expected | {"limit": expected["limit"] | {"stats": shown}})

    def check_overrun(self, name, records, alerts):
        """The ring buffer had lost the beginning when dmesg read it: the first report has not all its lines. And of a forged
        line dmesg doesn't show that it wasn't the kernel's."""
        rest = records[1 - len(alerts):]
        self.assertEqual([self.essence(alert) for alert in alerts[1:]], [self.essence(alert) for alert in rest])
        self.assertEqual(len(alerts), {"storm-200": 75, "flood-forged": 2}[name])
        self.assertEqual(alerts[0]["victim"]["pid"], records[-len(alerts)]["victim"]["pid"] if name == "storm-200" else 1)
        self.assertIs(alerts[0]["source"]["complete"], False)

    def check_hostile(self, name, records, alerts):
        """The logs are of the last of the records. What journalctl's short forms make of odd names: logfile/reader.h."""
        expected = {alert["victim"]["pid"]: self.essence(alert) for alert in records[-4:]}
        got = {alert["victim"]["pid"]: self.essence(alert) for alert in alerts}
        if name.startswith("journal-short"):
            self.assertLessEqual(set(got), {alert["victim"]["pid"] for alert in records})
            self.assertTrue(got)
        else:
            self.assertEqual(len(got), 4)
            self.assertTrue(all(self.essence(alert) == got[alert["victim"]["pid"]] for alert in records if alert["victim"]["pid"] in got), expected)

    def essence(self, alert):
        """All but what the log makes of it: when, where, and what follows from these."""
        left_out = ("id", "time", "time_source", "time_doubts", "host", "source")
        kept = {key: value for key, value in alert.items() if key not in left_out}
        if "group" in kept:
            kept["group"] = {key: value for key, value in kept["group"].items() if key != "first"}
        return kept

    def test_the_forms_together_tell_each_incident_once(self):
        for case in ("6.1/memcg-service", "6.1/group-kill", "6.12/global-adj"):
            with self.subTest(case=case):
                alone = self.scan(CASES / f"{case}.kmsg")
                together = self.scan(CASES / f"{case}.kmsg", CORPUS / "logs" / case)
                self.assertEqual([alert["victim"]["pid"] for alert in together], [alert["victim"]["pid"] for alert in alone])
                for alert in together:
                    self.assertEqual(len(alert["source"]["places"]), 1 + len(list((CORPUS / "logs" / case).iterdir())))

    def told_once(self, alerts):
        """What a log, which is known to its end, tells as one: the beginning and the end of the same again and again; nobody to kill, and the
        panic for it."""
        told = []
        for alert in alerts:
            last = told[-1] if told else None
            if "recurrence" in alert:
                (first,) = [other for other in told if other["id"] == alert["recurrence"]["previous"]]
                first |= {"recurrence": {"count": alert["recurrence"]["count"]}, "summary": alert["summary"]}
                continue
            if alert["type"] == "oom_panic" and last and last["type"] == "oom_no_victim" and last.get("trigger") == alert.get("trigger"):
                told.pop()
            told.append(alert)
        return told

    def test_every_file_of_records_has_what_the_daemon_reported(self):
        """tests/corpus/golden/ has the daemon's alerts; but for losses, which a log can't show, and for what is one incident there."""
        for path in sorted(CASES.rglob("*.kmsg")):
            case = path.relative_to(CASES)
            with self.subTest(case=str(case)):
                golden = CORPUS / "golden" / case.with_suffix(".json")
                expected = [json.loads(line) for line in golden.read_text(encoding="utf-8").splitlines()]
                expected = self.told_once([alert for alert in expected if alert["type"] != "records_lost"])
                done = self.run_scan("--format", "json", path)
                alerts = read_alerts(done.stdout)
                self.assertEqual(done.returncode, FOUND if expected else NOTHING, done.stderr)

                def by_number(alert):
                    return alert["source"].get("seq", 0)
                self.assertEqual([self.essence(alert) for alert in sorted(alerts, key=by_number)],
                                 [self.essence(alert) for alert in sorted(expected, key=by_number)])

    def test_members_of_a_group_name_the_first(self):
        alerts = self.scan(CORPUS / "logs/6.1/group-kill/journal.json")
        members = [alert for alert in alerts if "group" in alert]
        self.assertTrue(members)
        ids = {alert["id"]: alert for alert in alerts}
        for alert in members:
            self.assertNotIn("group", ids[alert["group"]["first"]])


class TestOnce(ScanCase):
    def test_two_kills_of_one_name_in_one_second_are_two(self):
        line = "Aug 25 14:06:20 web1 kernel: Killed process {} (x) total-vm:{}kB, anon-rss:1000kB, file-rss:0kB"
        for second in ((2, 5000), (1, 5001)):
            alerts = self.scan(self.write("kern.log", [line.format(1, 5000), line.format(*second)]))
            self.assertEqual(len(alerts), 2, second)
            self.assertNotEqual(alerts[0]["id"], alerts[1]["id"])

    def test_the_log_without_the_kill_line_and_the_one_with_it_are_one(self):
        """Debian's classic /var/log/messages leaves out what is of level err, /var/log/error has nothing else."""
        lines = [f"Aug 25 14:06:20 web1 kernel: {line}" for line in report(4711)]
        self.write("error", lines[-1:])
        self.write("kern.log", lines)
        self.write("messages", lines[:-1])
        (alert,) = self.scan(self.directory)
        self.assertEqual(self.places(alert), [("error", 1), ("kern.log", len(lines)), ("messages", len(lines) - 1)])
        self.assertEqual(pathlib.Path(alert["source"]["path"]).name, "kern.log")
        self.assertEqual(alert["victim"]["anon_rss_bytes"], 50816 * 1024)
        self.assertIs(alert["source"]["complete"], True)

    def test_the_best_known_time_is_shown(self):
        lines = report(4711)
        self.write("kern.log", [f"Aug 25 14:06:20 web1 kernel: [  123.456789] {line}" for line in lines])
        self.write("iso.log", [f"2026-08-25T16:06:20.250000+02:00 web1 kernel: [  123.456789] {line}" for line in lines[-1:]])
        (alert,) = self.scan(self.directory)
        self.assertEqual(alert["time"], "2026-08-25T14:06:20.250000Z")
        self.assertNotIn("time_doubts", alert)
        self.assertIn("trigger", alert)

    def test_the_same_stamp_of_another_boot_is_another_kill(self):
        lines = [f"Aug {day} 14:06:20 web1 kernel: [  123.456789] Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB" for day in (20, 25)]
        self.assertEqual(len(self.scan(self.write("kern.log", lines))), 2)

    def test_a_reboot_ends_a_report(self):
        lines = report(4711)
        first = [f"[{90000 + i}.000000] {line}" for i, line in enumerate(lines[:3])]
        second = [f"[   1.{i:06}] {line}" for i, line in enumerate(report(12, "other", "/o"))]
        alerts = self.scan(self.write("console", first + ["[    0.000000] Linux version 6.1.0"] + second))
        self.assertEqual([alert["type"] for alert in alerts], ["oom_no_victim", "oom_kill"])
        self.assertEqual(alerts[1]["trigger"]["comm"], "other")

    def test_a_report_without_a_kill_is_shown_when_its_time_is_over(self):
        lines = [f"Aug 25 14:06:20 web1 kernel: {line}" for line in report(4711)[:6]]
        lines += [f"Aug 25 14:07:{i:02} web1 kernel: eth0: link is up" for i in range(60)]
        (alert,) = self.scan(self.write("kern.log", lines))
        self.assertEqual(alert["type"], "oom_no_victim")
        self.assertEqual(alert["source"]["line"], 1)
        self.assertEqual(alert["trigger"]["comm"], "hog")
        self.assertEqual(alert["time"], "2026-08-25T14:06:20.000000Z")


class TestLarge(ScanCase):
    def noise(self, count):
        return [f"Aug 25 14:06:20 web1 sshd[{i}]: Accepted publickey for user{i % 17} from 192.0.2.{i % 250} port {i} ssh2" for i in range(count)]

    def test_lines_are_numbered_and_reports_whole_wherever_blocks_end(self):
        lines, expected = [], []
        for i in range(30):
            lines += self.noise(3000 + 731 * i) + [f"Aug 25 14:06:{i + 10} web1 kernel: {line}" for line in report(1000 + i)]
            expected.append((1000 + i, len(lines)))
        alerts = self.scan(self.write("syslog", lines))
        self.assertEqual([(alert["victim"]["pid"], alert["source"]["line"]) for alert in alerts], expected)
        for alert in alerts:
            self.assertIs(alert["source"]["complete"], True)
            self.assertEqual(alert["candidates_total"], 1)

    def test_a_report_between_the_lines_of_others(self):
        """A central log: between two lines of the report stand many more than are read around words of a report."""
        noise = self.noise(150)
        lines = noise * 40
        for line in report(4711):
            lines += [f"Aug 25 14:06:20 web1 kernel: {line}"] + noise
        (alert,) = self.scan(self.write("all.log", lines))
        self.assertEqual(alert["trigger"]["pid"], 4711)
        self.assertEqual(alert["candidates_total"], 1)
        self.assertIs(alert["source"]["complete"], True)

    def test_a_table_of_a_hundred_thousand_rows(self):
        lines = report(4711)
        row = lines.index(next(line for line in lines if line.startswith("[   4711]")))
        rows = [f"[{pid:7}]     0 {pid:5}     1000       10    40960        0             0 sleeper" for pid in range(100000, 200000)]
        (alert,) = self.scan(self.write("dmesg", [f"[  123.456789] {line}" for line in lines[:row] + rows + lines[row:]]))
        self.assertEqual(alert["candidates_total"], 100001)
        self.assertEqual(alert["verdict"]["rank"], 1)
        self.assertEqual(alert["source"]["line"], len(lines) + 100000)

    def test_a_log_of_five_gigabytes(self):
        """Most of it is a hole. A 32-bit machine opens it, and knows where it is in it."""
        path = self.write("kern.log", [syslog_line(KILLS[7])])
        with open(path, "r+b") as log:
            for gigabytes, kill in ((3, KILLS[8]), (5, KILLS[9])):
                log.seek(gigabytes << 30)
                log.write(b"\n" + syslog_line(kill).encode() + b"\n")
        self.assertEqual([(alert["victim"]["pid"], alert["source"]["line"]) for alert in self.scan(path)], [(1149, 1), (1150, 3), (8080, 5)])

    def test_a_line_of_a_hundred_megabytes(self):
        kill = syslog_line(KILLS[7]).encode()
        path = self.write("kern.log", kill + b"\n" + b"x" * 100_000_000 + b"\n" + syslog_line(KILLS[8]).encode() + b"\n")
        alerts = self.scan(path)
        self.assertEqual([(alert["victim"]["pid"], alert["source"]["line"]) for alert in alerts], [(1149, 1), (1150, 3)])

    def test_a_long_line_with_a_report_in_it_is_said_to_be_unreadable(self):
        kill = syslog_line(KILLS[7]).encode()
        path = self.write("kern.log", b"x" * 1_000_000 + kill + b"\n" + syslog_line(KILLS[8]).encode() + b"\n")
        done = self.run_scan("--format", "json", path)
        self.assertEqual(done.returncode, TROUBLE)
        self.assertIn(b"too long", done.stderr)
        self.assertEqual([alert["victim"]["pid"] for alert in read_alerts(done.stdout)], [1150])

    def test_binary_garbage(self):
        garbage = random.Random(4711).randbytes(4_000_000)
        path = self.write("garbage", garbage)
        self.assertEqual(self.scan(path, status=NOTHING), [])
        path = self.write("garbage", garbage + b"\n" + syslog_line(KILLS[7]).encode() + b"\n" + garbage)
        (alert,) = self.scan(path)
        self.assertEqual(alert["victim"]["pid"], 1149)
        self.assertEqual(alert["source"]["line"], garbage.count(b"\n") + 2)

    def test_years_are_told_apart_in_what_is_skipped(self):
        """From January of one year to the same days of the next, with nothing of the kernel between."""
        months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
        year = [f"{month} {day:2} 10:00:00 {HOST} cron: nothing to be done" for month in months for day in range(1, 29) for _ in range(40)]
        kill = f"Jan  2 10:00:00 {HOST} kernel: Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB"
        path = self.write("syslog", [f"Jan  1 10:00:00 {HOST} cron: begins", kill] + year[80:] + year[:400], modified=calendar.timegm((2026, 1, 12, 0, 0, 0)))
        (alert,) = self.scan(path)
        self.assertEqual(alert["time"], "2025-01-02T10:00:00.000000Z")


class TestChanging(ScanCase):
    """A log that changes while it is read: the reader is stopped on its way."""

    SIZE = 512 << 20

    def setUp(self):
        super().setUp()
        self.path = self.write("kern.log", [syslog_line(KILLS[7])])
        with open(self.path, "ab") as log:
            for _ in range(self.SIZE >> 24):
                log.write(bytes(1 << 24))  # not a hole: those are passed over

    def start(self):
        """Returns when a part of the log was read, and the process stopped. One that read all meanwhile is started again."""
        return wait_until(self.start_and_stop, "a scan stopped in the middle")

    def start_and_stop(self):
        process = subprocess.Popen([OOMWATCH, "scan", "--format", "json", self.path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_until(lambda: self.read_bytes(process.pid) > 4 << 20 or process.poll() is not None, "something read")
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return process if 0 < self.read_bytes(process.pid) < self.SIZE else None

    def read_bytes(self, pid):
        """How many bytes it has read, of whatever."""
        try:
            return int(re.search(r"rchar: (\d+)", pathlib.Path(f"/proc/{pid}/io").read_text(encoding="ascii"))[1])
        except ProcessLookupError:
            return 0

    def finish(self, process):
        process.send_signal(signal.SIGCONT)
        output, errors = process.communicate(timeout=DEADLINE_SEC)
        self.assertEqual(process.returncode, FOUND, errors)
        self.assertEqual(errors, b"")
        return [alert["victim"]["pid"] for alert in read_alerts(output)]

    def test_it_shrinks(self):
        process = self.start()
        os.truncate(self.path, 100)
        self.assertEqual(self.finish(process), [1149])

    def test_it_is_rotated_away_and_another_takes_its_name(self):
        process = self.start()
        os.rename(self.path, self.directory / "kern.log.1")
        self.write("kern.log", [syslog_line(KILLS[8])])
        os.truncate(self.directory / "kern.log.1", 100)
        self.assertEqual(self.finish(process), [1149])

    def test_it_grows(self):
        process = self.start()
        with open(self.path, "ab") as log:
            log.write(b"\n" + syslog_line(KILLS[8]).encode() + b"\n")
        self.assertEqual(self.finish(process), [1149, 1150])


class TestCommand(ScanCase):
    def run_oomwatch(self, *arguments):
        return subprocess.run([OOMWATCH, *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE_SEC, env=self.environment, check=False)

    def test_help_and_version(self):
        self.assertRegex(self.run_oomwatch("--version").stdout, rb"\Aoomwatch \d+\.\d+\.\d+\n\Z")
        self.assertIn(b"scan", self.run_oomwatch("--help").stdout)
        done = self.run_oomwatch("scan", "--help")
        self.assertEqual(done.returncode, 0)
        for option in (b"--format", b"--since", b"--until", b"-j", b"-v", b"--kmsg", b"--journal", b"--directory", b"--file"):
            self.assertIn(option, done.stdout)
        self.assertLessEqual(max(len(line) for line in done.stdout.splitlines()), 100)

    def test_wrong_usage_is_2_and_says_why(self):
        for arguments, words in (([], b"which command"), (["scam"], b"'scam': unknown command"), (["--scan"], b"'--scan': unknown option"),
                                 (["scan", "--nonsense"], b"--nonsense"), (["scan", "--format", "xml"], b"text json html"), (["scan", "-j0"], b"'0'"),
                                 (["scan", "-j257"], b"'257'"), (["scan", "-jx"], b"'x'"), (["scan", "--since", "someday"], b"'someday'"),
                                 (["scan", "--since", "today", "--until", "yesterday"], b"--since is after --until"),
                                 (["scan", "--format"], b"requires an argument")):
            done = self.run_oomwatch(*arguments)
            self.assertEqual(done.returncode, TROUBLE, arguments)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, b"")

    def test_nothing_found_is_1(self):
        self.assertEqual(self.scan(self.write("kern.log", ["Aug 25 14:06:20 web1 kernel: eth0: link is up"]), status=NOTHING), [])
        self.assertEqual(self.scan(self.write("empty", b""), status=NOTHING), [])

    def test_what_cannot_be_read_is_2_and_the_rest_is_shown(self):
        path = self.write("kern.log", [syslog_line(KILLS[7])])
        done = self.run_scan("--format", "json", self.directory / "away", path)
        self.assertEqual(done.returncode, TROUBLE)
        self.assertIn(b"away: No such file", done.stderr)
        self.assertEqual(len(read_alerts(done.stdout)), 1)

    def test_a_name_on_standard_error_commands_no_terminal(self):
        done = self.run_scan(self.directory / "a\x1b[31m\n")
        self.assertEqual(done.returncode, TROUBLE)
        self.assertNotIn(b"\x1b", done.stderr)
        self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_since_and_until(self):
        path = self.write("kern.log", [syslog_line(kill) for kill in KILLS] + ["", "Killed process 9 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB"])
        cases = ((["--since", "2026-08-25"], [1149, 1150, 8080]), (["--until", "2025-10-03 02:15:01"], [1120, 30211]),
                 (["--since", "2025-10-03 02:15:01", "--until", "2025-10-03 02:15:01"], [30211]))
        for arguments, pids in cases:
            done = self.run_scan("--format", "json", *arguments, path)
            self.assertEqual(done.returncode, FOUND)
            self.assertEqual([alert["victim"]["pid"] for alert in read_alerts(done.stdout)], pids)
        self.assertEqual(self.run_scan("--since", "2026-08-27", path).returncode, NOTHING)

    def test_what_has_no_time_is_left_out_of_a_range_and_that_is_said(self):
        path = self.write("dmesg", [f"[  123.456789] {line}" for line in report(4711)])
        self.assertEqual(len(self.scan(path)), 1)
        done = self.run_scan("--since", "2020-01-01", "--format", "json", path)
        self.assertEqual((done.returncode, done.stdout), (NOTHING, b""))
        self.assertEqual(done.stderr, b"oomwatch: 1 incident has no time, and is left out\n")
        table = self.run_scan("--since", "2020-01-01", path)
        self.assertEqual((table.stdout, table.stderr), (b"not shown, because their time is unknown: 1\n0 incidents in 1 file\n", b""))

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        self.write("kern.log", [syslog_line(KILLS[i % 10]).replace("process ", f"process {i}") for i in range(20000)])
        process = subprocess.Popen([OOMWATCH, "scan", "--format", "json", self.directory], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment)
        process.stdout.read(1)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        self.assertIn(process.wait(timeout=DEADLINE_SEC), (-signal.SIGPIPE, 128 + signal.SIGPIPE))

    def test_a_full_disk_is_reported(self):
        path = self.write("kern.log", [syslog_line(KILLS[7])])
        with open("/dev/full", "wb") as full:
            for form in ("json", "text", "html"):
                done = subprocess.run([OOMWATCH, "scan", "--format", form, path], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                      env=self.environment, timeout=DEADLINE_SEC, check=False)
                self.assertEqual(done.returncode, TROUBLE, form)
                self.assertIn(b"No space left on device", done.stderr)


if __name__ == "__main__":
    unittest.main()
