"""What the checks ask of the machine and do to it: units, the journal, victims, waiting."""

import json
import os
import pathlib
import subprocess
import time

DEADLINE_SEC = 60  # under TCG a service start alone takes seconds
VICTIMS = pathlib.Path("/run/victims")


class Failed(Exception):
    """A check's finding, in words."""


def expect(condition, why):
    if not condition:
        raise Failed(why)


def run(*command, env=None):
    """Runs command to its end, which must be a success; returns what it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                          env={**os.environ, **(env or {})}, check=False)
    expect(done.returncode == 0, f"{' '.join(command)}: exit status {done.returncode}: {done.stdout.strip()}")
    return done.stdout


def wait_for(condition, what, seconds=DEADLINE_SEC):
    """Waits until condition() gives something true; returns that."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        expect(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.05)  # the interval of asking; the condition decides


def unit_property(unit, name):
    return run("systemctl", "show", "--value", "-p", name, unit).strip()


def main_pid(unit):
    return int(unit_property(unit, "MainPID"))


def journal(*matches):
    """Entries of this boot as dictionaries, oldest first."""
    done = subprocess.run(["journalctl", "-b", "-o", "json", "--all", "--no-pager", *matches],
                          stdout=subprocess.PIPE, text=True, timeout=120, check=False)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def drop_in(unit, name, text):
    """Writes a drop-in of a unit; text None removes it. Takes effect at the unit's next start."""
    path = pathlib.Path("/run/systemd/system", f"{unit}.d", f"{name}.conf")
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    run("systemctl", "daemon-reload")


def configure(name, text):
    """Writes a configuration drop-in; text None removes it."""
    path = pathlib.Path("/etc/oomwatchd/oomwatchd.conf.d", f"{name}.conf")
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def kill_by_kernel(unit, memory_max="32M"):
    """Has the kernel kill a process in the service unit, for memory_max or (None) for the whole machine's memory.
    Returns the victim's pid when systemd has seen it die."""
    VICTIMS.mkdir(exist_ok=True)
    pid_file = VICTIMS / unit
    limit = ["-p", f"MemoryMax={memory_max}"] if memory_max else []
    run("systemd-run", f"--unit={unit}", "-p", "MemorySwapMax=0", *limit, "python3", "/files/eat.py", str(pid_file))
    # Before it gives up, the kernel drops the page cache over and over: on an emulated disk that takes its time.
    wait_for(lambda: unit_property(unit, "Result") == "oom-kill", f"the kernel's kill in {unit}",
             seconds=DEADLINE_SEC if memory_max else 4 * DEADLINE_SEC)
    return int(pid_file.read_text(encoding="ascii"))
