"""A risk answer reaches alerting: at once, whatever else fails, and again until it is confirmed."""

import asyncio

import pytest
from attune.feedback.v1 import events_pb2 as feedback

from services.feedback import messages
from services.runtime.errors import Permanent, Transient
from tests.unit.feedback.forms import form, phq9
from tests.unit.feedback.world import World, until

RISK = phq9(0, 0, 0, 0, 0, 0, 0, 0, 1)


def waiting(world: World) -> int:
    return sum("handoff" in document for document in world.flags.documents.values())


async def test_a_flag_is_saved_told_and_handed_over_as_one_and_the_same() -> None:
    world = World()
    assert await world.submit(RISK) is True
    await world.handed_over()
    [(topic, event)] = world.flags.events
    assert (topic, event.type, event.key) == ("feedback.risk-flags.v1", "attune.risk-flag.raised.v1", "ep-1")
    [flag] = world.alerting.flags
    told = event.data
    assert isinstance(told, feedback.RiskFlag)
    assert told == messages.to_risk_flag(flag)
    assert list(told.items) == [9]
    assert list(world.flags.documents) == [f"harbour/{flag.flag_id}"]
    assert waiting(world) == 0


async def test_a_partial_form_with_nothing_else_pages() -> None:
    world = World()
    assert await world.submit(form({11: 1}, partial=True)) is True
    await world.handed_over()
    assert [flag.items for flag in world.alerting.flags] == [(11,)]


@pytest.mark.parametrize("refused", [form({1: 11, 11: 1}), form({11: 1}, revision=0), form({11: 1}, submitted_at=None)])
async def test_a_form_that_is_refused_pages_first(refused: object) -> None:
    world = World()
    with pytest.raises(Permanent):
        await world.submit(refused)  # type: ignore[arg-type]
    await world.handed_over()
    assert len(world.alerting.flags) == 1
    assert len(world.flags.events) == 1
    assert not world.responses.documents


async def test_the_answer_does_not_wait_for_alerting() -> None:
    world = World()
    world.alerting.hangs = asyncio.Event()
    async with asyncio.timeout(1.0):
        assert await world.submit(RISK) is True
    assert world.responses.documents
    assert waiting(world) == 1
    world.alerting.hangs.set()
    await world.handed_over()
    assert waiting(world) == 0


async def test_a_repeat_of_a_confirmed_flag_calls_nobody() -> None:
    world = World()
    await world.submit(RISK)
    await world.handed_over()
    await world.submit(RISK)
    await world.handed_over()
    assert world.alerting.calls == 1
    assert len(world.flags.events) == 1


async def test_with_the_database_away_alerting_is_called_all_the_same() -> None:
    world = World()
    world.flags.away = True
    with pytest.raises(Transient):
        await world.submit(RISK)
    await world.handed_over()
    assert len(world.alerting.flags) == 1
    world.flags.away = False
    await world.submit(RISK)
    await world.handed_over()
    # The repeat is durable, told and handed over; alerting knows it by its id.
    assert len({flag.flag_id for flag in world.alerting.flags}) == 1
    assert len(world.flags.events) == 1
    assert waiting(world) == 0


@pytest.mark.parametrize("failure", [Transient("alerting UNAVAILABLE"), Permanent("data.site_id", "is not known")])
async def test_it_is_handed_over_again_until_alerting_confirms(failure: Exception) -> None:
    world = World()
    world.alerting.fails_with = failure
    await world.hand_off.start()
    try:
        await world.submit(RISK)
        await until(lambda: world.alerting.calls >= 3)
        assert waiting(world) == 1
        assert world.hand_off.healthy
        assert world.value("feedback_risk_handoffs_waiting") == 1
        assert world.value("feedback_risk_handoffs_total", outcome="failed") >= 3
        world.alerting.fails_with = None
        await until(lambda: waiting(world) == 0)
        await until(lambda: world.value("feedback_risk_handoffs_waiting") == 0)
        assert world.value("feedback_risk_handoffs_total", outcome="confirmed") == 1
    finally:
        await world.hand_off.stop()
    assert not world.hand_off.healthy


async def test_what_a_crash_left_is_handed_over_after_the_restart() -> None:
    world = World()
    world.alerting.fails_with = Transient("alerting UNAVAILABLE")
    await world.submit(RISK)
    await world.handed_over()
    assert waiting(world) == 1
    world.alerting.fails_with = None
    world.start()
    await world.hand_off.start()
    try:
        await until(lambda: waiting(world) == 0)
    finally:
        await world.hand_off.stop()
    assert len(world.alerting.flags) == 1


async def test_one_flag_that_is_refused_for_ever_does_not_hold_up_another() -> None:
    world = World()
    world.alerting.fails_with = Permanent("data.site_id", "is not known")
    await world.submit(RISK)
    await world.handed_over()
    world.alerting.fails_with = None
    await world.submit(phq9(0, 0, 0, 0, 0, 0, 0, 0, 2, response_id="re-2"))
    await world.handed_over()
    assert [flag.response_id for flag in world.alerting.flags] == ["re-2"]


async def test_any_number_that_are_refused_for_ever_hide_no_later_one_after_a_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.feedback.handoff._BATCH", 3)
    world = World()
    world.alerting.fails_with = Permanent("data.site_id", "is not known")
    for number in range(8):
        await world.submit(phq9(0, 0, 0, 0, 0, 0, 0, 0, 2, response_id=f"re-{number}"))
    await world.handed_over()
    world.start()
    for sweep in range(3):
        assert await world.hand_off.sweep() == min(8, 3 * (sweep + 1))
        await world.handed_over()
    assert world.alerting.calls >= 16


async def test_stopping_lets_a_call_under_way_end() -> None:
    world = World()
    world.alerting.hangs = asyncio.Event()
    await world.hand_off.start()
    await world.submit(RISK)
    stopping = asyncio.create_task(world.hand_off.stop())
    await asyncio.sleep(0.02)
    assert not stopping.done()
    world.alerting.hangs.set()
    await stopping
    assert waiting(world) == 0


async def test_a_database_that_is_away_does_not_end_the_loop() -> None:
    world = World()
    await world.hand_off.start()
    world.flags.away = True
    await asyncio.sleep(0.05)
    assert world.hand_off.healthy
    world.flags.away = False
    await world.hand_off.stop()


async def test_a_fault_of_ours_makes_the_part_ill() -> None:
    world = World()
    world.alerting.fails_with = ZeroDivisionError()
    await world.hand_off.start()
    await world.submit(RISK)
    await until(lambda: not world.hand_off.healthy)
    await world.hand_off.stop()
    assert waiting(world) == 1


async def test_corrections_are_flags_of_their_own_and_a_flag_is_never_taken_back() -> None:
    world = World()
    await world.submit(RISK)
    await world.submit(phq9(0, 0, 0, 0, 0, 0, 0, 0, 0, revision=2))
    await world.submit(phq9(0, 0, 0, 0, 0, 0, 0, 0, 3, revision=3))
    await world.handed_over()
    assert len({flag.flag_id for flag in world.alerting.flags}) == 2
