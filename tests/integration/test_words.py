#!/usr/bin/python3
"""No false word: what the alerts of tests/corpus say, checked from the text of the logs alone (tests/tools/check_words.py); and
whether that check finds a wrong word at all."""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from testbed import BUILD, CORPUS, DEADLINE_SEC, TOP

sys.path.insert(0, str(TOP / "tests" / "tools"))
from words.check import check_alert  # noqa: E402 pylint: disable=wrong-import-position
from words.fields import leaves  # noqa: E402 pylint: disable=wrong-import-position
from words.reader import read_log  # noqa: E402 pylint: disable=wrong-import-position

CHECK = TOP / "tests" / "tools" / "check_words.py"
LOGS = sorted(path for folder in ("cases", "logs") for path in (CORPUS / folder).rglob("*")
              if path.is_file() and path.name not in ("truth.json", "README.md") and not path.name.endswith(".truth.json"))
# What the log's text can't contradict: how the log was read, and names that the program gave.
UNCHECKED = re.compile(r"time_source|time_doubts|source\.(?:kind|path|complete|monotonic_usec|places.*)|host\.(?!name).*|id|group\.first"
                       r"|summary|.*_hex|victim\.(?:container\.runtime|job\.manager|cgroup_cut)|verdict\.(?:reason|hints.*)|time|memory\.cut"
                       r"|lost|source\.(?:seq|line)|.*\.all_unreclaimable|.*badness|verdict\.rank|type|host\.name")


def scan(path):
    done = subprocess.run([BUILD / "oomwatch", "scan", "--format", "json", path], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=DEADLINE_SEC, check=False)
    return [json.loads(line) for line in done.stdout.decode("utf-8", "surrogateescape").splitlines()]


