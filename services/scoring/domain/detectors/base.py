"""What every detector gets and gives.

A detector of ratings is asked once for each rated session of one client with one therapist on one version of an
instrument, in the order of sessions; a detector of sessions at those sessions, rated or not, at which something was
left out, and at those that the therapist rated, too. Each is a frozen dataclass: its fields are its parameters, each
declared with ``parameter`` (default, range, source), so that policies, previews and documentation read them from one
place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, cast

from services.scoring.domain.detectors.baseline import Baseline

# What a detector carries from one rating to the next; empty at the start of a baseline. It must never be changed in
# place: while a rupture is open it is not carried on. What is in it is the detector's own affair.
Memory = tuple[Any, ...]
EMPTY: Memory = ()


@dataclass(slots=True)  # not frozen, like Verdict: one of each is made for every rating, and freezing takes time
class Answered:
    """One session, as detectors see it: ``value`` is the form's total, None when too much is missing or nothing was
    answered; ``tension`` the client's answer to the direct question, None when it was not asked or not answered.

    For detectors of sessions: ``unanswered`` counts the attended sessions in a row, this one included, without any
    answer; ``no_show`` says that the client did not come, ``after_fall`` that the last answered session alarmed;
    ``undone`` counts the agreed homework in a row, up to this session, that was not done; ``therapist`` is the
    therapist's own rating of the session on the same instrument.
    """

    value: float | None
    tension: bool | None = None
    unanswered: int = 0
    no_show: bool = False
    after_fall: bool = False
    undone: int = 0
    therapist: float | None = None


@dataclass(slots=True)
class Verdict:
    """What a detector says of one rating.

    ``statistic`` is the detector's own and alarms beyond ``edge``. ``limit`` is the rating at or below which it would
    have alarmed, in the instrument's units, so that it can be drawn. ``z`` is the standard score of the evidence under
    "nothing has changed", for detectors that have one: the lower, the less likely by chance. None where it makes no
    sense.
    """

    alarm: bool
    statistic: float | None = None
    edge: float | None = None
    limit: float | None = None
    z: float | None = None


class Detector(Protocol):
    """A named, versioned rule; ``version`` changes whenever the same ratings could lead to another verdict.

    ``judge`` returns a verdict, or None when it has nothing to say, and its memory for the next rating. ``before`` is
    what the client's earlier ratings say; ``before.level`` is None before there are two of them, so that no statistics
    speak before the third. ``says`` puts a finding of its own into a clause of plain words, without names.
    ``of_sessions`` tells a detector of sessions from one of ratings.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def of_sessions(self) -> bool: ...

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]: ...

    def says(self, finding: Finding) -> str: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector found at one session, with everything that a reader needs to check it.

    ``baseline``, ``limit`` and ``value`` are in the instrument's units. ``parameters`` are the detector's own and, for
    statistical detectors, ``n`` earlier ratings, their ``spread`` and the ``statistic_limit``.
    """

    detector: str
    version: str
    alarm: bool
    parameters: Mapping[str, float]
    baseline: float | None = None
    limit: float | None = None
    statistic: float | None = None
    value: float | None = None
    z: float | None = None


def finding(detector: Detector, verdict: Verdict, answered: Answered, before: Baseline) -> Finding:
    """A verdict with its evidence."""
    level = before.level
    parameters = parameters_of(detector)
    if verdict.statistic is not None and level is not None:
        parameters |= {"n": level.n, "spread": level.spread}
    if verdict.edge is not None:
        parameters["statistic_limit"] = verdict.edge
    return Finding(
        detector=detector.name,
        version=detector.version,
        alarm=verdict.alarm,
        parameters=parameters,
        baseline=level.mean if level is not None else None,
        limit=verdict.limit,
        statistic=verdict.statistic,
        value=answered.value,
        z=verdict.z,
    )


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a policy may set: ``low`` and ``high`` are allowed; ``whole`` allows integers only."""

    default: float
    low: float
    high: float
    meaning: str
    source: str
    whole: bool = False


def parameter(default: float, low: float, high: float, meaning: str, source: str, *, whole: bool = False) -> Any:
    """A field of a detector that a policy may set. ``source`` is tagged as in ``instruments``."""
    return field(default=default, metadata={"parameter": Parameter(default, low, high, meaning, source, whole)})


def declared(kind: type) -> dict[str, Parameter]:
    """The parameters of a class of detectors, by name."""
    return {each.name: cast(Parameter, each.metadata["parameter"]) for each in fields(kind)}


def parameters_of(detector: object) -> dict[str, float]:
    """The parameters of one detector, by name."""
    return {name: getattr(detector, name) for name in declared(type(detector))}
