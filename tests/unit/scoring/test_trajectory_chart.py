"""The picture of a trajectory: what must be in it, for who sees it and for who does not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from attune.scoring.v1 import scoring_service_pb2 as api

from services.scoring import messages
from services.scoring.chart import ascii_series, svg_chart
from services.scoring.domain.assess import assess
from services.scoring.domain.inputs import SessionStatus
from tests.unit.scoring.builders import checkin, checkins, inputs, response, session

CALM = (9.0, 9.2, 9.1, 9.0, 9.3)
REPAIRED = [*checkins(*CALM), checkin(5.0, item5=2.0), *checkins(9.0, 9.1)]
OPEN = [*checkins(*CALM), checkin(5.5, tension=True, item3=2.0)]
SLIDE = checkins(9.4, 9.5, 9.3, 9.4, 9.5, 9.0, 8.5, 8.2, 7.9, 7.6)
PERFECT = checkins(10.0, 10.0, 10.0, 10.0)


def told(forms: Sequence[Any]) -> api.GetTrajectoryResponse:
    sessions = [session(number, status=SessionStatus.HELD) for number in range(1, len(forms) + 1)]
    return messages.to_trajectory("north", "ep-1", assess(inputs(forms, sessions=sessions)))


def couple() -> api.GetTrajectoryResponse:
    given = inputs(REPAIRED)
    other = [
        response(number, checkin(value), client_id="cl-2", response_id=f"re-2-{number}")
        for number, value in enumerate((8.0, 8.2, 7.9, 8.1, 8.0, 7.8, 8.0, 8.1), 1)
    ]
    return messages.to_trajectory("north", "ep-1", assess(replace(given, responses=[*given.responses, *other])))


@pytest.mark.parametrize(
    ("forms", "words"),
    [
        (REPAIRED, ["rupture", "repaired", "own level", "alarm limit", "goals", "Goals fell from"]),
        (OPEN, ["rupture", "being heard", "The client said that there was tension", "still open"]),
        (SLIDE, ["rupture", "over several sessions"]),
        (PERFECT, ["Every rating is the best possible"]),
    ],
    ids=["repaired", "open", "slide", "perfect"],
)
def test_the_svg_says_what_happened_and_why(forms: Sequence[Any], words: Sequence[str]) -> None:
    drawn = svg_chart(told(forms))
    assert drawn.startswith("<svg")
    assert 'role="img"' in drawn
    for word in words:
        assert word in drawn
    assert "<script" not in drawn


def test_a_couple_has_a_panel_each() -> None:
    drawn = svg_chart(couple())
    assert "Client cl-1" in drawn
    assert "Client cl-2" in drawn


def test_the_plot_for_the_terminal_marks_ruptures_and_quiet_marks_within_its_width() -> None:
    [series] = told([*REPAIRED, None, None]).series
    drawn = ascii_series(series, 80)
    assert max(len(each) for each in drawn.splitlines() if "Session" not in each) <= 80 + 12
    letters = next(each for each in drawn.splitlines() if each.strip().startswith("R"))
    assert letters.split() == ["R", "+"]
    assert "X" in drawn
    assert "Quiet mark," in drawn
    assert "not rated: silence" in drawn


def test_nothing_is_a_picture_of_nothing() -> None:
    assert "No ratings yet" in svg_chart(api.GetTrajectoryResponse())
