"""Expected courses: known coefficients recovered, bands of the right width, and silence where too little is known."""

import numpy as np
import pytest

from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.change import Category
from services.scoring.domain.outcomes import RED, YELLOW, Bands, Course, TooFew, fit_bands, outcome

PHQ_9, ORS, WAI_36 = CATALOGUE["phq9"], CATALOGUE["ors"], CATALOGUE["wai_36"]
TRUE = (2.0, 0.9, -0.5, -0.2)  # b0 to b3
SPREAD = 2.5


def course(intake: float, t: int) -> float:
    b0, b1, b2, b3 = TRUE
    return b0 + b1 * intake + (b2 + b3 * intake) * float(np.log(t))


def simulated(clients: int, sessions: int = 12, spread: float = SPREAD, seed: int = 7) -> list[list[float]]:
    chance = np.random.default_rng(seed)
    intakes = chance.uniform(5, 25, clients)
    return [
        [intake, *(course(intake, t) + chance.normal(0, spread) for t in range(2, sessions + 1))] for intake in intakes
    ]


def fitted(clients: int = 2000, spread: float = SPREAD) -> Bands:
    found = fit_bands(simulated(clients, spread=spread))
    assert isinstance(found, Bands)
    return found


def test_without_noise_the_coefficients_are_recovered_exactly() -> None:
    bands = fitted(300, spread=0.0)
    assert bands.coefficients == pytest.approx(TRUE, abs=1e-9)
    assert bands.episodes == 300


def test_with_noise_coefficients_and_spread_are_recovered() -> None:
    bands = fitted()
    b0, b1, b2, b3 = bands.coefficients
    assert b1 == pytest.approx(TRUE[1], abs=0.03)
    assert b3 == pytest.approx(TRUE[3], abs=0.02)
    assert b0 == pytest.approx(TRUE[0], abs=0.5)
    assert b2 == pytest.approx(TRUE[2], abs=0.3)
    assert set(bands.spread) == set(range(2, 13))
    for spread in bands.spread.values():
        assert spread == pytest.approx(SPREAD, rel=0.06)


def test_spread_is_taken_at_each_measurement() -> None:
    chance = np.random.default_rng(3)
    episodes = [
        [intake, *(course(intake, t) + chance.normal(0, t) for t in range(2, 6))]
        for intake in chance.uniform(5, 25, 3000)
    ]
    bands = fit_bands(episodes)
    assert isinstance(bands, Bands)
    assert [bands.spread[t] for t in range(2, 6)] == pytest.approx([2, 3, 4, 5], rel=0.06)


def test_a_client_as_those_before_is_on_track_in_84_of_100_and_red_in_10() -> None:
    """One-sided shares beyond 1.00 and 1.28 SD of a normal distribution: 15.9 % and 10.0 %."""
    bands = fitted()
    fresh = simulated(4000, seed=8)
    judged = [bands.judge(each[0], 6, each[5], higher_is_better=False) for each in fresh]
    courses = [each.course for each in judged if each is not None]
    assert len(courses) == 4000
    assert courses.count(Course.NOT_ON_TRACK) / 4000 == pytest.approx(0.100, abs=0.015)
    assert courses.count(Course.BEHIND) / 4000 == pytest.approx(0.059, abs=0.012)


def test_the_bad_side_is_above_where_lower_is_better_and_below_where_higher_is() -> None:
    bands = fitted()
    centre, spread = bands.expected(15, 4), bands.spread[4]
    high = bands.judge(15, 4, centre + 1.1 * spread, higher_is_better=False)
    low = bands.judge(15, 4, centre - 1.1 * spread, higher_is_better=True)
    assert high is not None
    assert low is not None
    assert (high.course, low.course) == (Course.BEHIND, Course.BEHIND)
    assert (high.yellow, high.red) == (pytest.approx(centre + YELLOW * spread), pytest.approx(centre + RED * spread))
    assert (low.yellow, low.red) == (pytest.approx(centre - YELLOW * spread), pytest.approx(centre - RED * spread))
    assert high.z == pytest.approx(-1.1) == low.z
    good = bands.judge(15, 4, centre - 5 * spread, higher_is_better=False)
    assert good is not None
    assert good.course is Course.ON_TRACK


