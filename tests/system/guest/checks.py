#!/usr/bin/python3
"""The checks of the system test, inside the machine, as root: installed programs, started by a real systemd.

Each function with @check is one: it raises Failed with the reason, or returns. They run in the order of this file on
one machine, as a day in its life. Prints `ok NAME` or `not ok NAME: why` into $OUT/results.
"""

import json
import os
import pathlib
import re
import signal
import stat
import time
import traceback

from machine import (DEADLINE_SEC, Failed, configure, drop_in, expect, journal, kill_by_kernel, main_pid, run, unit_property,
                     wait_for)
from receivers import ARRIVED, SocketReceiver, WebhookReceiver

WATCHER, COURIER = "oomwatchd.service", "oomwatch-courier.service"
SPOOL = pathlib.Path("/var/lib/oomwatchd/spool")
CHECKS = []


class Day:
    """What the checks share."""

    def __init__(self):
        self.socket = SocketReceiver("/run/receivers/agent.sock")
        self.webhook = WebhookReceiver("/files/server.pem", "/files/server.key")
        self.victims = []  # pids, in the order of the kills

    def kill(self, unit, **options):
        pid = kill_by_kernel(unit, **options)
        self.victims.append(pid)
        return pid


def check(function):
    CHECKS.append(function)
    return function


def journalled(pid):
    return journal("-t", "oomwatchd", f"OOM_VICTIM_PID={pid}")


def alert_of(receiver, pid):
    """Waits until receiver has the alert of pid; returns it."""
    return wait_for(lambda: receiver.of_pid(pid), f"the alert of pid {pid} at {receiver.name}")[0]


def journal_entry_of(pid):
    return wait_for(lambda: journalled(pid), f"the alert of pid {pid} in the journal")[0]


def waiting():
    return sorted(path.stem for path in (SPOOL / "pager").glob("*.json"))


def probe(unit):
    """What probe.py found in the unit's sandbox."""
    return json.loads((SPOOL / f".probe-{unit}").read_text(encoding="ascii"))


def process_status(pid):
    text = pathlib.Path("/proc", str(pid), "status").read_text(encoding="utf-8")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


# --- installed and started ------------------------------------------------------------------------------------------

@check
def install(day):
    """User, directories and catalogue as a package's scripts would make them; configuration beside the shipped one."""
    run("systemd-sysusers")
    run("systemd-tmpfiles", "--create")
    run("journalctl", "--update-catalog")
    configure("10-test", f'''
socket "agent" {{
        path = "/run/receivers/agent.sock"
        type = stream
}}
webhook "pager" {{
        url = "{day.webhook.address}"
        ca_file = "/etc/oomwatchd/ca.pem"
}}
''')
    pathlib.Path("/etc/oomwatchd/ca.pem").write_bytes(pathlib.Path("/files/ca.pem").read_bytes())
    # What modes allow to everyone, so that the probe shows what the sandbox refuses: the disk, and a directory.
    os.mknod("/dev/open-to-all", stat.S_IFBLK, os.stat("/dev/vda").st_rdev)
    os.chmod("/dev/open-to-all", 0o666)
    os.mkdir("/srv/open-to-all")
    os.chmod("/srv/open-to-all", 0o777)
    for unit in (WATCHER, COURIER):
        drop_in(unit, "probe", f"[Service]\nExecStartPost=/usr/bin/python3 /files/probe.py {SPOOL}/.probe-{unit}\n")


@check
def units_have_no_fault(_):
    expect(run("systemd-analyze", "verify", WATCHER, COURIER) == "", "systemd-analyze verify has something to say")


@check
def both_units_start(_):
    run("systemctl", "enable", "--now", WATCHER, COURIER)
    for unit in (WATCHER, COURIER):
        expect(unit_property(unit, "ActiveState") == "active", f"{unit} is {unit_property(unit, 'ActiveState')}")
        drop_in(unit, "probe", None)


@check
def status_is_shown(_):
    for unit in (WATCHER, COURIER):
        shown = run("systemctl", "status", "--no-pager", "--lines=0", "--full", unit)
        expect(re.search(r'^ *Status: "\S.*"$', shown, re.MULTILINE), f"systemctl status shows no Status: {shown}")


# --- the sandbox ----------------------------------------------------------------------------------------------------

@check
def watcher_has_no_capability(_):
    pid = main_pid(WATCHER)
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        status = process_status(f"{pid}/task/{task.name}")
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            expect(int(status[name], 16) == 0, f"{name} of thread {task.name} ({status['Name']}) is {status[name]}")


