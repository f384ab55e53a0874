"""The secrets of one-time links: made from a request's id and a key that only this service has, and stored hashed.

So a link can be given again to whoever may have it, the database alone opens no form, and a link cannot be guessed:
its secret has 160 bits.
"""

import base64
import hashlib
import hmac
import re

PATH = "/f/"
# After a link: the page on which a client wants no more messages.
STOP = "/stop"
_BYTES = 20
# The length in base64 without padding of that many bytes.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{27}")


class Links:
    """Makes links. ``public_url`` is what they begin with, ``key`` what their secrets are made from."""

    def __init__(self, public_url: str, key: bytes) -> None:
        self._base = public_url.rstrip("/") + PATH
        self._key = key

    def token(self, request_id: str) -> str:
        """Return the secret of a request's link; the same request always has the same."""
        digest = hmac.digest(self._key, f"attune form link\n{request_id}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:_BYTES]).rstrip(b"=").decode()

    def link(self, request_id: str) -> str:
        """Return the link that opens a request's form."""
        return self._base + self.token(request_id)

    def token_hash(self, request_id: str) -> str:
        """Return what is stored of a request's secret."""
        return fingerprint(self.token(request_id))


def fingerprint(token: str) -> str:
    """Return the hash of a secret: not enough to open anything."""
    return hashlib.sha256(token.encode()).hexdigest()


def well_formed(token: str) -> bool:
    """Tell whether this can be the secret of a link at all."""
    return bool(_TOKEN.fullmatch(token))
