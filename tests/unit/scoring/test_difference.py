"""What is told when inputs come in one by one, late, corrected, or all at once."""

from dataclasses import replace

from services.scoring.domain.assess import NOTHING, Assessment
from services.scoring.domain.difference import Kind, Occurrence, difference, told
from services.scoring.domain.ruptures import Rupture, Status
from tests.unit.scoring.builders import assessed, care, checkin, checkins, when

CALM = (9.0, 9.2, 9.1, 9.0)


def about_ruptures(before: Assessment, after: Assessment) -> list[Occurrence]:
    return [each for each in difference(told(before), after) if each.kind is not Kind.SCORE_COMPUTED]


def kinds(before: Assessment, after: Assessment) -> list[Kind]:
    return [each.kind for each in about_ruptures(before, after)]


def test_nothing_new_is_nothing_to_tell() -> None:
    assessment = assessed(checkins(*CALM, 5.0))
    assert difference(told(assessment), assessment) == []


def test_new_and_corrected_scores_are_told_once() -> None:
    before, after = assessed(checkins(9.0)), assessed(checkins(8.0, 9.0))
    found = difference(told(before), after)
    assert [(each.kind, each.what.response_id) for each in found if not isinstance(each.what, Rupture)] == [
        (Kind.SCORE_COMPUTED, "re-01"),
        (Kind.SCORE_COMPUTED, "re-02"),
    ]
    assert {each.revision for each in found} == {2 * after.revision}


def test_a_rupture_lives_through_its_kinds() -> None:
    fallen = assessed(checkins(*CALM, 5.0))
    assert kinds(NOTHING, fallen) == [Kind.OPENED]
    deeper = assessed(checkins(*CALM, 5.0, 4.0))
    assert kinds(fallen, deeper) == [Kind.REVISED]
    assert kinds(deeper, assessed(checkins(*CALM, 5.0, 4.0, 9.0))) == [Kind.REPAIRED]
    assert kinds(deeper, assessed(checkins(*CALM, 5.0, 4.0, 5.0, 5.0))) == [Kind.UNREPAIRED]
    ended = assessed(checkins(*CALM, 5.0, 4.0), episode=care(closed_at=when(7)))
    assert kinds(deeper, ended) == [Kind.ENDED]


def test_a_rupture_that_is_over_when_it_is_first_seen_is_told_as_opened_and_then_as_over() -> None:
    after = assessed(checkins(*CALM, 5.0, 9.0))
    opened, repaired = about_ruptures(NOTHING, after)
    assert (opened.kind, repaired.kind) == (Kind.OPENED, Kind.REPAIRED)
    assert opened.revision == repaired.revision - 1
    assert isinstance(opened.what, Rupture)
    assert isinstance(repaired.what, Rupture)
    assert (opened.what.status, opened.what.closed_at) == (Status.OPEN, None)
    over = {"status": Status.REPAIRED, "closed_at": when(6), "closed_session_id": "se-06", "sessions": 2}
    assert replace(opened.what, **over, facets_after=dict.fromkeys(repaired.what.facets_after, 9.0)) == repaired.what


def test_a_correction_that_undoes_the_fall_withdraws_the_rupture() -> None:
    fallen, corrected = assessed(checkins(*CALM, 5.0)), assessed(checkins(*CALM, 9.0))
    (withdrawn,) = about_ruptures(fallen, corrected)
    assert (withdrawn.kind, withdrawn.revision) == (Kind.WITHDRAWN, 2 * corrected.revision)
    assert isinstance(withdrawn.what, Rupture)
    assert withdrawn.what.status is Status.WITHDRAWN


def test_a_late_rating_that_undoes_the_repair_opens_it_again_by_revision() -> None:
    repaired = assessed(checkins(*CALM, 5.0, 9.0))
    reopened = assessed([*checkins(*CALM, 5.0), checkin(9, tension=True)])
    (found,) = about_ruptures(repaired, reopened)
    assert found.kind is Kind.REVISED
    assert isinstance(found.what, Rupture)
    assert found.what.status is Status.OPEN


def test_a_late_earlier_fall_moves_the_opening() -> None:
    late = assessed([*checkins(*CALM), None, *checkins(5.0)])
    earlier = assessed(checkins(*CALM, 5.0, 5.0))
    assert kinds(late, earlier) == [Kind.WITHDRAWN, Kind.OPENED]
