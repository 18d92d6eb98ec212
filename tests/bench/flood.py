#!/usr/bin/python3
"""How many kills are lost in a flood of kernel messages, with the watcher's realtime priority and without. No test: figures of README.md.

usage: tests/bench/flood.py BUILD [RECORDS_PER_SEC [RUNS [--busy]]]

BUILD: a build directory with tests. In each run 20 real kills happen within the flood. Prints, for each way in turn, how many of the kills were
alerted and how many were only counted (kills_missed); their sum must be the kernel's count. --busy: with two busy processes beside it.
As root."""

import os
import pathlib
import subprocess
import sys

build = sys.argv[1]
os.environ["OOMWATCH_BUILD"] = os.path.abspath(build)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import memcg  # noqa: E402
from test_live import DevkmsgOn, Flood  # noqa: E402
from watcher import Watcher, kernel_count  # noqa: E402

KILLS = 20
WAYS = ("with", "without")


def run(way, rate):
    with DevkmsgOn(), memcg.Memcg(limit=2 * memcg.MIB) as group, Watcher(arguments=["--from", "now"]) as daemon:
        if way == "with":  # as the unit does
            subprocess.run(["chrt", "--fifo", "--reset-on-fork", "--pid", "1", str(daemon.process.pid)], check=True)
        daemon.wait_balanced()
        before = kernel_count()
        with Flood(rate):
            pids = [group.kill() for _ in range(KILLS)]
        daemon.wait_balanced()
        missed = sum(alert["missed"] for alert in daemon.alerts if alert["type"] == "kills_missed")
        # other processes of the machine may be killed too
        of_all = sum(alert["type"] == "oom_kill" for alert in daemon.alerts)
        return len(daemon.alerts_of(*pids)), missed, of_all + missed - (kernel_count() - before)


def main():
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 if "--busy" in sys.argv else 0)]
    try:
        for number in range(runs):
            for way in WAYS:
                alerted, missed, difference = run(way, rate)
                print(f"{number + 1} {way}: {alerted} of {KILLS} alerted, {missed} counted as missed, {difference} off the kernel's count", flush=True)
    finally:
        for process in busy:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
