"""The end of a run in numbers: a table for people, the same as JSON, and whether every promise was kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from services.dev.invariants import LOST, MISSED, SPURIOUS, TWICE, WITHDRAWN, Case, Finding, check, mark
from services.dev.ledger import Expect

SHOWN = 20  # findings listed under the table; the JSON has them all


@dataclass(frozen=True, slots=True)
class Ruptures:
    """Injected ruptures against what scoring found. `false` are statistical alarms where none was injected."""

    injected: int
    detected: int
    missed: int
    false: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to."""

    published: int
    accepted: int
    duplicates: int
    rejected: int
    rejected_dead_letters: int
    rejected_at_the_door: int
    stored: int
    scored: int
    ruptures: Ruptures
    risk_flags: int
    risk_paged: int
    alerts: int
    alerts_delivered: int
    alerts_acknowledged: int
    alerts_withdrawn: int
    lost: int
    twice: int
    missed: int
    spurious: int
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    peak_rss_mib: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled, missed or wrong."""
        return not self.findings and self.ruptures.missed == 0

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {"good": self.good, **asdict(self)}

    def write(self, path: Path) -> None:
        """Write the JSON."""
        path.write_text(json.dumps(self.as_dict(), indent=2) + "\n", "utf-8")


def make(case: Case, *, more: Sequence[Finding] = (), seconds: float = 0.0, peak_rss_mib: float = 0.0) -> Report:
    """Check everything and count. `more` are findings that only the run itself could make."""
    findings = (*check(case), *more)
    kinds = Counter(finding.kind for finding in findings)
    rubbish = case.book.rubbish()
    alerts = case.observed.alerts
    risk = [alert for alert in alerts if alert.kind == "risk"]
    owed = {mark(entry) for entry in case.book.accepted()}
    return Report(
        published=len(case.book.entries),
        accepted=len(case.book.accepted()),
        duplicates=sum(entry.expect is Expect.DUPLICATE for entry in case.book.entries),
        rejected=len(case.observed.dead_letters) + sum(bool(entry.refusal) for entry in case.book.entries),
        rejected_dead_letters=len(case.observed.dead_letters),
        rejected_at_the_door=sum(bool(entry.refusal) for entry in rubbish),
        stored=sum(1 for each in owed if case.observed.stored[each]),
        scored=len(case.observed.ratings),
        ruptures=_ruptures(case),
        risk_flags=len(case.expected.risks),
        risk_paged=sum(alert.delivered for alert in risk),
        alerts=len(alerts),
        alerts_delivered=sum(alert.delivered for alert in alerts),
        alerts_acknowledged=sum(bool(alert.acknowledged_by) for alert in alerts),
        alerts_withdrawn=sum(alert.status == "closed" and not alert.acknowledged_by for alert in alerts),
        lost=kinds[LOST],
        twice=kinds[TWICE],
        missed=kinds[MISSED],
        spurious=kinds[SPURIOUS],
        findings=findings,
        seconds=round(seconds, 1),
        peak_rss_mib=round(peak_rss_mib),
    )


def _ruptures(case: Case) -> Ruptures:
    injected = {(truth.site, truth.episode_id, truth.client_id): set(truth.sessions) for truth in case.book.truths}
    detected: set[tuple[str, str, str]] = set()
    false = 0
    for rupture in case.observed.ruptures:
        if rupture.status == WITHDRAWN:
            continue
        site, episode, client, _, session = rupture.mark
        if session in injected.get((site, episode, client), ()):
            detected.add((site, episode, client))
        else:
            false += 1
    return Ruptures(len(injected), len(detected), len(injected) - len(detected), false)


def show(report: Report, console: Console) -> None:
    """Print the table, and below it what is wrong."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim")
    for name, value, note in _rows(report):
        table.add_row(name, value, note)
    console.print(table)
    for finding in report.findings[:SHOWN]:
        console.print(f"{finding.invariant} {finding.kind}: {finding.what}", style="red", markup=False)
    if len(report.findings) > SHOWN:
        console.print(f"... and {len(report.findings) - SHOWN} more", style="red")


def _rows(report: Report) -> Sequence[tuple[str, str, str]]:
    ruptures = report.ruptures
    return (
        ("published", f"{report.published}", f"{report.duplicates} of them again"),
        ("accepted", f"{report.accepted}", "acknowledged, without repeats"),
        (
            "rejected",
            f"{report.rejected}",
            f"= the rubbish: {report.rejected_dead_letters} dead letters, {report.rejected_at_the_door} at the door",
        ),
        ("stored", f"{report.stored}", ""),
        ("scored", f"{report.scored}", "ratings in trajectories"),
        ("ruptures injected", f"{ruptures.injected}", ""),
        ("ruptures detected", f"{ruptures.detected}", ""),
        ("ruptures missed", f"{ruptures.missed}", ""),
        ("ruptures false", f"{ruptures.false}", "statistical alarms where none was injected"),
        ("risk flags", f"{report.risk_flags}", ""),
        ("risk flags paged", f"{report.risk_paged}", ""),
        (
            "alerts",
            f"{report.alerts}",
            f"{report.alerts_withdrawn} withdrawn by late ratings" if report.alerts_withdrawn else "",
        ),
        ("alerts delivered", f"{report.alerts_delivered}", ""),
        ("alerts acknowledged", f"{report.alerts_acknowledged}", ""),
        ("lost", f"{report.lost}", ""),
        ("twice", f"{report.twice}", ""),
        ("peak memory", f"{report.peak_rss_mib:.0f} MiB", "resident, everything together"),
        ("time", f"{report.seconds:.0f} s", ""),
    )
