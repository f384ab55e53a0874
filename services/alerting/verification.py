"""Contacts are confirmed before they are used: a code goes to the contact by its own channel, and comes back."""

import asyncio
import hmac
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from services.alerting.channels import GatewayError, Gateways
from services.alerting.declared import contact_of
from services.alerting.domain.delivery import CALL_LIMIT
from services.alerting.domain.sites import Contact, Person
from services.alerting.people import fingerprint
from services.alerting.record import Code, Record
from services.alerting.roster import Roster
from services.alerting.sites import Sites
from services.alerting.texts import Text
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent, Transient

# Own. A million codes and five tries: whoever guesses has one chance in 200,000 for each code that is sent.
DIGITS = 6
TRIES = 5
LASTS = timedelta(minutes=15)
AGAIN_AFTER = timedelta(minutes=1)


class Verification:
    """Sends codes and takes them back. ``key`` keeps the stored ones from being tried out."""

    def __init__(self, roster: Roster, sites: Sites, gateways: Gateways, key: bytes, clock: Clock) -> None:
        self._roster = roster
        self._sites = sites
        self._gateways = gateways
        self._key = key
        self._clock = clock

    async def send(self, site_id: str, person_id: str, channel: str) -> datetime:
        """Send a code and return when it expires; Conflict when one was sent a moment ago, or none is needed."""
        person, contact = self._contact(site_id, person_id, channel)
        if contact in person.contacts:
            raise Conflict("channel", "is verified already", "It is in use; nothing is to be done.")
        name, now = fingerprint(person_id, contact), self._clock.now()
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        sent = Code(self._hash(site_id, name, code), now, now + LASTS)

        def decide(record: Record) -> Record:
            last = record.codes.get(name)
            if last is not None and last.sent_at + AGAIN_AFTER > now:
                raise Conflict("channel", "was sent a code less than a minute ago", "Wait for it, then ask again.")
            waiting = {each: known for each, known in record.codes.items() if known.expires_at > now}
            return replace(record, codes={**waiting, name: sent})

        await self._roster.change(site_id, decide)
        await self._hand_over(person, contact, code)
        return sent.expires_at

    async def confirm(self, site_id: str, person_id: str, channel: str, code: str) -> Person:
        """Take a code back: from now on the contact is used. Permanent when it is wrong, late, or tried too often."""
        _, contact = self._contact(site_id, person_id, channel)
        name, now = fingerprint(person_id, contact), self._clock.now()
        given = self._hash(site_id, name, code.strip())
        right: list[bool] = []

        def decide(record: Record) -> Record | None:
            known = record.codes.get(name)
            if known is None or known.expires_at <= now or known.tries >= TRIES:
                right[:] = [name in record.confirmed]
                return None
            right[:] = [hmac.compare_digest(known.hash, given)]
            if not right[0]:
                return replace(record, codes={**record.codes, name: replace(known, tries=known.tries + 1)})
            others = {each: code for each, code in record.codes.items() if each != name}
            return replace(record, codes=others, confirmed={**record.confirmed, name: now})

        await self._roster.change(site_id, decide)
        if not right[0]:
            raise Permanent("code", "is wrong, expired, or was tried too often", "Ask for a new code.")
        return self._sites.declared(site_id).people[person_id]

    async def _hand_over(self, person: Person, contact: Contact, code: str) -> None:
        gateway = self._gateways[contact.channel]
        text = Text(count=0, reference="", link="", language=person.language, confirm=code)
        try:
            async with asyncio.timeout(CALL_LIMIT.total_seconds()):
                await gateway.send(contact, text, f"code-{uuid4()}")
        except TimeoutError:
            raise Transient(f"the gateway for {contact.channel}") from None
        except GatewayError as error:
            if error.permanent:
                raise Permanent("channel", error.reason, "Correct the contact's address.") from error
            raise Transient(f"the gateway for {contact.channel} ({error.reason})") from error

    def _contact(self, site_id: str, person_id: str, channel: str) -> tuple[Person, Contact]:
        site = self._sites.declared(site_id)
        person = site.people.get(person_id)
        if person is None:
            raise NotFound("person_id", f"there is no person {person_id!r}", f"Known: {', '.join(site.people)}.")
        contact = contact_of(person, channel)
        if contact is None:
            known = ", ".join(each.channel for each in (*person.contacts, *person.unverified)) or "none"
            raise NotFound("channel", f"{person_id!r} has no {channel!r}", f"Known: {known}.")
        return person, contact

    def _hash(self, site_id: str, name: str, code: str) -> str:
        return hmac.new(self._key, f"contact-code|{site_id}|{name}|{code}".encode(), "sha256").hexdigest()
