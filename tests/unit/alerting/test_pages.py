"""Single pages: no page is lost in a crash, and what arrived stays arrived."""

import asyncio
from datetime import timedelta

import pytest

from services.alerting import messages
from services.alerting.domain.delivery import SENDING_LIMIT
from services.runtime.errors import Transient
from services.runtime.outbound import GatewayError
from tests.unit.alerting.world import ON_CALL, SITE, SITES, World


async def test_a_crash_between_the_call_and_its_mark_sends_the_page_a_second_time_and_not_a_third(world: World) -> None:
    alert_id = await world.risk()
    await world.escalations.escalate((SITE, alert_id), fence=1)
    [page] = await world.deliveries_of(alert_id)
    assert await world.pages.claim(page, fence=1) is not None  # sent, and then the process died
    world.engine = world.new_engine()
    await world.settle()
    assert world.told() == []
    world.clock.advance(SENDING_LIMIT)
    await world.settle()
    await world.wait(seconds=2)
    assert world.told() == [ON_CALL]
    [page] = await world.deliveries_of(alert_id)
    assert (page.progress, page.attempts) == ("sent", 2)


async def test_a_crash_between_planning_and_saying_so_plans_the_same_page_again(world: World) -> None:
    alert_id = await world.risk()
    before = await world.alerts.get(f"{SITE}/{alert_id}")
    await world.escalations.escalate((SITE, alert_id), fence=1)
    world.alerts.documents[f"{SITE}/{alert_id}"] = before
    await world.escalations.escalate((SITE, alert_id), fence=1)
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_an_answer_that_comes_after_the_page_was_given_up_for_lost_still_counts(world: World) -> None:
    alert_id = await world.risk()
    await world.escalations.escalate((SITE, alert_id), fence=1)
    [page] = await world.deliveries_of(alert_id)
    claimed = await world.pages.claim(page, fence=1)
    assert claimed is not None
    world.clock.advance(SENDING_LIMIT)
    await world.pages.reclaim(claimed)
    await world.pages.sent(claimed)
    await world.pages.failed(claimed, "late", permanent=True)
    [page] = await world.deliveries_of(alert_id)
    assert page.progress == "sent"
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)


async def test_an_engine_that_lost_its_lease_can_neither_claim_nor_escalate(world: World) -> None:
    alert_id = await world.risk()
    await world.escalations.escalate((SITE, alert_id), fence=7)
    [page] = await world.deliveries_of(alert_id)
    taken = await world.pages.claim(page, fence=7)
    assert taken is not None
    await world.pages.failed(taken, "asked to fail", permanent=False)
    world.clock.advance(SENDING_LIMIT)
    assert await world.pages.claim(page, fence=6) is None
    world.clock.advance(SENDING_LIMIT * 60)
    await world.escalations.escalate((SITE, alert_id), fence=6)
    assert await world.history(alert_id) == ["triggered"]
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)


async def test_a_gateway_that_hangs_is_given_up_after_its_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.alerting.engine.handover.CALL_LIMIT", timedelta(seconds=0.05))
    world.mail.hold = asyncio.Event()
    alert_id = await world.risk()
    await world.settle()
    world.mail.hold.set()
    [page, *_] = await world.deliveries_of(alert_id)
    assert page.last_error.startswith("no answer within")
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    world.told()


async def test_a_fault_in_one_alert_does_not_hold_back_the_others(world: World) -> None:
    broken = await world.risk("flag-broken")
    world.alerts.documents[f"{SITE}/{broken}"]["state"]["policy"] = None
    await world.risk("flag-fine")
    await world.settle()
    assert world.told() == [ON_CALL]
    assert world.metrics.engine_failures.labels("escalate")._value.get() > 0


async def test_a_database_that_is_away_for_a_cycle_loses_no_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.risk()

    async def away(*_: object, **__: object) -> None:
        raise Transient("mongodb")

    with monkeypatch.context() as patch:
        patch.setattr(world.deliveries, "change", away)
        await world.settle()
    assert world.told() == []
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_the_history_says_who_was_told_how_when_and_whether_it_arrived(make_world) -> None:
    world = make_world(SITES.replace("people: [ana, ben]", "people: [ana]"))
    world.mail.failures = [GatewayError("the mail server refused the message (451)")]
    alert_id = await world.risk()
    await world.settle()
    await world.wait(seconds=2)
    assert world.told() == ["ana by webhook", "ana"]
    world.clock.advance(timedelta(minutes=1))
    await world.handlers.acknowledge(SITE, alert_id, "ana", "on it")
    facts, state = await world.alert(alert_id)
    timeline = messages.to_timeline(facts, state, await world.deliveries_of(alert_id))
    assert sorted((entry.what, entry.who) for entry in timeline) == [
        ("acknowledged", "ana"),
        ("delivered", "send"),
        ("delivered", "send"),
        ("delivery-failed", "send"),
        ("planned", "escalate"),
        ("planned", "escalate"),
        ("raised", "feedback"),
        ("triggered", "alerting"),
    ]
    assert [timeline[0].what, timeline[-1].what] == ["raised", "acknowledged"]
    [failed] = [entry for entry in timeline if entry.what == "delivery-failed"]
    assert failed.detail == "ana by email, step 1, round 1: the mail server refused the message (451)"
