#!/usr/bin/python3
"""The configuration as an administrator meets it: --check-config, exit codes and messages of both programs."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from testbed import BUILD, DEADLINE_SEC, TOP

WATCHER = BUILD / "oomwatchd"
COURIER = BUILD / "oomwatch-courier"


class ConfigTest(unittest.TestCase):
    def setUp(self):
        for program in (WATCHER, COURIER):
            if not program.exists():
                self.skipTest(f"{program} was not built")
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.file = self.directory / "a.conf"

    def write(self, text, dropins=None):
        self.file.write_bytes(text.encode())
        for name, dropin in (dropins or {}).items():
            path = self.directory / "a.conf.d" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(dropin, encoding="utf-8")

    def run_program(self, *command):
        done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=DEADLINE_SEC, check=False)
        return done.returncode, done.stdout, done.stderr

    def check(self):
        return self.run_program(WATCHER, "--check-config", "-c", self.file)

    def test_good_files_are_ok(self):
        for text in (
                "",
                "# nothing\n",
                "journal { enabled = false }\nsocket agent { path = /run/nobody-listens-here.sock type = datagram }\n",
                'webhook "pager" {\n url = "https://alerts.example.net/oom?a=b"\n token_file = /nowhere/token\n max_age = 1h\n}\n',
        ):
            with self.subTest(text=text):
                self.write(text)
                self.assertEqual(self.check(), (0, f"{self.file}: ok\n", ""))

    def test_the_shipped_file_is_ok(self):
        shipped = TOP / "config" / "oomwatchd.conf"
        self.assertEqual(self.run_program(WATCHER, "--check-config", "--config", shipped), (0, f"{shipped}: ok\n", ""))

    def test_the_default_file_is_not_needed(self):
        default = pathlib.Path("/etc/oomwatchd/oomwatchd.conf")
        if default.parent.exists():
            self.skipTest(f"{default.parent} is there")
        self.assertEqual(self.run_program(WATCHER, "--check-config"), (0, f"{default}: not there, built-in defaults: ok\n", ""))

    def test_errors_name_file_and_line(self):
        for text, message in (
                ("journal {\n", ":1: '{' without its '}'"),
                ("# one\n# two\njournall {}\n", ":3: no such option 'journall'"),
                ("journal {\n  enabled = perhaps\n}\n", ":2: enabled must be true or false"),
                ("spool { path = spool }", ":1: path must be an absolute path"),
                ("\nwebhook a {\n url = https:///x\n}", ':3: url must name a host after "://"'),
                ("webhook a {}\n", ':1: webhook "a": url is missing'),
                ("\nwebhook a { url = http://h/ token_file = /t }\n", ':2: webhook "a": the token would go over http:// for anybody to read: '
                 "use https://, or set insecure = true"),
                ("journal {\n cmdline = some }\n", ":2: cmdline must be full, program or none"),
                ("privacy {\n redact = {\"--password=*\",\n \"secret\"} }\n", ':3: redact must have a "*" or "?" for what is to be hidden'),
                ("socket a { path = /a }\nsocket a { path = /b }\n", ":2: found duplicate title 'a'"),
                ("webhook pager-2.eu { url = http://h/ }\nwebhook pager-2.eu { url = http://h/ }\n", ":2: found duplicate title 'pager-2.eu'"),
        ):
            with self.subTest(text=text):
                self.write(text)
                self.assertEqual(self.check(), (2, "", f"{self.file}{message}\n"))

    def test_an_error_in_a_dropin_names_the_dropin(self):
        self.write("journal {}\n", {"10-good.conf": "journal { enabled = no }\n", "20-bad.conf": "\n\nspool { }\nspoool { }\n"})
        self.assertEqual(self.check(), (2, "", f"{self.file}.d/20-bad.conf:4: no such option 'spoool'\n"))

    def test_a_file_that_is_not_there(self):
        self.assertEqual(self.check(), (2, "", f"{self.file}: No such file or directory\n"))
        self.file.mkdir()
        self.assertEqual(self.check(), (2, "", f"{self.file}: Is a directory\n"))

    def test_a_file_without_permission(self):
        self.write("")
        self.file.chmod(0)
        command = [WATCHER, "--check-config", "-c", self.file]
        if os.geteuid() == 0:  # root may read everything, but for root without capabilities
            if not shutil.which("setpriv"):
                self.skipTest("setpriv (util-linux) is not installed")
            command = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", *command]
        self.assertEqual(self.run_program(*command), (2, "", f"{self.file}: Permission denied\n"))

    def test_a_misplaced_secret_is_not_printed(self):
        for text in ('webhook a { url = "https://user:hunter2@h/" }', 'webhook a { header = {"hunter2"} }',
                     'webhook a { token_file = "hunter2" }', 'webhook a { header = "Authorization: hunter2" "hunter2 x" }'):
            with self.subTest(text=text):
                self.write(text)
                status, out, error = self.check()
                self.assertEqual(status, 2)
                self.assertNotIn("hunter2", out + error)

    def test_both_programs_refuse_to_start_with_it(self):
        self.write("journal { enabled = 7 }\n")
        (self.directory / "kmsg").write_text("")
        message = f"{self.file}:1: enabled must be true or false"
        for command in ([WATCHER, "-c", self.file, "--kmsg", self.directory / "kmsg"], [COURIER, "-c", self.file, "--once"]):
            with self.subTest(command=command):
                status, out, error = self.run_program(*command)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(message, error)

    def test_the_environment_is_not_consulted(self):
        self.write("spool { path = '/${HOME}' }\n")
        self.assertEqual(self.check()[0], 0)
        self.write('spool { path = "/${HOME}" }\n')
        status, _, error = self.check()
        self.assertEqual(status, 2)
        self.assertIn(":1: \"${\" in double quotes", error)


if __name__ == "__main__":
    unittest.main()
