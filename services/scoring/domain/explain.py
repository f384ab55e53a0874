"""One plain sentence saying why a rupture was opened. No names; every number in it is computed from the ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.scoring.domain.detectors import Finding
from services.scoring.domain.instruments import Facet, Instrument
from services.scoring.domain.scores import Scored

NAMES: Mapping[str, str] = {
    Facet.TRUST: "trust",
    Facet.RESPECT: "respect",
    Facet.BEING_HEARD: "being heard",
    Facet.EMPATHY: "empathy",
    Facet.GOALS: "goals",
    Facet.TASKS: "tasks",
    Facet.GENUINENESS: "genuineness",
    Facet.PACE_SAFETY: "pace and safety",
    Facet.EXPECTATIONS: "expectations",
}
SMALLEST_FALL = 0.05  # of an item's range; less is noise and names no facet
# How often a steady client's z is at or below a value, whichever detector it is from. Not the normal distribution's
# tail, which is too thin: measured with the simulator on rupture-free SRS, WAI-SR and check-in clients
# (tests/unit/scoring).
ODDS = (
    (-4.0, "less than once in 1,000 sessions"),
    (-3.5, "less than once in 400 sessions"),
    (-3.0, "less than once in 100 sessions"),
    (0.0, "about once in 100 sessions"),
)


def most_fallen(usual: Mapping[str, float], now: Mapping[str, float], instrument: Instrument) -> str:
    """The facet that is furthest below its own usual value; empty when none fell, or none has a usual value."""
    falls = {facet: usual[facet] - value for facet, value in now.items() if facet in usual}
    facet = max(sorted(falls), key=falls.__getitem__, default="")
    smallest = SMALLEST_FALL * (instrument.item_max - instrument.item_min)
    return facet if facet and falls[facet] >= smallest else ""


def sentence(
    alarms: Sequence[Finding], facet: str, usual: Mapping[str, float], previous: Mapping[str, float], scored: Scored
) -> str:
    """Say what was seen, and how unusual it is for this client."""
    statistical = next((finding for finding in alarms if finding.z is not None), None)
    reported = any(finding.z is None for finding in alarms)
    fall = _fall(facet, usual, previous, scored) if facet else ""
    parts = []
    if reported:
        resolved = ", and that it was resolved" if scored.resolved else ""
        parts.append(f"the client said that there was tension, a misunderstanding or a conflict{resolved}")
    if fall:
        parts.append(fall)
    elif statistical is not None:
        parts.append(f"the rating is down to {_short(statistical.value)}")
    told = "; ".join(parts)
    if statistical is not None:
        told += f"; {_odds(statistical)}"
    return told[0].upper() + told[1:] + "."


def _fall(facet: str, usual: Mapping[str, float], previous: Mapping[str, float], scored: Scored) -> str:
    """ "in one session" only when at least half of the fall came since the session before."""
    now, before = scored.facets[facet], previous.get(facet)
    if before is not None and before - now >= (usual[facet] - now) / 2:
        return f"{NAMES[facet]} fell from {_short(before)} to {_short(now)} in one session"
    return f"{NAMES[facet]} came down from a usual {_short(usual[facet])} to {_short(now)} over several sessions"


def _odds(finding: Finding) -> str:
    z = finding.z if finding.z is not None else 0.0
    what = "a rating this low comes" if finding.statistic == z else "recent ratings that are together this low come"
    odds = next((odds for limit, odds in ODDS if z <= limit), ODDS[-1][1])
    return f"against the client's own level of {_short(finding.baseline)}, {what} by chance {odds}"


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f}"
