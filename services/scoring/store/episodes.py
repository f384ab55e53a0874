"""Scoring's collection, its indexes, and the mapping between the domain and documents.

One document per episode of care holds the inputs, and what was told about them last: the scores and ruptures that the
next assessment is compared with, which also serve listings. All of it is a function of the set of inputs (and of this
code's version).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from services.runtime.store import Index
from services.scoring.domain.assess import Assessment, Score
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import Finding
from services.scoring.domain.difference import Told
from services.scoring.domain.guidance import UNKNOWN, Background, Barrier, Style
from services.scoring.domain.inputs import Dismissal, Homework, Rater, Response, Session, SessionStatus
from services.scoring.domain.instruments import Kind
from services.scoring.domain.known import CareReport, Known, Newest
from services.scoring.domain.ruptures import Rupture, Status
from services.scoring.domain.seeing import Sight, Visibility
from services.scoring.domain.summary import Answer, Facts, Held

Doc = dict[str, Any]
T = TypeVar("T")

EPISODES = "episodes"
EPISODE_INDEXES = (
    Index(["site_id", "ruptured", "episode_id"]),  # listing a site's ruptures, episode by episode
    Index(["site_id", "episode_id"]),  # going through all of a site's episodes
    Index(["site_id", "last_session_at", "episode_id"]),  # or those that a period concerns
)


def key(site_id: str, episode_id: str) -> str:
    """The ``_id`` of an episode: a clinic's ids are unique only within its site."""
    return f"{site_id}/{episode_id}"


def document(known: Known, assessment: Assessment) -> Doc:
    """Write the inputs, and what the assessment tells."""
    return {
        "site_id": known.site_id,
        "episode_id": known.episode_id,
        "revision": known.revision,
        "care": [_plain(report) for report in known.care],
        "sessions": _newest(known.sessions),
        "responses": _newest(known.responses),
        "activations": dict(known.activations),
        "sights": [
            {"response_id": name, "visibility": sight.visibility.value, "revision": sight.revision}
            for name, sight in sorted(known.sights.items())
        ],
        "dismissals": [_plain(known.dismissals[name]) for name in sorted(known.dismissals)],
        "scores": [{**score._asdict(), "subscales": dict(score.subscales)} for score in assessment.scores],
        "ruptures": [_rupture_document(rupture) for rupture in assessment.ruptures],
        "ruptured": bool(assessment.ruptures),
        # None before there is a session: no period concerns it.
        "last_session_at": max((each.value.scheduled_at for each in known.sessions.values()), default=None),
    }


def known(doc: Doc) -> Known:
    """Read the inputs."""
    return Known(
        site_id=doc["site_id"],
        episode_id=doc["episode_id"],
        care=tuple(_read(CareReport, _care(each)) for each in doc["care"]),
        sessions={each["session_id"]: _read_newest(Session, _session(each)) for each in doc["sessions"]},
        responses={
            each["response_id"]: _read_newest(
                Response, {**each, "answers": _answers(each["answers"]), "rater": _rater(each)}
            )
            for each in doc["responses"]
        },
        activations=doc.get("activations", {}),
        dismissals={each["rupture_id"]: _read(Dismissal, each) for each in doc.get("dismissals", [])},
        sights={
            each["response_id"]: Sight(Visibility(each["visibility"]), each["revision"])
            for each in doc.get("sights", [])
        },
    )


def told(doc: Doc | None) -> Told:
    """Read what was told last."""
    if doc is None:
        return Told({}, {})
    scores = (_score(each) for each in doc["scores"])
    return Told(
        {score.response_id: score for score in scores},
        {rupture.rupture_id: rupture for rupture in ruptures(doc)},
    )


