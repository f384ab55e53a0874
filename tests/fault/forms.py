"""Many clients who send the form at once while feedback, Kafka and MongoDB are killed, and what became of each.

Clients do as the page's script does: whatever is not a "thank you" is tried again until one comes.
"""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import httpx
from attune.alerting.v1 import alerting_service_pb2 as alerting_api
from attune.alerting.v1 import alerting_service_pb2_grpc, events_pb2
from attune.feedback.v1 import events_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.feedback.v1 import feedback_service_pb2_grpc
from attune.intake.v1 import events_pb2 as intake
from kafka import KafkaProducer

from services.alerting.domain.alert import reference
from services.dev.process import LOOPBACK, Child
from services.dev.stack import Stack
from services.runtime import events, identity
from tests.fault.leaks import leaks, records
from tests.fault.storm import say

SITE = "harbour"
OF_AN_EPISODE = 10  # sessions that a client is asked about
RISK_EVERY = 4  # of the clients' episodes, one in so many has a risk answer in its first session
REST_SECONDS = 120.0
# After a kill, for so long neither alerting nor its database counts as up: it reconnects with pauses of up to 5 s.
BACK_SECONDS = 10.0
PAUSE_SECONDS = (0.5, 2.0)
_TICKET = re.compile(r'name="ticket" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Sent:
    """One form whose client saw "thank you"; times are seconds since 1970."""

    episode_id: str
    session_id: str
    thanked_at: float
    tries: int
    risk: bool


@dataclass(slots=True)
class Outcome:
    """What became of all forms."""

    sent: list[Sent]
    # Responses stored, by session.
    stored: Counter[str] = field(default_factory=Counter)
    # Different events told on the topic, by session.
    told: Counter[str] = field(default_factory=Counter)
    # Seconds from a thank you to the page of its risk answer, of those for whom alerting was up; None: never paged.
    pages: dict[str, float | None] = field(default_factory=dict)
    # The same, of those whose page fell into an outage of the database.
    late_pages: dict[str, float | None] = field(default_factory=dict)
    # Where something planted was found: logs, metrics, topics, messages. Never what was found.
    leaks: list[str] = field(default_factory=list)
    kills: int = 0
    seconds: float = 0.0

    def problems(self) -> list[str]:
        """Every broken promise."""
        found = [f"{each.session_id}: thanked and stored {self.stored[each.session_id]} times" for each in self.sent]
        found = [line for line, each in zip(found, self.sent, strict=True) if self.stored[each.session_id] != 1]
        found += [f"{each}: told {count} times" for each, count in self.told.items() if count != 1]
        found += [f"{each}: stored and not told" for each in self.stored if each not in self.told]
        extra = set(self.stored) - {each.session_id for each in self.sent}
        found += [f"{each}: stored and nobody was thanked" for each in extra]
        found += [f"{each}: paged after {after} s" for each, after in self.pages.items() if after is None or after > 5]
        found += [f"{each}: never paged" for each, after in self.late_pages.items() if after is None]
        return found + self.leaks

    def summary(self) -> str:
        """The figures in one line."""
        again = sum(each.tries > 1 for each in self.sent)
        worst = max((each for each in self.pages.values() if each is not None), default=0.0)
        late = max((each for each in self.late_pages.values() if each is not None), default=0.0)
        return (
            f"{len(self.sent)} forms in {self.seconds:.0f} s, {again} of them sent more than once; {self.kills} kills; "
            f"{len(self.pages)} risk pages with alerting up, the slowest after {worst:.1f} s; "
            f"{len(self.late_pages)} in an outage of the database, the slowest after {late:.1f} s"
        )


def storm_of_forms(root: Path, *, forms: int, clients: int, kills: int, seed: int = 11, every: float = 0.0) -> Outcome:
    """Send ``forms`` forms from ``clients`` clients while each process is killed ``kills`` times.

    ``every`` is how long a client fills a form in, in seconds, on average: the load must last longer than the kills.
    """
    own = {"feedback": {"ATTUNE_FEEDBACK_PROXIES": LOOPBACK}}  # each client comes from an address of its own
    with Stack(root, say, own, step_delay="1h") as stack:
        links = _links(stack, forms)
        say(f"{len(links)} clients have a link")
        outages: list[tuple[float, float]] = []
        children = [stack.services["feedback"], stack.kafka, stack.mongo]
        began = time.time()
        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(lambda: asyncio.run(_send_all(links, clients, every, seed)))
            done = _kill(children, kills, load, seed, outages, stack.mongo)
            outcome = Outcome(load.result(600), kills=done, seconds=time.time() - began)
        say("all were thanked; counting")
        _count(stack, outcome)
        _pages(stack, outcome, outages)
        outcome.leaks = leaks(stack, [link for link, *_ in links])
        say(outcome.summary())
        return outcome


# ---------------------------------------------------------------- before
def _links(stack: Stack, forms: int) -> list[tuple[str, str, str, bool]]:
    """Ask about every session; returns (link, episode, session, whether the client gives a risk answer)."""
    episodes = [f"ep-{number:04d}" for number in range(-(-forms // OF_AN_EPISODE))]
    producer = KafkaProducer(bootstrap_servers=stack.kafka.bootstrap, acks="all")
    for episode_id in episodes:
        data = intake.Episode(site_id=SITE, episode_id=episode_id, client_ids=[f"cl-{episode_id}"], revision=1)
        data.therapist_id = "th-01"
        data.consent.monitoring = True
        event = events.make(
            site_id=SITE,
            service="intake",
            type="attune.episode.changed.v1",
            key=episode_id,
            subject=f"episodes/{episode_id}",
            cause=episode_id,
            revision=1,
            time=datetime.now(UTC),
            data=data,
        )
        key, value, headers = events.encode(event)
        producer.send("intake.episodes.v1", value, key, headers)
    producer.flush(60)
    producer.close()
    wanted = [(episode, f"{episode}-{number}") for episode in episodes for number in range(OF_AN_EPISODE)][:forms]
    with _calling(stack) as call, ThreadPoolExecutor(8) as pool:
        links = list(pool.map(lambda pair: _link(call, *pair), wanted))
    risky = {f"{each}-0" for each in episodes[:: min(RISK_EVERY, max(1, len(episodes) // 3))]}
    return [(link, *pair, pair[1] in risky) for link, pair in zip(links, wanted, strict=True)]


def _link(call: Callable[[str, Any], Any], episode_id: str, session_id: str) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            ask = api.IssueRequestRequest(site_id=SITE, episode_id=episode_id, session_id=session_id)
            return str(call("IssueRequest", ask).link)
        except grpc.RpcError as error:  # the episode has not arrived yet
            if error.code() is not grpc.StatusCode.NOT_FOUND or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def _calling(stack: Stack) -> Iterator[Callable[[str, Any], Any]]:
    token = stack.keys.token("clinic", [SITE], [identity.PUBLISH, identity.READ])
    metadata = [("authorization", f"Bearer {token}")]
    with grpc.insecure_channel(stack.services["feedback"].grpc) as channel:
        stub = feedback_service_pb2_grpc.FeedbackServiceStub(channel)
        yield lambda method, request: getattr(stub, method)(request, metadata=metadata, timeout=30, wait_for_ready=True)


# ---------------------------------------------------------------- during
def _kill(
    children: Sequence[Child],
    times: int,
    load: "Future[list[Sent]]",
    seed: int,
    outages: list[tuple[float, float]],
    database: Child,
) -> int:
    """kill -9 each in turn at random moments under load; returns how often."""
    chance = random.Random(seed)
    done = 0
    for _ in range(times):
        for child in children:
            time.sleep(chance.uniform(*PAUSE_SECONDS))
            if load.done():
                load.result()  # why it ended, if it failed
                raise AssertionError(f"the load ended after {done} kills: raise the number of forms")
            began = time.time()
            child.kill()
            done += 1
            time.sleep(chance.uniform(*PAUSE_SECONDS))
            child.start()
            if child is database:
                outages.append((began, time.time() + BACK_SECONDS))
            say(f"{child.name} was killed and is back after {time.time() - began:.1f} s")
    return done


async def _send_all(links: list[tuple[str, str, str, bool]], clients: int, every: float, seed: int) -> list[Sent]:
    waiting = list(reversed(links))
    limits = httpx.Limits(max_connections=2 * clients)
    async with httpx.AsyncClient(timeout=15.0, limits=limits, trust_env=False, follow_redirects=True) as http:

        async def client(number: int) -> list[Sent]:
            chance = random.Random(seed * 1_000 + number)
            headers = {"x-forwarded-for": f"10.0.{number // 250}.{number % 250 + 1}"}
            sent = []
            while waiting:
                sent.append(await _send(http, headers, chance, every, *waiting.pop()))
            return sent

        return [each for sent in await asyncio.gather(*map(client, range(clients))) for each in sent]


async def _send(
    http: httpx.AsyncClient,
    headers: dict[str, str],
    chance: random.Random,
    every: float,
    link: str,
    episode_id: str,
    session_id: str,
    risk: bool,
) -> Sent:
    fields = {f"i{item}": f"{chance.uniform(5, 10):.1f}" for item in range(1, 9)}
    fields |= {"i9": "0", "i11": "2" if risk else "0", "comment": f"words of {session_id}"}
    opened = await _until(http, headers, chance, "GET", link, None, "<form")
    ticket = _TICKET.search(opened[0])
    assert ticket, "the form has no ticket"
    await asyncio.sleep(every * chance.uniform(0.5, 1.5))
    _, tries = await _until(http, headers, chance, "POST", link, {**fields, "ticket": ticket[1]}, "have arrived")
    return Sent(episode_id, session_id, time.time(), tries, risk)


async def _until(
    http: httpx.AsyncClient,
    headers: dict[str, str],
    chance: random.Random,
    method: str,
    link: str,
    fields: dict[str, str] | None,
    wanted: str,
) -> tuple[str, int]:
    """Try until the page says what is wanted; returns it and the number of tries. Only a 503 or a 429 may fail."""
    deadline = time.monotonic() + 240
    tries = 0
    while True:
        tries += 1
        assert time.monotonic() < deadline, "the form was not taken in four minutes"
        try:
            answer = await http.request(method, link, data=fields, headers=headers)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200 and wanted in answer.text:
            return answer.text, tries
        assert answer is None or answer.status_code in (429, 503), f"{method}: {answer.status_code}"
        await asyncio.sleep(chance.uniform(0.2, 1.0) * min(tries, 5))


# ---------------------------------------------------------------- after
def _count(stack: Stack, outcome: Outcome) -> None:
    episodes = sorted({each.episode_id for each in outcome.sent})
    with _calling(stack) as call:
        for episode_id in episodes:
            request = api.ListResponsesRequest(site_id=SITE, episode_id=episode_id)
            outcome.stored.update(each.session_id for each in call("ListResponses", request).responses)
    deadline = time.monotonic() + REST_SECONDS
    while time.monotonic() < deadline:
        outcome.told = _told(stack.kafka.bootstrap)
        if len(outcome.told) >= len(outcome.stored):
            return
        time.sleep(1)


def _told(bootstrap: str) -> Counter[str]:
    """Different events of each session on the topic of responses; the same event twice is one."""
    seen: dict[str, str] = {}
    for record in records(bootstrap, ["feedback.responses.v1"]):
        headers = dict(record.headers)
        assert headers["ce_type"] == b"attune.response.recorded.v1"
        seen[headers["ce_id"].decode()] = feedback.Response.FromString(record.value).session_id
    return Counter(seen.values())


def _pages(stack: Stack, outcome: Outcome, outages: list[tuple[float, float]]) -> None:
    """When the message of each risk answer reached the gateway."""
    wanted = {each.episode_id: each for each in outcome.sent if each.risk}
    arrivals: dict[str, float] = {}
    deadline = time.monotonic() + REST_SECONDS
    while len(arrivals) < len(wanted) and time.monotonic() < deadline:
        arrivals = _arrivals(stack, set(wanted))
        time.sleep(0.5)
    for episode_id, sent in wanted.items():
        arrived = arrivals.get(episode_id)
        after = None if arrived is None else max(0.0, arrived - sent.thanked_at)
        down = any(begin - 5 <= sent.thanked_at <= end for begin, end in outages)
        (outcome.late_pages if down else outcome.pages)[episode_id] = after


def _arrivals(stack: Stack, episodes: set[str]) -> dict[str, float]:
    token = stack.keys.token("clinic", [SITE], [identity.READ])
    alerts: list[events_pb2.Alert] = []
    with grpc.insecure_channel(stack.services["alerting"].grpc) as channel:
        stub = alerting_service_pb2_grpc.AlertingServiceStub(channel)
        request = alerting_api.ListAlertsRequest(site_id=SITE, page_size=500)
        found = stub.ListAlerts(request, metadata=[("authorization", f"Bearer {token}")], timeout=30)
        alerts = [each for each in found.alerts if each.kind == events_pb2.ALERT_KIND_RISK]
    by_reference = {reference(each.alert_id): each.episode_id for each in alerts if each.episode_id in episodes}
    arrivals: dict[str, float] = {}
    for record in httpx.get(stack.endpoints["gateways"]["records"], trust_env=False, timeout=10).json():
        body = record.get("body") or {}
        episode_id = by_reference.get(str(body.get("reference", "")))
        if episode_id is not None:
            at = datetime.fromisoformat(record["at"]).timestamp()
            arrivals[episode_id] = min(at, arrivals.get(episode_id, at))
    return arrivals
