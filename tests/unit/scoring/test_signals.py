"""Sessions that say something without a rating, and levels that are low for anybody."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.scoring.domain.assess import Assessment, assess
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import DETECTORS, EMPTY, Answered, Baseline
from services.scoring.domain.detectors.low_level import LowLevel
from services.scoring.domain.engagement import Engagement
from services.scoring.domain.inputs import Homework, SessionStatus
from services.scoring.domain.policy import ALWAYS_QUIET, Policy, Watches
from services.scoring.domain.population import DEFAULTS
from services.scoring.domain.ruptures import Status
from tests.unit.scoring.builders import checkin, inputs, response, session

HELD, MISSED, CANCELLED = SessionStatus.HELD, SessionStatus.NO_SHOW, SessionStatus.CANCELLED_BY_CLIENT
CALM = checkin(9.5)
NONE = None


def told(
    forms: Sequence[Any],
    status: Sequence[SessionStatus] | None = None,
    homework: Sequence[Homework] = (),
    **changes: Any,
) -> Assessment:
    """One session for each form, held unless told otherwise."""
    sessions = [
        session(
            number,
            status=(status or [HELD] * len(forms))[number - 1],
            homework=homework[number - 1] if homework else Homework.UNKNOWN,
        )
        for number in range(1, len(forms) + 1)
    ]
    return assess(inputs(forms, sessions=sessions), **changes)


def raising(*detectors: str) -> Watches:
    """A policy in which these open ruptures."""
    chosen = [{"name": name} for name in detectors]
    return Watches(Policy.from_dict({"id": "t", "version": "1", "detectors": chosen}))


def marks(assessment: Assessment) -> list[tuple[str, str]]:
    [series] = assessment.series
    spoken = [(each.session_id, finding.detector) for each in series.ratings for finding in each.markers]
    return spoken + [(each.session_id, finding.detector) for each in series.signals for finding in each.markers]


def test_two_attended_sessions_without_an_answer_are_silence_once() -> None:
    assessment = told([CALM, CALM, NONE, NONE, NONE, CALM])
    assert marks(assessment) == [("se-04", "silence")]
    assert assessment.ruptures == ()


def test_a_session_that_was_cancelled_or_missed_is_no_silence() -> None:
    assert marks(told([CALM, CALM, NONE, NONE, NONE], [HELD, HELD, HELD, CANCELLED, HELD])) == [("se-05", "silence")]
    assert marks(told([CALM, CALM, NONE, NONE], [HELD, HELD, HELD, MISSED])) == []


def test_a_client_who_never_used_to_answer_is_not_silent() -> None:
    assert marks(told([CALM, NONE, NONE, NONE])) == []


def test_a_site_may_let_silence_open_a_rupture_which_an_answer_repairs() -> None:
    silent = told([CALM, CALM, CALM, NONE, NONE], watches=raising("silence"))
    [rupture] = silent.ruptures
    assert (rupture.status, rupture.opened_session_id) == (Status.OPEN, "se-05")
    assert rupture.explanation == "The client, who used to answer, came 2 times in a row without answering."
    [rupture] = told([CALM, CALM, CALM, NONE, NONE, CALM], watches=raising("silence")).ruptures
    assert (rupture.status, rupture.closed_session_id, rupture.sessions) == (Status.REPAIRED, "se-06", 2)


def test_a_no_show_right_after_an_alarm_is_marked_and_one_after_calm_is_not() -> None:
    tension = checkin(9.5, tension=True)
    assert marks(told([CALM, tension, NONE], [HELD, HELD, MISSED])) == [("se-03", "no-show-after-fall")]
    assert marks(told([CALM, tension, CALM, NONE], [HELD, HELD, HELD, MISSED])) == []


def test_homework_left_undone_twice_is_marked_once_and_doing_it_ends_the_count() -> None:
    no, yes, none = Homework.NOT_DONE, Homework.PARTLY, Homework.NONE_ASKED
    forms = [CALM] * 6
    assert marks(told(forms, homework=[no, no, no, yes, no, none])) == [("se-02", "homework-undone")]
    assert marks(told(forms, homework=[no, none, no, no, yes, no])) == [("se-03", "homework-undone")]


def test_a_very_low_level_is_marked_from_the_first_rating() -> None:
    assert marks(told([checkin(4.0)])) == [("se-01", "low-level")]
    population = DEFAULTS["srs"]
    line = population.mean - 2 * (population.between_sd**2 + population.within_sd**2) ** 0.5
    empty = Baseline(CATALOGUE["srs"], population)
    low, _ = LowLevel().judge(Answered(line - 0.01), empty, EMPTY)
    assert low is not None
    assert (low.alarm, low.limit, low.z) == (True, pytest.approx(line), pytest.approx(-2.0, abs=0.01))
    assert LowLevel().judge(Answered(line + 0.01), empty, EMPTY) == (None, EMPTY)


def test_outcome_forms_know_no_silence() -> None:
    forms = [
        response(number, dict.fromkeys(range(1, 10), 1.0), instrument_id="phq9", instrument_version="1")
        for number in (1, 2)
    ]
    [series] = told([*forms, NONE, NONE]).series
    assert series.signals == ()


def test_engagement_counts_what_was_held_answered_and_done() -> None:
    assessment = told(
        [CALM, NONE, CALM, NONE, NONE],
        [HELD, HELD, SessionStatus.UNKNOWN, MISSED, CANCELLED],
        [Homework.UNKNOWN, Homework.FULLY, Homework.PARTLY, Homework.UNKNOWN, Homework.NOT_DONE],
    )
    assert assessment.engagement == (
        Engagement(
            "cl-1", held=3, missed=1, cancelled=1, answered=2, homework_asked=3, homework_done=1, homework_partly=1
        ),
    )


def test_every_detector_says_its_finding_in_words() -> None:
    fall = [*[CALM] * 5, checkin(2.0, tension=True, item5=1.0), NONE, NONE]
    for name in DETECTORS.keys() - ALWAYS_QUIET:
        found = told(
            fall if name != "no-show-after-fall" else fall[:7],
            [HELD] * 6 + ([HELD] * 2 if name != "no-show-after-fall" else [MISSED]),
            [Homework.NOT_DONE] * 2 + [Homework.UNKNOWN] * (6 if name != "no-show-after-fall" else 5),
            watches=raising(name) if name != "no-show-after-fall" else raising("client-report", name),
        )
        assert found.ruptures, name
        assert found.ruptures[0].explanation.endswith("."), name
        assert found.ruptures[0].findings[0].detector in (name, "client-report")
