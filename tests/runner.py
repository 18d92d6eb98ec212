#!/usr/bin/python3
"""Runs the tests of a build, counts each case, and ends with `N passed, N failed, N skipped`. tests/run.sh calls it.

Unit tests are what ctest lists: check programs, whose cases are counted by the TAP that check writes; any other
program is one case. Integration tests are the files tests/integration/test_*.py, each in a process of its own, so that
one that crashes or hangs takes no other along. Two run at a time, but of those that look at the kernel log of this machine
(LIVE) one: each counts kills and records. tests/system/run.sh prints the same kind of lines itself.
"""

import argparse
import concurrent.futures
import importlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
from functools import partial
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
PROGRAM_TIMEOUT_SEC = 1800  # for one that hangs: it is not to be met by a machine with much else to do
SYSTEM_TIMEOUT_SEC = 3600
LIVE = re.compile(r"^(?:import|from) (?:memcg|watcher)\b", re.MULTILINE)
SKIPPED = 77  # the exit status of a test program that can't run here
SKIPPED_CASE = re.compile(r"^skipped (\w+): (.*)$", re.MULTILINE)  # SKIP() of tests/unit/harness.h


class Results:
    """What came of each test, by its name. A job has one of its own, that is added to that of all."""

    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []
        self.lines = []

    def say(self, line):
        self.lines.append(line)

    def add(self, outcome, name, why=""):
        if outcome == "passed":
            self.passed += 1
            self.say(f"ok {name}")
        elif outcome == "failed":
            self.failed.append((name, why))
            self.say(f"not ok {name}" + (f": {why}" if why else ""))
        else:
            self.skipped.append((name, why))
            self.say(f"skipped {name}: {why}")

    def print(self):
        for line in self.lines:
            print(line)
        sys.stdout.flush()

    def take(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def conclude(self):
        print()
        for name, why in self.skipped:
            print(f"skipped: {name}: {why}")
        for name, why in self.failed:
            print(f"failed: {name}" + (f": {why}" if why else ""))
        print(f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped", flush=True)
        return 1 if self.failed else 0


def run_program(command, timeout_sec, environment):
    """Runs command in a process group of its own. Returns (status, output); status None: it took too long."""
    process = subprocess.Popen(command, cwd=TOP, env=environment, stdin=subprocess.DEVNULL, start_new_session=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        output, _ = process.communicate(timeout=timeout_sec)
        return process.returncode, output.decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return None, output.decode(errors="replace")


def how_it_ended(status):
    if status is None:
        return f"still running after {PROGRAM_TIMEOUT_SEC} s"
    return f"ended by signal {-status}" if status < 0 else f"exit status {status}"


# --- unit tests -------------------------------------------------------------------------------------------------------

def read_tap(path):
    """The cases of a TAP file of check: `ok 1 - file.c:suite:case: Passed`. A list of (passed, case, message)."""
    cases = []
    text = path.read_text(errors="replace") if path.exists() else ""
    for line in text.splitlines():
        match = re.match(r"(ok|not ok) \d+ - (?:.*?:)?([^:]+):([A-Za-z0-9_]+): (.*)$", line)
        if match:
            cases.append((match[1] == "ok", match[3], match[4]))
    return cases


def cases_with(name, pattern):
    """The cases of tests/unit/NAME.c whose name holds pattern."""
    source = TOP / "tests" / "unit" / f"{name}.c"
    if not source.exists():
        return []
    return [case for case in re.findall(r"START_TEST\((\w+)\)", source.read_text()) if pattern in case]


def run_check_program(name, command, case, directory):
    """Runs the cases of one program, or one case. The alerts that they turn into JSON are appended to DIRECTORY/NAME.alerts
    (tests/unit/record_alerts.c)."""
    results = Results()
    tap = Path(directory) / f"{name}.{case}.tap"
    environment = dict(os.environ, CK_TAP_LOG_FILE_NAME=str(tap), OOMWATCH_ALERTS=f"{directory}/{name}.alerts")
    if case:
        environment["CK_RUN_CASE"] = case
    status, output = run_program(command, PROGRAM_TIMEOUT_SEC, environment)
    cases = read_tap(tap)
    skipped = dict(SKIPPED_CASE.findall(output))
    for passed, case_name, message in cases:
        if passed and case_name in skipped:
            results.add("skipped", f"unit/{name}.{case_name}", skipped[case_name])
        else:
            results.add("passed" if passed else "failed", f"unit/{name}.{case_name}", "" if passed else message)
    if not cases and status == 0:
        results.add("passed", f"unit/{name}")
    elif not cases and status == SKIPPED:
        results.add("skipped", f"unit/{name}", output.strip())
        return results
    # A program can fail without a failed case: by a leak that the sanitizer finds at its end.
    elif status != 0 and all(passed for passed, _, _ in cases):
        results.add("failed", f"unit/{name}", how_it_ended(status))
    if status != 0:
        results.say(output)
    return results


def check_alerts(results, directory):
    """Every alert that a unit test made, against the schema."""
    paths = sorted(str(path) for path in Path(directory).glob("*.alerts"))
    if not paths:
        return  # none of the tests that were asked for makes one
    status, output = run_program([str(TOP / "tests/integration/alert_reader.py"), *paths], PROGRAM_TIMEOUT_SEC, os.environ)
    results.add("failed" if status else "passed", "unit/every_alert_is_what_the_schema_says",
                (output.splitlines() or [how_it_ended(status)])[-1])
    if status:
        results.say(output)


def not_built(name):
    results = Results()
    results.add("failed", f"unit/{name}", "was not built")
    return results


def unit_jobs(build, pattern, directory):
    """A function for each program or case to run. It returns its Results."""
    listing = subprocess.run(["ctest", "--test-dir", str(build), "--show-only=json-v1"], check=True, cwd=TOP,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
    for test in json.loads(listing)["tests"]:
        name, command = test["name"], test.get("command")
        if not command:
            yield partial(not_built, name)
        elif not pattern or pattern in f"unit/{name}":
            yield partial(run_check_program, name, command, None, directory)
        else:
            for case in cases_with(name, pattern):
                yield partial(run_check_program, name, command, case, directory)


# --- integration tests ------------------------------------------------------------------------------------------------

class Recorder(unittest.TestResult):
    """Writes a line of JSON for each test, as it ends."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream
        self.outcome = None

    def write(self, outcome, test, why=""):
        self.stream.write(json.dumps([outcome, test.id(), why]) + "\n")
        self.stream.flush()

    def startTest(self, test):
        super().startTest(test)
        self.outcome = ("passed", "")

    def stopTest(self, test):
        super().stopTest(test)
        self.write(self.outcome[0], test, self.outcome[1])
        self.outcome = None

    def fail(self, test, error):
        print("".join(traceback.format_exception(*error)), flush=True)
        why = traceback.format_exception_only(error[0], error[1])[-1].strip().splitlines()[0][:300]
        if self.outcome is None:  # setUpClass, setUpModule: no test was started
            self.write("failed", test, why)
        else:
            self.outcome = ("failed", why)

    def addError(self, test, err):
        super().addError(test, err)
        self.fail(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.fail(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            print(f"--- {subtest.id()}", flush=True)
            self.fail(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        # A class that is skipped as a whole, or a part of a test, is reported by itself.
        if self.outcome is None or isinstance(test, unittest.case._SubTest):
            self.write("skipped", test, reason)
        elif self.outcome[0] != "failed":
            self.outcome = ("skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.outcome = ("failed", "succeeded, but is marked as failing")


def run_one_file(path, pattern, results_path):
    """In the child: runs the tests of one file. The parent reads what is written to results_path."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    loader = unittest.TestLoader()
    if pattern and pattern not in path.stem:
        loader.testNamePatterns = [f"*{pattern}*"]
    with open(results_path, "w", encoding="utf-8") as stream:
        recorder = Recorder(stream)
        try:
            spec.loader.exec_module(module)
        except unittest.SkipTest as skip:
            stream.write(json.dumps(["skipped", path.stem, str(skip)]) + "\n" + json.dumps(["done", "", ""]) + "\n")
            return 0
        loader.loadTestsFromModule(module).run(recorder)
        stream.write(json.dumps(["done", "", ""]) + "\n")
    return 0


def run_integration_file(path, build, pattern):
    """Runs the tests of one file in a process of its own. Returns its Results."""
    results = Results()
    environment = dict(os.environ, OOMWATCH_BUILD=str(build), PYTHONDONTWRITEBYTECODE="1")
    with tempfile.TemporaryDirectory() as directory:
        results_path = Path(directory) / "results"
        command = [sys.executable, "-B", __file__, "--file", str(path), "--results", str(results_path)]
        if pattern:
            command += ["-k", pattern]
        started = time.monotonic()
        status, output = run_program(command + [str(build)], PROGRAM_TIMEOUT_SEC, environment)
        lines = results_path.read_text(encoding="utf-8").splitlines() if results_path.exists() else []
    if output:
        results.say(output.rstrip("\n"))
    written = [json.loads(line) for line in lines]
    done = written[-1:] == [["done", "", ""]]
    for outcome, name, why in written[:-1] if done else written:
        results.add(outcome, f"integration/{name}", why)
    if status != 0:
        results.add("failed", f"integration/{path.stem}", how_it_ended(status))
    elif not done:
        results.add("failed", f"integration/{path.stem}", "ended before it was done")
    elif len(written) > 1:
        results.say(f"# {path.name}: {time.monotonic() - started:.1f} s")
    return results


def integration_jobs(build, pattern):
    """Two lists of jobs: those that look at the kernel log of this machine, and the others."""
    live, other = [], []
    for path in sorted((TOP / "tests" / "integration").glob("test_*.py")):
        jobs = live if LIVE.search(path.read_text(encoding="utf-8")) else other
        jobs.append(partial(run_integration_file, path, build, pattern))
    return live, other


# --- both -------------------------------------------------------------------------------------------------------------

def run_in_turn(lock, jobs):
    ended = []
    for job in jobs:
        ended.append(job())
        with lock:
            ended[-1].print()
    return ended


def run_jobs(results, live, other):
    """Two at a time: one worker begins with those of live, the other takes those of other, as the first does later."""
    lock = threading.Lock()
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        futures = [workers.submit(run_in_turn, lock, jobs) for jobs in [live, *([job] for job in other)]]
        for future in futures:
            for ended in future.result():
                results.take(ended)


# --- system tests -----------------------------------------------------------------------------------------------------

def run_system_tests():
    """Takes over the lines `ok NAME`, `not ok NAME: WHY`, `skipped: WHY` of tests/system/run.sh, and checks their sum."""
    results = Results()
    status, output = run_program([str(TOP / "tests" / "system" / "run.sh")], SYSTEM_TIMEOUT_SEC, os.environ)
    said = None
    for line in output.splitlines():
        said = SUMMARY.match(line) or said
        match = re.match(r"(ok|not ok|skipped:) ([^:]*)(?:: (.*))?$", line)
        if match:
            outcome = {"ok": "passed", "not ok": "failed", "skipped:": "skipped"}[match[1]]
            results.add(outcome, f"system/{match[2]}", match[3] or "")
        else:
            results.say(line)
    counted = (results.passed, len(results.failed), len(results.skipped))
    if status is None:
        results.add("failed", "system", f"still running after {SYSTEM_TIMEOUT_SEC} s")
    elif said is None:
        results.add("failed", "system", f"no summary; exit status {status}")
    elif counted != tuple(int(number) for number in said.groups()) or (status != 0 and counted[1] == 0):
        results.add("failed", "system", f"its summary is `{said[0]}`, its exit status {status}, its lines are {counted}")
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="the build directory")
    parser.add_argument("--unit", action="store_true", help="the unit tests only")
    parser.add_argument("--system", action="store_true", help="also the system tests")
    parser.add_argument("-k", dest="pattern", default="", help="only tests with PATTERN in their name")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--results", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.file:
        return run_one_file(arguments.file, arguments.pattern, arguments.results)
    build = arguments.build.resolve()
    results = Results()
    try:
        importlib.import_module("jsonschema")
    except ImportError as error:
        results.add("failed", "jsonschema", f"no alert can be checked, and no test was run: {error} (Debian: python3-jsonschema)")
        return results.conclude()
    live, other = ([], []) if arguments.unit else integration_jobs(build, arguments.pattern)
    with tempfile.TemporaryDirectory() as directory:
        run_jobs(results, live, [*other, *unit_jobs(build, arguments.pattern, directory)])
        alerts = Results()
        check_alerts(alerts, directory)
        alerts.print()
        results.take(alerts)
    if arguments.system:
        system = run_system_tests()
        system.print()
        results.take(system)
    elif not arguments.unit:
        print("# not asked for: the system tests (--system)")
    return results.conclude()


if __name__ == "__main__":
    sys.exit(main())
