#!/usr/bin/python3
"""oomwatch scan of logs whose lines were made several: by terminals at their width, by mail programs at blanks.

Every log of the corpus gives what it gives whole, or says less; never a name or a number that it doesn't have.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import json
import re
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
