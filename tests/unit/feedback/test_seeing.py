"""Who sees what a client answered and wrote: pure rules, and the queries that follow them."""

import pytest
from attune.feedback.v1 import events_pb2 as feedback

from services.feedback.domain import remarks, seeing
from services.feedback.domain.forms import Rater
from services.feedback.domain.remarks import MAX_COMMENT, Remarks
from services.feedback.domain.requests import Care, Visibility
from services.feedback.domain.seeing import Reader, in_force, may_read_answers, may_read_comment
from services.feedback.reading import CommentState
from services.runtime.errors import Forbidden, Permanent, Transient
from services.runtime.identity import ACT, OPERATE, READ, SUPERVISE, TREAT, Identity
from tests.unit.feedback.forms import form
from tests.unit.feedback.world import World

SHARED, THERAPIST, HELD = seeing.CHOICES
WORDS = "I did not dare to say it"


def caller(subject: str, *scopes: str, site: str = "harbour") -> Identity:
    return Identity(subject, frozenset({site}), frozenset(scopes))


ANA = caller("th-ana", READ, TREAT)
BEN = caller("th-ben", READ, TREAT)
CARLA = caller("carla", READ, SUPERVISE)
OPERATOR = Identity("operator", frozenset({"*"}), frozenset({OPERATE, TREAT, SUPERVISE}))
SOFTWARE = caller("practice-software", READ, ACT)


# ---------------------------------------------------------------- rules
@pytest.mark.parametrize(
    ("visibility", "reader", "answers", "comment"),
    [
        (SHARED, Reader(), True, False),
        (SHARED, Reader(supervising=True), True, True),
        (SHARED, Reader(treating=True), True, True),
        (THERAPIST, Reader(), False, False),
        (THERAPIST, Reader(supervising=True), False, False),
        (THERAPIST, Reader(treating=True), True, True),
        (HELD, Reader(), False, False),
        (HELD, Reader(supervising=True), False, False),
        (HELD, Reader(treating=True, supervising=True), False, False),
    ],
)
def test_who_reads_what(visibility: Visibility, reader: Reader, answers: bool, comment: bool) -> None:
    assert may_read_answers(visibility, reader) is answers
    assert may_read_comment(visibility, reader) is comment


def test_the_clients_own_choice_counts_then_the_consent_then_the_default() -> None:
    assert in_force(HELD, SHARED) is HELD
    assert in_force(SHARED, HELD) is SHARED
    assert in_force(None, THERAPIST) is THERAPIST
    assert in_force(None, Visibility.UNKNOWN) is SHARED


def test_a_choice_that_the_page_does_not_have_is_refused() -> None:
    assert seeing.chosen("") is None
    assert seeing.chosen("held") is HELD
    for text in ("unknown", "everybody", "HELD"):
        with pytest.raises(ValueError, match="visibility"):
            seeing.chosen(text)


def test_a_comment_is_tidied_and_its_length_is_bounded() -> None:
    assert remarks.tidy(" one\r\ntwo\rthree\x00\x1b[31m\n ") == "one\ntwo\nthree[31m"
    assert remarks.tidy(" \r\n ") == ""
    assert len(remarks.tidy("ñ" * MAX_COMMENT)) == MAX_COMMENT
    with pytest.raises(ValueError, match="comment"):
        remarks.tidy("x" * (MAX_COMMENT + 1))


# ---------------------------------------------------------------- queries
async def told(visibility: Visibility | None, comment: str = WORDS, consent: Visibility = SHARED) -> World:
    world = World()
    await world.requests.take_care("harbour", "ep-1", Care(1, True, consent, ("cl-1",), "th-ana"))
    await world.handlers.submit(form(), remarks=Remarks(comment, visibility))
    return world


async def words(world: World, who: Identity) -> list[str]:
    return [each.text for each in await world.reading.comments("harbour", "ep-1", who)]


async def withheld(world: World, who: Identity) -> bool:
    (one,) = await world.reading.list_responses("harbour", "ep-1", who)
    assert (await world.reading.get_response("harbour", "re-1", who)).withheld is one.withheld
    return one.withheld


@pytest.mark.parametrize(
    ("visibility", "ana", "carla", "software"), [(SHARED, 1, 1, 1), (THERAPIST, 1, 0, 0), (HELD, 0, 0, 0)]
)
async def test_the_choice_is_kept_wherever_answers_are_read(
    visibility: Visibility, ana: bool, carla: bool, software: bool
) -> None:
    world = await told(visibility)
    for who, sees in ((ANA, ana), (CARLA, carla), (SOFTWARE, software)):
        assert await withheld(world, who) is not bool(sees)
    assert await words(world, ANA) == [WORDS if ana else ""]
    assert await words(world, CARLA) == [WORDS if carla else ""]


