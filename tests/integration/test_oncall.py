"""Who is on call, changed by gRPC and by the command line while instances run; on the real database and gateways."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import httpx
import pytest
import yaml
from attune.alerting.v1 import oncall_pb2 as api
from google.protobuf.timestamp_pb2 import Timestamp
from icalendar import Calendar
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.dev.environment import Keys
from tests.integration.test_alerting import Alerting, until

OPERATE = ("operate",)


@pytest.fixture
def service(
    tmp_path: Path, site_id: str, topics_applied: str, service_env: Callable[..., dict[str, str]], keys: Keys
) -> Iterator[Alerting]:
    alerting = Alerting(tmp_path, site_id, service_env, keys)
    try:
        alerting.first.start()
        yield alerting
    finally:
        alerting.first.stop()
        alerting.gateways.stop()


@pytest.fixture
def attune(service: Alerting, tmp_path: Path, keys: Keys) -> Callable[..., Result]:
    """attune("oncall", "who"): the command line of this site's operator."""
    token = tmp_path / "operator.token"
    token.write_text(keys.token("operator", [service.site_id], OPERATE))
    fixed = ["--alerting", service.first.grpc, "--token-file", str(token), "--endpoints", str(tmp_path / "none.json")]
    site = {"ATTUNE_CLI_SITE": service.site_id, "ATTUNE_CLI_PERSON": "carla"}
    return lambda *arguments: CliRunner().invoke(app, [*fixed, *arguments], env=site)


def test_what_people_arrange_decides_who_is_paged_on_every_instance_and_after_a_restart(
    service: Alerting, attune: Callable[..., Result]
) -> None:
    assert json.loads(attune("oncall", "who", "--json").stdout)[0]["who"] == "ana"
    second = service.service("two")
    second.start()
    try:
        done = attune("oncall", "override", "--add", "carla", "--remove", "ana", "--until", "1h", "--reason", "ill")
        assert done.exit_code == 0, done.output
        # The other instance acts on it, too: it is asked who is on call.
        request = api.WhoIsOnCallRequest(site_id=service.site_id)
        first, service.first = service.first, second
        until(lambda: service.call("WhoIsOnCall", request).shifts[0].person_ids == ["carla"], seconds=5)
        service.first = first
    finally:
        second.stop()
    service.first.stop()
    service.first.start()
    service.raise_flag()
    [mail] = until(lambda: service.arrived("smtp"))
    assert mail["to"] == ["carla@example.org"]
    [made] = json.loads(attune("oncall", "overrides", "--json").stdout)
    assert (made["what"], made["author"], made["reason"]) == ("carla for ana", "carla", "ill")
    assert attune("oncall", "restore", made["override_id"]).exit_code == 0
    assert json.loads(attune("oncall", "who", "--json").stdout)[0]["who"] == "ana"


def test_the_file_is_compared_applied_and_refused_by_its_places(
    service: Alerting, attune: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "sites.yaml"
    assert attune("oncall", "diff", str(file)).exit_code == 0
    content = yaml.safe_load(file.read_text())
    section = content["sites"][service.site_id]
    section["people"].append({"id": "ben", "contacts": [{"email": "ben@example.org", "verified": False}]})
    section["rotas"] = {"backup": {"people": ["carla"], "handoff": "monthly", "at": "09:00", "start": "2026-01-31"}}
    changed = tmp_path / "changed.yaml"
    changed.write_text(yaml.safe_dump(content))
    told = attune("oncall", "diff", str(changed), "--json")
    assert told.exit_code == 1
    assert "rotas.backup.handoff" in [each["place"] for each in json.loads(told.stdout)]
    assert attune("oncall", "apply", str(changed)).exit_code == 0
    assert attune("oncall", "diff", str(changed)).exit_code == 0
    assert {each["rota_id"] for each in json.loads(attune("oncall", "who", "--json").stdout)} == {"main", "backup"}
    section["catch_all"] = ["ben"]
    changed.write_text(yaml.safe_dump(content))
    refused = attune("oncall", "apply", str(changed))
    assert refused.exit_code != 0
    assert "catch_all: nobody in it can be reached" in refused.output
    # A start with the file of before takes nothing back; a person of the file is the file's.
    service.first.stop()
    service.first.start()
    assert attune("oncall", "diff", str(file)).exit_code == 1
    with pytest.raises(grpc.RpcError) as error:
        service.call("PutPerson", api.PutPersonRequest(site_id=service.site_id, person_id="ana"), OPERATE)
    assert error.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "the on-call file, which owns it" in error.value.details()


def test_a_contact_is_confirmed_by_the_code_that_arrives_there(
    service: Alerting, attune: Callable[..., Result]
) -> None:
    request = api.PutPersonRequest(site_id=service.site_id, person_id="dora")
    request.person.update({"language": "es", "contacts": [{"email": "dora@example.org"}]})
    assert [each.verified for each in service.call("PutPerson", request, OPERATE).person.contacts] == [False]
    lacks = json.loads(attune("oncall", "readiness", "--json").stdout)
    assert [(each["lack"], each["person_id"]) for each in lacks] == [
        ("no-rule", "dora"),
        ("unverified-contact", "dora"),
    ]
    assert attune("oncall", "verify", "dora", "email").exit_code == 0
    [mail] = until(lambda: service.arrived("smtp"))
    assert mail["to"] == ["dora@example.org"]
    code = re.search(r"^\d{6}\b", mail["text"], re.MULTILINE)
    assert code is not None
    assert "código" in mail["text"]
    wrong = attune("oncall", "verify", "dora", "email", "--code", "x")
    assert (wrong.exit_code != 0, "code: is wrong" in wrong.output) == (True, True)
    assert attune("oncall", "verify", "dora", "email", "--code", code[0]).exit_code == 0
    assert attune("oncall", "readiness").exit_code == 0


def test_a_calendar_is_read_by_its_secret_address_until_it_is_revoked(
    service: Alerting, attune: Callable[..., Result]
) -> None:
    url = attune("oncall", "calendar", "--rota", "main").stdout.strip()
    answer = httpx.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    event = Calendar.from_ical(answer.content).walk("VEVENT")[0]
    assert str(event["summary"]) == "On call (main): ana"
    assert service.site_id not in answer.text
    [listed] = json.loads(attune("oncall", "calendar", "--json").stdout)
    assert attune("oncall", "calendar", "--revoke", listed["calendar_id"]).exit_code == 0
    assert httpx.get(url).status_code == 404
    assert httpx.get(url.replace("/calendar/", "/calendar/x")).status_code == 404


def test_who_may_only_act_changes_no_rota_and_sees_no_address_and_nobody_acts_elsewhere(service: Alerting) -> None:
    site_id = service.site_id
    soon = Timestamp()
    soon.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    refused = {
        "ApplyOnCall": api.ApplyOnCallRequest(site_id=site_id),
        "GetOnCall": api.GetOnCallRequest(site_id=site_id),
        "PutPerson": api.PutPersonRequest(site_id=site_id),
        "RemovePerson": api.RemovePersonRequest(site_id=site_id),
        "PutRota": api.PutRotaRequest(site_id=site_id),
        "RemoveRota": api.RemoveRotaRequest(site_id=site_id),
        "AddOverride": api.AddOverrideRequest(site_id="elsewhere", ends_at=soon),
        "ListPeople": api.ListPeopleRequest(site_id="elsewhere"),
    }
    for method, request in refused.items():
        with pytest.raises(grpc.RpcError) as error:
            service.call(method, request, ("read", "act"))
        assert error.value.code() is grpc.StatusCode.PERMISSION_DENIED, method
