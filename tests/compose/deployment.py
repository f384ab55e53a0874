"""A docker compose deployment of this checkout in a folder of its own, made as the runbook says."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import yaml
from kafka import KafkaProducer

from services.dev.process import free_port
from tests.compose.lookalikes.build import KAFKA_TAG, MONGO_TAG, build

ROOT = Path(__file__).parents[2]
SITE = "northside"
PORTS = ("KAFKA", "INTAKE_GRPC", "FEEDBACK_GRPC", "SCORING_GRPC", "ALERTING_GRPC", "ALERTING_HTTP", "TEST_RECEIVER")
UP_SECONDS = 420.0  # building the image included
ARRIVES_SECONDS = 90.0
TENSION_ITEM = 9  # attune-checkin's direct question


def images() -> bool:
    """Whether the broker and the database are stand-ins. Official images are used where they were pulled before."""
    if any(_docker("image", "inspect", tag).returncode for tag in (KAFKA_TAG, MONGO_TAG)):
        build()
    label = '{{index .Config.Labels "attune.lookalike"}}'
    return "true" in _docker("image", "inspect", "--format", label, MONGO_TAG).stdout


@dataclass(frozen=True, slots=True)
class Deployment:
    """A folder with docker-compose.yml, its secrets and its settings."""

    folder: Path
    ports: dict[str, int]

    def compose(self, *arguments: str, seconds: float = 120.0) -> str:
        """Run docker compose; its output. A failure says what the containers said."""
        done = self._run(arguments, seconds)
        if done.returncode:
            logs = self._run(["logs", "--tail", "30", "--no-color"], 60)
            raise AssertionError(f"docker compose {' '.join(arguments)}:\n{done.stdout}{done.stderr}\n{logs.stdout}")
        return done.stdout

    def health(self) -> dict[str, str]:
        """Health of each running service that has a health check."""
        rows = [json.loads(line) for line in self.compose("ps", "--format", "json").splitlines()]
        return {row["Service"]: row["Health"] for row in rows}

    def attune(self, *arguments: str, stdin: str | None = None) -> str:
        """The operator's command, with the deployment's addresses."""
        addresses = {
            f"ATTUNE_PEER_{name.upper()}": f"127.0.0.1:{self.ports[f'{name.upper()}_GRPC']}"
            for name in ("intake", "feedback", "scoring", "alerting")
        }
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            cwd=self.folder,
            env={**_environment(), **addresses, "ATTUNE_KAFKA_BOOTSTRAP": f"127.0.0.1:{self.ports['KAFKA']}"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def token(self, *scopes: str) -> Path:
        """A file with a token for the site."""
        file = self.folder / "-".join(("token", *scopes))
        wanted = [part for scope in scopes for part in ("--scope", scope)]
        key = self.folder / "deploy" / "secrets" / "token-signing.key"
        holder = ["--subject", SITE, "--site", SITE, *wanted]
        file.write_text(self.attune("token", "issue", "--private-key", str(key), *holder))
        return file

    def rupture(self, episode: str) -> None:
        """A clinic publishes an episode, a session, and a client's answer that there was tension."""
        token = self.token("publish", "read")
        lines = "\n".join(json.dumps(event) for event in _story(episode))
        self.attune("--token-file", str(token), "publish", "-", stdin=lines)

    def dead_letter(self, value: bytes) -> str:
        """A clinic publishes what cannot be an event; the reason that intake's dead letter gives."""
        with closing(KafkaProducer(bootstrap_servers=f"127.0.0.1:{self.ports['KAFKA']}")) as producer:
            producer.send("clinic.session-events.v1", key=b"rubbish", value=value).get(30)
        deadline = time.monotonic() + ARRIVES_SECONDS
        while not (letters := json.loads(self.attune("dead-letters", "list", "--service", "intake", "--json"))):
            assert time.monotonic() < deadline, f"no dead letter:\n{self._logs()}"
            time.sleep(0.5)
        return str(letters[0]["reason"])

    def pages(self) -> list[dict[str, object]]:
        """The webhooks that arrived, signature checked."""
        found: list[dict[str, object]] = httpx.get(f"http://127.0.0.1:{self.ports['TEST_RECEIVER']}/received").json()
        return found

    def wait_pages(self, count: int) -> list[dict[str, object]]:
        """Wait until so many different deliveries arrived."""
        deadline = time.monotonic() + ARRIVES_SECONDS
        while True:
            pages = self.pages()
            if len({page["delivery"] for page in pages}) >= count:
                return pages
            assert time.monotonic() < deadline, f"{len(pages)} of {count} webhooks:\n{self._logs()}"
            time.sleep(0.5)

    def _logs(self) -> str:
        return self._run(["logs", "--tail", "20", "--no-color"], 60).stdout

    def _run(self, arguments: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str]:
        files = ["--file", "docker-compose.yml", "--file", "tests/compose/receiver.yml"]
        return subprocess.run(
            ["docker", "compose", *files, *arguments],
            cwd=self.folder,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
        )


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """The deployment from clean to all healthy; nothing is left of it afterwards."""
    replica_set = "secantus" if images() else "rs0"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    deployment = Deployment(folder, {name: free_port() for name in PORTS})
    deployment.attune("secrets", "generate", "--replica-set", replica_set)
    _settle(deployment)
    try:
        deployment.compose("up", "--build", "--detach", "--wait", "--quiet-pull", seconds=UP_SECONDS)
        yield deployment
    finally:
        deployment._run(["down", "--volumes", "--remove-orphans", "--timeout", "30"], 180)


