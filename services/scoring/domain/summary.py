"""The figures of a site over a period: for support and supervision, never to rank anybody.

Clinical reference 2.1: methods of detection disagree, so figures belong to one instrument and name their methods, and
those of different methods may not be compared. 6.3: therapists are data subjects, too; figures of fewer than five
clients are withheld. Definitions, our own where no source is named:

- A session counts by when it was booked for. A client *rates* a session when the form has a total.
- The rupture rate is the share of rated sessions in which a rupture opened; each client's session can open one. A
  rupture that opened without a rating (a report on a form without a total, a silence) is counted, but not in the rate.
- The repair rate is the share repaired among ruptures that opened in the period and are over: repaired, not repaired
  within the window, or ended with the episode of care. Those still open are counted apart.
- A rupture that a clinician dismissed was none: it is in no figure.
- Time to repair counts the client's rated sessions from the one after the opening to the one that repaired it, and the
  days between the two.
- A silent client has answered before, and left the last two sessions that were held unanswered (clinical reference
  2.4, extra input 4).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.scoring.domain.intervals import Median, Proportion, median_interval, proportion
from services.scoring.domain.ruptures import Rupture, Status
from services.scoring.domain.suppression import suppressed, too_few

SILENT_AFTER = 2  # sessions held and not answered
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` until before ``until``."""

    since: datetime
    until: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Held:
    """A session that took place."""

    session_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """One client's form of one session; ``rated`` when it has a total."""

    session_id: str
    at: datetime
    client_id: str
    therapist_id: str
    instrument_id: str
    rated: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a summary needs of one episode of care. ``held`` and ``answers`` are in the order of sessions."""

    held: Sequence[Held]
    answers: Sequence[Answer]
    ruptures: Sequence[Rupture]


@dataclass(frozen=True, slots=True)
class InstrumentFigures:
    """What one instrument showed; None of it when there are too few clients."""

    clients: int
    rated_sessions: int
    ruptures: int
    rupture_rate: Proportion
    clients_with_rupture: Proportion
    repair_rate: Proportion
    still_open: int
    sessions_to_repair: Median
    days_to_repair: Median
    methods: tuple[str, ...]
    policy_versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ResponseFigures:
    """How many answer at all."""

    clients: int
    response_rate: Proportion
    silent_clients: Proportion


@dataclass(frozen=True, slots=True)
class CaseloadFigures:
    """One therapist's clients."""

    clients: int
    rated_sessions: int
    clients_with_rupture: Proportion
    repair_rate: Proportion
    open_ruptures: int


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """By instrument and by therapist, in the order of their ids. None stands for what is withheld."""

    period: Period
    instruments: Mapping[str, InstrumentFigures | None]
    responses: ResponseFigures | None
    caseloads: Mapping[str, CaseloadFigures | None]


@dataclass(slots=True)
class _Group:
    """Counts of one instrument or one therapist."""

    clients: set[str] = field(default_factory=set)
    rated: int = 0
    ruptures: int = 0
    opened_by_rating: int = 0
    with_rupture: set[str] = field(default_factory=set)
    outcomes: Counter[Status] = field(default_factory=Counter)
    sessions: list[float] = field(default_factory=list)
    days: list[float] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)
    policies: set[int] = field(default_factory=set)

    def rate(self, answer: Answer) -> None:
        self.clients.add(answer.client_id)
        self.rated += 1

    def open(self, rupture: Rupture, rated: bool) -> None:
        self.ruptures += 1
        self.opened_by_rating += rated
        self.outcomes[rupture.status] += 1
        self.methods.update(f"{finding.detector} {finding.version}" for finding in rupture.findings)
        # A client can report a rupture on a form that has no total.
        self.clients.add(rupture.client_id)
        self.with_rupture.add(rupture.client_id)

    def repaired(self) -> Proportion:
        over = sum(self.outcomes[status] for status in (Status.REPAIRED, Status.UNREPAIRED, Status.ENDED))
        return proportion(self.outcomes[Status.REPAIRED], over)


class Summary:
    """Adds up episodes of care, one after another, in any order. ``version_at`` gives the number of the policy that
    judges an instrument's session of some time.
    """

    def __init__(self, period: Period, version_at: Callable[[str, datetime], int]) -> None:
        self._period = period
        self._version_at = version_at
        self._instruments: dict[str, _Group] = defaultdict(_Group)
        self._therapists: dict[str, _Group] = defaultdict(_Group)
        self._held = 0
        self._answered = 0
        self._clients: set[str] = set()
        self._heard: set[str] = set()
        self._silent: set[str] = set()

    def add(self, facts: Facts) -> None:
        """Take in one episode of care."""
        period = self._period
        for answer in facts.answers:
            if answer.rated and answer.at in period:
                group = self._instruments[answer.instrument_id]
                group.rate(answer)
                group.policies.add(self._version_at(answer.instrument_id, answer.at))
                self._therapists[answer.therapist_id].rate(answer)
        for rupture in facts.ruptures:
            if rupture.opened_at in period and rupture.status is not Status.DISMISSED:
                self._open(facts, rupture)
        self._respond(facts)

    def result(self) -> SiteSummary:
        """The figures of everything added so far."""
        hidden = suppressed({name: len(group.clients) for name, group in self._therapists.items()})
        return SiteSummary(
            period=self._period,
            instruments={
                name: None if too_few(len(group.clients)) else _instrument(group)
                for name, group in sorted(self._instruments.items())
            },
            responses=self._responses(),
            caseloads={
                name: None if name in hidden else _caseload(group) for name, group in sorted(self._therapists.items())
            },
        )

    def _open(self, facts: Facts, rupture: Rupture) -> None:
        group = self._instruments[rupture.instrument_id]
        here = (rupture.opened_session_id, rupture.client_id, rupture.instrument_id)
        rated = any(
            answer.rated and (answer.session_id, answer.client_id, answer.instrument_id) == here
            for answer in facts.answers
        )
        group.open(rupture, rated)
        self._therapists[rupture.therapist_id].open(rupture, rated)
        if rupture.status is Status.REPAIRED and rupture.closed_at is not None:
            group.sessions.append(float(_rated_between(facts.answers, rupture)))
            group.days.append((rupture.closed_at - rupture.opened_at) / _DAY)

    def _respond(self, facts: Facts) -> None:
        past = [session for session in facts.held if session.at < self._period.until]
        here = [session for session in past if session.at in self._period]
        if not here:
            return
        answered = {answer.session_id for answer in facts.answers}
        self._held += len(here)
        self._answered += sum(session.session_id in answered for session in here)
        last = {session.session_id for session in past[-SILENT_AFTER:]}
        for client in {answer.client_id for answer in facts.answers if answer.at < self._period.until}:
            self._clients.add(client)
            if len(past) <= SILENT_AFTER:
                continue
            self._heard.add(client)
            if not any(answer.client_id == client and answer.session_id in last for answer in facts.answers):
                self._silent.add(client)

    def _responses(self) -> ResponseFigures | None:
        if too_few(len(self._clients)):
            return None
        return ResponseFigures(
            clients=len(self._clients),
            response_rate=proportion(self._answered, self._held),
            silent_clients=proportion(len(self._silent), len(self._heard)),
        )


def _rated_between(answers: Iterable[Answer], rupture: Rupture) -> int:
    """The client's rated sessions after the opening, until the one that closed it."""
    assert rupture.closed_at is not None
    return len(
        {
            answer.session_id
            for answer in answers
            if answer.rated
            and (answer.client_id, answer.instrument_id) == (rupture.client_id, rupture.instrument_id)
            and rupture.opened_at < answer.at <= rupture.closed_at
        }
    )


def _instrument(group: _Group) -> InstrumentFigures:
    return InstrumentFigures(
        clients=len(group.clients),
        rated_sessions=group.rated,
        ruptures=group.ruptures,
        rupture_rate=proportion(group.opened_by_rating, group.rated),
        clients_with_rupture=proportion(len(group.with_rupture), len(group.clients)),
        repair_rate=group.repaired(),
        still_open=group.outcomes[Status.OPEN],
        sessions_to_repair=median_interval(group.sessions),
        days_to_repair=median_interval(group.days),
        methods=tuple(sorted(group.methods)),
        policy_versions=tuple(sorted(group.policies)),
    )


def _caseload(group: _Group) -> CaseloadFigures:
    return CaseloadFigures(
        clients=len(group.clients),
        rated_sessions=group.rated,
        clients_with_rupture=proportion(len(group.with_rupture), len(group.clients)),
        repair_rate=group.repaired(),
        open_ruptures=group.outcomes[Status.OPEN],
    )
