#!/usr/bin/python3
"""Every record file of tests/corpus/cases/ through the real oomwatchd: are the alerts the right ones?

A case is <name>.kmsg with <name>.truth.json, what must come of it, written without asking the program. The form of both
and what is compared: tests/corpus/README.md. <name>.json and <name>.txt in tests/corpus/golden/ hold the whole alerts as
they were when somebody last looked at them (tests/corpus/regenerate.sh)."""

import functools
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from alert_reader import SCHEMA, read_alerts
from testbed import BUILD, CORPUS, DEADLINE_SEC

CASES = CORPUS / "cases"
GOLDEN = CORPUS / "golden"
TEXT_LINES_MAX = 25  # of one alert
CASE_NAMES = sorted(path.relative_to(CASES).as_posix().removesuffix(".kmsg") for path in CASES.rglob("*.kmsg"))

# prefix,seq,usec,flags[,key=value...];text
RECORD = re.compile(rb"(\d{1,10}),(\d{1,20}),(\d{1,20}),([-c+])((?:,[^,;]*)*);(.*)", re.DOTALL)
SIZES = (("total_vm", "total-vm|vsz|vm"), ("anon_rss", "anon-rss"), ("file_rss", "file-rss"), ("shmem_rss", "shmem-rss"),
         ("pgtables", "pgtables"))
SCOPES = {"CONSTRAINT_NONE": "global", "CONSTRAINT_MEMCG": "memcg", "CONSTRAINT_CPUSET": "cpuset",
          "CONSTRAINT_MEMORY_POLICY": "mempolicy"}
SEVERITIES = {"global": "critical", "memcg": "error", "cpuset": "error", "mempolicy": "error"}


def load_truth(case):
    return json.loads((CASES / f"{case}.truth.json").read_text(encoding="utf-8"))


def is_synthetic(truth):
    return "alerts" in truth


def unescape(text):
    return re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), text)


@functools.lru_cache(maxsize=None)
def load_records(case):
    """The file's records by seq, each as (facility, usec, text): decoded here once more, not by the program."""
    records = {}
    for line in (CASES / f"{case}.kmsg").read_bytes().split(b"\n"):
        match = RECORD.fullmatch(line)
        if match:
            records[int(match[2])] = (int(match[1]) >> 3, int(match[3]), unescape(match[6]))
    return records


def run_form(form, kmsg, directory):
    """Runs oomwatchd over a file; returns what it prints in one form, and standard error."""
    with tempfile.TemporaryDirectory() as scratch:
        config = pathlib.Path(scratch) / "oomwatchd.conf"
        config.write_text("journal { enabled = false }\n", encoding="ascii")
        done = subprocess.run([BUILD / "oomwatchd", "-c", config, "--kmsg", kmsg, "--stdout", form], cwd=directory,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_SEC, check=False)
    log = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        raise AssertionError(f"oomwatchd --kmsg {kmsg} ended with {done.returncode}:\n{log}")
    return done.stdout, log


def run_daemon(kmsg, directory):
    """Runs oomwatchd over a file; returns (alerts, standard error)."""
    printed, log = run_form("json", kmsg, directory)
    return read_alerts(printed), log


@functools.lru_cache(maxsize=None)
def run_case(case):
    return run_daemon(f"{case}.kmsg", CASES)


def at(value, path):
    """The part of an alert at a path of keys; None where it is absent."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def raw_bytes(part, name):
    """The bytes of a name in an alert, whether or not they were UTF-8."""
    if f"{name}_hex" in part:
        return bytes.fromhex(part[f"{name}_hex"])
    return part[name].encode("utf-8")


def readable(data):
    """The way in which the virtual machines' truth.json wrote bytes that are no UTF-8."""
    return data.decode("utf-8", "backslashreplace")


class CorpusTest(unittest.TestCase):
    """What all tests of the corpus need. Each case becomes one test method, so that it is counted and named."""

    maxDiff = None

    @classmethod
    def add_cases(cls, names):
        for case in names:
            def run(self, case=case):
                self.check(case)
            setattr(cls, "test_" + re.sub(r"\W", "_", case), run)

    def check(self, case):
        raise NotImplementedError


