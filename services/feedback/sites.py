"""The forms file: how each site asks its clients, and what its clients read, in YAML, checked before anything starts.

``deploy/feedback.example.yaml`` shows all of it. A site that is not in the file asks nobody; answers by other doors are
accepted all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from services.feedback.domain import catalogue
from services.feedback.domain.outreach import Channel
from services.feedback.domain.quiet import Quiet
from services.feedback.domain.regular import Regular
from services.feedback.messages_file import Messages, MessagesSection, read_messages
from services.runtime import files
from services.runtime.files import FileModel

# A request that nobody answers within it is a silence that is worth knowing before the next weekly session (own).
VALID_FOR = timedelta(days=3)
# Forms that we have the wording of. Others' instruments come in by the other doors.
MOST_BESIDE = 3  # instruments beside the form (own): one screen is answered, a battery is not
MOST_SPACED = 52  # requests: once a year in weekly care
FORMS: Mapping[str, str] = MappingProxyType({"attune-checkin": "1"})


@dataclass(frozen=True, slots=True)
class Crisis:
    """What a client in danger reads, and the number to call, if the site gives one."""

    text: str
    call: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """How one site asks, and what its clients read in each of its languages."""

    site_id: str
    name: str
    zone: ZoneInfo
    quiet: Quiet | None
    # The first is used when a client's browser asks for none of them.
    languages: tuple[str, ...]
    instrument_id: str
    valid_for: timedelta
    safety_question: bool
    crisis: Mapping[str, Crisis]
    privacy: Mapping[str, str]
    # How clients are told of a request; None when the clinic brings them the links by itself.
    messages: Messages | None = None
    # What is asked beside the form, with some of the requests; only while a wording of it is loaded.
    regular: tuple[Regular, ...] = ()

    @property
    def channels(self) -> frozenset[Channel]:
        """Return the ways in which we tell its clients ourselves."""
        return self.messages.channels if self.messages is not None else frozenset()


class SitesError(Exception):
    """A forms file that cannot be used; one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(path: Path, languages: tuple[str, ...]) -> Mapping[str, Site]:
    """Read and check the file, for forms in these languages; SitesError lists every problem at once."""
    try:
        file = files.load(path, _File)
    except files.FileError as error:
        raise SitesError(error.problems) from error
    problems = [each for name, site in file.sites.items() for each in _problems(name, site, languages)]
    sites = {name: _site(name, site, path.parent, problems) for name, site in file.sites.items()}
    if problems:
        raise SitesError([f"{path}: {each}" for each in problems])
    return MappingProxyType(sites)


def _valid_for(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else files.duration(value, timedelta(hours=1), timedelta(days=30))


def _form(name: str) -> str:
    if name not in FORMS:
        raise ValueError(f"there is no form of {name!r} here; use {' or '.join(FORMS)}")
    return name


def _span(value: object) -> tuple[Any, Any]:
    start, separator, end = str(value).partition("-")
    if not separator:
        raise ValueError(f'{value!r} is not a span of hours; write it in quotes, as "21:00-08:00"')
    span = files.time_of_day(start.strip()), files.time_of_day(end.strip())
    if span[0] == span[1]:
        raise ValueError("begins when it ends; leave it out to tell clients at any hour")
    return span


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
# Enough for "+44 (0)20 7946 0000, extension 12" and nothing that could be an address.
Number = Annotated[str, StringConstraints(pattern=r"^[0-9+*# ()./-]{2,30}$")]


class _Crisis(FileModel):
    text: Text
    call: Number | None = None


class _Regular(FileModel):
    instrument: str
    version: str = ""
    every: int = Field(ge=1, le=MOST_SPACED)


class _Site(FileModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    time_zone: Annotated[str, AfterValidator(files.zone_name)]
    quiet_hours: Annotated[tuple[Any, Any], BeforeValidator(_span)] | None = None
    languages: tuple[str, ...] = Field(min_length=1)
    form: Annotated[str, AfterValidator(_form)] = "attune-checkin"
    link_valid_for: Annotated[timedelta, BeforeValidator(_valid_for)] = VALID_FOR
    safety_question: bool = True
    crisis: dict[str, _Crisis]
    privacy: dict[str, Text]
    messages: MessagesSection | None = None
    also: list[_Regular] = Field(default_factory=list, max_length=MOST_BESIDE)


class _File(FileModel):
    sites: dict[Annotated[str, Field(pattern=files.IDENTIFIER)], _Site] = Field(min_length=1)


def _problems(site_id: str, site: _Site, known: tuple[str, ...]) -> list[str]:
    place = f"sites.{site_id}"
    problems = [
        f"{place}.languages: there is no catalogue of {language!r}; there are {', '.join(known)}"
        for language in site.languages
        if language not in known
    ]
    problems += [
        f"{place}.{name}: has no text in {language!r}; every language of the form needs one"
        for name, texts in (("crisis", site.crisis), ("privacy", site.privacy))
        for language in site.languages
        if language not in texts
    ]
    return problems + [
        f"{place}.also[{number}]: {problem}"
        for number, each in enumerate(site.also)
        if (problem := _unusable(each, site.form, [other.instrument for other in site.also[:number]]))
    ]


def _unusable(regular: _Regular, form: str, before: list[str]) -> str:
    """Say why an instrument cannot be asked beside the form; empty when it can."""
    versions = catalogue.versions(regular.instrument)
    if regular.instrument == form or regular.instrument in before:
        return f"{regular.instrument} is asked already"
    if not versions or regular.instrument in catalogue.UNSCORED:
        return f"there is no scoring key for {regular.instrument!r}; `attune instruments` lists them"
    if regular.version not in versions and (regular.version or len(versions) > 1):
        return f"version: is not one of {', '.join(versions)}"
    return ""


def _site(site_id: str, site: _Site, directory: Path, problems: list[str]) -> Site:
    zone = ZoneInfo(site.time_zone)
    quiet = None if site.quiet_hours is None else Quiet(*site.quiet_hours, zone)
    messages = None
    if site.messages is not None:
        messages, wrong = read_messages(site.messages, quiet, site.name, site.languages, directory)
        problems += [f"sites.{site_id}.messages{each}" for each in wrong]
    return Site(
        site_id=site_id,
        name=site.name,
        zone=zone,
        quiet=quiet,
        languages=site.languages,
        instrument_id=site.form,
        valid_for=site.link_valid_for,
        safety_question=site.safety_question,
        crisis=MappingProxyType({name: Crisis(each.text, each.call or "") for name, each in site.crisis.items()}),
        privacy=MappingProxyType(dict(site.privacy)),
        messages=messages,
        regular=tuple(
            Regular(each.instrument, each.version or catalogue.versions(each.instrument)[0], each.every)
            for each in site.also
            if catalogue.versions(each.instrument)
        ),
    )
