"""The commands as a person types them: output, tokens, exit codes, one-line errors."""

import json
import re
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.scoring.v1 import guidance_pb2 as guidance
from typer.testing import CliRunner

from services.cli.commands.keys import parse_duration
from services.cli.main import app
from services.runtime.events import decode
from services.runtime.identity import Verifier
from services.runtime.store import MasterKeys
from tests.unit.cli.conftest import Fake, Run

REMOVED = ("ATTUNE_ENDPOINTS", "ATTUNE_KAFKA_BOOTSTRAP", "ATTUNE_MONGO_URI")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REMOVED:
        monkeypatch.delenv(name, raising=False)


def test_episodes_of_every_site_over_all_pages_with_the_operators_token(run: Run, fake: tuple[Fake, str]) -> None:
    result = run("episodes")
    assert result.exit_code == 0
    assert [line.split()[:3] for line in result.stdout.splitlines()[1:]] == [
        [site, f"ep-{number}", "open"] for site in ("harbour", "maple") for number in range(3)
    ]
    assert set(fake[0].tokens) == {"Bearer token-of-operator"}


def test_a_clinician_dismisses_a_rupture_with_a_reason(run: Run, fake: tuple[Fake, str]) -> None:
    result = run("dismiss", "ep-1", "ru-1", "--site", "harbour", "--reason", "a bad day")
    assert (result.exit_code, result.stdout) == (0, "rupture ru-1: dismissed\n")
    assert fake[0].tokens == ["Bearer token-of-clinician-harbour"]
    assert (fake[0].requests[0].reason, fake[0].requests[0].episode_id) == ("a bad day", "ep-1")


def test_a_client_is_asked_with_the_sites_token_and_the_link_is_all_that_is_printed(
    run: Run, fake: tuple[Fake, str]
) -> None:
    result = run("ask", "ep-1", "se-1", "--site", "harbour", "--language", "es")
    assert (result.exit_code, result.stdout) == (0, "https://forms.example/f/secret\n")
    assert fake[0].tokens == ["Bearer token-of-harbour"]
    assert (fake[0].requests[0].session_id, fake[0].requests[0].language) == ("se-1", "es")
    run("ask", "ep-1", "se-1", "--site", "harbour", "--rater", "therapist", "--instrument", "gad7")
    assert (fake[0].requests[1].rater, fake[0].requests[1].instrument_id) == (2, "gad7")
    again = run("ask", "ep-1", "se-answered", "--site", "harbour")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == "attune: the client was asked about this session already: answered\n"


def test_a_link_is_written_as_a_qr_code_that_only_its_owner_reads(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "link.svg"
    assert run("ask", "ep-1", "se-1", "--site", "harbour", "--qr", str(file)).exit_code == 0
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("<svg/>", 0o600)
    nowhere = run("ask", "ep-1", "se-1", "--site", "harbour", "--qr", str(tmp_path / "no" / "link.svg"))
    assert nowhere.exit_code == 1
    assert "cannot be written" in nowhere.stderr


def test_requests_say_what_became_of_them(run: Run) -> None:
    result = run("requests", "ep-1", "--site", "harbour")
    assert [line.split()[4] for line in result.stdout.splitlines()[1:]] == ["issued", "expired"]


def test_a_listing_as_json_has_every_field(run: Run) -> None:
    rows = json.loads(run("episodes", "--site", "maple", "--limit", "1", "--json").stdout)
    assert len(rows) == 1
    assert rows[0]["site_id"] == "maple"
    assert rows[0]["status"] == "EPISODE_STATUS_OPEN"


def test_one_episode_is_found_at_whichever_site_with_its_sessions(run: Run) -> None:
    result = run("episodes", "ep-7")
    assert "se-1" in result.stdout
    assert "held" in result.stdout
    missing = run("episodes", "ep-7", "--site", "harbour")
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)
    assert "attune episodes" in missing.stderr


def test_trajectory_draws_and_writes_svg(run: Run, tmp_path: Path) -> None:
    result = run("trajectory", "ep-1", "--site", "harbour", "--svg", str(tmp_path / "t.svg"))
    assert result.exit_code == 0
    assert " o" in result.stdout
    assert "2 response(s) wait" in result.stdout
    assert result.stdout.count("Outcome:") == 1, "of the measure of outcome alone"
    assert (
        "Outcome: 16 at intake, 9 at measurement 2, recovered, not on track, expected 4.0, yellow 6.0, red 6.5. "
        "Reliable change of 6.\n"
    ) in result.stdout
    assert (tmp_path / "t.svg").read_text().startswith("<svg")
    assert json.loads(run("trajectory", "ep-1", "--site", "harbour", "--json").stdout)["waiting"] == 2


