"""The sustained rate of each service alone: its input piles up while it is stopped, then it works the pile off."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from services.dev.environment import SERVICES
from services.dev.observe import Observer
from services.dev.stack import Stack
from tests.bench.load import Publisher, beginnings, courses

LIMIT_SECONDS = 600.0
POLL_SECONDS = 0.1
WARM = 40  # courses that go through everything first, so that imports, pools and connections are not measured


@dataclass(frozen=True, slots=True)
class Rate:
    """Events a second of one service, and what an event was."""

    service: str
    events: int
    per_second: float
    what: str


def measure(stack: Stack, observer: Observer, token: str, count: int, progress: Callable[[str], None]) -> list[Rate]:
    """One stage after the other; each works off what the stage before left, with the others stopped."""
    run = f"r{int(time.time())}"
    publisher = Publisher(stack.kafka.bootstrap, token)
    for service in SERVICES:
        stack.services[service].stop()
    everyone = courses(run, count)
    sessions = publisher.send_all(beginnings(everyone))
    responses = publisher.send_all(course.submitted() for course in everyone)
    rates = []
    for service, events, what in (
        ("intake", sessions, "episode and session reports to documents and events"),
        ("feedback", responses, "responses with 9 answers to documents and events; intake stopped"),
        ("scoring", sessions + responses, "episodes, sessions and responses to assessments and ruptures"),
        ("alerting", responses, "ruptures to alerts with a page each"),
    ):
        progress(f"{service}: {events} events wait")
        settled, seconds = _work_off(stack, observer, service)
        rates.append(Rate(service, settled, settled / seconds, what))
        stack.services[service].stop()
    for service in SERVICES:
        stack.services[service].start()
    return rates


def _work_off(stack: Stack, observer: Observer, service: str) -> tuple[int, float]:
    """Events left once the service is up, and seconds from then until the last one is settled and published."""
    stack.services[service].start()
    deadline = time.monotonic() + LIMIT_SECONDS
    whole = sum(observer.lag([service]).values())
    begun = time.monotonic()
    while True:
        left = sum(observer.lag([service]).values())
        now = time.monotonic()
        if left == whole:
            begun = now
        if left == 0 and not sum(observer.outboxes([service]).values()):
            return whole, now - begun
        if now > deadline:
            raise RuntimeError(f"{service}: {left} events left after {LIMIT_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
