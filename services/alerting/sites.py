"""The on-call file: people, rota, policies and catch-all of every site, in YAML, checked before anything starts.

Every problem is one line that names the place in the file and what to do. ``deploy/sites.example.yaml`` shows all of
it.
"""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from services.alerting.domain.hours import Hours
from services.alerting.domain.policy import CATCH_ALL, PERSON, ROTA, SUPERVISORS, Policy, Step
from services.alerting.domain.rota import Handoff, Rota
from services.alerting.domain.sites import Channel, Contact, Person, Site
from services.runtime import files
from services.runtime.errors import Permanent
from services.runtime.files import FileModel
from services.runtime.outbound import read_secret, url_problem

# After these an acknowledged alert that is not closed triggers again (own: half a shift; the three working days that
# clinical reference 6.1 gives a rupture before the supervisor hears of it).
RISK_ACK_TIMEOUT = timedelta(hours=4)
RUPTURE_ACK_TIMEOUT = timedelta(days=3)

_PHONE = re.compile(r"\+[1-9]\d{6,14}")  # E.164
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.?[^@\s<>,;\"]*")


class SitesError(Exception):
    """An on-call file that cannot be used; one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Sites:
    """The sites of the file. A site that is not in it is looked after by the file's ``operators``, if it names any."""

    def __init__(self, sites: Mapping[str, Site], operators: Mapping[str, Person]) -> None:
        self._sites = dict(sites)
        self._operators = operators

    def get(self, site_id: str) -> Site | None:
        """Return the site; one run by the operators when the file does not name it; None when there are none."""
        site = self._sites.get(site_id)
        if site is not None or not self._operators:
            return site
        everyone = Policy((Step((CATCH_ALL,), timedelta(minutes=5)),), repeat=0, catch_all_every=timedelta(minutes=5))
        return Site(
            site_id=site_id,
            zone=ZoneInfo("UTC"),
            people=self._operators,
            rota=None,
            risk_policy=everyone,
            rupture_policy=everyone,
            rupture_hours=Hours(0, 1440),
            catch_all=tuple(self._operators),
        )

    def __iter__(self) -> Any:
        return iter(self._sites.values())

    def __len__(self) -> int:
        return len(self._sites)


def load(path: Path) -> Sites:
    """Read and check the file; SitesError lists every problem at once."""
    try:
        file = files.load(path, _File)
    except files.FileError as error:
        raise SitesError(error.problems) from error
    problems: list[str] = []
    operators = _people(file.operators, "operators", path.parent, problems)
    problems += [
        f"operators.{person_id}: has no contact; give an email or a webhook"
        for person_id, person in operators.items()
        if not person.reachable
    ]
    sites = {name: _site(name, site, path.parent, problems) for name, site in file.sites.items()}
    if problems:
        raise SitesError([f"{path}: {problem}" for problem in problems])
    return Sites({name: site for name, site in sites.items() if site is not None}, operators)


def site_of(sites: Sites, site_id: str) -> Site:
    """Return a site; Permanent when neither the file nor its operators look after it."""
    site = sites.get(site_id)
    if site is None:
        raise Permanent(
            "data.site_id",
            "the site is not in the on-call file",
            "Add the site, or operators, to the file; start alerting again; then replay the dead letter.",
        )
    return site


def duration(value: object) -> timedelta:
    """Read ``5m``, ``2s``, ``1h30m`` or ``1d``: from 1 s to 7 days."""
    return files.duration(value, timedelta(seconds=1), timedelta(days=7))


def _hours(value: object) -> Hours:
    return value if isinstance(value, Hours) else Hours.parse(str(value))


def _target(value: str) -> str:
    if value in (ROTA, SUPERVISORS, CATCH_ALL) or value.removeprefix(PERSON) not in ("", value):
        return value
    raise ValueError(f"{value!r} is not a target; use {ROTA}, {SUPERVISORS}, {CATCH_ALL} or {PERSON}<id>")


