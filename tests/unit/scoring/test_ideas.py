"""Ideas for repair at the gRPC door: for open ruptures, from what intake said."""

from datetime import UTC, datetime
from typing import Any

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.scoring.v1 import guidance_pb2 as guidance
from attune.scoring.v1 import scoring_service_pb2 as api

from services.runtime.errors import Permanent
from services.scoring import store
from services.scoring.domain.assess import assess
from services.scoring.domain.guidance import UNKNOWN, Background, Barrier, Style
from services.scoring.domain.known import CareReport, Known
from tests.unit.scoring.builders import checkin
from tests.unit.scoring.world import EPISODE, SITE, World, episode, response, session

FALL = [checkin(9.0), checkin(9.0), checkin(9.0), checkin(9.0), checkin(5.0, item5=1.0)]
BACK = checkin(9.0)
AGREEMENT = clinic.Agreement(
    goals=["walk to the shop alone"],
    barriers=[clinic.BARRIER_LANGUAGE, clinic.BARRIER_PAST_HARM],
    communication_style=clinic.COMMUNICATION_STYLE_INDIRECT,
)


async def told(*forms: dict[int, float], agreement: clinic.Agreement | None = None) -> World:
    known = World()
    await known.deliver(episode(agreement=agreement))
    for number, answers in enumerate(forms, start=1):
        await known.deliver(session(number))
        await known.deliver(response(number, answers))
    return known


async def trajectory(known: World, **asked: Any) -> api.GetTrajectoryResponse:
    request = api.GetTrajectoryRequest(site_id=SITE, episode_id=EPISODE, **asked)
    return await known.service.GetTrajectory(request, None)


async def test_an_open_rupture_comes_with_ideas_for_the_facet_that_fell() -> None:
    found = await trajectory(await told(*FALL))
    (offered,) = found.ideas
    assert offered.rupture_id == found.series[0].ruptures[0].rupture_id
    assert offered.heading == "Ideas, not instructions"
    assert [idea.phase for idea in offered.ideas] == [guidance.REPAIR_PHASE_TAKING_UP] * 3 + [
        guidance.REPAIR_PHASE_LATER
    ] * 3
    first = offered.ideas[0]
    assert (first.strategy_id, first.why, first.phase_text) == (
        "ask-goals",
        "Because goals fell most.",
        "when you take it up",
    )
    assert all(idea.text and idea.why and idea.source for idea in offered.ideas)
    confirmed = {idea.source[:5]: idea.source_confirmed for idea in offered.ideas}
    assert confirmed["[M] g"] is False
    assert confirmed["[S28]"] is True


async def test_what_intake_and_the_clinician_said_is_among_the_reasons() -> None:
    known = await told(*FALL, agreement=AGREEMENT)
    plain = " ".join(idea.why for idea in (await trajectory(known)).ideas[0].ideas)
    assert "intake noted past harm" in plain
    assert "intake noted language as a barrier" in plain
    assert "withdrawal" not in plain
    seen = await trajectory(known, rupture_type=guidance.RUPTURE_TYPE_WITHDRAWAL)
    assert "a clinician saw withdrawal" in " ".join(idea.why for idea in seen.ideas[0].ideas)


async def test_the_clients_own_words_are_not_kept() -> None:
    known = await told(*FALL, agreement=AGREEMENT)
    assert "shop" not in str(known.episodes.documents)


async def test_the_newest_agreement_counts_however_it_arrives() -> None:
    older, newer = episode(1, agreement=AGREEMENT), episode(2, at=1)
    for order in ([older, newer], [newer, older]):
        known = World()
        for event in order:
            await known.deliver(event)
        (doc,) = known.episodes.documents.values()
        assert store.known(doc).background == UNKNOWN
    await known.deliver(episode(3, at=2, agreement=AGREEMENT))
    (doc,) = known.episodes.documents.values()
    assert store.known(doc).background == Background((Barrier.LANGUAGE, Barrier.PAST_HARM), Style.INDIRECT)


async def test_a_rupture_that_is_over_has_no_ideas() -> None:
    assert not (await trajectory(await told(*FALL, BACK))).ideas


async def test_ideas_are_in_the_language_that_is_asked_for() -> None:
    known = await told(*FALL)
    (offered,) = (await trajectory(known, language="es")).ideas
    assert offered.heading == "Ideas, no instrucciones"
    assert offered.ideas[0].why == "Porque los objetivos son lo que más bajó."
    with pytest.raises(Permanent, match=r"language: there are no ideas in 'fr'\. Ask for one of en, es\."):
        await trajectory(known, language="fr")


def test_a_document_without_what_intake_agreed_is_read() -> None:
    report = CareReport(1, datetime(2026, 3, 2, tzinfo=UTC), "th-1", None, True, Background((Barrier.CULTURE,)))
    known = Known(SITE, EPISODE, (report,))
    doc = store.document(known, assess(known.inputs()))
    assert store.known(doc) == known
    del doc["care"][0]["background"]
    assert store.known(doc).background == UNKNOWN


async def test_every_session_is_listed_rated_or_not() -> None:
    known = await told(*FALL)
    await known.deliver(session(6))
    assert [each.session_id for each in (await trajectory(known)).sessions] == [f"se-0{n}" for n in range(1, 7)]
