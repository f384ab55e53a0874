"""Whatever the order, however often, and whatever fails in between: the same reports give the same documents."""

import asyncio
from collections.abc import Iterable

from attune.intake.v1 import events_pb2 as intake
from hypothesis import given, settings
from hypothesis import strategies as st

from services.runtime.events import Event, encode
from tests.unit.intake.stories import reports
from tests.unit.intake.world import LOOK, Flaky, World, steady


def deliver(events: Iterable[Event], flaky: Flaky = steady) -> World:
    """Run the service on these events, in this order, and let the sweeper look once after them."""

    async def run() -> World:
        world = World(flaky)
        for event in events:
            await world.receive(event)
        world.clock.advance(LOOK)
        await world.sweep()
        return world

    return asyncio.run(run())


def newest(world: World) -> list[bytes]:
    """What a compacted topic would keep: the highest revision of each thing, without the id and time of its cause."""
    best: dict[tuple[str, str, str], intake.Episode | intake.Session] = {}
    for event in world.published:
        state = event.data
        assert isinstance(state, intake.Episode | intake.Session)
        thing = (event.type, state.site_id, getattr(state, "session_id", state.episode_id))
        if thing not in best or best[thing].revision < state.revision:
            best[thing] = state
    return [best[thing].SerializeToString(deterministic=True) for thing in sorted(best)]


@settings(max_examples=150, deadline=None)
@given(reports(), st.randoms(use_true_random=False))
def test_three_shuffled_deliveries_give_byte_identical_documents(events: list[Event], random) -> None:  # type: ignore[no-untyped-def]
    once = deliver(events)
    thrice = events * 3
    random.shuffle(thrice)
    again = deliver(thrice)
    assert again.bytes() == once.bytes()
    assert newest(again) == newest(once)
    assert set(again.waiting.reports) == set(once.waiting.reports)
    assert not again.letters.put_aside


@settings(max_examples=75, deadline=None)
@given(reports(), st.randoms(use_true_random=False))
def test_writes_that_fail_after_they_were_done_leave_no_trace(events: list[Event], random) -> None:  # type: ignore[no-untyped-def]
    once = deliver(events)
    shuffled = random.sample(events, len(events))
    assert deliver(shuffled, flaky=lambda: random.random() < 0.3).bytes() == once.bytes()


@settings(max_examples=75, deadline=None)
@given(reports(), st.randoms(use_true_random=False))
def test_each_distinct_report_is_one_write_and_causes_one_event(events: list[Event], random) -> None:  # type: ignore[no-untyped-def]
    thrice = events * 3
    random.shuffle(thrice)
    world = deliver(thrice)
    taken_in = len(events) - len(world.waiting.reports)
    assert world.episodes.writes + world.sessions.writes == taken_in
    assert len({event.id for event in world.published}) == len(world.published) == taken_in
    for document in [*world.episodes.documents.values(), *world.sessions.documents.values()]:
        assert document["version"] == len(document["reports"])


@settings(max_examples=50, deadline=None)
@given(reports())
def test_what_is_published_can_be_encoded(events: list[Event]) -> None:
    for event in deliver(events).published:
        key, value, _ = encode(event)
        assert key
        assert value
