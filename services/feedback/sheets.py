"""What stands on a page: for each instrument that a request asks with, its questions in one language.

The wording is the site's own, where it has loaded one, or ours. Which edition was read is sealed into the page, so that
what comes back belongs to the very words that asked for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.feedback.domain import catalogue, filled
from services.feedback.domain.forms import Answer, Rater
from services.feedback.domain.instruments import Instrument
from services.feedback.domain.questionnaire import OURS, Asked, Note, Questionnaire
from services.feedback.questionnaires import Questionnaires
from services.feedback.tickets import Ticket
from services.feedback.wording import Choice, Question, Scale, Tick, Words, of_client, question
from services.feedback.wording_others import of_others


@dataclass(frozen=True, slots=True)
class Sheet:
    """One instrument on a page. Without ``wording`` it is asked in our own words."""

    instrument: Instrument
    place: int
    rater: int
    edition: int = 0
    wording: Questionnaire | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One instrument on a page as it is read. ``language`` is that of its texts."""

    language: str
    title: str
    parts: tuple[Words | Question, ...]
    notice: str

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions without the texts between them."""
        return tuple(part for part in self.parts if isinstance(part, Question))


class Sheets:
    """Finds the wording of what a ticket is for."""

    def __init__(self, questionnaires: Questionnaires) -> None:
        self._questionnaires = questionnaires

    async def fresh(self, ticket: Ticket) -> tuple[tuple[Sheet, ...], Ticket]:
        """Return a page that is to be read now, and the ticket that says which wordings are on it.

        A wording that was retired since it was asked with is still shown to whoever was asked.
        """
        sheets = []
        for place, (instrument_id, version, _) in enumerate(ticket.sheets):
            sheets.append(await self._fresh(ticket, place, catalogue.INSTRUMENTS[instrument_id, version]))
        names = tuple((each.instrument.instrument_id, each.instrument.version, each.edition) for each in sheets)
        return tuple(sheets), replace(ticket, sheets=names)

    async def again(self, ticket: Ticket) -> tuple[Sheet, ...]:
        """Return the page that was read, as its ticket says; Transient when that cannot be found out now."""
        sheets = []
        for bare in bare_sheets(ticket):
            found = None
            if bare.edition:
                key = (ticket.site_id, bare.instrument.instrument_id, bare.instrument.version, bare.edition)
                found = await self._questionnaires.edition(*key)
            sheets.append(replace(bare, wording=found.questionnaire if found is not None else None))
        return tuple(sheets)

    async def _fresh(self, ticket: Ticket, place: int, instrument: Instrument) -> Sheet:
        key = (ticket.site_id, instrument.instrument_id, instrument.version)
        if instrument.instrument_id not in OURS:
            found = await self._questionnaires.edition(*key, 0)
        elif ticket.rater == Rater.CLIENT:
            found = await self._questionnaires.in_use(*key)
        else:
            found = None  # what a site has loaded is what its clients read
        if found is None:
            return Sheet(instrument, place, ticket.rater)
        return Sheet(instrument, place, ticket.rater, found.number, found.questionnaire)


def bare_sheets(ticket: Ticket) -> tuple[Sheet, ...]:
    """Return the page without its words: enough to read answers, also while no wording can be had."""
    return tuple(
        Sheet(catalogue.INSTRUMENTS[instrument_id, version], place, ticket.rater, edition)
        for place, (instrument_id, version, edition) in enumerate(ticket.sheets)
    )


def read(sheet: Sheet, fields: Mapping[str, str]) -> tuple[Answer, ...]:
    """Return what was answered on a sheet; ValueError when the page was tampered with.

    A safety question that the page asked counts, whatever the site's file says by now.
    """
    return filled.read(fields, sheet.instrument, _items(sheet, safety_question=True), sheet.place)


def left_out(sheets: Sequence[Sheet], fields: Mapping[str, str], *, safety_question: bool) -> tuple[str, ...]:
    """Return the names of fields that must be answered and are not."""
    sections = (section(each, "en", str, safety_question=safety_question) for each in sheets)
    return tuple(
        each.name
        for one in sections
        for each in one.questions
        if each.required and not each.follows and not fields.get(each.name)
    )


def section(sheet: Sheet, language: str, translate: Callable[[str], str], *, safety_question: bool) -> Section:
    """Return a sheet as it is read in a language; one that the wording does not have becomes its first."""
    asked = _items(sheet, safety_question)
    wording = sheet.wording
    if wording is None:
        own = _own(sheet, safety_question)
        return Section(language, "", tuple(_translated(each, translate) for each in own), "")
    spoken = language if language in wording.languages else wording.languages[0]
    return Section(
        language=spoken,
        title=wording.title[spoken],
        parts=tuple(
            _part(each, sheet, spoken) for each in wording.parts if isinstance(each, Note) or each.item in asked
        ),
        notice=wording.copyright,
    )


def _items(sheet: Sheet, safety_question: bool) -> frozenset[int]:
    if sheet.edition == 0 and sheet.instrument.instrument_id in OURS:
        own = _own(sheet, safety_question)
        return frozenset(each.number for each in own if isinstance(each, Question))
    checkin = sheet.instrument.instrument_id == catalogue.CHECKIN.instrument_id
    left = {catalogue.SAFETY_ITEM} if checkin and not safety_question else set()
    return frozenset(sheet.instrument.by_number) - left


def _own(sheet: Sheet, safety_question: bool) -> tuple[Words | Question, ...]:
    if sheet.rater != Rater.CLIENT:
        return of_others(sheet.instrument, sheet.rater, sheet.place)
    return of_client(sheet.instrument, sheet.place, safety_question=safety_question)


def _translated(part: Words | Question, translate: Callable[[str], str]) -> Words | Question:
    if isinstance(part, Words):
        return replace(part, text=translate(part.text))
    return replace(part, text=_spoken(part.text, translate))


def _spoken(text: Scale | Choice | Tick, translate: Callable[[str], str]) -> Scale | Choice | Tick:
    if isinstance(text, Scale):
        return replace(text, question=translate(text.question), low=translate(text.low), high=translate(text.high))
    if isinstance(text, Choice):
        return Choice(translate(text.question), tuple((value, translate(each)) for value, each in text.options))
    return Tick(translate(text.question))


def _part(part: Note | Asked, sheet: Sheet, language: str) -> Words | Question:
    if isinstance(part, Note):
        return Words(part.text[language], part.heading)
    if part.options:
        options = [(option.value, option.text[language]) for option in part.options]
        text: Scale | Choice = Choice(part.text[language], tuple(options))
    else:
        low = part.low[language] if part.low else f"{sheet.instrument.by_number[part.item].minimum:g}"
        high = part.high[language] if part.high else f"{sheet.instrument.by_number[part.item].maximum:g}"
        text = Scale(part.text[language], low, high, part.step)
    return question(sheet.instrument, part.item, text, sheet.place, required=part.required)
