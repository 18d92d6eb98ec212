#!/usr/bin/python3
"""What systemd says of the units, users, directories and catalogue, as they are installed.

Asks systemd's own tools (systemd-analyze, systemd-sysusers, systemd-tmpfiles, journalctl), which need no running
systemd. OOMWATCH_BUILD names the build directory. That the sandbox works is shown in tests/system/.
"""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

from testbed import BUILD, DEADLINE_SEC

UNITS = ("oomwatchd.service", "oomwatch-courier.service")
EXPOSURE_MAX = 1.3


def run(*command, **options):
    """Runs command to its end; returns its exit status and what it printed."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=DEADLINE_SEC, **options)
    return done.returncode, done.stdout


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise unittest.SkipTest(f"{program} is not installed")


def exposure(unit):
    """The overall exposure level of a unit file, 0.0 (all locked) to 10.0."""
    _, output = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d+) ", output)
    if not found:
        raise AssertionError(f"no exposure level for {unit}:\n{output}")
    return float(found.group(1))


def undocumented(text):
    """The directives of a unit file whose block (lines up to an empty one) does not begin with a comment."""
    missing = []
    commented = False
    for line in text.splitlines():
        if not line or line.startswith("["):
            commented = False
        elif line.startswith("#"):
            commented = True
        elif not commented:
            missing.append(line)
    return missing


class Units(unittest.TestCase):
    """The unit files, as configured by the build."""

    def test_sandbox_leaves_at_most_1_3(self):
        need("systemd-analyze")
        for unit in UNITS:
            with self.subTest(unit):
                self.assertLessEqual(exposure(BUILD / "systemd" / unit), EXPOSURE_MAX)

    def test_exposure_of_a_bare_unit_is_seen(self):
        """The reading of the tool's answer itself: without a sandbox it is above 9."""
        need("systemd-analyze")
        with tempfile.TemporaryDirectory() as directory:
            unit = pathlib.Path(directory, "bare.service")
            unit.write_text("[Service]\nExecStart=/bin/true\n")
            self.assertGreater(exposure(unit), 9.0)

    def test_every_directive_has_its_reason(self):
        for unit in UNITS:
            with self.subTest(unit):
                text = (BUILD / "systemd" / unit).read_text()
                # What [Install] says is the same in every unit.
                self.assertEqual(undocumented(text.split("[Install]")[0]), [])
        self.assertEqual(undocumented("[Service]\n# why\nA=1\n\nB=2\n"), ["B=2"])

    def test_watcher_can_read_the_kernel_log(self):
        """Three settings that a later hand may well "harden", and that would blind the watcher."""
        text = (BUILD / "systemd" / UNITS[0]).read_text()
        for line in ("PrivateDevices=no", "ProtectKernelLogs=no", "PrivateUsers=no", "DeviceAllow=/dev/kmsg r"):
            self.assertIn(f"\n{line}\n", text)


