"""The README's path for a clinic's engineer, pasted: start the demo, publish, look; then stop, start and look again."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
ATTUNE = [sys.executable, "-m", "services.cli"]
SECONDS = 90  # until the demo is up, and until an event has arrived


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}


def attune(home: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ATTUNE, *arguments],
        cwd=home,
        env=clean_environment(),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


@contextmanager
def demo(home: Path, *arguments: str) -> Iterator[str]:
    """`attune demo` in this folder until it says that it is up; Ctrl-C at the end. Gives what it printed."""
    log = home / "demo.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*ATTUNE, "demo", *arguments], cwd=home, env=clean_environment(), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + SECONDS
        while "Attune is up" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield log.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, log.read_text()


def example() -> str:
    """The README's Python block."""
    found = re.search(r"<!-- tests/e2e/test_readme\.py [^>]*-->\n```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found, "the README's example is marked by a comment above it"
    return found[1]


def until_listed(home: Path, *arguments: str) -> dict[str, object]:
    """The first row of a listing, as soon as there is one."""
    deadline = time.monotonic() + SECONDS
    while True:
        done = attune(home, *arguments, "--json")
        if done.returncode == 0 and json.loads(done.stdout):
            row: dict[str, object] = json.loads(done.stdout)[0]
            return row
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.2)


@pytest.mark.timeout(420)
def test_a_clinic_engineer_publishes_an_event_and_sees_it_and_it_survives_a_restart(tmp_path: Path) -> None:
    with demo(tmp_path, "--sessions", "9") as printed:
        for what in ("Kafka", "MongoDB", "intake", "feedback", "scoring", "alerting", "mail, webhooks, SMS"):
            assert what in printed
        (tmp_path / "publish.py").write_text(example())
        done = subprocess.run(
            [sys.executable, "publish.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.startswith("acknowledged: clinic.session-events.v1 partition")
        opened = until_listed(tmp_path, "episodes", "readme-episode", "--site", "harbour")
        assert (opened["episode_id"], opened["status_name"]) == ("readme-episode", "open")
        printed_example = attune(tmp_path, "schema", "attune.episode.opened.v1", "--example", "--site", "harbour")
        published = attune(tmp_path, "publish", "-", stdin=printed_example.stdout)
        assert published.returncode == 0, published.stderr
        checked = attune(tmp_path, "doctor")
        assert checked.returncode == 0, checked.stdout
    assert "stopping; the data stays" in (tmp_path / "demo.log").read_text()
    with demo(tmp_path):
        assert until_listed(tmp_path, "episodes", "readme-episode", "--site", "harbour") == opened


def test_the_readme_names_every_command() -> None:
    shown = subprocess.run(
        [*ATTUNE, "--help"], capture_output=True, text=True, env=clean_environment(), check=True
    ).stdout
    commands = re.findall(r"^│ ([a-z][a-z-]+) +[A-Z]", shown, re.MULTILINE)
    assert len(commands) >= 10, shown
    text = README.read_text()
    assert [name for name in commands if f"attune {name}" not in text] == []