def test_exactly_at_a_bound_is_not_beyond_it() -> None:
    bands = Bands((0, 1, 0, 0), {2: 1.0}, 300)
    for deviation, expected in (
        (1.0, Course.ON_TRACK),
        (1.001, Course.BEHIND),
        (1.28, Course.BEHIND),
        (1.29, Course.NOT_ON_TRACK),
    ):
        found = bands.judge(0, 2, -deviation, higher_is_better=True)
        assert found is not None
        assert found.course is expected


def test_too_few_episodes_are_no_expectation() -> None:
    found = fit_bands(simulated(299) + [[12.0]] * 500)
    assert isinstance(found, TooFew)
    assert (found.episodes, found.needed) == (299, 300)
    assert "need 300" in str(found)
    assert "there are 299" in str(found)
    assert isinstance(fit_bands(simulated(300)), Bands)
    assert fit_bands([]) == TooFew(0)


def test_a_course_is_not_extrapolated_beyond_what_enough_episodes_reach() -> None:
    bands = fit_bands(simulated(300, sessions=5) + simulated(29, sessions=9, seed=9))
    assert isinstance(bands, Bands)
    assert bands.last == 5
    assert bands.judge(15, 6, 15, higher_is_better=False) is None
    assert bands.judge(15, 1, 15, higher_is_better=False) is None
    found = outcome(PHQ_9, [15.0] * 6, bands)
    assert found is not None
    assert (found.expected, found.course) == (None, Course.UNKNOWN)
    assert "too few closed episodes are as long" in found.basis


def test_episodes_that_are_all_alike_make_no_division_by_zero() -> None:
    bands = fit_bands([[10.0, 10.0, 10.0]] * 300)
    assert isinstance(bands, Bands)
    found = bands.judge(10, 2, 10, higher_is_better=True)
    assert found is not None
    assert found.course is Course.ON_TRACK


def test_outcome_with_an_expectation() -> None:
    found = outcome(PHQ_9, [16.0, 15.0, 8.0], fitted())
    assert found is not None
    assert (found.intake, found.last, found.measurements) == (16, 8, 3)
    assert (found.category, found.course) == (Category.RECOVERED, Course.ON_TRACK)
    assert "2000 closed episodes" in found.basis


def test_outcome_without_enough_episodes_is_reliable_change_only_and_says_so() -> None:
    found = outcome(PHQ_9, [16.0, 15.0], TooFew(12))
    assert found is not None
    assert (found.category, found.course, found.expected) == (Category.UNCHANGED, Course.UNKNOWN, None)
    assert found.basis == (
        "Reliable change of 6 (unconfirmed) since intake only: expected courses need 300 closed episodes of the site "
        "with two measurements or more; there are 12."
    )


def test_outcome_of_a_site_without_fitted_courses_says_so() -> None:
    found = outcome(ORS, [20.0, 26.0])
    assert found is not None
    assert found.basis == "Reliable change of 5 since intake only: no expected course has been fitted for this site."


def test_reliable_deterioration_is_not_on_track_whatever_is_expected() -> None:
    for bands in (None, TooFew(0), Bands((10, 1, 0, 0), {2: 5.0}, 300)):
        found = outcome(PHQ_9, [8.0, 14.0], bands)
        assert found is not None
        assert (found.category, found.course) == (Category.HARMED, Course.NOT_ON_TRACK)


def test_age_chooses_among_cutoffs() -> None:
    adult, child = outcome(ORS, [22.0, 28.0]), outcome(ORS, [22.0, 28.0], age=10)
    assert adult is not None
    assert child is not None
    assert (adult.category, child.category) == (Category.RECOVERED, Category.IMPROVED)


def test_one_measurement_or_an_instrument_without_reliable_change_says_nothing_about_change() -> None:
    assert outcome(PHQ_9, []) is None
    first = outcome(PHQ_9, [12.0])
    assert first is not None
    assert (first.category, first.course) == (None, Course.UNKNOWN)
    assert "One measurement" in first.basis
    unknown = outcome(WAI_36, [200.0, 100.0])
    assert unknown is not None
    assert unknown.category is None
    assert "No reliable change is known" in unknown.basis