class TestCorpus(unittest.TestCase):
    def test_every_word_is_borne_out(self):
        done = subprocess.run([sys.executable, "-B", CHECK, BUILD / "oomwatch", *LOGS], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=4 * DEADLINE_SEC, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        printed = done.stdout.decode("utf-8", "replace").splitlines()
        self.assertEqual(done.returncode, 0, "\n".join(printed[:40]) + done.stderr.decode("utf-8", "replace"))
        alerts, claims = map(int, re.match(r"(\d+) alerts, (\d+) claims, 0 not borne out", printed[-1]).groups())
        self.assertGreater(alerts, 1000)
        self.assertGreater(claims, 50 * alerts)


def number_changed(text):
    """A text once with each of its numbers made another."""
    for match in re.finditer(r"\d+(?:\.\d+)?", text):
        number = match[0]
        other = f"{float(number) * 1.2 + 1.1:.1f}" if "." in number else str(int(number) * 6 // 5 + 3)
        yield text[:match.start()] + other + text[match.end():]


def value_changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 12289
    if isinstance(value, str):
        return value[:-1] + ("y" if value.endswith("x") else "x")
    return value


class TestWrongWords(unittest.TestCase):
    """One wrong word is put into an alert that is right."""

    maxDiff = None
    CASES = ("6.1/global-swap", "6.1/memcg-parent-limit", "6.12/group-kill", "6.1/cpuset", "6.1/kill-allocating-task", "6.1/sysrq",
             "6.1/container-paths", "6.1/memcg-service-cgroup1", "6.1/panic", "formats/3.10/sacrificed-child")

    @classmethod
    def setUpClass(cls):
        cls.alerts = []  # (alert, messages)
        for case in cls.CASES:
            path = CORPUS / "cases" / f"{case}.kmsg"
            messages = read_log(path.read_bytes())
            cls.alerts += [(alert, messages) for alert in scan(path)]
        cls.assertTrue(cls, cls.alerts)

    def test_these_are_right(self):
        for alert, messages in self.alerts:
            self.assertEqual(check_alert(alert, messages).wrong, [])

    def assert_caught(self, alert, messages, what):
        self.assertTrue(check_alert(alert, messages).wrong, what)

    def sentences(self, alert):
        """(text, function that makes an alert with another text in its place)."""
        def in_summary(text):
            return {**alert, "summary": text}

        def in_reason(text):
            return {**alert, "verdict": {**alert["verdict"], "reason": text}}
        yield alert["summary"], in_summary
        if alert.get("verdict", {}).get("reason"):
            yield alert["verdict"]["reason"], in_reason
        for number, hint in enumerate(alert.get("verdict", {}).get("hints", [])):
            def in_hint(text, number=number):
                changed = copy.deepcopy(alert)
                changed["verdict"]["hints"][number]["text"] = text
                return changed
            yield hint["text"], in_hint

    def test_a_wrong_number(self):
        count, kinds = 0, set()
        for alert, messages in self.alerts:
            for text, put in self.sentences(alert):
                kind = re.sub(r"[\d.]+|\S*/\S*", "", text)
                if kind in kinds:
                    continue
                kinds.add(kind)
                for changed in number_changed(text):
                    self.assert_caught(put(changed), messages, f"{text!r} as {changed!r}")
                    count += 1
        self.assertGreater(count, 100)

    def test_an_unknown_sentence(self):
        for alert, messages in self.alerts:
            for text, put in self.sentences(alert):
                self.assert_caught(put(text + " The moon was full."), messages, text)
                self.assert_caught(put("So it was: " + text), messages, text)

    def test_a_wrong_name(self):
        for alert, messages in self.alerts:
            comm = alert.get("victim", {}).get("comm")
            for text, put in self.sentences(alert):
                if comm and re.search(rf"\b{re.escape(comm)} (?:\(pid|held)", text):
                    self.assert_caught(put(text.replace(comm, comm + "z")), messages, text)

    def test_a_wrong_field(self):
        missed, seen = [], set()
        for number, (alert, messages) in enumerate(self.alerts):
            for path, value in leaves(alert):
                name = ".".join(map(str, path))
                kind = re.sub(r"\d+", "", name) + ("" if name in ("victim.pid", "scope") else str(number // 20))
                if kind in seen or UNCHECKED.fullmatch(name) or value_changed(value) == value:
                    continue
                seen.add(kind)
                changed = copy.deepcopy(alert)
                part = changed
                for key in path[:-1]:
                    part = part[key]
                part[path[-1]] = value_changed(value)
                if not check_alert(changed, messages).wrong:
                    missed.append(name)
        self.assertEqual(sorted(set(missed)), [])
        self.assertGreater(len(seen), 100)

    def test_a_field_that_nobody_knows(self):
        alert, messages = self.alerts[0]
        self.assert_caught({**alert, "mood": "fair"}, messages, "an unknown field")

    # What is said -> what is not so there, of some alert of the corpus.
    WRONG_CLAIMS = (
        (r"the most of \d+ processes", "the most of all processes there; 3 others have exactly its badness"),
        (r", the most of \d+ processes", " and was the only process to choose from"),
        (r"^.*? held", "An operator asked for a kill by SysRq. hog held"),
        (r"An operator asked for a kill by SysRq\. ", "/sys used 5.0 MiB of its limit of 5.0 MiB. "),
        (r", the most of \d+ processes", "; it was killed with its whole cgroup (memory.oom.group), not for its badness"),
        (r", the most of \d+ processes", "; it was killed because it allocated (vm.oom_kill_allocating_task)"),
        (r", the most of \d+ processes", "; it was killed because it shares the memory of another that was killed"),
        (r", the most of \d+ processes", "; whether another process was worse can't be told: the log has no task table of it"),
        (r", the most of \d+ processes", "; whether another process was worse can't be told: the task table has no row of it"),
        (r", the most of \d+ processes", "; whether another process was worse can't be told: the header of the task table is missing"),
        (r", the most of \d+ processes", "; whether another process was worse can't be told: the task table is not known to be whole"),
        (r", the most of \d+ processes", "; whether another process was worse can't be told: the size of a page is not known"),
        (r"(, the most of \d+ processes)", r"\1; its child x (pid 4) was killed for it"),
        (r"and it has no swap", "and 1.0 GiB of 2.0 GiB swap"),
        (r"and .{1,12} of \S+ \w+ swap", "and it has no swap"),
        (r" of its limit of (\S+ \S+)\.", r" of its limit of \1 of kernel memory."),
        (r": the machine is out of memory", ": memory limit of a cgroup reached"),
        (r": memory limit of .* reached", ": the machine is out of memory"),
        (r": memory limit of (?!that).* reached", ": memory limit of that container reached"),
        (r": memory limit of that container reached", ": memory limit of that pod reached"),
        (r": memory limit of .* reached", ": no memory left on the nodes of a cpuset"),
        (r"^.* was killed: ", "No kill followed: "),
        (r"^.* was killed: ", "No kill is in the log: "),
        (r" was killed: .*", " was killed, but its memory could not be taken back"),
        (r"another process\.$", "another process, or a thread of the victim by that name."),
        (r"^The machine has no swap: .*", "All 2.0 GiB of swap are in use."),
    )

    def test_a_wrong_claim(self):
        for pattern, other in self.WRONG_CLAIMS:
            found = [(put(re.sub(pattern, other, text)), messages, text) for alert, messages in self.alerts
                     for text, put in self.sentences(alert) if re.search(pattern, text)]
            self.assertTrue(found, f"nothing says {pattern!r}")
            for changed, messages, text in found:
                self.assert_caught(changed, messages, f"{text!r} with {other!r}")

    def test_each_hint_can_be_wrong(self):
        """The hint of one report is put into the others: one of them at least must contradict it."""
        hints = {}
        for alert, _ in self.alerts:
            for hint in alert.get("verdict", {}).get("hints", []):
                hints.setdefault(hint["code"], hint)
        self.assertGreater(len(hints), 8)
        for code, hint in hints.items():
            others = [(alert, messages) for alert, messages in self.alerts
                      if "verdict" in alert and code not in [one["code"] for one in alert["verdict"].get("hints", [])]]
            caught = [True for alert, messages in others
                      if check_alert({**alert, "verdict": {**alert["verdict"], "hints": [hint]}}, messages).wrong]
            self.assertTrue(caught, code)


REPORT = """\
shopd invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
CPU: 0 PID: 2210 Comm: shopd Not tainted 6.1.0 #1
Mem-Info:
Free swap  = 0kB
Total swap = 0kB
250000 pages RAM
8000 pages reserved
Tasks state (memory values in pages):
[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[   2210]   991  2210   225804   175888  1650688        0            50 shopd
oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/shop,task=shopd,pid=2210,uid=991
Out of memory: Killed process 2210 (shopd) total-vm:903216kB, anon-rss:701480kB, file-rss:2048kB, shmem-rss:24kB, UID:991 pgtables:1612kB oom_score_adj:50
""".splitlines()


class TestAbsentLines(unittest.TestCase):
    """Nothing is concluded from lines that the log lacks, unless the report is whole."""

    def wrong(self, lines, alert):
        messages = read_log("\n".join(f"[  119.33{number:04}] {line}" for number, line in enumerate(lines)).encode())
        return [said for said, _ in check_alert({"summary": "", "source": {"line": len(lines)}, "type": "oom_kill", **alert},
                                                messages).wrong if said]

    def of_table(self, lines):
        return self.wrong(lines, {"candidates_total": 1, "verdict": {
            "consistent": True, "reason": "shopd held 687.1 MiB and was the only process to choose from."}})

    def test_a_whole_report(self):
        self.assertEqual(self.of_table(REPORT), [])

    def test_a_filtered_report(self):
        for pattern in ("shopd|pid", "shopd|oom|pid"):
            lines = [line for line in REPORT if re.search(pattern, line)]
            self.assertEqual(len(self.of_table(lines)), 3, pattern)

    def test_a_report_without_its_beginning(self):
        self.assertEqual(len(self.of_table(REPORT[8:])), 3)

    def test_a_log_that_stops(self):
        for end in (1, 5, 9, 10):
            said = self.wrong(REPORT[:end], {"type": "oom_no_victim", "source": {"line": 1}, "summary": "No kill followed: the machine is out "
                              "of memory", "verdict": {"reason": "The kernel found no process that it may kill."}})
            self.assertIn("No kill followed:", said)
            self.assertIn("The kernel found no process that it may kill", said)

    def test_a_kill_that_is_there(self):
        said = self.wrong(REPORT, {"type": "oom_no_victim", "source": {"line": 1}, "summary": "No kill is in the log: the machine is out of "
                          "memory", "verdict": {"reason": "The log does not tell who was killed, if anyone was."}})
        self.assertEqual(len(said), 2)

    def test_newest_first(self):
        messages = read_log("\n".join(reversed([f"[  119.33{number:04}] {line}" for number, line in enumerate(REPORT)])).encode())
        alert = {"summary": "shopd (pid 2210) of cgroup /shop was killed: the machine is out of memory", "type": "oom_kill",
                 "source": {"line": 1}, "candidates_total": 1}
        self.assertEqual(check_alert(alert, messages).wrong, [])


class TestCommand(unittest.TestCase):
    def run_check(self, *arguments):
        done = subprocess.run([sys.executable, "-B", CHECK, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_SEC,
                              check=False)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def test_exit_status(self):
        with tempfile.TemporaryDirectory() as scratch:
            program, log = Path(scratch) / "oomwatch", Path(scratch) / "log"
            log.write_text("\n".join(f"[  119.33{number:04}] {line}" for number, line in enumerate(REPORT)))
            for summary, status in (("shopd (pid 2210) was killed: the machine is out of memory", 0),
                                    ("shopd (pid 2211) was killed: the machine is out of memory", 1)):
                alert = {"type": "oom_kill", "summary": summary, "source": {"line": len(REPORT)}}
                program.write_text(f"#!/bin/sh\necho '{json.dumps(alert)}'\n")
                program.chmod(0o755)
                code, printed = self.run_check(program, log)
                self.assertEqual(code, status, printed)
            self.assertIn("shopd (pid 2211)", printed)
            self.assertEqual(self.run_check(program, Path(scratch) / "none")[0], 2)
            self.assertEqual(self.run_check()[0], 2)


if __name__ == "__main__":
    unittest.main()
