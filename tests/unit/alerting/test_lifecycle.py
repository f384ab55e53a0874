"""What becomes of an alert after somebody was told: snoozed, forgotten, handed on, closed, and come back."""

from datetime import timedelta

import pytest

from services.alerting.domain.alert import Status
from services.alerting.domain.findings import Findings, Found, RuptureType
from services.runtime.errors import Conflict, Permanent
from tests.unit.alerting.world import ON_CALL, SITE, SITES, World


async def test_an_acknowledged_risk_that_nobody_closes_pages_again_from_the_first_step(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    await world.wait(hours=3, minutes=59)
    assert world.told() == [ON_CALL]
    await world.wait(minutes=1)
    assert world.told() == [ON_CALL]
    _, state = await world.alert(alert_id)
    assert state.status is Status.TRIGGERED
    again = [entry for entry in state.timeline if entry.what == "triggered"][-1]
    assert again.detail == f"the acknowledgement ran out, and the alert is not closed; {ON_CALL} had it"
    await world.wait(minutes=5)
    assert world.told() == ["carla"]


async def test_a_policy_says_how_long_an_acknowledgement_lasts(make_world) -> None:
    world = make_world(SITES.replace("catch_all_every", "ack_timeout: 30m\n      catch_all_every"))
    alert_id = await world.risk()
    await world.settle()
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    await world.wait(minutes=30)
    assert world.told() == [ON_CALL, ON_CALL]


async def test_an_acknowledgement_that_ran_out_twice_repeats_no_more_often_than_the_policy_says(make_world) -> None:
    text = SITES.replace("catch_all_every", "repeat: 1\n      ack_timeout: 1h\n      catch_all_every")
    world = make_world(text)
    alert_id = await world.risk()
    await world.settle()
    for _ in range(2):
        await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
        await world.wait(hours=1)
    assert world.told() == [ON_CALL] * 3
    for minutes in (5, 10, 5, 10):
        await world.wait(minutes=minutes)
    assert world.told() == ["carla", ON_CALL, "carla", "dan"]


async def test_a_snoozed_alert_tells_nobody_until_its_time_and_then_pages_again(world: World) -> None:
    alert_id = await world.rupture()
    await world.settle()
    until = world.clock.now() + timedelta(hours=2)
    await world.handlers.snooze(SITE, alert_id, "carla", until, "in session")
    assert world.told() == [ON_CALL]
    await world.wait(hours=1, minutes=59)
    _, state = await world.alert(alert_id)
    assert (state.status, state.acknowledged_by, state.snoozed_until) == (Status.ACKNOWLEDGED, "carla", until)
    await world.wait(minutes=1)
    assert world.told() == [ON_CALL]
    assert (await world.history(alert_id))[-1] == "triggered"


async def test_whoever_snoozes_can_close_before_the_time_and_nobody_is_told_again(world: World) -> None:
    alert_id = await world.rupture()
    await world.handlers.snooze(SITE, alert_id, ON_CALL, world.clock.now() + timedelta(hours=2))
    await world.handlers.close(SITE, alert_id, ON_CALL, "talked about it")
    await world.wait(hours=3)


async def test_a_snooze_is_not_longer_than_its_kind_allows_and_not_in_the_past(world: World) -> None:
    alert_id = await world.risk()
    for hours in (-1, 0, 13):
        with pytest.raises(Permanent, match="until"):
            await world.handlers.snooze(SITE, alert_id, ON_CALL, world.clock.now() + timedelta(hours=hours))


async def test_whoever_took_it_on_can_hand_it_on_to_the_next_step_at_once(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    await world.handlers.escalate(SITE, alert_id, ON_CALL, "I cannot reach the client")
    await world.settle()
    assert world.told() == [ON_CALL, "carla"]
    _, state = await world.alert(alert_id)
    assert (state.status, state.acknowledged_by) == (Status.TRIGGERED, "")


async def test_a_button_from_before_the_alert_came_back_is_refused_by_its_time(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    seen = world.clock.now()
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL, as_of=seen)
    await world.wait(hours=4)
    assert world.told() == [ON_CALL, ON_CALL]
    for press in (world.handlers.acknowledge, world.handlers.escalate):
        with pytest.raises(Conflict, match="as_of: is too old"):
            await press(SITE, alert_id, "carla", as_of=seen)
    await world.handlers.acknowledge(SITE, alert_id, "carla", as_of=world.clock.now())


async def test_the_link_of_a_page_from_before_the_alert_came_back_is_refused(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    [old] = await world.deliveries_of(alert_id)
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    await world.wait(hours=4)
    world.told()
    with pytest.raises(Conflict, match="as_of"):
        await world.handlers.acknowledge_by_link(old, "hash", "by link")


async def test_those_who_were_paged_are_told_that_it_is_over_but_not_whoever_closed_it(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    await world.wait(minutes=5)
    assert world.told() == [ON_CALL, "carla"]
    await world.handlers.close(SITE, alert_id, "carla", "seen")
    await world.settle()
    [(_, _, text, _)] = world.arrived
    assert world.told() == [ON_CALL]
    assert (text.over, text.count, text.link) == (True, 1, "")
    await world.wait(hours=5)


async def test_somebody_whom_no_page_reached_is_not_told_of_an_end(world: World) -> None:
    alert_id = await world.risk()
    await world.handlers.close(SITE, alert_id, "carla", "seen")
    await world.settle()
    assert [page.purpose for page in await world.deliveries_of(alert_id)] == []


async def test_an_alert_is_closed_with_what_was_found_in_a_fixed_vocabulary(world: World) -> None:
    alert_id = await world.rupture()
    found = Findings(Found.CONFIRMED, (RuptureType.WITHDRAWAL,), ("name-tentatively", "own-part"))
    await world.handlers.close(SITE, alert_id, ON_CALL, "", found)
    await world.settle()
    _, state = await world.alert(alert_id)
    assert state.findings == found
    published = world.alerts.events[-1][1].data
    assert published.findings.tried == ["name-tentatively", "own-part"]


@pytest.mark.parametrize(
    ("findings", "field"),
    [
        (Findings(Found.CONFIRMED, tried=("cried together",)), "findings.tried"),
        (Findings(Found.NOT_CONFIRMED, (RuptureType.WITHDRAWAL,)), "findings.types"),
        (Findings(Found.CONFIRMED, tried=("spoke-with-client",)), "findings.tried"),
    ],
)
async def test_findings_outside_the_vocabulary_are_refused_by_name(world: World, findings, field: str) -> None:
    alert_id = await world.rupture()
    with pytest.raises(Permanent, match=field):
        await world.handlers.close(SITE, alert_id, ON_CALL, "", findings)
    await world.handlers.close(SITE, alert_id, ON_CALL, "other")
    await world.settle()


async def test_a_new_rupture_after_a_closed_one_is_a_new_alert_that_names_the_old(world: World) -> None:
    first = await world.rupture(rupture_id="rupture-1")
    await world.handlers.close(SITE, first, ON_CALL, "repaired")
    world.clock.advance(timedelta(days=7))
    second = await world.rupture(rupture_id="rupture-2")
    await world.settle()
    world.told()
    _, state = await world.alert(second)
    assert state.recurrence_of == first
    assert state.timeline[0].detail == f"again, after alert {first}"


async def test_a_rupture_beside_an_open_one_is_no_recurrence(world: World) -> None:
    await world.rupture(rupture_id="rupture-1")
    world.clock.advance(timedelta(minutes=1))
    second = await world.rupture(rupture_id="rupture-2")
    await world.settle()
    world.told()
    _, state = await world.alert(second)
    assert state.recurrence_of == ""


async def test_an_acknowledged_risk_of_a_site_that_is_not_in_the_file_comes_back(make_world) -> None:
    operators = "operators: [{id: ops, contacts: [{email: ops@example.org}]}]\nsites:"
    world = make_world(SITES.replace("sites:", operators, 1))
    alert_id = await world.risk(site_id="new-site")
    await world.settle()
    await world.handlers.acknowledge("new-site", alert_id, "ops")
    await world.wait(hours=4)
    assert world.told() == ["ops", "ops"]


async def test_an_alert_from_before_an_acknowledgement_had_a_time_comes_back_after_the_usual_one(world: World) -> None:
    alert_id = await world.risk()
    del world.alerts.documents[f"{SITE}/{alert_id}"]["state"]["policy"]["ack_timeout_seconds"]
    await world.settle()
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    await world.wait(hours=4)
    assert world.told() == [ON_CALL, ON_CALL]
