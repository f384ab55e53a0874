"""Asking clients for feedback: who is asked after which session, and what becomes of each request.

An episode's requests are a function of what is known of it: the care (consent and clients), its sessions, and which of
them are answered. So whatever arrives first, and however often, the same clients are asked the same things once.
Silence is a signal: a request that nobody answers ends as ``expired`` and is told like any other end.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.feedback.domain import regular
from services.feedback.domain.forms import Rater
from services.feedback.domain.outreach import Channel, Outreach, begin
from services.feedback.domain.regular import Regular

# Namespace of the requests' ids (UUIDv5): any fixed value, never to change.
_NAMESPACE = uuid.UUID("2a4d3c1e-95f0-5c61-8f0b-6f1f5a7f9c10")

# How long after a session was booked to start its client is still asked by ourselves (own: a session is remembered well
# for a day or two, and a clinic that reports at night is in time; a history that is read in asks nobody).
ASK_WITHIN = timedelta(hours=48)
# A form that was opened in time may be sent so much later (own: nobody is cut off while answering).
GRACE = timedelta(hours=1)
# Sessions and ended requests are kept so long, to recognise repeats and late answers (own).
KEPT = timedelta(days=90)


class State(StrEnum):
    """What has become of a request. Only an issued one can still be answered by its link."""

    ISSUED = "issued"
    ANSWERED = "answered"
    # Nobody answered in time.
    EXPIRED = "expired"
    # Consent was taken back, or the session did not take place after all.
    WITHDRAWN = "withdrawn"


class Visibility(StrEnum):
    """Who may see a client's ratings, as the client agreed with the clinic."""

    THERAPIST_AND_SUPERVISOR = "therapist_and_supervisor"
    THERAPIST_ONLY = "therapist_only"
    # The therapist sees the answers after the client agreed.
    HELD = "held"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Care:
    """What intake says of an episode, as far as asking needs it."""

    revision: int
    # The client agreed that answers are used to watch the alliance.
    monitoring: bool
    visibility: Visibility
    client_ids: tuple[str, ...]
    # Who treats now; empty when that is not known.
    therapist_id: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A booked session. ``revision`` 0 is the clinic's word that it asks now, before any report of the session."""

    session_id: str
    revision: int
    held: bool
    scheduled_at: datetime
    # The clinic asked for this session itself, so its age does not matter.
    asked_by_clinic: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One client was asked about one session."""

    request_id: str
    session_id: str
    client_id: str
    instrument_id: str
    instrument_version: str
    # BCP 47; empty when the client's browser decides.
    language: str
    # Of the link's secret; the secret itself is stored nowhere.
    token_hash: str
    issued_at: datetime
    # The client is not to be told of it before: the site's quiet hours.
    notify_from: datetime
    # The form opens until then, and takes answers for ``GRACE`` longer.
    expires_at: datetime
    state: State = State.ISSUED
    ended_at: datetime | None = None
    # 1 when issued; counts up with every change of state.
    revision: int = 1
    # Who is asked.
    rater: int = Rater.CLIENT
    # Further instruments on the same page: id and version.
    also: tuple[tuple[str, str], ...] = ()
    # The clinic asked for it by name, beside what is asked after every session.
    by_name: bool = False
    # How the client is told of it; None when the clinic does that by itself.
    outreach: Outreach | None = None

    @property
    def closes_at(self) -> datetime:
        """When answers are no longer taken."""
        return self.expires_at + GRACE

    @property
    def instruments(self) -> tuple[tuple[str, str], ...]:
        """What is on the page, in its order: id and version."""
        return ((self.instrument_id, self.instrument_version), *self.also)

    @property
    def subject(self) -> "Subject":
        """What a response must be about to answer it."""
        return (self.session_id, self.client_id, self.instrument_id, self.rater)

    def ended(self, state: State, at: datetime) -> "Request":
        """Return the request in another state. The client is told nothing more of it."""
        outreach = self.outreach.finished() if self.outreach is not None else None
        return replace(self, state=state, ended_at=at, revision=self.revision + 1, outreach=outreach)


def response_id(request_id: str, place: int) -> str:
    """Name the response to one instrument of a request's page: one has one response, however often its form is sent."""
    return request_id if place == 0 else f"{request_id}.{place}"


def request_of(response_id: str) -> str:
    """Return the id of the request that a response came by, if it came by one."""
    return response_id.partition(".")[0]


