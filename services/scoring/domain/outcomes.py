"""How an outcome goes: change since intake, and whether it is on the course that is expected from there.

Expected courses (clinical reference 2.6) are fitted to a site's own closed episodes:

    y = b0 + b1 * intake + b2 * log(t) + b3 * intake * log(t)      by ordinary least squares, t = 2, 3, ...

where t counts the client's measurements from 1 at intake. Intake itself is the predictor and no row of the fit. The
residual SD is taken at each t. On the bad side, yellow is beyond 1.00 and red beyond 1.28 residual SD: the bounds of
the two-sided 68 % and 80 % bands. It takes 300 episodes; with fewer there is no expectation, only reliable change. The
form of the model and the bands follow Finch, Lambert and Schaalje 2001 (M); what we choose ourselves (own): a t is
covered while at least 30 episodes reach it, and a course is not extrapolated beyond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

import numpy as np
from numpy.typing import NDArray

from services.scoring.domain.change import Category, categorise
from services.scoring.domain.figures import Cutoff, ReliableChange
from services.scoring.domain.instruments import Instrument

FEWEST_EPISODES = 300  # clinical reference 2.6
FEWEST_AT_T = 30  # own: fewer residuals make no SD
YELLOW, RED = 1.00, 1.28  # residual SD on the bad side, clinical reference 2.6


class Course(StrEnum):
    """Where a client is on the expected course."""

    UNKNOWN = "unknown"
    ON_TRACK = "on_track"
    BEHIND = "behind"  # yellow
    NOT_ON_TRACK = "not_on_track"  # red


@dataclass(frozen=True, slots=True)
class TooFew:
    """There are too few closed episodes with two measurements or more for an expectation."""

    episodes: int
    needed: int = FEWEST_EPISODES

    def __str__(self) -> str:
        return (
            f"expected courses need {self.needed} closed episodes of the site with two measurements or more; "
            f"there are {self.episodes}"
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected at one measurement, in the instrument's units; ``z`` is the residual in SD, above 0 on the good
    side.
    """

    value: float
    yellow: float
    red: float
    z: float
    course: Course


@dataclass(frozen=True, slots=True)
class Bands:
    """Expected courses: b0 to b3, and the residual SD at each t from 2 to the last that is covered."""

    coefficients: tuple[float, float, float, float]
    spread: Mapping[int, float]
    episodes: int

    @property
    def last(self) -> int:
        """The last measurement that is covered."""
        return max(self.spread)

    def expected(self, intake: float, t: int) -> float:
        """The value that is expected at the t-th measurement."""
        b0, b1, b2, b3 = self.coefficients
        return b0 + b1 * intake + (b2 + b3 * intake) * log(t)

    def judge(self, intake: float, t: int, value: float, *, higher_is_better: bool) -> Expected | None:
        """Compare the t-th measurement with what is expected; None at intake and beyond the last t that is covered."""
        spread = self.spread.get(t)
        if spread is None:
            return None
        centre, good = self.expected(intake, t), 1 if higher_is_better else -1
        z = good * (value - centre) / spread
        course = Course.NOT_ON_TRACK if z < -RED else Course.BEHIND if z < -YELLOW else Course.ON_TRACK
        return Expected(centre, centre - good * YELLOW * spread, centre - good * RED * spread, z, course)


def fit_bands(episodes: Sequence[Sequence[float]]) -> Bands | TooFew:
    """Fit expected courses to closed episodes, each the measurements of one client from intake on, in order.

    Episodes with a single measurement say nothing about a course and do not count.
    """
    courses = [np.asarray(values, dtype=np.float64) for values in episodes if len(values) > 1]
    if len(courses) < FEWEST_EPISODES:
        return TooFew(len(courses))
    times = np.concatenate([np.arange(2, len(course) + 1) for course in courses])
    design = _design(np.concatenate([np.full(len(course) - 1, course[0]) for course in courses]), times)
    values = np.concatenate([course[1:] for course in courses])
    coefficients = np.linalg.lstsq(design, values, rcond=None)[0]
    spread = _spread(times, values - design @ coefficients, float(np.ptp(values)))
    b0, b1, b2, b3 = map(float, coefficients)
    return Bands((b0, b1, b2, b3), spread, len(courses))


