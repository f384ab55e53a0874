"""The life of a rupture, as the clinical text has it."""

import pytest

from services.scoring.domain.assess import Assessment
from services.scoring.domain.ruptures import Rupture, Status
from tests.unit.scoring.builders import assessed, care, checkin, checkins, response, session, when

CALM = (9.0, 9.2, 9.1, 9.0)


def only(assessment: Assessment) -> Rupture:
    (rupture,) = assessment.ruptures
    return rupture


def states(assessment: Assessment) -> list[tuple[str, Status]]:
    return [(rupture.opened_session_id, rupture.status) for rupture in assessment.ruptures]


def test_nothing_happens_to_a_calm_client() -> None:
    assessment = assessed(checkins(*CALM, 8.9, 9.1))
    assert assessment.ruptures == ()
    (series,) = assessment.series
    assert [rating.baseline is None for rating in series.ratings] == [True, True, False, False, False, False]
    assert not any(rating.alarm for rating in series.ratings)


def test_a_sudden_fall_opens_a_rupture_with_level_depth_facet_and_reason() -> None:
    rupture = only(assessed([*checkins(*CALM), checkin(5.5, item5=4.0)]))
    assert (rupture.status, rupture.opened_session_id, rupture.opened_at) == (Status.OPEN, "se-05", when(5))
    assert rupture.baseline == pytest.approx(9.09, abs=0.05)
    assert rupture.depth == pytest.approx(9.09 - (5.5 * 7 + 4) / 8, abs=0.05)
    assert rupture.facet == "goals"
    assert rupture.therapist_id == "th-1"
    assert rupture.next_session_at == when(6)
    assert [finding.detector for finding in rupture.findings] == ["state-space"]
    assert rupture.explanation == (
        "Goals fell from 9.0 to 4.0 in one session; against the client's own level of 9.1, a rating this low, alone "
        "or with the ones before it, comes by chance less than once in 1,000 sessions."
    )


def test_two_facets_that_fell_alike_are_both_named_and_neither_is_the_one() -> None:
    both = only(assessed([*checkins(*CALM), checkin(8.0, item5=4.0, item6=4.0)]))
    assert both.facet == ""
    assert both.explanation.startswith(
        "Goals fell from 9.0 to 4.0 in one session and tasks fell from 9.0 to 4.0 in one "
    )
    every = only(assessed([*checkins(*CALM), checkin(5.0)]))
    assert every.facet == ""
    assert every.explanation.startswith("The rating is down to 5.0; against ")


def test_a_return_within_three_rated_sessions_repairs_it() -> None:
    rupture = only(assessed(checkins(*CALM, 5.0, 6.0, 9.0, 9.1)))
    assert (rupture.status, rupture.closed_session_id, rupture.closed_at) == (Status.REPAIRED, "se-07", when(7))
    assert rupture.next_session_at is None


@pytest.mark.parametrize(("shift", "status"), [(-0.30, Status.REPAIRED), (-0.32, Status.OPEN)])
def test_back_means_at_most_one_measurement_error_below_the_old_level(shift: float, status: Status) -> None:
    level = only(assessed(checkins(*CALM, 5.0))).baseline
    assert level is not None
    assert only(assessed(checkins(*CALM, 5.0, level + shift + 1e-9))).status is status


def test_sessions_without_a_rating_do_not_count_towards_the_window() -> None:
    forms = [*checkins(*CALM, 5.0), None, None, None, None, *checkins(9.0)]
    assert only(assessed(forms)).status is Status.REPAIRED


def test_still_low_after_three_rated_sessions_is_unrepaired_and_the_same_fall_is_not_announced_again() -> None:
    assessment = assessed(checkins(*CALM, 5.0, 5.2, 4.9, 5.0, 5.0, 5.1, 5.0, 4.9))
    rupture = only(assessment)
    assert (rupture.status, rupture.closed_session_id) == (Status.UNREPAIRED, "se-08")
    assert rupture.next_session_at == when(9)
    assert [rating.baseline is None for rating in assessment.series[0].ratings][8:] == [True, True, False, False]


def test_a_further_fall_from_the_new_level_is_a_new_rupture() -> None:
    assessment = assessed(checkins(*CALM, 6.0, 6.1, 6.0, 6.0, 6.1, 6.0, 6.1, 6.0, 2.0))
    assert states(assessment) == [("se-05", Status.UNREPAIRED), ("se-13", Status.OPEN)]


def test_the_depth_is_the_deepest_fall_while_it_was_open() -> None:
    rupture = only(assessed(checkins(*CALM, 6.0, 4.0, 9.0)))
    assert rupture.depth == pytest.approx((rupture.baseline or 0) - 4.0)


def test_the_baseline_is_frozen_while_it_is_open_and_without_its_ratings_afterwards() -> None:
    fallen = assessed(checkins(*CALM, 5.0, 5.5, 9.0, 9.1)).series[0].ratings
    assert len({rating.baseline for rating in fallen[4:7]}) == 1
    # As if the two low sessions had not been: four calm ratings and the one that came back.
    calm = assessed(checkins(*CALM, 9.0, 9.1)).series[0].ratings
    assert fallen[7].baseline == calm[5].baseline


def test_the_end_of_care_ends_an_open_rupture() -> None:
    rupture = only(assessed(checkins(*CALM, 5.0), episode=care((0, "th-1"), closed_at=when(5.5))))
    assert (rupture.status, rupture.closed_at, rupture.closed_session_id) == (Status.ENDED, when(5.5), "")


def test_the_end_of_care_leaves_what_was_repaired() -> None:
    rupture = only(assessed(checkins(*CALM, 5.0, 9.0), episode=care((0, "th-1"), closed_at=when(6.5))))
    assert rupture.status is Status.REPAIRED


