#!/usr/bin/python3
"""The house holds: who may include whom, how long a function and a file may be, what lib/ must not call."""

import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 100

# Which directories of lib/ a directory of lib/ may include from, itself always: util <- kmsg, logfile <- oom <- owner, alert.
# What stands before "<-" is also open to all that follow later.
LIB_ORDER = [["util"], ["kmsg", "logfile"], ["oom"], ["owner", "alert"]]
# On the same step: alert is made of a report and whose it is; a log may hold records of the kernel as they are.
LIB_BESIDES = {("alert", "owner"), ("logfile", "kmsg")}

# Which of the daemon's directories one may include from, itself always.
DAEMON_ALLOWED = {"common": set(), "notify": {"common"}, "watch": {"common", "notify"}, "courier": {"common"}}

# The same of cli/: each command is a room of its own.
CLI_ALLOWED = {"scan": set()}

# Headers of libraries, and the only files that may include them.
LIBRARIES = {
    r"event2/": r"daemon/.*",
    r"curl/": r"daemon/courier/http\.c",
    r"json-c/|json\.h$": r"lib/alert/.*|daemon/watch/control\.c|cli/.*",
    r"systemd/": r"daemon/notify/sink_journal\.c|daemon/(watch|courier)/(app|main)\.c|cli/scan/journal\.c",
    r"confuse\.h$": r"daemon/common/config\.c",
    r"openssl/": r"daemon/courier/.*",
    r"archive(_entry)?\.h$": r"cli/scan/archive\.c",
    r"zlib\.h$": r"cli/scan/gzip\.c",
}

# What pure code does not do. Functions by name, as they are called.
LIB_NEVER_CALLS = ("open openat fopen read write close socket connect send recv printf fprintf puts perror syslog time "
                   "clock_gettime gettimeofday getenv system popen exit abort log_at log_error log_warning log_notice "
                   "log_info log_debug").split()


def sources(*directories):
    for directory in directories:
        yield from sorted(path for path in (TOP / directory).rglob("*") if path.suffix in (".c", ".h"))


def name_of(path):
    return str(path.relative_to(TOP))


def includes(path):
    """(line number, header) of each #include."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match[1]


def code_of(path):
    """The text with comments and the insides of strings blanked, and its lines kept."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match[0]), path.read_text(encoding="utf-8"), flags=re.S)


