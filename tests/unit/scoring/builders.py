"""Inputs of assessments, in a line or two."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.scoring.domain.assess import Assessment, assess
from services.scoring.domain.inputs import EpisodeOfCare, Inputs, Response, Session, TherapistChange

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def when(number: float) -> datetime:
    """The time of the n-th session, from 1."""
    return START + WEEK * (number - 1)


def session(number: int, **changes: Any) -> Session:
    fields = {
        "session_id": f"se-{number:02d}",
        "scheduled_at": when(number),
        "therapist_id": "",
        "next_session_at": when(number + 1),
    }
    return Session(**{**fields, **changes})


def checkin(
    value: float, *, tension: bool | None = None, resolved: bool | None = None, **items: float
) -> dict[int, float]:
    """Answers to attune-checkin: every item at ``value``, but for those given as item5=2.0."""
    answers: dict[int, float] = dict.fromkeys(range(1, 9), value)
    answers.update({int(name.removeprefix("item")): each for name, each in items.items()})
    if tension is not None:
        answers[9] = float(tension)
    if resolved is not None:
        answers[10] = float(resolved)
    return answers


def response(number: int, answers: Mapping[int, float], **changes: Any) -> Response:
    fields = {
        "response_id": f"re-{number:02d}",
        "revision": 1,
        "session_id": f"se-{number:02d}",
        "client_id": "cl-1",
        "instrument_id": "attune-checkin",
        "instrument_version": "1",
        "answers": tuple(sorted(answers.items())),
        "submitted_at": when(number) + timedelta(hours=1),
    }
    return Response(**{**fields, **changes})


def care(*therapists: tuple[float, str], closed_at: datetime | None = None, monitoring: bool = True) -> EpisodeOfCare:
    """An episode of care; each therapist from the given session number on."""
    changes = [
        TherapistChange(number, when(since), who) for number, (since, who) in enumerate(therapists or [(0, "th-1")], 1)
    ]
    return EpisodeOfCare(tuple(changes), closed_at, monitoring)


def inputs(
    forms: Sequence[Mapping[int, float] | Response | None],
    episode: EpisodeOfCare | None = None,
    sessions: Sequence[Session] | None = None,
) -> Inputs:
    """One session for each form (None: not answered), in order."""
    responses = [
        form if isinstance(form, Response) else response(number, form)
        for number, form in enumerate(forms, start=1)
        if form is not None
    ]
    held = [session(number) for number in range(1, len(forms) + 1)] if sessions is None else sessions
    return Inputs("site-1", "ep-1", episode or care(), held, responses, len(held) + len(responses) + 1)


def assessed(forms: Sequence[Mapping[int, float] | Response | None], **changes: Any) -> Assessment:
    return assess(inputs(forms, **changes))


def checkins(*values: float) -> list[dict[int, float]]:
    return [checkin(value) for value in values]
