"""One site as its people write it down: the section of the on-call file, checked whole and read into the domain.

Every problem is one line that names the place and what to do. ``deploy/sites.example.yaml`` shows all of it. A section
is the same thing whether it comes from the file at the start, by ``attune oncall apply``, or out of the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from services.alerting import people as people_of
from services.alerting.domain.hours import Hours
from services.alerting.domain.policy import (
    CATCH_ALL,
    PERSON,
    RISK_ACK_TIMEOUT,
    ROTA,
    RUPTURE_ACK_TIMEOUT,
    SUPERVISORS,
    Policy,
    Step,
)
from services.alerting.domain.rota import Handoff, Rota
from services.alerting.domain.shifts import Override
from services.alerting.domain.sites import MAIN, Contact, Person, Site
from services.alerting.people import DeclaredPerson, Identifier, Reading, Signature, nothing_confirmed
from services.runtime import files
from services.runtime.files import FileModel

A_ROTA = f"{ROTA}:"


def duration(value: object) -> timedelta:
    """Read ``5m``, ``2s``, ``1h30m`` or ``1d``: from 1 s to 7 days."""
    return files.duration(value, timedelta(seconds=1), timedelta(days=7))


def _hours(value: object) -> Hours:
    return value if isinstance(value, Hours) else Hours.parse(str(value))


def _target(value: str) -> str:
    if value in (ROTA, SUPERVISORS, CATCH_ALL):
        return value
    if any(value.removeprefix(kind) not in ("", value) for kind in (PERSON, A_ROTA)):
        return value
    known = f"{ROTA}, {A_ROTA}<id>, {PERSON}<id>, {SUPERVISORS} or {CATCH_ALL}"
    raise ValueError(f"{value!r} is not a target; use {known}")


Delay = Annotated[timedelta, BeforeValidator(duration)]


class DeclaredRota(FileModel):
    """Who takes turns, and when they hand over."""

    people: tuple[str, ...] = Field(min_length=1, max_length=200)
    handoff: Literal["hourly", "daily", "weekly", "monthly"]
    every: int = Field(1, ge=1, le=366)
    at: Annotated[time, BeforeValidator(files.time_of_day)]
    start: date
    time_zone: Annotated[str, AfterValidator(files.zone_name)] | None = None

    def to_domain(self, zone: ZoneInfo) -> Rota:
        """Return the rota; its own time zone counts before the site's."""
        own = zone if self.time_zone is None else ZoneInfo(self.time_zone)
        return Rota(self.people, Handoff(self.handoff), self.at, self.start, own, self.every)


class DeclaredStep(FileModel):
    """Whom to tell, and how long to wait."""

    targets: tuple[Annotated[str, AfterValidator(_target)], ...] = Field(min_length=1)
    delay: Delay


class DeclaredPolicy(FileModel):
    """An escalation policy."""

    steps: tuple[DeclaredStep, ...] = Field(min_length=1, max_length=20)
    repeat: Annotated[int, Field(ge=0, le=100)] | Literal["forever"] = 0
    catch_all_every: Delay = timedelta(minutes=15)
    ack_timeout: Delay | None = None

    def to_domain(self, ack_timeout: timedelta) -> Policy:
        """Return the policy; ``ack_timeout`` where it names none."""
        steps = tuple(Step(step.targets, step.delay) for step in self.steps)
        repeat = None if self.repeat == "forever" else int(self.repeat)
        return Policy(steps, repeat, self.catch_all_every, self.ack_timeout or ack_timeout)


class DeclaredSite(FileModel):
    """The section of one site."""

    time_zone: Annotated[str, AfterValidator(files.zone_name)]
    rupture_hours: Annotated[Hours, BeforeValidator(_hours)] = Hours(8 * 60, 20 * 60)
    contacts_verified: Signature | None = None
    people: tuple[DeclaredPerson, ...] = Field(min_length=1)
    rota: DeclaredRota | None = None
    rotas: dict[Identifier, DeclaredRota] = Field(default_factory=dict)
    policy: DeclaredPolicy
    rupture_policy: DeclaredPolicy | None = None
    catch_all: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()

    def all_rotas(self) -> dict[str, tuple[str, DeclaredRota]]:
        """Return every rota by its id, with its place in the section."""
        main = {} if self.rota is None else {MAIN: ("rota", self.rota)}
        return main | {name: (f"rotas.{name}", rota) for name, rota in self.rotas.items()}


@dataclass(frozen=True, slots=True)
class Beside:
    """What there is of a site beside its section: what people arranged, and what the API owns."""

    overrides: tuple[Override, ...] = ()
    people: Mapping[str, DeclaredPerson] = field(default_factory=dict)
    rotas: Mapping[str, DeclaredRota] = field(default_factory=dict)


