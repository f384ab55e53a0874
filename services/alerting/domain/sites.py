"""A site's people, and who is to be told at a given time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from services.alerting.domain.facts import Kind
from services.alerting.domain.hours import Hours
from services.alerting.domain.policy import CATCH_ALL, PERSON, ROTA, SUPERVISORS, Policy, Step
from services.alerting.domain.rota import Rota
from services.alerting.domain.shifts import Override, on_call

MAIN = "main"  # the id of a site's first rota


class Channel(StrEnum):
    """A way to reach a person."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    SMS = "sms"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a channel reaches a person.

    ``secret`` signs webhooks; it and the address stay out of logs and stored documents.
    """

    channel: Channel
    address: str = field(repr=False)
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """Use the contact of ``channel`` so long after the person was first to be told, if nobody has answered by then.

    ``kind`` limits it to alerts of one kind; None: all of them.
    """

    channel: Channel
    after: timedelta
    kind: Kind | None = None


class Role(StrEnum):
    """What somebody is at a site; one person may be several."""

    THERAPIST = "therapist"  # treats clients
    SUPERVISOR = "supervisor"  # hears of what waits too long, and of patterns in a caseload
    ON_CALL = "on-call"  # takes turns on a rota
    SITE_ADMIN = "site-admin"  # changes the site's rotas and people


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can be told. ``contacts`` are in the order in which they are tried, at most one for each channel.

    Only verified ones are among them; ``unverified`` are the others, which are never used. ``therapist_id`` is their
    pseudonym in the clinic's events, when they treat clients themselves.
    """

    person_id: str
    contacts: tuple[Contact, ...] = ()
    language: str = "en"
    therapist_id: str = ""
    rules: tuple[Rule, ...] = ()
    unverified: tuple[Contact, ...] = ()

    @property
    def reachable(self) -> bool:
        """Tell whether there is any way to reach the person."""
        return bool(self.contacts)

    def contact(self, channel: Channel) -> Contact | None:
        """Return the person's contact of this channel."""
        return next((contact for contact in self.contacts if contact.channel is channel), None)

    def next_contact(self, channel: Channel) -> Contact | None:
        """Return the contact to try after ``channel``; None after the last one, and when the channel is gone."""
        channels = [contact.channel for contact in self.contacts]
        if channel not in channels:
            return None
        following = channels.index(channel) + 1
        return self.contacts[following] if following < len(channels) else None


TEST_WAIT = timedelta(minutes=15)
# Own: nothing of this wakes anybody, and nobody else is told when they are silent.
_OWN_POLICIES: Mapping[Kind, Policy] = MappingProxyType(
    {
        Kind.CASELOAD: Policy((Step((SUPERVISORS,), timedelta(days=3)),), 0, timedelta(days=7), timedelta(days=14)),
        Kind.OPERATIONAL: Policy((Step((CATCH_ALL,), timedelta(hours=8)),), 0, timedelta(days=1), timedelta(days=1)),
    }
)


@dataclass(frozen=True, slots=True)
class Site:
    """What the on-call file says about one site."""

    site_id: str
    zone: ZoneInfo
    people: Mapping[str, Person]
    rotas: Mapping[str, Rota]
    risk_policy: Policy
    rupture_policy: Policy
    rupture_hours: Hours
    catch_all: tuple[str, ...]
    supervisors: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()

    def policy(self, kind: Kind) -> Policy:
        """Return the policy for a new alert of this kind."""
        if kind is Kind.TEST:
            # Whom a risk would page first; not answered within an hour, it is over, and the catch-all hears of it.
            first = replace(self.risk_policy.steps[0], delay=TEST_WAIT)
            return Policy((first,), 0, TEST_WAIT, TEST_WAIT)
        if kind in _OWN_POLICIES:
            return _OWN_POLICIES[kind]
        return self.risk_policy if kind is Kind.RISK else self.rupture_policy

    def may_page_at(self, kind: Kind, at: datetime) -> datetime:
        """Return ``at`` when an alert of this kind may page then, else when it may next.

        Risk always may, and a test of the way that risk takes.
        """
        return at if kind in (Kind.RISK, Kind.TEST) else self.rupture_hours.opening(at, self.zone)

    def resolve(self, targets: tuple[str, ...], at: datetime) -> tuple[Person, ...]:
        """Return the reachable people that these targets mean at this time, each once, in order."""
        found: dict[str, Person] = {}
        for target in targets:
            for person_id in self._ids(target, at):
                person = self.people.get(person_id)
                if person is not None and person.reachable:
                    found.setdefault(person_id, person)
        return tuple(found.values())

    def _ids(self, target: str, at: datetime) -> tuple[str, ...]:
        if target == CATCH_ALL:
            return self.catch_all
        if target == SUPERVISORS:
            return self.supervisors
        if target.startswith(PERSON):
            return (target.removeprefix(PERSON),)
        return self.on_call(MAIN if target == ROTA else target.removeprefix(f"{ROTA}:"), at)

    def on_call(self, rota_id: str, at: datetime) -> tuple[str, ...]:
        """Return the ids of those on call on a rota, in order; nobody when there is no such rota."""
        rota = self.rotas.get(rota_id)
        return () if rota is None else on_call(rota, self.overrides_of(rota_id), at)

    def overrides_of(self, rota_id: str) -> tuple[Override, ...]:
        """Return the overrides of a rota, in the order in which they were made."""
        return tuple(override for override in self.overrides if override.rota_id == rota_id)

    def roles(self, person_id: str) -> frozenset[Role]:
        """Return what somebody is here."""
        person = self.people.get(person_id)
        known = {
            Role.THERAPIST: person is not None and bool(person.therapist_id),
            Role.SUPERVISOR: person_id in self.supervisors,
            Role.ON_CALL: any(person_id in rota.people for rota in self.rotas.values()),
            Role.SITE_ADMIN: person_id in self.admins,
        }
        return frozenset(role for role, held in known.items() if held)
