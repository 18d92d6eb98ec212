#!/usr/bin/python3
"""oomwatch scan of logs whose lines were made several: by terminals at their width, by mail programs at blanks.

Every log of the corpus gives what it gives whole, or says less; never a name or a number that it doesn't have.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import itertools
import json
import quopri
import re
import textwrap
import unittest

from log_scan import leaves, scan
from testbed import CORPUS

LOGS = ("5.10/global-adj/dmesg.txt", "6.12/global-adj/journal-short-iso.txt", "6.12/group-kill/dmesg.txt",
        "7.3/mempolicy/dmesg.txt", "i386-6.1/lowmem/dmesg.txt")
TERMINALS = (80, 100, 120, 132, 200)
FOLDED = (*LOGS, "arm64-16k-6.12/global/dmesg.txt", "6.12/global-adj/journal-short.txt")
MAILS = (72, 78)
MAILED = (*LOGS, "6.12/global-adj/journal-short.txt", "7.2/global-zram/dmesg.txt", "6.1/kill-allocating-task/dmesg-T.txt",
          "6.12/group-kill/journal-short-iso.txt")


def fold(data, width):
    """As a terminal shows it."""
    lines = []
    for line in data.split(b"\n"):
        lines += [line[at:at + width] for at in range(0, len(line), width)] or [b""]
    return b"\n".join(lines)


def wrap(data, width):
    """As a mail program sends it: at the last blank that fits, else at the first one."""
    lines = []
    for line in data.split(b"\n"):
        while len(line) > width:
            begin = len(line) - len(line.lstrip())
            at = line.rfind(b" ", begin, width + 1)
            at = at if at > 0 else line.find(b" ", width)
            if at <= begin:
                break
            lines.append(line[:at])
            line = line[at + 1:]
        lines.append(line)
    return b"\n".join(lines)


def trim(data, width):
    """The same, pasted without the blanks at the ends of lines."""
    return b"\n".join(line.rstrip() for line in fold(data, width).split(b"\n"))


def by_pid(alerts):
    """Their candidates by pid and not by rank: where rows are missing, others move up."""
    return [a | {"candidates": {str(c.get("pid")): c for c in a["candidates"]}} if "candidates" in a else a for a in alerts]


def each(change):
    """The log with each of its lines changed into several, by a function of the line and the width."""
    def changed(data, width):
        lines = []
        for line in data.decode("latin-1").split("\n"):
            lines += change(line, width) or [""]
        return "\n".join(lines).encode("latin-1")
    return changed


def break_at_blanks(line, width, hang="", keep=False):
    lines = []
    while len(line) > width:
        begin = len(line) - len(line.lstrip())
        at = line.rfind(" ", begin, width + 1)
        at = at if at > 0 else line.find(" ", width)
        if at <= begin:
            break
        lines.append(line[:at + keep])
        line = hang + line[at + 1:]
    return [*lines, line]


def cells(line, width):
    return [line[at:at + width] for at in range(0, len(line), width)]


def unix_fold_s(line, width):
    """fold -s: behind the last blank, else anywhere."""
    lines = []
    while len(line) > width:
        at = line.rfind(" ", 0, width) + 1 or width
        lines.append(line[:at])
        line = line[at:]
    return [*lines, line]


def stuff(lines):
    """RFC 3676, 4.4"""
    return [" " + line if line.startswith((" ", ">", "From ")) else line for line in lines]


WRAPPERS = {
    "a terminal": each(cells),
    "a terminal, without blanks at the ends": each(lambda line, width: [cell.rstrip() for cell in cells(line, width)]),
    "a screen's copy, padded": each(lambda line, width: [cell.ljust(width) for cell in cells(line, width)]),
    "a mail program": each(break_at_blanks),
    "format=flowed": each(lambda line, width: break_at_blanks(line, width, keep=True)),
    "format=flowed, stuffed": each(lambda line, width: stuff(break_at_blanks(line, width, keep=True))),
    "a hanging indent": each(lambda line, width: break_at_blanks(line, width, "  ")),
    "hanging by a tab": each(lambda line, width: break_at_blanks(line, width, "\t")),
    "textwrap": each(textwrap.wrap),
    "textwrap, not at hyphens": each(lambda line, width: textwrap.wrap(line, width, break_on_hyphens=False, break_long_words=False)),
    "fold -s": each(unix_fold_s),
}
WIDTHS = (65, 72, 80, 91, 100, 120, 132)
BEFORE = b"""[  287.702079] test_lim invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[  287.732530] Memory cgroup out of memory: Killed process 733 (test_lim) total-vm:104880kB, anon-rss:30636kB, file-rss:1056kB, shmem-rss:0kB, UID:0 pgtables:104kB oom_score_adj:0

And on the other machine:

"""
AROUND = {
    "alone": lambda data: data,
    "quoted": lambda data: b"".join(b"> " + line + b"\n" for line in data.splitlines()),
    "behind another paste": lambda data: BEFORE + data,
}


# What names the log, and what is said of what is missing.
IGNORED = re.compile(r"^(id|summary|source|severity|verdict|time_doubts|recurrence|candidates_total)|^group\.first")


class FoldedTest(unittest.TestCase):
    def compare(self, whole, folded):
        """Returns how many of whole's fields are missing, and those that differ."""
        by_pid = {(a["type"], a.get("victim", {}).get("pid")): leaves(a) for a in folded}
        lost = n_fields = 0
        other = []
        for alert in whole:
            key = (alert["type"], alert.get("victim", {}).get("pid"))
            fields = {k: v for k, v in leaves(alert).items() if not IGNORED.search(k)}
            got = by_pid.get(key, {})
            n_fields += len(fields)
            lost += sum(name not in got for name in fields)
            other += [(key, name, got[name], value) for name, value in fields.items() if name in got and got[name] != value]
        return n_fields, lost, other

    def check(self, change, width, share, logs=LOGS):
        n_fields = n_lost = 0
        others = []
        for path in (CORPUS / "logs" / name for name in logs):
            data = path.read_bytes()
            fields, lost, other = self.compare(scan(data), scan(change(data, width)))
            n_fields += fields
            n_lost += lost
            others += [(str(path.relative_to(CORPUS)), *o) for o in other]
        self.assertGreater(n_fields, 900)
        self.assertEqual(others, [], json.dumps(others[:5], indent=1))
        self.assertLessEqual(n_lost, share * n_fields, f"{n_lost} of {n_fields} fields lost")

    def test_wrappers(self):
        """Nothing false in any; what is lost of all is printed."""
        n_lost = n_fields = 0
        others = []
        for name in ("5.10/memcg-numa/dmesg-T.txt", "6.12/group-kill/dmesg.txt", "7.2/memory-protection/journal-short.txt"):
            data = (CORPUS / "logs" / name).read_bytes()
            whole = scan(data)
            for number, (wrapper, change) in enumerate(WRAPPERS.items()):
                for width in WIDTHS[number % 2::2]:
                    for around, put in AROUND.items():
                        fields, lost, other = self.compare(whole, scan(put(change(data, width))))
                        n_fields += fields
                        n_lost += lost
                        others += [(name, wrapper, width, around, *o) for o in other]
        print(f"{n_lost} of {n_fields} fields lost")
        self.assertEqual(others, [], json.dumps(others[:5], indent=1))
        self.assertLessEqual(n_lost, 0.03 * n_fields, f"{n_lost} of {n_fields} fields lost")

    def test_numbered_and_encoded(self):
        """Which of both was first, a fold or numbers in front of the lines, or quoted-printable, shows in no line."""
        numbered = {"cat -n": b"%6d\t%s\n", "grep -n": b"%d:%s\n", "a viewer": b"%4d: %s\n"}

        def number(data, form):
            return b"".join(form % item for item in enumerate(data.splitlines(), 1))

        n_lost = n_fields = 0
        others = []
        names = ("5.10/memcg-numa/dmesg-T.txt", "6.12/group-kill/dmesg.txt", "7.2/memory-protection/journal-short.txt")
        # each of these, by turns, in each way
        for number_of_log, (change, width) in enumerate(itertools.product((fold, trim, wrap), (80, 100, 120, 132))):
            name = names[number_of_log % len(names)]
            data = (CORPUS / "logs" / name).read_bytes()
            whole = by_pid(scan(data))
            made = {"encoded": quopri.encodestring(change(data, width))}
            for tool, form in numbered.items():
                made[tool + ", folded"] = change(number(data, form), width)
                made["folded, " + tool] = number(change(data, width), form)
            for order, log in made.items():
                fields, lost, other = self.compare(whole, by_pid(scan(log)))
                n_fields += fields
                n_lost += lost
                others += [(name, order, change.__name__, width, *o) for o in other if not o[1].endswith(".killable")]
        print(f"{n_lost} of {n_fields} fields lost")
        self.assertEqual(others, [], json.dumps(others[:5], indent=1))
        self.assertLessEqual(n_lost, 0.3 * n_fields, f"{n_lost} of {n_fields} fields lost")

    def test_paragraphs(self):
        """Editors and fmt make one paragraph of all lines: a line of the kernel's may begin in the middle of one."""
        for name in ("6.1/memcg-service/dmesg.txt", "5.10/memcg-numa/dmesg-T.txt"):
            data = (CORPUS / "logs" / name).read_bytes()
            (whole,) = scan(data)
            for width in range(60, 100, 3):
                with self.subTest(name=name, width=width):
                    lines = textwrap.wrap(" ".join(data.decode().split()), width, break_long_words=False, break_on_hyphens=False)
                    (alert,) = scan("".join(line + "\n" for line in lines).encode())
                    self.assertEqual((alert["victim"]["pid"], alert["victim"]["comm"]), (whole["victim"]["pid"], whole["victim"]["comm"]))
                    for field in whole["victim"].keys() & alert["victim"].keys():
                        self.assertEqual(alert["victim"][field], whole["victim"][field], field)

    def test_terminals(self):
        for width in TERMINALS:
            with self.subTest(width=width):
                self.check(fold, width, 0.01, FOLDED)

    def test_mails(self):
        for width in MAILS:
            with self.subTest(width=width):
                self.check(wrap, width, 0.02, MAILED)


if __name__ == "__main__":
    unittest.main()