class Installed(unittest.TestCase):
    """What `DESTDIR=... cmake --install` leaves."""

    @classmethod
    def setUpClass(cls):
        need("cmake")
        missing = [name for name in ("oomwatchd", "oomwatch-courier") if not (BUILD / name).exists()]
        if missing:
            raise unittest.SkipTest(f"{', '.join(missing)} not built in {BUILD}")
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.stage = pathlib.Path(cls.directory.name, "stage")
        status, output = run("cmake", "--install", BUILD, env={**os.environ, "DESTDIR": str(cls.stage)})
        if status != 0:
            raise AssertionError(f"cmake --install: {output}")
        cls.prefix = cls.stage / cls.cache("CMAKE_INSTALL_PREFIX").lstrip("/")

    @staticmethod
    def cache(name):
        text = (BUILD / "CMakeCache.txt").read_text()
        return re.search(rf"^{name}:\w+=(.*)$", text, re.MULTILINE).group(1)

    def test_everything_is_in_its_place(self):
        for path in ("lib/systemd/system/oomwatchd.service", "lib/systemd/system/oomwatch-courier.service",
                     "lib/sysusers.d/oomwatchd.conf", "lib/tmpfiles.d/oomwatchd.conf",
                     "lib/systemd/catalog/oomwatchd.catalog", "lib/systemd/catalog/oomwatchd.zh_CN.catalog"):
            with self.subTest(path):
                self.assertTrue((self.prefix / path).is_file())

    def test_configuration_is_installed_once_and_never_overwritten(self):
        (installed,) = self.stage.glob("**/etc/oomwatchd/oomwatchd.conf")
        self.assertEqual(installed.read_bytes(), (self.prefix / "share/oomwatchd/oomwatchd.conf").read_bytes())
        installed.write_text("# mine\n")
        status, output = run("cmake", "--install", BUILD, env={**os.environ, "DESTDIR": str(self.stage)})
        self.assertEqual((status, installed.read_text()), (0, "# mine\n"), output)

    def test_units_start_the_installed_programs(self):
        for unit in UNITS:
            with self.subTest(unit):
                text = (self.prefix / "lib/systemd/system" / unit).read_text()
                program = re.search(r"^ExecStart=(\S+)", text, re.MULTILINE).group(1)
                self.assertTrue(os.access(self.stage / program.lstrip("/"), os.X_OK), program)
                self.assertNotRegex(text, r"@\w+@")

    def test_verify_finds_no_fault(self):
        need("systemd-analyze")
        for unit in UNITS:
            with self.subTest(unit), tempfile.TemporaryDirectory() as directory:
                text = (self.prefix / "lib/systemd/system" / unit).read_text()
                # verify looks for the programs below /, where they are not installed.
                text = re.sub(r"^ExecStart=", f"ExecStart={self.stage}", text, flags=re.MULTILINE)
                copy = pathlib.Path(directory, unit)
                copy.write_text(text)
                status, output = run("systemd-analyze", "verify", "--recursive-errors=one", copy)
                self.assertEqual((status, output), (0, ""))
                copy.write_text(text + "[Service]\nNoSuchDirective=yes\n")
                self.assertIn("NoSuchDirective", run("systemd-analyze", "verify", "--recursive-errors=one", copy)[1])

    def test_user_and_directories_are_made(self):
        need("systemd-sysusers", "systemd-tmpfiles")
        if os.geteuid() != 0:
            self.skipTest("needs root, to give directories to the user it makes")
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            (root / "etc").mkdir()
            status, output = run("systemd-sysusers", f"--root={root}", self.prefix / "lib/sysusers.d/oomwatchd.conf")
            self.assertEqual(status, 0, output)
            entry = re.search(r"^oomwatchd:x:(\d+):(\d+):.*:(\S+)$", (root / "etc/passwd").read_text(), re.MULTILINE)
            self.assertEqual(entry.group(3), "/usr/sbin/nologin")
            status, output = run("systemd-tmpfiles", f"--root={root}", "--create",
                                 self.prefix / "lib/tmpfiles.d/oomwatchd.conf")
            self.assertEqual((status, output), (0, ""))
            # everybody may ask on the control socket
            for path, mode in (("var/lib/oomwatchd", 0o750), ("var/lib/oomwatchd/spool", 0o750), ("run/oomwatchd", 0o755)):
                status = (root / path).stat()
                self.assertEqual(stat.S_IMODE(status.st_mode), mode, path)
                self.assertEqual((status.st_uid, status.st_gid), (int(entry.group(1)), int(entry.group(2))), path)

    def test_catalogue_compiles(self):
        need("journalctl")
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            (root / "usr/lib/systemd").mkdir(parents=True)
            (root / "var/lib/systemd/catalog").mkdir(parents=True)
            shutil.copytree(self.prefix / "lib/systemd/catalog", root / "usr/lib/systemd/catalog")
            status, output = run("journalctl", f"--root={root}", "--update-catalog")
            self.assertEqual((status, output), (0, ""))
            status, output = run("journalctl", f"--root={root}", "--list-catalog")
            self.assertEqual(status, 0, output)
            ids = set(re.findall(r"^-- ([0-9a-f]{32})", "".join(
                path.read_text() for path in (self.prefix / "lib/systemd/catalog").iterdir()), re.MULTILINE))
            self.assertGreater(len(ids), 0)
            for message_id in ids:
                self.assertIn(message_id, output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
