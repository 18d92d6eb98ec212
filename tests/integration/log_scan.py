"""What oomwatch scan says of bytes that a test made.

OOMWATCH_BUILD: the directory with the programs; default build/dev of the checkout."""

import pathlib
import subprocess
import tempfile

from alert_reader import read_alerts
from testbed import BUILD

OOMWATCH = BUILD / "oomwatch"


def scan(data, *options, name="log"):
    """The alerts of a file by that name with that data."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, name)
        path.write_bytes(data)
        done = subprocess.run([OOMWATCH, "scan", "--format", "json", *options, path], capture_output=True, check=False)
    return read_alerts(done.stdout)


def leaves(value, path=""):
    """{"victim.pid": 1, "candidates[0].pid": 1, ...}: all that an alert says, by where it says it."""
    if isinstance(value, dict):
        inner = {f"{path}.{name}" if path else name: item for name, item in value.items()}
    elif isinstance(value, list):
        inner = {f"{path}[{number}]": item for number, item in enumerate(value)}
    else:
        return {path: value}
    found = {}
    for place, item in inner.items():
        found.update(leaves(item, place))
    return found
