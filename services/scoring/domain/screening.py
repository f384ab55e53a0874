"""A site's history without most of its ruptures, so that what is usual can be estimated from the rest.

Ruptures are not ordinary variation. Counted as such, those of 25 in 100 treatments (Larsson 2018, S19) make the SD
within clients more than 12 % too large, and hide ruptures behind wide limits (tests/unit/scoring/test_screening.py).

Nobody knows which ratings they are; but how many of the alarms are false is known: about ``target`` in 100 judged
ratings, for that is what the limits were set for. So as many alarms as there are more than that are taken for
ruptures, those furthest out first, and their ratings are left out. A history with no more alarms than expected keeps
every rating, and its estimate is not touched by this. What is left in are ruptures in the first two ratings and those
that are no further out than chance: limits end up somewhat too wide rather than too narrow. (Own; the idea is that of
iterated control limits, phase I of a control chart, Montgomery [M].)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.scoring.domain.batch import alarms, state_space
from services.scoring.domain.detectors.state_space import STEP
from services.scoring.domain.population import Population

Array = NDArray[np.float64]

SPELL = 3  # ratings from an alarm on that are left out; clinical reference 2.5, the window of repair
FEWEST_LEFT = 2  # ratings of a client; fewer tell nothing of swings


def without_ruptures(
    ratings: Array, population: Population, k: float, width: float, target: float, top: float
) -> Array:
    """``ratings`` (clients x sessions, NaN where not rated) with NaN where a rupture probably was, by these parameters
    and limits for ``target`` false alarms per 100 judged ratings; without the clients of whom too little is left.
    """
    found = state_space(ratings, population, top)
    alarmed = alarms(found, k, width)
    more = round(float(alarmed.sum()) - float((~np.isnan(found.z)).sum()) * target / 100)
    if more <= 0:
        return ratings
    out = np.fmin(found.z / k, found.slow / width)
    clients, sessions = np.nonzero(alarmed)
    furthest = np.argsort(out[clients, sessions], kind="stable")[:more]
    left = ratings.copy()
    for client, session in zip(clients[furthest], sessions[furthest], strict=True):
        rated = np.flatnonzero(~np.isnan(ratings[client]))
        place = int(np.searchsorted(rated, session))
        # What only several ratings together show began with the first of them.
        began = place if found.z[client, session] <= -k else max(0, place - STEP + 1)
        left[client, rated[began : place + SPELL]] = np.nan
    enough: Array = left[(~np.isnan(left)).sum(axis=1) >= FEWEST_LEFT]
    return enough
