"""What can be done with an episode's assessment: one function per command or query, the same for every door.

A command loads the episode's document, takes the new input in, assesses the whole episode again, and saves the
document with the events that tell the difference, in one write. An input that is there already changes nothing. The
site's activations of policies are inputs, too: they are taken in together with the next one that is new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from attune.scoring.v1 import events_pb2 as scoring
from google.protobuf.message import Message

from services.runtime.errors import NotFound, Transient, as_permanent
from services.runtime.events import Event, make
from services.runtime.store import Aggregates, Change
from services.runtime.tracing import current_traceparent
from services.scoring import messages, store
from services.scoring.domain.assess import Assessment, Score, assess
from services.scoring.domain.catalogue import find
from services.scoring.domain.difference import Kind, Occurrence, difference, told_revision
from services.scoring.domain.inputs import Dismissal, Response, Session
from services.scoring.domain.known import CareReport, Known
from services.scoring.domain.scores import score
from services.scoring.domain.seeing import Sight
from services.scoring.domain.site_policy import SitePolicies
from services.scoring.handlers.book import PolicyBook

SCORES_TOPIC = "scoring.scores.v1"
RUPTURES_TOPIC = "scoring.alliance-ruptures.v1"
SERVICE = "scoring"

MOST_OF_EPISODE = 10_000  # ruptures: more than any episode of care has
_PAGE = 100  # documents of one query inside a listing


class Handlers:
    """The commands and queries of scoring. ``unkeyed`` is told the instrument of a response that cannot be scored."""

    def __init__(
        self, episodes: Aggregates, book: PolicyBook, unkeyed: Callable[[str], None] = lambda instrument_id: None
    ) -> None:
        self._episodes = episodes
        self._book = book
        self._unkeyed = unkeyed

    async def take_care(self, site_id: str, episode_id: str, report: CareReport) -> None:
        """Take in a revision of the episode of care."""
        await self._take(site_id, episode_id, lambda known: known.with_care(report), report.at)

    async def take_session(self, site_id: str, episode_id: str, session: Session, revision: int, at: datetime) -> None:
        """Take in a revision of a session; ``at`` is when it was reported."""
        await self._take(site_id, episode_id, lambda known: known.with_session(session, revision), at)

    async def take_response(
        self, site_id: str, episode_id: str, response: Response, at: datetime, sight: Sight | None = None
    ) -> None:
        """Take in a revision of a response, and who may see it. Permanent when an answer does not fit the
        scoring key.

        A response to an instrument that has no key here is kept, so that it is scored once there is one.
        """
        instrument = find(response.instrument_id, response.instrument_version)
        if instrument is None:
            self._unkeyed(response.instrument_id)
        else:
            with as_permanent("data"):
                score(instrument, dict(response.answers))

        def take(known: Known) -> Known | None:
            heard = None if sight is None else known.with_sight(response.response_id, sight)
            return (heard or known).with_response(response) or heard

        await self._take(site_id, episode_id, take, at)

    async def take_sight(self, site_id: str, episode_id: str, response_id: str, sight: Sight, at: datetime) -> None:
        """Take in that client and therapist have talked about who may see a response."""
        await self._take(site_id, episode_id, lambda known: known.with_sight(response_id, sight), at)

    async def dismiss(self, site_id: str, episode_id: str, dismissal: Dismissal) -> scoring.Rupture:
        """Take a clinician's word that a rupture was none. NotFound for a rupture that is not there; the first word
        counts, so saying it again changes nothing.
        """
        doc = await self._episodes.get(store.key(site_id, episode_id))
        if doc is None or dismissal.rupture_id not in store.told(doc).ruptures:
            raise NotFound("rupture_id", "there is no such rupture in this episode", "`ListRuptures` shows them.")
        await self._take(site_id, episode_id, lambda known: known.with_dismissal(dismissal), dismissal.at)
        found = await self.list_ruptures(site_id, episode_id, (episode_id, ""), MOST_OF_EPISODE)
        return next(rupture for rupture in found if rupture.rupture_id == dismissal.rupture_id)

    async def trajectory(self, site_id: str, episode_id: str) -> tuple[Known, Assessment]:
        """Everything that is known about an episode, and the assessment of it."""
        doc = await self._episodes.get(store.key(site_id, episode_id))
        if doc is None:
            raise NotFound("episode_id", "scoring has heard of no such episode at this site", "Is the id right?")
        known = store.known(doc)
        policies = await self._policies(site_id, known)
        # As it was told: by the activations that it was judged by.
        return known, assess(known.inputs(), policies.watches_of(known.activations))

    async def judge_again(self, doc: store.Doc, policies: SitePolicies, at: datetime) -> bool:
        """Judge an episode by all of the site's activations; whether there was anything to tell.

        ``at`` is when the reason for it came up. An episode that took them all in already is left alone.
        """
        if _taken_in(doc.get("activations", {}), policies):
            return False

        def take(known: Known) -> Known | None:
            return None if _taken_in(known.activations, policies) else known

        return await self._change(doc["site_id"], doc["episode_id"], take, policies, at) > 0

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
        try:
            await self._change(site_id, episode_id, take, await self._book.of(site_id), at)
        except _Behind:
            await self._change(site_id, episode_id, take, await self._book.fresh(site_id), at)

    async def _change(
        self, site_id: str, episode_id: str, take: Callable[[Known], Known | None], policies: SitePolicies, at: datetime
    ) -> int:
        """Take something in and judge by these policies; returns how much was told."""
        told = 0

        def decide(doc: store.Doc | None) -> Change | None:
            nonlocal told
            told = 0
            taken = take(store.known(doc) if doc is not None else Known(site_id, episode_id))
            if taken is None:
                return None
            if not policies.know(taken.activations):
                raise _Behind(f"the policies of site {site_id}")
            known = taken.with_activations(policies.activations)
            assessment = assess(known.inputs(), policies.watches)
            occurrences = difference(store.told(doc), assessment)
            told = len(occurrences)
            events = [_event(known, occurrence, at) for occurrence in occurrences]
            return Change(store.document(known, assessment), events)

        await self._episodes.change(store.key(site_id, episode_id), decide)
        return told

    async def _policies(self, site_id: str, known: Known) -> SitePolicies:
        """The site's policies, with all activations that an episode was judged by."""
        policies = await self._book.of(site_id)
        return policies if policies.know(known.activations) else await self._book.fresh(site_id)


def _taken_in(activations: Mapping[str, int], policies: SitePolicies) -> bool:
    return all(activations.get(name, 0) >= count for name, count in policies.activations.items())


class _Behind(Transient):
    """The policies at hand are older than those that the document was judged by."""


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
