"""Therapists and observers may rate, too: beside the client, never instead."""

from dataclasses import replace
from typing import Any

import pytest
from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.scoring.v1 import events_pb2 as scoring
from attune.scoring.v1 import scoring_service_pb2 as api
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.errors import Permanent
from services.scoring.chart import ascii_chart, svg_chart
from services.scoring.domain.assess import Assessment, assess
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import EMPTY, Answered, Baseline, Finding
from services.scoring.domain.detectors.divergence import Divergence
from services.scoring.domain.inputs import Rater, Response, SessionStatus
from services.scoring.domain.policy import Policy
from services.scoring.domain.population import DEFAULTS
from services.scoring.store import facts
from tests.unit.scoring import world
from tests.unit.scoring.builders import checkin, inputs, response, session
from tests.unit.scoring.world import EPISODE, SITE, World

CALM = (9.0, 9.2, 9.1, 9.0)
SRS = DEFAULTS["srs"]
APART = 2 * (SRS.between_sd**2 + SRS.within_sd**2) ** 0.5
values = st.sampled_from([10.0, 9.0, 7.0, 3.0, 0.0])


def theirs(number: int, value: float, rater: Rater = Rater.THERAPIST, **changes: Any) -> Response:
    return response(number, checkin(value), response_id=f"{rater}-{number}", rater=rater, **changes)


def both(own: tuple[float | None, ...], *others: Response) -> Assessment:
    known = inputs([None if value is None else checkin(value) for value in own])
    held = [session(number, status=SessionStatus.HELD) for number in range(1, len(own) + 1)]
    return assess(replace(known, sessions=held, responses=[*known.responses, *others]))


def marks(assessment: Assessment) -> list[tuple[str, Finding]]:
    (series,) = assessment.series
    return [(rating.session_id, each) for rating in series.ratings for each in rating.markers]


def test_a_therapist_has_a_series_beside_the_clients() -> None:
    assessment = both(CALM, theirs(2, 8.0), theirs(4, 8.5), theirs(4, 8.6, Rater.OBSERVER))
    (own,) = assessment.series
    assert ([rating.value for rating in own.ratings], own.rater) == (list(CALM), Rater.CLIENT)
    told = [(each.rater, each.client_id, each.values) for each in assessment.others]
    assert told == [(Rater.OBSERVER, "cl-1", [8.6]), (Rater.THERAPIST, "cl-1", [8.0, 8.5])]
    assert [each.rater for each in assessment.scores].count(Rater.THERAPIST) == 2


def test_a_therapists_fall_and_tension_open_nothing() -> None:
    fallen = theirs(5, 0.0)
    said = replace(theirs(6, 9.0), answers=tuple(sorted(checkin(9.0, tension=True).items())))
    assessment = both((*CALM, 9.0, 9.1), *(theirs(n, 9.0) for n in range(1, 5)), fallen, said)
    assert assessment.ruptures == ()
    assert not any(rating.findings or rating.markers for rating in assessment.others[0].ratings)


@given(st.lists(st.one_of(st.none(), values), min_size=1, max_size=9), st.data())
def test_other_raters_change_nothing_of_the_clients_but_quiet_marks(
    own: list[float | None], data: st.DataObject
) -> None:
    raters = [Rater.THERAPIST, Rater.OBSERVER]
    others = [
        theirs(number, data.draw(values), rater)
        for number in range(1, len(own) + 1)
        for rater in raters
        if data.draw(st.booleans())
    ]
    alone, beside = both(tuple(own)), both(tuple(own), *others)
    assert beside.ruptures == alone.ruptures
    assert beside.engagement == alone.engagement
    for one, other in zip(alone.series, beside.series, strict=True):
        assert [replaced._replace(markers=()) for replaced in one.ratings] == [
            replaced._replace(markers=()) for replaced in other.ratings
        ]
        assert one.signals == other.signals


def test_far_apart_is_marked_in_the_session_in_which_both_rated() -> None:
    ((where, found),) = marks(both((9.0, 9.0, 8.0, 9.0), theirs(2, 9.5), theirs(3, 10.0)))
    assert (where, found.detector, found.value, found.statistic) == ("se-03", "divergence", 8.0, pytest.approx(2.0))
    assert Divergence().says(found) == "the therapist rated the session 10.0, much better than the client's 8.0"


def test_a_therapist_alone_and_an_observer_diverge_from_nobody() -> None:
    assert marks(both((9.0, None, 9.0), theirs(2, 2.0), theirs(3, 2.0, Rater.OBSERVER))) == []


@pytest.mark.parametrize(
    ("apart", "alarms"), [(APART + 0.01, True), (-APART - 0.01, True), (APART - 0.01, False), (0.01 - APART, False)]
)
def test_apart_means_two_sds_of_all_ratings_in_either_direction(apart: float, alarms: bool) -> None:
    before = Baseline(CATALOGUE["srs"], SRS)
    verdict, _ = Divergence().judge(Answered(30.0, therapist=30.0 + apart), before, EMPTY)
    assert (verdict is not None) == alarms


def test_no_policy_may_let_it_open_a_rupture() -> None:
    chosen: dict[str, Any] = {"name": "divergence", "severity": "marker"}
    assert Policy.from_dict({"id": "t", "version": "1", "detectors": [chosen]}).choices[0].detector == Divergence()
    with pytest.raises(ValueError, match=r"detectors\[0\].severity: divergence never opens a rupture"):
        Policy.from_dict({"id": "t", "version": "1", "detectors": [{**chosen, "severity": "rupture"}]})


async def test_the_wire_carries_who_answered_in_and_out() -> None:
    known = World()
    await known.deliver(world.episode())
    for number, value in enumerate(CALM, start=1):
        await known.deliver(world.session(number))
        await known.deliver(world.response(number, checkin(value)))
    rated = world.response(2, checkin(6.0), response_id="re-t", rater=clinic.RATER_THERAPIST)
    await known.deliver(rated)
    await known.deliver(rated)
    request = api.GetTrajectoryRequest(site_id=SITE, episode_id=EPISODE)
    found = await known.service.GetTrajectory(request, None)
    assert [(each.rater, len(each.ratings)) for each in found.series] == [(clinic.RATER_CLIENT, 4)]
    assert [(each.rater, len(each.ratings)) for each in found.other_raters] == [(clinic.RATER_THERAPIST, 1)]
    assert [each.detector for each in found.series[0].ratings[1].markers] == ["divergence"]
    drawn = ascii_chart(found)
    assert "Client cl-1, attune-checkin version 1, as the therapist sees it" in drawn
    assert drawn.count("No rupture was found.") == 1
    assert "as the therapist sees it" in svg_chart(found)
    told = [event.data for event in known.told("score") if isinstance(event.data, scoring.Score)]
    assert [each.rater for each in told].count(clinic.RATER_THERAPIST) == 1
    read = facts(known.episodes.documents[f"{SITE}/{EPISODE}"])
    assert read is not None
    assert (len(read.answers), len(read.held)) == (4, 4)


async def test_an_answer_of_before_raters_were_told_is_the_clients_and_an_unknown_one_is_nobodys() -> None:
    known = World()
    await known.deliver(world.episode())
    await known.deliver(world.session(1))
    await known.deliver(world.response(1, checkin(9.0)))
    document = known.episodes.documents[f"{SITE}/{EPISODE}"]
    for kept in ("responses", "scores"):
        del document[kept][0]["rater"]
    await known.deliver(world.session(2))
    assert len(known.told("score")) == 1
    with pytest.raises(Permanent, match=r"data\.rater"):
        await known.deliver(world.response(2, checkin(9.0), rater=9))
