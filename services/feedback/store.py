"""Feedback's collections, their indexes, and the mapping between the domain and documents.

``responses`` holds every distinct submission of one response, by revision. ``flags`` holds the risk flags; ``handoff``
is in a flag's document until alerting has confirmed it, so what a crash leaves behind is found by its sparse index.
``askings`` holds, for one episode, what is known of it and the requests for feedback; ``tokens`` finds the episode of a
link, ``closes_at`` the next request that ends unanswered, and ``tells_at`` the next message to a client.
``comment_keys`` holds the data keys that comments are encrypted with, one for each client, wrapped by a master key.
"""

from dataclasses import asdict
from typing import Any

from services.feedback.domain.forms import Answer, Form, Rater
from services.feedback.domain.outreach import Channel, Outreach
from services.feedback.domain.requests import Asking, Care, Request, Session, State, Visibility
from services.feedback.domain.responses import Response, Talked
from services.feedback.domain.risk import RiskFlag
from services.runtime.store import Aggregates, Index, MasterKeys, Store, Vault

Doc = dict[str, Any]

RESPONSES = "responses"
FLAGS = "flags"
ASKINGS = "askings"
COMMENT_KEYS = "comment_keys"


def responses(store: Store) -> Aggregates:
    """Declare the collection of responses."""
    return store.aggregates(RESPONSES, [Index(["site_id", "episode_id", "response_id"])])


def flags(store: Store) -> Aggregates:
    """Declare the collection of risk flags."""
    return store.aggregates(FLAGS, [Index(["handoff"], sparse=True)])


def askings(store: Store) -> Aggregates:
    """Declare the collection of what clients are asked."""
    return store.aggregates(ASKINGS, [Index([name], sparse=True) for name in ("tokens", "closes_at", "tells_at")])


def vault(store: Store, keys: MasterKeys) -> Vault:
    """Declare the collection of the clients' data keys; an owner is what ``key`` makes of a client's id."""
    return store.vault(COMMENT_KEYS, keys)


def key(site_id: str, local_id: str) -> str:
    """Return the ``_id`` of a clinic's thing: its ids are unique only within its site."""
    return f"{site_id}/{local_id}"


def response_document(response: Response) -> Doc:
    """Write a response with all its submissions."""
    current = response.current
    said: Doc = {}
    if response.chosen is not None:
        said["chosen"] = response.chosen.value
    if response.comment is not None:
        said["comment"] = response.comment
    if response.talks:
        said["talks"] = [{"visibility": each.visibility.value, "by": each.by, "at": each.at} for each in response.talks]
    return {
        **said,
        "site_id": current.site_id,
        "response_id": current.response_id,
        "episode_id": current.episode_id,
        "session_id": current.session_id,
        "client_id": current.client_id,
        "instrument_id": current.instrument_id,
        "rater": int(current.rater),
        "submissions": [
            {
                "revision": form.revision,
                "instrument_version": form.instrument_version,
                "answers": [{"item": answer.item, "value": answer.value} for answer in form.answers],
                "submitted_at": form.submitted_at,
                "partial": form.partial,
                **({"edition": form.edition} if form.edition else {}),
            }
            for form in response.submissions
        ],
    }


def read_response(document: Doc) -> Response:
    """Read a response."""
    return Response(
        tuple(
            Form(
                site_id=document["site_id"],
                response_id=document["response_id"],
                episode_id=document["episode_id"],
                session_id=document["session_id"],
                client_id=document["client_id"],
                instrument_id=document["instrument_id"],
                instrument_version=each["instrument_version"],
                answers=tuple(Answer(answer["item"], answer["value"]) for answer in each["answers"]),
                submitted_at=each["submitted_at"],
                revision=each["revision"],
                partial=each["partial"],
                rater=rater_of(document),
                edition=each.get("edition", 0),
            )
            for each in document["submissions"]
        ),
        chosen=Visibility(document["chosen"]) if "chosen" in document else None,
        comment=document.get("comment"),
        talks=tuple(
            Talked(Visibility(each["visibility"]), each["by"], each["at"]) for each in document.get("talks", ())
        ),
    )


