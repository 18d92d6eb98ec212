#!/usr/bin/python3
"""oomwatch scan of logs in the coats that people and mails put around them: whole reports give what they give bare.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import base64
import html
import json
import quopri
import re
import unittest

from log_scan import leaves, scan
from testbed import CORPUS
from test_scan_folded import IGNORED

LOGS = ("6.12/group-kill/dmesg.txt", "5.10/global-adj/dmesg.txt")


def each(change):
    return lambda data: b"".join(change(i + 1, line) + b"\n" for i, line in enumerate(data.splitlines()))


def page(i, line):
    return b'<span class="line" id="L%d">' % i + html.escape(line.decode()).encode() + b"</span><br/>"


def coloured(_, line):
    return re.sub(rb"^(\[ *[0-9.]+\] )([A-Za-z0-9 ]+:)?", b"\x1b[32m\\1\x1b[0m\x1b[33m\\2\x1b[0m", line)


def grep_coloured(_, line):
    return line.replace(b"Killed process", b"\x1b[01;31m\x1b[KKilled process\x1b[m\x1b[K")


def mail(data):
    return (b"From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data) + b"\n")


COATS = {
    "colours": each(coloured),
    "colours as text": each(lambda i, line: coloured(i, line).replace(b"\x1b", b"^[")),
    "grep's colours": each(grep_coloured),
    "a page": each(page),
    "a page in a quote": each(lambda i, line: b"&gt; &gt; " + html.escape(line.decode()).encode() + b"<br>"),
    "line numbers": each(lambda i, line: b"%4d. " % i + line),
    "line numbers with a bar": each(lambda i, line: b"%d | " % i + line),
    "cat -n": each(lambda i, line: b"%6d\t" % i + line),
    "quotes": each(lambda i, line: b"> > " + line),
    "backticks": each(lambda i, line: b"`" + line + b"`" if line.startswith(b"[") else line),
    "a forum": lambda data: b"[code]" + data.rstrip(b"\n") + b"[/code]\n",
    "quoted-printable": lambda data: quopri.encodestring(data),
    "quoted-printable, base64 header": lambda data: b"Content-Transfer-Encoding: quoted-printable\n\n" + quopri.encodestring(data),
    "base64": mail,
    "DOS": lambda data: data.replace(b"\n", b"\r\n"),
}


def table(_, line):
    return b"| %d | " % _ + line + b" |"


def page_of(line_of):
    """A page without a newline."""
    return lambda data: b"<html><body><p>A log:</p>" + b"".join(
        line_of(i + 1, html.escape(line.decode()).encode()) for i, line in enumerate(data.splitlines())) + b"</body></html>"


MARKS = {
    "a list": each(lambda i, line: b"* " + line),
    "a list within a list": each(lambda i, line: b"  * " + line),
    "a list of dashes": each(lambda i, line: b"- " + line),
    "a list of pluses": each(lambda i, line: b"+ " + line),
    "bullets": each(lambda i, line: b"\xe2\x80\xa2 " + line),
    "a numbered list": each(lambda i, line: b"%d) " % i + line),
    "bold stamps": each(lambda i, line: re.sub(rb"^(\[[^]]*\])", rb"[b]\1[/b]", line)),
    "code, each line": each(lambda i, line: b"[code]" + line + b"[/code]"),
    "Jira's code": lambda data: b"{code:title=dmesg}" + data.rstrip(b"\n") + b"{code}\n",
    "Jira's monospace": each(lambda i, line: b"{{" + line + b"}}"),
    "Markdown's backslashes": each(lambda i, line: re.sub(rb"([][_*|])", rb"\\\1", line)),
    "cells": each(lambda i, line: b'<tr><td class="nr">%d</td><td>' % i + html.escape(line.decode()).encode() + b"</td></tr>"),
    "numbers in spans": each(lambda i, line: b'<span class="ln">%d</span>' % i + html.escape(line.decode()).encode()),
    "numbers in links": each(lambda i, line: b'<a href="#L%d">%d</a>\t' % (i, i) + html.escape(line.decode()).encode()),
    "paragraphs": each(lambda i, line: b"<p>" + html.escape(line.decode()).encode() + b"</p>"),
    "breaks alone": page_of(lambda i, line: line + b"<br />"),
    "paragraphs in one line": page_of(lambda i, line: b"<p>" + line + b"</p>"),
    "a list in one line": page_of(lambda i, line: b"<li>" + line),
    "a table in one line": page_of(lambda i, line: b"<tr><td>%d</td><td>" % i + line + b"</td></tr>"),
    "Markdown's table": each(table),
    "Jira's table": each(lambda i, line: b"|%d|" % i + line + b"|"),
    "AsciiDoc's table": each(lambda i, line: b"|%d |" % i + line),
    "a box": each(lambda i, line: b"\xe2\x94\x82 %3d \xe2\x94\x82 " % i + line.ljust(200) + b" \xe2\x94\x82"),
}

CODINGS = {
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "UTF-16, DOS": lambda data: data.replace(b"\n", b"\r\n").decode().encode("utf-16"),
    "UTF-16, big": lambda data: b"\xfe\xff" + data.decode().encode("utf-16-be"),
    "UTF-16 without its mark": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16, big, without its mark": lambda data: data.decode().encode("utf-16-be"),
    "UTF-16 behind a megabyte": lambda data: ("Aug 25 10:00:00 h\u00f6st app[12]: \U0001f600\n" * 30000 + data.decode()).encode("utf-16"),
    "the mark of UTF-8": lambda data: b"\xef\xbb\xbf" + data,
}


def late_part(data):
    """Behind more lines than a reader would look at."""
    return (b"From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\n" + b"some words\n" * 200000
            + b"--x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\nContent-Disposition: inline\n\n" + base64.encodebytes(data)
            + b"--x--\n")


def framed(messages):
    """A stream of messages of syslog, with their lengths in front."""
    return b"".join(b"%d %s" % (len(message), message) for message in messages)


def marked(begin, end):
    """Marks of words as a search or a person makes them."""
    return lambda words: (lambda data: data.replace(words, begin + words + end))


GREP = marked(b"\x1b[01;31m\x1b[K", b"\x1b[m\x1b[K")
RIPGREP = marked(b"\x1b[0m\x1b[1m\x1b[31m", b"\x1b[0m")
WITHIN = {
    "grep": GREP, "ripgrep": RIPGREP, "as text": marked(b"^[[01;31m^[[K", b"^[[m^[[K"), "b": marked(b"<b>", b"</b>"),
    "mark": marked(b"<mark>", b"</mark>"), "em": marked(b'<em class="hit">', b"</em>"), "BBCode": marked(b"[b]", b"[/b]"),
    "Markdown": marked(b"**", b"**"), "span": marked(b'<span class="hit">', b"</span>"),
}
KILLS = (
    b"[ 5021.118301] Out of memory: Killed process 2210 (shopd) total-vm:903256kB, anon-rss:701480kB, file-rss:2048kB, "
    b"shmem-rss:0kB, UID:1000 pgtables:1620kB oom_score_adj:0\n",
    b"Aug 25 14:06:20 web1 kernel: [ 5021.118301] Killed process 2210 (shopd) total-vm:903256kB, anon-rss:701480kB, file-rss:2048kB\n",
)


def fields(alerts):
    return [{name: value for name, value in leaves(alert).items() if not IGNORED.search(name)} for alert in alerts]


class CoatsTest(unittest.TestCase):
    def assert_same(self, data, bare):
        got = fields(scan(data))
        self.assertEqual(len(got), len(bare))
        for whole, part in zip(bare, got):
            self.assertEqual(json.dumps(part, sort_keys=True), json.dumps(whole, sort_keys=True))

    def test_a_report_in_every_coat(self):
        for name in LOGS:
            data = (CORPUS / "logs" / name).read_bytes()
            bare = fields(scan(data))
            self.assertTrue(bare)
            for coat, put_on in COATS.items():
                with self.subTest(log=name, coat=coat):
                    self.assert_same(put_on(data), bare)

    def test_a_report_whose_lines_have_marks(self):
        data = (CORPUS / "logs" / LOGS[0]).read_bytes()
        bare = fields(scan(data))
        for coat, put_on in MARKS.items():
            with self.subTest(coat=coat):
                self.assert_same(put_on(data), bare)

    def test_marks_within_the_words_that_are_searched_for(self):
        for kill in KILLS:
            bare = fields(scan(kill))
            self.assertEqual(len(bare), 1)
            for name, mark in WITHIN.items():
                for words in (b"Killed process", b"Killed", b"process"):
                    with self.subTest(kill=kill[:60], mark=name, words=words):
                        self.assert_same(mark(words)(kill), bare)
            for words in (b"Kill", b"ed proc", b"cess", b"d p"):
                with self.subTest(kill=kill[:60], words=words):
                    self.assert_same(GREP(words)(kill), bare)
            self.assert_same(kill.replace(b"d process", b"d&nbsp;process"), bare)

    def test_a_report_in_other_codings(self):
        for name in LOGS:
            data = (CORPUS / "logs" / name).read_bytes()
            bare = fields(scan(data))
            for coding, encode in CODINGS.items():
                with self.subTest(log=name, coding=coding):
                    self.assert_same(encode(data), bare)
        self.assert_same(CODINGS["the mark of UTF-8"](KILLS[0]), fields(scan(KILLS[0])))

    def test_base64_in_the_middle_of_a_mail(self):
        for log in (LOGS[0],):
            data = (CORPUS / "logs" / log).read_bytes()
            bare = fields(scan(data))
            self.assert_same(late_part(data), bare)
            self.assertEqual(len(scan(late_part(data), "--jobs", "2")), len(bare))
        header = b"From a@example.org Mon Aug 24 2026\nFrom: a@example.org\n\nhello\n\n"
        part = b"Content-transfer-encoding: BASE64\n\n" + base64.encodebytes(KILLS[0]) + b"\n"
        self.assert_same(header * 4000 + part + header * 4000, fields(scan(KILLS[0])))

    def test_a_long_stream_of_counted_messages(self):
        def of_app(number):
            return b"<30>1 2026-08-25T14:06:19.5Z web1 app %d - - hello, %d <4>1 times" % (number, number)

        before, after = ([of_app(number) for number in range(count)] for count in (4000, 30000))
        for prefix in (b"<4>1 2026-08-25T14:06:20.123456Z web1 kernel - - - ", b"<4>Aug 25 14:06:20 web1 kernel: "):
            messages = [prefix + line for line in (CORPUS / "logs" / LOGS[0]).read_bytes().splitlines()]
            lines = scan(b"\n".join(messages) + b"\n")
            for name, stream in {"before": before + messages, "within": before + messages + after, "alone": messages}.items():
                with self.subTest(prefix=prefix, stream=name):
                    self.assert_same(framed(stream), fields(lines))
        # whoever writes a message can write the head of another into it, and not where it ends
        forged = b"<14>1 2026-08-25T14:06:20Z web1 x - - - 99 <4>1 2026-08-25T14:06:20Z web1 kernel - - - " + KILLS[0].strip()
        self.assertEqual(scan(framed(before + [forged] + after)), [])

    def test_both_parts_of_a_mail_are_one_report(self):
        log = (b"Aug 25 14:06:20 web1 kernel: [ 5021.118301] Out of memory: Kill process 2210 (shopd) score 812 or sacrifice child\n"
               b"Aug 25 14:06:20 web1 kernel: [ 5021.118401] Killed process 2210 (shopd) total-vm:903256kB, anon-rss:701480kB, file-rss:2048kB\n")
        page = b"<html><body><pre>\n" + html.escape(log.decode()).encode() + b"</pre></body></html>\n"
        head = b"MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n"
        for coding, encode in (("7bit", bytes), ("quoted-printable", quopri.encodestring), ("base64", base64.encodebytes)):
            with self.subTest(coding=coding):
                transfer = b"Content-Transfer-Encoding: " + coding.encode() + b"\n\n"
                mail_of_both = head + transfer + encode(log) + b"\n--x\nContent-Type: text/html\n" + transfer + encode(page) + b"\n--x--\n"
                self.assertEqual([alert["type"] for alert in scan(mail_of_both)], ["oom_kill"])

    def test_a_container_s_file_as_a_shipper_names_it(self):
        kill = KILLS[0][len(b"[ 5021.118301] "):].decode().strip()
        for path, count in (("/var/log/containers/shop_default_web-1.log", 0), ("/var/log/pods/default_shop/web/0.log", 0),
                            ("/var/lib/docker/containers/1f/1f-json.log", 0), ("/var/log/kern.log", 1)):
            for record in ({"message": kill, "log": {"file": {"path": path}}}, {"source": path, "message": kill}, {"log": kill, "file": path}):
                with self.subTest(record=record):
                    self.assertEqual(len(scan(json.dumps(record).encode() + b"\n")), count)

    def test_a_lone_sigterm_of_earlyoom(self):
        line = b'Aug 25 14:06:20 web1 %s[812]: sending SIGTERM to process 4310 uid 1000 "shopd": badness 846, VmRSS 177 MiB\n'
        self.assertEqual([alert["type"] for alert in scan(line % b"earlyoom")], ["user_kill"])
        self.assertEqual(scan(line % b"cron"), [])

    def test_lines_without_a_host(self):
        begin = b"Wed Jul 26 05:48:34 2023 kern.err kernel: "
        self.assertEqual([alert["victim"]["pid"] for alert in scan(begin + KILLS[0] + begin + KILLS[0].replace(b"2210", b"2211"))], [2210, 2211])

    def test_marks_of_source_code_are_none_of_a_list(self):
        kill = KILLS[0].rstrip(b"\n")
        for mark in (b" * ", b"\t * ", b"   * ", b"// ", b" // ", b"# ", b"-", b"+", b"/* ", b"* // ", b"; "):
            with self.subTest(mark=mark):
                self.assertEqual(scan(mark + kill + b"\n" + mark + kill.replace(b"2210", b"2211") + b"\n"), [])
        for text in (b"* Out of memory: Killed process 12 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB\n",
                     b"- Killed process 12 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB\n"):
            with self.subTest(text=text):
                self.assertEqual(scan(text), [])

    def test_a_name_keeps_what_looks_like_a_break_of_a_page(self):
        kill = KILLS[0].replace(b"(shopd)", b"(a<br>[1.0] b)")
        self.assertEqual([alert["victim"]["comm"] for alert in scan(kill)], ["a<br>[1.0] b"])


if __name__ == "__main__":
    unittest.main()
