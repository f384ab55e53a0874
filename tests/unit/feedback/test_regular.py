"""What a site asks beside its form: with the first request of an episode, and with every so many after it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.feedback import store
from services.feedback.domain.regular import Regular
from services.feedback.domain.requests import Session, State
from tests.support import questionnaires as made
from tests.unit.feedback.browsing import CARE, browser, loaded
from tests.unit.feedback.forms import NOW, form
from tests.unit.feedback.world import LINKS, SITE, World

GAD = ("gad7", "1")
WEEK = timedelta(days=7)


def world_with(*regular: Regular) -> World:
    return World(site=replace(SITE, regular=regular))


async def sessions(world: World, count: int) -> list[bool]:
    """Hold so many sessions, a week apart; whether each request had the other instrument."""
    await world.requests.take_care("harbour", "ep-1", CARE)
    for number in range(count):
        at = NOW + number * WEEK
        world.clock.set(at)
        session = Session(f"se-{number}", 1, held=True, scheduled_at=at)
        await world.requests.take_session("harbour", "ep-1", session)
    return [GAD in each.instruments for each in await world.requests.list("harbour", "ep-1")]


@pytest.mark.parametrize(
    ("every", "expected"),
    [(1, [True] * 6), (2, [True, False] * 3), (4, [True, False, False, False, True, False])],
)
async def test_it_comes_with_the_first_request_and_every_nth_after(every: int, expected: list[bool]) -> None:
    world = world_with(Regular(*GAD, every))
    await loaded(world, made.choices(), "gad7")
    assert await sessions(world, 6) == expected


async def test_without_a_wording_in_use_the_form_comes_alone_and_what_is_missed_is_made_up_for() -> None:
    world = world_with(Regular(*GAD, 4))
    assert await sessions(world, 2) == [False, False]
    await loaded(world, made.choices(), "gad7")
    assert await sessions(world, 4) == [False, False, True, False]
    await world.questionnaires.retire("harbour", "gad7", "", "ended", "ops")
    assert (await sessions(world, 7))[4:] == [False, False, False]


async def test_a_session_that_did_not_take_place_does_not_count() -> None:
    world = world_with(Regular(*GAD, 4))
    await loaded(world, made.choices(), "gad7")
    await sessions(world, 1)
    await world.requests.take_session("harbour", "ep-1", Session("se-0", 2, held=False, scheduled_at=NOW))
    await sessions(world, 2)
    requests = await world.requests.list("harbour", "ep-1")
    assert {each.session_id: (each.state, GAD in each.instruments) for each in requests} == {
        "se-0": (State.WITHDRAWN, True),
        "se-1": (State.ISSUED, True),
    }


async def test_two_sessions_that_are_reported_at_once_do_not_both_bring_it() -> None:
    world = world_with(Regular(*GAD, 4))
    await loaded(world, made.choices(), "gad7")
    for number in range(2):  # before the consent: both become due with it
        session = Session(f"se-{number}", 1, held=True, scheduled_at=NOW - number * timedelta(hours=1))
        await world.requests.take_session("harbour", "ep-1", session)
    await world.requests.take_care("harbour", "ep-1", CARE)
    assert sorted(GAD in each.instruments for each in await world.requests.list("harbour", "ep-1")) == [False, True]


async def test_both_are_on_one_page_and_both_are_stored() -> None:
    world = world_with(Regular(*GAD, 4))
    await loaded(world, made.choices(), "gad7")
    await sessions(world, 1)
    (request,) = await world.requests.list("harbour", "ep-1")
    async with browser(world, LINKS.token(request.request_id)) as page:
        assert "Made-up matter 1" in await page.look()
        sent = await page.send({"i1": "8", **{f"i1-{item}": "1" for item in range(1, 8)}})
        assert sent.status_code == 200, sent.text
    kept = world.responses.documents
    forms = {name: store.read_response(document).current for name, document in kept.items()}
    assert {each.instrument_id: len(each.answers) for each in forms.values()} == {"attune-checkin": 1, "gad7": 7}
    assert (await world.requests.list("harbour", "ep-1"))[0].state is State.ANSWERED


async def test_an_answer_to_the_other_instrument_alone_ends_the_request_as_answered() -> None:
    world = world_with(Regular(*GAD, 4))
    await loaded(world, made.choices(), "gad7")
    await sessions(world, 1)
    (request,) = await world.requests.list("harbour", "ep-1")
    # Stored, and the process died before the request was marked.
    stored = form({1: 1}, response_id=f"{request.request_id}.1", session_id="se-0", instrument_id="gad7", partial=True)
    await world.submit(stored)
    world.clock.set(request.closes_at)
    await world.requests.expire(10)
    assert [each.state for each in await world.requests.list("harbour", "ep-1")] == [State.ANSWERED]


async def test_what_was_left_out_first_is_taken_from_the_page_that_is_sent_again() -> None:
    world = world_with(Regular(*GAD, 4))
    await loaded(world, made.choices(), "gad7")
    await sessions(world, 1)
    (request,) = await world.requests.list("harbour", "ep-1")
    answered = {f"i1-{item}": "1" for item in range(1, 8)}
    async with browser(world, LINKS.token(request.request_id)) as page:
        await page.look()
        for fields in (answered, {**answered, "i1": "8"}):
            assert (await page.send(fields)).status_code == 200
    assert {each["instrument_id"] for each in world.responses.documents.values()} == {"attune-checkin", "gad7"}
