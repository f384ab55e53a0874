"""What another policy would have made of a site's history, before anybody is told anything by it.

Both policies are replayed over every session there ever was, each as if it had always been in force. A rupture is the
same one when it opens in the same session. One that opens under both in different sessions, while the other is open,
has *moved*: the same trouble seen earlier or later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.scoring.domain.assess import Assessment, Series
from services.scoring.domain.ruptures import Rupture

MOST_SHOWN = 200  # of gained and of lost ruptures each
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Load:
    """What one policy asks of the site: each rupture opens one alert; an alarm is a rated session where a detector
    spoke, of which one rupture may hold several.
    """

    ruptures: int
    alarms: int
    clients_with_rupture: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A rupture that only one of the policies finds."""

    episode_id: str
    rupture: Rupture


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """Counts over the whole history, and the first of the ruptures that the policies do not agree on."""

    episodes: int
    clients: int
    rated_sessions: int
    now: Load
    then: Load
    gained: int
    lost: int
    moved: int
    gained_ruptures: tuple[Shown, ...]
    lost_ruptures: tuple[Shown, ...]


@dataclass(slots=True)
class _Side:
    ruptures: int = 0
    alarms: int = 0
    clients: set[str] = field(default_factory=set)

    def add(self, series: Iterable[Series]) -> None:
        for each in series:
            self.ruptures += len(each.ruptures)
            self.alarms += sum(rating.alarm for rating in each.ratings)
            if each.ruptures:
                self.clients.add(each.client_id)

    def load(self) -> Load:
        return Load(self.ruptures, self.alarms, len(self.clients))


class Preview:
    """Adds up episodes of care under two policies for one instrument."""

    def __init__(self, instrument_id: str) -> None:
        self._instrument_id = instrument_id
        self._episodes = 0
        self._clients: set[str] = set()
        self._rated = 0
        self._now, self._then = _Side(), _Side()
        self._gained = self._lost = self._moved = 0
        self._gained_shown: list[Shown] = []
        self._lost_shown: list[Shown] = []

    def add(self, episode_id: str, now: Assessment, then: Assessment) -> None:
        """Take in one episode of care, judged twice."""
        before, after = self._series(now), self._series(then)
        if not before:
            return
        self._episodes += 1
        self._clients.update(series.client_id for series in before)
        self._rated += sum(rating.value is not None for series in before for rating in series.ratings)
        self._now.add(before)
        self._then.add(after)
        lost = _only_in(before, after)
        gained = _only_in(after, before)
        for rupture in list(gained):
            same = next((other for other in lost if _overlap(rupture, other)), None)
            if same is not None:
                gained.remove(rupture)
                lost.remove(same)
                self._moved += 1
        self._gained += len(gained)
        self._lost += len(lost)
        _show(self._gained_shown, episode_id, gained)
        _show(self._lost_shown, episode_id, lost)

    def result(self) -> PreviewResult:
        """The comparison of everything added so far."""
        return PreviewResult(
            episodes=self._episodes,
            clients=len(self._clients),
            rated_sessions=self._rated,
            now=self._now.load(),
            then=self._then.load(),
            gained=self._gained,
            lost=self._lost,
            moved=self._moved,
            gained_ruptures=tuple(self._gained_shown),
            lost_ruptures=tuple(self._lost_shown),
        )

    def _series(self, assessment: Assessment) -> list[Series]:
        return [series for series in assessment.series if series.instrument.id == self._instrument_id]


def per_100(count: int, of: int) -> float:
    """A count per 100; 0 of nothing."""
    return 100 * count / of if of else 0.0


def _only_in(here: Iterable[Series], there: Iterable[Series]) -> list[Rupture]:
    others = {rupture.rupture_id for series in there for rupture in series.ruptures}
    return [rupture for series in here for rupture in series.ruptures if rupture.rupture_id not in others]


def _overlap(one: Rupture, other: Rupture) -> bool:
    return (
        one.client_id == other.client_id
        and one.opened_at <= (other.closed_at or _NEVER)
        and other.opened_at <= (one.closed_at or _NEVER)
    )


def _show(shown: list[Shown], episode_id: str, ruptures: Iterable[Rupture]) -> None:
    for rupture in ruptures:
        if len(shown) < MOST_SHOWN:
            shown.append(Shown(episode_id, rupture))
