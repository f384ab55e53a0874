"""Who is on call: a rota's turns, and what people arranged on top of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from services.alerting.domain.rota import Rota

LONGEST_OVERRIDE = timedelta(days=92)  # own: a quarter; what lasts longer is another rota


class OverrideKind(StrEnum):
    """What an override does to those who are on call."""

    ADD = "add"  # one more
    REMOVE = "remove"  # one fewer
    REPLACE = "replace"  # one in another's stead


@dataclass(frozen=True, slots=True)
class Override:
    """A change of one rota from ``starts_at`` until ``ends_at``, which is not in it.

    ``person_id`` comes in (add, replace), ``instead_of`` stays out (remove, replace). The two overrides of a swap have
    the same ``swap_id``.
    """

    override_id: str
    rota_id: str
    kind: OverrideKind
    starts_at: datetime
    ends_at: datetime
    person_id: str
    instead_of: str
    author: str
    reason: str
    made_at: datetime
    swap_id: str = ""

    def active(self, at: datetime) -> bool:
        """Tell whether it counts at an instant."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Shift:
    """A time in which the same people are on call; ``people`` is empty for a gap."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[str, ...]


def on_call(rota: Rota, overrides: Iterable[Override], at: datetime) -> tuple[str, ...]:
    """Return the ids of those on call at an instant, in order: the rota's turn, then each override in turn.

    ``overrides`` are those of this rota, in the order in which they were made: the later word counts.
    """
    turn = rota.person(rota.turn(at))
    people = [turn] if turn is not None else []
    for override in overrides:
        if override.active(at):
            people = _changed(people, override)
    return tuple(people)


def shifts(rota: Rota, overrides: Iterable[Override], start: datetime, end: datetime) -> tuple[Shift, ...]:
    """Return who is on call from ``start`` until ``end``, without a hole: a gap is a shift of nobody."""
    overrides = tuple(overrides)
    edges = [start, *_edges(rota, overrides, start, end), end]
    found: list[Shift] = []
    for begins, ends in pairwise(edges):
        people = on_call(rota, overrides, begins)
        if found and found[-1].people == people:
            begins = found.pop().starts_at
        found.append(Shift(begins, ends, people))
    return tuple(found)


def shift_at(rota: Rota, overrides: Iterable[Override], at: datetime) -> Shift:
    """Return the shift at an instant: from the last hand-off or override's edge until the next one."""
    overrides = tuple(overrides)
    turn = rota.turn(at)
    edges = {edge for each in overrides for edge in (each.starts_at, each.ends_at)} | {rota.begins(turn)}
    later = turn + 1
    while rota.begins(later) <= at:  # a hand-off that was skipped
        later += 1
    starts = max(edge for edge in edges if edge <= at)
    ends = min((edge for edge in edges if edge > at), default=rota.begins(later))
    return Shift(starts, min(ends, rota.begins(later)), on_call(rota, overrides, at))


def check(override: Override) -> None:
    """Check what is the same at every site; ValueError names the field and what to do."""
    if override.ends_at <= override.starts_at:
        raise ValueError("ends_at: is not after starts_at; give a later end")
    if override.ends_at - override.starts_at > LONGEST_OVERRIDE:
        raise ValueError(f"ends_at: is more than {LONGEST_OVERRIDE.days} days after starts_at; change the rota instead")
    if override.kind is not OverrideKind.REMOVE and not override.person_id:
        raise ValueError("person_id: is missing; say who comes in")
    if override.kind is not OverrideKind.ADD and not override.instead_of:
        raise ValueError("instead_of: is missing; say who stays out")
    if override.person_id == override.instead_of:
        raise ValueError("instead_of: is the person who comes in; name two people")
    if not override.reason.strip():
        raise ValueError("reason: is missing; say why, without names of clients")


def _changed(people: list[str], override: Override) -> list[str]:
    out = override.instead_of
    if override.kind is OverrideKind.ADD:
        return people if override.person_id in people else [*people, override.person_id]
    if override.kind is OverrideKind.REMOVE:
        return [each for each in people if each != out]
    if out not in people:
        return people
    if override.person_id in people:
        return [each for each in people if each != out]
    return [override.person_id if each == out else each for each in people]


def _edges(rota: Rota, overrides: tuple[Override, ...], start: datetime, end: datetime) -> list[datetime]:
    """Return when it may change between two instants, in order, each once."""
    first, last = rota.turn(start) + 1, rota.turn(end)
    edges = {rota.begins(turn) for turn in range(max(first, 0), last + 1)}
    edges |= {edge for each in overrides for edge in (each.starts_at, each.ends_at)}
    return sorted(edge for edge in edges if start < edge < end)
