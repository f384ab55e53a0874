"""`attune calibrate`: parameters and limits from the shell, in the form that `attune detect` reads."""

import json
from pathlib import Path

import numpy as np
import pytest

from services.dev.simulator import SRS, latent, observed
from tests.unit.cli.test_shell import attune, one, results


def series(clients: int) -> list[dict[str, object]]:
    rng = np.random.default_rng(0)
    ratings = observed(SRS, latent(rng, SRS, clients, 10))
    hidden = rng.random(ratings.shape) < 0.3
    hidden[:, :4] = False
    shown = np.where(hidden, None, ratings).tolist()  # type: ignore[call-overload]
    return [{"id": number, "instrument": "srs", "ratings": row} for number, row in enumerate(shown)]


def test_what_it_prints_is_a_policy_that_detect_reads(tmp_path: Path) -> None:
    printed = attune("calibrate", lines=series(300)).stdout
    found = json.loads(printed)
    assert (found["instrument"], found["calibrated"], found["clients"]) == ("srs", True, 300)
    assert found["estimate"]["within_sd"] == pytest.approx(SRS.within_sd, rel=0.15)
    assert found["expected_false_alarms"] == pytest.approx(found["target"], abs=0.05)
    file = tmp_path / "calibrated.json"
    file.write_text(printed)
    line = {"instrument": "srs", "ratings": [38.0, 38.5, 37.9, 38.2, 25.0]}
    judged = one(attune("detect", "--policy", str(file), lines=[line]))
    assert [rating["alarm"] for rating in judged["ratings"]] == [False, False, False, False, True]


def test_too_little_data_says_so() -> None:
    found = one(attune("calibrate", lines=series(30)))
    assert (found["calibrated"], found["clients"]) == (False, 30)
    assert "published defaults stay" in found["reason"]


def test_a_line_that_cannot_be_used_is_told_of_and_the_others_count() -> None:
    result = attune("calibrate", lines=[*series(230), {"instrument": "srs", "ratings": [38, "many"]}])
    assert result.exit_code == 1
    assert "line 231: ratings[1]: is not a number" in result.stderr
    assert json.loads(result.stdout)["clients"] == 230


def test_a_total_that_the_instrument_does_not_have_is_no_rating() -> None:
    result = attune("calibrate", lines=[*series(230), {"instrument": "srs", "ratings": [38, 41]}])
    assert result.exit_code == 1
    assert "line 231: ratings[1]: 41 is not between 0 and 40" in result.stderr


def test_every_instrument_has_its_line() -> None:
    few = [{"instrument": "wai_sr", "ratings": [50, 48, 51, 52]}]
    found = results(attune("calibrate", lines=[*series(230), *few]))
    assert [(each["instrument"], each["calibrated"]) for each in found] == [("srs", True), ("wai_sr", False)]


def test_a_target_that_cannot_be_is_refused() -> None:
    result = attune("calibrate", "--target", "50", lines=series(230))
    assert (result.exit_code, "target: 50 is not between" in result.stderr) == (2, True)