def _design(intake: NDArray[np.float64], times: NDArray[np.int64]) -> NDArray[np.float64]:
    logs = np.log(times)
    return np.column_stack((np.ones_like(logs), intake, logs, intake * logs))


def _spread(times: NDArray[np.int64], residuals: NDArray[np.float64], extent: float) -> dict[int, float]:
    """Root mean square residual at each t, as far as enough episodes reach.

    Never quite 0 (a millionth of the data's extent at least), where all episodes are alike.
    """
    spread: dict[int, float] = {}
    for t in range(2, int(times.max()) + 1):
        at_t = residuals[times == t]
        if len(at_t) < FEWEST_AT_T:
            break
        spread[t] = max(float(np.sqrt(np.mean(at_t**2))), 1e-6 * (extent or 1.0))
    return spread


@dataclass(frozen=True, slots=True)
class Outcome:
    """One client's outcome on one instrument: from intake to the last measurement.

    ``category`` is None, and ``basis`` says why, where the instrument has no reliable change or there is one
    measurement. ``cutoff`` is the one that recovered and harmed are told by. ``expected`` is None without an
    expectation; ``basis`` says why.
    """

    intake: float
    last: float
    measurements: int
    reliable: ReliableChange | None
    cutoff: Cutoff | None
    category: Category | None
    expected: Expected | None
    course: Course
    basis: str


def outcome(
    instrument: Instrument,
    values: Sequence[float],
    bands: Bands | TooFew | None = None,
    age: float | None = None,
) -> Outcome | None:
    """Judge a client's measurements, from intake on, in order; None when there are none.

    ``bands`` are the site's for this instrument; None when they were not looked for. ``age``, in years, chooses among
    cut-offs by age; without it the first, which is the adults', is taken.
    """
    if not values:
        return None
    intake, last, reliable = values[0], values[-1], instrument.reliable_change
    cutoff = next((each for each in instrument.cutoffs if not each.scale and each.holds_at(age)), None)
    category = None
    if reliable is not None and len(values) > 1:
        category = categorise(
            intake,
            last,
            reliable.value,
            higher_is_better=instrument.higher_is_better,
            clinical=cutoff.crossed_by if cutoff else None,
        )
    expected = None
    if isinstance(bands, Bands):
        expected = bands.judge(intake, len(values), last, higher_is_better=instrument.higher_is_better)
    return Outcome(
        intake=intake,
        last=last,
        measurements=len(values),
        reliable=reliable,
        cutoff=cutoff,
        category=category,
        expected=expected,
        course=_course(category, expected),
        basis=_basis(instrument, len(values), bands, expected),
    )


def _course(category: Category | None, expected: Expected | None) -> Course:
    """A reliable deterioration is not on track, whatever is expected (clinical reference 2.6, M: widely used)."""
    if category in {Category.DETERIORATED, Category.HARMED}:
        return Course.NOT_ON_TRACK
    return Course.UNKNOWN if expected is None else expected.course


def _basis(instrument: Instrument, measurements: int, bands: Bands | TooFew | None, expected: Expected | None) -> str:
    """What the judgement rests on, in one sentence for a clinician."""
    if measurements < 2:
        return "One measurement says nothing about change."
    reliable = instrument.reliable_change
    if reliable is None:
        change = "No reliable change is known for this instrument"
    else:
        unsure = "" if reliable.confirmed else f" ({reliable.standing})"
        change = f"Reliable change of {reliable.value:g}{unsure} since intake"
    if expected is not None and isinstance(bands, Bands):
        return f"{change}, and the course expected from {bands.episodes} closed episodes of this site."
    if isinstance(bands, Bands):
        return f"{change} only: too few closed episodes are as long as this one."
    return f"{change} only: {bands or 'no expected course has been fitted for this site'}."
