"""The client's form in real Chromium: on a phone and on a desk, with and without scripts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import DESK, PHONE, Forms, picture
from tests.support.asking import until

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
OpenPage = Callable[..., Page]
SIZES = pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])

THANKS = "Thank you. Your answers have arrived."
CRISIS = "Please get help now. You do not have to be alone with this."


def without_ours(page: Page, scripts: bool) -> None:
    """Keep our script from the page where a test needs scripts of its own to look at it without."""
    if not scripts:
        page.route("**/form/*.js", lambda route: route.abort())


def slide(page: Page, item: int, to: float) -> None:
    """Drag the slider of an item with the mouse, as a thumb does."""
    slider = page.locator(f'fieldset[data-name="i{item}"] input[type=range]')
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    thumb = 28  # pixels; its middle stays inside of the track
    x = box["x"] + thumb / 2 + (box["width"] - thumb) * to / 10
    page.mouse.click(x, box["y"] + box["height"] / 2)


def fill(page: Page, scripts: bool, values: dict[int, float]) -> None:
    for item, value in values.items():
        if item > 8:
            page.locator(f'label[for="i{item}-{int(value)}"]').click()
        elif scripts:
            slide(page, item, value)
        else:
            page.locator(f'input[name="i{item}"][value="{int(value)}"]').check(force=True)


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()


@SIZES
@SCRIPTS
def test_a_client_answers_and_it_arrives_once(
    forms: Forms, open_page: OpenPage, viewport: dict[str, int], scripts: bool, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    link, response_id = forms.link()
    page = open_page(scripts=scripts, viewport=viewport)
    page.goto(link)
    picture(page, f"{name}-1-form")
    assert page.locator("input:checked").count() == 0
    fill(page, scripts, {1: 9, 2: 8, 3: 2, 5: 5, 9: 1, 10: 0})
    picture(page, f"{name}-2-filled", whole=True)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    picture(page, f"{name}-3-thanks", whole=True)
    answers = forms.answers(response_id)
    assert answers is not None
    # What was not touched was not answered.
    assert answers.keys() == {1, 2, 3, 5, 9, 10}
    assert {item: round(value) for item, value in answers.items()} == {1: 9, 2: 8, 3: 2, 5: 5, 9: 1, 10: 0}


@SIZES
@SCRIPTS
def test_a_risk_answer_shows_where_to_get_help_before_anything_is_sent(
    forms: Forms, open_page: OpenPage, viewport: dict[str, int], scripts: bool, request: pytest.FixtureRequest
) -> None:
    link, response_id = forms.link()
    page = open_page(scripts=scripts, viewport=viewport)
    page.goto(link)
    sent: list[Request] = []
    page.on("request", lambda each: sent.append(each))
    help_now = page.locator("fieldset .crisis")
    expect(help_now).to_be_hidden()
    page.locator('label[for="i11-0"]').click()
    expect(help_now).to_be_hidden()
    page.locator('label[for="i11-1"]').click()
    expect(help_now).to_be_visible()
    expect(help_now).to_contain_text(CRISIS)
    expect(help_now.get_by_role("link")).to_have_attribute("href", "tel:112")
    help_now.scroll_into_view_if_needed()
    picture(page, f"{request.node.callspec.id}-4-crisis")
    assert sent == []
    send(page)
    expect(page.get_by_text("The clinician on call is being told now.")).to_be_visible()
    picture(page, f"{request.node.callspec.id}-5-crisis-thanks", whole=True)
    assert forms.answers(response_id) == {11: 1.0}


def test_a_risk_answer_of_a_form_that_is_refused_is_passed_on_until_it_has_arrived(
    forms: Forms, open_page: OpenPage
) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    refused: list[str] = []

    def refuse(route: Any) -> None:
        if route.request.method != "POST" or (route.request.url.endswith("/risk") and len(refused) > 1):
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=400, content_type="text/html", body='<main id="main"><h1>Refused</h1></main>')

    page.route("**/f/**", refuse)
    page.locator('label[for="i11-1"]').click()
    with page.expect_response(lambda each: each.url.endswith("/risk") and each.ok):
        send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Refused")
    assert forms.database.flags.find_one({"response_id": response_id})
    assert [each.endswith("/risk") for each in refused] == [False, True]


@SCRIPTS
def test_the_second_question_on_tension_comes_with_a_yes(forms: Forms, open_page: OpenPage, scripts: bool) -> None:
    page = open_page(scripts=scripts)
    page.goto(forms.link()[0])
    follows = page.get_by_text("Could you clear it up together?")
    expect(follows).to_be_hidden()
    page.locator('label[for="i9-1"]').click()
    expect(follows).to_be_visible()
    page.locator('label[for="i9-0"]').click()
    expect(follows).to_be_hidden()


def test_without_a_network_it_waits_says_so_and_sends_by_itself(forms: Forms, open_page: OpenPage) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    fill(page, True, {1: 7, 9: 0})
    page.context.set_offline(True)
    send(page)
    expect(page.get_by_role("status")).to_contain_text("Not sent yet: there is no connection.")
    page.get_by_role("status").scroll_into_view_if_needed()
    picture(page, "offline")
    assert forms.answers(response_id) is None
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert forms.answers(response_id) is not None
    assert page.evaluate("localStorage.length") == 0


def test_while_the_server_is_away_it_waits_says_so_and_sends_by_itself(forms: Forms, open_page: OpenPage) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    fill(page, True, {1: 7, 9: 0})
    forms.process.kill()
    try:
        send(page)
        expect(page.get_by_role("status")).to_contain_text("Not sent yet: our server does not answer.")
    finally:
        forms.process.start()
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS, timeout=40_000)
    assert forms.answers(response_id) is not None


def test_an_answer_whose_confirmation_was_lost_arrives_once(forms: Forms, open_page: OpenPage) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    fill(page, True, {1: 7})
    lost: list[str] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())
        route.abort("connectionreset")

    page.route("**/f/*", lose)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert THANKS in lost[0]
    answers = forms.answers(response_id)
    assert answers is not None
    assert answers.keys() == {1}


def test_what_had_arrived_when_the_page_was_closed_is_kept_no_longer_once_the_link_is_opened_again(
    forms: Forms, open_page: OpenPage
) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    fill(page, True, {1: 7})
    page.get_by_label("Is there anything that you want to say in your own words?").fill("It was hard.")

    def lose(route: Any) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/f/*", lose)
    send(page)
    expect(page.get_by_role("status")).to_contain_text("Not sent yet")
    assert forms.answers(response_id) is not None
    assert "It was hard." in json.dumps(page.evaluate("({...localStorage})"))
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert page.evaluate("localStorage.length") == 0


def test_what_was_entered_is_there_after_a_reload_and_in_the_other_language(forms: Forms, open_page: OpenPage) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    fill(page, True, {2: 6, 9: 1, 10: 1})
    page.reload()
    expect(page.get_by_role("status")).to_have_text("What you had entered is still here.")
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("¿Cómo fue su sesión?")
    picture(page, "spanish", whole=True)
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gracias. Sus respuestas han llegado.")
    answers = forms.answers(response_id)
    assert answers is not None
    assert answers.keys() == {2, 9, 10}


def test_a_form_that_was_left_unsent_without_a_network_is_sent_when_it_is_opened_again(
    forms: Forms, open_page: OpenPage
) -> None:
    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    fill(page, True, {1: 4})
    page.context.set_offline(True)
    send(page)
    expect(page.get_by_role("status")).to_contain_text("Not sent yet")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert forms.answers(response_id) is not None


@SCRIPTS
def test_going_back_and_opening_the_link_again_show_thanks_and_no_answers(
    forms: Forms, open_page: OpenPage, scripts: bool
) -> None:
    link, response_id = forms.link()
    page = open_page(scripts=scripts)
    page.goto("about:blank")
    page.goto(link)
    fill(page, scripts, {1: 9})
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    before = forms.answers(response_id)
    page.go_back()
    page.go_forward()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert page.locator("form").count() == 0
    assert forms.answers(response_id) == before


@SIZES
@SCRIPTS
def test_words_and_who_may_see_them_survive_a_reload_and_arrive(
    forms: Forms, open_page: OpenPage, viewport: dict[str, int], scripts: bool, request: pytest.FixtureRequest
) -> None:
    link, response_id = forms.link()
    page = open_page(scripts=scripts, viewport=viewport)
    page.goto(link)
    words = page.get_by_label("Is there anything that you want to say in your own words?")
    words.fill("It was <hard>.\nReally.")
    if scripts:
        send(page)
        expect(page.get_by_role("status")).to_contain_text("Please answer at least one question, too.")
        page.reload()
        expect(words).to_have_value("It was <hard>.\nReally.")
    fill(page, scripts, {1: 7})
    page.locator('label[for="visibility-held"]').click()
    words.scroll_into_view_if_needed()
    picture(page, f"{request.node.callspec.id}-6-words")
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert forms.stored(response_id)["chosen"] == "held"
    assert b"hard" not in forms.stored(response_id)["comment"]
    if scripts:
        assert page.evaluate("localStorage.length") == 0


@SCRIPTS
def test_a_double_tap_on_send_is_one_response(forms: Forms, open_page: OpenPage, scripts: bool) -> None:
    link, response_id = forms.link()
    page = open_page(scripts=scripts)
    page.goto(link)
    fill(page, scripts, {1: 9})
    page.get_by_role("button", name="Send", exact=True).dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert forms.answers(response_id) is not None


def test_sending_nothing_says_what_to_do(forms: Forms, open_page: OpenPage) -> None:
    for scripts in (True, False):
        page = open_page(scripts=scripts)
        page.goto(forms.link()[0])
        send(page)
        expect(page.get_by_text("Nothing is filled in yet.")).to_be_visible()


def test_by_keyboard_alone(forms: Forms, open_page: OpenPage) -> None:
    link, response_id = forms.link()
    page = open_page(viewport=DESK)
    page.goto(link)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "range":
            break
    slider = page.locator('fieldset[data-name="i1"] input')
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "not answered")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "5.5 of 10")
    picture(page, "keyboard")
    page.keyboard.press("Tab")  # take back
    page.keyboard.press("Enter")
    expect(slider).to_have_attribute("aria-valuetext", "not answered")
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the middle of the second
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "i9":
            break
    page.keyboard.press("Space")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "submit":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert forms.answers(response_id) == {1: 10.0, 2: 5.0, 9: 0.0}


@SCRIPTS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(forms: Forms, open_page: OpenPage, scripts: bool, scheme: str) -> None:
    link, _ = forms.link()
    page = open_page(color_scheme=scheme)
    without_ours(page, scripts)
    page.goto(link)
    page.locator('label[for="i9-1"]').click()
    page.locator('label[for="i11-2"]').click()
    fill(page, scripts, {1: 3})
    picture(page, f"axe-{scheme}-{scripts}", whole=True)
    violations(page)
    for summary in page.locator("summary").all():
        summary.click()
    violations(page)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    violations(page)
    page.goto(link.rpartition("/")[0] + "/" + "A" * 27)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work.")
    picture(page, f"unknown-{scheme}")
    violations(page)


def violations(page: Page) -> None:
    """Run every rule of WCAG 2.0 to 2.2, A and AA, and the best practices."""
    # By the debugger, past the page's own policy, which lets in no script but ours.
    page.evaluate(AXE.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    said = [(each["id"], each["help"], [node["html"] for node in each["nodes"]][:3]) for each in found["violations"]]
    assert said == []
    assert len(found["passes"]) > 10


@SCRIPTS
@pytest.mark.parametrize("scale", ["100%", "200%"])
def test_nothing_needs_sideways_scrolling_at_320_pixels_or_twice_the_text(
    forms: Forms, open_page: OpenPage, scripts: bool, scale: str
) -> None:
    page = open_page(viewport={"width": 320, "height": 640}, bypass_csp=True)
    without_ours(page, scripts)
    page.goto(forms.link()[0])
    page.add_style_tag(content=f"html {{ font-size: {scale} }}")
    page.locator('label[for="i9-1"]').click()
    page.locator('label[for="i11-2"]').click()
    picture(page, f"narrow-{scale[:3]}-{scripts}", whole=True)
    width, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= room


@SCRIPTS
def test_targets_are_large_enough_for_thumbs(forms: Forms, open_page: OpenPage, scripts: bool) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 CSS pixels."""
    page = open_page(scripts=scripts)
    page.goto(forms.link()[0])
    page.locator('label[for="i9-1"]').click()
    targets = ", ".join(f"{each}:visible" for each in ("label", "button", "summary", "a", "input[type=range]"))
    for target in page.locator(targets).all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24, target.evaluate("each => each.outerHTML")


