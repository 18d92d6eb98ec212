#!/usr/bin/python3
"""Every kill, once, provably: kills in many cgroups while the watcher is killed and stopped at random moments, and disk, journald,
webhook and socket receiver fail in turn. At the end the kernel's own count is the number of ids that each of them has.

OOMWATCH_LONG=1: 2,000 kills, 50 SIGKILLs, 20 SIGTERMs. OOMWATCH_SEED=N repeats a run's choices.
OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import collections
import contextlib
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time
import unittest

import memcg
import watcher
from https_receiver import Answer, Receiver
from journald import Journald
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import SocketReceiver, Watcher, kernel_count

LONG = bool(os.environ.get("OOMWATCH_LONG"))
KILLS, CGROUPS, SIGKILLS, SIGTERMS = (2000, 40, 50, 20) if LONG else (48, 8, 4, 3)
# The ring of a small machine has some 16 reports. What a fault keeps from being acknowledged is read from it again.
ROUND_KILLS = 6
AWAY_KILLS = 3  # while no watcher runs


class Scene:
    """The watcher with everything that its alerts go to, and the faults that can be made."""

    def __init__(self, stack, directory):
        self.directory = directory
        self.fault = directory / "fault"
        self.journald = stack.enter_context(Journald())
        self.webhook = stack.enter_context(Receiver())
        self.socket = SocketReceiver(directory / "socket")
        stack.callback(self.socket.close)
        self.groups = [stack.enter_context(memcg.Memcg(limit=2 * memcg.MIB)) for _ in range(CGROUPS)]
        self.daemon = None
        self.starts = 0
        self.start()
        stack.callback(self.end, self.daemon)
        self.courier = subprocess.Popen([BUILD / "oomwatch-courier", "-c", directory / "oomwatchd.conf"], stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        stack.callback(self.end_courier)

    def start(self):
        config = (f'webhook "pager" {{ url = "{self.webhook.url}" cmdline = full }}\n'
                  f'socket "agent" {{ path = "{self.directory}/socket" }}\n')
        faults = ["env", f"LD_PRELOAD={BUILD}/tests/tools/libfaults.so", f"OOMWATCH_FAULT_FSYNC={self.fault}",
                  "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"]
        self.daemon = Watcher(config, ["--from", "cursor" if self.starts else "now"], self.directory, journal=True,
                              prefix=self.journald.command(faults))
        self.starts += 1

    def end(self, _):
        with self.daemon:
            pass

    def end_courier(self):
        self.courier.terminate()
        self.courier.wait(timeout=DEADLINE_SEC)

    @contextlib.contextmanager
    def failing(self, fault):
        if fault == "disk":
            self.fault.write_text("5")  # EIO
        elif fault == "journald":
            self.journald.run(["journalctl", "--sync"])  # systemd keeps a stopped journald's socket and what is in it; here nobody does
            self.journald.stop()
        elif fault == "webhook":
            self.webhook.answer = lambda request: Answer(503)
        elif fault == "courier":
            self.courier.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            if fault == "disk":
                self.fault.unlink()
            elif fault == "journald":
                self.journald.start()
            elif fault == "webhook":
                self.webhook.answer = lambda request: Answer()
            elif fault == "courier":
                self.courier.send_signal(signal.SIGCONT)

    def wait_acknowledged(self):
        """Until nothing has to be read from the kernel log again."""
        self.daemon.wait_balanced()
        # Of a kill that the watcher knows, all sinks have the alert when the cursor is past it.
        last = max((alert["source"]["seq"] for alert in self.daemon.alerts if "seq" in alert.get("source", {})), default=0)
        wait_until(lambda: int((self.directory / "cursor").read_text().split()[1]) >= last, "a cursor past every alert")


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestProof(unittest.TestCase):
    def kill_with_a_signal(self, scene, choice, number):
        """The signal comes at any moment of a kill, from before its report to after its alert; the next start some kills later."""
        victim = choice.choice(scene.groups).start()
        time.sleep(choice.uniform(0, 0.05))
        status = scene.daemon.stop(number)
        self.assertEqual(status, 0 if number == signal.SIGTERM else -number, scene.daemon.log)
        self.assertEqual(victim.wait(timeout=DEADLINE_SEC), -signal.SIGKILL)
        away = choice.randint(0, AWAY_KILLS)
        for _ in range(away):
            choice.choice(scene.groups).kill()
        scene.start()
        return 1 + away

    def round_of_kills(self, scene, choice, signals):
        """Returns how many kills were made."""
        kills = 0
        while kills < ROUND_KILLS:
            if signals and kills + 1 + AWAY_KILLS <= ROUND_KILLS and choice.random() < 0.5:
                kills += self.kill_with_a_signal(scene, choice, signals.pop())
            else:
                choice.choice(scene.groups).kill()
                kills += 1
        return kills

    @staticmethod
    def count_before(scene):
        """The kernel's count before the first kill that the watcher has seen: other processes may be killed since it started."""
        while True:
            scene.daemon.wait_balanced()
            count = kernel_count()
            seen = len({alert["id"] for alert in scene.socket.alerts if alert["type"] == "oom_kill"})
            if kernel_count() == count:
                return count - seen

    @staticmethod
    def ids(scene):
        """Of kills, with repeats, at each place."""
        return {"socket": [alert["id"] for alert in scene.socket.alerts if alert["type"] == "oom_kill"],
                "webhook": [request.id for request in scene.webhook.requests if request.alert["type"] == "oom_kill"],
                "journal": [entry["OOM_EVENT_ID"] for entry in scene.journald.query("-t", "oomwatchd", "OOM_TYPE=oom_kill")]}

    def counts(self, scene):
        return {name: len(set(of)) for name, of in self.ids(scene).items()}

    def test_the_kernels_count_is_the_number_of_ids_everywhere(self):
        seed = int(os.environ.get("OOMWATCH_SEED", time.time_ns() % 1_000_000))
        choice = random.Random(seed)
        signals = [signal.SIGKILL] * SIGKILLS + [signal.SIGTERM] * SIGTERMS
        choice.shuffle(signals)
        with contextlib.ExitStack() as stack:
            directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oomwatchd-proof-")))
            scene = Scene(stack, directory)
            before = self.count_before(scene)
            made = 0
            while made < KILLS or signals:
                with scene.failing(choice.choice(["disk", "journald", "webhook", "courier", "none"])):
                    made += self.round_of_kills(scene, choice, signals)
                scene.wait_acknowledged()
            # Other processes of the machine may be killed too, also now.
            wait_until(lambda: all(len(set(of)) == kernel_count() - before for of in self.ids(scene).values()),
                       lambda: f"the kernel's count, {kernel_count() - before}, of ids everywhere: {self.counts(scene)}")
            ids = self.ids(scene)
            again = {name: sum(n - 1 for n in collections.Counter(of).values()) for name, of in ids.items()}
            print(f"seed {seed}: {made} kills in {CGROUPS} cgroups, {SIGKILLS} SIGKILLs, {SIGTERMS} SIGTERMs; the kernel counts "
                  f"{kernel_count() - before}; ids: {self.counts(scene)}; again: {again}")
            for name, of in ids.items():
                self.assertEqual(set(of), set(ids["socket"]), name)
            self.assertEqual(again["journal"], 0)


if __name__ == "__main__":
    unittest.main()
