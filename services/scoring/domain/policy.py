"""Which detectors watch, how seriously each is taken, who hears, and how long a rupture may take to be repaired.

A policy is plain data (``to_dict`` and ``from_dict``), so that it can be stored, compared, reviewed and previewed. A
site's policies are per instrument, and take effect from a time on: what was decided under an earlier one stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from services.scoring.domain.detectors import ClientReport, Detector, StateSpace, make, parameters_of
from services.scoring.domain.detectors.divergence import Divergence
from services.scoring.domain.detectors.homework import HomeworkUndone
from services.scoring.domain.detectors.low_level import LowLevel
from services.scoring.domain.detectors.no_show import NoShow
from services.scoring.domain.detectors.silence import Silence
from services.scoring.domain.population import DEFAULTS as POPULATIONS
from services.scoring.domain.population import Population

MOST_REPAIR_SESSIONS = 5  # clinical reference 2.5: 1 to 5
DEFAULT_REPAIR_SESSIONS = 3
MOST_DETECTORS = 20
MOST_NAME = 64  # characters
ALWAYS_QUIET = frozenset({Divergence.name})  # a therapist's own rating must not open a rupture

T = TypeVar("T", bound=StrEnum)


class Severity(StrEnum):
    """What a detector's alarm does."""

    RUPTURE = "rupture"  # opens a rupture, which alerting brings to somebody
    MARKER = "marker"  # a quiet mark in the chart; it never opens a rupture


class Audience(StrEnum):
    """Who hears of a rupture that a detector opened. Nobody is named here: alerting knows the people."""

    THERAPIST = "therapist"
    SUPERVISOR = "supervisor"
    ON_CALL = "on-call"


@dataclass(frozen=True, slots=True)
class Choice:
    """One detector of a policy. ``hears`` has meaning for ruptures only."""

    detector: Detector
    severity: Severity = Severity.RUPTURE
    hears: tuple[Audience, ...] = tuple(Audience)


