"""A site's own parameters and limits, from its own clients' ratings.

1. ``censored`` estimates the population behind the ratings, with the ends of the scale taken into account.
2. ``screening`` leaves out what is probably a rupture by this estimate, and the estimate is made again, several times.
3. The limits of the default detector are set for a false-alarm target by replaying clients simulated from these
   parameters, cut off by the same scale, none of whom has a rupture. Not by replaying the site's own history: that
   holds ruptures, nobody knows which, and every one of them would push the limits up. The simulation assumes normal
   levels and swings (clinical reference 2.4, caveats 2 and 4); what the limits make of the real history is what a
   preview shows before they are activated. Both limits are moved by one factor, so that single
   ratings and steps keep their shares of the alarms.

With fewer than 200 clients of at least four ratings (clinical reference 5.2) nothing is calibrated and the published
defaults stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.scoring.domain.batch import false_alarms, state_space
from services.scoring.domain.censored import Estimate, estimate, settling
from services.scoring.domain.detectors import StateSpace
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import DEFAULT, Choice, Policy
from services.scoring.domain.population import DEFAULTS, SETTLES, Population
from services.scoring.domain.screening import without_ruptures

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

METHOD = "censored-normal-2"
FEWEST_CLIENTS, FEWEST_RATINGS = 200, 4  # clinical reference 5.2
TARGET = 1.5  # false alarms per 100 rated sessions; own, just below the default's 1.6 of clinical reference 2.4
LOWEST_TARGET, HIGHEST_TARGET = 0.2, 10.0
SCREENINGS = 5  # own: further ones move the SDs by less than their standard errors
GROUPS = 10  # of clients, each left out once for the standard errors
SIMULATED, SESSIONS = 6000, 16  # clients and sessions of the replay; 16 as in clinical reference 2.4
SEED = 20_250_101  # the same ratings always give the same limits
_FACTORS = (0.5, 2.0)
_HALVINGS = 30


@dataclass(frozen=True, slots=True)
class TooFew:
    """Too little data; the published defaults stay. ``clients`` have enough ratings each, of ``needed``."""

    clients: int
    needed: int = FEWEST_CLIENTS

    @property
    def sentence(self) -> str:
        """What is missing, in words."""
        return (
            f"{self.clients} clients have at least {FEWEST_RATINGS} ratings and {self.needed} are needed; "
            "the published defaults stay in force"
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """A parameter set with where it is from.

    ``errors`` are the standard errors of ``estimate``, by jackknife over clients. ``expected_false_alarms`` is per 100
    judged sessions of clients without ruptures, with the limits ``k`` and ``width``; ``default_false_alarms`` with the
    published limits and the same parameters. ``set_aside`` counts those of ``ratings`` that probably are of ruptures.
    """

    instrument_id: str
    estimate: Estimate
    errors: Estimate
    clients: int
    ratings: int
    target: float
    k: float
    width: float
    expected_false_alarms: float
    default_false_alarms: float
    sem: float
    set_aside: int = 0
    method: str = METHOD

    @property
    def population(self) -> Population:
        """What the detectors shrink towards. The SEM stays the instrument's."""
        found = self.estimate
        return Population(
            mean=found.mean + found.slope * SETTLES / 2,  # half-way
            between_sd=found.between_sd,
            within_sd=found.within_sd,
            sem=self.sem,
            version=f"{METHOD}-{self.clients}-{self.ratings}",
            provenance=f"Estimated from {self.ratings} ratings of {self.clients} of the site's own clients ({METHOD}).",
            assumed=False,
            autocorrelation=found.autocorrelation,
            slope=found.slope,
        )

    def policy(self, version: str) -> Policy:
        """The default policy with these limits."""
        return Policy("calibrated", version, tuple(map(self._limited, DEFAULT.choices)), self.instrument_id)

    def _limited(self, choice: Choice) -> Choice:
        if isinstance(choice.detector, StateSpace):
            return replace(choice, detector=replace(choice.detector, k=self.k, width=self.width))
        return choice


