#!/usr/bin/python3
"""Is every word of the alerts borne out by the log?

    check_words.py OOMWATCH LOG...

Runs `OOMWATCH scan --format json` over each log, and evaluates every sentence and every field of each alert a second time, from
the log's text alone (tests/tools/words/). Prints a line for each claim that is false, or that needs a line which isn't there.
Exit status: 0 all is borne out, 1 something is not, 2 a log could not be read."""

import json
import pathlib
import subprocess
import sys

from words.check import check_alert
from words.reader import read_log


def scan(program, path):
    done = subprocess.run([program, "scan", "--format", "json", path], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise OSError(done.stderr.decode("utf-8", "replace").strip())
    return [json.loads(line) for line in done.stdout.decode("utf-8", "surrogateescape").splitlines()]


def main(program, paths):
    alerts = claims = wrong = unread = 0
    for path in paths:
        try:
            messages = read_log(pathlib.Path(path).read_bytes())
            found = scan(program, path)
        except OSError as error:
            print(f"{path}: {error}", file=sys.stderr)
            unread += 1
            continue
        for alert in found:
            outcome = check_alert(alert, messages)
            alerts += 1
            claims += outcome.claims
            wrong += len(outcome.wrong)
            for said, why in outcome.wrong:
                where = alert.get("victim", {}).get("pid", alert.get("trigger", {}).get("pid", ""))
                print(f"{path}:{alert.get('source', {}).get('line', '')}: {alert['type']} {where}: {said!r}: {why}".encode(
                    "utf-8", "backslashreplace").decode())
    print(f"{alerts} alerts, {claims} claims, {wrong} not borne out", flush=True)
    return 2 if unread else 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print("usage: check_words.py OOMWATCH LOG...", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