def _settle(deployment: Deployment) -> None:
    """What the operator edits: the on-call file, a webhook's secret, .env."""
    webhook = deployment.folder / "deploy" / "webhooks" / "carla"
    webhook.parent.mkdir(exist_ok=True)
    webhook.write_text("0123456789abcdef-of-the-test")
    webhook.chmod(0o444)
    step = {"targets": ["person:carla"], "delay": "1h"}
    contact = {"webhook": "http://receiver:8090/attune", "secret_file": "webhooks/carla", "plain_http": True}
    site = {
        "time_zone": "Europe/London",
        "rupture_hours": "00:00-24:00",
        "people": [{"id": "carla", "contacts": [contact]}],
        "rota": {"people": ["carla"], "handoff": "weekly", "at": "09:00", "start": "2026-01-05"},
        "policy": {"steps": [step], "repeat": 0, "catch_all_every": "1h"},
        "catch_all": ["carla"],
    }
    (deployment.folder / "deploy" / "sites.yaml").write_text(
        yaml.safe_dump({"contacts_verified": {"by": "the tests", "when": "2026-01-05"}, "sites": {SITE: site}})
    )
    forms = deployment.folder / "deploy" / "feedback.example.yaml"
    shutil.copy(forms, forms.with_name("feedback.yaml"))
    with (deployment.folder / ".env").open("a") as env:
        env.write("ATTUNE_SMTP_HOST=mail.invalid\n")
        env.writelines(f"ATTUNE_{name}_PORT={port}\n" for name, port in deployment.ports.items())


def _story(episode: str) -> list[dict[str, object]]:
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(days=8)
    held, submitted = began + timedelta(days=1), began + timedelta(days=1, hours=1)
    opened = {
        "episode_id": episode,
        "client_ids": [f"client-{episode}"],
        "therapist_id": "therapist-1",
        "opened_at": began.isoformat(),
        "modality": "MODALITY_INDIVIDUAL",
        "consent": {"monitoring": True, "visibility": "VISIBILITY_THERAPIST_AND_SUPERVISOR"},
    }
    session = {"episode_id": episode, "session_id": f"s-{episode}", "scheduled_at": held.isoformat()}
    answers = [{"item": item, "value": 8} for item in range(1, 9)] + [{"item": TENSION_ITEM, "value": 1}]
    feedback = {
        "episode_id": episode,
        "session_id": f"s-{episode}",
        "response_id": f"r-{episode}",
        "revision": 1,
        "client_id": f"client-{episode}",
        "instrument_id": "attune-checkin",
        "instrument_version": "1",
        "answers": answers,
        "submitted_at": submitted.isoformat(),
    }
    return [
        _event(episode, "attune.episode.opened.v1", began, opened),
        _event(episode, "attune.session.recorded.v1", held, {**session, "status": "SESSION_STATUS_HELD"}),
        _event(episode, "attune.feedback.submitted.v1", submitted, feedback),
    ]


def _event(episode: str, kind: str, at: datetime, data: dict[str, object]) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"{episode}-{kind}",
        "source": f"/sites/{SITE}/compose-test",
        "type": kind,
        "subject": f"episodes/{episode}",
        "time": at.isoformat(),
        "data": data,
    }


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], env=_environment(), capture_output=True, text=True, timeout=300)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
    return {**kept, "PYTHONPATH": f"{ROOT}:{ROOT / 'services' / 'gen'}"}