def flag_document(flag: RiskFlag, *, handed_over: bool) -> Doc:
    """Write a risk flag."""
    document = {
        "site_id": flag.site_id,
        "flag_id": flag.flag_id,
        "episode_id": flag.episode_id,
        "session_id": flag.session_id,
        "client_id": flag.client_id,
        "response_id": flag.response_id,
        "instrument_id": flag.instrument_id,
        "items": list(flag.items),
        "submitted_at": flag.submitted_at,
    }
    return document if handed_over else {**document, "handoff": True}


def read_flag(document: Doc) -> RiskFlag:
    """Read a risk flag."""
    return RiskFlag(
        site_id=document["site_id"],
        flag_id=document["flag_id"],
        episode_id=document["episode_id"],
        session_id=document["session_id"],
        client_id=document["client_id"],
        response_id=document["response_id"],
        instrument_id=document["instrument_id"],
        items=tuple(document["items"]),
        submitted_at=document["submitted_at"],
    )


def asking_document(asking: Asking) -> Doc:
    """Write what is known of asking in one episode."""
    care = asking.care
    document: Doc = {
        "site_id": asking.site_id,
        "episode_id": asking.episode_id,
        "care": None
        if care is None
        else {
            "revision": care.revision,
            "monitoring": care.monitoring,
            "visibility": care.visibility.value,
            "client_ids": list(care.client_ids),
            "therapist_id": care.therapist_id,
        },
        "sessions": [
            {
                "session_id": each.session_id,
                "revision": each.revision,
                "held": each.held,
                "scheduled_at": each.scheduled_at,
                "asked_by_clinic": each.asked_by_clinic,
            }
            for each in asking.sessions
        ],
        "requests": [_request_document(each) for each in asking.requests],
    }
    if asking.requests:
        document["tokens"] = [each.token_hash for each in asking.requests]
    if asking.closes_at is not None:
        document["closes_at"] = asking.closes_at
    if asking.tells_at is not None:
        document["tells_at"] = asking.tells_at
    if asking.opted_out:
        document["opted_out"] = list(asking.opted_out)
    return document


def read_asking(document: Doc) -> Asking:
    """Read what is known of asking in one episode."""
    care = document["care"]
    return Asking(
        site_id=document["site_id"],
        episode_id=document["episode_id"],
        care=None
        if care is None
        else Care(
            care["revision"],
            care["monitoring"],
            Visibility(care["visibility"]),
            tuple(care["client_ids"]),
            # Of an episode that was stored before therapists were, until it changes: nobody.
            care.get("therapist_id", ""),
        ),
        sessions=tuple(
            Session(each["session_id"], each["revision"], each["held"], each["scheduled_at"], each["asked_by_clinic"])
            for each in document["sessions"]
        ),
        requests=tuple(map(_read_request, document["requests"])),
        opted_out=tuple(document.get("opted_out", ())),
    )


def _request_document(request: Request) -> Doc:
    document = {**asdict(request), "state": request.state.value, "rater": int(request.rater)}
    if request.outreach is None:
        del document["outreach"]
    else:
        document["outreach"] |= {
            "channel": request.outreach.channel.value,
            "told_at": list(request.outreach.told_at),
        }
    return document


def _read_request(document: Doc) -> Request:
    outreach = document.get("outreach")
    known = None
    if outreach is not None:
        told_at = tuple(outreach["told_at"])
        known = Outreach(**{**outreach, "channel": Channel(outreach["channel"]), "told_at": told_at})
    # Requests from before others than clients were asked have no "also".
    also = tuple((instrument_id, version) for instrument_id, version in document.get("also", ()))
    return Request(**{**document, "state": State(document["state"]), "outreach": known, "also": also})


def rater_of(document: Doc) -> int:
    return int(document.get("rater", Rater.CLIENT))  # before it was kept, only clients answered
