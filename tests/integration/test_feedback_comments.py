"""A comment from the page to those who may read it, on the real broker and database, and nowhere else."""

import re
import uuid
from collections.abc import Iterator

import grpc
import httpx
import pymongo
import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.feedback.v1 import feedback_service_pb2 as api
from kafka import KafkaConsumer, TopicPartition

from services.dev.environment import Keys, service_environment
from services.dev.forms import feedback_settings
from services.dev.process import ServiceProcess
from tests.support.asking import SITE, Asked

WORDS = "Planted-Words-Of-A-Client"
NAME = "Wilhelmina Plantedname"
GOOD = {**{f"i{number}": "8.5" for number in range(1, 9)}, "i9": "0"}


@pytest.fixture(scope="module")
def prefix() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def service(
    topics_applied: str, mongo_uri: str, keys: Keys, prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("comments")
    extra = {"ATTUNE_PEER_ALERTING": "127.0.0.1:9", **feedback_settings(folder, "https://forms.invalid", [SITE])}
    environment = service_environment(
        "feedback", bootstrap=topics_applied, mongo_uri=mongo_uri, keys=keys, database_prefix=prefix, extra=extra
    )
    with ServiceProcess("feedback", environment, folder) as process:
        yield Asked(process, topics_applied, keys)


def refused(call: object, *arguments: object, **named: object) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **named)  # type: ignore[operator]
    code: grpc.StatusCode = caught.value.code()
    return code


def test_words_reach_those_who_may_read_them_and_nothing_else(service: Asked, mongo_uri: str, prefix: str) -> None:
    episode, client_id = f"ep-{uuid.uuid4().hex[:8]}", f"cl-{uuid.uuid4().hex[:8]}"
    service.episode(episode, therapist="th-ana", client_id=client_id)
    link = service.issued(episode, f"se-{uuid.uuid4().hex[:8]}").link
    token = link.rpartition("/")[2]
    page = f"{service.process.http}/f/{token}"
    ticket = re.search(r'name="ticket" value="([^"]+)"', httpx.get(page).text)
    assert ticket
    sent = {**GOOD, "comment": f"{WORDS} {NAME}", "visibility": "held", "ticket": ticket[1]}
    assert httpx.post(page, data=sent, follow_redirects=True).status_code == 200

    ask = api.ReadCommentsRequest(site_id=SITE, episode_id=episode)
    ana = {"scopes": ("read", "treat"), "subject": "th-ana"}
    carla = {"scopes": ("read", "supervise"), "subject": "carla"}
    (comment,) = service.call("ReadComments", ask, **ana).comments
    assert (comment.state, comment.text) == (api.COMMENT_STATE_WITHHELD, "")
    for scopes in (("read",), ("operate",), ("read", "act", "publish")):
        assert refused(service.call, "ReadComments", ask, scopes) is grpc.StatusCode.PERMISSION_DENIED
    stranger = {"scopes": ("read", "treat"), "subject": "th-ben"}
    assert refused(service.call, "ReadComments", ask, **stranger) is grpc.StatusCode.PERMISSION_DENIED

    responses = api.ListResponsesRequest(site_id=SITE, episode_id=episode)
    (response,) = service.call("ListResponses", responses, ("operate",)).responses
    assert (response.withheld, len(response.answers)) == (True, 0)
    release = api.SetVisibilityRequest(
        site_id=SITE, response_id=comment.response_id, visibility=clinic.VISIBILITY_THERAPIST_AND_SUPERVISOR
    )
    assert refused(service.call, "SetVisibility", release, **carla) is grpc.StatusCode.PERMISSION_DENIED
    service.call("SetVisibility", release, **ana)
    (response,) = service.call("ListResponses", responses, **carla).responses
    assert (response.withheld, len(response.answers)) == (False, 9)
    for who in (ana, carla):
        (comment,) = service.call("ReadComments", ask, **who).comments
        assert comment.text == f"{WORDS} {NAME}"

    database: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(mongo_uri)
    with database:
        trail = list(database[f"{prefix}_feedback"]["audit"].find({"site_id": SITE}))
        read = [each for each in trail if each["action"] == "ReadComment"]
        assert [each["who"] for each in read] == ["th-ana", "carla"]
        denied = [
            each["who"]
            for each in trail
            if each["action"] == "rpc ReadComments" and each["outcome"] == "PERMISSION_DENIED"
        ]
        assert denied == ["clinic", "clinic", "clinic", "th-ben"]
        whole = "".join(
            repr(document)
            for name in database[f"{prefix}_feedback"].list_collection_names()
            for document in database[f"{prefix}_feedback"][name].find()
        )
    assert WORDS not in whole
    assert NAME not in whole
    assert token not in whole

    forget = api.ForgetCommentsRequest(site_id=SITE, client_id=client_id)
    assert refused(service.call, "ForgetComments", forget, **ana) is grpc.StatusCode.PERMISSION_DENIED
    assert service.call("ForgetComments", forget, ("operate",)).forgotten
    (comment,) = service.call("ReadComments", ask, **ana).comments
    assert (comment.state, comment.text) == (api.COMMENT_STATE_FORGOTTEN, "")

    outside = service.process.log_file.read_text() + httpx.get(f"{service.process.http}/metrics").text
    outside += everything(service.bootstrap, "feedback.responses.v1", "feedback.requests.v1")
    for planted in (WORDS, NAME, token):
        assert planted not in outside
    assert client_id not in service.process.log_file.read_text()


def everything(bootstrap: str, *topics: str) -> str:
    """All records of some topics, headers and keys included, as text."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    try:
        parts = [TopicPartition(topic, each) for topic in topics for each in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        text = ""
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=500).values():
                text += "".join(repr((each.key, each.value, each.headers)) for each in records)
        assert text
        return text
    finally:
        consumer.close()
