"""Elements of a FHIR R4 Questionnaire, read one by one: what is wrong is noted with its path, and reading goes on.

Only JSON that was parsed already comes in here: dicts, lists, texts, numbers and truth values.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BASE = "http://hl7.org/fhir/StructureDefinition/"
ITEM_CONTROL = BASE + "questionnaire-itemControl"
MIN_VALUE, MAX_VALUE = BASE + "minValue", BASE + "maxValue"
SLIDER_STEP = BASE + "questionnaire-sliderStepValue"
TRANSLATION = BASE + "translation"
HIDDEN = BASE + "questionnaire-hidden"
# How R4 and its later releases say what an answer counts.
WEIGHTS = (BASE + "ordinalValue", BASE + "itemWeight")
MAX_TEXT = 2_000  # characters
MAX_PROBLEMS = 50

Element = Mapping[str, Any]


class Unusable(ValueError):
    """A questionnaire that cannot be asked here; one line for each problem: ``<path>: <reason>; <advice>``."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = f" ({len(problems) - 1} more: check the file with `attune instruments load --check`)"
        super().__init__(problems[0] + (more if len(problems) > 1 else ""))
        self.problems = tuple(problems)


class Problems:
    """What is wrong with a file, in the order in which it was found."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, path: str, reason: str, advice: str) -> None:
        """Note a problem; past ``MAX_PROBLEMS`` it is enough."""
        if len(self._found) < MAX_PROBLEMS:
            self._found.append(f"{path}: {reason}; {advice}")

    def stop(self) -> None:
        """Raise Unusable when there is any problem."""
        if self._found:
            raise Unusable(self._found)

    def text(self, parent: Element, name: str, path: str, *, needed: bool = False) -> str:
        """Read a text that is not blank; "" when there is none or it is wrong."""
        value = parent.get(name)
        at = f"{path}.{name}" if path else name
        if value is None:
            if needed:
                self.add(at, "is missing", "give it")
            return ""
        if not isinstance(value, str) or not value.strip() or not _is_unicode(value):
            self.add(at, "is not a text", "give a text that is not empty")
            return ""
        if len(value) > MAX_TEXT:
            self.add(at, f"is longer than {MAX_TEXT} characters", "shorten it")
            return ""
        return value.strip()

    def truth(self, parent: Element, name: str, path: str) -> bool:
        """Read true or false; false when it is absent."""
        value = parent.get(name, False)
        if not isinstance(value, bool):
            self.add(f"{path}.{name}", "is neither true nor false", "give one of them without quotes")
            return False
        return value

    def elements(self, parent: Element, name: str, path: str) -> Iterator[tuple[str, Element]]:
        """Go through a list of elements with their paths; what is no element is noted."""
        at = f"{path}.{name}" if path else name
        value = parent.get(name, [])
        if not isinstance(value, list):
            self.add(at, "is not a list", "put it into [ ]")
            return
        for index, each in enumerate(value):
            if isinstance(each, dict):
                yield f"{at}[{index}]", each
            else:
                self.add(f"{at}[{index}]", "is not an element", "put it into { }")

    def extensions(self, parent: Element, path: str) -> Iterator[tuple[str, str, Element]]:
        """Go through an element's extensions: path, url and extension."""
        for at, each in self.elements(parent, "extension", path):
            url = each.get("url")
            if isinstance(url, str) and url:
                yield at, url, each
            else:
                self.add(f"{at}.url", "is missing", "an extension says by its url what it means")

    def amount(self, parent: Element, path: str, *urls: str) -> float | None:
        """Read the number that an extension gives; None when there is none."""
        for at, url, each in self.extensions(parent, path):
            if url in urls:
                for name in ("valueDecimal", "valueInteger"):
                    if name in each:
                        return self.number(each[name], f"{at}.{name}")
                self.add(at, "has neither valueDecimal nor valueInteger", "give the number as one of them")
        return None

    def number(self, value: object, path: str) -> float | None:
        """Read a finite number; None when it is none."""
        # A very large whole number is no float at all.
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9:
            return float(value)
        self.add(path, "is not a number, or is too large", "give a number without quotes")
        return None

    def control(self, parent: Element, path: str) -> str:
        """Read which control an item wants to be answered with; "" when it does not say."""
        for at, url, each in self.extensions(parent, path):
            if url == ITEM_CONTROL:
                concept = each.get("valueCodeableConcept")
                if not isinstance(concept, dict):
                    self.add(at, "has no valueCodeableConcept", "name the control by its code")
                    return ""
                for _, coding in self.elements(concept, "coding", f"{at}.valueCodeableConcept"):
                    if isinstance(coding.get("code"), str):
                        return str(coding["code"])
        return ""

    def translations(self, parent: Element, name: str, path: str) -> dict[str, str]:
        """Read the translations of a text: by language, from the extensions of ``_<name>``."""
        at = f"{path}._{name}" if path else f"_{name}"
        shadow = parent.get(f"_{name}", {})
        if not isinstance(shadow, dict):
            self.add(at, "is not an element", "put it into { }")
            return {}
        found: dict[str, str] = {}
        for place, url, each in self.extensions(shadow, at):
            if url != TRANSLATION:
                continue
            parts = {str(part.get("url")): part for _, part in self.elements(each, "extension", place)}
            language = _first(parts.get("lang", {}), "valueCode", "valueString")
            content = _first(parts.get("content", {}), "valueString", "valueMarkdown")
            if not language or not content or len(content) > MAX_TEXT or not _is_unicode(content):
                self.add(place, "is not a translation", f"give lang and content, at most {MAX_TEXT} characters")
            else:
                found[language] = content
        return found


def _first(element: Element, *names: str) -> str:
    values = (element.get(name) for name in names)
    return next((value.strip() for value in values if isinstance(value, str)), "")


def _is_unicode(text: str) -> bool:
    """Whether it can be stored: JSON can hold halves of characters."""
    return not any("\ud800" <= each <= "\udfff" for each in text)
