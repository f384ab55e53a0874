"""The ways to reach a person.

A gateway gets a text that holds a count, a reference and a link, and knows nothing of an alert.
"""

from collections.abc import Mapping
from typing import Protocol

from services.alerting.domain.sites import Channel, Contact
from services.alerting.texts import Text
from services.runtime.outbound import GatewayError


class Gateway(Protocol):
    """One channel's way out."""

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        """Return when the gateway took the message, else raise GatewayError. The caller limits the time."""
        ...


Gateways = Mapping[Channel, Gateway]

__all__ = ["Gateway", "GatewayError", "Gateways"]
