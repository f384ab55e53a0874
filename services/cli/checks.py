"""What `attune doctor` looks at. Each check says what it found and, when something is wrong, what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import grpc
import httpx
import jwt
import pymongo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from services.cli.errors import Problem
from services.cli.where import SERVICES, Where
from services.runtime import topics
from services.runtime.bus.dead_letters import list_dead_letters
from services.runtime.errors import Forbidden
from services.runtime.identity import Verifier

GOOD, WARNING, BAD = "good", "warning", "bad"
SECONDS = 5.0  # for each thing that is asked
EXPIRES_SOON = 14 * 86_400  # seconds
MANY = 10_000  # dead letters beyond which their number does not matter


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was looked at."""

    what: str
    state: str
    found: str
    todo: str = ""


def run(where: Where, topics_file: Path) -> Iterator[Result]:
    """Every check in turn; a missing address is a result, not an error."""
    yield _settings(where)
    checks: list[Callable[[], Iterator[Result]]] = [
        lambda: kafka(where, topics_file),
        lambda: mongo(where),
        *(lambda name=name: service(where, name) for name in SERVICES),
        lambda: tokens(where),
        lambda: gateways(where),
        lambda: dead_letters(where),
    ]
    for check in checks:
        try:
            yield from check()
        except Problem as problem:
            yield Result("settings", BAD, str(problem))


def _settings(where: Where) -> Result:
    if where.file.exists():
        return Result("settings", GOOD, f"addresses from {where.file}")
    return Result("settings", WARNING, f"there is no {where.file}", "start `attune demo`, or give addresses as options")


def kafka(where: Where, topics_file: Path) -> Iterator[Result]:
    """Reachable, and every topic as declared."""
    bootstrap = where.kafka()
    try:
        declared = topics.load(topics_file)
    except topics.TopicsFileError as error:
        yield Result("topics", WARNING, str(error), "give the declaration with --topics-file or ATTUNE_TOPICS_FILE")
        declared = []
    try:
        changes = topics.apply(bootstrap, declared, dry_run=True)
    except KafkaError as error:
        yield Result("kafka", BAD, f"{bootstrap}: {type(error).__name__}", "start the broker, or correct its address")
        return
    yield Result("kafka", GOOD, f"{bootstrap} answers")
    missing = [change.topic for change in changes if change.actual == "absent"]
    if missing:
        yield Result("topics", BAD, f"missing: {', '.join(missing)}", "run `attune topics apply`")
    elif changes:
        yield Result("topics", WARNING, "; ".join(map(str, changes)), "see `attune topics diff` and deploy/runbook.md")
    elif declared:
        yield Result("topics", GOOD, f"all {len(declared)} as declared")


