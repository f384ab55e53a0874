"""Wordings from outside: read as what the key can score, or refused with every reason."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.feedback.domain import catalogue, fhir
from services.feedback.domain.fhir_answers import Mapped
from services.feedback.domain.fhir_elements import Unusable
from services.feedback.domain.questionnaire import Asked, Note, Questionnaire
from services.feedback.questionnaire_documents import loaded_document, read_loaded
from services.feedback.questionnaires import File, Questionnaires, checked
from services.runtime.errors import NotFound, Permanent
from tests.support import questionnaires as made
from tests.support.questionnaires import LICENCE
from tests.unit.feedback.world import World

PLAIN = Mapped()
SKIP = Mapped(skip=("69722-7", "44261-6"))


def read(resource: object, instrument_id: str = "gad7", mapped: Mapped = PLAIN) -> Questionnaire:
    return fhir.read(resource, catalogue.INSTRUMENTS[instrument_id, catalogue.versions(instrument_id)[0]], mapped)


def refused(resource: object, instrument_id: str = "gad7", mapped: Mapped = PLAIN) -> tuple[str, ...]:
    with pytest.raises(Unusable) as why:
        read(resource, instrument_id, mapped)
    return why.value.problems


# ---------------------------------------------------------------- what is taken
def test_choices_with_loinc_codes_a_group_and_a_translation() -> None:
    found = read(made.choices())
    assert found.languages == ("en", "es")
    assert [type(part) for part in found.parts[:2]] == [Note, Note]
    assert [asked.item for asked in found.asked] == [1, 2, 3, 4, 5, 6, 7]
    first = found.asked[0]
    assert [(option.value, option.text["en"]) for option in first.options] == [
        (0, "Never"),
        (1, "Now and then"),
        (2, "Often"),
        (3, "Always"),
    ]
    assert first.text["es"] == "Made-up matter 1 (es)"
    assert found.copyright == "Made up for tests."


def test_answers_from_a_contained_value_set_and_items_left_out_on_purpose() -> None:
    found = read(made.value_set(), "phq9", SKIP)
    assert [asked.item for asked in found.asked] == list(range(1, 10))
    assert [asked.required for asked in found.asked][:2] == [True, False]
    assert [option.value for option in found.asked[8].options] == [0, 1, 2, 3]


def test_sliders_have_the_range_of_the_key_and_their_ends() -> None:
    found = read(made.sliders(), "ors")
    line = found.asked[0]
    assert (line.options, line.step) == ((), 0.1)
    assert line.low is not None
    assert (line.low["en"], line.low["es"]) == ("lower end", "lower end (es)")


def test_whole_numbers_are_choices_and_a_mapping_names_their_items() -> None:
    found = read(made.numbers(), "wai_sr", Mapped(items=made.NUMBERS_MAPPING))
    assert [asked.item for asked in found.asked] == list(range(1, 13))
    assert [option.text["en"] for option in found.asked[0].options] == ["1", "2", "3", "4", "5"]


def test_a_mapping_says_what_answers_count_that_do_not_say_it() -> None:
    resource = made.choices()
    for item in resource["item"][1]["item"]:
        item["answerOption"] = [{"valueString": word} for word in ("no", "a bit", "much", "very")]
    del resource["_title"]
    found = read(resource, mapped=Mapped(answers={"no": 0, "a bit": 1, "much": 2, "very": 3}))
    assert [option.value for option in found.asked[6].options] == [0, 1, 2, 3]


# ---------------------------------------------------------------- what is refused
def _item(resource: dict[str, Any], **change: Any) -> dict[str, Any]:
    resource["item"][1]["item"][3].update(change)
    return resource


def _option(resource: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    change(resource["item"][1]["item"][3]["answerOption"][1])
    return resource


AT = "item[1].item[3]"
REFUSALS: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "no questionnaire": (lambda made: {"resourceType": "Patient"}, "resourceType", "is not Questionnaire"),
    "a list": (lambda made: [made], "resourceType", "is not Questionnaire"),
    "a condition": (lambda made: _item(made, enableWhen=[{"question": "x"}]), f"{AT}.enableWhen", "not supported"),
    "an attachment": (lambda made: _item(made, type="attachment"), f"{AT}.type", "'attachment' is not supported"),
    "free text": (lambda made: _item(made, type="text"), f"{AT}.type", "'text' is not supported"),
    "several answers": (lambda made: _item(made, repeats=True), f"{AT}.repeats", "one answer is taken"),
    "a check box": (
        lambda made: _item(made, extension=[made_control("check-box")]),
        AT,
        "the control 'check-box' is not supported",
    ),
    "a default answer": (
        lambda made: _option(made, lambda option: option.update(initialSelected=True)),
        f"{AT}.answerOption[1].initialSelected",
        "is a default answer",
    ),
    "an initial value": (lambda made: _item(made, initial=[{"valueInteger": 1}]), f"{AT}.initial", "default answer"),
    "no answers": (lambda made: _item(made, answerOption=[]), AT, "has no answer that can be chosen"),
    "a missing answer": (
        lambda made: _item(made, answerOption=made["item"][1]["item"][3]["answerOption"][:3]),
        AT,
        "has no answer that counts 3",
    ),
    "an answer out of range": (
        lambda made: _option(made, lambda option: option["extension"][0].update(valueDecimal=7)),
        f"{AT}.answerOption[1]",
        "counts 7",
    ),
    "a wrong weight": (
        lambda made: _option(made, lambda option: option["extension"][0].update(valueDecimal=2)),
        f"{AT}.answerOption[1].valueCoding",
        "LA6569-3 counts 1, not 2",
    ),
    "answers elsewhere": (
        lambda made: _item(made, answerOption=None, answerValueSet="http://loinc.org/vs/LL358-3"),
        AT,
        "has both",
    ),
    "an unknown code": (lambda made: _item(made, code=[], linkId="mood"), AT, "'mood' is no item of gad7 version 1"),
    "an item twice": (
        lambda made: _item(made, code=[{"system": "http://loinc.org", "code": "69725-0"}]),
        AT,
        "item 1 is asked already",
    ),
    "the total as an item": (
        lambda made: _item(made, code=[{"system": "http://loinc.org", "code": "70274-6"}], linkId="total"),
        AT,
        "is no item",
    ),
    "one text untranslated": (lambda made: _item(made, _text={}), f"{AT}._text", "is not translated to 'es'"),
    "a formula": (
        lambda made: _item(made, extension=[{"url": "http://x/sdc-questionnaire-calculatedExpression"}]),
        f"{AT}.extension[0]",
        "is not supported",
    ),
    "hidden": (
        lambda made: _item(made, extension=[{"url": made_base() + "questionnaire-hidden", "valueBoolean": True}]),
        f"{AT}.extension[0]",
        "nobody could answer it",
    ),
    "retired": (lambda made: {**made, "status": "retired"}, "status", "neither draft nor active"),
    "a modifier": (
        lambda made: {**made, "modifierExtension": [{}]},
        "modifierExtension",
        "changes what the file means",
    ),
    "the same linkId": (lambda made: _item(made, linkId="hint"), f"{AT}.linkId", "is there already"),
    "no text": (lambda made: _item(made, text=None), f"{AT}.text", "is missing"),
    "items that are no list": (lambda made: {**made, "item": {}}, "item", "is not a list"),
    "half a character": (lambda made: _item(made, text="\ud800"), f"{AT}.text", "is not a text"),
    "an instrument's half": (lambda made: {**made, "item": made["item"][1]["item"][:4]}, "item", "5, 6, 7"),
}


def made_control(code: str) -> dict[str, Any]:
    return made.control(code)


def made_base() -> str:
    return made.BASE


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_asked_is_refused_with_its_path_and_what_to_do(name: str) -> None:
    change, path, reason = REFUSALS[name]
    problems = refused(change(copy.deepcopy(made.choices())))
    found = [problem for problem in problems if problem.startswith(f"{path}: ")]
    assert found, problems
    assert any(reason in problem for problem in found), problems
    assert all("; " in problem for problem in problems)


def test_every_problem_is_listed_at_once() -> None:
    resource = _item(_item(made.choices(), repeats=True), enableWhen=[{}])
    assert len(refused(resource)) == 2


def test_a_slider_that_could_page_is_refused() -> None:
    resource = made.value_set()
    item = resource["item"][8]
    del item["answerValueSet"]
    ends = [{"url": made.BASE + "minValue", "valueInteger": 0}, {"url": made.BASE + "maxValue", "valueInteger": 3}]
    item.update(type="integer", extension=[made.control("slider"), *ends])
    (problem,) = refused(resource, "phq9", SKIP)
    assert problem.startswith("item[8]: item 9 can page the clinician on call and is a slider")


def test_a_range_other_than_the_keys_is_refused() -> None:
    resource = made.sliders()
    resource["item"][0]["extension"][2]["valueDecimal"] = 100
    (problem,) = refused(resource, "ors")
    assert problem.startswith("item[0]: goes from 0 to 100, and item 1 takes 0 to 10")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _told(problems: tuple[str, ...]) -> None:
    assert all(": " in problem and "; " in problem for problem in problems)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_file_it_is_read_or_refused(data: st.DataObject) -> None:
    """Any value anywhere in a good file: never another error than Unusable."""
    name, resource, mapped = data.draw(
        st.sampled_from(
            [("gad7", made.choices(), Mapped()), ("phq9", made.value_set(), SKIP), ("ors", made.sliders(), Mapped())]
        )
    )
    resource = json.loads(json.dumps(resource))
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = resource
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and data.draw(st.booleans()):
                place = place[key]
                continue
            place[key] = data.draw(json_values)
            break
    instrument = catalogue.INSTRUMENTS[name, "1"]
    try:
        found = fhir.read(resource, instrument, mapped)
    except Unusable as why:
        _told(why.problems)
        return
    assert {asked.item for asked in found.asked} == instrument.by_number.keys()
    for asked in found.asked:
        item = instrument.by_number[asked.item]
        assert all(item.minimum <= option.value <= item.maximum for option in asked.options)
        assert asked.options or asked.step > 0


# ---------------------------------------------------------------- loading
def file(resource: object = None, licence: str = LICENCE, instrument_id: str = "gad7", version: str = "") -> File:
    return File(instrument_id, version, made.text(resource or made.choices()), licence, Mapped())  # type: ignore[arg-type]


def test_a_licence_is_needed_and_all_else_is_said_too() -> None:
    with pytest.raises(Unusable) as why:
        checked(file(_item(made.choices(), repeats=True), licence=" "))
    assert [problem.split(":")[0] for problem in why.value.problems] == ["licence", f"{AT}.repeats"]
    with pytest.raises(Unusable, match="is not JSON"):
        checked(File("gad7", "", "{", LICENCE, Mapped()))
    with pytest.raises(Unusable, match="nested too deeply"):
        checked(File("gad7", "", "[" * 200_000, LICENCE, Mapped()))
    with pytest.raises(ValueError, match="in our own words only"):
        checked(File("attune-session-notes", "", "{}", LICENCE, Mapped()))
    with pytest.raises(ValueError, match="instrument_id"):
        checked(File("nothing", "", "{}", LICENCE, Mapped()))


@pytest.fixture
def site() -> Questionnaires:
    return World().questionnaires


async def test_the_same_wording_is_one_edition_and_another_one_is_the_next(site: Questionnaires) -> None:
    first = await site.load("harbour", file(), "ops")
    again = await site.load("harbour", file(), "somebody")
    assert again == first
    assert (first.current.number, first.current.loaded_by, first.current.licence) == (1, "ops", LICENCE)
    changed = made.choices()
    changed["copyright"] = "Another notice."
    second = await site.load("harbour", file(changed), "ops")
    assert [each.number for each in second.editions] == [1, 2]
    old = await site.edition("harbour", "gad7", "1", 1)
    assert old == first.current
    assert await site.edition("harbour", "gad7", "1", 3) is None
    assert await site.in_use("elsewhere", "gad7", "1") is None


async def test_a_retired_wording_is_out_of_use_until_it_is_loaded_again(site: Questionnaires) -> None:
    with pytest.raises(NotFound):
        await site.retire("harbour", "gad7", "", "not needed", "ops")
    await site.load("harbour", file(), "ops")
    with pytest.raises(Permanent, match="reason"):
        await site.retire("harbour", "gad7", "", " ", "ops")
    retired = await site.retire("harbour", "gad7", "", "the agreement ended", "ops")
    assert retired.retired is not None
    assert await site.in_use("harbour", "gad7", "1") is None
    assert await site.edition("harbour", "gad7", "1", 1) is not None
    assert (await site.list("harbour"))[0].retired == retired.retired
    await site.load("harbour", file(), "ops")
    assert await site.in_use("harbour", "gad7", "1") is not None


async def test_a_document_is_read_as_it_was_written(site: Questionnaires) -> None:
    loaded = await site.load("harbour", file(made.sliders(), instrument_id="ors"), "ops")
    assert read_loaded(loaded_document(loaded)) == loaded
    assert isinstance(loaded.current.questionnaire.parts[0], Asked)
