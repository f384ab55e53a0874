"""What an assessment is made of: order, waiting, several forms and clients, consent; and how fast."""

import random
import time
from dataclasses import replace

from services.scoring.domain.assess import assess
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.scores import score
from tests.unit.scoring.builders import assessed, care, checkin, checkins, inputs, response, session, when


def test_sessions_are_ordered_by_when_they_were_booked_for_whatever_came_first() -> None:
    known = inputs(checkins(9.0, 9.2, 9.1, 9.0, 5.0, 9.0))
    expected = assess(known)
    assert [rating.value for rating in expected.series[0].ratings] == [9.0, 9.2, 9.1, 9.0, 5.0, 9.0]
    shuffled = random.Random(7)
    for _ in range(20):
        sessions, responses = list(known.sessions), list(known.responses)
        shuffled.shuffle(sessions)
        shuffled.shuffle(responses)
        assert assess(replace(known, sessions=sessions, responses=responses)) == expected


def test_sessions_at_the_same_time_are_ordered_by_id() -> None:
    both = [replace(session(1), session_id="se-b"), replace(session(1), session_id="se-a")]
    forms = [response(1, checkin(9), session_id="se-b"), response(2, checkin(5), session_id="se-a")]
    assert [rating.session_id for rating in assessed(forms, sessions=both).series[0].ratings] == ["se-a", "se-b"]


def test_responses_wait_for_their_session_and_for_the_episode() -> None:
    forms = checkins(9.0, 9.0)
    some = assessed(forms, sessions=[session(1)])
    assert (some.waiting, [score.response_id for score in some.scores]) == (1, ["re-01"])
    none = assess(replace(inputs(forms), episode=None))
    assert (none.waiting, none.scores, none.series) == (2, (), ())


def test_of_several_forms_for_one_session_the_one_submitted_last_counts_and_all_are_scored() -> None:
    first, second = response(1, checkin(9)), response(2, checkin(4), session_id="se-01", submitted_at=when(1.5))
    assessment = assessed([second, first], sessions=[session(1)])
    assert [rating.value for rating in assessment.series[0].ratings] == [4.0]
    assert [score.total for score in assessment.scores] == [9.0, 4.0]


def test_each_client_and_instrument_has_a_series_of_its_own() -> None:
    srs = {1: 9.0, 2: 9.0, 3: 9.0, 4: 9.0}
    forms = [
        response(1, checkin(9)),
        response(2, checkin(8), session_id="se-01", client_id="cl-2"),
        response(3, srs, session_id="se-01", instrument_id="srs", instrument_version="3"),
    ]
    found = [(each.client_id, each.instrument.id) for each in assessed(forms).series]
    assert found == [("cl-1", "attune-checkin"), ("cl-1", "srs"), ("cl-2", "attune-checkin")]


def test_a_response_without_a_scoring_key_is_neither_scored_nor_waiting() -> None:
    assessment = assessed([response(1, {1: 3.0}, instrument_id="calpas_p"), checkin(9)])
    assert ([score.response_id for score in assessment.scores], assessment.waiting) == (["re-02"], 0)


def test_nothing_is_assessed_when_the_client_refused_monitoring() -> None:
    forms = [*checkins(9.0, 9.1, 9.0), checkin(4, tension=True)]
    assert assessed(forms).ruptures
    refused = assessed(forms, episode=care(monitoring=False))
    assert (refused.series, refused.scores, refused.waiting) == ((), (), 0)


def test_the_next_booked_session_is_the_one_that_the_last_session_names() -> None:
    forms = [*checkins(9.0, 9.1, 9.0, 5.0), None]
    (rupture,) = assessed(forms).ruptures
    assert rupture.next_session_at == when(6)


def test_rupture_ids_depend_on_where_the_rupture_is_and_on_nothing_else() -> None:
    forms = checkins(9.0, 9.1, 9.0, 5.0)
    (one,), (other,) = assessed(forms).ruptures, assessed([*checkins(9.0, 9.1, 9.0, 4.0), *checkins(9.0)]).ruptures
    assert one.rupture_id == other.rupture_id
    (elsewhere,) = assess(replace(inputs(forms), site_id="site-2")).ruptures
    assert elsewhere.rupture_id != one.rupture_id


def test_fifty_ratings_are_assessed_in_well_under_a_millisecond() -> None:
    values = [round(9 + random.Random(3).uniform(-0.5, 0.5), 1) for _ in range(50)]
    known = inputs(checkins(*values))
    assess(known)
    runs = []
    for _ in range(30):
        started = time.perf_counter()
        assess(known)
        runs.append(time.perf_counter() - started)
    # The median of a loaded test machine; tests/bench has the measurement.
    assert sorted(runs)[len(runs) // 2] < 0.003
    assert score(CATALOGUE["attune-checkin"], checkin(9)).total == 9
