#!/usr/bin/python3
"""What takes nothing: standard error, the service manager, a FIFO where a file should be. Alerts and the end come as ever.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import errno
import fcntl
import os
import pathlib
import pty
import signal
import socket
import subprocess
import tempfile
import termios
import time
import unittest

import memcg
import watcher
from alert_reader import kill_record
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import SocketReceiver, Watcher

STOP_SEC = 10


def fill(fd):
    """Until it takes not a byte more."""
    os.set_blocking(fd, False)
    for size in (4096, 1):
        try:
            while os.write(fd, bytes(size)):
                pass
        except BlockingIOError:
            pass
    os.set_blocking(fd, True)


class Blocked(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-blocked-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.config = self.directory / "oomwatchd.conf"

    def keep(self, fd):
        self.addCleanup(os.close, fd)
        return fd

    def full_pipe(self):
        reader, writer = map(self.keep, os.pipe())
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        fill(writer)
        del reader
        return writer

    def full_socket(self):
        """As the journal's stream, when journald hangs."""
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        fill(one.fileno())
        return one.fileno()

    def stopped_terminal(self):
        _, terminal = map(self.keep, pty.openpty())
        termios.tcflow(terminal, termios.TCOOFF)
        return terminal

    def hung_terminal(self):
        """Nobody reads what is displayed."""
        _, terminal = map(self.keep, pty.openpty())
        fill(terminal)
        return terminal

    def full_manager(self):
        """A path for $NOTIFY_SOCKET."""
        path = str(self.directory / "notify")
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as filler:
            try:
                while True:
                    filler.sendto(b"X=1", path)
            except BlockingIOError:
                pass
        return path


class TestBlocked(Blocked):
    def check(self, stderr=subprocess.DEVNULL, environment=()):
        """A kill is told, the configuration is reloaded, another kill is told, and SIGTERM ends it."""
        records = self.directory / "records"
        os.mkfifo(records)
        receiver = SocketReceiver(self.directory / "agent.sock")
        self.addCleanup(receiver.close)
        # There is something to log at the start, and at each reload: a receiver that is away.
        self.config.write_text(f'spool {{ path = "{self.directory}/spool" }}\nsocket "agent" {{ path = "{receiver.path}" }}\n'
                               f'socket "away" {{ path = "{self.directory}/away.sock" }}\n')
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", records, "--stdout", "none"],
                                   stdin=subprocess.DEVNULL, stderr=stderr, env={**os.environ, **dict(environment)})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        with open(records, "w", encoding="ascii") as log:
            log.write(kill_record(1))
            log.flush()
            receiver.wait_for(1001)
            process.send_signal(signal.SIGHUP)
            log.write(kill_record(2))
            log.flush()
            receiver.wait_for(1002)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(DEADLINE_SEC), 0)
            self.assertLess(time.monotonic() - began, STOP_SEC)

    def test_standard_error_is_a_pipe_that_nobody_reads(self):
        self.check(self.full_pipe())

    def test_standard_error_is_a_journal_stream_that_nobody_reads(self):
        self.check(self.full_socket())

    def test_standard_error_is_a_stopped_terminal(self):
        self.check(self.stopped_terminal())

    def test_standard_error_is_a_terminal_that_hangs(self):
        self.check(self.hung_terminal())

    def test_the_manager_takes_no_message(self):
        self.check(environment={"NOTIFY_SOCKET": self.full_manager()})

    def test_the_courier_does_not_wait_for_standard_error(self):
        self.config.write_text(f'spool {{ path = "{self.directory}/spool" }}\n')
        courier = subprocess.run([BUILD / "oomwatch-courier", "-c", self.config, "--once"], stdin=subprocess.DEVNULL,
                                 stderr=self.full_pipe(), env={**os.environ, "NOTIFY_SOCKET": self.full_manager()},
                                 timeout=DEADLINE_SEC, check=False)
        self.assertEqual(courier.returncode, 0)

    def test_what_was_dropped_is_said_when_there_is_room(self):
        reader, writer = map(self.keep, os.pipe())
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        fill(writer)
        records = self.directory / "records"
        os.mkfifo(records)
        self.config.write_text(f'spool {{ path = "{self.directory}/spool" }}\nsocket "away" {{ path = "{self.directory}/away.sock" }}\n')
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", records, "--stdout", "json"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writer)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        with open(records, "w", encoding="ascii") as log:
            log.write(kill_record(1))
            log.flush()
            self.assertIn(b"oomwatchd.alert", process.stdout.readline())
            os.set_blocking(reader, False)
            self.read_all(reader)
            process.send_signal(signal.SIGHUP)
            lines = []
            wait_until(lambda: lines.extend(self.read_all(reader).splitlines()) or len(lines) >= 2, "two lines")
        self.assertRegex(lines[0], rb"^oomwatchd: \d+ lines dropped: standard error took none$")
        self.assertRegex(lines[1], rb"^oomwatchd: ")

    @staticmethod
    def read_all(fd):
        data = b""
        try:
            while part := os.read(fd, 65536):
                data += part
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
        return data


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestFifos(Blocked):
    def test_fifos_in_place_of_the_cursor(self):
        for name in ("cursor", "cursor.new", "cursor.lock"):
            os.mkfifo(self.directory / name)
        with Watcher("", [], self.directory) as daemon, memcg.Memcg(limit=2 * memcg.MIB) as group:
            daemon.wait_log("the cursor can't be read")
            pid = group.kill()
            daemon.wait_for(pid)
            wait_until((self.directory / "cursor").is_file, "a cursor")
            self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
