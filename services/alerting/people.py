"""People as the on-call file and the API name them: their contacts, and when each contact is used.

A contact is used only when it is verified. Whoever signs ``contacts_verified`` says that each contact below it was
tried and reached its person; who writes the file decides who is paged anyway, and a review sees the signature. A
contact with ``verified: false``, or below no signature, waits for a code that was sent to it and came back.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Channel, Contact, Person, Rule
from services.runtime import files
from services.runtime.files import FileModel
from services.runtime.outbound import is_address, read_secret, url_problem

LONGEST_RULE = timedelta(days=1)

_PHONE = re.compile(r"\+[1-9]\d{6,14}")  # E.164

Identifier = Annotated[str, Field(pattern=files.IDENTIFIER)]


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError("is not an e-mail address")
    return value


def _number(value: str) -> str:
    number = re.sub(r"[\s().-]", "", value)
    if not _PHONE.fullmatch(number):
        raise ValueError('is not a phone number; write it in quotes with its country, as "+44 7700 900123"')
    return number


def _after(value: object) -> timedelta:
    return files.duration(value, timedelta(0), LONGEST_RULE)


class Signature(FileModel):
    """Who tried the contacts, and when."""

    by: str = Field(min_length=1, max_length=100)
    when: date


class DeclaredContact(FileModel):
    """One way to reach a person."""

    email: Annotated[str, AfterValidator(_address)] | None = None
    webhook: str | None = None
    sms: Annotated[str, AfterValidator(_number)] | None = None
    voice: Annotated[str, AfterValidator(_number)] | None = None
    secret_file: Path | None = None
    plain_http: bool = False
    verified: Literal[False] | None = None


class DeclaredRule(FileModel):
    """When a contact is used."""

    contact: Channel
    after: Annotated[timedelta, BeforeValidator(_after)]
    about: Kind | None = None


class DeclaredPerson(FileModel):
    """Somebody who can be told."""

    id: Identifier
    language: Literal["en", "es"] = "en"
    therapist: Identifier | None = None
    contacts: tuple[DeclaredContact, ...] = ()
    notify: tuple[DeclaredRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What is needed beside the words: where secrets are, who signed, and which contacts a code has confirmed."""

    directory: Path
    signed: bool
    confirmed: Callable[[str, Contact], bool]


def nothing_confirmed(person_id: str, contact: Contact) -> bool:
    """Know of no confirmation: what the file alone says."""
    return False


def fingerprint(person_id: str, contact: Contact) -> str:
    """Return what a confirmation is bound to: another address needs another one."""
    return hashlib.sha256(f"{person_id}|{contact.channel}|{contact.address}".encode()).hexdigest()


def read(
    listed: Iterable[DeclaredPerson], place: str, reading: Reading, problems: list[str]
) -> MappingProxyType[str, Person]:
    """Read people; what is wrong is added to ``problems``."""
    people: dict[str, Person] = {}
    for index, person in enumerate(listed):
        if person.id in people:
            problems.append(f"{place}[{index}].id: {person.id!r} is there twice")
        people[person.id] = read_one(person, f"{place}[{index}]", reading, problems)
    return MappingProxyType(people)


def read_one(person: DeclaredPerson, place: str, reading: Reading, problems: list[str]) -> Person:
    """Read one person; what is wrong is added to ``problems``."""
    usable: list[Contact] = []
    unverified: list[Contact] = []
    for number, declared in enumerate(person.contacts):
        contact = _contact(declared, f"{place}.contacts[{number}]", reading.directory, problems)
        if contact is None:
            continue
        signed = reading.signed and declared.verified is None
        (usable if signed or reading.confirmed(person.id, contact) else unverified).append(contact)
    channels = [contact.channel for contact in (*usable, *unverified)]
    if len(set(channels)) < len(channels):
        problems.append(f"{place}.contacts: has two of one channel; give each channel once")
    for number, rule in enumerate(person.notify):
        if rule.contact not in channels:
            problems.append(f"{place}.notify[{number}].contact: the person has no {rule.contact}; add it to contacts")
    ruled = [(rule.contact, rule.about) for rule in person.notify]
    if len(set(ruled)) < len(ruled):
        problems.append(f"{place}.notify: uses a contact twice for the same alerts; give it once, steps repeat")
    rules = tuple(Rule(rule.contact, rule.after, rule.about) for rule in person.notify)
    return Person(person.id, tuple(usable), person.language, person.therapist or "", rules, tuple(unverified))


def _contact(contact: DeclaredContact, place: str, directory: Path, problems: list[str]) -> Contact | None:
    given = [(channel, getattr(contact, channel)) for channel in Channel if getattr(contact, channel) is not None]
    if len(given) != 1:
        problems.append(f"{place}: give one of {', '.join(Channel)}")
        return None
    [(channel, address)] = given
    if channel is not Channel.WEBHOOK:
        if contact.secret_file is not None or contact.plain_http:
            problems.append(f"{place}: secret_file and plain_http are for webhooks only")
        return Contact(channel, address)
    url = str(contact.webhook)
    problem = url_problem(url, contact.plain_http)
    if problem:
        problems.append(f"{place}.webhook: {problem}")
    secret, problem = read_secret(contact.secret_file, directory)
    if problem:
        problems.append(f"{place}.secret_file: {problem}")
    return Contact(Channel.WEBHOOK, url, secret)
