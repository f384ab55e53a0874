"""What would go wrong at a site, known before it does."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.alerting.domain.policy import CATCH_ALL, PERSON
from services.alerting.domain.shifts import Shift, shifts
from services.alerting.domain.sites import Site


class Lack(StrEnum):
    """What is missing."""

    EMPTY_SHIFT = "empty-shift"  # nobody is on call on a rota
    UNREACHABLE_SHIFT = "unreachable-shift"  # somebody is, and none of them can be reached
    UNVERIFIED_CONTACT = "unverified-contact"  # it is not used until it is
    NO_RULE = "no-rule"  # a person whom nothing can tell: no contact, or none that is verified
    CATCH_ALL_UNREACHABLE = "catch-all-unreachable"  # what nobody takes arrives nowhere


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that somebody has to see to; the fields that do not apply are empty."""

    site_id: str
    lack: Lack
    rota_id: str = ""
    person_id: str = ""
    channel: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def readiness(site: Site, start: datetime, end: datetime) -> tuple[Finding, ...]:
    """Return everything that lacks at a site, with its rotas looked at from ``start`` until ``end``; nothing: ready."""
    found: list[Finding] = []
    if not site.resolve((CATCH_ALL,), start):
        found.append(Finding(site.site_id, Lack.CATCH_ALL_UNREACHABLE))
    for rota_id, rota in sorted(site.rotas.items()):
        for shift in shifts(rota, site.overrides_of(rota_id), start, end):
            lack = _lack(site, shift)
            if lack is not None:
                found.append(Finding(site.site_id, lack, rota_id, starts_at=shift.starts_at, ends_at=shift.ends_at))
    for person_id, person in site.people.items():
        if not person.reachable:
            found.append(Finding(site.site_id, Lack.NO_RULE, person_id=person_id))
        found += [
            Finding(site.site_id, Lack.UNVERIFIED_CONTACT, person_id=person_id, channel=contact.channel)
            for contact in person.unverified
        ]
    return tuple(found)


def pressing(site: Site, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return what may keep a page from arriving: not what is about people whom neither a rota nor a policy tells."""
    policies = (site.risk_policy, site.rupture_policy)
    targets = (target for policy in policies for step in policy.steps for target in step.targets)
    named = {target.removeprefix(PERSON) for target in targets if target.startswith(PERSON)}
    named |= {person_id for rota in site.rotas.values() for person_id in rota.people}
    named |= {*site.catch_all, *site.supervisors}
    return tuple(finding for finding in found if not finding.person_id or finding.person_id in named)


def _lack(site: Site, shift: Shift) -> Lack | None:
    if not shift.people:
        return Lack.EMPTY_SHIFT
    known = (site.people.get(person_id) for person_id in shift.people)
    return None if any(person is not None and person.reachable for person in known) else Lack.UNREACHABLE_SHIFT
