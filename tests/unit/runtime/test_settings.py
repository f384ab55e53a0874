import os
from pathlib import Path

import pytest

from services.intake.settings import IntakeSettings
from services.runtime.settings import Settings, SettingsError, split_address


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for name in ("key.pub", "service.token"):
        (tmp_path / name).write_text("x")
    return {
        "ATTUNE_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
        "ATTUNE_MONGO_URI": "mongodb://attune:s3cret@127.0.0.1:27017/?replicaSet=rs0",
        "ATTUNE_TOKEN_PUBLIC_KEY_FILE": str(tmp_path / "key.pub"),
        "ATTUNE_SERVICE_TOKEN_FILE": str(tmp_path / "service.token"),
    }


def problems(environ: dict[str, str], settings: type[Settings] = IntakeSettings) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings.load(environ)
    return caught.value.problems


def test_a_complete_environment_is_read(environ: dict[str, str]) -> None:
    settings = IntakeSettings.load({**environ, "ATTUNE_DRAIN_SECONDS": "3", "PATH": "/bin"})
    assert settings.drain_seconds == 3
    assert settings.kafka_bootstrap == "127.0.0.1:9092"
    assert settings.service() == "intake"


def test_everything_that_is_missing_is_said_at_once() -> None:
    found = problems({})
    assert [problem.partition(":")[0] for problem in found] == [
        "ATTUNE_KAFKA_BOOTSTRAP",
        "ATTUNE_MONGO_URI",
        "ATTUNE_TOKEN_PUBLIC_KEY_FILE",
        "ATTUNE_SERVICE_TOKEN_FILE",
    ]
    assert all("is not set" in problem for problem in found)


def test_an_unknown_name_is_refused_with_the_nearest_known_one(environ: dict[str, str]) -> None:
    found = problems({**environ, "ATTUNE_KAFKA_BOOSTRAP": "x:1", "ATTUNE_INTAKE_PARK_SECOND": "5"})
    assert found == [
        "ATTUNE_INTAKE_PARK_SECOND: there is no such setting; did you mean ATTUNE_INTAKE_PARK_SECONDS?",
        "ATTUNE_KAFKA_BOOSTRAP: there is no such setting; did you mean ATTUNE_KAFKA_BOOTSTRAP?",
    ]


def test_the_settings_of_other_services_and_programs_are_ignored(environ: dict[str, str]) -> None:
    IntakeSettings.load({**environ, "ATTUNE_ALERTING_SITES_FILE": "x", "ATTUNE_DEV_DIR": "y", "OTHER": "z"})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ATTUNE_KAFKA_BOOTSTRAP", "localhost", "not host:port"),
        ("ATTUNE_KAFKA_BOOTSTRAP", "a:1,b", "not host:port"),
        ("ATTUNE_GRPC_BIND", "127.0.0.1:99999", "not host:port"),
        ("ATTUNE_MONGO_URI", "http://db", "must start with mongodb://"),
        ("ATTUNE_DRAIN_SECONDS", "soon", "valid number"),
        ("ATTUNE_DRAIN_SECONDS", "0", "greater than 0"),
        ("ATTUNE_LOG_LEVEL", "loud", "'debug'"),
        ("ATTUNE_FAULTS", "after-lunch", "unknown crash point"),
        ("ATTUNE_TOKEN_PUBLIC_KEY_FILE", "nowhere/key.pub", "no readable file nowhere/key.pub"),
    ],
)
def test_each_problem_names_its_variable(environ: dict[str, str], name: str, value: str, says: str) -> None:
    (problem,) = problems({**environ, name: value})
    assert problem.startswith(f"{name}: ")
    assert says in problem


def test_no_problem_repeats_a_secret(environ: dict[str, str]) -> None:
    assert "s3cret" not in str(problems({**environ, "ATTUNE_MONGO_URI": "postgres://attune:s3cret@db"}))


def test_an_empty_variable_counts_as_unset(environ: dict[str, str]) -> None:
    assert IntakeSettings.load({**environ, "ATTUNE_DRAIN_SECONDS": " "}).drain_seconds == 10


def test_secrets_are_masked_in_what_is_shown(environ: dict[str, str]) -> None:
    shown = IntakeSettings.load(environ).effective()
    assert shown["ATTUNE_MONGO_URI"] == "**********"
    assert shown["ATTUNE_KAFKA_BOOTSTRAP"] == "127.0.0.1:9092"
    assert "s3cret" not in repr(IntakeSettings.load(environ))


def test_a_secret_may_come_from_a_file(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "uri"
    file.write_text(environ["ATTUNE_MONGO_URI"] + "\n")
    from_file = {name: value for name, value in environ.items() if name != "ATTUNE_MONGO_URI"}
    from_file["ATTUNE_MONGO_URI_FILE"] = str(file)
    assert IntakeSettings.load(from_file).mongo_uri.get_secret_value() == environ["ATTUNE_MONGO_URI"]
    assert problems({**environ, "ATTUNE_MONGO_URI_FILE": str(file)}) == [
        "ATTUNE_MONGO_URI_FILE: ATTUNE_MONGO_URI is set as well; set one of the two"
    ]
    assert problems({**from_file, "ATTUNE_MONGO_URI_FILE": "nowhere"}) == [
        "ATTUNE_MONGO_URI_FILE: there is no readable file nowhere"
    ]


def test_what_code_passes_is_not_mixed_with_the_environment(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "ATTUNE_DRAIN_SECONDS", "99")
    assert IntakeSettings.load(environ).drain_seconds == 10


@pytest.mark.parametrize(
    ("text", "address"), [("a:1", ("a", 1)), ("[::1]:80", ("::1", 80)), ("0.0.0.0:0", ("0.0.0.0", 0))]
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address
