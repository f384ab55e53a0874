"""What the console shows of alerts and clients, within what somebody may see: every query names a site."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from attune.alerting.v1 import alerting_service_pb2 as api
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import events_pb2 as scoring
from attune.scoring.v1 import scoring_service_pb2 as scoring_api
from google.protobuf.timestamp_pb2 import Timestamp

from services.alerting import messages, store
from services.alerting.book import Alert, Book
from services.alerting.domain.access import Account, Grant, Right
from services.alerting.domain.alert import State, Status, reference
from services.alerting.domain.delivery import Delivery
from services.alerting.domain.facts import Facts, Kind
from services.alerting.episodes import Episodes
from services.alerting.pages import Pages
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent, Transient
from services.runtime.telemetry import get_logger

MOST = 200  # open risks of one site that an inbox shows, and as many others (own)

log = get_logger(__name__)


class Scoring(Protocol):
    """What is asked of scoring."""

    async def trajectory(self, site_id: str, episode_id: str, language: str) -> scoring_api.GetTrajectoryResponse:
        """Return an episode's trajectory."""
        ...

    async def chart(self, site_id: str, episode_id: str) -> str:
        """Return it as SVG."""
        ...

    async def summary(self, site_id: str, since: Timestamp, until: Timestamp) -> scoring_api.GetSiteSummaryResponse:
        """Return a site's figures."""
        ...


class Intake(Protocol):
    """What is asked of intake."""

    async def episode(self, site_id: str, episode_id: str) -> intake.Episode:
        """Return an episode."""
        ...

    def episodes(self, site_id: str) -> AsyncIterator[intake.Episode]:
        """Go through a site's episodes."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """An alert in the inbox."""

    facts: Facts
    state: State
    rupture: scoring.Rupture | None

    @property
    def reference(self) -> str:
        """What people call the alert."""
        return reference(self.facts.alert_id)

    @property
    def deadline(self) -> datetime | None:
        """When it should be answered: a risk now, a rupture before the next booked session."""
        if self.facts.kind is Kind.RISK:
            return self.state.triggered_last
        if self.rupture is not None and self.rupture.HasField("next_session_at"):
            return messages.moment(self.rupture, "next_session_at")
        return None

    @property
    def order(self) -> tuple[bool, bool, datetime, str]:
        """What nobody has taken on before the rest, risk before rupture, the nearest deadline first."""
        taken = self.state.status is not Status.TRIGGERED
        due = self.deadline or self.state.next_action_at or self.state.triggered_last
        return (taken, self.facts.kind is not Kind.RISK, due, self.facts.alert_id)


@dataclass(frozen=True, slots=True)
class Inbox:
    """What needs somebody, the most urgent first. ``left_out``: there is more than is shown."""

    rows: Sequence[Row]
    left_out: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert with everything about it. ``away`` names what could not be asked."""

    row: Row
    timeline: Sequence[api.TimelineEntry]
    deliveries: Sequence[Delivery]
    trajectory: scoring_api.GetTrajectoryResponse | None = None
    away: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """An episode of care in a list."""

    episode: intake.Episode
    open_alerts: tuple[Row, ...] = ()


@dataclass(slots=True)
class Caseload:
    """One therapist's open episodes."""

    therapist_id: str
    clients: list[Client] = field(default_factory=list)


