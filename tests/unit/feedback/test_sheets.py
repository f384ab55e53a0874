"""Pages of wordings that a site has loaded, and of therapists and observers."""

import re

import pytest

from services.feedback import store
from services.feedback.domain.fhir_answers import Mapped
from services.feedback.domain.forms import Form, Rater
from services.feedback.domain.requests import State
from services.runtime.errors import Conflict, Permanent
from tests.support import questionnaires as made
from tests.unit.feedback.browsing import asked, browser, cared_for, loaded
from tests.unit.feedback.forms import form
from tests.unit.feedback.world import World

SKIP = Mapped(skip=("69722-7", "44261-6"))


@pytest.fixture
async def world() -> World:
    world = World()
    await cared_for(world)
    return world


def stored(world: World, response_id: str) -> Form:
    return store.read_response(world.responses.documents[f"harbour/{response_id}"]).current


def values(found: Form) -> dict[int, float]:
    return {answer.item: answer.value for answer in found.answers}


async def state(world: World, request_id: str) -> State:
    found = await world.requests.list("harbour", "ep-1")
    return next(each.state for each in found if each.request_id == request_id)


async def test_a_loaded_wording_is_asked_answered_and_kept_with_its_edition(world: World) -> None:
    await loaded(world, made.choices(), "gad7")
    request_id, token = await asked(world, instrument_id="gad7")
    async with browser(world, token) as page:
        text = await page.look()
        assert "checked" not in text
        assert "Made-up matter 7" in text
        assert "Made up for tests." in text
        assert "In the last days" in text
        assert "Made-up matter 7 (es)" in await page.look("es")
        changed = made.choices()
        changed["item"][0]["text"] = "Another hint."
        assert (await loaded(world, changed, "gad7")).current.number == 2
        # What was read is what was answered, whatever was loaded meanwhile.
        sent = await page.send({f"i{number}": "2" for number in range(1, 8)})
        assert "Your answers have arrived" in sent.text
    found = stored(world, request_id)
    assert (found.instrument_id, found.instrument_version, found.edition) == ("gad7", "1", 1)
    assert values(found) == dict.fromkeys(range(1, 8), 2.0)
    assert await state(world, request_id) is State.ANSWERED
    event = world.responses.events[-1][1]
    assert (event.data.instrument_version, event.data.edition) == ("1", 1)
    # The check-in after the session is still asked for.
    assert [each.state for each in await world.requests.list("harbour", "ep-1") if not each.by_name] == [State.ISSUED]


async def test_a_language_that_the_wording_does_not_have_is_told_to_the_reader(world: World) -> None:
    await loaded(world, made.numbers(), "wai_sr", Mapped(items=made.NUMBERS_MAPPING))
    _, token = await asked(world, instrument_id="wai_sr")
    async with browser(world, token) as page:
        text = await page.look("es")
        assert '<section lang="en">' in text
        assert "Made-up sentence a" in text


async def test_sliders_have_points_without_scripts_and_what_must_be_answered_is_asked_for(world: World) -> None:
    await loaded(world, made.sliders(), "ors")
    request_id, token = await asked(world, instrument_id="ors")
    async with browser(world, token) as page:
        text = await page.look()
        assert 'type="range"' not in text
        assert len(re.findall(r'type="radio" name="i1"', text)) == 11
        assert "lower end" in text
        assert 'data-step="0.1"' in text
        again = await page.send({"i1": "3.5"})
        assert again.status_code == 422
        assert "Please answer the questions that are marked" in again.text
        assert 'data-value="3.5"' in again.text
        assert request_id not in str(world.responses.documents)
        assert (await page.send({"i1": "3.5", "i4": "10"})).status_code == 200
    assert values(stored(world, request_id)) == {1: 3.5, 4: 10.0}


async def test_a_risk_answer_pages_even_while_something_else_is_left_out(world: World) -> None:
    await loaded(world, made.value_set(), "phq9", SKIP)
    _, token = await asked(world, instrument_id="phq9")
    async with browser(world, token) as page:
        text = await page.look()
        assert 'id="i9-1" name="i9" value="1" class="risk"' in text
        assert 'id="i9-0" name="i9" value="0">' in text
        assert (await page.send({"i9": "1"})).status_code == 422  # item 1 must be answered
        await world.handed_over()
        assert [flag.items for flag in world.alerting.flags] == [(9,)]


async def test_a_risk_answer_is_handed_over_while_its_words_cannot_be_had(world: World) -> None:
    await loaded(world, made.value_set(), "phq9", SKIP)
    _, token = await asked(world, instrument_id="phq9")
    async with browser(world, token) as page:
        await page.look()
        world.askings.away = world.loaded.away = world.flags.away = world.responses.away = True
        assert (await page.send({"i1": "0", "i9": "3"})).status_code == 503
        await world.handed_over()
        assert [flag.items for flag in world.alerting.flags] == [(9,)]


