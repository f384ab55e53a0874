"""A risk answer on a form that nobody sends, with Kafka, scoring and alerting away: alerting gets it once it is up."""

import asyncio
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from attune.alerting.v1 import alerting_service_pb2 as alerting_api
from attune.alerting.v1 import alerting_service_pb2_grpc as alerting_grpc

from services.dev.environment import REPOSITORY, Keys, service_environment
from services.dev.forms import feedback_settings
from services.dev.process import ServiceProcess
from services.feedback import questionnaire_documents, store
from services.feedback.domain.requests import Care, Session, Visibility
from services.feedback.languages import known_languages
from services.feedback.links import Links
from services.feedback.questionnaires import Questionnaires
from services.feedback.requests import Requests
from services.feedback.sites import load
from services.runtime.clock import SystemClock
from services.runtime.metrics import Metrics
from services.runtime.store import Store
from tests.support.asking import until
from tests.support.runtime import NO_BROKER, settings_on

SITE = "northside"  # the site of the example file


async def link_to_a_form(mongo_uri: str, prefix: str, keys: Keys, forms: dict[str, str], key: bytes) -> str:
    """Ask a client by the handler itself, as with Kafka away no episode arrives."""
    opened = await Store.open(settings_on(mongo_uri, prefix, keys), "feedback")
    sites = load(Path(forms["ATTUNE_FEEDBACK_SITES_FILE"]), known_languages())
    links = Links(forms["ATTUNE_FEEDBACK_PUBLIC_URL"], key)
    metrics = Metrics("feedback")
    clock = SystemClock()
    in_use = Questionnaires(questionnaire_documents.questionnaires(opened), clock).in_use
    requests = Requests(store.askings(opened), store.responses(opened), sites, links, clock, metrics, in_use)
    episode = f"ep-{uuid.uuid4().hex[:8]}"
    await opened.ensure_indexes()
    await requests.take_care(SITE, episode, Care(1, True, Visibility.THERAPIST_ONLY, ("cl-1",)))
    await requests.take_session(SITE, episode, Session("se-1", 1, held=True, scheduled_at=datetime.now(UTC)))
    _, link = await requests.issue(SITE, episode, "se-1", "cl-1", "en")
    await opened.close()
    return link


@pytest.mark.slow
def test_a_form_that_is_left_pages_with_everything_else_away(
    mongo_uri: str,
    mongo_prefix: str,
    keys: Keys,
    service_env: Callable[..., dict[str, str]],
    topics_applied: str,
    tmp_path: Path,
    free_port: int,
) -> None:
    (tmp_path / "link.key").write_text("l" * 48)
    on_call = {
        "ATTUNE_ALERTING_SITES_FILE": str(REPOSITORY / "deploy" / "sites.example.yaml"),
        "ATTUNE_ALERTING_LINK_KEY_FILE": str(tmp_path / "link.key"),
        "ATTUNE_ALERTING_PUBLIC_URL": "http://127.0.0.1:1",
        "ATTUNE_ALERTING_SMTP_PORT": str(free_port),  # nobody is there: whether mail arrives is not asked here
    }
    alerting = ServiceProcess("alerting", service_env("alerting", **on_call), tmp_path)
    environment = service_environment(
        "feedback",
        bootstrap=NO_BROKER,
        mongo_uri=mongo_uri,
        keys=keys,
        database_prefix=mongo_prefix,
        peers={"alerting": alerting.grpc},
    )
    feedback = ServiceProcess("feedback", environment, tmp_path)
    forms = feedback_settings(tmp_path, feedback.http, [SITE])
    feedback.with_environment(**forms)
    key = Path(forms["ATTUNE_FEEDBACK_LINK_KEY_FILE"]).read_bytes().strip()
    link = asyncio.run(link_to_a_form(mongo_uri, mongo_prefix, keys, forms, key))
    metadata = [("authorization", f"Bearer {keys.token('tester', [SITE], ['read'])}")]

    def alerts() -> list[Any]:
        with grpc.insecure_channel(alerting.grpc) as channel:
            stub: Any = alerting_grpc.AlertingServiceStub(channel)
            return list(stub.ListAlerts(alerting_api.ListAlertsRequest(site_id=SITE), metadata=metadata).alerts)

    def form() -> str:
        try:
            return httpx.get(link).text
        except httpx.ConnectError:
            return ""

    feedback.spawn()  # without Kafka it never says that it is ready, and takes answers all the same
    try:
        page = until(lambda: found if "ticket" in (found := form()) else "", 60)
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)
        assert ticket
        answer = httpx.post(f"{link}/risk", data={"ticket": ticket[1], "i11": "2"})
        assert answer.status_code == 204
        # The operator is told for as long as alerting has not confirmed it.
        until(lambda: "attune_feedback_risk_handoffs_waiting 1.0" in httpx.get(f"{feedback.http}/metrics").text)
        assert "alerting has not confirmed a risk flag" in feedback.log_file.read_text()
        with alerting:
            [alert] = until(alerts)
            assert alert.client_id == "cl-1"
            until(lambda: "attune_feedback_risk_handoffs_waiting 0.0" in httpx.get(f"{feedback.http}/metrics").text)
        assert link.rpartition("/")[2] not in feedback.log_file.read_text()
    finally:
        feedback.stop()
