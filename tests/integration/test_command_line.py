#!/usr/bin/python3
"""oomwatchd as a command: its options, its exit codes, files, pipes and terminals."""

import os
import pathlib
import pty
import re
import select
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from alert_reader import read_alert, read_alerts
from testbed import BUILD, CORPUS, DEADLINE_SEC, wait_until
from watcher import SocketReceiver, Watcher

CASES = CORPUS / "cases"
STORM = CASES / "6.1/storm-200.kmsg"
ONE = CASES / "6.1/memcg-service.kmsg"
HOSTILE = CASES / "6.1/hostile-names.kmsg"


class TestCommandLine(unittest.TestCase):
    def setUp(self):
        self._directory = tempfile.TemporaryDirectory(prefix="oomwatchd-cli-")
        self.addCleanup(self._directory.cleanup)
        self.directory = pathlib.Path(self._directory.name)
        self.config = self.directory / "oomwatchd.conf"
        self.write_config("")

    def write_config(self, more):
        self.config.write_text(f'journal {{ enabled = false }}\nspool {{ path = "{self.directory}/spool" }}\n' + more)

    def run_daemon(self, *arguments, **more):
        return subprocess.run([BUILD / "oomwatchd", *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE_SEC, **more)

    def read_file(self, path, *arguments, **more):
        return self.run_daemon("-c", self.config, "--kmsg", path, *arguments, **more)

    def alerts_of(self, path, **more):
        """The alerts of a file, and what was said on standard error."""
        done = self.read_file(path, "--stdout", "json", **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return read_alerts(done.stdout), done.stderr

    def test_help_names_every_option(self):
        done = self.run_daemon("--help")
        self.assertEqual(done.returncode, 0)
        for option in (b"-c", b"--config", b"--kmsg", b"--from", b"--stdout", b"--check-config", b"--version", b"--help"):
            self.assertIn(option, done.stdout)
        self.assertLessEqual(max(len(line) for line in done.stdout.splitlines()), 100)

    def test_version(self):
        self.assertRegex(self.run_daemon("--version").stdout, rb"\Aoomwatchd \d+\.\d+\.\d+\n\Z")

    def test_service_manager_gets_each_state(self):
        """Also of a log that isn't the machine's own, when that is what the service reads."""
        fifo = self.directory / "kmsg"
        os.mkfifo(fifo)
        writer = os.open(fifo, os.O_RDWR)
        self.addCleanup(os.close, writer)
        with Watcher(arguments=["--kmsg", fifo]) as daemon:
            self.assertRegex(daemon.status, r"^Watching: 0 alerts, 0 waiting")
            daemon.config.write_text("nonsense = 1\n")
            daemon.send_signal(signal.SIGHUP)
            daemon.wait_log("the configuration was not reloaded, the old one stays: ")
            wait_until(lambda: sum("READY=1" in note for note in daemon.notes) == 2, "the second READY=1")
            daemon.send_signal(signal.SIGTERM)
            wait_until(lambda: any("STOPPING=1" in note for note in daemon.notes), "STOPPING=1")
            self.assertEqual(daemon.process.wait(timeout=DEADLINE_SEC), 0)
            daemon.stop()
        self.assertRegex("\n".join(daemon.notes), r"\AREADY=1\nSTATUS=Watching.*\nRELOADING=1\nMONOTONIC_USEC=\d+\nREADY=1\nSTATUS=Watching.*\n"
                         r"STOPPING=1\nSTATUS=Delivering what is queued\Z")

    def test_wrong_usage_is_2_and_says_why(self):
        for arguments, words in ((["--nonsense"], b"--nonsense"), (["--from", "yesterday"], b"yesterday"), (["--stdout", "xml"], b"text json none"),
                                 (["stray"], b"stray"), (["-c"], b"requires an argument")):
            done = self.run_daemon(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, b"")

    def test_wrong_configuration_is_2_with_file_and_line(self):
        self.config.write_text('journal { enabled = false }\nsocket "x" { path = "relative" }\n')
        for arguments in (["--check-config"], ["--kmsg", ONE]):
            done = self.run_daemon("-c", self.config, *arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{self.config}:2: ".encode(), done.stderr)

    def test_file_that_is_not_there_is_1(self):
        done = self.read_file(self.directory / "absent")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"absent: can't be opened: No such file or directory", done.stderr)
        self.assertEqual(self.read_file(self.directory).returncode, 1)

    def test_a_file_without_a_record_is_1(self):
        (self.directory / "binary").write_bytes(os.urandom(1 << 20))
        (self.directory / "dmesg.txt").write_bytes(b"[    1.000000] Out of memory: Killed process 7 (x)\n")
        for name in ("binary", "dmesg.txt"):
            done = self.read_file(self.directory / name)
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.assertIn(f"{name}: it has no record as /dev/kmsg gives them".encode(), done.stderr)
            self.assertIn(b"oomwatch scan", done.stderr)

    def test_empty_files_and_long_lines_are_no_error(self):
        (self.directory / "empty").write_bytes(b"")
        (self.directory / "long").write_bytes(b"6,1,1,-;" + b"x" * (1 << 20) + b"\n" + ONE.read_bytes())
        self.assertEqual(self.alerts_of(self.directory / "empty")[0], [])
        alerts, log = self.alerts_of(self.directory / "long")
        self.assertEqual(len(alerts), 1)
        self.assertIn(b"1 malformed", log)

    def test_nothing_is_printed_where_nobody_asked(self):
        done = self.read_file(ONE)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_fifo_is_read_to_its_end(self):
        fifo = self.directory / "fifo"
        os.mkfifo(fifo)
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", fifo, "--stdout", "json"], stdout=subprocess.PIPE)
        with open(fifo, "wb") as writer:
            data = ONE.read_bytes()
            writer.write(data[:1000])
            writer.flush()
            writer.write(data[1000:])
        out, _ = process.communicate(timeout=DEADLINE_SEC)
        self.assertEqual((process.returncode, len(read_alerts(out))), (0, 1))

    def test_slow_pipe_gets_every_alert(self):
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", STORM, "--stdout", "json"], stdout=subprocess.PIPE)
        read = 0
        while line := process.stdout.readline():
            read_alert(line)
            read += 1
            if read % 20 == 0:
                select.select([], [], [], 0.02)
        process.stdout.close()
        self.assertEqual((process.wait(timeout=DEADLINE_SEC), read), (0, 200))

    def test_stop_does_not_wait_for_a_stalled_pipe(self):
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", STORM, "--stdout", "json"], stdout=subprocess.PIPE)
        process.stdout.read(1)
        process.terminate()
        process.wait(timeout=DEADLINE_SEC)
        process.stdout.close()

    def test_closed_pipe_is_1_and_no_signal(self):
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", STORM, "--stdout", "json"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.close()
        self.assertEqual(process.wait(timeout=DEADLINE_SEC), 1)
        process.stderr.close()

    def test_closed_standard_error_is_no_signal(self):
        self.write_config(f'socket "absent" {{ path = "{self.directory}/absent" }}\n')  # there is something to be said
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run([BUILD / "oomwatchd", "-c", self.config, "--kmsg", ONE, "--stdout", "json"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=writer, timeout=DEADLINE_SEC)
        finally:
            os.close(writer)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(read_alerts(done.stdout)), 1)

    def test_full_disk_is_1(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BUILD / "oomwatchd", "-c", self.config, "--kmsg", ONE, "--stdout", "json"], stdout=full, stderr=subprocess.PIPE,
                                  timeout=DEADLINE_SEC)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left", done.stderr)

    def test_terminal_gets_text_without_control_characters(self):
        controller, terminal = pty.openpty()
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", HOSTILE], stdout=terminal, stdin=subprocess.DEVNULL)
        os.close(terminal)
        out = b""
        try:
            while data := os.read(controller, 65536):
                out += data
        except OSError:
            pass  # the terminal is closed
        os.close(controller)
        self.assertEqual(process.wait(timeout=DEADLINE_SEC), 0)
        text = out.decode("utf-8").replace("\r\n", "\n")
        self.assertGreater(text.count("was killed"), 10)
        self.assertNotRegex(text, r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")

    def test_socket_receiver_of_a_file_gets_what_standard_output_gets(self):
        receiver = SocketReceiver(self.directory / "receiver")
        self.write_config(f'socket "s" {{ path = "{self.directory}/receiver" }}\n')
        alerts, _ = self.alerts_of(STORM)
        wait_until(lambda: len(receiver.alerts) == 200, "200 alerts")
        self.assertEqual(receiver.alerts, alerts)
        receiver.close()

    def test_absent_receiver_of_a_file_finds_it_in_the_spool(self):
        self.write_config(f'socket "away" {{ path = "{self.directory}/nobody" }}\n')
        alerts, _ = self.alerts_of(ONE)
        (spooled,) = (self.directory / "spool/away").glob("*.json")
        self.assertEqual([read_alert(spooled.read_bytes())], alerts)

    def test_a_full_spool_keeps_the_newest_and_says_how_many_went(self):
        for config in (f'socket "away" {{ path = "{self.directory}/away" }}\n', 'webhook "away" { url = "https://localhost:1/" }\n'):
            with self.subTest(config):
                self.config.write_text(f'journal {{ enabled = false }}\nspool {{ path = "{self.directory}/spool" max_files = 10 }}\n{config}')
                done = self.read_file(STORM, "--stdout", "json")
                printed = [alert["id"] for alert in read_alerts(done.stdout)]
                self.assertRegex(done.stderr.decode(), '"away": [0-9]+ alerts dropped, the oldest first: its spool is full')
                files = sorted((self.directory / "spool/away").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
                kept = [read_alert(path.read_bytes()) for path in files]
                # The very first may have been on its way.
                self.assertEqual([alert["id"] for alert in kept], [printed[0], *printed[-9:]])
                self.assertEqual(sum(alert.get("dropped_before", 0) for alert in kept), len(printed) - 10)
                if config.startswith("socket"):
                    receiver = SocketReceiver(self.directory / "away")
                    self.read_file("/dev/null")
                    wait_until(lambda: len(receiver.alerts) == 10, "what was kept")
                    self.assertEqual(receiver.alerts, kept)
                    receiver.close()

    def test_stdin_as_file(self):
        with open(ONE, "rb") as file:
            done = subprocess.run([BUILD / "oomwatchd", "-c", self.config, "--kmsg", "/dev/stdin", "--stdout", "json"], stdin=file, capture_output=True, timeout=DEADLINE_SEC)
        self.assertEqual(len(read_alerts(done.stdout)), 1)
        done = subprocess.run([BUILD / "oomwatchd", "-c", self.config, "--kmsg", "/dev/stdin", "--stdout", "json"], input=ONE.read_bytes(), capture_output=True,
                              timeout=DEADLINE_SEC)
        self.assertEqual(len(read_alerts(done.stdout)), 1)

    def test_dash_is_standard_input(self):
        command = [BUILD / "oomwatchd", "-c", self.config, "--kmsg", "-", "--stdout", "json"]
        with open(ONE, "rb") as file:
            done = subprocess.run(command, stdin=file, capture_output=True, timeout=DEADLINE_SEC)
        self.assertEqual((done.returncode, len(read_alerts(done.stdout))), (0, 1))
        done = subprocess.run(command, input=ONE.read_bytes(), capture_output=True, timeout=DEADLINE_SEC)
        self.assertEqual((done.returncode, len(read_alerts(done.stdout))), (0, 1))
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE)
        theirs.close()
        ours.sendall(ONE.read_bytes())
        ours.close()
        self.assertEqual(len(read_alerts(process.communicate(timeout=DEADLINE_SEC)[0])), 1)
        self.assertEqual(process.returncode, 0)

    def test_a_terminal_is_read_as_lines(self):
        controller, terminal = pty.openpty()
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", "-", "--stdout", "json"], stdin=terminal, stdout=subprocess.PIPE)
        os.close(terminal)
        os.write(controller, b"3,7,1000000,-;Out of memory: Killed process 7 (a) total-vm:4kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 "
                 b"pgtables:4kB oom_score_adj:0\n\x04")
        out, _ = process.communicate(timeout=DEADLINE_SEC)
        os.close(controller)
        self.assertEqual((process.returncode, len(read_alerts(out))), (0, 1))

    def test_an_empty_log_ends_at_once(self):
        for path in ("/dev/null", "-"):  # standard input is /dev/null too
            with self.subTest(path):
                done = self.read_file(path, "--stdout", "json")
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_too_few_file_descriptors(self):
        receivers = [SocketReceiver(self.directory / f"s{number}", "datagram") for number in range(20)]
        self.write_config("".join(f'socket "s{number}" {{ path = "{self.directory}/s{number}" type = datagram }}\n'
                                  f'webhook "w{number}" {{ url = "https://localhost:1/" }}\n' for number in range(20)))
        prlimit = ["prlimit", "--nofile=50:50"]
        command = [BUILD / "oomwatchd", "-c", self.config, "--kmsg", ONE]
        done = subprocess.run([*prlimit, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_SEC)
        self.assertEqual(done.returncode, 1)
        match = re.fullmatch(r"oomwatchd: the limit on open files \(RLIMIT_NOFILE; LimitNOFILE= of the unit\) is 50, and this configuration needs (\d+)\n",
                             done.stderr)
        self.assertTrue(match, done.stderr)
        for limits in (f"{match[1]}:{match[1]}", f"30:{match[1]}"):  # what is allowed is taken
            done = subprocess.run(["prlimit", f"--nofile={limits}", *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_SEC)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        for receiver in receivers:
            wait_until(lambda r=receiver: len(r.alerts) == 2, "the alert of both runs")
            receiver.close()
        for number in range(20):
            self.assertEqual(len(list((self.directory / f"spool/w{number}").glob("*.json"))), 1)

    def test_another_thing_in_the_place_of_the_kernel_log_is_refused(self):
        # As LXC has it, and as a mount has it.
        link = "mount -t tmpfs none /dev && mknod /dev/null c 1 3 && mknod /dev/console c 5 1 && ln -s console /dev/kmsg"
        for setup, what in ((link, "/dev/console is character device 5:1"), ("mount --bind /dev/full /dev/kmsg", "/dev/kmsg is character device 1:7"),
                            (f"mount --bind {ONE} /dev/kmsg", "/dev/kmsg is no device")):
            namespace = ["unshare", "--mount", "sh", "-c", f'{setup} || exit 9; exec "$@"', "sh"]
            with self.subTest(what):
                if subprocess.run([*namespace, "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode:
                    self.skipTest("can't replace /dev/kmsg in a mount namespace here")
                self.write_config(f'cursor {{ path = "{self.directory}/cursor" }}\n')
                done = subprocess.run([*namespace, BUILD / "oomwatchd", "-c", self.config], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                      timeout=DEADLINE_SEC)
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"/dev/kmsg is not the kernel's log (character device 1:11): {what}. In a container, run", done.stderr)

    def test_losses_in_a_storm_are_one(self):
        lines = [b"svc invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=-1000", b"Memory cgroup stats for /a.service:",
                 b"Out of memory and no killable processes..."]
        storm = [b"4,%d,%d,-;%s\n" % (3 * report + number + 1, 1000000 + 5000 * report + number, line)
                 for report in range(300) for number, line in enumerate(lines)]
        later = [b"6,%d,%d,-;eth0: link up\n" % (seq, seq * 100000) for seq in range(901, 905)]
        path = self.directory / "storm.kmsg"
        path.write_bytes(b"".join(storm[:100] + storm[110:400] + storm[405:] + later[:2] + later[3:]))
        alerts, said = self.alerts_of(path)
        self.assertEqual([(alert["type"], alert.get("lost"), alert.get("recurrence", {}).get("count")) for alert in alerts],
                         [("oom_no_victim", None, None), ("oom_no_victim", None, 295), ("records_lost", 15, None), ("records_lost", 1, None)])
        self.assertEqual(said.count(b"were lost"), 2)

    def test_what_is_over_by_the_records_stamps(self):
        header = b"svc invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
        path = self.directory / "stamps.kmsg"
        path.write_bytes(b"4,1,1000000,-;%s\n6,2,100000000,-;eth0: link up\n4,3,100000001,-;%s\n" %
                         (header, b"Out of memory: Killed process 7 (a) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0"))
        alerts, _ = self.alerts_of(path)
        self.assertEqual([alert["type"] for alert in alerts], ["oom_no_victim", "oom_kill"])
        self.assertNotIn("trigger", alerts[1])

    def test_sigterm_ends_an_endless_input(self):
        fifo = self.directory / "fifo"
        os.mkfifo(fifo)
        process = subprocess.Popen([BUILD / "oomwatchd", "-c", self.config, "--kmsg", fifo, "--stdout", "json"], stdout=subprocess.PIPE)
        with open(fifo, "wb") as writer:
            writer.write(ONE.read_bytes())
            writer.flush()
            read_alert(process.stdout.readline())
            process.terminate()
            self.assertEqual(process.wait(timeout=DEADLINE_SEC), 0)
        process.stdout.close()


class TestTogether(unittest.TestCase):
    def test_forms_of_one_alert_agree(self):
        """The text names the victim that the JSON names, and the same file gives the same bytes twice."""
        with tempfile.TemporaryDirectory() as directory:
            config = pathlib.Path(directory) / "c.conf"
            config.write_text("journal { enabled = false }\n")
            results = []

            def run(form):
                results.append(subprocess.run([BUILD / "oomwatchd", "-c", config, "--kmsg", ONE, "--stdout", form], capture_output=True, timeout=DEADLINE_SEC).stdout)

            threads = [threading.Thread(target=run, args=(form,)) for form in ("json", "json")]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(results[0], results[1])
            run("text")
            alert = read_alert(results[0])
            self.assertIn(f"{alert['victim']['comm']} (pid {alert['victim']['pid']})".encode(), results[2])


if __name__ == "__main__":
    unittest.main(verbosity=2)
