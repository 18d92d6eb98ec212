"""The kernel's messages in a log, in the order in which the kernel printed them.

Read anew here, not by the program. Forms that are known by their prefix: /dev/kmsg's records, dmesg, dmesg -T, journalctl's short
forms, syslog, JSON and export of the journal. Of any other line, the kernel's words are looked for within it."""

import json
import re

RECORD = re.compile(r"(\d{1,10}),(\d+),(\d+),([-c+])([^;]*);(.*)", re.DOTALL)
KERNEL_STAMP = r"\[ *(\d+\.\d{3,6})\](?:\[ *[TC]\d+ *\])? ?"
# Each gives the message as its last group; "tag" where the form has one, which must be the kernel's.
PREFIXES = [re.compile(pattern, re.DOTALL) for pattern in (
    r"(?:<\d+>)?\[ *(?P<stamp>\d+\.\d{3,6})\](?:\[ *[TC]\d+ *\])? ?(.*)",
    r"\[(?P<wall>\w{3} \w{3} +\d+ [\d:]{8} \d{4})\] ?(.*)",
    r"(?P<wall>\w{3} +\d+ [\d:]{8}(?:\.\d+)?) (?P<host>\S+) (?P<tag>[^\s:]+): ?(?:\[ *(?P<stamp>\d+\.\d{3,6})\] ?)?(.*)",
    r"(?P<wall>\d{4}-\d\d-\d\d[T ][\d:]{8}\S*) (?P<host>\S+) (?P<tag>[^\s:]+): ?(?:\[ *(?P<stamp>\d+\.\d{3,6})\] ?)?(.*)",
)]
# In any other line: what stands after the last of these is the kernel's.
BEFORE_MESSAGE = re.compile(r"^.*(?:kernel: ?|" + KERNEL_STAMP + ")", re.DOTALL)
ESCAPES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}
MULTI_LINE = re.compile(r"(?:active_anon:|anon \d|cache \d|Active:|Free pages:)")
# Lines that the kernel prints in pieces: (their beginning, how they end, how a piece that goes on may begin)
PIECES = [tuple(re.compile(pattern, re.DOTALL) for pattern in patterns) for patterns in (
    (r"oom-kill:constraint=", r".*,pid=\d+,uid=-?\d+\s*", r"[,/].*"),
    (r".* invoked oom-killer: ", r".*(?:adj=-?\d+|order=-?\d+)\s*", r"(?:\(null\)|[\d,-]+|, +order=.*)"),
    (r".* cpuset=", r".* mems_allowed=[\d,-]+\s*", r"(?: mems_allowed=)?[^:]*"),
    (r"Task in ", r".* killed as a result of limit of /.*", r"(?:/| killed as ).*"),
    (r"Memory cgroup stats for ", r".*(?: unevictable:\d+KB\s*|:\s*\n.*)", r"(?:[/:]| \w+:\d+KB).*"),
    (r"(?:Node \d+ )?[A-Z]\w+: (?:\d+\*|$)", r".*= \d+kB.*", r"(?:\d+\*\d+kB |\([A-Z]+\) |= \d+kB).*"),
    (r"Tasks in ", r".*memory\.oom\.group set\s*", r"(?:/| are going ).*"),
    (r"Node \d+ $", r".*:.*", r"\w+(?: free:|: ).*"),
)]


class Message:
    """One message of the kernel; line counts from 1."""

    def __init__(self, line, text, **where):
        self.line, self.text = line, text
        self.stamp, self.host, self.wall = where.get("stamp"), where.get("host"), where.get("wall")
        self.seq, self.usec, self.caller = where.get("seq"), where.get("usec"), where.get("caller")
        self.is_piece = where.get("is_piece", False)
        self.is_loose = where.get("is_loose", False)  # the line's form isn't known: the message may begin later
        self.is_after_gap = where.get("is_after_gap", False)  # records before it are missing


def unescape(text):
    r"""\xNN of /dev/kmsg, #NNN of rsyslog, as bytes; the rest as it is."""
    raw = text.encode("utf-8", "surrogateescape")
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), raw)
    return raw.decode("utf-8", "surrogateescape")


def read_record(number, match, is_after_gap):
    if int(match[1]) >> 3 != 0:
        return []  # user space wrote it
    caller = re.search(r",caller=([TC]\d+)", match[5])
    where = {"seq": int(match[2]), "usec": int(match[3]), "stamp": int(match[3]) / 1e6,
             "caller": caller and caller[1], "is_piece": match[4] != "-", "is_after_gap": is_after_gap}
    text = unescape(match[6])
    texts = text.split("\n") if MULTI_LINE.match(text) else [text]
    return [Message(number, part, **where) for part in texts]


def read_entry(number, entry):
    """An entry of the journal: its fields by name."""
    text = entry.get("MESSAGE")
    if isinstance(text, list):
        text = bytes(byte & 0xff for byte in text if isinstance(byte, int)).decode("utf-8", "surrogateescape")
    if not isinstance(text, str) or entry.get("_TRANSPORT", "kernel") != "kernel":
        return []
    usec = entry.get("_SOURCE_MONOTONIC_TIMESTAMP")
    where = {"host": entry.get("_HOSTNAME"), "stamp": int(usec) / 1e6 if usec else None}
    return [Message(number, part, **where) for part in (text.split("\n") if MULTI_LINE.match(text) else [text])]


