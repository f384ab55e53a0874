"""The on-call file: people, rotas, policies and catch-all of every site, in YAML, checked before anything starts.

``declared`` reads the section of one site. Every problem is one line that names the place in the file and what to do.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field

from services.alerting import people as people_of
from services.alerting.declared import read_site
from services.alerting.domain.hours import Hours
from services.alerting.domain.policy import CATCH_ALL, RISK_ACK_TIMEOUT, RUPTURE_ACK_TIMEOUT, Policy, Step
from services.alerting.domain.sites import Person, Site
from services.alerting.people import DeclaredPerson, Identifier, Reading, Signature, nothing_confirmed
from services.runtime import files
from services.runtime.errors import Permanent
from services.runtime.files import FileModel

Section = dict[str, Any]  # what is declared of one site, as JSON has it


class SitesError(Exception):
    """An on-call file that cannot be used; one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Sites:
    """The sites in force. One that is not among them is looked after by the file's ``operators``, if it names any."""

    def __init__(self, sites: Mapping[str, Site], operators: Mapping[str, Person]) -> None:
        self._sites = dict(sites)
        self._operators = operators

    def get(self, site_id: str) -> Site | None:
        """Return the site; one run by the operators when it is not known; None when there are none."""
        site = self._sites.get(site_id)
        if site is not None or not self._operators:
            return site
        everyone = Step((CATCH_ALL,), timedelta(minutes=5))
        return Site(
            site_id=site_id,
            zone=ZoneInfo("UTC"),
            people=self._operators,
            rotas={},
            risk_policy=Policy((everyone,), 0, everyone.delay, RISK_ACK_TIMEOUT),
            rupture_policy=Policy((everyone,), 0, everyone.delay, RUPTURE_ACK_TIMEOUT),
            rupture_hours=Hours(0, 1440),
            catch_all=tuple(self._operators),
        )

    def declared(self, site_id: str) -> Site:
        """Return a site of its own, never the operators'; Permanent when it is not known."""
        site = self._sites.get(site_id)
        if site is None:
            raise Permanent("site_id", "the site is not in the on-call file", "Add it, then `attune oncall apply`.")
        return site

    def put(self, site: Site) -> None:
        """Put a site in force, in place of what was known of it."""
        self._sites[site.site_id] = site

    def drop(self, site_id: str) -> None:
        """Forget a site."""
        self._sites.pop(site_id, None)

    def __iter__(self) -> Iterator[Site]:
        return iter(tuple(self._sites.values()))

    def __len__(self) -> int:
        return len(self._sites)


class _File(FileModel):
    contacts_verified: Signature | None = None
    operators: tuple[DeclaredPerson, ...] = ()
    sites: dict[Identifier, Section] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class OnCallFile:
    """The file taken apart: each site's section, which stands alone, and the operators."""

    sections: Mapping[str, Section]
    operators: Mapping[str, Person]
    directory: Path


def load(path: Path) -> Sites:
    """Read and check the file; SitesError lists every problem at once."""
    file = read(path)
    problems: list[str] = []
    found: dict[str, Site] = {}
    for site_id, section in file.sections.items():
        try:
            found[site_id] = read_site(site_id, section, file.directory, f"sites.{site_id}")
        except files.FileError as error:
            problems += error.problems
    if problems:
        raise SitesError([f"{path}: {problem}" for problem in problems])
    return Sites(found, file.operators)


def read(path: Path) -> OnCallFile:
    """Take the file apart; SitesError when it is not such a file. The sections are not checked yet."""
    try:
        file = files.load(path, _File)
    except files.FileError as error:
        raise SitesError(error.problems) from error
    problems: list[str] = []
    reading = Reading(path.parent, file.contacts_verified is not None, nothing_confirmed)
    operators = people_of.read(file.operators, "operators", reading, problems)
    problems += [
        f"operators.{person_id}: has no contact that is verified; give an email or a webhook, and sign "
        "contacts_verified once it was tried"
        for person_id, person in operators.items()
        if not person.reachable
    ]
    if problems:
        raise SitesError([f"{path}: {problem}" for problem in problems])
    return OnCallFile(sections(file.sites, file.contacts_verified), operators, path.parent)


def sections(sites: Mapping[str, Section], signature: Signature | None) -> dict[str, Section]:
    """Return each site's section as JSON has it; the file's signature counts for a site that has none of its own."""
    signed = {} if signature is None else {"contacts_verified": signature.model_dump()}
    plain = {site_id: {**signed, **section} for site_id, section in sites.items()}
    found: dict[str, Section] = json.loads(json.dumps(plain, default=str))
    return found


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
