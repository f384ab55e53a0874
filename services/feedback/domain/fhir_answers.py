"""What a question of a FHIR R4 Questionnaire may be answered with, compared with the scoring key."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from services.feedback.domain.codes import Codes
from services.feedback.domain.fhir_elements import MAX_VALUE, MIN_VALUE, SLIDER_STEP, WEIGHTS, Element, Problems
from services.feedback.domain.instruments import Instrument, Item
from services.feedback.domain.questionnaire import Option, Text

# Above it whole numbers are a slider's work (own: as many as an 0 to 10 scale has).
MOST_NUMBERS = 11
# Steps of a scale that has none of its own (own: a millimetre of a line of 10 cm).
STEPS = 100
_YES: Text = MappingProxyType({"en": "Yes", "es": "Sí"})
_NO: Text = MappingProxyType({"en": "No", "es": "No"})


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the clinic says where a file does not speak for itself.

    ``items`` gives the key's item by linkId, ``answers`` the key's value by the code or text of an answer, and ``skip``
    lists the linkIds of questions that are not part of the key and are left out on purpose.
    """

    items: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, float] = field(default_factory=dict)
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """The options to choose from, or else a scale in steps of ``step``."""

    options: tuple[Option, ...] = ()
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """Reads the answers of one file's questions. ``texts`` reads a text in every language of the file."""

    problems: Problems
    instrument: Instrument
    codes: Codes
    mapped: Mapped
    contained: Mapping[str, tuple[str, Element]]
    languages: Sequence[str]
    texts: Callable[[Element, str, str], Text]

    def read(self, element: Element, kind: str, control: str, item: Item, path: str) -> Answers:
        """Read what this question may be answered with."""
        match kind:
            case "choice":
                return Answers(self._choice(element, item, path))
            case "boolean":
                return Answers(self._yes_no(item, path))
            case _:
                return self._scale(element, kind, control, item, path)

    def _choice(self, element: Element, item: Item, path: str) -> tuple[Option, ...]:
        options = []
        for at, option in self._options(element, path):
            found = self._option(option, at)
            if found is not None:
                options.append((at, found))
        if not options:
            self.problems.add(path, "has no answer that can be chosen", "list its answers as answerOption")
        self._compare([(at, option.value) for at, option in options], item, path)
        return tuple(option for _, option in options)

    def _options(self, element: Element, path: str) -> Iterator[tuple[str, Element]]:
        """Go through the answers of a choice, wherever the file has them, each as an answerOption."""
        listed = "answerOption" in element
        referred = element.get("answerValueSet")
        if listed == (referred is not None):
            said = "has both answerOption and answerValueSet" if listed else "has no answerOption"
            self.problems.add(path, said, "list the answers once, as answerOption")
            return
        if listed:
            for at, option in self.problems.elements(element, "answerOption", path):
                if option.get("initialSelected"):
                    self.problems.add(f"{at}.initialSelected", "is a default answer", "leave it out")
                yield at, option
            return
        if not isinstance(referred, str) or referred not in self.contained:
            self.problems.add(
                f"{path}.answerValueSet",
                "is not in this file",
                "list the answers as answerOption, or contain the ValueSet",
            )
            return
        place, value_set = self.contained[referred]
        compose = value_set.get("compose")
        for at, include in self.problems.elements(
            compose if isinstance(compose, dict) else {}, "include", f"{place}.compose"
        ):
            for concept_at, concept in self.problems.elements(include, "concept", at):
                yield concept_at, {"valueCoding": concept, "extension": concept.get("extension", [])}

    def _option(self, option: Element, path: str) -> Option | None:
        if "valueCoding" in option and isinstance(option["valueCoding"], dict):
            return self._coding(option, option["valueCoding"], f"{path}.valueCoding")
        if "valueString" in option:
            said = self.problems.text(option, "valueString", path)
            value = self._value(option, option, said, path)
            return None if value is None else Option(value, self.texts(option, "valueString", path))
        if "valueInteger" in option:
            value = self.problems.number(option["valueInteger"], f"{path}.valueInteger")
            return None if value is None else Option(value, dict.fromkeys(self.languages, f"{value:g}"))
        self.problems.add(path, "is of no kind that can be shown", "give valueCoding, valueString or valueInteger")
        return None

    def _coding(self, option: Element, coding: Element, path: str) -> Option | None:
        code = self.problems.text(coding, "code", path)
        name = "display" if "display" in coding else "code"
        value = self._value(option, coding, code, path)
        return None if value is None else Option(value, self.texts(coding, name, path))

    def _value(self, option: Element, coding: Element, code: str, path: str) -> float | None:
        """Find what an answer counts: by the mapping, its weight, its LOINC code, or a code that is a number."""
        weights = [self.problems.amount(each, path, *WEIGHTS) for each in (option, coding)]
        weight = next((each for each in weights if each is not None), None)
        known = self.codes.answer(code)
        if code in self.mapped.answers:
            return float(self.mapped.answers[code])
        if weight is not None:
            if known is not None and weight != known:
                self.problems.add(path, f"{code} counts {known:g}, not {weight:g}", "correct its ordinalValue")
            return weight
        if known is not None:
            return known
        if code.isascii() and code.isdigit() and len(code) < 4:
            return float(code)
        self.problems.add(
            path, "does not say what it counts", "give it an ordinalValue, or a value in the mapping's answers"
        )
        return None

    def _compare(self, options: Sequence[tuple[str, float]], item: Item, path: str) -> None:
        """Every answer of the key must be there once: with other answers the published figures do not hold."""
        seen: set[float] = set()
        for at, value in options:
            if not item.minimum <= value <= item.maximum or (item.whole and value != int(value)):
                self.problems.add(
                    at, f"counts {value:g}, and item {item.number} takes {_range(item)}", "correct its value"
                )
            elif value in seen:
                self.problems.add(
                    at, f"counts {value:g}, as another answer does", "give each answer a value of its own"
                )
            seen.add(value)
        if item.whole:
            missing = [value for value in range(int(item.minimum), int(item.maximum) + 1) if value not in seen]
            if missing and options:
                said = ", ".join(map(str, missing))
                self.problems.add(path, f"has no answer that counts {said}", f"item {item.number} takes {_range(item)}")

    def _yes_no(self, item: Item, path: str) -> tuple[Option, ...]:
        if (item.minimum, item.maximum, item.whole) != (0, 1, True):
            self.problems.add(path, f"is yes or no, and item {item.number} takes {_range(item)}", "use a choice")
        missing = [language for language in self.languages if language not in _YES]
        if missing:
            self.problems.add(
                path, f"there is no yes and no in {missing[0]!r} here", "use a choice with your own words"
            )
            return ()
        return (
            Option(1, {language: _YES[language] for language in self.languages}),
            Option(0, {language: _NO[language] for language in self.languages}),
        )

    def _scale(self, element: Element, kind: str, control: str, item: Item, path: str) -> Answers:
        ends = [self.problems.amount(element, path, url) for url in (MIN_VALUE, MAX_VALUE)]
        if ends != [item.minimum, item.maximum]:
            said = "has no minValue or maxValue" if None in ends else f"goes from {ends[0]:g} to {ends[1]:g}"
            self.problems.add(
                path, f"{said}, and item {item.number} takes {_range(item)}", "set the two extensions to that"
            )
        if item.whole and kind == "decimal":
            self.problems.add(path, f"takes decimals, and item {item.number} does not", "make it an integer")
        numbers = int(item.maximum - item.minimum) + 1
        if kind == "integer" and control != "slider" and numbers <= MOST_NUMBERS:
            values = range(int(item.minimum), int(item.maximum) + 1)
            return Answers(tuple(Option(value, dict.fromkeys(self.languages, str(value))) for value in values))
        if item.number in self.instrument.risk:
            # Sliding past an answer must not page anybody, nor show and hide the way to help.
            self.problems.add(
                path, f"item {item.number} can page the clinician on call and is a slider", "use a choice"
            )
        given = self.problems.amount(element, path, SLIDER_STEP)
        step = 1.0 if kind == "integer" else (item.maximum - item.minimum) / STEPS
        if given is not None and (
            given <= 0 or given > item.maximum - item.minimum or (item.whole and given != int(given))
        ):
            self.problems.add(
                path, f"has a sliderStepValue of {given:g}", f"choose one for {_range(item)}, or leave it out"
            )
            return Answers(step=step)
        return Answers(step=step if given is None else given)


def _range(item: Item) -> str:
    kind: Any = "whole numbers " if item.whole else ""
    return f"{kind}{item.minimum:g} to {item.maximum:g}"
