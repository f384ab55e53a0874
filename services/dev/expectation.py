"""What the ledger's answers must lead to, by the pure detector run on the whole series; no service is asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from attune.clinic.v1 import feedback_events_pb2, session_events_pb2
from google.protobuf.json_format import ParseDict

from services.dev.clinics.story import CLOSED, OPENED, RECORDED, SUBMITTED, UPDATED
from services.dev.ledger import Book, Entry
from services.dev.observed import RatingMark, RuptureMark
from services.feedback.domain import catalogue
from services.scoring.domain.assess import assess
from services.scoring.domain.inputs import EpisodeOfCare, Inputs, Rater, Response, Session, TherapistChange


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be there once everything has come to rest."""

    ruptures: frozenset[RuptureMark] = frozenset()
    ratings: Mapping[RatingMark, float] = field(default_factory=dict)
    # (site, response_id) -> how many flags: a correction that answers a risk item again raises one of its own.
    risks: Mapping[tuple[str, str], int] = field(default_factory=dict)


def expect(book: Book) -> Expected:
    """What follows from everything that was acknowledged."""
    by_episode: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in book.accepted():
        by_episode[entry.site, entry.key].append(entry)
    ruptures: set[RuptureMark] = set()
    ratings: dict[RatingMark, float] = {}
    for (site, episode), entries in by_episode.items():
        for series in assess(_inputs(site, episode, entries)).series:
            mark = (site, episode, series.client_id, series.instrument.id)
            ruptures.update((*mark, rupture.opened_session_id) for rupture in series.ruptures)
            ratings.update(
                {(*mark, rating.session_id): rating.value for rating in series.ratings if rating.value is not None}
            )
    return Expected(frozenset(ruptures), ratings, _risks(book))


def _inputs(site: str, episode: str, entries: Iterable[Entry]) -> Inputs:
    """The inputs of scoring, folded from the clinics' own words: later reports win, higher revisions win."""
    ordered = sorted(entries, key=lambda entry: (entry.time, entry.event_id))
    messages = [(entry, _message(entry)) for entry in ordered]
    sessions = {
        message.session_id: Session(
            message.session_id, _time(message.scheduled_at), message.therapist_id, _maybe(message, "next_session_at")
        )
        for entry, message in messages
        if entry.type == RECORDED
    }
    responses: dict[str, Response] = {}
    for entry, message in messages:
        known = responses.get(message.response_id) if entry.type == SUBMITTED else None
        if entry.type == SUBMITTED and (known is None or message.revision > known.revision):
            responses[message.response_id] = _response(message)
    care = _care([(entry, message) for entry, message in messages if entry.type in (OPENED, UPDATED, CLOSED)])
    return Inputs(site, episode, care, tuple(sessions.values()), tuple(responses.values()), len(ordered))


def _care(reports: list[tuple[Entry, Any]]) -> EpisodeOfCare | None:
    if not any(entry.type == OPENED for entry, _ in reports):
        return None
    therapists: list[TherapistChange] = []
    closed_at: datetime | None = None
    monitoring = True
    for number, (entry, message) in enumerate(reports, start=1):
        if entry.type == CLOSED:
            closed_at = _time(message.closed_at)
            continue
        if message.therapist_id:
            therapists.append(TherapistChange(number, datetime.fromisoformat(entry.time), message.therapist_id))
        if message.HasField("consent"):
            monitoring = message.consent.monitoring
    return EpisodeOfCare(tuple(therapists), closed_at, monitoring)


def _response(message: Any) -> Response:
    return Response(
        response_id=message.response_id,
        revision=message.revision,
        session_id=message.session_id,
        client_id=message.client_id,
        instrument_id=message.instrument_id,
        instrument_version=message.instrument_version,
        answers=tuple(sorted((answer.item, answer.value) for answer in message.answers)),
        submitted_at=_time(message.submitted_at),
        rater=_RATERS[message.rater],
    )


def _risks(book: Book) -> Mapping[tuple[str, str], int]:
    """Responses with a risk item at or above its threshold, by the instrument's own key, whatever the clinic meant."""
    flags: Counter[tuple[str, str]] = Counter()
    for entry in book.accepted(SUBMITTED):
        message = _message(entry)
        instrument = catalogue.find(message.instrument_id, message.instrument_version)
        risk = instrument.risk if instrument is not None else {}
        if any(answer.item in risk and answer.value >= risk[answer.item] for answer in message.answers):
            flags[entry.site, message.response_id] += 1
    return flags


_RATERS: Mapping[int, Rater] = {
    feedback_events_pb2.RATER_UNSPECIFIED: Rater.CLIENT,
    feedback_events_pb2.RATER_CLIENT: Rater.CLIENT,
    feedback_events_pb2.RATER_THERAPIST: Rater.THERAPIST,
    feedback_events_pb2.RATER_OBSERVER: Rater.OBSERVER,
}
_MESSAGES: Mapping[str, Any] = {
    OPENED: session_events_pb2.EpisodeOpened,
    UPDATED: session_events_pb2.EpisodeUpdated,
    CLOSED: session_events_pb2.EpisodeClosed,
    RECORDED: session_events_pb2.SessionRecorded,
    SUBMITTED: feedback_events_pb2.FeedbackSubmitted,
}


def _message(entry: Entry) -> Any:
    return ParseDict(entry.data, _MESSAGES[entry.type]())


def _time(stamp: Any) -> datetime:
    made: datetime = stamp.ToDatetime(UTC)
    return made


def _maybe(message: Any, name: str) -> datetime | None:
    return _time(getattr(message, name)) if message.HasField(name) else None
