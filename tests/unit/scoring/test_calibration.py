"""A site's parameters from censored ratings, and limits that keep the false-alarm target on fresh clients."""

import numpy as np
import pytest
from numpy.typing import NDArray

from services.dev.simulator import CHECKIN, SRS, WAI_SR, Preset, latent, observed
from services.scoring.domain.batch import false_alarms, state_space
from services.scoring.domain.calibration import FEWEST_CLIENTS, Calibration, TooFew, calibrate
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.censored import estimate, upper
from services.scoring.domain.detectors import StateSpace
from services.scoring.domain.policy import DEFAULT

CLIENTS, SESSIONS, MISSING = 500, 10, 0.30
SEEDS = (0, 1, 2, 3, 4)


def site(preset: Preset, seed: int, clients: int = CLIENTS) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    ratings = observed(preset, latent(rng, preset, clients, SESSIONS))
    ratings[rng.random(ratings.shape) < MISSING] = np.nan
    return ratings


def calibrated(preset: Preset, seed: int) -> Calibration:
    found = calibrate(CATALOGUE[preset.instrument_id], site(preset, seed))
    assert isinstance(found, Calibration)
    return found


def test_known_parameters_are_recovered_within_a_tenth() -> None:
    """From 500 clients, ten sessions, 30 % missing, a third of the ratings at the top of the scale."""
    found = [estimate(site(SRS, seed), SRS.total_min, SRS.total_max) for seed in SEEDS]
    for each in found:
        assert each.ceiling == pytest.approx(0.339, rel=0.1)
        assert each.mean == pytest.approx(SRS.mean, rel=0.1)
        assert each.mean == pytest.approx(SRS.mean, abs=0.1 * SRS.between_sd + 0.1)
        assert each.between_sd == pytest.approx(SRS.between_sd, rel=0.1)
        assert each.within_sd == pytest.approx(SRS.within_sd, rel=0.1)
        # Its own standard error is a tenth of it: of one sample it cannot be asked for more.
        assert each.autocorrelation == pytest.approx(SRS.autocorrelation, abs=0.06)
    assert np.mean([each.autocorrelation for each in found]) == pytest.approx(SRS.autocorrelation, rel=0.1)
    assert np.mean([each.slope for each in found]) == pytest.approx(SRS.slope, abs=0.02)


def test_what_clients_of_one_therapist_share_counts_as_between_clients() -> None:
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        shared = np.repeat(rng.normal(0, SRS.therapist_sd, CLIENTS // 20), 20)[:, None]
        ratings = observed(SRS, latent(rng, SRS, CLIENTS, SESSIONS) + shared)
        ratings[rng.random(ratings.shape) < MISSING] = np.nan
        found.append(estimate(ratings, SRS.total_min, SRS.total_max))
    both = (SRS.between_sd**2 + SRS.therapist_sd**2) ** 0.5
    assert np.mean([each.between_sd for each in found]) == pytest.approx(both, rel=0.05)
    assert np.mean([each.within_sd for each in found]) == pytest.approx(SRS.within_sd, rel=0.05)


def test_what_is_shown_alone_would_be_far_off() -> None:
    """The reason for all this: the SDs of clipped ratings."""
    shown = site(SRS, 0)
    assert np.nanstd(shown) < 0.8 * (SRS.between_sd**2 + SRS.within_sd**2) ** 0.5


@pytest.mark.parametrize("preset", [SRS, WAI_SR, CHECKIN], ids=lambda preset: preset.name)
def test_false_alarms_on_fresh_clients_are_near_the_target(preset: Preset) -> None:
    fresh = observed(preset, latent(np.random.default_rng(99), preset, 10_000, 16))
    for seed in SEEDS[:3]:
        found = calibrated(preset, seed)
        assert found.expected_false_alarms == pytest.approx(found.target, abs=0.05)
        seen = state_space(fresh, found.population, preset.total_max)
        assert 1.0 <= false_alarms(seen, found.k, found.width) <= 2.0


def test_the_policy_has_the_limits_and_the_rest_of_the_default() -> None:
    found = calibrated(SRS, 0)
    policy = found.policy("1")
    assert [choice.detector.name for choice in policy.choices] == [choice.detector.name for choice in DEFAULT.choices]
    [detector] = [choice.detector for choice in policy.choices if isinstance(choice.detector, StateSpace)]
    assert (detector.k, detector.width) == (found.k, found.width)
    assert (found.population.assumed, policy.instrument_id) == (False, "srs")
    assert "500 of the site's own clients" in found.population.provenance or found.clients < CLIENTS
    assert 0.05 < found.errors.between_sd < 0.3


def test_too_little_data_says_so() -> None:
    found = calibrate(CATALOGUE["srs"], site(SRS, 0, FEWEST_CLIENTS - 20))
    assert isinstance(found, TooFew)
    assert "published defaults stay" in found.sentence
    assert isinstance(calibrate(CATALOGUE["srs"], np.empty((0, 5))), TooFew)


def test_what_cannot_be_calibrated_is_refused_by_its_field() -> None:
    with pytest.raises(ValueError, match=r"^target: "):
        calibrate(CATALOGUE["srs"], site(SRS, 0), target=50)
    with pytest.raises(ValueError, match=r"^instrument: "):
        calibrate(CATALOGUE["phq9"], site(SRS, 0))
    with pytest.raises(ValueError, match=r"^ratings: "):
        calibrate(CATALOGUE["srs"], np.full((300, 5), 40.0))


def test_progress_ends_where_it_said() -> None:
    steps: list[tuple[int, int]] = []
    calibrate(CATALOGUE["srs"], site(SRS, 0), progress=lambda done, of: steps.append((done, of)))
    assert steps[-1][0] == steps[-1][1]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_the_normal_tail_is_exact_far_out() -> None:
    assert upper(np.array([0.0, 1.959963984540054, 6.0])) == pytest.approx([0.5, 0.025, 9.865876e-10], rel=1e-6)
