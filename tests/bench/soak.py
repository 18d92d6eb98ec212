#!/usr/bin/python3
"""Incidents without end through all sinks: are memory and descriptors of watcher and courier at the end what they were after the first
thousand? No test: figures of README.md.

usage: tests/bench/soak.py BUILD [INCIDENTS]        default: 1,000,000

BUILD: a build directory (preset bench, or dev, which is several times as slow). The incidents are kill lines that the watcher reads from
a pipe, a thousand at a time; the next thousand comes when the webhook has the one before. As root, for a journald of its own."""

import multiprocessing
import os
import pathlib
import socketserver
import subprocess
import sys
import tempfile
import time

os.environ["OOMWATCH_BUILD"] = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/bench")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from alert_reader import kill_record  # noqa: E402
from journald import Journald  # noqa: E402
from testbed import BUILD, wait_until  # noqa: E402

BATCH = 1000
NAMES = ("nginx", "postgres", "java", "node", "php-fpm", "redis-server", "chrome", "make")


class Counting(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Answers each POST with 204, and counts them. A whole HTTP server is too slow for a million."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, count):
        self.count = count
        super().__init__(("127.0.0.1", 0), None)

    def finish_request(self, request, client_address):
        with request.makefile("rb") as stream:
            while line := stream.readline():
                length = 0
                while line not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                    line = stream.readline()
                stream.read(length)
                with self.count.get_lock():
                    self.count.value += 1
                request.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


class Lines(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Counts lines on a Unix socket."""

    daemon_threads = True

    def __init__(self, path, count):
        self.count = count
        super().__init__(path, None)

    def finish_request(self, request, client_address):
        while data := request.recv(1 << 20):
            with self.count.get_lock():
                self.count.value += data.count(b"\n")


def serve(make):
    """Runs the server in a process of its own, which ends with this one. Returns its address."""
    server = make()
    multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True).start()
    return server.server_address


def state(pid):
    """(resident KiB, descriptors)"""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]), len(os.listdir(f"/proc/{pid}/fd"))
    raise AssertionError(f"process {pid} has ended")


def show(done, seconds, processes):
    print(f"{done:8} incidents, {done / seconds:6.0f} a second: "
          + ", ".join("{}: {} KiB resident, {} descriptors".format(name, *state(process.pid)) for name, process in processes.items()), flush=True)


def soak(directory, journald, port, posts, lines, incidents):
    config = directory / "oomwatchd.conf"
    config.write_text(f'journal {{ enabled = true }}\nspool {{ path = "{directory}/spool" }}\n'
                      f'socket "agent" {{ path = "{directory}/socket" }}\n'
                      f'webhook "pager" {{ url = "http://127.0.0.1:{port}/" }}\n')
    os.mkfifo(directory / "kmsg")
    with open(directory / "out", "wb") as out:
        watcher = journald.popen([BUILD / "oomwatchd", "-c", config, "--kmsg", directory / "kmsg", "--stdout", "json"], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE)
        counter = subprocess.Popen(["wc", "-l"], stdin=watcher.stdout, stdout=out)
    watcher.stdout.close()
    courier = subprocess.Popen([BUILD / "oomwatch-courier", "-c", config], stdin=subprocess.DEVNULL)
    processes = {"oomwatchd": watcher, "oomwatch-courier": courier}
    started = time.monotonic()
    with open(directory / "kmsg", "w", encoding="ascii") as kmsg:
        for done in range(0, incidents, BATCH):
            kmsg.writelines(kill_record(number, NAMES[number % len(NAMES)]) for number in range(done, done + BATCH))
            kmsg.flush()
            wait_until(lambda: posts.value >= done + BATCH and lines.value >= done + BATCH, lambda: f"{posts.value} POSTs, {lines.value} lines")
            if done == 0 or (done + BATCH) % (incidents // 10) == 0:
                show(done + BATCH, time.monotonic() - started, processes)
    status = watcher.wait()
    counter.wait()
    courier.terminate()
    printed = int((directory / "out").read_text(encoding="ascii"))
    print(f"exit statuses {status} and {courier.wait()}; {posts.value} POSTs, {lines.value} lines by the socket, {printed} on standard output")


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    incidents = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    posts, lines = multiprocessing.Value("L", 0), multiprocessing.Value("L", 0)
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a disk takes some 200 spool files a second
    with tempfile.TemporaryDirectory(prefix="oomwatchd-soak-", dir=memory) as directory:
        _, port = serve(lambda: Counting(posts))
        serve(lambda: Lines(f"{directory}/socket", lines))
        with Journald() as journald:
            soak(pathlib.Path(directory), journald, port, posts, lines, incidents)
    return 0


if __name__ == "__main__":
    sys.exit(main())
