#!/usr/bin/python3
"""tests/runner.py counts what happened: whatever fails, crashes or is skipped is named, and nothing else is."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

from testbed import TOP


class RunnerTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.top = Path(directory.name)
        (self.top / "tests" / "integration").mkdir(parents=True)
        (self.top / "build").mkdir()
        (self.top / "config").mkdir()
        for name in ("tests/runner.py", "tests/integration/alert_reader.py", "config/alert.schema.json"):
            shutil.copy(TOP / name, self.top / name)
        self.programs({})

    def programs(self, programs):
        """Shell scripts, listed for ctest as unit tests."""
        lines = []
        for name, script in programs.items():
            path = self.top / "build" / name
            path.write_text("#!/bin/sh\n" + script)
            path.chmod(0o755)
            lines.append(f'add_test({name} "{path}")\n')
        (self.top / "build" / "CTestTestfile.cmake").write_text("".join(lines))

    def integration(self, name, text):
        (self.top / "tests" / "integration" / name).write_text("import os, unittest\n" + textwrap.dedent(text))

    def system(self, script):
        path = self.top / "tests" / "system" / "run.sh"
        path.parent.mkdir()
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)

    def run_tests(self, *arguments, **environment):
        done = subprocess.run([sys.executable, "-B", str(self.top / "tests" / "runner.py"), *arguments, str(self.top / "build")],
                              env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300, check=False)
        lines = done.stdout.splitlines()
        named = [line for line in lines if line.startswith(("skipped: ", "failed: "))]
        return done.returncode, lines[-1], named

    def test_programs_and_their_cases(self):
        self.programs({
            "test_good": 'printf "1..2\\nok 1 - a.c:one:test_x: Passed\\nok 2 - a.c:two:test_y: Passed\\n" >$CK_TAP_LOG_FILE_NAME',
            "test_bad": 'printf "ok 1 - a.c:s:test_x: Passed\\nnot ok 2 - a.c:s:test_y: a: b == c\\n" >$CK_TAP_LOG_FILE_NAME; exit 1',
            "test_leaks": 'printf "ok 1 - a.c:s:test_x: Passed\\n" >$CK_TAP_LOG_FILE_NAME; exit 23',
            "plain_good": "exit 0",
            "plain_killed": "kill -9 $$",
        })
        status, summary, named = self.run_tests("--unit")
        self.assertEqual(summary, "5 passed, 3 failed, 0 skipped")
        self.assertEqual(named, ["failed: unit/test_bad.test_y: a: b == c", "failed: unit/test_leaks: exit status 23",
                                 "failed: unit/plain_killed: ended by signal 9"])
        self.assertEqual(status, 1)

    def test_a_case_that_skips_is_named(self):
        self.programs({"test_a": 'echo "skipped test_y: needs root"; '
                                 'printf "ok 1 - a.c:s:test_x: Passed\\nok 2 - a.c:s:test_y: Passed\\n" >$CK_TAP_LOG_FILE_NAME'})
        self.assertEqual(self.run_tests("--unit"), (0, "1 passed, 0 failed, 1 skipped", ["skipped: unit/test_a.test_y: needs root"]))

    def test_without_jsonschema_one_failure_says_so(self):
        (self.top / "jsonschema.py").write_text("raise ImportError('no jsonschema here')\n")
        self.programs({"test_good": "exit 0"})
        status, summary, named = self.run_tests(PYTHONPATH=str(self.top))
        self.assertEqual((status, summary, len(named)), (1, "0 passed, 1 failed, 0 skipped", 1))
        self.assertIn("no jsonschema here", named[0])

    def test_alerts_of_unit_tests_are_validated(self):
        alert = '{"schema":"oomwatchd.alert/1","id":"0123456789abcdef0123456789abcdef","type":"test","severity":"warning","summary":"x"%s}'
        name = "unit/every_alert_is_what_the_schema_says"
        for more, expected in (("", []), (',"x":1', [f"failed: {name}: 1 of 2 alerts are not what the schema says"])):
            self.programs({"test_one": f"cat >$OOMWATCH_ALERTS <<'END'\n{alert % more}\n{alert % ''}\nEND\n"})
            status, summary, named = self.run_tests("--unit")
            self.assertEqual(named, expected)
            self.assertEqual((status, summary), (len(expected), f"{2 - len(expected)} passed, {len(expected)} failed, 0 skipped"))

    def test_all_good(self):
        self.integration("test_a.py", """
            class A(unittest.TestCase):
                def test_one(self):
                    self.assertTrue(os.environ["OOMWATCH_BUILD"].endswith("/build"))
        """)
        self.assertEqual(self.run_tests(), (0, "1 passed, 0 failed, 0 skipped", []))

    def test_outcomes_of_integration_tests(self):
        self.integration("test_a.py", """
            class A(unittest.TestCase):
                def test_fails(self):
                    self.assertEqual(1, 2)
                def test_errs(self):
                    raise OSError("no")
                def test_passes(self):
                    pass
                def test_skips(self):
                    self.skipTest("needs root")
                def test_part_fails(self):
                    for i in range(3):
                        with self.subTest(i=i):
                            self.assertNotEqual(i, 1)
                @unittest.expectedFailure
                def test_should_fail(self):
                    pass
            @unittest.skip("no kernel log")
            class B(unittest.TestCase):
                def test_x(self):
                    pass
            class C(unittest.TestCase):
                @classmethod
                def setUpClass(cls):
                    raise unittest.SkipTest("no journal")
                def test_x(self):
                    pass
            class D(unittest.TestCase):
                @classmethod
                def setUpClass(cls):
                    raise OSError("broken")
                def test_x(self):
                    pass
        """)
        status, summary, named = self.run_tests()
        self.assertEqual(summary, "1 passed, 5 failed, 3 skipped")
        self.assertEqual(named, [
            "skipped: integration/test_a.A.test_skips: needs root",
            "skipped: integration/test_a.B.test_x: no kernel log",
            "skipped: integration/setUpClass (test_a.C): no journal",
            "failed: integration/test_a.A.test_errs: OSError: no",
            "failed: integration/test_a.A.test_fails: AssertionError: 1 != 2",
            "failed: integration/test_a.A.test_part_fails: AssertionError: 1 == 1",
            "failed: integration/test_a.A.test_should_fail: succeeded, but is marked as failing",
            "failed: integration/setUpClass (test_a.D): OSError: broken",
        ])
        self.assertEqual(status, 1)

    def test_files_that_end_early(self):
        self.integration("test_a.py", """
            class A(unittest.TestCase):
                def test_a_passes(self):
                    pass
                def test_b_kills(self):
                    os.kill(os.getpid(), 9)
        """)
        self.integration("test_b.py", "import nowhere")
        self.integration("test_c.py", "raise unittest.SkipTest('not here')")
        self.integration("test_d.py", "import os; os._exit(0)")
        status, summary, named = self.run_tests()
        self.assertEqual(summary, "1 passed, 3 failed, 1 skipped")
        self.assertEqual(named, ["skipped: integration/test_c: not here", "failed: integration/test_a: ended by signal 9",
                                 "failed: integration/test_b: exit status 1",
                                 "failed: integration/test_d: ended before it was done"])
        self.assertEqual(status, 1)

    def test_a_pattern_selects(self):
        self.programs({"test_good": "exit 0"})
        self.integration("test_a.py", """
            class A(unittest.TestCase):
                def test_one(self):
                    pass
                def test_two(self):
                    self.fail()
        """)
        self.assertEqual(self.run_tests("-k", "one"), (0, "1 passed, 0 failed, 0 skipped", []))
        self.assertEqual(self.run_tests("-k", "test_good"), (0, "1 passed, 0 failed, 0 skipped", []))

    def test_system_tests_are_counted_and_checked(self):
        for said, summary in (
                ("ok a\nnot ok b: c: d\nskipped: e: f\n1 passed, 1 failed, 1 skipped", "1 passed, 1 failed, 1 skipped"),
                ("ok a\n0 passed, 0 failed, 0 skipped", "1 passed, 1 failed, 0 skipped"),
                ("ok a", "1 passed, 1 failed, 0 skipped"),
        ):
            with self.subTest(said=said):
                self.system(f"cat <<'END'\n{said}\nEND\n")
                status, got, _ = self.run_tests("--system")
                self.assertEqual(got, summary)
                self.assertEqual(status, 1)
                shutil.rmtree(self.top / "tests" / "system")


if __name__ == "__main__":
    unittest.main()