@pytest.mark.parametrize(
    "who", [BEN, OPERATOR, SOFTWARE, caller("th-ana", READ), caller("th-ana", TREAT, site="other")]
)
async def test_nobody_else_reads_what_a_client_wrote(who: Identity) -> None:
    world = await told(SHARED)
    with pytest.raises(Forbidden):
        await world.reading.comments("harbour", "ep-1", who)
    assert world.trail.entries_made == []


async def test_without_a_known_therapist_no_subject_is_one() -> None:
    world = World()
    await world.handlers.submit(form(), remarks=Remarks(WORDS))
    with pytest.raises(Forbidden):
        await world.reading.comments("harbour", "ep-1", caller("", READ, TREAT))


async def test_each_comment_that_is_read_is_audited_first_and_not_shown_without() -> None:
    world = await told(SHARED)
    await words(world, ANA)
    assert world.trail.entries_made == [
        {"who": "th-ana", "action": "ReadComment", "subject": "response_id=re-1", "outcome": "OK"}
    ]
    world.trail.away = True
    with pytest.raises(Transient):
        await words(world, ANA)


async def test_a_held_comment_is_not_opened_and_the_therapist_sees_that_there_is_one() -> None:
    world = await told(HELD)
    (comment,) = await world.reading.comments("harbour", "ep-1", ANA)
    assert (comment.state, comment.text, comment.visibility) == (CommentState.WITHHELD, "", HELD)
    assert world.trail.entries_made == []


async def test_after_they_have_talked_the_therapist_opens_it_and_the_topic_is_told() -> None:
    world = await told(HELD)
    for who in (BEN, CARLA, OPERATOR):
        with pytest.raises(Forbidden):
            await world.reading.set_visibility("harbour", "re-1", SHARED, who)
    assert await withheld(world, ANA)
    for _ in range(2):
        assert await world.reading.set_visibility("harbour", "re-1", THERAPIST, ANA) is THERAPIST
    assert not await withheld(world, ANA)
    assert await withheld(world, CARLA)
    assert await words(world, ANA) == [WORDS]
    await world.reading.set_visibility("harbour", "re-1", HELD, ANA)
    assert await withheld(world, ANA)
    changes = [event.data for _, event in world.responses.events if event.type.endswith("visibility-changed.v1")]
    assert [each.revision for each in changes if isinstance(each, feedback.ResponseVisibility)] == [1, 2]
    with pytest.raises(Permanent, match="visibility"):
        await world.reading.set_visibility("harbour", "re-1", Visibility.UNKNOWN, ANA)


async def test_a_correction_keeps_what_was_said_beside_the_first_answers() -> None:
    world = await told(HELD)
    await world.handlers.submit(form({1: 2}, revision=2), remarks=Remarks("something else", SHARED))
    assert await withheld(world, ANA)
    await world.reading.set_visibility("harbour", "re-1", SHARED, ANA)
    assert await words(world, ANA) == [WORDS]


async def test_forgetting_a_client_leaves_answers_and_no_words() -> None:
    world = await told(SHARED)
    assert await world.reading.forget("harbour", "cl-1")
    assert not await world.reading.forget("harbour", "cl-1")
    (comment,) = await world.reading.comments("harbour", "ep-1", ANA)
    assert (comment.state, comment.text) == (CommentState.FORGOTTEN, "")
    assert not await withheld(world, ANA)


async def test_a_comment_that_was_moved_in_the_database_is_not_shown() -> None:
    world = await told(SHARED)
    await world.handlers.submit(form(response_id="re-2"), remarks=Remarks("another one"))
    documents = world.responses.documents
    documents["harbour/re-2"]["comment"] = documents["harbour/re-1"]["comment"]
    with pytest.raises(RuntimeError, match="moved"):
        await words(world, ANA)


async def test_words_are_in_no_event_and_no_document() -> None:
    world = await told(HELD)
    await world.reading.set_visibility("harbour", "re-1", SHARED, ANA)
    sent = [event.data.SerializeToString() for _, event in world.responses.events]
    assert len(sent) == 2
    assert WORDS.encode() not in b"".join(sent)
    assert WORDS not in repr(world.responses.documents) + repr(world.askings.documents)


async def test_a_risk_answer_is_passed_on_before_the_words_are_sealed() -> None:
    world = World()
    world.vault.away = True
    with pytest.raises(Transient):
        await world.handlers.submit(form({1: 5, 11: 2}), remarks=Remarks(WORDS))
    await world.handed_over()
    assert len(world.alerting.flags) == 1
    assert world.responses.documents == {}


async def test_the_clients_consent_is_about_the_clients_own_answers() -> None:
    world = await told(None, consent=HELD)
    await world.handlers.submit(form(response_id="re-2", rater=Rater.THERAPIST))
    shown = await world.reading.list_responses("harbour", "ep-1", SOFTWARE)
    assert {each.response.current.response_id: each.withheld for each in shown} == {"re-1": True, "re-2": False}