class TestFiles(CorpusTest):
    """The corpus itself: are file and truth of one mind? Needs no program."""

    def check(self, case):
        truth = load_truth(case)
        self.check_lines(case)
        if is_synthetic(truth):
            self.check_synthetic(case, truth)
        else:
            self.check_real(case, truth)

    def check_lines(self, case):
        numbers = []
        for line in (CASES / f"{case}.kmsg").read_bytes().splitlines():
            match = RECORD.fullmatch(line)
            if match:
                self.assertRegex(match[6], rb"\A[\x20-\x7e]*\Z")
                numbers.append(int(match[2]))
            elif not line.startswith(b" "):
                self.assertTrue(load_truth(case).get("malformed"), f"no record: {line!r}")
        jumps = sum(b - a - 1 for a, b in zip(numbers, numbers[1:]) if b > a + 1)
        if load_truth(case).get("kmsg_records_lost"):  # counted by the one who captured, in the whole of it
            self.assertGreater(jumps, 0)
            return
        lost = sum(alert.get("lost", 0) for alert in load_truth(case).get("alerts", []))
        self.assertEqual(jumps, lost, "records missing in the file, and what truth says of it")

    def check_synthetic(self, case, truth):
        records = load_records(case)
        self.assertTrue(truth["description"])
        self.assertTrue(truth["format"])
        self.assertEqual(len(truth.get("absent", truth["alerts"])), len(truth["alerts"]))
        for alert in truth["alerts"]:
            self.check_known(alert, SCHEMA)
        for path in [path for paths in truth.get("absent", []) for path in paths]:
            part = SCHEMA
            for key in path:
                part = self.properties_of(part, key)
        for alert in truth["alerts"]:
            seq = at(alert, ("source", "seq"))
            if alert["type"] not in ("oom_kill", "oom_unreapable", "oom_panic") or seq is None:
                continue
            facility, _, text = records[seq]
            self.assertEqual(facility, 0, text)
            if alert["type"] == "oom_panic":
                self.assertTrue(text.startswith(b"Kernel panic - not syncing: "), text)
                continue
            if "pid" in alert["victim"]:
                self.assertRegex(text, rb"\b%d\b" % alert["victim"]["pid"])
            self.assertIn(raw_bytes(alert["victim"], "comm"), text)
            self.check_sizes(text, alert["victim"], [record[2] for record in records.values()])

    def properties_of(self, known, key):
        """What the schema says of a part's field; {} where it is an extension point."""
        properties = dict(known.get("properties", {}))
        if "unevaluatedProperties" in known:
            properties |= SCHEMA["$defs"][known["$ref"].removeprefix("#/$defs/")]["properties"]
        if known.get("additionalProperties", known.get("unevaluatedProperties")) is False:
            self.assertIn(key, properties, "there is no such field")
        return properties.get(key, {})

    def check_known(self, part, known):
        for key, value in part.items():
            field = self.properties_of(known, key)
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, dict):
                    self.check_known(child, field.get("items", field))

    def check_sizes(self, text, victim, texts):
        """What the victim's line doesn't print may be its row's, of this pid."""
        row = re.compile(rb"\[ *%d\] " % victim.get("pid", -1))
        for name, printed in SIZES:
            values = re.findall(rb"\b(?:%s):(\d+)kB" % printed.encode(), text)
            if f"{name}_bytes" in victim and not values:
                self.assertTrue(any(row.match(other) for other in texts), f"no line has {name}")
            elif f"{name}_bytes" in victim:
                self.assertEqual(victim[f"{name}_bytes"], int(values[-1]) * 1024, text)

    def check_real(self, case, truth):
        records = load_records(case)
        events, repeats = truth["events"], truth.get("killed_lines_repeating_a_pid", [])
        if "oom_kill_counter" in truth:
            self.assertEqual(truth["oom_kill_counter"], len(events) + len(repeats))
        for seq, pid in [(event["killed_line_seq"], event["pid"]) for event in events] + [
                (repeat["seq"], repeat["pid"]) for repeat in repeats]:
            facility, _, text = records[seq]
            self.assertEqual(facility, 0)
            self.assertIn(b": Killed process %d (" % pid, text)
        self.check_processes(truth)

    def check_processes(self, truth):
        """Where init alone ran: who was killed, as wait() said, and how large, as the process itself said."""
        processes = {process["pid"]: process for process in truth.get("processes", [])}
        if not processes:
            return
        self.assertEqual({pid for pid, process in processes.items() if process.get("sig") == 9}, {event["pid"] for event in truth["events"]})
        for event in truth["events"]:
            process = processes[event["pid"]]
            self.assertEqual([event[name] for name in ("uid", "oom_score_adj", "task_memcg", "total_vm_kb")],
                             [process[name] for name in ("uid", "adj", "cg", "vmsize_kb")])
            self.assertEqual([event[f"{name}_kb"] for name in ("total_vm", "pgtables")], [event["trace"][f"{name}_kb"] for name in ("total_vm", "pgtables")])
            self.assertLessEqual(process["touched_kb"] - event["anon_rss_kb"] - event["shmem_rss_kb"], 64 * truth["page_size"] // 1024)


class TestTruth(CorpusTest):
    """What the daemon reports of each file, against the truth; against the schema, when it is read."""

    def check(self, case):
        truth = load_truth(case)
        alerts, log = run_case(case)
        self.check_every(case, alerts)
        if is_synthetic(truth):
            self.check_synthetic(truth, alerts)
        else:
            self.check_real(case, truth, alerts)
        for word in ("refused", "malformed"):
            if word in truth:
                self.assertEqual(self.counted(word, log), truth[word], f"{word} records, as said on standard error")

    def counted(self, word, log):
        match = re.search(rf"\b(\d+) (?:records? )?{word}\b|\b{word}[ =:]+(\d+)", log)
        return int(match[1] or match[2]) if match else 0  # a count of 0 is not printed

    # --- what holds of every alert ---

    def check_every(self, case, alerts):
        records = load_records(case)
        for alert in alerts:
            self.assertEqual(alert["schema"], "oomwatchd.alert/1")
            self.assertRegex(alert["id"], r"\A[0-9a-f]{32}\Z")
            for name in ("time", "time_source", "host"):
                self.assertNotIn(name, alert, "a file has no clock and no machine")
            self.assertNotRegex(alert["summary"], r"[\x00-\x1f\x7f-\x9f]")
            self.check_names(alert)
            if alert["type"] in ("oom_kill", "oom_panic", "oom_unreapable"):
                facility, usec, _ = records[alert["source"]["seq"]]
                self.assertEqual(facility, 0)
                self.assertEqual(alert["source"]["monotonic_usec"], usec)
        ids = [alert["id"] for alert in alerts]
        self.assertEqual(len(ids), len(set(ids)), "an id is of one alert")

    def check_names(self, part):
        """A name that was no UTF-8 has its bytes beside it, and only such a name."""
        for name, value in part.items():
            if name.endswith("_hex"):
                with self.assertRaises(UnicodeDecodeError):
                    bytes.fromhex(value).decode("utf-8")
                self.assertIn("\ufffd", part[name.removesuffix("_hex")])
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, dict):
                    self.check_names(child)

    # --- files of the catalogue's formats ---

    def check_synthetic(self, truth, alerts):
        reported = [(alert["type"], at(alert, ("victim", "pid"))) for alert in alerts]
        self.assertEqual([name for name, _ in reported], [alert["type"] for alert in truth["alerts"]], f"reported: {reported}")
        for number, expected in enumerate(truth["alerts"]):
            self.check_subset(expected, alerts[number], f"alert {number}", alerts)
        for number, paths in enumerate(truth.get("absent", [])):
            for path in paths:
                self.assertIsNone(at(alerts[number], path), f"alert {number}: {'.'.join(path)} can't be known")

    def check_subset(self, expected, actual, where, alerts):
        if isinstance(expected, dict):
            self.assertIsInstance(actual, dict, where)
            for key, value in expected.items():
                if value is False and key not in actual:
                    continue
                if value is None:
                    self.assertNotIn(key, actual, where)
                    continue
                self.assertIn(key, actual, where)
                self.check_subset(value, actual[key], f"{where}.{key}", alerts)
                if not key.endswith("_hex"):
                    self.assertEqual(f"{key}_hex" in actual, f"{key}_hex" in expected, f"{where}.{key}_hex")
        elif isinstance(expected, list) and any(isinstance(item, dict) for item in expected):
            self.assertGreaterEqual(len(actual), len(expected), where)
            for number, item in enumerate(expected):
                self.check_subset(item, actual[number], f"{where}[{number}]", alerts)
        elif isinstance(expected, list):
            self.assertLessEqual(set(expected), set(actual), where)
        elif isinstance(expected, str) and re.fullmatch(r"@\d+", expected):
            self.assertEqual(actual, alerts[int(expected[1:])]["id"], f"{where}: the id of alert {expected}")
        else:
            self.assertEqual(actual, expected, where)
            self.assertIs(type(actual), type(expected), where)

    # --- files of virtual machines ---

    def check_real(self, case, truth, alerts):
        if truth.get("panic_on_oom"):
            self.assertEqual([alert["type"] for alert in alerts], ["oom_panic"])
            self.assertEqual(alerts[0]["severity"], "critical")
            self.assertEqual(alerts[0]["trigger"]["pid"], truth["hog"]["pid"])
            self.assertEqual(raw_bytes(alerts[0]["trigger"], "comm").hex(), truth["hog"]["comm_hex"])
            return
        events = sorted(truth["events"], key=lambda event: event["killed_line_seq"])
        if not events:
            self.check_nobody_killed(truth, alerts)
            return
        self.assertEqual([(alert["type"], alert["source"]["seq"]) for alert in alerts],
                         [("oom_kill", event["killed_line_seq"]) for event in events])
        first_ids = {}
        for event, alert in zip(events, alerts):
            first_ids[event["pid"]] = alert["id"]
            with self.subTest(pid=event["pid"], seq=event["killed_line_seq"]):
                self.check_victim(event, alert)
                if event["summary_line_seq"] is not None:
                    self.check_reported(event, alert)
                    self.check_owner(truth, alert)
                    self.check_machine(truth, alert)
                else:
                    self.check_bare(case, event, alert)
                self.check_group(case, event, alert, first_ids)

    def check_nobody_killed(self, truth, alerts):
        """The same report again and again: said when it begins, and when it is over."""
        kinds = [alert["type"] for alert in alerts]
        self.assertEqual(kinds.count("records_lost"), 1 if truth["kmsg_records_lost"] else 0)
        self.assertIn(kinds.count("oom_no_victim"), (1, 2))
        self.assertEqual(set(kinds) - {"records_lost", "oom_no_victim"}, set())

    def check_victim(self, event, alert):
        victim = alert["victim"]
        self.assertEqual(victim["pid"], event["pid"])
        self.assertEqual(raw_bytes(victim, "comm").hex(), event["comm_hex"])
        self.assertEqual(victim["uid"], event["uid"])
        self.assertEqual(victim["oom_score_adj"], event["oom_score_adj"])
        for name, _ in SIZES:
            self.assertEqual(victim[f"{name}_bytes"], event[f"{name}_kb"] * 1024, name)

    def check_reported(self, event, alert):
        """A kill whose report was not suppressed: the report says whose it was, by which limit, and who allocated."""
        self.assertEqual(alert["constraint"], event["constraint"])
        self.assertEqual(alert["scope"], SCOPES[event["constraint"]])
        self.assertEqual(alert["severity"], SEVERITIES[alert["scope"]])
        is_cut = self.check_cgroup(alert["victim"], event["task_memcg"])
        if event["oom_memcg"] is None:
            self.assertNotIn("cgroup", alert.get("limit", {}))
        else:
            is_cut |= self.check_cgroup(alert["limit"], event["oom_memcg"])
        self.assertEqual(alert["trigger"]["pid"], event["trigger"]["pid"])
        self.assertEqual(readable(raw_bytes(alert["trigger"], "comm")), event["trigger"]["comm"])
        # The report of a cgroup's limit doesn't print how much swap the machine has: then nobody can compute totalpages.
        if alert["source"].get("missing") != ["totalpages"]:
            self.assertIs(alert["source"]["complete"], not is_cut, alert["source"])
        unit = (event.get("observed") or {}).get("unit")
        if unit:
            self.assertEqual(alert["victim"]["unit"], unit)

    def check_cgroup(self, part, path):
        """The path of a victim or a limit; true: the kernel cut it, and the alert says so."""
        told = readable(raw_bytes(part, "cgroup"))
        if part.get("cgroup_cut"):
            self.assertTrue(path.startswith(told) and path != told, told)
            return True
        self.assertEqual(told, path)
        return False

    def check_owner(self, truth, alert):
        """What the container's runtime said of it, as far as a cgroup path can show it."""
        for name, keys in (("container", ("id", "runtime")), ("pod", ("uid",))):
            owner = truth.get("owner", {}).get(name)
            if owner:
                self.assertEqual({key: at(alert, ("victim", name, key)) for key in keys}, {key: owner[key] for key in keys})

    def check_machine(self, truth, alert):
        """Sizes that the report prints in pages, against what the machine itself said in bytes."""
        if "memtotal_kb" not in truth:
            return
        if alert["scope"] == "global":
            self.assertAlmostEqual(alert["memory"]["total_bytes"] / (truth["memtotal_kb"] * 1024), 1, delta=0.1)
        for name in ("swap_limit_bytes", "kmem_limit_bytes"):  # no cgroup had one
            self.assertNotIn(name, alert.get("limit", {}))
        seen = {process["pid"]: process for process in truth["processes"] if "rss_kb" in process}
        for candidate in alert["candidates"]:
            if candidate["pid"] in seen:  # the kernel counts in batches
                rss_bytes = seen[candidate["pid"]]["rss_kb"] * 1024
                self.assertAlmostEqual(candidate["rss_bytes"], rss_bytes, delta=max(rss_bytes / 10, 32 * truth["page_size"]))

    def check_bare(self, case, event, alert):
        """A kill of which only the kill line was printed: nothing of another report is taken for its own."""
        text = load_records(case)[event["killed_line_seq"]][2]
        scope = "memcg" if text.startswith(b"Memory cgroup out of memory: ") else "global"
        self.assertEqual(alert["scope"], scope)
        self.assertEqual(alert["severity"], SEVERITIES[scope])
        self.assertNotIn("cgroup", alert["victim"])
        if not event.get("oom_group_members"):
            self.assertIsNone(at(alert, ("limit", "cgroup")))
            self.assertIsNone(at(alert, ("trigger", "pid")))
            self.assertIsNone(at(alert, ("trigger", "comm")))
            self.assertIs(alert["source"]["complete"], False)

    def check_group(self, case, event, alert, first_ids):
        members = event.get("oom_group_members", [])
        if event["pid"] not in members[1:]:
            self.assertNotIn("group", alert)
            return
        headings = [(seq, re.fullmatch(rb"Tasks in (.*) are going to be killed due to memory\.oom\.group set", record[2]))
                    for seq, record in load_records(case).items() if record[0] == 0]
        path = [match[1] for seq, match in headings if match and seq < event["killed_line_seq"]][-1]
        self.assertEqual(raw_bytes(alert["group"], "cgroup"), path)
        self.assertEqual(alert["group"]["first"], first_ids[members[0]])


