"""The promises of Attune as functions of the ledger and of what was observed afterwards; each returns what breaks it.

The names follow the fault matrix: I1 nothing acknowledged is lost or there twice; I2 one alert for each expected
rupture and risk, none that nothing justifies; I3 every alert reached somebody; I4 no state goes backwards; I6 lag and
outboxes are back at zero; I7 the dead letters are exactly the rubbish; I8 nothing crashed. I5, the audit chain, is not
promised yet. All pure: usable after any fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.dev.clinics.story import RECORDED, SUBMITTED
from services.dev.expectation import Expected
from services.dev.ledger import Book, Entry
from services.dev.observed import Mark, Observed, RuptureMark

LOST, TWICE, MISSED, SPURIOUS, WRONG, PENDING = "lost", "twice", "missed", "spurious", "wrong", "pending"
WITHDRAWN = "withdrawn"
RUPTURE_WITHDRAWN = "attune.rupture.withdrawn.v1"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise. `what` names it by ids of the clinic's own."""

    invariant: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Case:
    """What a check looks at."""

    book: Book
    expected: Expected
    observed: Observed
    # Pages that may be there twice: one for each time that alerting was killed.
    page_duplicates: int = 0
    page_limit: timedelta = timedelta(seconds=60)


def mark(entry: Entry) -> Mark:
    """What the store must hold for an accepted entry."""
    if entry.type == SUBMITTED:
        return "response", entry.site, str(entry.data["response_id"]), str(entry.data["revision"])
    if entry.type == RECORDED:
        return "session", entry.site, str(entry.data["session_id"]), entry.event_id
    return "episode", entry.site, entry.key, entry.event_id


def stored_once(case: Case) -> list[Finding]:
    """I1: every acknowledged event is stored exactly once, and nothing else is stored for the ledger's episodes."""
    owed = {mark(entry) for entry in case.book.accepted()}
    stored = case.observed.stored
    findings = [Finding("I1", LOST, "/".join(each)) for each in sorted(owed) if not stored[each]]
    findings += [Finding("I1", TWICE, "/".join(each)) for each, times in sorted(stored.items()) if times > 1]
    findings += [Finding("I1", SPURIOUS, "/".join(each)) for each in sorted(stored) if each not in owed]
    return findings


def scored_all(case: Case) -> list[Finding]:
    """I1, at the far end: every rating that the pure detector sees is in a trajectory, with its value."""
    seen, expected = case.observed.ratings, case.expected.ratings
    findings = [Finding("I1", LOST, f"rating {'/'.join(each)}") for each in sorted(expected) if each not in seen]
    findings += [Finding("I1", SPURIOUS, f"rating {'/'.join(each)}") for each in sorted(seen) if each not in expected]
    findings += [
        Finding("I1", WRONG, f"rating {'/'.join(each)}: {seen[each]:.4f} instead of {value:.4f}")
        for each, value in sorted(expected.items())
        if each in seen and abs(seen[each] - value) > 1e-6
    ]
    return findings


def ruptures_as_expected(case: Case) -> list[Finding]:
    """I2, first half: scoring's ruptures are those that the pure detector finds in the ledger's answers."""
    standing = Counter(rupture.mark for rupture in case.observed.ruptures if rupture.status != WITHDRAWN)
    findings = [
        Finding("I2", MISSED, f"rupture {'/'.join(each)}") for each in sorted(case.expected.ruptures - set(standing))
    ]
    findings += [
        Finding("I2", SPURIOUS, f"rupture {'/'.join(each)}") for each in sorted(set(standing) - case.expected.ruptures)
    ]
    findings += [
        Finding("I2", TWICE, f"rupture {'/'.join(each)}") for each, times in sorted(standing.items()) if times > 1
    ]
    return findings


