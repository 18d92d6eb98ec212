#!/usr/bin/python3
"""How often an idle oomwatchd wakes up: at most twice a minute. Counted are the voluntary context switches of its threads.

OOMWATCH_LONG=1 measures five minutes; 20 s tell it from one that wakes up every five.
OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import os
import pathlib
import signal
import time
import unittest

import watcher
from watcher import SocketReceiver, Watcher

SECONDS = 300 if os.environ.get("OOMWATCH_LONG") else 20
SETTLE_SEC = 12  # after a record: a round of housekeeping, the comparison with the kernel's count
TRIES = 4


def switches(pid):
    total = 0
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                total += int(line.split()[1])
    return total


class Log:
    """Whether the kernel log got a record since the last question: a record wakes the watcher up, as it should."""

    def __enter__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def has_new(self):
        found = False
        while True:
            try:
                os.read(self.fd, 16384)
                found = True
            except BlockingIOError:
                return found
            except BrokenPipeError:  # records were overwritten
                found = True


@unittest.skipIf(watcher.why_not(), watcher.why_not())
class TestIdle(unittest.TestCase):
    def idle_switches(self, pid):
        """In a span without a record. It is time that is measured here, so it is slept."""
        with Log() as log:
            log.has_new()
            for _ in range(TRIES):
                time.sleep(SETTLE_SEC)
                if log.has_new():
                    continue
                before = switches(pid)
                time.sleep(SECONDS)
                if not log.has_new():
                    return switches(pid) - before
        return self.skipTest(f"the kernel log had no {SECONDS} s without a record")

    def test_at_most_two_wake_ups_a_minute(self):
        with Watcher("", ["--from", "now"]) as daemon:
            receiver = SocketReceiver(daemon.directory / "agent.sock")
            daemon.write_config(f'socket "agent" {{ path = "{receiver.path}" }}\n')
            daemon.send_signal(signal.SIGHUP)
            daemon.wait_log("configuration reloaded")
            count = self.idle_switches(daemon.process.pid)
            print(f"{count} wake-ups in {SECONDS} s")
            self.assertLessEqual(count, 2 + SECONDS // 30)
            self.assertEqual(daemon.stop(), 0)
            receiver.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
