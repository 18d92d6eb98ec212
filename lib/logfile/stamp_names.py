#!/usr/bin/python3
"""Writes lib/logfile/stamp_names_table.h: the short names of months and weekdays in every locale that glibc has.

    apt-get install locales=2.36-9+deb12u14
    lib/logfile/stamp_names.py /usr/share/i18n/locales >lib/logfile/stamp_names_table.h

strftime() gives them for %b and %a, which dmesg and journalctl print. Blanks around a name and a dot behind it are left away."""

import pathlib
import re
import sys

KEYS = ("abday", "abmon", "ab_alt_mon")


def of_locale(directory, name, seen=()):
    """{key: names} of LC_TIME, that of the locale it copies included."""
    path = directory / name
    if name in seen or not path.is_file():
        return {}
    source = path.read_text(encoding="utf-8", errors="replace")
    comment, escape = (re.search(rf"^{key}_char\s+(\S)", source, re.M) for key in ("comment", "escape"))
    section = re.search(r"^LC_TIME\s*$(.*?)^END LC_TIME", source, re.M | re.S)
    if not section:
        return {}
    lines = [line for line in section[1].split("\n") if not line.lstrip().startswith(comment[1] if comment else "#")]
    text = re.sub(re.escape(escape[1] if escape else "\\") + r"[ \t]*\n\s*", "", "\n".join(lines))
    copied = re.search(r'^\s*copy\s+"([^"]+)"', text, re.M)
    names = of_locale(directory, copied[1], (*seen, name)) if copied else {}
    for key in KEYS:
        if found := re.search(rf"^\s*{key}\s+(.*)$", text, re.M):
            names[key] = [re.sub("<U([0-9A-Fa-f]+)>", lambda m: chr(int(m[1], 16)), word).strip().removesuffix(".")
                          for word in re.findall(r'"([^"]*)"', found[1])]
    return names


def rows_of(directory):
    """Distinct (12 months, 7 weekdays from Sunday on), that of the C locale first."""
    rows = {}
    for name in ["C", *sorted(path.name for path in directory.iterdir())]:
        names = of_locale(directory, name)
        for key in ("abmon", "ab_alt_mon"):
            if len(names.get(key, ())) == 12 and len(names.get("abday", ())) == 7:
                rows[(*names[key], *names["abday"])] = None
    return list(rows)


def main():
    rows = rows_of(pathlib.Path(sys.argv[1]))
    names = sorted({name.encode() for row in rows for name in row if name})
    number = {name: i + 1 for i, name in enumerate(names)}
    print("/* lib/logfile/stamp_names_table.h: written by stamp_names.py, which says how. For stamp_names.c alone. */\n\n"
          "/* clang-format off */\n#pragma once\n\n#include <stdint.h>\n")
    print(f"#define STAMP_NAMES {len(names)}\n#define STAMP_ROWS  {len(rows)}\n")
    print("/* sorted by their bytes, each with a NUL behind */\nstatic const char stamp_names[] =")
    line = ""
    for name in names:
        if len(line) + len(name) > 106:
            print(f'        "{line}"')
            line = ""
        line += name.decode() + r"\000"
    print(f'        "{line}";\n')
    print("/* where each begins, and the end */\nstatic const uint16_t stamp_name_offsets[STAMP_NAMES + 1] = {")
    offsets = [sum(len(name) + 1 for name in names[:i]) for i in range(len(names) + 1)]
    for i in range(0, len(offsets), 18):
        print("        " + " ".join(f"{offset}," for offset in offsets[i:i + 18]))
    print("};\n\n/* per language, numbers of names from 1 on: twelve months, seven weekdays from Sunday on; the C locale first */\n"
          "static const uint16_t stamp_rows[STAMP_ROWS][19] = {")
    for row in rows:
        print("        { " + ", ".join(str(number[name.encode()]) for name in row) + " },")
    print("};")


if __name__ == "__main__":
    main()
