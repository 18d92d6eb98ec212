#!/usr/bin/python3
"""Storms: with `coalesce` a receiver gets the first kill of a cgroup at once and the others as one digest; no kill is lost.

The watcher and the courier, with receivers; kills from records, and of the running kernel."""

import collections
import json
import os
import signal
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from alert_reader import read_alert, read_alerts
from https_receiver import Answer, Receiver
from journald import Journald
import memcg
from test_courier import Courier
from testbed import BUILD, DEADLINE_SEC, wait_until
import watcher
from watcher import SocketReceiver, Watcher

SPOOL_WRITE = BUILD / "tests" / "tools" / "spool_write"
CGROUPS = ("/system.slice/web.service", "/system.slice/batch.service", r"/user.slice/a\x0a\xff b")


def kill_records(numbers):
    """The records of a kill for each number, round the cgroups."""
    lines = []
    for number in numbers:
        cgroup, comm = CGROUPS[number % len(CGROUPS)], "php" if number % 5 == 0 else "nginx"
        texts = ((4, f"{comm} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"),
                 (6, f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg={cgroup},"
                     f"task_memcg={cgroup},task={comm},pid={1000 + number},uid=33"),
                 (3, f"Memory cgroup out of memory: Killed process {1000 + number} ({comm}) total-vm:1048576kB, anon-rss:524288kB, "
                     "file-rss:1024kB, shmem-rss:0kB, UID:33 pgtables:2048kB oom_score_adj:0"))
        lines += [f"{priority},{3 * number + i},{(3 * number + i) * 1000},-;{text}\n" for i, (priority, text) in enumerate(texts)]
    return "".join(lines).encode()


def singles(alerts):
    return [alert["id"] for alert in alerts if alert["type"] == "oom_kill"]


def digests(alerts):
    return [alert for alert in alerts if alert["type"] == "digest"]


def digested(alerts):
    return [id for alert in digests(alerts) for id in alert["digest"]["ids"]]


class Test(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="coalesce.")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def check_digest(self, digest, kills):
        """kills: the alerts that it should stand for, in their order."""
        self.assertEqual(digest["digest"]["of"], "oom_kill")
        self.assertEqual(digest["digest"]["ids"], [kill["id"] for kill in kills])
        self.assertEqual(digest["digest"]["count"], len(kills))
        self.assertEqual(digest["limit"]["cgroup"], kills[0]["limit"]["cgroup"])
        self.assertEqual([victim["pid"] for victim in digest["digest"]["victims"]], [kill["victim"]["pid"] for kill in kills[:20]])
        comms = collections.Counter(kill["victim"]["comm"] for kill in kills)
        self.assertIn(f"{len(kills)} more kills in ", digest["summary"])
        for comm, count in comms.items():
            self.assertIn(f"{comm} ({count})", digest["summary"])


