"""How long the assessment of an episode of 50 ratings takes, by the default policy: `make bench-assess`.

Alone: the detectors, the baseline and the ruptures of a series that is scored already. Whole: with everything that a
handler asks for, from the inputs to scores, series and engagement.
"""

from __future__ import annotations

import platform
import random
import sys
import timeit

from services.scoring.domain.assess import assess
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.policy import EVERYWHERE
from services.scoring.domain.scores import score
from services.scoring.domain.track import Rated, Track
from tests.unit.scoring.builders import checkin, inputs

RATINGS, RUNS, REPEATS = 50, 20, 200  # short runs, so that on a shared machine some are not interrupted


def main() -> int:
    """Print the best of several runs, in microseconds."""
    chance = random.Random(1)
    forms = [
        checkin(9.0, **{f"item{item}": round(chance.uniform(8.6, 9.6), 1) for item in range(1, 9)})
        for _ in range(RATINGS)
    ]
    given, key = inputs(forms), CATALOGUE["attune-checkin"]
    rated = [
        Rated(session, "th-1", score(key, dict(response.answers)))
        for session, response in zip(given.sessions, given.responses, strict=True)
    ]

    def alone() -> None:
        take = Track("s", "e", "c", "th-1", key, EVERYWHERE.of(key.id)).take
        for each in rated:
            take(each)

    for name, work in (("detectors and ruptures", alone), ("whole assessment", lambda: assess(given))):
        best = min(timeit.repeat(work, number=RUNS, repeat=REPEATS)) / RUNS
        sys.stdout.write(f"{name}: {best * 1e6:.0f} us for {RATINGS} ratings, Python {platform.python_version()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
