"""`attune detect`: the service's detectors on series of totals, from the shell."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.scoring.domain.policy import DEFAULT
from tests.unit.cli.test_shell import VECTORS, attune, one, results
from tests.unit.scoring.builders import assessed, checkins

GOLDEN = VECTORS["srs_series"]
FALL = [9.2, 9.0, 9.3, 9.1, 5.0, 9.1, 9.0]


@pytest.fixture
def golden_parameters(tmp_path: Path) -> Path:
    given = GOLDEN["params"]
    file = tmp_path / "parameters.yaml"
    between = given["sw"] / given["kappa"] ** 0.5
    file.write_text(f"mean: {given['mu0']}\nbetween_sd: {between}\nwithin_sd: {given['sw']}\nsem: {given['sem']}\n")
    return file


@pytest.mark.parametrize("name", GOLDEN["series"])
def test_the_golden_series_up_to_their_first_alarm(name: str, golden_parameters: Path, tmp_path: Path) -> None:
    """Later the reference goes on with a baseline that holds the rupture; the service's is frozen."""
    series = GOLDEN["series"][name]
    line = {"id": name, "instrument": "srs", "ratings": series["y"]}
    policy = tmp_path / "policy.yaml"
    chosen = {"id": "golden", "version": "1", "detectors": [{"name": "individuals-chart"}, {"name": "ewma"}]}
    policy.write_text(json.dumps({"policy": chosen}))
    given = ("--policy", str(policy), "--parameters", str(golden_parameters))
    found = one(attune("detect", *given, lines=[line]))
    assert found["id"] == name
    for rating, rule in zip(found["ratings"], series["rules"], strict=True):
        chart = rating["detectors"]["individuals-chart"]
        if "z" in rule:
            assert (round(chart["statistic"], 4), chart["alarm"]) == (rule["z"], rule["eb_alarm"])
            assert round(rating["baseline"], 4) == rule["mu"]
        else:
            assert chart == {"statistic": None, "limit": None, "alarm": False}
        if chart["alarm"]:
            break
    assert any(rating["alarm"] for rating in found["ratings"]) == (name == "V_rupture_s5")


def test_the_same_as_the_service_sees() -> None:
    """A check-in with the same answer to every item has that total."""
    (series,) = assessed(checkins(*FALL)).series
    found = one(attune("detect", "--instrument", "attune-checkin", lines=[{"ratings": FALL}]))
    assert [rating["alarm"] for rating in found["ratings"]] == [rating.alarm for rating in series.ratings]
    assert [rating["baseline"] for rating in found["ratings"]] == [rating.baseline for rating in series.ratings]
    assert [rating["limit"] for rating in found["ratings"]] == [rating.limit for rating in series.ratings]
    (episode,), (rupture,) = found["episodes"], series.ruptures
    assert (episode["status"], episode["opened"], episode["closed"]) == ("repaired", 5, 6)
    assert (episode["status"], episode["depth"]) == (rupture.status, rupture.depth)
    assert episode["detectors"] == [finding.detector for finding in rupture.findings]
    assert "chance" in episode["explanation"]


def test_every_detector_of_ratings_speaks_of_every_rating() -> None:
    found = one(attune("detect", lines=[{"instrument": "attune-checkin", "ratings": [*FALL, None]}]))
    names = {choice.detector.name for choice in DEFAULT.choices if not choice.detector.of_sessions}
    for rating in found["ratings"]:
        assert set(rating["detectors"]) == names
        for verdict in rating["detectors"].values():
            assert set(verdict) == {"statistic", "limit", "alarm"}
    assert found["ratings"][-1]["value"] is None
    fall = found["ratings"][4]["detectors"]["state-space"]
    assert fall["alarm"]
    assert fall["limit"] >= 5.0


def test_dates_put_the_ratings_in_order() -> None:
    dates = [f"2026-03-{day:02d}" for day in (5, 12, 19, 26)] + [
        "2026-04-02T09:00:00+02:00",
        "2026-04-09",
        "2026-04-16",
    ]
    mixed = [3, 0, 6, 1, 4, 2, 5]
    line = {"ratings": [FALL[place] for place in mixed], "dates": [dates[place] for place in mixed]}
    ordered = {"ratings": FALL, "dates": dates}
    found, expected = results(attune("detect", "--instrument", "attune-checkin", lines=[line, ordered]))
    assert found == expected
    assert [rating["value"] for rating in found["ratings"]] == FALL
    assert found["ratings"][4]["date"] == "2026-04-02T09:00:00+02:00"


def test_the_clients_own_word_is_heard() -> None:
    line = {"ratings": [9, 9, 9], "tension": [False, True, None]}
    found = one(attune("detect", "--instrument", "attune-checkin", lines=[line]))
    assert [rating["detectors"]["client-report"]["alarm"] for rating in found["ratings"]] == [False, True, False]
    assert found["episodes"][0]["detectors"] == ["client-report"]


