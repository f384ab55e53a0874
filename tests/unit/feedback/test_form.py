"""The client's form without a browser: what it says, what it takes in, and what nobody gets out of it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.feedback.domain.requests import GRACE, Care, Session, State, Visibility
from services.feedback.limits import Limits
from services.feedback.sheets import Sheets
from services.feedback.tickets import Tickets
from services.feedback.web import FormPages
from services.runtime.errors import Transient
from services.runtime.limits import networks
from services.runtime.metrics import Metrics
from services.runtime.web import Web
from tests.unit.feedback.forms import NOW, form
from tests.unit.feedback.world import LINKS, SITE, World, until

CARE = Care(1, monitoring=True, visibility=Visibility.THERAPIST_ONLY, client_ids=("cl-1",))
GOOD = {**{f"i{number}": "8.5" for number in range(1, 9)}, "i9": "0"}


class RecordingAudit:
    def __init__(self) -> None:
        self.entries: list[dict[str, str]] = []

    async def record(self, **entry: str) -> None:
        self.entries.append(entry)


class Client:
    """One client's browser without scripts."""

    def __init__(self, world: World, http: httpx.AsyncClient, audit: RecordingAudit, token: str) -> None:
        self.world = world
        self.http = http
        self.audit = audit
        self.token = token

    async def look(self, token: str = "", **headers: str) -> httpx.Response:
        return await self.http.get(f"/f/{token or self.token}", headers=headers)

    async def send(self, fields: dict[str, str], token: str = "", ticket: bool = True) -> httpx.Response:
        hidden = {"ticket": self.ticket} if ticket else {}
        body = urlencode({**hidden, **fields})
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self.http.post(f"/f/{token or self.token}?lang=en", content=body, headers=headers)

    async def pass_on(self, fields: dict[str, str]) -> httpx.Response:
        """What the script sends as soon as a risk answer is given."""
        body = urlencode({"ticket": self.ticket, **fields})
        return await self.http.post(f"/f/{self.token}/risk", content=body)

    async def opened(self) -> "Client":
        found = re.search(r'name="ticket" value="([^"]+)"', (await self.look()).text)
        assert found
        self.ticket = found[1]
        return self

    @property
    def responses(self) -> list[dict[str, object]]:
        return list(self.world.responses.documents.values())


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async for each in browsing(World()):
        yield each


async def browsing(world: World) -> AsyncIterator[Client]:
    await world.requests.take_care("harbour", "ep-1", CARE)
    await world.requests.take_session("harbour", "ep-1", Session("se-1", 1, held=True, scheduled_at=NOW))
    (request,) = await world.requests.list("harbour", "ep-1")
    audit = RecordingAudit()
    metrics = Metrics("feedback")
    pages = FormPages(
        world.handlers,
        world.requests,
        {SITE.site_id: world.site},
        Sheets(world.questionnaires),
        Tickets(b"k" * 32),
        Limits(lambda: world.elapsed),
        networks("127.0.0.1"),
        audit,  # type: ignore[arg-type]
        world.clock,
        metrics,
    )
    world.form_metrics = metrics  # type: ignore[attr-defined]
    transport = httpx.ASGITransport(app=Web(metrics, pages.routes()).app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://feedback.example", follow_redirects=True
    ) as http:
        yield await Client(world, http, audit, LINKS.token(request.request_id)).opened()


# ---------------------------------------------------------------- what it says
async def test_the_form_asks_everything_without_a_default_answer(client: Client) -> None:
    page = await client.look()
    assert page.status_code == 200
    assert "checked" not in page.text
    assert 'type="range"' not in page.text  # a slider without scripts would send an answer that nobody gave
    for number in range(1, 13):
        assert f'name="i{number}"' in page.text
    assert page.text.count("<legend") == 13
    assert 'name="comment"' in page.text
    assert "Harbour Practice" in page.text
    assert "only your therapist sees your answers" in page.text
    assert "Thursday 5 March, 12:00" in page.text
    assert 'href="tel:+351808242424"' in page.text


