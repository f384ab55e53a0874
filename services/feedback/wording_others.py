"""The wording of our own forms for therapists and observers, in English; other languages are in the catalogues.

The check-in asks them about the same facets as it asks the client, seen from their side, so that the two views of one
session can be laid side by side. It is ours and has not been validated. The marks of withdrawal and confrontation and
what can be tried are those of the clinical reference, 2.7 (M): the clinician says which they saw, for ratings cannot.
"""

from collections.abc import Mapping
from types import MappingProxyType

from services.feedback.domain import catalogue
from services.feedback.domain.forms import Rater
from services.feedback.domain.instruments import Instrument
from services.feedback.wording import YES_NO, Choice, Question, Scale, Tick, Words, question


def _(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_RESOLVED = ((1, _("Yes")), (0, _("Not yet")))

_THERAPIST: Mapping[int, Scale | Choice] = MappingProxyType(
    {
        1: Scale(_("How much could your client trust you?"), _("Not at all"), _("Fully")),
        2: Scale(_("How respected did your client feel?"), _("Not at all"), _("Fully")),
        3: Scale(_("How well did you listen to your client?"), _("Hardly"), _("Very well")),
        4: Scale(_("How well did you understand what it is like for your client?"), _("Hardly"), _("Very well")),
        5: Scale(_("How much was it about what your client wants to reach?"), _("Not at all"), _("Very much")),
        6: Scale(_("How much sense did it make to your client what you did together?"), _("None"), _("A lot")),
        7: Scale(_("How sincere were you with your client?"), _("Not at all"), _("Fully")),
        8: Scale(_("How right was the pace for your client to feel safe?"), _("Not right"), _("Just right")),
        9: Choice(_("Was there any tension or misunderstanding between you and your client?"), YES_NO),
        10: Choice(_("Could you clear it up together?"), _RESOLVED),
    }
)

_OBSERVER: Mapping[int, Scale | Choice] = MappingProxyType(
    {
        1: Scale(_("How much could the client trust the therapist?"), _("Not at all"), _("Fully")),
        2: Scale(_("How respected did the client feel?"), _("Not at all"), _("Fully")),
        3: Scale(_("How well did the therapist listen to the client?"), _("Hardly"), _("Very well")),
        4: Scale(
            _("How well did the therapist understand what it is like for the client?"), _("Hardly"), _("Very well")
        ),
        5: Scale(_("How much was it about what the client wants to reach?"), _("Not at all"), _("Very much")),
        6: Scale(_("How much sense did it make to the client what they did together?"), _("None"), _("A lot")),
        7: Scale(_("How sincere was the therapist with the client?"), _("Not at all"), _("Fully")),
        8: Scale(_("How right was the pace for the client to feel safe?"), _("Not right"), _("Just right")),
        9: Choice(_("Was there any tension or misunderstanding between the two?"), YES_NO),
        10: Choice(_("Could they clear it up together?"), _RESOLVED),
    }
)

_SEEN = _("What did you see?")
_TRIED = _("What was tried?")
_NOTES: Mapping[int, Tick] = MappingProxyType(
    {
        catalogue.WITHDRAWAL_ITEM: Tick(
            _("Withdrawal: the client fell silent, answered little, gave in, or changed the subject")
        ),
        catalogue.CONFRONTATION_ITEM: Tick(
            _("Confrontation: the client complained, rejected something, or wanted to take control")
        ),
        3: Tick(_("Cleared up a misunderstanding")),
        4: Tick(_("Changed the task or the goal")),
        5: Tick(_("Explained why")),
        6: Tick(_("Asked for thoughts and feelings about what was going on")),
        7: Tick(_("Acknowledged the therapist's own part")),
        8: Tick(_("Said how it was for the therapist")),
        9: Tick(_("Linked it to a wider pattern")),
        10: Tick(_("Respected the client's way of protecting themselves")),
        11: Tick(_("Led back to the task")),
    }
)


def of_others(instrument: Instrument, rater: int, place: int) -> tuple[Words | Question, ...]:
    """Return one of our own instruments as a therapist or an observer is asked it, in the order of the page."""
    if instrument.instrument_id == catalogue.NOTES.instrument_id:
        seen, tried = (
            [question(instrument, number, text, place) for number, text in _NOTES.items() if (number > 2) is tries]
            for tries in (False, True)
        )
        return (Words(_SEEN, heading=True), *seen, Words(_TRIED, heading=True), *tried)
    texts = _THERAPIST if rater == Rater.THERAPIST else _OBSERVER
    return tuple(question(instrument, number, text, place) for number, text in texts.items())
