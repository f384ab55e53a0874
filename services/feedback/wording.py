"""The wording of our own check-in form: what each item asks, in English; other languages are in the catalogues.

It is ours, under the licence of this repository, and has not been validated. Changing what an item asks about makes a
new version of the instrument.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.feedback.domain import catalogue
from services.feedback.domain.instruments import Instrument, Item


def _(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Scale:
    """A question that is answered anywhere between two ends."""

    question: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A question that is answered with one of a few, from the value that comes first."""

    question: str
    # Value and text, in the order in which they are shown.
    options: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One item of a form as a client is asked it."""

    item: Item
    text: Scale | Choice
    # The least answer that pages the clinician on call; None when no answer does.
    risk_at: float | None
    # The number of the item that decides whether this one is asked; 0 when it always is.
    follows: int

    @property
    def number(self) -> int:
        """The item's number in the instrument."""
        return self.item.number

    def risky(self, value: float) -> bool:
        """Tell whether this answer pages."""
        return self.risk_at is not None and value >= self.risk_at


_YES_NO = ((0, _("No")), (1, _("Yes")))

_CHECKIN: Mapping[int, Scale | Choice] = MappingProxyType(
    {
        1: Scale(_("How much could you trust your therapist?"), _("Not at all"), _("Fully")),
        2: Scale(_("How respected did you feel?"), _("Not at all"), _("Fully")),
        3: Scale(_("How well did your therapist listen to you?"), _("Hardly"), _("Very well")),
        4: Scale(_("How well did your therapist understand what it is like for you?"), _("Hardly"), _("Very well")),
        5: Scale(_("How much was it about what you want to reach?"), _("Not at all"), _("Very much")),
        6: Scale(_("How much sense did the things make that you did together?"), _("None"), _("A lot")),
        7: Scale(_("How sincere was your therapist with you?"), _("Not at all"), _("Fully")),
        8: Scale(_("How right was the pace, so that you felt safe?"), _("Not right"), _("Just right")),
        12: Scale(_("How much was the session what you had hoped for?"), _("Not at all"), _("Very much")),
        9: Choice(_("Was there any tension or misunderstanding between you and your therapist?"), _YES_NO),
        10: Choice(_("Could you clear it up together?"), ((1, _("Yes")), (0, _("Not yet")))),
        11: Choice(
            _("Are you in danger, or have you thought of harming yourself or of ending your life?"),
            ((0, _("No")), (1, _("At times")), (2, _("Often")), (3, _("Yes, I need help now"))),
        ),
    }
)


def questions(instrument: Instrument, *, safety_question: bool) -> tuple[Question, ...]:
    """Return what a client is asked, in the order of the page."""
    asked = [
        Question(
            item=instrument.by_number[number],
            text=text,
            risk_at=instrument.risk.get(number),
            follows=condition.item if (condition := instrument.by_number[number].only_when) else 0,
        )
        for number, text in _CHECKIN.items()
        if safety_question or number != catalogue.SAFETY_ITEM
    ]
    return tuple(asked)
