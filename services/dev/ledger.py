"""The ledger: what a simulated clinic saw acknowledged, and what it may therefore expect of Attune.

Newline-delimited JSON, one file a clinic, flushed line by line so that a crash of the clinic loses nothing that it
knew. Two kinds of line: an Entry for each send that came to an end, and a Truth for each rupture that was injected.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Expect(StrEnum):
    """What Attune must do with an event that it acknowledged."""

    ACCEPT = "accept"
    DUPLICATE = "duplicate"  # byte for byte what was sent before; must leave no trace
    REJECT = "reject"  # rubbish; must become a dead letter, or be refused at the door


@dataclass(frozen=True, slots=True)
class Entry:
    """One event that was acknowledged, or refused at the door (`refusal` says how)."""

    site: str
    event_id: str
    type: str
    key: str
    door: str
    expect: Expect
    time: str
    sent_at: str
    data: dict[str, Any] = field(default_factory=dict)
    # Kind of rubbish, and the field that the error must name.
    rubbish: str = ""
    names: str = ""
    refusal: str = ""
    # Where the broker put it; -1 when it did not come by Kafka.
    topic: str = ""
    partition: int = -1
    offset: int = -1
    risk: bool = False

    @property
    def accepted(self) -> bool:
        """Whether Attune owes this event its effect."""
        return self.expect is Expect.ACCEPT and not self.refusal

    @property
    def place(self) -> tuple[str, int, int]:
        """Topic, partition and offset."""
        return self.topic, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Truth:
    """A rupture injected on purpose: the client's sessions that it covers, in order."""

    site: str
    episode_id: str
    client_id: str
    shape: str
    sessions: tuple[str, ...]


class Ledger:
    """Writes one clinic's ledger; appends to what is there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, line: Entry | Truth) -> None:
        """Append one line and hand it to the operating system."""
        kind = "entry" if isinstance(line, Entry) else "truth"
        self._file.write(json.dumps({"kind": kind, **asdict(line)}, separators=(",", ":")) + "\n")
        self._file.flush()


@dataclass(frozen=True, slots=True)
class Book:
    """All ledgers of a run, read."""

    entries: tuple[Entry, ...]
    truths: tuple[Truth, ...]

    def sites(self) -> list[str]:
        """The clinics' sites, in order."""
        return sorted({entry.site for entry in self.entries})

    def accepted(self, *types: str) -> list[Entry]:
        """What Attune owes an effect, of the given types (all by default), without duplicates."""
        return [entry for entry in self.entries if entry.accepted and (not types or entry.type in types)]

    def rubbish(self) -> list[Entry]:
        """What must have been refused."""
        return [entry for entry in self.entries if entry.expect is Expect.REJECT]

    def episodes(self) -> set[tuple[str, str]]:
        """(site, episode) of every accepted event."""
        return {(entry.site, entry.key) for entry in self.accepted()}


def read(paths: Iterable[Path]) -> Book:
    """Read ledgers; a last line that a killed clinic left half written is dropped, because it acknowledges nothing."""
    entries: list[Entry] = []
    truths: list[Truth] = []
    for path in paths:
        for raw in _whole_lines(path):
            line = json.loads(raw)
            if line.pop("kind") == "entry":
                entries.append(Entry(**{**line, "expect": Expect(line["expect"])}))
            else:
                truths.append(Truth(**{**line, "sessions": tuple(line["sessions"])}))
    return Book(tuple(entries), tuple(truths))


def _whole_lines(path: Path) -> Sequence[str]:
    text = path.read_text("utf-8")
    lines = text.split("\n")
    return [line for line in lines[:-1] if line]
