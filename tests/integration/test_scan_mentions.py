"""What people and programs write about kills is no log; what they paste of one is."""

import itertools
import json
import re
import unittest

from log_scan import scan
from testbed import CORPUS

SIZES = " total-vm:10312kB, anon-rss:8044kB, file-rss:12kB"
STAMPED = "[  812.402177] Out of memory: Killed process 6120 (dbase)" + SIZES
RAW = "Out of memory: Killed process 6120 (dbase)" + SIZES

# Nothing of these is a line as the kernel prints it, to its end.
MENTIONS = (
    "Killed process 12 (bash) is the message that you look for.\n",
    "Killed process 12 (bash) means that the shell was killed (by the kernel).\n",
    "Out of memory: Killed process 91 (perl) appears in dmesg when no swap is left\n",
    "Killed process 12 (bash) total-vm:1kB, anon-rss:1kB, file-rss:0kB is what older kernels print.\n",
    "Memory cgroup out of memory: Killed process 7 (node) happened.\n",
    "<b>Killed process 123 (foo)</b>\n",
    "<li><code>Killed process 123 (foo)</code></li>\n",
    "- Killed process 123 (foo)\n",
    "* Out of memory: Killed process 123 (foo)\n",
    "  1. Killed process 123 (foo)\n",
    "`Killed process 123 (foo)`\n",
    "| Killed process 123 (foo) | the victim, and its name |\n",
    "| Out of memory: Killed process 5 (a) | 5 |\n",
    "My shell was gone, so I looked at the log. There it says\n> Killed process 1234 (mysqld)\nand that was all.\n",
    "After the upgrade it is worse, and in the evening I read:\n\n    Killed process 1234 (mysqld)\n\nWhat can I do?\n",
    "The box was slow today, it says in dmesg\nKilled process 4 (x)\nas always.\n",
    "It says [  812.402177] Out of memory: Killed process 6120 (dbase) total-vm:10312kB, anon-rss:8044kB, file-rss:12kB\nand so on\n",
    ".SH NOTES\nKilled process 12 (bash) is printed once for each.\n",
    "  * oom: Killed process 12 (bash) is printed once.\n",
    STAMPED.replace("Out of", "note, out of").split("] ")[1].replace(SIZES, "") + "\n",
)

# What is told, bare or among prose.
PASTES = (
    RAW + "\n",
    "Hi,\nlast night the box was slow, and I found this:\n\n" + RAW + "\n\nWhat can I do about it?\n",
    "> " + RAW + "\nand more.\n",
    "Killed process 123 (foo)\n",
    "Killed process 123 (foo)\nKilled process 124 (bar)\n",
    "It was slow, as I said before.\n" + STAMPED + "\nKilled process 12 (bash) is what it means.\n",
    "Out of Memory: Killed process 123 (foo).\n",
    "Killed process 12 (a) b c) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n",
    "<pre>\n" + RAW + "\n</pre>\n",
    "<b>" + RAW + "</b>\n",
    "Killed process 12 (in a word) total-vm:1kB, anon-rss:1kB, file-\n",
)

LOG = "[  812.402170] dbase invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n" + STAMPED + "\n"
LITERALS = (
    'import re\nSAMPLE = """\n%s"""\nprint(SAMPLE)\n',
    "x = parse(b'''\\\n%s''')\n",
    'def test():\n    self.check("cut", """%s""", 1)\n',
    "package x\n\nconst log = `\n%s`\n",
    "  var lines = []byte(`%s`)\n",
    "const text = String.raw(`\n%s`);\n",
    'let log = r#"%s"#;\n',
    'static const char *log = R"(\n%s)";\n',
    '        String log = """\n%s""";\n',
    "set -e\ncat > log <<'EOF'\n%sEOF\noomwatch scan log\n",
    "cat <<-END | grep Killed\n%s\tEND\n",
    "text = <<~LOG\n%sLOG\n",
    "$log = <<<EOT\n%sEOT;\n",
    '[case]\ninput = """\n%s"""\n',
)


def kills(text):
    return [alert["victim"].get("pid") for alert in scan(text.encode()) if alert["type"] != "user_kill"]


