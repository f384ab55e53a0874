"""What both kinds of chart tell: the marks of ruptures, the range drawn, and the words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from attune.clinic.v1.feedback_events_pb2 import RATER_OBSERVER, RATER_THERAPIST
from attune.scoring.v1 import events_pb2 as events
from attune.scoring.v1 import scoring_service_pb2 as api

from services.scoring.chart.timeline import Mark, Timeline

NOTHING = "No ratings yet."
NO_INFORMATION = "Every rating is the best possible: that says nothing about the alliance."
_RATERS = {RATER_THERAPIST: ", as the therapist sees it", RATER_OBSERVER: ", as an observer sees it"}
OPENS, OPEN, REPAIRED = "rupture", "rupture, open", "repaired"
ENDS = {
    events.RUPTURE_STATUS_REPAIRED: REPAIRED,
    events.RUPTURE_STATUS_UNREPAIRED: "not repaired",
    events.RUPTURE_STATUS_ENDED: "ended",
    events.RUPTURE_STATUS_DISMISSED: "dismissed",
}


def describe(shown: Timeline) -> str:
    """The series in words, for readers who cannot see the chart."""
    series = shown.series
    values = [rating.value for rating in series.ratings if rating.HasField("value")]
    told = [f"{heading(series)}: {len(series.ratings)} of {shown.count} sessions rated."]
    if values:
        told.append(f"Ratings from {min(values):g} to {max(values):g}, the last {values[-1]:g}.")
    told += [f"Session {mark.place + 1} was {mark.word}." for mark in shown.unrated]
    told += [f"Session {mark.place + 1} was with another therapist than the rating before." for mark in shown.others]
    told += sentences(shown)
    for signal in series.signals:
        words = ", ".join(finding.detector for finding in (*signal.findings, *signal.markers))
        told.append(f"On {signal.at.ToDatetime(tzinfo=UTC):%-d %b %Y}, without a rating: {words}.")
    return " ".join(told)


def quiet(shown: Timeline) -> list[str]:
    """The quiet marks, one line each: what a detector saw that alerts nobody."""
    told = [
        f"Session {shown.place(rating) + 1}: {finding.detector}"
        for rating in shown.series.ratings
        for finding in rating.markers
    ]
    told += [
        f"{signal.at.ToDatetime(tzinfo=UTC):%-d %b %Y}, not rated: {finding.detector}"
        for signal in shown.series.signals
        for finding in (*signal.findings, *signal.markers)
    ]
    return told


def sentences(shown: Timeline) -> list[str]:
    """What was found in a series, and why: a sentence for each rupture, or the one that says that there is none."""
    series = shown.series
    if series.rater in _RATERS:  # only the client's own ratings are watched
        return []
    if series.ruptures:
        return [_sentence(shown, rupture) for rupture in series.ruptures]
    if series.no_information:
        return [NO_INFORMATION]
    if series.HasField("outcome"):  # ruptures are looked for in the alliance only
        return []
    if any(rating.HasField("baseline") for rating in series.ratings):
        return ["No rupture was found."]
    return ["Too few ratings so far to know the client's own level."]


def _sentence(shown: Timeline, rupture: events.Rupture) -> str:
    found = ", ".join(f"{finding.detector} {finding.detector_version}" for finding in rupture.findings)
    end = ENDS.get(rupture.status, "still open")
    return f"Session {shown.named(rupture)}, {end}{f', found by {found}' if found else ''}: {rupture.explanation}"


def heading(series: api.Series) -> str:
    rater = _RATERS.get(series.rater, "")
    return f"Client {series.client_id}, {series.instrument_id} version {series.instrument_version}{rater}"


def marks(shown: Timeline) -> Iterator[Mark]:
    """Where ruptures open and end."""
    for rupture in shown.series.ruptures:
        end = ENDS.get(rupture.status)
        if rupture.opened_session_id in shown.places:
            yield Mark(shown.places[rupture.opened_session_id], OPENS if end else OPEN)
        if end and rupture.closed_session_id in shown.places:
            yield Mark(shown.places[rupture.closed_session_id], end)


def drawn_range(timeline: Timeline) -> tuple[float, float]:
    """The part of the scale that is drawn: to its upper end, and down to what there is, at least a third of it. One for
    all series on an instrument: of two clients of a couple, who is lower is seen to be lower.
    """
    shown = [
        getattr(rating, field)
        for series in timeline.alike
        for rating in series.ratings
        for field in ("value", "baseline", "limit")
        if rating.HasField(field)
    ]
    series = timeline.series
    if series.scale_max > series.scale_min:
        high, third = series.scale_max, (series.scale_max - series.scale_min) / 3
        low = min([*shown, high - third]) - third / 10
        return max(series.scale_min, low), high
    return (min(shown, default=0.0) - 0.5, max(shown, default=0.0) + 0.5)
