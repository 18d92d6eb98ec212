#!/usr/bin/python3
"""The end of the watcher: whatever is away or hangs then, nothing is lost and it doesn't take long.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import fcntl
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import memcg
import watcher
from alert_reader import kill_record
from journald import Journald
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import Watcher

STOP_SEC = 10  # what a stop may take
# Of that it waits 8 s at most; the rest is for a machine that is busy otherwise, and for the sanitizers.


def fsync_prefix(fault):
    """Runs a program whose fsync() does what the file says; without the file it works."""
    return ["env", f"LD_PRELOAD={BUILD}/tests/tools/libfaults.so", f"OOMWATCH_FAULT_FSYNC={fault}",
            "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"]


def kills(group, count):
    return [group.kill() for _ in range(count)]


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestNothingIsLost(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-stop-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.group = memcg.Memcg(limit=2 * memcg.MIB)
        self.addCleanup(self.group.remove)

    def check_left(self, daemon, count):
        """Other processes may have been killed too."""
        found = re.search(r"(\d+) alerts are left at the end; they are still in the kernel log, and the next start sends them again",
                          "".join(daemon.log))
        self.assertTrue(found, daemon.log)
        self.assertGreaterEqual(int(found[1]), count)

    def check_again(self, alerts, again):
        """The same alerts, whole, under the same ids. What is asked of the machine may be another answer by now."""
        self.assertEqual([alert["id"] for alert in again], [alert["id"] for alert in alerts])
        for one, other in zip(alerts, again):
            for name in ("type", "summary", "scope", "limit", "candidates_total", "trigger"):
                self.assertEqual(one.get(name), other.get(name), name)
            for alert in (one, other):
                del alert["source"]["boottime_usec"]  # as time, of when it was read, or estimated
            self.assertEqual(one["source"], other["source"])

    def test_what_a_failing_disk_refused_is_spooled_by_the_next_start(self):
        fault = self.directory / "fault"
        fault.write_text("5")  # EIO
        config = 'webhook "pager" { url = "https://localhost:1/oom" }\n'
        with Watcher(config, ["--from", "now"], self.directory, prefix=fsync_prefix(fault)) as daemon:
            first = self.group.kill()
            daemon.wait_for(first)
            daemon.wait_log("alerts can't be spooled: Input/output error")
            pids = [first, *kills(self.group, 5)]
            alerts = daemon.wait_for(*pids)
            self.assertEqual(daemon.stop(), 0)
            self.check_left(daemon, len(pids))
        fault.unlink()
        with Watcher(config, ["--from", "cursor"], self.directory) as daemon:
            self.check_again(alerts, daemon.wait_for(*pids))
            spool = self.directory / "spool/pager"
            wait_until(lambda: {f"{alert['id']}.json" for alert in alerts} <= {path.name for path in spool.glob("*.json")}, "spooled: all")
            self.assertEqual(daemon.stop(), 0)
            self.assertNotIn("left", "".join(daemon.log))
        with Watcher(config, ["--from", "cursor"], self.directory) as daemon:
            after = self.group.kill()
            daemon.wait_for(after)
            self.assertEqual(daemon.alerts_of(*pids), [], "sent a third time")
            self.assertEqual(daemon.stop(), 0)

    def in_journal(self, journald, pids):
        return [entry for entry in journald.query("-t", "oomwatchd") if int(entry["OOM_VICTIM_PID"]) in pids]

    def test_what_a_journald_that_is_away_did_not_get_is_in_the_journal_after_the_next_start(self):
        with Journald(start=False) as journald:
            prefix = journald.command([])
            with Watcher("", ["--from", "now"], self.directory, journal=True, prefix=prefix) as daemon:
                pids = kills(self.group, 3)
                alerts = daemon.wait_for(*pids)
                daemon.wait_log("journald is not running")
                self.assertEqual(daemon.stop(), 0)
                self.check_left(daemon, len(pids))
            journald.start()
            with Watcher("", ["--from", "cursor"], self.directory, journal=True, prefix=prefix) as daemon:
                self.check_again(alerts, daemon.wait_for(*pids))
                wait_until(lambda: len(self.in_journal(journald, pids)) >= 3, "entries of all")
                self.assertEqual(daemon.stop(), 0)
            self.assertEqual([entry["OOM_EVENT_ID"] for entry in self.in_journal(journald, pids)], [alert["id"] for alert in alerts])

    def test_a_journald_that_is_away_is_waited_for(self):
        with Journald() as journald:
            with Watcher("", ["--from", "now"], self.directory, journal=True, prefix=journald.command([])) as daemon:
                before = self.group.kill()
                wait_until(lambda: self.in_journal(journald, [before]), "an entry")
                wait_until(lambda: (self.directory / "cursor").exists(), "a cursor")
                journald.stop()
                os.unlink(journald.path("/run/systemd/journal/socket"))
                pids = kills(self.group, 3)
                alerts = daemon.wait_for(*pids)
                daemon.wait_log("journald is not running")
                wait_until(lambda: re.search(r" [1-9]\d* waiting, 0 dropped", daemon.status), "a status with what waits")
                seq = int((self.directory / "cursor").read_text().split()[1])
                self.assertLess(seq, min(alert["source"]["seq"] for alert in alerts), "the cursor is held")
                journald.start()
                wait_until(lambda: len(self.in_journal(journald, pids)) == 3, "entries of all")
                wait_until(lambda: ", 0 waiting, 0 dropped" in daemon.status, "a status with nothing waiting")
                self.assertEqual(daemon.stop(), 0)
                self.assertNotIn("left", "".join(daemon.log))


class TestWhateverHangs(unittest.TestCase):
    """A log that goes on, a FIFO: it needs no privilege."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-stop-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.records = self.directory / "records"
        os.mkfifo(self.records)
        self.fault = self.directory / "fault"
        self.config = self.directory / "oomwatchd.conf"

    def full_pipe(self):
        """A pipe's end that nothing more can be written to."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        os.write(writer, bytes(4096))
        return writer

    def start(self, config, stdout, prefix=()):
        """Returns the process, and the end of the FIFO to write to."""
        self.config.write_text(f'spool {{ path = "{self.directory}/spool" }}\n{config}')
        with open(self.directory / "log", "wb") as log:
            process = subprocess.Popen([*prefix, *fsync_prefix(self.fault), BUILD / "oomwatchd", "-c", self.config, "--kmsg", self.records,
                                        "--stdout", "json"], stdin=subprocess.DEVNULL, stdout=stdout, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, open(self.records, "w", encoding="ascii")

    def stop(self, process):
        """Returns the exit status, seconds, and the log."""
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        status = process.wait(DEADLINE_SEC)
        return status, time.monotonic() - began, (self.directory / "log").read_text()

    def test_the_end_does_not_wait_for_disk_journald_receiver_and_standard_output(self):
        self.fault.write_text("hang")
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)  # takes no connection, reads nothing
        self.addCleanup(receiver.close)
        receiver.bind(str(self.directory / "agent.sock"))
        receiver.listen(1)
        with Journald() as journald:
            journald.pause()
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as filler:
                filler.connect(journald.path("/run/systemd/journal/socket"))
                try:
                    while True:
                        filler.send(b"MESSAGE=full\n")
                except BlockingIOError:
                    pass
                config = ('journal { enabled = true }\nwebhook "pager" { url = "https://localhost:1/oom" }\n'
                          f'socket "agent" {{ path = "{self.directory}/agent.sock" }}\n')
                process, records = self.start(config, self.full_pipe(), journald.command([]))
                with records:
                    records.write("".join(kill_record(n) for n in range(1, 41)))
                    records.flush()
                    wait_until((self.directory / "fault.hit").exists, "fsync() that hangs")
                    status, seconds, log = self.stop(process)
        print(f"stopped after {seconds:.1f} s")
        self.assertLess(seconds, STOP_SEC)
        self.assertRegex(log, r"40 alerts are left at the end, and lost: nobody reads .*/records again")
        self.assertEqual(status, 1)

    def test_without_a_fault_it_stops_at_once(self):
        process, records = self.start('webhook "pager" { url = "https://localhost:1/oom" }\n', subprocess.DEVNULL)
        with records:
            records.write(kill_record(1))
            records.flush()
            wait_until(lambda: list((self.directory / "spool/pager").glob("*.json")), "spooled: the alert")
            status, seconds, log = self.stop(process)
        self.assertEqual((status, log), (0, ""))
        self.assertLess(seconds, STOP_SEC / 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
