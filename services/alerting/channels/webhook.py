"""Signed webhooks.

The receiver checks the signature (``signature.py``); refuses a timestamp that is more than a few minutes off, and so a
replay; and takes ``Attune-Delivery`` as the key under which a repeat is the same message.
"""

import json

import httpx

from services.alerting.channels import GatewayError
from services.alerting.channels.signature import SIGNATURE, TIMESTAMP, sign
from services.alerting.domain.sites import Contact
from services.alerting.texts import Text
from services.runtime.clock import Clock

DELIVERY = "Attune-Delivery"

# Codes that ask to be tried again (RFC 9110 and 6585): timeout, too early, too many requests; and every 5xx.
TRY_AGAIN = frozenset({408, 425, 429})


class WebhookGateway:
    """Posts JSON. Redirects are not followed: the address in the on-call file is the one that was approved."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        """Return when the receiver answered with success."""
        content: dict[str, object] = {"count": text.count, "link": text.link, "reference": text.reference}
        if text.over:
            content["over"] = True
        if text.test:
            content["test"] = True
        body = json.dumps(content).encode()
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: timestamp,
            DELIVERY: delivery_id,
            SIGNATURE: sign(contact.secret, timestamp, body),
        }
        try:
            response = await self._client.post(contact.address, content=body, headers=headers)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise GatewayError("the webhook's address cannot be used", permanent=True) from error
        except httpx.HTTPError as error:
            raise GatewayError(f"the webhook cannot be reached ({type(error).__name__})") from error
        if not response.is_success:
            again = response.status_code in TRY_AGAIN or response.is_server_error
            raise GatewayError(f"the webhook answered {response.status_code}", permanent=not again)
