"""What published criteria share that look at the fall from the session before, and at nothing else.

For comparison, and for sites that choose them. "Like", because the exact wording of the papers was not read (M in the
clinical reference): check it before a method is named after its authors. The return that the papers ask for as well is
what makes a rupture *repaired* here.
"""

from __future__ import annotations

from services.scoring.domain.detectors.base import Answered, Finding, Verdict
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.words import short


def fall(answered: Answered, before: Baseline, limit: float) -> Verdict | None:
    """Compare one rating with the last; ``limit`` is the smallest fall that alarms, in the instrument's units."""
    level, value = before.level, answered.value
    if level is None or value is None:
        return None
    down = before.last - value
    # Sums of decimal fractions: a fall of exactly the limit counts.
    return Verdict(down >= limit - 1e-9, -down, -limit, before.last - limit, level.z(value))


def told(finding: Finding, compared: str) -> str:
    """From where, by how much, and what that is at least."""
    down = -finding.statistic if finding.statistic is not None else 0.0
    before = finding.value + down if finding.value is not None else None
    return f"the rating fell by {down:.1f} from {short(before)} in one session; that is at least {compared}"