def read_plain(number, line, before):
    for prefix in PREFIXES:
        match = prefix.fullmatch(line)
        if not match:
            continue
        fields = match.groupdict()
        if fields.get("tag") and not re.fullmatch(r"(?:kernel|vmunix)", fields["tag"]):
            return []
        stamp = fields.get("stamp")
        texts = re.split(r"#012|(?<=\d)\\n", match[match.re.groups])
        return [Message(number, text, stamp=float(stamp) if stamp else None, host=fields.get("host"),
                        wall=fields.get("wall")) for text in texts]
    if re.match(r"\s{4,}", line) and before and not before[-1].is_loose and before[-1].seq is None:
        # The rest of a message of several lines, which dmesg and journalctl print below its first.
        if re.fullmatch(r" *[a-z_0-9]+ \d+| *[a-z_]+:\d+.*", line):
            return [Message(number, line.strip(), stamp=before[-1].stamp, host=before[-1].host, wall=before[-1].wall)]
        before[-1].text += "\n" + line.lstrip()
        return []
    for escape, character in ESCAPES.items():
        line = line.replace(escape, character)
    stamp = re.search(KERNEL_STAMP, line)
    text = BEFORE_MESSAGE.sub("", line)
    return [Message(number, part, is_loose=text == line, stamp=float(stamp[1]) if stamp else None)
            for part in re.split(r"#012|(?<=\d)\\n", text)]


def read_export(data):
    """journalctl -o export: NAME=value lines, or NAME, eight bytes of length and so many bytes; an empty line between entries.
    An entry's line is its first."""
    messages, entry, offset, number = [], {}, 0, 1
    while offset < len(data):
        end = data.find(b"\n", offset)
        end = len(data) if end < 0 else end
        line, first = data[offset:end], number
        offset, number = end + 1, number + 1
        if line and b"=" not in line:
            length = int.from_bytes(data[offset:offset + 8], "little")
            value = data[offset + 8:offset + 8 + length]
            number += data.count(b"\n", offset, offset + 9 + length)
            offset += 9 + length
            name = line
        else:
            name, _, value = line.partition(b"=")
        if line:
            entry.setdefault("#", first)
            entry.setdefault(name.decode("ascii", "replace"), value.decode("utf-8", "surrogateescape"))
        if entry and (not line or offset >= len(data)):
            messages += read_entry(entry["#"], entry)
            entry = {}
    return messages


def is_continued(before, message):
    for begins, ends, goes_on in PIECES:
        if begins.match(before.text) and not ends.fullmatch(before.text):
            return message.is_piece or bool(goes_on.match(message.text))
    return False


def join_pieces(messages):
    """Lines that came in several records are one again."""
    joined = []
    for message in messages:
        for before in joined[:-6:-1]:
            if message.caller == before.caller and message.host == before.host and is_continued(before, message):
                before.text += message.text
                break
        else:
            joined.append(message)
    return joined


# The order in which a report prints its lines.
ORDER = [re.compile(pattern) for pattern in (
    r" invoked oom-killer", r"(?:CPU: \d+ .*PID: |Pid: \d+, comm:)", r"Call Trace:", r"(?:Mem-Info:|memory: usage)", r"active_anon:",
    r"Free swap", r"Total swap", r"\d+ pages RAM", r"Tasks state", r"\[ *pid *\] ", r"oom-kill:constraint=", r"[Kk]illed process ")]


def is_backwards(messages):
    """Newest first: a report's lines stand in the reverse of the order in which it prints them, or its stamps fall."""
    before, falls = None, 0
    for message in messages:
        rank = next((rank for rank, pattern in enumerate(ORDER) if pattern.search(message.text)), None)
        if rank is None:
            continue
        if before is not None and rank != before and not {rank, before} == {0, len(ORDER) - 1}:
            falls += 1 if rank < before else -1
        before = rank
    stamps = [message.stamp for message in messages if message.stamp is not None]
    drops = sum(b < a for a, b in zip(stamps, stamps[1:])) - sum(b > a for a, b in zip(stamps, stamps[1:]))
    return drops > 0 if abs(drops) > 2 else falls > 0


def read_log(data):
    """bytes -> messages."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    lines = [line.rstrip("\r") for line in lines]
    if any(line.startswith("__CURSOR=") for line in lines[:50]):
        return join_pieces(read_export(data))
    is_records = sum(bool(RECORD.fullmatch(line)) for line in lines) > len(lines) / 2
    messages, seq = [], None
    for number, line in enumerate(lines, 1):
        if line.startswith("{") and '"MESSAGE"' in line:
            try:
                messages += read_entry(number, json.loads(line))
                continue
            except ValueError:
                pass
        match = RECORD.fullmatch(line)
        if match:
            messages += read_record(number, match, seq is not None and int(match[2]) > seq + 1)
            seq = int(match[2])
        elif line.strip() and not is_records:
            messages += read_plain(number, line, messages)
    if is_backwards(messages):
        messages.reverse()
    return join_pieces(messages)
