"""Dismissing a rupture at the door: told once, kept as an input, and only for a rupture that is there."""

import asyncio

import pytest
from attune.scoring.v1 import events_pb2 as scoring
from attune.scoring.v1 import scoring_service_pb2 as api

from services.runtime.errors import NotFound, Permanent
from services.runtime.identity import ACT, Identity
from services.runtime.rpc import guard
from services.scoring.api import SCOPES
from tests.unit.scoring.builders import checkin
from tests.unit.scoring.world import EPISODE, SITE, World, episode, response, session


@pytest.fixture(autouse=True)
def caller() -> None:
    guard._identity.set(Identity("ana", frozenset({SITE}), frozenset({ACT})))


def told() -> World:
    """Four calm sessions and a fall."""

    async def deliver() -> World:
        scoring_world = World()
        await scoring_world.deliver(episode())
        for number, value in enumerate((9.5, 9.4, 9.6, 9.5, 5.0), start=1):
            await scoring_world.deliver(session(number))
            await scoring_world.deliver(response(number, checkin(value)))
        return scoring_world

    return asyncio.run(deliver())


def request(rupture_id: str, reason: str = "a bad day") -> api.DismissRuptureRequest:
    return api.DismissRuptureRequest(site_id=SITE, episode_id=EPISODE, rupture_id=rupture_id, reason=reason)


def test_a_dismissal_is_told_once_and_kept() -> None:
    world = told()
    rupture_id = world.told("rupture")[0].data.rupture_id  # type: ignore[attr-defined]

    async def twice() -> list[scoring.Rupture]:
        return [(await world.service.DismissRupture(request(rupture_id), None)).rupture for _ in range(2)]

    for answer in asyncio.run(twice()):
        assert (answer.rupture_id, answer.status) == (rupture_id, scoring.RUPTURE_STATUS_DISMISSED)
    kinds = [event.type for event in world.told("rupture")]
    assert kinds == ["attune.rupture.opened.v1", "attune.rupture.dismissed.v1"]
    [document] = world.episodes.documents.values()
    [kept] = document["dismissals"]
    assert (kept["dismissed_by"], kept["reason"]) == ("ana", "a bad day")


def test_a_rupture_that_is_not_there_cannot_be_dismissed() -> None:
    world = told()
    with pytest.raises(NotFound, match="rupture_id"):
        asyncio.run(world.service.DismissRupture(request("no-such"), None))
    assert "dismissals" not in str(world.told("rupture"))


def test_a_dismissal_needs_a_reason_and_the_right_to_act() -> None:
    with pytest.raises(Permanent, match="reason"):
        asyncio.run(told().service.DismissRupture(request("any", " "), None))
    assert SCOPES["DismissRupture"] == ACT
