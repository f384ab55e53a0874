"""What a screen in the waiting room finds by the reference that somebody enters or scans."""

from dataclasses import replace

import pytest

from services.feedback.domain.requests import GRACE, Session
from services.feedback.kiosk import Kiosk
from services.runtime.errors import Conflict, NotFound, Permanent
from tests.unit.feedback.browsing import CARE, cared_for
from tests.unit.feedback.forms import NOW, form
from tests.unit.feedback.world import LINKS, World

COUPLE = replace(CARE, revision=2, client_ids=("cl-1", "cl-2"))


def kiosk_of(world: World) -> Kiosk:
    return Kiosk(world.requests, world.whereabouts, world.clock)


async def test_the_episode_finds_its_latest_open_request() -> None:
    world = World()
    await cared_for(world)
    found = await kiosk_of(world).find("harbour", "  ep-1 ")
    assert (found.request.session_id, found.link) == ("se-1", LINKS.link(found.request.request_id))


async def test_a_session_that_is_not_reported_yet_is_asked_about_there_and_once() -> None:
    world = World()
    await world.requests.take_care("harbour", "ep-1", CARE)
    kiosk = kiosk_of(world)
    with pytest.raises(NotFound):
        await kiosk.find("harbour", "ep-1")
    first = await kiosk.find("harbour", "ep-1/se-7")
    assert await kiosk.find("harbour", "ep-1/se-7") == first
    # Its report, when it comes, asks nobody again.
    await world.requests.take_session("harbour", "ep-1", Session("se-7", 1, held=True, scheduled_at=NOW))
    assert [each.request_id for each in await world.requests.list("harbour", "ep-1")] == [first.request.request_id]


async def test_one_of_several_clients_is_named_after_a_space() -> None:
    world = World()
    await cared_for(world)
    await world.requests.take_care("harbour", "ep-1", COUPLE)
    kiosk = kiosk_of(world)
    for reference in ("ep-1", "ep-1/se-1"):
        with pytest.raises(Permanent) as refused:
            await kiosk.find("harbour", reference)
        assert refused.value.field == "reference"
        assert (await kiosk.find("harbour", f"{reference} cl-2")).request.client_id == "cl-2"


@pytest.mark.parametrize("reference", ["ep-2", "ep-2/se-1", "ep-1/se-1 cl-9", "ep-1 cl-9"])
async def test_what_is_not_there_tells_nothing(reference: str) -> None:
    world = World()
    await cared_for(world)
    with pytest.raises(NotFound):
        await kiosk_of(world).find("harbour", reference)


@pytest.mark.parametrize("reference", ["ep-1", "ep-1/se-1"])
async def test_what_is_answered_or_over_is_not_opened(reference: str) -> None:
    answered = World()
    await cared_for(answered)
    await answered.submit(form(episode_id="ep-1", session_id="se-1", client_id="cl-1"))
    late = World()
    await cared_for(late)
    late.clock.set(NOW + (late.site.valid_for + 2 * GRACE))
    await late.requests.expire(10)
    for world in (answered, late):
        with pytest.raises((NotFound, Conflict)):
            await kiosk_of(world).find("harbour", reference)


@pytest.mark.parametrize("reference", ["", "ep-1/", "/se-1", "ep 1/se-1 x y", "ep-1/se/1"])
async def test_what_is_no_reference_is_refused(reference: str) -> None:
    with pytest.raises((Permanent, NotFound)):
        await kiosk_of(World()).find("harbour", reference)


async def test_a_session_that_intake_knows_elsewhere_is_not_asked_about() -> None:
    world = World()
    await world.requests.take_care("harbour", "ep-1", CARE)
    world.intake.sessions["se-7"] = "ep-2"
    with pytest.raises(NotFound):
        await kiosk_of(world).find("harbour", "ep-1/se-7")
    assert await world.requests.list("harbour", "ep-1") == []
    world.intake.away = True
    assert (await kiosk_of(world).find("harbour", "ep-1/se-7")).link
