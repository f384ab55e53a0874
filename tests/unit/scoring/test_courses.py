"""Expected courses of a site, from its own closed episodes, as GetTrajectory shows them."""

from datetime import timedelta
from typing import Any

import pytest
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import scoring_service_pb2 as api

from services.scoring.domain.outcomes import FEWEST_EPISODES
from services.scoring.handlers.courses import FRESH_FOR
from tests.unit.scoring import world
from tests.unit.scoring.builders import checkin, when
from tests.unit.scoring.world import SITE, World


async def lived(known: World, episode_id: str, totals: list[float], *, closed: bool, **changes: Any) -> None:
    """An episode with one PHQ-9 of this total at each session."""
    about = {"episode_id": episode_id, **changes}
    ending = {"status": intake.EPISODE_STATUS_CLOSED, "closed_at": when(50)} if closed else {}
    await known.deliver(world.episode(**about, **ending))
    for number, total in enumerate(totals, start=1):
        await known.deliver(world.session(number, **about))
        answers = {item: min(3.0, max(0.0, total - 3 * (item - 1))) for item in range(1, 10)}
        await known.deliver(world.response(number, answers, instrument_id="phq9", **about))


async def outcome(known: World, episode_id: str) -> api.Outcome:
    request = api.GetTrajectoryRequest(site_id=SITE, episode_id=episode_id)
    (series,) = (await known.service.GetTrajectory(request, None)).series
    found: api.Outcome = series.outcome
    return found


async def closed_episodes(known: World, count: int, **changes: Any) -> None:
    """Clients who begin at 10 to 20 and come to half of it, one point more or less."""
    for number in range(count):
        intake_total = 10 + number % 11
        after = intake_total // 2 + (number % 3) - 1
        await lived(known, f"closed-{number:04d}", [intake_total, after], closed=True, **changes)


async def test_a_client_is_compared_with_the_closed_episodes_of_the_site() -> None:
    known = World()
    await closed_episodes(known, FEWEST_EPISODES)
    await lived(known, "going-well", [16, 7], closed=False)
    await lived(known, "stuck", [16, 15], closed=False)
    well, stuck = await outcome(known, "going-well"), await outcome(known, "stuck")
    assert (well.course, stuck.course) == (api.COURSE_ON_TRACK, api.COURSE_NOT_ON_TRACK)
    assert stuck.category == api.CHANGE_CATEGORY_UNCHANGED
    assert stuck.expected == pytest.approx(8, abs=0.5)
    assert stuck.expected < stuck.yellow < stuck.red < 15
    assert "300 closed episodes" in stuck.basis


async def test_with_one_too_few_there_is_no_expectation_until_it_is_fitted_anew() -> None:
    known = World()
    await closed_episodes(known, FEWEST_EPISODES - 1)
    await lived(known, "other-site", [16, 8], closed=True, site_id="site-2")
    await lived(known, "single", [16], closed=True)
    await lived(known, "open", [16, 15], closed=False)
    before = await outcome(known, "open")
    assert (before.course, before.HasField("expected")) == (api.COURSE_UNSPECIFIED, False)
    assert "need 300 closed episodes" in before.basis
    assert "there are 299" in before.basis
    await lived(known, "closed-last", [12, 6], closed=True)
    assert await outcome(known, "open") == before, "what was fitted is kept for a while"
    known.clock.advance(FRESH_FOR)
    assert (await outcome(known, "open")).course == api.COURSE_NOT_ON_TRACK
    known.clock.advance(-timedelta(days=1))
    assert (await outcome(known, "open")).course == api.COURSE_NOT_ON_TRACK


async def test_an_instrument_that_the_site_never_closed_an_episode_with_has_too_few() -> None:
    known = World()
    await lived(known, "open", [16, 15], closed=False)
    assert "there are 0" in (await outcome(known, "open")).basis


async def test_nothing_is_read_of_other_episodes_for_a_trajectory_without_outcomes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = World()
    await known.deliver(world.episode())
    await known.deliver(world.session(1))
    await known.deliver(world.response(1, checkin(9)))

    async def find(*asked: Any, **more: Any) -> list[dict[str, Any]]:
        raise AssertionError("other episodes were read")

    monkeypatch.setattr(known.episodes, "find", find)
    monkeypatch.setattr(known.episodes, "values", find)
    request = api.GetTrajectoryRequest(site_id=SITE, episode_id=world.EPISODE)
    assert len((await known.service.GetTrajectory(request, None)).series) == 1
