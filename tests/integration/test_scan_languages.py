#!/usr/bin/python3
"""oomwatch scan of logs whose months and weekdays have names of another language: those of some twenty locales, and of locales
that this machine makes, as its strftime() prints them.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout.
OOMWATCH_LOCALES: names of sources of locales, or "all", which takes minutes; default a few."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from alert_reader import read_alerts
from testbed import BUILD

OOMWATCH = BUILD / "oomwatch"
LOCALES = pathlib.Path("/usr/share/i18n/locales")
MODIFIED = datetime.datetime(2026, 1, 15, tzinfo=datetime.timezone.utc).timestamp()
KILL = ("Out of memory: Killed process {pid} (worker{pid}) total-vm:90324kB, anon-rss:70144kB, file-rss:204kB, shmem-rss:0kB, "
        "UID:1000 pgtables:161kB oom_score_adj:0\n")
# The weekday and month of Wednesday, 10 September 2025, or of that in December, where it says so.
NAMES = (
    ("de_DE", "Mi", "Sep", 9), ("fr_FR", "mer.", "sept.", 9), ("es_ES", "mié", "sep", 9), ("it_IT", "mer", "set", 9),
    ("pt_BR", "qua", "set", 9), ("pl_PL", "śro", "wrz", 9), ("cs_CZ", "St", "zář", 9), ("hu_HU", "sze", "szept", 9),
    ("ru_RU", "Ср", "сен", 9), ("uk_UA", "ср", "вер", 9), ("el_GR", "Τετ", "Σεπ", 9), ("tr_TR", "Çrş", "Eyl", 9),
    ("fi_FI", "ke", "syys", 9), ("et_EE", "K", "sept", 9), ("ja_JP", "水", " 9月", 9), ("zh_CN", "三", "9月", 9),
    ("zh_CN", "三", "12月", 12), ("ko_KR", "수", " 9월", 9), ("ko_KR", "수", "12월", 12), ("vi_VN", "T4", "Thg 9", 9),
    ("vi_VN", "T4", "Thg 12", 12), ("th_TH", "พ.", "ก.ย.", 9), ("ar_SY", "ن", "كانون الأول", 12),
    ("ca_ES", "dc.", "de set.", 9), ("he_IL", "ד'", "ספט", 9), ("hi_IN", "बुध", "सितम्बर", 9), ("fa_IR", "چهارشنبه", "سپتامبر", 9),
)


def scan(data):
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        log.write(data.encode())
        log.flush()
        os.utime(log.name, (MODIFIED, MODIFIED))
        done = subprocess.run([OOMWATCH, "scan", "--format", "json", log.name], capture_output=True, check=False,
                              env=dict(os.environ, TZ="UTC"))
    return {alert["victim"]["pid"]: alert.get("time") for alert in read_alerts(done.stdout)}


def kill(pid):
    return KILL.format(pid=pid)


class LanguagesTest(unittest.TestCase):
    def test_known_names(self):
        for locale, weekday, month, number in NAMES:
            expected = f"2025-{number:02}-10T07:26:44.000000Z"
            with self.subTest(locale=locale, month=month):
                self.assertEqual(scan(f"[{weekday} {month} 10 07:26:44 2025] " + kill(7)), {7: expected})
                self.assertEqual(scan(f"{month} 10 07:26:44 db4 kernel: " + kill(7)), {7: expected})
                self.assertEqual(scan(f"[{month}10 07:26] " + kill(7)), {7: expected.replace("44", "00")})

    def test_a_name_of_two_months(self):
        # September in Croatia, October among the Kashubians: by the other lines, else unknown.
        self.assertEqual(scan("ruj 10 07:26:44 db4 kernel: " + kill(7)), {7: None})
        self.assertEqual(scan("lis 10 07:26:44 db4 app: x\nruj 10 07:26:44 db4 kernel: " + kill(7)),
                         {7: "2025-09-10T07:26:44.000000Z"})
        # By the weekday's name, and by the weekday.
        self.assertEqual(scan("[sri ruj 10 07:26:44 2025] " + kill(7)), {7: "2025-09-10T07:26:44.000000Z"})
        self.assertEqual(scan("[pią lis 21 07:26:44 2025] " + kill(7)), {7: "2025-11-21T07:26:44.000000Z"})
        # By the day: there is no 31 November.
        self.assertEqual(scan("lis 31 07:26:44 db4 kernel: " + kill(7)), {7: "2025-10-31T07:26:44.000000Z"})
        # January, which is June in Sotho; there, Jan is no month of an English weekday.
        self.assertEqual(scan("Jan 10 07:26:44 db4 kernel: " + kill(7)), {7: "2026-01-10T07:26:44.000000Z"})
        self.assertEqual(scan("Hla 10 07:26:44 db4 kernel: " + kill(6) + "Jan 10 07:26:44 db4 kernel: " + kill(7))[7],
                         "2025-06-10T07:26:44.000000Z")

    def test_one_log_of_two_machines(self):
        self.assertEqual(scan("lis 10 07:26:44 db4 kernel: " + kill(7) + "Nov 12 07:26:44 db5 kernel: " + kill(8) +
                              "11月 14 07:26:44 db6 kernel: " + kill(9)),
                         {7: None, 8: "2025-11-12T07:26:44.000000Z", 9: "2025-11-14T07:26:44.000000Z"})

    def test_what_is_no_name(self):
        self.assertEqual(scan("Brumaire 10 07:26:44 db4 kernel: " + kill(7)), {7: None})
        self.assertEqual(scan("[Sam Brum 10 07:26:44 2025] " + kill(7)), {7: None})
        self.assertEqual(scan("12 months 10 07:26:44 db4 kernel: " + kill(7)), {7: None})

    @unittest.skipUnless(shutil.which("localedef") and LOCALES.is_dir(), "no localedef, or none of its sources")
    def test_locales_of_this_machine(self):
        wrong, n_told, n_unknown = [], 0, 0
        with tempfile.TemporaryDirectory() as directory:
            for name, stamps in stamps_of_locales(pathlib.Path(directory)).items():
                for form in ("[{}] ", "{} db4 kernel: "):
                    told = scan("".join(form.format(stamp[form[0] != "["]) + kill(month + 1)
                                        for month, stamp in enumerate(stamps)))
                    for month in range(1, 13):
                        time = told.get(month, "no kill")
                        n_told += time is not None
                        n_unknown += time is None
                        if time not in (None, f"2025-{month:02}-10T07:26:44.000000Z"):
                            wrong.append((name, month, stamps[month - 1], time))
        self.assertEqual(wrong, [])
        self.assertLess(n_unknown * 200, n_told)


# strftime() of each locale that localedef makes, in a process of its own for LOCPATH.
STRFTIME = """
import datetime, json, locale, sys
stamps = {}
for name in sys.argv[1:]:
    try:
        locale.setlocale(locale.LC_TIME, name)
    except locale.Error:
        continue
    days = [datetime.datetime(2025, month, 10, 7, 26, 44) for month in range(1, 13)]
    stamps[name] = [(day.strftime("%a %b %e %H:%M:%S %Y"), day.strftime("%b %d %H:%M:%S")) for day in days]
json.dump(stamps, sys.stdout)
"""


def stamps_of_locales(directory):
    """{name: (as dmesg -T prints it, as journalctl does) of the tenth of each month}"""
    names = os.environ.get("OOMWATCH_LOCALES", "vi_VN mn_MN").split()
    if names == ["all"]:
        names = [path.name for path in LOCALES.iterdir() if "_" in path.name and not path.name.startswith(("translit_", "iso"))]
    jobs = []
    for name in sorted(names):
        jobs.append(subprocess.Popen(["localedef", "--no-archive", "-c", "-i", name, "-f", "UTF-8", directory / f"{name}.UTF-8"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        if len(jobs) == 4:
            jobs.pop(0).wait()
    for job in jobs:
        job.wait()
    done = subprocess.run([sys.executable, "-c", STRFTIME, *(path.name for path in sorted(directory.iterdir()))], check=True,
                          capture_output=True, env=dict(os.environ, LOCPATH=str(directory), PYTHONUTF8="1"))
    return json.loads(done.stdout)


if __name__ == "__main__":
    unittest.main()