def alerted_once(case: Case) -> list[Finding]:
    """I2, second half: exactly one alert for each rupture and each risk answer, and none for anything else.

    An alert about a rupture that scoring withdrew, when late ratings showed that there was none, was justified then.
    """
    observed = case.observed
    marks: dict[str, RuptureMark] = {rupture.rupture_id: rupture.mark for rupture in observed.ruptures}
    withdrawn = {rupture.rupture_id for rupture in observed.ruptures if rupture.status == WITHDRAWN}
    withdrawn |= {event.aggregate.partition("/")[2] for event in observed.published if event.type == RUPTURE_WITHDRAWN}
    about = Counter((alert.kind, alert.subject) for alert in observed.alerts)
    findings = [
        Finding("I2", TWICE, f"{kind} alert about {subject}") for (kind, subject), times in about.items() if times > 1
    ]
    told = {
        marks[subject] for kind, subject in about if kind == "rupture" and subject in marks and subject not in withdrawn
    }
    findings += [
        Finding("I2", MISSED, f"alert about rupture {'/'.join(each)}") for each in sorted(case.expected.ruptures - told)
    ]
    findings += [
        Finding("I2", SPURIOUS, f"alert about {subject}, which scoring does not have")
        for kind, subject in sorted(about)
        if kind == "rupture" and subject not in marks and subject not in withdrawn
    ]
    return findings + _risk_alerts(case)


def _risk_alerts(case: Case) -> list[Finding]:
    observed, owed = case.observed, case.expected.risks
    flagged = Counter(
        observed.flag_ids.get(alert.subject, (alert.site, f"unknown flag {alert.subject}"))
        for alert in observed.alerts
        if alert.kind == "risk"
    )
    findings = [Finding("I2", MISSED, f"risk alert of {'/'.join(each)}") for each in sorted(owed) if not flagged[each]]
    findings += [
        Finding("I2", TWICE, f"risk alert of {'/'.join(each)}")
        for each, times in sorted(flagged.items())
        if times > owed.get(each, times)
    ]
    findings += [
        Finding("I2", SPURIOUS, f"risk alert of {'/'.join(each)}") for each in sorted(flagged) if each not in owed
    ]
    return findings


def everybody_told(case: Case) -> list[Finding]:
    """I3: the gateways have a page of each alert within the limit, every page that is marked as sent, none that nobody
    planned, and none more often than kills excuse.
    """
    arrivals, findings = case.observed.arrivals, []
    for alert in case.observed.alerts:
        if alert.close_reason and not alert.pages:
            continue  # withdrawn before its first page was due
        if alert.kind not in ("risk", "rupture"):
            continue  # about Attune itself or a caseload: whom it reaches is the on-call file's choice
        name = f"{alert.kind} alert {alert.site}/{alert.alert_id}"
        told = [at for page in alert.pages for at in arrivals.get(page.delivery_id, ())]
        if not told:
            findings.append(Finding("I3", MISSED, f"{name} reached nobody"))
        elif min(told) - alert.triggered_at > case.page_limit:
            waited = (min(told) - alert.triggered_at).total_seconds()
            findings.append(Finding("I3", WRONG, f"{name} waited {waited:.0f} s"))
        findings += [
            Finding("I3", LOST, f"page {page.delivery_id} of {name} is marked as sent, and no gateway has it")
            for page in alert.pages
            if page.status == "sent" and page.delivery_id not in arrivals
        ]
    again = sum(len(times) - 1 for times in arrivals.values())
    if again > case.page_duplicates:
        findings.append(Finding("I3", TWICE, f"{again} pages came again; {case.page_duplicates} may have"))
    planned = {page.delivery_id for alert in case.observed.alerts for page in alert.pages}
    findings += [Finding("I3", SPURIOUS, f"page {each} is of no alert") for each in sorted(arrivals.keys() - planned)]
    return findings


