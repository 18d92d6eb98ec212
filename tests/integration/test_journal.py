#!/usr/bin/python3
"""Alerts in a real journal: the fields, the order, and what happens while journald is starved, dead, or not there.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import contextlib
import os
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from alert_reader import kill_record, read_alert, read_alerts
from journald import Journald
from testbed import BUILD, TOP, wait_until

OOMWATCHD = BUILD / "oomwatchd"
DRAIN_SEC = 60  # what the daemon gives a file's last alerts


class Unit:
    """A cgroup that journald takes for that of a service, as PID 1 would make it. setting: its LogRateLimitIntervalSec=, which PID 1 hands
    to journald by a link (systemd 252, journald-context.c); None: it has none."""

    def __init__(self, journald, setting):
        if Path("/sys/fs/cgroup/cgroup.procs").exists():
            top = Path("/sys/fs/cgroup")
        else:  # PID 1's own hierarchy beside those of version 1
            top = next(path for path in map(Path, ("/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")) if path.exists())
        self._slice = top / "system.slice"
        self._had_slice = self._slice.exists()
        self.directory = self._slice / f"oomwatchd-test-{os.getpid()}.service"
        self.directory.mkdir(parents=True)
        if setting is not None:
            links = Path(journald.path("/run/systemd/units"))
            links.mkdir(exist_ok=True)
            (links / f"log-rate-limit-interval:{self.directory.name}").symlink_to(setting)

    def command(self, command):
        return ["sh", "-c", 'echo $$ >"$0" && exec "$@"', self.directory / "cgroup.procs", *command]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(FileNotFoundError):  # a PID 1 that is systemd may have removed it
            self.directory.rmdir()
        if not self._had_slice:
            self._slice.rmdir()


class JournalTest(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="test_journal.")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.records = self.directory / "records"
        self.config = self.directory / "oomwatchd.conf"
        self.spool = self.directory / "spool"
        self.configure()

    def configure(self, *sections):
        self.config.write_text("\n".join([f'spool {{ path = "{self.spool}" }}', "journal { enabled = true }", *sections]))

    def command(self):
        return [OOMWATCHD, "-c", self.config, "--kmsg", self.records, "--stdout", "json"]

    def start(self, journald):
        process = journald.popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def test_entry_has_the_fields_and_the_whole_alert(self):
        self.records.write_text(kill_record(1))
        with Journald() as journald:
            alert = read_alert(journald.run(self.command()).stdout)
            entries = journald.query("-t", "oomwatchd", "OOM_VICTIM_PID=1001")
        self.assertEqual(len(entries), 1)
        entry = entries[0]
        self.assertEqual(entry["OOM_ALERT_JSON"], alert)
        self.assertEqual(entry["MESSAGE"], alert["summary"])
        self.assertEqual(entry["OOM_EVENT_ID"], alert["id"])
        self.assertEqual(entry["PRIORITY"], "2")
        self.assertEqual(entry["OOM_TYPE"], "oom_kill")
        self.assertEqual(entry["OOM_SCOPE"], "global")
        self.assertEqual(entry["OOM_VICTIM_COMM"], "stress")
        self.assertEqual(entry["OOM_VICTIM_UID"], "1000")
        self.assertEqual(entry["OOM_VICTIM_ANON_RSS_BYTES"], str(524288 * 1024))
        self.assertEqual(entry["OOM_VICTIM_OOM_SCORE_ADJ"], "17")
        self.assertEqual(entry["OOM_KMSG_SEQ"], "1")
        self.assertRegex(entry["MESSAGE_ID"], r"^[0-9a-f]{32}$")

    def test_hostile_names_make_no_fields(self):
        comms = [r"a\x0aPRIORITY=7", r"\x1b[31m\x0a\x0a", r"\xff\xfe=", ") total-vm:0kB", ",pid=1,uid=0"]
        self.records.write_text("".join(kill_record(n, comm) for n, comm in enumerate(comms, 1)))
        with Journald() as journald:
            journald.run(self.command())
            entries = journald.query("-t", "oomwatchd")
        self.assertEqual(len(entries), len(comms))
        for comm, entry in zip(comms, entries):
            value = entry["OOM_VICTIM_COMM"]
            value = bytes(value) if isinstance(value, list) else value.encode()
            self.assertEqual(value, comm.encode().decode("unicode_escape").encode("latin-1"))
            self.assertEqual(entry["PRIORITY"], "2")
            self.assertNotRegex(entry["MESSAGE"], r"[\x00-\x1f]")

    def test_many_alerts_arrive_in_order_once_each(self):
        self.records.write_text("".join(kill_record(n) for n in range(1, 1001)))
        with Journald() as journald:
            journald.run(self.command())
            entries = journald.query("-t", "oomwatchd")
        self.assertEqual([int(entry["OOM_KMSG_SEQ"]) for entry in entries], list(range(1, 1001)))

    def test_starved_journald_delays_no_other_and_loses_nothing(self):
        count = 1500
        self.records.write_text("".join(kill_record(n) for n in range(1, count + 1)))
        self.configure('webhook "pager" { url = "http://127.0.0.1:1/" }')
        with Journald() as journald:
            journald.pause()
            process = self.start(journald)
            alerts = [read_alert(process.stdout.readline()) for _ in range(count)]
            wait_until(lambda: len(list((self.spool / "pager").glob("*.json"))) == count, "spooled: all alerts")
            self.assertIsNone(process.poll())
            journald.resume()
            self.assertEqual(process.wait(DRAIN_SEC), 0)
            entries = journald.query("-t", "oomwatchd")
        self.assertEqual([entry["OOM_EVENT_ID"] for entry in entries], [alert["id"] for alert in alerts])

    def test_journald_that_comes_back_gets_what_it_missed(self):
        os.mkfifo(self.records)  # a log that goes on
        with Journald() as journald:
            journald.stop()
            self.assertTrue(os.path.exists(journald.path("/run/systemd/journal/socket")))
            process = self.start(journald)
            with open(self.records, "w", encoding="ascii") as records:
                records.write("".join(kill_record(n) for n in range(1, 6)))
                records.flush()
                self.assertIn("alerts can't be written to the journal", process.stderr.readline())
                journald.start()
                wait_until(lambda: len(journald.query("-t", "oomwatchd")) == 5, "all entries")
            self.assertEqual(process.wait(DRAIN_SEC), 0)
            entries = journald.query("-t", "oomwatchd")
        self.assertEqual([int(entry["OOM_KMSG_SEQ"]) for entry in entries], list(range(1, 6)))

    def test_a_file_does_not_wait_for_a_journald_that_is_gone(self):
        self.records.write_text("".join(kill_record(n) for n in range(1, 1201)))
        with Journald() as journald:
            journald.stop()
            began = time.monotonic()
            result = journald.run(self.command(), check=False)
        self.assertEqual(len(read_alerts(result.stdout)), 1200)
        self.assertRegex(result.stderr, "alerts can't be written to the journal: .*refused")
        self.assertRegex(result.stderr, r"\d+ alerts are left at the end, and lost: nobody reads .*records again")
        self.assertEqual(result.returncode, 1)
        self.assertLess(time.monotonic() - began, DRAIN_SEC / 2)

    def test_what_is_read_of_a_file_is_not_the_journals_business(self):
        self.records.write_text(kill_record(1))
        self.config.write_text(f'spool {{ path = "{self.spool}" }}')
        with Journald() as journald:
            self.assertEqual(len(read_alerts(journald.run(self.command()).stdout)), 1)
            self.assertEqual(journald.query("-t", "oomwatchd"), [])

    def test_entry_does_not_say_where_the_program_was_built(self):
        self.records.write_text(kill_record(1))
        with Journald() as journald:
            journald.run(self.command())
            (entry,) = journald.query("-t", "oomwatchd")
        self.assertFalse([name for name in entry if name.startswith("CODE_")])

    def test_without_journald_one_notice_and_no_waiting(self):
        self.records.write_text("".join(kill_record(n) for n in range(1, 101)))
        with Journald(start=False) as journald:
            os.rmdir(journald.path("/run/systemd/journal"))  # there is none on this machine
            began = time.monotonic()
            result = journald.run(self.command())
        self.assertEqual(len(read_alerts(result.stdout)), 100)
        self.assertEqual(result.stderr.count("journald is not running"), 1)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertLess(time.monotonic() - began, DRAIN_SEC / 2)

    def test_the_unit_lifts_journalds_rate_limit(self):
        """A storm of 1,000 kills, where journald takes 100 entries of a service in 30 s, or a few times that while it has much room."""
        setting = re.search("^LogRateLimitIntervalSec=(.*)$", (TOP / "systemd/oomwatchd.service.in").read_text(), re.MULTILINE)[1]
        self.records.write_text("".join(kill_record(number) for number in range(1000)))
        n_entries = []
        for value in (None, setting):
            with Journald(rate="RateLimitIntervalSec=30s\nRateLimitBurst=100") as journald:
                try:
                    unit = Unit(journald, value)
                except OSError as error:
                    self.skipTest(f"no cgroup of a service can be made: {error}")
                with unit:
                    alerts = read_alerts(journald.run(unit.command(self.command())).stdout)
                entries = journald.query("-t", "oomwatchd", "--output-fields=OOM_EVENT_ID,OOM_TYPE,OOM_ALERT_JSON,_SYSTEMD_UNIT")
                if entries[0].get("_SYSTEMD_UNIT") != unit.directory.name:
                    self.skipTest("journald takes no cgroup of this machine for a service's")
                n_entries.append(len({entry["OOM_EVENT_ID"] for entry in entries}))
        self.assertEqual(len(alerts), 1000)
        self.assertLess(n_entries[0], 900, "without the setting there is a limit")
        self.assertEqual(n_entries[1], 1000)


if __name__ == "__main__":
    unittest.main()
