"""What becomes of a submitted form: the response, its event, and what is refused."""

import asyncio
import time

import pytest
from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as feedback

from services.feedback import messages
from services.feedback.domain.forms import Form
from services.runtime.errors import Conflict, NotFound, Permanent, Transient
from services.runtime.identity import READ, Identity
from tests.unit.feedback.forms import SUBMITTED, form, phq9
from tests.unit.feedback.world import World

READER = Identity("practice-software", frozenset({"harbour"}), frozenset({READ}))


def recorded(world: World) -> list[int]:
    """Revisions that were told to the world, in order."""
    revisions = []
    for topic, event in world.responses.events:
        assert topic == "feedback.responses.v1"
        assert event.type == "attune.response.recorded.v1"
        assert isinstance(event.data, feedback.Response)
        revisions.append(event.data.revision)
    return revisions


async def test_a_response_is_stored_and_told_in_one_write() -> None:
    world = World()
    assert await world.submit(form()) is False
    assert list(world.responses.documents) == ["harbour/re-1"]
    assert recorded(world) == [1]
    event = world.responses.events[0][1]
    assert (event.key, event.subject, event.site_id) == ("ep-1", "episodes/ep-1", "harbour")
    assert [answer.item for answer in event.data.answers] == list(range(1, 9))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("told", "kept"), [(0, 1), (1, 1), (2, 2), (3, 3)])
async def test_who_answered_goes_from_the_clinics_message_to_the_topic(told: int, kept: int) -> None:
    world = World()
    message = clinic.FeedbackSubmitted(
        response_id="re-1",
        episode_id="ep-1",
        session_id="se-1",
        client_id="cl-1",
        instrument_id="attune-checkin",
        instrument_version="1",
        answers=[clinic.Answer(item=1, value=9)],
        submitted_at=SUBMITTED,
        revision=1,
        rater=told,  # type: ignore[arg-type]
    )
    await world.submit(messages.from_clinic("harbour", message))
    event = world.responses.events[0][1]
    assert isinstance(event.data, feedback.Response)
    assert event.data.rater == kept


async def test_the_same_again_changes_nothing_and_does_not_ask_intake_again() -> None:
    world = World()
    await world.submit(form())
    asked = world.intake.asked
    reordered = form(answers=tuple(reversed(form().answers)))
    await world.submit(reordered)
    assert world.responses.documents["harbour/re-1"]["version"] == 1
    assert recorded(world) == [1]
    assert world.intake.asked == asked


async def test_a_late_lower_revision_is_kept_but_not_told() -> None:
    world = World()
    await world.submit(form(revision=2))
    submitted = await world.handlers.submit(form({1: 1}, revision=1))
    assert submitted.response.current.revision == 2
    assert recorded(world) == [2]
    assert [each["revision"] for each in world.responses.documents["harbour/re-1"]["submissions"]] == [1, 2]
    await world.submit(form(revision=3))
    assert recorded(world) == [2, 3]


async def test_a_second_content_of_one_revision_is_a_conflict_and_the_first_stays() -> None:
    world = World()
    await world.submit(form())
    with pytest.raises(Conflict) as caught:
        await world.submit(form({1: 1}))
    assert caught.value.field == "data.revision"
    assert (await world.reading.get_response("harbour", "re-1", READER)).response.current.answers == form().answers


@pytest.mark.parametrize("name", ["episode_id", "session_id", "client_id", "instrument_id"])
async def test_one_response_id_for_two_things_is_refused_by_field(name: str) -> None:
    world = World()
    await world.submit(form({1: 3}))
    other = "gad7" if name == "instrument_id" else "other"
    with pytest.raises(Permanent) as caught:
        await world.submit(form({1: 3}, revision=2, **{name: other}))
    assert caught.value.field == f"data.{name}"


async def test_a_bad_answer_is_refused_by_its_place_in_the_event() -> None:
    world = World()
    with pytest.raises(Permanent) as caught:
        await world.submit(form({1: 9, 2: 9, 3: 9, 4: 11}))
    assert str(caught.value) == "data.answers[3].value: 11 is above the maximum 10. answer between 0 and 10"
    assert not world.responses.documents


