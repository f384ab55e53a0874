"""One-time links that acknowledge: signed, expiring, and bound to one page, and so to one alert and one person.

The link holds nothing but the page's id, which is a hash: who decodes it learns nothing of a site, a person or a
client.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import jwt

from services.alerting.domain.delivery import Delivery

_AUDIENCE = "attune-acknowledge"
_ALGORITHM = "HS256"
PATH = "/a/"


class BadLink(Exception):
    """A link that was not made here, or was cut off."""


class ExpiredLink(Exception):
    """A link made here whose time is over."""


class Links:
    """Makes and reads links. ``key`` is the secret that signs them."""

    def __init__(self, public_url: str, key: bytes, lifetime: timedelta) -> None:
        self._base = public_url.rstrip("/") + PATH
        self._key = key
        self._lifetime = lifetime

    def make(self, page: Delivery) -> str:
        """Return the link of a page.

        The same page always has the same link, so a page that arrives twice still works once.
        """
        claims = {"aud": _AUDIENCE, "sub": page.delivery_id, "exp": int((page.planned_at + self._lifetime).timestamp())}
        return self._base + jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str, now: datetime) -> str:
        """Return the id of the page that the link is for; BadLink or ExpiredLink otherwise."""
        # The expiry is compared with the injected clock below, not with the machine's.
        options: Any = {"require": ["exp", "sub"], "verify_exp": False}
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM], audience=_AUDIENCE, options=options)
            expires, delivery_id = float(claims["exp"]), str(claims["sub"])
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise BadLink(type(error).__name__) from None
        if expires <= now.timestamp():
            raise ExpiredLink
        return delivery_id


def fingerprint(token: str) -> str:
    """Return what is stored of a used link: not enough to use it."""
    return hashlib.sha256(token.encode()).hexdigest()
