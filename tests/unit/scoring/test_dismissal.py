"""A clinician's word that a rupture was none; and what a rupture tells of itself: how long, again, which facets."""

from dataclasses import replace
from datetime import timedelta

from services.scoring.domain.assess import Assessment, assess
from services.scoring.domain.inputs import Dismissal, Response
from services.scoring.domain.ruptures import Status
from tests.unit.scoring.builders import assessed, checkin, checkins, inputs, response, when

CALM = (9.5, 9.4, 9.6, 9.5)


def dismissed(*values: float, after: int) -> Assessment:
    """The first rupture dismissed just after this session."""
    given = inputs(checkins(*values))
    first = assess(given).ruptures[0]
    word = Dismissal(first.rupture_id, "ana", "a bad day, we spoke", when(after) + timedelta(days=1))
    return assess(replace(given, dismissals={first.rupture_id: word}))


def test_a_dismissed_rupture_is_over_and_keeps_its_evidence() -> None:
    [rupture] = dismissed(*CALM, 5.0, after=5).ruptures
    assert (rupture.status, rupture.closed_at) == (Status.DISMISSED, when(5) + timedelta(days=1))
    assert rupture.findings
    assert rupture.explanation


def test_its_ratings_count_in_the_baseline_again() -> None:
    kept = assessed(checkins(*CALM, 5.0, 9.5, 9.5)).series[0].ratings[-1].baseline
    back = dismissed(*CALM, 5.0, 9.5, 9.5, after=5).series[0].ratings[-1].baseline
    assert kept is not None
    assert back is not None
    assert back < kept


def test_the_same_fall_is_not_announced_again_as_another() -> None:
    everything = dismissed(*CALM, 5.0, 5.1, 5.0, after=7).ruptures
    assert [rupture.status for rupture in everything] == [Status.DISMISSED]


def test_a_fall_after_the_dismissal_is_new() -> None:
    ruptures = dismissed(*CALM, 6.0, 9.5, 9.5, 9.5, 9.5, 1.0, after=5).ruptures
    assert [rupture.status for rupture in ruptures] == [Status.DISMISSED, Status.OPEN]


def test_a_repaired_rupture_can_be_dismissed_later() -> None:
    [rupture] = dismissed(*CALM, 5.0, 9.5, 9.5, after=7).ruptures
    assert (rupture.status, rupture.closed_session_id) == (Status.DISMISSED, "se-06")


def test_a_rupture_tells_how_long_it_was_and_what_fell_and_came_back() -> None:
    forms = [*checkins(*CALM), checkin(6.0, item5=2.0), checkin(4.0, item5=1.0), checkin(9.5)]
    [rupture] = assessed(forms).ruptures
    assert (rupture.status, rupture.sessions, rupture.facet) == (Status.REPAIRED, 3, "goals")
    profiles = rupture.facets_before["goals"], rupture.facets_lowest["goals"], rupture.facets_after["goals"]
    assert profiles == (9.5, 1.0, 9.5)


def test_a_second_rupture_within_eight_sessions_recurs() -> None:
    near = assessed(checkins(*CALM, 5.0, 9.5, 9.5, 9.5, 5.0, 9.5)).ruptures
    far = assessed(checkins(*CALM, 5.0, *[9.5] * 8, 5.0)).ruptures
    assert [rupture.recurring for rupture in near] == [False, True]
    assert [rupture.recurring for rupture in far] == [False, False]


def test_a_couple_has_a_series_and_ruptures_each() -> None:
    def of(client: str, number: int, value: float) -> Response:
        return response(number, checkin(value), client_id=client, response_id=f"re-{client}-{number}")

    calm, fell = [9.5, 9.4, 9.6, 9.5, 9.5], [9.5, 9.4, 9.6, 9.5, 4.0]
    given = inputs([of("cl-1", number, value) for number, value in enumerate(calm, 1)])
    both = replace(
        given, responses=[*given.responses, *(of("cl-2", number, value) for number, value in enumerate(fell, 1))]
    )
    assessment = assess(both)
    assert [series.client_id for series in assessment.series] == ["cl-1", "cl-2"]
    assert [rupture.client_id for rupture in assessment.ruptures] == ["cl-2"]
