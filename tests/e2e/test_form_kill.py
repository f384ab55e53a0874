"""The short version of tests/fault/test_form_kills.py: each process killed once while clients send forms."""

from pathlib import Path

import pytest

from tests.fault.forms import storm_of_forms


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_thank_you_is_one_response_whatever_is_killed(tmp_path: Path) -> None:
    outcome = storm_of_forms(tmp_path / "stack", forms=160, clients=20, kills=1, every=5.0)
    assert len(outcome.sent) == 160
    assert outcome.kills == 3
    assert not outcome.problems(), "\n".join(outcome.problems()[:40])
