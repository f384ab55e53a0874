"""What a form carries sealed: a risk answer is passed on even while the database cannot say whose form it is."""

import base64
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.feedback.domain.forms import Rater
from services.feedback.domain.requests import Asking, Request

_NONCE = 12  # bytes, as AES-GCM wants it (NIST SP 800-38D, 8.2.2)
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whose form it is, in whose language."""

    site_id: str
    episode_id: str
    session_id: str
    client_id: str
    request_id: str
    instrument_id: str
    instrument_version: str
    visibility: str
    token_hash: str
    rater: int = Rater.CLIENT
    # What is on the page, in its order: instrument, version, and the edition of the wording that is read (0: our own).
    sheets: tuple[tuple[str, str, int], ...] = ()

    @classmethod
    def of(cls, asking: Asking, request: Request) -> Self:
        """Return the ticket of a request's form."""
        return cls(
            site_id=asking.site_id,
            episode_id=asking.episode_id,
            session_id=request.session_id,
            client_id=request.client_id,
            request_id=request.request_id,
            instrument_id=request.instrument_id,
            instrument_version=request.instrument_version,
            visibility=asking.visibility.value,
            token_hash=request.token_hash,
            rater=request.rater,
            sheets=tuple((name, version, 0) for name, version in request.instruments),
        )


class Seal:
    """Keeps short texts, as contact addresses, from whoever has the database alone. ``key`` is the secret of links."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"attune contact address\n" + key).digest())

    def close(self, text: str) -> str:
        """Return the text as only this service can read it."""
        nonce = os.urandom(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """Return the text; empty for an empty one, and for one that was sealed with another key."""
        raw = base64.urlsafe_b64decode(sealed.encode())
        try:
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None).decode() if raw else ""
        except InvalidTag:
            return ""


class Tickets:
    """Seals and opens tickets. ``key`` is the secret of links."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"attune form ticket\n" + key).digest())

    def seal(self, ticket: Ticket) -> str:
        """Return the ticket as text that only this service can read, and nobody can change."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, json.dumps(asdict(ticket)).encode(), None)
        return base64.urlsafe_b64encode(sealed).decode()

    def open(self, text: str, token_hash: str) -> Ticket | None:
        """Return the ticket of the form behind this link; None when it is not one of ours for it."""
        if len(text) > _LONGEST:
            return None
        try:
            sealed = base64.urlsafe_b64decode(text.encode())
            content = json.loads(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
            ticket = Ticket(**{**content, "sheets": tuple(tuple(each) for each in content["sheets"])})
        except (ValueError, TypeError, KeyError, InvalidTag):
            return None
        return ticket if ticket.token_hash == token_hash else None
