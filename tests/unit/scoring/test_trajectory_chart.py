"""The picture of a trajectory: what must be in it, for who sees it and for who does not."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from attune.scoring.v1 import scoring_service_pb2 as api

from services.scoring import messages
from services.scoring.chart import ascii_chart, svg_chart, timelines
from services.scoring.chart.marks import drawn_range
from services.scoring.chart.svg import vega_lite
from services.scoring.domain.assess import assess
from services.scoring.domain.inputs import SessionStatus
from tests.unit.scoring.builders import care, checkin, checkins, inputs, response, session

CALM = (9.0, 9.2, 9.1, 9.0, 9.3)
REPAIRED = [*checkins(*CALM), checkin(5.0, item5=2.0), *checkins(9.0, 9.1)]
OPEN = [*checkins(*CALM), checkin(5.5, tension=True, item3=2.0)]
SLIDE = [
    *checkins(9.4, 9.5, 9.3, 9.4, 9.5),
    *(checkin(value, item5=value - 0.5) for value in (9.0, 8.5, 8.2, 7.9, 7.6)),
]
PERFECT = checkins(10.0, 10.0, 10.0, 10.0)


def told(forms: Sequence[Any], **became: SessionStatus) -> api.GetTrajectoryResponse:
    """What became of a session is held, unless given as se_09=..."""
    sessions = [
        session(number, status=became.get(f"se_{number:02d}", SessionStatus.HELD))
        for number in range(1, len(forms) + 1)
    ]
    return messages.to_trajectory("north", "ep-1", assess(inputs(forms, sessions=sessions)), sessions=sessions)


def visible(drawn: str) -> list[str]:
    """The texts that are seen, without title and description; the lines of one text together."""
    every = ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")
    return [" ".join(text.itertext()) for text in every]


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
        (REPAIRED, ["rupture", "repaired", "own level", "alarm limit", "goals", "Goals fell from", "state-space"]),
        (OPEN, ["rupture", "being heard", "The client said that there was tension", "still open"]),
        (SLIDE, ["rupture", "over several sessions"]),
        (checkins(*CALM), ["No rupture was found."]),
        (checkins(9.0), ["Too few ratings so far to know the client's own level."]),
        (PERFECT, ["Every rating is the best possible"]),
    ],
    ids=["repaired", "open", "slide", "calm", "one", "perfect"],
)
def test_the_svg_says_what_happened_and_why(forms: Sequence[Any], words: Sequence[str]) -> None:
    drawn = svg_chart(told(forms))
    assert drawn.startswith("<svg")
    assert 'role="img"' in drawn
    seen = " ".join(visible(drawn))
    for word in words:
        assert word in seen
    assert "<script" not in drawn
    assert "<title" in drawn
    assert "<desc" in drawn


def test_sessions_without_a_rating_have_their_place_and_their_word() -> None:
    forms = [*checkins(*CALM), None, None, None, None, checkin(5.0, item1=2.0)]
    became = {"se_07": SessionStatus.NO_SHOW, "se_08": SessionStatus.CANCELLED_BY_CLIENT}
    answer = told(forms, **became, se_09=SessionStatus.UNKNOWN)
    (shown,) = timelines(answer)
    # The ninth was only booked, as far as is known: it is not drawn, and the tenth comes ninth.
    assert [(mark.place, mark.word) for mark in shown.unrated] == [(5, "not rated"), (6, "missed"), (7, "cancelled")]
    assert shown.place(shown.series.ratings[-1]) == 8
    seen = visible(svg_chart(answer))
    assert {"not rated", "missed", "cancelled"} <= set(seen)
    assert any(text.startswith("Session 9 (4 May 2026), still open") for text in seen)
    rows = ascii_chart(answer, 80).splitlines()
    assert [row.split() for row in rows if row.startswith(" " * 9)][1:] == [["n", "m", "c"], ["R"]]


def test_the_facet_that_fell_most_is_framed_and_only_it() -> None:
    frames = re.findall(r'<path aria-label="[^"]*Facets: ([a-z ]+)"[^>]*stroke="black"', svg_chart(told(REPAIRED)))
    assert frames == ["goals"]
    assert "framed" not in " ".join(visible(svg_chart(told(checkins(*CALM)))))


@pytest.mark.parametrize(("count", "size"), [(10, 11), (50, 9)])
def test_the_numbers_of_the_facets_are_as_large_as_fits(count: int, size: int) -> None:
    drawn = svg_chart(told(checkins(*[10.0, 9.5] * (count // 2))))
    assert set(re.findall(r'font-size="(\d+)px"[^>]*>10\.0<', drawn)) == {str(size)}


def test_numbers_that_would_run_into_each_other_are_left_to_the_shades() -> None:
    seen = visible(svg_chart(told([*checkins(*CALM * 17), checkin(5.0, item3=2.0)])))
    assert "The darker, the lower, from 2.0 to 9.3; framed: fell most as a rupture opened" in seen
    assert "9.3" not in seen


def test_another_therapist_is_seen_where_the_level_starts_afresh() -> None:
    given = inputs(checkins(*CALM, 8.0, 8.1), care((0, "th-1"), (6, "th-2")))
    answer = messages.to_trajectory("north", "ep-1", assess(given), sessions=given.sessions)
    assert "other therapist" in visible(svg_chart(answer))
    assert "Session 6: other therapist" in ascii_chart(answer, 80)
    assert "other therapist" not in svg_chart(told(REPAIRED))


def test_measures_of_outcome_are_drawn_one_after_another() -> None:
    """They are not asked for in every session: one without them says nothing."""
    given = told([*checkins(*CALM), None])
    given.series[0].outcome.measurements = 5
    assert timelines(given)[0].unrated == ()


def test_a_couple_has_a_panel_each() -> None:
    drawn = svg_chart(couple())
    assert "Client cl-1" in drawn
    assert "Client cl-2" in drawn


def test_the_panels_of_a_couple_and_of_a_therapist_have_one_scale() -> None:
    """Who is lower is seen to be lower, in the picture and in the terminal."""
    alone, together = timelines(told(REPAIRED)), timelines(couple())
    assert drawn_range(together[0]) == drawn_range(together[1])
    assert drawn_range(together[1])[0] <= drawn_range(alone[0])[0] < 5.0
    domains = {
        str(panel["layer"][1 + 1]["encoding"]["y"]["scale"]["domain"]) for panel in vega_lite(together)["vconcat"][::2]
    }
    assert len(domains) == 1


def test_the_plot_for_the_terminal_marks_ruptures_and_quiet_marks_within_its_width() -> None:
    drawn = ascii_chart(told([*REPAIRED, None, None]), 80)
    assert max(map(len, drawn.splitlines())) <= 80
    letters = next(each for each in drawn.splitlines() if each.strip().startswith("R"))
    assert letters.split() == ["R", "+"]
    assert "X" in drawn
    assert "Quiet mark," in drawn
    assert "not rated: silence" in drawn


def test_of_a_long_series_the_terminal_shows_the_last_sessions() -> None:
    drawn = ascii_chart(told(checkins(*CALM * 8)), 80)
    assert "sessions 24 to 40 of 40" in drawn
    assert max(map(len, drawn.splitlines())) <= 80


def test_nothing_is_a_picture_of_nothing() -> None:
    assert "No ratings yet" in svg_chart(api.GetTrajectoryResponse())
