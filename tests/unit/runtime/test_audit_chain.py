"""The audit's hash chain notices every kind of tampering, and names the first broken place."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.runtime import audit_chain

AT = datetime(2026, 1, 12, 10, 0, tzinfo=UTC)


class Chain:
    """Nine entries of two sites in three links."""

    def __init__(self) -> None:
        self.entries = {f"e{number}": entry(number) for number in range(9)}
        self.seals: list[dict[str, Any]] = []
        for start in (0, 3, 6):
            before = self.seals[-1] if self.seals else None
            batch = [self.entries[f"e{number}"] for number in range(start, start + 3)]
            self.seals.append(audit_chain.seal(before, batch, AT + timedelta(seconds=start)))

    def verify(self, **more: Any) -> audit_chain.Verdict:
        def load(ids: Any) -> dict[str, Any]:
            return {each: self.entries[each] for each in ids if each in self.entries}

        return audit_chain.verify(self.seals, load, **more)


def entry(number: int) -> dict[str, Any]:
    return {
        "_id": f"e{number}",
        "at": AT + timedelta(seconds=number),
        "who": "user:ana",
        "action": "page alert",
        "site_id": "north" if number % 2 else "south",
        "subject": f"alerts/{number}",
        "outcome": "OK",
        "detail": "",
    }


def test_an_untouched_chain_holds_and_gives_its_head_as_an_anchor() -> None:
    chain = Chain()
    verdict = chain.verify()
    assert (verdict.seals, verdict.entries, verdict.broken) == (3, 9, None)
    assert verdict.head == audit_chain.anchor(chain.seals[-1])
    assert chain.verify(anchors=[verdict.head]).broken is None


def test_a_link_says_the_same_whatever_zone_its_time_is_given_in() -> None:
    from zoneinfo import ZoneInfo

    there = {**entry(1), "at": entry(1)["at"].astimezone(ZoneInfo("America/New_York"))}
    assert audit_chain.entry_hash(there) == audit_chain.entry_hash(entry(1))


@pytest.mark.parametrize("field", [name for name in audit_chain.FIELDS if name != "_id"])
def test_a_changed_field_is_found_and_named(field: str) -> None:
    chain = Chain()
    chain.entries["e4"] = {**chain.entries["e4"], field: AT if field == "at" else "something else"}
    broken = chain.verify().broken
    assert broken == audit_chain.Break(2, "e4", "was changed")


def test_a_value_of_another_type_with_the_same_text_is_found() -> None:
    chain = Chain()
    text = audit_chain.as_line({**chain.entries["e4"], "seal": 2, "hash": ""})
    chain.entries["e4"] = {**chain.entries["e4"], "at": json.loads(text)["at"]}
    assert chain.verify().broken == audit_chain.Break(2, "e4", "was changed")
    chain = Chain()
    chain.seals[1]["at"] = chain.seals[1]["at"].isoformat(timespec="milliseconds")
    assert chain.verify().broken == audit_chain.Break(2, "", "was changed")


@pytest.mark.parametrize("place", [0, 1])
def test_of_two_anchors_of_one_link_both_have_to_hold(place: int) -> None:
    chain = Chain()
    anchors = [audit_chain.anchor(chain.seals[-1])]
    anchors.insert(place, f"3:{'f' * 64}")
    broken = chain.verify(anchors=anchors).broken
    assert broken is not None
    assert broken.seal == 3


def test_a_removed_entry_is_found_and_named() -> None:
    chain = Chain()
    del chain.entries["e4"]
    assert chain.verify().broken == audit_chain.Break(2, "e4", "was removed")


def swap_in_link(chain: Chain) -> None:
    chain.seals[1]["entries"].reverse()


def swap_links(chain: Chain) -> None:
    first, second = chain.seals[0], chain.seals[1]
    first["_id"], second["_id"] = 2, 1
    chain.seals[:2] = [second, first]


def drop_link(chain: Chain) -> None:
    del chain.seals[1]


def hide_entry(chain: Chain) -> None:
    """Takes an entry out of its link as well, and computes the link's hash anew."""
    del chain.entries["e4"]
    del chain.seals[1]["entries"][1]
    chain.seals[1]["hash"] = audit_chain.seal_hash(chain.seals[1])


@pytest.mark.parametrize(
    ("tamper", "place", "reason"),
    [
        (swap_in_link, 2, "was changed"),
        (swap_links, 1, "does not follow the one before"),
        (drop_link, 2, "is missing"),
        (hide_entry, 3, "does not follow the one before"),
    ],
)
def test_reordered_and_removed_links_are_found(tamper: Callable[[Chain], None], place: int, reason: str) -> None:
    chain = Chain()
    tamper(chain)
    broken = chain.verify().broken
    assert broken is not None
    assert (broken.seal, broken.entry_id) == (place, "")
    assert broken.reason.startswith(reason)


def test_a_cut_off_end_is_found_with_an_anchor_only() -> None:
    chain = Chain()
    kept = audit_chain.anchor(chain.seals[-1])
    chain.seals.pop()
    assert chain.verify().broken is None
    broken = chain.verify(anchors=[kept]).broken
    assert broken is not None
    assert (broken.seal, broken.reason) == (3, "the chain ends before it: its newest part was cut off")


def test_a_chain_written_anew_is_found_with_an_anchor() -> None:
    chain = Chain()
    kept = audit_chain.anchor(chain.seals[-1])
    chain.entries["e0"] = {**chain.entries["e0"], "who": "user:mallory"}
    before: dict[str, Any] | None = None
    for place, link in enumerate(copy.deepcopy(chain.seals)):
        batch = [chain.entries[each["id"]] for each in link["entries"]]
        before = chain.seals[place] = audit_chain.seal(before, batch, link["at"])
    assert chain.verify().broken is None
    broken = chain.verify(anchors=[kept]).broken
    assert broken is not None
    assert broken.seal == 3


def test_a_site_is_verified_without_reading_the_entries_of_others() -> None:
    chain = Chain()
    for name in [each for each, found in chain.entries.items() if found["site_id"] == "south"]:
        del chain.entries[name]
    verdict = chain.verify(wanted=lambda _link, site: site == "north")
    assert (verdict.entries, verdict.broken) == (4, None)
