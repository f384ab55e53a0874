"""Reports that come before their episode wait for it, and never for ever."""

from datetime import timedelta

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic

from services.intake.agents import SESSION_EVENTS
from services.runtime.errors import Conflict
from tests.unit.intake.world import LOOK, NOW, PARK, World, closed, event, opened, recorded, updated


async def test_what_came_before_its_episode_is_taken_in_when_it_opens() -> None:
    world = World()
    await world.receive(event(recorded(), id="s"))
    await world.receive(event(updated(therapist_id="th-7"), id="u", time=NOW + timedelta(minutes=1)))
    await world.receive(event(closed(), id="c"))
    assert world.episodes.writes == world.sessions.writes == 0
    assert len(world.waiting.reports) == 3

    await world.receive(event(opened(), id="o"))

    assert not world.waiting.reports
    episode = await world.handlers.get_episode("north", "ep-1")
    assert (episode.therapist_id, episode.closed_at is not None, episode.revision) == ("th-7", True, 3)
    assert (await world.handlers.get_session("north", "se-1")).revision == 1


async def test_an_episode_of_the_same_name_at_another_site_does_not_end_the_wait() -> None:
    world = World()
    await world.receive(event(recorded(), id="s"))
    await world.receive(event(opened(), id="o", site="south"))
    assert len(world.waiting.reports) == 1


async def test_the_wait_ends_as_a_dead_letter_that_says_what_to_do() -> None:
    world = World()
    orphan = event(recorded(), id="s")
    await world.receive(orphan)
    world.clock.advance(PARK - timedelta(seconds=1))
    await world.sweep()
    assert not world.letters.put_aside

    world.clock.advance(timedelta(seconds=1))
    await world.sweep()

    ((letter, reason, where),) = world.letters.put_aside
    assert letter == orphan
    assert (reason.field, reason.advice) == ("data.episode_id", "Send attune.episode.opened.v1 first.")
    assert (where["topic"], where["site"], where["door"]) == (SESSION_EVENTS, "north", "ingress")
    assert not world.waiting.reports
    await world.sweep()
    assert len(world.letters.put_aside) == 1


async def test_two_that_expire_are_two_dead_letters() -> None:
    world = World()
    await world.receive(event(recorded(session_id="a"), id="a"))
    await world.receive(event(recorded(session_id="b"), id="b"))
    world.clock.advance(PARK)
    await world.sweep()
    places = {(where["topic"], where["partition"], where["offset"]) for _, _, where in world.letters.put_aside}
    assert len(places) == 2


async def test_a_dead_letter_that_is_replayed_after_the_opening_is_taken_in() -> None:
    world = World()
    await world.receive(event(recorded(), id="s"))
    world.clock.advance(PARK)
    await world.sweep()
    await world.receive(event(opened(), id="o"))
    ((letter, _, _),) = world.letters.put_aside
    await world.receive(letter)
    assert (await world.handlers.get_session("north", "se-1")).revision == 1


async def test_the_sweeper_finishes_an_opening_that_crashed_before_it_took_in_what_waited() -> None:
    world = World()
    await world.receive(event(recorded(), id="s"))
    # The opening was saved by a process that died in that moment, and its event does not come again.
    other = World()
    await other.receive(event(opened(), id="o"))
    world.episodes.documents = other.episodes.documents

    world.clock.advance(LOOK)
    await world.sweep()

    assert (await world.handlers.get_session("north", "se-1")).revision == 1
    assert not world.waiting.reports


async def test_a_waiting_report_that_breaks_a_rule_becomes_a_dead_letter_and_the_opening_stands() -> None:
    world = World()
    await world.receive(event(closed(closed_at=NOW - timedelta(days=60)), id="c"))
    await world.receive(event(recorded(), id="s"))
    await world.receive(event(opened(opened_at=NOW - timedelta(days=30)), id="o"))
    assert (await world.handlers.get_episode("north", "ep-1")).closed_at is None
    await world.sweep()
    ((letter, reason, _),) = world.letters.put_aside
    assert (letter.id, reason.field) == ("c", "data.closed_at")
    assert world.sessions.writes == 1


async def test_the_same_waiting_event_with_other_content_is_refused() -> None:
    world = World()
    await world.receive(event(recorded(), id="s"))
    await world.receive(event(recorded(), id="s"))
    with pytest.raises(Conflict) as refused:
        await world.receive(event(recorded(status=clinic.SESSION_STATUS_NO_SHOW), id="s"))
    assert refused.value.field == "event_id"
    assert len(world.waiting.reports) == 1


async def test_looks_become_rarer_but_the_deadline_is_kept() -> None:
    world = World()
    await world.receive(event(recorded(), id="s"))
    looks = 0
    while not world.letters.put_aside:
        (waiting,) = world.waiting.reports.values()
        world.clock.set(waiting.look_at)
        await world.sweep()
        looks += 1
    assert world.clock.now() == NOW + PARK
    assert looks < 20
