"""Questionnaires in the shapes that are found outside, with wording made up for these tests."""

import json
from collections.abc import Mapping
from typing import Any

BASE = "http://hl7.org/fhir/StructureDefinition/"
LICENCE = "Agreement 2026-17 with the holder of the rights"
GAD7_CODES = ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7")
PHQ9_CODES = (
    "44250-9",
    "44255-8",
    "44259-0",
    "44254-1",
    "44251-7",
    "44258-2",
    "44252-5",
    "44253-3",
    "44260-8",
)
ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")


def translated(text: str) -> dict[str, Any]:
    """The element that holds the Spanish of a text."""
    return {
        "extension": [
            {
                "url": BASE + "translation",
                "extension": [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": f"{text} (es)"}],
            }
        ]
    }


def said(name: str, text: str) -> dict[str, Any]:
    """A text with its translation."""
    return {name: text, f"_{name}": translated(text)}


def control(code: str) -> dict[str, Any]:
    return {"url": BASE + "questionnaire-itemControl", "valueCodeableConcept": {"coding": [{"code": code}]}}


def answer(code: str, text: str, weight: float | None = None, system: str = "http://loinc.org") -> dict[str, Any]:
    option: dict[str, Any] = {"valueCoding": {"system": system, "code": code, **said("display", text)}}
    if weight is not None:
        option["extension"] = [{"url": BASE + "ordinalValue", "valueDecimal": weight}]
    return option


def questionnaire(title: str, *items: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Questionnaire",
        "url": "https://clinic.example/Questionnaire/one",
        "version": "2026",
        "status": "active",
        "language": "en",
        **said("title", title),
        "item": list(items),
        **more,
    }


def choices() -> dict[str, Any]:
    """Seven choices in a group with LOINC codes, each with ordinalValue: the shape of a screening panel."""
    words = ("Never", "Now and then", "Often", "Always")
    items = [
        {
            "linkId": f"/{code}",
            "code": [{"system": "http://loinc.org", "code": code}],
            **said("text", f"Made-up matter {number}"),
            "type": "choice",
            "answerOption": [answer(ANSWERS[value], word, value) for value, word in enumerate(words)],
        }
        for number, code in enumerate(GAD7_CODES, start=1)
    ]
    group = {"linkId": "all", **said("text", "In the last days"), "type": "group", "item": items}
    hint = {"linkId": "hint", **said("text", "There is no right answer."), "type": "display"}
    return questionnaire("Made-up questions", hint, group, copyright="Made up for tests.")


def value_set() -> dict[str, Any]:
    """Nine choices that share a contained ValueSet, and two items that are no part of the key."""
    words = ("Not once", "Once", "Twice", "Daily")
    concepts = [
        {
            "code": ANSWERS[value],
            **said("display", word),
            "extension": [{"url": BASE + "ordinalValue", "valueDecimal": value}],
        }
        for value, word in enumerate(words)
    ]
    items: list[dict[str, Any]] = [
        {
            "linkId": code,
            **said("text", f"Made-up trouble {number}"),
            "type": "choice",
            "required": number == 1,
            "answerValueSet": "#four",
        }
        for number, code in enumerate(PHQ9_CODES, start=1)
    ]
    items.append({"linkId": "69722-7", "text": "Made-up burden", "type": "choice", "answerValueSet": "#four"})
    items.append({"linkId": "44261-6", "text": "Total", "type": "integer", "readOnly": True})
    contained = {
        "resourceType": "ValueSet",
        "id": "four",
        "compose": {"include": [{"system": "http://loinc.org", "concept": concepts}]},
    }
    return questionnaire("Made-up troubles", *items, contained=[contained])


def sliders() -> dict[str, Any]:
    """Four visual analogue scales from 0 to 10 with a text at each end."""
    items = [
        {
            "linkId": str(number),
            **said("text", f"Made-up line {number}"),
            "type": "decimal",
            "required": number == 4,
            "extension": [
                control("slider"),
                {"url": BASE + "minValue", "valueDecimal": 0},
                {"url": BASE + "maxValue", "valueDecimal": 10},
            ],
            "item": [
                {
                    "linkId": f"{number}-{end}",
                    **said("text", f"{end} end"),
                    "type": "display",
                    "extension": [control(end)],
                }
                for end in ("lower", "upper")
            ],
        }
        for number in range(1, 5)
    ]
    return questionnaire("Made-up lines", *items)


def numbers() -> dict[str, Any]:
    """Twelve whole numbers from 1 to 5, by linkIds that say nothing."""
    ends = [{"url": BASE + "minValue", "valueInteger": 1}, {"url": BASE + "maxValue", "valueInteger": 5}]
    items = [
        {"linkId": f"q-{letter}", "text": f"Made-up sentence {letter}", "type": "integer", "extension": ends}
        for letter in "abcdefghijkl"
    ]
    made = questionnaire("Made-up sentences", *items)
    del made["_title"]
    return made


NUMBERS_MAPPING = {f"q-{letter}": number for number, letter in enumerate("abcdefghijkl", start=1)}


def text(made: Mapping[str, Any]) -> str:
    return json.dumps(made)
