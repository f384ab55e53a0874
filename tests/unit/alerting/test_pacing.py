"""How often somebody is written to: bundles, limits, and whose turn it is. Never at the cost of risk."""

from datetime import timedelta

import pytest

from services.alerting.channels import GatewayError
from services.alerting.domain.delivery import Purpose, plan
from services.alerting.domain.facts import Kind
from services.alerting.domain.pacing import Message, wait
from services.alerting.domain.sites import Channel
from tests.unit.alerting.world import MONDAY, ON_CALL, SITE, SITES, World


async def test_the_first_page_goes_at_once_and_what_follows_within_five_minutes_is_one_message(world: World) -> None:
    await world.rupture(rupture_id="rupture-0")
    await world.settle()
    assert [text.count for _, _, text, _ in world.arrived] == [1]
    assert world.told() == [ON_CALL]
    for number in range(1, 8):
        await world.wait(seconds=10)
        await world.rupture(rupture_id=f"rupture-{number}")
    await world.settle()
    assert world.told() == []
    # A minute before the fifth, so that no second step is due yet.
    await world.wait(minutes=3, seconds=49)
    assert world.told() == []
    await world.wait(seconds=1)
    texts = {address: text.count for address, _, text, _ in world.arrived}
    assert texts["ben@example.org"] == 7
    world.told()


async def test_each_alert_shows_why_its_page_waits_and_which_message_told_of_it(world: World) -> None:
    await world.rupture(rupture_id="rupture-0")
    await world.settle()
    second = await world.rupture(rupture_id="rupture-1")
    third = await world.rupture(rupture_id="rupture-2")
    await world.settle()
    [held] = await world.deliveries_of(second)
    assert held.held == "told together with what else comes, until 2026-01-12T10:05:00+00:00"
    await world.wait(minutes=5)
    world.told()
    lead, follower = (await world.deliveries_of(second))[0], (await world.deliveries_of(third))[0]
    assert [lead.progress, follower.progress] == ["sent", "sent"]
    assert {lead.bundle, follower.bundle} == {"", lead.delivery_id if not lead.bundle else follower.delivery_id}


async def test_risk_is_never_bundled_and_never_waits(world: World) -> None:
    for number in range(12):
        await world.risk(f"flag-{number}")
        await world.settle()
    assert [text.count for _, _, text, _ in world.arrived] == [1] * 12
    assert world.told() == [ON_CALL] * 12


async def test_when_a_bundle_fails_each_of_its_pages_goes_on_to_the_next_channel(make_world) -> None:
    world = make_world(SITES.replace("people: [ana, ben]", "people: [ana]"))
    world.mail.down = GatewayError("asked to fail", permanent=True)
    ids = [await world.rupture(rupture_id=f"rupture-{number}") for number in range(3)]
    await world.settle()
    assert [text.count for _, _, text, _ in world.arrived] == [3]
    assert world.told() == ["ana by webhook"]
    for alert_id in ids:
        outcomes = {page.channel: page.progress for page in await world.deliveries_of(alert_id)}
        assert outcomes == {"email": "failed", "webhook": "sent"}


async def test_an_acknowledged_alert_is_left_out_of_a_bundle(world: World) -> None:
    await world.rupture(rupture_id="rupture-0")
    await world.settle()
    ids = [await world.rupture(rupture_id=f"rupture-{number}") for number in range(1, 4)]
    await world.settle()
    assert world.told() == [ON_CALL]
    await world.handlers.acknowledge(SITE, ids[0], "carla")
    await world.wait(minutes=4, seconds=59)
    await world.handlers.acknowledge(SITE, ids[1], "carla")
    await world.wait(seconds=1)
    assert {text.count for address, _, text, _ in world.arrived if address == "ben@example.org"} == {1}
    world.told()


async def test_a_site_that_nobody_wrote_for_comes_first_then_who_was_written_to_the_longest_ago(make_world) -> None:
    second = SITES.partition("sites:\n")[2].replace("northside", "southside").replace("@example", "@south")
    world = make_world(SITES + second)
    for person in ("ben", "carla"):
        await world.rupture(rupture_id=f"for-{person}")
        await world.settle()
        await world.wait(minutes=6)
    assert set(world.told()) == {"ben", "carla"}
    places = (("southside", "ben"), (SITE, "ana"), (SITE, "ben"), (SITE, "carla"))
    pages = [plan(Kind.RUPTURE, site, "alert", 0, 0, person, Channel.EMAIL, MONDAY) for site, person in places]
    turns = sorted(pages, key=world.send._turn)
    assert [(page.site_id, page.person_id) for page in turns[:2]] == [("southside", "ben"), (SITE, "ana")]


def test_a_limit_holds_the_thirty_first_mail_of_an_hour_and_says_until_when() -> None:
    sent = tuple(Message(MONDAY + timedelta(minutes=n), "a", f"p{n}") for n in range(30))
    now = MONDAY + timedelta(minutes=40)
    held = wait(Channel.EMAIL, sent, Message(now, "a", "other"))
    assert held is not None
    assert held.until == MONDAY + timedelta(hours=1)
    assert held.reason == "held by limit until 2026-01-12T11:00:00+00:00"
    assert wait(Channel.EMAIL, sent, Message(held.until, "a", "other")) is None


def test_the_first_message_of_another_site_to_the_same_address_is_exempt_from_the_limit() -> None:
    sent = tuple(Message(MONDAY + timedelta(minutes=n), "a", f"p{n}") for n in range(30))
    assert wait(Channel.EMAIL, sent, Message(MONDAY + timedelta(minutes=40), "b", "other")) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_word_of_an_end_does_not_make_the_next_page_wait(purpose: Purpose) -> None:
    held = wait(Channel.EMAIL, (Message(MONDAY, "a", "p", Purpose.END),), Message(MONDAY, "a", "p", purpose))
    assert (held is None) is (purpose is not Purpose.END)
