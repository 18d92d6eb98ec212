#!/usr/bin/python3
"""oomwatch scan of what dmesg and journalctl print on request: relative times, deltas, several formats at once, columns that
dmesg takes for a caller. A log of the corpus is printed in each form, and tells the same as its records.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import datetime
import os
import re
import subprocess
import tempfile
import unittest

from alert_reader import read_alerts
from testbed import BUILD, CORPUS

OOMWATCH = BUILD / "oomwatch"
RECORDS = CORPUS / "cases" / "6.12" / "global-adj.kmsg"
BOOT = datetime.datetime(2026, 3, 9, 18, 13, 20, tzinfo=datetime.timezone.utc)
MODIFIED = datetime.datetime(2026, 7, 1, tzinfo=datetime.timezone.utc).timestamp()


def scan(data, *options):
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        log.write(data)
        log.flush()
        os.utime(log.name, (MODIFIED, MODIFIED))
        environment = dict(os.environ, TZ="UTC")
        done = subprocess.run([OOMWATCH, "scan", "--format", "json", *options, log.name], capture_output=True, check=False,
                              env=environment)
    return read_alerts(done.stdout)


def records():
    """(seconds, text with the record's newlines)"""
    found = []
    for line in RECORDS.read_bytes().split(b"\n"):
        match = re.match(rb"(\d+),\d+,(\d+),[^;]*;(.*)", line)
        if match and int(match[1]) < 8:
            text = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), match[3])
            found.append((int(match[2]) / 1e6, text))
    return found


def printed(stamp):
    """As dmesg prints them, with stamp(seconds, seconds of the line before) in front."""
    lines, last = [], None
    for seconds, text in records():
        front = stamp(seconds, last).encode()
        lines.append(front + text.replace(b"\n", b"\n" + b" " * len(front)) + b"\n")
        last = seconds
    return b"".join(lines)


def delta_of(seconds, last):
    return 0 if last is None else seconds - last


def moment(seconds):
    return BOOT + datetime.timedelta(seconds=seconds)


def reltime(seconds, last):
    now, before = moment(seconds), moment(last) if last is not None else None
    if before is None or now.strftime("%j%H%M") != before.strftime("%j%H%M"):
        return now.strftime("[%b%e %H:%M] ")
    delta = delta_of(seconds, last)
    return f"[  {delta:+8.6f}] " if abs(delta) < 10 else f"[ {delta:+9.6f}] "


def raw(seconds, _last):
    return f"[{seconds:12.6f}] "


def delta(seconds, last):
    return f"[<{delta_of(seconds, last):12.6f}>] "


def ctime(seconds, _last):
    return moment(seconds).strftime("[%a %b %e %H:%M:%S %Y] ")


def ctime_delta(seconds, last):
    return moment(seconds).strftime("[%a %b %e %H:%M:%S %Y") + f" <{delta_of(seconds, last):12.6f}>] "


def iso(seconds, _last):
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%S,%f+00:00 ")


def both(*stamps):
    return lambda seconds, last: "".join(stamp(seconds, last) for stamp in stamps)


def short_delta(seconds, last):
    front = f"[{seconds:12.6f}"
    return front + (" " * 16 if last is None else f" <{delta_of(seconds, last):12.6f} >") + "] node7 kernel: "


FORMS = {
    "reltime": reltime, "delta": delta, "ctime": ctime, "ctime -d": ctime_delta, "iso": iso, "raw": raw,
    "iso raw": both(iso, raw), "raw delta": both(raw, delta), "ctime raw": both(ctime, raw),
    "reltime raw": both(reltime, raw), "delta iso ctime": both(delta, iso), "raw reltime": both(raw, reltime),
    "-x reltime": lambda seconds, last: "kern  :warn  : " + reltime(seconds, last),
    "-r delta": lambda seconds, last: "<4>" + delta(seconds, last), "short-delta": short_delta,
}
# What names the log or the line, and the time, which forms have or haven't.
OF_THE_LOG = ("id", "source", "time", "time_source", "time_doubts", "host", "recurrence")


def told(alerts):
    return [{name: value for name, value in alert.items() if name not in OF_THE_LOG} for alert in alerts]


class DmesgTimesTest(unittest.TestCase):
    def test_each_form_tells_what_the_records_tell(self):
        expected = told(scan(RECORDS.read_bytes()))
        self.assertTrue(any(alert["type"] == "oom_kill" for alert in expected))
        for name, stamp in FORMS.items():
            with self.subTest(form=name):
                self.assertEqual(told(scan(printed(stamp))), expected)

    def test_the_time_of_a_relative_form_is_the_sum(self):
        lines = (b"[Mar 9 18:14] worker7 invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, "
                 b"oom_score_adj=0\n[  +0.250000] Mem-Info:\n[ +12.500001] Out of memory: Killed process 612 (worker7) "
                 b"total-vm:90324kB, anon-rss:70144kB, file-rss:204kB, shmem-rss:0kB, UID:1000 pgtables:161kB oom_score_adj:0\n")
        alert, = scan(lines)
        self.assertEqual(alert["time"], "2026-03-09T18:14:12.750001Z")
        self.assertEqual(alert["time_doubts"], ["year", "zone", "second", "clock"])

    def test_without_its_minute_a_relative_line_has_no_time(self):
        kill = (b"Out of memory: Killed process 612 (worker7) total-vm:90324kB, anon-rss:70144kB, file-rss:204kB, "
                b"shmem-rss:0kB, UID:1000 pgtables:161kB oom_score_adj:0\n")
        for front in (b"[  +0.000031] ", b"[<    0.000031>] ", b"[Mar 9 18:14] a\n[ +40.000000] b\n[ +30.000000] "):
            with self.subTest(front=front):
                alert, = scan(front + kill)
                self.assertNotIn("time", alert)
                self.assertEqual(alert["victim"]["pid"], 612)

    def test_a_comm_that_looks_like_a_stamp_is_a_comm(self):
        lines = b""
        for text in (b"systemd[1]: Started.", b"[    1.500000] invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|"
                     b"__GFP_COMP), order=0, oom_score_adj=0", b"Out of memory: Killed process 612 (worker7) "
                     b"total-vm:90324kB, anon-rss:70144kB, file-rss:204kB, shmem-rss:0kB, UID:1000 pgtables:161kB "
                     b"oom_score_adj:0"):
            lines += b"2026-03-09T18:14:33,000001+00:00 " + text + b"\n"
        alert, = scan(lines)
        self.assertEqual(alert["trigger"]["comm"], "[    1.500000]")

    def test_the_pid_column_as_a_caller(self):
        expected = told(scan(RECORDS.read_bytes()))
        for width in (5, 6, 7, 8):
            with self.subTest(width=width):
                lines = [raw(seconds, None).encode() +
                         re.sub(rb"^\[ +(pid +|\d+)\]", lambda m: b"[" + m[1].rjust(width) + b"]", line) + b"\n"
                         for seconds, text in records() for line in text.split(b"\n")]
                if width < 6:  # no room for a blank in front of the title
                    lines = [line.replace(b"[pid", b"[ pid") for line in lines]
                self.assertEqual(told(scan(b"".join(lines))), expected)


if __name__ == "__main__":
    unittest.main()
