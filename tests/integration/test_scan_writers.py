#!/usr/bin/python3
"""oomwatch scan of what the programs write that write kernel logs: each is given the records of a report of the corpus in the place of
/dev/kmsg or /proc/kmsg, and what it makes of them is the same incident.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import re
import shutil
import subprocess
import unittest

from log_scan import leaves, scan
from log_writers import Machine, package
from testbed import BUILD, CORPUS

KILLS_OF_CASE = 6  # as many as have room in a pipe
END = b"the end of the records of this test"
END_RECORD = b"6,99999999,%d,-;" + END + b"\n"


def cases(*names):
    """Records of the corpus by name, long ones in parts."""
    found = {}
    for name in names:
        kmsg = (CORPUS / "cases" / "6.1" / f"{name}.kmsg").read_bytes()
        reports = re.split(rb"^(?=[^ ].* invoked oom-killer: )", kmsg, flags=re.MULTILINE)[1:]
        for first in range(0, len(reports), KILLS_OF_CASE):
            found[f"{name} {first + 1}"] = b"".join(reports[first : first + KILLS_OF_CASE])
    return found


CASES = cases("memcg-service", "hostile-names")


def records(case):
    """With a last one, by which it is known that the writer has come to the end."""
    last = int(re.findall(rb"^\d+,\d+,(\d+),", CASES[case], re.MULTILINE)[-1])
    return CASES[case] + END_RECORD % (last + 1)


# Where and when it was printed, and what is made of that.
WHERE = re.compile(r"(id|time|time_source|time_doubts|source|group|recurrence|host)([.\[].*)?")


def what(alert):
    return {path: value for path, value in leaves(alert).items() if not WHERE.fullmatch(path)}


# Victims of whom it is only asked that their kill is told. A name of blanks alone ends a line of the table, as padding would.
BLANK = frozenset({436})
# busybox writes "?" or "^[" for control characters.
CONTROLLED = BLANK | {422, 428, 430}
# imkmsg and syslog-ng leave the escapes of /dev/kmsg in the text. The first record of several lines shows that; before it comes the line of
# the process that asked for memory, whose name is no name with them if it is longer than 15 bytes.
ESCAPED = BLANK | {427}
# Without times nothing shows that the second line of a name in the table is none of its own.
WITHOUT_TIMES = BLANK | {428}


class WritersTest(unittest.TestCase):
    maxDiff = None

    def check(self, case, log, lost=BLANK):
        expected = [what(alert) for alert in scan(CASES[case])]
        found = [what(alert) for alert in scan(log)]
        wrong = []
        for alert in expected:
            pid = alert["victim.pid"]
            other = next((one for one in found if one.get("victim.pid") == pid), None)
            if other is None:
                wrong.append(f"pid {pid} {alert['victim.comm']!r}: not told")
                continue
            if pid in lost:
                continue
            wrong += [f"pid {pid} {alert.get('victim.comm')!r}: {path}: {alert.get(path)!r} became {other.get(path)!r}"
                      for path in sorted(alert.keys() | other.keys()) if alert.get(path) != other.get(path)]
        if len(found) != len(expected):
            wrong.append(f"{len(expected)} incidents became {len(found)}")
        if wrong:
            kept = BUILD / "test_scan_writers.log"
            kept.write_bytes(log)
            self.fail(f"{kept}:\n" + "\n".join(wrong))

    def each(self, root, source, write, lost=BLANK):
        """write(machine) returns the logs that it has made, by name."""
        for case in CASES:
            with Machine(records(case), root, source) as machine:
                logs = write(machine)
            for name, log in logs.items():
                with self.subTest(case, log=name):
                    self.assertIn(END, log)
                    self.check(case, log, lost)


def written(machine, *names):
    """The files, once the last record is in each of them."""
    paths = [machine.directory / name for name in names]
    machine.wait_for(lambda: all(path.exists() and END in path.read_bytes() for path in paths), f"the last record in {names}")
    return {name: path.read_bytes() for name, path in zip(names, paths)}


# ---- rsyslog -------------------------------------------------------------------------------------------------------------

RSYSLOG_TEMPLATES = ("RSYSLOG_FileFormat", "RSYSLOG_TraditionalFileFormat", "RSYSLOG_SyslogProtocol23Format")
RSYSLOG_JSON = r"""template(name="json" type="list" option.jsonf="on") {
    property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
    property(outname="host" name="hostname" format="jsonf")
    property(outname="program" name="syslogtag" format="jsonf")
    property(outname="message" name="msg" format="jsonf")
}
"""


def rsyslog_files(machine, prefix=""):
    names = [prefix + name for name in (*RSYSLOG_TEMPLATES, "json")]
    files = "".join(f'action(type="omfile" file="{machine.directory}/{name}" template="{name.removeprefix(prefix)}")\n' for name in names)
    return names, RSYSLOG_JSON + files


def start_rsyslog(machine, name, config):
    path = machine.directory / f"{name}.conf"
    state = machine.directory / name
    state.mkdir()
    path.write_text(f'global(workDirectory="{state}" net.enableDNS="off" localHostname="writer")\n{config}', encoding="ascii")
    return machine.start(["/usr/sbin/rsyslogd", "-n", "-f", path, "-i", state / "pid"])


class RsyslogTest(WritersTest):
    def write(self, machine, module):
        names, files = rsyslog_files(machine)
        start_rsyslog(machine, "local", f'module(load="{module}")\n{files}')
        return written(machine, *names)

    def test_imklog(self):
        self.each(package("rsyslog"), "klog", lambda machine: self.write(machine, "imklog"))

    def test_imkmsg(self):
        self.each(package("rsyslog"), "kmsg", lambda machine: self.write(machine, "imkmsg"), ESCAPED)

    def relay(self, machine, template):
        names, files = rsyslog_files(machine, "central-")
        port = machine.directory / "port"
        start_rsyslog(machine, "central",
                      f'module(load="imtcp")\ninput(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="{port}")\n{files}')
        machine.wait_for(lambda: port.exists() and port.read_text().strip(), "the central rsyslog listens")
        start_rsyslog(machine, "local", f'module(load="imklog")\naction(type="omfwd" target="127.0.0.1" protocol="tcp" '
                      f'port="{port.read_text().strip()}" template="{template}" action.resumeRetryCount="-1")\n')
        return written(machine, *names)

    def test_relayed_as_rfc_5424(self):
        self.each(package("rsyslog"), "klog", lambda machine: self.relay(machine, "RSYSLOG_SyslogProtocol23Format"))

    def test_relayed_as_rfc_3164(self):
        self.each(package("rsyslog"), "klog", lambda machine: self.relay(machine, "RSYSLOG_TraditionalForwardFormat"))


# ---- syslog-ng -----------------------------------------------------------------------------------------------------------

SYSLOG_NG = """\
@version: 3.38
@include "{root}/etc/syslog-ng/scl.conf"
options {{ use-dns(no); create-dirs(no); flush-lines(1); }};
source s {{ {source}; }};
destination text {{ file("{directory}/text"); }};
destination json {{ file("{directory}/json" template("$(format-json --scope rfc5424)\\n")); }};
log {{ source(s); destination(text); destination(json); }};
"""


class SyslogNgTest(WritersTest):
    def write(self, machine, root, source):
        path = machine.directory / "syslog-ng.conf"
        path.write_text(SYSLOG_NG.format(root=root, source=source, directory=machine.directory), encoding="ascii")
        machine.start(["/usr/sbin/syslog-ng", "-F", "--no-caps", "-f", path, "-R", machine.directory / "persist", "-p", machine.directory / "pid",
                       "-c", machine.directory / "control"])
        return written(machine, "text", "json")

    def test_system(self):
        root = package("syslog-ng-core")
        self.each(root, "klog", lambda machine: self.write(machine, root, "system()"))

    def test_dev_kmsg(self):
        """What system() comes to where /dev/kmsg can be sought in, as a pipe can't."""
        root = package("syslog-ng-core")
        source = 'file("/dev/kmsg" program-override("kernel") flags(kernel) format("linux-kmsg") keep-timestamp(no))'
        self.each(root, "kmsg", lambda machine: self.write(machine, root, source), ESCAPED)


