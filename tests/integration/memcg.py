"""Throw-away memory cgroups (v1 or v2, whichever the machine has) and real OOM kills in them."""

import os
import pathlib
import signal
import subprocess
import tempfile

from testbed import BUILD, DEADLINE_SEC

MIB = 1024 * 1024


def _mounts(kind):
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, where, fstype, options, *_ = line.split()
        if fstype == kind:
            yield pathlib.Path(where), options.split(",")


def _place():
    """(version, mount, path below it) of where a memory cgroup may be made."""
    own = [line.split(":", 2) for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines()]
    for _, controllers, path in own:
        if "memory" in controllers.split(","):
            mount = next(where for where, options in _mounts("cgroup") if "memory" in options)
            return 1, mount, path if (mount / path.lstrip("/")).is_dir() else "/"
    mount = next((where for where, _ in _mounts("cgroup2")), None)
    if mount is None:
        return None
    # v2: processes live in leaves, so the nearest ancestor that hands the memory controller down
    path = next(path for _, controllers, path in own if not controllers)
    while path != "/" and "memory" not in (mount / path.lstrip("/") / "cgroup.subtree_control").read_text().split():
        path = os.path.dirname(path)
    if path == "/":
        (mount / "cgroup.subtree_control").write_text("+memory")
    return 2, mount, path


def why_not():
    """Why no kill can be made here; None: it can."""
    if os.geteuid() != 0:
        return "only root can make a memory cgroup"
    try:
        if _place() is None:
            return "no cgroup file system with a memory controller is mounted"
    except OSError as error:
        return f"no memory cgroup can be made: {error}"
    return None


class Memcg:
    """A memory cgroup with a limit; as a context manager it is removed at the end. name: bytes, unique by a suffix unless exact."""

    def __init__(self, limit=8 * MIB, name=b"oomwatchd-test", parent=None):
        if parent is None:
            self.version, mount, path = _place()
            self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{os.fsdecode(name)}-", dir=mount / path.lstrip("/")))
            self.path = f"{path.rstrip('/')}/{self.directory.name}"
        else:
            self.version = parent.version
            self.directory = parent.directory / os.fsdecode(name)
            self.directory.mkdir()
            self.path = f"{parent.path}/{os.fsdecode(name)}"
        if limit is None:
            if self.version == 2:
                (self.directory / "cgroup.subtree_control").write_text("+memory")
            return
        for file, value in ((("memory.limit_in_bytes", limit), ("memory.memsw.limit_in_bytes", limit)) if self.version == 1
                            else (("memory.max", limit), ("memory.swap.max", 0))):
            if (self.directory / file).exists():
                (self.directory / file).write_text(str(value))

    @property
    def path_bytes(self):
        return os.fsencode(self.path)

    def start(self, comm=None):
        """Starts a process that will be killed; its pid is that of the victim."""
        command = [BUILD / "tests/tools/hog", self.directory / "cgroup.procs"]
        # The sanitizers' shadow memory is none of the victim's business, and they must not answer for SIGKILL.
        return subprocess.Popen(command + ([comm.hex()] if comm is not None else []), stdin=subprocess.DEVNULL)

    def hold(self, mebibytes, oom_score_adj=0, comm=b"hog"):
        """Starts a process that has touched so much memory when this returns; grow() makes it touch more."""
        process = subprocess.Popen([BUILD / "tests/tools/hog", self.directory / "cgroup.procs", comm.hex(), str(mebibytes)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            pathlib.Path(f"/proc/{process.pid}/oom_score_adj").write_text(str(oom_score_adj))
            if process.stdout.read(1) != b".":
                raise AssertionError(f"{mebibytes} MiB could not be held: status {process.wait()}")
        except BaseException:
            self.release(process)
            raise
        return process

    @staticmethod
    def grow(process):
        """Makes a process of hold() touch 16 MiB more. Does not wait for it."""
        process.stdin.write(b".")
        process.stdin.flush()

    @staticmethod
    def release(process):
        """Ends a process of hold(), if it has not ended yet."""
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()

    def kill(self, comm=None):
        """Makes one OOM kill, waits for the victim's end, and returns its pid."""
        process = self.start(comm)
        status = process.wait(timeout=DEADLINE_SEC)
        if status != -9:
            raise AssertionError(f"the victim was not killed: status {status}")
        return process.pid

    def remove(self):
        self.directory.rmdir()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.remove()


class Storm:
    """While it lasts, as a context, the kernel reports again and again that nobody may be killed in a cgroup, which has no other process."""

    def __init__(self, group, pause_usec):
        self.group = group
        self.process = subprocess.Popen([BUILD / "tests/tools/storm", group.directory / "cgroup.procs", str(pause_usec)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def end(self):
        """Returns how many reports there were: at least so many."""
        while self.process.poll() is None:
            for pid in (self.group.directory / "cgroup.procs").read_text().split():
                os.kill(int(pid), signal.SIGKILL)
            try:
                self.process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                pass  # it has not entered the cgroup yet
        printed = self.process.stdout.read()
        self.process.stdout.close()
        return int(printed)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if not self.process.stdout.closed:
            self.end()