def test_trajectory_and_ruptures_show_ideas_with_why_and_source(run: Run, fake: tuple[Fake, str]) -> None:
    asked = ("--site", "harbour", "--language", "es", "--type", "withdrawal")
    for command in (("trajectory", "ep-1"), ("ruptures", "--ideas")):
        result = run(*command, *asked)
        assert result.exit_code == 0, result.stderr
        (shown,) = re.findall(r"Ideas, not instructions \(rupture ru-1\)\n(?:.+\n)+", result.stdout)
        assert shown.splitlines()[1:7] == [
            "When you take it up:",
            "- You might ask. Because goals fell most.",
            "  [M] a study; unconfirmed",
            "In later sessions:",
            "- One possibility is to wait. Because it fits most ruptures.",
            "  [S28] experts",
        ]
        assert fake[0].requests[-1].language == "es"
        assert fake[0].requests[-1].rupture_type == guidance.RUPTURE_TYPE_WITHDRAWAL
    (row, *_) = json.loads(run("ruptures", "--ideas", "--site", "harbour", "--json").stdout)
    assert [idea["strategy_id"] for idea in row["ideas"]] == ["ask-goals", "wait"]
    assert "Ideas" not in run("ruptures", "--site", "harbour").stdout


def test_trajectory_needs_a_site_where_there_are_several(run: Run) -> None:
    result = run("trajectory", "ep-1")
    assert result.exit_code == 2
    assert result.stderr == "attune: which site? give --site (harbour, maple)\n"


def test_ruptures_can_be_narrowed_to_open_ones(run: Run) -> None:
    assert len(json.loads(run("ruptures", "--json").stdout)) == 4
    assert [row["status_name"] for row in json.loads(run("ruptures", "--open", "--json").stdout)] == ["open", "open"]


def test_alerts_are_listed_shown_acknowledged_and_closed(run: Run, fake: tuple[Fake, str]) -> None:
    assert "triggered" in run("alerts", "list").stdout
    shown = run("alerts", "show", "al-1", "--site", "harbour").stdout
    assert "Tasks fell from 9 to 4." in shown
    assert "first by email" in shown
    fake[0].tokens.clear()
    done = run("alerts", "ack", "al-1", "--site", "harbour", "--as", "first", "--note", "on it")
    assert done.stdout == "alert al-1: acknowledged by first\n"
    assert fake[0].tokens == ["Bearer token-of-clinician-harbour"]
    assert fake[0].requests[-1].note == "on it"
    assert run("alerts", "close", "al-1", "--site", "harbour", "--as", "first", "--reason", "r").exit_code == 0
    assert run("alerts", "close", "al-1", "--site", "harbour", "--as", "first").exit_code == 2
    assert run("alerts", "close", "al-1", "--site", "harbour", "--as", "first", "--found", "bad").exit_code == 2
    found = ("--found", "withdrawal", "--tried", "own-part")
    assert run("alerts", "close", "al-1", "--site", "harbour", "--as", "first", *found).exit_code == 0
    assert fake[0].requests[-1].findings.tried == ["own-part"]


def test_a_refusal_is_one_line_and_says_what_to_do(run: Run) -> None:
    result = run("episodes", "--site", "broken")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "site_id: the token is not for site broken (PERMISSION_DENIED)" in result.stderr
    assert "attune token issue" in result.stderr


def test_a_service_that_is_away_is_69(run: Run, free_port: int) -> None:
    result = run("--intake", f"127.0.0.1:{free_port}", "episodes")
    assert result.exit_code == 69
    assert "attune doctor" in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_a_stack_the_error_says_how_to_start_one(tmp_path: Path) -> None:
    for command in (["episodes"], ["ruptures"], ["alerts", "list"], ["dead-letters", "list"], ["topics", "diff"]):
        result = CliRunner().invoke(app, ["--endpoints", str(tmp_path / "none.json"), *command])
        assert result.exit_code == 2, command
        assert "attune demo" in result.stderr or "--topics-file" in result.stderr, command


def test_schema_prints_schema_and_example_of_every_event(run: Run) -> None:
    found = json.loads(run("schema").stdout)
    assert len(found) == 5
    for name, each in found.items():
        assert each["schema"]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert each["example"]["type"] == name
    assert json.loads(run("schema", "attune.episode.opened.v1", "--example", "--site", "maple").stdout)["source"] == (
        "/sites/maple/practice-software"
    )
    assert run("schema", "attune.episode.opened.v2").exit_code == 2


def test_examples_of_all_types_can_be_published_as_they_are_printed(run: Run) -> None:
    from services.cli.ingress import REGISTRY
    from services.cli.publishing import parse, prepare

    for event in parse(run("schema", "--example").stdout):
        prepared = prepare(event, "t")
        assert decode(prepared.key, prepared.value, prepared.headers, REGISTRY).type == event["type"]