def facts(doc: Doc) -> Facts | None:
    """Read what a summary needs; None when the episode is not known, or its client refused to be watched."""
    inputs = known(doc).inputs()
    episode = inputs.episode
    if episode is None or not episode.monitoring:
        return None
    sessions = {
        session.session_id: session
        for session in sorted(inputs.sessions, key=lambda session: (session.scheduled_at, session.session_id))
    }
    own = [score for score in doc["scores"] if _rater(score) is Rater.CLIENT]
    answered = {score["session_id"] for score in doc["scores"]}
    order = {session_id: number for number, session_id in enumerate(sessions)}
    answers = [
        Answer(
            session_id=score["session_id"],
            at=sessions[score["session_id"]].scheduled_at,
            client_id=score["client_id"],
            therapist_id=sessions[score["session_id"]].therapist_id
            or episode.therapist_at(sessions[score["session_id"]].scheduled_at),
            instrument_id=score["instrument_id"],
            rated=score["total"] is not None,
        )
        for score in sorted(own, key=lambda score: order[score["session_id"]])
    ]
    held = [
        Held(session.session_id, session.scheduled_at)
        for session in sessions.values()
        # An answer proves a session that nobody has reported as held.
        if session.status is SessionStatus.HELD or session.session_id in answered
    ]
    return Facts(held, answers, ruptures(doc))


def ruptures(doc: Doc) -> list[Rupture]:
    """Read the ruptures, in the order in which they opened."""
    return [
        _read(
            Rupture,
            {
                **each,
                "status": Status(each["status"]),
                "findings": tuple(_read(Finding, finding) for finding in each["findings"]),
            },
        )
        for each in doc["ruptures"]
    ]


def measured_outcome_of_closed(doc: Doc) -> bool:
    """Whether the episode is closed and an outcome was measured in it; cheaper than to assess it."""
    closed = bool(doc["care"]) and doc["care"][-1]["closed_at"] is not None
    instruments = (CATALOGUE.get(score["instrument_id"]) for score in doc["scores"])
    return closed and any(key is not None and key.kind is Kind.OUTCOME for key in instruments)


def _newest(group: Mapping[str, Newest[Any]]) -> list[Doc]:
    return [{**_plain(group[name].value), "seen": list(group[name].seen)} for name in sorted(group)]


def _read_newest(kind: type[T], each: Doc) -> Newest[T]:
    return Newest(_read(kind, each), tuple(each["seen"]))


def _rupture_document(rupture: Rupture) -> Doc:
    return {**_plain(rupture), "status": rupture.status.value, "findings": [_plain(each) for each in rupture.findings]}


def _plain(value: Any) -> Doc:
    return asdict(value)


def _read(kind: type[T], each: Mapping[str, Any]) -> T:
    """A document from before a field was kept has that field's default."""
    return kind(**{field.name: each[field.name] for field in fields(kind) if field.name in each})  # type: ignore[arg-type]


def _care(each: Doc) -> Doc:
    """Documents from before it was kept do not say who may see ratings."""
    visibility = Visibility(each.get("visibility", Visibility.UNKNOWN))
    return {**each, "background": _background(each), "visibility": visibility}


def _background(care: Mapping[str, Any]) -> Background:
    """Documents written before it was kept have none."""
    told = care.get("background")
    if told is None:
        return UNKNOWN
    return Background(tuple(map(Barrier, told["barriers"])), told["style"] and Style(told["style"]))


def _session(each: Doc) -> Doc:
    """Documents from before status and homework were kept have none."""
    return {
        **each,
        "status": SessionStatus(each.get("status", SessionStatus.UNKNOWN)),
        "homework": Homework(each.get("homework", Homework.UNKNOWN)),
    }


def _score(each: Mapping[str, Any]) -> Score:
    known = {name: each[name] for name in Score._fields if name in each}
    return Score(**{**known, "missing": tuple(each["missing"]), "rater": _rater(each)})


def _rater(each: Mapping[str, Any]) -> Rater:
    """Before it was kept, only clients answered."""
    return Rater(each.get("rater", Rater.CLIENT))


def _answers(stored: Iterable[Iterable[Any]]) -> tuple[tuple[int, float], ...]:
    return tuple((int(item), float(value)) for item, value in stored)