async def test_headers_keep_the_link_and_the_page_to_themselves(client: Client) -> None:
    headers = (await client.look()).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex, nofollow"


async def test_everything_together_is_under_60_kb_and_comes_from_us(client: Client) -> None:
    page = await client.look()
    named = re.findall(r'(?:src|href)="([^"#?]*)"', page.text)
    assets = [each for each in named if each.startswith("/")]
    assert len(assets) == 2
    assert {each for each in named if not each.startswith("/")} == {"data:,", "tel:+351808242424"}
    total = len(page.content)
    for path in assets:
        answer = await client.http.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert not re.search(r"https?:|@import|url\(", answer.text)
        total += len(answer.content)
    assert total < 60_000
    assert "<style" not in page.text
    assert not re.search(r"<script(?! src=)|\son\w+=|style=", page.text)
    assert (await client.http.get("/form/form.css")).status_code == 404


@pytest.mark.parametrize(
    ("header", "language", "title"),
    [
        ("es-MX,es;q=0.9,en;q=0.5", "es", "¿Cómo fue su sesión?"),
        ("fr", "en", "How was your session?"),
        ("", "en", "How was your session?"),
    ],
)
async def test_it_speaks_the_language_of_the_browser(client: Client, header: str, language: str, title: str) -> None:
    page = await client.look(**{"accept-language": header})
    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{title}</h1>" in page.text


async def test_the_clinics_choice_of_language_counts_and_the_clients_own_more(client: Client) -> None:
    await client.world.requests.issue("harbour", "ep-1", "se-1", "", "es")
    assert '<html lang="es">' in (await client.look()).text
    assert '<html lang="en">' in (await client.http.get(f"/f/{client.token}?lang=en")).text