def calibrate(
    instrument: Instrument, ratings: Array, target: float = TARGET, progress: Progress = lambda done, of: None
) -> Calibration | TooFew:
    """Estimate, and set the limits for ``target`` false alarms per 100 rated sessions.

    ``ratings``: clients x sessions, in the order of sessions, NaN where not rated. ValueError for a target outside 0.2
    to 10, an instrument without a default population, or ratings that do not vary.
    """
    if not LOWEST_TARGET <= target <= HIGHEST_TARGET:
        raise ValueError(f"target: {target:g} is not between {LOWEST_TARGET:g} and {HIGHEST_TARGET:g} per 100 sessions")
    default = DEFAULTS.get(instrument.id)
    if default is None:
        raise ValueError(f"instrument: ruptures are not looked for in {instrument.id}")
    enough = ratings[(~np.isnan(ratings)).sum(axis=1) >= FEWEST_RATINGS] if ratings.size else ratings
    if len(enough) < FEWEST_CLIENTS:
        return TooFew(len(enough))
    steps = SCREENINGS + GROUPS + 2
    low, high = instrument.total_min, instrument.total_max
    first = estimate(enough, low, high)
    progress(1, steps)
    found = Calibration(
        instrument_id=instrument.id,
        estimate=first,
        errors=first,
        clients=len(enough),
        ratings=_rated(enough),
        target=target,
        k=StateSpace().k,
        width=StateSpace().width,
        expected_false_alarms=0.0,
        default_false_alarms=0.0,
        sem=default.sem,
    )
    kept = enough
    for screening in range(SCREENINGS):
        found = with_limits(found, low, high)
        kept = without_ruptures(enough, found.population, found.k, found.width, target, high)
        found = replace(found, estimate=replace(estimate(kept, low, high), ceiling=first.ceiling))
        progress(screening + 2, steps)
    without = []
    for group in range(GROUPS):
        without.append(estimate(np.delete(kept, np.s_[group::GROUPS], axis=0), low, high))
        progress(SCREENINGS + group + 2, steps)
    found = replace(found, errors=_errors(without), set_aside=found.ratings - _rated(kept))
    calibrated = with_limits(found, low, high)
    progress(steps, steps)
    return calibrated


def _rated(ratings: Array) -> int:
    return int((~np.isnan(ratings)).sum())


def simulated(found: Estimate, low: float, high: float, clients: int, sessions: int, seed: int = SEED) -> Array:
    """Ratings of clients without ruptures, under these parameters, cut off by the scale."""
    rng = np.random.default_rng(seed)
    level = found.mean + found.slope * settling(sessions) + rng.normal(0, found.between_sd, (clients, 1))
    swings = rng.normal(0, found.within_sd, (clients, sessions))
    fresh = np.sqrt(1 - found.autocorrelation**2)
    for session in range(1, sessions):
        swings[:, session] = found.autocorrelation * swings[:, session - 1] + fresh * swings[:, session]
    return np.clip(level + swings, low, high)


def with_limits(found: Calibration, low: float, high: float) -> Calibration:
    """The same parameters with the limits that give ``found.target`` on a scale from ``low`` to ``high``."""
    ratings = simulated(found.estimate, low, high, SIMULATED, SESSIONS)
    calm = state_space(ratings, found.population, high)
    k, width = StateSpace().k, StateSpace().width
    smallest, largest = _FACTORS
    for _ in range(_HALVINGS):  # the wider the limits, the fewer alarms
        factor = (smallest + largest) / 2
        if false_alarms(calm, k * factor, width * factor) > found.target:
            smallest = factor
        else:
            largest = factor
    k_now, width_now = round(k * largest, 3), round(width * largest, 3)
    return replace(
        found,
        k=k_now,
        width=width_now,
        expected_false_alarms=false_alarms(calm, k_now, width_now),
        default_false_alarms=false_alarms(calm, k, width),
    )


def _errors(without: list[Estimate]) -> Estimate:
    """Grouped jackknife (Efron and Tibshirani 1993, chapter 11)."""
    table = np.array([(e.mean, e.slope, e.between_sd, e.within_sd, e.autocorrelation, e.ceiling) for e in without])
    spread = np.sqrt((len(table) - 1) * table.var(axis=0))
    return Estimate(*map(float, spread))
