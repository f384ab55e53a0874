"""Who is told, and when."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from services.alerting.domain.alert import Status
from services.alerting.domain.delivery import MAX_ATTEMPTS
from services.runtime.errors import Conflict, NotFound, Permanent
from tests.unit.alerting.world import MONDAY, ON_CALL, SITE, SITES, World


async def test_a_risk_answer_pages_the_person_on_call_at_once(world: World) -> None:
    await world.risk()
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_a_rupture_in_the_day_pages_the_person_on_call(world: World) -> None:
    await world.rupture()
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_nobody_else_is_told_while_the_delay_of_a_step_lasts(world: World) -> None:
    await world.risk()
    await world.settle()
    await world.wait(minutes=4, seconds=59)
    assert world.told() == [ON_CALL]


async def test_when_nobody_acknowledges_the_next_step_follows_after_its_delay(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    await world.wait(minutes=5)
    assert world.told() == [ON_CALL, "carla"]
    assert await world.history(alert_id) == ["triggered", "escalated"]


async def test_an_acknowledged_alert_tells_nobody_else(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL, "calling now")
    await world.wait(hours=2)
    assert world.told() == [ON_CALL]
    _, state = await world.alert(alert_id)
    assert (state.status, state.acknowledged_by) == (Status.ACKNOWLEDGED, ON_CALL)


async def test_a_page_that_was_planned_before_the_acknowledgement_is_dropped(world: World) -> None:
    alert_id = await world.risk()
    await world.escalations.escalate((SITE, alert_id), fence=1)
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    await world.settle()
    assert world.told() == []
    assert [page.progress for page in await world.deliveries_of(alert_id)] == ["dropped"]


async def test_a_closed_alert_tells_nobody_else(world: World) -> None:
    alert_id = await world.risk()
    await world.handlers.close(SITE, alert_id, ON_CALL, "seen in session")
    await world.wait(hours=2)
    _, state = await world.alert(alert_id)
    assert (state.status, state.close_reason) == (Status.CLOSED, "seen in session")


async def test_a_risk_that_nobody_answers_pages_the_catch_all_again_and_again(world: World) -> None:
    await world.risk()
    await world.settle()
    await world.wait(minutes=5)
    await world.wait(minutes=10)
    assert world.told() == [ON_CALL, "carla", "dan"]
    for _ in range(30):
        await world.wait(minutes=15)
    assert world.told() == ["dan"] * 30


async def test_a_rupture_that_nobody_answers_pages_the_catch_all_once_and_then_reports_it(world: World) -> None:
    alert_id = await world.rupture()
    await world.settle()
    await world.wait(minutes=5)
    await world.wait(minutes=10)
    for _ in range(30):
        await world.wait(minutes=15)
    # The last one is of the operational alert.
    assert world.told() == [ON_CALL, "carla", "dan", "dan"]
    _, state = await world.alert(alert_id)
    assert state.status is Status.TRIGGERED
    reported = await world.alerts.find({"kind": "operational"})
    assert [alert["subject_id"] for alert in reported] == [f"unanswered.{alert_id}.1"]


async def test_a_step_that_is_hours_late_is_taken_once_and_the_next_wait_begins_now(world: World) -> None:
    await world.risk()
    await world.settle()
    await world.wait(hours=8)
    assert world.told() == [ON_CALL, "carla"]
    await world.wait(minutes=9)
    assert world.told() == []


async def test_a_policy_that_repeats_walks_its_steps_again(make_world) -> None:
    world = make_world(SITES.replace("catch_all_every", "repeat: 1\n      catch_all_every"))
    await world.risk()
    await world.settle()
    for minutes in (5, 10, 5, 10):
        await world.wait(minutes=minutes)
    assert world.told() == [ON_CALL, "carla", ON_CALL, "carla", "dan"]


async def test_a_policy_that_repeats_for_ever_never_stops(make_world) -> None:
    world = make_world(SITES.replace("catch_all_every", "repeat: forever\n      catch_all_every"))
    await world.risk()
    for _ in range(20):
        await world.wait(minutes=10)
    assert world.told() == [ON_CALL, "carla"] * 10


async def test_nobody_on_call_is_skipped_at_once_to_the_catch_all_and_the_next_step(make_world) -> None:
    world = make_world(SITES.replace("start: 2026-01-05", "start: 2027-01-04"))
    alert_id = await world.risk()
    await world.settle()
    assert sorted(world.told()) == ["carla", "dan"]
    assert "no-one-on-call" in await world.history(alert_id)


async def test_a_person_without_a_contact_counts_as_nobody(make_world) -> None:
    world = make_world(SITES.replace("people: [ana, ben]", "people: [unreachable]"))
    await world.risk()
    await world.settle()
    assert sorted(world.told()) == ["carla", "dan"]


async def test_a_policy_of_empty_steps_that_repeats_for_ever_waits_between_its_rounds(make_world) -> None:
    text = SITES.replace("person:carla", "person:unreachable").replace("people: [ana, ben]", "people: [unreachable]")
    world = make_world(text.replace("catch_all_every", "repeat: forever\n      catch_all_every"))
    await world.risk()
    await world.settle()
    assert world.told() == ["dan"]
    await world.wait(minutes=10)
    # One of them is told that nobody on call can be reached.
    assert world.told() == ["dan", "dan"]


async def test_a_rupture_at_night_waits_for_the_morning(world: World) -> None:
    world.clock.set(datetime(2026, 1, 12, 23, 30, tzinfo=UTC))
    alert_id = await world.rupture()
    await world.settle()
    assert world.told() == []
    _, state = await world.alert(alert_id)
    assert state.next_action_at == datetime(2026, 1, 13, 8, 0, tzinfo=UTC)
    world.clock.set(datetime(2026, 1, 13, 8, 0, tzinfo=UTC))
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_a_risk_at_night_does_not_wait(world: World) -> None:
    world.clock.set(datetime(2026, 1, 12, 23, 30, tzinfo=UTC))
    await world.risk()
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_a_page_for_a_rupture_that_is_late_into_the_night_waits_too(world: World) -> None:
    world.clock.set(datetime(2026, 1, 12, 19, 59, tzinfo=UTC))
    alert_id = await world.rupture()
    await world.escalations.escalate((SITE, alert_id), fence=1)
    world.clock.set(datetime(2026, 1, 12, 22, 0, tzinfo=UTC))
    await world.settle()
    assert world.told() == []
    world.clock.set(datetime(2026, 1, 13, 8, 0, tzinfo=UTC))
    await world.settle()
    assert ON_CALL in world.told()


async def test_a_site_that_asks_for_it_is_paged_at_night(make_world) -> None:
    world = make_world(SITES.replace("time_zone:", 'rupture_hours: "00:00-24:00"\n    time_zone:'))
    world.clock.set(datetime(2026, 1, 12, 3, 0, tzinfo=UTC))
    await world.rupture()
    await world.settle()
    assert world.told() == ["ana"]


async def test_the_policy_of_an_alert_is_the_one_of_its_beginning(world: World, make_world) -> None:
    alert_id = await world.risk()
    await world.settle()
    _, state = await world.alert(alert_id)
    assert [step.targets for step in state.policy.steps] == [("rota",), ("person:carla",)]
    changed = make_world(SITES.replace("person:carla", "person:ana"), alerts=world.alerts, deliveries=world.deliveries)
    await changed.wait(minutes=5)
    assert changed.told() == ["carla"]
    assert world.told() == [ON_CALL]


async def test_a_risk_of_a_site_that_is_not_in_the_file_pages_the_operators(make_world) -> None:
    world = make_world("operators: [{id: op, contacts: [{email: op@example.org}]}]\n" + SITES)
    await world.risk(site_id="newsite")
    await world.settle()
    assert world.told() == ["op"]


async def test_without_operators_a_site_that_is_not_in_the_file_is_refused_by_name(world: World) -> None:
    with pytest.raises(Permanent, match=r"data\.site_id: the site is not in the on-call file"):
        await world.risk(site_id="newsite")


async def test_a_gateway_that_fails_is_tried_again_with_growing_pauses(world: World) -> None:
    await world.risk()
    world.mail.down = _down()
    await world.wait_in_steps(0.5, seconds=20)
    pages = await world.deliveries_of((await world.alerts.find({"site_id": SITE}))[0]["alert_id"])
    first = next(page for page in pages if page.person_id == ON_CALL)
    times = [(attempt.at - MONDAY).total_seconds() for attempt in first.log]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert len(pauses) >= 3
    assert pauses == sorted(pauses)
    world.mail.down = None
    await world.wait(seconds=60)
    assert ON_CALL in world.told()


async def test_a_failed_risk_page_uses_the_persons_next_channel_at_once(make_world) -> None:
    world = make_world(SITES.replace("people: [ana, ben]", "people: [ana]"))
    world.mail.failures = [_down()]
    await world.risk()
    await world.settle()
    assert world.told() == ["ana by webhook"]
    await world.wait(seconds=2)
    assert world.told() == ["ana"]


async def test_a_failed_rupture_page_uses_the_next_channel_after_three_attempts(make_world) -> None:
    world = make_world(SITES.replace("people: [ana, ben]", "people: [ana]"))
    world.mail.down = _down()
    await world.rupture()
    await world.settle()
    await world.wait(seconds=2)
    assert world.told() == []
    await world.wait(seconds=3)
    assert world.told() == ["ana by webhook"]


async def test_a_refused_recipient_is_not_tried_again(make_world) -> None:
    world = make_world(SITES.replace("people: [ana, ben]", "people: [ana]"))
    world.mail.failures = [_down(permanent=True)]
    alert_id = await world.rupture()
    await world.settle()
    assert world.told() == ["ana by webhook"]
    await world.wait(minutes=4)
    assert world.told() == []
    mail = next(page for page in await world.deliveries_of(alert_id) if page.channel == "email")
    assert (mail.progress, mail.attempts, mail.last_error) == ("failed", 1, "asked to fail")


async def test_when_nobody_of_a_step_can_be_reached_the_next_step_does_not_wait(world: World) -> None:
    world.mail.failures = [_down()]
    alert_id = await world.risk()
    await world.settle()
    assert world.told() == ["carla"]
    await world.handlers.acknowledge(SITE, alert_id, "carla")


async def test_pages_that_cannot_arrive_do_not_become_a_storm(world: World) -> None:
    world.mail.down = world.webhook.down = _down()
    alert_id = await world.risk()
    await world.wait_in_steps(10, minutes=30)
    pages = await world.deliveries_of(alert_id)
    assert len(pages) <= 4
    assert all(page.attempts <= MAX_ATTEMPTS for page in pages)
    world.mail.down = None
    await world.wait_in_steps(60, minutes=20)
    assert "dan" in world.told()


async def test_a_person_whose_contact_was_taken_out_of_the_file_is_passed_over(world: World, make_world) -> None:
    alert_id = await world.risk()
    await world.escalations.escalate((SITE, alert_id), fence=1)
    gone = "{id: ben, contacts: [{email: ben@example.org}]}"
    changed = make_world(SITES.replace(gone, "{id: ben}"), alerts=world.alerts, deliveries=world.deliveries)
    await changed.settle()
    assert changed.told() == ["carla"]


async def test_a_hanging_gateway_takes_no_slot_of_a_risk_page(make_world) -> None:
    import asyncio

    world = make_world(SITES.replace("people: [ana, ben]", "people: [ana]"))
    world.mail.hold = asyncio.Event()
    for number in range(40):
        await world.rupture(rupture_id=f"rupture-{number}")
    await world.engine.cycle()
    await asyncio.sleep(0)
    await world.risk()
    await world.engine.cycle()
    in_flight = [page for page in await _find(world, "sending") if page["kind"] == "risk"]
    while not in_flight:
        await asyncio.sleep(0)
        in_flight = [page for page in await _find(world, "sending") if page["kind"] == "risk"]
    world.mail.hold.set()
    await world.settle()
    await world.settle()
    counts = [text.count for _, _, text, _ in world.arrived]
    assert world.told() == ["ana"] * 2
    assert sorted(counts) == [1, 40]


async def test_two_clinicians_acknowledge_and_both_are_in_the_history(world: World) -> None:
    alert_id = await world.risk()
    await world.handlers.acknowledge(SITE, alert_id, "ben")
    await world.handlers.acknowledge(SITE, alert_id, "carla")
    _, state = await world.alert(alert_id)
    assert state.acknowledged_by == "ben"
    assert [entry.who for entry in state.timeline if entry.what == "acknowledged"] == ["ben", "carla"]


async def test_the_same_acknowledgement_again_answers_the_same(world: World) -> None:
    alert_id = await world.risk()
    first = await world.handlers.acknowledge(SITE, alert_id, "ben", "on it")
    world.clock.advance(timedelta(minutes=1))
    assert await world.handlers.acknowledge(SITE, alert_id, "ben", "on it") == first


async def test_a_closed_alert_cannot_be_acknowledged(world: World) -> None:
    alert_id = await world.risk()
    closed = await world.handlers.close(SITE, alert_id, "ben", "test")
    assert await world.handlers.close(SITE, alert_id, "ben", "test") == closed
    with pytest.raises(Conflict, match="closed by ben"):
        await world.handlers.acknowledge(SITE, alert_id, "carla")
    with pytest.raises(Conflict):
        await world.handlers.close(SITE, alert_id, "carla", "other")


async def test_only_people_of_the_site_can_acknowledge_and_only_with_a_reason_close(world: World) -> None:
    alert_id = await world.risk()
    with pytest.raises(NotFound, match="person_id"):
        await world.handlers.acknowledge(SITE, alert_id, "stranger")
    with pytest.raises(NotFound, match="alert_id"):
        await world.handlers.acknowledge(SITE, "no-such-alert", "ben")
    with pytest.raises(Permanent, match="reason"):
        await world.handlers.close(SITE, alert_id, "ben", "  ")


async def test_every_change_of_status_is_published_once(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    await world.handlers.acknowledge(SITE, alert_id, "ben")
    await world.handlers.acknowledge(SITE, alert_id, "carla")
    await world.handlers.close(SITE, alert_id, "ben", "seen")
    assert world.told() == [ON_CALL]
    published = [
        (topic, event.type, event.key, event.data.status, event.data.revision) for topic, event in world.alerts.events
    ]
    assert published == [
        ("alerting.alerts.v1", "attune.alert.changed.v1", "episode-1", status, status) for status in (1, 2, 3)
    ]


async def test_what_a_clinician_wrote_is_not_published_and_our_own_reason_is(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    await world.handlers.close(SITE, alert_id, "ben", "Maria called; she is safe")
    await world.rupture()
    await world.rupture("withdrawn", 4)
    assert world.told() == [ON_CALL]
    assert [event.data.close_reason for _, event in world.alerts.events if event.data.status == 3] == [
        "",
        "scoring withdrew the rupture",
    ]
    _, state = await world.alert(alert_id)
    assert state.close_reason == "Maria called; she is safe"


def _down(permanent: bool = False):
    from services.runtime.outbound import GatewayError

    return GatewayError("asked to fail", permanent=permanent)


async def _find(world: World, progress: str) -> list[dict]:
    return await world.deliveries.find({"progress": progress})
