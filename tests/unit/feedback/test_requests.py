"""Who is asked after which session, and what becomes of each request."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from attune.feedback.v1 import events_pb2 as feedback

from services.feedback.domain.forms import Rater
from services.feedback.domain.requests import ASK_WITHIN, GRACE, KEPT, Care, Session, State, Visibility
from services.feedback.links import fingerprint
from services.runtime.errors import Conflict, NotFound, Permanent
from tests.unit.feedback.forms import NOW, form
from tests.unit.feedback.world import LINKS, SITE, World

HOUR = timedelta(hours=1)
CARE = Care(1, monitoring=True, visibility=Visibility.THERAPIST_ONLY, client_ids=("cl-1",))
HELD = Session("se-1", 1, held=True, scheduled_at=NOW - HOUR)


async def asked(world: World, care: Care = CARE, session: Session = HELD) -> None:
    await world.requests.take_care("harbour", "ep-1", care)
    await world.requests.take_session("harbour", "ep-1", session)


def told(world: World) -> list[tuple[str, str]]:
    return [(event.type.split(".")[2], event.data.client_id) for _, event in world.askings.events]  # type: ignore[attr-defined]


async def states(world: World) -> dict[str, State]:
    return {each.client_id: each.state for each in await world.requests.list("harbour", "ep-1")}


async def test_a_held_session_asks_its_client_once_in_any_order_and_however_often() -> None:
    documents = []
    care2 = replace(CARE, revision=2)
    inputs: list[Any] = [CARE, care2, HELD, HELD]
    for order in permutations(inputs):
        world = World()
        for each in order:
            if isinstance(each, Care):
                await world.requests.take_care("harbour", "ep-1", each)
            else:
                await world.requests.take_session("harbour", "ep-1", each)
        assert told(world) == [("issued", "cl-1")]
        documents.append(
            {key: value for key, value in world.askings.documents["harbour/ep-1"].items() if key != "version"}
        )
    assert all(document == documents[0] for document in documents)


async def test_the_event_says_whom_until_when_and_not_the_link() -> None:
    world = World()
    world.clock.set(datetime.fromisoformat("2026-03-02T22:00:00+00:00"))  # within the quiet hours of Lisbon
    await asked(world, session=replace(HELD, scheduled_at=world.clock.now()))
    ((topic, event),) = world.askings.events
    data = event.data
    assert isinstance(data, feedback.FeedbackRequest)
    assert (topic, event.type, event.key) == (
        "feedback.requests.v1",
        "attune.feedback-request.issued.v1",
        "ep-1",
    )
    assert (data.session_id, data.client_id, data.instrument_id) == ("se-1", "cl-1", "attune-checkin")
    assert data.state == feedback.REQUEST_STATE_ISSUED
    assert data.expires_at.ToDatetime() == datetime.fromisoformat("2026-03-05T22:00:00")
    assert data.notify_from.ToDatetime() == datetime.fromisoformat("2026-03-03T08:00:00")
    token = LINKS.token(data.request_id)
    assert token not in str(world.askings.documents) + str(event)
    assert fingerprint(token) in str(world.askings.documents)


@pytest.mark.parametrize(
    ("care", "session"),
    [
        (replace(CARE, monitoring=False), HELD),
        (CARE, replace(HELD, held=False)),
        (CARE, replace(HELD, scheduled_at=NOW - ASK_WITHIN - HOUR)),
    ],
    ids=["no consent", "no-show", "history"],
)
async def test_nobody_is_asked_without_consent_without_a_session_or_about_history(care: Care, session: Session) -> None:
    world = World()
    await asked(world, care, session)
    assert told(world) == []


async def test_a_site_that_is_not_in_the_file_asks_nobody() -> None:
    world = World()
    await world.requests.take_care("elsewhere", "ep-1", CARE)
    await world.requests.take_session("elsewhere", "ep-1", HELD)
    assert told(world) == []


async def test_every_client_of_an_episode_is_asked() -> None:
    world = World()
    await asked(world, replace(CARE, client_ids=("cl-1", "cl-2")))
    assert sorted(told(world)) == [("issued", "cl-1"), ("issued", "cl-2")]
    first, second = await world.requests.list("harbour", "ep-1")
    assert first.token_hash != second.token_hash


@pytest.mark.parametrize(
    "change",
    [replace(CARE, revision=2, monitoring=False), replace(CARE, revision=2, client_ids=("cl-9",))],
    ids=["consent taken back", "client left"],
)
async def test_a_request_ends_with_the_consent(change: Care) -> None:
    world = World()
    await asked(world)
    await world.requests.take_care("harbour", "ep-1", change)
    assert ("withdrawn", "cl-1") in told(world)
    await world.requests.take_care("harbour", "ep-1", replace(CARE, revision=3))
    assert (await states(world))["cl-1"] is State.WITHDRAWN


async def test_a_session_that_did_not_take_place_after_all_withdraws() -> None:
    world = World()
    await asked(world)
    await world.requests.take_session("harbour", "ep-1", replace(HELD, revision=2, held=False))
    assert told(world) == [("issued", "cl-1"), ("withdrawn", "cl-1")]


async def test_an_answer_by_any_door_ends_the_request() -> None:
    world = World()
    await asked(world)
    await world.submit(form())
    assert told(world) == [("issued", "cl-1"), ("answered", "cl-1")]
    await world.submit(form())
    assert len(told(world)) == 2


@pytest.mark.parametrize(
    "changes", [{"client_id": "cl-2"}, {"session_id": "se-2"}, {"instrument_id": "srs", "instrument_version": "3"}]
)
async def test_an_answer_about_something_else_does_not(changes: dict[str, str]) -> None:
    world = World()
    await asked(world)
    await world.submit(form({1: 5, 2: 5}, **changes))
    assert await states(world) == {"cl-1": State.ISSUED}


@pytest.mark.parametrize("rater", [Rater.THERAPIST, Rater.OBSERVER])
async def test_what_a_therapist_or_an_observer_says_of_the_session_does_not(rater: Rater) -> None:
    before = form(response_id="before", rater=rater)
    world = World()
    await world.submit(before)
    await asked(world)
    assert told(world) == [("issued", "cl-1")]  # asked all the same
    await world.submit(replace(before, response_id="after"))
    assert told(world) == [("issued", "cl-1")]
    world.clock.advance(SITE.valid_for + GRACE)
    await world.requests.expire(10)
    assert told(world) == [("issued", "cl-1"), ("expired", "cl-1")]  # the client's silence is told
    await world.submit(form())
    assert told(world)[-1] == ("answered", "cl-1")


async def test_who_has_answered_before_the_session_was_reported_is_not_asked() -> None:
    world = World()
    await world.submit(form())
    await asked(world)
    assert told(world) == []


async def test_silence_is_told_after_the_grace_and_a_late_answer_ends_it() -> None:
    world = World()
    await asked(world)
    world.clock.advance(SITE.valid_for + GRACE - timedelta(seconds=1))
    assert await world.requests.expire(10) == 0
    world.clock.advance(timedelta(seconds=1))
    assert await world.requests.expire(10) == 1
    assert await world.requests.expire(10) == 0
    assert told(world) == [("issued", "cl-1"), ("expired", "cl-1")]
    await world.submit(form())
    assert told(world)[2:] == [("answered", "cl-1")]
    assert [event.data.revision for _, event in world.askings.events] == [1, 2, 3]  # type: ignore[attr-defined]


async def test_an_answer_whose_request_was_not_marked_is_found_before_it_expires() -> None:
    world = World()
    await asked(world)
    world.askings.away = True
    with pytest.raises(Exception, match="mongodb"):
        await world.submit(form())
    world.askings.away = False
    world.clock.advance(SITE.valid_for + GRACE)
    await world.requests.expire(10)
    assert told(world)[1:] == [("answered", "cl-1")]


async def test_what_ended_long_ago_is_forgotten() -> None:
    world = World()
    await asked(world)
    world.clock.advance(SITE.valid_for + GRACE)
    await world.requests.expire(10)
    world.clock.advance(KEPT)
    await world.requests.take_care("harbour", "ep-1", replace(CARE, revision=2))
    document = world.askings.documents["harbour/ep-1"]
    assert (document["sessions"], document["requests"]) == ([], [])


async def issue(world: World, **changes: str) -> tuple[Any, str]:
    ids = {"site_id": "harbour", "episode_id": "ep-1", "session_id": "se-7", "client_id": "", "language": ""}
    return await world.requests.issue(**{**ids, **changes})


async def test_the_clinic_gets_one_link_for_a_session_however_often_it_asks() -> None:
    world = World()
    await world.requests.take_care("harbour", "ep-1", CARE)
    request, link = await issue(world)
    assert link == f"https://feedback.example/f/{LINKS.token(request.request_id)}"
    again, same = await issue(world, client_id="cl-1")
    assert (again, same) == (request, link)
    await world.requests.take_session("harbour", "ep-1", replace(HELD, session_id="se-7"))
    assert told(world) == [("issued", "cl-1")]
    assert (await world.requests.open(LINKS.token(request.request_id))).request == request


async def test_the_clinic_may_ask_about_an_old_session_that_was_held_but_not_about_a_no_show() -> None:
    world = World()
    old = NOW - ASK_WITHIN - HOUR
    await asked(world, session=replace(HELD, session_id="se-7", scheduled_at=old))
    await world.requests.take_session("harbour", "ep-1", replace(HELD, session_id="se-8", held=False))
    assert (await issue(world))[1]
    with pytest.raises(Conflict, match="session_id: cannot be asked about"):
        await issue(world, session_id="se-8")


async def test_the_clinic_chooses_the_language_and_gets_no_link_after_the_end() -> None:
    world = World()
    await world.requests.take_care("harbour", "ep-1", CARE)
    assert (await issue(world, language="es"))[0].language == "es"
    assert (await issue(world))[0].language == "es"
    with pytest.raises(Permanent, match="language: is not one of the site's"):
        await issue(world, language="fr")
    await world.submit(form(session_id="se-7"))
    request, link = await issue(world)
    assert (request.state, link) == (State.ANSWERED, "")


async def test_a_new_key_for_links_makes_a_new_link_and_the_old_one_works_no_more() -> None:
    world = World()
    await world.requests.take_care("harbour", "ep-1", CARE)
    _, before = await issue(world)
    world.requests._links._key = b"n" * 32
    try:
        _, after = await issue(world)
    finally:
        world.requests._links._key = b"k" * 32
    assert before != after
    await world.requests.open(after.rpartition("/")[2])
    with pytest.raises(NotFound):
        await world.requests.open(before.rpartition("/")[2])


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"site_id": "elsewhere"}, Conflict, "site_id"),
        ({"episode_id": "ep-2"}, NotFound, "episode_id"),
        ({"client_id": "cl-2"}, Permanent, "client_id"),
    ],
)
async def test_asking_is_refused_by_field(changes: dict[str, str], error: type[Permanent], field: str) -> None:
    world = World()
    await world.requests.take_care("harbour", "ep-1", CARE)
    with pytest.raises(error) as refused:
        await issue(world, **changes)
    assert refused.value.field == field


async def test_asking_needs_consent_and_says_which_client() -> None:
    world = World()
    await world.requests.take_care("harbour", "ep-1", replace(CARE, monitoring=False))
    with pytest.raises(Conflict, match="has not agreed"):
        await issue(world)
    await world.requests.take_care("harbour", "ep-1", replace(CARE, revision=2, client_ids=("cl-1", "cl-2")))
    with pytest.raises(Permanent, match="client_id"):
        await issue(world)


@pytest.mark.parametrize("token", ["", "x", "A" * 27, "A" * 26 + "!", "A" * 4000])
async def test_a_link_that_was_not_made_here_opens_nothing(token: str) -> None:
    world = World()
    await asked(world)
    with pytest.raises(NotFound):
        await world.requests.open(token)


async def test_links_have_160_bits_and_differ() -> None:
    tokens = {LINKS.token(str(number)) for number in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {27}