class TestGolden(CorpusTest):
    """The whole alerts, as they were when somebody last looked at them: what changed, and was it meant?"""

    def check(self, case):
        golden = [json.loads(line) for line in (GOLDEN / f"{case}.json").read_text(encoding="utf-8").splitlines()]
        self.assertEqual(run_case(case)[0], golden)


class TestGoldenText(CorpusTest):
    """The same for people."""

    def check(self, case):
        reported = run_form("text", f"{case}.kmsg", CASES)[0].decode("utf-8")
        self.assertEqual(reported, (GOLDEN / f"{case}.txt").read_text(encoding="utf-8"))
        for alert in re.split(r"\n(?=\S)", reported.rstrip("\n")):
            self.assertLessEqual(alert.count("\n") + 1, TEXT_LINES_MAX, alert)


class TestAnywhere(unittest.TestCase):
    """The same file gives the same alerts anywhere."""

    def test_source_is_the_kernel_log_wherever_the_file_lies(self):
        for alert in run_case("6.1/memcg-service")[0]:
            self.assertEqual(alert["source"]["kind"], "kmsg")
            self.assertNotIn("path", alert["source"])

    def test_copy_elsewhere_gives_same_alerts(self):
        for case in ("6.1/group-kill", "formats/5.4/summary-without-kill"):
            with self.subTest(case=case), tempfile.TemporaryDirectory() as scratch:
                shutil.copy(CASES / f"{case}.kmsg", pathlib.Path(scratch) / "copy")
                here, there = run_case(case)[0], run_daemon("copy", scratch)[0]
                self.assertEqual(here, there)

    def test_unfinished_last_line_is_read(self):
        case = "6.1/memcg-service"
        data = (CASES / f"{case}.kmsg").read_bytes()
        with tempfile.TemporaryDirectory() as scratch:
            (pathlib.Path(scratch) / "cut").write_bytes(data.rstrip(b"\n"))
            reported = [alert["victim"]["pid"] for alert in run_daemon("cut", scratch)[0]]
        self.assertEqual(reported, [alert["victim"]["pid"] for alert in run_case(case)[0]])


for test in (TestFiles, TestTruth, TestGolden, TestGoldenText):
    test.add_cases(CASE_NAMES)

if __name__ == "__main__":
    unittest.main()