class LayersTest(unittest.TestCase):
    def setUp(self):
        self.wrong = []

    def expect(self, holds, message):
        if not holds:
            self.wrong.append(message)

    def conclude(self):
        self.assertFalse(self.wrong, "\n" + "\n".join(self.wrong))

    def test_there_is_something_to_check(self):
        self.assertGreater(len(list(sources("lib"))), 5)
        self.assertGreater(len(list(sources("daemon"))), 5)
        self.assertTrue(any("util/" in header for path in sources("lib") for _, header in includes(path)))

    def test_lib_knows_nobody_above(self):
        for path in sources("lib"):
            for number, header in includes(path):
                top = header.split("/")[0]
                self.expect(top not in DAEMON_ALLOWED and top not in CLI_ALLOWED and top not in ("daemon", "cli") and not header.startswith("../"),
                            f"{name_of(path)}:{number}: lib/ includes {header}")
        self.conclude()

    def test_lib_has_one_direction(self):
        step_of = {name: step for step, names in enumerate(LIB_ORDER) for name in names}
        for path in sources("lib"):
            own = path.relative_to(TOP / "lib").parts[0]
            self.assertIn(own, step_of, f"{name_of(path)}: a directory that LIB_ORDER doesn't know")
            for number, header in includes(path):
                other = header.split("/")[0]
                if "/" not in header or other not in step_of or other == own:
                    continue
                self.expect(step_of[other] < step_of[own] or (own, other) in LIB_BESIDES,
                            f"{name_of(path)}:{number}: {own} includes {header}")
        self.conclude()

    def test_daemon_has_one_direction(self):
        for path in sources("daemon"):
            own = path.relative_to(TOP / "daemon").parts[0]
            self.assertIn(own, DAEMON_ALLOWED, f"{name_of(path)}: a directory that DAEMON_ALLOWED doesn't know")
            for number, header in includes(path):
                other = header.split("/")[0]
                if "/" in header and other in DAEMON_ALLOWED and other != own:
                    self.expect(other in DAEMON_ALLOWED[own], f"{name_of(path)}:{number}: {own} includes {header}")
        self.conclude()

    def test_cli_knows_lib_and_not_the_daemon(self):
        self.assertGreater(len(list(sources("cli"))), 5)
        for path in sources("cli"):
            parts = path.relative_to(TOP / "cli").parts
            own = parts[0] if len(parts) > 1 else None
            self.assertIn(own, {None, *CLI_ALLOWED}, f"{name_of(path)}: a directory that CLI_ALLOWED doesn't know")
            for number, header in includes(path):
                top = header.split("/")[0]
                self.expect("/" not in header or top not in DAEMON_ALLOWED, f"{name_of(path)}:{number}: cli/ includes {header}")
                if own and "/" in header and top in CLI_ALLOWED and top != own:
                    self.expect(top in CLI_ALLOWED[own], f"{name_of(path)}:{number}: {own} includes {header}")
        self.conclude()

    def test_libraries_stay_in_their_files(self):
        for path in sources("lib", "daemon", "cli"):
            for number, header in includes(path):
                for library, allowed in LIBRARIES.items():
                    if re.match(library, header):
                        self.expect(re.fullmatch(allowed, name_of(path)), f"{name_of(path)}:{number}: includes {header}")
        self.conclude()

    def test_an_own_header_is_named_by_its_room(self):
        for path in sources("lib", "daemon", "cli"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
                if match:
                    is_shared = name_of(path).startswith("cli/") and (TOP / "cli" / match[1]).exists()  # by all commands
                    self.expect(is_shared or re.fullmatch(r"[a-z]+/[a-z_0-9]+\.h", match[1]), f"{name_of(path)}:{number}: \"{match[1]}\"")
        self.conclude()

    def test_lib_is_pure(self):
        calls = re.compile(r"(?<![\w.>])(" + "|".join(LIB_NEVER_CALLS) + r")\s*\(")
        for path in sources("lib"):
            code = code_of(path)
            for match in calls.finditer(code):
                number = code.count("\n", 0, match.start()) + 1
                if name_of(path) == "lib/util/cleanup.h" and match[1] == "close":
                    continue  # closep(), for those above
                self.expect(False, f"{name_of(path)}:{number}: calls {match[1]}()")
        self.conclude()

    def test_no_mutable_variable_at_file_scope(self):
        # Only log.c has one. Asked of the objects, where a variable within a function is seen too, and a table is not.
        library = Path(os.environ.get("OOMWATCH_BUILD", TOP / "build" / "dev")) / "liboomwatch.a"
        if not shutil.which("objdump") or not library.exists():
            self.skipTest(f"objdump (binutils) or {library} is not there")
        listing = subprocess.run(["objdump", "-t", str(library)], check=True, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, text=True).stdout
        member, found = "", set()
        for line in listing.splitlines():
            start = re.match(r"(\S+):\s+file format", line)
            symbol = re.match(r"[0-9a-f]+ .{6}O (\.(?:data|bss|tdata|tbss)\S*|\*COM\*)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$", line)
            if start:
                member = start[1]
            # .data.rel.ro: a table of pointers, constant once they are resolved. __: what the sanitizers and gcov add.
            elif symbol and not symbol[1].startswith(".data.rel.ro") and not symbol[2].startswith("__"):
                found.add((member, symbol[2]))
        self.assertIn(("log.c.o", "state"), found)
        self.assertEqual(found, {("log.c.o", "state")})

    def test_files_are_short(self):
        for path in sources("lib", "daemon", "cli", "tests"):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            self.expect(lines <= FILE_LINES_MAX, f"{name_of(path)}: {lines} lines")
        self.conclude()

    def test_functions_are_short(self):
        if not shutil.which("ctags"):
            self.skipTest("ctags (universal-ctags) is not installed")
        files = [str(path) for path in sources("lib", "daemon", "cli", "tests")]
        listing = subprocess.run(["ctags", "-f", "-", "--c-kinds=f", "--fields=+ne", "--languages=C", "--langmap=C:.c.h",
                                  "--excmd=number", "--sort=no", *files], check=True, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, text=True).stdout
        count = 0
        for line in listing.splitlines():
            name, path, *fields = line.split("\t")
            values = dict(field.split(":", 1) for field in fields if ":" in field)
            if "end" not in values:
                continue
            count += 1
            lines = int(values["end"]) - int(values["line"]) + 1
            self.expect(lines <= FUNCTION_LINES_MAX, f"{Path(path).relative_to(TOP)}:{values['line']}: {name}() has {lines} lines")
        self.assertGreater(count, 20)
        self.conclude()


if __name__ == "__main__":
    unittest.main()
