"""Runs inside a unit's sandbox (ExecStartPost=) and writes what it can do there, as JSON, to the file named."""

import errno
import json
import os
import socket
import sys


def attempt(function, *arguments):
    """"ok", or the name of the error."""
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"


def write(path):
    """Under a name of this unit's own: the other's probe may run at the same time."""
    path = f"{path}-{os.path.basename(sys.argv[1])}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    os.unlink(path)


def read(path):
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))


def kernel_log():
    """An open alone is refused without CAP_SYSLOG where kernel.dmesg_restrict=1."""
    read("/dev/kmsg")


FOUND = {
    "inet": attempt(socket.socket, socket.AF_INET, socket.SOCK_STREAM),
    "inet6": attempt(socket.socket, socket.AF_INET6, socket.SOCK_STREAM),
    "netlink": attempt(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW),
    "packet": attempt(socket.socket, socket.AF_PACKET, socket.SOCK_RAW),
    "unix": attempt(socket.socket, socket.AF_UNIX, socket.SOCK_STREAM),
    "kernel_log": attempt(kernel_log),
    "device": attempt(read, "/dev/open-to-all"),
    "write": attempt(write, "/srv/open-to-all/probe"),
    "write_state": attempt(write, "/var/lib/oomwatchd/probe"),
    "write_spool": attempt(write, "/var/lib/oomwatchd/spool/.tmp-probe"),
    "other_process": attempt(os.stat, "/proc/1/cgroup"),
    "vmstat": attempt(read, "/proc/vmstat"),
    "uid": os.getuid(),
}
with open(sys.argv[1], "w", encoding="ascii") as file:
    json.dump(FOUND, file)
