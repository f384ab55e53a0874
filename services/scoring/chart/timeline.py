"""One series among the sessions of its episode: what is drawn from left to right, ratings and the sessions without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from types import MappingProxyType

from attune.clinic.v1 import session_events_pb2 as clinic
from attune.scoring.v1 import events_pb2 as events
from attune.scoring.v1 import scoring_service_pb2 as api

# What became of a session without a rating. One that was only booked so far is not drawn.
UNRATED: Mapping[int, str] = MappingProxyType(
    {
        clinic.SESSION_STATUS_HELD: "not rated",
        clinic.SESSION_STATUS_NO_SHOW: "missed",
        clinic.SESSION_STATUS_CANCELLED_BY_CLIENT: "cancelled",
        clinic.SESSION_STATUS_CANCELLED_BY_CLINIC: "cancelled by clinic",
    }
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something about one session, in a word. ``place`` counts the sessions drawn, from 0."""

    place: int
    word: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """``places`` has every session drawn, by its id; ``unrated`` those without a rating of this series; ``alike`` are
    the series on the same instrument, this one included, which are drawn to the same height so that they compare.
    """

    series: api.Series
    places: Mapping[str, int]
    unrated: tuple[Mark, ...]
    alike: tuple[api.Series, ...]

    @property
    def count(self) -> int:
        return len(self.places)

    def place(self, rating: api.Rating) -> int:
        return self.places[rating.session_id]

    @property
    def others(self) -> list[Mark]:
        """Where another therapist begins: the client's level is a new one there."""
        pairs = zip(self.series.ratings, self.series.ratings[1:], strict=False)
        return [Mark(self.place(after), "other therapist") for before, after in pairs if _changed(before, after)]

    def named(self, rupture: events.Rupture) -> str:
        """The number of the session in which a rupture opened, and its date."""
        number = self.places.get(rupture.opened_session_id)
        day = f"{rupture.opened_at.ToDatetime(tzinfo=UTC):%-d %b %Y}"
        return day if number is None else f"{number + 1} ({day})"


def timeline(
    series: api.Series, alike: Sequence[api.Series], sessions: Sequence[api.TrajectorySession] = ()
) -> Timeline:
    """Place the ratings of a series among the episode's sessions.

    Measures of outcome are not asked for in every session, so that a session without one says nothing: they are
    drawn one after another.
    """
    rated = {rating.session_id for rating in series.ratings}
    without = {} if series.HasField("outcome") else {each.session_id: each for each in sessions}
    missing = [each for name, each in without.items() if name not in rated and each.status in UNRATED]
    drawn: list[api.Rating | api.TrajectorySession] = [*series.ratings, *missing]
    times = [(each.at.ToDatetime(tzinfo=UTC), each.session_id) for each in drawn]
    places = {name: place for place, (_, name) in enumerate(sorted(times))}
    unrated = (Mark(places[each.session_id], UNRATED[each.status]) for each in missing)
    return Timeline(series, places, tuple(sorted(unrated, key=lambda mark: mark.place)), tuple(alike))


def timelines(response: api.GetTrajectoryResponse) -> list[Timeline]:
    """Every series of an episode: the clients' own, then what others rated, which nobody is asked for."""
    every = [*response.series, *response.other_raters]
    alike = {one.instrument_id: [each for each in every if each.instrument_id == one.instrument_id] for one in every}
    own = [timeline(series, alike[series.instrument_id], response.sessions) for series in response.series]
    return own + [timeline(series, alike[series.instrument_id]) for series in response.other_raters]


def _changed(before: api.Rating, after: api.Rating) -> bool:
    return before.therapist_id != after.therapist_id
