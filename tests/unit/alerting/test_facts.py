"""What an alert is about: the same for the same set of events, in whatever order and however often they come."""

import copy
from pathlib import Path
from tempfile import TemporaryDirectory

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerting import messages
from services.alerting.domain.alert import Status
from services.runtime.errors import Permanent
from tests.unit.alerting.world import ON_CALL, SITE, World, risk_event, risk_flag, rupture_event

EVENTS = [
    risk_event("flag-1"),
    risk_event("flag-2"),
    rupture_event("opened", 3),
    rupture_event("revised", 5),
    rupture_event("repaired", 7),
    rupture_event("opened", 2, "rupture-2"),
    rupture_event("withdrawn", 4, "rupture-2"),
    rupture_event("opened", 2, "rupture-3"),
    rupture_event("withdrawn", 4, "rupture-3"),
    rupture_event("opened", 6, "rupture-3"),
]


@settings(max_examples=60, deadline=None)
@given(st.permutations(EVENTS * 3))
async def test_every_message_three_times_and_shuffled_gives_the_same_documents(shuffled) -> None:
    assert await _documents_after(shuffled) == await _documents_after(EVENTS)


async def test_an_accepted_event_makes_exactly_one_open_alert(world: World) -> None:
    for _ in range(3):
        for event in EVENTS:
            await world.deliver(event)
    found = await world.alerts.find({"site_id": SITE, "open": True})
    assert sorted(document["dedup_key"] for document in found) == [
        "risk:flag-1",
        "risk:flag-2",
        "rupture:rupture-1",
        "rupture:rupture-3",
    ]


async def test_a_risk_flag_by_topic_and_by_rpc_is_one_alert_and_one_page(world: World) -> None:
    by_topic = await world.risk("flag-1")
    report = messages.risk_report(SITE, risk_flag("flag-1"), "flag")
    assert await world.handlers.raise_risk_flag(SITE, "flag-1", report) == by_topic
    await world.settle()
    assert world.told() == [ON_CALL]


async def test_a_risk_flag_again_after_its_alert_was_closed_tells_nobody(world: World) -> None:
    alert_id = await world.risk()
    await world.handlers.close(SITE, alert_id, "ben", "seen")
    assert await world.risk() == alert_id
    await world.wait(hours=1)
    _, state = await world.alert(alert_id)
    assert state.status is Status.CLOSED


async def test_what_scoring_says_later_is_added_and_pages_nobody_again(world: World) -> None:
    alert_id = await world.rupture("opened", 3)
    await world.settle()
    assert world.told() == [ON_CALL]
    for change, revision in (("revised", 5), ("repaired", 7)):
        assert await world.rupture(change, revision) == alert_id
    await world.settle()
    facts, state = await world.alert(alert_id)
    assert [said.change for said in facts.said] == ["opened", "revised", "repaired"]
    assert (facts.latest.change, state.status) == ("repaired", Status.TRIGGERED)


async def test_an_older_revision_that_comes_late_does_not_hide_the_newer(world: World) -> None:
    await world.rupture("repaired", 7)
    alert_id = await world.rupture("opened", 3)
    await world.settle()
    assert world.told() == [ON_CALL]
    facts, _ = await world.alert(alert_id)
    assert facts.latest.change == "repaired"
    rupture = messages.to_rupture(facts)
    assert rupture is not None
    assert rupture == rupture_event("repaired", 7).data


async def test_a_withdrawn_rupture_is_closed_when_nobody_has_taken_it_on(world: World) -> None:
    alert_id = await world.rupture("opened", 3)
    await world.rupture("withdrawn", 5)
    await world.settle()
    _, state = await world.alert(alert_id)
    assert (state.status, state.closed_by) == (Status.CLOSED, "scoring")
    assert await world.history(alert_id) == ["triggered", "closed"]


async def test_a_withdrawn_rupture_that_somebody_has_taken_on_stays_with_them(world: World) -> None:
    alert_id = await world.rupture("opened", 3)
    await world.handlers.acknowledge(SITE, alert_id, "ben")
    await world.rupture("withdrawn", 5)
    _, state = await world.alert(alert_id)
    assert state.status is Status.ACKNOWLEDGED


async def test_a_withdrawal_that_overtakes_the_opening_pages_nobody(world: World) -> None:
    await world.rupture("withdrawn", 5)
    alert_id = await world.rupture("opened", 3)
    await world.settle()
    _, state = await world.alert(alert_id)
    assert state.status is Status.CLOSED


async def test_a_withdrawn_rupture_that_stands_again_pages_again(world: World) -> None:
    alert_id = await world.rupture("opened", 3)
    await world.settle()
    await world.rupture("withdrawn", 5)
    await world.rupture("opened", 6)
    await world.wait(minutes=5)
    assert world.told() == [ON_CALL, ON_CALL]
    assert await world.history(alert_id) == ["triggered", "closed", "triggered"]


async def test_a_closed_alert_of_a_rupture_that_a_clinician_closed_stays_closed(world: World) -> None:
    alert_id = await world.rupture("opened", 3)
    await world.handlers.close(SITE, alert_id, "ben", "talked about it")
    await world.rupture("withdrawn", 5)
    await world.rupture("opened", 6)
    await world.wait(hours=1)
    _, state = await world.alert(alert_id)
    assert (state.status, state.closed_by) == (Status.CLOSED, "ben")


async def test_an_event_that_contradicts_its_envelope_is_refused_by_field(world: World) -> None:
    wrong_site = rupture_event()
    wrong_site.data.site_id = "elsewhere"
    with pytest.raises(Permanent, match=r"data\.site_id"):
        await world.deliver(wrong_site)
    no_id = risk_event()
    no_id.data.flag_id = ""
    with pytest.raises(Permanent, match=r"data\.flag_id: is missing"):
        await world.deliver(no_id)
    timeless = risk_event()
    timeless.data.ClearField("submitted_at")
    with pytest.raises(Permanent, match=r"data\.submitted_at"):
        await world.deliver(timeless)


async def _documents_after(events: list) -> dict[str, bytes]:
    """The facts, what is open, and the status of every alert, as bytes."""
    with TemporaryDirectory() as directory:
        world = World(Path(directory))
        for event in events:
            await world.deliver(copy.deepcopy(event))
        documents = {}
        for document in world.alerts.documents.values():
            kept = {name: value for name, value in document.items() if name not in ("state", "version", "order")}
            documents[document["_id"]] = bson.encode({**kept, "status": document["state"]["status"]})
        return documents
