"""LOINC's codes of items and answers, by which a questionnaire's items are recognised.

From the clinical reference, 1.2 (S60); the codes of GAD-7's items are from memory there (M). The same codes are with
the scoring keys, and a contract test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Codes:
    """``items`` in the order of the items, from 1; ``answers`` in the order of the values, from the lowest."""

    items: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    def item(self, code: str) -> int | None:
        """The number of the item that has this code; None when none has."""
        return self.items.index(code) + 1 if code in self.items else None

    def answer(self, code: str) -> float | None:
        """The value of the answer that has this code; None when none has."""
        return float(self.answers.index(code)) if code in self.answers else None


_ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")

_CODES: Mapping[str, Codes] = MappingProxyType(
    {
        "phq9": Codes(
            (
                "44250-9",
                "44255-8",
                "44259-0",
                "44254-1",
                "44251-7",
                "44258-2",
                "44252-5",
                "44253-3",
                "44260-8",
            ),
            _ANSWERS,
        ),
        "gad7": Codes(
            ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"),
            _ANSWERS,
        ),
    }
)


def of(instrument_id: str) -> Codes:
    """Return the codes of an instrument; empty when it has none here."""
    return _CODES.get(instrument_id, Codes())
