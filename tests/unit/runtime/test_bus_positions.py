"""What may be committed, whatever the order in which events finish."""

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.bus.positions import Positions, Ticket

AT = ("t", 0)


def test_nothing_is_committed_past_an_open_event() -> None:
    positions = Positions()
    tickets = [positions.take(AT, offset) for offset in (10, 11, 12)]
    positions.settle(tickets[1])
    positions.settle(tickets[2])
    assert positions.committable() == {AT: 10}, "Faust's own bookkeeping says 13 here"
    positions.settle(tickets[0])
    assert positions.committable() == {AT: 13}


def test_what_was_committed_is_not_committed_again() -> None:
    positions = Positions()
    positions.settle(positions.take(AT, 5))
    positions.committed(positions.committable())
    assert positions.committable() == {}
    positions.take(AT, 6)
    assert positions.committable() == {}


def test_offsets_that_compaction_removed_hold_nothing_up() -> None:
    positions = Positions()
    for offset in (0, 7, 30):
        positions.settle(positions.take(AT, offset))
    assert positions.committable() == {AT: 31}


def test_an_event_delivered_again_is_open_again() -> None:
    positions = Positions()
    first = positions.take(AT, 5)
    positions.settle(positions.take(AT, 6))
    again = positions.take(AT, 5)
    positions.settle(first)
    assert positions.committable() == {AT: 5}
    positions.settle(again)
    assert positions.committable() == {AT: 7}


def test_an_event_from_before_a_rebalance_changes_nothing() -> None:
    positions = Positions()
    old = positions.take(AT, 90)
    positions.reset()
    positions.take(AT, 40)
    positions.settle(old)
    assert positions.committable() == {AT: 40}


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)))
def test_the_committed_offset_is_the_first_open_one(order: list[int], never: set[int]) -> None:
    positions = Positions()
    tickets: list[Ticket] = [positions.take(AT, offset) for offset in range(12)]
    done: set[int] = set()
    for offset in order:
        if offset not in never:
            positions.settle(tickets[offset])
            done.add(offset)
        first_open = min(set(range(12)) - done, default=12)
        assert positions.next_offset(AT) == first_open
