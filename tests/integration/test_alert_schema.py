#!/usr/bin/python3
"""config/alert.schema.json: takes what an alert may be, and refuses what it may not be."""

import copy
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from alert_reader import SCHEMA, VALIDATOR, read_alerts
from testbed import BUILD, DEADLINE_SEC, TOP

MEMORY_H = TOP / "lib" / "oom" / "memory.h"

# Objects that are open on purpose, by their place in the schema.
EXTENSION_POINTS = {
    "/properties/limit/properties/stats",
}

KILL = {
    "schema": "oomwatchd.alert/1",
    "id": "0123456789abcdef0123456789abcdef",
    "type": "oom_kill",
    "severity": "error",
    "time": "2026-01-02T03:04:05.678901Z",
    "time_source": "arrival",
    "summary": "nginx (pid 1234) of nginx.service was killed: memory limit of /system.slice/nginx.service reached",
    "host": {
        "name": "web1",
        "machine_id": "0123456789abcdef0123456789abcdef",
        "boot_id": "fedcba9876543210fedcba9876543210",
        "kernel": "6.1.0-56-amd64",
    },
    "source": {"kind": "kmsg", "seq": 4711, "monotonic_usec": 1000000, "complete": True},
    "scope": "memcg",
    "constraint": "CONSTRAINT_MEMCG",
    "victim": {
        "pid": 1234,
        "comm": "nginx",
        "uid": 33,
        "user": "www-data",
        "cmdline": "nginx: worker process",
        "cgroup": "/system.slice/nginx.service",
        "unit": "nginx.service",
        "slice": "system.slice",
        "total_vm_bytes": 104857600,
        "anon_rss_bytes": 33554432,
        "file_rss_bytes": 0,
        "oom_score_adj": -500,
    },
    "trigger": {"pid": 1233, "comm": "nginx", "gfp_mask": "0xcc0", "gfp_flags": "GFP_KERNEL", "order": 0, "sysrq": False},
    "limit": {"cgroup": "/system.slice/nginx.service", "unit": "nginx.service"},
}

BASE = {
    "schema": "oomwatchd.alert/1",
    "id": "0123456789abcdef0123456789abcdef",
    "severity": "warning",
    "summary": "x",
}

SOURCE = {"kind": "file", "seq": 1, "monotonic_usec": 2, "path": "/tmp/kmsg"}

DIGEST = {
    **BASE,
    "type": "digest",
    "time": "2026-01-02T03:04:05.678901Z",
    "time_source": "arrival",
    "scope": "memcg",
    "limit": {"cgroup": "/system.slice/nginx.service", "unit": "nginx.service"},
    "digest": {
        "of": "oom_kill",
        "count": 2,
        "first": "2026-01-02T03:04:01.678901Z",
        "last": "2026-01-02T03:04:05.678901Z",
        "victims": [{"id": "0123456789abcdef0123456789abcdef", "time": "2026-01-02T03:04:01.678901Z", "pid": 1, "comm": "\ufffdx", "comm_hex": "ff78"}],
        "ids": ["0123456789abcdef0123456789abcdef", "1123456789abcdef0123456789abcdef"],
    },
}

