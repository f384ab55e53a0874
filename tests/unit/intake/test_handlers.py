"""What the commands do, and what they refuse."""

from datetime import timedelta

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic

from services.intake.domain import reports as domain
from services.intake.domain.values import EpisodeStatus, SessionStatus
from services.runtime.errors import Conflict, NotFound, Permanent
from tests.unit.intake.world import NOW, World, closed, event, opened, recorded, report_of, updated

LATER = NOW + timedelta(hours=1)
EARLIER = NOW - timedelta(hours=1)


async def test_later_reports_win_by_the_time_they_happened() -> None:
    world = World()
    await world.receive(event(opened(therapist_id="th-1"), id="o", time=EARLIER))
    await world.receive(event(updated(therapist_id="th-3"), id="u2", time=LATER))
    await world.receive(event(updated(therapist_id="th-2"), id="u1", time=NOW))
    assert (await world.handlers.get_episode("north", "ep-1")).therapist_id == "th-3"


async def test_at_the_same_instant_an_opening_comes_before_an_update() -> None:
    world = World()
    await world.receive(event(opened(therapist_id="th-1"), id="z"))
    await world.receive(event(updated(therapist_id="th-2"), id="a"))
    assert (await world.handlers.get_episode("north", "ep-1")).therapist_id == "th-2"


async def test_what_an_update_does_not_mention_stays() -> None:
    agreement = clinic.Agreement(goals=["sleep"])
    world = World()
    await world.receive(event(opened(agreement=agreement), id="o"))
    await world.receive(event(updated(therapist_id="th-2"), id="u", time=LATER))
    episode = await world.handlers.get_episode("north", "ep-1")
    assert episode.agreement is not None
    assert (episode.therapist_id, episode.agreement.goals) == ("th-2", ("sleep",))


async def test_a_closed_episode_stays_closed_and_still_takes_late_sessions() -> None:
    world = World()
    await world.receive(event(opened(), id="o"))
    await world.receive(event(closed(), id="c"))
    await world.receive(event(opened(therapist_id="th-5"), id="o2", time=LATER))
    await world.receive(event(recorded(), id="s"))
    assert (await world.handlers.get_episode("north", "ep-1")).status is EpisodeStatus.CLOSED
    assert world.sessions.writes == 1


async def test_a_session_is_corrected_by_a_later_report() -> None:
    world = World()
    await world.receive(event(opened(), id="o"))
    await world.receive(event(recorded(status=clinic.SESSION_STATUS_NO_SHOW), id="s1"))
    await world.receive(event(recorded(late_minutes=20), id="s2", time=LATER))
    session = await world.handlers.get_session("north", "se-1")
    assert (session.status, session.late_minutes, session.revision) == (SessionStatus.HELD, 20, 2)


async def test_the_same_event_with_other_content_is_refused() -> None:
    world = World()
    await world.receive(event(opened(), id="o"))
    for changed in (opened(therapist_id="th-9"), updated(), closed()):
        with pytest.raises(Conflict) as refused:
            await world.receive(event(changed, id="o"))
        assert refused.value.field == "event_id"
    assert world.episodes.writes == 1


async def test_two_systems_of_a_site_may_use_the_same_event_id() -> None:
    world = World()
    await world.receive(event(opened(), id="1", source="/sites/north/ehr"))
    await world.receive(event(updated(), id="1", source="/sites/north/scheduler", time=LATER))
    assert (await world.handlers.get_episode("north", "ep-1")).revision == 2


async def test_a_session_belongs_to_one_episode() -> None:
    world = World()
    await world.receive(event(opened("ep-1"), id="o1"))
    await world.receive(event(opened("ep-2"), id="o2"))
    await world.receive(event(recorded("ep-1"), id="s1"))
    with pytest.raises(Permanent) as refused:
        await world.receive(event(recorded("ep-2"), id="s2"))
    assert (refused.value.field, refused.value.reason) == ("data.episode_id", "the session belongs to another episode")
    assert not world.waiting.reports


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (opened(opened_at=NOW), closed(closed_at=EARLIER), "data.closed_at"),
        (closed(closed_at=NOW), opened(opened_at=LATER), "data.opened_at"),
    ],
)
async def test_an_episode_cannot_end_before_it_begins(first, second, field: str) -> None:  # type: ignore[no-untyped-def]
    world = World()
    await world.receive(event(opened(), id="o", time=EARLIER))
    await world.receive(event(first, id="first"))
    with pytest.raises(Permanent) as refused:
        await world.receive(event(second, id="second", time=LATER))
    assert refused.value.field == field
    assert world.episodes.writes == 2


async def test_events_of_two_sessions_with_one_event_id_are_two_events_of_ours() -> None:
    world = World()
    await world.receive(event(opened(), id="o"))
    await world.receive(event(recorded(session_id="a"), id="same"))
    await world.receive(event(recorded(session_id="b"), id="same"))
    assert len({each.id for each in world.published}) == 3


async def test_what_is_published_is_keyed_by_episode_and_says_who_caused_it() -> None:
    world = World()
    await world.receive(event(opened(), id="o"))
    await world.receive(event(recorded(), id="s"))
    assert [(each.type, each.key, each.source, each.subject) for each in world.published] == [
        ("attune.episode.changed.v1", "ep-1", "/sites/north/intake", "episodes/ep-1"),
        ("attune.session.changed.v1", "ep-1", "/sites/north/intake", "episodes/ep-1"),
    ]
    assert [topic for topic, _ in world.episodes.events + world.sessions.events] == [
        "intake.episodes.v1",
        "intake.sessions.v1",
    ]


@pytest.mark.parametrize("message", [updated(), closed(), recorded()])
async def test_commands_that_did_not_come_by_kafka_do_not_wait(message) -> None:  # type: ignore[no-untyped-def]
    world = World()
    with pytest.raises(NotFound) as refused:
        await world.handlers.apply(report_of(message))
    assert refused.value.field == "data.episode_id"
    assert "attune.episode.opened.v1" in refused.value.advice
    assert not world.waiting.reports


async def test_sessions_are_listed_in_the_order_they_were_booked_for() -> None:
    world = World()
    await world.receive(event(opened(), id="o"))
    for number in range(450):  # more than one page of the listing
        booked = NOW - timedelta(hours=number)
        await world.receive(event(recorded(session_id=f"s{number}", scheduled_at=booked), id=f"e{number}"))
    sessions = await world.handlers.list_sessions("north", "ep-1")
    assert [session.session_id for session in sessions] == [f"s{number}" for number in reversed(range(450))]
    with pytest.raises(NotFound):
        await world.handlers.list_sessions("north", "ep-9")


async def test_a_clinic_that_reports_in_a_loop_is_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "MAX_REPORTS", 3)
    world = World()
    await world.receive(event(opened(), id="o"))
    for number in range(2):
        await world.receive(event(updated(), id=f"u{number}"))
    with pytest.raises(Permanent, match="Send a report once"):
        await world.receive(event(updated(), id="u3"))
    await world.receive(event(updated(), id="u1"))  # a repeat is still welcome


async def test_the_texts_of_one_episode_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "MAX_TEXT", 10)
    world = World()
    await world.receive(event(opened(agreement=clinic.Agreement(goals=["123456"])), id="o"))
    with pytest.raises(Permanent) as refused:
        await world.receive(event(updated(agreement=clinic.Agreement(goals=["123456"])), id="u"))
    assert refused.value.field == "data.agreement"
