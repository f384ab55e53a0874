"""SMS by an HTTP gateway: one POST of ``{"id", "to", "text"}`` as JSON, with a bearer token when it wants one.

``Idempotency-Key`` is the same for a message that is handed in again after a crash.
"""

import json
from dataclasses import dataclass, field

import httpx

from services.runtime.outbound.trouble import post


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """Where SMS are handed in."""

    url: str
    token: str = field(default="", repr=False)


class SmsSender:
    """Hands messages in. ``client`` must not follow redirects."""

    def __init__(self, gateway: SmsGateway, client: httpx.AsyncClient) -> None:
        self._gateway = gateway
        self._client = client

    async def send(self, to: str, text: str, message_id: str) -> None:
        """Return when the gateway took the message, else raise GatewayError."""
        headers = {"Idempotency-Key": message_id}
        if self._gateway.token:
            headers["Authorization"] = f"Bearer {self._gateway.token}"
        body = json.dumps({"id": message_id, "to": to, "text": text}).encode()
        await post(self._client, "SMS gateway", self._gateway.url, body, headers)
