import os
import signal
import subprocess
import sys

import pytest

from services.runtime import faults

PROGRAM = """
from services.runtime import faults
for number in range(5):
    faults.point("after-publish-before-mark")
    faults.point("after-save-before-ack")
    print(number, flush=True)
"""


def passes(spec: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, "ATTUNE_FAULTS": spec}, capture_output=True, text=True
    )
    return done.returncode, done.stdout.split()


def test_unarmed_points_do_nothing() -> None:
    assert passes("") == (0, ["0", "1", "2", "3", "4"])


def test_a_point_kills_on_its_pass() -> None:
    assert passes("after-save-before-ack:3") == (-signal.SIGKILL, ["0", "1"])
    assert passes("after-save-before-ack") == (-signal.SIGKILL, [])
    assert passes("after-save-before-ack:4,after-publish-before-mark:3") == (-signal.SIGKILL, ["0", "1"])


@pytest.mark.parametrize("spec", ["after-lunch", "after-save-before-ack:0", "after-save-before-ack:soon"])
def test_mistakes_are_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="crash point"):
        faults.parse(spec)
