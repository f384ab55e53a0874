"""The declared topics on a real broker."""

import asyncio
import dataclasses
import uuid
from pathlib import Path

from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError

from services.runtime import topics

DECLARED = Path(__file__).parents[2] / "deploy" / "kafka" / "topics.yaml"


def _own() -> list[topics.Topic]:
    mark = uuid.uuid4().hex[:8]
    return [dataclasses.replace(topic, name=f"{mark}.{topic.name}") for topic in topics.load(DECLARED)]


async def test_apply_creates_what_is_missing_once_and_reports_what_differs(kafka: str) -> None:
    own = _own()
    assert len(await asyncio.to_thread(topics.missing, kafka, own)) == len(own)
    would = await asyncio.to_thread(lambda: topics.apply(kafka, own, dry_run=True))
    assert not any(change.applied for change in would)
    created = await asyncio.to_thread(topics.apply, kafka, own)
    assert [change.what for change in created] == ["topic"] * len(own)
    assert all(change.applied for change in created)
    assert await asyncio.to_thread(topics.apply, kafka, own) == []
    other = dataclasses.replace(own[0], partitions=8, config={**own[0].config, "retention.ms": "60000"})
    differences = await asyncio.to_thread(topics.apply, kafka, [other, *own[1:]])
    assert {(change.what, change.declared, change.applied) for change in differences} == {
        ("partitions", "8", False),
        ("retention.ms", "60000", False),
    }


async def test_an_event_that_is_too_large_is_refused_at_the_door_however_it_is_compressed(kafka: str) -> None:
    own = _own()
    ingress = next(topic for topic in own if topic.name.endswith("clinic.session-events.v1"))
    await asyncio.to_thread(topics.apply, kafka, [ingress])

    def send(compression: str | None) -> Exception | None:
        producer = KafkaProducer(
            bootstrap_servers=kafka, compression_type=compression, max_request_size=10_000_000, batch_size=0
        )
        try:
            producer.send(ingress.name, b"0" * 5_000_000, b"e-1").get(timeout=30)
        except MessageSizeTooLargeError as error:
            return error
        finally:
            producer.close()
        return None

    # Five megabytes of zeros are five kilobytes of gzip: without the topic's setting they would unpack in the consumer.
    for compression in (None, "gzip"):
        assert await asyncio.to_thread(send, compression)
