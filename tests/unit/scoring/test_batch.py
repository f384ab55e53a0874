"""What calibration and benchmarks compute in columns is what the detectors say one by one."""

import numpy as np
import pytest

from services.dev.simulator import SRS, latent, observed
from services.scoring.domain.batch import Array, alarms, shrunk_chart, state_space
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import EMPTY, Answered, Baseline, Ewma, IndividualsChart, StateSpace, Verdict
from services.scoring.domain.detectors.base import Detector
from services.scoring.domain.population import DEFAULTS

POPULATION, KEY = DEFAULTS["srs"], CATALOGUE["srs"]


@pytest.fixture(scope="module")
def ratings() -> Array:
    """Some with gaps, many at the top, a few very low."""
    rng = np.random.default_rng(4)
    found = observed(SRS, latent(rng, SRS, 60, 14))
    found[rng.random(found.shape) < 0.25] = np.nan
    found[rng.random(found.shape) < 0.03] = 12.0
    return found


def one_by_one(ratings: Array, detector: Detector) -> list[list[Verdict | None]]:
    rows = []
    for row in ratings.tolist():
        baseline, memory = Baseline(KEY, POPULATION), EMPTY
        said: list[Verdict | None] = []
        for value in row:
            if np.isnan(value):
                said.append(None)
                continue
            verdict, memory = detector.judge(Answered(value), baseline, memory)
            baseline.add(value)
            said.append(verdict)
        rows.append(said)
    return rows


def same(found: Array, said: list[list[Verdict | None]], value: str) -> None:
    for here, there in zip(found.ravel(), [each for row in said for each in row], strict=True):
        assert np.isnan(here) == (there is None)
        if there is not None:
            assert getattr(there, value) == pytest.approx(here, abs=1e-9)


def test_the_shrunk_chart_and_its_average(ratings: Array) -> None:
    found = shrunk_chart(ratings, POPULATION, Ewma().weight)
    same(found.z, one_by_one(ratings, IndividualsChart()), "z")
    same(found.slow, one_by_one(ratings, Ewma()), "z")


def test_the_state_space_filter(ratings: Array) -> None:
    detector = StateSpace()
    found = state_space(ratings, POPULATION, KEY.total_max)
    said = one_by_one(ratings, detector)
    same(np.fmin(found.z, detector.k * found.slow / detector.width), said, "statistic")
    same(np.fmin(found.z, found.slow), said, "z")
    spoken = np.array([[bool(each and each.alarm) for each in row] for row in said])
    assert (alarms(found, detector.k, detector.width) == spoken).all()
    assert spoken.any()


def test_each_client_may_have_an_end_of_the_scale(ratings: Array) -> None:
    tops = np.where(np.arange(len(ratings)) % 2, 40.0, 45.0)
    found = state_space(ratings, POPULATION, tops)
    for top in (40.0, 45.0):
        np.testing.assert_array_equal(found.z[tops == top], state_space(ratings, POPULATION, top).z[tops == top])


def test_a_detector_that_forgot_learns_the_level_again_from_the_baseline(ratings: Array) -> None:
    """After a rupture the steps start afresh and the client's level does not."""
    row = [value for value in ratings[0].tolist() if not np.isnan(value)]
    baseline, memory = Baseline(KEY, POPULATION), EMPTY
    for value in row[:-1]:
        _, memory = StateSpace().judge(Answered(value), baseline, memory)
        baseline.add(value)
    kept, _ = StateSpace().judge(Answered(35.0), baseline, memory)
    anew, _ = StateSpace().judge(Answered(35.0), baseline, EMPTY)
    assert kept is not None
    assert anew is not None
    assert anew.statistic == anew.z  # no step yet
    assert kept.z == pytest.approx(min(anew.z or 0.0, kept.z or 0.0))
