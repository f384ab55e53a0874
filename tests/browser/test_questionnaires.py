"""Wordings from outside, and the forms of therapists and observers, in real Chromium at both sizes."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.feedback.v1 import feedback_service_pb2 as api
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, Forms, picture
from tests.browser.test_form import SCRIPTS, SIZES, THANKS, OpenPage, send, slide, violations
from tests.support import questionnaires as made
from tests.support.asking import SITE

SKIP = api.QuestionnaireMapping(skip=["69722-7", "44261-6"])


def load(forms: Forms, instrument_id: str, resource: Mapping[str, Any], mapping: Any = None) -> None:
    request = api.LoadInstrumentRequest(
        site_id=SITE,
        instrument_id=instrument_id,
        questionnaire=made.text(resource),
        licence=made.LICENCE,
        mapping=mapping,
    )
    forms.asked.call("LoadInstrument", request, scopes=("operate",))


def asked(forms: Forms, instrument_id: str = "", rater: clinic.Rater | None = None) -> tuple[str, str]:
    """The link and the response's id of a form that a clinic asks for by name."""
    episode, session = f"ep-{uuid.uuid4().hex[:8]}", f"se-{uuid.uuid4().hex[:8]}"
    forms.asked.episode(episode)
    forms.asked.issued(episode, session)  # once the episode is there
    request = api.IssueRequestRequest(
        site_id=SITE, episode_id=episode, session_id=session, instrument_id=instrument_id, rater=rater
    )
    issued = forms.asked.call("IssueRequest", request)
    return issued.link, issued.request.request_id


@SIZES
@SCRIPTS
def test_a_loaded_questionnaire_of_choices(
    forms: Forms, open_page: OpenPage, viewport: dict[str, int], scripts: bool, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    load(forms, "phq9", made.value_set(), SKIP)
    link, response_id = asked(forms, "phq9")
    page = open_page(scripts=scripts, viewport=viewport)
    page.goto(link)
    picture(page, f"loaded-{name}-1", whole=True)
    assert page.locator("input:checked").count() == 0
    for item in range(1, 9):
        page.locator(f'label[for="i{item}-{item % 4}"]').click()
    help_now = page.locator("fieldset .crisis")
    expect(help_now).to_be_hidden()
    page.locator('label[for="i9-1"]').click()
    expect(help_now).to_be_visible()
    picture(page, f"loaded-{name}-2", whole=True)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert forms.answers(response_id) == {**{item: float(item % 4) for item in range(1, 9)}, 9: 1.0}


@SIZES
@SCRIPTS
def test_a_loaded_questionnaire_of_sliders_and_what_must_be_answered(
    forms: Forms, open_page: OpenPage, viewport: dict[str, int], scripts: bool, request: pytest.FixtureRequest
) -> None:
    load(forms, "ors", made.sliders())
    link, response_id = asked(forms, "ors")
    page = open_page(scripts=scripts, viewport=viewport)
    page.goto(link)

    def answer(item: int, value: int) -> None:
        if scripts:
            slide(page, item, value)
        else:
            page.locator(f'input[name="i{item}"][value="{value}"]').check(force=True)

    answer(1, 3)
    send(page)  # the fourth must be answered
    if scripts:
        expect(page.get_by_role("status")).to_contain_text("Please answer the questions that are marked")
        expect(page.locator('fieldset[data-name="i4"] input')).to_be_focused()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(THANKS)
    assert forms.answers(response_id) is None
    answer(4, 9)
    picture(page, f"sliders-{request.node.callspec.id}", whole=True)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    answers = forms.answers(response_id)
    assert answers is not None
    assert {item: round(value) for item, value in answers.items()} == {1: 3, 4: 9}


@SIZES
@SCRIPTS
def test_a_therapists_form(
    forms: Forms, open_page: OpenPage, viewport: dict[str, int], scripts: bool, request: pytest.FixtureRequest
) -> None:
    link, response_id = asked(forms, rater=clinic.RATER_THERAPIST)
    page = open_page(scripts=scripts, viewport=viewport)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("How was the session with your client?")
    page.locator('label[for="i9-1"]').click()
    page.get_by_label("Withdrawal:").check()
    page.get_by_label("Explained why").check()
    picture(page, f"therapist-{request.node.callspec.id}", whole=True)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert forms.answers(response_id) == {9: 1.0}
    assert forms.answers(f"{response_id}.1") == {1: 1.0, 5: 1.0}


def test_ticks_are_kept_over_a_reload(forms: Forms, open_page: OpenPage) -> None:
    link, _ = asked(forms, rater=clinic.RATER_OBSERVER)
    page = open_page()
    page.goto(link)
    page.get_by_label("Confrontation:").check()
    page.reload()
    expect(page.get_by_label("Confrontation:")).to_be_checked()
    expect(page.get_by_label("Withdrawal:")).not_to_be_checked()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_on_any_of_them(
    forms: Forms, open_page: OpenPage, viewport: dict[str, int], scheme: str, language: str
) -> None:
    load(forms, "gad7", made.choices())
    load(forms, "ors", made.sliders())
    links = [asked(forms, "gad7")[0], asked(forms, "ors")[0], asked(forms, rater=clinic.RATER_THERAPIST)[0]]
    for link in links:
        page = open_page(viewport=viewport, color_scheme=scheme)
        page.goto(f"{link}?lang={language}")
        violations(page)


def test_no_page_is_wider_than_a_phone(forms: Forms, open_page: OpenPage) -> None:
    load(forms, "gad7", made.choices())
    for link, _ in (asked(forms, "gad7"), asked(forms, rater=clinic.RATER_THERAPIST)):
        page = open_page(viewport={"width": 320, "height": 640})
        page.goto(link)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
