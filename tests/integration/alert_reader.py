#!/usr/bin/python3
"""Alerts as tests read them: none gets past here that is not what config/alert.schema.json says.

As a command: alert_reader.py FILE, with an alert on each line, prints what is wrong with which. Exit status 0 when there were
alerts and all are valid, 1 when not."""

import json
import pathlib
import sys
import threading

import jsonschema

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[2] / "config/alert.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
_lock = threading.Lock()  # a validator keeps where it is in the schema


def read_alert(data):
    """The alert that data, text or bytes, holds."""
    try:
        alert = json.loads(data)
    except ValueError as fault:
        raise AssertionError(f"no JSON: {fault}: {data[:1000]!r}") from None
    with _lock:
        faults = [f"{fault.json_path}: {fault.message}" for fault in VALIDATOR.iter_errors(alert)]
    if faults:
        raise AssertionError(f"an alert is not what the schema says: {'; '.join(faults)[:1000]}")
    return alert


def read_alerts(data):
    """The alerts of text or bytes with an alert on each line."""
    lines = data.encode() if isinstance(data, str) else data  # text has more ends of lines than \n
    return [read_alert(line) for line in lines.splitlines()]


class Inbox:
    """What a thread reads, for a test in another. A fault is raised there, where it is seen: the thread just goes on."""

    def __init__(self):
        self._kept, self._fault = [], None

    def add(self, data, whole=None):
        """Reads the alert of data, and keeps it, or what it was a part of."""
        try:
            alert = read_alert(data)
            self._kept.append(whole or alert)
        except AssertionError as fault:
            self._fault = self._fault or fault

    def check(self):
        if self._fault:
            raise self._fault

    @property
    def kept(self):
        """In the order of arrival; the list grows."""
        self.check()
        return self._kept


def kill_record(number, comm="stress"):
    """The kernel's record number of a kill of process 1000 + number."""
    return (f"3,{number},{number * 1000},-;Out of memory: Killed process {1000 + number} ({comm}) total-vm:1048576kB, "
            "anon-rss:524288kB, file-rss:1024kB, shmem-rss:0kB, UID:1000 pgtables:2048kB oom_score_adj:17\n")


def main():
    alerts = invalid = 0
    for path in sys.argv[1:]:
        for number, line in enumerate(pathlib.Path(path).read_bytes().splitlines(), 1):
            alerts += 1
            try:
                read_alert(line)
            except AssertionError as fault:
                invalid += 1
                print(f"{path}:{number}: {fault}")
    print(f"{invalid} of {alerts} alerts are not what the schema says")
    return 0 if alerts and not invalid else 1


if __name__ == "__main__":
    raise SystemExit(main())
