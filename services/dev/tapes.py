"""Reads Attune's own topics from the beginning, for the checker: which revision of which aggregate came when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from attune.alerting.v1 import events_pb2 as alerting
from attune.feedback.v1 import events_pb2 as feedback
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import events_pb2 as scoring
from attune.scoring.v1 import summaries_pb2 as summaries
from kafka import KafkaConsumer, TopicPartition

from services.dev.observed import Published

# Message, and the fields that name the aggregate within its site.
_SHAPES: Mapping[str, tuple[Any, tuple[str, ...]]] = MappingProxyType(
    {
        "intake.episodes.v1": (intake.Episode, ("episode_id",)),
        "intake.sessions.v1": (intake.Session, ("session_id",)),
        "feedback.responses.v1": (feedback.Response, ("response_id",)),
        "scoring.scores.v1": (scoring.Score, ("response_id",)),
        "scoring.alliance-ruptures.v1": (scoring.Rupture, ("rupture_id",)),
        "scoring.caseload-patterns.v1": (summaries.CaseloadPattern, ("therapist_id",)),
        "alerting.alerts.v1": (alerting.Alert, ("alert_id",)),
    }
)


def read_published(bootstrap: str, topics: Sequence[str]) -> Iterator[Published]:
    """Every event on these topics up to their ends of now."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    try:
        partitions = [
            TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic) or ()
        ]
        first, end = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
        unread = {each for each in partitions if first[each] < end[each]}
        consumer.assign(sorted(unread))
        consumer.seek_to_beginning()
        while unread:
            for records in consumer.poll(timeout_ms=1_000).values():
                for record in records:
                    yield _published(record)
            unread = {each for each in unread if consumer.position(each) < end[each]}
    finally:
        consumer.close()


def _published(record: Any) -> Published:
    kind, names = _SHAPES[record.topic]
    message = kind.FromString(record.value)
    headers = {name: value.decode() for name, value in record.headers}
    aggregate = "/".join([message.site_id, *(getattr(message, name) for name in names)])
    return Published(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        event_id=headers.get("ce_id", ""),
        type=headers.get("ce_type", ""),
        aggregate=aggregate,
        revision=int(message.revision),
    )
