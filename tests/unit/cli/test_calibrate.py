"""`attune calibrate`: a site's own parameter set from the shell, for `attune detect` and the site's policies."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attune.scoring.v1 import policies_pb2
from google.protobuf.json_format import ParseDict

from services.cli.policy_files import read_policy, read_population
from services.dev.simulator import SRS, latent, observed
from services.scoring.domain.calibration import FEWEST_CLIENTS, Calibration
from services.scoring.domain.calibration import calibrate as calibrated
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import StateSpace
from services.scoring.domain.policy import DEFAULT, Policy
from services.scoring.domain.population import DEFAULTS, Population
from services.scoring.domain.site_policy import check_population
from tests.unit.cli.test_shell import attune

CLIENTS, SESSIONS = 260, 8


def history(clients: int = CLIENTS) -> np.ndarray[Any, np.dtype[np.float64]]:
    rng = np.random.default_rng(4)
    ratings = observed(SRS, latent(rng, SRS, clients, SESSIONS)).round(1)
    ratings[rng.random(ratings.shape) < 0.2] = np.nan
    return ratings


def lines(ratings: np.ndarray[Any, np.dtype[np.float64]]) -> list[dict[str, Any]]:
    return [
        {"id": f"c-{place}", "ratings": [None if np.isnan(value) else value for value in row]}
        for place, row in enumerate(ratings.tolist())
    ]


def made(*arguments: str, given: list[dict[str, Any]]) -> dict[str, Any]:
    done = attune("calibrate", *arguments, lines=given)
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_set_is_the_domains_and_detect_reads_it(tmp_path: Path) -> None:
    found = made("--instrument", "srs", "--target", "2", given=lines(history()))
    expected = calibrated(CATALOGUE["srs"], history(), 2.0)
    assert isinstance(expected, Calibration)
    assert found["calibrated"]
    assert found["population"] == asdict(expected.population)
    basis = found["calibration"]
    assert (basis["instrument"], basis["target"], basis["clients"]) == ("srs", 2.0, expected.clients)
    assert basis["ratings"] > 4 * FEWEST_CLIENTS
    assert basis["expected_false_alarms"] == pytest.approx(2.0, abs=0.05)
    for name in ("mean", "between_sd", "within_sd", "autocorrelation"):
        assert basis["estimates"][name]["value"] == pytest.approx(getattr(SRS, name), rel=0.3)
        assert basis["estimates"][name]["standard_error"] > 0
    file = tmp_path / "set.json"
    file.write_text(json.dumps(found))
    policy, population = read_policy(file)
    assert population == read_population(file) == expected.population
    [limits] = [choice.detector for choice in policy.choices if isinstance(choice.detector, StateSpace)]
    assert (limits.k, limits.width) == (expected.k, expected.width)
    series = [{"instrument": "srs", "ratings": [38, 37.5, 38, 37, 25]}]
    by_policy = json.loads(attune("detect", "--policy", str(file), lines=series).stdout)
    assert by_policy["ratings"][-1]["alarm"]
    by_default = json.loads(attune("detect", lines=series).stdout)
    assert by_policy["ratings"][-1]["limit"] != by_default["ratings"][-1]["limit"]


def test_a_site_can_take_the_set_over_as_a_policy_of_its_own() -> None:
    found = made("--instrument", "srs", given=lines(history()))
    assert Policy.from_dict(found["policy"]).to_dict() == found["policy"]
    sent = ParseDict(found["population"], policies_pb2.Population())
    assert sent.autocorrelation == found["population"]["autocorrelation"]
    check_population(Population(**found["population"]), CATALOGUE["srs"])


def test_too_little_data_says_so_and_keeps_the_published_defaults() -> None:
    done = attune("calibrate", "--instrument", "srs", lines=lines(history(FEWEST_CLIENTS - 1)))
    assert done.exit_code == 0
    assert "the published defaults stay" in done.stderr
    found = json.loads(done.stdout)
    assert not found["calibrated"]
    assert found["policy"] == DEFAULT.to_dict()
    assert found["population"] == asdict(DEFAULTS["srs"])
    basis = found["calibration"]
    assert basis["clients"] < basis["needed"] == FEWEST_CLIENTS
    assert "the published defaults stay" in basis["reason"]


def test_a_bad_line_makes_no_set() -> None:
    """Limits from a part of the clients would look like limits from all of them."""
    given = lines(history())
    given[7]["ratings"][0] = 41
    done = attune("calibrate", "--instrument", "srs", lines=given)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "attune: line 8: ratings[0]: 41 is not between 0 and 40" in done.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([{"id": 1, "ratings": [36]}], "instrument: is missing"),
        ([{"instrument": "srs"}], "ratings: is missing"),
        ([{"instrument": "srs", "ratings": [36]}, {"instrument": "wai_sr", "ratings": [50]}], "is wai_sr after srs"),
        ([{"id": 1, "instrument": "srs", "ratings": [36]}] * 2, "line 2: id: is there twice"),
        ([{"instrument": "srs", "ratings": [36], "mean": 3}], "mean: is not a field of this input"),
    ],
)
def test_what_cannot_be_used_is_named(given: list[dict[str, Any]], said: str) -> None:
    done = attune("calibrate", lines=given)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (("--instrument", "phq9"), [{"ratings": [3, 4]}] * 3, "ruptures are not looked for in phq9"),
        (("--instrument", "srs", "--target", "50"), [{"ratings": [36]}], "target: 50 is not between"),
        (("--instrument", "srs"), [{"ratings": [40] * 6}] * 250, "do not vary"),
        (("--instrument", "srs"), [], "there is no line"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    arguments: tuple[str, ...], given: list[dict[str, Any]], said: str
) -> None:
    done = attune("calibrate", *arguments, lines=given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
