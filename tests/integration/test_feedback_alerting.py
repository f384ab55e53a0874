"""A risk answer from feedback to the real alerting: by the call and by the topic, and one alert."""

import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import grpc
import httpx
from attune.alerting.v1 import alerting_service_pb2 as alerting_api
from attune.alerting.v1 import alerting_service_pb2_grpc as alerting_grpc
from attune.alerting.v1 import events_pb2 as alerting_events
from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.feedback.v1 import feedback_service_pb2 as feedback_api
from attune.feedback.v1 import feedback_service_pb2_grpc as feedback_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from services.dev.environment import REPOSITORY, Keys
from services.dev.forms import feedback_settings
from services.dev.process import ServiceProcess

T = TypeVar("T")

SITE = "northside"  # the site of the example file
CONFIRMED = 'attune_feedback_risk_handoffs_total{outcome="confirmed"} 1.0'
HANDLED = re.compile(r'attune_events_consumed_total\{outcome="handled",topic="feedback\.risk-flags\.v1"\} ([1-9]\d*)\.')


def until(found: Callable[[], T], seconds: float = 30.0) -> T:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_call_and_topic_are_one_alert(
    topics_applied: str, service_env: Callable[..., dict[str, str]], keys: Keys, tmp_path: Path, free_port: int
) -> None:
    (tmp_path / "link.key").write_text("l" * 48)
    on_call = {
        "ATTUNE_ALERTING_SITES_FILE": str(REPOSITORY / "deploy" / "sites.example.yaml"),
        "ATTUNE_ALERTING_LINK_KEY_FILE": str(tmp_path / "link.key"),
        "ATTUNE_ALERTING_PUBLIC_URL": "http://127.0.0.1:1",
        "ATTUNE_ALERTING_SMTP_PORT": str(free_port),  # nobody is there: whether mail arrives is not asked here
    }
    alerting = ServiceProcess("alerting", service_env("alerting", **on_call), tmp_path)
    forms = feedback_settings(tmp_path, "http://127.0.0.1:1")
    feedback = ServiceProcess("feedback", service_env("feedback", peers={"alerting": alerting.grpc}, **forms), tmp_path)
    metadata = [("authorization", f"Bearer {keys.token('tester', [SITE], ['publish', 'read'])}")]
    response_id = f"re-{uuid.uuid4().hex[:8]}"
    now = Timestamp()
    now.GetCurrentTime()
    form = clinic.FeedbackSubmitted(
        response_id=response_id,
        episode_id="ep-1",
        session_id="se-1",
        client_id="cl-1",
        instrument_id="attune-checkin",
        instrument_version="1",
        answers=[clinic.Answer(item=11, value=1)],
        submitted_at=now,
        revision=1,
        partial=True,
    )

    def alerts() -> list[alerting_events.Alert]:
        with grpc.insecure_channel(alerting.grpc) as channel:
            stub: Any = alerting_grpc.AlertingServiceStub(channel)
            request = alerting_api.ListAlertsRequest(site_id=SITE)
            return list(stub.ListAlerts(request, metadata=metadata, timeout=10).alerts)

    # Feedback is there first: the flag waits for alerting, then goes both ways.
    with feedback:
        with grpc.insecure_channel(feedback.grpc) as channel:
            stub: Any = feedback_grpc.FeedbackServiceStub(channel)
            request = feedback_api.SubmitResponseRequest(site_id=SITE, response=form)
            assert stub.SubmitResponse(request, metadata=metadata, timeout=10).risk_flagged
        with alerting:
            until(lambda: HANDLED.search(httpx.get(f"{alerting.http}/metrics").text))
            until(lambda: CONFIRMED in httpx.get(f"{feedback.http}/metrics").text)
            [alert] = alerts()
    assert alert.kind == alerting_events.ALERT_KIND_RISK
    assert (alert.episode_id, alert.client_id) == ("ep-1", "cl-1")
