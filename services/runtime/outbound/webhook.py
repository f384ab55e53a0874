"""Signed webhooks.

The receiver checks ``Attune-Signature: v1=<hex>``, the HMAC-SHA256 of ``<Attune-Timestamp>.<body>`` under the shared
secret; refuses a timestamp that is more than a few minutes off, and so a replay; and takes ``Attune-Delivery`` as the
key under which a repeat is the same message.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from services.runtime.clock import Clock
from services.runtime.outbound.trouble import post

SIGNATURE = "Attune-Signature"
TIMESTAMP = "Attune-Timestamp"
DELIVERY = "Attune-Delivery"
MAX_AGE = timedelta(minutes=5)  # an older one may be a replay
MIN_SECRET_BYTES = 16  # of a signing secret
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Webhooks:
    """Posts JSON. ``client`` must not follow redirects: the address in the site's file is the one that was approved."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def send(self, url: str, secret: bytes, content: Mapping[str, object], delivery_id: str) -> None:
        """Return when the receiver answered with success, else raise GatewayError."""
        body = json.dumps(content).encode()
        timestamp = str(int(self._clock.now().timestamp()))
        signed = {TIMESTAMP: timestamp, DELIVERY: delivery_id, SIGNATURE: sign(secret, timestamp, body)}
        await post(self._client, "webhook", url, body, signed)


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature header of a body."""
    return "v1=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_genuine(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Tell whether a body was signed under the secret within the last few minutes."""
    timestamp = headers.get(TIMESTAMP, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(now.timestamp() - int(timestamp)) > MAX_AGE.total_seconds():
        return False
    return hmac.compare_digest(headers.get(SIGNATURE, "").encode(), sign(secret, timestamp, body).encode())


def url_problem(url: str, plain_http: bool) -> str:
    """Say what is wrong with the address of a webhook or gateway; empty when nothing is."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is not an http(s) URL"
    if parts.scheme == "http" and not plain_http and parts.hostname not in LOOPBACK:
        return "would send a link in the clear; use https, or say plain_http: true"
    return ""


def read_secret(file: Path | None, directory: Path) -> tuple[bytes, str]:
    """Read a signing secret from a file that ``directory``'s file names; return it and what is wrong with it."""
    if file is None:
        return b"", "is missing; name the file with the secret that signs the webhook"
    path = directory / file  # an absolute path stays itself
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        return b"", f"{path} cannot be read: {error.strerror}"
    if len(secret) < MIN_SECRET_BYTES:
        return secret, f"{path} has fewer than {MIN_SECRET_BYTES} bytes; make a longer secret"
    return secret, ""