def test_publish_refuses_what_attune_would_refuse_before_it_connects(run: Run) -> None:
    event = json.loads(run("schema", "attune.session.recorded.v1", "--example").stdout)
    event["data"]["scheduled_at"] = "tomorrow"
    result = run("--kafka", "127.0.0.1:1", "publish", "-", stdin=json.dumps(event))
    assert result.exit_code == 1
    assert "scheduled_at" in result.stderr
    assert run("publish", "nowhere.json").exit_code == 2
    assert run("publish", "-", stdin="{").exit_code == 2


def test_keys_and_tokens(run: Run, tmp_path: Path) -> None:
    assert run("keys", "generate", str(tmp_path / "keys")).exit_code == 0
    assert run("keys", "generate", str(tmp_path / "keys")).exit_code == 1, "a key is never overwritten"
    key = tmp_path / "keys" / "token-signing.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    asked = ["token", "issue", "--subject", "harbour-ehr", "--private-key", str(key), "--site", "harbour"]
    result = run(*asked, "--scope", "publish", "--scope", "read", "--ttl", "12h")
    identity = Verifier(tmp_path / "keys" / "token-signing.pub").verify(result.stdout.strip())
    assert (identity.subject, identity.sites, identity.scopes) == ("harbour-ehr", {"harbour"}, {"publish", "read"})
    out = tmp_path / "harbour.token"
    assert run(*asked, "--scope", "publish", "--out", str(out)).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert run(*asked, "--scope", "everything").exit_code == 2
    assert run(*asked, "--scope", "publish", "--ttl", "soon").exit_code == 2


@pytest.mark.parametrize(("text", "expected"), [("30m", 1800), ("12h", 43_200), ("90d", 7_776_000)])
def test_durations(text: str, expected: int) -> None:
    assert parse_duration(text) == timedelta(seconds=expected)


@pytest.mark.parametrize("text", ["", "d", "0d", "-1d", "1.5h", "1w"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


def test_doctor_says_what_is_wrong_and_what_to_do(run: Run) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 1
    results = {(each["what"], each["state"]): each for each in json.loads(result.stdout)}
    assert ("settings", "bad") in results, "no address of Kafka"
    assert results["intake gRPC", "bad"]["todo"].startswith("start intake"), "no health service there"
    for each in results.values():
        assert each["state"] == "good" or each["todo"] or "give" in each["found"]


def test_comments_are_read_with_the_supervisors_token(run: Run, fake: tuple[Fake, str]) -> None:
    result = run("comments", "ep-1", "--site", "harbour")
    assert result.exit_code == 0, result.stderr
    assert fake[0].tokens == ["Bearer token-of-supervisor-harbour"]
    shown, withheld = result.stdout.splitlines()[1:]
    assert "what I did not say" in shown
    assert "held" in withheld
    rows = json.loads(run("comments", "ep-1", "--site", "harbour", "--json").stdout)
    assert [row["state_name"] for row in rows] == ["shown", "withheld"]


def test_whom_a_client_lets_see_a_response_is_said_in_words(run: Run, fake: tuple[Fake, str]) -> None:
    result = run("feedback", "let-see", "re-1", "therapist-only", "--site", "harbour")
    assert (result.exit_code, result.stdout) == (0, "re-1: therapist-only\n")
    assert fake[0].requests[0].visibility == clinic.VISIBILITY_THERAPIST_ONLY


def test_a_client_is_forgotten_only_when_that_is_meant(run: Run, fake: tuple[Fake, str]) -> None:
    assert run("feedback", "forget", "--client", "cl-1", "--site", "harbour").exit_code != 0
    assert fake[0].requests == []
    result = run("feedback", "forget", "--client", "cl-1", "--site", "harbour", "--yes")
    assert (result.exit_code, result.stdout) == (0, "the key is destroyed\n")
    assert fake[0].tokens == ["Bearer token-of-operator"]


def test_the_keys_of_every_site_are_wrapped_anew(run: Run) -> None:
    result = run("feedback", "rewrap-keys")
    assert result.stdout.splitlines()[0].endswith(": 2 keys wrapped anew")


def test_the_master_key_of_comments_is_replaced_in_two_steps(run: Run, tmp_path: Path) -> None:
    missing = run("secrets", "rotate-comment-key", "--directory", str(tmp_path))
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)
    made = run("secrets", "generate", "--directory", str(tmp_path / "s"), "--env-file", str(tmp_path / "env"))
    assert made.exit_code == 0, made.stderr
    file = tmp_path / "s" / "feedback_comment_key"
    old = MasterKeys.read(file)
    said = run("secrets", "rotate-comment-key", "--directory", str(tmp_path / "s"))
    both = MasterKeys.read(file)
    assert list(both.keys)[1:] == list(old.keys)
    assert file.read_text()[:20] not in said.stdout + said.stderr
    assert run("secrets", "rotate-comment-key", "--finish", "--directory", str(tmp_path / "s")).exit_code == 0
    assert list(MasterKeys.read(file).keys) == [both.newest]
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    assert [each.name for each in (tmp_path / "s").glob("*.new")] == []
