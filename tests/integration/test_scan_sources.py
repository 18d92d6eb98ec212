#!/usr/bin/python3
"""oomwatch scan of what a machine keeps by itself: the real ring buffer, a real journal with the kernel's messages.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import datetime
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import memcg
from alert_reader import read_alert
from journald import Journald, text
from testbed import BUILD, CORPUS, DEADLINE_SEC, wait_until
from watcher import Watcher

OOMWATCH = BUILD / "oomwatch"
FOUND, UNREADABLE = 0, 2
NOBODY = 65534


def why_not():
    if not os.access("/dev/kmsg", os.R_OK):
        return "/dev/kmsg can't be read here"
    return memcg.why_not()


def kills_of(result, pid):
    alerts = [read_alert(line) for line in result.stdout.splitlines()]
    return [alert for alert in alerts if alert.get("victim", {}).get("pid") == pid]


def seconds_of(time):
    return datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


class PstoreTest(unittest.TestCase):
    """The corpus' dmesg, as a machine that panicked leaves it."""

    TEXT = CORPUS / "logs" / "6.1" / "memcg-service" / "dmesg.txt"
    PART_LINES = 30

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="test_scan_sources.")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def write_parts(self):
        parts = []
        for line in self.TEXT.read_text(encoding="utf-8").splitlines(keepends=True):
            # The kernel puts whole records into a part.
            if not parts or (len(parts[-1]) >= self.PART_LINES and line.startswith("[")):
                parts.append([])
            parts[-1].append(line)
        # The newest is the first: that of the end.
        for number, part in enumerate(reversed(parts), 1):
            path = self.directory / f"dmesg-efi_pstore-{1632982734 * 100000 + number * 1000 + 1}"
            path.write_text(f"Panic#1 Part{number}\n" + "".join(part), encoding="utf-8")
        return len(parts)

    def scan(self, *paths):
        result = subprocess.run([OOMWATCH, "scan", "--format", "json", *paths], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=DEADLINE_SEC, check=False)
        self.assertEqual((result.returncode, result.stderr), (FOUND, ""))
        return [read_alert(line) for line in result.stdout.splitlines()]

    def test_a_report_in_several_parts_is_one(self):
        count = self.write_parts()
        self.assertGreater(count, 2)
        (expected,) = self.scan(self.TEXT)
        (alert,) = self.scan(self.directory)
        for field in ("type", "victim", "trigger", "limit", "candidates", "verdict"):
            self.assertEqual(alert.get(field), expected.get(field), field)
        self.assertTrue(alert["source"]["complete"])
        self.assertTrue(alert["source"]["path"].endswith(f"{count:02}001"), alert["source"]["path"])

    def test_what_systemd_put_together_is_read_and_not_the_parts(self):
        self.write_parts()
        shutil.copy(self.TEXT, self.directory / "dmesg.txt")
        (alert,) = self.scan(self.directory)
        self.assertEqual(alert["source"]["path"], f"{self.directory}/dmesg.txt")
        self.assertNotIn("places", alert["source"])


@unittest.skipIf(why_not(), why_not())
class ScanRingTest(unittest.TestCase):
    """oomwatch scan --kmsg, and oomwatchd beside it."""

    # Where the scan can't know what the daemon saw: the clock when it read the record, and the victim in /proc.
    OF_THE_MOMENT = ("time", "time_source")
    OF_PROC = ("cmdline", "user")

    def scan(self, *arguments):
        result = subprocess.run([OOMWATCH, "scan", "--format", "json", *arguments], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=DEADLINE_SEC, check=False)
        self.assertEqual((result.returncode, result.stderr), (FOUND, ""))
        return result

    def test_a_kill_is_shown_as_by_the_daemon_and_has_the_same_id(self):
        expected_alerts = {}

        def is_whole():  # the kernel prints ten headers in five seconds
            with memcg.Memcg() as group:
                (alert,) = daemon.wait_for(group.kill())
            expected_alerts[alert["victim"]["pid"]] = alert
            return alert["source"]["complete"]

        with Watcher(arguments=["--from", "now"]) as daemon:
            wait_until(is_whole, "a kill with the whole report")
            self.assertEqual(daemon.stop(), 0)
        for path in ("--kmsg", "/dev/kmsg"):
            result = self.scan(path)
            for pid, expected in expected_alerts.items():
                (alert,) = kills_of(result, pid)
                self.assertEqual(alert["id"], expected["id"])
                self.assertEqual(alert["source"]["kind"], "kmsg")
                self.assertEqual(alert["source"]["seq"], expected["source"]["seq"])
                self.assertEqual(alert["time_source"], "estimated")
                if expected["source"]["complete"]:
                    self.assertLess(abs(seconds_of(alert["time"]) - seconds_of(expected["time"])), 60)
                    self.assertEqual(self.comparable(alert), self.comparable(expected))

    def comparable(self, alert):
        victim = {name: value for name, value in alert["victim"].items() if name not in self.OF_PROC}
        source = {name: value for name, value in alert["source"].items() if name != "boottime_usec"}  # a log has none
        return {name: value for name, value in alert.items() if name not in self.OF_THE_MOMENT} | {"victim": victim, "source": source}

    def test_a_saved_copy_is_a_file(self):
        with memcg.Memcg() as group:
            pid = group.kill()
        with tempfile.NamedTemporaryFile("wb") as copy:
            fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
            try:
                while True:
                    try:
                        copy.write(os.read(fd, 8192))
                    except BrokenPipeError:
                        continue
            except BlockingIOError:
                copy.flush()
            finally:
                os.close(fd)
            (saved,) = kills_of(self.scan(copy.name), pid)
            (both,) = kills_of(self.scan(copy.name, "--kmsg"), pid)
        (live,) = kills_of(self.scan("--kmsg"), pid)
        self.assertEqual((saved["source"]["kind"], saved["source"]["path"]), ("file", copy.name))
        self.assertNotIn("host", saved)
        self.assertNotIn("time", saved)
        self.assertNotEqual(saved["id"], live["id"])
        self.assertEqual((both["id"], both["source"]["kind"]), (live["id"], "kmsg"))
        self.assertEqual({place["path"] for place in both["source"]["places"]}, {"/dev/kmsg", copy.name})


