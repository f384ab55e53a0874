"""The one-time link: looking changes nothing, the button acknowledges once, and nothing leaks."""

import base64
import hashlib
import re
from datetime import timedelta

import jwt
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.alerting import texts
from services.alerting.domain.alert import Status
from services.alerting.domain.delivery import Progress
from services.alerting.links import fingerprint
from services.alerting.web import AcknowledgePage
from services.runtime.errors import Transient
from services.runtime.outbound import Mailer, MailServer
from services.runtime.web import preferred_language
from tests.unit.alerting.world import MONDAY, ON_CALL, SITE, SITES, World


class RecordingAudit:
    def __init__(self) -> None:
        self.entries: list[dict[str, str]] = []

    async def record(self, **entry: str) -> None:
        self.entries.append(entry)


class Browser:
    """A clinician's phone."""

    def __init__(self, world: World) -> None:
        self.audit = RecordingAudit()
        page = AcknowledgePage(world.handlers, world.pages, world.links, self.audit, world.clock)
        self.http = TestClient(Starlette(routes=page.routes()), base_url="https://alerts.example.org")

    def look(self, link: str, **headers: str) -> tuple[int, str]:
        response = self.http.get(link, headers=headers)
        self.headers = response.headers
        return response.status_code, response.text

    def press(self, link: str, **headers: str) -> tuple[int, str]:
        response = self.http.post(link, headers=headers)
        return response.status_code, response.text


@pytest.fixture
def browser(world: World) -> Browser:
    return Browser(world)


async def link_of(world: World) -> tuple[str, str]:
    """A risk alert and the link in its first message."""
    alert_id = await world.risk()
    await world.settle()
    [(_, _, text, _)] = world.arrived
    assert world.told() == [ON_CALL]
    return alert_id, text.link


async def test_looking_changes_nothing_however_often(world: World, browser: Browser) -> None:
    alert_id, link = await link_of(world)
    before = await world.alert(alert_id)
    for _ in range(3):
        status, html = browser.look(link)
        assert (status, texts.PHRASES["en"]["ready"] in html) == (200, True)
        assert browser.http.head(link).status_code == 200
    assert await world.alert(alert_id) == before
    assert browser.audit.entries == []


async def test_the_button_acknowledges_in_the_name_of_the_person_who_was_told(world: World, browser: Browser) -> None:
    alert_id, link = await link_of(world)
    status, html = browser.press(link)
    assert (status, texts.PHRASES["en"]["done"] in html) == (200, True)
    _, state = await world.alert(alert_id)
    assert (state.status, state.acknowledged_by) == (Status.ACKNOWLEDGED, ON_CALL)
    await world.wait(hours=3)
    assert [(entry["who"], entry["outcome"]) for entry in browser.audit.entries] == [("person:ben", "done")]


async def test_a_press_proves_that_the_page_arrived_though_its_sender_died_before_it_could_say_so(
    world: World, browser: Browser
) -> None:
    alert_id, link = await link_of(world)
    [page] = await world.deliveries_of(alert_id)
    document = world.deliveries.documents[f"{SITE}/{page.delivery_id}"]
    document.update(progress="sending", sent_at=None, log=[])
    browser.press(link)
    [page] = await world.deliveries_of(alert_id)
    assert (page.progress, page.sent_at) == (Progress.SENT, world.clock.now())
    await world.wait(hours=3)


async def test_a_link_works_once(world: World, browser: Browser) -> None:
    _, link = await link_of(world)
    browser.press(link)
    for status, html in (browser.press(link), browser.look(link)):
        assert (status, texts.PHRASES["en"]["used"] in html) == (410, True)


async def test_only_a_hash_of_a_used_link_is_kept(world: World, browser: Browser) -> None:
    alert_id, link = await link_of(world)
    browser.press(link)
    token = link.rpartition("/")[2]
    document = world.alerts.documents[f"{SITE}/{alert_id}"]
    assert document["state"]["used_links"] == [hashlib.sha256(token.encode()).hexdigest()]
    assert token not in str(document)


async def test_an_expired_link_says_so_and_does_nothing(world: World, browser: Browser) -> None:
    alert_id, link = await link_of(world)
    world.clock.advance(timedelta(hours=24))
    for status, html in (browser.look(link), browser.press(link)):
        assert (status, texts.PHRASES["en"]["expired"] in html) == (410, True)
    _, state = await world.alert(alert_id)
    assert state.status is Status.TRIGGERED


async def test_a_forged_or_cut_link_says_so_and_does_nothing(world: World, browser: Browser) -> None:
    alert_id, link = await link_of(world)
    [page] = await world.deliveries_of(alert_id)
    exp = MONDAY + timedelta(days=1)
    claims = {"aud": "attune-acknowledge", "sub": page.delivery_id, "exp": exp}
    base = "https://alerts.example.org/a/"
    forged = [
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        link[:-20],
        base + "x",
        base + jwt.encode(claims, b"another-key-another-key-another-key", algorithm="HS256"),
        base + jwt.encode(claims, None, algorithm="none"),
        base + jwt.encode({**claims, "aud": "attune"}, b"k" * 32, algorithm="HS256"),
        base + jwt.encode({**claims, "sub": "0" * 40}, b"k" * 32, algorithm="HS256"),
    ]
    for bad in forged:
        for status, html in (browser.look(bad), browser.press(bad)):
            assert (status, texts.PHRASES["en"]["forged"] in html) == (404, True)
    _, state = await world.alert(alert_id)
    assert state.status is Status.TRIGGERED


async def test_a_link_of_an_alert_that_somebody_else_took_on_says_so(world: World, browser: Browser) -> None:
    alert_id, link = await link_of(world)
    await world.handlers.acknowledge(SITE, alert_id, "carla")
    status, html = browser.look(link)
    assert (status, texts.PHRASES["en"]["taken"] in html, "carla" in html) == (200, True, False)
    assert browser.press(link)[0] == 200
    _, state = await world.alert(alert_id)
    assert state.acknowledged_by == "carla"


