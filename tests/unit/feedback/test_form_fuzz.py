"""The form under anything that anybody sends: no fault, no trace, no bad answer stored, nothing in the log."""

import io
import re
from dataclasses import replace
from urllib.parse import quote, urlencode

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.dev.environment import TOPICS_FILE
from services.feedback import store
from services.feedback.domain import rules
from services.feedback.domain.remarks import MAX_COMMENT, tidy
from services.feedback.limits import ADDRESS
from services.runtime import telemetry
from tests.unit.feedback.test_form import GOOD, browsing
from tests.unit.feedback.world import World

SECRET = "Planted Zaphira Quill"
HONEST = {200, 204, 303, 400, 404, 405, 410, 422, 429, 503}
TRACE = re.compile(r"Traceback|File \"|services\.|\.py\b|Exception|Error\b")

ANYTHING = st.text(max_size=40)
NAMES = st.sampled_from(["ticket", "comment", "visibility", "lang", *(f"i{number}" for number in range(14))]) | ANYTHING
NUMBERS = st.one_of(
    st.integers(-2, 13).map(str), st.floats().map(str), st.sampled_from(["8.5", "0", "1", "3", "10", "1e1", "٣", "-0"])
)
VALUES = NUMBERS | ANYTHING | st.sampled_from(["held", "therapist_only", "x" * (MAX_COMMENT + 1), "\x00", "\ud83d"])
FORMS = st.lists(st.tuples(NAMES, VALUES), max_size=20).map(
    lambda pairs: urlencode(pairs, errors="surrogatepass").encode()
)
BODIES = FORMS | st.binary(max_size=400)
RULES = TOPICS_FILE.parents[1] / "prometheus" / "rules.yml"
METHODS = st.sampled_from(["GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
PATHS = st.one_of(
    st.just(""),
    st.just("?lang=xx"),
    st.just("/"),
    st.just("/risk"),
    st.text(max_size=30).map(lambda text: "?" + quote(text, errors="surrogatepass")),
)
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from(["accept-language", "x-forwarded-for", "content-type", "accept", "origin"]), LATIN, max_size=3
)
AWAY = st.sets(st.sampled_from(["responses", "askings", "flags", "vault"]))
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def stored_is_valid(world: World) -> None:
    """Everything in the database is what the rules let in."""
    for document in world.responses.documents.values():
        for form in store.read_response(document).submissions:
            assert rules.check(form, world.clock.now()) == form
    for _, value in world.vault.sealed.values():
        assert tidy(value["text"]) == value["text"] != ""


def honest(answer: httpx.Response) -> None:
    assert answer.status_code in HONEST
    assert not TRACE.search(answer.text)
    if answer.status_code == 503 and answer.text:
        assert answer.headers["retry-after"]


@RELAXED
@given(method=METHODS, path=PATHS, headers=HEADERS, body=BODIES, away=AWAY)
async def test_nothing_that_is_sent_makes_a_fault(
    method: str, path: str, headers: dict[str, str], body: bytes, away: set[str]
) -> None:
    async for client in browsing(World()):
        for name in away:
            getattr(client.world, name).away = True
        answer = await client.http.request(method, f"/f/{client.token}{path}", headers=headers, content=body)
        honest(answer)
        if answer.status_code == 503:
            assert away
        stored_is_valid(client.world)


@RELAXED
@given(token=st.text(max_size=60), body=FORMS)
async def test_no_link_that_was_not_made_opens_anything(token: str, body: bytes) -> None:
    async for client in browsing(World()):
        path = "/f/" + quote(token, safe="", errors="surrogatepass")
        risk = await client.http.post(path + "/risk", content=body)
        for answer in (risk, await client.http.get(path), await client.http.post(path, content=body)):
            honest(answer)
            assert answer.status_code in (400, 404, 405)
            assert "<form" not in answer.text
            assert "Harbour" not in answer.text
        assert client.world.responses.documents == {}


@RELAXED
@given(
    extra=st.lists(st.tuples(NAMES.filter(lambda name: name not in ("comment", "ticket")), VALUES), max_size=6),
    away=AWAY,
)
async def test_nothing_that_a_client_sends_is_in_the_log_the_metrics_or_the_events(
    extra: list[tuple[str, str]], away: set[str]
) -> None:
    log = io.StringIO()
    telemetry.configure("feedback", "debug", log)
    async for client in browsing(World()):
        for name in away:
            getattr(client.world, name).away = True
        fields = [*GOOD.items(), ("i11", "2"), *extra, ("comment", SECRET), ("ticket", client.ticket)]
        body = urlencode(fields, errors="surrogatepass")
        honest(await client.http.post(f"/f/{client.token}?lang=en", content=body))
        metrics = (await client.http.get("/metrics")).text
        events = [
            event.data.SerializeToString()
            for memory in (client.world.responses, client.world.flags, client.world.askings)
            for _, event in memory.events
        ]
        for planted in (SECRET, client.token, client.ticket):
            assert planted not in log.getvalue() + metrics
            assert planted.encode() not in b"".join(events)
        lines = re.sub(r'"timestamp": "[^"]*"', "", log.getvalue())
        for planted in ("cl-1", "se-1", "8.5"):
            assert planted not in lines
        await client.world.handed_over()


# ---------------------------------------------------------------- guessing links
async def test_who_guesses_links_is_held_back_and_counted_long_before_one_is_found() -> None:
    async for client in browsing(World()):
        burst = int(ADDRESS[0])
        statuses = [(await client.http.get(f"/f/{number:027d}")).status_code for number in range(burst + 50)]
        assert statuses[: burst - 2].count(404) == burst - 2  # the fixture has opened the form, which counts as well
        assert set(statuses[burst:]) == {429}
        pages = client.world.form_metrics.registry  # type: ignore[attr-defined]
        unknown = pages.get_sample_value("attune_feedback_form_pages_total", {"page": "unknown"})
        assert unknown >= burst - 2
        assert 'increase(attune_feedback_form_pages_total{page="unknown"}[15m])) > 100' in RULES.read_text()
        client.world.elapsed += 10
        later = [(await client.http.get(f"/f/{number:027d}")).status_code for number in range(300)]
        assert later.count(404) == int(10 * ADDRESS[1])


def test_the_runbooks_arithmetic_of_guessing_is_right() -> None:
    """A million addresses for a million years, with a million links open (deploy/runbook.md, "Links are guessed")."""
    seconds = 1e6 * 365.25 * 24 * 3600
    tries = 1e6 * ADDRESS[1] * seconds
    chance = tries * 1e6 / 2**160
    assert 1e-22 < chance < 1e-21


def test_a_ticket_of_another_form_is_none() -> None:
    from services.feedback.tickets import Ticket, Tickets

    tickets = Tickets(b"k" * 32)
    mine = Ticket("harbour", "ep-1", "se-1", "cl-1", "re-1", "attune-checkin", "1", "held", "a" * 64)
    assert tickets.open(tickets.seal(mine), "a" * 64) == mine
    assert tickets.open(tickets.seal(replace(mine, token_hash="b" * 64)), "a" * 64) is None
