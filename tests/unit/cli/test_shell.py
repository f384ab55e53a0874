"""Scoring from the shell: NDJSON in and out, through the same domain code as the service."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.scoring.domain.catalogue import CATALOGUE

VECTORS = json.loads((Path(__file__).parents[1] / "scoring" / "vectors.json").read_text("utf-8"))


def attune(*arguments: str, lines: list[Any] | str = "") -> Result:
    text = lines if isinstance(lines, str) else "".join(json.dumps(line) + "\n" for line in lines)
    return CliRunner().invoke(app, list(arguments), input=text)


def results(done: Result) -> list[dict[str, Any]]:
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def one(done: Result) -> dict[str, Any]:
    (found,) = results(done)
    return found


@pytest.mark.parametrize("case", VECTORS["scoring"], ids=lambda case: case["inst"])
def test_score_gives_the_golden_totals(case: dict[str, Any]) -> None:
    found = one(attune("score", lines=[{"instrument": case["inst"], "answers": case["a"]}]))
    assert found["total"] == case.get("total", case.get("raw_after_reverse"))
    if "band" in case:
        assert found["band"] == case["band"]
    if "page" in case:
        assert bool(found["risk"]) == case["page"]


def test_score_says_everything_about_a_form() -> None:
    found = one(
        attune(
            "score",
            lines=[
                {
                    "id": "r-1",
                    "instrument": "core10",
                    "answers": {"1": 2, "2": 2, "4": 1, "5": 1, "6": 1, "7": 1, "8": 1, "9": 1, "10": 1},
                }
            ],
        )
    )
    # item 2 is reversed: 2 + (4-2) + 7 * 1 = 11 from 9 items: 11 / 9 * 10 = 12.2222
    assert found["id"] == "r-1"
    assert (found["instrument"], found["version"]) == ("core10", "1")
    assert found["total"] == pytest.approx(12.222222)
    assert (found["prorated"], found["missing"], found["band"]) == (True, [3], "mild")
    assert [cutoff["value"] for cutoff in found["cutoffs"]] == [11]
    assert found["risk"] == [{"item": 6, "answer": 1.0, "page_at": 1, "about": "suicidal plans"}]


def test_score_takes_ages_subscales_and_lists_with_gaps() -> None:
    lines = [
        {"id": 1, "age": 15, "answers": [7.1, 6.4, 5.0, 6.5]},
        {"id": 2, "age": 40, "answers": [7.1, 6.4, 5.0, 6.5]},
        {"id": 3, "answers": [7.1, None, 5.0, 6.5]},
    ]
    young, grown, short = results(attune("score", "--instrument", "ors", lines=lines))
    assert [cutoff["ages"] for cutoff in young["cutoffs"]] == [[13, 17]]
    assert grown["cutoffs"] == []
    assert (short["total"], short["missing"]) == (None, [2])
    assert short["refused"]["total"] == "1 of 4 items are missing; none may be"
    assert short["subscales"] == {"individual": 7.1, "social": 5.0, "overall": 6.5}


def test_score_refuses_an_incomplete_key_with_what_is_missing() -> None:
    found = one(attune("score", lines=[{"instrument": "br_wai", "answers": [3] * 16}]))
    assert found["total"] is None
    assert "reversed" in found["refused"]["total"]
    assert set(found["refused"]) == {"total", "bond", "tasks_goals"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"answers": [1]}, "instrument: is missing"),
        ({"instrument": "phq", "answers": [1]}, "instrument: there is no 'phq'"),
        ({"instrument": "srs", "version": "2", "answers": [1]}, "version: srs is known as version 3 only"),
        ({"instrument": "phq9"}, "answers: is missing"),
        ({"instrument": "phq9", "answers": "1"}, "answers: is neither"),
        ({"instrument": "phq9", "answers": ["1"]}, "answers[0]: is not a number"),
        ({"instrument": "phq9", "answers": {"1": True}}, "answers.1: is not a number"),
        ({"instrument": "phq9", "answers": {"one": 1}}, "answers.one: is not an item number"),
        ({"instrument": "phq9", "answers": {"10": 1}}, "answers.item: phq9 has no item 10"),
        ({"instrument": "phq9", "answers": [4]}, "answers.value: the answer to item 1 is not between 0 and 3"),
        ({"instrument": "phq9", "answer": [1]}, "answer: is not a field of this input"),
        ({"instrument": "ors", "answers": [1], "age": "12"}, "age: is not a number"),
        ([1], "json: is not an object"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_go_on(line: Any, said: str) -> None:
    good = {"id": "good", "instrument": "phq9", "answers": [0] * 9}
    done = attune("score", lines=[good, line, good])
    assert done.exit_code == 1
    assert [json.loads(each)["id"] for each in done.stdout.splitlines()] == ["good", "good"]
    first, last = done.stderr.splitlines()
    assert first.startswith(f"attune: line 2: {said}")
    assert last == "attune: 1 of 3 lines could not be used; put them right and send them again"


def test_what_is_no_json_is_named_too_and_blank_lines_are_nothing() -> None:
    done = attune("score", lines='\n{"instrument": "phq9", "answers": [NaN]}\n{\n')
    assert done.exit_code == 1
    assert [line.split(" (")[0] for line in done.stderr.splitlines()[:2]] == [
        "attune: line 2: json: cannot be read",
        "attune: line 3: json: cannot be read",
    ]


def test_input_may_be_a_file_and_a_missing_one_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "forms.ndjson"
    file.write_text(json.dumps({"instrument": "gad7", "answers": [1] * 7}))
    assert one(attune("score", str(file)))["total"] == 7
    missing = attune("score", str(tmp_path / "none"))
    assert (missing.exit_code, missing.stderr.count("\n")) == (2, 1)


def test_instruments_lists_all_and_marks_what_is_unconfirmed() -> None:
    listed = json.loads(attune("instruments", "--json").stdout)
    assert {each["instrument"] for each in listed} == set(CATALOGUE)
    assert {each["instrument"] for each in listed if not each["complete"]} == {"br_wai", "calpas_p", "star_p", "oq45"}
    for each in listed:
        for name, figure in each["figures"].items():
            assert "missing" in figure or figure["source"], name
    assert "oq45" in attune("instruments").stdout


def test_one_instrument_with_source_and_standing_of_every_figure() -> None:
    found = json.loads(attune("instruments", "phq9", "--json").stdout)
    figures = found["figures"]
    assert figures["reliable change"]["standing"] == "unconfirmed"
    assert figures["cut-off total: caseness: likely depression"]["source"] == "S56"
    assert figures["may be missing"] == {"value": 1, "source": "own", "standing": "own"}
    assert found["loinc"]["items"][8] == "44260-8"
    assert found["licence"]["ship_wording"] == "yes"
    shown = attune("instruments", "star_p").stdout
    assert "unknown: the 3 items of non-supportive input are reversed" in shown
    unknown = attune("instruments", "nobody")
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("case", [case for case in VECTORS["rci"] if "conf" in case], ids=lambda case: str(case["sd"]))
def test_rci_figures(case: dict[str, Any]) -> None:
    asked = ["rci", "--sd", str(case["sd"]), "--reliability", str(case["rel"]), "--confidence", str(case["conf"])]
    assert json.loads(attune(*asked).stdout)["reliable_change"] == pytest.approx(case["expected"], abs=1e-12)


def test_rci_of_jacobson_and_truax_with_cutoff_c_from_the_norms() -> None:
    norms = ["--clinical-mean", "40", "--clinical-sd", "7.5", "--norm-mean", "60", "--norm-sd", "7.5"]
    asked = ["rci", "--sd", "7.5", "--reliability", "0.8", *norms]
    assert json.loads(attune(*asked).stdout)["cutoffs"] == {"a": 55, "b": 45, "c": 50}
    pairs = [{"id": 1, "pre": 32.5, "post": 47.5}, {"id": 2, "pre": 32.5, "post": 50}, {"id": 3, "pre": 51, "post": 40}]
    first, second, third = results(attune(*asked, "-", lines=pairs))
    assert (round(first["rc"], 4), first["category"], first["change"]) == (3.1623, "improved", 15)
    assert (second["category"], third["category"]) == ("recovered", "harmed")


def test_rci_with_an_instruments_published_figures() -> None:
    pairs = [{"id": "a", "pre": 16, "post": 9}, {"id": "b", "pre": 9, "post": 14}, {"id": "c", "pre": 4, "post": 10}]
    found = results(attune("rci", "--instrument", "phq9", "-", lines=pairs))
    assert [each["category"] for each in found] == ["recovered", "unchanged", "harmed"]
    assert [each["rc"] for each in found] == [None, None, None]
    assert json.loads(attune("rci", "--instrument", "phq9").stdout)["standing"] == "unconfirmed"


@pytest.mark.parametrize(
    "asked",
    [
        [],
        ["--sd", "7.5"],
        ["--sd", "0", "--reliability", "0.8"],
        ["--sd", "7.5", "--reliability", "1"],
        ["--sd", "7.5", "--reliability", "0.8", "--confidence", "1"],
        ["--sd", "7.5", "--reliability", "0.8", "--norm-mean", "60"],
        ["--instrument", "wai_36"],
        ["--instrument", "none"],
        ["--instrument", "phq9", "--sd", "7.5"],
    ],
)
def test_rci_says_in_one_line_what_it_cannot_do(asked: list[str]) -> None:
    done = attune("rci", *asked)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)


def test_rci_names_the_field_of_a_pair() -> None:
    done = attune("rci", "--instrument", "phq9", "-", lines=[{"pre": 3}])
    assert (done.exit_code, done.stderr.splitlines()[0]) == (1, "attune: line 1: post: is missing")


def test_chart_gives_nists_limits() -> None:
    individuals, ewma = VECTORS["nist_individuals"], VECTORS["nist_ewma"]
    found = one(attune("chart", "--kind", "individuals", lines=[{"id": "nist", "ratings": individuals["data"]}]))
    assert found["id"] == "nist"
    assert f"{found['individuals']['lower']:.4f}" == str(individuals["printed"]["lcl"])
    assert f"{found['individuals']['upper']:.4f}" == str(individuals["printed"]["ucl"])
    assert found["individuals"]["alarms"] == []
    known = ["--centre", "50", "--sigma", "2.0539", "--lambda", "0.3", "--L", "3"]
    found = one(attune("chart", "--kind", "ewma", *known, lines=[{"ratings": ewma["data"]}]))
    assert found["ewma"]["values"] == pytest.approx(ewma["values"][1:], abs=1e-10)
    assert found["ewma"]["lower"] == pytest.approx(ewma["lcl"], abs=1e-9)
    assert found["ewma"]["alarms"] == []
    assert set(found) == {"n", "centre", "sigma", "ewma"}


def test_chart_alarms_by_place_and_on_the_side_that_was_asked_for() -> None:
    line = {"ratings": [10, 10, 13.5, 10, 6, 8, 8, 8]}
    known = ["--centre", "10", "--sigma", "1"]
    both, lower = (
        one(attune("chart", *known, lines=[line])),
        one(attune("chart", *known, "--side", "lower", lines=[line])),
    )
    assert both["individuals"]["alarms"] == [3, 5]
    assert lower["individuals"]["alarms"] == [5]
    assert lower["individuals"]["upper"] is None
    # z below: 0, 0, -3.5, 0, 4, 2, 2, 2; sums with k = .5: 0, 0, 0, 0, 3.5, 5, 6.5, 8
    assert lower["cusum"]["lower"] == [0, 0, 0, 0, 3.5, 5, 6.5, 8]
    assert lower["cusum"]["alarms"] == [6, 7, 8]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({}, "ratings: is missing"),
        ({"ratings": []}, "ratings: is empty"),
        ({"ratings": [1]}, "ratings: one value has no moving range"),
        ({"ratings": [1, None]}, "ratings[1]: is not a number"),
        ({"ratings": [5, 5, 5]}, "ratings: never change"),
    ],
)
def test_chart_names_what_is_wrong_with_a_line(line: dict[str, Any], said: str) -> None:
    done = attune("chart", lines=[line])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"attune: line 1: {said}")


def test_chart_refuses_a_parameter_out_of_range() -> None:
    for option in (["--sigma", "0"], ["--lambda", "1.5"], ["--h", "0"]):
        done = attune("chart", *option, lines=[{"ratings": [1, 2]}])
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1)


def readme_lines() -> list[str]:
    text = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    block = re.search(r"<!-- tests/unit/cli/test_shell\.py [^>]*-->\n```\n(.*?)```", text, re.DOTALL)
    assert block, "the README's lines are marked by a comment above them"
    return block[1].splitlines()


@pytest.mark.parametrize("text", readme_lines(), ids=lambda text: text.split("| attune ")[1].split()[0])
def test_the_readmes_lines_work_as_they_stand(text: str) -> None:
    echo, line, pipe, command, *arguments = shlex.split(text)
    assert (echo, pipe, command) == ("echo", "|", "attune")
    assert one(attune(*arguments, lines=line + "\n"))["id"] == json.loads(line)["id"]
