"""Control charts against their textbook average run lengths (clinical reference 2.2), by seeded simulation."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest

from services.scoring.domain.charts import cusum, ewma, ewma_limits, ewma_limits_at, individuals

Chart = Callable[[Sequence[float]], Iterable[bool]]


def lower_cusum(h: float) -> Chart:
    return lambda values: (sum_ > h for sum_ in cusum(values, 0, 1).lower)


def two_sided_cusum(h: float) -> Chart:
    def alarms(values: Sequence[float]) -> Iterable[bool]:
        sums = cusum(values, 0, 1)
        return (max(pair) > h for pair in zip(sums.lower, sums.upper, strict=True))

    return alarms


def two_sided_ewma(weight: float, width: float) -> Chart:
    limits = ewma_limits(0, 1, weight, width)
    return lambda values: (not limits.lower <= z <= limits.upper for z in ewma(values, weight, 0)[1:])


def shewhart(values: Sequence[float]) -> Iterable[bool]:
    return (abs(value) > 3 for value in values)


def run_length(chart: Chart, shift: float, runs: int, longest: int) -> float:
    """Mean number of values up to the first alarm; ``longest`` is far beyond any run that matters."""
    chance = np.random.default_rng(2026)
    lengths = []
    for _ in range(runs):
        values = (chance.standard_normal(longest) - shift).tolist()
        lengths.append(next((number for number, alarm in enumerate(chart(values), 1) if alarm), longest))
    return float(np.mean(lengths))


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        pytest.param(lower_cusum(4), 336, id="cusum .5/4 lower only"),
        pytest.param(two_sided_cusum(4), 168, id="cusum .5/4 two-sided"),
        pytest.param(two_sided_cusum(5), 465, id="cusum .5/5 two-sided"),
        pytest.param(two_sided_ewma(0.2, 2.962), 500, id="ewma .2/2.962"),
        pytest.param(two_sided_ewma(0.3, 3.023), 500, id="ewma .3/3.023"),
        pytest.param(shewhart, 370, id="shewhart 3 s"),
    ],
)
def test_average_run_length_while_nothing_happens(chart: Chart, expected: float) -> None:
    assert run_length(chart, 0, runs=900, longest=4000) == pytest.approx(expected, rel=0.10)


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        pytest.param(lower_cusum(4), (8.4, 3.3, 2.2), id="cusum .5/4"),
        pytest.param(lower_cusum(5), (10.4, 4.0, 2.6), id="cusum .5/5"),
        pytest.param(two_sided_ewma(0.2, 2.962), (10.5, 3.7, 2.4), id="ewma .2/2.962"),
        pytest.param(two_sided_ewma(0.3, 3.023), (12.0, 3.6, 2.2), id="ewma .3/3.023"),
    ],
)
def test_average_run_length_after_a_fall_of_one_two_and_three_sd(chart: Chart, expected: tuple[float, ...]) -> None:
    found = [run_length(chart, shift, runs=3000, longest=200) for shift in (1, 2, 3)]
    assert found == pytest.approx(list(expected), rel=0.06)


def test_cusum_by_hand() -> None:
    # z: -1, -2, 1, 0, -3; lower: .5, 2, .5, 0, 2.5; upper: 0, 0, .5, 0, 0
    sums = cusum([9, 8, 11, 10, 7], centre=10, sigma=1, slack=0.5)
    assert sums.lower == (0.5, 2.0, 0.5, 0.0, 2.5)
    assert sums.upper == (0.0, 0.0, 0.5, 0.0, 0.0)


def test_exact_ewma_limits_begin_at_the_weight_and_end_at_the_steady_state() -> None:
    first, late = ewma_limits_at(50, 2, 0.3, 3, 1), ewma_limits_at(50, 2, 0.3, 3, 60)
    assert first.lower == pytest.approx(50 - 3 * 2 * 0.3)
    assert late.lower == pytest.approx(ewma_limits(50, 2, 0.3, 3).lower, abs=1e-6)


def test_the_floor_keeps_a_flat_run_from_having_no_width() -> None:
    assert individuals([40, 40, 40, 40]).lower == 40
    assert individuals([40, 40, 40, 40], floor=1.2).lower == pytest.approx(40 - 3.6)
