"""The auditor, the heartbeat, silent feeds, test pages, and patterns in a caseload."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import summaries_pb2 as summaries

from services.alerting import agents
from services.alerting.domain.alert import Status
from services.alerting.domain.readiness import Finding, Lack
from services.alerting.engine.audit import Heartbeat
from services.alerting.metrics import AlertingMetrics
from services.runtime.events import make
from services.runtime.metrics import Metrics
from tests.unit.alerting.world import MONDAY, ON_CALL, SITE, SITES, World

SUPERVISED = SITES.replace("catch_all: [dan]", "catch_all: [dan]\n    supervisors: [ana, carla]").replace(
    "{id: carla, ", "{id: carla, therapist: therapist-1, "
)


async def test_the_heartbeat_goes_while_all_is_clean(world: World) -> None:
    await world.risk()
    await world.settle()
    assert world.told() == [ON_CALL]
    assert world.heartbeats > 0


async def test_no_heartbeat_goes_while_a_risk_page_does_not_get_out(world: World) -> None:
    await world.risk()
    world.mail.hold = asyncio.Event()
    await world.engine.cycle()
    world.clock.advance(timedelta(seconds=61))
    world.heartbeats = 0

    async def stuck(_fence: int) -> None:
        raise RuntimeError("asked to fail")

    world.send.run = stuck  # type: ignore[method-assign]
    await world.engine.cycle()
    await world.engine.cycle()
    # The next step became due and its page cannot leave; then the audit sees it.
    world.clock.advance(timedelta(minutes=10))
    await world.engine.cycle()
    beats = world.heartbeats
    world.clock.advance(timedelta(seconds=61))
    await world.engine.cycle()
    assert world.heartbeats == beats
    assert world.metrics.audit_problems.labels("overdue_pages")._value.get() > 0
    world.mail.hold.set()
    await world.send.idle()
    world.told()


async def test_a_risk_without_a_next_action_is_found_and_goes_on_at_once(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    assert world.told() == [ON_CALL]
    document = world.alerts.documents[f"{SITE}/{alert_id}"]
    document.pop("next_action_at")
    document["idle"] = True
    await world.settle()
    assert world.told() == ["carla"]
    assert "resumed" in await world.history(alert_id)


async def test_the_monitor_outside_hears_of_clean_audits_only_so_often_and_a_refusal_is_counted() -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(str(request.url))
        return httpx.Response(200 if len(calls) == 1 else 500)

    metrics = AlertingMetrics(Metrics("alerting"))
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        beating = Heartbeat(client, "https://monitor.example.org/ping", timedelta(hours=1), metrics)
        for _ in range(3):
            beating.beat()
            await beating.idle()
        assert calls == ["https://monitor.example.org/ping"]
        refused = Heartbeat(client, "https://monitor.example.org/ping", timedelta(hours=1), metrics)
        refused.beat()
        await refused.idle()
        silent = Heartbeat(client, "", timedelta(hours=1), metrics)
        silent.beat()
        await silent.idle()
    assert len(calls) == 2
    assert metrics.heartbeats.labels("failed")._value.get() == 1


async def session(world: World) -> None:
    event = make(
        site_id=SITE,
        service="intake",
        type="attune.session.changed.v1",
        key="episode-1",
        subject="episodes/episode-1",
        cause=f"session-{world.clock.now()}",
        revision=1,
        time=world.clock.now(),
        data=intake.Session(site_id=SITE, episode_id="episode-1", session_id="s", revision=1),
    )
    await world.hear(event, agents.SESSIONS)


async def test_a_feed_that_falls_silent_opens_an_alert_and_its_return_closes_it(world: World) -> None:
    # Three weeks of sessions on working days: the longest pause is a weekend, so silent is after six days.
    for day in range(21):
        world.clock.set(MONDAY + timedelta(days=day))
        if world.clock.now().weekday() < 5:
            await session(world)
    last = MONDAY + timedelta(days=18)
    world.clock.set(last + timedelta(days=5, hours=23))
    await world.settle()
    assert world.told() == []
    world.clock.set(last + timedelta(days=6))
    await world.settle()
    assert world.told() == ["dan"]
    [alert] = await world.alerts.find({"kind": "operational"})
    facts, _ = await world.alert(alert["alert_id"])
    assert facts.part("detail") == "no session has been heard of since 2026-01-30T10:00+00:00"
    await world.wait(minutes=2)
    await session(world)
    await world.wait(minutes=2)
    _, state = await world.alert(alert["alert_id"])
    assert (state.status, state.closed_by) == (Status.CLOSED, "alerting")
    assert world.told() == ["dan"]


async def test_a_site_that_is_new_has_no_usual_silence(world: World) -> None:
    await session(world)
    world.clock.advance(timedelta(days=40))
    await world.settle()


async def test_a_test_page_goes_the_way_of_a_risk_at_night_and_its_answer_ends_it(world: World) -> None:
    world.clock.set(datetime(2026, 1, 13, 3, 0, tzinfo=UTC))
    alert_id = await world.conditions.test_page(SITE, "test.1")
    assert await world.conditions.test_page(SITE, "test.1") == alert_id
    await world.settle()
    assert [text.test for _, _, text, _ in world.arrived] == [True]
    assert world.told() == [ON_CALL]
    await world.handlers.acknowledge(SITE, alert_id, ON_CALL)
    await world.wait(minutes=15)
    _, state = await world.alert(alert_id)
    assert (state.status, state.close_reason) == (Status.CLOSED, "the test page was answered")


async def test_a_test_page_that_nobody_answers_is_reported(world: World) -> None:
    await world.conditions.test_page(SITE, "test.1")
    await world.settle()
    await world.wait(minutes=15)
    await world.wait(minutes=15)
    assert world.told() == [ON_CALL, "dan", "dan"]
    assert len(await world.alerts.find({"kind": "operational"})) == 1


async def test_every_site_gets_one_test_page_a_day_at_its_hour(make_world) -> None:
    world = make_world(SITES, test_at=11)
    for minutes in range(0, 180, 20):
        world.clock.set(MONDAY + timedelta(minutes=minutes))
        await world.settle()
    assert world.told().count(ON_CALL) == 1


def pattern(revision: int = 4):
    return make(
        site_id=SITE,
        service="scoring",
        type="attune.caseload.pattern.v1",
        key="therapist-1",
        subject="therapists/therapist-1",
        cause="pattern-1",
        revision=revision,
        time=MONDAY,
        data=summaries.CaseloadPattern(
            site_id=SITE,
            pattern_id="pattern-1",
            therapist_id="therapist-1",
            client_ids=["client-1", "client-2", "client-3"],
            rupture_ids=["r1", "r2", "r3"],
            clients_needed=3,
            within_days=14,
            revision=revision,
        ),
    )


async def test_a_pattern_in_a_caseload_comes_to_the_supervisors_but_not_to_the_therapist_concerned(make_world) -> None:
    world = make_world(SUPERVISED)
    await world.hear(pattern(), agents.CASELOADS)
    await world.hear(pattern(), agents.CASELOADS)
    await world.settle()
    assert world.told() == ["ana"]
    await world.wait(days=4)
    assert world.told() == []


async def test_a_pattern_in_a_caseload_wakes_nobody(make_world) -> None:
    world = make_world(SUPERVISED)
    world.clock.set(datetime(2026, 1, 12, 22, 0, tzinfo=UTC))
    await world.hear(pattern(), agents.CASELOADS)
    await world.settle()
    assert world.told() == []
    world.clock.set(datetime(2026, 1, 13, 8, 0, tzinfo=UTC))
    await world.settle()
    assert world.told() == ["ana"]


async def test_without_supervisors_a_pattern_is_in_the_console_and_nobody_is_told(world: World) -> None:
    await world.hear(pattern(), agents.CASELOADS)
    await world.wait(days=4)
    [alert] = await world.alerts.find({"kind": "caseload"})
    _, state = await world.alert(alert["alert_id"])
    assert state.status is Status.TRIGGERED


UNREACHABLE_SOON = SITES.replace("people: [ana, ben]", "people: [ben, unreachable]")


async def test_a_shift_of_somebody_who_cannot_be_reached_is_told_in_time_and_once(make_world) -> None:
    world = make_world(UNREACHABLE_SOON)
    # Unreachable has the shift already, and Ben is the next one.
    await world.wait(minutes=1)
    assert world.told() == ["dan"]
    [alert] = await world.alerts.find({"kind": "operational"})
    facts, _ = await world.alert(alert["alert_id"])
    assert facts.part("detail") == "no-rule, unreachable-shift; see attune oncall readiness"
    await world.wait(minutes=10)
    assert world.told() == []


async def test_what_lacks_no_longer_closes_its_alert(make_world) -> None:
    world = make_world(UNREACHABLE_SOON)
    await world.wait(minutes=1)
    better = make_world(SITES, alerts=world.alerts, deliveries=world.deliveries)
    better.clock.set(world.clock.now())
    await better.wait(minutes=2)
    assert [alert["state"]["status"] for alert in await world.alerts.find({"kind": "operational"})] == ["closed"]
    assert (world.told(), better.told()) == (["dan"], ["dan"])


async def test_somebody_whom_no_rota_and_no_policy_tells_lacks_nothing(world: World) -> None:
    await world.wait(minutes=2)
    assert await world.alerts.find({"kind": "operational"}) == []


async def test_another_gap_of_the_same_rota_in_the_same_week_is_told_too(world: World) -> None:
    def gap(days: int) -> dict[str, list[Finding]]:
        begins = MONDAY + timedelta(days=days)
        ends = begins + timedelta(hours=8)
        return {SITE: [Finding(SITE, Lack.EMPTY_SHIFT, "main", starts_at=begins, ends_at=ends)]}

    told = []
    # The last two are one that lasts, whenever it is looked at.
    for days in (1, 1, 2, -1, 0):
        await world.conditions.lacks(gap(days))
        told.append(len(await world.alerts.find({"kind": "operational"})))
    assert told == [1, 1, 2, 3, 3]
    assert len(await world.alerts.find({"kind": "operational", "open": True})) == 1


async def test_a_fault_that_is_over_is_said_once_and_an_acknowledged_one_ends_with_the_acknowledgement(
    world: World,
) -> None:
    alert_id = await world.conditions.holds(SITE, "feed.1", "silent")
    await world.settle()
    assert world.told() == ["dan"]
    await world.handlers.acknowledge(SITE, alert_id, "dan")
    for _ in range(3):
        world.clock.advance(timedelta(minutes=1))
        await world.conditions.over(SITE, "feed.1")
    facts, _ = await world.alert(alert_id)
    assert [said.change for said in facts.said] == ["raised", "withdrawn"]
    await world.wait(days=1)
    _, state = await world.alert(alert_id)
    assert (world.told(), state.status, state.close_reason) == ([], Status.CLOSED, "it is over")


async def test_that_nobody_answered_is_over_when_somebody_has(world: World) -> None:
    alert_id = await world.rupture()
    await world.settle()
    for minutes in (5, 10, 15, 15):
        await world.wait(minutes=minutes)
    assert world.told() == [ON_CALL, "carla", "dan", "dan"]
    [unanswered] = await world.alerts.find({"kind": "operational"})
    await world.wait(minutes=1)
    assert (await world.alert(unanswered["alert_id"]))[1].status is Status.TRIGGERED
    await world.handlers.acknowledge(SITE, alert_id, "carla")
    await world.wait(minutes=5)
    assert (await world.alert(unanswered["alert_id"]))[1].status is Status.CLOSED
    world.told()