NOTHING = Beside()


def read_site(
    site_id: str,
    section: object,
    directory: Path,
    place: str,
    beside: Beside = NOTHING,
    confirmed: Any = nothing_confirmed,
) -> Site:
    """Read a site; FileError lists every problem with its place. ``directory`` is where paths of secrets begin."""
    declared = files.check(section, DeclaredSite, place)
    problems: list[str] = []
    reading = Reading(directory, declared.contacts_verified is not None, confirmed)
    people = dict(people_of.read(declared.people, _at(place, "people"), reading, problems))
    _owned_once(declared, beside, place, problems)
    reading = Reading(directory, signed=False, confirmed=confirmed)
    for person_id, person in beside.people.items():
        people.setdefault(person_id, people_of.read_one(person, person_id, reading, problems))
    rotas = {name: rota for name, (_, rota) in declared.all_rotas().items()} | dict(beside.rotas)
    _check_references(declared, rotas, people, place, problems)
    if problems:
        raise files.FileError(problems)
    zone = ZoneInfo(declared.time_zone)
    return Site(
        site_id=site_id,
        zone=zone,
        people=MappingProxyType(people),
        rotas=MappingProxyType({name: rota.to_domain(zone) for name, rota in rotas.items()}),
        risk_policy=declared.policy.to_domain(RISK_ACK_TIMEOUT),
        rupture_policy=(declared.rupture_policy or declared.policy).to_domain(RUPTURE_ACK_TIMEOUT),
        rupture_hours=declared.rupture_hours,
        catch_all=declared.catch_all,
        supervisors=declared.supervisors,
        admins=declared.admins,
        overrides=beside.overrides,
    )


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _owned_once(declared: DeclaredSite, beside: Beside, place: str, problems: list[str]) -> None:
    """The section and the API never own the same person or rota: nobody would know whose word counts."""
    by_api = "was made by the API, which owns it; remove it there first, or leave it out here"
    for index, person in enumerate(declared.people):
        if person.id in beside.people:
            problems.append(f"{_at(place, f'people[{index}].id')}: {person.id!r} {by_api}")
    for name, (where, _) in declared.all_rotas().items():
        if name in beside.rotas:
            problems.append(f"{_at(place, where)}: {name!r} {by_api}")


def _check_references(
    declared: DeclaredSite,
    rotas: Mapping[str, DeclaredRota],
    people: Mapping[str, Person],
    place: str,
    problems: list[str],
) -> None:
    if MAIN in declared.rotas:
        problems.append(f"{_at(place, f'rotas.{MAIN}')}: is the name of `rota`; choose another one")
    for where, person_id in _mentioned(declared, rotas):
        if person_id not in people:
            problems.append(f"{_at(place, where)}: there is no person {person_id!r}; known: {', '.join(people)}")
    for where, target in _targets(declared):
        if target == ROTA and MAIN not in rotas:
            problems.append(f"{_at(place, 'rota')}: is missing, and {where} tells the rota")
        if target.startswith(A_ROTA) and target.removeprefix(A_ROTA) not in rotas:
            known = ", ".join(rotas) or "none"
            problems.append(f"{_at(place, where)}: there is no rota {target.removeprefix(A_ROTA)!r}; known: {known}")
    if not any(people[person_id].reachable for person_id in declared.catch_all if person_id in people):
        problems.append(
            f"{_at(place, 'catch_all')}: nobody in it can be reached; name a person who has a verified contact "
            "(sign contacts_verified once it was tried). A site without a reachable catch-all is refused: an alert "
            "that nobody else takes must arrive somewhere"
        )


def _mentioned(declared: DeclaredSite, rotas: Mapping[str, DeclaredRota]) -> Iterator[tuple[str, str]]:
    """Yield every mention of a person with its place."""
    for name in ("catch_all", "supervisors", "admins"):
        yield from ((f"{name}[{index}]", person_id) for index, person_id in enumerate(getattr(declared, name)))
    for name, rota in rotas.items():
        where = "rota" if name == MAIN else f"rotas.{name}"
        yield from ((f"{where}.people[{index}]", person_id) for index, person_id in enumerate(rota.people))
    for where, target in _targets(declared):
        if target.startswith(PERSON):
            yield where, target.removeprefix(PERSON)


def _targets(declared: DeclaredSite) -> Iterator[tuple[str, str]]:
    for name, policy in (("policy", declared.policy), ("rupture_policy", declared.rupture_policy)):
        for index, step in enumerate(policy.steps if policy else ()):
            for target in step.targets:
                yield f"{name}.steps[{index}].targets", target


def contact_of(person: Person, channel: str) -> Contact | None:
    """Return a person's contact of a channel, verified or not."""
    return next((each for each in (*person.contacts, *person.unverified) if each.channel == channel), None)