def test_a_new_therapist_restarts_the_baseline_and_ends_the_rupture_with_the_former() -> None:
    assessment = assessed(checkins(*CALM, 5.0, 5.2, 5.0, 5.1), episode=care((0, "th-1"), (5.5, "th-2")))
    rupture = only(assessment)
    assert (rupture.therapist_id, rupture.status, rupture.closed_session_id) == ("th-1", Status.ENDED, "se-06")
    ratings = assessment.series[0].ratings
    assert [rating.therapist_id for rating in ratings] == ["th-1"] * 5 + ["th-2"] * 3
    assert [rating.baseline is None for rating in ratings][5:] == [True, True, False]


def test_a_stand_in_for_one_session_leaves_rupture_and_baseline_alone() -> None:
    sessions = [session(number, therapist_id="th-9" if number == 6 else "") for number in range(1, 8)]
    assessment = assessed(checkins(*CALM, 5.0, 5.0, 9.0), sessions=sessions)
    rupture = only(assessment)
    assert (rupture.status, rupture.closed_session_id) == (Status.REPAIRED, "se-07")
    assert assessment.series[0].ratings[5].baseline is None


def test_a_reported_tension_opens_a_rupture_from_the_first_session_on() -> None:
    rupture = only(assessed([checkin(9, tension=True, resolved=False)]))
    assert (rupture.status, rupture.baseline, rupture.depth, rupture.facet) == (Status.OPEN, None, None, "")
    assert [finding.detector for finding in rupture.findings] == ["client-report"]
    assert rupture.explanation == "The client said that there was tension, a misunderstanding or a conflict."


def test_a_tension_that_the_client_calls_resolved_is_repaired_in_the_same_session() -> None:
    rupture = only(assessed([checkin(9, tension=True, resolved=True)]))
    assert (rupture.status, rupture.opened_session_id, rupture.closed_session_id) == (Status.REPAIRED, "se-01", "se-01")
    assert rupture.explanation.endswith("or a conflict, and that it was resolved.")


def test_a_reported_tension_without_a_fall_is_repaired_by_the_next_session_without_tension() -> None:
    forms = [checkin(9), checkin(9), checkin(9, tension=True), checkin(8.8, tension=True), checkin(9, tension=False)]
    rupture = only(assessed(forms))
    assert (rupture.status, rupture.closed_session_id) == (Status.REPAIRED, "se-05")


def test_tension_that_is_reported_session_after_session_is_unrepaired() -> None:
    rupture = assessed([checkin(9, tension=True) for _ in range(4)]).ruptures[0]
    assert (rupture.status, rupture.closed_session_id) == (Status.UNREPAIRED, "se-04")


def test_a_fall_is_not_repaired_by_a_good_rating_with_unresolved_tension() -> None:
    forms = [*checkins(*CALM, 5.0), checkin(9, tension=True, resolved=False)]
    assert only(assessed(forms)).status is Status.OPEN
    forms[-1] = checkin(9, tension=True, resolved=True)
    assert only(assessed(forms)).status is Status.REPAIRED


def test_a_fall_that_the_client_reports_too_is_one_rupture_with_both_findings() -> None:
    rupture = only(assessed([*checkins(*CALM), checkin(5.5, tension=True, resolved=True, item3=2.0)]))
    assert rupture.status is Status.OPEN  # what the client calls resolved still has to show in the ratings
    assert [finding.detector for finding in rupture.findings] == ["client-report", "state-space"]
    assert rupture.explanation.startswith(
        "The client said that there was tension, a misunderstanding or a conflict, and that it was resolved; "
        "being heard fell from 9.0 to 2.0 in one session; against"
    )


def test_a_reported_tension_after_which_the_rating_falls_must_come_back_like_a_fall() -> None:
    forms = [*checkins(*CALM), checkin(9, tension=True), *checkins(4.0, 8.0)]
    assert only(assessed(forms)).status is Status.OPEN
    assert only(assessed([*forms, checkin(9)])).status is Status.REPAIRED


def test_a_slide_is_explained_as_one() -> None:
    values = [9.5, 9.6, 9.4, 9.5, 9.6, 9.0, 8.6, 8.3, 8.0, 7.7, 7.4]
    rupture = only(assessed([checkin(value, item6=value if value > 9 else value - 0.5) for value in values[:9]]))
    assert rupture.opened_session_id > "se-06"
    assert rupture.explanation.startswith("Tasks came down from a usual 9.")
    assert "over several sessions; against the client's own level" in rupture.explanation


def test_a_form_with_too_little_in_it_still_lets_the_client_report() -> None:
    rupture = only(assessed([*checkins(*CALM), {1: 9.0, 9: 1.0}]))
    assert (rupture.opened_session_id, rupture.depth) == ("se-05", None)
    assert rupture.baseline is not None


def test_an_outcome_measure_never_ruptures() -> None:
    forms = [
        response(number, dict.fromkeys(range(1, 10), value), instrument_id="phq9")
        for number, value in enumerate([0.0, 0.0, 0.0, 0.0, 3.0], start=1)
    ]
    assessment = assessed(forms)
    assert assessment.ruptures == ()
    assert [rating.value for rating in assessment.series[0].ratings] == [0, 0, 0, 0, 27]
    assert not assessment.series[0].no_information


def test_a_flat_line_of_perfect_ratings_is_no_information() -> None:
    assert assessed(checkins(10, 10, 10, 10)).series[0].no_information
    assert not assessed(checkins(10, 10, 9.9)).series[0].no_information