class SocketTest(Test):
    """The watcher reads records from a pipe, so that it stays when they are read."""

    def start(self, coalesce, is_receiver_there=True):
        if is_receiver_there:
            self.receiver = SocketReceiver(self.directory / "agent.sock")
            self.addCleanup(self.receiver.close)
        fifo = self.directory / "records"
        os.mkfifo(fifo)
        self.records = os.open(fifo, os.O_RDWR)  # as long as somebody can write, it has no end
        self.addCleanup(os.close, self.records)
        daemon = Watcher(self.config(coalesce), ["--kmsg", fifo], self.directory)
        self.addCleanup(daemon.__exit__)
        self.addCleanup(lambda: daemon.process.poll() is None and self.assertEqual(daemon.stop(), 0, daemon.log))
        return daemon

    def config(self, coalesce):
        return f'socket "agent" {{ path = "{self.directory}/agent.sock"\n coalesce = "{coalesce}" }}\n'

    def kill(self, numbers):
        os.write(self.records, kill_records(numbers))

    def check_all(self, daemon, kills):
        """Of each cgroup the first kill by itself, the others in one digest."""
        received = self.receiver.alerts
        self.assertEqual(singles(received), [kill["id"] for kill in kills[:3]])
        for digest in digests(received):
            of_cgroup = [kill for kill in kills if kill["limit"] == digest["limit"]]
            self.check_digest(digest, of_cgroup[1:])
        self.assertEqual(len(digests(received)), 3)
        self.assertEqual(collections.Counter(singles(received) + digested(received)), collections.Counter(kill["id"] for kill in kills))

    def test_first_at_once_others_as_one_digest(self):
        daemon = self.start("1h")
        self.kill(range(40))
        wait_until(lambda: len(daemon.alerts) == 40 and len(self.receiver.alerts) == 3, "all kills read, and three sent")
        daemon.write_config(self.config("1s"))  # however slow the machine is, no window was over before
        daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: len(self.receiver.alerts) == 6, "three kills and three digests")
        wait_until(lambda: len(daemon.alerts) == 40, "all kills on standard output")
        kills = list(daemon.alerts)
        self.assertEqual(singles(self.receiver.alerts[:3]), [kill["id"] for kill in kills[:3]])
        self.check_all(daemon, kills)
        # the windows are over: the next one is a first one
        self.kill([40])
        wait_until(lambda: len(self.receiver.alerts) == 7 and len(daemon.alerts) == 41, "another kill")
        self.assertEqual(self.receiver.alerts[6], daemon.alerts[40])
        # what was one alert only in its window isn't called a digest
        self.kill([41, 42, 43])
        wait_until(lambda: len(self.receiver.alerts) == 10 and len(daemon.alerts) == 44, "three more kills")
        self.assertEqual(self.receiver.alerts[7:], daemon.alerts[41:])

    def test_what_waits_is_sent_at_the_end(self):
        daemon = self.start("1h")
        self.kill(range(40))
        wait_until(lambda: len(daemon.alerts) == 40, "all kills read")
        self.assertEqual(daemon.stop(), 0)
        wait_until(lambda: len(self.receiver.alerts) == 6, "three kills and three digests")
        self.check_all(daemon, daemon.alerts)

    def test_what_waits_is_sent_after_a_reload_without_it(self):
        daemon = self.start("1h")
        self.kill(range(40))
        wait_until(lambda: len(daemon.alerts) == 40, "all kills read")
        self.assertEqual(len(self.receiver.wait_for(1000, 1001, 1002)), 3)
        daemon.write_config(self.config("0"))
        daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: len(self.receiver.alerts) == 6, "three kills and three digests")
        self.check_all(daemon, daemon.alerts)
        self.kill(range(40, 50))
        wait_until(lambda: len(self.receiver.alerts) == 16, "ten single kills")

    def test_a_receiver_that_is_away_finds_digests_in_the_spool(self):
        daemon = self.start("1h", is_receiver_there=False)
        self.kill(range(40))
        wait_until(lambda: len(daemon.alerts) == 40, "all kills read")
        self.assertEqual(daemon.stop(), 0)
        spooled = [read_alert(path.read_bytes()) for path in (self.directory / "spool" / "agent").glob("*.json")]
        self.assertEqual(len(spooled), 6)
        self.assertEqual(collections.Counter(singles(spooled) + digested(spooled)), collections.Counter(kill["id"] for kill in daemon.alerts))


