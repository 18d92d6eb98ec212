"""What a claim is: a row with the phrase as the program prints it and the condition under which the raw text bears it out.

A condition returns None where it does, else what the text says instead. Text is split into claims completely: what no row
knows is a failure too."""

import re

SIZE = r"(?:0|\d+ KiB|\d+\.\d MiB|\d+\.\d GiB)"
UNITS = {"KiB": (2**10, 0), "MiB": (2**20, 1), "GiB": (2**30, 1)}
NAME = r"(?:a process without a name|.{0,64}?)"
PATH = r"(?:.{0,250}?)"
# {size:x}, {n:x}, {proc:x} (a name, and perhaps its pid), {name:x}, {path:x}
FIELD = re.compile(r"\{(\w+):(\w+)\}")


def compile_phrase(phrase):
    """A phrase with fields -> a regular expression; "(?:" and the like are those of re, other brackets are escaped by hand."""
    def field(match):
        kind, name = match.groups()
        return {"size": f"(?P<{name}>{SIZE})", "n": f"(?P<{name}>-?\\d+)", "name": f"(?P<{name}>{NAME})",
                "path": f"(?P<{name}>{PATH})", "proc": f"(?P<{name}>{NAME})(?: \\(pid (?P<{name}_pid>\\d+)\\))?"}[kind]
    return re.compile(FIELD.sub(field, phrase), re.DOTALL)


class Claim:
    def __init__(self, name, phrase, condition):
        self.name, self.phrase, self.condition = name, compile_phrase(phrase), condition


def split(text, claims, begin=0):
    """The claims that text is made of, [(claim, match)]; None: some of it is none."""
    if begin == len(text):
        return []
    for claim in claims:
        match = claim.phrase.match(text, begin)
        rest = split(text, claims, match.end()) if match and match.end() > begin else None
        if rest is not None:
            return [(claim, match)] + rest
    return None


def check_text(text, claims, facts):
    """[(what is said, what is wrong with it)], and the names of the rows of its claims."""
    parts = split(text, claims)
    if parts is None:
        return [(text, "no row knows this sentence, or it has more than the rows know")], [None]
    wrong = []
    for claim, match in parts:
        why = claim.condition(facts, match)
        if why:
            wrong.append((match[0].strip(), f"{claim.name}: {why}"))
    return wrong, [claim.name for claim, _ in parts]


# --- what conditions are made of

def bytes_of(shown):
    """(least, most) that a size as people read it stands for."""
    if shown == "0":
        return 0, 0
    number, unit = shown.split()
    scale, digits = UNITS[unit]
    half = scale / 2 / 10**digits * 1.02
    value = float(number) * scale
    return (0 if unit == "KiB" and number == "1" else value - half), value + half


def is_size(shown, values):
    least, most = bytes_of(shown)
    return any(least <= value <= most for value in values if value is not None)


def check_size(match, name, values, what):
    if not values:
        return f"{what}: the text has no such figure"
    if not is_size(match[name], values):
        return f"{what}: the text has {' or '.join(str(value) for value in values)} bytes"
    return None


def first(*conditions):
    return next((condition for condition in conditions if condition), None)


def unescaped(name):
    """The ways in which a log may have written a name's bytes."""
    yield name
    raw = name.encode("utf-8", "surrogateescape")
    yield re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), raw).decode("utf-8", "surrogateescape")
    yield re.sub(rb"#([0-3][0-7]{2})", lambda m: bytes([int(m[1], 8)]), raw).decode("utf-8", "surrogateescape")
    yield name.rstrip()
    yield re.sub(r"\\(?:x[0-9a-f]?)?$", "", name)  # the record ends within an escape


def shown_pattern(part):
    """A name as it is shown: unsafe characters are '?', bytes that are no UTF-8 U+FFFD."""
    unsafe = "[?\ufffd ]*"
    pieces = [re.escape(c) if c.isprintable() and not "\ud800" <= c <= "\udfff" else unsafe for c in part]
    # A run of them is one piece: several in a row match the same text in too many ways.
    return "".join(piece for before, piece in zip([""] + pieces, pieces) if (before, piece) != (unsafe, unsafe))


def is_name(shown, name):
    for form in set(unescaped(name)):
        if re.fullmatch(shown_pattern(form), shown, re.DOTALL):
            return True
        if len(form) > 15 and "/" not in form and len(shown) == 15 and form.startswith(shown):
            return True  # no name has more: a tab was made blanks
        head, mark, tail = shown.partition("...")
        if mark and len(form) > len(head) + len(tail) and form.isprintable() and form.startswith(head) and form.endswith(tail):
            return True
        if mark and not form.isprintable() and re.fullmatch(shown_pattern(form[:len(head)]), head):
            return True
    return False


def check_name(shown, names, what):
    names = [name for name in names if name is not None]
    if shown == "a process" or (shown in ("The process", "a process without a name") and not all(names)):
        return None  # says nothing
    if any(is_name(shown, name) for name in names):
        return None
    return f"{what} is {' or '.join(repr(name) for name in names[:4]) or 'not in the text'}"


def is_below(path, above):
    return path.startswith(above.rstrip("/") + "/")