# ---- smaller ones --------------------------------------------------------------------------------------------------------

# In the place of the C library's: what busybox's klogd asks the kernel for comes from the file.
KLOGCTL = r"""
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
int klogctl(int action, char *buffer, int length)
{
        static int fd = -1;

        if (action != 2)
                return 0;
        if (fd < 0)
                fd = open("/proc/kmsg", O_RDONLY);
        return (int)read(fd, buffer, length);
}
"""


def make_klogctl(machine):
    if not shutil.which("cc"):
        raise unittest.SkipTest("cc is missing")
    library = machine.directory / "klogctl.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, "-xc", "-"], input=KLOGCTL.encode(), check=True)
    return library


class BusyboxTest(WritersTest):
    def write(self, machine):
        library = make_klogctl(machine)
        path = machine.directory / "messages"
        machine.start(["/usr/bin/busybox", "syslogd", "-n", "-O", path])
        machine.wait_for(machine.path("/dev/log").exists, "syslogd listens")
        machine.start(["env", f"LD_PRELOAD={library}", "/usr/bin/busybox", "klogd", "-n"])
        return written(machine, "messages")

    def test_klogd(self):
        self.each(package("busybox"), "klog", self.write, CONTROLLED)

    def ring(self, machine):
        library = make_klogctl(machine)
        machine.start(["/usr/bin/busybox", "syslogd", "-n", "-C1024"])
        machine.wait_for(machine.path("/dev/log").exists, "syslogd listens")
        machine.start(["env", f"LD_PRELOAD={library}", "/usr/bin/busybox", "klogd", "-n"])
        machine.wait_for(lambda: END in machine.run(["/usr/bin/busybox", "logread"]), "the last record in the ring")
        return {"logread": machine.run(["/usr/bin/busybox", "logread"])}

    def test_logread(self):
        self.each(package("busybox"), "klog", self.ring, CONTROLLED)