async def test_sites_do_not_meet() -> None:
    world = World()
    await world.submit(form())
    await world.submit(form({1: 1}, site_id="other"))
    assert (await world.reading.get_response("other", "re-1", READER)).response.current.answers[0].value == 1
    with pytest.raises(NotFound) as caught:
        await world.reading.get_response("third", "re-1", READER)
    assert caught.value.field == "response_id"


async def test_an_episodes_responses_come_in_the_order_of_their_time() -> None:
    world = World()
    base = form().submitted_at
    assert base is not None
    for number in range(450):
        at = base.replace(microsecond=(449 - number) * 1000)
        await world.submit(form(response_id=f"re-{number}", submitted_at=at))
    await world.submit(form(response_id="re-elsewhere", episode_id="ep-2"))
    found = await world.reading.list_responses("harbour", "ep-1", READER)
    assert [each.response.current.response_id for each in found] == [f"re-{number}" for number in reversed(range(450))]
    assert await world.reading.list_responses("harbour", "ep-9", READER) == []


class TestWhatIntakeKnows:
    """A plain contradiction refuses a form; nothing else that intake says, or does not say, does."""

    async def refused(self, world: World, broken: Form) -> Permanent:
        with pytest.raises(Permanent) as caught:
            await world.submit(broken)
        assert not world.responses.documents
        return caught.value

    async def test_a_session_of_another_episode_is_refused(self) -> None:
        world = World()
        world.intake.sessions["se-1"] = "ep-2"
        assert (await self.refused(world, form())).field == "data.session_id"

    async def test_a_client_of_another_episode_is_refused(self) -> None:
        world = World()
        world.intake.sessions["se-1"] = "ep-1"
        world.intake.clients["ep-1"] = frozenset({"cl-2", "cl-3"})
        assert (await self.refused(world, form())).field == "data.client_id"

    async def test_its_risk_answer_is_flagged_all_the_same(self) -> None:
        world = World()
        world.intake.sessions["se-1"] = "ep-2"
        assert (await self.refused(world, phq9(0, 0, 0, 0, 0, 0, 0, 0, 1))).field == "data.session_id"
        await world.handed_over()
        assert [flag.items for flag in world.alerting.flags] == [(9,)]
        assert len(world.flags.events) == 1

    async def test_what_agrees_or_is_unknown_is_accepted(self) -> None:
        world = World()
        await world.submit(form())
        world.intake.sessions["se-1"] = "ep-1"
        world.intake.clients["ep-1"] = frozenset({"cl-1"})
        await world.submit(form(response_id="re-2"))
        assert world.value("feedback_intake_checks_total", outcome="unknown") == 1
        assert world.value("feedback_intake_checks_total", outcome="agrees") == 1

    async def test_when_it_is_away_forms_are_accepted_and_it_is_left_alone_for_a_while(self) -> None:
        world = World(rest_seconds=5.0)
        world.intake.away = True
        await world.submit(form(response_id="re-1"))
        asked = world.intake.asked
        await world.submit(form(response_id="re-2"))
        assert world.intake.asked == asked
        world.elapsed = 5.0
        await world.submit(form(response_id="re-3"))
        assert world.intake.asked > asked
        assert len(world.responses.documents) == 3

    async def test_when_it_hangs_the_wait_is_bounded(self) -> None:
        world = World(intake_seconds=0.05)
        world.intake.hangs = True
        started = time.monotonic()
        await world.submit(form())
        assert time.monotonic() - started < 1.0
        assert world.responses.documents

    async def test_nothing_that_it_says_is_stored(self) -> None:
        with_intake, without = World(), World()
        with_intake.intake.sessions["se-1"] = "ep-1"
        with_intake.intake.clients["ep-1"] = frozenset({"cl-1"})
        without.intake.away = True
        for world in (with_intake, without):
            await world.submit(form())
        assert with_intake.responses.documents == without.responses.documents


async def test_with_the_database_away_nobody_is_told_ok() -> None:
    world = World()
    world.responses.away = True
    with pytest.raises(Transient):
        await world.submit(form())


async def test_writers_at_the_same_time_lose_nothing() -> None:
    world = World()
    forms = [form({1: revision}, revision=revision) for revision in range(1, 8)]
    await asyncio.gather(*(world.submit(each) for each in [*forms, *reversed(forms)]))
    document = world.responses.documents["harbour/re-1"]
    assert [each["revision"] for each in document["submissions"]] == list(range(1, 8))
