"""The demo as the README starts it: everything is counted, and nothing is lost, doubled or missed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SESSIONS = 60
ATTUNE = [sys.executable, "-m", "services.cli"]


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any], str, Path]:
    """Exit code, report, output and data folder of one run."""
    home = tmp_path_factory.mktemp("demo")
    command = [*ATTUNE, "demo", "--sessions", str(SESSIONS), "--exit", "--seed", "3", "--report", "report.json"]
    done = subprocess.run(
        command,
        cwd=home,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=400,
    )
    report = home / "report.json"
    assert report.exists(), done.stdout
    return done.returncode, json.loads(report.read_text()), done.stdout, home


@pytest.mark.timeout(420)
def test_every_promise_is_kept(demo: tuple[int, dict[str, Any], str, Path]) -> None:
    code, report, output, _ = demo
    assert report["findings"] == []
    assert (code, report["good"]) == (0, True), output
    assert (report["lost"], report["twice"], report["missed"], report["spurious"]) == (0, 0, 0, 0)


def test_the_numbers_add_up(demo: tuple[int, dict[str, Any], str, Path]) -> None:
    _, report, _, _ = demo
    assert report["published"] == report["accepted"] + report["duplicates"] + report["rejected"]
    assert report["rejected"] == report["rejected_dead_letters"] + report["rejected_at_the_door"]
    assert report["stored"] == report["accepted"]
    assert report["rejected"] >= 3
    assert report["duplicates"] >= 1
    assert 30 <= report["scored"] <= SESSIONS


def test_ruptures_and_risks_reach_a_clinician_who_takes_them(demo: tuple[int, dict[str, Any], str, Path]) -> None:
    _, report, output, _ = demo
    ruptures = report["ruptures"]
    assert ruptures["injected"] >= 1
    assert ruptures["detected"] == ruptures["injected"]
    assert report["risk_paged"] == report["risk_flags"]
    assert report["alerts"] >= ruptures["detected"] + report["risk_flags"]
    assert report["alerts_delivered"] == report["alerts"] - report["alerts_withdrawn"]
    assert report["alerts_acknowledged"] == report["alerts"] - report["alerts_withdrawn"]
    assert "alerts acknowledged" in output


def test_it_fits_the_machine_it_is_meant_for(demo: tuple[int, dict[str, Any], str, Path]) -> None:
    _, report, _, _ = demo
    assert 300 < report["peak_rss_mib"] < 2_560


def test_every_process_is_gone_and_the_data_stays(demo: tuple[int, dict[str, Any], str, Path]) -> None:
    import psutil

    *_, home = demo
    left = [
        process for process in psutil.process_iter(["cmdline"]) if str(home) in " ".join(process.info["cmdline"] or [])
    ]
    assert left == []
    assert (home / ".attune" / "mongo").is_dir()
    assert len(list((home / ".attune" / "ledgers").glob("*/*.ndjson"))) == 3
