"""Pages that fail in ways that nobody planned: a risk page finds its next way at once, whatever went wrong."""

import asyncio
from datetime import timedelta

from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Channel
from services.alerting.engine.aside import Aside
from services.alerting.engine.modules import FallBack
from services.alerting.engine.send import SLOTS
from services.runtime.outbound import GatewayError
from tests.unit.alerting.world import ON_CALL, SITE, SITES, World

ANA = SITES.replace("people: [ana, ben]", "people: [ana]")
BOTH_AT_ONCE = ANA.replace(
    "language: es\n", "language: es\n        notify: [{contact: webhook, after: 0s}, {contact: email, after: 0s}]\n"
)


async def test_a_fault_in_a_gateway_is_a_failed_try_and_the_next_channel_follows_at_once(make_world) -> None:
    world = make_world(ANA)
    world.mail.failures = [KeyError("a fault of ours")]
    alert_id = await world.risk()
    await world.settle()
    assert world.told() == ["ana by webhook"]
    mail = next(page for page in await world.deliveries_of(alert_id) if page.channel is Channel.EMAIL)
    assert mail.last_error == "a fault of ours (KeyError)"
    await world.wait(seconds=2)
    assert world.told() == ["ana"]


async def test_a_channel_that_has_no_gateway_any_more_is_not_tried_again(make_world) -> None:
    world = make_world(ANA)
    del world.gateways[Channel.EMAIL]
    alert_id = await world.risk()
    await world.settle()
    assert world.told() == ["ana by webhook"]
    mail = next(page for page in await world.deliveries_of(alert_id) if page.channel is Channel.EMAIL)
    assert (mail.progress, mail.attempts, mail.last_error) == (
        "failed",
        1,
        "this installation has no gateway for this channel",
    )


async def test_when_the_next_channel_has_failed_already_the_next_step_does_not_wait(make_world) -> None:
    world = make_world(BOTH_AT_ONCE)
    alert_id = await world.risk()
    await world.escalations.escalate((SITE, alert_id), fence=1)
    pages = {page.channel: page for page in await world.deliveries_of(alert_id)}
    for channel in (Channel.WEBHOOK, Channel.EMAIL):
        # The one that comes last in the person's order failed first.
        claimed = await world.pages.claim(pages[channel], fence=1)
        assert claimed is not None
        await world.pages.failed(claimed, "refused", permanent=True)
        for page in await world.pages.wanting_next_channel(Kind.RISK, 10):
            await world.escalations.fall_back(page)
    await world.settle()
    assert world.told() == ["carla"]


async def test_a_channel_on_its_way_is_waited_for_before_the_one_after_it_is_used(make_world) -> None:
    three = ANA.replace("[{email: ana@example.org}, ", "[{email: ana@example.org}, {sms: '+34600000000'}, ")
    world = make_world(three)
    world.mail.down = GatewayError("refused", permanent=True)
    await world.risk()
    await world.settle()
    assert world.told() == ["+34600000000 by sms"]


async def test_a_page_that_was_dropped_untried_goes_out_when_its_step_is_taken_after_all(world: World) -> None:
    alert_id = await world.risk()
    document = world.alerts.documents[f"{SITE}/{alert_id}"]
    await world.escalations.escalate((SITE, alert_id), fence=1)
    world.alerts.documents[f"{SITE}/{alert_id}"] = document  # planned, and not said to be so: somebody was first
    await world.handlers.acknowledge(SITE, alert_id, "carla")
    await world.settle()
    [page] = await world.deliveries_of(alert_id)
    assert (world.told(), page.progress) == ([], "dropped")
    world.clock.advance(timedelta(minutes=1))
    await world.handlers.escalate(SITE, alert_id, "carla", "I cannot")
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_a_risk_that_failed_does_not_wait_behind_failed_pages_of_ruptures(make_world, monkeypatch) -> None:
    monkeypatch.setattr("services.alerting.engine.modules.BATCH", 3)
    monkeypatch.setattr("services.alerting.engine.modules.BUDGET", 0.0)
    world = make_world(ANA)
    for number in range(5):
        await _failed(world, await world.rupture(rupture_id=f"rupture-{number}"))
    world.clock.advance(timedelta(seconds=1))
    await _failed(world, await world.risk())
    # A cycle of its own: what is begun of ruptures has no time left, and of risk everything is seen to.
    await FallBack(world.escalations, world.pages, world.waker, Aside(world.clock), world.metrics).run(1)
    planned = await world.deliveries.find({"channel": "webhook"})
    assert [page["kind"] for page in planned] == ["risk"]


async def _failed(world: World, alert_id: str) -> None:
    """Its page was refused over the first channel."""
    await world.escalations.escalate((SITE, alert_id), fence=1)
    [page] = await world.deliveries_of(alert_id)
    claimed = await world.pages.claim(page, fence=1)
    assert claimed is not None
    await world.pages.failed(claimed, "refused", permanent=True)


