"""Words that several detectors share."""

from __future__ import annotations

from services.scoring.domain.detectors.base import Finding

# How often a steady client's z is at or below a value, whichever detector it is from. Not the normal distribution's
# tail, which is too thin: measured with the simulator on rupture-free SRS, WAI-SR and check-in clients
# (tests/unit/scoring).
ODDS = (
    (-4.0, "less than once in 1,000 sessions"),
    (-3.5, "less than once in 400 sessions"),
    (-3.0, "less than once in 100 sessions"),
    (-2.5, "about once in 100 sessions"),
    (-2.0, "about once in 40 sessions"),
)
OFTEN = "more often than once in 40 sessions"


def odds(what: str, finding: Finding) -> str:
    """How unusual ``what`` is for this client, from the finding's z."""
    z = finding.z if finding.z is not None else 0.0
    chance = next((chance for limit, chance in ODDS if z <= limit), OFTEN)
    return f"against the client's own level of {short(finding.baseline)}, {what} by chance {chance}"


def short(value: float | None) -> str:
    """A rating for people."""
    return "unknown" if value is None else f"{value:.1f}"
