#!/usr/bin/python3
"""systemd's watchdog: it is answered as long as the watcher does its work, whatever its receivers do, and not when a disk hangs.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout. OOMWATCH_LONG: also with the two minutes as they
are; otherwise a clock that goes ahead stands for them."""

import os
import pathlib
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from alert_reader import kill_record
from testbed import BUILD, DEADLINE_SEC, wait_until

STUCK_SEC = 120  # WRITER_STUCK_USEC of daemon/notify/writer.h
INTERVAL_SEC = 0.1  # of the answers


class Manager:
    """What $NOTIFY_SOCKET is for."""

    def __init__(self, path):
        self.path = str(path)
        self.n_pings = 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while note := self.socket.recv(4096):
            self.n_pings += note == b"WATCHDOG=1"

    def wait_pings(self, count):
        """So many more."""
        before = self.n_pings
        wait_until(lambda: self.n_pings >= before + count, f"{count} answers")

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(timeout=DEADLINE_SEC)
        self.socket.close()


class TestWatchdog(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-watchdog-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.clock = self.directory / "clock"
        self.fault = self.directory / "fault"
        self.set_clock(0)
        self.manager = Manager(self.directory / "notify")
        self.addCleanup(self.manager.close)
        self.log = self.directory / "log"

    def set_clock(self, seconds):
        """The clock goes ahead by so much."""
        with open(self.clock, "r+b" if self.clock.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))

    def start(self, config, stdout=subprocess.DEVNULL):
        """The watcher with the alert of one kill; returns the open log that it reads."""
        records = self.directory / "records"
        os.mkfifo(records)
        path = self.directory / "oomwatchd.conf"
        path.write_text(f'spool {{ path = "{self.directory}/spool" }}\njournal {{ enabled = false }}\n{config}')
        environment = {**os.environ, "LD_PRELOAD": f"{BUILD}/tests/tools/libfaults.so", "OOMWATCH_FAULT_FSYNC": str(self.fault),
                       "OOMWATCH_FAULT_CLOCK": str(self.clock), "NOTIFY_SOCKET": self.manager.path,
                       "WATCHDOG_USEC": str(int(2e6 * INTERVAL_SEC)), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        environment.pop("WATCHDOG_PID", None)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([BUILD / "oomwatchd", "-c", path, "--kmsg", records, "--stdout", "json"],
                                            stdin=subprocess.DEVNULL, stdout=stdout, stderr=log, env=environment)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        log = open(records, "w", encoding="ascii")
        self.addCleanup(log.close)
        log.write(kill_record(1))
        log.flush()
        return log

    def is_logged(self, words):
        return words in self.log.read_text(encoding="utf-8")

    def check_silence(self):
        """Said in the log, and no answer any more in a time in which there were ten."""
        wait_until(lambda: self.is_logged("the spool writer is stuck: systemd's watchdog is not answered"), "it is said")
        time.sleep(INTERVAL_SEC)  # the answers before are read
        before = self.manager.n_pings
        time.sleep(10 * INTERVAL_SEC)
        self.assertEqual(self.manager.n_pings, before)

    def hang(self):
        """The watcher, with a spool whose fsync() hangs."""
        self.fault.write_text("hang")
        self.start('webhook "pager" { url = "http://127.0.0.1:9/" }\n')
        wait_until((self.directory / "fault.hit").exists, "fsync() hangs")

    def test_a_disk_that_hangs(self):
        self.hang()
        self.set_clock(STUCK_SEC - DEADLINE_SEC // 2)
        self.manager.wait_pings(3)
        self.set_clock(STUCK_SEC)
        self.check_silence()

    @unittest.skipUnless(os.environ.get("OOMWATCH_LONG"), "it takes two minutes: OOMWATCH_LONG=1 runs it")
    def test_a_disk_that_hangs_for_two_minutes(self):
        self.hang()
        began = time.monotonic()
        while time.monotonic() < began + STUCK_SEC * 0.9:
            self.manager.wait_pings(1)
        self.check_silence()

    def test_a_disk_that_fails(self):
        """Each write ends, though with an error."""
        self.fault.write_text("5")
        self.start('webhook "pager" { url = "http://127.0.0.1:9/" }\n')
        wait_until((self.directory / "fault.hit").exists, "fsync() fails")
        for seconds in range(STUCK_SEC, 4 * STUCK_SEC, STUCK_SEC):
            self.set_clock(seconds)
            self.manager.wait_pings(3)

    def test_receivers_that_take_nothing(self):
        """One on a socket, and who reads standard output."""
        deaf = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(deaf.close)
        deaf.bind(str(self.directory / "deaf.sock"))
        deaf.listen(1)
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        log = self.start(f'socket "deaf" {{ path = "{self.directory}/deaf.sock" }}\n', writer)
        for number in range(2, 1000):  # more than a pipe and a socket's buffer hold
            log.write(kill_record(number))
        log.flush()
        wait_until((self.directory / "spool" / "deaf").exists, "what doesn't fit waits on disk")
        for seconds in range(STUCK_SEC, 4 * STUCK_SEC, STUCK_SEC):
            self.set_clock(seconds)
            self.manager.wait_pings(3)
        self.assertFalse(self.is_logged("is stuck"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
