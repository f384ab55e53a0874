"""The screen in the waiting room, in a real Chromium: a form is answered there, and nothing of it stays."""

import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Forms, picture
from tests.support.asking import SITE, until

OpenPage = Callable[..., Page]
THANKS = "Thank you. Your answers have arrived."


def signed_in(forms: Forms, open_page: OpenPage) -> Page:
    page = open_page(viewport=DESK)
    page.goto(f"{forms.process.http}/kiosk")
    page.get_by_label("Token").fill(forms.asked.keys.token("screen-1", [SITE], ["kiosk"]))
    picture(page, "kiosk-1-sign-in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Reference")).to_be_focused()
    picture(page, "kiosk-2-start")
    return page


def asked(forms: Forms) -> tuple[str, str]:
    """An episode with an open request, and the id of the response that it will have."""
    episode = f"ep-{uuid.uuid4().hex[:8]}"
    forms.asked.episode(episode)
    return episode, forms.asked.issued(episode, "se-1").request.request_id


def enter(page: Page, reference: str) -> None:
    page.get_by_label("Reference").fill(reference)
    page.keyboard.press("Enter")  # as a scanner does


def test_a_client_answers_on_the_screen_and_nothing_of_it_stays(forms: Forms, open_page: OpenPage) -> None:
    page = signed_in(forms, open_page)
    page.clock.install()
    before = page.evaluate("history.length")
    episode, response_id = asked(forms)
    enter(page, episode)
    expect(page.get_by_role("img", name="QR code of your form")).to_be_visible()
    picture(page, "kiosk-3-found")
    page.get_by_role("link", name="Answer on this screen").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.locator('label[for="i9-0"]').click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    picture(page, "kiosk-4-thanks", whole=True)
    assert forms.answers(response_id) == {9: 0.0}
    page.clock.fast_forward(46_000)
    expect(page.get_by_label("Reference")).to_be_visible()
    assert page.evaluate("history.length") == before
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    # The reference is used up, and says so without saying why.
    enter(page, episode)
    expect(page.get_by_role("alert")).to_contain_text("There is nothing to answer for this reference now.")


def test_a_form_that_is_left_on_the_screen_goes_away_and_is_empty_for_the_next(
    forms: Forms, open_page: OpenPage
) -> None:
    page = signed_in(forms, open_page)
    page.clock.install()
    episode, response_id = asked(forms)
    enter(page, episode)
    page.get_by_role("link", name="Answer on this screen").click()
    page.locator('label[for="i9-1"]').click()
    page.clock.fast_forward(121_000)
    expect(page.get_by_label("Reference")).to_be_visible()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.go_back()
    assert page.locator("form[data-draft]").count() == 0
    page.goto(f"{forms.process.http}/kiosk")
    enter(page, episode)
    page.get_by_role("link", name="Answer on this screen").click()
    expect(page.locator("input:checked")).to_have_count(0)
    assert forms.answers(response_id) is None


def test_only_a_kiosks_own_token_opens_it(forms: Forms, open_page: OpenPage) -> None:
    for sites, scopes in (([SITE], ["operate"]), (["*"], ["kiosk"]), (["elsewhere"], ["kiosk"])):
        page = open_page(viewport=DESK)
        page.goto(f"{forms.process.http}/kiosk")
        page.get_by_label("Token").fill(forms.asked.keys.token("someone", sites, scopes))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("This is no token of a kiosk")


def test_a_risk_answer_on_a_form_that_is_left_is_passed_on(forms: Forms, open_page: OpenPage) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    expect(page.get_by_text("even if you do not send the form")).to_be_visible()
    page.locator('label[for="i11-1"]').click()
    page.goto(f"{forms.process.http}/instruments")  # before the moment for taking a slip back is over
    assert until(lambda: forms.database.flags.count_documents({"response_id": response_id})) == 1
    assert forms.answers(response_id) is None


def test_a_slip_that_is_taken_back_passes_nothing_on(forms: Forms, open_page: OpenPage) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.clock.install()
    page.goto(link)
    page.locator('label[for="i11-1"]').click()
    page.locator('label[for="i11-0"]').click()
    page.clock.fast_forward(30_000)
    page.locator('label[for="i11-2"]').click()
    with page.expect_response(lambda each: each.url.endswith("/risk")) as passed:
        page.clock.fast_forward(5_000)
    assert passed.value.status == 204
    assert forms.database.flags.count_documents({"response_id": response_id}) == 1