def nothing_backwards(case: Case) -> list[Finding]:
    """I4: on every topic of ours, an aggregate's revision never falls, leaving aside the same event sent again."""
    highest: dict[tuple[str, str], int] = {}
    seen: set[tuple[str, str]] = set()
    findings: list[Finding] = []
    for event in sorted(case.observed.published, key=lambda each: (each.topic, each.partition, each.offset)):
        if (event.topic, event.event_id) in seen:
            continue
        seen.add((event.topic, event.event_id))
        key = event.topic, event.aggregate
        if event.revision < highest.get(key, 0):
            findings.append(
                Finding("I4", WRONG, f"{event.topic} {event.aggregate}: {event.revision} after {highest[key]}")
            )
        highest[key] = max(event.revision, highest.get(key, 0))
    return findings


def all_quiet(case: Case) -> list[Finding]:
    """I6: every outbox is empty, every consumer is at the end, nothing waits for its episode."""
    waiting = {
        **_named("outbox", case.observed.outbox),
        **_named("lag", case.observed.lag),
        "parked": case.observed.parked,
    }
    return [Finding("I6", PENDING, f"{name}: {count}") for name, count in sorted(waiting.items()) if count]


def dead_letters_are_the_rubbish(case: Case) -> list[Finding]:
    """I7: each piece of rubbish that reached the broker is a dead letter once and names its field; there is no other.

    What was refused at the door never reached the broker, so it must not be there. No gRPC door may accept rubbish.
    """
    owed = {entry.place: entry for entry in case.book.rubbish() if not entry.refusal and entry.partition >= 0}
    found = Counter(letter.place for letter in case.observed.dead_letters)
    findings = [
        Finding("I7", LOST, f"{entry.rubbish} {entry.event_id} has no dead letter")
        for place, entry in owed.items()
        if not found[place]
    ]
    for letter in case.observed.dead_letters:
        where, entry = "/".join(map(str, letter.place)), owed.get(letter.place)
        if entry is None:
            findings.append(Finding("I7", SPURIOUS, f"{where} in {letter.service}: {letter.field}: {letter.reason}"))
        elif entry.names not in letter.field:
            findings.append(Finding("I7", WRONG, f"{entry.rubbish} {where} names {letter.field}, not {entry.names}"))
    findings += [
        Finding("I7", TWICE, f"dead letter {'/'.join(map(str, place))}") for place, times in found.items() if times > 1
    ]
    findings += [
        Finding("I7", SPURIOUS, f"{entry.rubbish} {entry.event_id} was accepted at the door")
        for entry in case.book.rubbish()
        if not entry.refusal and entry.partition < 0
    ]
    findings += [
        Finding(
            "I7", WRONG, f"{entry.rubbish} {entry.event_id}: the refusal does not name {entry.names}: {entry.refusal}"
        )
        for entry in case.book.rubbish()
        if entry.refusal and entry.names and entry.names not in entry.refusal
    ]
    findings += [
        Finding("I7", LOST, f"{entry.type} {entry.event_id} was refused at the door: {entry.refusal}")
        for entry in case.book.entries
        if entry.refusal and not entry.rubbish
    ]
    return findings


def nothing_crashed(case: Case) -> list[Finding]:
    """I8: no process ended by itself, and no log has an unhandled exception."""
    findings = [
        Finding("I8", WRONG, f"{name} ended with {', '.join(map(str, codes))}")
        for name, codes in sorted(case.observed.exit_codes.items())
        if codes
    ]
    findings += [
        Finding("I8", WRONG, f"{name}: {line}")
        for name, lines in sorted(case.observed.crashes.items())
        for line in lines
    ]
    return findings


Invariant = Callable[[Case], list[Finding]]
ALL: tuple[Invariant, ...] = (
    stored_once,
    scored_all,
    ruptures_as_expected,
    alerted_once,
    everybody_told,
    nothing_backwards,
    all_quiet,
    dead_letters_are_the_rubbish,
    nothing_crashed,
)


def check(case: Case) -> list[Finding]:
    """Everything that is broken."""
    return [finding for invariant in ALL for finding in invariant(case)]


def _named(what: str, counts: Mapping[str, int]) -> dict[str, int]:
    return {f"{what} {name}": count for name, count in counts.items()}
