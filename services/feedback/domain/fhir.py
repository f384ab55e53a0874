"""A FHIR R4 Questionnaire, read as the wording of an instrument, or refused with every reason.

Narrow on purpose: what a client would see and what the key can score. An element that would change what is asked, or
what an answer means, and that is not understood here, refuses the file; it is never left out silently. Extensions that
are not listed may be ignored, as FHIR allows for all but modifier extensions (R4, 2.4.0.1).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from services.feedback.domain import codes
from services.feedback.domain.fhir_answers import AnswerReader, Mapped
from services.feedback.domain.fhir_elements import HIDDEN, Element, Problems
from services.feedback.domain.instruments import Instrument
from services.feedback.domain.questionnaire import Asked, Note, Questionnaire, Text

MAX_DEPTH = 6
MAX_PARTS = 200

_QUESTIONS = frozenset({"choice", "boolean", "integer", "decimal"})
_CONTROLS = frozenset({"", "radio-button", "drop-down", "slider", "spinner", "text-box"})
_NOTES = frozenset({"", "help", "prompt", "inline", "flyover", "header", "footer", "lower", "upper"})
_GROUPS = frozenset({"", "list", "table", "gtable", "grid", "htable", "header", "footer", "page"})
# Elements of an item that change what is asked or answered, and why they are not taken.
_REFUSED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "enableWhen": ("conditions are not supported", "ask it always; the key has its own conditions"),
        "enableBehavior": ("conditions are not supported", "ask it always; the key has its own conditions"),
        "repeats": ("one answer is taken", "leave it out"),
        "readOnly": ("nobody could answer it", "list its linkId under skip in the mapping"),
        "initial": ("is a default answer", "leave it out"),
        "modifierExtension": ("changes what the item means in a way that is not known here", "leave it out"),
    }
)
_ROOT_REFUSED = ("modifierExtension", "implicitRules")
_LANGUAGE_LENGTH = 35  # characters; RFC 5646, 4.4.1


def read(resource: object, instrument: Instrument, mapped: Mapped) -> Questionnaire:
    """Read a parsed file; Unusable lists everything that is wrong with it."""
    problems = Problems()
    if not isinstance(resource, dict) or resource.get("resourceType") != "Questionnaire":
        problems.add("resourceType", "is not Questionnaire", "give a FHIR R4 Questionnaire as JSON")
        problems.stop()
        raise AssertionError("unreachable")
    found = _Reader(problems, resource, instrument, mapped).read()
    problems.stop()
    return found


class _Reader:
    def __init__(self, problems: Problems, resource: Element, instrument: Instrument, mapped: Mapped) -> None:
        self._problems = problems
        self._resource = resource
        self._instrument = instrument
        self._mapped = mapped
        self._codes = codes.of(instrument.instrument_id)
        self._languages = self._all_languages()
        self._parts: list[Note | Asked] = []
        self._link_ids: set[str] = set()
        self._items: set[int] = set()
        self._answers = AnswerReader(
            problems, instrument, self._codes, mapped, self._contained(), self._languages, self._texts
        )

    def read(self) -> Questionnaire:
        resource = self._resource
        for name in _ROOT_REFUSED:
            if name in resource:
                self._problems.add(name, "changes what the file means in a way that is not known here", "leave it out")
        if resource.get("status") not in ("draft", "active"):
            self._problems.add("status", "is neither draft nor active", "use a questionnaire that is in use")
        title = self._texts(resource, "title", "")
        self._items_of(resource, "", 1)
        self._all_there()
        return Questionnaire(
            instrument_id=self._instrument.instrument_id,
            instrument_version=self._instrument.version,
            languages=self._languages,
            title=title,
            parts=tuple(self._parts),
            copyright=self._problems.text(resource, "copyright", ""),
            url=self._problems.text(resource, "url", ""),
            version=self._problems.text(resource, "version", ""),
        )

    def _all_languages(self) -> tuple[str, ...]:
        """Return the file's language, then those that its title is translated to."""
        first = self._problems.text(self._resource, "language", "") or "en"
        others = self._problems.translations(self._resource, "title", "")
        languages = tuple(dict.fromkeys((first, *others)))
        for language in languages:
            if len(language) > _LANGUAGE_LENGTH or not language.replace("-", "").isalnum() or not language.isascii():
                self._problems.add("language", f"{language[:_LANGUAGE_LENGTH]!r} is none", "write it as en or es")
        return languages

    def _contained(self) -> dict[str, tuple[str, Element]]:
        found = {}
        for at, each in self._problems.elements(self._resource, "contained", ""):
            if each.get("resourceType") == "ValueSet":
                found[f"#{each.get('id')}"] = (at, each)
        return found

    def _texts(self, parent: Element, name: str, path: str) -> Text:
        """Read a text in every language of the file: one language must not show through another."""
        first, *others = self._languages
        translated = self._problems.translations(parent, name, path)
        at = f"{path}._{name}" if path else f"_{name}"
        for language in others:
            if language not in translated:
                self._problems.add(
                    at, f"is not translated to {language!r}", "translate every text that is shown, or none"
                )
        own = self._problems.text(parent, name, path, needed=True)
        return {first: own, **{language: translated.get(language, "") for language in others}}

    def _items_of(self, parent: Element, path: str, depth: int) -> None:
        for at, element in self._problems.elements(parent, "item", path):
            if depth > MAX_DEPTH or len(self._parts) >= MAX_PARTS:
                self._problems.add(at, f"is more than {MAX_DEPTH} deep or {MAX_PARTS} long", "make the form smaller")
                return
            self._item(element, at, depth)

    def _item(self, element: Element, path: str, depth: int) -> None:
        link_id = self._problems.text(element, "linkId", path, needed=True)
        if link_id in self._link_ids:
            self._problems.add(f"{path}.linkId", f"{link_id[:64]!r} is there already", "give each item its own")
        self._link_ids.add(link_id)
        if link_id in self._mapped.skip:
            return
        self._refuse(element, path)
        kind = self._problems.text(element, "type", path, needed=True)
        if not kind:
            return
        if kind == "group":
            self._note(element, path, _GROUPS, heading=True)
            self._items_of(element, path, depth + 1)
        elif kind == "display":
            self._note(element, path, _NOTES, heading=False)
        elif kind in _QUESTIONS:
            self._question(element, kind, link_id, path)
        else:
            advice = (
                f"use {', '.join(sorted(_QUESTIONS))}, group or display, or list its linkId under skip in the mapping"
            )
            self._problems.add(f"{path}.type", f"{kind[:64]!r} is not supported", advice)

    def _refuse(self, element: Element, path: str) -> None:
        for name, (reason, advice) in _REFUSED.items():
            if element.get(name) not in (None, False, []):
                self._problems.add(f"{path}.{name}", reason, advice)
        for at, url, extension in self._problems.extensions(element, path):
            if "expression" in url.lower() or "constraint" in url.lower():
                self._problems.add(at, f"{url[-80:]} is not supported", "leave it out")
            elif url == HIDDEN and extension.get("valueBoolean") is True:
                self._problems.add(at, "nobody could answer it", "list its linkId under skip in the mapping")

    def _note(self, element: Element, path: str, controls: frozenset[str], *, heading: bool) -> None:
        if self._problems.control(element, path) not in controls:
            self._problems.add(path, "has a questionnaire-itemControl that is not supported", "leave it out")
        if heading and "text" not in element:
            return
        self._parts.append(Note(self._texts(element, "text", path), heading))

    def _question(self, element: Element, kind: str, link_id: str, path: str) -> None:
        number = self._number(element, link_id, path)
        item = self._instrument.by_number.get(number) if number is not None else None
        if item is None:
            return
        control = self._problems.control(element, path)
        if control not in _CONTROLS:
            self._problems.add(
                path, f"the control {control[:64]!r} is not supported", f"use {', '.join(sorted(_CONTROLS))[2:]}"
            )
        answers = self._answers.read(element, kind, control, item, path)
        low, high = self._ends(element, path)
        asked = Asked(
            item=item.number,
            text=self._texts(element, "text", path),
            required=self._problems.truth(element, "required", path),
            options=answers.options,
            step=answers.step,
            low=low,
            high=high,
        )
        self._parts.append(asked)

    def _ends(self, element: Element, path: str) -> tuple[Text | None, Text | None]:
        """Read the texts at the ends of a scale: display items with the controls lower and upper (R4, item-control)."""
        ends: dict[str, Text] = {}
        for at, child in self._problems.elements(element, "item", path):
            control = self._problems.control(child, at)
            if child.get("type") == "display" and control in ("lower", "upper"):
                self._refuse(child, at)
                ends[control] = self._texts(child, "text", at)
            else:
                self._problems.add(
                    at, "is below a question", "put it next to the question; only a scale's ends go there"
                )
        return ends.get("lower"), ends.get("upper")

    def _number(self, element: Element, link_id: str, path: str) -> int | None:
        """Find the key's item: by the clinic's mapping, a LOINC code, or a linkId that is the item's number."""
        number = self._matched(element, link_id, path)
        if number is None:
            advice = "name its item under items in the mapping, or leave it out on purpose under skip"
            self._problems.add(path, f"{link_id[:64]!r} is no item of {self._instrument.name}", advice)
        elif number in self._items:
            self._problems.add(path, f"item {number} is asked already", "ask each item once")
            return None
        else:
            self._items.add(number)
        return number

    def _matched(self, element: Element, link_id: str, path: str) -> int | None:
        known: Any = self._instrument.by_number
        if link_id in self._mapped.items:
            number = self._mapped.items[link_id]
            return number if number in known else None
        for _, coding in self._problems.elements(element, "code", path):
            if coding.get("system") == codes.LOINC and isinstance(coding.get("code"), str):
                by_code = self._codes.item(str(coding["code"]))
                if by_code is not None:
                    return by_code
        by_code = self._codes.item(link_id.rpartition("/")[2])
        if by_code is not None:
            return by_code
        if link_id.isascii() and link_id.isdigit() and len(link_id) < 4 and int(link_id) in known:
            return int(link_id)
        return None

    def _all_there(self) -> None:
        missing = [str(item.number) for item in self._instrument.items if item.number not in self._items]
        if missing and not self._unknown_left():
            self._problems.add(
                "item", f"{self._instrument.name} has items that are not asked: {', '.join(missing)}", "ask every item"
            )

    def _unknown_left(self) -> bool:
        """Whether items may be missing only because a question was not recognised, which is said already."""
        return len(self._link_ids) > 0 and not self._items