# Session, client and instrument that a response is about, and who answered.
Subject = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a clinic asks for by name: who is asked, and with which instruments, each as id and version."""

    rater: int
    instruments: tuple[tuple[str, str], ...]

    def subject(self, session_id: str, client_id: str) -> Subject:
        """What a response must be about to answer it: the first instrument's counts."""
        return (session_id, client_id, self.instruments[0][0], self.rater)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a site asks."""

    instrument_id: str
    instrument_version: str
    valid_for: timedelta
    # The earliest time, from the given one on, at which a client may be told.
    notify_from: Callable[[datetime], datetime]
    # The hash of the secret of a request's link, by its id.
    token_hash: Callable[[str], str]
    # Whether the clinic's own system is told of every request, by webhook.
    tell_clinic: bool = False
    # What is asked beside the site's own form, with some of the requests.
    regular: tuple[Regular, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """All that is known of asking in one episode."""

    site_id: str
    episode_id: str
    care: Care | None = None
    sessions: tuple[Session, ...] = ()
    requests: tuple[Request, ...] = ()
    # Clients who want no more messages in this episode. They may still answer.
    opted_out: tuple[str, ...] = ()

    def with_care(self, care: Care) -> "Asking":
        """Take in a revision of the episode; an older one changes nothing."""
        if self.care is not None and self.care.revision >= care.revision:
            return self
        return replace(self, care=care)

    def with_session(self, session: Session) -> "Asking":
        """Take in a revision of a session; an older one changes nothing."""
        known = self.session(session.session_id)
        if (
            known is not None
            and known.revision >= session.revision
            and known.asked_by_clinic >= session.asked_by_clinic
        ):
            return self
        if known is not None:
            newer = max(known, session, key=lambda each: each.revision)
            session = replace(newer, asked_by_clinic=known.asked_by_clinic or session.asked_by_clinic)
        others = [each for each in self.sessions if each.session_id != session.session_id]
        return replace(self, sessions=tuple(sorted([*others, session], key=lambda each: each.session_id)))

    def wanted(self, wanted: Wanted, terms: Terms, session_id: str, client_id: str, now: datetime) -> "Asking":
        """Ask for something by name, once."""
        if self.named(wanted, session_id, client_id) is not None:
            return self
        session = Session(session_id, 0, held=True, scheduled_at=now)
        (instrument_id, version), *also = wanted.instruments
        named = replace(
            self._issued(
                replace(terms, instrument_id=instrument_id, instrument_version=version),
                session,
                client_id,
                now,
                rater=wanted.rater,
            ),
            also=tuple(also),
            by_name=True,
        )
        return replace(self, requests=(*self.requests, named))

    def named(self, wanted: Wanted, session_id: str, client_id: str) -> Request | None:
        """Return the request for something by name, if there is one."""
        subject = wanted.subject(session_id, client_id)
        return next((each for each in self.requests if each.by_name and each.subject == subject), None)

    def in_language(self, request_id: str, language: str) -> "Asking":
        """Let a request that is still to be answered speak another language."""
        return self._with(request_id, lambda request: replace(request, language=language))

    def with_token(self, request_id: str, token_hash: str) -> "Asking":
        """Give a request another link, after the key that makes links has changed; the one before stops to work."""
        return self._with(request_id, lambda request: replace(request, token_hash=token_hash))

    def with_outreach(self, request_id: str, change: Callable[[Outreach | None], Outreach | None]) -> "Asking":
        """Change how a client is told of a request that is still to be answered."""
        return self._with(request_id, lambda request: replace(request, outreach=change(request.outreach)))

    def without_messages(self, client_id: str) -> "Asking":
        """Stop every message to a client, for the rest of the episode."""
        if client_id in self.opted_out:
            return self
        quiet = (
            replace(each, outreach=each.outreach.finished()) if each.client_id == client_id and each.outreach else each
            for each in self.requests
        )
        return replace(self, requests=tuple(quiet), opted_out=(*self.opted_out, client_id))

    def settled(self, terms: Terms | None, now: datetime, answered: Collection[Subject] = ()) -> "Asking":
        """Bring the requests in line with what is known: end those that have ended, issue those that are due.

        ``answered`` says which of the sessions of ``unsettled`` have a response. Without ``terms`` nobody is asked.
        """
        kept = [self._followed(request, now, answered) for request in self.requests]
        fresh = [] if terms is None else self._fresh(terms, now, kept, answered)
        return replace(
            self,
            sessions=tuple(each for each in self.sessions if each.scheduled_at > now - KEPT),
            requests=tuple(
                each for each in [*kept, *fresh] if each.state is State.ISSUED or each.expires_at > now - KEPT
            ),
        )

    def unsettled(self, now: datetime) -> frozenset[str]:
        """Return the sessions of which it must be known whether they are answered before ``settled`` may decide."""
        closing = {each.session_id for each in self.requests if _over(each, now)}
        return frozenset(closing | {session.session_id for session, _ in self._due(now)})

    def session(self, session_id: str) -> Session | None:
        """Return a session, if it is known."""
        return next((each for each in self.sessions if each.session_id == session_id), None)

    def request(self, session_id: str, client_id: str) -> Request | None:
        """Return the request for a client's view of a session, if there is one."""
        pair = (session_id, client_id)
        usual = (each for each in self.requests if not each.by_name)
        return next((each for each in usual if (each.session_id, each.client_id) == pair), None)

    @property
    def visibility(self) -> Visibility:
        """Who may see the ratings."""
        return self.care.visibility if self.care is not None else Visibility.UNKNOWN

    @property
    def therapist_id(self) -> str:
        """Who treats now; empty when that is not known."""
        return self.care.therapist_id if self.care is not None else ""

    @property
    def tells_at(self) -> datetime | None:
        """When the next message to a client is due."""
        due = (each.outreach.due_at for each in self.requests if each.outreach is not None)
        return min((at for at in due if at is not None), default=None)

    @property
    def closes_at(self) -> datetime | None:
        """When the next request ends unanswered."""
        return min((each.closes_at for each in self.requests if each.state is State.ISSUED), default=None)

    def _due(self, now: datetime) -> Iterator[tuple[Session, str]]:
        for session in self.sessions:
            recent = now - ASK_WITHIN <= session.scheduled_at
            if session.held and (recent or session.asked_by_clinic):
                for client_id in self._willing():
                    if self.request(session.session_id, client_id) is None:
                        yield session, client_id

    def _fresh(self, terms: Terms, now: datetime, kept: list[Request], answered: Collection[Subject]) -> list[Request]:
        fresh: list[Request] = []
        for session, client_id in self._due(now):
            request = self._issued(terms, session, client_id, now)
            if request.subject not in answered:
                before = _usual([*kept, *fresh], client_id)
                fresh.append(replace(request, also=regular.due(terms.regular, before)))
        return fresh

    def _willing(self) -> tuple[str, ...]:
        return self.care.client_ids if self.care is not None and self.care.monitoring else ()

    def _issued(
        self, terms: Terms, session: Session, client_id: str, now: datetime, rater: int = Rater.CLIENT
    ) -> Request:
        parts = [self.site_id, self.episode_id, session.session_id, client_id, terms.instrument_id]
        if rater != Rater.CLIENT:
            parts.append(str(int(rater)))
        request_id = str(uuid.uuid5(_NAMESPACE, "\n".join(parts)))
        notify_from = terms.notify_from(now)
        # What the clinic's system is told of, it may bring to the client.
        tell_clinic = terms.tell_clinic and rater == Rater.CLIENT and client_id not in self.opted_out
        return Request(
            request_id=request_id,
            session_id=session.session_id,
            client_id=client_id,
            instrument_id=terms.instrument_id,
            instrument_version=terms.instrument_version,
            language="",
            token_hash=terms.token_hash(request_id),
            issued_at=now,
            notify_from=notify_from,
            expires_at=now + terms.valid_for,
            rater=rater,
            outreach=begin(Channel.CLINIC, "", notify_from) if tell_clinic else None,
        )

    def _followed(self, request: Request, now: datetime, answered: Collection[Subject]) -> Request:
        if request.state in (State.ISSUED, State.EXPIRED) and request.subject in answered:
            # Also one that had expired: an answer by another way ends the silence.
            return request.ended(State.ANSWERED, now)
        if request.state is not State.ISSUED:
            return request
        session = self.session(request.session_id)
        if request.client_id not in self._willing() or (session is not None and not session.held):
            return request.ended(State.WITHDRAWN, now)
        return request.ended(State.EXPIRED, now) if _over(request, now) else request

    def _with(self, request_id: str, change: Callable[[Request], Request]) -> "Asking":
        return replace(
            self,
            requests=tuple(
                change(each) if each.request_id == request_id and each.state is State.ISSUED else each
                for each in self.requests
            ),
        )


def _usual(requests: Iterable[Request], client_id: str) -> list[Request]:
    """Return what a client was asked about sessions that took place, beside what was asked by name; oldest first."""
    usual = (each for each in requests if not each.by_name and each.state is not State.WITHDRAWN)
    return sorted((each for each in usual if each.client_id == client_id), key=lambda each: each.issued_at)


def _over(request: Request, now: datetime) -> bool:
    return request.state is State.ISSUED and request.closes_at <= now
