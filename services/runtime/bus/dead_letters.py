"""Records that can never be accepted: kept with place and reason, listed, and brought back after a fix.

A dead letter's value and key are the original's bytes; its headers are the original's (without the authorization, which
is a secret) and ``attune_dl_*``. Replaying sends the original again to where it came from, under the operator's
authority. That is safe any number of times, because handlers know an event by its id.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from services import __version__
from services.runtime.bus.sender import OWN_FAULTS, Outgoing, Sender
from services.runtime.clock import Clock
from services.runtime.errors import Permanent, Transient
from services.runtime.events import format_time, parse_time
from services.runtime.topics import dead_letters_of

AUTHORIZATION = "authorization"
PREFIX = "attune_dl_"
REPLAY = "attune_replay"
REPLAY_ATTEMPT = "attune_replay_attempt"
# What the largest record of a source topic becomes with our headers; the topic's max.message.bytes is as large.
MAX_BYTES = 4 * 1024 * 1024

_OWN = re.compile(rf"{PREFIX}|{REPLAY}$|{REPLAY_ATTEMPT}$|{AUTHORIZATION}$", re.IGNORECASE)
_SITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One refused record. ``headers`` are the original's; ``attempt`` counts from 1 how often it was refused."""

    id: str
    service: str
    topic: str
    partition: int
    offset: int
    field: str
    reason: str
    advice: str
    time: datetime
    site: str
    attempt: int
    code_version: str
    door: str
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What became of a replay; ``failed`` maps ids to reasons."""

    replayed: Sequence[str]
    failed: Mapping[str, str]
    unknown: Sequence[str]


class DeadLetters:
    """One service's dead-letter topic, to write to."""

    def __init__(self, bootstrap: str, service: str, clock: Clock) -> None:
        self.service = service
        self._clock = clock
        self._sender = Sender(bootstrap, f"attune-{service}-dead-letters", max_bytes=MAX_BYTES)

    async def put(
        self,
        topic: str,
        partition: int,
        offset: int,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
        refused: Permanent,
        *,
        site: str = "",
        door: str = "internal",
    ) -> str:
        """Keep a refused record; return the dead letter's id once Kafka confirmed it, else raise Transient.

        The id follows from the record's place, so a repeat after a crash is seen to be the same. ``door`` is
        ``ingress`` for records that came from outside; replaying those needs a token.
        """
        identity = letter_id(self.service, topic, partition, offset)
        facts = {
            "id": identity,
            "service": self.service,
            "topic": topic,
            "partition": str(partition),
            "offset": str(offset),
            "field": refused.field,
            "reason": refused.reason,
            "advice": refused.advice,
            "time": format_time(self._clock.now()),
            "site": site if _SITE.fullmatch(site) else "",
            "attempt": str(_attempt(headers)),
            "code_version": code_version(),
            "door": door,
        }
        kept = [(name, data) for name, data in headers if not _OWN.match(name) and data is not None]
        kept += [(PREFIX + name, text.encode("utf-8", "replace")) for name, text in facts.items() if text]
        (outcome,) = await self._sender.send([Outgoing(dead_letters_of(self.service), key, value, kept)])
        if outcome is None:
            return identity
        if isinstance(outcome, OWN_FAULTS):
            # Waiting does not help against a topic that is missing or too small: somebody must look.
            raise outcome
        raise Transient(f"kafka dead letters: {type(outcome).__name__}") from outcome

    async def close(self) -> None:
        """Release the connection."""
        await self._sender.close()


def letter_id(service: str, topic: str, partition: int, offset: int) -> str:
    """Name the dead letter of a record, from its place."""
    return str(uuid5(NAMESPACE_URL, f"attune-dead-letter/{service}/{topic}/{partition}/{offset}"))


def code_version() -> str:
    """Name the version of this code, so that a replay can tell whether anything was fixed since."""
    return __version__


def list_dead_letters(bootstrap: str, service: str, limit: int = 100) -> list[DeadLetter]:
    """Return the newest dead letters of a service, newest first; each once, however often it was written. Blocks."""
    return _read(bootstrap, service, limit)[:limit]