class Labels(HTMLParser):
    """Collects the inputs that have no name for a screen reader."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.labelled: set[str] = set()
        self.inputs: list[tuple[str, bool]] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if "id" in values:
            assert values["id"] not in self.ids
            self.ids.add(values["id"] or "")
        if tag == "label":
            self.depth += 1
            self.labelled.add(values.get("for") or "")
        if tag in ("input", "textarea") and values.get("type") != "hidden":
            self.inputs.append((values.get("id") or "", self.depth > 0))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "label"


async def test_every_input_has_a_label_and_every_id_is_used_once(client: Client) -> None:
    parser = Labels()
    parser.feed((await client.look()).text)
    assert len(parser.inputs) > 90
    assert all(inside or id in parser.labelled for id, inside in parser.inputs)


# ---------------------------------------------------------------- what it takes in
async def test_answers_become_one_response_and_the_page_says_thanks(client: Client) -> None:
    page = await client.send(GOOD)
    assert page.status_code == 200
    assert "Thank you. Your answers have arrived." in page.text
    assert "only your therapist sees your answers" in page.text
    (response,) = client.responses
    (submission,) = response["submissions"]  # type: ignore[misc]
    assert {each["item"]: each["value"] for each in submission["answers"]} == {
        **dict.fromkeys(range(1, 9), 8.5),
        9: 0.0,
    }
    assert (response["session_id"], response["client_id"]) == ("se-1", "cl-1")
    (request,) = await client.world.requests.list("harbour", "ep-1")
    assert request.state is State.ANSWERED
    assert [each["outcome"] for each in client.audit.entries] == ["answered"]


async def test_sending_twice_and_going_back_is_one_response_and_shows_nothing_of_it(client: Client) -> None:
    await client.send(GOOD)
    again = await client.send({"i1": "0"})
    assert again.status_code == 200
    assert "Your answers have arrived." in again.text
    back = await client.look()
    assert back.status_code == 200
    assert "Your answers have arrived." in back.text
    assert "8.5" not in back.text + again.text
    assert "<form" not in back.text + again.text
    ((submission,),) = (each["submissions"] for each in client.responses)  # type: ignore[misc]
    assert len(submission["answers"]) == 9


async def test_what_a_client_sends_is_kept_beside_what_the_clinic_sent_meanwhile(client: Client) -> None:
    await client.world.submit(form(response_id="by-the-clinic", episode_id="ep-1", session_id="se-1", client_id="cl-1"))
    (request,) = await client.world.requests.list("harbour", "ep-1")
    assert request.state is State.ANSWERED
    # Nobody is thanked for what did not come by the link.
    assert "<form" in (await client.look()).text
    assert "Your answers have arrived." in (await client.send({"i1": "3"})).text
    by_clinic, by_client = client.responses
    assert (by_clinic["response_id"], by_client["response_id"]) == ("by-the-clinic", request.request_id)
    assert "Your answers have arrived." in (await client.send({"i1": "9"})).text
    assert "Your answers have arrived." in (await client.look()).text
    assert len(client.responses) == 2


async def test_what_the_clinic_sent_keeps_no_link_open_for_longer(client: Client) -> None:
    await client.world.submit(form(response_id="by-the-clinic", episode_id="ep-1", session_id="se-1", client_id="cl-1"))
    client.world.clock.advance(SITE.valid_for + GRACE)
    for page in (await client.look(), await client.send({"i1": "3"})):
        assert page.status_code == 410
        assert "The time for this form is over." in page.text
    assert len(client.responses) == 1


async def test_no_client_is_refused_for_what_intake_says_by_now(client: Client) -> None:
    client.world.intake.sessions["se-1"] = "ep-2"
    client.world.intake.clients["ep-1"] = frozenset({"cl-9"})
    assert "Your answers have arrived." in (await client.send(GOOD)).text
    assert len(client.responses) == 1


@pytest.mark.parametrize("end", ["answered", "expired", "withdrawn"])
async def test_a_page_of_a_form_that_has_ended_names_what_the_browser_need_not_keep(client: Client, end: str) -> None:
    (draft,) = re.findall(r'data-draft="(\w+)"', (await client.look()).text)
    if end == "answered":
        await client.send(GOOD)
    elif end == "expired":
        client.world.clock.advance(SITE.valid_for)
    else:
        await client.world.requests.take_care("harbour", "ep-1", replace(CARE, revision=2, monitoring=False))
    assert f'data-ended="{draft}"' in (await client.look()).text
    assert "data-ended" not in (await client.http.get(f"/f/{client.token}/stop")).text


async def test_two_tabs_at_the_same_moment_are_one_response(client: Client) -> None:
    import asyncio

    both = await asyncio.gather(client.send(GOOD), client.send({"i1": "3"}))
    assert [each.status_code for each in both] == [200, 200]
    assert len(client.responses) == 1
    assert len(client.responses[0]["submissions"]) == 1  # type: ignore[arg-type]


async def test_one_answer_is_enough_and_none_is_asked_for_again(client: Client) -> None:
    empty = await client.send({"i1": "", "i9": ""})
    assert empty.status_code == 422
    assert "Nothing is filled in yet." in empty.text
    assert client.responses == []
    assert (await client.send({"i9": "1"})).status_code == 200


async def test_words_and_the_choice_of_who_sees_them_are_kept_with_the_answers(client: Client) -> None:
    page = await client.send({**GOOD, "comment": " It hurt.\r\nReally. ", "visibility": "held"})
    assert page.status_code == 200
    (response,) = client.responses
    assert response["chosen"] == "held"
    sealed = response["comment"]
    assert isinstance(sealed, bytes)
    assert client.world.vault.sealed[sealed] == (
        "harbour/cl-1",
        {"of": f"harbour/{response['response_id']}", "text": "It hurt.\nReally."},
    )
    assert "It hurt" not in page.text + (await client.look()).text


async def test_words_alone_are_given_back_and_not_lost(client: Client) -> None:
    page = await client.send({"comment": "<b>only & words", "visibility": "therapist_only"})
    assert page.status_code == 422
    assert "&lt;b&gt;only &amp; words</textarea>" in page.text
    assert 'value="therapist_only" checked' in page.text
    assert "What you wrote is still here." in page.text
    assert client.responses == []


async def test_the_longest_comment_fits_and_a_longer_one_is_none_of_ours(client: Client) -> None:
    assert (await client.send({"i1": "5", "comment": "x" * 2_001})).status_code == 400
    assert (await client.send({"i1": "5", "comment": "x", "visibility": "all"})).status_code == 400
    assert client.responses == []
    assert (await client.send({**GOOD, "comment": "\U0001f9e1" * 2_000})).status_code == 200
    assert len(client.responses) == 1


async def test_words_are_given_back_when_they_cannot_be_kept(client: Client) -> None:
    client.world.vault.away = True
    page = await client.send({**GOOD, "comment": "It hurt."})
    assert page.status_code == 503
    assert "It hurt.</textarea>" in page.text
    assert client.responses == []
    client.world.vault.away = False
    assert (await client.send({**GOOD, "comment": "It hurt."})).status_code == 200
    assert len(client.world.vault.sealed) == 1


async def test_an_answer_to_a_question_that_was_closed_again_is_left_out(client: Client) -> None:
    await client.send({"i1": "5", "i9": "0", "i10": "1"})
    ((submission,),) = (each["submissions"] for each in client.responses)  # type: ignore[misc]
    assert [each["item"] for each in submission["answers"]] == [1, 9]


async def test_a_risk_answer_pages_and_the_page_says_so(client: Client) -> None:
    page = await client.send({"i11": "2"})
    assert "The clinician on call is being told now." in page.text
    assert page.text.index("Call us.") < page.text.index("What happens next")
    await client.world.handed_over()
    (flag,) = client.world.alerting.flags
    assert (flag.items, flag.client_id) == ((11,), "cl-1")


@pytest.mark.parametrize("state", ["answered", "expired", "withdrawn"])
async def test_a_risk_answer_on_a_form_that_has_ended_pages_all_the_same(client: Client, state: str) -> None:
    world = client.world
    if state == "answered":
        await client.send(GOOD)
    elif state == "expired":
        world.clock.advance(SITE.valid_for + GRACE)
    else:
        await world.requests.take_care("harbour", "ep-1", replace(CARE, revision=2, monitoring=False))
    before = len(client.responses)
    page = await client.send({"i1": "1", "i11": "3"})
    assert page.status_code == (200 if state == "answered" else 410)
    assert "Please get help now." in page.text
    await world.handed_over()
    assert len(world.alerting.flags) == 1
    assert len(client.responses) == before


async def test_a_risk_answer_pages_before_the_form_is_sent_and_once_with_it(client: Client) -> None:
    world = client.world
    for _ in range(2):
        assert (await client.pass_on({"i11": "2"})).status_code == 204
    await world.handed_over()
    assert [flag.items for flag in world.alerting.flags] == [(11,)]
    assert client.responses == []  # an unsent form is no answer
    await client.send({"i1": "4", "i11": "2"})
    await world.handed_over()
    assert len({flag.flag_id for flag in world.alerting.flags}) == 1


async def test_a_risk_answer_on_a_form_that_is_left_pages_with_the_database_away_and_is_asked_for_again(
    client: Client,
) -> None:
    world = client.world
    world.askings.away = world.flags.away = True
    assert (await client.pass_on({"i11": "1"})).status_code == 503
    await world.handed_over()
    assert [flag.items for flag in world.alerting.flags] == [(11,)]


async def test_a_risk_answer_counts_though_the_site_asks_it_no_more() -> None:
    async for client in browsing(World(site=replace(SITE, safety_question=False))):
        assert 'name="i11"' not in (await client.look()).text
        assert (await client.pass_on({"i11": "2"})).status_code == 204
        assert "The clinician on call is being told now." in (await client.send({"i1": "4", "i11": "2"})).text
        await client.world.handed_over()
        assert {flag.items for flag in client.world.alerting.flags} == {(11,)}


@pytest.mark.parametrize("words", [{"comment": "x" * 2_001}, {"comment": "x", "visibility": "all"}])
async def test_a_risk_answer_beside_words_that_are_refused_pages(client: Client, words: dict[str, str]) -> None:
    assert (await client.send({"i11": "2", **words})).status_code == 400
    await client.world.handed_over()
    assert [flag.items for flag in client.world.alerting.flags] == [(11,)]


async def test_a_page_of_many_questions_is_read(client: Client) -> None:
    many = {f"i2-{number}": "1" for number in range(1, 300)}
    assert (await client.pass_on({**many, "i11": "2"})).status_code == 204
    await client.world.handed_over()
    assert [flag.items for flag in client.world.alerting.flags] == [(11,)]


async def test_only_our_own_forms_pass_a_risk_answer_on(client: Client) -> None:
    assert (await client.pass_on({"i11": "very"})).status_code == 400
    assert (await client.pass_on({"i11": "0"})).status_code == 204
    client.ticket = "x" * 50
    assert (await client.pass_on({"i11": "2"})).status_code == 404
    assert client.world.alerting.calls == 0


# ---------------------------------------------------------------- what nobody gets out of it
async def test_a_form_that_was_opened_in_time_may_be_sent_a_little_later(client: Client) -> None:
    client.world.clock.advance(SITE.valid_for)
    assert (await client.look()).status_code == 410
    assert (await client.send(GOOD)).status_code == 200
    assert len(client.responses) == 1


async def test_after_that_a_kind_page_says_so(client: Client) -> None:
    client.world.clock.advance(SITE.valid_for + GRACE)
    page = await client.send(GOOD)
    assert page.status_code == 410
    assert "The time for this form is over." in page.text
    assert client.responses == []


@pytest.mark.parametrize("token", ["A" * 27, "x", "A" * 13 + "%2F" + "A" * 13, "%00", "ñ"])
async def test_a_link_that_is_not_ours_gets_a_kind_page_and_is_counted(client: Client, token: str) -> None:
    for answer in (await client.look(token), await client.send(GOOD, token)):
        assert answer.status_code == 404
    assert client.responses == []


async def test_unknown_links_are_counted(client: Client) -> None:
    page = await client.look("A" * 27)
    assert "This link does not work." in page.text
    assert "Harbour" not in page.text
    count = client.world.form_metrics.registry.get_sample_value(  # type: ignore[attr-defined]
        "attune_feedback_form_pages_total", {"page": "unknown"}
    )
    assert count == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"i1": "11"},
        {"i1": "-1"},
        {"i1": "x"},
        {"i1": "1e1"},
        {"i1": "nan"},
        {"i9": "0.5"},
        {"i13": "1"},
        {"i1": "9" * 400},
        {"i1": "٣"},
    ],
)
async def test_a_page_that_was_tampered_with_is_refused_kindly(client: Client, fields: dict[str, str]) -> None:
    page = await client.send(fields)
    assert page.status_code == 400
    assert "Your answers were not saved." in page.text
    assert client.responses == []


async def test_a_body_that_is_no_form_is_refused(client: Client) -> None:
    for content in (b"\xff\xfe", b"a=1&" * 500, b"x" * 40_000):
        answer = await client.http.post(f"/f/{client.token}", content=content)
        assert answer.status_code == 400
    assert client.responses == []


FIELDS = st.lists(st.tuples(st.sampled_from(["i1", "i9", "i11", "ticket", "lang"]), st.text(max_size=8)))
BODIES = st.binary(max_size=300) | FIELDS.map(lambda pairs: urlencode(pairs).encode())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
async def test_no_body_whatever_makes_a_fault(body: bytes) -> None:
    async for client in browsing(World()):
        answer = await client.http.post(f"/f/{client.token}", content=body)
        assert answer.status_code in (200, 400, 422)
        for response in client.responses:
            for submission in response["submissions"]:  # type: ignore[attr-defined]
                assert all(0 <= each["value"] <= 10 for each in submission["answers"])


# ---------------------------------------------------------------- when something is away
async def test_while_the_database_is_away_the_answers_come_back_and_a_risk_answer_still_pages(client: Client) -> None:
    world = client.world
    world.askings.away = world.flags.away = world.responses.away = True
    page = await client.send({**{f"i{number}": "3" for number in range(1, 9)}, "i11": "1"})
    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert "They are still here: please press Send again." in page.text
    assert page.text.count(" checked") == 9
    await world.handed_over()
    assert [flag.items for flag in world.alerting.flags] == [(11,)]
    world.askings.away = world.flags.away = world.responses.away = False
    assert (await client.send({"i1": "3", "i11": "1"})).status_code == 200
    await world.handed_over()
    assert len({flag.flag_id for flag in world.alerting.flags}) == 1


async def test_without_a_ticket_of_ours_nothing_is_passed_on(client: Client) -> None:
    client.world.askings.away = True
    for ticket in ("", "x" * 50, client.ticket[:-8] + "AAAAAAA=", "é"):
        client.ticket = ticket
        page = await client.send({"i11": "3"})
        assert page.status_code == 503
        assert "This did not work just now." in page.text
    assert client.world.alerting.calls == 0


async def test_a_ticket_is_good_for_its_own_link_only(client: Client) -> None:
    client.world.askings.away = True
    await client.send({"i11": "3"}, token="B" * 27)
    assert client.world.alerting.calls == 0


async def test_looking_while_the_database_is_away(client: Client) -> None:
    client.world.askings.away = True
    page = await client.look()
    assert page.status_code == 503


async def test_an_audit_that_cannot_be_written_is_tried_again_with_the_answers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(**entry: str) -> None:
        raise Transient("mongodb writing the audit")

    monkeypatch.setattr(client.audit, "record", away)
    assert (await client.send(GOOD)).status_code == 503
    monkeypatch.undo()
    assert (await client.send(GOOD)).status_code == 200
    assert len(client.responses) == 1


async def test_too_many_tries_with_one_link_wait_and_keep_their_answers(client: Client) -> None:
    while (await client.look()).status_code == 200:
        pass
    page = await client.send({**GOOD, "i11": "1"})
    assert page.status_code == 429
    assert "please wait a moment, then press Send again" in page.text
    await client.world.handed_over()
    assert len(client.world.alerting.flags) == 1
    assert client.responses == []
    client.world.elapsed += 10
    assert (await client.send(GOOD)).status_code == 200


async def test_a_guessing_address_is_held_up_and_others_are_not(client: Client) -> None:
    async def guess(address: str, number: int) -> int:
        return (await client.look(f"{number:027d}", **{"x-forwarded-for": address})).status_code

    answers = [await guess("203.0.113.7", number) for number in range(700)]
    assert answers.count(404) == 600
    assert set(answers[600:]) == {429}
    assert await guess("203.0.113.8", 1) == 404
    # What the attacker adds in front does not count.
    assert await guess("198.51.100.1, 203.0.113.7", 1) == 429


# ---------------------------------------------------------------- catalogues
def test_every_text_is_in_every_catalogue_with_the_same_places() -> None:
    from babel.messages.extract import extract_from_dir
    from babel.messages.pofile import read_po

    from services.feedback.languages import LOCALE, known_languages

    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    root = LOCALE.parent
    wanted = {each[2] for each in extract_from_dir(root, methods, keywords={"_": None})}
    assert len(wanted) > 60
    for language in known_languages()[1:]:
        with (LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
            catalogue = {each.id: each.string for each in read_po(file, locale=language) if each.id}
        assert wanted - catalogue.keys() == set()
        assert catalogue.keys() - wanted == set()
        for text, translated in catalogue.items():
            assert translated
            assert set(re.findall(r"%\(\w+\)s", text)) == set(re.findall(r"%\(\w+\)s", translated))


async def test_flags_wait_for_alerting_as_by_every_door(client: Client) -> None:
    client.world.alerting.fails_with = Transient("alerting UNAVAILABLE")
    assert (await client.send({"i11": "1"})).status_code == 200
    await client.world.handed_over()
    client.world.alerting.fails_with = None
    await client.world.hand_off.start()
    await until(lambda: client.world.alerting.flags)
    await client.world.hand_off.stop()


def test_waiting_is_bounded_in_memory() -> None:
    from services.runtime.limits import Buckets

    buckets = Buckets(1, 1, lambda: 0.0, most=10)
    assert all(buckets.take(str(number)) for number in range(100))
    assert len(buckets._buckets) == 10
