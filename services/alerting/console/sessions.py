"""Sessions of browsers: a random token in a cookie, kept here by its hash only."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from services.alerting.console.accounts import Accounts
from services.alerting.console.documents import Doc, read_session, session_document
from services.alerting.domain.access import Account, Session
from services.runtime.clock import Clock
from services.runtime.store import Aggregates, Change, Index

SESSIONS = "sessions"
# Removed by the database some time after they cannot be used any more.
SESSION_INDEXES = (Index(["created_at"], expire_after=timedelta(days=2)),)
_TOKEN_BYTES = 32
# How exact "seen last" is: a write a minute and not one a click (own).
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in."""

    account: Account
    session: Session
    key: str


class Sessions:
    """The commands and queries of sessions."""

    def __init__(
        self, sessions: Aggregates, accounts: Accounts, clock: Clock, idle: timedelta, longest: timedelta
    ) -> None:
        self._sessions = sessions
        self._accounts = accounts
        self._clock = clock
        self._idle = idle
        self._longest = longest

    async def begin(self, account: Account) -> str:
        """Begin a session and return its token, always a new one: what a browser brought along is never taken."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock.now()
        session = Session(account.username, account.epoch, secrets.token_urlsafe(_TOKEN_BYTES), now, now)
        await self._sessions.change(_key(token), lambda _: Change(session_document(session)))
        return token

    async def visitor(self, token: str, *, present: bool) -> Visitor | None:
        """Return who holds the token, or None. ``present``: a person did something, so idling begins anew."""
        if not token:
            return None
        key = _key(token)
        document = await self._sessions.get(key)
        if document is None:
            return None
        session = read_session(document)
        account = await self._accounts.get(session.username)
        now = self._clock.now()
        if account is None or session.over(account, now, self._idle, self._longest):
            return None
        if present and now - session.seen_at >= _SEEN_EVERY:
            await self._change(key, lambda known: replace(known, seen_at=now))
        return Visitor(account, session, key)

    async def end(self, visitor: Visitor) -> None:
        """End a session."""
        await self._change(visitor.key, lambda known: replace(known, ended=True))

    async def _change(self, key: str, decide: Callable[[Session], Session]) -> None:
        def decide_document(document: Doc | None) -> Change | None:
            return Change(session_document(decide(read_session(document)))) if document else None

        await self._sessions.change(key, decide_document)


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
