"""Waits until a stack has come to rest: nothing unread, nothing unsent, nothing parked, every alert told and taken."""

from __future__ import annotations

import time
from collections.abc import Callable

from services.dev.environment import SERVICES
from services.dev.observe import Observer

PAUSE = 0.5  # seconds between two looks
AT_REST = 2  # looks in a row that must find nothing: between two of them an event moves from one place to the next


class Restless(Exception):
    """It did not come to rest in time; the message says what is left."""


def wait_for_rest(
    observer: Observer, sites: list[str], seconds: float, progress: Callable[[str], None], *, taken: bool = True
) -> None:
    """Return when there is nothing left to do; raise Restless after `seconds`. `taken`: alerts are, too."""
    deadline = time.monotonic() + seconds
    quiet = 0
    while True:
        left = remaining(observer, sites, taken=taken)
        quiet = 0 if left else quiet + 1
        if quiet == AT_REST:
            return
        if time.monotonic() > deadline:
            raise Restless("; ".join(f"{name}: {count}" for name, count in left.items()))
        if left:
            progress("waiting for " + ", ".join(f"{name} ({count})" for name, count in left.items()))
        time.sleep(PAUSE)


def remaining(observer: Observer, sites: list[str], *, taken: bool = True) -> dict[str, int]:
    """What is still to be done, by name; empty at rest.

    It looks in the direction in which events move, and each step keeps its input until its output is safe: so an event
    that moves on while this looks is met at its next place.
    """
    found = {"parked": observer.parked(), "unread": 0, "unsent": 0}
    for service in SERVICES:
        found["unread"] += sum(observer.lag([service]).values())
        found["unsent"] += sum(observer.outboxes([service]).values())
    found["unacknowledged"] = observer.untaken(sites) if taken else 0
    return {name: count for name, count in found.items() if count}
