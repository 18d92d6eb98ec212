#!/usr/bin/python3
"""A storm of reports that nobody may be killed, by the running kernel, and the real daemon that reads them, or passes them over."""

import re
import time
import unittest

import memcg
import watcher
from testbed import wait_until
from watcher import Watcher

# Each report is some ninety records: a few thousand in a second.
PAUSE_USEC = 20000


def n_passed_over(daemon):
    return int(re.search(r"(\d+) passed over", daemon.status)[1])


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestStorm(unittest.TestCase):
    def test_kills_within_a_storm_are_read_and_most_of_the_storm_is_not(self):
        with Watcher(arguments=["--from", "now"]) as daemon, memcg.Memcg() as stuck, memcg.Memcg() as other:
            def of_storm():
                return [alert for alert in daemon.alerts if alert.get("limit", {}).get("cgroup") == stuck.path]
            with memcg.Storm(stuck, PAUSE_USEC) as storm:
                wait_until(of_storm, "the alert of its beginning")
                wait_until(lambda: n_passed_over(daemon) > 0, "records that are passed over")
                pids = []
                for _ in range(8):
                    pids.append(other.kill())
                    daemon.wait_for(pids[-1])
                    time.sleep(0.2)  # time in which records are passed over again: nothing depends on it
                self.assertEqual(len(of_storm()), 1)
                n_reports = storm.end()
            self.assertEqual(daemon.stop(), 0)
        self.assertEqual([alert["victim"]["pid"] for alert in daemon.alerts_of(*pids)], pids, "each kill once")
        for alert in daemon.alerts_of(*pids):
            self.assertEqual(alert["type"], "oom_kill")
            if "header" not in alert["source"].get("missing", []):  # the kernel prints ten in five seconds, for whomever
                self.assertTrue(alert["source"]["complete"], f"{alert['source']}")
                self.assertEqual(alert["limit"]["cgroup"], other.path)
        first, last = of_storm()
        self.assertEqual((first["type"], last["type"]), ("oom_no_victim", "oom_no_victim"))
        recurrence = last["recurrence"]
        self.assertEqual(recurrence["previous"], first["id"])
        self.assertGreater(recurrence["records_skipped"], 0)
        # one is counted by the kernel's log before it is by the process
        self.assertLessEqual(recurrence["count"], n_reports + 1)
        self.assertGreaterEqual(recurrence["count_estimated"], recurrence["count"])
        self.assertLess(recurrence["count_estimated"], 2 * n_reports)
        self.assertGreater(recurrence["count_estimated"], n_reports / 2)
        self.assertIn(f"at least {recurrence['count']} times, {recurrence['count_estimated']} by estimate, in ", last["summary"])
        self.assertNotIn("kills_missed", [alert["type"] for alert in daemon.alerts])


if __name__ == "__main__":
    unittest.main(verbosity=2)