class InetutilsTest(WritersTest):
    def write(self, machine):
        config = machine.directory / "syslog.conf"
        config.write_text(f"*.*\t{machine.directory}/messages\n", encoding="ascii")
        machine.start(["/usr/sbin/syslogd", "--no-detach", "--rcfile", config, "--pidfile", machine.directory / "pid"])
        return written(machine, "messages")

    def test_syslogd(self):
        self.each(package("inetutils-syslogd"), "klog", self.write)


class SocklogTest(WritersTest):
    def write(self, machine):
        with open(machine.directory / "plain", "wb") as out:
            machine.start(["sh", "-c", "exec /usr/sbin/socklog ucspi </proc/kmsg"], stdout=out, stderr=out)
        return written(machine, "plain")

    def test_klog(self):
        self.each(package("socklog"), "klog", self.write)


# ---- dmesg ---------------------------------------------------------------------------------------------------------------

DMESG = {
    "default": [], "times of the clock": ["-T"], "decoded": ["-x"], "raw": ["-r"], "for humans": ["-H", "--nopager"], "relative": ["-e"],
    "delta": ["-d"], "without times": ["-t"], "iso": ["--time-format", "iso"], "deltas alone": ["--time-format", "delta"],
    "json": ["--json"],
}


class DmesgTest(WritersTest):
    def test_each_form(self):
        for form, options in DMESG.items():
            for case in CASES:
                with self.subTest(form, case=case), Machine(records(case), None, "kmsg") as machine:
                    log = machine.run(["dmesg", *options])
                    self.assertIn(END, log)
                    self.check(case, log, WITHOUT_TIMES if form == "without times" else BLANK)


if __name__ == "__main__":
    unittest.main()
