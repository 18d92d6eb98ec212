#!/usr/bin/python3
"""oomwatch scan of logs in JSON of any shape and in other structured forms: what shippers, collectors and APIs make of the kernel's log.

Each envelope gives the same incident, with its own host and time; a record that names another speaker than the kernel is silent.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import json
import subprocess
import tempfile
import unittest

from alert_reader import read_alerts
from testbed import BUILD

OOMWATCH = BUILD / "oomwatch"

KILLED = ("Memory cgroup out of memory: Killed process 9021 (indexer) total-vm:504824kB, anon-rss:260016kB, file-rss:1024kB, "
          "shmem-rss:12kB, UID:118 pgtables:612kB oom_score_adj:20")
REPORT = [
    "indexer invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=20",
    "CPU: 1 PID: 9021 Comm: indexer Not tainted 6.1.0-18-amd64 #1  Debian 6.1.76-1",
    "Call Trace:",
    " <TASK>",
    " dump_stack_lvl+0x44/0x5c",
    " </TASK>",
    "memory: usage 262144kB, limit 262144kB, failcnt 41",
    "swap: usage 0kB, limit 0kB, failcnt 0",
    "Memory cgroup stats for /system.slice/search.service:",
    "Tasks state (memory values in pages):",
    "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
    "[   9021]   118  9021   126206    65263   626688        0            20 indexer",
    "[   9000]   118  9000     2400      300    40960        0             0 sh",
    "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/search.service,"
    "task_memcg=/system.slice/search.service,task=indexer,pid=9021,uid=118",
    KILLED,
]
# 2026-02-03T04:05:06.000000Z and on, a millisecond a line; the kernel's clock is at 512 s
BASE_USEC = 1770091506000000
HOST = "db-7"


def scan(data):
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        log.write(data if isinstance(data, bytes) else data.encode())
        log.flush()
        done = subprocess.run([OOMWATCH, "scan", "--format", "json", log.name], capture_output=True, check=False)
    return read_alerts(done.stdout)


def usec(n):
    return BASE_USEC + 1000 * n


def iso(n, end="Z"):
    return f"2026-02-03T04:05:06.{1000 * n:06}{end}"


def stamped(n, text):
    return f"[  512.{1000 * n:06}] {text}"


def dumps(record):
    return json.dumps(record) + "\n"


def each(make):
    return "".join(make(n, text) for n, text in enumerate(REPORT))


# name: (log, has time, has host)
ENVELOPES = {
    "vector": (each(lambda n, t: dumps({"host": HOST, "message": t, "source_type": "journald", "timestamp": iso(n), "PRIORITY": "4",
                                        "SYSLOG_IDENTIFIER": "kernel", "_TRANSPORT": "kernel", "SYSLOG_FACILITY": "0"})), True, True),
    "filebeat": (each(lambda n, t: dumps({"@timestamp": iso(n), "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.12.0"},
                                          "host": {"name": HOST, "os": {"name": "Debian", "kernel": "6.1.0-18-amd64"}}, "log": {
                                              "file": {"path": "/var/log/kern.log"}, "offset": n}, "message": f"Feb  3 04:05:06 {HOST} kernel: " + stamped(n, t),
                                          "input": {"type": "log"}})), True, True),
    "fluent-bit kmsg": (each(lambda n, t: dumps({"date": usec(n) / 1e6, "priority": 4, "sequence": n, "sec": 512, "usec": 1000 * n,
                                                 "msg": t, "hostname": HOST})), True, True),
    "fluentd file": (each(lambda n, t: f"{iso(n, '+00:00')}\tkernel.log\t" + dumps({"host": HOST, "message": t})), True, True),
    "fluentd stdout": (each(lambda n, t: f"2026-02-03 04:05:06.{1000 * n:06}000 +0000 kernel.log: " + dumps({"host": HOST, "message": t})), True, True),
    "loki api": (json.dumps({"status": "success", "data": {"resultType": "streams", "result": [
        {"stream": {"job": "kernel", "host": HOST}, "values": [[str(usec(n) * 1000), t] for n, t in enumerate(REPORT)]}]}}), True, True),
    "loki api, pretty": (json.dumps({"status": "success", "data": {"resultType": "streams", "result": [
        {"stream": {"nodename": HOST, "job": "syslog"}, "values": [[str(usec(n) * 1000), stamped(n, t)] for n, t in enumerate(REPORT)]}]}}, indent=4), True, True),
    "cloudwatch": (json.dumps({"events": [{"logStreamName": HOST, "timestamp": usec(n) // 1000, "message": t, "ingestionTime": usec(n) // 1000 + 9000,
                                           "eventId": str(n)} for n, t in enumerate(REPORT)], "searchedLogStreams": []}, indent=4), True, False),
    "elasticsearch hits": (json.dumps({"took": 3, "timed_out": False, "hits": {"total": {"value": 15}, "hits": [
        {"_index": "syslog", "_id": str(n), "_source": {"message": t, "host": {"hostname": HOST}, "@timestamp": iso(n),
                                                        "process": {"name": "kernel"}}, "sort": [usec(n) // 1000]}
        for n, t in enumerate(REPORT)]}}), True, True),
    "kibana fields": (json.dumps([{"_id": str(n), "fields": {"message": [t], "host.name": [HOST], "@timestamp": [iso(n)]}} for n, t in enumerate(REPORT)], indent=1), True, True),
    "ecs": (each(lambda n, t: dumps({"log": {"syslog": {"appname": "kernel", "facility": {"code": 0, "name": "kern"}, "hostname": HOST}},
                                     "event": {"original": t}, "@timestamp": iso(n)})), True, True),
    "graylog": (each(lambda n, t: dumps({"message": t, "source": HOST, "facility": "kernel", "level": 4, "timestamp": iso(n), "application_name": "kernel",
                                         "gl2_message_id": "01HX"})), True, True),
    "gelf both": (each(lambda n, t: dumps({"version": "1.1", "host": HOST, "short_message": t[:40], "full_message": t, "timestamp": usec(n) / 1e6,
                                           "level": 4, "_facility": "kern"})), True, True),
    "splunk": (each(lambda n, t: dumps({"preview": False, "offset": n, "result": {"_raw": f"Feb  3 04:05:06 {HOST} kernel: " + stamped(n, t), "_time": iso(n, "+00:00"),
                                                                               "host": HOST, "source": "/var/log/messages", "sourcetype": "syslog"}})), True, True),
    "datadog": (json.dumps({"data": [{"id": str(n), "type": "log", "attributes": {"service": "kernel", "host": HOST, "message": t, "timestamp": iso(n)}}
                                     for n, t in enumerate(REPORT)]}, indent=2), True, True),
    "logstash": (each(lambda n, t: dumps({"@version": "1", "logsource": HOST, "program": "kernel", "message": t, "@timestamp": iso(n), "type": "syslog"})), True, True),
    "azure": (json.dumps([{"TimeGenerated": iso(n), "Computer": HOST, "Facility": "kern", "SyslogMessage": t, "ProcessName": "kernel"} for n, t in enumerate(REPORT)]), True, True),
    "cloud logging text": (json.dumps([{"textPayload": t, "insertId": f"a{n}", "resource": {"type": "gce_instance", "labels": {"instance_id": "77"}}, "labels": {
        "compute.googleapis.com/resource_name": HOST}, "timestamp": iso(n, "123Z"), "logName": "projects/x/logs/kern", "receiveTimestamp": "2026-02-03T04:06:00Z"}
        for n, t in enumerate(REPORT)], indent=2), True, True),
    "otlp": (json.dumps({"resourceLogs": [{"resource": {"attributes": [{"key": "host.name", "value": {"stringValue": HOST}}]}, "scopeLogs": [
        {"scope": {}, "logRecords": [{"timeUnixNano": str(usec(n) * 1000), "body": {"stringValue": t}} for n, t in enumerate(REPORT)]}]}]}), True, True),
    "json seq": ("".join("\x1e" + json.dumps({"MESSAGE": t, "_TRANSPORT": "kernel", "_HOSTNAME": HOST, "__REALTIME_TIMESTAMP": str(usec(n))}) + "\n"
                         for n, t in enumerate(REPORT)), True, True),
    "sse without a blank": (each(lambda n, t: "data:" + dumps({"MESSAGE": t, "_TRANSPORT": "kernel", "_HOSTNAME": HOST, "__REALTIME_TIMESTAMP": str(usec(n))}) + "\n"), True, True),
    "several in a line": ("".join(json.dumps({"msg": t, "host": HOST, "ts": usec(n)}) for n, t in enumerate(REPORT)), True, True),
    "one record of lines": (json.dumps({"node": HOST, "time": iso(0), "lines": REPORT}, indent=2), True, True),
    "one string of lines": (json.dumps({"rc": 0, "stdout": "\n".join(stamped(n, t) for n, t in enumerate(REPORT)), "host": HOST}, indent=4), False, True),
    "one string of bare lines": (json.dumps({"rc": 0, "stdout": "\n".join(REPORT), "host": HOST}), False, True),
    "strings alone": (json.dumps(REPORT, indent=2), False, False),
    "docker of the journal": (each(lambda n, t: dumps({"log": json.dumps({"MESSAGE": t, "_TRANSPORT": "kernel", "_HOSTNAME": HOST, "__REALTIME_TIMESTAMP": str(usec(n))}) + "\n",
                                                       "stream": "stdout", "time": iso(n)})), True, True),
    "kubernetes pod that prints dmesg": (each(lambda n, t: dumps({"log": stamped(n, t) + "\n", "stream": "stdout", "time": iso(n), "kubernetes": {
        "pod_name": "kmsg", "host": HOST, "container_name": "kmsg"}})), True, True),
    "tabs for indent": (json.dumps([{"message": t, "host": HOST, "timestamp": iso(n)} for n, t in enumerate(REPORT)], indent="\t"), True, True),
    "quoted in a mail": ("".join(f"> {line}\n" for line in json.dumps([{"message": t, "host": HOST, "timestamp": iso(n)} for n, t in enumerate(REPORT)], indent=2).split("\n")), True, True),
    "dmesg --json": ('{\n   "dmesg": [\n      {\n' + "      },{\n".join(
        f'         "pri": 4,\n         "time":  512.{1000 * n:06},\n         "msg": {json.dumps(t)}\n' for n, t in enumerate(REPORT)) + "      }\n   ]\n}\n", False, False),
    "logfmt": (each(lambda n, t: f'ts={iso(n)} level=warn host={HOST} source=kmsg msg={json.dumps(t)}\n'), True, True),
    "logfmt, message first": (each(lambda n, t: f'msg={json.dumps(t)} time="{iso(n)}" hostname={HOST} program=kernel\n'), True, True),
    "verbose": (each(lambda n, t: f"Tue 2026-02-03 04:05:06.{1000 * n:06} UTC [s=1;i={n};b=2;m=3;t=4;x=5]\n    PRIORITY=4\n    MESSAGE={t}\n    _HOSTNAME={HOST}\n"
                     "    _TRANSPORT=kernel\n"), True, True),
    "verbose, indented": (each(lambda n, t: f"  Tue 2026-02-03 04:05:06.{1000 * n:06} UTC [s=1;i={n};b=2;m=3;t=4;x=5]\n      _TRANSPORT=kernel\n      MESSAGE={t}\n"
                               f"      _HOSTNAME={HOST}\n"), True, True),
    "docker compose with dates": (each(lambda n, t: f"kmsg_1        | {iso(n, '000Z')} {stamped(n, t)}\n"), True, False),
    "kubectl --prefix": (each(lambda n, t: f"[pod/kmsg-x2x/kmsg] {stamped(n, t)}\n"), False, False),
}


class EnvelopeTest(unittest.TestCase):
    def test_the_same_incident(self):
        for name, (log, has_time, has_host) in ENVELOPES.items():
            with self.subTest(envelope=name):
                alerts = scan(log)
                self.assertEqual([a["type"] for a in alerts], ["oom_kill"])
                (alert,) = alerts
                victim = alert["victim"]
                self.assertEqual((victim["pid"], victim["comm"], victim["uid"], victim["oom_score_adj"]), (9021, "indexer", 118, 20))
                self.assertEqual(victim["anon_rss_bytes"], 260016 * 1024)
                self.assertEqual((alert["scope"], victim["unit"], alert["trigger"]["pid"]), ("memcg", "search.service", 9021))
                self.assertEqual([c["comm"] for c in alert["candidates"]], ["indexer", "sh"])
                self.assertEqual(alert["limit"]["usage_bytes"], 262144 * 1024)
                if has_time:
                    self.assertEqual(alert["time"][:19], "2026-02-03T04:05:06")
                else:
                    self.assertNotIn("time", alert)
                self.assertEqual(alert.get("host", {}).get("name"), HOST if has_host else None)


class SpeakerTest(unittest.TestCase):
    def test_another_speaker_is_silent(self):
        members = ({"program": "sshd"}, {"appname": "app"}, {"SYSLOG_IDENTIFIER": "app"}, {"ident": "app"}, {"syslogtag": "app[12]:"},
                       {"tag": "app"}, {"process": {"name": "app"}}, {"process.name": "app"}, {"facility": "user"}, {"facility": 1},
                       {"syslogfacility-text": "daemon"}, {"_TRANSPORT": "syslog"}, {"_TRANSPORT": "stdout"}, {"_PID": "12"}, {"pri": "12"},
                       {"_SYSTEMD_UNIT": "app.service"}, {"log": {"syslog": {"appname": "app"}}}, {"stream": "stdout"}, {"stream": "stderr"},
                       {"kubernetes": {"container_name": "app"}}, {"container_id": "f00"}, {"source": "stdout", "container_name": "/app"},
                       {"service": "billing"}, {"logger": "com.example.Main"}, {"reportingComponent": "kubelet"}, {"source": {"component": "kubelet"}},
                       {"resource": {"labels": {"container_name": "app"}}})
        for indent in (None, 2):
            for records in ([{**member, "message": KILLED} for member in members], [{"message": KILLED, **member} for member in members]):
                with self.subTest(first=records[0], indent=indent):
                    self.assertEqual(scan("\n".join(json.dumps(record, indent=indent) for record in records)), [])
                    self.assertEqual(scan(json.dumps(records, indent=indent)), [])

    def test_who_may_be_the_kernel(self):
        for member in ({}, {"program": "kernel"}, {"appname": "kernel"}, {"syslogtag": "kernel:"}, {"facility": "kern"}, {"facility": 0}, {"tag": "kern.log"},
                       {"_TRANSPORT": "kernel"}, {"pri": 4}, {"service": "syslog"}, {"source": "/var/log/kern.log"}, {"app": "kmsg"}):
            with self.subTest(member=member):
                self.assertEqual(len(scan(dumps({"message": KILLED, **member}))), 1)

    def test_what_is_no_message_is_silent(self):
        for line in (
                '{"message": "System OOM encountered, victim process: indexer, pid: 9021"}', '{"pattern": "Killed process \\\\d+ (.+) total-vm:.*"}',
                f'{{"message": "app: {KILLED}"}}', f'var x = {{"message": "{KILLED}"}};', f'log({{"message": "{KILLED}"}});', f'{{"message": "{KILLED}"',
                f'{{"message": "{KILLED}",}}', f'    "message": "{KILLED}"); // ', f'{{message: "{KILLED}"}}', f'// {{"message": "{KILLED}"}}',
                f'time=x program=app msg="{KILLED}"', f'msg="{KILLED}" app=billing', f'printf("msg=\\"{KILLED}\\"")'):
            with self.subTest(line=line):
                self.assertEqual(scan("int x;\n" + line + "\nint y;\n"), [])

    def test_a_speaker_that_was_left_out_may_be_another(self):
        """What is far before the kernel's words isn't read."""
        fields = ",\n".join(f'  "F{n}": "{"x" * 100}"' for n in range(400))
        lines = "\n".join("Feb  3 04:05:06 a b: c" for _ in range(20000))
        self.assertEqual(scan(lines + '\n{\n  "_TRANSPORT": "syslog",\n' + fields + f',\n  "MESSAGE": "{KILLED}"\n}}\n'), [])
        self.assertEqual(len(scan(lines + '\n{\n  "_TRANSPORT": "kernel",\n' + fields[:3000].rpartition(",")[0] + f',\n  "MESSAGE": "{KILLED}"\n}}\n')), 1)

    def test_a_speaker_that_follows_far_behind(self):
        fields = ",\n".join(f'  "F{n}": "x"' for n in range(300))
        for transport, count in (("syslog", 0), ("kernel", 1)):
            record = f'{{\n  "MESSAGE": "{KILLED}",\n{fields},\n  "_TRANSPORT": "{transport}"\n}}\n'
            lines = "\n".join("Feb  3 04:05:06 a b: c" for _ in range(20000))
            with self.subTest(transport=transport):
                self.assertEqual(len(scan(record)), count)
                self.assertEqual(len(scan(lines + "\n" + record + lines)), count)


class TimeTest(unittest.TestCase):
    def test_times(self):
        for name, value in (("time", "1770091506"), ("timestamp", 1770091506), ("ts", 1770091506.5), ("timestamp", 1770091506000), ("t", "1770091506000000"),
                            ("timeUnixNano", "1770091506000000000"), ("@timestamp", "2026-02-03T04:05:06Z"), ("eventTime", "2026-02-03T05:05:06+01:00"),
                            ("time", "2026-02-03 04:05:06 +0000"), ("datetime", "2026-02-03T04:05:06.123456789Z")):
            with self.subTest(name=name, value=value):
                (alert,) = scan(dumps({"message": KILLED, name: value}))
                self.assertEqual(alert["time"][:19], "2026-02-03T04:05:06")

    def test_what_is_no_time(self):
        for value in ("soon", 12, "99999999999999999999", "2026-13-45T99:99:99Z", None, True):
            with self.subTest(value=value):
                (alert,) = scan(dumps({"message": KILLED, "time": value}))
                self.assertNotIn("time", alert)


class NameTest(unittest.TestCase):
    def test_a_newline_in_a_name(self):
        text = KILLED.replace("(indexer)", "(in\ndexer)")
        for log in (dumps({"message": text}), json.dumps([{"log": {"message": text}}], indent=2)):
            (alert,) = scan(log)
            self.assertEqual(alert["victim"]["comm"], "in\ndexer")

    def test_two_kernel_lines_in_an_event(self):
        text = ("Memory cgroup out of memory: Kill process 9021 (indexer) score 1035 or sacrifice child\n"
                "Killed process 9021 (indexer) total-vm:504824kB, anon-rss:260016kB, file-rss:1024kB")
        (alert,) = scan(json.dumps({"kind": "Event", "message": text, "source": {"component": "kernel-monitor", "host": HOST}}, indent=2))
        self.assertEqual((alert["scope"], alert["victim"]["anon_rss_bytes"], alert["host"]["name"]), ("memcg", 260016 * 1024, HOST))


def folded(text, indent, width=80):
    """A line folded as YAML does it: at blanks, behind its key."""
    lines, line = [], text[:len(text) - len(text.lstrip())]
    for word in text.split():
        if line.strip() and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = " " * indent + word
        else:
            line = f"{line} {word}" if line.strip() else line + word
    return "\n".join(lines + [line])


def event_yaml(message, margin="", item="- ", quote="'"):
    indent = margin + " " * len(item)
    lines = [f"{margin}{item}apiVersion: v1", f"{indent}count: 1", f"{indent}eventTime: null", f'{indent}firstTimestamp: "2026-02-03T04:05:06Z"',
             f"{indent}involvedObject:", f"{indent}  kind: Node", f"{indent}  name: {HOST}", f"{indent}  uid: {HOST}", f"{indent}kind: Event",
             f'{indent}lastTimestamp: "2026-02-03T04:05:06Z"', folded(f"{indent}message: {quote}{message}{quote}", len(indent) + 2),
             f"{indent}metadata:", f'{indent}  creationTimestamp: "2026-02-03T04:05:07Z"', f"{indent}  name: {HOST}.17a2", f"{indent}  namespace: default",
             f"{indent}reason: OOMKilling", f'{indent}reportingComponent: ""', f"{indent}source:", f"{indent}  component: kernel-monitor",
             f"{indent}  host: {HOST}", f"{indent}type: Warning"]
    return "\n".join(lines) + "\n"


class EventTest(unittest.TestCase):
    """Events of Kubernetes, which the node problem detector makes of the kernel's lines."""

    def check(self, log, has_time=False):
        (alert,) = scan(log)
        victim = alert["victim"]
        self.assertEqual((alert["scope"], victim["pid"], victim["comm"], victim["uid"], victim["oom_score_adj"]), ("memcg", 9021, "indexer", 118, 20))
        self.assertEqual(victim["anon_rss_bytes"], 260016 * 1024)
        self.assertEqual(alert["host"]["name"], HOST)
        self.assertEqual(alert.get("time", "")[:19], "2026-02-03T04:05:06" if has_time else "")

    def test_rows(self):
        for row in (f"4m27s       Warning   OOMKilling     node/{HOST}   {KILLED}", f"8m5s (x3 over 9m)    Warning   OOMKilling    Node/{HOST}   {KILLED}",
                    f"default     4m27s       Warning   OOMKilling     node/{HOST}   {KILLED}",
                    f"5m   Warning   OOMKilling   node/{HOST}      kernel-monitor, {HOST}   {KILLED}   5m   1   {HOST}.17a2b3c4d5e6f708",
                    f"  Warning  OOMKilling  5m22s (x2 over 9m)  kernel-monitor, {HOST}  {KILLED}",
                    f"  5m\t5m\t1\t{{kernel-monitor {HOST}}}\t\tWarning\tOOMKilling\t{KILLED}".replace(f"{{kernel-monitor {HOST}}}\t\tWarning\tOOMKilling",
                                                                                                f"Warning\tOOMKilling\t{{kernel-monitor {HOST}}}")):
            with self.subTest(row=row):
                self.check("LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n" + row + "\n")

    def test_rows_of_others_are_silent(self):
        for row in (f"4m27s       Warning   OOMKilling     pod/{HOST}   {KILLED}", f"  Warning  OOMKilling  5m  kubelet, {HOST}  {KILLED}",
                    f"  Warning  SystemOOM  5m  kubelet, {HOST}  System OOM encountered, victim process: indexer, pid: 9021"):
            with self.subTest(row=row):
                self.assertEqual(scan(row + "\n"), [])

    def test_yaml(self):
        for name, log in (("list", "apiVersion: v1\nitems:\n" + event_yaml("Pulled image", quote="") + event_yaml(KILLED) + "kind: List\nmetadata:\n  resourceVersion: \"\"\n"),
                          ("documents", "---\n" + event_yaml(KILLED, item="") + "---\n" + event_yaml("x", item="")), ("double quotes", event_yaml(KILLED, quote='"')),
                          ("plain", event_yaml(KILLED.replace(": ", " : ").replace(" : ", ": "), quote="'")), ("indented", event_yaml(KILLED, margin="    ")),
                          ("block", event_yaml("x").replace("message: 'x'", "message: |-\n    " + KILLED)),
                          ("folded block", event_yaml("x").replace("message: 'x'", "message: >-\n    " + KILLED.replace(" anon", "\n    anon")))):
            with self.subTest(log=name):
                self.check(log, has_time=True)

    def test_yaml_of_others_is_silent(self):
        self.assertEqual(scan(event_yaml(KILLED).replace("kernel-monitor", "kubelet")), [])
        self.assertEqual(scan(event_yaml("System OOM encountered, victim process: indexer, pid: 9021")), [])
        self.assertEqual(scan(f"config:\n  message: '{KILLED}'\n"), [])


