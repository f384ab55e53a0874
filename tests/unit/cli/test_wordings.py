"""Wordings from the shell: checked, previewed with their scores, loaded, listed, retired."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import questionnaires as made
from tests.unit.cli.conftest import Fake, Run


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(resource: object, name: str = "one.json") -> str:
        path = tmp_path / name
        path.write_text(json.dumps(resource))
        return str(path)

    return written


def test_check_lists_every_problem_and_needs_no_service(run: Run, write: Any, fake: tuple[Fake, str]) -> None:
    file = write(made.value_set())
    refused = run("instruments", "load", file, "--instrument", "phq9", "--check")
    assert refused.exit_code == 1
    lines = refused.stderr.splitlines()
    assert lines[0].startswith(f"{file}: licence: is missing; ")
    assert any("item[9]: '69722-7' is no item of phq9 version 1" in line for line in lines)
    mapping = write({"skip": ["69722-7", "44261-6"]}, "mapping.yaml")
    good = ("--instrument", "phq9", "--licence", "17", "--mapping", mapping)
    assert run("instruments", "load", file, *good, "--check").stdout == (
        f"{file}: can be asked as phq9: 9 items, in en, es\n"
    )
    assert fake[0].requests == []


def test_a_wording_is_loaded_with_the_operators_token(run: Run, write: Any, fake: tuple[Fake, str]) -> None:
    done = run(
        "instruments", "load", write(made.choices()), "--instrument", "gad7", "--licence", "17", "--site", "harbour"
    )
    assert (done.exit_code, done.stdout) == (0, "gad7 version 1 at harbour: edition 2 is in use, 7 items, en, es\n")
    assert fake[0].tokens == ["Bearer token-of-operator"]
    (sent,) = fake[0].requests
    assert (sent.site_id, sent.licence, json.loads(sent.questionnaire)["resourceType"]) == (
        "harbour",
        "17",
        "Questionnaire",
    )
    retired = run("instruments", "retire", "gad7", "--reason", "ended", "--site", "harbour")
    assert "is retired" in retired.stdout
    listed = run("instruments", "loaded", "--site", "harbour")
    assert listed.stdout.splitlines()[1].split()[:4] == ["harbour", "gad7", "1", "1"]


def test_a_preview_shows_what_each_answer_counts_and_scores_them(run: Run, write: Any) -> None:
    file = write(made.value_set())
    mapping = write({"skip": ["69722-7", "44261-6"]}, "mapping.yaml")
    asked = ("instruments", "preview", file, "--instrument", "phq9", "--mapping", mapping)
    shown = run(*asked, "--answers", "2,2,1,1,1,1,1,1,1", "--language", "es").stdout.splitlines()
    assert shown[1] == "  1. Made-up trouble 1 (es) [0 Not once (es); 1 Once (es); 2 Twice (es); 3 Daily (es)] (needed)"
    assert shown[-1] == (
        "these answers: 11 of 0 to 27, moderate (lower is better); pages the clinician on call by item 9"
    )
    both = json.loads(run(*asked, "--json").stdout)["scores"]
    assert [each["total"] for each in both] == [0, 27]
    assert "item 1, is not a number" in run(*asked, "--answers", "x").stderr
    lacking = run(*asked, "--answers", "2").stdout.splitlines()[-1]
    assert "no total: 8 of 9 items are missing" in lacking


@pytest.mark.parametrize("content", ["items: [1]", "other: {}", "items: {a: 0}", "- x"])
def test_a_mapping_that_cannot_be_used_is_one_line(run: Run, write: Any, tmp_path: Path, content: str) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(content)
    refused = run(
        "instruments", "load", write(made.choices()), "--instrument", "gad7", "--check", "--mapping", str(mapping)
    )
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 1
