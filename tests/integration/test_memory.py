#!/usr/bin/python3
"""Each allocation of start, kill, reload and stop fails in turn: no crash, no leak, and no alert is lost or goes unsaid.

An alert for which there is no memory goes out in its minimal form. tests/tools/allocations.c lets the allocations fail. Of all of
them every STEPth does, and every one with OOMWATCH_LONG=1. OOMWATCH_BUILD: the directory with the programs; default build/dev of the
checkout, whose sanitizers look at each run."""

import mmap
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest

import memcg
import watcher
from alert_reader import kill_record, read_alert, read_alerts
from journald import Journald
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import SocketReceiver, Watcher

STEP = 1 if os.environ.get("OOMWATCH_LONG") else 13
EVER = 1 << 40
# libconfuse's lexer may fail an assertion: it is in a process of its own.
FAULT = re.compile(r"Sanitizer|runtime error|^(?!.*: lexer\.l:).*Assertion", re.MULTILINE)
SANITIZERS_OWN = "AddressSanitizer: CHECK failed: sanitizer_linux_libcdep"  # they allocate too, where a thread begins
SHORT_OF_MEMORY = "out of memory|Cannot allocate memory|Resource temporarily unavailable"
SPOOL_AND_SOCKET = 'webhook "pager" {{ url = "https://localhost:1/oom" }}\nsocket "agent" {{ path = "{0}/agent.sock" }}\n'


class Allocations:
    """What the preloaded library counts, and which allocations fail."""

    FIELDS = ("n_calls", "first_bad", "n_bad", "n_failed")

    def __init__(self, directory):
        self.path = pathlib.Path(directory) / "allocations"
        self.path.write_bytes(bytes(8 * len(self.FIELDS)))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 8 * len(self.FIELDS))

    def get(self, name):
        return struct.unpack_from("<Q", self.map, 8 * self.FIELDS.index(name))[0]

    def put(self, name, value):
        struct.pack_into("<Q", self.map, 8 * self.FIELDS.index(name), value)

    def restart(self):
        self.put("n_calls", 0)
        self.put("n_failed", 0)

    def fail(self, nth, count=1):
        """The nth from now on, from 0, and so many in all."""
        self.put("n_bad", 0)
        self.put("first_bad", self.get("n_calls") + nth)
        self.put("n_bad", count)

    def fail_none(self):
        self.put("n_bad", 0)

    def prefix(self):
        """Runs a program with the library."""
        return ["env", f"LD_PRELOAD={BUILD}/tests/tools/liballocations.so", f"OOMWATCH_FAULT_ALLOCATIONS={self.path}",
                "ASAN_OPTIONS=verify_asan_link_order=0"]


def is_minimal(alert):
    return "details" in alert["source"].get("missing", [])


def pid_of(alert):
    return alert["victim"]["pid"]


class Counts:
    """Over all runs."""

    def __init__(self):
        self.n_failed = self.full = self.minimal = 0

    def add(self, copies):
        """One alert, as each of the sinks has it."""
        minimal = any(map(is_minimal, copies))
        self.minimal += minimal
        self.full += not minimal

    def __str__(self):
        return f"{self.n_failed} allocations failed, one at a time: {self.full} alerts whole, {self.minimal} minimal, 0 lost"


class MemoryTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-memory-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.allocations = Allocations(self.directory)
        self.config = self.directory / "oomwatchd.conf"
        self.counts = Counts()

    def write_config(self, text):
        self.config.write_text(f'journal {{ enabled = false }}\nspool {{ path = "{self.directory}/spool" }}\n{text}')

    def check_log(self, log):
        self.assertIsNone(FAULT.search(log), log)


class TestFile(MemoryTest):
    """A log that is a file: start, kills, end."""

    KILLS = 3

    def run_once(self):
        command = [*self.allocations.prefix(), BUILD / "oomwatchd", "-c", self.config, "--kmsg", self.directory / "records",
                   "--stdout", "json"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_SEC, check=False)
        log = done.stderr.decode()
        if SANITIZERS_OWN in log:
            return 1
        self.check_log(log)
        self.assertIn(done.returncode, (0, 1), log)
        alerts = read_alerts(done.stdout)
        spooled = [read_alert(path.read_bytes()) for path in (self.directory / "spool/pager").glob("*.json")]
        if done.returncode == 0:
            self.assertEqual([pid_of(alert) for alert in alerts], [1001 + n for n in range(self.KILLS)], log)
            self.assertEqual(sorted(map(pid_of, spooled)), [1001 + n for n in range(self.KILLS)], log)
            for alert in alerts:
                self.counts.add([alert, *(copy for copy in spooled if copy["id"] == alert["id"])])
        else:
            self.assertRegex(log, SHORT_OF_MEMORY)
        return done.returncode

    def test_every_allocation_from_start_to_end(self):
        (self.directory / "records").write_text("".join(kill_record(n) for n in range(1, self.KILLS + 1)))
        self.write_config(SPOOL_AND_SOCKET.format(self.directory))
        n, n_ended = 0, 0
        while True:
            for path in (self.directory / "spool").glob("*/*.json"):
                path.unlink()
            self.allocations.restart()
            self.allocations.fail(n)
            status = self.run_once()
            self.counts.n_failed += self.allocations.get("n_failed")
            n_ended += status == 1
            if not self.allocations.get("n_failed"):
                break
            n += STEP
        print(f"start to end, some {n} allocations: {n_ended} starts ended with a message; {self.counts}")
        self.assertGreater(n_ended, 0)


