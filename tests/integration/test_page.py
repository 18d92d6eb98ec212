#!/usr/bin/python3
"""The page of `oomwatch scan --format html` in a browser: what it says is what the JSON says, and everybody can read it.

Screenshots of it are kept in $OOMWATCH_SCREENSHOTS, where that is set."""

import collections
import os
import pathlib
import tempfile
import unittest

import alert_reader
import html_page

CASES = ["global-swap", "memcg-service", "hostile-names", "group-kill", "container-paths", "memcg-parent-limit", "panic",
         "cpuset", "sysrq", "uid-and-pidns"]
START_SEC = 1787666780  # 2026-08-25
DAY_SEC = 86400
# Names that want to be markup. The kernel cuts a name after 15 bytes, and a cgroup's not at all.
HOSTILE = [
    "3,1,1000000,-;Out of memory: Killed process 66 (<img src=x>&amp;) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
    "3,2,2000000,-;Out of memory: Killed process 67 ('\\x22><b id=x>) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
    "6,3,3000000,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/\\x22><script>alert(1)</script>,"
    "task_memcg=/\\x22><script>alert(1)</script>,task=\\x1b[31mred,pid=68,uid=0",
    "3,4,3000001,-;Memory cgroup out of memory: Killed process 68 (\\x1b[31mred) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB",
]


def owner_of(alert):
    """As the page names it."""
    victim = alert["victim"]
    if "container" in victim:
        container = victim["container"]
        name = container["id"][:12] if len(container["id"]) == 64 else container["id"]
        return f"{container.get('runtime', 'container')} {name}"
    if "user_unit" in victim:
        return f"{victim['user_unit']} of {victim['unit']}"
    return victim.get("unit") or victim.get("cgroup") or "unknown"


def is_plain(text):
    return all(character.isprintable() for character in text) and "\ufffd" not in text