def test_a_policy_from_a_file_replaces_the_default(tmp_path: Path) -> None:
    printed = attune("detect", "--show-policy").stdout
    file = tmp_path / "policy.yaml"
    file.write_text(printed)
    lines = [{"instrument": "attune-checkin", "ratings": FALL}]
    assert attune("detect", "--policy", str(file), lines=lines).stdout == attune("detect", lines=lines).stdout
    policy = {
        "id": "quiet",
        "version": "1",
        "instrument_id": "attune-checkin",
        "detectors": [{"name": "individuals-chart", "parameters": {"k": 5}, "severity": "marker"}],
    }
    population = {"mean": 9, "between_sd": 0.7, "within_sd": 0.5, "sem": 0.3}
    file.write_text(json.dumps({"policy": policy, "population": population}))
    found = one(attune("detect", "--policy", str(file), lines=lines))
    assert found["episodes"] == []
    assert not any(rating["alarm"] for rating in found["ratings"])
    assert [set(rating["detectors"]) for rating in found["ratings"]] == [{"individuals-chart"}] * 7
    # By hand: n = 2, mean 9.1, kappa .5^2/.7^2 = .5102, w = 2/2.5102 = .79675; mu = .79675*9.1 + .20325*9 = 9.0797
    assert found["ratings"][2]["baseline"] == pytest.approx(9.0797, abs=1e-4)
    other = attune("detect", "--policy", str(file), lines=[{"instrument": "srs", "ratings": [36]}])
    assert other.stderr.startswith("attune: line 1: instrument: the policy is made for attune-checkin")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"ratings": [9]}, "instrument: is missing"),
        ({"instrument": "srs"}, "ratings: is missing"),
        ({"instrument": "srs", "ratings": [9, 41]}, "ratings[1]: 41 is not between 0 and 40"),
        ({"instrument": "srs", "ratings": [9, "8"]}, "ratings[1]: is not a number"),
        ({"instrument": "srs", "ratings": [9, 9], "dates": ["2026-01-01"]}, "dates: has 1 entries for 2 ratings"),
        ({"instrument": "srs", "ratings": [9], "dates": ["soon"]}, "dates[0]: is not a date"),
        ({"instrument": "srs", "ratings": [9], "dates": [None]}, "dates[0]: is missing"),
        ({"instrument": "srs", "ratings": [9], "tension": [1]}, "tension[0]: is neither true, false nor null"),
        ({"instrument": "phq9", "ratings": [9]}, "instrument: no ruptures are looked for in phq9"),
        ({"instrument": "srs", "rating": [9]}, "rating: is not a field"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(line: dict[str, Any], said: str) -> None:
    done = attune("detect", lines=[line, {"id": "good", "instrument": "srs", "ratings": []}])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"attune: line 1: {said}")
    assert json.loads(done.stdout) == {"id": "good", "ratings": [], "episodes": []}


def test_files_that_cannot_be_used_are_usage_errors(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    for option, content, said in (
        (
            "--policy",
            "policy: {id: x, version: '1', detectors: [{name: nobody}]}",
            "policy.detectors[0].name: there is no detector",
        ),
        ("--policy", "[]", "holds no object"),
        ("--policy", "{id: x}", "policy: is missing"),
        ("--policy", "a: [", "cannot be read"),
        ("--parameters", "mean: 37", "between_sd: is not a number above 0"),
        ("--parameters", "{mean: 1, between_sd: 1, within_sd: 0, sem: 1}", "within_sd: is not a number above 0"),
    ):
        file.write_text(content)
        done = attune("detect", option, str(file), lines=[])
        assert done.exit_code == 2, content
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    assert attune("detect", "--policy", str(tmp_path / "none"), lines=[]).exit_code == 2


def test_twenty_thousand_series_of_sixteen_take_less_than_a_minute_on_one_core() -> None:
    """A fiftieth of them in a fiftieth of the time; measured, it is a ninth of that."""
    chance = np.random.default_rng(1)
    ratings = np.clip(np.round(chance.normal(37, 2.9, (400, 1)) + chance.normal(0, 2.2, (400, 16)), 1), 0, 40)
    lines = [{"id": place, "instrument": "srs", "ratings": row} for place, row in enumerate(ratings.tolist())]
    started = time.process_time()
    assert len(results(attune("detect", lines=lines))) == 400
    assert time.process_time() - started < 60 / 50


def test_nothing_but_the_best_rating_says_nothing_and_is_marked() -> None:
    flat, restless = results(
        attune(
            "detect",
            lines=[
                {"instrument": "srs", "ratings": [40, None, 40, 40, 40]},
                {"instrument": "srs", "ratings": [40, 39.5, 40]},
            ],
        )
    )
    assert (flat["no_information"], flat["episodes"]) == (True, [])
    assert not any(rating["alarm"] for rating in flat["ratings"])
    assert "no_information" not in restless
