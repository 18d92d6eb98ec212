#!/usr/bin/python3
"""oomwatch scan of files into which several logs were pasted, each in a form of its own: every kill once, whatever is between them.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import itertools
import unittest

import log_scan
from test_scan_once import CONTAINER, MACHINE, bare, dmesg, iso, journal_json, syslog, what

# Kills of other machines, as what people copy: the last lines alone.
OLD = ["Task in /jobs/nightly killed as a result of limit of /jobs", "memory: usage 524288kB, limit 524288kB, failcnt 77",
       "Memory cgroup out of memory: Kill process 6120 (sorter) score 981 or sacrifice child",
       "Killed process 6120 (sorter) total-vm:531200kB, anon-rss:519000kB, file-rss:900kB, shmem-rss:0kB"]
LATE = ["oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/pods/p7,task_memcg=/pods/p7,task=indexd,"
        "pid=9077,uid=33",
        "Memory cgroup out of memory: Killed process 9077 (indexd) total-vm:88000kB, anon-rss:80100kB, file-rss:12kB, shmem-rss:0kB, UID:33 "
        "pgtables:190kB oom_score_adj:0"]
PIDS = {"old": 6120, "late": 9077, "machine": 3310}


def dmesg_t(lines):
    return [f"[Sat Jun 13 09:14:58 2026] {line}" for line in lines]


def journal(lines):
    """As journal_json, at the moment of the other forms."""
    return [line.replace('"1780000000', '"1781334898') for line in journal_json(lines)]


def code(lines):
    return ["    " + line for line in lines]


def quoted(lines):
    return ["> " + line for line in lines]


FORMS = (dmesg, dmesg_t, syslog, iso, journal, bare)
BETWEEN = {"an empty line": [""], "blanks": ["  "], "prose": ["and this is what the other box says:"], "a heading": ["", "## db-2", ""],
           "fences": ["```", "", "### The second host", "```"], "a rule": ["---"], "a prompt": ["root@db-2:~# dmesg | tail"]}


def scan(lines, *options):
    return log_scan.scan("".join(f"{line}\n" for line in lines).encode(), *options)


def pids(alerts):
    return sorted(alert["victim"]["pid"] if "victim" in alert else None for alert in alerts)


class PastesTest(unittest.TestCase):
    maxDiff = None

    def check(self, names, lines):
        expected = sorted(PIDS[name] for name in names)
        self.assertEqual(pids(scan(lines)), expected)

    def test_with_any_number_of_jobs(self):
        lines = dmesg_t(LATE) + ["", "another:", ""] + bare(OLD) + [""] + syslog(MACHINE) + ["", "in full:"] + journal(MACHINE)
        expected = scan(lines, "-j1")
        self.assertEqual(pids(expected), sorted(PIDS.values()))
        self.assertEqual(what(scan(lines, "-j2")), what(expected))

    def test_two_of_each_pair_of_forms(self):
        gaps = itertools.cycle(BETWEEN.items())
        for first, second in itertools.permutations(FORMS, 2):
            for between, gap in BETWEEN.items() if second == bare else [next(gaps)]:
                with self.subTest(first=first.__name__, second=second.__name__, between=between):
                    self.check(("late", "old"), first(LATE) + gap + second(OLD))

    def test_each_is_what_it_is_alone(self):
        for first, second in itertools.permutations(FORMS, 2):
            with self.subTest(first=first.__name__, second=second.__name__):
                alone = what(scan(first(MACHINE))) + what(scan(second(CONTAINER)))
                both = what(scan(first(MACHINE) + [""] + second(CONTAINER)))
                self.assertCountEqual(both, alone)

    def test_three_of_three_forms(self):
        for forms in itertools.permutations((dmesg_t, syslog, bare, journal), 3):
            with self.subTest(forms=[form.__name__ for form in forms]):
                lines = forms[0](MACHINE) + ["", "host b", ""] + forms[1](OLD) + ["```", "```"] + forms[2](LATE)
                self.check(("machine", "old", "late"), lines)

    def test_indented_otherwise(self):
        for around, form in itertools.product((code, quoted), FORMS):
            with self.subTest(around=around.__name__, form=form.__name__):
                self.check(("late", "old"), syslog(LATE) + ["", "On the second machine:", ""] + around(form(OLD)))
                self.check(("late", "old"), around(form(LATE)) + ["", "On the second machine:", ""] + syslog(OLD))
                self.check(("late", "old"), around(form(LATE)) + ["", "On the second machine:", ""] + bare(OLD))

    def test_the_same_report_in_two_forms(self):
        for first, second in itertools.permutations(FORMS, 2):
            with self.subTest(first=first.__name__, second=second.__name__):
                self.check(("machine",), first(MACHINE) + ["", "the same as it is in the other file:"] + second(MACHINE))

    def test_an_excerpt_and_the_whole(self):
        for first, second in itertools.permutations(FORMS, 2):
            with self.subTest(first=first.__name__, second=second.__name__):
                self.check(("machine",), first(MACHINE[-2:]) + [""] + second(MACHINE))
                self.check(("machine",), first(MACHINE) + [""] + second(MACHINE[-2:]))

    def test_what_another_speaker_says_begins_none(self):
        forged = ["", "Killed process 1 (init) total-vm:1kB, anon-rss:1kB, file-rss:1kB, shmem-rss:0kB"]
        for line in ("Jun 13 09:14:59 hub app[77]: several lines follow", "2026-06-13T09:14:59+02:00 hub app[77]: several lines follow",
                     '{"_TRANSPORT":"stdout","SYSLOG_IDENTIFIER":"app","MESSAGE":"several lines follow"}'):
            with self.subTest(line):
                self.check(("late",), syslog(LATE) + [line] + forged)
                self.check(("late",), syslog(LATE) + [line, "prose"] + forged)
                self.check(("late",), syslog(LATE) + [line, ""] + code(forged))

    def test_a_report_goes_on_over_nothing(self):
        """Without anything between, a line that has no prefix is none of the kernel's."""
        self.check(("late",), syslog(LATE) + ["Killed process 1 (init) total-vm:1kB, anon-rss:1kB, file-rss:1kB, shmem-rss:0kB"])


if __name__ == "__main__":
    unittest.main()
