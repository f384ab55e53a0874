"""How the default policy behaves on simulated clients: the acceptance numbers of the clinical reference, section 5.2,
seeded.
"""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from services.dev.simulator import (
    CHECKIN,
    SRS,
    WAI_SR,
    Preset,
    Shape,
    certain_rupture,
    latent,
    observed,
    profile,
    simulate_client,
)
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import EMPTY, Answered, Baseline, Ewma, IndividualsChart, Verdict
from services.scoring.domain.detectors.words import ODDS
from services.scoring.domain.population import DEFAULTS
from tests.unit.scoring.builders import assessed, response

CLIENTS, SESSIONS = 2500, 16
ONSET = 8


def judged(values: Sequence[float], instrument_id: str) -> list[list[Verdict]]:
    """What each detector of rule M says of each rating, all earlier ones in the baseline, as in 2.4."""
    baseline, memory = Baseline(CATALOGUE[instrument_id], DEFAULTS[instrument_id]), EMPTY
    chart, average = IndividualsChart(), Ewma()
    found = []
    for value in values:
        answered = Answered(value)
        at_once, _ = chart.judge(answered, baseline, EMPTY)
        slowly, memory = average.judge(answered, baseline, memory)
        found.append([verdict for verdict in (at_once, slowly) if verdict is not None])
        baseline.add(value)
    return found


def alarms(rows: NDArray[np.float64], instrument_id: str) -> NDArray[np.bool_]:
    return np.array(
        [[any(each.alarm for each in found) for found in judged(row, instrument_id)] for row in rows.tolist()]
    )


def ruptured(preset: Preset, shape: Shape, depth: float) -> NDArray[np.float64]:
    trajectories = latent(np.random.default_rng(11), preset, CLIENTS, SESSIONS)
    return observed(preset, trajectories - depth * preset.within_sd * profile(shape, ONSET, SESSIONS))


@pytest.mark.parametrize("preset", [SRS, WAI_SR, CHECKIN], ids=lambda preset: preset.name)
def test_false_alarms_are_between_1_and_2_in_100_sessions(preset: Preset) -> None:
    steady = observed(preset, latent(np.random.default_rng(5), preset, CLIENTS, SESSIONS))
    found = [each for row in steady.tolist() for each in judged(row, preset.instrument_id)[2:]]
    rate = 100 * sum(any(verdict.alarm for verdict in each) for each in found) / len(found)
    assert 1.0 <= rate <= 2.2
    # The odds that an explanation names: measured, for each detector.
    for number in (0, 1):
        z = np.array([each[number].z for each in found])
        for limit, words in ODDS[:3]:
            sessions = int(words.split()[4].replace(",", ""))
            assert (z <= limit).mean() < 1.25 / sessions  # the sample's own error included


def test_falls_and_slides_are_found_as_often_as_the_reference_says() -> None:
    at_once = alarms(ruptured(SRS, Shape.V, 3), "srs")[:, ONSET].mean()
    lasting = alarms(ruptured(SRS, Shape.PERSISTENT, 3), "srs")[:, ONSET : ONSET + 3].any(axis=1).mean()
    there_and_back = alarms(ruptured(SRS, Shape.SLIDE, 3.6), "srs")[:, ONSET : ONSET + 8].any(axis=1).mean()
    steps = np.clip(np.arange(SESSIONS) - ONSET + 1, 0, 6)
    trajectories = latent(np.random.default_rng(11), SRS, CLIENTS, SESSIONS)
    staying = observed(SRS, trajectories - 0.6 * SRS.within_sd * steps)
    slide = alarms(staying, "srs")[:, ONSET : ONSET + 8].any(axis=1).mean()
    assert at_once >= 0.55
    assert lasting >= 0.80
    assert slide >= 0.95
    assert there_and_back >= 0.92  # the slide of the simulator's shapes is back at once after its sixth session


def test_the_simulator_reproduces_the_published_margins() -> None:
    ratings = observed(SRS, latent(np.random.default_rng(1), SRS, 20_000, SESSIONS))
    assert ratings.mean() == pytest.approx(37.6, abs=0.1)
    assert ratings.std() == pytest.approx(2.6, abs=0.1)
    assert (ratings < 36).mean() == pytest.approx(0.246, abs=0.01)
    assert (ratings >= 40).mean() == pytest.approx(0.339, abs=0.01)
    assert np.corrcoef(ratings[:, :-1].ravel(), ratings[:, 1:].ravel())[0, 1] == pytest.approx(0.69, abs=0.02)
    inventory = observed(WAI_SR, latent(np.random.default_rng(1), WAI_SR, 20_000, SESSIONS)) / 12
    assert (inventory.mean(), inventory.std()) == (pytest.approx(4.04, abs=0.02), pytest.approx(0.61, abs=0.02))


def test_the_published_red_flag_alarms_in_more_than_30_of_100_calm_sessions() -> None:
    """ "Below 36, or one point down" must stay a quiet marker; also a guard on the simulator."""
    ratings = observed(SRS, latent(np.random.default_rng(1), SRS, 5000, SESSIONS))
    red = (ratings[:, 2:] < 36) | (np.diff(ratings)[:, 1:] <= -1)
    assert red.mean() > 0.30


@pytest.mark.parametrize("preset", [SRS, WAI_SR, CHECKIN], ids=lambda preset: preset.name)
def test_a_certain_rupture_is_found_in_its_first_two_sessions_whatever_the_noise(preset: Preset) -> None:
    rng = np.random.default_rng(2)
    for _ in range(150):
        sessions = int(rng.integers(6, 14))
        rupture = certain_rupture(rng, sessions)
        client = simulate_client(rng, preset, sessions, rupture, missing=0.15, report=0.0)
        forms = [
            response(
                each.index + 1,
                each.answers,
                instrument_id=preset.instrument_id,
                instrument_version=preset.instrument_version,
            )
            if each.rating is not None
            else None
            for each in client.sessions
        ]
        found = assessed(forms)
        rated = {rating.session_id: rating.value for rating in found.series[0].ratings}
        for each in client.sessions:
            if each.rating is not None:
                assert rated[f"se-{each.index + 1:02d}"] == pytest.approx(each.rating)
        within = {f"se-{index + 1:02d}" for index in client.rupture_sessions[:2]}
        assert within & {one.opened_session_id for one in found.ruptures}


def test_the_same_seed_gives_the_same_clients() -> None:
    one, other = (simulate_client(np.random.default_rng(9), CHECKIN, 12, Shape.U, missing=0.2) for _ in range(2))
    assert one == other
