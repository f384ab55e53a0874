"""Forms for the tests: a good one, and how to change it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.feedback.domain.forms import Answer, Form

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SUBMITTED = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def answers(values: Mapping[int, float]) -> tuple[Answer, ...]:
    return tuple(Answer(item, value) for item, value in values.items())


def form(values: Mapping[int, float] | None = None, **changes: Any) -> Form:
    """A check-in with eight good answers, or with these, changed where it is said."""
    good = Form(
        site_id="harbour",
        response_id="re-1",
        episode_id="ep-1",
        session_id="se-1",
        client_id="cl-1",
        instrument_id="attune-checkin",
        instrument_version="1",
        answers=answers(dict.fromkeys(range(1, 9), 9.0) if values is None else values),
        submitted_at=SUBMITTED,
        revision=1,
        partial=False,
    )
    return replace(good, **changes)


def phq9(*values: float, **changes: Any) -> Form:
    return form(dict(enumerate(values, start=1)), instrument_id="phq9", **changes)
