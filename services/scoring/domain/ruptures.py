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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid5

from services.scoring.domain import explain
from services.scoring.domain.detectors import (
    EMPTY,
    Answered,
    Baseline,
    Detector,
    Finding,
    Level,
    Memory,
    Verdict,
    finding,
)
from services.scoring.domain.inputs import Session
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import Severity, Watch
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


class Judged(NamedTuple):
    """What the chart shows at one rating: the level and the limit before it, the findings that alarmed, the quiet
    marks, and what each of the track's detectors said.
    """

    baseline: float | None
    limit: float | None
    findings: tuple[Finding, ...]
    markers: tuple[Finding, ...]
    verdicts: tuple[Verdict | None, ...]


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


class Track:
    """One client with one therapist on one version of an instrument: the reach of a baseline.

    ``watches`` are those of the instrument, in the order in which they take over; None for an instrument that is not
    watched. Detectors of all of them are asked from the start, so that each has seen the whole history when its watch
    takes over; only the watch in force raises anything.
    """

    def __init__(
        self,
        site_id: str,
        episode_id: str,
        client_id: str,
        therapist_id: str,
        instrument: Instrument,
        watches: Sequence[Watch] | None,
    ) -> None:
        self.site_id = site_id
        self.episode_id = episode_id
        self.client_id = client_id
        self.therapist_id = therapist_id
        self.instrument = instrument
        self.ruptures: list[Rupture] = []
        self._watches = tuple(watches or ())
        self._watch = self._watches[0] if self._watches else None
        chosen = {choice.detector: None for watch in self._watches for choice in watch.policy.choices}
        self.detectors: tuple[Detector, ...] = tuple(chosen)
        self._severities = self._severities_now()
        self._previous: Mapping[str, float] = {}
        self._open: _Open | None = None
        self._restart()

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def take(self, rated: Rated) -> Judged:
        """Judge the next rating against this track, and move its rupture on."""
        if self._watch is None:
            return _UNWATCHED
        if len(self._watches) > 1:
            self._hand_over(rated.session.scheduled_at)
        level = self._baseline.level
        alarms, markers, limit, verdicts = self._judge(rated)
        alarms.sort(key=_strength)
        if self._open is not None:
            self._continue(self._open, rated, alarms)
        elif alarms:
            self._begin(rated, level, alarms)
        else:
            self._settle(rated)
        self._previous = rated.scored.facets or self._previous
        return Judged(
            level.mean if level else None, limit, tuple(each for _, each in alarms), tuple(markers), tuple(verdicts)
        )

    def end(self, session_id: str, at: datetime) -> None:
        """End an open rupture that can no longer be repaired on this track."""
        if self._open is not None:
            self._close(self._open, Status.ENDED, session_id, at, None)

    def all_ruptures(self, next_session_at: datetime | None) -> list[Rupture]:
        """Every rupture of the track; the open one knows the next booked session."""
        if self._open is None:
            return self.ruptures
        return [*self.ruptures, self._rupture(self._open, Status.OPEN, "", None, next_session_at)]

    def _judge(
        self, rated: Rated
    ) -> tuple[list[tuple[Detector, Finding]], list[Finding], float | None, list[Verdict | None]]:
        answered = Answered(rated.scored.total, rated.scored.tension)
        before, memories = self._baseline, self._memories
        alarms: list[tuple[Detector, Finding]] = []
        markers: list[Finding] = []
        limit: float | None = None
        verdicts: list[Verdict | None] = []
        for place, detector in enumerate(self.detectors):
            verdict, memory = detector.judge(answered, before, memories[place])
            verdicts.append(verdict)
            if self._open is None:
                memories[place] = memory
            if verdict is None:
                continue
            severity = self._severities[place]
            if severity is Severity.RUPTURE:
                if verdict.limit is not None and (limit is None or verdict.limit > limit):
                    limit = verdict.limit
                if verdict.alarm:
                    alarms.append((detector, finding(detector, verdict, answered, before)))
            elif severity is Severity.MARKER and verdict.alarm:
                markers.append(finding(detector, verdict, answered, before))
        return alarms, markers, limit, verdicts

    def _hand_over(self, at: datetime) -> None:
        """Let the watch of that time take over."""
        due = [watch for watch in self._watches if watch.since is None or watch.since <= at]
        if due[-1] is not self._watch:
            self._watch = due[-1]
            self._severities = self._severities_now()
            self._baseline.shrink_to(self._watch.population)

    def _severities_now(self) -> tuple[Severity | None, ...]:
        if self._watch is None:
            return ()
        chosen = {choice.detector: choice.severity for choice in self._watch.policy.choices}
        return tuple(chosen.get(detector) for detector in self.detectors)

    def _begin(self, rated: Rated, level: Level | None, alarms: Sequence[tuple[Detector, Finding]]) -> None:
        total = rated.scored.total
        usual = {facet: sum(values) / len(values) for facet, values in self._profile.items()}
        facet = explain.most_fallen(usual, rated.scored.facets, self.instrument)
        opened = _Open(
            rupture_id=rupture_id(
                self.site_id, self.episode_id, self.client_id, self.instrument.id, rated.session.session_id
            ),
            opened=rated.session,
            level=level,
            findings=tuple(each for _, each in alarms),
            statistical=any(each.z is not None for _, each in alarms),
            depth=max(0.0, level.mean - total) if level and total is not None else None,
            facet=facet,
            explanation=explain.sentence(alarms, facet, usual, self._previous, rated.scored),
        )
        self._forget()
        self._open = opened
        if not opened.statistical and rated.scored.resolved:
            self._close(opened, Status.REPAIRED, rated.session.session_id, rated.session.scheduled_at, None)

    def _continue(self, opened: _Open, rated: Rated, alarms: Sequence[tuple[Detector, Finding]]) -> None:
        session, total = rated.session, rated.scored.total
        if total is None and rated.scored.tension is None:
            return  # nothing was answered that could tell
        opened.answered += 1
        fell = any(each.z is not None for _, each in alarms)
        if self._returned(opened, rated, fell):
            self._close(opened, Status.REPAIRED, session.session_id, session.scheduled_at, None)
            self._settle(rated)
            return
        opened.statistical = opened.statistical or fell
        if opened.level and total is not None:
            opened.depth = max(opened.depth or 0.0, opened.level.mean - total)
        if self._watch is not None and opened.answered >= self._watch.policy.repair_sessions:
            if opened.statistical:
                self._restart()
            self._close(opened, Status.UNREPAIRED, session.session_id, session.scheduled_at, session.next_session_at)

    def _returned(self, opened: _Open, rated: Rated, fell: bool) -> bool:
        if rated.scored.tension and not rated.scored.resolved:
            return False
        if not opened.statistical:
            return not fell
        total, population = rated.scored.total, self._baseline.population
        if total is None or opened.level is None or population is None:
            return False
        return total >= opened.level.mean - population.sem

    def _settle(self, rated: Rated) -> None:
        """Take a rating into the baseline."""
        if rated.scored.total is None:
            return
        self._baseline.add(rated.scored.total)
        for facet, value in rated.scored.facets.items():
            self._profile.setdefault(facet, []).append(value)

    def _restart(self) -> None:
        self._baseline = Baseline(self.instrument, self._watch.population if self._watch else None)
        self._profile: dict[str, list[float]] = {}
        self._forget()

    def _forget(self) -> None:
        self._memories: list[Memory] = [EMPTY] * len(self.detectors)

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


def _strength(alarm: tuple[Detector, Finding]) -> float:
    """The client's own word first, then the most unlikely statistic."""
    z = alarm[1].z
    return float("-inf") if z is None else z


_UNWATCHED = Judged(None, None, (), (), ())
