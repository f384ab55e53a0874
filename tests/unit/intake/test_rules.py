"""Every rule of a report is enforced, and the refusal names the field and what to do, at every door."""

from datetime import timedelta
from typing import Any

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.intake.domain.rules import MAX_EVENT_ID
from services.runtime.errors import Permanent
from tests.unit.intake.world import NOW, World, closed, event, opened, recorded, updated

LONG_AGO = Timestamp(seconds=0)
IN_FIVE_YEARS = NOW + timedelta(days=5 * 365)
NO_DATE = Timestamp(seconds=10**15)


def agreement(**fields: Any) -> clinic.Agreement:
    return clinic.Agreement(**fields)


def consent(**fields: Any) -> clinic.Consent:
    return clinic.Consent(**{"visibility": clinic.VISIBILITY_HELD, **fields})


def without(message: Message, field: str) -> Message:
    message.ClearField(field)  # type: ignore[arg-type]
    return message


WRONG: list[tuple[str, Message, str]] = [
    ("data.episode_id", opened(episode_id="ep 1"), "is not an id"),
    ("data.episode_id", opened(episode_id="x" * 65), "is not an id"),
    ("data.episode_id", opened(episode_id="ep-1\n"), "is not an id"),
    ("data.episode_id", opened(episode_id=""), "is missing"),
    ("data.client_ids", opened(client_ids=[]), "has 0 entries"),
    ("data.client_ids", opened(client_ids=[f"c{n}" for n in range(21)], modality="MODALITY_GROUP"), "has 21 entries"),
    ("data.client_ids", opened(client_ids=["a", "b"]), "individual"),
    ("data.client_ids[1]", opened(client_ids=["a", "a"], modality="MODALITY_COUPLE"), "twice"),
    ("data.client_ids[1]", opened(client_ids=["a", ""], modality="MODALITY_COUPLE"), "is missing"),
    ("data.therapist_id", opened(therapist_id=""), "is missing"),
    ("data.opened_at", without(opened(), "opened_at"), "is missing"),
    ("data.opened_at", opened(opened_at=LONG_AGO), "before 2000"),
    ("data.opened_at", opened(opened_at=NO_DATE), "is not a date"),
    ("data.modality", opened(modality=0), "MODALITY_GROUP"),
    ("data.modality", opened(modality=99), "99 is not known"),
    ("data.agreement.goals", opened(agreement=agreement(goals=["g"] * 21)), "has 21 entries"),
    ("data.agreement.goals[1]", opened(agreement=agreement(goals=["g", "g" * 301])), "301 characters"),
    ("data.agreement.expectations[0]", opened(agreement=agreement(expectations=[" "])), "is blank"),
    ("data.agreement.preferences", updated(agreement=agreement(preferences=["p"] * 21)), "has 21 entries"),
    ("data.agreement.barriers[0]", opened(agreement=agreement(barriers=[0])), "is missing"),
    ("data.agreement.barriers[1]", opened(agreement=agreement(barriers=[1, 1])), "twice"),
    ("data.agreement.communication_style", opened(agreement=agreement(communication_style=7)), "7 is not known"),
    ("data.consent.visibility", opened(consent=consent(visibility=0)), "is missing"),
    ("data.consent.given_at", updated(consent=consent(given_at=IN_FIVE_YEARS)), "days ahead"),
    ("data", clinic.EpisodeUpdated(episode_id="ep-1"), "changes nothing"),
    ("data.therapist_id", updated(therapist_id=""), "is missing"),
    ("data.closed_at", without(closed(), "closed_at"), "is missing"),
    ("data.closed_at", closed(closed_at=IN_FIVE_YEARS), "days ahead"),
    ("data.reason", closed(reason=0), "CLOSE_REASON_DROPPED_OUT"),
    ("data.session_id", recorded(session_id=""), "is missing"),
    ("data.scheduled_at", without(recorded(), "scheduled_at"), "is missing"),
    ("data.scheduled_at", recorded(scheduled_at=LONG_AGO), "before 2000"),
    ("data.scheduled_at", recorded(scheduled_at=IN_FIVE_YEARS), "days ahead"),
    ("data.status", recorded(status=0), "SESSION_STATUS_NO_SHOW"),
    ("data.late_minutes", recorded(late_minutes=601), "outside 0 to 600"),
    ("data.late_minutes", recorded(late_minutes=5, status="SESSION_STATUS_NO_SHOW"), "only a session that was held"),
    ("data.therapist_id", recorded(therapist_id="Dr. Who"), "is not an id"),
    ("data.homework.done", recorded(homework=clinic.Homework(agreed=True)), "HOMEWORK_DONE_NONE_ASKED"),
    ("data.next_session_at", recorded(next_session_at=NOW - timedelta(days=7)), "not after scheduled_at"),
]


@pytest.mark.parametrize(
    ("field", "message", "reason"), WRONG, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_broken_rule_is_named_with_its_field_and_advice(field: str, message: Message, reason: str) -> None:
    world = World()
    await world.receive(event(opened(), id="opening"))
    with pytest.raises(Permanent) as refused:
        await world.receive(event(message, id="wrong"))
    assert refused.value.field == field
    assert reason in f"{refused.value.reason}. {refused.value.advice}"
    assert refused.value.advice, "a clinic's engineer is told what to do"
    assert world.episodes.writes + world.sessions.writes == 1
    assert not world.waiting.reports


VALID: list[Message] = [
    opened("e2", client_ids=[f"c{n}" for n in range(20)], modality=clinic.MODALITY_GROUP),
    opened("e2", agreement=clinic.Agreement(goals=["g" * 300] * 20), consent=consent(monitoring=True)),
    updated(therapist_id="x" * 64),
    closed(closed_at=NOW + timedelta(days=1)),
    recorded(late_minutes=600),
    recorded(scheduled_at=NOW + timedelta(days=729), status=clinic.SESSION_STATUS_CANCELLED_BY_CLIENT),
    recorded(homework=clinic.Homework(done=clinic.HOMEWORK_DONE_NOT), goals_reviewed=True),
]


@pytest.mark.parametrize("message", VALID)
async def test_the_limits_themselves_are_accepted(message: Message) -> None:
    world = World()
    await world.receive(event(opened(), id="opening"))
    await world.receive(event(message, id="valid"))
    assert world.episodes.writes + world.sessions.writes == 2


async def test_a_report_from_the_future_is_refused_because_it_would_win_for_ever() -> None:
    world = World()
    await world.receive(event(opened(), time=NOW + timedelta(hours=23)))
    with pytest.raises(Permanent) as refused:
        await world.receive(event(updated(), id="e2", time=NOW + timedelta(days=2)))
    assert refused.value.field == "occurred_at"


async def test_an_event_id_has_a_longest_length() -> None:
    with pytest.raises(Permanent) as refused:
        await World().receive(event(opened(), id="x" * (MAX_EVENT_ID + 1)))
    assert refused.value.field == "event_id"
