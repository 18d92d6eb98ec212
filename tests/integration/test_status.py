#!/usr/bin/python3
"""`oomwatch status`: what the running watcher says of itself, to whom, and what the command makes of it.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout. OOMWATCH_LONG: also what waits for a time limit."""

import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

import jsonschema

import memcg
import watcher
from alert_reader import kill_record
from testbed import BUILD, DEADLINE_SEC, TOP, wait_until
from watcher import SocketReceiver, Watcher, kernel_count

SCHEMA = json.loads((TOP / "config" / "status.schema.json").read_text(encoding="utf-8"))
PUBLIC = {"schema", "version", "pid", "time", "started", "uptime_sec", "healthy", "incidents", "records_lost", "kills", "watched_since", "attention"}
STRANGER, GROUP = 54321, 65432
ASK = b'{"request":"status"}\n'


def run_status(*arguments, program=BUILD / "oomwatch", **options):
    return subprocess.run([program, "status", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=DEADLINE_SEC, check=False, **options)


class Status(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="oomwatchd-status-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.directory.chmod(0o755)
        self.config = self.directory / "oomwatchd.conf"
        self.socket = self.directory / "control.sock"

    def read(self, done):
        """The status of a run with --json, checked."""
        status = json.loads(done.stdout)
        jsonschema.Draft202012Validator(SCHEMA).validate(status)
        self.assertEqual(done.returncode, 1 if status["attention"] else 0, done)
        return status

    def status(self, *arguments, **options):
        return self.read(run_status("-c", self.config, "--json", *arguments, **options))

    def sink(self, name, kind="name"):
        (found,) = [sink for sink in self.status()["sinks"] if sink.get(kind) == name]
        return found


class TestOfALog(Status):
    """The watcher reads records that the test writes."""

    def start(self, config="", environment=()):
        records = self.directory / "records"
        os.mkfifo(records)
        self.config.write_text(f'spool {{ path = "{self.directory}/spool" }}\njournal {{ enabled = false }}\n'
                               f'control {{ path = "{self.socket}" group = {GROUP} }}\n{config}')
        self.process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", records, "--stdout", "none"],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **dict(environment)})
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.log = open(records, "w", encoding="ascii")
        self.addCleanup(self.log.close)
        wait_until(self.socket.exists, "the control socket")

    def write(self, text):
        self.log.write(text)
        self.log.flush()

    def test_sinks(self):
        receiver = SocketReceiver(self.directory / "agent.sock")
        self.addCleanup(receiver.close)
        self.start(f'socket "agent" {{ path = "{receiver.path}" }}\nsocket "away" {{ path = "{self.directory}/away.sock" }}\n'
                   'webhook "pager" { url = "http://127.0.0.1:9/" }\n')
        self.write(kill_record(1) + "nonsense\n" + "14,2,2000,-;of user space\n" + kill_record(3))
        wait_until(lambda: self.sink("pager").get("on_disk") == 2 and self.sink("agent")["delivered"] == 2, "all are where they can be")
        status = self.status()
        self.assertEqual(status["incidents"], 2)
        self.assertEqual(status["log"]["malformed"], 1)
        self.assertEqual(status["log"]["refused"], 1)
        self.assertEqual(status["pid"], self.process.pid)
        self.assertEqual((status["alerts"]["made"], status["alerts"]["dropped"]), (2, 0))
        self.assertEqual(self.sink("agent")["state"], "up")
        away = self.sink("away")
        self.assertEqual((away["state"], away["delivered"]), ("down", 0))
        self.assertIn("No such file or directory", away["last_error"]["text"])
        self.assertEqual(self.sink("pager")["spooled"], 2)
        self.assertEqual(status["attention"], ["socket away is down",
                                               f"no oomwatch-courier runs: alerts for webhooks wait in {self.directory}/spool"])
        text = run_status("-c", self.config)
        self.assertEqual(text.returncode, 1)
        for line in (r"(?m)^oomwatchd \S+, process \d+, runs since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\d+ s\)$", r"(?m)^  Incidents  2; \d alerts made",
                     r"(?m)^  socket agent +up +2 +0 +0 +0 +0 +0$", r"(?m)^  webhook pager +up +2 +0 +2 +0 +0 +0$",
                     r"(?m)^      last error \S+ \S+ UTC: .*away.sock: No such file", r"(?m)^  Attention: socket away is down$"):
            self.assertRegex(text.stdout, line)

    def test_rejected_and_the_courier(self):
        self.start('webhook "pager" { url = "http://127.0.0.1:9/" }\n')
        self.write(kill_record(1))
        wait_until(lambda: self.sink("pager").get("on_disk") == 1, "one is spooled")
        pager = self.directory / "spool" / "pager"
        (pager / "rejected").mkdir(exist_ok=True)
        (one,) = pager.glob("*.json")
        one.rename(pager / "rejected" / one.name)
        courier = subprocess.Popen([BUILD / "oomwatch-courier", "-c", self.config], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(courier.wait)
        self.addCleanup(courier.kill)
        wait_until(lambda: self.status()["courier"]["running"], "the courier's lock")
        status = self.status()
        self.assertEqual((status["sinks"][0]["on_disk"], status["sinks"][0]["rejected"]), (0, 1))
        self.assertEqual(status["attention"], ["webhook pager: 1 alerts were rejected: 'oomwatch retry pager' sends them again"])

    def test_all_is_well(self):
        self.start()
        done = run_status("-c", self.config)
        self.assertEqual(done.returncode, 0, done)
        self.assertNotIn("Attention", done.stdout)

    @unittest.skipIf(os.geteuid(), "root is needed to be another user")
    def test_who_sees_what(self):
        self.start('socket "secret-agent" { path = "/run/nobody/secret.sock" }\n')
        program = self.directory / "oomwatch"
        shutil.copy(BUILD / "oomwatch", program)
        self.config.chmod(0o600)

        def of(**options):
            return self.read(run_status("--socket", self.socket, "--json", program=program, cwd="/", **options))
        everything = set(of())
        self.assertEqual(set(of(user=STRANGER, group=STRANGER, extra_groups=[GROUP])), everything)
        self.assertEqual(set(of(user=STRANGER, group=GROUP, extra_groups=[])), everything)
        self.assertEqual(set(of(user=STRANGER, group=STRANGER, extra_groups=[STRANGER])), PUBLIC - {"watched_since", "kills"})
        text = run_status("--socket", self.socket, program=program, cwd="/", user=STRANGER, group=STRANGER, extra_groups=[])
        self.assertEqual(text.returncode, 0)
        self.assertNotIn("secret", text.stdout)
        self.assertIn("More is shown to root", text.stdout)

    def test_none_runs(self):
        self.config.write_text(f'control {{ path = "{self.socket}" }}\n')
        expected = f"oomwatch status: no oomwatchd runs: {self.socket}: "
        left = socket.socket(socket.AF_UNIX)
        self.addCleanup(left.close)
        for prepare in (lambda: None, lambda: left.bind(str(self.socket))):
            prepare()
            for arguments in ((), ("--json",)):
                done = run_status("-c", self.config, *arguments)
                self.assertEqual((done.returncode, done.stdout), (3, ""))
                self.assertTrue(done.stderr.startswith(expected), done.stderr)
                self.assertIn("systemctl start oomwatchd", done.stderr)

    def test_a_killed_watcher_leaves_a_socket_that_the_next_one_replaces(self):
        self.start()
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.assertTrue(self.socket.exists())
        self.assertEqual(run_status("-c", self.config).returncode, 3)
        (self.directory / "records").unlink()
        before = self.socket.stat().st_ino
        os.link(self.socket, self.directory / "old.sock")  # so that its number is not used again
        self.start()
        wait_until(lambda: self.socket.exists() and self.socket.stat().st_ino != before, "another socket")
        self.assertEqual(self.status()["pid"], self.process.pid)

    def test_a_second_watcher_leaves_the_first_its_socket(self):
        self.start()
        second = subprocess.run([BUILD / "oomwatchd", "-c", self.config, "--kmsg", "/dev/null", "--stdout", "none"], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=DEADLINE_SEC, check=False)
        self.assertEqual(second.returncode, 0)
        self.assertIn(f"{self.socket}: oomwatch status can't ask: another process listens there", second.stderr)
        self.assertEqual(self.status()["pid"], self.process.pid)

    def test_no_socket_is_no_failure(self):
        self.config.write_text(f'spool {{ path = "{self.directory}/spool" }}\njournal {{ enabled = false }}\n')
        for section, words in (("control { path = /nowhere/control.sock }", "/nowhere/control.sock: oomwatch status can't ask: No such file or directory"),
                               (f'control {{ path = "{self.config}" }}', "it is no socket"), ("control { enabled = false }", ""), ("", "")):
            with self.subTest(section):
                self.config.write_text(f'spool {{ path = "{self.directory}/spool" }}\njournal {{ enabled = false }}\n{section}\n')
                done = subprocess.run([BUILD / "oomwatchd", "-c", self.config, "--kmsg", "/dev/null", "--stdout", "none"], stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=DEADLINE_SEC, check=False)
                self.assertEqual(done.returncode, 0)
                self.assertIn(words, done.stderr)
                self.assertEqual(bool(done.stderr), bool(words), done.stderr)

    def test_a_slow_client_is_dropped(self):
        """Half a minute, which a clock that goes ahead stands for."""
        clock = self.directory / "clock"
        clock.write_bytes(struct.pack("=q", 0))
        self.start(environment={"LD_PRELOAD": f"{BUILD}/tests/tools/libfaults.so", "OOMWATCH_FAULT_CLOCK": str(clock),
                                "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
        with socket.socket(socket.AF_UNIX) as slow, socket.socket(socket.AF_UNIX) as good:
            slow.connect(str(self.socket))
            slow.setblocking(False)
            try:
                while True:
                    slow.sendall(ASK * 100)
            except BlockingIOError:
                pass
            good.connect(str(self.socket))
            with good.makefile("rb") as answers:
                def ask():
                    good.sendall(ASK)
                    return json.loads(answers.readline())["control"]
                self.assertEqual(ask(), {"clients": 2, "slow": 0, "refused": 0})
                with open(clock, "r+b") as file:
                    file.write(struct.pack("=q", 29))
                self.assertEqual(ask()["slow"], 0)
                ahead = iter(range(59, 1000000, 31))  # again and again: a busy machine may have served the slow one until now

                def is_dropped():
                    with open(clock, "r+b") as file:
                        file.write(struct.pack("=q", next(ahead)))
                    return self.status()["control"]["slow"] == 1
                wait_until(is_dropped, "the slow one is dropped")

    @unittest.skipUnless(os.environ.get("OOMWATCH_LONG"), "it waits for ten seconds: OOMWATCH_LONG=1 runs it")
    def test_a_watcher_that_hangs(self):
        self.start()
        self.process.send_signal(signal.SIGSTOP)
        done = run_status("-c", self.config)
        self.process.send_signal(signal.SIGCONT)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("oomwatchd doesn't answer", done.stderr)

    def test_what_answers_is_not_oomwatchd(self):
        """Whatever it says, it is an error with a reason."""
        self.config.write_text(f'control {{ path = "{self.socket}" }}\n')
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.socket))
        listener.listen(8)
        for answer, status, words in ((b"", 3, "it has closed the connection"), (b"hello\n", 2, "the answer is not one of oomwatchd's"),
                                      (b"[]\n", 2, "the answer is not one of oomwatchd's"), (b"x" * (2 << 20), 3, "it has closed"),
                                      (b'{"error":"failed","text":"no"}\n', 2, "oomwatchd refuses: no"),
                                      (b'{"sinks":5,"healthy":true,"kills":[],"log":3}\n', 0, ""), (b'{"sinks":[1,[],{"kind":7}],"spool":[]}\n', 1, "")):
            for arguments in ((), ("--json",)):
                with self.subTest(answer=answer[:40], arguments=arguments):
                    process = subprocess.Popen([BUILD / "oomwatch", "status", "-c", self.config, *arguments], stdin=subprocess.DEVNULL,
                                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                    peer, _ = listener.accept()
                    with peer:
                        peer.recv(4096)
                        try:
                            peer.sendall(answer)
                        except OSError:
                            pass
                    _, errors = process.communicate(timeout=DEADLINE_SEC)
                    self.assertEqual(process.returncode, status, errors)
                    self.assertIn(words, errors)

    def test_wrong_usage(self):
        for arguments, words in ((("nginx",), "'nginx': no argument is expected"), (("-o", "html"), "must be text or json"), (("--bogus",), "--bogus")):
            done = run_status(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            first, second = done.stderr.splitlines()
            self.assertIn(words, first)
            self.assertEqual(second, "Try 'oomwatch status --help'.")
        self.assertEqual(run_status("-c", "/nowhere.conf").returncode, 2)
        self.assertRegex(run_status("-V").stdout, r"^oomwatch \d")
        self.assertIn("Usage: oomwatch status", run_status("--help").stdout)


@unittest.skipIf(memcg.why_not() or watcher.why_not(), memcg.why_not() or watcher.why_not())
class TestOfTheMachine(Status):
    def test_a_kill(self):
        with Watcher("", ["--from", "now"], self.directory) as daemon, memcg.Memcg(limit=2 * memcg.MIB) as group:
            pid = group.kill()
            daemon.wait_for(pid)
            daemon.wait_balanced()
            status = self.status()
            self.assertGreaterEqual(status["incidents"], 1)
            self.assertEqual(status["kills"]["missed"], 0)
            self.assertGreaterEqual(status["kills"]["counted"], 1)
            self.assertLessEqual(status["kills"]["counted"], kernel_count())
            self.assertIn("balanced", status["kills"])
            self.assertTrue(status["state_locked"])
            self.assertEqual(status["cursor"]["path"], str(self.directory / "cursor"))
            self.assertGreater(status["cursor"]["seq"], 0)
            self.assertEqual(status["log"]["path"], "/dev/kmsg")
            self.assertRegex(run_status("-c", self.config).stdout, r"(?m)^  Kills      \d+ counted by the kernel since the boot, \d+ explained, 0 missed$")
            self.assertEqual(daemon.stop(), 0)
        self.assertFalse(self.socket.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
