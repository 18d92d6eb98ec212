#!/usr/bin/python3
"""Receivers on sockets that die, stall and come late: what one has not read the next one gets, and a new alert doesn't wait for old ones.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout. OOMWATCH_LONG=1: behind 42,000 old alerts, not 4,200."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import memcg
import watcher
from alert_reader import kill_record, read_alert
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import SocketReceiver, Watcher

KILLS = 35
OLD = 42_000 if os.environ.get("OOMWATCH_LONG") else 4_200

# Listens, says so, reads COUNT alerts and not a byte more, and hangs. Prints what it read.
STALLING_RECEIVER = """
import signal, socket, sys
path, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
listener = socket.socket(socket.AF_UNIX, getattr(socket, "SOCK_" + kind))
listener.bind(path)
if kind != "DGRAM":
    listener.listen()
print("listening", flush=True)
peer = listener if kind == "DGRAM" else listener.accept()[0]
for _ in range(count):
    size = 1 << 20
    while kind == "STREAM":
        seen = peer.recv(1 << 20, socket.MSG_PEEK)
        size = seen.find(b"\\n") + 1
        if size:
            break
    print(peer.recv(size).decode().rstrip("\\n"), flush=True)
print("hangs", flush=True)
signal.pause()
"""


class StallingReceiver:
    """A process that reads so many alerts, and hangs until it is killed."""

    def __init__(self, path, kind, count):
        self.alerts = []
        self.process = subprocess.Popen([sys.executable, "-c", STALLING_RECEIVER, path, kind, str(count)], stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"listening\n"
        self.path = path

    def wait_until_it_hangs(self):
        while (line := self.process.stdout.readline()) != b"hangs\n":
            self.alerts.append(read_alert(line))

    def kill(self):
        self.process.kill()
        self.process.wait(DEADLINE_SEC)
        self.process.stdout.close()
        os.unlink(self.path)


def ids(alerts):
    return [alert["id"] for alert in alerts]


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestUnread(unittest.TestCase):
    """35 real kills, and receivers of which the first reads five."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-receivers-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.group = memcg.Memcg(limit=2 * memcg.MIB)
        self.addCleanup(self.group.remove)
        self.path = str(self.directory / "agent.sock")

    def start(self, kind, from_where):
        types = {"STREAM": "stream", "SEQPACKET": "seqpacket", "DGRAM": "datagram"}
        return Watcher(f'socket "agent" {{ path = "{self.path}" type = {types[kind]} }}\n', ["--from", from_where], self.directory)

    def check_all(self, alerts, first, second):
        """Every alert is in somebody's hands, and the second has those that the first had not read."""
        in_hands = set(ids(first)) | set(ids(second))
        repeated = set(ids(first)) & set(ids(second))
        print(f"{len(set(ids(alerts)) & in_hands)} of {len(alerts)} in somebody's hands, "
              f"{len(repeated)} of the {len(first)} that were read came twice")
        self.assertEqual(set(ids(alerts)) - in_hands, set())
        self.assertEqual(len(second), len(set(ids(second))), "none twice to one receiver")

    def test_what_a_dead_receiver_had_not_read_the_next_one_gets(self):
        for kind in ("STREAM", "SEQPACKET", "DGRAM"):
            with self.subTest(kind=kind):
                first = StallingReceiver(self.path, kind, 5)
                with self.start(kind, "now") as daemon:
                    pids = [self.group.kill() for _ in range(KILLS)]
                    alerts = daemon.wait_for(*pids)
                    first.wait_until_it_hangs()
                    first.kill()
                    second = SocketReceiver(self.path, {"DGRAM": "datagram"}.get(kind, kind.lower()))
                    wait_until(lambda: set(ids(alerts)) <= set(ids(first.alerts) + ids(second.alerts)), "all in somebody's hands")
                    self.assertEqual(daemon.stop(), 0)
                    self.assertNotIn("left", "".join(daemon.log))
                second.close()
                self.check_all(alerts, first.alerts, second.alerts)

    def test_what_was_not_read_at_the_stop_the_receiver_gets_after_the_next_start(self):
        first = StallingReceiver(self.path, "STREAM", 5)
        with self.start("STREAM", "now") as daemon:
            pids = [self.group.kill() for _ in range(KILLS)]
            alerts = daemon.wait_for(*pids)
            first.wait_until_it_hangs()
            self.assertEqual(daemon.stop(signal.SIGTERM), 0)
            self.assertNotIn("left", "".join(daemon.log), "they are spooled")
        first.kill()
        second = SocketReceiver(self.path)
        with self.start("STREAM", "cursor") as daemon:
            wait_until(lambda: set(ids(alerts)) <= set(ids(first.alerts) + ids(second.alerts)), "all in somebody's hands")
            self.assertEqual(daemon.stop(), 0)
        second.close()
        self.check_all(alerts, first.alerts, second.alerts)


