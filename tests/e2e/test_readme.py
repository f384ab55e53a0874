"""The README's path for a clinic's engineer, pasted: start the demo, publish, look; then stop, start and look again."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
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


def operators_path() -> tuple[str, list[str]]:
    """The README's on-call file, and every command that follows it in the same section."""
    section = re.search(r"^## Be paged\n(.*?)^## ", README.read_text(), re.DOTALL | re.MULTILINE)
    assert section, "the README has a section on being paged"
    blocks = re.findall(r"^```(yaml|)\n(.*?)^```", section[1], re.DOTALL | re.MULTILINE)
    assert [kind for kind, _ in blocks] == ["yaml", "", ""]
    return blocks[0][1], "".join(text for _, text in blocks[1:]).splitlines()


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


def a_new_operator_is_paged(home: Path) -> None:
    """Three people, a weekly rota, a policy, a test page received: pasted into a shell."""
    file, commands = operators_path()
    (home / "oncall.yaml").write_text(file)
    shell = home / "attune"
    shell.write_text(f'#!/bin/sh\nexec {sys.executable} -m services.cli "$@"\n')
    shell.chmod(0o755)
    environment = {**clean_environment(), "PATH": f"{home}:{os.environ['PATH']}"}
    printed = {}
    for command in commands:
        done = subprocess.run(
            ["sh", "-ec", command], cwd=home, env=environment, capture_output=True, text=True, timeout=60
        )
        differs = command.startswith("attune oncall diff")
        assert done.returncode == int(differs), (command, done.stdout, done.stderr)
        printed[command.removeprefix("attune ")] = done.stdout
    assert "people.carla.contacts[0].email" in printed["oncall diff oncall.yaml"]
    on_call = re.search(r"\b(ana|ben)\b", printed["oncall who --site riverside"])
    assert on_call
    assert "Ready: nothing lacks." in printed["oncall readiness --site riverside"]
    assert "a page left" in printed["test-page --site riverside"]
    records = json.loads((home / ".attune" / "endpoints.json").read_text())["gateways"]["records"]
    with urllib.request.urlopen(f"{records}?channel=smtp") as answer:
        mails = json.loads(answer.read())
    assert [f"{on_call[0]}@riverside.example"] in [mail["to"] for mail in mails]
    assert json.loads(attune(home, "oncall", "who", "--site", "riverside", "--json").stdout)[0]["who"].endswith("carla")


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
        a_new_operator_is_paged(tmp_path)
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
