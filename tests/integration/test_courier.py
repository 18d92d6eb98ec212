#!/usr/bin/python3
"""oomwatch-courier with a real HTTPS receiver: what is in the spool arrives, in order, and nothing is lost.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import contextlib
import email.utils
import functools
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from alert_reader import kill_record, read_alert, read_alerts
from https_receiver import Answer, Authority, Proxy, Receiver
from journald import Journald
from testbed import BUILD, DEADLINE_SEC, wait_until

COURIER = BUILD / "oomwatch-courier"
SPOOL_WRITE = BUILD / "tests" / "tools" / "spool_write"
# Standard error is the journal's, for all that it knows.
AS_SERVICE = ["sh", "-c", 'JOURNAL_STREAM=$(stat -Lc %d:%i /dev/stderr) exec "$@"', "sh"]
ALERTS = 400  # from 0 on: more than any test sends


@functools.lru_cache(maxsize=None)
def alert_lines():
    """The alerts of ALERTS kills by oomwatchd; their ids are in no order."""
    with tempfile.TemporaryDirectory(prefix="courier-alerts.") as directory:
        config, records = Path(directory) / "oomwatchd.conf", Path(directory) / "records"
        config.write_text("journal { enabled = false }\n")
        records.write_text("".join(kill_record(number, r"caf\xc3\xa9") for number in range(ALERTS)))
        output = subprocess.run([BUILD / "oomwatchd", "-c", config, "--kmsg", records, "--stdout", "json"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=True, timeout=DEADLINE_SEC).stdout
    if len(read_alerts(output)) != ALERTS:
        raise AssertionError(f"{ALERTS} kills, but {len(output.splitlines())} alerts of oomwatchd")
    return output.splitlines()


def alert(number, **more):
    return json.loads(alert_lines()[number]) | more


def alert_id(number):
    return alert(number)["id"]


class Courier:
    """A running courier; the test is its systemd, with a socket."""

    def __init__(self, directory, config, *arguments, environment=None, command=(COURIER,)):
        self.states = []
        self._log_path = Path(directory) / f"courier-{time.monotonic_ns()}.log"
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify_path = f"{directory}/notify-{time.monotonic_ns()}"
        self._notify.bind(notify_path)
        self._reader = threading.Thread(target=self._read_states, daemon=True)
        self._reader.start()
        inherited = {name: value for name, value in os.environ.items()
                     if not name.lower().endswith("_proxy") and name != "JOURNAL_STREAM"}
        environment = {**inherited, "NOTIFY_SOCKET": notify_path, **(environment or {})}
        with open(self._log_path, "wb") as log:
            self.process = subprocess.Popen([*command, "-c", config, *arguments], stderr=log, env=environment)

    def _read_states(self):
        while data := self._notify.recv(4096):
            self.states.append(data.decode())

    def log(self):
        return self._log_path.read_text()

    def wait_log(self, pattern):
        try:
            return wait_until(lambda: re.search(pattern, self.log()), f"{pattern} in the log")
        except AssertionError as error:
            raise AssertionError(f"{error}; the log:\n{self.log()}") from None

    def wait_state(self, pattern):
        try:
            return wait_until(lambda: re.search(pattern, "\n".join(self.states)), f"{pattern} sent to systemd")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.states}\n{self.log()}") from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, signal_number=signal.SIGTERM):
        """Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.process.wait(DEADLINE_SEC)

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self._notify.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._notify.close()


class CourierTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._class_directory = tempfile.TemporaryDirectory(prefix="courier-ca.")
        cls.authority = Authority(cls._class_directory.name)
        cls.server = cls.authority.server()

    @classmethod
    def tearDownClass(cls):
        cls._class_directory.cleanup()

    def setUp(self):
        self._directory = tempfile.TemporaryDirectory(prefix="courier.")
        self.addCleanup(self._directory.cleanup)
        self.directory = Path(self._directory.name)
        self.spool = self.directory / "state" / "spool"
        self.config = self.directory / "oomwatchd.conf"
        self._stack = contextlib.ExitStack()
        self.addCleanup(self._stack.close)

    # --- parts ------------------------------------------------------------------------------------------------------

    def receiver(self, *arguments, **named):
        return self._stack.enter_context(Receiver(*arguments, **named))

    def https_receiver(self, **named):
        return self.receiver(self.server, **named)

    def configure(self, **webhooks):
        """webhooks: name = (receiver or URL, further lines)."""
        text = f'spool {{ path = "{self.spool}" }}\n'
        for name, (receiver, *lines) in webhooks.items():
            url = receiver if isinstance(receiver, str) else receiver.url
            lines = "\n".join(f"    {line}" for line in lines)
            text += f'webhook "{name}" {{\n    url = "{url}"\n    ca_file = "{self.authority.ca}"\n{lines}\n}}\n'
        self.config.write_text(text)

    def start(self, *arguments, ready=True, **named):
        courier = Courier(self.directory, self.config, *arguments, **named)
        self._stack.callback(courier.close)
        if ready:
            courier.wait_state("READY=1")
        return courier

    def once(self):
        courier = self.start("--once", ready=False)
        courier.process.wait(DEADLINE_SEC)
        return courier

    def put(self, *alerts, sink="pager"):
        """Writes with the daemon's own code. A number means the alert of that number."""
        texts = [alert_lines()[a] if isinstance(a, int) else json.dumps(a).encode() for a in alerts]
        lines = b"".join(b"%s %s\n" % (read_alert(text)["id"].encode(), text) for text in texts)
        subprocess.run([SPOOL_WRITE, self.spool, sink], input=lines, check=True, timeout=DEADLINE_SEC)

    def waiting(self, sink="pager"):
        return {path.stem for path in (self.spool / sink).glob("*.json")}

    def rejected(self, sink="pager"):
        return {path.stem for path in (self.spool / sink / "rejected").glob("*.json")}

    def wait_empty(self, sink="pager"):
        wait_until(lambda: not self.waiting(sink), f"an empty spool of {sink}")

    def assert_ids(self, receiver, numbers):
        self.assertEqual(receiver.ids(), [alert_id(n) for n in numbers])

    # --- delivery ---------------------------------------------------------------------------------------------------

    def test_alerts_arrive_whole_in_order_and_once(self):
        receiver = self.https_receiver()
        token = self.directory / "token"
        token.write_text("s3cret\n")
        self.configure(pager=(receiver, f'token_file = "{token}"', 'header = {"X-Team: storage", "X-Other: a, b"}'))
        self.put(*range(20))
        courier = self.start()
        receiver.wait_for(20)
        self.put(*range(20, 50))
        requests = receiver.wait_for(50)
        self.wait_empty()
        self.assert_ids(receiver, range(50))
        for number, request in enumerate(requests):
            self.assertEqual(request.method, "POST")
            self.assertEqual(request.path, "/hook")
            self.assertEqual(request.body, alert_lines()[number])
            self.assertEqual(request.headers["Content-Type"], "application/json")
            self.assertEqual(request.headers["Authorization"], "Bearer s3cret")
            self.assertEqual(request.headers["X-Team"], "storage")
            self.assertEqual(request.headers["X-Other"], "a, b")
            self.assertRegex(request.headers["User-Agent"], r"^oomwatch-courier/\d+\.\d+\.\d+$")
            self.assertEqual(len(request.headers.get_all("Content-Type")), 1)
        self.assertEqual(len({request.connection for request in requests}), 1, "the connection is kept")
        courier.wait_state("STATUS=1 webhooks, 0 alerts waiting, 50 delivered, 0 rejected")
        self.assertEqual(courier.stop(), 0, courier.log())
        self.assertIn("STOPPING=1", "\n".join(courier.states))
        self.assertEqual(courier.log(), "")

    def test_plain_http(self):
        receiver = self.receiver()
        self.configure(pager=(receiver,))
        self.put(1)
        self.assertEqual(self.once().process.returncode, 0)
        self.assert_ids(receiver, [1])

    def test_receiver_down_then_up(self):
        receiver = self.https_receiver()
        receiver.stop()
        self.configure(pager=(receiver,))
        self.put(1, 2, 3)
        courier = self.start()
        courier.wait_log('webhook "pager": request failed: .*; alerts wait')
        courier.wait_state(r"STATUS=1 webhooks \(1 failing\), 3 alerts waiting")
        self.put(4, 5)
        receiver.start()
        receiver.wait_for(5)
        courier.wait_log('webhook "pager": works again')
        self.wait_empty()
        receiver.stop()
        self.put(6)
        wait_until(lambda: len(re.findall("request failed", courier.log())) == 2, "a second outage")
        receiver.start()
        receiver.wait_for(6)
        self.wait_empty()
        self.assert_ids(receiver, range(1, 7))
        self.assertEqual(courier.stop(), 0)
        self.assertEqual(len(courier.log().splitlines()), 4, "begin and end of each outage:\n" + courier.log())

    def test_directories_are_made_and_watched(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver,))
        self.start()
        self.assertEqual(self.spool.joinpath("pager").stat().st_mode & 0o7777, 0o750)
        self.put(1)
        receiver.wait_for(1)
        self.wait_empty()

    # --- answers ----------------------------------------------------------------------------------------------------

    def test_statuses_that_are_retried(self):
        statuses = [500, 503, 429, 408, 425]
        receiver = self.https_receiver(answer=lambda r: Answer(statuses.pop(0) if statuses else 200))
        self.configure(pager=(receiver,))
        self.put(1, 2)
        courier = self.start()
        receiver.wait_for(7, 60)
        self.wait_empty()
        self.assert_ids(receiver, [1] * 6 + [2])
        self.assertEqual(self.rejected(), set())
        courier.wait_log("answered with status 500")
        courier.wait_log("works again, after .* 5 failed attempts")
        self.assertEqual(len(courier.log().splitlines()), 2, courier.log())

    def test_retry_after_is_honoured(self):
        for value in (lambda: "3", lambda: email.utils.formatdate(time.time() + 4, usegmt=True)):
            with self.subTest(value()):
                answers = [Answer(429, {"Retry-After": value()})]
                receiver = self.https_receiver(answer=lambda r, a=answers: a.pop() if a else Answer())
                self.configure(pager=(receiver,))
                self.put(1)
                courier = self.start()
                first, second = receiver.wait_for(2)
                # First backoff without it: at most 1 s.
                self.assertGreaterEqual(second.mono - first.mono, 2.9)
                self.wait_empty()
                courier.stop()

    def test_refused_alerts_are_rejected_and_the_others_delivered(self):
        bad = {alert_id(2): 400, alert_id(4): 413, alert_id(5): 415, alert_id(6): 422}
        receiver = self.https_receiver(answer=lambda r: Answer(bad.get(r.id, 202)))
        self.configure(pager=(receiver,))
        self.put(1, 2, 3, 4, 5, 6, 7)
        courier = self.start()
        receiver.wait_for(7)
        self.wait_empty()
        self.assert_ids(receiver, range(1, 8))
        self.assertEqual(self.rejected(), set(bad))
        courier.wait_log(f"alert {alert_id(2)} rejected: the receiver answered with status 400")
        courier.wait_state("3 delivered, 4 rejected")
        kept = read_alert((self.spool / "pager" / "rejected" / f"{alert_id(2)}.json").read_text())
        self.assertEqual(kept, alert(2))

    def test_what_somebody_must_mend_keeps_the_queue(self):
        for status in (301, 302, 307, 308, 401, 403, 404, 410):
            with self.subTest(status):
                is_mended = threading.Event()
                receiver = self.https_receiver(answer=lambda r, s=status, m=is_mended: Answer(200 if m.is_set() else s))
                self.configure(**{f"hook-{status}": (receiver,)})
                self.put(1, 2, 3, sink=f"hook-{status}")
                courier = self.start()
                receiver.wait_for(2)
                courier.wait_state(rf'\(1 failing\), 3 alerts waiting, 0 delivered, 0 rejected; "hook-{status}" answers with status {status}')
                self.assertEqual(len(self.waiting(f"hook-{status}")), 3)
                self.assertEqual(self.rejected(f"hook-{status}"), set())
                is_mended.set()
                courier.wait_log("works again")
                self.wait_empty(f"hook-{status}")
                self.assertEqual(receiver.ids()[-3:], [alert_id(1), alert_id(2), alert_id(3)])
                courier.wait_state(r"STATUS=1 webhooks, 0 alerts waiting, 3 delivered, 0 rejected(\n|$)")
                self.assertEqual(courier.stop(), 0)
                self.assertEqual(len(courier.log().splitlines()), 2, "said once, and that it is over:\n" + courier.log())

    def test_what_somebody_must_mend_is_an_error_and_said_again_after_a_reload(self):
        receiver = self.https_receiver(answer=lambda r: Answer(404))
        self.configure(pager=(receiver,))
        self.put(1)
        with Journald(start=False) as journald:  # nobody takes an entry
            courier = self.start(command=journald.command([*AS_SERVICE, COURIER]))
            courier.wait_log('<3>webhook "pager": the receiver answered with status 404: nothing is at this url; alerts wait')
            courier.process.send_signal(signal.SIGHUP)
            wait_until(lambda: courier.log().count("status 404") == 2, "it said again")
            self.assertEqual(self.waiting(), {alert_id(1)})

    def test_what_somebody_must_mend_is_an_entry_of_the_journal(self):
        is_mended = threading.Event()
        receiver = self.https_receiver(answer=lambda r: Answer(204 if is_mended.is_set() else 403))
        self.configure(pager=(receiver,))
        self.put(1)
        failing, works = "aad1293f6b914b0e9f813fc4bdca845d", "7807e795919246faa9bfa648d4c7046e"
        with Journald() as journald:
            courier = self.start(command=journald.command([*AS_SERVICE, COURIER]))
            (entry,) = wait_until(lambda: journald.query(f"MESSAGE_ID={failing}"), "the entry")
            self.assertEqual(entry["MESSAGE"], 'webhook "pager": the receiver answered with status 403: it forbids these requests; '
                                               "look at token_file, header and client_cert; alerts wait")
            self.assertEqual([entry[name] for name in ("PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY", "WEBHOOK", "HTTP_STATUS")],
                             ["3", "oomwatch-courier", "3", "pager", "403"])
            self.assertEqual(int(entry["_PID"]), courier.process.pid)
            receiver.wait_for(3)
            self.assertEqual(len(journald.query(f"MESSAGE_ID={failing}")), 1, "said once")
            courier.process.send_signal(signal.SIGHUP)
            wait_until(lambda: len(journald.query(f"MESSAGE_ID={failing}")) == 2, "said again after a reload")
            courier.process.send_signal(signal.SIGHUP)
            is_mended.set()
            (entry,) = wait_until(lambda: journald.query(f"MESSAGE_ID={works}"), "the entry that it works")
            self.assertEqual([entry[name] for name in ("PRIORITY", "WEBHOOK")], ["5", "pager"])
            self.assertIn("works again", entry["MESSAGE"])
            self.assertEqual(courier.stop(), 0)
            self.assertNotIn("status 403", courier.log(), "not twice in the journal")

    def oomwatch_retry(self, *arguments, config=None):
        return subprocess.run([BUILD / "oomwatch", "retry", "-c", config or self.config, *arguments], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=DEADLINE_SEC)

    def test_rejected_alerts_are_sent_again_on_demand(self):
        is_mended = threading.Event()
        receiver = self.https_receiver(answer=lambda r: Answer(204 if is_mended.is_set() else 400))
        self.configure(pager=(receiver,))
        self.put(1, 2, 3)
        courier = self.start()
        wait_until(lambda: len(self.rejected()) == 3, "three rejected alerts")
        is_mended.set()
        done = self.oomwatch_retry("pager", alert_id(3))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "pager: 1 alert is in the queue again\n", ""))
        receiver.wait_for(4)
        self.wait_empty()
        self.assertEqual(self.rejected(), {alert_id(1), alert_id(2)})
        done = self.oomwatch_retry("pager")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "pager: 2 alerts are in the queue again\n", ""))
        receiver.wait_for(6)
        self.wait_empty()
        self.assert_ids(receiver, [1, 2, 3, 3, 1, 2])
        courier.wait_state("3 delivered, 3 rejected")
        done = self.oomwatch_retry("pager")
        self.assertEqual((done.returncode, done.stdout), (1, "pager: 0 alerts are in the queue again\n"))

    def test_overdue_alerts_are_sent_again_on_demand_during_an_outage(self):
        # The time for retries begins again: else they would be rejected before a request.
        receiver = self.https_receiver()
        receiver.stop()
        self.configure(pager=(receiver, 'retry_for = "1s"'))
        self.put(1)
        courier = self.start()
        wait_until(lambda: self.rejected() == {alert_id(1)}, "the alert rejected")
        self.configure(pager=(receiver,))
        courier.process.send_signal(signal.SIGHUP)
        courier.wait_log("configuration reloaded")
        self.put(2)
        courier.wait_state(r"\(1 failing\), 1 alerts waiting")
        self.assertEqual(self.oomwatch_retry("pager").returncode, 0)
        receiver.start()
        receiver.wait_for(2)
        self.wait_empty()
        self.assert_ids(receiver, [2, 1])

    def test_retry_says_what_is_wrong(self):
        self.configure(pager=("https://localhost:1/", ))
        missing = self.directory / "nowhere.conf"
        for arguments, status, message in (
                ([], 2, "oomwatch retry: which webhook?"),
                (["page"], 2, "oomwatch retry: 'page': the configuration has no such webhook"),
                (["pager", "12"], 1, "oomwatch retry: pager has no rejected alert '12'"),
                (["--nonsense"], 2, "oomwatch retry: unrecognized option '--nonsense'"),
        ):
            with self.subTest(arguments):
                done = self.oomwatch_retry(*arguments)
                self.assertEqual(done.returncode, status)
                self.assertTrue(done.stderr.startswith(message), done.stderr)
        self.assertIn(f"{missing}: No such file", self.oomwatch_retry("pager", config=missing).stderr)
        self.assertFalse(self.spool.exists(), "nothing is made")
        (self.spool / "pager" / "rejected").mkdir(parents=True)
        (self.spool / "pager" / "rejected" / f"{alert_id(1)}.json").write_bytes(alert_lines()[1])
        self.assertIn("no oomwatch-courier runs", self.oomwatch_retry("pager").stderr)
        self.assertEqual(self.waiting(), {alert_id(1)})
        done = self.oomwatch_retry("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("Usage: oomwatch retry", done.stdout)

    def test_redirect_is_not_followed(self):
        other = self.https_receiver()
        for status in (301, 307, 308):
            receiver = self.https_receiver(answer=lambda r, s=status: Answer(s, {"Location": other.url}))
            self.configure(pager=(receiver,))
            self.put(status)
            self.assertEqual(self.once().process.returncode, 1)
            self.assertEqual(len(receiver.requests), 1)
            (self.spool / "pager" / f"{alert_id(status)}.json").unlink()  # it was kept
        self.assertEqual(other.requests, [])

    def test_huge_answer_is_cut_off(self):
        sent = []

        def body():
            for _ in range(100):
                yield b"x" * (1 << 20)
                sent.append(1 << 20)

        receiver = self.https_receiver(answer=lambda r: Answer(200, {}, body() if r.id == alert_id(2) else b"ok"))
        self.configure(pager=(receiver,))
        courier = self.start()
        self.put(1)
        self.wait_empty()
        peak = lambda: int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{courier.process.pid}/status").read_text())[1])
        before = peak()
        self.put(2, 3)
        receiver.wait_for(3)
        self.wait_empty()
        self.assert_ids(receiver, [1, 2, 3])  # status 200 was read: delivered, once
        self.assertLess(peak() - before, 8 * 1024)
        self.assertLess(sum(sent), 20 << 20)

    def test_huge_headers_are_cut_off(self):
        receiver = self.https_receiver(answer=lambda r: Answer(200, {f"X-{i}": "x" * 8000 for i in range(20)}))
        self.configure(pager=(receiver,))
        self.put(1)
        self.assertEqual(self.once().process.returncode, 1)
        self.assertEqual(self.waiting(), {alert_id(1)})

    def test_answer_that_breaks_off_after_its_headers_counts(self):
        receiver = self.https_receiver(answer=lambda r: Answer(200, {"Content-Length": "100"}, iter([b"short"])))
        self.configure(pager=(receiver,))
        self.put(1, 2)
        self.assertEqual(self.once().process.returncode, 0)
        self.assert_ids(receiver, [1, 2])

    def test_no_answer_is_retried(self):
        answers = [Answer(None), Answer(wait=threading.Event())]
        receiver = self.https_receiver(answer=lambda r: answers.pop(0) if answers else Answer())
        self.configure(pager=(receiver, 'timeout = "1s"'))
        self.put(1)
        courier = self.start()
        receiver.wait_for(3)
        self.wait_empty()
        courier.wait_log("request failed")

    # --- trust ------------------------------------------------------------------------------------------------------

    def not_trusted(self, receiver, pattern, *lines):
        self.configure(pager=(receiver, *lines))
        self.put(1, 2)
        courier = self.start()
        courier.wait_log(f"webhook \"pager\": the receiver's TLS certificate is not trusted, nothing was sent: {pattern}")
        self.assertEqual(courier.stop(), 0)
        self.assertEqual(self.once().process.returncode, 1)
        self.assertEqual(receiver.requests, [])
        self.assertEqual(self.waiting(), {alert_id(1), alert_id(2)})

    def test_unknown_authority_gets_nothing(self):
        other = Authority(self.directory, "other")
        self.not_trusted(self.receiver(other.server()), ".*")

    def test_wrong_host_name_gets_nothing(self):
        elsewhere = self.authority.server("elsewhere", "DNS:elsewhere.example,IP:127.0.0.2")
        self.not_trusted(self.receiver(elsewhere), ".*localhost")

    def test_default_authorities_do_not_include_ours(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver,))
        self.config.write_text(re.sub(r"ca_file = .*", "", self.config.read_text()))
        self.put(1)
        courier = self.once()
        self.assertEqual(courier.process.returncode, 1)
        self.assertIn("certificate is not trusted", courier.log())
        self.assertEqual(receiver.requests, [])

    def test_ca_file_replaces_the_systems_authorities(self):
        # The system's directory of authorities holds ours, ca_file another: only the latter counts.
        system = self.directory / "system"
        system.mkdir()
        subprocess.run(["openssl", "x509", "-in", self.authority.ca, "-out", system / "ours.pem"], check=True)
        subprocess.run(["openssl", "rehash", system], check=True)
        namespace = ["unshare", "-rm", "sh", "-c", 'mount --bind "$0" /etc/ssl/certs && exec "$@"', system]
        if subprocess.run([*namespace, "true"], capture_output=True).returncode != 0:
            self.skipTest("can't make a mount namespace here")
        other = Authority(self.directory, "other")
        receiver = self.https_receiver()
        self.configure(pager=(receiver,))
        ours = str(self.authority.ca)
        with_other = self.config.read_text().replace(ours, str(other.ca))
        # Without ca_file the system's file counts as well, and must be there.
        (system / "ca-certificates.crt").write_text(other.ca.read_text())
        with_none = re.sub("ca_file = .*", "", self.config.read_text())
        self.put(1)
        for text, code, count in ((with_other, 1, 0), (with_none, 0, 1)):
            self.config.write_text(text)
            courier = self.start("--once", ready=False, command=[*namespace, COURIER])
            self.assertEqual(courier.process.wait(DEADLINE_SEC), code, courier.log())
            self.assertEqual(len(receiver.requests), count)

    def test_client_certificate(self):
        client = self.authority.client("courier")
        receiver = self.https_receiver(client_ca=self.authority.ca)
        self.configure(pager=(receiver,))
        self.put(1)
        self.assertEqual(self.once().process.returncode, 1)
        self.assertEqual(receiver.requests, [])
        self.configure(pager=(receiver, f'client_cert = "{client.cert}"', f'client_key = "{client.key}"'))
        courier = self.once()
        self.assertEqual(courier.process.returncode, 0, courier.log())
        subject = dict(pair for group in receiver.requests[0].peer_certificate["subject"] for pair in group)
        self.assertEqual(subject["commonName"], "courier")

    def test_missing_files_keep_the_alert(self):
        receiver = self.https_receiver()
        for line in ('client_cert = "/nowhere.pem"', 'token_file = "/nowhere.token"'):
            self.configure(pager=(receiver, line))
            self.put(1)
            courier = self.once()
            self.assertEqual(courier.process.returncode, 1)
            self.assertIn("/nowhere", courier.log())
        self.assertEqual(receiver.requests, [])
        self.assertEqual(self.waiting(), {alert_id(1)})

    def test_token_that_comes_later_and_changes(self):
        receiver = self.https_receiver()
        token = self.directory / "token"
        self.configure(pager=(receiver, f'token_file = "{token}"'))
        self.put(1)
        courier = self.start()
        courier.wait_log("token_file .*: No such file")
        token.write_text("one")
        receiver.wait_for(1)
        token.write_text("two\r\n")
        self.put(2)
        receiver.wait_for(2)
        self.assertEqual([r.headers["Authorization"] for r in receiver.requests], ["Bearer one", "Bearer two"])

    def test_token_with_control_characters_is_refused(self):
        receiver = self.https_receiver()
        token = self.directory / "token"
        self.configure(pager=(receiver, f'token_file = "{token}"'))
        self.put(1)
        cases = {"a\nX-Evil: 1\n": "control characters", "a\0b": "control characters", "\n": "empty", "": "empty",
                 "a\x7f": "control characters", "a" * 16385: "too long"}
        for content, complaint in cases.items():
            token.write_text(content)
            courier = self.once()
            self.assertEqual(courier.process.returncode, 1)
            self.assertRegex(courier.log(), f"token_file .*: .*{complaint}")
        token.write_text("a" * 16383 + "\n")
        self.once()
        self.assertEqual([r.headers["Authorization"] for r in receiver.requests], ["Bearer " + "a" * 16383])

    # --- webhooks beside each other, and other couriers ------------------------------------------------------------

    def test_a_stalled_webhook_delays_no_other(self):
        gate = threading.Event()
        self._stack.callback(gate.set)
        slow = self.https_receiver(answer=lambda r: Answer(wait=gate))
        fast = self.https_receiver()
        self.configure(slow=(slow, 'timeout = "60s"'), fast=(fast,), dead=("http://127.0.0.1:1/",))
        for sink in ("slow", "fast", "dead"):
            self.put(*range(30), sink=sink)
        courier = self.start()
        slow.wait_for(1)
        fast.wait_for(30)
        self.wait_empty("fast")
        self.assertEqual(len(slow.requests), 1)
        self.assertEqual(len(self.waiting("slow")), 30)
        self.assertEqual(len(self.waiting("dead")), 30)
        gate.set()
        slow.wait_for(30)
        self.wait_empty("slow")
        self.assert_ids(slow, range(30))
        self.assert_ids(fast, range(30))
        self.assertIsNone(courier.process.poll())

    def test_killed_during_delivery_loses_nothing(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver,))
        total = 300
        self.put(*range(total))
        for seen in (7, 60, 61, 140, 220):
            courier = self.start(ready=False)
            receiver.wait_for(seen)
            courier.kill()
        courier = self.start()
        self.wait_empty()
        self.assertEqual(courier.stop(), 0)
        ids, bodies = receiver.ids(), [r.alert for r in receiver.requests]
        self.assertEqual([body["id"] for body in bodies], ids)
        self.assertEqual(list(dict.fromkeys(ids)), [alert_id(n) for n in range(total)], "all, in order of the first time")
        self.assertLessEqual(len(ids), total + 5, "at most the one in flight is sent again")

    def test_second_courier_refuses(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver,))
        first = self.start()
        for arguments in ((), ("--once",)):
            second = self.start(*arguments, ready=False)
            self.assertEqual(second.process.wait(DEADLINE_SEC), 1)
            self.assertIn(f"another oomwatch-courier delivers from {self.spool}", second.log())
        first.kill()
        self.start()  # the lock of the killed one is gone

    # --- --once -----------------------------------------------------------------------------------------------------

    def test_once_exit_codes(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver,), other=("http://127.0.0.1:1/",))
        self.assertEqual(self.once().process.returncode, 0, "nothing there")
        self.put(1, 2)
        self.assertEqual(self.once().process.returncode, 0, "all delivered")
        self.put(3, 4, sink="other")
        self.put(5)
        self.assertEqual(self.once().process.returncode, 1, "some left")
        self.assertEqual(self.waiting("other"), {alert_id(3), alert_id(4)})
        self.assert_ids(receiver, [1, 2, 5])
        receiver.answer = lambda r: Answer(400)
        self.configure(pager=(receiver,))
        self.put(6)
        self.assertEqual(self.once().process.returncode, 1, "rejected")
        receiver.answer = lambda r: Answer(503, {"Retry-After": "3600"})
        self.put(7, 8)
        before = len(receiver.requests)
        self.assertEqual(self.once().process.returncode, 1)
        self.assertEqual(len(receiver.requests), before + 1, "one attempt, then the queue waits")

    def test_without_webhooks(self):
        self.configure()
        self.assertEqual(self.once().process.returncode, 0)
        courier = self.start()
        courier.wait_log("no webhooks are configured")
        self.assertIsNone(courier.process.poll())
        self.assertEqual(courier.stop(signal.SIGINT), 0)

    # --- age --------------------------------------------------------------------------------------------------------

    def test_old_alerts_are_not_sent(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver, 'max_age = "1h"'))
        stamp = lambda age: time.strftime("%Y-%m-%dT%H:%M:%S.123456Z", time.gmtime(time.time() - age))
        aged = lambda number, age: alert(number, time=stamp(age), time_source="arrival")
        self.put(aged(1, 7200), aged(2, 3700), aged(3, 3000), alert(4))
        courier = self.start()
        receiver.wait_for(2)
        self.wait_empty()
        self.assert_ids(receiver, [3, 4])
        courier.wait_log(r'webhook "pager": 2 alerts dropped: older than max_age \(3600 s\)')
        self.assertEqual(self.rejected(), set())
        path = self.spool / "pager" / f"{alert_id(5)}.json"
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(alert(5)))  # without a time: that of its file
        os.utime(temporary, (time.time() - 7200,) * 2)
        temporary.rename(path)
        courier.wait_log("1 alerts dropped: older than max_age")
        self.assert_ids(receiver, [3, 4])

    def test_alerts_not_accepted_in_time_are_rejected(self):
        receiver = self.https_receiver(answer=lambda r: Answer(503))
        self.configure(pager=(receiver, 'retry_for = "2s"'))
        self.put(1, 2, 3)
        courier = self.start()
        wait_until(lambda: len(self.rejected()) == 3, "three rejected alerts")
        pattern = r"(\d+) alerts rejected: not accepted within retry_for \(2 s\)"
        wait_until(lambda: sum(map(int, re.findall(pattern, courier.log()))) == 3, "three rejected alerts in the log")
        receiver.answer = lambda r: Answer()
        self.put(4)
        wait_until(lambda: alert_id(4) in receiver.ids(), "the next alert")
        self.wait_empty()

    def test_attempts_count_where_the_clock_was_ahead(self):
        receiver = self.https_receiver(answer=lambda r: Answer(503))
        self.configure(pager=(receiver, 'retry_for = "2s"'))
        self.put(1)
        for path in (self.spool / "pager").glob("*.json"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 86400))
        self.start()
        wait_until(lambda: self.rejected() == {alert_id(1)}, "the alert rejected")

    def test_overdue_alerts_get_an_attempt_first(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver, 'retry_for = "10s"'))
        self.put(1, 2)
        for path in (self.spool / "pager").glob("*.json"):
            os.utime(path, (path.stat().st_atime - 86400, path.stat().st_mtime - 86400))
        self.assertEqual(self.once().process.returncode, 0, "the courier was away, not the receiver")
        self.assertEqual(len(receiver.requests), 2)

    # --- other files ------------------------------------------------------------------------------------------------

    def test_files_that_hold_no_alert_are_rejected(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver,))
        self.put(0)
        contents = {1: b"", 2: b"{\"id\":", 3: b"[]", 4: json.dumps(alert(99)).encode(), 5: b"\0" * 100,
                    6: b"{" + b" " * (256 * 1024) + b"}", 7: b"{}"}
        for number, content in contents.items():
            (self.spool / "pager" / f"{alert_id(number)}.json").write_bytes(content)
        (self.spool / "pager" / "README").write_text("not an alert")
        (self.spool / "pager" / f"{alert_id(50)}.json").symlink_to("/etc/passwd")
        self.put(8)
        courier = self.once()
        self.assertEqual(courier.process.returncode, 1)
        self.assert_ids(receiver, [0, 8])
        self.assertEqual(self.rejected(), {alert_id(n) for n in contents})
        self.assertEqual(len(re.findall("rejected: its file", courier.log())), len(contents))

    # --- proxies ------------------------------------------------------------------------------------------------------

    def test_proxy(self):
        with Proxy() as proxy:
            secure, plain = self.https_receiver(), self.receiver()
            self.configure(secure=(secure, f'proxy = "{proxy.url}"'), plain=(plain, f'proxy = "{proxy.url}"'))
            self.put(1, sink="secure")
            self.put(2, sink="plain")
            courier = self.once()
            self.assertEqual(courier.process.returncode, 0, courier.log())
            self.assertEqual(sorted(proxy.seen), [f"CONNECT localhost:{secure.port} HTTP/1.1",
                                                  f"POST http://localhost:{plain.port}/hook HTTP/1.1"])
            self.assert_ids(secure, [1])
            self.assert_ids(plain, [2])
            self.assertEqual(secure.requests[0].path, "/hook")

    def test_proxy_that_is_away_loses_nothing(self):
        receiver = self.https_receiver()
        self.configure(pager=(receiver, 'proxy = "http://127.0.0.1:1"'))
        self.put(1)
        self.assertEqual(self.once().process.returncode, 1)
        self.assertEqual(receiver.requests, [])
        self.assertEqual(self.waiting(), {alert_id(1)})

    # --- the program ----------------------------------------------------------------------------------------------------

    def test_stop_waits_for_the_answer_in_flight(self):
        gate = threading.Event()
        receiver = self.https_receiver(answer=lambda r: Answer(wait=gate))
        self.configure(pager=(receiver,))
        self.put(1, 2)
        courier = self.start()
        receiver.wait_for(1)
        courier.process.send_signal(signal.SIGTERM)
        courier.wait_state("STOPPING=1")
        gate.set()
        self.assertEqual(courier.process.wait(DEADLINE_SEC), 0)
        self.assert_ids(receiver, [1])
        self.assertEqual(self.waiting(), {alert_id(2)})

    def test_stop_does_not_wait_for_ever(self):
        gate = threading.Event()
        self._stack.callback(gate.set)
        receiver = self.https_receiver(answer=lambda r: Answer(wait=gate))
        self.configure(pager=(receiver, 'timeout = "60s"'))
        self.put(1)
        courier = self.start()
        receiver.wait_for(1)
        begin = time.monotonic()
        self.assertEqual(courier.stop(), 0)
        self.assertLess(time.monotonic() - begin, 40)  # not the 60 s of the request
        self.assertEqual(self.waiting(), {alert_id(1)})

    def test_reload(self):
        one, two = self.https_receiver(), self.https_receiver()
        self.configure(pager=(one,))
        courier = self.start()
        self.put(1)
        one.wait_for(1)

        self.config.write_text("webhook \"pager\" { nonsense = 1 }\n")
        courier.process.send_signal(signal.SIGHUP)
        courier.wait_log(r"oomwatchd\.conf:1: ")
        courier.wait_log("the old one stays")
        self.put(2)
        one.wait_for(2)

        self.configure(second=(one,), pager=(two,))
        courier.process.send_signal(signal.SIGHUP)
        courier.wait_state("READY=1\nSTATUS=2 webhooks")
        self.put(3)
        self.put(4, sink="second")
        two.wait_for(1)
        one.wait_for(3)
        self.wait_empty()

        self.configure(second=(one,))
        courier.process.send_signal(signal.SIGHUP)
        courier.wait_state("STATUS=2 webhooks(.|\n)*READY=1\nSTATUS=1 webhooks")
        self.assertEqual(courier.log().count("configuration reloaded\n"), 2)
        self.put(5)
        self.put(6, sink="second")
        one.wait_for(4)
        self.wait_empty("second")
        self.assert_ids(one, [1, 2, 4, 6])
        self.assert_ids(two, [3])
        self.assertEqual(self.waiting(), {alert_id(5)})
        self.assertEqual(courier.stop(), 0, courier.log())

    def test_reload_retries_at_once(self):
        receiver = self.https_receiver(answer=lambda r: Answer(503, {"Retry-After": "3600"}))
        self.configure(pager=(receiver,))
        self.put(1)
        courier = self.start()
        courier.wait_log("answered with status 503")
        receiver.answer = lambda r: Answer()
        courier.process.send_signal(signal.SIGHUP)
        receiver.wait_for(2)
        self.wait_empty()

    def test_watchdog_is_fed(self):
        self.configure()
        courier = self.start(environment={"WATCHDOG_USEC": "200000"})
        courier.wait_state("WATCHDOG=1(.|\n)*WATCHDOG=1(.|\n)*WATCHDOG=1")

    def test_usage_and_configuration_errors(self):
        run = lambda *arguments: subprocess.run([COURIER, *arguments], capture_output=True, text=True, timeout=DEADLINE_SEC)
        for arguments in (["--nonsense"], ["-c"], ["extra"]):
            result = run(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertNotEqual(result.stderr, "")
        self.config.write_text('journal {}\nwebhook "x" {\n  url = "ftp://x/"\n}\n')
        result = run("-c", self.config)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, rf"^oomwatch-courier: {re.escape(str(self.config))}:3: \S")
        self.assertEqual(run("-c", self.directory / "absent.conf").returncode, 2)
        self.assertRegex(run("--version").stdout, r"^oomwatch-courier \d+\.\d+\.\d+\n$")
        self.assertIn("--once", run("--help").stdout)
        self.assertEqual(run("--help").returncode, 0)

    def test_spool_that_cannot_be_made(self):
        self.spool = self.config / "spool"  # below a file
        self.configure(pager=("http://127.0.0.1:1/",))
        courier = self.start(ready=False)
        self.assertEqual(courier.process.wait(DEADLINE_SEC), 1)
        self.assertIn("Not a directory", courier.log())


if __name__ == "__main__":
    unittest.main()
