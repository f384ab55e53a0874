"""The signature of webhooks, in both directions.

``Attune-Signature: v1=<hex>`` is the HMAC-SHA256 of ``<Attune-Timestamp>.<body>`` under a shared secret.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

SIGNATURE = "Attune-Signature"
TIMESTAMP = "Attune-Timestamp"
MAX_AGE = timedelta(minutes=5)  # an older one may be a replay


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
