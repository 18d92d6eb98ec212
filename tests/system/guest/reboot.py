#!/usr/bin/python3
"""What a reboot and a panic do to alerts that no receiver has yet: nothing. Inside the machine, as root, on a disk that is kept.

It is started at each of three boots; how far it is stands on the disk. The first ends by a reboot as soon as the last victim is dead, the
second by a panic as soon as the alert of its kill is spooled, the third has a receiver, and hands the results back in $OUT/results.
"""

import json
import os
import pathlib
import time

from machine import Failed, configure, drop_in, expect, kill_by_kernel, run, unit_property, wait_for
from receivers import ARRIVED, WebhookReceiver

WATCHER, COURIER = "oomwatchd.service", "oomwatch-courier.service"
SPOOL = pathlib.Path("/var/lib/oomwatchd/spool/pager")
NOTES = pathlib.Path("/var/lib/reboot-notes.json")
KILLS = {1: 3, 2: 2}  # by the boot in which they are made


def webhook(address):
    configure("10-reboot", f'webhook "pager" {{ url = "{address}" ca_file = "/etc/oomwatchd/ca.pem" }}\n')


def spooled():
    """{pid of the victim: id} of what waits for the receiver."""
    alerts = [json.loads(path.read_bytes()) for path in SPOOL.glob("*.json")]
    return {alert["victim"]["pid"]: alert["id"] for alert in alerts if alert["type"] == "oom_kill"}


def write_notes(notes):
    """Durable before this returns: the machine is about to end. A pid may come again after a boot: it is kept with the boot."""
    temporary = NOTES.with_suffix(".new")
    with open(temporary, "w", encoding="ascii") as file:
        json.dump(notes, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, NOTES)
    os.sync()


def units_are_active():
    for unit in (WATCHER, COURIER):
        wait_for(lambda unit=unit: unit_property(unit, "ActiveState") == "active", f"{unit} active")


def first_boot():
    run("systemd-sysusers")
    run("systemd-tmpfiles", "--create")
    pathlib.Path("/etc/oomwatchd/ca.pem").write_bytes(pathlib.Path("/files/ca.pem").read_bytes())
    webhook("https://localhost:1/nobody-listens")
    run("systemctl", "enable", "--now", WATCHER, COURIER)
    units_are_active()
    pids = [kill_by_kernel(f"victim-{number}.service") for number in range(KILLS[1])]
    write_notes({"pids": {"1": pids}})
    # The end of this script ends the machine by force otherwise, before the watcher has stopped.
    drop_in("vmrun.service", "reboot", "[Unit]\nSuccessAction=none\nFailureAction=none\n")
    run("systemctl", "--no-block", "reboot")
    time.sleep(600)  # for the reboot


def second_boot(notes):
    units_are_active()
    notes["after_reboot"] = spooled()
    pids = [kill_by_kernel(f"victim-again-{number}.service") for number in range(KILLS[2])]
    notes["pids"]["2"] = pids
    write_notes(notes)
    # Reading the spool costs no time that the cursor would need: the last alert has just come.
    wait_for(lambda: set(pids) <= set(spooled()), "alerts of both in the spool")
    pathlib.Path("/proc/sysrq-trigger").write_text("c", encoding="ascii")


def third_boot(notes):
    units_are_active()
    receiver = WebhookReceiver("/files/server.pem", "/files/server.key")
    webhook(receiver.address)
    run("systemctl", "reload", COURIER)

    def after_a_reboot_every_kill_is_in_the_spool():
        expect(set(map(str, notes["pids"]["1"])) == set(notes["after_reboot"]), f"of {notes['pids']['1']} the spool has {notes['after_reboot']}")

    def after_a_panic_the_receiver_gets_every_kill_once():
        expected = sorted(pid for pids in notes["pids"].values() for pid in pids)
        wait_for(lambda: not list(SPOOL.glob("*.json")), "an empty spool")
        arrived = [alert["victim"]["pid"] for alert in receiver.alerts if alert["type"] == "oom_kill"]
        expect(sorted(arrived) == expected, f"killed {expected}, the receiver has {sorted(arrived)}")
        print(f"{len(arrived)} kills of two boots, {len(set(alert['id'] for alert in receiver.alerts))} ids", flush=True)

    return after_a_reboot_every_kill_is_in_the_spool, after_a_panic_the_receiver_gets_every_kill_once


def main():
    if not NOTES.exists():
        return first_boot()
    notes = json.loads(NOTES.read_text(encoding="ascii"))
    if "after_reboot" not in notes:
        return second_boot(notes)
    out = pathlib.Path(os.environ["OUT"])
    failures = 0
    with open(out / "results", "w", encoding="utf-8", buffering=1) as results:
        for function in third_boot(notes):
            try:
                function()
                verdict = f"ok {function.__name__}"
            except Failed as failed:
                verdict = f"not ok {function.__name__}: " + " ".join(str(failed).split())
            failures += verdict.startswith("not")
            results.write(verdict + "\n")
            print(verdict, flush=True)
    (out / "alerts.json").write_bytes(b"".join(alert.rstrip(b"\n") + b"\n" for alert in ARRIVED))
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
