"""One service process from start to end, as its supervisor and its callers see it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.dev.environment import REPOSITORY, Keys, service_environment
from services.dev.mongo import Mongo
from services.dev.process import clean_environment
from tests.support.runtime import NO_BROKER


class Tiny:
    """The process and its addresses."""

    def __init__(self, directory: Path, environment: dict[str, str], http_port: int) -> None:
        self.ready_file = directory / "ready.json"
        self.trail_file = directory / "trail"
        self.log_file = directory / "log"
        self.http = f"http://127.0.0.1:{http_port}"
        self.environment = {
            **clean_environment(),
            **environment,
            "ATTUNE_HTTP_BIND": f"127.0.0.1:{http_port}",
            "ATTUNE_READY_FILE": str(self.ready_file),
            "ATTUNE_TEST_TRAIL": str(self.trail_file),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, mode: str = "", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.tiny_service"],
            env={**self.environment, "ATTUNE_TEST_MODE": mode, **environment},
            cwd=REPOSITORY,
            stderr=self.log_file.open("wb"),
        )

    def wait_ready(self) -> dict[str, Any]:
        until(self.ready_file.exists, self.log)
        announced: dict[str, Any] = json.loads(self.ready_file.read_text())
        return announced

    def readiness(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = httpx.get(f"{self.http}/health/ready").json()
        except httpx.TransportError:
            return None
        return found

    def not_ready(self) -> dict[str, str]:
        return dict((self.readiness() or {"not_ready": {}})["not_ready"])

    def term(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def exit_code(self, timeout: float = 30) -> int:
        assert self.process is not None
        return self.process.wait(timeout)

    def trail(self) -> list[str]:
        return self.trail_file.read_text().splitlines()

    def log(self) -> str:
        return self.log_file.read_text()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def until(condition: Callable[[], object], explain: Callable[[], str], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, explain()
        time.sleep(0.02)


def serving(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@pytest.fixture
def environment(mongo_uri: str, mongo_prefix: str, keys: Keys) -> dict[str, str]:
    quick = {"ATTUNE_DRAIN_SECONDS": "2", "ATTUNE_MONGO_SERVER_SELECTION_SECONDS": "0.3"}
    return service_environment(
        "intake", bootstrap=NO_BROKER, mongo_uri=mongo_uri, keys=keys, database_prefix=mongo_prefix, extra=quick
    )


@pytest.fixture
def tiny(tmp_path: Path, environment: dict[str, str], free_port: int) -> Iterator[Tiny]:
    tiny = Tiny(tmp_path, environment, free_port)
    yield tiny
    tiny.close()


def test_it_serves_stops_in_order_and_exits_0(tiny: Tiny) -> None:
    tiny.start()
    announced = tiny.wait_ready()
    assert announced["pid"] == tiny.process.pid if tiny.process else False
    assert f"http://{announced['http']}" == tiny.http
    assert serving(announced["grpc"])
    assert tiny.readiness() == {"ready": True, "not_ready": {}}
    assert 'attune_ready{part="store"} 1.0' in httpx.get(f"{tiny.http}/metrics").text
    tiny.term()
    assert tiny.exit_code() == 0
    assert not tiny.ready_file.exists()
    assert tiny.trail() == [
        *("publisher start", "engine start", "consumer start"),
        *("consumer stop", "engine stop", "publisher stop"),
    ]


def test_it_is_not_ready_before_it_stops_anything_and_a_second_signal_changes_nothing(tiny: Tiny) -> None:
    tiny.start("consumer slow")
    announced = tiny.wait_ready()
    tiny.term()
    until(lambda: "consumer stop" in tiny.trail(), tiny.log)
    assert tiny.not_ready() == {"service": "is stopping"}
    assert not tiny.ready_file.exists()
    tiny.term()
    assert tiny.exit_code() == 0
    assert tiny.trail()[-1] == "publisher stop"
    assert announced


def test_a_database_that_is_away_at_the_start_is_waited_for(tiny: Tiny, tmp_path: Path) -> None:
    mongo = Mongo(tmp_path / "mongo")
    tiny.start(ATTUNE_MONGO_URI=mongo.uri)
    until(lambda: "build" in tiny.not_ready(), tiny.log)
    assert tiny.not_ready()["build"].startswith("waiting for mongodb")
    assert httpx.get(f"{tiny.http}/health/live").status_code == 200
    assert httpx.get(f"{tiny.http}/health/ready").status_code == 503
    # A page that is still to come is not said to be missing: whoever holds its link is to try again.
    page = httpx.post(f"{tiny.http}/f/link", data={"i1": "5"})
    assert (page.status_code, page.headers["retry-after"]) == (503, "2")
    assert not tiny.ready_file.exists()
    with mongo:
        tiny.wait_ready()
        tiny.term()
        assert tiny.exit_code() == 0


def test_a_signal_ends_the_waiting(tiny: Tiny, free_port: int) -> None:
    tiny.start(ATTUNE_MONGO_URI=f"mongodb://127.0.0.1:{free_port}/?replicaSet=none")
    until(lambda: "build" in tiny.not_ready(), tiny.log)
    tiny.term()
    assert tiny.exit_code(5) == 0


def test_a_database_that_goes_and_comes_back_is_seen(tiny: Tiny, tmp_path: Path) -> None:
    with Mongo(tmp_path / "mongo") as mongo:
        tiny.start(ATTUNE_MONGO_URI=mongo.uri)
        address = tiny.wait_ready()["grpc"]
        mongo.kill()
        until(lambda: "store" in tiny.not_ready(), tiny.log)
        assert "mongodb" in tiny.not_ready()["store"]
        until(lambda: not serving(address), tiny.log)
        assert httpx.get(f"{tiny.http}/health/live").status_code == 200
        mongo.start()
        until(lambda: tiny.readiness() == {"ready": True, "not_ready": {}}, tiny.log)
        until(lambda: serving(address), tiny.log)


def test_a_part_whose_dependency_is_away_is_started_again(tiny: Tiny) -> None:
    tiny.start("publisher away")
    tiny.wait_ready()
    assert "what publisher needs" in tiny.log()


def test_an_ill_part_keeps_it_not_ready_and_the_doors_open(tiny: Tiny) -> None:
    """Kafka away: the events wait in the outbox, and the doors go on accepting."""
    tiny.start("consumer ill")
    until(lambda: tiny.not_ready() == {"consumer": "does not feel well"}, tiny.log)
    (address,) = [line["grpc"] for line in map(json.loads, tiny.log().splitlines()) if line["event"] == "serving calls"]
    assert serving(address)
    assert not tiny.ready_file.exists()


@pytest.mark.parametrize(
    ("mode", "code"),
    [("consumer fails", 78), ("engine raises", 70), ("build raises", 70)],
)
def test_the_failure_of_a_part_ends_the_process(tiny: Tiny, mode: str, code: int) -> None:
    tiny.start(mode)
    assert tiny.exit_code() == code
    assert '"critical"' in tiny.log()
    assert "sad" not in tiny.log()
    if mode != "build raises":
        assert tiny.trail()[-3:] == ["consumer stop", "engine stop", "publisher stop"]


def test_what_hangs_while_stopping_is_cut_off(tiny: Tiny) -> None:
    tiny.start("engine blocks", ATTUNE_DRAIN_SECONDS="0.5")
    tiny.wait_ready()
    started = time.monotonic()
    tiny.term()
    assert tiny.exit_code() == 75
    assert 5 <= time.monotonic() - started < 9


def test_unusable_settings_end_it_at_once(tiny: Tiny) -> None:
    tiny.start(ATTUNE_KAFKA_BOOTSTRAP="nowhere")
    assert tiny.exit_code() == 78
    assert tiny.log() == "ATTUNE_KAFKA_BOOTSTRAP: 'nowhere' is not host:port\n"


def test_check_config_shows_what_is_in_force(tiny: Tiny) -> None:
    def check(**environment: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tests.support.tiny_service", "--check-config"]
        return subprocess.run(
            command, env={**tiny.environment, **environment}, cwd=REPOSITORY, capture_output=True, text=True
        )

    good = check()
    assert good.returncode == 0, good.stderr
    assert "ATTUNE_DRAIN_SECONDS=2.0\n" in good.stdout
    assert "ATTUNE_MONGO_URI=**********\n" in good.stdout
    bad = check(ATTUNE_DRAIN_SECOND="1", ATTUNE_LOG_LEVEL="loud")
    assert (bad.returncode, bad.stdout) == (78, "")
    assert [line.partition(":")[0] for line in bad.stderr.splitlines()] == ["ATTUNE_DRAIN_SECOND", "ATTUNE_LOG_LEVEL"]