class PageTest(unittest.TestCase):
    """One page of many kinds of incidents, looked at in all ways."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        directory = pathlib.Path(cls.directory.name)
        logs = directory / "logs"
        logs.mkdir()
        for number, case in enumerate(CASES):
            records = html_page.CASES / "6.1" / f"{case}.kmsg"
            host = "tms-92" if number % 4 == 3 else "tms-91"
            (logs / f"{case}.log").write_bytes(html_page.log_of(records, START_SEC + 3 * number * DAY_SEC, host))
        (logs / "twice.log").write_bytes((logs / "global-swap.log").read_bytes())
        hostile = directory / "hostile.kmsg"
        hostile.write_text("\n".join(HOSTILE) + "\n")
        (logs / "hostile.log").write_bytes(html_page.log_of(hostile, START_SEC + 40 * DAY_SEC, "tms-91"))
        status, listing = html_page.scan(["--format", "json", logs])
        assert status == 0
        cls.alerts = alert_reader.read_alerts(listing)
        cls.page = directory / "page.html"
        cls.page.write_bytes(html_page.scan(["--format", "html", logs])[1])
        shots = pathlib.Path(os.environ.get("OOMWATCH_SCREENSHOTS", directory / "shots"))
        shots.mkdir(parents=True, exist_ok=True)
        try:
            cls.seen = html_page.check_page(cls.page, shots)
        except unittest.SkipTest:
            cls.directory.cleanup()
            raise
        cls.incidents = {incident["id"]: incident for incident in cls.seen["numbers"]["incidents"]}
        cls.kills = [alert for alert in cls.alerts if alert["type"] == "oom_kill"]

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_nothing_is_asked_of_the_network(self):
        self.assertEqual(self.seen["requests"], [])

    def test_the_console_is_silent(self):
        self.assertEqual(self.seen["console"], [])

    def test_all_incidents_are_there_in_their_order(self):
        self.assertGreater(len(self.alerts), 50)
        self.assertEqual([incident["id"] for incident in self.seen["numbers"]["incidents"]], [alert["id"] for alert in self.alerts])

    def test_figures_are_those_of_the_alerts(self):
        figures = self.seen["numbers"]["figures"]
        scopes = collections.Counter(alert.get("scope") for alert in self.kills)
        self.assertEqual(figures, {"kills": len(self.kills), "by-machine": scopes["global"], "by-limit": scopes["memcg"],
                                   "by-nodes": scopes["cpuset"] + scopes["mempolicy"], "by-unknown": scopes[None]})
        self.assertIn(f"{len(self.kills)} kills", self.seen["numbers"]["heading"])
        self.assertIn(f"{len(self.kills)} kills", self.seen["numbers"]["title"])

    def expect_names(self, shown, key):
        """shown: name -> [kills, largest]. Names with unsafe characters are compared by their number only."""
        counts, largest = collections.Counter(), {}
        for alert in self.kills:
            name = key(alert)
            counts[name] += 1
            held = alert["victim"].get("anon_rss_bytes")
            if held is not None:
                largest[name] = max(largest.get(name, 0), held)
        expected = {name: [count, largest.get(name)] for name, count in counts.items() if is_plain(name)}
        self.assertGreater(len(expected), 1)
        self.assertEqual({name: value for name, value in shown.items() if name in expected}, expected)
        self.assertEqual(sum(count for count, _ in shown.values()), len(self.kills))

    def test_kills_by_owner(self):
        self.expect_names(self.seen["numbers"]["owners"], owner_of)

    def test_kills_by_process(self):
        self.expect_names(self.seen["numbers"]["processes"], lambda alert: alert["victim"].get("comm") or "no name")

    def test_kills_by_day(self):
        self.expect_names(self.seen["numbers"]["days"], lambda alert: alert["time"][:10])

    def test_kills_by_host(self):
        self.expect_names(self.seen["numbers"]["hosts"], lambda alert: alert["host"]["name"])

    def test_sizes_of_victims(self):
        for alert in self.kills:
            with self.subTest(alert["id"]):
                incident = self.incidents[alert["id"]]
                sizes = {key: value for key, value in alert["victim"].items() if key.endswith("_bytes")}
                self.assertTrue(sizes)
                self.assertEqual({key: value for key, value in incident["sizes"].items() if key in sizes}, sizes)
                self.assertEqual(incident["held"], sizes["anon_rss_bytes"])
                self.assertEqual(incident["time"], alert["time"][:19] + "Z")
                self.assertIn(str(alert["victim"]["pid"]), incident["headline"])

    def test_holders_and_zones(self):
        drawn = 0
        for alert in self.alerts:
            incident = self.incidents[alert["id"]]
            held = {row["pid"]: row["rss_bytes"] for row in alert.get("candidates", [])}
            with self.subTest(alert["id"]):
                self.assertEqual(dict(incident["holders"]), held)
                self.assertEqual(incident["zones"], sum("high_bytes" in zone and zone["high_bytes"] > 0
                                                        for zone in alert.get("memory", {}).get("zones", [])))
            drawn += bool(held) + incident["zones"]
        self.assertGreater(drawn, 20)

    def test_locations(self):
        several = 0
        for alert in self.alerts:
            source = alert["source"]
            locations = source.get("places", [source])
            several += len(locations) > 1
            self.assertEqual(self.incidents[alert["id"]]["locations"],
                             [f"{location['path']}:{location['line']}" for location in locations])
        self.assertGreater(several, 0)

    def test_raw_lines_have_the_kill(self):
        for alert in self.kills:
            self.assertRegex(self.incidents[alert["id"]]["raw"] or "", rf"Killed process {alert['victim']['pid']} ")

    def test_hostile_names_are_text(self):
        heads = [incident["headline"] for incident in self.seen["numbers"]["incidents"]]
        self.assertIn("<img src=x>&amp 66", heads)
        self.assertIn("'\"><b id=x> 67", heads)
        self.assertIn("\ufffd[31mred 68", heads)
        self.assertIn('/"><script>alert(1)</script>', self.seen["numbers"]["owners"])
        for character in self.page.read_text(encoding="utf-8"):
            self.assertTrue(character.isprintable() or character in "\n\t" or ord(character) > 0x9f, repr(character))

    def test_it_is_well_made(self):
        self.assertEqual(self.seen["faults"], [])

    def test_text_has_contrast(self):
        self.assertEqual(set(self.seen["contrast"]), {"1280-light", "1280-dark", "360-light", "360-dark", "paper"})
        for where, result in self.seen["contrast"].items():
            self.assertEqual(result["faint"], [], where)
            self.assertGreater(result["texts"], 1000, where)

    def test_it_is_no_wider_than_the_window(self):
        self.assertEqual(set(map(tuple, self.seen["overflow"].values())), {(0, 0)}, self.seen["overflow"])

    def test_the_keyboard_reaches_all(self):
        keyboard = self.seen["keyboard"]
        for state in ("folded", "opened"):
            self.assertEqual(keyboard[state]["reached"], keyboard[state]["wanted"], state)
            self.assertEqual(keyboard[state]["without_outline"], 0, state)
        self.assertGreaterEqual(keyboard["folded"]["wanted"], len(self.alerts))
        self.assertGreater(keyboard["opened"]["wanted"], keyboard["folded"]["wanted"])
        self.assertTrue(keyboard["opens"])
        self.assertEqual(keyboard["skips"], "main")

    def test_on_paper_all_is_open_and_light(self):
        self.assertEqual(self.seen["paper"], {"folded": 0, "background": "rgb(255, 255, 255)", "scroll": "auto"})

    def test_it_reads_without_scripts(self):
        self.assertIn(f"{len(self.kills)} kills", self.seen["without_scripts"]["heading"])
        self.assertEqual(self.seen["without_scripts"]["lead"], self.seen["numbers"]["incidents"][0]["lead"])


class SizeTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.log, self.page = pathlib.Path(directory.name, "kern.log"), pathlib.Path(directory.name, "page.html")

    def see(self, directory=None):
        status, page = html_page.scan(["--format", "html", self.log])
        self.page.write_bytes(page)
        seen = html_page.check_page(self.page, directory)
        self.assertEqual((seen["requests"], seen["console"], seen["faults"]), ([], [], []))
        return status, seen

    def write_kills(self, count):
        self.log.write_text("".join(
            f"{html_page.iso_time(START_SEC + 60 * i)}+00:00 tms-91 kernel: Out of memory: Killed process {i + 1} (hog{i % 7}) "
            f"total-vm:{i + 8}kB, anon-rss:{i + 4}kB, file-rss:0kB, shmem-rss:0kB\n" for i in range(count)))

    def test_nothing_found(self):
        self.log.write_text("2026-08-25T14:06:20+00:00 tms-91 kernel: all is well\n")
        with tempfile.TemporaryDirectory() as directory:
            status, seen = self.see(directory)
        self.assertEqual(status, 1)
        self.assertEqual(seen["numbers"]["heading"], "No kills")
        self.assertEqual(seen["numbers"]["incidents"], [])
        self.assertEqual({name: (result["faint"], result["texts"] > 0) for name, result in seen["contrast"].items()},
                         dict.fromkeys(seen["contrast"], ([], True)))
        self.assertEqual(seen["keyboard"]["skips"], "main")

    def test_two_thousand_have_their_details(self):
        self.write_kills(2000)
        _, seen = self.see()
        self.assertEqual((len(seen["numbers"]["incidents"]), seen["numbers"]["rows"]), (2000, 0))
        self.assertLess(self.page.stat().st_size, 2000 * 4096)
        self.assertLess(seen["load_ms"], 20000)

    def test_of_more_the_latest_have_and_the_others_a_row(self):
        self.write_kills(2001)
        _, seen = self.see()
        numbers = seen["numbers"]
        self.assertEqual((len(numbers["incidents"]), numbers["rows"]), (1001, 1000))
        self.assertEqual(numbers["incidents"][-1]["headline"], "hog5 2001")
        self.assertEqual(numbers["incidents"][0]["headline"], "hog6 1001")
        self.assertEqual(numbers["figures"]["kills"], 2001)
        self.assertEqual(sum(count for count, _ in numbers["processes"].values()), 2001)


if __name__ == "__main__":
    unittest.main()
