"""What both kinds of chart tell: the marks of ruptures, the range drawn, and the words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from attune.clinic.v1.feedback_events_pb2 import RATER_OBSERVER, RATER_THERAPIST
from attune.scoring.v1 import events_pb2 as events
from attune.scoring.v1 import scoring_service_pb2 as api

NOTHING = "No ratings yet."
NO_INFORMATION = "Every rating is the best possible: that says nothing about the alliance."
_RATERS = {RATER_THERAPIST: ", as the therapist sees it", RATER_OBSERVER: ", as an observer sees it"}
OPENS, REPAIRED = "rupture", "repaired"
ENDS = {
    events.RUPTURE_STATUS_REPAIRED: REPAIRED,
    events.RUPTURE_STATUS_UNREPAIRED: "not repaired",
    events.RUPTURE_STATUS_ENDED: "ended",
    events.RUPTURE_STATUS_DISMISSED: "dismissed",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened to a rupture in one session. ``place`` counts the series' ratings from 0."""

    place: int
    word: str


def describe(series: api.Series) -> str:
    """The series in words, for readers who cannot see the chart."""
    values = [rating.value for rating in series.ratings if rating.HasField("value")]
    told = [f"{heading(series)}: {len(series.ratings)} sessions answered."]
    if values:
        told.append(f"Ratings from {min(values):g} to {max(values):g}, the last {values[-1]:g}.")
    for rupture in series.ruptures:
        end = ENDS.get(rupture.status)
        told.append(
            f"A rupture opened in session {session_of(series, rupture)}{f', {end}' if end else ', still open'}."
        )
        told.append(rupture.explanation)
    for signal in series.signals:
        words = ", ".join(finding.detector for finding in (*signal.findings, *signal.markers))
        told.append(f"On {signal.at.ToDatetime(tzinfo=UTC):%-d %b %Y}, without a rating: {words}.")
    if series.no_information:
        told.append(NO_INFORMATION)
    return " ".join(told)


def quiet(series: api.Series) -> list[str]:
    """The quiet marks, one line each: what a detector saw that alerts nobody."""
    told = [
        f"Session {place + 1}: {finding.detector}"
        for place, rating in enumerate(series.ratings)
        for finding in rating.markers
    ]
    told += [
        f"{signal.at.ToDatetime(tzinfo=UTC):%-d %b %Y}, not rated: {finding.detector}"
        for signal in series.signals
        for finding in (*signal.findings, *signal.markers)
    ]
    return told


def heading(series: api.Series) -> str:
    rater = _RATERS.get(series.rater, "")
    return f"Client {series.client_id}, {series.instrument_id} version {series.instrument_version}{rater}"


def marks(series: api.Series) -> Iterator[Mark]:
    where = places(series)
    for rupture in series.ruptures:
        if rupture.opened_session_id in where:
            yield Mark(where[rupture.opened_session_id], OPENS)
        if rupture.status in ENDS and rupture.closed_session_id in where:
            yield Mark(where[rupture.closed_session_id], ENDS[rupture.status])


def places(series: api.Series) -> dict[str, int]:
    return {rating.session_id: index for index, rating in enumerate(series.ratings)}


def session_of(series: api.Series, rupture: events.Rupture) -> str:
    """The number of the session in which a rupture opened, and its date."""
    number = places(series).get(rupture.opened_session_id)
    day = f"{rupture.opened_at.ToDatetime(tzinfo=UTC):%-d %b %Y}"
    return day if number is None else f"{number + 1} ({day})"


def drawn_range(series: api.Series) -> tuple[float, float]:
    """The part of the scale that is drawn: to its upper end, and down to what there is, at least a third of it."""
    shown = [
        getattr(rating, field)
        for rating in series.ratings
        for field in ("value", "baseline", "limit")
        if rating.HasField(field)
    ]
    if series.scale_max > series.scale_min:
        high, third = series.scale_max, (series.scale_max - series.scale_min) / 3
        low = min([*shown, high - third]) - third / 10
        return max(series.scale_min, low), high
    return (min(shown, default=0.0) - 0.5, max(shown, default=0.0) + 0.5)
