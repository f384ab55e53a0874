"""What every detector gets and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from services.scoring.domain.detectors.baseline import Level

Memory = Mapping[str, float]  # what a detector carries from one rating to the next; empty at the start of a baseline


@dataclass(frozen=True, slots=True)
class Answered:
    """One session's form, as detectors see it. ``value`` is the total, None when too much is missing."""

    value: float | None
    tension: bool | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector found at one rating.

    ``baseline``, ``limit`` and ``value`` are in the instrument's units: a value at or below the limit alarms.
    ``statistic`` is the detector's own, for example z. All are None for a detector that needs no statistics.
    """

    detector: str
    version: str
    alarm: bool
    parameters: Mapping[str, float]
    baseline: float | None = None
    limit: float | None = None
    statistic: float | None = None
    value: float | None = None
    # Standard score of the evidence under "nothing has changed"; what the explanation's odds are computed from.
    z: float | None = None


class Detector(Protocol):
    """A named, versioned rule.

    ``judge`` returns a finding, or None when it has nothing to say, and its memory for the next rating. ``level`` is
    the client's own baseline before this rating: None before there are two earlier ratings, so that no statistics
    speak before the third.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def judge(self, answered: Answered, level: Level | None, memory: Memory) -> tuple[Finding | None, Memory]: ...