async def test_a_link_of_a_closed_alert_says_so(world: World, browser: Browser) -> None:
    alert_id, link = await link_of(world)
    await world.handlers.close(SITE, alert_id, "carla", "seen")
    for status, html in (browser.look(link), browser.press(link)):
        assert (status, texts.PHRASES["en"]["closed"] in html) == (410, True)


async def test_while_the_database_is_away_the_page_does_not_claim_success(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert_id, link = await link_of(world)

    async def away(*_: object, **__: object) -> None:
        raise Transient("mongodb")

    with monkeypatch.context() as patch:
        patch.setattr(world.alerts, "change", away)
        status, html = browser.press(link)
    assert (status, texts.PHRASES["en"]["trouble"] in html) == (503, True)
    assert browser.press(link)[0] == 200
    _, state = await world.alert(alert_id)
    assert state.status is Status.ACKNOWLEDGED


async def test_the_page_forbids_everything_but_its_own_style_and_button(world: World, browser: Browser) -> None:
    _, link = await link_of(world)
    _, html = browser.look(link)
    policy = browser.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    for rule in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy
    assert browser.headers["cache-control"] == "no-store"
    assert browser.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in html


async def test_the_page_speaks_spanish_to_who_prefers_it(world: World, browser: Browser) -> None:
    _, link = await link_of(world)
    _, html = browser.look(link, **{"accept-language": "fr;q=0.9, es-MX;q=0.8, en;q=0.5"})
    assert '<html lang="es">' in html
    assert texts.PHRASES["es"]["button"] in html


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("en-GB, es;q=0.9", "en"),
        ("es;q=0, en", "en"),
        ("de", "en"),
        ("es;q=x, en;q=0.1", "en"),
    ],
)
def test_the_language_is_the_preferred_one_of_ours(header: str, language: str) -> None:
    assert preferred_language(header, texts.LANGUAGES) == language


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_language_has_every_phrase(language: str) -> None:
    assert texts.PHRASES[language].keys() == texts.PHRASES["en"].keys()


async def test_what_leaves_holds_a_count_a_reference_and_a_link_and_nothing_of_the_client(make_world) -> None:
    world = make_world(SITES.replace("people: [ana, ben]", "people: [ana]"))
    alert_id = await world.rupture()
    await world.settle()
    [(_, _, text, delivery_id)] = world.arrived
    assert world.told() == ["ana"]
    facts, _ = await world.alert(alert_id)
    server = MailServer("127.0.0.1", 25, "off", "", "", "attune@example.org")
    contact = world.sites.get(SITE).people["ana"].contacts[0]
    mail = Mailer(server, world.clock, 5.0).message(contact.address, text.subject, text.body(), delivery_id)
    headers = {name: value for name, value in mail.items() if name != "To"}
    parts = text.link.rpartition("/")[2].split(".")[:2]
    claims = [base64.urlsafe_b64decode(part + "===").decode() for part in parts]
    leaving = "\n".join([str(headers), mail.get_content(), text.subject, text.body(), *claims]).lower()
    # Every id and every word that the system knows of this rupture, its site and its people.
    known = [SITE, "London", "person", "trust", "check", "individuals", "rupture", "ruptura", "risk", "riesgo", "score"]
    known += [value for value in facts.latest.payload.values() if isinstance(value, str) and len(value) > 3]
    assert [word for word in known if word.lower() in leaving] == []
    assert text.subject == f"Attune: 1 alerta le necesita (ref. {text.reference})"
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}", text.reference)


async def bundle(world: World) -> tuple[str, str, str]:
    """Two ruptures that one message told of: the one that it names, the other, and its link."""
    await world.rupture(rupture_id="rupture-0")
    await world.settle()
    pair = [await world.rupture(rupture_id=f"rupture-{number}") for number in (1, 2)]
    await world.settle()
    world.arrived.clear()
    await world.wait(minutes=5)
    [link] = {text.link for _, _, text, _ in world.arrived if text.count == 2}
    [lead] = [each for each in pair if not (await world.deliveries_of(each))[0].bundle]
    [other] = set(pair) - {lead}
    world.told()
    return lead, other, link


async def status_of(world: World, alert_id: str) -> Status:
    _, state = await world.alert(alert_id)
    return state.status


async def test_the_button_takes_on_all_that_the_message_told_of(world: World, browser: Browser) -> None:
    lead, other, link = await bundle(world)
    assert browser.press(link)[0] == 200
    assert {await status_of(world, lead), await status_of(world, other)} == {Status.ACKNOWLEDGED}
    assert browser.press(link)[0] == 410


async def test_what_a_press_that_broke_off_left_is_taken_on_by_the_next(world: World, browser: Browser) -> None:
    lead, other, link = await bundle(world)
    page = (await world.deliveries_of(lead))[0]
    await world.handlers.acknowledge_by_link(page, fingerprint(link.rpartition("/")[2]), "by link")
    assert texts.PHRASES["en"]["ready"] in browser.look(link)[1]
    assert browser.press(link)[0] == 200
    assert await status_of(world, other) is Status.ACKNOWLEDGED


async def test_a_message_whose_first_alert_is_over_still_takes_on_the_others(world: World, browser: Browser) -> None:
    lead, other, link = await bundle(world)
    await world.handlers.close(SITE, lead, ON_CALL, "talked about it")
    assert texts.PHRASES["en"]["ready"] in browser.look(link)[1]
    assert browser.press(link)[0] == 200
    assert await status_of(world, other) is Status.ACKNOWLEDGED
    world.told()
