"""Which alerts the console shows to whom, also when somebody else treats the client now, and when there are many."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from attune.intake.v1 import events_pb2 as intake

from services.alerting.book import Book
from services.alerting.console import reading
from services.alerting.console.reading import Reading
from services.alerting.domain.access import Account, Grant, Role
from services.alerting.domain.facts import Kind
from services.runtime.errors import NotFound, Transient
from tests.unit.alerting.test_concerns import episode_event
from tests.unit.alerting.world import SITE, World


class Clinic:
    """Intake's answers: one open episode, with the therapist who treats now."""

    def __init__(self) -> None:
        self.therapist_id = "therapist-1"
        self.away = False

    async def episode(self, site_id: str, episode_id: str) -> intake.Episode:
        if self.away:
            raise Transient("intake")
        return intake.Episode(
            site_id=site_id,
            episode_id=episode_id,
            therapist_id=self.therapist_id,
            status=intake.EPISODE_STATUS_OPEN,
        )

    async def episodes(self, site_id: str) -> AsyncIterator[intake.Episode]:
        yield await self.episode(site_id, "episode-1")


class Desk:
    def __init__(self, world: World) -> None:
        self.clinic = Clinic()
        book = Book(world.alerts, world.clock)
        no_scoring: Any = None
        self.reading = Reading(book, world.pages, world.episodes, no_scoring, self.clinic, world.clock)


def grant(*roles: Role, therapist: str = "therapist-1") -> Grant:
    return Grant(SITE, frozenset(roles), therapist_id=therapist)


THERAPIST = grant(Role.THERAPIST)
SUPERVISOR = grant(Role.SUPERVISOR)


def account(of: Grant) -> Account:
    return Account("ana", "", "", {SITE: of})


async def shown_with_clients(desk: Desk, who: Grant) -> set[str]:
    clients = await desk.reading.own_clients(who)
    assert [each.episode.episode_id for each in clients] == ["episode-1"]
    return {row.facts.alert_id for each in clients for row in each.open_alerts}


async def test_the_list_of_clients_names_no_alert_that_is_kept_from_the_therapist(world: World) -> None:
    desk = Desk(world)
    risk, rupture = await world.risk(), await world.rupture()
    assert await shown_with_clients(desk, THERAPIST) == {rupture}
    assert await shown_with_clients(desk, SUPERVISOR) == {risk, rupture}
    await world.hear(episode_event(past_therapist=True))
    assert await shown_with_clients(desk, THERAPIST) == set()


async def test_who_no_longer_treats_the_client_reads_no_alert_of_before(world: World) -> None:
    desk = Desk(world)
    alert_id = await world.rupture()
    assert (await desk.reading.row(THERAPIST, alert_id)).facts.alert_id == alert_id
    desk.clinic.away = True
    with pytest.raises(Transient):
        await desk.reading.row(THERAPIST, alert_id)
    desk.clinic.away, desk.clinic.therapist_id = False, "therapist-2"
    for ask in (desk.reading.row(THERAPIST, alert_id), desk.reading.alert_chart(THERAPIST, alert_id)):
        with pytest.raises(NotFound):
            await ask
    desk.clinic.away = True
    assert await desk.reading.row(SUPERVISOR, alert_id), "whoever may see every alert waits for nobody"


async def test_no_number_of_other_alerts_hides_a_risk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 2)
    desk = Desk(world)
    risk = await world.risk()
    assert not (await desk.reading.inbox(account(SUPERVISOR))).left_out
    for number in range(3):
        await world.rupture(rupture_id=f"rupture-{number}")
    inbox = await desk.reading.inbox(account(SUPERVISOR))
    assert inbox.rows[0].facts.alert_id == risk
    assert [row.facts.kind for row in inbox.rows] == [Kind.RISK, Kind.RUPTURE, Kind.RUPTURE]
    assert inbox.left_out
