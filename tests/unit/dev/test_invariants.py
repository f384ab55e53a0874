"""Each invariant sees what it is for. One good case, and one change to it for each way in which it can be broken."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.dev import invariants, report
from services.dev.expectation import Expected
from services.dev.invariants import LOST, MISSED, PENDING, SPURIOUS, TWICE, WRONG, Case, check
from services.dev.ledger import Book, Entry, Expect, Truth
from services.dev.observed import AlertSeen, DeadLetter, Observed, PageSeen, Published, RuptureSeen

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
RUPTURE = ("harbour", "ep-1", "cl-1", "attune-checkin", "se-5")
RATING = ("harbour", "ep-1", "cl-1", "attune-checkin", "se-5")
SESSION_MARK = ("session", "harbour", "se-5", "ev-2")
RESPONSE_MARK = ("response", "harbour", "re-5", "1")


def entry(event_id: str, kind: str, **more: object) -> Entry:
    fields = {"key": "ep-1", "door": "kafka-json", "expect": Expect.ACCEPT, "time": "t", "sent_at": "t", **more}
    return Entry(site="harbour", event_id=event_id, type=f"attune.{kind}.v1", **fields)  # type: ignore[arg-type]


def good() -> Case:
    entries = (
        entry("ev-1", "episode.opened"),
        entry("ev-2", "session.recorded", data={"session_id": "se-5"}),
        entry("ev-2", "session.recorded", expect=Expect.DUPLICATE, data={"session_id": "se-5"}),
        entry("ev-3", "feedback.submitted", data={"response_id": "re-5", "revision": 1}, risk=True),
        entry(
            "ev-4",
            "invoice.paid",
            expect=Expect.REJECT,
            rubbish="unknown-type",
            names="type",
            topic="t",
            partition=1,
            offset=7,
        ),
        entry("ev-5", "episode.opened", expect=Expect.REJECT, rubbish="too-large", refusal="MSG_SIZE_TOO_LARGE"),
    )
    told = NOON + timedelta(seconds=2)
    seen = {
        "site": "harbour",
        "episode": "ep-1",
        "status": "acknowledged",
        "close_reason": "",
        "triggered_at": NOON,
        "acknowledged_by": "on-call",
    }
    observed = Observed(
        stored=Counter([("episode", "harbour", "ep-1", "ev-1"), SESSION_MARK, RESPONSE_MARK]),
        flags=Counter({("harbour", "re-5"): 1}),
        flag_ids={"flag-1": ("harbour", "re-5")},
        ratings={RATING: 4.0},
        ruptures=(RuptureSeen("ru-1", RUPTURE, "open"),),
        alerts=(
            AlertSeen(alert_id="al-1", kind="rupture", subject="ru-1", pages=(page("de-1"),), **seen),  # type: ignore[arg-type]
            AlertSeen(alert_id="al-2", kind="risk", subject="flag-1", pages=(page("de-2"),), **seen),  # type: ignore[arg-type]
        ),
        dead_letters=(DeadLetter("intake", ("t", 1, 7), "ce_type", "is not a known type"),),
        published=(
            Published("scoring.alliance-ruptures.v1", 0, 1, "a", "opened", "ru-1", 5),
            Published("scoring.alliance-ruptures.v1", 0, 2, "b", "revised", "ru-1", 6),
            Published("scoring.alliance-ruptures.v1", 0, 3, "a", "opened", "ru-1", 5),
        ),
        outbox={"intake/episodes": 0},
        lag={"attune-intake/clinic.session-events.v1": 0},
        arrivals={"de-1": (told,), "de-2": (told,)},
    )
    expected = Expected(frozenset({RUPTURE}), {RATING: 4.0}, {("harbour", "re-5"): 1})
    return Case(Book(entries, (Truth("harbour", "ep-1", "cl-1", "v", ("se-5",)),)), expected, observed)


def page(delivery_id: str) -> PageSeen:
    return PageSeen(delivery_id, "on-call", "email", "sent", 1, NOON + timedelta(seconds=2))


def arrived(*deliveries: str) -> dict[str, tuple[datetime, ...]]:
    times = Counter(deliveries)
    return {delivery: (NOON + timedelta(seconds=2),) * count for delivery, count in times.items()}


def found(case: Case) -> set[tuple[str, str]]:
    return {(finding.invariant, finding.kind) for finding in check(case)}


def seen(**changes: object) -> Case:
    return replace(good(), observed=replace(good().observed, **changes))  # type: ignore[arg-type]


def without(mark: tuple[str, ...]) -> Counter[tuple[str, ...]]:
    return Counter({each: times for each, times in good().observed.stored.items() if each != mark})


def alerts(**changes: object) -> tuple[AlertSeen, ...]:
    first, second = good().observed.alerts
    return replace(first, **changes), second  # type: ignore[arg-type]


def test_a_good_run_has_no_findings() -> None:
    assert check(good()) == []
    assert report.make(good()).good


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param(seen(stored=without(SESSION_MARK)), {("I1", LOST)}, id="a session is lost"),
        pytest.param(
            seen(stored=good().observed.stored + Counter([RESPONSE_MARK])),
            {("I1", TWICE)},
            id="a response is there twice",
        ),
        pytest.param(
            seen(stored=good().observed.stored + Counter([("session", "harbour", "se-9", "ev-9")])),
            {("I1", SPURIOUS)},
            id="a session that nobody sent",
        ),
        pytest.param(seen(ratings={}), {("I1", LOST)}, id="a response is not scored"),
        pytest.param(seen(ratings={RATING: 4.5}), {("I1", WRONG)}, id="a response is scored wrongly"),
        pytest.param(seen(ruptures=()), {("I2", MISSED), ("I2", SPURIOUS)}, id="no rupture, yet an alert"),
        pytest.param(
            seen(ruptures=(*good().observed.ruptures, RuptureSeen("ru-2", (*RUPTURE[:4], "se-6"), "open"))),
            {("I2", SPURIOUS)},
            id="a rupture that the answers do not show",
        ),
        pytest.param(
            seen(ruptures=(*good().observed.ruptures, RuptureSeen("ru-2", RUPTURE, "open"))),
            {("I2", TWICE)},
            id="a rupture twice",
        ),
        pytest.param(
            seen(alerts=good().observed.alerts[1:], arrivals=arrived("de-2")),
            {("I2", MISSED)},
            id="a rupture without an alert",
        ),
        pytest.param(
            seen(alerts=good().observed.alerts[:1], arrivals=arrived("de-1")),
            {("I2", MISSED)},
            id="a risk without an alert",
        ),
        pytest.param(
            seen(alerts=(*good().observed.alerts, good().observed.alerts[0])),
            {("I2", TWICE)},
            id="an alert twice",
        ),
        pytest.param(
            seen(alerts=(*good().observed.alerts, replace(good().observed.alerts[1], subject="flag-2"))),
            {("I2", SPURIOUS)},
            id="a risk alert about nothing",
        ),
        pytest.param(
            seen(alerts=alerts(pages=()), arrivals=arrived("de-2")), {("I3", MISSED)}, id="an alert that reached nobody"
        ),
        pytest.param(
            seen(arrivals={**arrived("de-2"), "de-1": (NOON + timedelta(minutes=5),)}),
            {("I3", WRONG)},
            id="an alert that came late",
        ),
        pytest.param(seen(arrivals=arrived("de-1", "de-2", "de-2")), {("I3", TWICE)}, id="a page twice"),
        pytest.param(
            seen(alerts=alerts(pages=(page("de-1"), page("de-3")))), {("I3", LOST)}, id="a page that no gateway has"
        ),
        pytest.param(seen(arrivals=arrived("de-1", "de-2", "de-9")), {("I3", SPURIOUS)}, id="a page of no alert"),
        pytest.param(
            seen(
                published=(
                    *good().observed.published,
                    Published("scoring.alliance-ruptures.v1", 0, 9, "c", "revised", "ru-1", 4),
                )
            ),
            {("I4", WRONG)},
            id="a state goes backwards",
        ),
        pytest.param(seen(outbox={"intake/episodes": 1}), {("I6", PENDING)}, id="an outbox is not empty"),
        pytest.param(seen(lag={"g/t": 3}), {("I6", PENDING)}, id="a consumer lags"),
        pytest.param(seen(parked=1), {("I6", PENDING)}, id="an event waits for its episode"),
        pytest.param(seen(dead_letters=()), {("I7", LOST)}, id="rubbish vanished"),
        pytest.param(
            seen(dead_letters=(*good().observed.dead_letters, DeadLetter("intake", ("t", 1, 8), "data", "bad"))),
            {("I7", SPURIOUS)},
            id="a good event became a dead letter",
        ),
        pytest.param(seen(dead_letters=good().observed.dead_letters * 2), {("I7", TWICE)}, id="a dead letter twice"),
        pytest.param(
            seen(dead_letters=(replace(good().observed.dead_letters[0], field="key"),)),
            {("I7", WRONG)},
            id="the wrong field is named",
        ),
        pytest.param(seen(exit_codes={"intake": (70,)}), {("I8", WRONG)}, id="a service crashed"),
        pytest.param(seen(crashes={"intake": ("Traceback",)}), {("I8", WRONG)}, id="an unhandled exception"),
    ],
)
def test_each_breach_is_found_and_named(case: Case, expected: set[tuple[str, str]]) -> None:
    assert found(case) == expected
    assert not report.make(case).good


def test_an_alert_about_a_rupture_that_was_withdrawn_is_not_spurious() -> None:
    first = good().observed.alerts[0]
    withdrawn = RuptureSeen("ru-0", (*RUPTURE[:4], "se-4"), "withdrawn")
    extra = replace(
        first, alert_id="al-0", subject="ru-0", status="closed", close_reason="withdrawn", pages=(), acknowledged_by=""
    )
    case = seen(ruptures=(*good().observed.ruptures, withdrawn), alerts=(*good().observed.alerts, extra))
    assert check(case) == []
    assert report.make(case).alerts_withdrawn == 1


def test_a_page_may_be_there_twice_for_each_time_that_alerting_was_killed() -> None:
    once, twice = seen(arrivals=arrived("de-1", "de-2", "de-2")), seen(arrivals=arrived("de-1", "de-2", "de-2", "de-2"))
    assert check(replace(once, page_duplicates=1)) == []
    assert found(replace(twice, page_duplicates=1)) == {("I3", TWICE)}


def test_a_page_counts_when_a_gateway_has_it_though_its_sender_died_before_it_could_mark_it() -> None:
    assert check(seen(alerts=alerts(pages=(replace(page("de-1"), status="dropped", sent_at=None),)))) == []


def test_a_valid_event_that_a_door_refused_is_a_loss() -> None:
    entries = (*good().book.entries, entry("ev-9", "session.recorded", refusal="INVALID_ARGUMENT: no"))
    assert found(replace(good(), book=replace(good().book, entries=entries))) == {("I7", LOST)}


def test_rubbish_that_a_grpc_door_takes_is_found() -> None:
    taken = entry("ev-9", "session.recorded", expect=Expect.REJECT, rubbish="orphan-session", names="episode_id")
    assert found(replace(good(), book=replace(good().book, entries=(*good().book.entries, taken)))) == {
        ("I7", SPURIOUS)
    }


def test_an_injected_rupture_that_scoring_did_not_find_makes_the_run_bad() -> None:
    truths = (*good().book.truths, Truth("harbour", "ep-2", "cl-2", "v", ("se-1",)))
    made = report.make(replace(good(), book=replace(good().book, truths=truths)))
    assert (made.ruptures.injected, made.ruptures.detected, made.ruptures.missed) == (2, 1, 1)
    assert not made.good


def test_a_statistical_alarm_without_an_injected_rupture_is_counted_and_no_failure() -> None:
    made = report.make(replace(good(), book=replace(good().book, truths=())))
    assert made.ruptures.false == 1
    assert made.good


def test_the_report_counts_and_is_json() -> None:
    made = report.make(good(), seconds=12.34, peak_rss_mib=1000.4)
    assert (made.published, made.accepted, made.duplicates, made.rejected) == (6, 3, 1, 2)
    assert (made.stored, made.scored, made.risk_flags, made.risk_paged) == (3, 1, 1, 1)
    assert (made.alerts, made.alerts_delivered, made.alerts_acknowledged) == (2, 2, 2)
    assert made.as_dict()["ruptures"] == {"injected": 1, "detected": 1, "missed": 0, "false": 0}
    assert invariants.ALL
