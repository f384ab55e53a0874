"""Pages that fail in ways that nobody planned: a risk page finds its next way at once, whatever went wrong."""

from datetime import timedelta

from services.alerting.domain.sites import Channel
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
        for page in await world.pages.wanting_next_channel(10):
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