class LiveTest(Test):
    """Kills of the running kernel."""

    def setUp(self):
        super().setUp()
        why = watcher.why_not() or memcg.why_not()
        if why:
            self.skipTest(why)

    def wait_for(self, daemon, pids):
        def has_lost():
            return any(alert["type"] in ("records_lost", "kills_missed") for alert in daemon.alerts)
        wait_until(lambda: has_lost() or {alert["victim"]["pid"] for alert in daemon.alerts_of(*pids)} >= set(pids), f"alerts of {pids}")
        if has_lost():
            self.skipTest("somebody else's flood has overwritten the ring buffer")
        return daemon.alerts_of(*pids)

    def test_a_crash_in_the_window_loses_nothing(self):
        with Journald() as journald, memcg.Memcg(limit=2 * memcg.MIB) as one, memcg.Memcg(limit=2 * memcg.MIB) as two:
            receiver = SocketReceiver(self.directory / "agent.sock")
            config = (f'socket "agent" {{ path = "{self.directory}/agent.sock"\n coalesce = "1h" }}\n'
                      'webhook "pager" { url = "http://127.0.0.1:9/"\n coalesce = "1h" }\n')
            command = {"config": config, "directory": self.directory, "journal": True, "prefix": journald.command([])}
            pids = []
            with Watcher(arguments=["--from", "now"], **command) as daemon:
                for _ in range(10):
                    pids += [one.kill(), two.kill()]
                kills = {kill["id"] for kill in self.wait_for(daemon, pids)}
                daemon.stop(signal.SIGKILL)
            pids += [one.kill(), two.kill()]
            with Watcher(**command) as daemon:
                kills |= {kill["id"] for kill in self.wait_for(daemon, pids[2:])}
                self.assertEqual(len(kills), len(pids))
                self.assertEqual(daemon.stop(), 0)
            wait_until(lambda: kills <= set(singles(receiver.alerts) + digested(receiver.alerts)), "all kills at the receiver")
            # The kernel prints the cgroup of ten kills in 5 s only: those of both may be in one.
            self.assertGreaterEqual(len(digests(receiver.alerts)), 1)
            self.assertLess(len(receiver.alerts), len(pids))
            spooled = [read_alert(path.read_bytes()) for path in (self.directory / "spool" / "pager").glob("*.json")]
            self.assertLessEqual(kills, set(singles(spooled)), "in the spool there are single alerts")
            entries = [entry for entry in journald.query("-t", "oomwatchd") if int(entry.get("OOM_VICTIM_PID", 0)) in pids]
            self.assertEqual({entry["OOM_EVENT_ID"] for entry in entries}, kills, "the journal has every one")
            receiver.close()


