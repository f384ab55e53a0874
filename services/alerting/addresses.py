"""What left for which address lately: what bundles and limits go by. Addresses themselves are not stored."""

import hashlib
import hmac
from datetime import timedelta

from services.alerting import store
from services.alerting.domain.delivery import Delivery, Purpose
from services.alerting.domain.pacing import BUNDLE_EVERY, Message, Wait, remembered, wait
from services.alerting.domain.sites import Contact
from services.runtime.clock import Clock
from services.runtime.store import Aggregates, Change


class Addresses:
    """The messages of the last hour by address. ``key`` keeps the stored names from being guessed."""

    def __init__(self, addresses: Aggregates, key: bytes, clock: Clock, bundle_every: timedelta = BUNDLE_EVERY) -> None:
        self._bundle_every = bundle_every
        self._addresses = addresses
        self._key = key
        self._clock = clock

    async def wait(self, contact: Contact, page: Delivery) -> Wait | None:
        """Tell whether a message to this address has to wait."""
        document = await self._addresses.get(self._name(contact))
        return wait(contact.channel, _read(document), self._message(page), self._bundle_every)

    async def note(self, contact: Contact, page: Delivery) -> None:
        """Remember that a message left."""
        message = self._message(page)

        def decide(document: store.Doc | None) -> Change:
            sent = remembered(_read(document), message)
            return Change({"channel": contact.channel.value, "sent": [_write(each) for each in sent]})

        await self._addresses.change(self._name(contact), decide)

    def _message(self, page: Delivery) -> Message:
        return Message(self._clock.now(), page.site_id, page.person_id, page.purpose)

    def _name(self, contact: Contact) -> str:
        return hmac.new(self._key, f"{contact.channel}|{contact.address}".encode(), hashlib.sha256).hexdigest()[:40]


def _write(message: Message) -> store.Doc:
    return {
        "at": message.at,
        "site_id": message.site_id,
        "person_id": message.person_id,
        "purpose": message.purpose.value,
    }


def _read(document: store.Doc | None) -> tuple[Message, ...]:
    return tuple(
        Message(each["at"], each["site_id"], each["person_id"], Purpose(each["purpose"]))
        for each in (document or {}).get("sent", ())
    )