class Reading:
    """The queries of the console. ``grant`` is what the asker is at the site; what it does not cover is NotFound."""

    def __init__(
        self, book: Book, pages: Pages, episodes: Episodes, scoring: Scoring, intake: Intake, clock: Clock
    ) -> None:
        self._book = book
        self._pages = pages
        self._episodes = episodes
        self._scoring = scoring
        self._intake = intake
        self._clock = clock

    async def inbox(self, account: Account) -> Inbox:
        """Return the open alerts of every site that the account may see, the most urgent first."""
        sites = [await self.open_alerts(grant) for _, grant in sorted(account.grants.items())]
        rows = sorted((row for each in sites for row in each.rows), key=lambda row: row.order)
        return Inbox(rows, any(each.left_out for each in sites))

    async def open_alerts(self, grant: Grant) -> Inbox:
        """Return the open alerts of a site that somebody may see."""
        rights = grant.rights(self._clock.now())
        own: dict[str, object] = {}
        if Right.ALERTS not in rights:
            if Right.OWN not in rights or not grant.therapist_id:
                return Inbox((), left_out=False)
            own["facts.latest.payload.therapist_id"] = grant.therapist_id
        documents, left_out = await self._book.open_of(grant.site_id, MOST, own)
        rows = [_row(store.read_alert(document)) for document in documents]
        return Inbox([row for row in rows if await self._visible(grant, row)], left_out)

    async def row(self, grant: Grant, alert_id: str) -> Row:
        """Return an alert that somebody may see; NotFound otherwise, whatever the reason.

        Whoever sees an alert as the client's therapist has to be that still, and intake knows: Transient while it is
        away.
        """
        row = _row(await self._book.get(grant.site_id, alert_id))
        if not await self._visible(grant, row):
            raise NotFound("alert_id", "there is no such alert at this site")
        if Right.ALERTS not in grant.rights(self._clock.now()):
            episode = await self._intake.episode(grant.site_id, row.facts.part("episode_id"))
            if not grant.treats(episode.therapist_id):
                raise NotFound("alert_id", "there is no such alert at this site")
        return row

    async def _visible(self, grant: Grant, row: Row) -> bool:
        """Tell whether somebody may see an alert.

        Whoever may see every alert sees it. A therapist sees the ruptures of the own clients, but for those of a client
        who asked that ruptures go past the therapist (clinical reference 6.5).
        """
        facts, now = row.facts, self._clock.now()
        if Right.ALERTS in grant.rights(now):
            return True
        therapist_id = facts.part("therapist_id")
        if facts.kind is not Kind.RUPTURE or not grant.sees(therapist_id, Right.ALERTS, now):
            return False
        return await self._episodes.to_avoid(facts.site_id, facts.part("episode_id")) != therapist_id

    async def alert(self, grant: Grant, alert_id: str, language: str) -> Shown:
        """Return an alert with its history and, when scoring answers, its trajectory."""
        row = await self.row(grant, alert_id)
        deliveries = await self._pages.of_alert(grant.site_id, alert_id)
        timeline = messages.to_timeline(row.facts, row.state, deliveries)
        if row.facts.kind not in (Kind.RISK, Kind.RUPTURE):
            return Shown(row, timeline, deliveries)
        trajectory, away = await self._trajectory(grant.site_id, row.facts.part("episode_id"), language)
        return Shown(row, timeline, deliveries, trajectory, away)

    async def alert_chart(self, grant: Grant, alert_id: str) -> str:
        """Return the chart of an alert's episode."""
        row = await self.row(grant, alert_id)
        return await self._scoring.chart(grant.site_id, row.facts.part("episode_id"))

    async def client_chart(self, grant: Grant, episode_id: str) -> str:
        """Return an episode's chart."""
        await self.episode(grant, episode_id)
        return await self._scoring.chart(grant.site_id, episode_id)

    async def episode(self, grant: Grant, episode_id: str) -> intake.Episode:
        """Return an episode that somebody may see; NotFound otherwise."""
        episode = await self._intake.episode(grant.site_id, episode_id)
        if not grant.sees(episode.therapist_id, Right.CLIENTS, self._clock.now()):
            raise NotFound("episode_id", "there is no such episode at this site")
        return episode

    async def client(
        self, grant: Grant, episode_id: str, language: str
    ) -> tuple[intake.Episode, scoring_api.GetTrajectoryResponse | None, str]:
        """Return an episode with its trajectory, and what could not be asked."""
        episode = await self.episode(grant, episode_id)
        trajectory, away = await self._trajectory(grant.site_id, episode_id, language)
        return episode, trajectory, away

    async def own_clients(self, grant: Grant) -> list[Client]:
        """Return the open episodes of somebody's own clients."""
        return [
            client
            for caseload in await self._caseloads(grant, lambda episode: grant.treats(episode.therapist_id))
            for client in caseload.clients
        ]

    async def caseloads(self, grant: Grant) -> list[Caseload]:
        """Return every therapist's open episodes, by therapist_id and never by a figure."""
        return await self._caseloads(grant, lambda _: True)

    async def figures(
        self, site_id: str, periods: Iterable[tuple[datetime, datetime]]
    ) -> list[scoring_api.GetSiteSummaryResponse]:
        """Return a site's figures for each period."""
        return [await self._scoring.summary(site_id, _stamp(since), _stamp(until)) for since, until in periods]

    async def _caseloads(self, grant: Grant, wanted: Any) -> list[Caseload]:
        alerts = await self._alerts_by_episode(grant)
        found: dict[str, Caseload] = {}
        async for episode in self._intake.episodes(grant.site_id):
            if episode.status == intake.EPISODE_STATUS_OPEN and wanted(episode):
                caseload = found.setdefault(episode.therapist_id, Caseload(episode.therapist_id))
                caseload.clients.append(Client(episode, tuple(alerts.get(episode.episode_id, ()))))
        return [found[name] for name in sorted(found)]

    async def _alerts_by_episode(self, grant: Grant) -> Mapping[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in (await self.open_alerts(grant)).rows:
            found.setdefault(row.facts.part("episode_id"), []).append(row)
        return found

    async def _trajectory(
        self, site_id: str, episode_id: str, language: str
    ) -> tuple[scoring_api.GetTrajectoryResponse | None, str]:
        """Ask scoring; an alert is shown without it."""
        try:
            return await self._scoring.trajectory(site_id, episode_id, language), ""
        except NotFound:
            return None, ""
        except (Transient, Permanent) as error:
            log.warning("the console shows no trajectory", site_id=site_id, error=error)
            return None, "scoring"


def _row(alert: Alert) -> Row:
    facts, state = alert
    return Row(facts, state, messages.to_rupture(facts))


def _stamp(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp
