"""The life of a rupture: it opens on an alarm, and is repaired, or not within its window, or ends with the episode of
care.

Clinical reference 2.5. While a rupture is open the baseline is frozen, and the ratings from its opening on stay out
of later baselines; the rating that repairs it belongs to the baseline again. Two choices of ours, where the reference
is silent:

- After a rupture that was not repaired in time the baseline starts afresh, because the old level no longer describes
  the client; a further fall is then seen against the new level instead of the same one being announced again and
  again.
- A rupture that the client reported, without a fall in the ratings, is repaired when the client says in the same
  session that it was resolved, or at the next answered session without unresolved tension and without an alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from services.scoring.domain import explain
from services.scoring.domain.detectors import Answered, Baseline, Finding, Level, Memory
from services.scoring.domain.inputs import Session
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import Policy
from services.scoring.domain.population import Population
from services.scoring.domain.scores import Scored

# uuid5(NAMESPACE_URL, "https://attune.invalid/ruptures"): fixed for ever, or known ruptures would change their ids.
NAMESPACE = UUID("f114a5da-a188-55ad-86af-403ef9332bb5")


class Status(StrEnum):
    """Where a rupture is in its life."""

    OPEN = "open"
    REPAIRED = "repaired"
    UNREPAIRED = "unrepaired"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"  # late or corrected ratings show that there was none; never the outcome of an assessment


@dataclass(frozen=True, slots=True)
class Rupture:
    """A rupture as an assessment sees it. ``depth`` is the deepest fall below ``baseline`` while it was open."""

    rupture_id: str
    client_id: str
    therapist_id: str
    instrument_id: str
    status: Status
    opened_session_id: str
    opened_at: datetime
    closed_session_id: str
    closed_at: datetime | None
    findings: tuple[Finding, ...]
    baseline: float | None
    depth: float | None
    facet: str
    explanation: str
    next_session_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rated:
    """One session's answers, scored, in the order of sessions."""

    session: Session
    therapist_id: str
    scored: Scored


@dataclass(frozen=True, slots=True)
class Judged:
    """What the chart shows at one rating: the level and the limit before it, and the detectors that alarmed."""

    baseline: float | None
    limit: float | None
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Open:
    """A rupture that is open, with the level as it was before."""

    rupture_id: str
    opened: Session
    level: Level | None
    findings: tuple[Finding, ...]
    statistical: bool  # the ratings fell; otherwise the client's word alone
    depth: float | None
    facet: str
    explanation: str
    answered: int = 0  # sessions answered since the opening


@dataclass(slots=True)
class Track:
    """One client with one therapist on one version of an instrument: the reach of a baseline."""

    site_id: str
    episode_id: str
    client_id: str
    therapist_id: str
    instrument: Instrument
    population: Population | None
    policy: Policy
    ruptures: list[Rupture] = field(default_factory=list)
    _baseline: Baseline | None = None
    _memories: dict[str, Memory] = field(default_factory=dict)
    _profile: dict[str, list[float]] = field(default_factory=dict)
    _previous: Mapping[str, float] = field(default_factory=dict)
    _open: _Open | None = None

    def __post_init__(self) -> None:
        self._restart()

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def take(self, rated: Rated) -> Judged:
        """Judge the next rating against this track, and move its rupture on."""
        frozen = self._open
        level = frozen.level if frozen else (self._baseline.level() if self._baseline else None)
        found = self._judge(rated, level)
        alarms = _strongest_first(finding for finding in found if finding.alarm)
        if frozen:
            self._continue(frozen, rated, alarms)
        elif alarms:
            self._begin(rated, level, alarms)
        else:
            self._settle(rated)
        self._previous = rated.scored.facets or self._previous
        limits = [finding.limit for finding in found if finding.limit is not None]
        return Judged(level.mean if level else None, max(limits, default=None), alarms)

    def end(self, session_id: str, at: datetime) -> None:
        """End an open rupture that can no longer be repaired on this track."""
        if self._open is not None:
            self._close(self._open, Status.ENDED, session_id, at, None)

    def all_ruptures(self, next_session_at: datetime | None) -> list[Rupture]:
        """Every rupture of the track; the open one knows the next booked session."""
        if self._open is None:
            return self.ruptures
        return [*self.ruptures, self._rupture(self._open, Status.OPEN, "", None, next_session_at)]

    def _judge(self, rated: Rated, level: Level | None) -> list[Finding]:
        answered = Answered(rated.scored.total, rated.scored.tension)
        found = []
        for detector in self.policy.detectors:
            finding, memory = detector.judge(answered, level, self._memories.get(detector.name, {}))
            if self._open is None:
                self._memories[detector.name] = memory
            if finding is not None:
                found.append(finding)
        return found

    def _begin(self, rated: Rated, level: Level | None, alarms: tuple[Finding, ...]) -> None:
        total = rated.scored.total
        usual = {facet: sum(values) / len(values) for facet, values in self._profile.items()}
        facet = explain.most_fallen(usual, rated.scored.facets, self.instrument)
        opened = _Open(
            rupture_id=rupture_id(
                self.site_id, self.episode_id, self.client_id, self.instrument.id, rated.session.session_id
            ),
            opened=rated.session,
            level=level,
            findings=alarms,
            statistical=any(finding.z is not None for finding in alarms),
            depth=max(0.0, level.mean - total) if level and total is not None else None,
            facet=facet,
            explanation=explain.sentence(alarms, facet, usual, self._previous, rated.scored),
        )
        self._memories.clear()
        self._open = opened
        if not opened.statistical and rated.scored.resolved:
            self._close(opened, Status.REPAIRED, rated.session.session_id, rated.session.scheduled_at, None)

    def _continue(self, opened: _Open, rated: Rated, alarms: tuple[Finding, ...]) -> None:
        session, total = rated.session, rated.scored.total
        if total is None and rated.scored.tension is None:
            return  # nothing was answered that could tell
        opened.answered += 1
        if self._returned(opened, rated, alarms):
            self._close(opened, Status.REPAIRED, session.session_id, session.scheduled_at, None)
            self._settle(rated)
            return
        opened.statistical = opened.statistical or any(finding.z is not None for finding in alarms)
        if opened.level and total is not None:
            opened.depth = max(opened.depth or 0.0, opened.level.mean - total)
        if opened.answered >= self.policy.repair_sessions:
            if opened.statistical:
                self._restart()
            self._close(opened, Status.UNREPAIRED, session.session_id, session.scheduled_at, session.next_session_at)

    def _returned(self, opened: _Open, rated: Rated, alarms: tuple[Finding, ...]) -> bool:
        if rated.scored.tension and not rated.scored.resolved:
            return False
        if not opened.statistical:
            return not any(finding.z is not None for finding in alarms)
        total = rated.scored.total
        if total is None or opened.level is None or self.population is None:
            return False
        return total >= opened.level.mean - self.population.sem

    def _settle(self, rated: Rated) -> None:
        """Take a rating into the baseline."""
        if rated.scored.total is None or self._baseline is None:
            return
        self._baseline.add(rated.scored.total)
        for facet, value in rated.scored.facets.items():
            self._profile.setdefault(facet, []).append(value)

    def _restart(self) -> None:
        self._baseline = Baseline(self.population) if self.population else None
        self._memories = {}
        self._profile = {}

    def _close(self, opened: _Open, status: Status, session_id: str, at: datetime, next_at: datetime | None) -> None:
        self._open = None
        self.ruptures.append(self._rupture(opened, status, session_id, at, next_at))

    def _rupture(
        self, opened: _Open, status: Status, session_id: str, at: datetime | None, next_at: datetime | None
    ) -> Rupture:
        return Rupture(
            rupture_id=opened.rupture_id,
            client_id=self.client_id,
            therapist_id=self.therapist_id,
            instrument_id=self.instrument.id,
            status=status,
            opened_session_id=opened.opened.session_id,
            opened_at=opened.opened.scheduled_at,
            closed_session_id=session_id,
            closed_at=at,
            findings=opened.findings,
            baseline=opened.level.mean if opened.level else None,
            depth=opened.depth,
            facet=opened.facet,
            explanation=opened.explanation,
            next_session_at=next_at,
        )


def rupture_id(site_id: str, episode_id: str, client_id: str, instrument_id: str, session_id: str) -> str:
    """The id of the one rupture that can open there."""
    return str(uuid5(NAMESPACE, "\n".join((site_id, episode_id, client_id, instrument_id, session_id))))


def _strongest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The client's own word first, then the most unlikely statistic."""
    return tuple(sorted(findings, key=lambda finding: float("-inf") if finding.z is None else finding.z))
