#!/usr/bin/python3
"""The table of `oomwatch scan`: what people read on a terminal, and what they grep in a pipe."""

import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import tempfile
import termios
import unittest

import alert_reader
import html_page
from testbed import DEADLINE_SEC

HEADINGS = ["TIME", "HOST", "SCOPE", "VICTIM", "PID", "ANON RSS", "UNIT/CONTAINER", "REASON"]
START_SEC = 1787666780  # 2026-08-25 14:06:20 UTC


def kill_line(pid=1149, comm="pengine", anon_kib=2237192, stamp="Aug 25 14:06:20", host="tms-91"):
    return f"{stamp} {host} kernel: Killed process {pid} ({comm}) total-vm:6529372kB, anon-rss:{anon_kib}kB, file-rss:12420kB\n"


class TableTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.log = self.directory / "kern.log"

    def scan(self, *arguments, **more):
        status, output = html_page.scan([*arguments, self.directory], **more)
        return status, output.decode()

    def on_a_terminal(self, columns, **more):
        """The lines that a terminal so wide gets. more: of the environment."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        process = subprocess.Popen([html_page.BUILD / "oomwatch", "scan", str(self.directory)], stdin=subprocess.DEVNULL, stdout=follower,
                                   stderr=subprocess.PIPE, env=dict(environment, TZ="UTC", **more))
        os.close(follower)
        output = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # EIO: the other end is closed
                break
            if not piece:
                break
            output += piece
        os.close(leader)
        self.assertEqual(process.communicate(timeout=DEADLINE_SEC)[1], b"")
        self.assertEqual(process.returncode, 0)
        return output.decode().replace("\r\n", "\n").splitlines()

    def cells(self, output):
        """The rows of the table as cells: two blanks are between them at least."""
        lines = output.splitlines()
        self.assertEqual(re.split("  +", lines[0].replace("TIME (UTC)", "TIME").strip()), HEADINGS)
        return [re.split("  +", row.strip()) for row in lines[1:lines.index("")] if row[0] != "~"]

    def test_a_kill_of_an_old_kernel(self):
        self.log.write_text(kill_line())
        os.utime(self.log, (START_SEC, START_SEC))
        status, output = self.scan()
        self.assertEqual(status, 0)
        lines = output.splitlines()
        self.assertEqual(lines[0].split(), ["TIME", "(UTC)", "HOST", "SCOPE", "VICTIM", "PID", "ANON", "RSS", "UNIT/CONTAINER", "REASON"])
        self.assertEqual(lines[1].split(), ["2026-08-25", "14:06:20~", "tms-91", "-", "pengine", "1149", "2.1", "GiB", "-", "not", "printed"])
        self.assertIn("~ no year in the log: inferred from the file's time and the order of its lines (1 of 1)", lines)
        self.assertIn("~ no zone in the log: local time assumed (1 of 1)", lines)
        self.assertIn("1           2.1 GiB  pengine (process)", lines)
        self.assertIn("1           2.1 GiB  2026-08-25", lines)
        self.assertEqual(lines[-1], "1 incident: 1 kill in 1 file")

    def test_nothing_found(self):
        self.log.write_text("Aug 25 14:06:20 tms-91 kernel: all is well\n")
        self.assertEqual(self.scan(), (1, "0 incidents in 1 file\n"))

    def test_what_it_says_is_what_the_json_says(self):
        for case in ("global-swap", "memcg-service", "group-kill", "container-paths", "panic"):
            (self.directory / case).write_bytes(html_page.log_of(html_page.CASES / "6.1" / f"{case}.kmsg", START_SEC, "tms-91"))
        alerts = alert_reader.read_alerts(self.scan("--format", "json")[1])
        rows = self.cells(self.scan()[1])
        self.assertEqual([[row[0], row[1], row[2], row[3], row[4]] for row in rows],
                         [[alert["time"][:19].replace("T", " "), "tms-91", alert.get("scope", "-"),
                           alert.get("victim", {}).get("comm", "-"), str(alert.get("victim", {}).get("pid", "-"))] for alert in alerts])
        for row, alert in zip(rows, alerts):
            victim = alert.get("victim", {})
            owner = victim.get("container", {}).get("id", "")[:12] or victim.get("unit") or victim.get("cgroup") or "-"
            self.assertIn(owner, row[6])  # whole, not cut: it is a pipe

    def test_totals_are_of_all_kills(self):
        self.log.write_text("".join(kill_line(pid=pid, comm=comm, stamp=stamp) for pid, comm, stamp in [
            (1, "a", "Aug 24 10:00:00"), (2, "b", "Aug 24 10:00:01"), (3, "a", "Aug 25 10:00:00"), (4, "a", "Aug 25 11:00:00")]))
        os.utime(self.log, (START_SEC, START_SEC))
        lines = [line.split() for line in self.scan()[1].splitlines()]
        self.assertIn(["3", "2.1", "GiB", "a", "(process)"], lines)
        self.assertIn(["1", "2.1", "GiB", "b", "(process)"], lines)
        days = lines.index(["KILLS", "LARGEST", "DAY"])
        self.assertEqual([line[0::3] for line in lines[days + 1:days + 3]], [["2", "2026-08-24"], ["2", "2026-08-25"]])

    def test_the_zone_is_said_with_each_time_where_it_changes(self):
        self.log.write_text("".join(f"2026-{month}-25T14:06:20+00:00 tms-91 kernel: Killed process {month} (hog) total-vm:8kB, anon-rss:4kB, "
                                    "file-rss:0kB\n" for month in ("08", "12")))
        lines = self.scan(TZ="CET-1CEST,M3.5.0,M10.5.0/3")[1].splitlines()
        self.assertTrue(lines[0].startswith("TIME  "), lines[0])
        self.assertTrue(lines[1].startswith("2026-08-25 16:06:20 CEST "), lines[1])
        self.assertTrue(lines[2].startswith("2026-12-25 15:06:20 CET "), lines[2])
        self.assertEqual(lines[1].index("tms-91"), lines[2].index("tms-91"))

    def test_names_never_carry_controls(self):
        (self.directory / "hostile").write_bytes((html_page.CASES / "6.1" / "hostile-names.kmsg").read_bytes())
        for arguments in ([], ["-v"]):
            output = self.scan(*arguments)[1]
            self.assertIn("red", output)
            for character in output:
                self.assertTrue(character == "\n" or character.isprintable(), repr(character))

    def test_a_terminal_is_not_overrun(self):
        (self.directory / "log").write_bytes(html_page.log_of(html_page.CASES / "6.1" / "container-paths.kmsg", START_SEC, "tms-91"))
        for columns in (80, 100, 120, 200):
            with self.subTest(columns):
                lines = self.on_a_terminal(columns)
                self.assertEqual([line for line in lines[:lines.index("")] if len(line) > columns], [])
                self.assertEqual("all on tms-91" in lines, "HOST" not in lines[0])
                self.assertIn("docker a1b2", "\n".join(lines))
        self.assertTrue(any("docker a1b2c3d4e5f6 " in line for line in self.on_a_terminal(200)))

    def test_the_user_may_say_how_wide_the_terminal_is(self):
        (self.directory / "log").write_bytes(html_page.log_of(html_page.CASES / "6.1" / "container-paths.kmsg", START_SEC, "tms-91"))
        wide, narrow = self.on_a_terminal(200), self.on_a_terminal(100)
        self.assertNotEqual(wide, narrow)
        self.assertEqual(self.on_a_terminal(200, COLUMNS="100"), narrow)
        for nonsense in ("", "0", "100x", "4097", "-1"):
            self.assertEqual(self.on_a_terminal(200, COLUMNS=nonsense), wide, nonsense)

    def test_each_incident_explained(self):
        (self.directory / "log").write_bytes(html_page.log_of(html_page.CASES / "6.1" / "global-swap.kmsg", START_SEC, "tms-91"))
        (self.directory / "twice").write_bytes((self.directory / "log").read_bytes())
        output = self.scan("-v")[1]
        self.assertEqual(output.count("  Victim    "), 2)
        for name in ("log", "twice"):
            self.assertEqual(output.count(f"{self.directory}/{name}:"), 2)
        self.assertTrue(output.endswith("2 incidents: 2 kills in 2 files\n"))


if __name__ == "__main__":
    unittest.main()
