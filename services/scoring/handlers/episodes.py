"""What can be done with an episode's assessment: one function per command or query, the same for every door.

A command loads the episode's document, takes the new input in, assesses the whole episode again, and saves the
document with the events that tell the difference, in one write. An input that is there already changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attune.scoring.v1 import events_pb2 as scoring
from google.protobuf.message import Message

from services.runtime.errors import NotFound, as_permanent
from services.runtime.events import Event, make
from services.runtime.store import Aggregates, Change
from services.runtime.tracing import current_traceparent
from services.scoring import messages, store
from services.scoring.domain.assess import Assessment, Score, assess
from services.scoring.domain.catalogue import find
from services.scoring.domain.difference import Kind, Occurrence, difference, told_revision
from services.scoring.domain.inputs import Response, Session
from services.scoring.domain.known import CareReport, Known
from services.scoring.domain.scores import score

SCORES_TOPIC = "scoring.scores.v1"
RUPTURES_TOPIC = "scoring.alliance-ruptures.v1"
SERVICE = "scoring"

_PAGE = 100  # documents of one query inside a listing


class Handlers:
    """The commands and queries of scoring. ``unkeyed`` is told the instrument of a response that cannot be scored."""

    def __init__(self, episodes: Aggregates, unkeyed: Callable[[str], None] = lambda instrument_id: None) -> None:
        self._episodes = episodes
        self._unkeyed = unkeyed

    async def take_care(self, site_id: str, episode_id: str, report: CareReport) -> None:
        """Take in a revision of the episode of care."""
        await self._take(site_id, episode_id, lambda known: known.with_care(report), report.at)

    async def take_session(self, site_id: str, episode_id: str, session: Session, revision: int, at: datetime) -> None:
        """Take in a revision of a session; ``at`` is when it was reported."""
        await self._take(site_id, episode_id, lambda known: known.with_session(session, revision), at)

    async def take_response(self, site_id: str, episode_id: str, response: Response, at: datetime) -> None:
        """Take in a revision of a response. Permanent when an answer does not fit the scoring key.

        A response to an instrument that has no key here is kept, so that it is scored once there is one.
        """
        instrument = find(response.instrument_id, response.instrument_version)
        if instrument is None:
            self._unkeyed(response.instrument_id)
        else:
            with as_permanent("data"):
                score(instrument, dict(response.answers))
        await self._take(site_id, episode_id, lambda known: known.with_response(response), at)

    async def trajectory(self, site_id: str, episode_id: str) -> Assessment:
        """The assessment of everything that is known about an episode."""
        doc = await self._episodes.get(store.key(site_id, episode_id))
        if doc is None:
            raise NotFound("episode_id", "scoring has heard of no such episode at this site", "Is the id right?")
        return assess(store.known(doc).inputs())

    async def list_ruptures(
        self, site_id: str, episode_id: str, after: tuple[str, str], limit: int
    ) -> list[scoring.Rupture]:
        """At most ``limit`` ruptures of a site, or of one episode, from behind ``after`` (episode, rupture).

        Ordered by episode, and within it by rupture id.
        """
        found: list[scoring.Rupture] = []
        episode, rupture = after
        while len(found) < limit:
            wanted = {"episode_id": episode_id} if episode_id else {"episode_id": {"$gte": episode}}
            docs = await self._episodes.find(
                {"site_id": site_id, "ruptured": True, **wanted}, sort=[("episode_id", 1)], limit=_PAGE
            )
            for doc in docs:
                found += [each for each in _ruptures(doc) if (each.episode_id, each.rupture_id) > (episode, rupture)]
            if episode_id or len(docs) < _PAGE:
                break
            # Past everything of the last episode: no id is as high.
            episode, rupture = docs[-1]["episode_id"], "\U0010ffff"
        return found[:limit]

    async def _take(self, site_id: str, episode_id: str, take: Callable[[Known], Known | None], at: datetime) -> None:
        def decide(doc: store.Doc | None) -> Change | None:
            known = take(store.known(doc) if doc is not None else Known(site_id, episode_id))
            if known is None:
                return None
            assessment = assess(known.inputs())
            occurrences = difference(store.told(doc), assessment)
            events = [_event(known, occurrence, at) for occurrence in occurrences]
            return Change(store.document(known, assessment), events)

        await self._episodes.change(store.key(site_id, episode_id), decide)


def _ruptures(doc: store.Doc) -> list[scoring.Rupture]:
    revision = told_revision(doc["revision"])
    ruptures = sorted(store.ruptures(doc), key=lambda rupture: rupture.rupture_id)
    return [messages.to_rupture(doc["site_id"], doc["episode_id"], rupture, revision) for rupture in ruptures]


def _event(known: Known, occurrence: Occurrence, at: datetime) -> tuple[str, Event]:
    data: Message
    if isinstance(occurrence.what, Score):
        topic, cause = SCORES_TOPIC, occurrence.what.response_id
        data = messages.to_score(known.site_id, known.episode_id, occurrence.what, occurrence.revision)
    else:
        topic, cause = RUPTURES_TOPIC, occurrence.what.rupture_id
        data = messages.to_rupture(known.site_id, known.episode_id, occurrence.what, occurrence.revision)
    event = make(
        site_id=known.site_id,
        service=SERVICE,
        type=type_of(occurrence.kind),
        key=known.episode_id,
        subject=f"episodes/{known.episode_id}",
        cause=cause,
        revision=occurrence.revision,
        time=at,
        data=data,
        traceparent=current_traceparent(),
    )
    return topic, event


def type_of(kind: Kind) -> str:
    """The event type of a kind of occurrence."""
    return f"attune.{kind}.v1"
