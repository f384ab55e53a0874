"""Every message delivered three times and shuffled: the same documents, byte for byte, and the same last word on
every rupture.
"""

import asyncio
from collections.abc import Iterable
from itertools import pairwise

from attune.clinic.v1 import session_events_pb2 as clinic
from attune.intake.v1 import events_pb2 as intake
from bson import encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.runtime.events import Event
from services.scoring.handlers.book import LEAD
from tests.unit.scoring import world
from tests.unit.scoring.builders import checkin, when
from tests.unit.scoring.world import World

_RATINGS = st.sampled_from([10.0, 9.3, 9.0, 8.8, 8.5, 7.0, 5.0, 3.0])


_STATUSES = [clinic.SESSION_STATUS_HELD] * 3 + [clinic.SESSION_STATUS_NO_SHOW, clinic.SESSION_STATUS_UNSPECIFIED]
_HOMEWORK = [clinic.HOMEWORK_DONE_UNSPECIFIED, clinic.HOMEWORK_DONE_NOT, clinic.HOMEWORK_DONE_FULLY]


@st.composite
def _histories(draw: st.DrawFn) -> list[Event]:
    """An episode with 4 to 10 sessions: falls, tension, corrections, moved sessions, a new therapist, an end."""
    sessions = draw(st.integers(4, 10))
    events = [world.episode()]
    if draw(st.booleans()):
        events.append(world.episode(2, at=draw(st.integers(1, sessions)) + 0.5, therapist="th-2"))
        if draw(st.booleans()):
            closed = {"status": intake.EPISODE_STATUS_CLOSED, "closed_at": when(sessions + 1)}
            events.append(world.episode(3, at=sessions + 1, therapist="th-2", **closed))
    for number in range(1, sessions + 1):
        status, homework = draw(st.sampled_from(_STATUSES)), clinic.Homework(done=draw(st.sampled_from(_HOMEWORK)))
        events.append(world.session(number, status=status, homework=homework))
        if draw(st.integers(0, 5)) == 0:
            events.append(world.session(number, 2, scheduled_at=when(number + draw(st.sampled_from([-1.5, 0.2, 2.5])))))
        for revision in range(1, draw(st.sampled_from([0, 1, 1, 1, 2, 3])) + 1):
            tension = draw(st.sampled_from([None, None, None, False, True]))
            answers = checkin(draw(_RATINGS), tension=tension, resolved=draw(st.booleans()) if tension else None)
            events.append(world.response(number, answers, revision))
    return events


STRICT = {
    "id": "strict",
    "version": "1",
    "detectors": [{"name": "individuals-chart", "parameters": {"k": 1.5}}, {"name": "silence"}],
}


async def _deliver(events: Iterable[Event], active_from: float | None = None) -> World:
    """With ``active_from``, a stricter policy takes over at that session."""
    scoring = World()
    if active_from is not None:
        scoring.clock.set(when(active_from) - LEAD)
        version = await scoring.desk.set(world.SITE, "attune-checkin", STRICT, None, "why", "lead")
        async for _ in scoring.desk.activate(world.SITE, "attune-checkin", version.number, "why", "lead"):
            pass
    for each in events:
        await scoring.deliver(each)
    return scoring


def _last_words(scoring: World) -> dict[str, bytes]:
    """The last event about each rupture, without those that were withdrawn in the end: other orders never see them."""
    last = {event.data.rupture_id: event for event in scoring.told("rupture")}  # type: ignore[attr-defined]
    return {rupture_id: _without_revision(event) for rupture_id, event in last.items() if "withdrawn" not in event.type}


def _without_revision(event: Event) -> bytes:
    """A revision tells how much was known when the rupture was told last, which is the order's own."""
    event.data.ClearField("revision")
    return event.data.SerializeToString(deterministic=True)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_repeated_and_shuffled_delivery_gives_the_same_bytes_and_the_same_ruptures(data: st.DataObject) -> None:
    events = data.draw(_histories())
    shuffled = data.draw(st.permutations(events * 3))
    active_from = data.draw(st.sampled_from([None, None, 0.5, 3.5, 20.5]))
    straight, mixed = asyncio.run(_deliver(events, active_from)), asyncio.run(_deliver(shuffled, active_from))
    (there,), (here,) = straight.episodes.documents.values(), mixed.episodes.documents.values()
    assert encode(here) == encode(there)
    assert there["version"] == len(events)
    assert there["revision"] == len(events) + (active_from is not None)
    assert _last_words(mixed) == _last_words(straight)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_told_is_told_once_with_growing_revisions_and_adds_up_to_the_document(data: st.DataObject) -> None:
    events = data.draw(_histories())
    scoring = asyncio.run(_deliver(data.draw(st.permutations(events * 2))))
    told = scoring.told()
    assert len({event.id for event in told}) == len(told)
    revisions: dict[str, list[int]] = {}
    kinds: dict[str, list[str]] = {}
    for event in scoring.told("rupture"):
        rupture_id = event.data.rupture_id  # type: ignore[attr-defined]
        revisions.setdefault(rupture_id, []).append(event.data.revision)  # type: ignore[attr-defined]
        kinds.setdefault(rupture_id, []).append(event.type.split(".")[2])
    for each in revisions.values():
        assert each == sorted(set(each))
    for lived in kinds.values():
        assert lived[0] == "opened"
        # Opened again only after it was withdrawn.
        assert all(before == "withdrawn" for before, after in pairwise(lived) if after == "opened")
    (document,) = scoring.episodes.documents.values()
    standing = {rupture_id for rupture_id, lived in kinds.items() if lived[-1] != "withdrawn"}
    assert standing == {rupture["rupture_id"] for rupture in document["ruptures"]}
