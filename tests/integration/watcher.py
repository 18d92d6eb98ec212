"""A real oomwatchd on the real kernel log, and real receivers of its alerts."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from alert_reader import Inbox
from testbed import BUILD, DEADLINE_SEC, wait_until


def why_not():
    """Why the kernel log can't be read here; None: it can."""
    try:
        os.close(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK))
    except OSError as error:
        return f"/dev/kmsg can't be read: {error.strerror}"
    return None


def kernel_count():
    """How many OOM kills the kernel has counted since the boot."""
    return int(dict(line.split() for line in pathlib.Path("/proc/vmstat").read_text().splitlines())["oom_kill"])


def of_victims(alerts, *pids):
    """Those of these victims: other processes of the machine may be killed too while a test runs."""
    return [alert for alert in alerts if alert.get("victim", {}).get("pid") in pids]


class SocketReceiver:
    """Listens on a Unix socket of one of the three types and keeps the alerts that come."""

    TYPES = {"stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}

    def __init__(self, path, kind="stream"):
        self.path, self.kind = str(path), kind
        self._inbox = Inbox()
        self._threads = []
        self.socket = socket.socket(socket.AF_UNIX, self.TYPES[kind])
        self.socket.bind(self.path)
        if kind != "datagram":
            self.socket.listen(8)
        self._start(self._accept if kind != "datagram" else lambda: self._read(self.socket))

    @property
    def alerts(self):
        return self._inbox.kept

    def _start(self, target):
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self._start(lambda peer=peer: self._read(peer))

    def _read(self, peer):
        rest = b""
        while True:
            try:
                data = peer.recv(1 << 20)
            except OSError:
                data = b""
            if not data:
                peer.close()
                return
            if self.kind != "stream":
                self._inbox.add(data)
                continue
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._inbox.add(line)

    def wait_for(self, *pids):
        """The alerts of these victims, in order of arrival."""
        wait_until(lambda: {alert["victim"]["pid"] for alert in of_victims(self.alerts, *pids)} >= set(pids), f"alerts of {pids} by {self.kind}")
        return of_victims(self.alerts, *pids)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR) if self.kind != "datagram" else None
        self.socket.close()
        os.unlink(self.path)
        self._inbox.check()


class Watcher:
    """Runs oomwatchd with a configuration of its own in a directory of its own; ready when it says so to its manager."""

    def __init__(self, config="", arguments=(), directory=None, journal=False, prefix=()):
        self._own = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="oomwatchd-test-"))
        self.config = self.directory / "oomwatchd.conf"
        self.write_config(config, journal)
        self.notify_path = str(self.directory / "notify")
        if os.path.exists(self.notify_path):
            os.unlink(self.notify_path)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(self.notify_path)
        self._notify.settimeout(DEADLINE_SEC)
        self.status = ""
        self.notes = []
        self._inbox = Inbox()
        self.log = []
        environment = {**os.environ, "NOTIFY_SOCKET": self.notify_path}
        self.process = subprocess.Popen(
            [*prefix, BUILD / "oomwatchd", "-c", self.config, "--stdout", "json", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._read_alerts, self._read_log)]
        for thread in self._threads:
            thread.start()
        self.wait_note("READY=1")
        self._threads.append(threading.Thread(target=self._read_notes, daemon=True))
        self._threads[-1].start()

    def write_config(self, config, journal=False):
        self.config.write_text(f"journal {{ enabled = {'true' if journal else 'false'} }}\n"
                               f'spool {{ path = "{self.directory}/spool" }}\ncursor {{ path = "{self.directory}/cursor" }} '
                               f'history {{ path = "{self.directory}/history" }} control {{ path = "{self.directory}/control.sock" }}\n' + config)

    def _read_alerts(self):
        for line in self.process.stdout:
            self._inbox.add(line)

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line.decode("utf-8"))

    def _take_note(self):
        note = self._notify.recv(4096).decode()
        if note:
            self.notes.append(note)
        for line in note.splitlines():
            if line.startswith("STATUS="):
                self.status = line[len("STATUS="):]
        return note

    def _read_notes(self):
        self._notify.settimeout(None)
        try:
            while self._take_note():  # nothing: stop() has shut it down
                pass
        except OSError:
            pass

    def wait_note(self, word):
        deadline = time.monotonic() + DEADLINE_SEC
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"oomwatchd ended with {self.process.returncode}: {''.join(self.log)}")
            try:
                self._notify.settimeout(0.1)
                if word in self._take_note().splitlines():
                    return
            except TimeoutError:
                pass
        raise AssertionError(f"no {word} within {DEADLINE_SEC} s")

    @property
    def alerts(self):
        return self._inbox.kept

    def alerts_of(self, *pids):
        return of_victims(self.alerts, *pids)

    def wait_for(self, *pids):
        """The alerts of these victims, in order of arrival."""
        wait_until(lambda: {alert["victim"]["pid"] for alert in self.alerts_of(*pids)} >= set(pids), f"alerts of {pids}")
        return self.alerts_of(*pids)

    def wait_balanced(self):
        """Until the stored cursor says that all of the kernel's count is explained."""
        def is_balanced():
            try:
                _, _, explained, _ = (self.directory / "cursor").read_text().split()
            except (OSError, ValueError):
                return False
            return int(explained) == kernel_count()
        wait_until(is_balanced, "all kills that the kernel counted are explained")

    def wait_log(self, words):
        wait_until(lambda: any(words in line for line in self.log), f"'{words}' in {self.log}")

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=DEADLINE_SEC)
        for thread in self._threads[:2]:
            thread.join(timeout=DEADLINE_SEC)
        self.process.stdout.close()
        self.process.stderr.close()
        # ends the wait for notes
        self._notify.shutdown(socket.SHUT_RDWR)
        self._notify.close()
        self._inbox.check()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        try:
            if self.process.poll() is None or not self.process.stdout.closed:
                self.process.poll() is None and self.process.kill()
                self.process.wait(timeout=DEADLINE_SEC)
                self.stop()
        finally:
            if self._own:
                shutil.rmtree(self.directory, ignore_errors=True)