class CommandTest(unittest.TestCase):
    def run_scan(self, *arguments, **more):
        return subprocess.run([OOMWATCH, "scan", *arguments], capture_output=True, check=False, text=True, **more)

    def test_a_pipe_or_a_file_on_standard_input(self):
        self.assertEqual(len(read_alerts(self.run_scan("--format", "json", input=stamped(0, KILLED) + "\n").stdout)), 1)
        with tempfile.TemporaryFile() as log:
            log.write(stamped(0, KILLED).encode() + b"\n")
            log.seek(0)
            self.assertEqual(len(read_alerts(self.run_scan("--format", "json", stdin=log).stdout)), 1)

    def test_the_table_of_a_log_without_times(self):
        container = "0123456789abcdef" * 4
        summary = REPORT[-2].replace("task_memcg=/system.slice/search.service", f"task_memcg=/docker/{container}")
        table = self.run_scan(input="".join(stamped(n, t) + "\n" for n, t in enumerate([summary, KILLED]))).stdout
        self.assertIn("\n[512.001]  ", table)
        self.assertIn("  docker 0123456789ab  ", table)

    def test_a_machine_without_a_journal_is_told_what_to_do(self):
        with tempfile.TemporaryDirectory() as empty:
            hidden = "mount --bind $1 /var/log && mount --bind $1 /run && exec $2 scan --journal"
            done = subprocess.run(["unshare", "--mount", "sh", "-c", hidden, "sh", empty, OOMWATCH], capture_output=True, check=False, text=True)
        if "unshare" in done.stderr or "mount:" in done.stderr:
            self.skipTest("needs a mount namespace")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), done.stderr)
        self.assertRegex(done.stderr, "^oomwatch: there is no journal on this machine .*--directory")


if __name__ == "__main__":
    unittest.main()
