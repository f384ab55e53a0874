"""Requests for feedback on the real broker and database: caused by intake and by gRPC, told on the topic."""

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from attune.clinic.v1 import feedback_events_pb2 as feedback_events
from attune.feedback.v1 import events_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2 as api

from services.dev.environment import Keys, service_environment
from services.dev.forms import feedback_settings
from services.dev.process import ServiceProcess
from services.feedback import questionnaire_documents, store
from services.feedback.domain.requests import GRACE, Care, Session, State, Visibility
from services.feedback.languages import known_languages
from services.feedback.links import Links
from services.feedback.questionnaires import Questionnaires
from services.feedback.requests import Requests
from services.feedback.sites import load
from services.runtime.clock import ManualClock
from services.runtime.metrics import Metrics
from services.runtime.store import Store
from tests.support import questionnaires as made
from tests.support.asking import SITE, Asked, until
from tests.support.runtime import settings_on


@pytest.fixture(scope="module")
def service(
    topics_applied: str, mongo_uri: str, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("asking")
    environment = service_environment(
        "feedback",
        bootstrap=topics_applied,
        mongo_uri=mongo_uri,
        keys=keys,
        database_prefix=f"t{uuid.uuid4().hex[:12]}",
        extra={"ATTUNE_PEER_ALERTING": "127.0.0.1:9", **feedback_settings(folder, "https://forms.invalid", [SITE])},
    )
    with ServiceProcess("feedback", environment, folder) as process:
        yield Asked(process, topics_applied, keys)


def test_a_session_asks_and_consent_taken_back_withdraws(service: Asked) -> None:
    episode = f"ep-{uuid.uuid4().hex[:8]}"
    service.session(episode, "se-1")  # before its episode
    service.episode(episode)
    (request,) = until(lambda: service.requests(episode))
    assert (request.session_id, request.client_id, request.state) == ("se-1", "cl-1", feedback.REQUEST_STATE_ISSUED)
    service.episode(episode, revision=2, monitoring=False)
    assert service.told(episode, 2) == ["issued", "withdrawn"]
    until(lambda: service.requests(episode)[0].state == feedback.REQUEST_STATE_WITHDRAWN)


def test_the_clinic_gets_the_link_and_its_own_answer_ends_the_request(service: Asked) -> None:
    episode, session = f"ep-{uuid.uuid4().hex[:8]}", f"se-{uuid.uuid4().hex[:8]}"
    service.episode(episode)
    ask = api.IssueRequestRequest(site_id=SITE, episode_id=episode, session_id=session, language="es")

    first = service.issued(episode, session, "es")
    assert first.link.startswith("https://forms.invalid/f/")
    assert service.call("IssueRequest", ask) == first
    with pytest.raises(grpc.RpcError) as refused:
        service.call("IssueRequest", ask, scopes=("read",))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED

    response = api.SubmitResponseRequest(site_id=SITE)
    form = response.response
    form.response_id, form.episode_id, form.session_id, form.client_id = "re-1", episode, session, "cl-1"
    form.instrument_id, form.instrument_version, form.revision = "attune-checkin", "1", 1
    form.answers.add(item=1, value=7.5)
    form.submitted_at.GetCurrentTime()
    service.call("SubmitResponse", response)
    (request,) = service.requests(episode)
    assert (request.state, request.language) == (feedback.REQUEST_STATE_ANSWERED, "es")
    assert service.call("IssueRequest", ask).link == ""
    log = service.process.log_file.read_text()
    assert first.link.rpartition("/")[2] not in log


def test_a_wording_is_loaded_asked_with_and_retired(service: Asked) -> None:
    load = api.LoadInstrumentRequest(
        site_id=SITE, instrument_id="gad7", questionnaire=made.text(made.choices()), licence=made.LICENCE
    )
    with pytest.raises(grpc.RpcError) as refused:
        service.call("LoadInstrument", load)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    first = service.call("LoadInstrument", load, scopes=("operate",)).loaded
    assert service.call("LoadInstrument", load, scopes=("operate",)).loaded == first
    assert (first.edition, first.items, list(first.languages), first.loaded_by) == (1, 7, ["en", "es"], "clinic")
    with pytest.raises(grpc.RpcError) as unlicensed:
        service.call("LoadInstrument", api.LoadInstrumentRequest(site_id=SITE, instrument_id="gad7"), ("operate",))
    assert unlicensed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert str(unlicensed.value.details()).startswith("licence: is missing")

    episode = f"ep-{uuid.uuid4().hex[:8]}"
    service.episode(episode)
    service.issued(episode, "se-1")
    named = api.IssueRequestRequest(site_id=SITE, episode_id=episode, session_id="se-1", instrument_id="gad7")
    issued = service.call("IssueRequest", named).request
    assert (issued.instrument_id, issued.instrument_version) == ("gad7", "1")
    named.rater, named.instrument_id = feedback_events.RATER_THERAPIST, ""
    therapist = service.call("IssueRequest", named).request
    assert [each.instrument_id for each in therapist.also] == ["attune-session-notes"]
    assert len({each.request_id for each in service.requests(episode)}) == 3

    retire = api.RetireInstrumentRequest(site_id=SITE, instrument_id="gad7", reason="the agreement ended")
    assert service.call("RetireInstrument", retire, scopes=("operate",)).retired.HasField("retired_at")
    (listed,) = service.call("ListLoadedInstruments", api.ListLoadedInstrumentsRequest(site_id=SITE)).loaded
    assert listed.retired_reason == "the agreement ended"
    named.rater, named.instrument_id, named.session_id = feedback_events.RATER_UNSPECIFIED, "gad7", "se-2"
    with pytest.raises(grpc.RpcError) as retired:
        service.call("IssueRequest", named)
    assert retired.value.code() is grpc.StatusCode.FAILED_PRECONDITION


@pytest.fixture
async def on_mongo(
    mongo_uri: str, mongo_prefix: str, keys: Keys, tmp_path: Path
) -> AsyncIterator[tuple[Requests, ManualClock, Store]]:
    settings = settings_on(mongo_uri, mongo_prefix, keys)
    opened = await Store.open(settings, "feedback")
    clock = ManualClock(datetime.now(UTC))
    feedback_settings(tmp_path, "https://forms.invalid", [SITE])
    sites = load(tmp_path / "feedback.yaml", known_languages())
    links = Links("https://forms.invalid", b"k" * 32)
    askings, responses = store.askings(opened), store.responses(opened)
    await opened.ensure_indexes()
    in_use = Questionnaires(questionnaire_documents.questionnaires(opened), clock).in_use
    yield Requests(askings, responses, sites, links, clock, Metrics("feedback"), in_use), clock, opened
    await opened.close()


async def test_links_and_silences_are_found_by_their_indexes(
    on_mongo: tuple[Requests, ManualClock, Store],
) -> None:
    requests, clock, _ = on_mongo
    links = Links("https://forms.invalid", b"k" * 32)
    for number in range(3):
        care = Care(1, monitoring=True, visibility=Visibility.HELD, client_ids=("cl-1", "cl-2"))
        await requests.take_care(SITE, f"ep-{number}", care)
        await requests.take_session(SITE, f"ep-{number}", Session("se-1", 1, held=True, scheduled_at=clock.now()))
    first, second = await requests.list(SITE, "ep-1")
    for request in (first, second):
        opened = await requests.open(links.token(request.request_id))
        assert (opened.asking.episode_id, opened.request) == ("ep-1", request)
    clock.advance(timedelta(days=3) + GRACE)
    assert await requests.expire(2) == 2
    assert await requests.expire(2) == 1
    assert await requests.expire(2) == 0
    assert {each.state for each in await requests.list(SITE, "ep-2")} == {State.EXPIRED}
