#!/usr/bin/python3
"""From a real OOM kill to a real HTTPS receiver: watcher, spool and courier together."""

import pathlib
import subprocess
import tempfile
import threading
import unittest

import memcg
import watcher
from https_receiver import Answer, Authority, Receiver
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import Watcher, of_victims


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestPipeline(unittest.TestCase):
    def setUp(self):
        self._directory = tempfile.TemporaryDirectory(prefix="oomwatchd-pipeline-")
        self.addCleanup(self._directory.cleanup)
        self.directory = pathlib.Path(self._directory.name)
        self.certificate = Authority(self.directory).server()
        self.memcg = memcg.Memcg(limit=2 * memcg.MIB)
        self.addCleanup(self.memcg.remove)
        self.couriers = []
        self.addCleanup(lambda: [self.kill_courier(courier) for courier in self.couriers])

    def config(self, port):
        return f'webhook "pager" {{ url = "https://localhost:{port}/oom" ca_file = "{self.certificate.ca}" cmdline = full }}\n'

    def watch(self, port):
        return Watcher(self.config(port), ["--from", "now"], directory=self.directory)

    def start_courier(self):
        courier = subprocess.Popen([BUILD / "oomwatch-courier", "-c", self.directory / "oomwatchd.conf"], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.couriers.append(courier)
        return courier

    @staticmethod
    def kill_courier(courier):
        if courier.poll() is None:
            courier.kill()
        courier.wait(timeout=DEADLINE_SEC)

    @staticmethod
    def requests_of(receiver, pids):
        """Other processes may be killed meanwhile: those of pids alone."""
        return [request for request in receiver.requests if of_victims([request.alert], *pids)]

    def pids(self, receiver, pids):
        return [request.alert["victim"]["pid"] for request in self.requests_of(receiver, pids)]

    def waiting(self):
        return list((self.directory / "spool/pager").glob("*.json"))

    def test_receiver_down_then_up_gets_all_in_order_once(self):
        with Receiver(self.certificate) as receiver:
            port = receiver.port
        with self.watch(port) as daemon:
            self.start_courier()
            pids = [self.memcg.kill() for _ in range(5)]
            expected = daemon.wait_for(*pids)
            wait_until(lambda: len(self.waiting()) >= 5, "five alerts in the spool")
            with Receiver(self.certificate, port=port) as receiver:
                receiver.wait_for(5)
                wait_until(lambda: not self.waiting(), "an empty spool")
                requests = self.requests_of(receiver, pids)
                self.assertEqual(self.pids(receiver, pids), pids)
                self.assertEqual([request.alert for request in requests], expected)
                self.assertEqual([request.headers["webhook-id"] for request in requests], [alert["id"] for alert in expected])

    def test_courier_killed_during_delivery_loses_nothing(self):
        started, release = threading.Event(), threading.Event()

        def answer(request):
            if len(receiver.requests) == 3:  # the third is in flight when the courier is killed
                started.set()
                release.wait(timeout=DEADLINE_SEC)
            return Answer(204)

        with Receiver(self.certificate, answer=answer) as receiver, self.watch(receiver.port) as daemon:
            courier = self.start_courier()
            pids = [self.memcg.kill() for _ in range(6)]
            daemon.wait_for(*pids)
            self.assertTrue(started.wait(timeout=DEADLINE_SEC))
            self.kill_courier(courier)
            release.set()
            self.start_courier()
            wait_until(lambda: not self.waiting(), "an empty spool")
            got = self.pids(receiver, pids)
            self.assertEqual(list(dict.fromkeys(got)), pids, "all, in order")
            for pid in set(got):
                ids = {request.headers["webhook-id"] for request in self.requests_of(receiver, [pid])}
                self.assertEqual(len(ids), 1, "a repeat has the same id")
            self.assertLessEqual(len(got), len(pids) + 1, "only what was in flight is sent again")

    def test_absent_courier_is_reported(self):
        with self.watch(9) as daemon:
            daemon.wait_log("no oomwatch-courier runs")
            wait_until(lambda: "no courier runs" in daemon.status, "it to be in the status")
            self.start_courier()
            daemon.wait_log("a courier runs")


if __name__ == "__main__":
    unittest.main(verbosity=2)
