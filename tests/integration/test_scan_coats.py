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


def fields(alerts):
    return [{name: value for name, value in leaves(alert).items() if not IGNORED.search(name)} for alert in alerts]


class CoatsTest(unittest.TestCase):
    def test_a_report_in_every_coat(self):
        for name in LOGS:
            data = (CORPUS / "logs" / name).read_bytes()
            bare = fields(scan(data))
            self.assertTrue(bare)
            for coat, put_on in COATS.items():
                with self.subTest(log=name, coat=coat):
                    got = fields(scan(put_on(data)))
                    self.assertEqual(len(got), len(bare))
                    for whole, part in zip(bare, got):
                        self.assertEqual(json.dumps(part, sort_keys=True), json.dumps(whole, sort_keys=True))


if __name__ == "__main__":
    unittest.main()
