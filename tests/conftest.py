"""Fixtures on the real broker and database, started by the first test that asks for them and stopped at the end."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pymongo
import pytest

from services.dev.environment import TOPICS_FILE, Keys, service_environment
from services.dev.kafka import Kafka
from services.dev.mongo import Mongo
from services.dev.process import free_port as choose_free_port

ServiceEnvironment = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def run_dir() -> Iterator[Path]:
    """A directory of this test run, removed at its end."""
    directory = Path(tempfile.mkdtemp(prefix="attune-tests-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def kafka_broker(run_dir: Path) -> Iterator[Kafka]:
    """Apache Kafka: kill(), start(), restart() keep port and data. A test that stops it must start it again."""
    broker = Kafka(run_dir / "kafka")
    with broker:
        yield broker


@pytest.fixture(scope="session")
def kafka(kafka_broker: Kafka) -> str:
    """The broker's bootstrap address."""
    return kafka_broker.bootstrap


@pytest.fixture(scope="session")
def mongo_server(run_dir: Path) -> Iterator[Mongo]:
    """The database, syncing every commit, so that tests may kill() it. A test that stops it must start it again."""
    server = Mongo(run_dir / "mongo")
    with server:
        yield server


@pytest.fixture(scope="session")
def mongo_uri(mongo_server: Mongo) -> str:
    """The database's URI."""
    return mongo_server.uri


@pytest.fixture
def mongo_prefix(mongo_uri: str) -> Iterator[str]:
    """A database name prefix of this test alone; its databases are dropped afterwards."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    yield prefix
    with pymongo.MongoClient(mongo_uri, timeoutMS=20_000) as client:  # type: pymongo.MongoClient[dict[str, object]]
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)


@pytest.fixture
def site_id() -> str:
    """A site of this test alone: topics are shared by all tests of a run."""
    return f"site-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def free_port() -> int:
    """A loopback port that nothing listens on."""
    return choose_free_port()


@pytest.fixture(scope="session")
def topics_applied(kafka: str) -> str:
    """Every declared topic exists on the broker; gives the bootstrap address."""
    from services.runtime import topics

    topics.apply(kafka, topics.load(TOPICS_FILE))
    return kafka


@pytest.fixture(scope="session")
def keys(run_dir: Path) -> Keys:
    """A key pair: .public, .private, .token(subject, sites, scopes), .token_file(name, sites, scopes)."""
    return Keys(run_dir / "keys")


@pytest.fixture
def service_env(kafka: str, mongo_uri: str, mongo_prefix: str, keys: Keys) -> ServiceEnvironment:
    """service_env(name, peers={...}, **extra): environment of a service on this run's broker and this test's database.

    For services.dev.process.ServiceProcess, and for Settings.load() in this process.
    """

    def environment(name: str, peers: dict[str, str] | None = None, **extra: str) -> dict[str, str]:
        return service_environment(
            name,
            bootstrap=kafka,
            mongo_uri=mongo_uri,
            keys=keys,
            database_prefix=mongo_prefix,
            peers=peers,
            extra=extra,
        )

    return environment
