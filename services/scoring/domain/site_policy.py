"""A site's policy for one instrument: versions that never change, and since when which of them is in force.

An activation is an input of every episode's assessment, like a session or a rating: it is taken in when it becomes
known, and what it does depends on the set of activations alone. It judges the sessions booked for ``active_from`` and
later. So what was told of earlier sessions stays as told, whenever ratings of them arrive; only an activation from the
beginning, which somebody has to ask for, judges history again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from math import isfinite

from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import DEFAULT, Policy, Watch, Watches
from services.scoring.domain.population import DEFAULTS, SETTLES, Population

BUILT_IN = 0  # the version number of the policy that every site has without doing anything
MOST_VERSIONS = 200  # of one instrument; own: a document stays small, and nobody reviews more
MOST_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version. ``population`` None: the published defaults of the instrument."""

    number: int
    policy: Policy
    population: Population | None
    reason: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Activation:
    """A version takes over at sessions booked for ``active_from`` and later; None: from the beginning."""

    version: int
    active_from: datetime | None
    reason: str
    activated_by: str
    activated_at: datetime


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """Everything that was ever decided about one instrument at one site, in the order in which it was decided."""

    site_id: str
    instrument_id: str
    versions: tuple[Version, ...] = ()
    activations: tuple[Activation, ...] = ()

    def with_version(
        self, policy: Policy, population: Population | None, reason: str, who: str, at: datetime
    ) -> SitePolicy:
        """Add a version; the last one again, by the same person for the same reason, is a repeat and adds none."""
        last = self.versions[-1] if self.versions else None
        made = Version(len(self.versions) + 1, policy, population, checked_reason(reason), who, at)
        if last is not None and replace(made, number=last.number, made_at=last.made_at) == last:
            return self
        if len(self.versions) >= MOST_VERSIONS:
            raise ValueError(f"policy: there are {MOST_VERSIONS} versions already; activate one of them")
        return replace(self, versions=(*self.versions, made))

    def with_activation(
        self, version: int, active_from: datetime | None, reason: str, who: str, at: datetime
    ) -> SitePolicy:
        """Put a version in force. ValueError when there is none of this number."""
        self.version(version)
        made = Activation(version, active_from, checked_reason(reason), who, at)
        return replace(self, activations=(*self.activations, made))

    def version(self, number: int) -> Version | None:
        """A version by its number; None for the built-in one. ValueError when there is none."""
        if number == BUILT_IN:
            return None
        if not 1 <= number <= len(self.versions):
            raise ValueError(
                f"version: {self.instrument_id} has no version {number}; there are 0 to {len(self.versions)}"
            )
        return self.versions[number - 1]

    def watch(self, number: int, since: datetime | None = None) -> Watch:
        """How a version watches."""
        version = self.version(number)
        default = DEFAULTS.get(self.instrument_id)
        if version is None:
            return Watch(DEFAULT, default, since)
        return Watch(version.policy, version.population or default, since)

    def in_force(self, known: int | None = None) -> tuple[Activation, ...]:
        """The activations that are not overridden, in the order in which they take over; ``known``: of the first so
        many. An activation overrides all earlier ones from its ``active_from`` on.
        """
        standing: list[Activation] = []
        for each in self.activations[:known]:
            start = each.active_from
            if start is None:
                standing = [each]
            else:
                standing = [other for other in standing if other.active_from is None or other.active_from < start]
                standing.append(each)
        return tuple(standing)

    def watches(self, known: int | None = None) -> tuple[Watch, ...]:
        """Who watches since when; the built-in policy before the first activation."""
        standing = self.in_force(known)
        watches = [self.watch(each.version, each.active_from) for each in standing]
        if not standing or standing[0].active_from is not None:
            watches.insert(0, self.watch(BUILT_IN))
        return tuple(watches)

    def version_at(self, when: datetime) -> int:
        """The number of the version that judges a session booked for this time."""
        judging = [each for each in self.in_force() if each.active_from is None or each.active_from <= when]
        return judging[-1].version if judging else BUILT_IN


@dataclass(frozen=True)
class SitePolicies:
    """A site's policies, by instrument."""

    by_instrument: Mapping[str, SitePolicy] = field(default_factory=dict)

    @cached_property
    def activations(self) -> Mapping[str, int]:
        """How many activations there are, by instrument; none without any."""
        return {name: len(each.activations) for name, each in self.by_instrument.items() if each.activations}

    @cached_property
    def watches(self) -> Watches:
        """How every instrument is watched, by everything that is known."""
        return self.watches_of(self.activations)

    def watches_of(self, activations: Mapping[str, int]) -> Watches:
        """How every instrument was watched when so many activations of each were known."""
        return Watches(
            DEFAULT,
            DEFAULTS,
            {name: each.watches(activations.get(name, 0)) for name, each in self.by_instrument.items()},
        )

    def know(self, activations: Mapping[str, int]) -> bool:
        """Whether all of these are known here."""
        return all(self.activations.get(name, 0) >= count for name, count in activations.items())

    def version_at(self, instrument_id: str, when: datetime) -> int:
        """The number of the version that judges an instrument's session booked for this time."""
        policy = self.by_instrument.get(instrument_id)
        return BUILT_IN if policy is None else policy.version_at(when)


def checked_reason(reason: str) -> str:
    """The reason, trimmed. ValueError when there is none."""
    text = reason.strip()
    if not text or len(text) > MOST_REASON:
        raise ValueError(f"reason: is not a text of 1 to {MOST_REASON} characters; say why, without names")
    return text


def check_population(population: Population, instrument: Instrument) -> None:
    """ValueError names the first parameter that cannot be right for the instrument's scale."""
    width = instrument.total_max - instrument.total_min
    for name in ("between_sd", "within_sd", "sem"):
        value = getattr(population, name)
        if not isfinite(value) or not 0 < value <= width:
            raise ValueError(f"population.{name}: is not above 0 and at most {width:g}, the width of the scale")
    if not 0 <= population.autocorrelation < 1:
        raise ValueError("population.autocorrelation: is not at least 0 and below 1")
    if not abs(population.slope) * SETTLES <= width:
        raise ValueError(f"population.slope: over {SETTLES} sessions it is more than the width of the scale")
    if not isfinite(population.mean) or not instrument.total_min <= population.mean <= instrument.total_max:
        raise ValueError(
            f"population.mean: is not between {instrument.total_min:g} and {instrument.total_max:g}, the scale's ends"
        )
    if not population.version.strip() or not population.provenance.strip():
        raise ValueError("population.provenance: version and provenance are missing; say where the figures are from")
