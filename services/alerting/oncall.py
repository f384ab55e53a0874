"""The commands and queries of who is on call: one function each."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from services.alerting.domain.readiness import Finding, readiness
from services.alerting.domain.rota import Rota
from services.alerting.domain.shifts import Override, OverrideKind, Shift, check, shift_at, shifts
from services.alerting.domain.sites import MAIN, Person, Site
from services.alerting.record import Record
from services.alerting.roster import Roster
from services.alerting.sites import Section, Sites
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent, as_permanent

MAX_TEXT = 500  # characters of a reason
LONGEST_LOOK = timedelta(days=366)
_FILE_OWNS = "is declared in the on-call file, which owns it"
_CHANGE_FILE = "Change it there, then `attune oncall apply`; the API changes only what it made itself."


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One difference between two sections; a value is JSON, or empty when it is not there."""

    place: str
    before: str
    after: str


class OnCall:
    """What people and programs may do to the rotas of a site."""

    def __init__(self, roster: Roster, sites: Sites, clock: Clock) -> None:
        self._roster = roster
        self._sites = sites
        self._clock = clock

    # ---------------------------------------------------------------- configuration
    async def apply(self, site_id: str, section: Section, *, dry_run: bool) -> list[ConfigChange]:
        """Put a section in force, or only tell what would change; Permanent when it cannot be used."""
        _check_secrets(section)
        changes: list[ConfigChange] = []

        def decide(record: Record) -> Record | None:
            changes[:] = differences(record.section or {}, section)
            after = replace(record, section=section, applied=True)
            if dry_run:
                self._roster.check(after)
                return None
            return after if changes else None

        await self._roster.change(site_id, decide)
        return changes

    async def get(self, site_id: str) -> Record:
        """Return everything that is kept of a site."""
        return await self._roster.record(site_id)

    async def put_person(self, site_id: str, person_id: str, person: Section) -> Person:
        """Add or change a person that the API owns; Conflict when the file does."""
        _check_secrets(person)
        person = {name: value for name, value in person.items() if name != "id"}

        def decide(record: Record) -> Record:
            _not_of_file(record, "person_id", person_id, [each["id"] for each in _declared(record)["people"]])
            return replace(record, people={**record.people, person_id: person})

        await self._roster.change(site_id, decide)
        return self._sites.declared(site_id).people[person_id]

    async def remove_person(self, site_id: str, person_id: str) -> None:
        """Remove a person that the API owns; Permanent while a rota or policy still names them."""

        def decide(record: Record) -> Record:
            _not_of_file(record, "person_id", person_id, [each["id"] for each in _declared(record)["people"]])
            return replace(record, people=_without(record.people, "person_id", person_id))

        await self._roster.change(site_id, decide)

    async def put_rota(self, site_id: str, rota_id: str, rota: Section) -> None:
        """Add or change a rota that the API owns; Conflict when the file does."""

        def decide(record: Record) -> Record:
            _not_of_file(record, "rota_id", rota_id, _file_rotas(record))
            return replace(record, rotas={**record.rotas, rota_id: rota})

        await self._roster.change(site_id, decide)

    async def remove_rota(self, site_id: str, rota_id: str) -> None:
        """Remove a rota that the API owns; Permanent while a policy still tells it."""

        def decide(record: Record) -> Record:
            _not_of_file(record, "rota_id", rota_id, _file_rotas(record))
            return replace(record, rotas=_without(record.rotas, "rota_id", rota_id))

        await self._roster.change(site_id, decide)

    # ---------------------------------------------------------------- arrangements
    async def add_override(self, site_id: str, override: Override) -> Override:
        """Change who is on call for a while. ``override_id`` and ``made_at`` are given here."""
        made = replace(
            override,
            override_id=str(uuid4()),
            rota_id=override.rota_id or MAIN,
            made_at=self._clock.now(),
            reason=override.reason.strip(),
        )
        self._check(self._sites.declared(site_id), made)
        await self._roster.change(site_id, lambda record: replace(record, overrides=(*record.overrides, made)))
        return made

    async def remove_override(self, site_id: str, override_id: str) -> None:
        """Take an override back; of a swap, both halves."""

        def decide(record: Record) -> Record:
            found = next((each for each in record.overrides if each.override_id == override_id), None)
            if found is None:
                raise NotFound("override_id", "there is no such override at this site")
            swap = found.swap_id
            kept = (
                each
                for each in record.overrides
                if each.override_id != override_id and not (swap and each.swap_id == swap)
            )
            return replace(record, overrides=tuple(kept))

        await self._roster.change(site_id, decide)

    async def swap(
        self,
        site_id: str,
        rota_id: str,
        first: tuple[str, datetime],
        second: tuple[str, datetime],
        author: str,
        reason: str,
    ) -> list[Override]:
        """Let two people take each other's shifts; (person, any time within their shift) each."""
        site = self._sites.declared(site_id)
        rota_id = rota_id or MAIN
        ours = self._shift_of(site, rota_id, "first_person_id", *first)
        theirs = self._shift_of(site, rota_id, "second_person_id", *second)
        swap_id, now = str(uuid4()), self._clock.now()
        pair = [
            Override(
                str(uuid4()), rota_id, OverrideKind.REPLACE, shift.starts_at, shift.ends_at, comes, goes, author,
                reason.strip(), now, swap_id,
            )
            for shift, comes, goes in ((ours, second[0], first[0]), (theirs, first[0], second[0]))
        ]  # fmt: skip
        for override in pair:
            self._check(site, override)
        await self._roster.change(site_id, lambda record: replace(record, overrides=(*record.overrides, *pair)))
        return pair

    # ---------------------------------------------------------------- questions
    def site(self, site_id: str) -> Site:
        """Return the site as it is in force; Permanent when it is not known."""
        return self._sites.declared(site_id)

    def now(self) -> datetime:
        """Return the present, as alerting has it."""
        return self._clock.now()

    def who(self, site_id: str, at: datetime | None) -> list[tuple[str, Shift]]:
        """Return the shift of each rota at a time; now when None."""
        site = self._sites.declared(site_id)
        moment = at or self._clock.now()
        rotas = sorted(site.rotas.items())
        return [(rota_id, shift_at(rota, site.overrides_of(rota_id), moment)) for rota_id, rota in rotas]

    def shifts(
        self, site_id: str, rota_id: str, start: datetime | None, end: datetime | None
    ) -> list[tuple[str, Shift]]:
        """Return the shifts of a rota, of all when it is empty, gaps included."""
        site = self._sites.declared(site_id)
        chosen = [rota_id] if rota_id else sorted(site.rotas)
        begins = start or self._clock.now()
        ends = end or begins + timedelta(days=28)
        if not begins < ends <= begins + LONGEST_LOOK:
            raise Permanent("ends_at", "is not within 366 days after starts_at", "Ask for a shorter time.")
        found: list[tuple[str, Shift]] = []
        for name in chosen:
            _rota(site, name)
            found += [(name, each) for each in shifts(site.rotas[name], site.overrides_of(name), begins, ends)]
        return found

    def readiness(self, site_id: str, days: int) -> tuple[Finding, ...]:
        """Return what lacks at a site in the next days."""
        now = self._clock.now()
        if not 1 <= days <= LONGEST_LOOK.days:
            raise Permanent("days", f"{days} is not between 1 and {LONGEST_LOOK.days}", "Look less far ahead.")
        return readiness(self._sites.declared(site_id), now, now + timedelta(days=days))

    def _check(self, site: Site, override: Override) -> None:
        with as_permanent(""):
            check(override)
        if len(override.reason) > MAX_TEXT:
            raise Permanent("reason", f"has {len(override.reason)} characters", f"Give at most {MAX_TEXT}.")
        _rota(site, override.rota_id)
        if override.ends_at <= self._clock.now():
            raise Permanent("ends_at", "is over", "Give a time that is still to come.")
        for name, person_id in (("person_id", override.person_id), ("instead_of", override.instead_of)):
            if person_id and person_id not in site.people:
                raise NotFound(name, f"there is no person {person_id!r}", f"Known: {', '.join(site.people)}.")
        if override.author not in site.people:
            raise NotFound("author", f"there is no person {override.author!r}", f"Known: {', '.join(site.people)}.")

    def _shift_of(self, site: Site, rota_id: str, name: str, person_id: str, at: datetime) -> Shift:
        shift = shift_at(_rota(site, rota_id), site.overrides_of(rota_id), at)
        if person_id not in shift.people:
            has = ", ".join(shift.people) or "nobody"
            raise Conflict(name, f"{person_id!r} is not on call then; {has} is", "`attune oncall shifts` lists them.")
        return shift


