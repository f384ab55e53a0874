"""Each detector on its own: when it speaks, when it must not, and properties that any scale must keep."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import (
    EMPTY,
    Answered,
    Baseline,
    ClientReport,
    Ewma,
    IndividualsChart,
    Memory,
    Verdict,
)
from services.scoring.domain.population import DEFAULTS, Population

SRS = DEFAULTS["srs"]
ratings = st.floats(0, 40, allow_nan=False).map(lambda value: round(value, 1))


def last(detector: IndividualsChart | Ewma, values: list[float], population: Population = SRS) -> Verdict | None:
    """What the detector says of the last value."""
    baseline, memory, verdict = Baseline(CATALOGUE["srs"], population), EMPTY, None
    for value in values:
        verdict, memory = detector.judge(Answered(value), baseline, memory)
        baseline.add(value)
    return verdict


@pytest.mark.parametrize("detector", [IndividualsChart(), Ewma()])
@given(first=ratings, second=ratings)
def test_statistics_say_nothing_before_the_third_rating(
    detector: IndividualsChart | Ewma, first: float, second: float
) -> None:
    assert last(detector, [first]) is None
    assert last(detector, [first, second]) is None
    assert last(detector, [first, second, 0.0]) is not None


@given(st.lists(ratings, min_size=2, max_size=12), ratings, ratings)
def test_a_deeper_fall_never_has_less_evidence(before: list[float], one: float, other: float) -> None:
    for detector in (IndividualsChart(), Ewma()):
        low, high = last(detector, [*before, min(one, other)]), last(detector, [*before, max(one, other)])
        assert low is not None
        assert high is not None
        assert (low.z or 0) <= (high.z or 0)
        assert low.alarm or not high.alarm


@given(st.lists(ratings, min_size=3, max_size=12), st.sampled_from([0.25, 3.0]), st.sampled_from([-2.0, 0.0, 12.0]))
def test_a_change_of_the_scale_changes_nothing(values: list[float], factor: float, shift: float) -> None:
    other = SRS.rescaled(factor, shift, "t", "t")
    for detector in (IndividualsChart(), Ewma()):
        there, here = last(detector, [value * factor + shift for value in values], other), last(detector, values)
        assert there is not None
        assert here is not None
        assert there.statistic == pytest.approx(here.statistic, abs=1e-6)
        assert there.limit == pytest.approx((here.limit or 0) * factor + shift, abs=1e-6)


@given(st.lists(ratings, min_size=3, max_size=12))
def test_the_limit_is_where_the_alarm_begins(values: list[float]) -> None:
    for detector in (IndividualsChart(), Ewma()):
        finding = last(detector, values)
        assert finding is not None
        assert finding.limit is not None
        below, above = (last(detector, [*values[:-1], finding.limit + step]) for step in (-1e-6, 1e-6))
        assert below is not None
        assert above is not None
        assert (below.alarm, above.alarm) == (True, False)


@given(st.integers(3, 30))
def test_a_flat_line_of_perfect_ratings_never_alarms(length: int) -> None:
    for detector in (IndividualsChart(), Ewma()):
        finding = last(detector, [40.0] * length)
        assert finding is not None
        assert not finding.alarm


def test_the_spread_is_never_below_the_measurement_error() -> None:
    baseline = Baseline(CATALOGUE["srs"], replace(SRS, within_sd=0.1))
    for _ in range(10):
        baseline.add(39.0)
    level = baseline.level
    assert level is not None
    assert level.spread == SRS.sem


def test_a_slow_slide_is_seen_by_the_average_and_not_by_the_chart() -> None:
    slide = [38.0, 38.2, 37.9, 38.1, 38.0, 37.0, 36.0, 35.0, 34.0]
    chart, average = last(IndividualsChart(), slide), last(Ewma(), slide)
    assert chart is not None
    assert average is not None
    assert (chart.alarm, average.alarm) == (False, True)


def test_ewma_follows_its_recurrence() -> None:
    baseline = Baseline(CATALOGUE["srs"], SRS)
    memory: Memory = EMPTY
    average = 0.0
    for number, value in enumerate([37.0, 36.0, 33.0, 34.0, 32.0], start=1):
        level = baseline.level
        finding, memory = Ewma().judge(Answered(value), baseline, memory)
        if level is not None:
            assert finding is not None
            average = 0.3 * level.z(value) + 0.7 * average
            limit = -2.7 * (0.3 / 1.7 * (1 - 0.7 ** (2 * (number - 2)))) ** 0.5
            assert finding.statistic == pytest.approx(average)
            assert finding.edge == pytest.approx(limit)
            assert finding.alarm == (average < limit)
        baseline.add(value)


@pytest.mark.parametrize(("tension", "speaks"), [(True, True), (False, False), (None, False)])
def test_the_clients_own_word_needs_no_history(tension: bool | None, speaks: bool) -> None:
    finding, _ = ClientReport().judge(Answered(None, tension), Baseline(CATALOGUE["srs"], None), EMPTY)
    assert (finding is not None and finding.alarm) == speaks