VALID = {
    "a bare kill line": {
        **BASE,
        "type": "oom_kill",
        "source": {**SOURCE, "complete": False, "missing": ["header", "cgroup"]},
        "victim": {"pid": 1},
    },
    "bad UTF-8": {
        **BASE,
        "type": "oom_kill",
        "source": SOURCE,
        "victim": {"pid": 1, "comm": "\ufffdx", "comm_hex": "ff78", "cgroup": "/\ufffd", "cgroup_hex": "2fff"},
    },
    "an empty comm": {**BASE, "type": "oom_kill", "source": SOURCE, "victim": {"pid": 1, "comm": ""}},
    "no victim": {**BASE, "type": "oom_no_victim", "source": SOURCE, "scope": "cpuset"},
    "a panic": {**BASE, "type": "oom_panic", "source": SOURCE},
    "unreapable": {**BASE, "type": "oom_unreapable", "source": SOURCE, "victim": {"pid": 1}},
    "a claim": {
        **BASE,
        "type": "user_kill",
        "source": SOURCE,
        "killer": "nohang",
        "victim": {"pid": 1, "comm": "a.name.that.is.longer", "rss_bytes": 1, "badness": 900, "parents": [{"pid": 1, "comm": "systemd"}]},
        "claim": {"by": "nohang", "signal": "SIGKILL", "first_signal": "SIGTERM", "outcome": "exited", "lines": 2},
    },
    "an eviction": {
        **BASE,
        "type": "user_kill",
        "source": SOURCE,
        "killer": "kubelet",
        "victim": {"pod": {"name": "cart-0", "namespace": "shop"}},
        "claim": {"by": "kubelet", "lines": 1},
    },
    "a retelling": {**BASE, "type": "user_kill", "source": SOURCE, "victim": {"unit": "a.service"},
                    "claim": {"by": "systemd", "lines": 1, "retelling": True}},
    "records lost": {**BASE, "type": "records_lost", "source": SOURCE, "lost": 37},
    "kills missed": {**BASE, "type": "kills_missed", "missed": 1},
    "a digest": DIGEST,
    "the least of a digest": {**BASE, "type": "digest", "digest": {"of": "user_kill", "count": 2, "ids": DIGEST["digest"]["ids"]}},
    "a test": {**BASE, "type": "test"},
    "a pod": {
        **BASE,
        "type": "oom_kill",
        "source": SOURCE,
        "victim": {
            "pid": 1,
            "unit": "cri-containerd-" + "a" * 64 + ".scope",
            "user_unit": "app-org.chromium\\x2dbrowser-77.scope",
            "container": {"id": "a" * 64, "runtime": "containerd"},
            "pod": {"uid": "0f6d1c9e-5a3b-4c2d-9e8f-7a6b5c4d3e2f", "name": "web-0", "namespace": "shop"},
        },
        "group": {"cgroup": "/x", "first": "0123456789abcdef0123456789abcdef"},
    },
    "the whole report": {
        **BASE,
        "type": "oom_kill",
        "source": SOURCE,
        "victim": {"pid": 1, "badness": -12, "swap_bytes": 0},
        "limit": {"usage_bytes": 1, "limit_bytes": 1, "failcnt": 0, "stats": {"anon": 1, "file_mapped": 0}},
        "memory": {
            "total_bytes": 1,
            "page_size_bytes": 4096,
            "slab_bytes": 7,
            "pages_scanned": 3,
            "cut": True,
            "nodes": [{"node": 0, "active_anon_bytes": 0, "all_unreclaimable": True}],
            "zones": [{"node": 0, "name": "Normal", "free_bytes": 1, "min_bytes": 0, "largest_free_order": 10}],
            "hugepages": [{"node": 0, "size_bytes": 2097152, "total": 4, "free": 0, "surplus": 0}],
            "slabs": [{"name": "dentry", "used_bytes": 1, "total_bytes": 2}],
            "allocations": [{"where": "mm/slub.c:1 func:x", "bytes": 1, "calls": 2}],
        },
        "candidates": [{"pid": 1, "comm": "a", "rss_bytes": 1, "badness": 3, "killable": True}],
        "candidates_total": 99,
        "verdict": {"consistent": True, "rank": 1, "reason": "x", "hints": [{"code": "swap_full", "text": "All 1.0 GiB of swap are in use."}]},
    },
}

# (what is wrong, where, the new value; REMOVE takes it out)
REMOVE = object()
INVALID = [
    ("another schema", "schema", "oomwatchd.alert/2"),
    ("no id", "id", REMOVE),
    ("an id in capitals", "id", "0123456789ABCDEF0123456789ABCDEF"),
    ("a short id", "id", "0123456789abcdef"),
    ("an unknown type", "type", "oom"),
    ("an unknown severity", "severity", "info"),
    ("an empty summary", "summary", ""),
    ("a long summary", "summary", "x" * 601),
    ("a time without microseconds", "time", "2026-01-02T03:04:05Z"),
    ("a time elsewhere than in UTC", "time", "2026-01-02T03:04:05.678901+01:00"),
    ("a month 13", "time", "2026-13-02T03:04:05.678901Z"),
    ("a time from nowhere", "time_source", REMOVE),
    ("a source of no time", "time", REMOVE),
    ("an unknown field", "victims", {}),
    ("an unknown field of the victim", "victim.rss", 1),
    ("an unknown field of the source", "source.offset", 1),
    ("an empty host", "host", {}),
    ("null for unknown", "victim.uid", None),
    ("a number as text", "victim.pid", "1234"),
    ("a negative size", "victim.anon_rss_bytes", -1),
    ("a fraction of a byte", "victim.anon_rss_bytes", 0.5),
    ("an adjustment out of range", "victim.oom_score_adj", -1001),
    ("a unit with a space", "victim.unit", "a b.service"),
    ("a unit with a newline", "victim.unit", "a\nb.service"),
    ("half a byte", "victim.comm_hex", "fff"),
    ("no byte", "victim.comm_hex", ""),
    ("raw bytes of nothing", "trigger", {"comm_hex": "ff"}),
    ("a pod without uid", "victim.pod", {"name": "x"}),
    ("a pod's uid with underscores", "victim.pod", {"uid": "0f6d1c9e_5a3b_4c2d_9e8f_7a6b5c4d3e2f"}),
    ("an unknown scope", "scope", "node"),
    ("an unknown constraint", "constraint", "CONSTRAINT_X"),
    ("incomplete, and nothing missing", "source.complete", False),
    ("complete, and something missing", "source.missing", ["header"]),
    ("an unknown part", "source", {"kind": "kmsg", "complete": False, "missing": ["stack"]}),
    ("no source", "source", REMOVE),
    ("a kill of nobody", "victim", REMOVE),
    ("a kill with a loss", "lost", 1),
    ("a loss without count", "type", "records_lost"),
    ("nothing lost", "lost", 0),
    ("a miss of a kill", "missed", 1),
    ("eleven candidates", "candidates", [{"pid": 1}] * 11),
    ("an unknown figure of the machine", "memory", {"free": 1}),
    ("an unknown figure of a zone", "memory", {"zones": [{"name": "DMA", "free": 1}]}),
    ("a zone without a name", "memory", {"zones": [{"free_bytes": 1}]}),
    ("an unknown figure of a node", "memory", {"nodes": [{"node": 0, "zones": 1}]}),
    ("a figure that is no number", "memory", {"free_bytes": "1"}),
    ("cut, and it is not", "memory", {"total_bytes": 1, "cut": False}),
    ("a statistic by no name of the kernel's", "limit.stats", {"Anon": 1}),
    ("a hint that is text alone", "verdict", {"hints": ["swap_full: All swap is in use."]}),
    ("a hint without a code", "verdict", {"hints": [{"text": "All swap is in use."}]}),
    ("a hint without a text", "verdict", {"hints": [{"code": "swap_full"}]}),
    ("a hint whose code is a sentence", "verdict", {"hints": [{"code": "All swap", "text": "All swap is in use."}]}),
    ("rank 0", "verdict", {"rank": 0}),
]

