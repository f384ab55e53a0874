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
    # Between two values of a slider, in the item's units.
    step: float = 0.1


@dataclass(frozen=True, slots=True)
class Choice:
    """A question that is answered with one of a few, from the value that comes first."""

    question: str
    # Value and text, in the order in which they are shown.
    options: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to tick when it was so; left out otherwise."""

    question: str


@dataclass(frozen=True, slots=True)
class Words:
    """A text between the questions."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One item of a form as somebody is asked it."""

    item: Item
    text: Scale | Choice | Tick
    # The least answer that pages the clinician on call; None when no answer does.
    risk_at: float | None
    # The number of the item that decides whether this one is asked; 0 when it always is.
    follows: int
    required: bool = False
    # The place of its instrument on the page; 0 is the first.
    place: int = 0

    @property
    def name(self) -> str:
        """The name of its field on the page."""
        return field_name(self.place, self.item.number)

    @property
    def risky_options(self) -> tuple[bool, ...]:
        """Which of its options page, in their order."""
        return tuple(self.risky(value) for value, _text in self.text.options) if isinstance(self.text, Choice) else ()

    @property
    def number(self) -> int:
        """The item's number in the instrument."""
        return self.item.number

    def risky(self, value: float) -> bool:
        """Tell whether this answer pages."""
        return self.risk_at is not None and value >= self.risk_at


YES_NO = ((0, _("No")), (1, _("Yes")))

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
        9: Choice(_("Was there any tension or misunderstanding between you and your therapist?"), YES_NO),
        10: Choice(_("Could you clear it up together?"), ((1, _("Yes")), (0, _("Not yet")))),
        11: Choice(
            _("Are you in danger, or have you thought of harming yourself or of ending your life?"),
            ((0, _("No")), (1, _("At times")), (2, _("Often")), (3, _("Yes, I need help now"))),
        ),
    }
)


def field_name(place: int, item: int) -> str:
    """Return the name of a field: ``i4`` of the first instrument on a page, ``i1-4`` of the second."""
    return f"i{item}" if place == 0 else f"i{place}-{item}"


def question(
    instrument: Instrument, number: int, text: Scale | Choice | Tick, place: int, *, required: bool = False
) -> Question:
    """Return an item as it is asked."""
    item = instrument.by_number[number]
    return Question(
        item=item,
        text=text,
        risk_at=instrument.risk.get(number),
        follows=item.only_when.item if item.only_when else 0,
        required=required,
        place=place,
    )


def of_client(instrument: Instrument, place: int, *, safety_question: bool) -> tuple[Question, ...]:
    """Return our check-in as a client is asked it, in the order of the page."""
    return tuple(
        question(instrument, number, text, place)
        for number, text in _CHECKIN.items()
        if safety_question or number != catalogue.SAFETY_ITEM
    )
