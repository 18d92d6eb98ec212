#!/usr/bin/python3
"""Real OOM kills of the running kernel, read from the real /dev/kmsg by the real daemon."""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from alert_reader import read_alert
import memcg
import watcher
from journald import Journald, text
from testbed import BUILD, DEADLINE_SEC, wait_until
from watcher import SocketReceiver, Watcher, kernel_count

DEVKMSG = pathlib.Path("/proc/sys/kernel/printk_devkmsg")


def write_kmsg(*texts):
    for text in texts:
        fd = os.open("/dev/kmsg", os.O_WRONLY)
        try:
            os.write(fd, text)
        finally:
            os.close(fd)


FLOODS, FLOOD_KILLS = (10, 200) if os.environ.get("OOMWATCH_LONG") else (1, 40)


class DevkmsgOn:
    """Lifts the rate limit of writes to /dev/kmsg, and puts it back."""

    def __enter__(self):
        self.before = DEVKMSG.read_text()
        DEVKMSG.write_text("on\n")

    def __exit__(self, *exception):
        DEVKMSG.write_text(self.before)


class Flood:
    """Records of user space in the kernel log, so many in a second, while it lasts."""

    def __init__(self, rate):
        self.rate = rate

    def __enter__(self):
        self.process = subprocess.Popen([watcher.BUILD / "tests/tools/flood", str(self.rate)], stdin=subprocess.PIPE)
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        if self.process.wait(timeout=DEADLINE_SEC) != 0:
            raise AssertionError(f"the flood ended with {self.process.returncode}")


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestLive(unittest.TestCase):
    def check_ids(self, alerts):
        self.assertEqual(len({alert["id"] for alert in alerts}), len(alerts), "an id is of one alert")

    def test_kill_is_told_with_owner_and_reason(self):
        with Watcher(arguments=["--from", "now"]) as daemon, memcg.Memcg() as group:
            wait_for_header_budget(daemon)
            pid = group.kill()
            (alert,) = daemon.wait_for(pid)
            self.assertEqual(alert["type"], "oom_kill")
            self.assertEqual(alert["scope"], "memcg")
            self.assertEqual(alert["severity"], "error")
            self.assertEqual(alert["victim"]["comm"], "hog")
            self.assertEqual(alert["victim"]["cgroup"], group.path)
            self.assertEqual(alert["victim"]["uid"], 0)
            self.assertEqual(alert["victim"]["user"], "root")
            self.assertEqual(alert["limit"]["cgroup"], group.path)
            self.assertEqual(alert["trigger"]["pid"], pid)
            self.assertEqual(alert["time_source"], "arrival")
            self.assertEqual(alert["host"]["boot_id"], pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", ""))
            self.assertEqual(alert["host"]["kernel"], os.uname().release)
            self.assertEqual(daemon.stop(), 0)

    def test_each_sink_gets_as_much_of_the_command_line_as_it_may(self):
        webhooks = ('webhook "program" { url = "https://localhost:1/" }\nwebhook "none" { url = "https://localhost:1/" cmdline = none }\n'
                    'webhook "full" { url = "https://localhost:1/" cmdline = full }\nprivacy { redact = {"/sys/fs/cgroup/*.procs"} }\n')
        with Watcher(webhooks, ["--from", "now"]) as daemon, memcg.Memcg() as group:
            for _ in range(200):  # the memory that holds the arguments is often gone when the kill line is read
                (alert,) = daemon.wait_for(group.kill())
                if "cmdline" in alert["victim"]:
                    break
            else:
                self.skipTest("no command line could be read in 200 kills")
            shown = {}
            for name in ("program", "none", "full"):
                path = daemon.directory / "spool" / name / f"{alert['id']}.json"
                wait_until(path.exists, f"{path}")
                shown[name] = read_alert(path.read_text())["victim"].get("cmdline")
            hog = str(BUILD / "tests/tools/hog")
            self.assertEqual(alert["victim"]["cmdline"], f"{hog} /sys/fs/cgroup/***.procs")
            self.assertEqual(shown, {"full": f"{hog} /sys/fs/cgroup/***.procs", "program": hog, "none": None})
            self.assertEqual(daemon.stop(), 0)

    def test_clock_of_the_log_may_be_far_from_the_monotonic(self):
        # A time namespace does at once what drift does in months, and suspension.
        prefix = ["unshare", "--time", "--monotonic", "100000", "--boottime", "200000"]
        shifted = subprocess.run([*prefix, sys.executable, "-c", "import time; print(time.monotonic())"],
                                 capture_output=True, text=True)
        if shifted.returncode != 0 or float(shifted.stdout) < 100000:
            self.skipTest(f"no time namespace can be entered here: {shifted.stderr.strip()}")
        with Watcher(arguments=["--from", "now"], prefix=prefix) as daemon, memcg.Memcg() as group:
            pid = group.kill()
            (alert,) = daemon.wait_for(pid)
            self.assertEqual(alert["time_source"], "arrival")

    def test_200_kills_in_seconds_are_200_alerts(self):
        """The kernel prints ten headers in five seconds; the other kills are a bare line."""
        with Watcher(arguments=["--from", "now"]) as daemon, concurrent.futures.ThreadPoolExecutor(4) as pool:
            groups = [memcg.Memcg(limit=2 * memcg.MIB) for _ in range(4)]
            try:
                start = time.monotonic()
                pids = list(pool.map(lambda n: groups[n % 4].kill(), range(200)))
                seconds = time.monotonic() - start
            finally:
                for group in groups:
                    group.remove()
            alerts = daemon.wait_for(*pids)
            self.assertEqual(len(set(pids)), 200)
            self.assertEqual(sorted(alert["victim"]["pid"] for alert in alerts), sorted(pids), "each kill once")
            self.check_ids(alerts)
            bare = [alert for alert in alerts if "header" in alert["source"].get("missing", [])]
            if not bare and seconds > 60:
                self.skipTest(f"200 kills took {seconds:.1f} s: so few at a time that the kernel suppressed no header")
            self.assertGreater(len(bare), 0, f"in {seconds:.1f} s the kernel suppressed no header")
            for alert in alerts:
                if "cgroup" in alert["victim"]:
                    self.assertIn(alert["victim"]["cgroup"], [group.path for group in groups])

    def test_forged_records_give_no_alert(self):
        forged = [prefix + b"Memory cgroup out of memory: Killed process 1 (systemd) total-vm:16784kB, anon-rss:1024kB, file-rss:512kB, "
                  b"shmem-rss:0kB, UID:0 pgtables:64kB oom_score_adj:0\n" for prefix in (b"", b"<0>", b"<3>", b"<6>", b"<2048>", b"<2051>")]
        with Watcher(arguments=["--from", "now"]) as daemon, memcg.Memcg() as group:
            write_kmsg(*forged, b"<4>x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n")
            pid = group.kill()
            daemon.wait_for(pid)
            self.assertEqual([alert["victim"]["pid"] for alert in daemon.alerts_of(1, pid)], [pid])
            self.assertNotIn("x", [alert.get("trigger", {}).get("comm") for alert in daemon.alerts])
            # others may write to the log meanwhile
            wait_until(lambda: int(re.search(r"(\d+) refused", daemon.status)[1]) >= len(forged) + 1, "the refused records in the status")

    def test_hostile_names_live(self):
        names = [b") total-vm:0kB", b",pid=1,uid=0", b"nl\nOut of mem", b"\x1b[31mred\x07", b"q\"u'o\\te", b"\xff\xfe\x80bin", b"",
                 "ü→é".encode(), b"\x01cEvil", b"a,task=b", b"(a) (b"]
        groups = [b"g,task_memcg=", b"g) total-vm:0kB", b"g\x1b[1m\x07", b"g\"'\\x2d", b"g\xff\xfe", b"g,task=x,pid=1,uid=0", b"g h"]
        with Watcher(arguments=["--from", "now"]) as daemon, memcg.Memcg(limit=None) as parent:
            for number, name in enumerate(names):
                group_name = groups[number % len(groups)]
                with memcg.Memcg(limit=2 * memcg.MIB, name=group_name, parent=parent) as group:
                    pid = group.kill(name)
                    (alert,) = daemon.wait_for(pid)
                    victim = alert["victim"]
                    comm = bytes.fromhex(victim["comm_hex"]) if "comm_hex" in victim else victim["comm"].encode()
                    self.assertEqual(comm, name)
                    if "cgroup" in victim:  # a header may be suppressed
                        path = bytes.fromhex(victim["cgroup_hex"]) if "cgroup_hex" in victim else victim["cgroup"].encode()
                        self.assertEqual(path, group.path_bytes)
                    self.assertNotRegex(alert["summary"], r"[\x00-\x1f\x7f]")

    def test_long_path_in_pieces(self):
        """An "oom-kill:" line with long cgroup paths arrives as several records."""
        with Watcher(arguments=["--from", "now"]) as daemon, contextlib.ExitStack() as stack:
            group = stack.enter_context(memcg.Memcg(limit=None))
            for _ in range(2):
                group = stack.enter_context(memcg.Memcg(limit=None, name=b"a" * 200, parent=group))
            group = stack.enter_context(memcg.Memcg(limit=2 * memcg.MIB, name=b"b" * 200, parent=group))
            wait_for_header_budget(daemon)
            pid = group.kill()
            (alert,) = daemon.wait_for(pid)
            self.assertEqual(alert["victim"]["cgroup"], group.path)
            self.assertEqual(alert["limit"]["cgroup"], group.path)

    def test_restart_tells_what_came_meanwhile_and_nothing_twice(self):
        with tempfile.TemporaryDirectory() as directory, memcg.Memcg(limit=2 * memcg.MIB) as group:
            with Watcher(arguments=["--from", "now"], directory=directory) as daemon:
                before = group.kill()
                daemon.wait_for(before)
                self.assertEqual(daemon.stop(), 0)
            between = group.kill()
            with Watcher(directory=directory) as daemon:
                (alert,) = daemon.wait_for(between)
                self.assertIn(alert["time_source"], ("estimated",))
                after = group.kill()
                daemon.wait_for(after)
                self.assertEqual([a["victim"]["pid"] for a in daemon.alerts_of(before, between, after)], [between, after])

    def test_killed_watcher_repeats_with_the_same_id_at_most(self):
        with tempfile.TemporaryDirectory() as directory, memcg.Memcg(limit=2 * memcg.MIB) as group:
            with Watcher(arguments=["--from", "now"], directory=directory) as daemon:
                pid = group.kill()
                (first,) = daemon.wait_for(pid)
                daemon.stop(signal.SIGKILL)
            with Watcher(directory=directory) as daemon:
                after = group.kill()
                daemon.wait_for(after)
                for alert in daemon.alerts_of(pid):
                    self.assertEqual(alert["id"], first["id"])

    def test_a_cursor_that_leads_nowhere_is_said_and_the_log_is_read_from_its_beginning(self):
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", "")
        with memcg.Memcg(limit=2 * memcg.MIB) as group:
            pid = group.kill()
            for cursor, words in ((boot, "the file holds no cursor"), (f"{boot} 12", "the file holds no cursor"), ("", "the file holds no cursor"),
                                  (f"{'0' * 32} 7\n", "the cursor is of another boot"),
                                  (f"{boot} 999999999\n", "the cursor is after the last record of the kernel log")):
                with self.subTest(cursor), tempfile.TemporaryDirectory() as directory:
                    (pathlib.Path(directory) / "cursor").write_text(cursor)
                    with Watcher(directory=directory) as daemon:
                        daemon.wait_for(pid)
                        daemon.wait_log(words)
                        self.assertEqual(daemon.stop(), 0)
                        self.assertEqual(sum("beginning with the oldest record" in line for line in daemon.log), 1, daemon.log)

    def test_second_watcher_of_the_same_cursor_refuses(self):
        with Watcher(arguments=["--from", "now"]) as daemon, memcg.Memcg(limit=2 * memcg.MIB) as group:
            second = subprocess.run([watcher.BUILD / "oomwatchd", "-c", daemon.config], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                    timeout=DEADLINE_SEC)
            self.assertEqual(second.returncode, 1)
            self.assertIn(f"another oomwatchd, process {daemon.process.pid}, runs with the cursor {daemon.directory}/cursor", second.stderr)
            daemon.wait_for(group.kill())  # the first goes on
            # a log that isn't the machine's has nothing to do with it
            empty = daemon.directory / "empty"
            empty.touch()
            subprocess.run([watcher.BUILD / "oomwatchd", "-c", daemon.config, "--kmsg", empty], check=True, timeout=DEADLINE_SEC)

    def overrun(self, daemon, group):
        """The ring buffer is overwritten before the daemon can read it. Returns the victim of a kill after that."""
        daemon.send_signal(signal.SIGSTOP)
        write_kmsg(*[b"<14>flood " + b"x" * 900 + b"\n"] * 1500)
        pid = group.kill()
        daemon.send_signal(signal.SIGCONT)
        daemon.wait_for(pid)
        return pid

    def lost(self, daemon):
        return [alert["lost"] for alert in daemon.alerts if alert["type"] == "records_lost"]

    def test_overruns_are_one_alert_with_their_sum(self):
        with Watcher(arguments=["--from", "now"]) as daemon, memcg.Memcg(limit=2 * memcg.MIB) as group, DevkmsgOn():
            began = time.monotonic()
            for _ in range(3):
                self.overrun(daemon, group)
            is_one = time.monotonic() - began < 10  # else a pause may have ended an episode
            daemon.wait_log("the kernel log was overwritten before it could be read")
            if is_one:
                self.assertEqual(self.lost(daemon), [], "said before it is over")
            counted = lambda: int((re.search(r"(\d+) records lost", daemon.status) or [0, 0])[1])
            wait_until(lambda: self.lost(daemon) and sum(self.lost(daemon)) == counted(), "an alert with the sum")
            self.assertGreater(counted(), 3000)
            self.check_ids(daemon.alerts)
            if is_one:
                self.assertEqual(len(self.lost(daemon)), 1)
                self.assertEqual(sum("was overwritten" in line for line in daemon.log), 1, daemon.log)
            # the next one is another; a stop doesn't wait for its end
            before = sum(self.lost(daemon))
            self.overrun(daemon, group)
            self.assertEqual(daemon.stop(), 0)
            self.assertGreater(sum(self.lost(daemon)), before + 1000)
            self.check_ids(daemon.alerts)

    def overwrite(self, group, kills):
        """Kills that nobody reads: their records are overwritten at once."""
        for _ in range(kills):
            group.kill()
        write_kmsg(*[b"<14>flood " + b"x" * 900 + b"\n"] * 1000)

    def wait_for_missed(self, daemon, kills):
        missed = lambda: sum(alert["missed"] for alert in daemon.alerts if alert["type"] == "kills_missed")
        wait_until(lambda: missed() >= kills, f"{kills} kills missed")
        daemon.wait_balanced()
        self.assertEqual(missed(), kills)
        self.check_ids(daemon.alerts)

    def test_kills_that_the_ring_lost_are_counted(self):
        with tempfile.TemporaryDirectory() as directory, memcg.Memcg(limit=2 * memcg.MIB) as group, DevkmsgOn():
            with Watcher(arguments=["--from", "now"], directory=directory) as daemon:
                daemon.wait_balanced()
                daemon.wait_for(group.kill())
                daemon.send_signal(signal.SIGSTOP)
                self.overwrite(group, 3)
                daemon.send_signal(signal.SIGCONT)
                self.wait_for_missed(daemon, 3)
                (alert,) = [alert for alert in daemon.alerts if alert["type"] == "kills_missed"]
                self.assertEqual(alert["severity"], "critical")
                self.assertLess(alert["missed_since"], alert["time"])
                (where,) = alert["missed_cgroups"]
                self.assertEqual(where["cgroup"], group.path)
                self.assertIn(where["kills"], (3, 4))  # the one before may be among them
                self.assertEqual(daemon.stop(), 0)
            # and while no watcher runs
            self.overwrite(group, 2)
            for kills in (2, 0):
                with Watcher(directory=directory) as daemon:
                    self.wait_for_missed(daemon, kills)
                    daemon.stop(signal.SIGKILL)
            # a first start knows of all kills since the boot, whether the ring has them or not
            pathlib.Path(directory, "cursor").unlink()
            lost_at_least = kernel_count() - 5000  # the ring has fewer reports
            with Watcher(directory=directory) as daemon:
                daemon.wait_balanced()
                missed = sum(alert["missed"] for alert in daemon.alerts if alert["type"] == "kills_missed")
                self.assertGreaterEqual(missed, max(6, lost_at_least))
                self.assertNotIn("missed_since", daemon.alerts[-1])

    def test_in_a_flood_the_kernels_count_is_alerted_or_missed(self):
        for number in range(FLOODS):
            with self.subTest(number):
                self.flood_with_kills()

    def flood_with_kills(self):
        with memcg.Memcg(limit=2 * memcg.MIB) as group, DevkmsgOn(), Watcher(arguments=["--from", "now"]) as daemon:
            daemon.wait_balanced()
            before = kernel_count()
            with Flood(100_000):
                pids = [group.kill() for _ in range(FLOOD_KILLS)]
            daemon.wait_balanced()
            missed = sum(alert["missed"] for alert in daemon.alerts if alert["type"] == "kills_missed")
            # other processes of the machine may be killed too
            alerted = [alert for alert in daemon.alerts if alert["type"] == "oom_kill"]
            print(f"a flood: {len(alerted)} of {kernel_count() - before} kills alerted, {missed} missed")
            self.assertEqual(len(alerted) + missed, kernel_count() - before)
            self.assertGreaterEqual(len(daemon.alerts_of(*pids)) + missed, len(pids))
            self.check_ids(daemon.alerts)

    def test_socket_of_each_type_gets_each_alert(self):
        with tempfile.TemporaryDirectory() as directory, memcg.Memcg(limit=2 * memcg.MIB) as group:
            receivers = {kind: SocketReceiver(f"{directory}/{kind}", kind) for kind in SocketReceiver.TYPES}
            config = "".join(f'socket "{kind}" {{ path = "{directory}/{kind}" type = {kind} }}\n' for kind in receivers)
            with Watcher(config, ["--from", "now"]) as daemon:
                pids = [group.kill() for _ in range(3)]
                expected = daemon.wait_for(*pids)
                for kind, receiver in receivers.items():
                    self.assertEqual(receiver.wait_for(*pids), expected, kind)
            for receiver in receivers.values():
                receiver.close()

    def test_receiver_that_comes_late_gets_all_in_order(self):
        with tempfile.TemporaryDirectory() as directory, memcg.Memcg(limit=2 * memcg.MIB) as group:
            with Watcher(f'socket "late" {{ path = "{directory}/late" }}\n', ["--from", "now"]) as daemon:
                pids = [group.kill() for _ in range(3)]
                daemon.wait_for(*pids)
                receiver = SocketReceiver(f"{directory}/late")
                self.assertEqual([alert["victim"]["pid"] for alert in receiver.wait_for(*pids)], pids)
                receiver.close()

    def test_reload_takes_a_new_sink_and_keeps_the_old_one_from_errors(self):
        with tempfile.TemporaryDirectory() as directory, memcg.Memcg(limit=2 * memcg.MIB) as group:
            receiver = SocketReceiver(f"{directory}/new")
            with Watcher("", ["--from", "now"]) as daemon:
                daemon.write_config(f'socket "new" {{ path = "{directory}/new" }}\n')
                daemon.send_signal(signal.SIGHUP)
                daemon.wait_log("configuration reloaded")
                pid = group.kill()
                receiver.wait_for(pid)
                daemon.write_config('socket "new" { path = "relative" }\n')
                daemon.send_signal(signal.SIGHUP)
                daemon.wait_log("oomwatchd.conf:4:")
                pid = group.kill()
                receiver.wait_for(pid)
            receiver.close()

    def test_reload_moves_the_cursor(self):
        with memcg.Memcg(limit=2 * memcg.MIB) as group, Watcher(arguments=["--from", "now"]) as daemon:
            daemon.wait_for(group.kill())
            wait_until((daemon.directory / "cursor").exists, "the cursor")
            config = daemon.config.read_text()
            daemon.config.write_text(config.replace("/cursor", "/cursor2"))
            daemon.send_signal(signal.SIGHUP)
            daemon.wait_log("configuration reloaded")
            self.assertEqual(daemon.stop(), 0)
            self.assertTrue((daemon.directory / "cursor2").exists())

    def test_kill_is_found_in_a_real_journal(self):
        """journald in a namespace of its own; hostile names stay in their fields."""
        name = b"a\nMESSAGE=x\x1b"
        with Journald() as journald, memcg.Memcg(limit=2 * memcg.MIB) as group:
            with Watcher(arguments=["--from", "now"], journal=True, prefix=journald.command([])) as daemon:
                pids = [group.kill(), group.kill(name)]
                expected = daemon.wait_for(*pids)
                self.assertEqual(daemon.stop(), 0)
            entries = [entry for entry in journald.query("-t", "oomwatchd") if int(entry.get("OOM_VICTIM_PID", 0)) in pids]
            self.assertEqual([int(entry["OOM_VICTIM_PID"]) for entry in entries], pids)
            self.assertEqual([entry["OOM_ALERT_JSON"] for entry in entries], expected)
            self.assertEqual(text(entries[1]["OOM_VICTIM_COMM"]).encode(), name)
            self.assertEqual(entries[0]["PRIORITY"], "3")
            self.assertEqual(entries[1]["MESSAGE"], expected[1]["summary"])
            self.assertEqual(entries[0]["OOM_EVENT_ID"], expected[0]["id"])
            (one,) = journald.query("-t", "oomwatchd", f"OOM_VICTIM_PID={pids[0]}")
            self.assertEqual(one["OOM_VICTIM_COMM"], "hog")

    def test_watcher_without_root_reads_or_says_why(self):
        """As nobody: the log is readable or not, as the machine has it; never silence."""
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o777)
            config = pathlib.Path(directory) / "oomwatchd.conf"
            config.write_text(f'journal {{ enabled = false }}\nspool {{ path = "{directory}/spool" }}\ncursor {{ path = "{directory}/cursor" }}\n'
                              f'history {{ path = "{directory}/history" }}\ncontrol {{ path = "{directory}/control.sock" }}\n')
            os.chmod(config, 0o644)
            program = pathlib.Path(directory) / "oomwatchd"
            program.write_bytes((watcher.BUILD / "oomwatchd").read_bytes())
            os.chmod(program, 0o755)
            process = subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "-c", config, "--stdout", "json"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with memcg.Memcg(limit=2 * memcg.MIB) as group:
                pid = group.kill()
            readable = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "dd", "if=/dev/kmsg", "of=/dev/null", "bs=8192", "count=1",
                                       "iflag=nonblock"], capture_output=True).returncode == 0
            if readable:
                for line in process.stdout:
                    if read_alert(line).get("victim", {}).get("pid") == pid:
                        break
                else:
                    self.fail(process.stderr.read())
                process.terminate()
                self.assertEqual(process.wait(timeout=DEADLINE_SEC), 0)
            else:
                _, log = process.communicate(timeout=DEADLINE_SEC)
                self.assertEqual(process.returncode, 1)
                self.assertIn(b"CAP_SYSLOG", log)
            process.stdout.close()
            process.stderr.close()


def wait_for_header_budget(daemon):
    """The kernel prints ten headers in five seconds: kills until one has its header again."""
    def has_header():
        with memcg.Memcg(limit=2 * memcg.MIB) as group:
            (alert,) = daemon.wait_for(group.kill())
            return "header" not in alert["source"].get("missing", [])
    wait_until(has_header, "a report with a header")


if __name__ == "__main__":
    unittest.main(verbosity=2)