@pytest.mark.parametrize("fields", [{"i13": "1"}, {"i1-1": "1"}, {"i9": "9"}, {"i1": "x"}], ids=str)
async def test_what_was_not_asked_is_refused(world: World, fields: dict[str, str]) -> None:
    await loaded(world, made.choices(), "gad7")
    request_id, token = await asked(world, instrument_id="gad7")
    async with browser(world, token) as page:
        await page.look()
        sent = await page.send(fields)
        assert sent.status_code in (400, 422)
    assert f"harbour/{request_id}" not in world.responses.documents


async def test_only_what_has_a_wording_in_use_can_be_asked_for(world: World) -> None:
    with pytest.raises(Conflict, match="has no wording in use"):
        await asked(world, instrument_id="gad7")
    await loaded(world, made.choices(), "gad7")
    _, token = await asked(world, instrument_id="gad7")
    await world.questionnaires.retire("harbour", "gad7", "", "ended", "ops")
    with pytest.raises(Conflict):
        await asked(world, instrument_id="gad7", session="se-2")
    async with browser(world, token) as page:  # who was asked may still answer
        assert "Made-up matter 1" in await page.look()
    with pytest.raises(Permanent, match="rater"):
        await asked(world, rater=7)
    with pytest.raises(Permanent, match="instrument_id"):
        await asked(world, instrument_id="nothing")


@pytest.mark.parametrize(
    ("rater", "words"), [(Rater.THERAPIST, "your client trust you"), (Rater.OBSERVER, "the client trust")]
)
async def test_therapists_and_observers_say_how_they_see_it_and_what_was_tried(
    world: World, rater: Rater, words: str
) -> None:
    request_id, token = await asked(world, rater=rater)
    assert await asked(world, rater=rater) == (request_id, token)
    async with browser(world, token) as page:
        text = await page.look()
        assert words in text
        assert 'name="i11"' not in text  # the client's safety is the client's to say
        assert 'type="checkbox" id="i1-1-1" name="i1-1" value="1">' in text
        assert 'lang="es"' in await page.look("es")
        sent = await page.send({"i1": "8", "i9": "1", "i10": "0", "i1-1": "1", "i1-7": "1"})
        assert "kept beside what the client says" in sent.text
    view, notes = stored(world, request_id), stored(world, f"{request_id}.1")
    assert (view.instrument_id, view.rater, values(view)) == ("attune-checkin", rater, {1: 8.0, 9: 1.0, 10: 0.0})
    assert (notes.instrument_id, notes.rater, values(notes)) == ("attune-session-notes", rater, {1: 1.0, 7: 1.0})
    assert await state(world, request_id) is State.ANSWERED
    # It is no answer of the client's.
    (client,) = [each for each in await world.requests.list("harbour", "ep-1") if not each.by_name]
    assert (client.state, client.rater) == (State.ISSUED, Rater.CLIENT)
    assert client.request_id != request_id
    told = [event.data for _, event in world.askings.events if event.data.request_id == request_id]
    assert [each.rater for each in told] == [rater, rater]
    assert [each.instrument_id for each in told[0].also] == ["attune-session-notes"]


async def test_a_therapists_link_stops_no_messages_to_the_client(world: World) -> None:
    _, token = await asked(world, rater=Rater.THERAPIST)
    async with browser(world, token) as page:
        assert (await page.http.post(f"{page.path}/stop")).status_code == 404
    assert (await world.requests.asking("harbour", "ep-1")).opted_out == ()


async def test_notes_alone_end_the_request_too(world: World) -> None:
    request_id, token = await asked(world, rater=Rater.THERAPIST)
    async with browser(world, token) as page:
        await page.look()
        await page.send({"i1-2": "1"})
    assert values(stored(world, f"{request_id}.1")) == {2: 1.0}
    assert f"harbour/{request_id}" not in world.responses.documents
    assert await state(world, request_id) is State.ANSWERED


async def test_the_clients_answer_ends_no_request_to_the_therapist(world: World) -> None:
    request_id, _ = await asked(world, rater=Rater.THERAPIST)
    await world.submit(form(response_id="own", session_id="se-1", client_id="cl-1"))
    assert await state(world, request_id) is State.ISSUED


async def test_what_was_answered_before_is_not_asked_for(world: World) -> None:
    await world.submit(form(response_id="own", rater=Rater.THERAPIST))
    with pytest.raises(Conflict, match="answered already"):
        await asked(world, rater=Rater.THERAPIST)


async def test_the_check_in_by_name_is_the_one_that_is_asked_anyway(world: World) -> None:
    request_id, _ = await asked(world, instrument_id="attune-checkin")
    (only,) = await world.requests.list("harbour", "ep-1")
    assert (only.request_id, only.by_name) == (request_id, False)


async def test_every_revision_keeps_the_version_and_the_edition_that_it_was_answered_with(world: World) -> None:
    first = form({1: 5.0}, response_id="re", edition=1)
    await world.submit(first)
    await world.submit(form({1: 6.0}, response_id="re", revision=2))
    document = world.responses.documents["harbour/re"]
    kept = store.read_response(document).submissions
    assert [(each.revision, each.instrument_version, each.edition, values(each)) for each in kept] == [
        (1, "1", 1, {1: 5.0}),
        (2, "1", 0, {1: 6.0}),
    ]
