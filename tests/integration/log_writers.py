"""Programs that write logs, where they find another kernel's records: in a private mount namespace, with pipes in the place of
/dev/kmsg and /proc/kmsg. Debian's packages, unpacked (tests/tools/unpack.sh) and never installed.

    with Machine(records, package("rsyslog")) as machine:
        writer = machine.start(["rsyslogd", "-n", ...])

Nothing of the real machine's kernel log can be read inside: its files are covered, and the right to call syslog(2) is given away."""

import fcntl
import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from testbed import DEADLINE_SEC, TOP, wait_until

UNPACKED = TOP / "build" / "writers"
KLOG_READ_BYTES = 900
PIPE_BYTES = 1 << 20  # as much as one may have: room for 256 records, one in a page

SETUP = r"""
set -e
mount --make-rprivate /
cd "$1"
[ -z "$2" ] || mount -t overlay -o lowerdir="$2/usr:/usr" overlay /usr
mount -t tmpfs -o mode=0755 tmpfs dev
for name in null zero full random urandom; do
    : >dev/$name
    mount --bind /dev/$name dev/$name
done
: >dev/kmsg
mount --bind kmsg dev/kmsg
mount --bind klog /proc/kmsg
mount --rbind dev /dev
mount -t tmpfs -o mode=0755 tmpfs /run
echo ready
exec cat >/dev/null
"""

RECORD = re.compile(rb"(\d+),\d+,(\d+),[^;]*;(.*)", re.DOTALL)


def unescape(text):
    return re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), text)


def records_of(kmsg):
    """A file of records: each with its further lines."""
    return re.findall(rb"[^ ].*\n(?: .*\n)*", kmsg)


def as_klog(record):
    """As syslog(2) and /proc/kmsg give it, in lines: each with level and time."""
    priority, usec, text = RECORD.fullmatch(record.split(b"\n")[0]).groups()
    sec, usec = divmod(int(usec), 1000000)
    return [b"<%s>[%5d.%06d] %s\n" % (priority, sec, usec, line) for line in unescape(text).split(b"\n")]


def reads_of(lines):
    """What /proc/kmsg gives to reads of short buffers: so many whole lines as there is room for."""
    reads = [b""]
    for line in lines:
        if reads[-1] and len(reads[-1]) + len(line) > KLOG_READ_BYTES:
            reads.append(b"")
        reads[-1] += line
    return reads


@functools.lru_cache(maxsize=None)
def why_no_namespace():
    if os.geteuid() != 0:
        return "only root can make a mount namespace"
    for tool in ("unshare", "nsenter", "setpriv", "mount"):
        if not shutil.which(tool):
            return f"{tool} is missing"
    done = subprocess.run(["unshare", "--mount", "--ipc", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"no mount namespace can be made: {done.stderr.strip()}"
    with tempfile.TemporaryDirectory() as directory:
        try:
            os.close(pipe_of(pathlib.Path(directory, "pipe"), []))
        except OSError as error:
            return f"a named pipe keeps no packets apart: {error}"
    return None


@functools.lru_cache(maxsize=None)
def unpack(name):
    """(directory, why there is none)"""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return None, "this isn't Debian"
    done = subprocess.run([TOP / "tests" / "tools" / "unpack.sh", name, UNPACKED / name], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="replace", check=False)
    if done.returncode != 0:
        return None, f"the package {name} can't be had: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return UNPACKED / name, None


def package(name):
    """The directory of its files; skips the test where it can't be had."""
    why = why_no_namespace()
    if why:
        raise unittest.SkipTest(why)
    directory, why = unpack(name)
    if why:
        raise unittest.SkipTest(why)
    return directory


def pipe_of(path, records):
    """Makes a named pipe that holds records; one read takes one, as of the kernel's own files. Returns it open."""
    os.mkfifo(path, 0o600)
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.fcntl(pipe, fcntl.F_SETFL, os.O_DIRECT | os.O_NONBLOCK)
        if records:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        for record in records:
            os.write(pipe, record)
    except OSError:
        os.close(pipe)
        raise
    return pipe


class Machine:
    """kmsg: the records; root: what unpack() gave, or None for what is installed. Which of the two files has the records in it: source,
    "kmsg" or "klog"."""

    def __init__(self, kmsg, root, source):
        why = why_no_namespace()
        if why:
            raise unittest.SkipTest(why)
        self._records = records_of(kmsg)
        if source == "klog":
            self._records = reads_of([line for record in self._records for line in as_klog(record)])
        self._root = root
        self._source = source
        self._running = []
        self._pipes = []

    def __enter__(self):
        self._scratch = tempfile.TemporaryDirectory(prefix="log_writers.")
        self.directory = pathlib.Path(self._scratch.name)
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self):
        (self.directory / "dev").mkdir()
        for name in ("kmsg", "klog"):
            self._pipes.append(pipe_of(self.directory / name, self._records if name == self._source else []))
        self._namespace = subprocess.Popen(["unshare", "--mount", "--ipc", "sh", "-c", SETUP, "sh", self.directory, self._root or ""],
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._running.append(self._namespace)
        if self._namespace.stdout.readline() != b"ready\n":
            raise unittest.SkipTest(f"no namespace with other kernel logs: {self._namespace.communicate()[1].decode(errors='replace').strip()}")

    def __exit__(self, *_):
        for process in reversed(self._running):
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()
        for pipe in self._pipes:
            os.close(pipe)
        self._scratch.cleanup()

    def command(self, command):
        return ["nsenter", "--mount", "--ipc", "--target", str(self._namespace.pid), "setpriv", "--bounding-set=-syslog,-sys_admin",
                "env", "LC_ALL=C.UTF-8", "TZ=UTC", *command]

    def start(self, command, **options):
        log = open(self.directory / f"stderr.{len(self._running)}", "wb")  # pylint: disable=consider-using-with
        with log:
            process = subprocess.Popen(self.command(command), **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **options})
        self._running.append(process)
        return process

    def run(self, command):
        done = subprocess.run(self.command(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_SEC, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def path(self, path):
        """Of a file inside, as it is seen from outside."""
        return pathlib.Path(f"/proc/{self._namespace.pid}/root{path}")

    def complaints(self):
        return "\n".join(path.read_text(errors="replace") for path in self.directory.glob("stderr.*"))

    def wait_for(self, condition, what):
        for process in self._running[1:]:
            if process.poll() not in (None, 0):
                raise AssertionError(f"{process.args} ended with {process.returncode}: {self.complaints()}")
        try:
            return wait_until(condition, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.complaints()}") from None
