"""Item answers that add up to a simulated rating exactly, on the instrument's own grid."""

from __future__ import annotations

import numpy as np


def spread_over_items(
    rng: np.random.Generator,
    rating: float,
    *,
    items: int,
    low: float,
    high: float,
    step: float,
    mean_of_items: bool,
    fallen: int = 0,
) -> dict[int, float]:
    """Answers of items 1..`items` between `low` and `high` in multiples of `step`, whose sum (or mean) is `rating`.

    The item `fallen` (0 for none) falls about three times as far as the others, so that the fall has a facet.
    """
    total = rating * items if mean_of_items else rating
    room = round((high - low) / step)
    missing = round((items * high - total) / step)  # grid steps to take off the best possible answers
    weights = rng.uniform(0.7, 1.3, items)
    if fallen:
        weights[fallen - 1] = 3.0
    taken = np.minimum(room, np.floor(missing * weights / weights.sum())).astype(int)
    rest = missing - int(taken.sum())
    while rest > 0:
        open_items = [index for index in rng.permutation(items) if taken[index] < room]
        share = max(1, rest // len(open_items))
        for index in open_items:
            more = min(share, rest, room - int(taken[index]))
            taken[index] += more
            rest -= more
    digits = max(0, -int(np.floor(np.log10(step))))
    return {index + 1: round(float(high - taken[index] * step), digits) for index in range(items)}