def _address(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("is not an e-mail address")
    return value


def _number(value: str) -> str:
    number = re.sub(r"[\s().-]", "", value)
    if not _PHONE.fullmatch(number):
        raise ValueError('is not a phone number; write it in quotes with its country, as "+44 7700 900123"')
    return number


Identifier = Annotated[str, Field(pattern=files.IDENTIFIER)]
Delay = Annotated[timedelta, BeforeValidator(duration)]


class _Contact(FileModel):
    email: Annotated[str, AfterValidator(_address)] | None = None
    webhook: str | None = None
    sms: Annotated[str, AfterValidator(_number)] | None = None
    voice: Annotated[str, AfterValidator(_number)] | None = None
    secret_file: Path | None = None
    plain_http: bool = False


class _Person(FileModel):
    id: Identifier
    language: Literal["en", "es"] = "en"
    therapist: Identifier | None = None
    contacts: tuple[_Contact, ...] = ()


class _Rota(FileModel):
    people: tuple[str, ...] = Field(min_length=1)
    handoff: Literal["daily", "weekly"]
    at: Annotated[time, BeforeValidator(files.time_of_day)]
    start: date


class _Step(FileModel):
    targets: tuple[Annotated[str, AfterValidator(_target)], ...] = Field(min_length=1)
    delay: Delay


class _Policy(FileModel):
    steps: tuple[_Step, ...] = Field(min_length=1, max_length=20)
    repeat: Annotated[int, Field(ge=0, le=100)] | Literal["forever"] = 0
    catch_all_every: Delay = timedelta(minutes=15)
    ack_timeout: Delay | None = None

    def to_domain(self, ack_timeout: timedelta) -> Policy:
        steps = tuple(Step(step.targets, step.delay) for step in self.steps)
        repeat = None if self.repeat == "forever" else int(self.repeat)
        return Policy(steps, repeat, self.catch_all_every, self.ack_timeout or ack_timeout)


class _Site(FileModel):
    time_zone: Annotated[str, AfterValidator(files.zone_name)]
    rupture_hours: Annotated[Hours, BeforeValidator(_hours)] = Hours(8 * 60, 20 * 60)
    people: tuple[_Person, ...] = Field(min_length=1)
    rota: _Rota | None = None
    policy: _Policy
    rupture_policy: _Policy | None = None
    catch_all: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()


class _File(FileModel):
    operators: tuple[_Person, ...] = ()
    sites: dict[Identifier, _Site] = Field(min_length=1)


def _site(site_id: str, site: _Site, directory: Path, problems: list[str]) -> Site | None:
    place = f"sites.{site_id}"
    before = len(problems)
    people = _people(site.people, f"{place}.people", directory, problems)
    for where, person_id in _references(site):
        if person_id not in people:
            problems.append(f"{place}.{where}: there is no person {person_id!r}; known: {', '.join(people)}")
    if site.rota is None and any(ROTA in step.targets for policy in _policies(site) for step in policy.steps):
        problems.append(f"{place}.rota: is missing, and a step of the policy tells the rota")
    if not any(people[person_id].reachable for person_id in site.catch_all if person_id in people):
        problems.append(
            f"{place}.catch_all: nobody in it can be reached; name a person who has an email or a webhook. "
            "A site without a reachable catch-all is refused: an alert that nobody else takes must arrive somewhere"
        )
    if len(problems) > before:
        return None
    zone = ZoneInfo(site.time_zone)
    return Site(
        site_id=site_id,
        zone=zone,
        people=people,
        rota=None if site.rota is None else _rota(site.rota, zone),
        risk_policy=site.policy.to_domain(RISK_ACK_TIMEOUT),
        rupture_policy=(site.rupture_policy or site.policy).to_domain(RUPTURE_ACK_TIMEOUT),
        rupture_hours=site.rupture_hours,
        catch_all=site.catch_all,
        supervisors=site.supervisors,
    )


def _policies(site: _Site) -> tuple[_Policy, ...]:
    return (site.policy,) if site.rupture_policy is None else (site.policy, site.rupture_policy)


def _references(site: _Site) -> list[tuple[str, str]]:
    """Return every mention of a person with its place."""
    found = [(f"catch_all[{index}]", person_id) for index, person_id in enumerate(site.catch_all)]
    found += [(f"supervisors[{index}]", person_id) for index, person_id in enumerate(site.supervisors)]
    if site.rota is not None:
        found += [(f"rota.people[{index}]", person_id) for index, person_id in enumerate(site.rota.people)]
    for name, policy in (("policy", site.policy), ("rupture_policy", site.rupture_policy)):
        for index, step in enumerate(policy.steps if policy else ()):
            for target in step.targets:
                if target.startswith(PERSON):
                    found.append((f"{name}.steps[{index}].targets", target.removeprefix(PERSON)))
    return found


def _rota(rota: _Rota, zone: ZoneInfo) -> Rota:
    return Rota(rota.people, Handoff[rota.handoff.upper()], rota.at, rota.start, zone)


def _people(
    listed: tuple[_Person, ...], place: str, directory: Path, problems: list[str]
) -> MappingProxyType[str, Person]:
    people: dict[str, Person] = {}
    for index, person in enumerate(listed):
        if person.id in people:
            problems.append(f"{place}[{index}].id: {person.id!r} is there twice")
        contacts = [
            _contact(contact, f"{place}[{index}].contacts[{number}]", directory, problems)
            for number, contact in enumerate(person.contacts)
        ]
        found = tuple(contact for contact in contacts if contact is not None)
        if len({contact.channel for contact in found}) < len(found):
            problems.append(f"{place}[{index}].contacts: has two of one channel; give each channel once")
        people[person.id] = Person(person.id, found, person.language, person.therapist or "")
    return MappingProxyType(people)


def _contact(contact: _Contact, place: str, directory: Path, problems: list[str]) -> Contact | None:
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