@dataclass(frozen=True, slots=True)
class Policy:
    """``instrument_id``: the one that it is made for; empty for any. ``repair_sessions``: rated sessions after the
    opening in which a return counts as repair. Published studies agree on no window; 3 is the reference's default
    (2.5), 1 to 5 make sense.
    """

    id: str
    version: str
    choices: tuple[Choice, ...]
    instrument_id: str = ""
    repair_sessions: int = DEFAULT_REPAIR_SESSIONS

    def to_dict(self) -> dict[str, Any]:
        """Plain data, every parameter written out."""
        return {
            "id": self.id,
            "version": self.version,
            "instrument_id": self.instrument_id,
            "repair_sessions": self.repair_sessions,
            "detectors": [
                {
                    "name": choice.detector.name,
                    "parameters": parameters_of(choice.detector),
                    "severity": choice.severity.value,
                    "hears": [audience.value for audience in choice.hears],
                }
                for choice in self.choices
            ],
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Policy:
        """Read plain data. ValueError("<field>: <what is wrong>") names the first field that cannot be right.

        What is left out has its default; a field that no policy has is an error, so that a misspelt one is noticed.
        """
        _only(data, "", "id", "version", "instrument_id", "repair_sessions", "detectors")
        listed = data.get("detectors")
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_DETECTORS:
            raise ValueError(f"detectors: is not a list of 1 to {MOST_DETECTORS} detectors")
        choices = tuple(_choice(each, f"detectors[{number}]") for number, each in enumerate(listed))
        names = [choice.detector.name for choice in choices]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise ValueError(f"detectors[{number}].name: {name} is there twice; choose one set of parameters")
        window = data.get("repair_sessions", DEFAULT_REPAIR_SESSIONS)
        if isinstance(window, bool) or not isinstance(window, int) or not 1 <= window <= MOST_REPAIR_SESSIONS:
            raise ValueError(f"repair_sessions: is not a whole number from 1 to {MOST_REPAIR_SESSIONS}")
        return Policy(
            id=_name(data, "id"),
            version=_name(data, "version"),
            choices=choices,
            instrument_id=_name(data, "instrument_id", optional=True),
            repair_sessions=window,
        )


@dataclass(frozen=True, slots=True)
class Watch:
    """How an instrument is watched at sessions booked for ``since`` or later (None: for any time)."""

    policy: Policy
    population: Population | None
    since: datetime | None = None


class Watches:
    """How every instrument of a site is watched now, and was before.

    ``default`` watches the instruments that ``by_instrument`` does not name.
    """

    def __init__(
        self,
        default: Policy,
        populations: Mapping[str, Population] = POPULATIONS,
        by_instrument: Mapping[str, Sequence[Watch]] | None = None,
    ) -> None:
        self._default = default
        self._populations = populations
        self._known = {name: _in_order(watches) for name, watches in (by_instrument or {}).items()}

    def of(self, instrument_id: str) -> tuple[Watch, ...]:
        """The watches of an instrument, in the order in which they take over; never empty."""
        found = self._known.get(instrument_id)
        if found is None:
            found = (Watch(self._default, self._populations.get(instrument_id)),)
            self._known[instrument_id] = found
        return found


def _in_order(watches: Iterable[Watch]) -> tuple[Watch, ...]:
    always = [watch for watch in watches if watch.since is None]
    later = [watch for watch in watches if watch.since is not None]
    if len(always) != 1:
        raise ValueError("since: exactly one watch has none, the one that watches from the beginning")
    return (*always, *sorted(later, key=_since))


def _since(watch: Watch) -> datetime:
    assert watch.since is not None  # those without one come first
    return watch.since


def _choice(data: Any, place: str) -> Choice:
    if not isinstance(data, Mapping):
        raise ValueError(f"{place}: is not an object")
    _only(data, f"{place}.", "name", "parameters", "severity", "hears")
    parameters = data.get("parameters", {})
    if not isinstance(parameters, Mapping):
        raise ValueError(f"{place}.parameters: is not an object")
    try:
        detector = make(_name(data, "name"), parameters)
    except ValueError as error:
        raise ValueError(f"{place}.{error}") from None
    hears = data.get("hears", [audience.value for audience in Audience])
    if not isinstance(hears, list):
        raise ValueError(f"{place}.hears: is not a list")
    severity: Severity = _one_of(Severity, data.get("severity", Severity.RUPTURE.value), f"{place}.severity")
    audience = tuple(_one_of(Audience, each, f"{place}.hears[{number}]") for number, each in enumerate(hears))
    if severity is Severity.RUPTURE and detector.name in ALWAYS_QUIET:
        raise ValueError(f"{place}.severity: {detector.name} never opens a rupture; give {Severity.MARKER.value}")
    if severity is Severity.RUPTURE and not audience:
        raise ValueError(f"{place}.hears: nobody hears of the rupture; name at least one")
    return Choice(detector, severity, tuple(dict.fromkeys(audience)))


def _one_of(kind: type[T], value: Any, place: str) -> T:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{place}: {value!r} is not one of {', '.join(kind)}") from None


def _name(data: Mapping[str, Any], field: str, *, optional: bool = False) -> str:
    value = data.get(field, "" if optional else None)
    if not isinstance(value, str) or len(value) > MOST_NAME or not (value or optional):
        raise ValueError(f"{field}: is not a text of 1 to {MOST_NAME} characters")
    return value


def _only(data: Mapping[str, Any], place: str, *known: str) -> None:
    for field in data:
        if field not in known:
            raise ValueError(f"{place}{field}: is not a field of a policy; there are {', '.join(known)}")


# The client's own word, and what won the benchmark (tests/bench/detection.md) over rule M of clinical reference 2.4. It
# raises what was measured; what was not is a quiet mark.
DEFAULT = Policy(
    "combined",
    "2",
    (
        Choice(ClientReport()),
        Choice(StateSpace()),
        Choice(LowLevel(), Severity.MARKER),
        Choice(Silence(), Severity.MARKER),
        Choice(NoShow(), Severity.MARKER),
        Choice(HomeworkUndone(), Severity.MARKER),
        Choice(Divergence(), Severity.MARKER),
    ),
)
EVERYWHERE = Watches(DEFAULT)
