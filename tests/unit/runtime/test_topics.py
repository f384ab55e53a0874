"""The declaration of the topics, and what a wrong one is told."""

from pathlib import Path

import pytest

from services.runtime import topics

DECLARED = Path(__file__).parents[3] / "deploy" / "kafka" / "topics.yaml"
INGRESS = {"clinic.session-events.v1", "clinic.feedback-events.v1"}


def test_every_topic_has_the_same_partitions() -> None:
    declared = topics.load(DECLARED)
    assert {topic.partitions for topic in declared} == {4}
    assert {topic.name for topic in declared} > INGRESS


def test_each_service_has_dead_letters_that_hold_more_than_any_source() -> None:
    sizes = {topic.name: int(topic.config["max.message.bytes"]) for topic in topics.load(DECLARED)}
    letters = {topics.dead_letters_of(service) for service in ("intake", "feedback", "scoring", "alerting")}
    largest = max(size for name, size in sizes.items() if name not in letters)
    assert all(sizes[name] >= 2 * largest for name in letters)


def test_only_the_episodes_are_compacted() -> None:
    compacted = {topic.name for topic in topics.load(DECLARED) if topic.config["cleanup.policy"] == "compact"}
    assert compacted == {"intake.episodes.v1"}


def test_replication_is_overridden_with_what_must_be_in_sync() -> None:
    for replication, in_sync in ((1, "1"), (2, "1"), (3, "2")):
        declared = topics.load(DECLARED, replication=replication)
        assert {topic.replication for topic in declared} == {replication}
        assert {topic.config["min.insync.replicas"] for topic in declared} == {in_sync}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("topics: {", "while parsing"),
        ("topic: []", "needs a list named topics"),
        ("topics: [{partitions: 1}]", "needs a name"),
        ("topics: [{name: a, partitions: 1}]", "at least 1"),
        ("topics: [{name: a, partitions: 1, replication: 1, retention: 5}]", "unknown key retention"),
        ("topics: [{name: a, partitions: 1, replication: 1}, {name: a, partitions: 1, replication: 1}]", "twice"),
    ],
)
def test_a_wrong_file_is_told_why(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "topics.yaml"
    file.write_text(text)
    with pytest.raises(topics.TopicsFileError, match=says):
        topics.load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(topics.TopicsFileError, match="nowhere"):
        topics.load(tmp_path / "nowhere.yaml")
