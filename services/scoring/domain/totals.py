"""A series of totals without the forms behind them, judged as the service judges a client's forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.scoring.domain.detectors import Answered, Detector, Finding, Level, Memory
from services.scoring.domain.inputs import Session
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import Policy
from services.scoring.domain.population import Population
from services.scoring.domain.ruptures import Judged, Rated, Rupture, Track
from services.scoring.domain.scores import Scored

# Where dates are not known only their order matters (own).
_FIRST, _BETWEEN = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Total:
    """One session: its total, None when there is none, and the answer to the direct question where it was asked."""

    value: float | None
    tension: bool | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was seen at one total: what the chart shows, and what each detector said, by name."""

    judged: Judged
    said: Mapping[str, Finding | None]


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen at each total, and the ruptures, whose session ids are the places of the totals, from 1."""

    judgements: tuple[Judgement, ...]
    ruptures: tuple[Rupture, ...]


@dataclass(slots=True)
class _Heard:
    """A detector, and what it said last: a track tells alarms only."""

    detector: Detector
    said: Finding | None = None
    name: str = field(init=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.version = self.detector.name, self.detector.version

    def judge(self, answered: Answered, level: Level | None, memory: Memory) -> tuple[Finding | None, Memory]:
        self.said, memory = self.detector.judge(answered, level, memory)
        return self.said, memory


def watch(instrument: Instrument, totals: Sequence[Total], policy: Policy, population: Population) -> Watched:
    """Judge one client's totals, in the order of sessions, with one therapist on one version of the instrument."""
    heard = tuple(_Heard(detector) for detector in policy.detectors)
    hearing = Policy(policy.name, policy.version, heard, policy.repair_sessions)
    track = Track("", "", "", "", instrument, population, hearing)
    judgements = []
    for place, total in enumerate(totals, start=1):
        session = Session(
            session_id=str(place),
            scheduled_at=total.at or _FIRST + place * _BETWEEN,
            therapist_id="",
            next_session_at=None,
        )
        scored = Scored(total.value, {}, {}, (), "", total.tension, resolved=False)
        judged = track.take(Rated(session, "", scored))
        judgements.append(Judgement(judged, {each.name: each.said for each in heard}))
    return Watched(tuple(judgements), tuple(track.all_ruptures(None)))
