#!/usr/bin/python3
"""When a kill was, and how old its alert is: clocks that were set, that stood still, that are another processor's.

Clocks are those of a time namespace, or a library's that is preloaded; the machine's stay as they are.
OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import datetime
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import memcg
import watcher
from https_receiver import Receiver
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import SocketReceiver, Watcher

YEAR, HOUR = 365 * 86400, 3600


def seconds(alert):
    return datetime.datetime.fromisoformat(alert["time"].replace("Z", "+00:00")).timestamp()


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestTimes(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-times-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.group = memcg.Memcg(limit=2 * memcg.MIB)
        self.addCleanup(self.group.remove)
        self.clocks = self.directory / "clocks"

    def set_clocks(self, wall=0, suspended=0):
        new = self.directory / "clocks.new"
        new.write_text(f"{wall} {suspended}\n")
        new.rename(self.clocks)

    def clocks_prefix(self):
        return ["env", f"LD_PRELOAD={BUILD}/tests/tools/libclocks.so", f"OOMWATCH_CLOCKS={self.clocks}",
                "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"]

    def watch(self, config="", *arguments, prefix=()):
        return Watcher(config, arguments, self.directory, prefix=prefix)

    def courier(self, *arguments):
        with open(self.directory / "courier.log", "wb") as log:
            process = subprocess.Popen([*self.clocks_prefix(), BUILD / "oomwatch-courier", "-c", self.directory / "oomwatchd.conf", *arguments],
                                       stdin=subprocess.DEVNULL, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_courier(self, words, count=1):
        wait_until(lambda: (self.directory / "courier.log").read_text().count(words) >= count, f"{words}, {count} times")

    def namespace(self, monotonic, boottime=0):
        prefix = ["unshare", "--time", "--monotonic", str(monotonic), "--boottime", str(boottime)]
        code = "import time; print(time.clock_gettime(time.CLOCK_MONOTONIC))"
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        done = subprocess.run([*prefix, sys.executable, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode != 0 or abs(float(done.stdout) - before - monotonic) > DEADLINE_SEC:
            self.skipTest(f"no time namespace can be entered here: {done.stderr.strip()}")
        return prefix

    def test_no_time_is_in_the_future_or_before_the_boot(self):
        uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
        with self.watch("", "--from", "now") as daemon:
            began = time.time()
            pid = self.group.kill()
            (live,) = daemon.wait_for(pid)
            self.assertEqual(live["time_source"], "arrival")
            self.assertTrue(began <= seconds(live) <= time.time())
            self.assertAlmostEqual(live["source"]["boottime_usec"] / 1e6, uptime, delta=DEADLINE_SEC)
            daemon.stop()
        # The clock is behind the log's stamps, as it may be by another processor's, or far ahead of them.
        for monotonic in (-int(time.monotonic() / 2), 100 * YEAR):
            with self.subTest(monotonic), self.watch("", "--from", "oldest", prefix=self.namespace(monotonic)) as daemon:
                (alert,) = daemon.wait_for(pid)
                now, boot = time.time(), time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
                self.assertEqual(alert["time_source"], "estimated")
                self.assertEqual(alert["id"], live["id"])
                for read in daemon.alerts:
                    self.assertLessEqual(seconds(read), now)
                    self.assertGreaterEqual(seconds(read), boot - 0.1)
                    self.assertGreaterEqual(read["source"].get("boottime_usec", 0), 0)
                self.assertEqual(daemon.stop(), 0)

    def test_a_record_from_before_a_suspension_is_estimated(self):
        self.set_clocks()
        with self.watch("", "--from", "now", prefix=self.clocks_prefix()) as daemon:
            (before,) = daemon.wait_for(self.group.kill())
            daemon.send_signal(signal.SIGSTOP)
            pid = self.group.kill()
            self.set_clocks(suspended=8 * HOUR)  # and the log is read after it
            daemon.send_signal(signal.SIGCONT)
            (across,) = daemon.wait_for(pid)
            (after,) = daemon.wait_for(self.group.kill())
            self.assertEqual([alert["time_source"] for alert in (before, across, after)], ["arrival", "estimated", "arrival"])
            self.assertLessEqual(seconds(across), time.time())
            self.assertEqual(daemon.stop(), 0)

    def test_the_wall_clock_is_set_while_alerts_wait_for_a_socket(self):
        path = self.directory / "agent.sock"
        # none is too old, though the clock was set; and these are, though it was set back meanwhile
        for wall, suspended, is_told in ((-YEAR, 0, True), (YEAR, 0, True), (-YEAR, 2 * HOUR, False)):
            self.set_clocks()
            with self.subTest(wall=wall, suspended=suspended), \
                    self.watch(f'socket "agent" {{ path = "{path}" max_age = "1h" }}\n', "--from", "now", prefix=self.clocks_prefix()) as daemon:
                pids = [self.group.kill() for _ in range(3)]
                daemon.wait_for(*pids)
                self.set_clocks(wall, suspended)
                receiver = SocketReceiver(path)
                last = self.group.kill()
                receiver.wait_for(last)
                if is_told:
                    receiver.wait_for(*pids)
                else:
                    self.assertEqual(watcher.of_victims(receiver.alerts, *pids), [])
                self.assertEqual(daemon.stop(), 0)
                receiver.close()

    def test_the_wall_clock_is_set_while_alerts_wait_on_disk(self):
        """A backlog of a socket, written by a run that has ended."""
        self.set_clocks()
        path = self.directory / "agent.sock"
        config = f'socket "agent" {{ path = "{path}" max_age = "1h" }}\n'
        with self.watch(config, "--from", "now") as daemon:
            pids = [self.group.kill() for _ in range(3)]
            daemon.wait_for(*pids)
            self.assertEqual(daemon.stop(), 0)
        self.set_clocks(wall=YEAR)
        with self.watch(config, prefix=self.clocks_prefix()) as daemon:
            receiver = SocketReceiver(path)
            receiver.wait_for(*pids)
            self.assertEqual(daemon.stop(), 0)
            receiver.close()

    def spooled(self):
        return list((self.directory / "spool/pager").glob("*.json"))

    def test_the_wall_clock_is_set_while_alerts_wait_for_a_webhook(self):
        with Receiver() as receiver:
            config = f'webhook "pager" {{ url = "{receiver.url}" max_age = "1h" retry_for = "24h" }}\n'
            with self.watch(config, "--from", "now") as daemon:
                def spool():
                    pids = [self.group.kill() for _ in range(3)]
                    alerts = daemon.wait_for(*pids)
                    wait_until(lambda: len(self.spooled()) >= 3, "spooled: all")
                    return {alert["id"] for alert in alerts}

                for wall in (-YEAR, YEAR):  # none is too old
                    self.set_clocks(wall=wall)
                    ids = spool()
                    courier = self.courier("--once")
                    self.assertEqual(courier.wait(DEADLINE_SEC), 0)
                    self.assertLessEqual(ids, {request.id for request in receiver.requests}, wall)
                ids = spool()  # these are
                self.set_clocks(wall=-YEAR, suspended=2 * HOUR)
                self.assertEqual(self.courier("--once").wait(DEADLINE_SEC), 0)
                self.assertEqual(ids & {request.id for request in receiver.requests}, set())
                self.assertEqual(self.spooled(), [])
                self.assertEqual(daemon.stop(), 0)

    def test_nothing_is_tried_for_ever_or_given_up_for_a_clock_that_was_set(self):
        with self.watch('webhook "pager" { url = "https://localhost:1/" retry_for = "24h" }\n', "--from", "now") as daemon:
            pids = [self.group.kill() for _ in range(3)]
            daemon.wait_for(*pids)
            wait_until(lambda: len(self.spooled()) >= 3, "spooled: all")
            self.assertEqual(daemon.stop(), 0)
        self.set_clocks()
        courier = self.courier()
        self.wait_courier("request failed")
        for count, wall in ((2, -YEAR), (3, YEAR)):
            self.set_clocks(wall=wall)
            courier.send_signal(signal.SIGHUP)  # it tries again at once, and says what fails again
            self.wait_courier("request failed", count)
            self.assertGreaterEqual(len(self.spooled()), 3, wall)
        self.set_clocks(wall=-YEAR, suspended=25 * HOUR)
        courier.send_signal(signal.SIGHUP)
        self.wait_courier("not accepted within retry_for")
        wait_until(lambda: not self.spooled(), "all of them given up")
        self.assertGreaterEqual(len(list((self.directory / "spool/pager/rejected").glob("*.json"))), 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