class MentionsTest(unittest.TestCase):
    def test_mentions_are_silent(self):
        for text in MENTIONS:
            with self.subTest(text=text):
                self.assertEqual(kills(text), [])

    def test_pastes_are_told(self):
        for text in PASTES:
            with self.subTest(text=text):
                self.assertEqual(len(kills(text)), text.count("Killed process") - text.count("is what it means"))

    def test_what_comes_after_a_mention_is_told(self):
        for text in MENTIONS:
            for paste in (STAMPED, "\n" + STAMPED, RAW):
                with self.subTest(text=text, paste=paste):
                    self.assertEqual(kills(text + paste + "\n"), [6120])


class LiteralsTest(unittest.TestCase):
    def test_strings_of_programs_are_silent(self):
        for text in LITERALS:
            for log in (LOG, LOG.replace("[  812.402170] ", "").replace("[  812.402177] ", ""),
                        "".join(f"Aug  2 10:11:12 db kernel: {line}\n" for line in LOG.splitlines())):
                with self.subTest(text=text, log=log):
                    self.assertEqual(kills(text % log), [])

    def test_what_comes_after_a_string_is_told(self):
        for text in LITERALS:
            with self.subTest(text=text):
                self.assertEqual(kills(text % LOG.replace("6120", "11") + "\n" + STAMPED + "\n"), [6120])

    def test_delimiters_around_a_paste(self):
        for before, after in (('"""\n', '"""\n'), ("'''\n", "'''\n"), ("```\n", "```\n"), ("Here it is (`\n", "`)\n"), ("`\n", "`\n"),
                              ("as x << y says\n", ""), ("cat /var/log/kern.log <<< x\n", ""), ("$ dmesg > x\n", "")):
            with self.subTest(before=before):
                self.assertEqual(kills(before + LOG + after), [6120])

    def test_names_open_no_string(self):
        for name in ('"""', "x = '''", "f(`", "cat <<EOF", "\nx = '''\n", "\nf(`\n", "\ncat <<EOF\n"):
            for stamp in ("[  812.402177] ", ""):
                log = (LOG.replace("(dbase)", f"({name})").replace("dbase", name) + STAMPED.replace("6120", "7").replace("812", "912") + "\n")
                log = log.replace("[  812.402170] ", stamp and "[  812.402170] ").replace("[  812.402177] ", stamp)
                with self.subTest(name=name, stamp=stamp):
                    self.assertIn(7, kills(log))


# Each with what ends it.
OPENERS = (('x = """', '"""'), ("x = b'''", "'''"), ('console login: log = """', '""")'), ("f(`", "`);"), ("cat > /tmp/x <<EOF", "EOF"),
           ('let a = r#"', '"#;'), ('R = R"(', ')";'), ("return `", "`"), ('x("a", """', '""", 1)'), ('"""A text, whose end is far', '"""'),
           ("+ '''", "+ '''"))


def without_stamp(log):
    return "".join(re.sub(r"^\[ *[0-9.]+\] |^ {15}", "", line) + "\n" for line in log.splitlines())


def syslog(log):
    return "".join(f"Aug  2 10:11:12 db kernel: {line}\n" for line in log.splitlines())


def docker(log):
    return "".join(json.dumps({"log": line + "\n", "stream": "stdout", "time": "2026-08-02T10:11:12Z"}) + "\n" for line in log.splitlines())