class CourierTest(Test):
    def setUp(self):
        super().setUp()
        self.spool, self.config = self.directory / "spool", self.directory / "oomwatchd.conf"
        (self.directory / "empty.conf").write_text("journal { enabled = false }\n")
        records = self.directory / "records"
        records.write_bytes(kill_records(range(43)))
        self.kills = read_alerts(subprocess.run(
            [BUILD / "oomwatchd", "-c", self.directory / "empty.conf", "--kmsg", records, "--stdout", "json"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, check=True, timeout=DEADLINE_SEC).stdout)

    def receiver(self, **named):
        receiver = Receiver(**named)
        self.addCleanup(receiver.__exit__)
        return receiver

    def configure(self, receiver, *lines):
        lines = "\n".join(lines)
        self.config.write_text(f'spool {{ path = "{self.spool}" }}\nwebhook "pager" {{ url = "{receiver.url}"\n{lines}\n}}\n')

    def start(self, *arguments, ready=True, **named):
        courier = Courier(self.directory, self.config, *arguments, **named)
        self.addCleanup(courier.close)
        self.addCleanup(self.stop, courier)
        if ready:
            courier.wait_state("READY=1")
        return courier

    def stop(self, courier):
        """The sanitizers have something to say then."""
        if courier.process.poll() is None:
            self.assertEqual(courier.stop(), 0, courier.log())

    def put(self, kills):
        lines = b"".join(b"%s %s\n" % (kill["id"].encode(), json.dumps(kill).encode()) for kill in kills)
        subprocess.run([SPOOL_WRITE, self.spool, "pager"], input=lines, check=True, timeout=DEADLINE_SEC)

    def waiting(self):
        return {path.stem for path in (self.spool / "pager").glob("*.json")}

    def alerts(self, receiver):
        return [request.alert for request in receiver.requests]

    def check_complete(self, receiver, kills):
        received = self.alerts(receiver)
        self.assertEqual(collections.Counter(singles(received) + digested(received)), collections.Counter(kill["id"] for kill in kills))

    def test_first_at_once_others_as_one_digest(self):
        receiver = self.receiver()
        self.configure(receiver, 'coalesce = "1h"')
        kills = self.kills[:40]
        self.put(kills)
        courier = self.start()
        courier.wait_state("37 alerts waiting, 3 delivered")
        self.configure(receiver, 'coalesce = "1s"')  # however slow the machine is, no window was over before
        courier.process.send_signal(signal.SIGHUP)
        requests = receiver.wait_for(6)
        self.assertEqual(singles(self.alerts(receiver)[:3]), [kill["id"] for kill in kills[:3]])
        for digest, first in zip(self.alerts(receiver)[3:], kills):
            self.check_digest(digest, [kill for kill in kills[3:] if kill["limit"] == first["limit"]])
        self.assertEqual([request.id for request in requests], [alert["id"] for alert in self.alerts(receiver)])
        courier.wait_state("0 alerts waiting, 40 delivered, 0 rejected")
        self.assertEqual(self.waiting(), set())
        # the windows are over: the next one is a first one, and one by itself is no digest
        self.put(self.kills[40:43])
        receiver.wait_for(9)
        self.assertEqual(singles(self.alerts(receiver)[6:]), [kill["id"] for kill in self.kills[40:43]])
        self.check_complete(receiver, self.kills)
        self.assertEqual(courier.log().splitlines(), ["oomwatch-courier: configuration reloaded"])

    def test_a_crash_in_the_window_loses_nothing(self):
        receiver = self.receiver()
        self.configure(receiver, 'coalesce = "1h"')
        self.put(self.kills[:20])
        courier = self.start()
        receiver.wait_for(3)
        courier.wait_state("17 alerts waiting, 3 delivered")
        self.assertEqual(self.waiting(), {kill["id"] for kill in self.kills[3:20]})
        courier.kill()
        self.put(self.kills[20:])
        self.configure(receiver, 'coalesce = "1s"')
        courier = self.start()
        wait_until(lambda: not self.waiting(), "an empty spool")
        self.check_complete(receiver, self.kills)
        self.assertLess(len(receiver.requests), 43)

    def test_once_doesnt_wait(self):
        receiver = self.receiver()
        self.configure(receiver, 'coalesce = "1h"')
        self.put(self.kills)
        courier = self.start("--once", ready=False)
        self.assertEqual(courier.process.wait(DEADLINE_SEC), 0, courier.log())
        self.assertEqual(len(receiver.requests), 6)
        self.check_complete(receiver, self.kills)
        self.assertEqual(self.waiting(), set())

    def test_what_waits_is_sent_after_a_reload_without_it(self):
        receiver = self.receiver()
        self.configure(receiver, 'coalesce = "1h"')
        self.put(self.kills[:10])
        courier = self.start()
        courier.wait_state("7 alerts waiting, 3 delivered")
        self.put(self.kills[10:15])
        courier.wait_state("12 alerts waiting, 3 delivered")
        self.put(self.kills[15:20])
        courier.wait_state("17 alerts waiting, 3 delivered")
        self.configure(receiver, "coalesce = 0")
        courier.process.send_signal(signal.SIGHUP)
        receiver.wait_for(6)
        self.put(self.kills[20:])
        receiver.wait_for(6 + 23)
        self.check_complete(receiver, self.kills)

    def test_a_digest_waits_for_its_receiver(self):
        is_mended = threading.Event()
        receiver = self.receiver(answer=lambda r: Answer(204 if is_mended.is_set() or r.alert["type"] != "digest" else 503))
        self.configure(receiver, 'coalesce = "1s"')
        self.put(self.kills[:20])
        courier = self.start()
        courier.wait_log("answered with status 503")
        courier.wait_state(r"\(1 failing\), \d+ alerts waiting")
        self.put(self.kills[20:])
        is_mended.set()
        wait_until(lambda: not self.waiting(), "an empty spool")
        delivered = [alert for alert in self.alerts(receiver)]
        self.assertEqual(set(singles(delivered) + digested(delivered)), {kill["id"] for kill in self.kills})
        courier.wait_log("works again")

    def test_a_receiver_that_refuses_digests_gets_single_alerts(self):
        receiver = self.receiver(answer=lambda r: Answer(422 if r.alert["type"] == "digest" else 204))
        self.configure(receiver, 'coalesce = "1s"')
        self.put(self.kills)
        courier = self.start()
        wait_until(lambda: not self.waiting(), "an empty spool")
        accepted = singles(self.alerts(receiver))
        self.assertEqual(sorted(accepted), sorted(kill["id"] for kill in self.kills))
        self.assertFalse((self.spool / "pager" / "rejected").exists() and list((self.spool / "pager" / "rejected").iterdir()))
        courier.wait_log(r"a digest of \d+ alerts refused, they are sent one by one: the receiver answered with status 422")
        courier.wait_state("0 alerts waiting, 43 delivered, 0 rejected")

    def test_what_is_overdue_or_expired_isnt_in_a_digest(self):
        receiver = self.receiver()
        self.configure(receiver, 'coalesce = "1h"')
        old = [dict(kill, time="2001-01-01T00:00:00.000000Z", time_source="log") for kill in self.kills[3:12]]
        self.put(self.kills[:3] + old + self.kills[12:20])
        courier = self.start()
        courier.wait_state("17 alerts waiting, 3 delivered")
        self.configure(receiver, "coalesce = 0", 'max_age = "1h"')
        courier.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not self.waiting(), "an empty spool")
        received = self.alerts(receiver)
        self.assertEqual(set(singles(received) + digested(received)), {kill["id"] for kill in self.kills[:3] + self.kills[12:20]})
        wait_until(lambda: courier.log().count("3 alerts dropped: older than max_age") == 3, "nine dropped")

    def test_files_that_hold_no_alert_or_have_gone(self):
        receiver = self.receiver()
        self.configure(receiver, 'coalesce = "1h"')
        self.put(self.kills[:20])
        courier = self.start()
        courier.wait_state("17 alerts waiting, 3 delivered")
        (self.spool / "pager" / f"{self.kills[5]['id']}.json").write_text("{")
        (self.spool / "pager" / f"{self.kills[6]['id']}.json").unlink()
        self.configure(receiver, "coalesce = 0")
        courier.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not self.waiting(), "an empty spool")
        courier.wait_log(f"alert {self.kills[5]['id']} rejected: its file holds no alert")
        self.check_complete(receiver, self.kills[:5] + self.kills[7:20])
        courier.wait_state("0 alerts waiting, 18 delivered, 1 rejected")


class ConfigurationTest(Test):
    def test_bounds(self):
        config = self.directory / "oomwatchd.conf"
        for value, is_valid in (("0", True), ("1s", True), ("1h", True), ("3601", False), ("2h", False), ("-1", False), ("off", False)):
            for section in ('socket "a" {\n path = "/run/a"', 'webhook "b" {\n url = "http://localhost"'):
                with self.subTest(value=value, section=section):
                    config.write_text(f'{section}\n coalesce = "{value}"\n}}\n')
                    result = subprocess.run([BUILD / "oomwatchd", "-c", config, "--check-config"], capture_output=True, text=True,
                                            stdin=subprocess.DEVNULL, timeout=DEADLINE_SEC)
                    self.assertEqual(result.returncode, 0 if is_valid else 2, result.stderr)
                    if not is_valid:
                        self.assertRegex(result.stderr, r"oomwatchd\.conf:3: coalesce (must be|is too long)")


if __name__ == "__main__":
    unittest.main()