async def test_a_site_that_is_gone_holds_back_no_other_and_stops_the_heartbeat(make_world, monkeypatch) -> None:
    monkeypatch.setattr("services.alerting.engine.modules.BATCH", 3)
    two = SITES + SITES.partition("sites:\n")[2].replace("northside", "southside")
    world = make_world(two)
    for number in range(5):
        await world.risk(f"gone-{number}", "southside")
    world.sites.drop("southside")
    world.clock.advance(timedelta(seconds=1))
    await world.risk()
    await world.settle()
    assert (world.told(), world.heartbeats) == ([ON_CALL], 0)
    failures = world.metrics.engine_failures.labels("escalate")._value
    await world.wait_in_steps(1, minutes=2)
    # Each is tried ever less often: after 1, 2, 4, ... s, so not in every one of 120 cycles.
    assert failures.get() <= 5 * 8


async def test_an_alert_that_cannot_be_read_keeps_none_of_its_bundle_back(world: World) -> None:
    for number in range(3):
        alert_id = await world.rupture(rupture_id=f"rupture-{number}")
        await world.escalations.escalate((SITE, alert_id), fence=1)
        if number == 1:
            world.alerts.documents[f"{SITE}/{alert_id}"]["state"]["policy"] = None
    await world.settle()
    assert [text.count for _, _, text, _ in world.arrived] == [2]
    assert world.told() == [ON_CALL]


async def test_pages_that_cannot_be_read_are_passed_over_and_stop_the_heartbeat(world: World, monkeypatch) -> None:
    monkeypatch.setattr("services.alerting.engine.send.SCANNED_ALONE", 2)
    for number in range(4):
        alert_id = await world.risk(f"broken-{number}")
        await world.escalations.escalate((SITE, alert_id), fence=1)
    for document in world.deliveries.documents.values():
        document["channel"] = "carrier pigeon"
    world.clock.advance(timedelta(seconds=1))
    await world.risk()
    await world.settle()
    assert (world.told(), world.heartbeats, world.pages.unreadable) == ([ON_CALL], 0, 4)


async def test_an_alert_that_a_later_version_wrote_is_read_without_what_is_new(world: World) -> None:
    alert_id = await world.risk()
    document = world.alerts.documents[f"{SITE}/{alert_id}"]
    for part in (document["state"], document["facts"]["latest"], *document["facts"]["said"]):
        part["of_a_later_version"] = 1
    document["state"]["timeline"][0]["of_a_later_version"] = 1
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_a_channel_that_hangs_takes_no_slot_of_another(make_world) -> None:
    text = ANA.replace("{id: ben, contacts: [{email: ben@example.org}]}", "{id: ben, contacts: [{sms: '+441'}]}")
    text = text.replace("'+441'", "'+441632960001'").replace("[rota]", '[rota, "person:ben"]')
    world = make_world(text)
    world.mail.hold = asyncio.Event()
    for number in range(SLOTS + 1):
        await world.risk(f"flag-{number}")
    await world.engine.cycle()
    async with asyncio.timeout(5):
        while len(world.arrived) < SLOTS:  # noqa: ASYNC110 - the gateway has no event to wait for
            await asyncio.sleep(0)
    assert {channel for _, channel, _, _ in world.arrived} == {Channel.SMS}
    world.mail.hold.set()
    await world.settle()
    assert len(world.told()) == 2 * (SLOTS + 1)


async def test_pages_go_before_words_of_an_end(world: World, monkeypatch) -> None:
    monkeypatch.setattr("services.alerting.engine.send.SLOTS", 1)
    monkeypatch.setattr("services.alerting.engine.send.SCANNED_ALONE", 2)
    ended = [await world.risk(f"flag-{number}") for number in range(3)]
    await world.settle()
    for alert_id in ended:
        await world.handlers.close(SITE, alert_id, "carla", "seen")
        await world.escalations.tell_end((SITE, alert_id))
    world.arrived.clear()
    world.clock.advance(timedelta(seconds=1))
    await world.escalations.escalate((SITE, await world.risk("flag-new")), fence=1)
    await world.settle()
    assert [text.over for _, _, text, _ in world.arrived] == [False, True, True, True]
    world.told()


async def test_what_cannot_begin_does_not_keep_the_engine_awake(world: World, monkeypatch) -> None:
    monkeypatch.setattr("services.alerting.engine.send.SCANNED", 2)
    world.mail.hold = asyncio.Event()
    for number in range(3):
        await world.escalations.escalate((SITE, await world.rupture(rupture_id=f"rupture-{number}")), fence=1)
    woken: list[str] = []
    await world.send.run(1)
    monkeypatch.setattr(world.waker, "wake", lambda: woken.append("again"))
    await world.send.run(1)
    assert woken == []
    world.mail.hold.set()
    await world.settle()
    world.told()
