"""Clients and clinics are told of requests over real gateways: e-mail, SMS, signed webhook; and may say no more."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
import yaml
from attune.feedback.v1 import feedback_service_pb2 as api

from services.dev.environment import Keys, service_environment
from services.dev.forms import feedback_settings
from services.dev.process import ReadyFileProcess, ServiceProcess
from tests.support.asking import SITE, Asked, until

ADDRESS = "ana.planted@clients.example"
NUMBER = "+447700900123"
WEBHOOK_SITE = "bringing"


class Office:
    """The service, the gateways and what they recorded."""

    def __init__(self, asked: Asked, gateways: str) -> None:
        self.asked = asked
        self._gateways = gateways

    def records(self, channel: str, having: str) -> list[dict[str, Any]]:
        found = httpx.get(f"{self._gateways}/records", params={"channel": channel}, timeout=10).json()
        return [each for each in found if having in str(each)]

    def fail_next(self, channel: str) -> None:
        plan = {"channel": channel, "mode": "fail", "times": 1}
        httpx.post(f"{self._gateways}/behaviour", json=plan, timeout=10).raise_for_status()

    def issue(self, episode: str, session: str, **contact: str) -> api.IssueRequestResponse:
        self.asked.issued(episode, session)
        request = api.IssueRequestRequest(site_id=SITE, episode_id=episode, session_id=session, language="es")
        request.contact.MergeFrom(api.Contact(**contact))
        answer: api.IssueRequestResponse = self.asked.call("IssueRequest", request)
        return answer


@pytest.fixture(scope="module")
def office(
    topics_applied: str, mongo_uri: str, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("messages")
    secret = folder / "webhook.secret"
    secret.write_bytes(b"a secret of the tests, long enough")
    arguments = ["--records", str(folder / "records"), "--secret-file", str(secret)]
    gateways = ReadyFileProcess("gateways", "services.dev.gateways", {}, folder / "run", arguments)
    with gateways:
        http = str(gateways.addresses["http"])
        settings = feedback_settings(folder, "https://forms.invalid", [SITE, WEBHOOK_SITE])
        file = Path(settings["ATTUNE_FEEDBACK_SITES_FILE"])
        sites = yaml.safe_load(file.read_text())
        sites["sites"][SITE]["messages"] = {"channels": ["email", "sms"]}
        hook = {"url": f"{http}/webhook/practice", "secret_file": str(secret)}
        sites["sites"][WEBHOOK_SITE]["messages"] = {"webhook": hook}
        file.write_text(yaml.safe_dump(sites))
        host, _, port = str(gateways.addresses["smtp"]).partition(":")
        environment = service_environment(
            "feedback",
            bootstrap=topics_applied,
            mongo_uri=mongo_uri,
            keys=keys,
            database_prefix=f"t{uuid.uuid4().hex[:12]}",
            extra={
                "ATTUNE_PEER_ALERTING": "127.0.0.1:9",
                "ATTUNE_FEEDBACK_TELL_EVERY_SECONDS": "0.2",
                "ATTUNE_FEEDBACK_SMTP_HOST": host,
                "ATTUNE_FEEDBACK_SMTP_PORT": port,
                "ATTUNE_FEEDBACK_SMTP_TLS": "off",
                "ATTUNE_FEEDBACK_MAIL_FROM": "attune@localhost",
                "ATTUNE_FEEDBACK_SMS_URL": http,
                **settings,
            },
        )
        with ServiceProcess("feedback", environment, folder) as process:
            yield Office(Asked(process, topics_applied, keys), http)


def test_a_client_is_mailed_once_and_may_say_no_more(office: Office) -> None:
    episode = f"ep-{uuid.uuid4().hex[:8]}"
    office.asked.episode(episode)
    issued = office.issue(episode, "se-1", email=ADDRESS)
    assert issued.qr_svg.startswith("<svg")
    [mail] = until(lambda: office.records("smtp", issued.link))
    assert mail["to"] == [ADDRESS]
    stop = re.search(r"\S+/stop", mail["text"])
    assert stop
    path = httpx.URL(stop[0]).path
    assert "No recibir más mensajes" in httpx.get(f"{office.asked.process.http}{path}?lang=es").text
    assert httpx.post(f"{office.asked.process.http}{path}").status_code == 200
    assert office.asked.told(episode, 2) == ["issued", "opted-out"]
    assert office.issue(episode, "se-2", email=ADDRESS).request.opted_out
    # The one that follows for another client shows that the loop has passed by.
    other = f"ep-{uuid.uuid4().hex[:8]}"
    office.asked.episode(other)
    sms = office.issue(other, "se-1", sms=NUMBER)
    [message] = until(lambda: office.records("sms", sms.link))
    assert message["to"] == NUMBER
    assert len(office.records("smtp", ADDRESS)) == 1
    log = office.asked.process.log_file.read_text()
    metrics = httpx.get(f"{office.asked.process.http}/metrics").text
    for planted in (ADDRESS, NUMBER, issued.link.rpartition("/")[2]):
        assert planted not in log + metrics
    with pytest.raises(grpc.RpcError) as refused:
        office.issue(other, "se-1", email="no address")
    assert "contact.email" in str(refused.value.details())
    assert "no address" not in str(refused.value.details())


def test_the_clinics_system_is_told_signed_and_again_after_a_failure(office: Office) -> None:
    office.fail_next("webhook")
    episode = f"ep-{uuid.uuid4().hex[:8]}"
    bringing = office.asked.at(WEBHOOK_SITE)
    bringing.episode(episode)
    bringing.session(episode, "se-1")
    # The recording gateway keeps only what is signed rightly; the first pause is 30 s.
    [told] = until(lambda: office.records("webhook", episode), 60)
    (request,) = bringing.requests(episode)
    body = told["body"]
    assert (body["request_id"], body["client_id"], body["reminder"]) == (request.request_id, "cl-1", 0)
    assert body["link"].startswith("https://forms.invalid/f/")
    assert told["headers"]["attune-delivery"] == f"{request.request_id}-0"
