"""Whether anything that clients sent got where it does not belong: every log, metric, topic and message is searched."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx
from kafka import KafkaConsumer, TopicPartition

from services.dev.environment import TOPICS_FILE
from services.dev.stack import Stack
from services.runtime import topics


def leaks(stack: Stack, links: Sequence[str]) -> list[str]:
    """Where a link's secret, a client's words or, outside the topics, a pseudonym has got to.

    The names of logs and topics are listed, not what was found.
    """
    logs = {name: service.log_file.read_text() for name, service in stack.services.items()}
    for name, service in stack.services.items():
        logs[f"metrics of {name}"] = httpx.get(f"{service.http}/metrics", trust_env=False, timeout=10).text
    logs["messages"] = httpx.get(stack.endpoints["gateways"]["records"], trust_env=False, timeout=10).text
    names = [each.name for each in topics.load(TOPICS_FILE)]
    wire = "".join(repr((each.key, each.value, each.headers)) for each in records(stack.kafka.bootstrap, names))
    assert all(logs.values()), "a log is empty, so nothing was searched"
    assert wire, "the topics are empty, so nothing was searched"
    secrets = [link.rpartition("/")[2] for link in links]
    found = [f"{name}: a pseudonym" for name, text in logs.items() if "cl-ep-" in text]
    for name, text in {**logs, "topics": wire}.items():
        found += [f"{name}: a client's words"] if "words of " in text else []
        found += [f"{name}: the secret of a link"] if any(secret in text for secret in secrets) else []
    return found


def records(bootstrap: str, names: Iterable[str]) -> Iterator[Any]:
    """Every record that is on these topics now."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    try:
        parts = [TopicPartition(name, number) for name in names for number in consumer.partitions_for_topic(name) or ()]
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=500).values():
                yield from records
    finally:
        consumer.close()
