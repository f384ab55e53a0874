"""The handlers and the gRPC door on a collection in memory."""

from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.scoring.v1 import events_pb2 as scoring
from attune.scoring.v1 import scoring_service_pb2 as api

from services.runtime.errors import NotFound, Permanent
from services.runtime.events import Event
from services.scoring import agents, messages
from services.scoring.api import SCOPES
from services.scoring.domain.outcomes import Bands
from services.scoring.handlers import RUPTURES_TOPIC, SCORES_TOPIC
from tests.unit.scoring import world
from tests.unit.scoring.builders import checkin, when
from tests.unit.scoring.world import EPISODE, SITE, World

CALM = (9.0, 9.2, 9.1, 9.0)


async def lived(*values: float, into: World | None = None, **changes: Any) -> World:
    known = into or World()
    await known.deliver(world.episode(**changes))
    for number, value in enumerate(values, start=1):
        await known.deliver(world.session(number, **changes))
        await known.deliver(world.response(number, checkin(value), **changes))
    return known


async def trajectory(known: World, episode_id: str = EPISODE) -> api.GetTrajectoryResponse:
    request = api.GetTrajectoryRequest(site_id=SITE, episode_id=episode_id)
    return await known.service.GetTrajectory(request, None)


async def ruptures(known: World, **request: Any) -> api.ListRupturesResponse:
    return await known.service.ListRuptures(api.ListRupturesRequest(site_id=SITE, **request), None)


async def test_each_rating_is_told_as_a_score_with_its_facets() -> None:
    known = await lived(9.0, 8.0)
    first, second = known.told("score")
    assert [topic for topic, _ in known.episodes.events] == [SCORES_TOPIC, SCORES_TOPIC]
    assert (first.type, first.key, first.subject) == ("attune.score.computed.v1", EPISODE, f"episodes/{EPISODE}")
    data = second.data
    assert isinstance(data, scoring.Score)
    assert (data.response_id, data.response_revision, data.total, data.subscales["goals"]) == ("re-02", 1, 8.0, 8.0)
    assert (data.site_id, data.client_id, data.instrument_version, data.revision) == (SITE, "cl-1", "1", 10)


async def test_a_score_without_a_total_has_none() -> None:
    known = await lived()
    await known.deliver(world.session(1))
    await known.deliver(world.response(1, {1: 9.0}))
    (event,) = known.told("score")
    assert isinstance(event.data, scoring.Score)
    assert not event.data.HasField("total")
    assert list(event.data.missing_items) == [2, 3, 4, 5, 6, 7, 8]


async def test_a_fall_is_told_with_everything_that_alerting_needs() -> None:
    known = await lived(*CALM, 5.0)
    (event,) = known.told("rupture")
    assert known.episodes.events[-1][0] == RUPTURES_TOPIC
    assert (event.type, event.time) == ("attune.rupture.opened.v1", when(5))
    data = event.data
    assert isinstance(data, scoring.Rupture)
    assert (data.status, data.opened_session_id, data.therapist_id) == (scoring.RUPTURE_STATUS_OPEN, "se-05", "th-1")
    assert data.next_session_at.ToDatetime() == when(6).replace(tzinfo=None)
    assert [finding.detector for finding in data.findings] == ["state-space"]
    assert data.findings[0].parameters["k"] == 2.2
    assert data.findings[0].statistic < -2.2
    assert data.findings[0].value == 5.0
    assert data.explanation
    assert not data.HasField("closed_at")


async def test_responses_wait_in_the_document_until_session_and_episode_are_known() -> None:
    known = World()
    for number, value in enumerate((*CALM, 5.0), start=1):
        await known.deliver(world.response(number, checkin(value)))
        await known.deliver(world.session(number))
    assert known.told() == []
    assert (await trajectory(known)).waiting == 5
    await known.deliver(world.episode())
    assert len(known.told("score")) == 5
    assert [event.type for event in known.told("rupture")] == ["attune.rupture.opened.v1"]
    assert (await trajectory(known)).waiting == 0


async def test_repeated_and_older_input_tells_nothing() -> None:
    known = await lived(*CALM, 5.0)
    await known.deliver(world.response(5, checkin(9.0), 2))
    assert known.told("rupture")[-1].type == "attune.rupture.withdrawn.v1"
    told = len(known.told())
    await known.deliver(world.response(5, checkin(5.0), 1))
    await known.deliver(world.response(5, checkin(9.0), 2))
    assert len(known.told()) == told


async def test_a_refusal_of_monitoring_withdraws_and_hides_everything() -> None:
    known = await lived(*CALM, 5.0)
    await known.deliver(world.episode(2, at=6, consent=clinic.Consent(monitoring=False)))
    assert known.told("rupture")[-1].type == "attune.rupture.withdrawn.v1"
    assert not (await trajectory(known)).series
    assert not (await ruptures(known)).ruptures


async def test_an_instrument_without_a_key_is_kept_counted_and_not_scored() -> None:
    known = await lived()
    await known.deliver(world.session(1))
    await known.deliver(world.response(1, {1: 4.0}, instrument_id="star_p"))
    assert known.unkeyed == ["star_p"]
    assert known.told() == []
    assert known.episodes.documents[f"{SITE}/{EPISODE}"]["responses"][0]["response_id"] == "re-01"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (world.response(1, {1: 11.0}), "data.answers.value"),
        (world.response(1, {40: 1.0}), "data.answers.item"),
        (world.response(1, {}, session_id=""), "data.session_id"),
        (world.response(1, {}, revision=0), "data.revision"),
        (world.response(1, {}, submitted_at=None), "data.submitted_at"),
        (world.session(1, scheduled_at=None), "data.scheduled_at"),
        (world.episode(therapist=""), "data.therapist_id"),
        (replace(world.episode(site_id="site-2"), source="/sites/site-1/intake"), "data.site_id"),
    ],
)
async def test_what_cannot_be_right_names_its_field_and_changes_nothing(wrong: Event, field: str) -> None:
    known = World()
    with pytest.raises(Permanent, match=field):
        await known.deliver(wrong)
    assert known.episodes.documents == {}


