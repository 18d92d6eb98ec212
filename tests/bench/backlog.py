#!/usr/bin/python3
"""How long a new alert takes to a receiver on a socket that has 42,000 old ones to get from disk first. No test: figures of README.md.

usage: tests/bench/backlog.py BUILD WATCHER [BEFORE [PAIRS [OLD]]]

BUILD: a build directory with tests. WATCHER: the oomwatchd that is measured. BEFORE: an oomwatchd of an earlier build; both are measured in turns, and
the median of their ratios is printed. The new alert is a kill line in a FIFO; the spool is in memory (/dev/shm), so that no disk is measured."""

import os
import pathlib
import statistics
import sys

os.environ["OOMWATCH_BUILD"] = os.path.abspath(sys.argv[1])
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from test_receivers import send_behind  # noqa: E402


def main():
    programs = sys.argv[2:4]
    pairs = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    old = int(sys.argv[5]) if len(sys.argv) > 5 else 42_000
    times = []
    for _ in range(pairs):
        times.append([])
        for program in programs:
            receiver, seconds = send_behind(program, old)
            times[-1].append(seconds)
            print(f"{program}: {1000 * seconds:.1f} ms, behind {receiver.new_at} of {old}", flush=True)
    medians = [statistics.median(of_one) for of_one in zip(*times)]
    print(f"{1000 * medians[0]:.1f} ms")
    if len(programs) > 1:
        print(f"before: {1000 * medians[1]:.1f} ms; ratio 1/{statistics.median(before / ours for ours, before in times):.0f}")


if __name__ == "__main__":
    main()
