"""A series of totals without the forms behind them, judged as the service judges a client's forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.scoring.domain.detectors import Detector
from services.scoring.domain.inputs import Session, SessionStatus
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import Policy, Watch
from services.scoring.domain.population import Population
from services.scoring.domain.ruptures import Rupture
from services.scoring.domain.scores import Scored
from services.scoring.domain.track import NOTHING_ANSWERED, Judged, Rated, Track

# Where dates are not known only their order matters (own).
_FIRST, _BETWEEN = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Total:
    """One session: its total, None when there is none, and the answer to the direct question where it was asked."""

    value: float | None
    tension: bool | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen: for each total what the detectors said, in the order of ``detectors``, and the ruptures, whose
    session ids are the places of the totals, from 1.
    """

    judged: tuple[Judged, ...]
    detectors: tuple[Detector, ...]
    ruptures: tuple[Rupture, ...]


def watch(instrument: Instrument, totals: Sequence[Total], policy: Policy, population: Population) -> Watched:
    """Judge one client's totals, in the order of sessions, with one therapist on one version of the instrument."""
    track = Track("", "", "", "", instrument, (Watch(policy, population),))
    judged = []
    for place, total in enumerate(totals, start=1):
        session = Session(
            session_id=str(place),
            scheduled_at=total.at or _FIRST + place * _BETWEEN,
            therapist_id="",
            next_session_at=None,
            status=SessionStatus.HELD,
        )
        scored = NOTHING_ANSWERED
        if total.value is not None or total.tension is not None:
            scored = Scored(total.value, {}, {}, (), "", total.tension, resolved=False)
        judged.append(track.take(Rated(session, "", scored)))
    return Watched(tuple(judged), track.detectors, tuple(track.all_ruptures(None)))
