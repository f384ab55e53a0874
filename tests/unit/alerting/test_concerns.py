"""Whom a rupture is kept from because the client asked, and who hears of it before the client comes again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.intake.v1 import events_pb2 as intake

from services.alerting.domain.deadline import working_days_after
from services.runtime.events import Event, make
from tests.unit.alerting.world import MONDAY, ON_CALL, SITE, SITES, rupture_event

# Ben, who is on call, is the therapist of the episode.
CONCERNED = SITES.replace("{id: ben, ", "{id: ben, therapist: therapist-1, ")
SUPERVISED = SITES.replace("catch_all: [dan]", "catch_all: [dan]\n    supervisors: [ana]").replace(
    "catch_all_every", "ack_timeout: 7d\n      catch_all_every"
)


def episode_event(past_therapist: bool, revision: int = 1) -> Event:
    agreement = clinic.Agreement(route_ruptures_past_therapist=past_therapist)
    return make(
        site_id=SITE,
        service="intake",
        type="attune.episode.changed.v1",
        key="episode-1",
        subject="episodes/episode-1",
        cause="episode-1",
        revision=revision,
        time=MONDAY,
        data=intake.Episode(
            site_id=SITE, episode_id="episode-1", therapist_id="therapist-1", agreement=agreement, revision=revision
        ),
    )


async def test_a_client_who_asked_for_it_has_a_rupture_told_to_somebody_else_than_the_therapist(make_world) -> None:
    world = make_world(CONCERNED)
    await world.hear(episode_event(past_therapist=True))
    await world.rupture()
    await world.settle()
    assert sorted(world.told()) == ["carla", "dan"]


async def test_without_such_a_wish_the_therapist_on_call_is_told(make_world) -> None:
    world = make_world(CONCERNED)
    await world.hear(episode_event(past_therapist=False))
    await world.rupture()
    await world.settle()
    assert world.told() == ["ben"]


async def test_a_wish_that_was_taken_back_counts_no_longer_whatever_the_order_of_the_news(make_world) -> None:
    world = make_world(CONCERNED)
    for revision, past in ((1, True), (3, False), (2, True)):
        await world.hear(episode_event(past, revision))
    await world.rupture()
    await world.settle()
    assert world.told() == ["ben"]


async def test_a_risk_goes_to_whoever_is_on_call_all_the_same(make_world) -> None:
    world = make_world(CONCERNED)
    await world.hear(episode_event(past_therapist=True))
    await world.risk()
    await world.settle()
    assert world.told() == ["ben"]


async def test_the_supervisors_hear_of_a_rupture_that_nobody_took_on_a_day_before_the_next_session(make_world) -> None:
    world = make_world(SUPERVISED)
    await world.deliver(with_next_session(MONDAY + timedelta(hours=30)))
    await world.settle()
    await world.wait(minutes=5)
    await world.wait(minutes=10)
    await world.wait(minutes=15)
    assert world.told() == [ON_CALL, "carla", "dan"]
    await world.wait(hours=5, minutes=29)
    assert world.told() == []
    await world.wait(minutes=1)
    assert world.told() == ["ana"]
    await world.wait(minutes=14)
    assert world.told() == []
    # Then it is reported that nobody has answered.
    await world.wait(minutes=1)
    assert world.told() == ["dan"]


async def test_a_rupture_that_somebody_took_on_is_not_told_to_the_supervisors(make_world) -> None:
    world = make_world(SUPERVISED)
    alert_id = await world.deliver(with_next_session(MONDAY + timedelta(hours=30)))
    await world.settle()
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    await world.wait(hours=40)
    assert world.told() == [ON_CALL]


async def test_a_deadline_that_is_past_already_tells_the_supervisors_and_the_first_step_at_once(make_world) -> None:
    world = make_world(SUPERVISED)
    await world.deliver(with_next_session(MONDAY + timedelta(hours=3)))
    await world.settle()
    assert sorted(world.told()) == ["ana", ON_CALL]
    await world.wait(minutes=5)
    assert world.told() == ["carla"]


async def test_without_a_booked_session_the_supervisors_hear_of_it_after_three_working_days(make_world) -> None:
    world = make_world(SUPERVISED)
    world.clock.set(datetime(2026, 1, 15, 10, 0, tzinfo=UTC))  # a Thursday
    await world.rupture()
    for _ in range(3):
        await world.wait(minutes=15)
    await world.wait(hours=4)
    world.clock.set(datetime(2026, 1, 20, 9, 59, tzinfo=UTC))
    await world.settle()
    assert "ana" not in world.told()
    await world.wait(minutes=1)
    assert world.told() == ["ana"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-12T10:00+00:00", "2026-01-15T10:00+00:00"),  # Monday to Thursday
        ("2026-01-16T10:00+00:00", "2026-01-21T10:00+00:00"),  # Friday to Wednesday
        ("2026-01-17T10:00+00:00", "2026-01-21T10:00+00:00"),  # Saturday to Wednesday
        ("2026-03-26T10:00+00:00", "2026-03-31T09:00+00:00"),  # over the change to summer time, at the same local hour
    ],
)
def test_working_days_leave_weekends_out_and_keep_the_local_hour(start: str, end: str) -> None:
    london = ZoneInfo("Europe/London")
    assert working_days_after(datetime.fromisoformat(start), 3, london) == datetime.fromisoformat(end)


def with_next_session(at: datetime) -> Event:
    event = rupture_event()
    event.data.next_session_at.FromDatetime(at)
    return event