async def test_a_type_of_another_topic_is_refused() -> None:
    handlers = World().agents
    with pytest.raises(Permanent, match="ce_type"):
        await handlers[agents.EPISODES](world.session(1))


async def test_the_trajectory_shows_level_limit_alarm_and_rupture() -> None:
    known = await lived(*CALM, 5.0, 9.0)
    found = await trajectory(known)
    assert (found.site_id, found.episode_id, found.revision) == (SITE, EPISODE, 2 * 13)
    (series,) = found.series
    assert (series.scale_min, series.scale_max, series.instrument_version) == (0, 10, "1")
    assert [rating.alarm for rating in series.ratings] == [False] * 4 + [True, False]
    assert [rating.HasField("baseline") for rating in series.ratings] == [False, False, True, True, True, True]
    assert series.ratings[4].limit > series.ratings[4].value
    assert series.ratings[4].facets["goals"] == 5.0
    assert [rupture.status for rupture in series.ruptures] == [scoring.RUPTURE_STATUS_REPAIRED]


async def test_an_unknown_episode_is_not_found_and_a_wrong_id_is_named() -> None:
    with pytest.raises(NotFound, match="episode_id"):
        await trajectory(World())
    with pytest.raises(Permanent, match="episode_id"):
        await trajectory(World(), "ep 1")


async def test_ruptures_are_listed_page_by_page_and_by_episode() -> None:
    known = World()
    for number in range(5):
        await lived(*CALM, 5.0, 9.0, 9.1, 4.0, into=known, episode_id=f"ep-{number}")
    await lived(*CALM, into=known, episode_id="ep-calm")
    whole = await ruptures(known)
    assert (len(whole.ruptures), whole.next_page_token) == (10, "")
    pages, token = [], ""
    while True:
        page = await ruptures(known, page_size=3, page_token=token)
        pages.append([rupture.rupture_id for rupture in page.ruptures])
        token = page.next_page_token
        if not token:
            break
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert list(chain.from_iterable(pages)) == [rupture.rupture_id for rupture in whole.ruptures]
    one = await ruptures(known, episode_id="ep-3", page_size=1)
    assert [rupture.episode_id for rupture in one.ruptures] == ["ep-3"]
    rest = await ruptures(known, episode_id="ep-3", page_token=one.next_page_token)
    assert [rupture.status for rupture in (*one.ruptures, *rest.ruptures)].count(scoring.RUPTURE_STATUS_OPEN) == 1


async def test_more_episodes_than_one_query_brings_are_listed() -> None:
    known = World()
    for number in range(103):
        await lived(*CALM, 5.0, into=known, episode_id=f"ep-{number:03d}")
    assert len((await ruptures(known, page_size=500)).ruptures) == 103


@pytest.mark.parametrize(
    ("request_fields", "field"), [({"page_size": 501}, "page_size"), ({"page_token": "x"}, "token")]
)
async def test_a_wrong_page_is_named(request_fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Permanent, match=field):
        await ruptures(World(), **request_fields)


def test_every_method_has_a_scope() -> None:
    (service,) = api.DESCRIPTOR.services_by_name.values()
    assert set(SCOPES) == {method.name for method in service.methods}


async def test_an_outcome_shows_its_change_and_an_alliance_measure_shows_none() -> None:
    known = await lived(9.0, 9.0)
    for number, last in ((1, 1.0), (2, 0.0)):
        answers = dict.fromkeys(range(1, 9), 2.0 * last) | {9: 0.0}
        phq9 = {"response_id": f"phq-{number}", "instrument_id": "phq9"}
        await known.deliver(world.response(number, answers, **phq9))
    found = {series.instrument_id: series for series in (await trajectory(known)).series}
    assert not found["attune-checkin"].HasField("outcome")
    outcome = found["phq9"].outcome
    assert (outcome.intake, outcome.last, outcome.measurements) == (16, 0, 2)
    assert outcome.category == api.CHANGE_CATEGORY_RECOVERED
    assert (outcome.reliable_change, outcome.confidence, outcome.unconfirmed) == (6, 0.95, True)
    assert (outcome.cutoff, outcome.cutoff_meaning) == (10, "caseness: likely depression")
    assert (outcome.course, outcome.HasField("expected")) == (api.COURSE_UNSPECIFIED, False)
    assert "need 300 closed episodes" in outcome.basis


async def test_an_outcome_against_the_courses_of_the_site() -> None:
    known = await lived()
    for number, total in enumerate((8.0, 12.0), start=1):
        await known.deliver(world.session(number))
        answers = {item: 2.0 if item <= total / 2 else 0.0 for item in range(1, 10)}
        await known.deliver(world.response(number, answers, response_id=f"phq-{number}", instrument_id="phq9"))
    _, assessment = await known.handlers.trajectory(SITE, EPISODE)
    bands = {"phq9": Bands((0.0, 1.0, 0.0, 0.0), {2: 2.0}, 300)}
    (series,) = messages.to_trajectory(SITE, EPISODE, assessment, bands).series
    assert series.outcome.course == api.COURSE_NOT_ON_TRACK
    assert (series.outcome.expected, series.outcome.yellow) == (8, 10)
    assert series.outcome.red == pytest.approx(10.56)
    assert "300 closed episodes" in series.outcome.basis
