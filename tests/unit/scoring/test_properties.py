"""What must hold of any assessment by the default policy, whatever the ratings."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.assess import Assessment, assess
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.inputs import Homework, Inputs, SessionStatus
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import DEFAULT
from services.scoring.domain.population import DEFAULTS
from services.scoring.domain.totals import Total, Watched, watch
from tests.unit.scoring.builders import checkin, inputs, response, session

SRS = CATALOGUE["srs"]
values = st.sampled_from([10.0, 9.7, 9.3, 9.0, 8.5, 8.0, 7.0, 5.0, 3.0, 0.0])
totals = st.floats(0, 40, allow_nan=False).map(lambda value: round(value, 1))
statuses = st.sampled_from(list(SessionStatus))
homework = st.sampled_from(list(Homework))


@st.composite
def histories(draw: st.DrawFn) -> Inputs:
    """Up to a dozen sessions of any status, most of them answered."""
    length = draw(st.integers(1, 12))
    sessions = [session(n, status=draw(statuses), homework=draw(homework)) for n in range(1, length + 1)]
    answered = [n for n in range(1, length + 1) if draw(st.integers(0, 4))]
    forms = [response(n, checkin(draw(values), tension=draw(st.sampled_from([None, False, True])))) for n in answered]
    return replace(inputs([], sessions=sessions), responses=forms)


@given(histories(), st.randoms())
def test_the_order_in_which_things_are_known_changes_nothing(known: Inputs, chance: Any) -> None:
    sessions, responses = list(known.sessions), list(known.responses)
    chance.shuffle(sessions)
    chance.shuffle(responses)
    assert assess(replace(known, sessions=sessions, responses=responses)) == assess(known)


@given(histories(), values, st.data())
def test_a_correction_is_as_if_it_had_been_the_first_answer(known: Inputs, value: float, data: st.DataObject) -> None:
    if not known.responses:
        return
    place = data.draw(st.integers(0, len(known.responses) - 1))
    corrected = replace(known.responses[place], revision=2, answers=tuple(sorted(checkin(value).items())))
    others = [each for number, each in enumerate(known.responses) if number != place]

    def without_revisions(assessment: Assessment) -> Assessment:
        return replace(assessment, scores=tuple(score._replace(response_revision=0) for score in assessment.scores))

    late = assess(replace(known, responses=[*others, corrected]))
    first = assess(replace(known, responses=[replace(corrected, revision=1), *others]))
    assert without_revisions(late) == without_revisions(first)


@given(histories(), st.data())
def test_what_is_deleted_leaves_no_trace(known: Inputs, data: st.DataObject) -> None:
    before = assess(known)
    more = response(99, checkin(0.0, tension=True), session_id=known.sessions[0].session_id)
    with_it = assess(replace(known, responses=[*known.responses, more]))
    assert len(with_it.scores) == len(before.scores) + 1
    # Nothing that was worked out once and kept remembers the other answer.
    assert assess(known) == before


def judged(series: list[float], instrument: Instrument = SRS, factor: float = 1.0, shift: float = 0.0) -> Watched:
    population = DEFAULTS["srs"].rescaled(factor, shift, "t", "t")
    return watch(instrument, [Total(value * factor + shift) for value in series], DEFAULT, population)


@given(st.lists(totals, min_size=2, max_size=12), totals, totals)
def test_a_deeper_fall_never_has_less_evidence(before: list[float], one: float, other: float) -> None:
    low, high = judged([*before, min(one, other)]), judged([*before, max(one, other)])
    for lower, higher in zip(low.judged[-1].verdicts, high.judged[-1].verdicts, strict=True):
        if lower is not None and higher is not None:
            assert (lower.z or 0.0) <= (higher.z or 0.0)
            assert lower.alarm or not higher.alarm
    assert low.judged[-1].findings or not high.judged[-1].findings


@given(st.lists(totals, min_size=3, max_size=14), st.sampled_from([0.25, 3.0]), st.sampled_from([-2.0, 0.0, 12.0]))
def test_a_change_of_the_scale_changes_nothing(series: list[float], factor: float, shift: float) -> None:
    longer = replace(SRS, item_min=shift / 4, item_max=10 * factor + shift / 4)
    here, there = judged(series), judged(series, longer, factor, shift)
    for one, other in zip(here.judged, there.judged, strict=True):
        for mine, theirs in zip(one.verdicts, other.verdicts, strict=True):
            if mine is None or theirs is None or mine.z is None or abs(mine.z + 2.5) < 1e-6:
                continue  # exactly on a limit, rounding decides
            assert theirs.z == pytest.approx(mine.z, abs=1e-6)
            if mine.edge is not None and mine.statistic is not None and abs(mine.statistic - mine.edge) > 1e-6:
                assert theirs.alarm == mine.alarm


@given(st.integers(1, 30), st.sampled_from(["attune-checkin", "srs"]))
def test_a_flat_line_of_perfect_scores_never_alarms_and_is_no_information(length: int, instrument_id: str) -> None:
    key = CATALOGUE[instrument_id]
    best = dict.fromkeys(range(1, key.items + 1), key.item_max)
    changes = {"instrument_id": instrument_id, "instrument_version": key.version}
    [series] = assess(inputs([response(n, best, **changes) for n in range(1, length + 1)])).series
    assert series.no_information
    assert not any(rating.findings or rating.markers for rating in series.ratings)
    assert series.ruptures == ()
