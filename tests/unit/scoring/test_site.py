"""What is asked and told about a whole site: its figures, and caseloads in which several clients slip."""

from typing import Any

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import summaries_pb2 as summaries

from services.runtime.errors import Permanent
from services.scoring.handlers import CASELOAD_TOPIC
from services.scoring.handlers.reading import PAGE
from tests.unit.scoring import world
from tests.unit.scoring.builders import checkin, when
from tests.unit.scoring.world import SITE, World

CALM = (9.0, 9.2, 9.1, 9.0)


async def lived(known: World, number: int, *values: float | None, therapist: str = "th-1", **changes: Any) -> None:
    """One client's episode; None is a session without an answer."""
    own: dict[str, Any] = {"episode_id": f"ep-{number:03d}", **changes}
    await known.deliver(world.episode(therapist=therapist, **own))
    for session, value in enumerate(values, start=1):
        await known.deliver(world.session(session, **own))
        if value is not None:
            await known.deliver(world.response(session, checkin(value), client_id=f"cl-{number:03d}", **own))


async def summary(known: World, **request: Any) -> api.GetSiteSummaryResponse:
    return await known.service.GetSiteSummary(api.GetSiteSummaryRequest(site_id=SITE, **request), None)


async def test_the_figures_of_a_site() -> None:
    known = World()
    known.clock.set(when(8))
    for number in range(4):
        await lived(known, number, *CALM)
    await lived(known, 4, *CALM, 5.0, 9.1)
    await lived(known, 5, *CALM, 5.0, therapist="th-2")
    await lived(known, 6, *CALM, None, None)
    found = await summary(known)
    (checkins,) = found.instruments
    assert (checkins.instrument_id, checkins.clients, checkins.rated_sessions) == ("attune-checkin", 7, 31)
    assert (checkins.ruptures, checkins.still_open) == (2, 1)
    assert (checkins.rupture_rate.count, checkins.rupture_rate.of) == (2, 31)
    assert checkins.rupture_rate.low < 2 / 31 < checkins.rupture_rate.high
    assert (checkins.repair_rate.count, checkins.repair_rate.of) == (1, 1)
    assert (checkins.sessions_to_repair.value, checkins.days_to_repair.value) == (1, 7)
    assert not checkins.days_to_repair.HasField("low")
    assert list(checkins.policy_versions) == [0]
    assert "state-space 1" in checkins.methods
    assert (found.responses.response_rate.count, found.responses.response_rate.of) == (31, 33)
    assert (found.responses.silent_clients.count, found.responses.silent_clients.of) == (1, 7)
    assert [(each.therapist_id, each.suppressed) for each in found.caseloads] == [("th-1", True), ("th-2", True)]
    assert (found.since.ToDatetime(), found.until.ToDatetime()) == (
        when(8 - 90 / 7).replace(tzinfo=None),
        when(8).replace(tzinfo=None),
    )


async def test_only_sessions_that_were_held_count_in_the_response_rate() -> None:
    known = World()
    known.clock.set(when(8))
    for number in range(5):
        await lived(known, number, *CALM)
    for number, status in enumerate((clinic.SESSION_STATUS_NO_SHOW, clinic.SESSION_STATUS_CANCELLED_BY_CLINIC), 5):
        await known.deliver(world.session(number, episode_id="ep-000", status=status))
    await known.deliver(world.session(7, episode_id="ep-000"))
    found = await summary(known)
    assert (found.responses.response_rate.count, found.responses.response_rate.of) == (20, 21)


async def test_a_small_site_is_told_that_its_figures_are_withheld() -> None:
    known = World()
    known.clock.set(when(8))
    for number in range(4):
        await lived(known, number, *CALM)
    found = await summary(known)
    assert [(each.instrument_id, each.suppressed, each.clients) for each in found.instruments] == [
        ("attune-checkin", True, 0)
    ]
    assert found.responses.suppressed
    assert [each.suppressed for each in found.caseloads] == [True]


async def test_more_episodes_than_a_page_holds_are_counted_and_other_sites_are_not() -> None:
    known = World()
    known.clock.set(when(8))
    for number in range(PAGE + 3):
        await lived(known, number, 9.0)
    await lived(known, 999, 9.0, site_id="site-2")
    assert (await summary(known)).instruments[0].clients == PAGE + 3


async def test_who_refused_to_be_watched_is_in_no_figure() -> None:
    known = World()
    known.clock.set(when(8))
    for number in range(6):
        await lived(known, number, *CALM)
    refused = intake.Episode().consent
    refused.monitoring = False
    await known.deliver(world.episode(2, episode_id="ep-000", consent=refused))
    found = await summary(known)
    assert (found.instruments[0].clients, found.responses.clients) == (5, 5)


async def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Permanent, match="since"):
        await summary(World(), since=when(4), until=when(4))


async def test_three_clients_of_one_therapist_are_told_to_the_supervisor_once() -> None:
    known = World()
    for number in range(3):
        await lived(known, number, *CALM, 5.0)
    await lived(known, 3, *CALM, 5.0, therapist="th-2")
    for opened in known.told("opened") * 2:
        await known.deliver(opened)
    ((topic, event),) = known.caseloads.events
    assert (topic, event.type, event.key) == (CASELOAD_TOPIC, "attune.caseload.pattern.v1", "th-1")
    assert event.subject == "therapists/th-1"
    data = event.data
    assert isinstance(data, summaries.CaseloadPattern)
    assert (data.site_id, data.therapist_id, data.clients_needed, data.within_days) == (SITE, "th-1", 3, 28)
    assert list(data.client_ids) == ["cl-000", "cl-001", "cl-002"]
    assert len(data.rupture_ids) == 3


async def test_a_repaired_rupture_is_no_part_of_a_pattern() -> None:
    known = World()
    for number in range(3):
        await lived(known, number, *CALM, 5.0, *([9.1] if number == 0 else []))
    for each in [*known.told("opened"), *known.told("repaired")]:
        await known.deliver(each)
    assert len(known.caseloads.events) == 1  # as it was told; the repair came later
    early = World()
    for each in [*known.told("repaired"), *known.told("opened")]:
        await early.deliver(each)
    assert early.caseloads.events == []


async def test_a_rupture_that_a_correction_gives_to_another_therapist_leaves_the_caseload_where_it_was() -> None:
    known = World()
    for number in range(3):
        await lived(known, number, 9.0)
        await known.deliver(world.session(2, episode_id=f"ep-{number:03d}"))
        said = checkin(9.0, tension=True)
        await known.deliver(world.response(2, said, episode_id=f"ep-{number:03d}", client_id=f"cl-{number:03d}"))
    first, *others = known.told("opened")
    await known.deliver(first)
    await known.deliver(world.session(2, 2, episode_id="ep-000", therapist_id="th-2"))
    (revised,) = known.told("revised")
    for each in [revised, *others]:
        await known.deliver(each)
    stand = {
        (doc["therapist_id"], word["client_id"]): word["stands"]
        for doc in known.caseloads.documents.values()
        for word in doc["words"]
    }
    assert stand == {
        ("th-1", "cl-000"): False,
        ("th-2", "cl-000"): True,
        ("th-1", "cl-001"): True,
        ("th-1", "cl-002"): True,
    }
    assert known.caseloads.events == []
