import json
from pathlib import Path

import pytest

from services.cli.errors import UNAVAILABLE, USAGE, Problem, as_problem
from services.cli.where import Where
from services.runtime.errors import Permanent, Transient


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / ".attune"
    folder.mkdir()
    (folder / "operator.token").write_text("op-token\n")
    (folder / "harbour.token").write_text("harbour-token")
    (folder / "empty.token").write_text("")
    content = {
        "kafka": {"bootstrap": "127.0.0.1:1"},
        "mongo": {"uri": "mongodb://127.0.0.1:2"},
        "services": {"intake": {"grpc": "127.0.0.1:3", "http": "http://127.0.0.1:4"}},
        "tokens": {
            "operator": ".attune/operator.token",
            "harbour": str(folder / "harbour.token"),
            "empty": ".attune/empty.token",
        },
        "keys": {"public": ".attune/key.pub"},
        "sites": ["harbour", "maple"],
    }
    (folder / "endpoints.json").write_text(json.dumps(content))
    return folder / "endpoints.json"


def test_addresses_come_from_the_file(file: Path) -> None:
    where = Where(file)
    assert where.kafka() == "127.0.0.1:1"
    assert where.mongo() == "mongodb://127.0.0.1:2"
    assert where.grpc("intake") == "127.0.0.1:3"
    assert where.http("intake") == "http://127.0.0.1:4"
    assert where.http("scoring") == ""
    assert where.chosen_sites(None) == ["harbour", "maple"]
    assert where.chosen_sites("maple") == ["maple"]


def test_a_flag_wins_over_the_file(file: Path) -> None:
    where = Where(file, "other:9092", "mongodb://other", {"intake": "other:1"}, {"intake": "other:2"})
    assert where.kafka() == "other:9092"
    assert where.mongo() == "mongodb://other"
    assert where.grpc("intake") == "other:1"
    assert where.http("intake") == "http://other:2"


def test_tokens_are_found_beside_the_folder_or_by_an_absolute_path(file: Path) -> None:
    where = Where(file)
    assert where.token("operator") == "op-token"
    assert where.token("harbour", "operator") == "harbour-token"
    assert where.token("clinician-harbour", "operator") == "op-token"
    assert where.public_key() == file.parent / "key.pub"


@pytest.mark.parametrize("holder", ["empty", "nobody"])
def test_no_usable_token_is_a_usage_error_that_says_what_to_do(file: Path, holder: str) -> None:
    with pytest.raises(Problem, match="attune token issue") as caught:
        Where(file).token(holder)
    assert caught.value.code == USAGE


def test_without_any_file_the_error_names_the_flag(tmp_path: Path) -> None:
    where = Where(tmp_path / "none.json")
    with pytest.raises(Problem, match="--kafka") as caught:
        where.kafka()
    assert caught.value.code == USAGE
    with pytest.raises(Problem, match="ATTUNE_PEER_SCORING"):
        where.grpc("scoring")
    with pytest.raises(Problem, match="--site"):
        where.chosen_sites(None)


def test_a_spoilt_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "endpoints.json").write_text("{")
    with pytest.raises(Problem, match="not JSON"):
        Where(tmp_path / "endpoints.json").kafka()


def test_known_failures_become_one_line_and_unknown_ones_stay_whole() -> None:
    away = as_problem(Transient("mongodb episodes"))
    assert away is not None
    assert away.code == UNAVAILABLE
    wrong = as_problem(Permanent("data.status", "is missing", "Give it."))
    assert wrong is not None
    assert str(wrong) == "data.status: is missing. Give it."
    assert as_problem(RuntimeError("ours")) is None
    assert str(Problem("two\n  lines")) == "two lines"
