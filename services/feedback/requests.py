"""What can be done with requests for feedback: one function per command, the same for every door.

A command loads what is known of the episode, takes the new input in, settles the requests, and saves the document with
the events that tell the difference, in one write. An input that is there already changes nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime

from services.feedback import messages, store
from services.feedback.domain.forms import Form, Rater
from services.feedback.domain.regular import Regular
from services.feedback.domain.requests import (
    Asking,
    Care,
    Request,
    Session,
    State,
    Subject,
    Terms,
    Wanted,
    request_of,
    response_id,
)
from services.feedback.links import Links, fingerprint, well_formed
from services.feedback.sites import FORMS, Site
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent
from services.runtime.events import Event, make
from services.runtime.metrics import Metrics
from services.runtime.store import Aggregates, Change
from services.runtime.tracing import current_traceparent

REQUESTS_TOPIC = "feedback.requests.v1"

_RESPONSES_OF_A_SESSION = 200  # far more than a session has clients and others who rate it


@dataclass(frozen=True, slots=True)
class Opened:
    """A request as its link finds it, with what belongs to it."""

    asking: Asking
    request: Request
    site: Site
    # As who has the link finds it: still issued when it was answered by another way only. What they say is kept, too.
    state: State


# Whether a site has a wording in use, by site, instrument and version; the wording itself does not matter here.
InUse = Callable[[str, str, str], Awaitable[object | None]]


class Requests:
    """The requests of all sites."""

    def __init__(
        self,
        askings: Aggregates,
        responses: Aggregates,
        sites: Mapping[str, Site],
        links: Links,
        clock: Clock,
        metrics: Metrics,
        in_use: InUse,
    ) -> None:
        self._askings = askings
        self._responses = responses
        self._sites = sites
        self._links = links
        self._clock = clock
        self._in_use = in_use
        self._counted = metrics.counter(
            "feedback_requests_total",
            "Requests for feedback by what became of them: issued, answered, expired, withdrawn.",
            ["state"],
        )

    async def take_care(self, site_id: str, episode_id: str, care: Care) -> None:
        """Take in a revision of an episode of care: its clients and their consent."""
        await self._take(site_id, episode_id, lambda asking: asking.with_care(care))

    async def take_session(self, site_id: str, episode_id: str, session: Session) -> None:
        """Take in a revision of a session. After one that was held its clients are asked."""
        await self._take(site_id, episode_id, lambda asking: asking.with_session(session))

    async def answered(self, form: Form) -> None:
        """Note that a response is stored; nothing happens when nobody was asked for it.

        Who answered counts: a therapist's view of a session is no answer of the client's.
        """
        subject = (form.session_id, form.client_id, form.instrument_id, form.rater)
        known = await self._askings.get(store.key(form.site_id, form.episode_id))
        if known is not None and any(each.subject == subject for each in store.read_asking(known).requests):
            await self._take(form.site_id, form.episode_id, lambda asking: asking, {subject})

    async def answered_by_link(self, opened: Opened) -> None:
        """Note that the form of a request is stored, whichever of its instruments were answered."""
        await self._take(
            opened.asking.site_id, opened.asking.episode_id, lambda asking: asking, {opened.request.subject}
        )

    async def settle(self, site_id: str, episode_id: str, request_id: str) -> None:
        """Note that a request is answered when a crash came between the response and the note."""
        asking = await self.asking(site_id, episode_id)
        request = next((each for each in asking.requests if each.request_id == request_id), None)
        if request is None or request.state is not State.ISSUED:
            return
        answered = await self._answered(site_id, episode_id, request.session_id, asking.requests)
        if request.subject in answered:
            await self._take(site_id, episode_id, lambda now: now, {request.subject})

    async def issue(
        self,
        site_id: str,
        episode_id: str,
        session_id: str,
        client_id: str,
        language: str,
        wanted: Wanted | None = None,
    ) -> tuple[Request, str]:
        """Ask about a session, once, and return the request with its link; no link when it has ended.

        Without ``wanted`` the client is asked what the site asks after every session.
        """
        site = self._sites.get(site_id)
        if site is None:
            raise Conflict("site_id", "this site asks nobody", "Enter the site in feedback's forms file.")
        if language and language not in site.languages:
            raise Permanent(
                "language", "is not one of the site's", f"Use {', '.join(site.languages)}, or leave it out."
            )
        client_id = await self._client(site_id, episode_id, client_id)
        usual = Wanted(Rater.CLIENT, ((site.instrument_id, FORMS[site.instrument_id]),))
        if wanted is not None and wanted != usual:
            named = await self._wanted(site_id, episode_id, session_id, client_id, wanted)
            return await self._given(*named, language)
        session = Session(session_id, 0, held=True, scheduled_at=self._clock.now(), asked_by_clinic=True)
        asking = await self._take(site_id, episode_id, lambda asking: asking.with_session(session))
        request = asking.request(session_id, client_id)
        if request is None:
            raise Conflict(
                "session_id", "cannot be asked about: it did not take place, or was answered", "See ListResponses."
            )
        return await self._given(asking, request, language)

    async def list(self, site_id: str, episode_id: str) -> list[Request]:
        """Return an episode's requests in the order in which they were issued."""
        found = (await self.asking(site_id, episode_id)).requests
        return sorted(found, key=lambda each: (each.issued_at, each.request_id))

    async def asking(self, site_id: str, episode_id: str) -> Asking:
        """Return all that is known of asking in an episode."""
        return _read(await self._askings.get(store.key(site_id, episode_id)), site_id, episode_id)

    async def open(self, token: str) -> Opened:
        """Return the request of a link, whatever its state; NotFound when there is none."""
        if not well_formed(token):
            raise NotFound("link", "does not work")
        token_hash = fingerprint(token)
        for document in await self._askings.find({"tokens": token_hash}, limit=1):
            asking = store.read_asking(document)
            site = self._sites.get(asking.site_id)
            request = next((each for each in asking.requests if each.token_hash == token_hash), None)
            if site is not None and request is not None:
                return Opened(asking, request, site, await self._state_of_link(asking.site_id, request))
        raise NotFound("link", "does not work")

    async def opt_out(self, opened: Opened) -> None:
        """Stop every message to the client of a request, for the rest of the episode, and tell it; once."""
        asking, request = opened.asking, opened.request

        def decide(document: store.Doc | None) -> Change | None:
            before = _read(document, asking.site_id, asking.episode_id)
            after = before.without_messages(request.client_id)
            if after == before:
                return None
            now = messages.milliseconds(self._clock.now())
            return Change(store.asking_document(after), [(REQUESTS_TOPIC, told(after, request, "opted-out", now))])

        await self._askings.change(store.key(asking.site_id, asking.episode_id), decide)

    async def expire(self, limit: int) -> int:
        """End requests that nobody answered in time; return how many episodes were looked at."""
        due = await self._askings.find({"closes_at": {"$lte": self._clock.now()}}, sort=[("closes_at", 1)], limit=limit)
        for document in due:
            await self._take(document["site_id"], document["episode_id"], lambda asking: asking)
        return len(due)

    async def _state_of_link(self, site_id: str, request: Request) -> State:
        if request.state is not State.ANSWERED:
            return request.state
        for place in range(len(request.instruments)):
            if await self._responses.get(store.key(site_id, response_id(request.request_id, place))) is not None:
                return State.ANSWERED
        return State.ISSUED

    async def _client(self, site_id: str, episode_id: str, client_id: str) -> str:
        document = await self._askings.get(store.key(site_id, episode_id))
        care = None if document is None else store.read_asking(document).care
        if care is None:
            raise NotFound("episode_id", "is not known here", "Record the episode with intake, then try again.")
        if not care.monitoring:
            raise Conflict("episode_id", "the client has not agreed to be asked", "Record the consent with intake.")
        if not client_id and len(care.client_ids) == 1:
            return care.client_ids[0]
        if client_id not in care.client_ids:
            raise Permanent("client_id", "is none of the episode's clients", "Name one of the episode's client_ids.")
        return client_id

    async def _wanted(
        self, site_id: str, episode_id: str, session_id: str, client_id: str, wanted: Wanted
    ) -> tuple[Asking, Request]:
        terms, now = await self._terms(site_id), messages.milliseconds(self._clock.now())
        if terms is None:
            raise RuntimeError("a site of the forms file has no terms")
        answered = await self._answered(site_id, episode_id, session_id)
        asking = await self._take(
            site_id,
            episode_id,
            lambda asking: (
                asking
                if wanted.subject(session_id, client_id) in answered
                else asking.wanted(wanted, terms, session_id, client_id, now)
            ),
        )
        request = asking.named(wanted, session_id, client_id)
        if request is None:
            raise Conflict("session_id", "is answered already", "See ListResponses.")
        return asking, request

    async def _given(self, asking: Asking, request: Request, language: str) -> tuple[Request, str]:
        if request.state is not State.ISSUED:
            return request, ""
        return await self._linked(asking, request, language), self._links.link(request.request_id)

    async def _linked(self, asking: Asking, request: Request, language: str) -> Request:
        """Make sure that the link that is given out opens the request, in the language that is asked for."""
        token_hash = self._links.token_hash(request.request_id)
        wanted = replace(request, token_hash=token_hash, language=language or request.language)
        if wanted != request:
            asking = await self._take(
                asking.site_id,
                asking.episode_id,
                lambda now: now.with_token(request.request_id, token_hash).in_language(
                    request.request_id, wanted.language
                ),
            )
        return next((each for each in asking.requests if each.request_id == request.request_id), request)

    async def _take(
        self,
        site_id: str,
        episode_id: str,
        take: Callable[[Asking], Asking],
        stored: Set[Subject] = frozenset(),
    ) -> Asking:
        document = await self._askings.get(store.key(site_id, episode_id))
        preview = take(_read(document, site_id, episode_id))
        answered = set(stored)
        for session_id in preview.unsettled(self._clock.now()):
            answered |= await self._answered(site_id, episode_id, session_id, preview.requests)
        return await self._save(site_id, episode_id, take, answered)

    async def _answered(
        self, site_id: str, episode_id: str, session_id: str, requests: Iterable[Request] = ()
    ) -> set[Subject]:
        """Return what is answered of a session. Of ``requests`` any answer by the link counts, as on the page."""
        found = await self._responses.find(
            {"site_id": site_id, "episode_id": episode_id, "session_id": session_id}, limit=_RESPONSES_OF_A_SESSION
        )
        by_link = {request_of(each["response_id"]) for each in found}
        subjects = {
            (each["session_id"], each["client_id"], each["instrument_id"], store.rater_of(each)) for each in found
        }
        return subjects | {each.subject for each in requests if each.request_id in by_link}

    async def _save(
        self, site_id: str, episode_id: str, take: Callable[[Asking], Asking], answered: Set[Subject]
    ) -> Asking:
        terms, now = await self._terms(site_id), messages.milliseconds(self._clock.now())
        news: list[Request] = []

        def decide(document: store.Doc | None) -> Change | None:
            before = _read(document, site_id, episode_id)
            after = take(before).settled(terms, now, answered)
            news[:] = _news(before, after)
            if after == before:
                return None
            return Change(store.asking_document(after), [(REQUESTS_TOPIC, _event(after, each)) for each in news])

        saved = await self._askings.change(store.key(site_id, episode_id), decide)
        for request in news:
            self._counted.labels(request.state.value).inc()
        return _read(saved, site_id, episode_id)

    async def _terms(self, site_id: str) -> Terms | None:
        site = self._sites.get(site_id)
        if site is None:
            return None
        return Terms(
            instrument_id=site.instrument_id,
            instrument_version=FORMS[site.instrument_id],
            valid_for=site.valid_for,
            notify_from=site.quiet.over if site.quiet is not None else lambda at: at,
            token_hash=self._links.token_hash,
            tell_clinic=site.messages is not None and site.messages.webhook is not None,
            regular=tuple([each for each in site.regular if await self._asked_here(site_id, each)]),
        )

    async def _asked_here(self, site_id: str, regular: Regular) -> bool:
        """An instrument without a wording waits until one is loaded; the client is asked the rest meanwhile."""
        return await self._in_use(site_id, regular.instrument_id, regular.instrument_version) is not None


def _read(document: store.Doc | None, site_id: str, episode_id: str) -> Asking:
    return Asking(site_id, episode_id) if document is None else store.read_asking(document)


def _news(before: Asking, after: Asking) -> list[Request]:
    """Return the requests whose state changed, the new ones included."""
    states = {each.request_id: each.state for each in before.requests}
    return [each for each in after.requests if states.get(each.request_id) is not each.state]


def _event(asking: Asking, request: Request) -> Event:
    return told(asking, request, request.state.value, request.ended_at or request.issued_at)


def told(asking: Asking, request: Request, what: str, time: datetime) -> Event:
    """Write what is told of a request on its topic."""
    return make(
        site_id=asking.site_id,
        service="feedback",
        type=f"attune.feedback-request.{what}.v1",
        key=asking.episode_id,
        subject=f"episodes/{asking.episode_id}",
        cause=f"requests/{request.request_id}",
        revision=request.revision,
        time=time,
        data=messages.to_request(asking, request),
        traceparent=current_traceparent(),
    )
