#!/usr/bin/python3
"""Each alert once: whenever the watcher and the courier are killed, the journal has one entry of it, and the receiver gets
it once more only where a courier was killed before it had the answer.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout. OOMWATCH_LONG: more kills."""

import collections
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import memcg
import watcher
from https_receiver import Receiver
from journald import Journald
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import Watcher

COURIER = BUILD / "oomwatch-courier"
IS_LONG = bool(os.environ.get("OOMWATCH_LONG"))
KILLS, ROUNDS = (300, 40) if IS_LONG else (60, 8)

# What the daemon writes to the journal, from somebody else.
FORGE = """
import socket, sys
fields = f"MESSAGE=forged\\nSYSLOG_IDENTIFIER=oomwatchd\\nOOM_EVENT_ID={sys.argv[1]}\\n"
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(fields.encode(), "/run/systemd/journal/socket")
"""


def as_nobody(*capabilities):
    setpriv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    names = ",".join(f"+{name}" for name in capabilities)
    return setpriv + ([f"--inh-caps={names}", f"--ambient-caps={names}"] if capabilities else [])


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestOnce(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-once-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.group = memcg.Memcg(limit=2 * memcg.MIB)
        self.addCleanup(self.group.remove)
        self.random = random.Random()

    def watch(self, config="", *arguments, journal=None, prefix=()):
        prefix = [*(journal.command([]) if journal else []), *prefix]
        return Watcher(config, arguments, self.directory, journal=journal is not None, prefix=prefix)

    def entries(self, journal, ids, uid=0):
        """How many of each a user has in the journal."""
        journal.run(["journalctl", "--sync"])
        found = journal.run(["journalctl", "-t", "oomwatchd", f"_UID={uid}", "-o", "cat", "--output-fields=OOM_EVENT_ID"], check=False).stdout
        counts = collections.Counter(found.split())
        return {alert_id: counts[alert_id] for alert_id in ids}

    def kill_at_random_moments(self, daemon):
        """daemon() starts one. Kills one after the other while there are OOM kills; returns the victims."""
        pids = []

        def kill():
            while len(pids) < KILLS:
                pids.append(self.group.kill())

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            for number in range(ROUNDS):
                with daemon() as running:
                    due = KILLS * (number + 1) // (ROUNDS + 1)
                    wait_until(lambda due=due: len(pids) >= due, f"{due} kills")
                    time.sleep(self.random.uniform(0, 0.15))  # no synchronisation: any moment will do
                    running.stop(signal.SIGKILL)
        finally:
            killer.join()
        return pids

    def test_a_watcher_that_is_killed_writes_and_spools_nothing_twice(self):
        with Journald() as journal, Receiver() as receiver:
            config = f'webhook "pager" {{ url = "{receiver.url}" insecure = true }}\n'
            seen = set()

            def start():
                # All that the killed one has sent is in the journal. An ordinary user can't make sure of that.
                journal.run(["journalctl", "--sync"])
                daemon = self.watch(config, "--from", "cursor" if (self.directory / "cursor").exists() else "now", journal=journal)
                return daemon

            start().stop()  # leaves a cursor
            courier = subprocess.Popen([COURIER, "-c", self.directory / "oomwatchd.conf"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                pids = self.kill_at_random_moments(start)
                with start() as daemon:
                    victims = lambda: {request.alert["victim"]["pid"]: request.id for request in receiver.requests if "victim" in request.alert}
                    # Whoever else floods the ring buffer now may have overwritten kills while no watcher ran: they are counted.
                    missed = lambda: sum({request.id: request.alert.get("missed", 0) for request in receiver.requests}.values())
                    wait_until(lambda: len(set(pids) - victims().keys()) <= missed(), "POSTs of all victims")
                    seen = {post for pid, post in victims().items() if pid in pids}
                    self.assertEqual(daemon.stop(), 0)
                wait_until(lambda: not list((self.directory / "spool/pager").glob("*.json")), "an empty spool")
            finally:
                courier.terminate()
                courier.wait(DEADLINE_SEC)
            posts = collections.Counter(request.id for request in receiver.requests)
            entries = self.entries(journal, seen)
        lost = sum(request.alert.get("lost", 0) for request in receiver.requests)
        print(f"{KILLS} kills, {ROUNDS} SIGKILLs: {sum(entries.values())} journal entries and {sum(posts[i] for i in seen)} POSTs of {len(seen)} alerts; "
              f"{lost} records lost, {missed()} kills missed")
        self.assertTrue(len(seen) == KILLS or lost > 0, "an alert is missing, and no record was lost")
        self.assertGreater(len(seen), KILLS / 2, "alerts")
        self.assertEqual(set(entries.values()), {1}, "journal entries of an alert")
        self.assertEqual(set(posts.values()), {1}, "POSTs of an alert")

    def test_a_courier_that_is_killed_repeats_at_most_what_it_was_sending(self):
        with Receiver() as receiver:
            config = f'webhook "pager" {{ url = "{receiver.url}" insecure = true }}\n'
            with self.watch(config, "--from", "now") as daemon:
                pids = []
                for number in range(ROUNDS + 1):
                    pids += [self.group.kill() for _ in range(KILLS // (ROUNDS + 1))]
                    daemon.wait_for(*pids)
                    courier = subprocess.Popen([COURIER, "-c", daemon.config], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    try:
                        if number < ROUNDS:
                            before = len(receiver.requests)
                            wait_until(lambda before=before: len(receiver.requests) > before, "a POST")
                            time.sleep(self.random.uniform(0, 0.02))  # no synchronisation: any moment will do
                        else:
                            wait_until(lambda: not list((self.directory / "spool/pager").glob("*.json")), "an empty spool")
                    finally:
                        courier.kill()
                        courier.wait()
                ids = {alert["id"] for alert in daemon.alerts_of(*pids)}
                self.assertEqual(daemon.stop(), 0)
            posts = [request.id for request in receiver.requests]
        print(f"{len(ids)} alerts, {ROUNDS} SIGKILLs of the courier: {sum(post in ids for post in posts)} POSTs")
        self.assertEqual(ids - set(posts), set(), "not sent")
        self.assertLessEqual(len(posts) - len(set(posts)), ROUNDS, "more than one for each SIGKILL")
        # What is sent again is what the killed one was sending: it comes twice in a row.
        others = [post for number, post in enumerate(posts) if number == 0 or post != posts[number - 1]]
        self.assertEqual(len(others), len(set(others)), "sent again after others")

    def test_an_entry_of_another_user_is_none(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        with self.watch("", "--from", "now") as daemon:
            (alert,) = daemon.wait_for(self.group.kill())
        with Journald() as journal:
            journal.run([*as_nobody(), sys.executable, "-c", FORGE, alert["id"]])
            self.assertEqual(self.entries(journal, [alert["id"]], uid=65534), {alert["id"]: 1})
            for _ in range(2):
                with self.watch("", "--from", "oldest", journal=journal) as daemon:
                    daemon.wait_for(alert["victim"]["pid"])
                    wait_until(lambda: self.entries(journal, [alert["id"]])[alert["id"]], "an entry")
                    self.assertEqual(daemon.stop(), 0)
                self.assertEqual(self.entries(journal, [alert["id"]]), {alert["id"]: 1})

    def test_a_journal_that_cannot_be_read_is_said_and_nothing_is_lost(self):
        self.directory.chmod(0o777)
        prefix = as_nobody("syslog")
        if not shutil.which("setpriv") or subprocess.run([*prefix, BUILD / "oomwatchd", "--version"], capture_output=True, check=False).returncode != 0:
            self.skipTest("the program can't be run as another user here")
        with Journald() as journal:
            with self.watch("", "--from", "now") as daemon:
                (alert,) = daemon.wait_for(self.group.kill())
            for path in ("cursor", "cursor.lock"):  # of root
                (self.directory / path).unlink(missing_ok=True)
            (self.directory / "oomwatchd.conf").write_text(f'spool {{ path = "{self.directory}/spool" }}\ncursor {{ path = "{self.directory}/cursor" }}\n')
            for count in (1, 2):
                with open(self.directory / "log", "w+", encoding="utf-8") as log:
                    daemon = journal.popen([*prefix, BUILD / "oomwatchd", "-c", self.directory / "oomwatchd.conf", "--from", "oldest"],
                                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
                    try:
                        wait_until(lambda count=count: self.entries(journal, [alert["id"]], uid=65534) == {alert["id"]: count}, f"{count} entries")
                        daemon.terminate()
                        self.assertEqual(daemon.wait(DEADLINE_SEC), 0)
                    finally:
                        daemon.kill()
                        daemon.wait()
                    text = (self.directory / "log").read_text()
                self.assertEqual(text.count("the journal can't be searched, alerts from before the start may be in it twice: "
                                            "this user may read none of its files"), 1, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
