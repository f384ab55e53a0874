"""The figures of a site, from episodes that are small enough to count by hand."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.scoring.domain.detectors import Finding
from services.scoring.domain.ruptures import Rupture, Status
from services.scoring.domain.summary import Answer, Facts, Held, Period, SiteSummary, Summary
from tests.unit.scoring.builders import when

PERIOD = Period(when(1), when(20))
EWMA = Finding("ewma", "1", True, {})


def answer(client: str, number: float, therapist: str = "th-1", **changes: Any) -> Answer:
    fields = {
        "session_id": f"se-{number}",
        "at": when(number),
        "client_id": client,
        "therapist_id": therapist,
        "instrument_id": "srs",
        "rated": True,
    }
    return Answer(**{**fields, **changes})


def rupture(
    client: str, opened: float, status: Status = Status.OPEN, closed: float | None = None, **more: Any
) -> Rupture:
    fields = {
        "rupture_id": f"{client}-{opened}",
        "client_id": client,
        "therapist_id": "th-1",
        "instrument_id": "srs",
        "status": status,
        "opened_session_id": f"se-{opened}",
        "opened_at": when(opened),
        "closed_session_id": "" if closed is None else f"se-{closed}",
        "closed_at": None if closed is None else when(closed),
        "findings": (EWMA,),
        "baseline": None,
        "depth": None,
        "facet": "",
        "explanation": "",
        "next_session_at": None,
    }
    return Rupture(**{**fields, **more})


def episode(
    client: str,
    rated: Sequence[float],
    ruptures: Sequence[Rupture] = (),
    held: Sequence[float] | None = None,
    therapist: str = "th-1",
) -> Facts:
    return Facts(
        held=[Held(f"se-{number}", when(number)) for number in (rated if held is None else held)],
        answers=[answer(client, number, therapist) for number in rated],
        ruptures=ruptures,
    )


def summarise(episodes: Sequence[Facts]) -> SiteSummary:
    summary = Summary(PERIOD, lambda instrument_id, at: int(at >= when(4)))
    for each in episodes:
        summary.add(each)
    return summary.result()


def site(*more: Facts, calm: int = 5) -> SiteSummary:
    return summarise([*(episode(f"calm-{number}", [2, 3, 4, 5]) for number in range(calm)), *more])


def test_rates_count_what_their_definitions_say() -> None:
    found = site(
        episode("a", [2, 3, 4, 5, 6], [rupture("a", 3, Status.REPAIRED, 5)]),
        episode("b", [2, 3, 4, 5, 6], [rupture("b", 3, Status.UNREPAIRED, 6)]),
        episode("c", [2, 3], [rupture("c", 3)]),
    ).instruments["srs"]
    assert found is not None
    assert (found.clients, found.rated_sessions, found.ruptures, found.still_open) == (8, 32, 3, 1)
    assert (found.rupture_rate.count, found.rupture_rate.of) == (3, 32)
    assert (found.clients_with_rupture.count, found.clients_with_rupture.of) == (3, 8)
    assert (found.repair_rate.count, found.repair_rate.of) == (1, 2)
    assert (found.sessions_to_repair.value, found.days_to_repair.value) == (2.0, 14.0)
    assert found.methods == ("ewma 1",)
    assert found.policy_versions == (0, 1)


def test_a_rupture_that_a_clinician_dismissed_is_in_no_figure() -> None:
    found = site(episode("a", [2, 3, 4], [rupture("a", 3, Status.DISMISSED)]))
    figures, caseload = found.instruments["srs"], found.caseloads["th-1"]
    assert figures is not None
    assert caseload is not None
    assert (figures.clients, figures.rated_sessions, figures.ruptures, figures.methods) == (6, 23, 0, ())
    assert (figures.rupture_rate.count, figures.clients_with_rupture.count, figures.repair_rate.of) == (0, 0, 0)
    assert caseload.clients_with_rupture.count == 0


def test_only_the_period_counts() -> None:
    outside = episode("a", [0, 1, 2, 21], [rupture("a", 0, Status.REPAIRED, 1), rupture("a", 21)])
    found = site(outside).instruments["srs"]
    assert found is not None
    assert (found.clients, found.rated_sessions, found.ruptures) == (6, 22, 0)


def test_a_rupture_without_a_rating_is_counted_but_not_in_the_rate() -> None:
    silent = Facts(held=[], answers=[answer("a", 2, rated=False)], ruptures=[rupture("a", 2)])
    found = site(silent).instruments["srs"]
    assert found is not None
    assert (found.ruptures, found.rupture_rate.count, found.rupture_rate.of) == (1, 0, 20)


def test_figures_of_fewer_than_five_clients_are_withheld() -> None:
    found = site(calm=4)
    assert found.instruments == {"srs": None}
    assert found.responses is None
    assert found.caseloads == {"th-1": None}
    assert site(calm=5).instruments["srs"] is not None


def test_several_episodes_of_one_client_are_one_client() -> None:
    assert summarise([episode("a", [2, 3]) for _ in range(9)]).instruments == {"srs": None}


def test_caseloads_are_ordered_by_id_and_a_small_one_takes_another_with_it() -> None:
    others = [
        *(episode(f"b-{number}", [2, 3], therapist="th-0") for number in range(6)),
        *(episode(f"c-{number}", [2], therapist="th-2") for number in range(2)),
    ]
    found = site(*others, calm=7).caseloads
    assert list(found) == ["th-0", "th-1", "th-2"]
    assert found["th-2"] is None
    assert found["th-0"] is None  # or the site's total less th-1's would be th-2's
    assert found["th-1"] is not None
    assert (found["th-1"].clients, found["th-1"].rated_sessions) == (7, 28)


@pytest.mark.parametrize(
    ("rated", "held", "silent"),
    [
        ([2, 3], [2, 3, 4, 5], 1),
        ([2, 4], [2, 3, 4, 5], 0),
        ([2, 3], [2, 3, 4], 0),
        ([2, 3, 21], [2, 3, 4, 5, 21], 1),  # what came after the period changes nothing
    ],
)
def test_a_silent_client_left_the_last_two_sessions_unanswered(
    rated: list[float], held: list[float], silent: int
) -> None:
    found = site(episode("a", rated, held=held)).responses
    assert found is not None
    assert (found.silent_clients.count, found.silent_clients.of) == (silent, 6)


def test_the_response_rate_is_of_sessions_held() -> None:
    found = site(episode("a", [2], held=[2, 3, 4])).responses
    assert found is not None
    assert (found.response_rate.count, found.response_rate.of) == (21, 23)
    assert found.response_rate.low is not None
    assert found.response_rate.high is not None
    assert 0.7 < found.response_rate.low < 21 / 23 < found.response_rate.high < 1