def differences(before: Section, after: Section) -> list[ConfigChange]:
    """Return how two sections differ, by place; people are compared by their id, not by their place in the list."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    return [
        ConfigChange(place, old.get(place, ""), new.get(place, ""))
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    ]


def _leaves(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _leaves(part, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, part in enumerate(value):
            named = isinstance(part, dict) and "id" in part
            yield from _leaves(part, f"{place}.{part['id']}" if named else f"{place}[{index}]")
    else:
        yield place, json.dumps(value)


def _check_secrets(value: object) -> None:
    """A caller names secrets below the on-call file's folder, and no other file of the machine."""
    if isinstance(value, dict):
        secret = value.get("secret_file")
        if isinstance(secret, str) and (secret.startswith("/") or ".." in secret.split("/")):
            raise Permanent("secret_file", "does not lie below the on-call file's folder", "Give a path from there.")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_secrets(part)


def _declared(record: Record) -> Section:
    if record.section is None:
        raise NotFound("site_id", "the site is not in the on-call file", "Add it, then `attune oncall apply`.")
    return record.section


def _file_rotas(record: Record) -> list[str]:
    section = _declared(record)
    return [*([MAIN] if "rota" in section else []), *section.get("rotas", {})]


def _not_of_file(record: Record, name: str, given: str, declared: list[str]) -> None:
    if given in declared:
        raise Conflict(name, f"{given!r} {_FILE_OWNS}", _CHANGE_FILE)


def _without(owned: Mapping[str, Section], name: str, given: str) -> dict[str, Section]:
    known = dict(owned)
    if known.pop(given, None) is None:
        raise NotFound(name, f"there is no {given!r} that the API owns")
    return known


def _rota(site: Site, rota_id: str) -> Rota:
    rota = site.rotas.get(rota_id)
    if rota is None:
        raise NotFound("rota_id", f"there is no rota {rota_id!r}", f"Known: {', '.join(site.rotas) or 'none'}.")
    return rota
