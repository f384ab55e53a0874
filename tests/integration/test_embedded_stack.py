"""The embedded broker and database keep what they acknowledged, and their address, through crashes."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pymongo
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import MessageSizeTooLargeError
from pymongo.write_concern import WriteConcern

from services.dev import process
from services.dev.kafka import Kafka
from services.dev.mongo import Mongo
from services.dev.process import Child, StartFailed, free_port, kept_ports


@pytest.fixture
def topic(kafka: str) -> str:
    name = f"stack-test.{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    admin.close()
    return name


def read_all(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000)
    consumer.assign([TopicPartition(topic, 0)])
    values = []
    for record in consumer:
        values.append(record.value)
        if len(values) == count:
            break
    consumer.close()
    return values


@pytest.mark.parametrize("ending", ["kill", "stop"])
def test_broker_keeps_acknowledged_records_and_its_address(kafka_broker: Kafka, topic: str, ending: str) -> None:
    bootstrap = kafka_broker.bootstrap
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    sent = [f"{n}".encode() for n in range(200)]
    for future in [producer.send(topic, value) for value in sent]:
        future.get(timeout=20)
    producer.close()

    getattr(kafka_broker, ending)()
    assert not kafka_broker.running
    kafka_broker.start()

    assert kafka_broker.bootstrap == bootstrap
    assert read_all(bootstrap, topic, len(sent)) == sent


def test_broker_refuses_five_megabytes_clearly(kafka: str, topic: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", max_request_size=10_000_000)
    with pytest.raises(MessageSizeTooLargeError):
        producer.send(topic, b"x" * 5_000_000).get(timeout=20)
    producer.close()


def test_no_topic_is_made_by_a_mistyped_name(kafka: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka, max_block_ms=1500)
    with pytest.raises(Exception, match=r"(?i)metadata|unknown"):
        producer.send("no.such.topic", b"x").get(timeout=10)
    producer.close()


def test_database_keeps_acknowledged_documents_after_a_crash(mongo_server: Mongo, mongo_prefix: str) -> None:
    with pymongo.MongoClient(mongo_server.uri, timeoutMS=20_000) as client:
        assert client.admin.command("hello")["setName"] == "secantus"
        collection = client[f"{mongo_prefix}_stack"].get_collection(
            "kept", write_concern=WriteConcern(w="majority", j=True)
        )
        for n in range(100):
            collection.insert_one({"_id": n})
        mongo_server.kill()
        mongo_server.start()
        assert sorted(document["_id"] for document in collection.find()) == list(range(100))


def test_ports_are_kept_and_replaced_only_when_taken(tmp_path: Path) -> None:
    import socket

    first = kept_ports(tmp_path / "ports.json", ["a", "b"])
    assert kept_ports(tmp_path / "ports.json", ["a", "b"]) == first
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first["a"]))
        taken.listen()
        second = kept_ports(tmp_path / "ports.json", ["a", "b"])
    assert second["a"] != first["a"]
    assert second["b"] == first["b"]


def test_ports_that_are_not_bound_yet_are_not_given_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = next(port for port in range(process.PORT_RANGE[0], process.PORT_RANGE[1]) if process.is_free(port))
    monkeypatch.setattr(process, "PORT_RANGE", (free, free + 4))
    monkeypatch.setattr(process, "is_free", lambda port: True)
    monkeypatch.setattr(process, "_given", set())
    kept = kept_ports(tmp_path / "one.json", ["a", "b"])
    others = kept_ports(tmp_path / "two.json", ["c", "d"])
    assert len({*kept.values(), *others.values()}) == 4
    with pytest.raises(StartFailed, match="no free port"):
        free_port()


class Broken(Child):
    def command(self) -> list[str]:
        return [sys.executable, "-c", "import sys; sys.exit('the disk is full')"]

    def is_ready(self) -> bool:
        return False


def test_a_server_that_ends_while_starting_says_why(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="ended with code 1 while starting:\nthe disk is full"):
        Broken("broken", tmp_path / "broken.log").start()


PARENT = """
import sys, threading
from pathlib import Path
from services.dev.mongo import Mongo
server = Mongo(Path(sys.argv[1]), int(sys.argv[2]), sync_on_commit=False)
starter = threading.Thread(target=server.start)  # the child must outlive the thread that asked for it
starter.start()
starter.join()
print(server.pid, flush=True)
sys.stdin.read()
"""


def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(free_port())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.3)  # were it bound to the thread, the signal would have come by now
        assert child.is_running()
        assert child.status() != psutil.STATUS_ZOMBIE
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
