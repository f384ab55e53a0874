"""Sends a clinic's events one after another and writes down what was acknowledged."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from services.dev.clinics.doors import Door, Receipt
from services.dev.clinics.profiles import Profile
from services.dev.clinics.story import Outgoing
from services.dev.clinics.wire import plain
from services.dev.ledger import Entry, Ledger


def publish(profile: Profile, door: Door, events: Iterable[Outgoing], ledger: Ledger, rate: float = 0.0) -> int:
    """Send all events, at most `rate` a second (0: as fast as they are acknowledged); returns how many there were.

    Raises Away when an event got no answer; it is then not in the ledger, for nothing was promised.
    """
    begun, count = time.monotonic(), 0
    for event in events:
        if rate > 0:
            pause = begun + count / rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)
        sent_at = datetime.now(UTC)
        ledger.add(entry(profile, event, door.send(event), sent_at))
        count += 1
    return count


def entry(profile: Profile, event: Outgoing, receipt: Receipt, sent_at: datetime) -> Entry:
    """The ledger's line for one answered event. Data of rubbish is left out: nothing is owed to it."""
    return Entry(
        site=event.site if not event.rubbish else profile.site,
        event_id=event.event_id,
        type=event.type,
        key=event.episode_id,
        door=profile.door.value,
        expect=event.expect,
        time=event.time.astimezone(UTC).isoformat(),
        sent_at=sent_at.isoformat(),
        data={} if event.rubbish else plain(event.message),
        rubbish=event.rubbish,
        names=event.names,
        refusal=receipt.refusal,
        topic=receipt.topic,
        partition=receipt.partition,
        offset=receipt.offset,
        risk=event.risk,
    )
