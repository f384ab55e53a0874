"""Silences and maintenance: pages that wait, by whose wish, why, and until when."""

from datetime import datetime, timedelta

import pytest

from services.alerting.domain.silence import Scope
from services.runtime.errors import Conflict, NotFound, Permanent
from tests.unit.alerting.world import ON_CALL, SITE, World


async def silence(world: World, scope: Scope = Scope.EPISODE, subject: str = "episode-1", **lasts: float):
    until = world.clock.now() + timedelta(**(lasts or {"hours": 2}))
    return await world.silences.create(SITE, scope, subject, "carla", "known; in session at noon", None, until)


async def test_a_silenced_rupture_tells_nobody_and_says_so_in_its_history(world: World) -> None:
    await silence(world)
    alert_id = await world.rupture()
    await world.wait(hours=1)
    _, state = await world.alert(alert_id)
    assert state.timeline[-1].what == "silenced"
    assert state.timeline[-1].detail == "until 2026-01-12T12:00:00+00:00: known; in session at noon"


@pytest.mark.parametrize(("scope", "subject"), [(Scope.SITE, ""), (Scope.THERAPIST, "therapist-1")])
async def test_maintenance_and_a_therapists_silence_keep_the_alert_and_defer_the_page(world, scope, subject) -> None:
    await silence(world, scope, subject)
    await world.rupture()
    await world.wait(hours=1, minutes=59)
    assert world.told() == []
    await world.wait(minutes=1)
    assert world.told() == [ON_CALL]


@pytest.mark.parametrize("scope", list(Scope))
async def test_nothing_silences_a_risk(world: World, scope: Scope) -> None:
    await silence(world, scope, {Scope.EPISODE: "episode-1", Scope.THERAPIST: "therapist-1", Scope.SITE: ""}[scope])
    await world.risk()
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_ending_a_silence_lets_the_page_go_at_once_and_not_when_it_would_have_ended(world: World) -> None:
    made = await silence(world)
    await world.rupture()
    await world.wait(minutes=10)
    await world.silences.end(SITE, made.silence_id, "ben")
    await world.settle()
    assert world.told() == [ON_CALL]
    ended = await world.silences.get(SITE, made.silence_id)
    assert (ended.ended_by, ended.ends_at, ended.released) == ("ben", world.clock.now(), True)


async def test_a_page_that_was_planned_before_the_silence_waits_too_and_goes_when_it_ends(world: World) -> None:
    alert_id = await world.rupture()
    await world.escalations.escalate((SITE, alert_id), fence=1)
    made = await silence(world)
    await world.settle()
    assert world.told() == []
    [page] = await world.deliveries_of(alert_id)
    assert page.held == "silenced until 2026-01-12T12:00:00+00:00 by carla: known; in session at noon"
    await world.silences.end(SITE, made.silence_id, "ben")
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_changing_a_silence_makes_a_new_one_and_the_old_one_says_so(world: World) -> None:
    made = await silence(world)
    await world.rupture()
    await world.settle()
    until = world.clock.now() + timedelta(hours=5)
    new = await world.silences.change(SITE, made.silence_id, "ben", "", until)
    old = await world.silences.get(SITE, made.silence_id)
    assert (old.replaced_by, old.ended_by) == (new.silence_id, "ben")
    assert (new.author, new.reason, new.ends_at) == ("ben", made.reason, until)
    await world.wait(hours=4, minutes=59)
    assert world.told() == []
    await world.wait(minutes=1)
    assert world.told() == [ON_CALL]
    with pytest.raises(Conflict, match="is over"):
        await world.silences.change(SITE, made.silence_id, "ben", "", until + timedelta(hours=1))


async def test_those_who_were_paged_hear_of_the_end_though_the_alert_is_silenced(world: World) -> None:
    alert_id = await world.rupture()
    await world.settle()
    assert world.told() == [ON_CALL]
    await silence(world)
    await world.handlers.close(SITE, alert_id, "carla", "seen")
    await world.settle()
    assert world.told() == [ON_CALL]


@pytest.mark.parametrize(
    ("scope", "subject", "reason", "hours", "field"),
    [
        (Scope.EPISODE, "", "why", 1, "subject"),
        (Scope.SITE, "x", "why", 1, "subject"),
        (Scope.EPISODE, "e", " ", 1, "reason"),
        (Scope.EPISODE, "e", "why", 0, "ends_at"),
        (Scope.EPISODE, "e", "why", 24 * 14 + 1, "ends_at"),
        (Scope.SITE, "", "why", 25, "ends_at"),
    ],
)
async def test_a_silence_without_a_subject_a_reason_or_a_near_end_is_refused(
    world: World, scope: Scope, subject: str, reason: str, hours: int, field: str
) -> None:
    until: datetime = world.clock.now() + timedelta(hours=hours)
    with pytest.raises(Permanent, match=f"^{field}: "):
        await world.silences.create(SITE, scope, subject, "carla", reason, None, until)


async def test_only_people_of_the_site_can_silence(world: World) -> None:
    with pytest.raises(NotFound, match="person_id"):
        await world.silences.create(SITE, Scope.SITE, "", "stranger", "why", None, world.clock.now())
    with pytest.raises(NotFound, match="silence_id"):
        await world.silences.end(SITE, "none", "ben")


async def test_a_page_that_went_with_anothers_message_is_no_longer_the_silences(world: World) -> None:
    made = await silence(world)
    alert_id = await world.rupture()
    # Planned just before the silence was known, and held by it; then another page's message told of it.
    await world.silences.end(SITE, made.silence_id, "ben")
    await world.escalations.escalate((SITE, alert_id), fence=1)
    [page] = await world.deliveries_of(alert_id)
    await world.pages.hold(page, made.ends_at, "silenced", made.silence_id)
    await world.pages.join(page, page)
    await world.settle()
    assert (await world.deliveries_of(alert_id))[0].held_by == ""
    assert (await world.silences.get(SITE, made.silence_id)).released


async def test_a_risk_does_not_wait_until_an_ended_silence_has_let_everything_go(world: World, monkeypatch) -> None:
    made = await silence(world)
    for number in range(3):
        await world.rupture(rupture_id=f"rupture-{number}")
    await world.settle()
    monkeypatch.setattr("services.alerting.engine.modules.BUDGET", 0.0)
    await world.silences.end(SITE, made.silence_id, "ben")
    await world.risk()
    await world.engine.cycle()
    await world.send.idle()
    assert world.told() == [ON_CALL]
    assert len(await world.alerts.find({"held_by": made.silence_id})) == 3
