"""Reliable and clinically significant change between two measurements (Jacobson and Truax 1991; clinical reference
2.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

_NOISE = 1e-9  # of binary fractions; a difference of exactly the reliable change is reliable


def standard_error(sd: float, reliability: float) -> float:
    """SEM = SD * sqrt(1 - reliability). The SD is the sample's at baseline: reliable change is no generic benchmark."""
    return sd * sqrt(1 - reliability)


def difference_error(sd: float, reliability: float) -> float:
    """Sdiff = sqrt(2) * SEM."""
    return sqrt(2) * standard_error(sd, reliability)


def reliable_change(sd: float, reliability: float, confidence: float = 0.95) -> float:
    """The smallest difference that measurement error alone would hardly make, at this two-sided confidence."""
    return NormalDist().inv_cdf(0.5 + confidence / 2) * difference_error(sd, reliability)


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Where the clinical range ends: ``a`` two SD from the clinical mean, ``b`` two SD from the norm's, ``c``
    between.
    """

    a: float
    b: float
    c: float


def cutoffs(clinical_mean: float, clinical_sd: float, norm_mean: float, norm_sd: float) -> Cutoffs:
    """c = (SD_c * M_n + SD_n * M_c) / (SD_c + SD_n); a and b on the side of the other group."""
    towards_norm = 1 if norm_mean >= clinical_mean else -1
    return Cutoffs(
        a=clinical_mean + towards_norm * 2 * clinical_sd,
        b=norm_mean - towards_norm * 2 * norm_sd,
        c=(clinical_sd * norm_mean + norm_sd * clinical_mean) / (clinical_sd + norm_sd),
    )


class Category(StrEnum):
    """What became of a client between two measurements."""

    RECOVERED = "recovered"  # reliably better, and out of the clinical range
    IMPROVED = "improved"  # reliably better
    UNCHANGED = "unchanged"
    DETERIORATED = "deteriorated"  # reliably worse
    HARMED = "harmed"  # reliably worse, and into the clinical range


def categorise(
    before: float,
    after: float,
    reliable: float,
    *,
    higher_is_better: bool,
    clinical: Callable[[float], bool] | None = None,
) -> Category:
    """The category of a change; a difference of exactly ``reliable`` (above 0) is reliable, as |RC| >= z is.

    ``clinical`` says whether a value is in the clinical range; without it, recovered and harmed cannot be told from
    improved and deteriorated, and are not.
    """
    gain = after - before if higher_is_better else before - after
    if abs(gain) < reliable - _NOISE:
        return Category.UNCHANGED
    crossed = clinical is not None and clinical(before) != clinical(after)
    if gain > 0:
        return Category.RECOVERED if crossed else Category.IMPROVED
    return Category.HARMED if crossed else Category.DETERIORATED
