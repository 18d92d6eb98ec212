#!/usr/bin/python3
"""Prints how many lines of lib/ and daemon/ a build with gcov's counters (OOMWATCH_COVERAGE) has executed, by directory.

usage: coverage.py BUILD [--lines]
--lines: also the lines that were not, as FILE:FIRST-LAST."""

import collections
import json
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("lib", "daemon")


def counters(build):
    """{source: {line: executions}}; a source that several programs are built from has the sum."""
    found = collections.defaultdict(collections.Counter)
    paths = [path.resolve() for path in sorted(pathlib.Path(build).rglob("*.gcno")) if "tests" not in path.relative_to(build).parts]
    for start in range(0, len(paths), 50):
        output = subprocess.run(["gcov", "--json-format", "--stdout", *map(str, paths[start:start + 50])], cwd=TOP, check=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        for document in output.splitlines():
            for file in json.loads(document)["files"]:
                name = file["file"].removeprefix("./").removeprefix(f"{TOP}/")
                if name.split("/")[0] in ROOMS:
                    for line in file["lines"]:
                        found[name][line["line_number"]] += line["count"]
    return found


def ranges(lines):
    first = last = None
    for line in sorted(lines):
        if last is not None and line == last + 1:
            last = line
            continue
        if first is not None:
            yield first, last
        first = last = line
    if first is not None:
        yield first, last


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        return 2
    found = counters(sys.argv[1])
    sums = collections.defaultdict(lambda: [0, 0])
    for name, lines in found.items():
        directory = str(pathlib.PurePath(name).parent)
        for key in (directory, f"{directory.split('/')[0]}/ in all", "both in all"):
            sums[key][0] += sum(count > 0 for count in lines.values())
            sums[key][1] += len(lines)
    for key in sorted(sums):
        executed, total = sums[key]
        print(f"{100 * executed / total:5.1f} %  {executed:5} of {total:5} lines  {key}")
    if "--lines" in sys.argv:
        for name, lines in sorted(found.items()):
            for first, last in ranges(line for line, count in lines.items() if not count):
                print(f"{name}:{first}" + (f"-{last}" if last > first else ""))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
