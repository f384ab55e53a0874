"""Latency from a clinic's publish to the clinician's webhook, against bare clients over as many hops."""

import itertools
import json
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import confluent_kafka
import httpx
from confluent_kafka.admin import AdminClient, NewTopic

from services.dev.observe import Observer
from services.dev.quiesce import wait_for_rest
from services.dev.stack import Stack
from tests.bench.load import SITE, Publisher, beginnings, courses

RATE = 20.0  # events a second
HOPS = ("bench.hop-1", "bench.hop-2", "bench.hop-3")  # clinic -> feedback -> scoring -> alerting
WAIT_SECONDS = 120.0
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    p50: float
    p99: float
    count: int


def summary(milliseconds: Sequence[float]) -> Latency:
    """Nearest-rank percentiles."""
    ordered = sorted(milliseconds)
    rank = max(0, -(-99 * len(ordered) // 100) - 1)
    return Latency(ordered[(len(ordered) - 1) // 2], ordered[rank], len(ordered))


def measure(stack: Stack, observer: Observer, token: str, count: int) -> tuple[Latency, Latency]:
    """(Attune, floor), one after the other in the same run on the same broker and the same receiver."""
    attune = _attune(stack, observer, token, count)
    floor = _floor(stack, count)
    return attune, floor


def _attune(stack: Stack, observer: Observer, token: str, count: int) -> Latency:
    run = f"l{int(time.time())}"
    everyone = courses(run, count)
    publisher = Publisher(stack.kafka.bootstrap, token)
    publisher.send_all(beginnings(everyone))
    wait_for_rest(observer, [SITE], WAIT_SECONDS, lambda _: None, taken=False)
    before = max((int(record["n"]) for record in observer.records(0)), default=0)
    sent: dict[str, float] = {}
    for course in _paced(everyone):
        sent[course.episode_id] = time.time()
        publisher.send(course.submitted())
    publisher.flush()
    wait_for_rest(observer, [SITE], WAIT_SECONDS, lambda _: None, taken=False)
    deadline = time.monotonic() + WAIT_SECONDS
    while len(arrived := _arrivals(observer, before, sent)) < count and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)  # pages are sent after their events are settled
    if len(arrived) != count:
        raise RuntimeError(f"{count} published, {len(arrived)} told by webhook: the measurement is incomplete")
    return summary([(arrived[episode] - at) * 1000 for episode, at in sent.items()])


def _arrivals(observer: Observer, after: int, episodes: Iterable[str]) -> dict[str, float]:
    """When the webhook that told of each episode arrived, as seconds since the epoch; one may tell of several."""
    messages: dict[str, float] = {}
    for record in observer.records(after):
        if record["channel"] == "webhook":
            messages.setdefault(record["headers"]["attune-delivery"], datetime.fromisoformat(record["at"]).timestamp())
    told: dict[str, float] = {}
    for alert in observer.seen(SITE, episodes):
        for page in alert.pages:
            if page.delivery_id in messages:
                told[alert.episode] = min(messages[page.delivery_id], told.get(alert.episode, float("inf")))
    return told


def _paced(items: Sequence[Any]) -> Any:
    begun = time.monotonic()
    for number, item in enumerate(items):
        pause = begun + number / RATE - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        yield item


def _floor(stack: Stack, count: int) -> Latency:
    """The same number of Kafka hops with bare clients in threads, and one HTTP POST."""
    bootstrap = stack.kafka.bootstrap
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(name, 4, 1) for name in HOPS]).values():
        future.result(30)
    sms = str(stack.endpoints["gateways"]["sms"])
    stopping = threading.Event()
    took: list[float] = []
    relays = [
        threading.Thread(target=_relay, args=(bootstrap, here, there, stopping))
        for here, there in itertools.pairwise(HOPS)
    ]
    last = threading.Thread(target=_deliver, args=(bootstrap, HOPS[-1], sms, took, stopping))
    for thread in [*relays, last]:
        thread.start()
    try:
        producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
        warm = 20
        for number in _paced(range(count + warm)):
            producer.produce(HOPS[0], key=str(number), value=json.dumps({"n": number, "at": time.time()}))
            producer.poll(0)
        producer.flush(30)
        deadline = time.monotonic() + WAIT_SECONDS
        while len(took) < count + warm and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        stopping.set()
        for thread in [*relays, last]:
            thread.join()
        for future in admin.delete_topics(list(HOPS)).values():
            future.result(30)
    if len(took) < count + warm:
        raise RuntimeError(f"the floor lost events: {len(took)} of {count + warm}")
    # The first ones wait for the consumers to join.
    return summary(took[warm:])


def _consumer(bootstrap: str, topic: str) -> confluent_kafka.Consumer:
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"bench.{topic}",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 500,
        }
    )
    consumer.subscribe([topic])
    return consumer


def _relay(bootstrap: str, here: str, there: str, stopping: threading.Event) -> None:
    consumer, producer = (
        _consumer(bootstrap, here),
        confluent_kafka.Producer({"bootstrap.servers": bootstrap, "linger.ms": 0}),
    )
    while not stopping.is_set():
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            producer.produce(there, key=message.key(), value=message.value())
        producer.poll(0)
    producer.flush(10)
    consumer.close()


def _deliver(bootstrap: str, topic: str, url: str, took: list[float], stopping: threading.Event) -> None:
    consumer = _consumer(bootstrap, topic)
    with httpx.Client(trust_env=False) as client:
        while not stopping.is_set():
            message = consumer.poll(0.2)
            if message is None or message.error() is not None:
                continue
            sent = json.loads(message.value())
            client.post(url, json={"to": "bench", "text": str(sent["n"])}).raise_for_status()
            took.append((time.time() - sent["at"]) * 1000)
    consumer.close()
