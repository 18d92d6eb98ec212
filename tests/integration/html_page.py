"""Pages of `oomwatch scan --format html` for tests, and what a browser sees of them (tests/integration/html/page_check.cjs)."""

import datetime
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from testbed import BUILD, CORPUS, TOP

HTML = TOP / "tests" / "integration" / "html"
CASES = CORPUS / "cases"
TIMEOUT_SEC = 300


def find_browser():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    raise unittest.SkipTest("no chromium")


def node_modules():
    """The directory of what package-lock.json says, installed into the build directory once."""
    for name in ("node", "npm"):
        if not shutil.which(name):
            raise unittest.SkipTest(f"no {name}")
    place = BUILD / "tests" / "html"
    lock = (HTML / "package-lock.json").read_bytes()
    stamp = place / "installed"
    if not stamp.exists() or stamp.read_bytes() != lock:
        place.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HTML / name, place)
        installed = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=place, check=False,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT_SEC)
        if installed.returncode != 0:
            raise unittest.SkipTest(f"npm ci: {installed.stdout.decode(errors='replace').strip()[-300:]}")
        stamp.write_bytes(lock)
    return place / "node_modules"


def scan(arguments, **more):
    """Runs oomwatch scan. Returns (status, stdout as bytes); what it complains of is a failure, but where it found nothing."""
    done = subprocess.run([BUILD / "oomwatch", "scan", *map(str, arguments)], check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT_SEC,
                          env={**os.environ, "TZ": "UTC", **more})
    if done.stderr or done.returncode not in (0, 1):
        raise AssertionError(f"oomwatch scan: status {done.returncode}: {done.stderr.decode(errors='replace')[:1000]}")
    return done.returncode, done.stdout


def log_of(record_file, start_sec, host):
    """The records of a file of the corpus, as rsyslog writes them with ISO times, as bytes."""
    lines = []
    for line in record_file.read_bytes().splitlines():
        match = re.match(rb"\d+,\d+,(\d+),[^;]*;(.*)$", line)
        if match:
            usec = int(match[1])
            seconds = start_sec + usec // 1000000
            stamp = iso_time(seconds)
            text = re.sub(rb"\\x([0-9a-f]{2})", as_rsyslog, match[2])
            lines.append(f"{stamp}.{usec % 1000000:06d}+00:00 {host} kernel: ".encode() + text)
    return b"\n".join(lines) + b"\n"


def as_rsyslog(escape):
    byte = int(escape[1], 16)
    return b"#%03o" % byte if byte < 0x20 or byte == 0x7f else bytes([byte])


def iso_time(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def check_page(page, directory=None):
    """What the browser saw of a page. With a directory: all ways to look at it, and screenshots are kept there."""
    command = ["node", str(HTML / "page_check.cjs"), find_browser(), str(page)] + ([str(directory)] if directory else [])
    # A home of its own: chromium writes there.
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=TIMEOUT_SEC, env=dict(os.environ, NODE_PATH=str(node_modules()), HOME=home))
    if done.returncode != 0:
        raise AssertionError(f"page_check.cjs: {done.stderr.decode(errors='replace')[-2000:]}")
    return json.loads(done.stdout)
