"""Uncertainty of the figures of a site: how far chance alone may have moved them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from statistics import NormalDist, median

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Proportion:
    """``count`` of ``of``, from 0 to 1, with an interval; None where there is nothing to divide."""

    count: int
    of: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Median:
    """The median of ``count`` values and an interval for it, in the values' units; None where there are too few."""

    count: int
    value: float | None
    low: float | None
    high: float | None


def proportion(count: int, of: int, confidence: float = CONFIDENCE) -> Proportion:
    """The Wilson score interval, which keeps its coverage with small counts and stays between 0 and 1:

        (p + z^2/2n -+ z * sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)

    Source: Wilson 1927, J Am Stat Assoc 22:209; NIST/SEMATECH e-Handbook 7.2.4.1. It takes the units as independent:
    where a client contributes several sessions, it is somewhat too narrow.
    """
    if not 0 <= count <= of:
        raise ValueError(f"count: {count} is not between 0 and {of}")
    if of == 0:
        return Proportion(0, 0, None, None, None)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, square = count / of, z * z / of
    centre = share + square / 2
    half = z * sqrt(share * (1 - share) / of + square / (4 * of))
    # At the ends the formula is exactly 0 or 1; rounding must not push it beyond.
    low, high = max(0.0, (centre - half) / (1 + square)), min(1.0, (centre + half) / (1 + square))
    return Proportion(count, of, share, 0.0 if count == 0 else low, 1.0 if count == of else high)


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Median:
    """The median with the narrowest symmetric pair of order statistics that covers it with at least ``confidence``.

    The number of values below the median is binomial(n, 1/2), whatever their distribution: x_(r) .. x_(n-r+1) with the
    largest r for which P(B <= r - 1) <= (1 - confidence) / 2. Source: Conover, Practical Nonparametric Statistics,
    section 3.2 [M]; the ranks agree with the published tables. Below six values no pair covers 95 %.
    """
    ordered = sorted(values)
    count = len(ordered)
    if not ordered:
        return Median(0, None, None, None)
    rank, below = 0, 0
    # In whole numbers: P(B <= r - 1) = sum of C(n, i) / 2^n.
    while below + comb(count, rank) <= (1 - confidence) / 2 * 2**count:
        below += comb(count, rank)
        rank += 1
    middle = median(ordered)
    if rank == 0:
        return Median(count, middle, None, None)
    return Median(count, middle, ordered[rank - 1], ordered[count - rank])
