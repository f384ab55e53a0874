"""Turns a story into what really arrives: some of it twice, late or out of order, and a little rubbish. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from attune.clinic.v1 import feedback_events_pb2 as feedback
from attune.clinic.v1 import session_events_pb2 as session_events

from services.dev.clinics.profiles import CLINICS, DoorKind, Profile
from services.dev.clinics.story import OPENED, RECORDED, SUBMITTED, Outgoing, stamp
from services.dev.ledger import Expect

TWICE = 0.05  # share of events sent again
DELAYED = 0.05  # share of events that arrive late
FARTHEST = 40  # events by which one may be late
RUBBISH = 0.01  # share of rubbish added
FEWEST_RUBBISH = 2

# Kinds of rubbish by door, with the field that Attune's error must name ("" where it never gets that far).
KINDS: dict[DoorKind, tuple[tuple[str, str], ...]] = {
    DoorKind.KAFKA_JSON: (
        ("not-utf8", "value"),
        ("unknown-type", "type"),
        ("missing-field", "session_id"),
        ("too-large", ""),
        ("foreign-site", "source"),
        ("score-out-of-range", "answers"),
        ("orphan-session", "episode_id"),
        ("future-schema", "type"),
        ("unknown-field", "mood"),
    ),
    DoorKind.KAFKA_PROTOBUF: (
        ("truncated", "data"),
        ("score-out-of-range", "answers"),
        ("future-schema", "type"),
        ("orphan-session", "episode_id"),
        ("too-large", ""),
        ("missing-field", "session_id"),
        ("foreign-site", "source"),
        ("unknown-type", "type"),
        ("empty", "value"),
    ),
    DoorKind.GRPC: (
        ("orphan-session", "episode_id"),
        ("foreign-site", ""),
        ("too-large", ""),
        ("score-out-of-range", "answers"),
        ("missing-field", "session_id"),
    ),
}


def disturb(profile: Profile, events: Sequence[Outgoing], seed: int, start: datetime) -> list[Outgoing]:
    """The events as this clinic sends them; `start` keeps the rubbish of two runs apart."""
    rng = np.random.default_rng([seed, 1, *profile.site.encode()])
    return _with_rubbish(rng, profile, _with_duplicates(rng, _delayed(rng, profile, events)), start)


def _delayed(rng: np.random.Generator, profile: Profile, events: Sequence[Outgoing]) -> list[Outgoing]:
    """Moves some events back, past others; so sessions come before their episode, and feedback before its session.

    Over gRPC an episode is not opened late: intake answers NOT_FOUND to its sessions, and a clinic would wait.
    """
    place = np.arange(len(events), dtype=float)
    for index, event in enumerate(events):
        if rng.random() < DELAYED and not (profile.door is DoorKind.GRPC and event.type == OPENED):
            place[index] += float(rng.integers(1, FARTHEST))
    ordered = [events[index] for index in np.argsort(place, kind="stable")]
    return _opened_first(ordered) if profile.door is DoorKind.GRPC else ordered


def _opened_first(events: list[Outgoing]) -> list[Outgoing]:
    known: set[str] = set()
    waiting: dict[str, list[Outgoing]] = {}
    result: list[Outgoing] = []
    for event in events:
        if event.type == OPENED:
            known.add(event.episode_id)
            result += [event, *waiting.pop(event.episode_id, [])]
        elif event.episode_id in known:
            result.append(event)
        else:
            waiting.setdefault(event.episode_id, []).append(event)
    return result


def _with_duplicates(rng: np.random.Generator, events: Sequence[Outgoing]) -> list[Outgoing]:
    result = list(events)
    chosen = [index for index in range(len(events)) if rng.random() < TWICE]
    for index in reversed(chosen):
        after = min(len(result), index + 1 + int(rng.integers(0, FARTHEST)))
        result.insert(after, events[index].again())
    return result


def _with_rubbish(
    rng: np.random.Generator, profile: Profile, events: list[Outgoing], start: datetime
) -> list[Outgoing]:
    kinds = KINDS[profile.door]
    count = max(FEWEST_RUBBISH, round(len(events) * RUBBISH))
    spots = sorted((int(spot) for spot in rng.integers(1, len(events) + 1, count)), reverse=True)
    result = list(events)
    for number, spot in enumerate(spots):
        kind, names = kinds[number % len(kinds)]
        result.insert(spot, make_rubbish(profile, kind, names, number, start))
    return result


def make_rubbish(profile: Profile, kind: str, names: str, number: int, run: datetime) -> Outgoing:
    """One piece of rubbish. What is wrong only on the wire (truncated, not UTF-8 ...) the door does, by its kind."""
    name = f"rubbish-{run.astimezone(UTC):%y%m%d%H%M%S}-{number:03d}"
    episode = f"{name}-episode"
    opened = session_events.EpisodeOpened(
        episode_id=episode,
        client_ids=["cl-nobody"],
        therapist_id="th-01",
        opened_at=stamp(run),
        modality=session_events.MODALITY_INDIVIDUAL,
    )
    base = Outgoing(name, OPENED, profile.site, episode, run, opened, Expect.REJECT, rubbish=kind, names=names)
    if kind in ("missing-field", "orphan-session"):
        session = session_events.SessionRecorded(
            episode_id=episode,
            session_id="" if kind == "missing-field" else f"{name}-session",
            scheduled_at=stamp(run),
            status=session_events.SESSION_STATUS_HELD,
        )
        return replace(base, type=RECORDED, message=session)
    if kind == "score-out-of-range":
        response = feedback.FeedbackSubmitted(
            response_id=f"{name}-response",
            episode_id=episode,
            session_id=f"{name}-session",
            client_id="cl-nobody",
            instrument_id="attune-checkin",
            instrument_version="1",
            answers=[feedback.Answer(item=1, value=8), feedback.Answer(item=2, value=42)],
            submitted_at=stamp(run),
            revision=1,
        )
        return replace(base, type=SUBMITTED, message=response)
    if kind == "too-large":
        opened.agreement.goals.append("x" * 5_000_000)
        return base
    if kind == "foreign-site":
        return replace(base, site=next(site for site in CLINICS if site != profile.site))
    if kind == "unknown-type":
        return replace(base, type="attune.invoice.paid.v1")
    if kind == "future-schema":
        return replace(base, type="attune.episode.opened.v2")
    return base
