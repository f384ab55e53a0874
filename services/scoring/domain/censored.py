"""A client group's parameters from ratings that the ends of the scale cut off.

The model (clinical reference 5.2): a client's latent rating is mean + slope * (sessions so far, at most 8) + own level
+ own swing; levels vary between clients with SD sb, swings within a client with SD sw and autocorrelation phi from
session to session; the scale shows it clipped at its ends. A third of all ratings may be the best possible, so SDs of
what is shown are far too small (2.4, caveat 2): the likelihood of what was shown is used instead. What clients of one
therapist have in common is not told apart: sb^2 then is the sum of both variances, and the standard error of the mean,
which takes clients for independent, is too small.

- Mean, slope and total SD: the censored normal regression's likelihood (Tobin 1958), by EM (Dempster, Laird and Rubin
  1977), all ratings taken together.
- The correlation of two ratings of one client, k sessions apart: the likelihood of pairs from a bivariate normal cut
  off above (a composite likelihood, Lindsay 1988), given mean and SD.
- rho_k = r + (1 - r) * phi^k with r = sb^2 / (sb^2 + sw^2): r and phi by least squares over the lags, weighted by the
  number of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from services.scoring.domain.population import SETTLES

Array = NDArray[np.float64]

LAGS = 6  # sessions apart: further ones add little and are few
_PHIS = np.linspace(0.0, 0.9, 181)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_EM_STEPS, _EM_DONE = 500, 1e-7
_RHOS, _RHO_STEPS = (-0.5, 0.98), 40
_AT_END = 1e-9  # of an SD: sums of decimal fractions
TINY = 1e-300
_GOLDEN = (sqrt(5) - 1) / 2
_erfc = np.frompyfunc(erfc, 1, 1)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Latent parameters in the instrument's units. ``mean`` is at the first session, ``slope`` per session up to the
    ninth; ``ceiling`` is the share of ratings at the top of the scale.
    """

    mean: float
    slope: float
    between_sd: float
    within_sd: float
    autocorrelation: float
    ceiling: float


def settling(sessions: int) -> Array:
    """How many sessions of the first eight a session has behind it, from the first session on."""
    return np.array([float(min(session, SETTLES)) for session in range(sessions)])


def estimate(ratings: Array, low: float, high: float) -> Estimate:
    """Estimate from clients x sessions, NaN where not rated, on a scale from ``low`` to ``high``.

    ValueError when the ratings do not vary.
    """
    rated = ~np.isnan(ratings)
    time = np.broadcast_to(settling(ratings.shape[1]), ratings.shape)
    mean, slope, total = censored_regression(ratings[rated], time[rated], low, high)
    standard = (ratings - mean - slope * time) / total
    cuts = (high - mean - slope * time) / total
    lags = range(1, min(LAGS, ratings.shape[1] - 1) + 1)
    counts = np.array([(rated[:, :-lag] & rated[:, lag:]).sum() for lag in lags], dtype=float)
    rhos = np.array([_correlation(standard, cuts, lag) for lag in lags])
    share, phi = _levels_and_swings(rhos, counts)
    return Estimate(
        mean=mean,
        slope=slope,
        between_sd=total * sqrt(share),
        within_sd=total * sqrt(1 - share),
        autocorrelation=phi,
        ceiling=float((ratings[rated] >= high).mean()),
    )


def censored_regression(shown: Array, time: Array, low: float, high: float) -> tuple[float, float, float]:
    """Intercept, slope and SD of the normal regression on ``time`` of which these values were cut off."""
    below, above = shown <= low, shown >= high
    inside = shown[~below & ~above]
    if len(inside) < 2 or float(inside.std()) == 0.0:
        raise ValueError("ratings: do not vary between the ends of the scale; nothing can be estimated")
    centred = time - time.mean()
    spread = float((centred**2).sum())
    expected, more = shown.copy(), np.zeros_like(shown)
    at, slope, sd = float(shown.mean()), 0.0, float(shown.std())
    for _ in range(_EM_STEPS):
        line = at + slope * centred
        # Of a value beyond an end: its mean and variance under the present parameters.
        for cut, where, side in ((low, below, -1.0), (high, above, 1.0)):
            if where.any():
                hazard, variance = _beyond(side * (cut - line[where]) / sd)
                expected[where] = line[where] + side * sd * hazard
                more[where] = sd**2 * variance
        new_at = float(expected.mean())
        new_slope = float((centred * expected).sum()) / spread if spread else 0.0
        new_sd = sqrt(float(((expected - new_at - new_slope * centred) ** 2 + more).mean()))
        moved = abs(new_at - at) + abs(new_slope - slope) + abs(new_sd - sd)
        at, slope, sd = new_at, new_slope, new_sd
        if moved < _EM_DONE * sd:
            break
    return at - slope * float(time.mean()), slope, sd