def replay(bootstrap: str, service: str, ids: Iterable[str] | None, token: str) -> ReplayReport:
    """Send dead letters (all when ``ids`` is None) to where they came from; ``token`` is an operator's. Blocks.

    The originals stay in the dead-letter topic until their retention ends. One that is refused again becomes a dead
    letter of its own, with the attempt counted up.
    """
    letters = {letter.id: letter for letter in _read(bootstrap, service, limit=None)}
    wanted = list(letters) if ids is None else list(dict.fromkeys(ids))
    known = [letters[identity] for identity in reversed(wanted) if identity in letters]
    failed: dict[str, str] = {}
    producer = KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        client_id="attune-replay",
        acks="all",
        allow_auto_create_topics=False,
        max_request_size=MAX_BYTES,
    )
    try:
        # Oldest first and one by one: the order in which they came is kept, and each outcome is known.
        for letter in sorted(known, key=lambda letter: (letter.topic, letter.partition, letter.offset)):
            try:
                producer.send(letter.topic, letter.value, letter.key, _replay_headers(letter, token)).get(timeout=30)
            except (KafkaError, ValueError) as error:
                failed[letter.id] = f"{type(error).__name__}: {error}"
    finally:
        producer.close()
    replayed = [letter.id for letter in known if letter.id not in failed]
    return ReplayReport(replayed, failed, [identity for identity in wanted if identity not in letters])


def _replay_headers(letter: DeadLetter, token: str) -> list[tuple[str, bytes]]:
    headers = [*letter.headers, (REPLAY, letter.id.encode()), (REPLAY_ATTEMPT, str(letter.attempt).encode())]
    if letter.door == "ingress":
        # Only where a token is asked for: a secret does not belong on the topics between our services.
        headers.append((AUTHORIZATION, f"Bearer {token}".encode()))
    return headers


def _attempt(headers: Headers) -> int:
    given = next((data for name, data in headers if name == REPLAY_ATTEMPT), b"")
    return int(given) + 1 if given.isdigit() and len(given) < 6 else 1


def _read(bootstrap: str, service: str, limit: int | None) -> list[DeadLetter]:
    topic = dead_letters_of(service)
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        client_id="attune-dead-letters",
        group_id=None,
        enable_auto_commit=False,
        max_partition_fetch_bytes=2 * MAX_BYTES,
    )
    try:
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        first, end = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
        starts = {at: first[at] if limit is None else max(first[at], end[at] - limit) for at in partitions}
        unread = {at for at in partitions if starts[at] < end[at]}
        consumer.assign(sorted(unread))
        for at in unread:
            consumer.seek(at, starts[at])
        letters: dict[str, DeadLetter] = {}
        while unread:
            for records in consumer.poll(timeout_ms=1_000).values():
                for record in records:
                    letter = _letter(record.key, record.value, record.headers)
                    letters.setdefault(letter.id, letter)
            unread = {at for at in unread if consumer.position(at) < end[at]}
    finally:
        consumer.close()
    return sorted(letters.values(), key=lambda letter: letter.time, reverse=True)


def _letter(key: bytes | None, value: bytes | None, headers: Headers) -> DeadLetter:
    facts = {
        name.removeprefix(PREFIX): data.decode("utf-8", "replace") for name, data in headers if name.startswith(PREFIX)
    }
    try:
        time = parse_time(facts.get("time", ""))
    except ValueError:
        time = datetime.fromtimestamp(0, UTC)
    return DeadLetter(
        id=facts.get("id", ""),
        service=facts.get("service", ""),
        topic=facts.get("topic", ""),
        partition=int(facts.get("partition", "0")),
        offset=int(facts.get("offset", "0")),
        field=facts.get("field", ""),
        reason=facts.get("reason", ""),
        advice=facts.get("advice", ""),
        time=time,
        site=facts.get("site", ""),
        attempt=int(facts.get("attempt", "1")),
        code_version=facts.get("code_version", ""),
        door=facts.get("door", "internal"),
        key=key,
        value=value,
        headers=[(name, data) for name, data in headers if not name.startswith(PREFIX)],
    )
