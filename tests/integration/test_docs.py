#!/usr/bin/python3
"""docs/ against what it speaks of: every case named is there, and every form that has a case is described."""

import re
import unittest

from testbed import CORPUS, TOP

CASES = CORPUS / "cases"
PAGE = TOP / "docs" / "kernel-oom-formats.md"
FOLDERS = "|".join(re.escape(path.name) for path in sorted(CASES.iterdir()) if path.name != "formats")
CASE = re.compile(rf"`((?:formats/[^`/ ]+|\d[^`/ ]*|{FOLDERS})/[^`/ ]+)`")


class TestKernelFormats(unittest.TestCase):
    """docs/kernel-oom-formats.md"""

    @classmethod
    def setUpClass(cls):
        cls.text = PAGE.read_text(encoding="utf-8")
        cls.named = set(CASE.findall(cls.text))

    def test_every_case_named_exists(self):
        self.assertTrue(self.named)
        self.assertEqual([case for case in sorted(self.named) if not (CASES / f"{case}.kmsg").exists()], [])

    def test_every_case_is_named(self):
        cases = {path.relative_to(CASES).as_posix().removesuffix(".kmsg") for path in CASES.rglob("*.kmsg")}
        self.assertEqual(sorted(cases - self.named), [])

    def test_every_unit_test_named_exists(self):
        for name in re.findall(r"`(test_\w+)`", self.text):
            self.assertTrue((TOP / "tests" / "unit" / f"{name}.c").exists(), name)

    def test_every_section_names_a_case(self):
        """A section without subsections is one kind of line; what it claims is shown by something."""
        sections = re.split(r"(?m)^#{2,3} ", self.text)[1:]
        heads = re.findall(r"(?m)^(#{2,3}) ", self.text)
        for number, section in enumerate(sections):
            title = section.splitlines()[0]
            has_subsections = heads[number] == "##" and heads[number + 1:number + 2] == ["###"]
            if not has_subsections:
                self.assertTrue(CASE.search(section), f"no case shows: {title}")


class TestPaths(unittest.TestCase):
    """Pages that lead a reader through the project."""

    def test_every_file_named_exists(self):
        for page in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "tests/corpus/README.md", "tests/bench/README.md"):
            for name in re.findall(r"(?<![\w/.-])((?:lib|daemon|cli|config|systemd|tests|docs)/[\w./*-]*[\w*])", (TOP / page).read_text(encoding="utf-8")):
                with self.subTest(page=page, name=name):
                    self.assertTrue(list(TOP.glob(name)), f"{page} names {name}")


if __name__ == "__main__":
    unittest.main()
