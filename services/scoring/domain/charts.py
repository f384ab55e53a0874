"""Textbook control charts of any series, on either side; the detectors' own versions are shrunk and one-sided.

Source: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 (individuals) and 6.3.2.4 (EWMA), S65; clinical
reference 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from services.scoring.domain.detectors.baseline import D2


@dataclass(frozen=True, slots=True)
class Limits:
    """Centre line and control limits, in the units of the series."""

    centre: float
    lower: float
    upper: float


def mean_moving_range(values: Sequence[float]) -> float:
    """Mean of |x_i - x_(i-1)|; needs two values."""
    ranges = [abs(after - before) for before, after in pairwise(values)]
    return sum(ranges) / len(ranges)


def individuals(values: Sequence[float], width: float = 3.0, floor: float = 0.0) -> Limits:
    """Individuals chart: mean -+ width * sigma, sigma = mean moving range / 1.128, at least ``floor`` (for example
    SEM).
    """
    centre = sum(values) / len(values)
    sigma = max(floor, mean_moving_range(values) / D2)
    return Limits(centre, centre - width * sigma, centre + width * sigma)


def ewma(values: Sequence[float], weight: float, start: float) -> list[float]:
    """z_i = weight * x_i + (1 - weight) * z_(i-1), beginning with ``start``; one longer than the series."""
    averages = [start]
    for value in values:
        averages.append(weight * value + (1 - weight) * averages[-1])
    return averages


def ewma_limits(centre: float, sigma: float, weight: float, width: float) -> Limits:
    """Steady-state limits: centre -+ width * sigma * sqrt(weight / (2 - weight))."""
    half = width * sigma * sqrt(weight / (2 - weight))
    return Limits(centre, centre - half, centre + half)
