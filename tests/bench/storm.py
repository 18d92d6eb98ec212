#!/usr/bin/python3
"""What a storm without victims costs the watcher: 2000 reports in 8 s that nobody may be killed in one cgroup, as records in a file.
The report is that of tests/corpus/cases/7.3/no-killable.kmsg. No test: figures of README.md.

usage: tests/bench/storm.py [--write FILE] WATCHER [BEFORE]

Prints the processor time of WATCHER; with BEFORE, an oomwatchd of an earlier build, of both in pairs, and the median of their ratios.
--write keeps the file of records."""

import argparse
import pathlib
import re
import resource
import statistics
import subprocess
import tempfile

CASE = pathlib.Path(__file__).parents[1] / "corpus/cases/7.3/no-killable.kmsg"
REPORTS, SECONDS, PAIRS = 2000, 8, 11


def one_report():
    """The texts of the first whole report, with what precedes them in a record."""
    lines = []
    for line in CASE.read_bytes().splitlines():
        match = re.fullmatch(rb"(\d+),\d+,\d+,(.*)", line)
        if match and b" invoked oom-killer: " in line:
            lines = []
        if match:
            lines.append(match.groups())
        if b"no killable processes" in line:
            return lines
    raise SystemExit(f"{CASE}: no whole report")


def records():
    report = one_report()
    step_usec = SECONDS * 1_000_000 // (REPORTS * len(report))
    seq = 0
    for _ in range(REPORTS):
        for level, rest in report:
            seq += 1
            yield b"%s,%d,%d,%s\n" % (level, seq, 100_000_000 + seq * step_usec, rest)


def processor_sec(watcher, config, path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([watcher, "-c", config, "--kmsg", path, "--stdout", "json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write")
    parser.add_argument("watcher")
    parser.add_argument("before", nargs="?")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = options.write or f"{directory}/records"
        config = pathlib.Path(directory, "conf")
        config.write_text(f'journal {{ enabled = false }}\nspool {{ path = "{directory}/spool" }}\n', encoding="ascii")
        with open(path, "wb") as file:
            file.writelines(records())
        pairs = [[processor_sec(program, config, path) for program in (options.watcher, options.before) if program] for _ in range(PAIRS)]
    medians = [statistics.median(times) for times in zip(*pairs)]
    print(f"{REPORTS} reports: {1000 * medians[0]:.0f} ms, {100 * medians[0] / SECONDS:.2f} % of a processor for {SECONDS} s")
    if options.before:
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        print(f"before: {1000 * medians[1]:.0f} ms; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