@check
def courier_has_no_capability(_):
    status = process_status(main_pid(COURIER))
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd"):
        expect(int(status[name], 16) == 0, f"{name} is {status[name]}")


@check
def watcher_has_no_network(_):
    pid = main_pid(WATCHER)
    expect(os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/1/ns/net"), "it is in the machine's network")
    devices = pathlib.Path(f"/proc/{pid}/net/dev").read_text(encoding="ascii")
    expect(re.findall(r"^\s*(\w+):", devices, re.MULTILINE) == ["lo"], f"it has more than lo: {devices}")
    found = probe(WATCHER)
    for family in ("inet", "inet6", "netlink", "packet"):
        expect(found[family] == "EAFNOSUPPORT", f"a socket of {family}: {found[family]}")
    expect(found["unix"] == "ok", f"a Unix socket: {found['unix']}")


@check
def watcher_reads_and_writes_what_it_needs_only(_):
    found = probe(WATCHER)
    for name in ("kernel_log", "vmstat", "other_process", "write_state", "write_spool"):
        expect(found[name] == "ok", f"{name}: {found[name]}")
    expect(found["device"] == "EPERM", f"a device that its mode lets it open: {found['device']}")
    expect(found["write"] == "EROFS", f"a directory that its mode lets it write to: {found['write']}")


@check
def courier_sees_network_and_spool_only(_):
    found = probe(COURIER)
    for name in ("inet", "inet6", "unix", "write_spool"):
        expect(found[name] == "ok", f"{name}: {found[name]}")
    for name in ("netlink", "packet"):
        expect(found[name] == "EAFNOSUPPORT", f"a socket of {name}: {found[name]}")
    for name in ("kernel_log", "device", "vmstat", "other_process"):
        expect(found[name] == "ENOENT", f"{name}: {found[name]}")
    for name in ("write", "write_state"):
        expect(found[name] == "EROFS", f"{name}: {found[name]}")


@check
def both_run_under_seccomp_as_their_user(_):
    for unit in (WATCHER, COURIER):
        status = process_status(main_pid(unit))
        expect(status["Seccomp"] == "2", f"{unit}: Seccomp is {status['Seccomp']}")
        expect(status["NoNewPrivs"] == "1", f"{unit}: NoNewPrivs is {status['NoNewPrivs']}")
        owner = run("stat", "-c", "%U:%G", f"/proc/{main_pid(unit)}").strip()
        expect(owner == "oomwatchd:oomwatchd", f"{unit} runs as {owner}")


@check
def watcher_is_shielded_from_the_want_of_memory(_):
    pid = main_pid(WATCHER)
    adjust = pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text(encoding="ascii").strip()
    expect(adjust == "-1000", f"oom_score_adj is {adjust}")
    expect(process_status(pid)["VmLck"].split()[0] != "0", "it has locked no memory")


# --- a kill ---------------------------------------------------------------------------------------------------------

@check
def kill_is_found_by_journalctl(day):
    pid = day.kill("victim-one.service")
    entry = wait_for(lambda: journal("-t", "oomwatchd", "OOM_VICTIM_UNIT=victim-one.service"),
                     "an entry with OOM_VICTIM_UNIT=victim-one.service")[0]
    expect(entry["OOM_VICTIM_PID"] == str(pid), f"OOM_VICTIM_PID is {entry['OOM_VICTIM_PID']}, not {pid}")
    expect(entry["OOM_SCOPE"] == "memcg", f"OOM_SCOPE is {entry['OOM_SCOPE']}")
    alert = json.loads(entry["OOM_ALERT_JSON"])
    expect(alert["victim"]["unit"] == "victim-one.service", f"the alert's unit is {alert['victim']['unit']}")


@check
def kill_reaches_the_socket(day):
    alert = alert_of(day.socket, day.victims[0])
    expect(alert["victim"]["unit"] == "victim-one.service", f"victim.unit is {alert['victim']['unit']}")


@check
def kill_reaches_the_webhook(day):
    alert = alert_of(day.webhook, day.victims[0])
    expect(alert["victim"]["unit"] == "victim-one.service", f"victim.unit is {alert['victim']['unit']}")


@check
def id_is_the_same_everywhere(day):
    pid = day.victims[0]
    ids = {journal_entry_of(pid)["OOM_EVENT_ID"], alert_of(day.socket, pid)["id"], alert_of(day.webhook, pid)["id"]}
    expect(len(ids) == 1, f"several: {sorted(ids)}")


@check
def unit_name_with_a_dash_is_whole(day):
    r"""systemd writes "-" inside a part of a name as \x2d, and the kernel escapes that backslash once more."""
    pid = day.kill(r"victim-a\x2db.service")
    unit = alert_of(day.socket, pid)["victim"]["unit"]
    expect(unit == r"victim-a\x2db.service", f"victim.unit is {unit}")


@check
def catalogue_explains_the_entry(day):
    entry = journal_entry_of(day.victims[0])
    catalogue = pathlib.Path("/usr/lib/systemd/catalog/oomwatchd.catalog").read_text(encoding="utf-8")
    text = re.search(rf"^-- {entry['MESSAGE_ID']}.*\nSubject: (.*)$", catalogue, re.MULTILINE)
    expect(text, f"no text for MESSAGE_ID {entry['MESSAGE_ID']}")
    shown = run("journalctl", "-x", "--no-pager", "-t", "oomwatchd", f"OOM_EVENT_ID={entry['OOM_EVENT_ID']}",
                env={"LC_ALL": "C.UTF-8"})
    subject = re.search(r"^░░ Subject: (.*)$", shown, re.MULTILINE)
    expect(subject, f"journalctl -x explains nothing: {shown}")
    fixed = max(re.split(r"@\w+@", text.group(1)), key=len).strip()
    expect(fixed in subject.group(1), f"the subject is {subject.group(1)!r}")
    body = catalogue[text.end():].split("\n-- ")[0].splitlines()
    filled = [re.sub(r"@(\w+)@", lambda field: entry.get(field[1], field[1]), line) for line in body if "@OOM_" in line]
    expect(any(f"(pid {day.victims[0]})" in line for line in filled), f"the text has no place for the victim: {body}")
    for line in filled:
        expect(line in shown, f"not explained: {line!r} in {shown}")


@check
def nobody_complained(_):
    """Neither program has warned of anything so far, and systemd of nothing in their units."""
    for unit in (WATCHER, COURIER):
        entries = [entry["MESSAGE"] for entry in journal("-u", unit, "-p", "warning") if "OOM_TYPE" not in entry]
        expect(not entries, f"{unit}: {entries}")


@check
def kill_for_want_of_the_machines_memory_is_reported(day):
    pid = day.kill("victim-global.service", memory_max=None)
    alert = alert_of(day.webhook, pid)
    expect((alert["scope"], alert["severity"]) == ("global", "critical"),
           f"scope {alert['scope']}, severity {alert['severity']}")
    for unit in (WATCHER, COURIER):
        expect(unit_property(unit, "NRestarts") == "0", f"{unit} did not live through it")


# --- reload ---------------------------------------------------------------------------------------------------------

@check
def reload_adds_a_sink(day):
    pid = main_pid(WATCHER)
    day.second = SocketReceiver("/run/receivers/second.sock")
    configure("20-second", 'socket "second" { path = "/run/receivers/second.sock" }\n')
    run("systemctl", "reload", WATCHER)
    wait_for(lambda: day.second.connections, "a connection to the second receiver")
    victim = day.kill("victim-reload.service")
    alert_of(day.second, victim)
    alert_of(day.socket, victim)
    expect(main_pid(WATCHER) == pid, "the watcher was restarted")
    expect(day.socket.connections == 1, "the first receiver was connected to again")


@check
def reload_of_a_broken_file_keeps_the_old_configuration(day):
    pid = main_pid(WATCHER)
    configure("30-broken", 'socket "third" {\n        path = \n')
    run("systemctl", "reload", WATCHER)
    wait_for(lambda: [entry for entry in journal("-u", WATCHER, "-p", "err")
                      if re.search(r"30-broken\.conf:\d+: ", str(entry["MESSAGE"]))], "a message with file and line")
    victim = day.kill("victim-broken.service")
    alert_of(day.second, victim)
    alert_of(day.socket, victim)
    journal_entry_of(victim)
    expect(main_pid(WATCHER) == pid, "the watcher was restarted")
    configure("30-broken", None)
    configure("20-second", None)
    run("systemctl", "reload", WATCHER)


# --- the courier away -----------------------------------------------------------------------------------------------

@check
def alerts_wait_for_the_courier(day):
    run("systemctl", "stop", COURIER)
    for number in range(3):
        victim = day.kill(f"victim-away{number}.service")
        identifier = alert_of(day.socket, victim)["id"]
        wait_for(lambda wanted=identifier: wanted in waiting(), f"{identifier} in the spool")
        expect(not day.webhook.of_pid(victim), "the webhook has it without a courier")
    expect(len(waiting()) == 3, f"the spool holds {waiting()}")


@check
def status_says_that_no_courier_runs(_):
    wait_for(lambda: "courier" in unit_property(WATCHER, "StatusText"), "a STATUS that names the courier")


@check
def courier_delivers_what_waited(day):
    run("systemctl", "start", COURIER)
    victims = day.victims[-3:]
    for victim in victims:
        alert_of(day.webhook, victim)
    order = [alert["victim"]["pid"] for alert in day.webhook.alerts if alert["victim"]["pid"] in victims]
    expect(order == victims, f"order {order}, not {victims}")
    wait_for(lambda: not waiting(), "an empty spool")


# --- stop, watchdog -------------------------------------------------------------------------------------------------

@check
def stop_is_clean_and_quick(_):
    start = time.monotonic()
    run("systemctl", "stop", WATCHER)
    took = time.monotonic() - start
    expect(took < 5, f"it took {took:.1f} s")
    expect(unit_property(WATCHER, "Result") == "success", f"Result is {unit_property(WATCHER, 'Result')}")
    status = unit_property(WATCHER, "ExecMainStatus")
    expect(status == "0", f"the exit status is {status}")


@check
def kill_while_stopped_is_reported_after_the_start(day):
    victim = day.kill("victim-stopped.service")
    run("systemctl", "start", WATCHER)
    alert_of(day.socket, victim)
    journal_entry_of(victim)
    alert_of(day.webhook, victim)


@check
def watchdog_ends_a_stopped_watcher(day):
    drop_in(WATCHER, "watchdog", "[Service]\nWatchdogSec=5s\n")
    run("systemctl", "restart", WATCHER)
    stuck = main_pid(WATCHER)
    os.kill(stuck, signal.SIGSTOP)
    day.kill("victim-watchdog.service")
    wait_for(lambda: unit_property(WATCHER, "NRestarts") == "1" and main_pid(WATCHER) not in (0, stuck),
             "systemd's restart of the watcher")
    wait_for(lambda: unit_property(WATCHER, "ActiveState") == "active", "a watcher that is ready again")
    expect(any("Watchdog timeout" in str(entry["MESSAGE"]) for entry in journal("UNIT=" + WATCHER)),
           "the journal has no watchdog timeout")


@check
def kill_while_stuck_is_reported_after_the_restart(day):
    victim = day.victims[-1]
    alert_of(day.socket, victim)
    journal_entry_of(victim)
    alert_of(day.webhook, victim)


@check
def healthy_watcher_outlives_its_watchdog(_):
    """Two and more intervals of the watchdog without a restart: the watcher does feed it."""
    pid = main_pid(WATCHER)
    for _ in range(4):
        last = unit_property(WATCHER, "WatchdogTimestampMonotonic")
        wait_for(lambda seen=last: unit_property(WATCHER, "WatchdogTimestampMonotonic") != seen,
                 "another sign of life", seconds=10)
    expect(main_pid(WATCHER) == pid, "the watcher was restarted")


@check
def each_kill_was_reported_once(day):
    """The whole day: every victim, through reloads, stops and the watchdog, once at each sink that was always there."""
    wait_for(lambda: not waiting(), "an empty spool")
    for victim in day.victims:
        counts = {"journal": len(journalled(victim)), "socket": len(day.socket.of_pid(victim)),
                  "webhook": len(day.webhook.of_pid(victim))}
        expect(set(counts.values()) == {1}, f"pid {victim}: {counts}")
    others = [alert for alert in day.socket.alerts if alert.get("victim", {}).get("pid") not in day.victims]
    expect(not others, f"alerts of no kill: {[alert['summary'] for alert in others]}")


# --- the same again and again, and what belongs together ---------------------------------------------------------------

def of_limit(receiver, unit):
    """The alerts about the limit of that unit."""
    return [alert for alert in list(receiver.alerts) if alert.get("limit", {}).get("cgroup") == f"/system.slice/{unit}"]


def journalled_of_limit(unit):
    return [json.loads(entry["OOM_ALERT_JSON"]) for entry in journal("-t", "oomwatchd", f"OOM_LIMIT_CGROUP=/system.slice/{unit}")]


@check
def limit_below_the_usage_is_one_incident(day):
    """systemd writes memory.max: a kill, and from 6.12 on a second report that finds nobody."""
    unit = "victim-lowered.service"
    run("systemd-run", f"--unit={unit}", "-p", "MemorySwapMax=0", "-p", "MemoryMax=100M", "python3", "-c",
        "import time; eaten = b'x' * (40 << 20); time.sleep(600)")
    wait_for(lambda: int(unit_property(unit, "MemoryCurrent")) > 40 << 20, "what it eats")
    run("systemctl", "set-property", "--runtime", unit, "MemoryMax=8M")
    wait_for(lambda: of_limit(day.socket, unit), "the alert of the kill")
    pid = day.kill("victim-afterwards.service")
    alert_of(day.socket, pid)  # and so all that was printed before it is read
    alerts = of_limit(day.socket, unit)
    expect([alert["type"] for alert in alerts] == ["oom_kill"], f"{[alert['summary'] for alert in alerts]}")
    expect(alerts[0]["victim"]["unit"] == unit, f"victim.unit is {alerts[0]['victim'].get('unit')}")


def processor_sec(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@check
def storm_without_victims_is_two_alerts(day):
    """A service that may not be killed, at its limit: for as long as it runs the kernel prints reports that nobody may be killed."""
    unit, pid, losses = "victim-storm.service", main_pid(WATCHER), len(journal("-t", "oomwatchd", "OOM_TYPE=records_lost"))
    began, used = time.monotonic(), processor_sec(pid)
    run("systemd-run", f"--unit={unit}", "-p", "MemorySwapMax=0", "-p", "MemoryMax=8M", "-p", "OOMScoreAdjust=-1000", "python3", "-c",
        "eaten = [b'x' * (1 << 20) for _ in range(600)]")
    wait_for(lambda: of_limit(day.socket, unit), "the alert of its beginning")
    first_sec = time.monotonic() - began
    victim = day.kill("victim-meanwhile.service")
    killed = time.monotonic()
    alert_of(day.socket, victim)
    told_sec = time.monotonic() - killed
    expect(told_sec < 5, f"the alert of another kill took {told_sec:.1f} s")
    time.sleep(max(0, began + 15 - time.monotonic()))  # what is measured is a storm of 15 s
    while_it_lasts = len(of_limit(day.socket, unit))
    share = (processor_sec(pid) - used) / (time.monotonic() - began)
    run("systemctl", "kill", "--signal=KILL", unit)
    wait_for(lambda: len(of_limit(day.socket, unit)) == 2, "the alert of its end", seconds=2 * DEADLINE_SEC)
    first, last = of_limit(day.socket, unit)
    print(f"storm: {last['recurrence']}, {100 * share:.1f} % of a processor; first alert after {first_sec:.1f} s, another kill's after "
          f"{told_sec:.1f} s", flush=True)
    expect(while_it_lasts == 1, f"{while_it_lasts} alerts while it lasts")
    expect(share < 0.1, f"it took {100 * share:.1f} % of a processor")
    expect(last["recurrence"]["previous"] == first["id"] and last["recurrence"]["count"] > 10, f"{last['recurrence']}")
    expect(first["limit"]["unit"] == unit, f"limit.unit is {first['limit'].get('unit')}")
    # journald itself reads all those records
    wait_for(lambda: len(journalled_of_limit(unit)) == 2, "both alerts in the journal", seconds=4 * DEADLINE_SEC)
    lost = journal("-t", "oomwatchd", "OOM_TYPE=records_lost")[losses:]
    print(f"storm: lost {[json.loads(entry['OOM_ALERT_JSON'])['lost'] for entry in lost]}", flush=True)
    expect(len(lost) <= 1, f"{len(lost)} alerts of lost records")
    expect(not [entry for entry in journal("-u", WATCHER) if "records of the kernel log were lost" in str(entry["MESSAGE"])],
           "the loss is said beside its alert")


def main():
    out = pathlib.Path(os.environ["OUT"])
    day = Day()
    failures = 0
    with open(out / "results", "w", encoding="utf-8", buffering=1) as results:
        for function in CHECKS:
            start = time.monotonic()
            try:
                function(day)
                verdict = f"ok {function.__name__}"
            except Failed as failed:
                verdict = f"not ok {function.__name__}: " + " ".join(str(failed).split())
            except Exception as error:  # pylint: disable=broad-except
                verdict = f"not ok {function.__name__}: {error!r}"
                traceback.print_exc()
            failures += verdict.startswith("not")
            results.write(verdict + "\n")
            print(f"{verdict} ({time.monotonic() - start:.1f} s)", flush=True)
    (out / "journal").write_text(run("journalctl", "-b", "--no-pager"), encoding="utf-8")
    # whatever reached anyone, an alert per line: run.sh validates them
    journalled_alerts = [entry["OOM_ALERT_JSON"].encode() for entry in journal("-t", "oomwatchd") if "OOM_TYPE" in entry]
    (out / "alerts.json").write_bytes(b"".join(alert.rstrip(b"\n") + b"\n" for alert in [*ARRIVED, *journalled_alerts]))
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
