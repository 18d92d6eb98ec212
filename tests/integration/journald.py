"""A real systemd-journald without a systemd: in a private mount namespace, with a /run of its own, volatile.

        with Journald() as journald:
            journald.run([OOMWATCHD, ...])
            entries = journald.query("-t", "oomwatchd")

Programs that are run inside see that /run only: their sockets and cursors there are gone with it. The journald of the
machine, if there is one, notices nothing: this one does not read /dev/kmsg but where a test asks for it, and each reader
of that gets all.
"""

import json
import os
import shutil
import signal
import subprocess
import unittest

from alert_reader import read_alert
from testbed import DEADLINE_SEC, wait_until

JOURNALD = "/lib/systemd/systemd-journald"

CONFIG = """\
[Journal]
Storage=volatile
ReadKMsg={kmsg}
Audit=no
{rate}
ForwardToSyslog=no
ForwardToWall=no
"""

# "exec", so that the process that is known here is the one that keeps the namespace. It reads what never comes: when
# the test dies, so does it.
SETUP = """
set -e
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/log /run/systemd/journal /run/systemd/journald.conf.d
echo ready
exec cat >/dev/null
"""


def text(field):
    """journalctl gives what isn't printable as a list of bytes; other programs' may be any."""
    return bytes(field).decode(errors="surrogateescape") if isinstance(field, list) else field


class Journald:
    """start=False: the namespace alone, where no journald runs until start() is called. kmsg=True: the kernel's messages,
    those before it too, are in the journal. rate: lines of its configuration about rates."""

    def __init__(self, start=True, kmsg=False, rate="RateLimitIntervalSec=0"):
        self._start = start
        self._config = CONFIG.format(kmsg="yes" if kmsg else "no", rate=rate)
        self._namespace = None
        self._journald = None

    def __enter__(self):
        for program in (JOURNALD, "unshare", "nsenter", "journalctl"):
            if not shutil.which(program):
                raise unittest.SkipTest(f"{program} is not installed")
        if os.geteuid() != 0:
            raise unittest.SkipTest("a mount namespace needs root")
        self._namespace = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", SETUP],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self._namespace.stdout.readline() != "ready\n":
            why = self._namespace.communicate()[1].strip()
            raise unittest.SkipTest(f"no private mount namespace here: {why}")
        try:
            with open(self.path("/run/systemd/journald.conf.d/test.conf"), "w", encoding="ascii") as file:
                file.write(self._config)
            if self._start:
                self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._journald:
            self.resume()
            self.stop()
        self._namespace.communicate()

    def path(self, path):
        """path, which is absolute, of the namespace, as it is seen from outside."""
        return f"/proc/{self._namespace.pid}/root{path}"

    def command(self, command):
        return ["nsenter", f"--mount=/proc/{self._namespace.pid}/ns/mnt", "--", *map(str, command)]

    def start(self):
        self._journald = self.popen([JOURNALD], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE)

        def is_there():
            if self._journald.poll() is not None:
                raise AssertionError("journald ended: " + self._journald.stderr.read().decode(errors="replace"))
            # It is answered once journald reads its sockets.
            return self.run(["journalctl", "--sync"], check=False).returncode == 0

        wait_until(is_there, "answering: journald")

    def stop(self):
        """Ends journald; its socket stays, with nobody behind it."""
        self._journald.terminate()
        self._journald.communicate()
        self._journald = None

    def pause(self):
        """journald is starved: it takes nothing more."""
        self._journald.send_signal(signal.SIGSTOP)

    def resume(self):
        self._journald.send_signal(signal.SIGCONT)

    def popen(self, command, **arguments):
        """Starts a program inside. The process returned is the program's own."""
        return subprocess.Popen(self.command(command), **arguments)

    def run(self, command, check=True, **arguments):
        """Runs a program inside to its end."""
        result = subprocess.run(self.command(command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                errors="surrogateescape", timeout=DEADLINE_SEC, check=False, **arguments)
        if check and result.returncode != 0:
            raise AssertionError(f"{command}: exit status {result.returncode}: {result.stderr}")
        return result

    def query(self, *arguments):
        """Entries as `journalctl -o json` has them: a value that is no text is a list of bytes. Of an alert's entry
        OOM_ALERT_JSON is the alert."""
        self.run(["journalctl", "--sync"])
        result = self.run(["journalctl", "--no-pager", "--all", "-o", "json", *arguments], check=False)
        entries = [json.loads(line) for line in result.stdout.splitlines()]
        for entry in entries:
            if entry.keys() & {"OOM_EVENT_ID", "OOM_TYPE", "OOM_ALERT_JSON"}:
                entry["OOM_ALERT_JSON"] = read_alert(text(entry["OOM_ALERT_JSON"]))
        return entries
