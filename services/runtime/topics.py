"""The topics, declared once in deploy/kafka/topics.yaml; applied to a cluster and compared with it."""

import contextlib
import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

from services.runtime.errors import Transient

_KEYS = frozenset({"name", "partitions", "replication", "config", "purpose"})

# Until every broker lists a new topic; a broker that takes longer is ill.
_VISIBLE_SECONDS = 30.0


class TopicsFileError(Exception):
    """The topics file cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One declared topic. ``config`` holds Kafka's own names and values, as text."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str] = field(default_factory=dict)
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the declaration and the cluster. ``applied`` tells whether it was put right."""

    topic: str
    what: str
    declared: str
    actual: str
    applied: bool

    def __str__(self) -> str:
        outcome = "done" if self.applied else "differs"
        return f"{self.topic}: {self.what}: declared {self.declared}, was {self.actual} ({outcome})"


def load(path: Path, *, replication: int | None = None) -> list[Topic]:
    """Read the declaration. ``replication`` overrides every topic's factor.

    min.insync.replicas follows it, one below: with three, a confirmed event survives the loss of a broker, and one
    broker may be away without stopping anybody.
    """
    try:
        document = yaml.safe_load(Path(path).read_text())
    except (OSError, yaml.YAMLError) as error:
        raise TopicsFileError(f"{path}: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("topics"), list):
        raise TopicsFileError(f"{path}: needs a list named topics")
    defaults = document.get("defaults") or {}
    topics = [_topic(path, item, defaults, replication) for item in document["topics"]]
    names = [topic.name for topic in topics]
    for name in names:
        if names.count(name) > 1:
            raise TopicsFileError(f"{path}: {name} is declared twice")
    return topics


def apply(bootstrap: str, topics: Sequence[Topic], *, dry_run: bool = False) -> list[Change]:
    """Create what is missing and return every difference, created or not.

    An existing topic is never altered: changing partitions breaks the order of keys, and a shorter retention deletes
    data, so a person decides about those.
    """
    admin = KafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id="attune-topics")
    try:
        existing = set(admin.list_topics())
        changes = [_created(admin, topic, dry_run) for topic in topics if topic.name not in existing]
        changes += _differences(admin, [topic for topic in topics if topic.name in existing])
        _await_visible(admin, {change.topic for change in changes if change.applied})
    finally:
        admin.close()
    return changes


def _await_visible(admin: KafkaAdminClient, created: set[str]) -> None:
    """Return when the broker lists the new topics: it confirms a creation before its metadata has caught up."""
    deadline = time.monotonic() + _VISIBLE_SECONDS
    while unseen := created - set(admin.list_topics()):
        if time.monotonic() > deadline:
            raise Transient(
                f"kafka: created, but not listed after {_VISIBLE_SECONDS:.0f} s: {', '.join(sorted(unseen))}"
            )
        time.sleep(0.05)


def missing(bootstrap: str, topics: Sequence[Topic]) -> list[str]:
    """Return the names of declared topics that the cluster does not have."""
    return [change.topic for change in apply(bootstrap, topics, dry_run=True) if change.actual == "absent"]


def dead_letters_of(service: str) -> str:
    """Name a service's dead-letter topic."""
    return f"{service}.dead-letters.v1"


def _topic(path: Path, item: Any, defaults: Mapping[str, Any], replication: int | None) -> Topic:
    if not isinstance(item, dict) or not item.get("name"):
        raise TopicsFileError(f"{path}: every topic needs a name")
    unknown = sorted((set(item) | set(defaults)) - _KEYS)
    if unknown:
        raise TopicsFileError(f"{path}: {item['name']}: unknown key {unknown[0]}; known: {', '.join(sorted(_KEYS))}")
    merged = {**defaults, **item}
    config = {**(defaults.get("config") or {}), **(item.get("config") or {})}
    topic = Topic(
        name=str(item["name"]),
        partitions=int(merged.get("partitions", 0)),
        replication=int(merged.get("replication", 0)),
        config={str(name): _text(value) for name, value in sorted(config.items())},
        purpose=str(merged.get("purpose", "")),
    )
    if topic.partitions < 1 or topic.replication < 1:
        raise TopicsFileError(f"{path}: {topic.name}: partitions and replication must be at least 1")
    return topic if replication is None else _replicated(topic, replication)


def _replicated(topic: Topic, replication: int) -> Topic:
    if replication < 1:
        raise TopicsFileError(f"replication must be at least 1, not {replication}")
    config = {**topic.config, "min.insync.replicas": str(max(1, replication - 1))}
    return dataclasses.replace(topic, replication=replication, config=config)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _created(admin: KafkaAdminClient, topic: Topic, dry_run: bool) -> Change:
    if not dry_run:
        new = NewTopic(
            name=topic.name,
            num_partitions=topic.partitions,
            replication_factor=topic.replication,
            topic_configs=dict(topic.config),
        )
        # That another process applied the same declaration at the same time is the wanted end, too.
        with contextlib.suppress(TopicAlreadyExistsError):
            admin.create_topics([new], timeout_ms=30_000)
    return Change(topic.name, "topic", f"{topic.partitions} partitions", "absent", applied=not dry_run)


def _differences(admin: KafkaAdminClient, topics: Sequence[Topic]) -> list[Change]:
    if not topics:
        return []
    names = [topic.name for topic in topics]
    partitions = {found["name"]: found["partitions"] for found in admin.describe_topics(names)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs = admin.describe_configs(resources, config_filter="all")["topic"]
    changes = []
    for topic in topics:
        replicas = min((len(partition["replica_nodes"]) for partition in partitions[topic.name]), default=0)
        actual = {name: str(entry["value"]) for name, entry in configs[topic.name].items()}
        pairs = [
            ("partitions", str(topic.partitions), str(len(partitions[topic.name]))),
            ("replication", str(topic.replication), str(replicas)),
            *((name, value, actual.get(name, "unset")) for name, value in topic.config.items()),
        ]
        changes += [Change(topic.name, what, want, have, applied=False) for what, want, have in pairs if want != have]
    return changes
