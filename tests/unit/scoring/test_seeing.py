"""Who sees ratings: assessed all the same, and shown only to those whom the client lets see them."""

from typing import Any

import pytest
from attune.clinic.v1 import feedback_events_pb2 as feedback_events
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as feedback

from services.runtime.identity import OPERATE, READ, TREAT, Identity
from services.runtime.rpc import guard
from services.scoring import withheld
from services.scoring.domain.known import Known
from services.scoring.domain.seeing import Sight, Visibility
from tests.unit.scoring import world
from tests.unit.scoring.builders import checkin, when
from tests.unit.scoring.test_handlers import trajectory
from tests.unit.scoring.world import EPISODE, SITE, World

THERAPIST = Identity("th-1", frozenset({SITE}), frozenset({READ, TREAT}))
OTHERS = (
    Identity("th-2", frozenset({SITE}), frozenset({READ, TREAT})),
    Identity("th-1", frozenset({SITE}), frozenset({READ})),
    Identity("operator", frozenset({"*"}), frozenset({OPERATE})),
)


async def rated(visibility: clinic.Visibility, consent: clinic.Visibility) -> World:
    """An episode of two sessions; the second response says who may see it."""
    known = World()
    await known.deliver(world.episode(consent=clinic.Consent(monitoring=True, visibility=consent)))
    for number, said in ((1, clinic.VISIBILITY_UNSPECIFIED), (2, visibility)):
        await known.deliver(world.session(number))
        await known.deliver(world.response(number, checkin(8.0), visibility=said))
    return known


async def seen(known: World, who: Identity) -> tuple[list[str], int]:
    token = guard._identity.set(who)
    try:
        (series,) = (await trajectory(known)).series
    finally:
        guard._identity.reset(token)
    return [rating.session_id for rating in series.ratings], series.withheld


ALL, FIRST, NONE = (["se-01", "se-02"], 0), (["se-01"], 1), ([], 2)
SHARED, ONLY, HELD = (
    clinic.VISIBILITY_THERAPIST_AND_SUPERVISOR,
    clinic.VISIBILITY_THERAPIST_ONLY,
    clinic.VISIBILITY_HELD,
)


@pytest.mark.parametrize(
    ("visibility", "consent", "therapist", "others"),
    [
        (clinic.VISIBILITY_UNSPECIFIED, SHARED, ALL, ALL),
        (ONLY, SHARED, ALL, FIRST),
        (HELD, SHARED, FIRST, FIRST),
        (clinic.VISIBILITY_UNSPECIFIED, ONLY, ALL, NONE),
        (clinic.VISIBILITY_UNSPECIFIED, HELD, NONE, NONE),
    ],
)
async def test_a_trajectory_has_what_its_reader_may_see(
    visibility: clinic.Visibility, consent: clinic.Visibility, therapist: Any, others: Any
) -> None:
    known = await rated(visibility, consent)
    assert await seen(known, THERAPIST) == therapist
    for who in OTHERS:
        assert await seen(known, who) == others
    assert len(known.told("score")) == 2  # assessed all the same


async def test_after_they_have_talked_it_is_seen_in_whatever_order_the_news_comes() -> None:
    change = feedback.ResponseVisibility(
        site_id=SITE, episode_id=EPISODE, response_id="re-02", visibility=ONLY, revision=1
    )
    known = await rated(HELD, SHARED)
    for _ in range(2):
        await known.deliver(world.event(change, when(3)))
    assert await seen(known, THERAPIST) == ALL
    assert await seen(known, OTHERS[0]) == FIRST
    # An older word that comes late changes nothing, nor does a correction that carries it.
    await known.deliver(world.response(2, checkin(7.0), revision=2, visibility=HELD))
    assert await seen(known, THERAPIST) == ALL


async def test_the_word_on_a_response_may_come_before_it_and_survives_the_database() -> None:
    known = Known(SITE, EPISODE).with_sight("re-02", Sight(Visibility.HELD, 1))
    assert known is not None
    assert known.with_sight("re-02", Sight(Visibility.THERAPIST_ONLY, 0)) is None
    assert known.revision == 0
    assert known.withheld(treating=True) == frozenset()


def test_without_a_known_therapist_nobody_treats() -> None:
    assert not withheld._treats(Identity("", frozenset({SITE}), frozenset({TREAT})), Known(SITE, EPISODE))


async def test_what_a_therapist_rated_is_not_the_clients_to_withhold() -> None:
    known = await rated(HELD, HELD)
    await known.deliver(world.response(3, checkin(6.0), session_id="se-01", rater=feedback_events.RATER_THERAPIST))
    token = guard._identity.set(OTHERS[0])
    try:
        found = await trajectory(known)
    finally:
        guard._identity.reset(token)
    assert [len(series.ratings) for series in found.series] == [0]
    assert [len(series.ratings) for series in found.other_raters] == [1]