class Fifo(MemoryTest):
    """A watcher that goes on, and its receivers."""

    def start(self, config=""):
        records = self.directory / "records"
        if not records.exists():
            os.mkfifo(records)
        self.write_config(SPOOL_AND_SOCKET.format(self.directory) + config)
        self.allocations.restart()
        self.allocations.fail_none()
        self.printed = []
        self.log = []
        self.process = subprocess.Popen(
            [*self.allocations.prefix(), BUILD / "oomwatchd", "-c", self.config, "--kmsg", records, "--stdout", "json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.threads = [threading.Thread(target=self.read, args=arguments, daemon=True)
                        for arguments in ((self.process.stdout, self.printed), (self.process.stderr, self.log))]
        for thread in self.threads:
            thread.start()
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.records = open(records, "w", encoding="ascii")
        self.addCleanup(self.records.close)

    @staticmethod
    def read(pipe, lines):
        for line in pipe:
            lines.append(line.decode())

    def kill(self, number):
        """The record of a kill. Returns the alert as each sink has it."""
        self.records.write(kill_record(number))
        self.records.flush()
        pid = 1000 + number
        wait_until(lambda: any(f'"pid":{pid},' in line for line in self.printed), f"alert {number} on standard output: {self.log}")
        alert = read_alert(next(line for line in self.printed if f'"pid":{pid},' in line))
        path = self.directory / f"spool/pager/{alert['id']}.json"
        wait_until(path.exists, f"alert {number} in the spool: {self.log}")
        return [alert, read_alert(path.read_bytes()), *self.receiver.wait_for(pid)]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(DEADLINE_SEC)
        self.records.close()
        for thread in self.threads:
            thread.join(DEADLINE_SEC)
        self.process.stdout.close()
        self.process.stderr.close()
        self.check_log("".join(self.log))
        return status

    def receive(self):
        self.receiver = SocketReceiver(self.directory / "agent.sock")
        self.addCleanup(self.receiver.close)

    def test_every_allocation_of_a_kill(self):
        self.receive()
        self.start()
        self.kill(1)
        number, nth, count = 2, 0, 1
        kinds = {1: Counts(), EVER: Counts()}
        while True:
            before = self.allocations.get("n_failed")
            self.allocations.fail(nth, count)
            copies = self.kill(number)
            self.allocations.fail_none()
            kinds[count].add(copies)
            number += 1
            has_failed = self.allocations.get("n_failed") > before
            kinds[count].n_failed += has_failed
            nth += 1
            if not has_failed and count == EVER:
                break
            if not has_failed:
                nth, count = 0, EVER  # from the nth on, all fail
        alerts = [*map(read_alert, self.printed)]
        self.assertEqual([pid_of(alert) for alert in alerts], [*range(1001, 1000 + number)])
        self.assertEqual(len({alert["id"] for alert in self.receiver.alerts}), number - 1)
        self.assertEqual(self.stop(), 0, self.log)
        print(f"kill: {kinds[1]}; and with all after them failing: {kinds[EVER].full} whole, {kinds[EVER].minimal} minimal, 0 lost")
        self.assertGreater(kinds[1].minimal, 0)
        self.assertGreater(kinds[EVER].minimal, 0)
        said = "".join(self.log).count("goes out without its details")
        self.assertEqual(said, kinds[1].minimal + kinds[EVER].minimal, "each is said")

    def test_more_than_can_go_out_is_left_and_that_is_said(self):
        """One write to the pipe is read in one turn of the loop: what the sinks have written by then is not settled before the next."""
        n_kills, n_reserved = 20, 16
        self.receive()
        self.start()
        self.kill(n_kills + 1)
        self.allocations.fail(0, EVER)
        self.records.write("".join(kill_record(n) for n in range(1, n_kills + 1)))
        self.records.flush()
        wait_until(lambda: "".join(self.log).count(" is left: ") == n_kills - n_reserved, f"a word of each: {self.log}")
        self.assertEqual("".join(self.log).count("goes out without its details"), n_reserved)
        self.receiver.wait_for(*range(1001, 1001 + n_reserved))
        self.allocations.fail_none()
        self.assertEqual(self.stop(), 1)
        self.assertEqual(len(list((self.directory / "spool/pager").glob("*.json"))), n_reserved + 1)
        self.assertRegex("".join(self.log), f"{n_kills - n_reserved} alerts are left at the end, and lost")

    def test_every_allocation_of_a_reload(self):
        self.receive()
        self.start()
        self.kill(1)
        nth, n_reloaded, n_kept = 0, 0, 0
        while True:
            before, n_lines = self.allocations.get("n_failed"), len(self.log)
            self.write_config(SPOOL_AND_SOCKET.format(self.directory) +
                              f'socket "{nth}" {{ path = "{self.directory}/{nth}.sock" }}\n'
                              f'webhook "w{nth}" {{ url = "https://localhost:1/" header = {{"A: b"}} }}\n')
            self.allocations.fail(nth)
            self.process.send_signal(signal.SIGHUP)
            wait_until(lambda: any("reloaded" in line for line in self.log[n_lines:]) or self.process.poll() is not None,
                       "a word of the reload")
            self.assertIsNone(self.process.poll(), self.log)
            self.allocations.fail_none()
            is_kept = any("was not reloaded, the old one stays: " in line for line in self.log[n_lines:])
            n_kept += is_kept
            n_reloaded += not is_kept
            if self.allocations.get("n_failed") == before:
                break
            nth += STEP
        self.kill(2)
        self.assertEqual(self.stop(), 0, self.log)
        print(f"reload: some {nth} allocations; {n_reloaded} of {n_reloaded + n_kept} reloads took place, {n_kept} times the old "
              "configuration stayed, with a message")
        self.assertGreater(n_kept, 0)

    def test_every_allocation_of_a_stop(self):
        self.receive()
        nth, n_failed = 0, 0
        while True:
            self.start()
            self.kill(nth + 1)
            self.allocations.fail(nth)
            status = self.stop()
            self.assertEqual(status, 0, self.log)
            if self.allocations.get("n_failed") == 0:
                break
            n_failed += 1
            nth += 1
        print(f"stop: {n_failed} allocations failed, one at a time")


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestLive(MemoryTest):
    """The kernel's own log, with what is read from /proc; real kills, with the journal."""

    def start_and_stop(self):
        """Returns the exit status, and the log."""
        path = str(self.directory / "notify")
        command = [*self.allocations.prefix(), BUILD / "oomwatchd", "-c", self.config, "--from", "now", "--stdout", "json"]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as notify:
            notify.bind(path)
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       env={**os.environ, "NOTIFY_SOCKET": path})
            self.addCleanup(process.kill)

            def is_ready():
                try:
                    return process.poll() is not None or b"READY=1" in notify.recv(4096)
                except BlockingIOError:
                    return False
            wait_until(is_ready, "READY=1, or the end")
            process.send_signal(signal.SIGTERM)
            log = process.communicate(timeout=DEADLINE_SEC)[1].decode()
        os.unlink(path)
        return process.returncode, log

    def test_every_allocation_of_a_start_on_the_kernel_log(self):
        self.write_config(SPOOL_AND_SOCKET.format(self.directory) + f'cursor {{ path = "{self.directory}/cursor" }}\n')
        n, n_ended = 0, 0
        while True:
            self.allocations.restart()
            self.allocations.fail(n)
            status, log = self.start_and_stop()
            if SANITIZERS_OWN not in log:
                self.check_log(log)
                self.assertIn(status, (0, 1), log)
                if status == 1:
                    self.assertRegex(log, SHORT_OF_MEMORY)
                n_ended += status == 1
            if not self.allocations.get("n_failed"):
                break
            n += max(1, 2 * STEP - 1)
        print(f"start on the kernel's log, some {n} allocations: {n_ended} starts ended with a message")
        self.assertGreater(n_ended, 0)

    def test_every_allocation_of_a_real_kill(self):
        group = memcg.Memcg(limit=2 * memcg.MIB)
        self.addCleanup(group.remove)
        receiver = SocketReceiver(self.directory / "agent.sock")
        self.addCleanup(receiver.close)
        with Journald() as journald:
            prefix = [*journald.command([]), *self.allocations.prefix()]
            with Watcher(SPOOL_AND_SOCKET.format(self.directory), ["--from", "now"], self.directory, journal=True, prefix=prefix) as daemon:
                first = group.kill()
                daemon.wait_for(first)
                pids, nth = [], 0
                while True:
                    before = self.allocations.get("n_failed")
                    self.allocations.fail(nth)
                    pids.append(group.kill())
                    copies = [*daemon.wait_for(pids[-1]), *receiver.wait_for(pids[-1])]
                    path = self.directory / f"spool/pager/{copies[0]['id']}.json"
                    wait_until(path.exists, f"spooled: {daemon.log}")
                    self.counts.add([*copies, read_alert(path.read_bytes())])
                    self.allocations.fail_none()
                    if self.allocations.get("n_failed") == before:
                        break
                    self.counts.n_failed += 1
                    nth += 1
                alerts = daemon.alerts_of(*pids)
                killed = {str(pid) for pid in (first, *pids)}
                wait_until(lambda: {entry.get("OOM_VICTIM_PID") for entry in journald.query("-t", "oomwatchd")} >= killed,
                           "journal entries of all")
                self.assertEqual(daemon.stop(), 0, daemon.log)
                self.check_log("".join(daemon.log))
        self.assertEqual([pid_of(alert) for alert in alerts], pids)
        print(f"real kills: {self.counts}")
        self.assertGreater(self.counts.minimal, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
