#!/usr/bin/python3
"""The spans over which the log was watched without a gap: a restart is none, records that nobody read are one.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
from collections import namedtuple

import memcg
import watcher
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import Watcher, kernel_count

DEVKMSG = pathlib.Path("/proc/sys/kernel/printk_devkmsg")
Span = namedtuple("Span", "version boot real_from boot_from seq_from kills_from real_to boot_to seq_to kills_to alerted checksum")
TRIES = 5  # the ring buffer is the machine's: others may overrun it meanwhile


def records():
    """The numbers of those that the ring buffer has."""
    fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    try:
        while True:
            try:
                yield int(os.read(fd, 65536).split(b",")[1])
            except BrokenPipeError:
                pass
            except BlockingIOError:
                return
    finally:
        os.close(fd)


def oldest_record():
    return next(records())


def overrun():
    """Writes more than a ring buffer of 256 KiB holds."""
    before = DEVKMSG.read_text()
    DEVKMSG.write_text("on\n")
    try:
        end = oldest_record() + 1
        while oldest_record() < end + 2000:
            fd = os.open("/dev/kmsg", os.O_WRONLY)
            for _ in range(100):
                os.write(fd, b"<14>flood " + b"x" * 900 + b"\n")
            os.close(fd)
    finally:
        DEVKMSG.write_text(before)


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestHistory(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-history-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.group = memcg.Memcg(limit=2 * memcg.MIB)
        self.addCleanup(self.group.remove)

    def last(self):
        """The last span of the file."""
        lines = (self.directory / "history").read_bytes().splitlines(keepends=True)
        self.assertTrue(lines and all(len(line) == 240 for line in lines), lines)
        spans = [Span(*map(int, line.split()[:1]), line.split()[1], *map(int, line.split()[2:11]), line.split()[11]) for line in lines]
        span = max(spans, key=lambda span: span.boot_to)
        self.assertEqual(span.alerted, span.kills_to - span.kills_from)
        self.assertLessEqual(span.real_from, span.real_to)
        return span

    def begin_now(self):
        """As if another watcher had explained all up to now: what it has to compare with is known at once."""
        *_, last = records()
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().replace("-", "").strip()
        (self.directory / "cursor").write_text(f"{boot} {last} {kernel_count()} 0\n")

    def watched_since(self):
        done = subprocess.run([BUILD / "oomwatch", "status", "--json", "--socket", self.directory / "control.sock"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=DEADLINE_SEC, check=False)
        return done.returncode == 0 and json.loads(done.stdout).get("watched_since")

    def watch(self, kills, is_first=True, earlier=0):
        """The watcher, and so many kills that it sees. Returns the span that it leaves, and whether it lost records. earlier: kills before
        its start that it tells too. is_first: the kills are made when the span has begun."""
        with Watcher("", [], self.directory) as daemon:
            if is_first:
                wait_until(self.watched_since, "a span")
            pids = [self.group.kill() for _ in range(kills)]
            daemon.wait_for(*pids)
            wait_until(lambda: len(daemon.alerts) >= kills + earlier, "the alerts of earlier kills")
            daemon.wait_balanced()
            self.assertEqual(daemon.stop(), 0)
            return self.last(), any(alert["type"] in ("records_lost", "kills_missed") for alert in daemon.alerts)

    def test_a_restart_is_no_gap(self):
        for _ in range(TRIES):
            before = kernel_count()
            self.begin_now()
            first, is_lost = self.watch(2)
            self.assertGreaterEqual(first.kills_to, before + 2)
            if is_lost:
                continue
            self.assertGreaterEqual(first.alerted, 2)
            self.group.kill()
            second, is_lost = self.watch(1, is_first=False, earlier=1)
            if is_lost or oldest_record() > first.seq_to + 1:
                continue
            self.assertEqual((second.boot_from, second.seq_from, second.kills_from), (first.boot_from, first.seq_from, first.kills_from))
            self.assertGreaterEqual(second.alerted, first.alerted + 2)
            self.assertGreater(second.boot_to, first.boot_to)
            return
        self.skipTest(f"the kernel log was overrun by others in each of {TRIES} tries")

    def test_records_that_nobody_read_are_a_gap(self):
        self.begin_now()
        first, _ = self.watch(1)
        self.group.kill()
        overrun()
        second, is_lost = self.watch(1)
        self.assertTrue(is_lost)
        self.assertGreater(second.boot_from, first.boot_to)
        self.assertGreater(second.seq_from, first.seq_to)
        self.assertGreaterEqual(second.alerted, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
