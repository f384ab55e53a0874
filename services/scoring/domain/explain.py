"""One plain sentence saying why a rupture was opened. No names; every number in it is computed from the ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.scoring.domain.detectors import Detector, Finding
from services.scoring.domain.detectors.words import short
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
_ALIKE = 1e-9  # means of decimal fractions
_NAMED = 2  # facets in a sentence


def most_fallen(usual: Mapping[str, float], now: Mapping[str, float], instrument: Instrument) -> tuple[str, ...]:
    """The facet that is furthest below its own usual value, or both when two are alike; none when none fell, when more
    are alike, or none has a usual value.
    """
    falls = {facet: usual[facet] - value for facet, value in now.items() if facet in usual}
    most = max(falls.values(), default=0.0)
    if most < SMALLEST_FALL * (instrument.item_max - instrument.item_min):
        return ()
    alike = tuple(facet for facet, fall in sorted(falls.items()) if fall >= most - _ALIKE)
    return alike if len(alike) <= _NAMED else ()


def sentence(
    alarms: Sequence[tuple[Detector, Finding]],
    facets: Sequence[str],
    usual: Mapping[str, float],
    previous: Mapping[str, float],
    scored: Scored,
) -> str:
    """Say what was seen, and how unusual it is for this client: the client's own word, what fell, the strongest
    statistic.
    """
    parts = [detector.says(finding) for detector, finding in alarms if finding.z is None]
    if parts and scored.resolved:
        parts[0] += ", and that it was resolved"
    statistical = next(((detector, finding) for detector, finding in alarms if finding.z is not None), None)
    if facets:
        parts.append(" and ".join(_fall(facet, usual, previous, scored) for facet in facets))
    elif statistical is not None:
        parts.append(f"the rating is down to {short(statistical[1].value)}")
    if statistical is not None:
        parts.append(statistical[0].says(statistical[1]))
    told = "; ".join(parts)
    return told[0].upper() + told[1:] + "."


def _fall(facet: str, usual: Mapping[str, float], previous: Mapping[str, float], scored: Scored) -> str:
    """ "in one session" only when at least half of the fall came since the session before."""
    now, before = scored.facets[facet], previous.get(facet)
    if before is not None and before - now >= (usual[facet] - now) / 2:
        return f"{NAMES[facet]} fell from {short(before)} to {short(now)} in one session"
    return f"{NAMES[facet]} came down from a usual {short(usual[facet])} to {short(now)} over several sessions"
