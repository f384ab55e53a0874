"""How long a producer that is stuck may hold up the publisher."""

import socket
import time
from typing import Any

import pytest
from kafka.errors import KafkaConnectionError, KafkaTimeoutError, UnknownTopicOrPartitionError

from services.runtime.bus import sender as senders
from services.runtime.bus.sender import NotTried, Outgoing, Sender

RECORDS = [Outgoing("topic", b"key", str(number).encode()) for number in range(10)]


class Stuck:
    """A future that is never done."""

    def get(self, timeout: float) -> None:
        time.sleep(timeout)
        raise KafkaTimeoutError


@pytest.fixture
def silent_broker() -> Any:
    """Accepts connections and never answers, as a broker that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


async def test_all_records_of_a_stuck_producer_share_one_limit(
    silent_broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "_DELIVERY_MS", 200)
    monkeypatch.setattr(senders, "_REQUEST_MS", 100)
    sender = Sender(silent_broker, "test")
    sender._producer = object()  # type: ignore[assignment]  # not asked anything before it is thrown away
    monkeypatch.setattr(sender, "_start_all", lambda producer, records: [Stuck() for _ in records])
    monkeypatch.setattr(sender, "_discard", lambda: None)
    began = time.monotonic()
    outcomes = await sender.send(RECORDS)
    assert all(isinstance(outcome, KafkaTimeoutError) for outcome in outcomes)
    assert time.monotonic() - began < 1.0  # ten times 0.3 s would be three


async def test_once_kafka_is_away_nothing_else_is_tried_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def attempt(records: list[Outgoing]) -> list[Exception | None]:
        tried.append(len(records))
        if len(records) > 1:
            return [UnknownTopicOrPartitionError() for _ in records]
        return [None if len(tried) == 2 else KafkaConnectionError()]

    sender = Sender("127.0.0.1:1", "test")
    monkeypatch.setattr(sender, "_try", attempt)
    outcomes = await sender.send(RECORDS)
    assert tried == [10, 1, 1]
    assert outcomes[0] is None
    assert isinstance(outcomes[1], KafkaConnectionError)
    assert all(isinstance(outcome, NotTried) for outcome in outcomes[2:])