INVALID_DIGESTS = [
    ("of nothing", "digest", REMOVE),
    ("of a panic", "digest.of", "oom_panic"),
    ("of one", "digest.count", 1),
    ("of too many", "digest.count", 1001),
    ("without ids", "digest.ids", REMOVE),
    ("with an id twice", "digest.ids", ["0123456789abcdef0123456789abcdef"] * 2),
    ("with the id of something else", "digest.ids", ["0123456789abcdef0123456789abcdef", "x"]),
    ("with too many ids", "digest.ids", [f"{number:032x}" for number in range(1001)]),
    ("with 21 victims", "digest.victims", [{"id": "0123456789abcdef0123456789abcdef"}] * 21),
    ("with a victim of no alert", "digest.victims", [{"pid": 1}]),
    ("with a command line", "digest.victims", [{"id": "0123456789abcdef0123456789abcdef", "cmdline": "x"}]),
    ("with a beginning and no end", "digest.last", REMOVE),
    ("with a victim of its own", "victim", {"pid": 1}),
    ("that calls itself a kill", "type", "oom_no_victim"),
]


def changed(alert, where, value):
    alert = copy.deepcopy(alert)
    *parents, last = where.split(".")
    place = alert
    for key in parents:
        place = place[key]
    if value is REMOVE:
        del place[last]
    else:
        place[last] = value
    return alert


def objects(schema, place=""):
    """Every place in the schema that describes an object with fields of its own."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield place, schema
        for key, value in schema.items():
            yield from objects(value, f"{place}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from objects(value, f"{place}/{index}")


class AlertSchema(unittest.TestCase):
    def test_schema_is_one(self):
        VALIDATOR.check_schema(SCHEMA)

    def test_valid_alerts(self):
        VALIDATOR.validate(KILL)
        for what, alert in VALID.items():
            with self.subTest(what):
                VALIDATOR.validate(alert)

    def test_invalid_alerts(self):
        for what, where, value in INVALID:
            with self.subTest(what):
                self.assertFalse(VALIDATOR.is_valid(changed(KILL, where, value)))

    def test_invalid_digests(self):
        for what, where, value in INVALID_DIGESTS:
            with self.subTest(what):
                self.assertFalse(VALIDATOR.is_valid(changed(DIGEST, where, value)))

    def test_only_the_extension_points_are_open(self):
        # The counters are a part of objects that are closed themselves.
        found = {place for place, schema in objects(SCHEMA)
                 if schema.get("additionalProperties") is not False and schema.get("unevaluatedProperties") is not False
                 and place != "/$defs/counters"}
        self.assertEqual(found, EXTENSION_POINTS)

    def test_every_field_is_described(self):
        for place, schema in objects(SCHEMA):
            for name, field in schema.get("properties", {}).items():
                with self.subTest(f"{place}: {name}"):
                    self.assertTrue(field.get("description", "").strip())

    def test_unit_tests_hand_their_alerts_over(self):
        """tests/runner.py validates what all of them append to the file."""
        with tempfile.TemporaryDirectory() as directory:
            told = pathlib.Path(directory) / "alerts"
            subprocess.run([BUILD / "tests/unit/test_alert"], env={**os.environ, "OOMWATCH_ALERTS": str(told)}, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, check=True, timeout=DEADLINE_SEC)
            self.assertGreater(len(read_alerts(told.read_bytes())), 20)

    def test_every_counter_is_described(self):
        names = set(re.findall(r"^        OOM_COUNTER_([A-Z_]+),", MEMORY_H.read_text(encoding="utf-8"), re.M)) - {"COUNT"}
        expected = {name.lower() + ("" if name == "PAGES_SCANNED" else "_bytes") for name in names}
        self.assertEqual(set(SCHEMA["$defs"]["counters"]["properties"]), expected)


if __name__ == "__main__":
    unittest.main()
