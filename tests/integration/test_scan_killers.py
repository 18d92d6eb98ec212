#!/usr/bin/python3
"""oomwatch scan of what user-space killers write: each kill once, as a claim, and nothing of what only looks like one.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from alert_reader import read_alerts
from testbed import BUILD

OOMWATCH = BUILD / "oomwatch"
MIB = 1048576


def scan_files(files, *options):
    """The alerts of files: {name: lines}"""
    with tempfile.TemporaryDirectory() as directory:
        for name, lines in files.items():
            data = lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines).encode()
            Path(directory, name).write_bytes(data)
        done = subprocess.run([OOMWATCH, "scan", "--format", "json", *options, *sorted(Path(directory).iterdir())],
                              capture_output=True, check=False)
        assert done.stderr == b"", done.stderr
        return read_alerts(done.stdout)


def scan(lines, *options):
    return scan_files({"x.log": lines}, *options)


def syslog(speaker, *texts, second=5, host="garden"):
    return [f"Jul 14 03:22:{second:02} {host} {speaker}: {text}" for text in texts]


PRESSURE = "due to memory pressure for /work.slice being 63.07% > 50.00% for > 1min 30s with reclaim activity"
OOMD = f"Killed /work.slice/solver.service {PRESSURE}"
PID1 = "solver.service: systemd-oomd killed 3 process(es) in this unit."
BY_KERNEL = "solver.service: A process of this unit has been killed by the OOM killer."
EARLYOOM = 'sending SIGTERM to process 5151 uid 1006 "tab (1) "x"": badness 912, VmRSS 640 MiB'
LOW = "low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%"
KILL = ("Memory cgroup out of memory: Killed process 4040 (solver) total-vm:900kB, anon-rss:700kB, file-rss:2kB, shmem-rss:0kB, "
        "UID:1006 pgtables:64kB oom_score_adj:0")
SUMMARY = ("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/work.slice/solver.service,"
           "task_memcg=/work.slice/solver.service,task=solver,pid=4040,uid=1006")


class SystemdTest(unittest.TestCase):
    def check_solver(self, alert):
        self.assertEqual((alert["type"], alert["killer"], alert["severity"]), ("user_kill", "systemd-oomd", "warning"))
        self.assertEqual((alert["victim"]["cgroup"], alert["victim"]["unit"]), ("/work.slice/solver.service", "solver.service"))
        self.assertNotIn("pid", alert["victim"])
        self.assertTrue(alert["claim"]["reason"].startswith("memory pressure for /work.slice being 63.07%"))

    def test_both_tell_of_one_kill(self):
        (alert,) = scan(syslog("systemd-oomd[71]", OOMD) + syslog("systemd[1]", PID1))
        self.check_solver(alert)
        self.assertEqual((alert["claim"]["by"], alert["claim"]["processes"], alert["claim"]["lines"]), ("systemd-oomd", 3, 2))

    def test_in_two_files(self):
        for other in (PID1, OOMD):
            (alert,) = scan_files({"a": syslog("systemd-oomd[71]", OOMD), "b": syslog("systemd[1]" if other == PID1 else "systemd-oomd", other)})
            self.check_solver(alert)

    def test_newest_first(self):
        (alert,) = scan(syslog("systemd[1]", PID1, second=9) + syslog("systemd-oomd[71]", OOMD, second=8) + syslog("x", "y", second=7))
        self.check_solver(alert)

    def test_only_marked(self):
        marked = OOMD.replace("Killed", "Marked").replace(" due", " for killing due", 1)
        (alert,) = scan(syslog("systemd-oomd[71]", marked, marked))
        self.check_solver(alert)
        self.assertTrue(alert["claim"]["intention"])
        self.assertIn("about to kill", alert["summary"])
        (alert,) = scan(syslog("systemd-oomd[71]", marked, marked) + syslog("systemd[1]", PID1))
        self.assertNotIn("intention", alert["claim"])

    def test_the_unit_alone(self):
        (alert,) = scan(syslog("systemd[1]", PID1))
        self.assertEqual((alert["killer"], alert["claim"]["by"], alert["victim"]), ("systemd-oomd", "systemd", {"unit": "solver.service"}))
        (alert,) = scan(syslog("systemd[1]", BY_KERNEL))
        self.assertNotIn("killer", alert)
        self.assertEqual((alert["type"], alert["victim"]["unit"]), ("user_kill", "solver.service"))

    def test_the_kernels_kill_is_told_once(self):
        for words in (BY_KERNEL, "solver.service: The kernel OOM killer killed some processes in this unit."):
            for kernel in ([SUMMARY, KILL], [KILL]):
                with self.subTest(words=words, kernel=len(kernel)):
                    lines = syslog("kernel", *kernel) + syslog("systemd[1]", words, second=6)
                    (alert,) = scan(lines)
                    self.assertEqual((alert["type"], alert["victim"]["pid"]), ("oom_kill", 4040))
                    (alert,) = scan_files({"kern.log": lines[:-1], "daemon.log": lines[-1:]})
                    self.assertEqual(alert["type"], "oom_kill")

    def test_another_units_kill_is_another(self):
        other = BY_KERNEL.replace("solver", "mailer")
        alerts = scan(syslog("kernel", SUMMARY, KILL) + syslog("systemd[1]", other, second=6))
        self.assertEqual([(a["type"], a["victim"]["unit"]) for a in alerts], [("oom_kill", "solver.service"), ("user_kill", "mailer.service")])

    def test_what_is_no_kill(self):
        self.assertEqual(scan(syslog("systemd-oomd[71]", "Considered 2 cgroups for killing, top candidates were:", "\tPath: /work.slice/solver.service",
                                     "oomd dry-run: Would have tried to kill /sys/fs/cgroup/work.slice/a.service and all its descendants") +
                              syslog("systemd[1]", "cart.service: Main process exited, code=killed, status=9/KILL",
                                     "cart.service: Failed with result 'oom-kill'.", "work.slice: A process of this unit has been killed by the OOM killer.") +
                              syslog("logger", OOMD) + syslog("cron[7]", PID1)), [])


class JournalTest(unittest.TestCase):
    @staticmethod
    def entry(**fields):
        base = {"__REALTIME_TIMESTAMP": "1784000000000000", "_HOSTNAME": "garden", "_BOOT_ID": "5d" * 16, "_TRANSPORT": "stdout",
                "SYSLOG_FACILITY": "3", "PRIORITY": "6"}
        return json.dumps({**base, **fields})

    def test_the_journal_knows_who_speaks(self):
        for fields, count in (({"SYSLOG_IDENTIFIER": "earlyoom", "_COMM": "earlyoom", "_SYSTEMD_UNIT": "earlyoom.service"}, 1),
                              ({"SYSLOG_IDENTIFIER": "earlyoom"}, 1), ({"_COMM": "earlyoom"}, 1),
                              ({"SYSLOG_IDENTIFIER": "earlyoom", "_SYSTEMD_UNIT": "earlyoom.service"}, 1),
                              ({"SYSLOG_IDENTIFIER": "earlyoom", "_COMM": "logger", "_SYSTEMD_UNIT": "session-4.scope"}, 0),
                              ({"SYSLOG_IDENTIFIER": "earlyoomer", "_COMM": "earlyoom"}, 0)):
            with self.subTest(fields=fields):
                lines = [self.entry(MESSAGE=LOW, **fields), self.entry(MESSAGE=EARLYOOM, **fields)]
                self.assertEqual(len(scan(lines)), count)

    def test_process_1(self):
        fields = {"MESSAGE": BY_KERNEL, "SYSLOG_IDENTIFIER": "systemd", "UNIT": "solver.service", "_COMM": "systemd"}
        self.assertEqual(len(scan([self.entry(_PID="1", **fields)])), 1)
        self.assertEqual(len(scan([self.entry(_PID="900", _SYSTEMD_UNIT="user@1000.service", **fields)])), 1)
        self.assertEqual(scan([self.entry(_PID="900", _SYSTEMD_UNIT="session-4.scope", **fields)]), [])

    def test_what_programs_write_to_the_kernels_log(self):
        text = ("oomd kill: 12.10 4.02 0.90 work.slice/solver.service 320589824 ruleset:[low memory] detectorgroup:[above] "
                "killer:kill_by_memory_size_or_growth v2")
        for lines in ([self.entry(MESSAGE=text, _TRANSPORT="kernel", SYSLOG_FACILITY="1")], syslog("unknown", text),
                      [f"12,600,222364449,-;{text}"], [f"<12>[  222.364449] {text}"], [f"[  222.364449] {text}"],
                      [f"user  :warn  : [  222.364449] {text}"]):
            with self.subTest(line=lines[0]):
                (alert,) = scan(lines)
                self.assertEqual((alert["type"], alert["killer"]), ("user_kill", "oomd"))
                self.assertEqual((alert["victim"]["cgroup"], alert["claim"]["cgroup_bytes"]), ("/work.slice/solver.service", 320589824))

    def test_two_words_of_oomd(self):
        text = "1.00 0.02 0.90 work.slice/a.service 4096 ruleset:[r] detectorgroup:[d] killer:kill_by_pressure v2"
        (alert,) = scan(syslog("oomd[9]", "[Log.cpp:77] Trying to kill /sys/fs/cgroup/work.slice/a.service", "[BaseKillPlugin.cpp:460] Killed 2: 539(sh) 541(x)",
                               "[Log.cpp:118] " + text, second=5) + syslog("unknown", "oomd kill: " + text, second=6))
        self.assertEqual(alert["claim"]["lines"], 2)


class EarlyoomTest(unittest.TestCase):
    def test_forms_of_lines(self):
        for lines in ([f"Jul 14 03:22:05 garden earlyoom[33]: {EARLYOOM}"], [f"2026-07-14T03:22:05.125+02:00 garden earlyoom[33]: {EARLYOOM}"],
                      [f"<30>1 2026-07-14T03:22:05Z garden earlyoom[33] - - - {EARLYOOM}".replace("[33]", " 33", 1).replace(" - - - ", " - - ")],
                      [f"Tue 2026-07-14 03:22:05 UTC garden earlyoom[33]: {EARLYOOM}"],
                      [f"1784000000.123456 garden earlyoom[33]: {EARLYOOM}"], [f"[  222.364449] garden earlyoom[33]: {EARLYOOM}"],
                      [f"   Jul 14 03:22:05 garden earlyoom[33]: {EARLYOOM}"]):
            with self.subTest(line=lines[0]):
                (alert,) = scan([lines[0].replace(EARLYOOM, LOW), *lines])
                self.assertEqual((alert["killer"], alert["victim"]["comm"], alert["victim"]["pid"]), ("earlyoom", 'tab (1) "x"', 5151))
                self.assertEqual((alert["victim"]["uid"], alert["victim"]["rss_bytes"], alert["victim"]["badness"]), (1006, 640 * MIB, 912))
                self.assertEqual(alert["claim"], {"by": "earlyoom", "signal": "SIGTERM", "lines": 1})
                self.assertIn("sent SIGTERM to", alert["summary"])

    def test_the_outcome(self):
        for after, expected in ((["process exited after 0.3 seconds"], ("SIGTERM", None, "exited")),
                                (["kill failed: Timer expired"], ("SIGTERM", None, "did_not_exit")),
                                (["escalating to SIGKILL after 0.5 seconds", "process 5151 exited after 0.8 seconds"], ("SIGKILL", "SIGTERM", "exited"))):
            (alert,) = scan(syslog("earlyoom[33]", LOW, EARLYOOM, *after))
            claim = alert["claim"]
            self.assertEqual((claim["signal"], claim.get("first_signal"), claim.get("outcome")), expected)

    def test_what_is_no_kill(self):
        sending = EARLYOOM.replace("SIGTERM", "SIGKILL")
        self.assertEqual(scan(syslog("earlyoom[33]", "sending SIGTERM when mem <= 10.00% and swap <= 10.00%,", "mem avail:  1571 of 15890 MiB ( 9.89%)",
                                     LOW, sending,
                                     "dryrun, not actually sending any signal")), [])
        self.assertEqual(scan(syslog("earlyoom-notes[33]", sending) + syslog("kernel", sending) + syslog("bash[3]", f"earlyoom[33]: {sending}")), [])

    def test_beside_the_kernels_kill(self):
        alerts = scan(syslog("kernel", KILL) + syslog("earlyoom[33]", LOW, EARLYOOM.replace("5151", "4040"), second=6))
        self.assertEqual([(a["type"], a["victim"]["pid"]) for a in alerts], [("oom_kill", 4040), ("user_kill", 4040)])

    def test_the_kernels_lines_in_another_mouth(self):
        self.assertEqual(scan(syslog("earlyoom[33]", KILL, SUMMARY) + syslog("nohang[4]", "kmsg: " + KILL)), [])

    def test_the_filter(self):
        lines = syslog("kernel", SUMMARY, KILL) + syslog("earlyoom[33]", LOW, EARLYOOM, second=6) + syslog("systemd[1]", BY_KERNEL.replace("solver", "b"), second=7)
        for killer, types in (("kernel", ["oom_kill"]), ("earlyoom", ["user_kill"]), ("unknown", ["user_kill"]), ("nohang", [])):
            self.assertEqual([a["type"] for a in scan(lines, "--killer", killer)], types)
        done = subprocess.run([OOMWATCH, "scan", "--killer", "me", "/dev/null"], capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)


class AndroidTest(unittest.TestCase):
    def test_the_kernels_driver(self):
        first = "lowmemorykiller: Killing 'm.example.atlas' (3140), adj 900,"
        rest = ["   to free 41200kB on behalf of 'kswapd0' (61) because", "   cache 70016kB is below limit 73728kB for oom_score_adj 900"]
        for lines in ([f"[  100.{n}00000] {line}" for n, line in enumerate([first, *rest])],
                      [f"[  100.000000] {first}", *[f"               {line}" for line in rest]]):
            (alert,) = scan(lines)
            self.assertEqual((alert["killer"], alert["victim"]["comm"], alert["victim"]["pid"]), ("lowmemorykiller", "m.example.atlas", 3140))
            self.assertEqual((alert["victim"]["oom_score_adj"], alert["victim"]["rss_bytes"]), (900, 41200 * 1024))


    def test_lmkd_in_logcat(self):
        text = "Kill 'org.example.atlas.maps' (9120), uid 10077, oom_score_adj 940 to free 1024kB rss, 512kB swap; reason: low watermark"
        for prefix in ("07-14 03:22:05.125   655   656 I lowmemorykiller: ", "07-14 03:22:05.125 I/lowmemorykiller(  655): ", "I/lowmemorykiller(  655): ",
                       "07-14 03:22:05.125   655   656 I lmkd    : "):
            with self.subTest(prefix=prefix):
                (alert,) = scan([prefix + "Failed to get free memory!", prefix + text])
                self.assertEqual((alert["killer"], alert["victim"]["comm"], alert["victim"]["uid"]), ("lmkd", "org.example.atlas.maps", 10077))
                self.assertEqual((alert["victim"]["swap_bytes"], alert["claim"]["reason"]), (512 * 1024, "low watermark"))
        self.assertEqual(scan(["07-14 03:22:05.125   655   656 I atlas: " + text]), [])
        (alert,) = scan(["[ 07-14 03:22:05.125   655:  656 I/lmkd     ]", text, "", "[ 07-14 03:22:05.125   700:  701 I/app      ]", text.replace("9120", "1")])
        self.assertEqual((alert["killer"], alert["victim"]["pid"]), ("lmkd", 9120))


class KubeletTest(unittest.TestCase):
    RECLAIM = 'I0714 03:22:05.250118    2301 eviction_manager.go:405] "Eviction manager: must evict pod(s) to reclaim" resourceName="%s"'
    EVICTED = 'I0714 03:22:09.400102    2301 eviction_manager.go:627] "Eviction manager: pod is evicted successfully" pod="shop/cart-0"'

    def test_evictions(self):
        for wrap in (lambda line: line, lambda line: syslog("kubelet[2301]", line)[0]):
            (alert,) = scan([wrap(self.RECLAIM % "memory"), wrap(self.EVICTED)])
            self.assertEqual((alert["killer"], alert["victim"]["pod"]), ("kubelet", {"namespace": "shop", "name": "cart-0"}))
            self.assertEqual(scan([wrap(self.RECLAIM % "ephemeral-storage"), wrap(self.EVICTED)]), [])
            self.assertEqual(scan([wrap(self.EVICTED)]), [])


class RetellingTest(unittest.TestCase):
    CONTAINER = "0c" * 32

    def test_kubelet_and_docker_tell_of_the_kernels_kills(self):
        system_oom = syslog("kubelet[7]", "System OOM encountered, victim process: solver, pid: 4040", second=6)
        docker = [f"2026-07-14T03:22:06.000000000Z container oom {self.CONTAINER} (image=shop/cart, name=cart)"]
        kernel = ["2026-07-14T03:22:05Z garden kernel: " + line.replace("/work.slice/solver.service", f"/docker/{self.CONTAINER}")
                  for line in (SUMMARY, KILL)]
        self.assertEqual([a["type"] for a in scan(syslog("kernel", KILL) + system_oom)], ["oom_kill"])
        self.assertEqual([a["type"] for a in scan_files({"a": kernel, "b": docker})], ["oom_kill"])
        (alert,) = scan(system_oom)
        self.assertEqual((alert["type"], alert["claim"]["by"], alert["victim"]["pid"]), ("user_kill", "kubelet", 4040))
        (alert,) = scan(system_oom[:1] + docker)[1:]
        self.assertEqual((alert["claim"]["by"], alert["victim"]["container"]["id"]), ("docker", self.CONTAINER))


class FormsTest(unittest.TestCase):
    def test_table_text_and_page(self):
        lines = "".join(f"{line}\n" for line in syslog("systemd-oomd[71]", OOMD) + syslog("earlyoom[33]", LOW, EARLYOOM, second=9)).encode()
        with tempfile.NamedTemporaryFile(suffix=".log") as log:
            log.write(lines)
            log.flush()
            table, text, page = (subprocess.run([OOMWATCH, "scan", *options, log.name], capture_output=True, check=True).stdout.decode()
                                 for options in ([], ["-v"], ["--format", "html"]))
        self.assertIn("systemd-oomd says: killed: memory pressure for /work.slice", table)
        self.assertIn("earlyoom says: SIGTERM\n", table)
        self.assertIn("2 incidents: 2 claims of kills in 1 file", table)
        self.assertIn("WARNING earlyoom says that it sent SIGTERM to tab (1) \"x\" (pid 5151)", " ".join(text.split()))
        self.assertIn("earlyoom says that it sent SIGTERM", page)


if __name__ == "__main__":
    unittest.main()