def mongo(where: Where) -> Iterator[Result]:
    """Reachable, and a write is acknowledged by a majority and the journal."""
    uri = where.mongo()
    shown = urlsplit(uri).hostname or "MongoDB"
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
        uri, serverSelectionTimeoutMS=int(SECONDS * 1000), timeoutMS=int(SECONDS * 1000), w="majority", journal=True
    )
    with client:
        try:
            client.admin.command("ping")
            writable = bool(client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError as error:
            todo = "start the database, or correct ATTUNE_MONGO_URI"
            yield Result("mongodb", BAD, f"{shown}: {type(error).__name__}", todo)
            return
        if not writable:
            todo = "wait for an election, or look at the replica set's status"
            yield Result("mongodb", BAD, f"{shown} answers, but there is no primary", todo)
            return
        try:
            done = client["attune_doctor"]["probe"].replace_one({"_id": "probe"}, {"at": time.time()}, upsert=True)
        except PyMongoError as error:
            todo = "the services probe their own databases at start; this user may not write to attune_doctor"
            yield Result("mongodb", WARNING, f"{shown}: no test write: {type(error).__name__}", todo)
            return
    if done.acknowledged:
        yield Result("mongodb", GOOD, f"{shown}: writes are acknowledged with w=majority, j=true")
    else:
        yield Result("mongodb", BAD, f"{shown} does not acknowledge writes", "remove w and j from ATTUNE_MONGO_URI")


def service(where: Where, name: str) -> Iterator[Result]:
    """Its gRPC health, and its readiness with the reasons."""
    address = where.grpc(name)
    try:
        with grpc.insecure_channel(address) as channel:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        serving = answer.status == health_pb2.HealthCheckResponse.SERVING
        yield Result(
            f"{name} gRPC",
            GOOD if serving else BAD,
            f"{address} {'serves' if serving else 'does not serve'}",
            "" if serving else "its readiness below says why",
        )
    except grpc.RpcError as error:
        said = error.code().name if isinstance(error, grpc.Call) else type(error).__name__
        yield Result(f"{name} gRPC", BAD, f"{address}: {said}", f"start {name}, and look at the end of its log")
    url = where.http(name)
    if url:
        yield _readiness(name, f"{url}/health/ready")


def _readiness(name: str, url: str) -> Result:
    try:
        answer = httpx.get(url, timeout=SECONDS, trust_env=False)
        reasons = answer.json().get("not_ready", {})
    except (httpx.HTTPError, ValueError) as error:
        return Result(f"{name} ready", BAD, f"{url}: {type(error).__name__}", f"start {name}, and look at its log")
    if answer.status_code == httpx.codes.OK:
        return Result(f"{name} ready", GOOD, url)
    told = "; ".join(f"{part} {reason}" for part, reason in reasons.items()) or f"status {answer.status_code}"
    return Result(f"{name} ready", BAD, told, "put right what it waits for; it goes on by itself")


def tokens(where: Where) -> Iterator[Result]:
    """Every known token verifies with the public key and does not expire soon."""
    key = where.public_key()
    if key is None:
        yield Result("tokens", WARNING, "no public key is known here", "nothing to do unless calls are refused")
        return
    try:
        verifier = Verifier(key)
    except (OSError, ValueError) as error:
        yield Result(
            "keys", BAD, f"{key}: {error}", "give the services and this file the key of `attune keys generate`"
        )
        return
    for holder, file in sorted(where.tokens().items()):
        result = _token(verifier, holder, file)
        if result is not None:
            yield result
    yield Result("keys", GOOD, f"{len(where.tokens())} tokens checked with {key}")


def _token(verifier: Verifier, holder: str, file: Path) -> Result | None:
    todo = f"issue a new one: `attune token issue --subject {holder} --out {file} ...`"
    try:
        text = file.read_text("utf-8").strip()
        verifier.verify(text)
    except (OSError, Forbidden) as error:
        return Result(f"token of {holder}", BAD, str(error), todo)
    left = float(jwt.decode(text, options={"verify_signature": False})["exp"]) - time.time()
    if left < EXPIRES_SOON:
        return Result(f"token of {holder}", WARNING, f"expires in {left / 86_400:.1f} days", todo)
    return None


def gateways(where: Where) -> Iterator[Result]:
    """The recording gateways of the embedded stack; elsewhere alerting's own readiness and deliveries tell."""
    known = where.gateways()
    if "records" not in known:
        return
    try:
        httpx.get(known["records"], params={"after": 10**9}, timeout=SECONDS, trust_env=False).raise_for_status()
        yield Result("gateways", GOOD, known["records"])
    except httpx.HTTPError as error:
        yield Result("gateways", BAD, f"{known['records']}: {type(error).__name__}", "start `attune demo` again")


def dead_letters(where: Where) -> Iterator[Result]:
    """How many there are; each is a message from somebody's system that went wrong."""
    bootstrap = where.kafka()
    try:
        counts = {name: len(list_dead_letters(bootstrap, name, MANY)) for name in SERVICES}
    except KafkaError as error:
        yield Result("dead letters", BAD, f"cannot be read: {type(error).__name__}", "see kafka above")
        return
    some = {name: count for name, count in counts.items() if count}
    if some:
        found = ", ".join(f"{name}: {count}" for name, count in some.items())
        yield Result("dead letters", WARNING, found, "`attune dead-letters list` says why; fix, then replay")
    else:
        yield Result("dead letters", GOOD, "none")
