"""Textbook control charts of any series, on either side; the detectors' own versions are shrunk and one-sided.

Source: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 (individuals), 6.3.2.3 (CUSUM) and 6.3.2.4 (EWMA), S65;
clinical reference 2.2, with the average run lengths that a test checks these functions against.
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


def ewma_limits_at(centre: float, sigma: float, weight: float, width: float, i: int) -> Limits:
    """Exact limits of the i-th average, from 1: the steady state's width times sqrt(1 - (1 - weight)^(2i))."""
    return ewma_limits(centre, sigma * sqrt(1 - (1 - weight) ** (2 * i)), weight, width)


@dataclass(frozen=True, slots=True)
class Cusum:
    """Cumulative sums beyond the slack, one for each value, in standard units; 0 while nothing adds up."""

    lower: tuple[float, ...]
    upper: tuple[float, ...]


def cusum(values: Sequence[float], centre: float, sigma: float, slack: float = 0.5) -> Cusum:
    """C_i = max(0, C_(i-1) - z_i - slack) below, and with + z_i above; z_i = (x_i - centre) / sigma.

    ``slack`` (k) in standard units, half of the shift to be found. An alarm is a sum above the decision interval h,
    usually 4 or 5.
    """
    lower, upper, below, above = [], [], 0.0, 0.0
    for value in values:
        z = (value - centre) / sigma
        below = max(0.0, below - z - slack)
        above = max(0.0, above + z - slack)
        lower.append(below)
        upper.append(above)
    return Cusum(tuple(lower), tuple(upper))
