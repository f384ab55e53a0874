"""The on-call file: what is wrong is refused before anything starts, by the name of its place."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.alerting import declared, sites
from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Channel
from services.alerting.settings import AlertingSettings
from services.runtime.settings import SettingsError
from tests.unit.alerting.world import SITES

EXAMPLE = Path(__file__).parents[3] / "deploy" / "sites.example.yaml"


@pytest.fixture
def load(tmp_path: Path):
    (tmp_path / "secret").write_text("0123456789abcdef")
    (tmp_path / "short").write_text("short")

    def load(text: str) -> sites.Sites:
        (tmp_path / "sites.yaml").write_text(text)
        return sites.load(tmp_path / "sites.yaml")

    return load


def test_the_example_is_a_file_that_can_be_used() -> None:
    example = sites.load(EXAMPLE)
    site = example.get("northside")
    assert site is not None
    assert site.risk_policy.steps[0].delay == timedelta(minutes=5)
    assert site.policy(Kind.RUPTURE).steps[0].delay == timedelta(hours=4)


def test_contacts_are_kept_in_their_order_and_secrets_are_not_shown(load) -> None:
    ana = load(SITES).get("northside").people["ana"]
    assert [contact.channel for contact in ana.contacts] == [Channel.EMAIL, Channel.WEBHOOK]
    assert ana.contacts[1].secret == b"0123456789abcdef"
    assert "0123456789abcdef" not in repr(ana)
    assert "example.org" not in repr(ana)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("catch_all: [dan]", "", "sites.northside.catch_all: nobody in it can be reached"),
        ("catch_all: [dan]", "catch_all: []", "sites.northside.catch_all: nobody in it can be reached"),
        ("catch_all: [dan]", "catch_all: [unreachable]", "sites.northside.catch_all: nobody in it can be reached"),
        ("catch_all: [dan]", "catch_all: [nobody]", "sites.northside.catch_all[0]: there is no person 'nobody'"),
        ("people: [ana, ben]", "people: [ana, bob]", "sites.northside.rota.people[1]: there is no person 'bob'"),
        ("person:carla", "person:carl", "sites.northside.policy.steps[1].targets: there is no person 'carl'"),
        ("targets: [rota]", "targets: [rotta]", "sites.northside.policy.steps[0].targets[0]: 'rotta' is not a target"),
        ("targets: [rota]", "targets: []", "sites.northside.policy.steps[0].targets: "),
        ("delay: 5m", "delay: 5", "sites.northside.policy.steps[0].delay: '5' is not a duration"),
        ("delay: 5m", "delay: 0s", "sites.northside.policy.steps[0].delay: '0s' is outside 1s to 7d"),
        ("delay: 5m", "dellay: 5m", "sites.northside.policy.steps[0].dellay: there is no such key here"),
        ("Europe/London", "Europe/Londn", "sites.northside.time_zone: 'Europe/Londn' is not a time zone"),
        ('at: "09:00"', "at: 10:00", "sites.northside.rota.at: is not a time of day; write it in quotes"),
        ("start: 2026-01-05", "start: soon", "sites.northside.rota.start: "),
        ("handoff: weekly", "handoff: yearly", "sites.northside.rota.handoff: "),
        ("rota: {", "extra: {", "sites.northside.extra: there is no such key here"),
        ("ben@example.org", "ben at example", "sites.northside.people[1].contacts[0].email: is not an e-mail address"),
        ("secret_file: secret", "secret_file: absent", "sites.northside.people[0].contacts[1].secret_file: "),
        ("secret_file: secret", "secret_file: short", "sites.northside.people[0].contacts[1].secret_file: "),
        (", secret_file: secret", "", "sites.northside.people[0].contacts[1].secret_file: is missing"),
        ("http://127.0.0.1:1/ana", "http://hooks.example.org", "sites.northside.people[0].contacts[1].webhook: would"),
        ("http://127.0.0.1:1/ana", "ftp://hooks.example.org", "sites.northside.people[0].contacts[1].webhook: is not"),
        ("{id: carla, ", "{id: ben, ", "sites.northside.people[2].id: 'ben' is there twice"),
        ("time_zone:", "time_zone: UTC\n    time_zone:", "'time_zone' is given twice"),
        ("time_zone:", "rupture_hours: 20:00-08:00\n    time_zone:", "sites.northside.rupture_hours: the hours must"),
        ("sites:", "site:", "sites: is missing"),
        ("sites:", "sites: [", "is not YAML"),
        ("sites:", "operators: [{id: op}]\nsites:", "operators.op: has no contact that is verified"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(load, old: str, new: str, message: str) -> None:
    assert old in SITES
    with pytest.raises(sites.SitesError) as error:
        load(SITES.replace(old, new, 1))
    assert message in str(error.value)
    assert all("sites.yaml: " in problem for problem in error.value.problems)


def test_a_step_for_the_rota_needs_a_rota(load) -> None:
    lines = [line for line in SITES.splitlines() if not line.strip().startswith("rota:")]
    with pytest.raises(sites.SitesError, match=r"sites\.northside\.rota: is missing"):
        load("\n".join(lines))


def test_every_problem_is_listed_at_once(load) -> None:
    with pytest.raises(sites.SitesError) as error:
        load(SITES.replace("catch_all: [dan]", "catch_all: []").replace("[ana, ben]", "[bob]"))
    assert len(error.value.problems) == 2


@pytest.mark.parametrize(("text", "seconds"), [("2s", 2), ("5m", 300), ("1h30m", 5400), ("1d", 86_400)])
def test_durations_are_read(text: str, seconds: int) -> None:
    assert declared.duration(text) == timedelta(seconds=seconds)


def test_settings_refuse_a_bad_on_call_file_and_a_short_link_key(tmp_path: Path) -> None:
    (tmp_path / "sites.yaml").write_text("sites: {}")
    (tmp_path / "key").write_text("too short")
    (tmp_path / "token").write_text("x")
    environ = {
        "ATTUNE_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
        "ATTUNE_MONGO_URI": "mongodb://127.0.0.1",
        "ATTUNE_TOKEN_PUBLIC_KEY_FILE": str(tmp_path / "token"),
        "ATTUNE_SERVICE_TOKEN_FILE": str(tmp_path / "token"),
        "ATTUNE_ALERTING_SITES_FILE": str(tmp_path / "sites.yaml"),
        "ATTUNE_ALERTING_LINK_KEY_FILE": str(tmp_path / "key"),
        "ATTUNE_ALERTING_PUBLIC_URL": "https://alerts.example.org/",
    }
    with pytest.raises(SettingsError) as error:
        AlertingSettings.load(environ)
    assert "ATTUNE_ALERTING_SITES_FILE: " in str(error.value)
    assert "ATTUNE_ALERTING_LINK_KEY_FILE: " in str(error.value)
    with pytest.raises(SettingsError, match="ATTUNE_ALERTING_PUBLIC_URL"):
        AlertingSettings.load({**environ, "ATTUNE_ALERTING_PUBLIC_URL": "alerts.example.org"})
