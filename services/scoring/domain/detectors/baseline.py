"""A client's own level, shrunk towards the population.

Clinical reference 2.4, reference rule I, inputs per instrument and site: mu0 mean, sb between SD, sw within SD, SEM;
kappa = sw^2 / sb^2. With n = t - 1 earlier valid ratings y_1..y_n with the same therapist and instrument version, n
>= 2:

    w   = n / (n + kappa)
    mu  = w * mean(y_1..n) + (1 - w) * mu0                   = (sum(y_1..n) + kappa * mu0) / (n + kappa)
    smr = mean|y_i - y_(i-1)| / 1.128                        the moving range's estimate of sigma (1.128 = d2 for two)
    s   = max(SEM, sqrt(((n - 1) * smr^2 + n0 * sw^2) / ((n - 1) + n0)))    n0 = 4: sw weighs four ratings

The floor at SEM keeps a flat run of identical ratings from making any change look impossible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

from services.scoring.domain.instruments import Instrument
from services.scoring.domain.population import Population

D2 = 1.128
N0 = 4
FEWEST = 2  # earlier ratings; the first alarm is possible at the third


class Level(NamedTuple):
    """The level before a rating: ``mean`` mu and ``spread`` s from ``n`` earlier ratings. ``error`` is s * sqrt(1 +
    1/n), the standard deviation of the next rating around mu: its own spread and the mean's uncertainty.
    """

    mean: float
    spread: float
    n: int
    error: float

    def z(self, value: float) -> float:
        """Standard score of a new rating."""
        return (value - self.mean) / self.error


@dataclass(slots=True)
class Baseline:
    """Ratings of one client with one therapist on one version of an instrument, one after another."""

    instrument: Instrument
    population: Population | None
    n: int = 0
    last: float = 0.0  # the newest rating; meaningless while n is 0
    values: list[float] = field(default_factory=list)
    top: float = 0.0  # the best total
    _sum: float = 0.0
    _ranges: float = 0.0
    _level: Level | None = None
    # kappa, and kappa * mu0; meaningless without a population.
    _kappa: float = 0.0
    _pull: float = 0.0

    def __post_init__(self) -> None:
        self.top = self.instrument.total_max
        self.shrink_to(self.population)

    def add(self, value: float) -> None:
        """Take in a rating that belongs to the baseline."""
        if self.n:
            self._ranges += abs(value - self.last)
        self._sum += value
        self.last = value
        self.values.append(value)
        self.n += 1
        self._level = None

    def shrink_to(self, population: Population | None) -> None:
        """Take another population for the level from now on."""
        self.population = population
        if population is not None:
            self._kappa, self._pull = population.kappa, population.kappa * population.mean
        self._level = None

    @property
    def level(self) -> Level | None:
        """The level before the next rating; None while there are fewer than two, or no population to shrink to."""
        if self._level is None and self.population is not None and self.n >= FEWEST:
            self._level = self._shrunk(self.population)
        return self._level

    @property
    def shrunk_mean(self) -> float | None:
        """The level's mean alone, which takes less time."""
        if self.population is None or self.n < FEWEST:
            return None
        return (self._sum + self._pull) / (self.n + self._kappa)

    @property
    def mean(self) -> float:
        """Mean of the client's own ratings, not shrunk; meaningless while there are none."""
        return self._sum / self.n if self.n else 0.0

    @property
    def moving_range(self) -> float:
        """Mean of |y_i - y_(i-1)|; 0 while there are fewer than two ratings."""
        return self._ranges / (self.n - 1) if self.n > 1 else 0.0

    def _shrunk(self, population: Population) -> Level:
        n, sw = self.n, population.within_sd
        mean = (self._sum + self._pull) / (n + self._kappa)
        moving = self._ranges / (n - 1) / D2
        pooled = sqrt(((n - 1) * moving * moving + N0 * sw * sw) / (n - 1 + N0))
        spread = max(population.sem, pooled)
        return Level(mean, spread, n, spread * sqrt(1 + 1 / n))