def _beyond(cut: Array) -> tuple[Array, Array]:
    """Mean and variance of a standard normal value above ``cut``."""
    hazard = density(cut) / upper(cut)
    return hazard, 1 + cut * hazard - hazard**2


def _correlation(standard: Array, cuts: Array, lag: int) -> float:
    """The correlation under which the standardised pairs ``lag`` sessions apart, cut off above, are most likely."""
    first, second = standard[:, :-lag].ravel(), standard[:, lag:].ravel()
    both = ~(np.isnan(first) | np.isnan(second))
    if both.sum() < 2:
        return 0.0
    first, second = first[both], second[both]
    cut_first, cut_second = cuts[:, :-lag].ravel()[both], cuts[:, lag:].ravel()[both]
    top_first, top_second = first >= cut_first - _AT_END, second >= cut_second - _AT_END
    seen = ~top_first & ~top_second
    x, y = first[seen], second[seen]
    count, squares, product = len(x), float((x**2 + y**2).sum()), float((x * y).sum())
    one, other = ~top_first & top_second, top_first & ~top_second
    shown = np.concatenate([first[one], second[other]])
    hidden_above = np.concatenate([cut_second[one], cut_first[other]])
    tops = top_first & top_second
    # The slope moves the cut by little within a pair, and by less between pairs: one for all where both are hidden.
    top_cut = float((cut_first[tops] + cut_second[tops]).mean() / 2) if tops.any() else 0.0

    def likelihood(rho: float) -> float:
        rest = 1 - rho**2
        value = -0.5 * count * np.log(rest) - (squares - 2 * rho * product) / (2 * rest)
        value += float(np.log(np.maximum(upper((hidden_above - rho * shown) / sqrt(rest)), TINY)).sum())
        return float(value + tops.sum() * np.log(max(_both_above(top_cut, rho), TINY)))

    low, high = _RHOS
    for _ in range(_RHO_STEPS):  # golden section: the likelihood has one peak
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if likelihood(left) > likelihood(right):
            high = right
        else:
            low = left
    return (low + high) / 2


def _both_above(cut: float, rho: float) -> float:
    """P(X > cut, Y > cut) of a standard bivariate normal: its derivative in rho is the density at (cut, cut)."""
    rhos = rho * (_NODES + 1) / 2
    density = np.exp(-(cut**2) / (1 + rhos)) / (2 * np.pi * np.sqrt(1 - rhos**2))
    return float(upper(np.array(cut))) ** 2 + rho / 2 * float((_WEIGHTS * density).sum())


def _levels_and_swings(rhos: Array, counts: Array) -> tuple[float, float]:
    """r and phi of rho_k = r + (1 - r) * phi^k."""
    lags = np.arange(1, len(rhos) + 1)
    powers = _PHIS[:, None] ** lags[None, :]
    free = 1 - powers
    shares = (counts * (rhos - powers) * free).sum(axis=1) / (counts * free**2).sum(axis=1)
    shares = np.clip(shares, 0.01, 0.99)  # a group without any differences, or without any swings, does not exist
    misfit = (counts * (rhos - shares[:, None] - (1 - shares[:, None]) * powers) ** 2).sum(axis=1)
    best = int(misfit.argmin())
    return float(shares[best]), float(_PHIS[best])


def density(x: Array) -> Array:
    """Of the standard normal distribution."""
    return np.asarray(np.exp(-(x**2) / 2) / sqrt(2 * np.pi), dtype=float)


def upper(x: Array) -> Array:
    """P(Z > x), with a small relative error far out, too."""
    return np.asarray(_erfc(np.asarray(x) / sqrt(2)), dtype=float) / 2