@unittest.skipIf(why_not(), why_not())
class ScanSourcesTest(unittest.TestCase):
    def setUp(self):
        self.journald = Journald(kmsg=True)
        self.journald.__enter__()
        self.addCleanup(self.journald.__exit__)

    def kill(self):
        """Makes a kill, and returns its pid when the journal has it."""
        with memcg.Memcg() as group:
            pid = group.kill()

        def is_journalled():
            entries = self.journald.query("_TRANSPORT=kernel")
            return any(f"Killed process {pid} " in text(entry["MESSAGE"] or "") for entry in entries)

        wait_until(is_journalled, f"in the journal: the kill of {pid}")
        return pid

    def scan(self, *arguments, status=FOUND):
        result = self.journald.run([OOMWATCH, "scan", "--format", "json", *arguments], check=False)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def test_a_kill_is_shown_from_the_ring_buffer_and_by_the_journal(self):
        pid = self.kill()
        (in_ring,) = kills_of(self.scan("--kmsg"), pid)
        (in_journal,) = kills_of(self.scan("--journal"), pid)
        self.assertEqual(in_journal["source"]["kind"], "journal")
        for field in ("type", "scope", "victim", "trigger", "limit", "candidates", "verdict"):
            self.assertEqual(in_journal.get(field), in_ring.get(field), field)
        self.assertEqual(in_journal["victim"]["comm"], "hog")
        self.assertEqual(in_journal["time_source"], "log")

    def test_a_kill_in_the_ring_buffer_and_elsewhere_is_one(self):
        pid = self.kill()
        (alone,) = kills_of(self.scan("--kmsg"), pid)
        with tempfile.NamedTemporaryFile("wb") as log:
            log.write(subprocess.run(["dmesg", "-T"], capture_output=True, check=True).stdout)
            log.flush()
            (alert,) = kills_of(self.scan("--kmsg", "--journal", log.name), pid)
            paths = [place.get("path") for place in alert["source"]["places"]]
            self.assertEqual(sorted(paths, key=str), sorted(["/dev/kmsg", None, log.name], key=str))
        self.assertEqual(alert["id"], alone["id"])
        self.assertEqual((alert["source"]["kind"], alert["source"]["seq"]), ("kmsg", alone["source"]["seq"]))
        self.assertEqual((alert["time_source"], alone["time_source"]), ("log", "estimated"))
        (in_journal,) = kills_of(self.scan("--journal"), pid)
        self.assertEqual(alert["time"], in_journal["time"])

    def test_a_journal_by_its_directory_and_by_its_file(self):
        pid = self.kill()
        (expected,) = kills_of(self.scan("--journal"), pid)
        (file,) = pathlib.Path(self.journald.path("/run/log/journal")).glob("*/system.journal")
        path = f"/run/log/journal/{file.parent.name}"
        for arguments in (("--directory", path), ("--file", f"{path}/system.journal"), (path,),
                          (f"{path}/system.journal",), ("/run/log",)):
            with self.subTest(arguments):
                (alert,) = kills_of(self.scan(*arguments), pid)
                self.assertEqual(alert["victim"], expected["victim"])

    def test_without_arguments_the_journal_is_read_once(self):
        pid = self.kill()
        # What else this machine keeps in /var/log may be unreadable, or full of others' kills.
        self.journald.run(["mount", "-t", "tmpfs", "tmpfs", "/var/log"])
        (alert,) = kills_of(self.scan(), pid)
        self.assertEqual(alert["source"]["kind"], "journal")
        self.assertNotIn("places", alert["source"])

    def test_the_journal_by_time(self):
        pid = self.kill()
        self.assertEqual(len(kills_of(self.scan("--journal", "--since", "-1h", "--until", "now"), pid)), 1)
        self.assertEqual(self.scan("--journal", "--until", "-1h", status=1).stdout, "")
        self.assertEqual(self.scan("--journal", "--since", "+1h", status=1).stdout, "")

    def test_a_journal_that_may_not_be_read_is_reported(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        self.kill()
        # The build's directory may be root's alone.
        shutil.copy(OOMWATCH, self.journald.path("/run/oomwatch"))
        result = self.journald.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                                    "/run/oomwatch", "scan", "--format", "json", "--journal"], check=False)
        self.assertEqual(result.returncode, UNREADABLE, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertIn("Permission denied", result.stderr)
        self.assertIn("systemd-journal", result.stderr)


if __name__ == "__main__":
    unittest.main()
