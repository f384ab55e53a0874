"""`attune scoring`: figures and policies as a person asks for them."""

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.cli.conftest import Fake, Run
from tests.unit.cli.fake_policies import POLICY

ON = ("--site", "harbour", "--instrument", "srs")


def test_a_summary_shows_intervals_and_says_what_is_withheld(run: Run, fake: tuple[Fake, str]) -> None:
    result = run("scoring", "summary", "--site", "harbour", "--since", "2026-01-01", "--until", "2026-04-01")
    assert result.exit_code == 0
    assert "3 of 12 (25 %, 9 to 53)" in result.stdout
    assert "2 (of 7, 1 to 4)" in result.stdout
    assert "withheld" in result.stdout
    assert "For support." in result.stdout
    assert fake[0].requests[-1].since.ToJsonString() == "2026-01-01T00:00:00Z"
    assert json.loads(run("scoring", "summary", "--site", "maple", "--json").stdout)["instruments"][1]["suppressed"]


def test_policies_are_listed_with_the_one_in_force(run: Run) -> None:
    result = run("scoring", "policies", "list", "--site", "harbour")
    assert "in force" in result.stdout
    assert "lead: srs version 1 for all of history. agreed" in result.stdout


def test_what_show_prints_is_what_set_takes(run: Run, fake: tuple[Fake, str], tmp_path: Path) -> None:
    shown = run("scoring", "policies", "show", "1", *ON)
    assert yaml.safe_load(shown.stdout) == {"policy": POLICY}
    file = tmp_path / "policy.yaml"
    file.write_text(shown.stdout)
    result = run("scoring", "policies", "set", str(file), *ON, "--reason", "too quiet")
    assert (result.exit_code, "version 4 is stored" in result.stdout) == (0, True)
    request = fake[0].requests[-1]
    assert request.policy["detectors"][0]["parameters"]["L"] == 2.5
    assert (request.reason, fake[0].tokens[-1]) == ("too quiet", "Bearer token-of-operator")
    missing = run("scoring", "policies", "show", "7", *ON)
    assert (missing.exit_code, "has no version 7" in missing.stderr) == (2, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [("[]", "no policy"), ("policy: {}\nmood: 3", "mood"), ("policy: {}\npopulation: {meen: 3}", "population")],
)
def test_a_file_that_is_no_policy_is_named(run: Run, tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(content)
    result = run("scoring", "policies", "set", str(file), *ON, "--reason", "why")
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_preview_shows_what_would_change(run: Run, fake: tuple[Fake, str]) -> None:
    result = run("scoring", "policies", "preview", "1", *ON)
    assert result.exit_code == 0
    assert "900 rated sessions of 60 clients" in result.stdout
    assert "1.50 -> 1.61" in result.stdout
    assert "Tasks fell from 9 to 4." in result.stdout
    assert fake[0].requests[-1].version == 1
    assert run("scoring", "policies", "preview", *ON).exit_code == 2


def test_activating_says_from_when_or_what_it_changed(run: Run, fake: tuple[Fake, str]) -> None:
    result = run("scoring", "policies", "activate", "1", *ON, "--reason", "agreed")
    assert "judges sessions from 2026-03-02 09:01:00Z on" in result.stdout
    assert fake[0].requests[-1].reason == "agreed"
    result = run("scoring", "policies", "activate", "1", *ON, "--reason", "agreed", "--tell-history")
    assert "7 of 60 episodes changed" in result.stdout
