"""The services' APIs as a small server of this test, and the command line against it."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from attune.alerting.v1 import alerting_service_pb2 as alerting
from attune.alerting.v1 import alerting_service_pb2_grpc
from attune.alerting.v1 import events_pb2 as alerts
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as requests
from attune.feedback.v1 import feedback_service_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2_grpc
from attune.intake.v1 import events_pb2 as intake_events
from attune.intake.v1 import intake_service_pb2 as intake
from attune.intake.v1 import intake_service_pb2_grpc
from attune.scoring.v1 import events_pb2 as ruptures
from attune.scoring.v1 import scoring_service_pb2 as scoring
from attune.scoring.v1 import scoring_service_pb2_grpc
from typer.testing import CliRunner, Result

from services.cli.main import app
from tests.unit.cli.fake_policies import FakePolicies

Run = Callable[..., Result]
SITES = ("harbour", "maple")


class Fake(
    FakePolicies,
    intake_service_pb2_grpc.IntakeServiceServicer,  # type: ignore[misc]
    alerting_service_pb2_grpc.AlertingServiceServicer,  # type: ignore[misc]
    feedback_service_pb2_grpc.FeedbackServiceServicer,  # type: ignore[misc]
):
    """Answers as the services would, and remembers who asked."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.test_status = 3
        self.requests: list[Any] = []

    def _seen(self, request: Any, context: grpc.ServicerContext) -> None:
        self.tokens.append(dict(context.invocation_metadata()).get("authorization", ""))
        self.requests.append(request)

    def ListEpisodes(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        if request.site_id == "broken":
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "site_id: the token is not for site broken")
        number = int(request.page_token or 0)
        episode = intake_events.Episode(site_id=request.site_id, episode_id=f"ep-{number}", status=1, revision=1)
        return intake.ListEpisodesResponse(episodes=[episode], next_page_token="" if number == 2 else str(number + 1))

    def GetEpisode(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        if request.site_id != "maple":
            context.abort(grpc.StatusCode.NOT_FOUND, "episode_id: there is no such episode")
        return intake.GetEpisodeResponse(episode=intake_events.Episode(site_id="maple", episode_id=request.episode_id))

    def ListSessions(self, request: Any, context: grpc.ServicerContext) -> Any:
        session = intake_events.Session(site_id="maple", episode_id=request.episode_id, session_id="se-1", status=1)
        return intake.ListSessionsResponse(sessions=[session])

    def GetTrajectory(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        found = scoring.GetTrajectoryResponse(site_id=request.site_id, episode_id=request.episode_id, waiting=2)
        offered = found.ideas.add(rupture_id="ru-1", heading="Ideas, not instructions")
        offered.ideas.add(
            strategy_id="ask-goals",
            phase_text="when you take it up",
            text="You might ask.",
            why="Because goals fell most.",
            source="[M] a study; unconfirmed",
        )
        offered.ideas.add(
            strategy_id="wait",
            phase_text="in later sessions",
            text="One possibility is to wait.",
            why="Because it fits most ruptures.",
            source="[S28] experts",
            source_confirmed=True,
        )
        series = found.series.add(
            client_id="cl-1", instrument_id="attune-checkin", scale_max=10, instrument_version="1"
        )
        series.ratings.add(session_id="se-1", value=9)
        outcome = found.series.add(client_id="cl-1", instrument_id="phq9", scale_max=27, instrument_version="1")
        outcome.ratings.add(session_id="se-1", value=16)
        outcome.ratings.add(session_id="se-2", value=9)
        outcome.outcome.CopyFrom(
            scoring.Outcome(
                intake=16,
                last=9,
                measurements=2,
                category=scoring.CHANGE_CATEGORY_RECOVERED,
                course=scoring.COURSE_NOT_ON_TRACK,
                expected=4.04,
                yellow=6,
                red=6.5,
                basis="Reliable change of 6.",
            )
        )
        return found

    def ListRuptures(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        rupture = {"site_id": request.site_id, "rupture_id": "ru-1", "episode_id": "ep-1", "opened_session_id": "se-5"}
        finding = ruptures.Finding(detector="ewma", detector_version="1")
        states = [ruptures.RUPTURE_STATUS_OPEN, ruptures.RUPTURE_STATUS_REPAIRED]
        found = [ruptures.Rupture(**rupture, status=status, findings=[finding]) for status in states]
        return scoring.ListRupturesResponse(ruptures=found)

    def DismissRupture(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        status = ruptures.RUPTURE_STATUS_DISMISSED
        return scoring.DismissRuptureResponse(rupture=ruptures.Rupture(rupture_id=request.rupture_id, status=status))

    def IssueRequest(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        answered = request.session_id == "se-answered"
        state = requests.REQUEST_STATE_ANSWERED if answered else requests.REQUEST_STATE_ISSUED
        asked = requests.FeedbackRequest(session_id=request.session_id, state=state)
        if answered:
            return feedback.IssueRequestResponse(request=asked)
        return feedback.IssueRequestResponse(request=asked, link="https://forms.example/f/secret", qr_svg="<svg/>")

    def SubmitResponse(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        if request.response.episode_id == "ep-refused":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "data.session_id: belongs to another episode. Check both.")
        return feedback.SubmitResponseResponse()

    def LoadInstrument(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        loaded = feedback.LoadedInstrument(
            instrument_id=request.instrument_id, instrument_version="1", edition=2, items=7, languages=["en", "es"]
        )
        return feedback.LoadInstrumentResponse(loaded=loaded)

    def RetireInstrument(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        retired = feedback.LoadedInstrument(instrument_id=request.instrument_id, instrument_version="1", edition=2)
        return feedback.RetireInstrumentResponse(retired=retired)

    def ListLoadedInstruments(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        loaded = feedback.LoadedInstrument(instrument_id="gad7", instrument_version="1", edition=1, licence="17")
        return feedback.ListLoadedInstrumentsResponse(loaded=[loaded])

    def ListRequests(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        states = [requests.REQUEST_STATE_ISSUED, requests.REQUEST_STATE_EXPIRED]
        asked = [requests.FeedbackRequest(session_id="se-1", client_id="cl-1", state=state) for state in states]
        return feedback.ListRequestsResponse(requests=asked)

    def ReadComments(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        shown = feedback.Comment(response_id="re-1", state=feedback.COMMENT_STATE_SHOWN, text="what I did not say")
        shown.visibility = clinic.VISIBILITY_THERAPIST_AND_SUPERVISOR
        held = feedback.Comment(response_id="re-2", state=feedback.COMMENT_STATE_WITHHELD)
        held.visibility = clinic.VISIBILITY_HELD
        return feedback.ReadCommentsResponse(comments=[shown, held])

    def SetVisibility(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return feedback.SetVisibilityResponse(visibility=request.visibility)

    def ForgetComments(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return feedback.ForgetCommentsResponse(forgotten=True)

    def RewrapKeys(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return feedback.RewrapKeysResponse(rewrapped=2)

    def ListAlerts(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        alert = alerts.Alert(site_id=request.site_id, alert_id="al-1", kind=1, status=1)
        return alerting.ListAlertsResponse(alerts=[alert])

    def GetAlert(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        found = alerting.GetAlertResponse(
            alert=alerts.Alert(site_id=request.site_id, alert_id=request.alert_id, kind=1)
        )
        if request.alert_id == "al-test":
            found.deliveries.add(person_id="first", channel=3, status=self.test_status, last_error="asked to fail")
            return found
        found.timeline.add(what="delivered", who="send", detail="first by email")
        found.deliveries.add(person_id="first", channel=1, status=3, attempts=1)
        found.rupture.explanation = "Tasks fell from 9 to 4."
        return found

    def AcknowledgeAlert(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        alert = alerts.Alert(site_id=request.site_id, alert_id=request.alert_id, acknowledged_by=request.person_id)
        return alerting.AcknowledgeAlertResponse(alert=alert)

    def SnoozeAlert(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        alert = alerts.Alert(site_id=request.site_id, alert_id=request.alert_id, snoozed_until=request.until)
        return alerting.SnoozeAlertResponse(alert=alert)

    def EscalateAlert(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return alerting.EscalateAlertResponse(alert=alerts.Alert(alert_id=request.alert_id))

    def ResendDelivery(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        delivery = alerting.Delivery(delivery_id="anew", person_id="first", channel=3, again=1)
        return alerting.ResendDeliveryResponse(delivery=delivery)

    def SendTestPage(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return alerting.SendTestPageResponse(alert_id="al-test")

    def CreateSilence(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return alerting.CreateSilenceResponse(silence=alerting.Silence(silence_id="si-1", ends_at=request.ends_at))

    def ChangeSilence(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return alerting.ChangeSilenceResponse(silence=alerting.Silence(silence_id="si-2", ends_at=request.ends_at))

    def EndSilence(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return alerting.EndSilenceResponse(silence=alerting.Silence(silence_id=request.silence_id))

    def ListSilences(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        silence = alerting.Silence(silence_id="si-1", scope="SILENCE_SCOPE_EPISODE", subject="ep-1", reason="known")
        return alerting.ListSilencesResponse(silences=[silence])

    def CloseAlert(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return alerting.CloseAlertResponse(alert=alerts.Alert(site_id=request.site_id, alert_id=request.alert_id))


@pytest.fixture
def fake() -> Iterator[tuple[Fake, str]]:
    """The server and its address."""
    servicer = Fake()
    server = grpc.server(ThreadPoolExecutor(2))
    intake_service_pb2_grpc.add_IntakeServiceServicer_to_server(servicer, server)
    feedback_service_pb2_grpc.add_FeedbackServiceServicer_to_server(servicer, server)
    scoring_service_pb2_grpc.add_ScoringServiceServicer_to_server(servicer, server)
    alerting_service_pb2_grpc.add_AlertingServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield servicer, f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture
def endpoints(tmp_path: Path, fake: tuple[Fake, str]) -> Path:
    """An endpoints file that names the server, with a token for everybody."""
    folder = tmp_path / ".attune"
    folder.mkdir()
    holders = [*SITES, "operator", "clinician-harbour", "supervisor-harbour"]
    for holder in holders:
        (folder / f"{holder}.token").write_text(f"token-of-{holder}")
    content = {
        "services": {name: {"grpc": fake[1]} for name in ("intake", "feedback", "scoring", "alerting")},
        "tokens": {holder: f".attune/{holder}.token" for holder in holders},
        "sites": list(SITES),
    }
    (folder / "endpoints.json").write_text(json.dumps(content))
    return folder / "endpoints.json"


@pytest.fixture
def run(endpoints: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """run("alerts", "list"): the command line with the endpoints file of this test."""
    monkeypatch.chdir(endpoints.parent.parent)

    def invoke(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, ["--endpoints", str(endpoints), *arguments], input=stdin)

    return invoke
