"""What the tests share: where things lie, and how to wait."""

import os
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("OOMWATCH_BUILD", TOP / "build" / "dev")).resolve()  # the directory with the programs
CORPUS = TOP / "tests" / "corpus"
DEADLINE_SEC = 120  # for what happens at once where the machine has nothing else to do


def wait_until(condition, what, deadline_sec=DEADLINE_SEC):
    """Returns the first true value of condition(). what: words for a failure, or a function that gives them."""
    deadline = time.monotonic() + deadline_sec
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {deadline_sec} s: {what() if callable(what) else what}")
        time.sleep(0.01)