def test_it_weighs_little_asks_nobody_else_and_keeps_to_its_policy(forms: Forms, open_page: OpenPage) -> None:
    link, _ = forms.link()
    token = link.rpartition("/")[2]
    page = open_page()
    console: list[str] = []
    asked: list[Request] = []
    page.on("console", lambda each: console.append(each.text))
    page.on("pageerror", lambda each: console.append(str(each)))
    page.on("request", lambda each: asked.append(each))
    page.goto(link, wait_until="networkidle")
    sizes = [each.sizes() for each in asked if not each.url.startswith("data:")]
    assert len(sizes) == 3
    assert sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes) < 60_000
    assert all(each.url.startswith((forms.process.http, "data:")) for each in asked)
    assert not any(each.headers.get("referer") for each in asked)
    assert all(token not in each.url for each in asked[1:])
    fill(page, True, {1: 3})
    stored = json.dumps(page.evaluate("({...localStorage})"))
    assert "i1" in stored
    assert token not in stored
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    assert console == []


def test_links_and_answers_are_in_no_log_and_no_metric(forms: Forms, open_page: OpenPage) -> None:
    import httpx

    link, response_id = forms.link()
    page = open_page()
    page.goto(link)
    fill(page, True, {1: 3})
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    token = link.rpartition("/")[2]
    until(lambda: forms.answers(response_id))
    log = forms.process.log_file.read_text()
    metrics = httpx.get(f"{forms.process.http}/metrics").text
    assert "attune_feedback_form_pages_total" in metrics
    for planted in (token, token[:10], "cl-1", response_id):
        assert planted not in log
        assert planted not in metrics