class OpenedTest(unittest.TestCase):
    """Whoever can write a line to a log hides nothing that comes after it."""

    REPORT = (CORPUS / "logs" / "6.1" / "memcg-service" / "dmesg.txt").read_text(encoding="utf-8")
    FORMS = (str, without_stamp, syslog, docker)
    LATER = "[  999.000000] eth0: link up\n" * 3

    def check(self, log, around):
        expected = kills(log)
        self.assertGreater(len(expected), 0)
        self.assertEqual(kills(around), expected)

    def test_an_opener_hides_nothing(self):
        forms = itertools.cycle(self.FORMS[:3])
        for before, after, form in itertools.chain((("", "", form) for form in self.FORMS), (("Booting\n", "\n", form) for form in self.FORMS)):
            opener, _ = OPENERS[0]
            with self.subTest(before=before, form=form.__name__):
                self.check(form(self.REPORT), before + opener + "\n" + after + form(self.REPORT))
        for opener, _ in OPENERS:
            with self.subTest(opener=opener):
                log = next(forms)(self.REPORT)
                self.check(log, opener + "\n" + log)

    def test_nor_many_of_them(self):
        opener, _ = OPENERS[0]
        self.check(self.REPORT, (opener + "\n") * 5000 + self.REPORT)
        self.check(self.REPORT, opener + "\n" + "db login: \n" * 3000 + self.REPORT)

    def test_nor_one_that_is_closed(self):
        forms = itertools.cycle(self.FORMS)
        for opener, closer in OPENERS:
            form = next(forms)
            login = "" if form == without_stamp else "db login: \n"
            with self.subTest(opener=opener, form=form.__name__):
                log = form(self.REPORT)
                self.check(log, opener + "\n" + log + closer + "\n" + login + form(self.LATER))

    def test_names_of_processes_that_crash(self):
        first, last = ("{}[{}]: segfault at 0 ip 0000000000401136 sp 00007ffc error 6 in a.out[401000+1000]\n".format(name, pid)
                       for name, pid in (("x = '''", 70), ("'''", 71)))
        log = without_stamp(self.REPORT)
        self.check(log, first + log)
        self.check(log, first + log + last + "docker0: port 2(veth1) entered disabled state\n")


class SourcesTest(unittest.TestCase):
    """A whole report in a string of a program, and a patch."""

    REPORT = OpenedTest.REPORT

    def test_whole_reports(self):
        forms, afters = itertools.cycle((str, without_stamp, syslog)), ("", "\nprint(x)\n", "\n\ndef test_next():\n    pass\n", "// next\nvar y = 1\n")
        for text, after in itertools.chain(zip(LITERALS, itertools.cycle(afters)), zip(LITERALS, itertools.cycle(afters[1:] + afters[:1]))):
            form = next(forms)
            with self.subTest(text=text, form=form.__name__, after=after):
                self.assertEqual(kills(text % form(self.REPORT) + after), [])

    def test_docstrings(self):
        for text in ('def f(x):\n    """Reads a log.\n\n%s    """\n    return x\n', 'r"""Example::\n\n%s"""\n\nimport re\n',
                     "'''What\n%s'''\nx = 1\n"):
            with self.subTest(text=text):
                self.assertEqual(kills(text % LOG), [])
                patch = "".join("+" + line + "\n" for line in (text % LOG).splitlines())
                self.assertEqual(kills("--- a/x.py\n+++ b/x.py\n@@ -0,0 +1,9 @@\n" + patch), [])
        self.assertEqual(kills('@@ -1 +1,5 @@\n def f(x):\n+    """\n' + "".join(f"+    {line}\n" for line in LOG.splitlines()) +
                               '+    """\n+    return x\n'), [])


class NamesTest(unittest.TestCase):
    """What would be a comment's sign, or markup, in a program's source is a name where the line has a prefix."""

    def test_triggers(self):
        for name in ('"q"', "* x", "// y", "#z", "--", ";", "<br>", "<b>x</b>", "- x", "`x`"):
            for before in ("", "Aug  2 10:11:12 db kernel: "):
                log = "".join(before + line + "\n" for line in LOG.replace("dbase", name).splitlines())
                with self.subTest(name=name, before=before):
                    (alert,) = scan(log.encode())
                    self.assertEqual((alert["trigger"]["comm"], alert["victim"]["comm"]), (name, name))


class MessageOfLinesTest(unittest.TestCase):
    """A syslog daemon's message of several lines, each with the kernel's stamp: date and host are those of all."""

    def test_one_incident(self):
        for before in ("Aug  2 10:11:12 db kernel: ", "2026-08-02T10:11:12.5+02:00 db kernel: ", "<4>Aug  2 10:11:12 db kernel: ",
                       "<6>1 2026-08-02T10:11:12Z db kernel - - - "):
            for newline in ("#012", "\\n"):
                with self.subTest(before=before, newline=newline):
                    (alert,) = scan((before + LOG.rstrip("\n").replace("\n", newline) + "\n").encode())
                    self.assertEqual((alert["type"], alert["trigger"]["comm"], alert["host"]["name"]), ("oom_kill", "dbase", "db"))


if __name__ == "__main__":
    unittest.main()