class TestBacklog(unittest.TestCase):
    """Old alerts on disk, and a new one by a FIFO: it needs no privilege."""

    def test_a_new_alert_goes_before_a_backlog_of_old_ones(self):
        receiver, seconds = send_behind(BUILD / "oomwatchd", OLD)
        print(f"after {1000 * seconds:.1f} ms, behind {receiver.new_at} of {OLD} old ones")
        self.assertLess(receiver.new_at, OLD // 2)
        self.assertEqual(receiver.old, [old_id(number) for number in range(OLD)], "the old ones, each once, in order")

    def test_in_strict_order_it_comes_last(self):
        receiver, _ = send_behind(BUILD / "oomwatchd", 500, "order = strict")
        self.assertEqual(receiver.new_at, 500)
        self.assertEqual(receiver.old, [old_id(number) for number in range(500)], "the old ones, each once, in order")


def old_id(number):
    return f"{number:032x}"


def write_old(spool, count):
    """Puts so many alerts for sink "agent" into the spool. They are as large as one with its report."""
    template = ('{"schema":"oomwatchd.alert/1","id":"%s","type":"oom_kill","time":"2026-01-01T00:00:00.000000Z","summary":"'
                + 2000 * "x" + '"}')
    lines = "".join(f"{old_id(number)} {template % old_id(number)}\n" for number in range(count))
    subprocess.run([BUILD / "tests/tools/spool_write", spool, "agent"], input=lines.encode(), check=True)


class Timekeeper:
    """A receiver on a stream that only looks at the ids, and at the clock."""

    def __init__(self, path):
        self.old, self.new_at, self.new_time = [], None, None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        peer, _ = self._listener.accept()
        with peer, peer.makefile("rb") as lines:
            for line in lines:
                at = line.index(b'"id":"') + len('"id":"')
                name = line[at:at + 32].decode()
                if int(name, 16) < 1 << 32:
                    self.old.append(name)
                else:
                    self.new_at, self.new_time = len(self.old), time.monotonic()

    def wait(self, count):
        wait_until(lambda: len(self.old) + (self.new_at is not None) >= count, f"{count} alerts")

    def close(self):
        self._listener.close()


def send_behind(program, old, keys=""):
    """Runs the watcher with so many old alerts on disk, and makes a new one when the receiver has some of them. Returns the
    receiver, and after how many seconds it had the new one. keys: of the socket's section."""
    # In memory: the old alerts are written with two fsync() each, as they are when a receiver is away.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="oomwatchd-receivers-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    receiver, process = None, None
    try:
        write_old(directory / "spool", old)
        records, config = directory / "records", directory / "oomwatchd.conf"
        os.mkfifo(records)
        config.write_text(f'spool {{ path = "{directory}/spool" }}\njournal {{ enabled = false }}\n'
                          f'socket "agent" {{ path = "{directory}/agent.sock" {keys} }}\n')
        receiver = Timekeeper(directory / "agent.sock")
        process = subprocess.Popen([program, "-c", config, "--kmsg", records, "--stdout", "none"], stdin=subprocess.DEVNULL)
        with open(records, "w", encoding="ascii") as file:
            receiver.wait(old // 20)
            began = time.monotonic()
            file.write(kill_record(1))
            file.flush()
            receiver.wait(old + 1)
            process.send_signal(signal.SIGTERM)
            if process.wait(DEADLINE_SEC) != 0 or list((directory / "spool/agent").glob("*.json")):
                raise AssertionError(f"exit status {process.returncode}, or alerts left on disk")
        return receiver, receiver.new_time - began
    finally:
        if process:
            process.poll() is None and process.kill()
            process.wait(DEADLINE_SEC)
        if receiver:
            receiver.close()
        shutil.rmtree(directory)


if __name__ == "__main__":
    unittest.main(verbosity=2)
