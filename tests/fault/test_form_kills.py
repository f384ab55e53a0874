"""kill -9 of feedback, of Kafka and of MongoDB while 50 clients send 2,000 forms."""

from pathlib import Path

import pytest

from tests.fault.forms import storm_of_forms


@pytest.mark.timeout(1200)
def test_every_client_who_was_thanked_has_exactly_one_response(tmp_path: Path) -> None:
    outcome = storm_of_forms(tmp_path / "stack", forms=2_000, clients=50, kills=3, every=3.5)
    assert len(outcome.sent) == 2_000
    assert outcome.kills == 9
    assert not outcome.problems(), "\n".join(outcome.problems()[:40])
