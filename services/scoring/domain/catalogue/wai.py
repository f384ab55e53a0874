"""The Working Alliance Inventory and what was derived from it. Higher is better in all of them.

SEM = SD * sqrt(1 - reliability), and reliable change = 1.96 * sqrt(2) * SEM, where both figures are known. The
literature also reports the item mean; figures here are on the sum, which is the mean times the number of items.
"""

from collections.abc import Mapping

from services.scoring.domain.figures import Cutoff, Figure, Licence, ReliableChange, Ship, Side
from services.scoring.domain.instruments import TOTAL, Facet, Instrument, Kind, Method, Part

_SHORT_REVISED = {"task": (1, 2, 10, 12), "bond": (3, 5, 7, 9), "goal": (4, 6, 8, 11)}
_SHORT = {"task": (1, 2, 8, 12), "bond": (3, 5, 7, 9), "goal": (4, 6, 10, 11)}
_FULL = {
    "task": (2, 4, 7, 11, 13, 15, 16, 18, 24, 31, 33, 35),
    "bond": (1, 5, 8, 17, 19, 20, 21, 23, 26, 28, 29, 36),
    "goal": (3, 6, 9, 10, 12, 14, 22, 25, 27, 30, 32, 34),
}
_COPYRIGHT = Licence(
    Ship.NO,
    "copyright Horvath / Society for Psychotherapy Research; permission is needed, for electronic use too",
    "S10",
)
_DERIVED = Licence(Ship.NO, "derived from the WAI; ask the authors", "M")


def _facets(key: Mapping[str, tuple[int, ...]]) -> dict[Facet, tuple[int, ...]]:
    """The inventory's three parts as facets; its bond is nearest to trust."""
    return {Facet.TASKS: key["task"], Facet.TRUST: key["bond"], Facet.GOALS: key["goal"]}


WAI_SR = Instrument(
    id="wai_sr",
    version="1",
    title="Working Alliance Inventory, short revised",
    kind=Kind.ALLIANCE,
    items=12,
    item_min=1,
    item_max=5,
    method=Method.SUM,
    max_missing=1,
    source="S9",
    sources={Part.FACETS: "own", Part.MISSING: "own"},
    licence=_COPYRIGHT,
    subscales=_SHORT_REVISED,
    facets=_facets(_SHORT_REVISED),
    alpha=Figure(0.92, "M", "0.91 to 0.92"),
    sd=Figure(7.8, "M", "0.65 in the mean metric"),
    sem=Figure(2.2, "C, M", "0.184 in the mean metric"),
    reliable_change=ReliableChange(6.1, "C, M", "0.51 in the mean metric", confidence=0.95),
    cutoffs=(
        Cutoff(36, "S9", "a vendor's band, not validated", meaning="weak alliance", side=Side.BELOW),
        Cutoff(48, "S9", "a vendor's band, not validated", meaning="not a strong alliance", side=Side.BELOW),
    ),
)

WAI_S = Instrument(
    id="wai_s",
    version="1",
    title="Working Alliance Inventory, short (Tracey and Kokotovic)",
    kind=Kind.ALLIANCE,
    items=12,
    item_min=1,
    item_max=7,
    method=Method.SUM,
    max_missing=1,
    source="M",
    sources={Part.FACETS: "own", Part.MISSING: "own"},
    licence=_COPYRIGHT,
    reverse=frozenset({4, 10}),
    subscales=_SHORT,
    facets=_facets(_SHORT),
    alpha=Figure(0.95, "M"),
    sd=Figure(11.4, "M", "about 0.95 in the mean metric"),
    sem=Figure(2.55, "C, M"),
    reliable_change=ReliableChange(7.1, "C, M", "0.6 to 0.7 in the mean metric", confidence=0.95),
)

WAI_36 = Instrument(
    id="wai_36",
    version="1",
    title="Working Alliance Inventory, 36 items",
    kind=Kind.ALLIANCE,
    items=36,
    item_min=1,
    item_max=7,
    method=Method.SUM,
    max_missing=1,
    source="M",
    sources={Part.FACETS: "own", Part.MISSING: "own"},
    licence=_COPYRIGHT,
    reverse=frozenset({1, 3, 7, 9, 10, 11, 12, 15, 20, 27, 29, 31, 33, 34}),
    subscales=_FULL,
    facets=_facets(_FULL),
    alpha=Figure(0.93, "M"),
)

BR_WAI = Instrument(
    id="br_wai",
    version="1",
    title="Brief Revised Working Alliance Inventory",
    kind=Kind.ALLIANCE,
    items=16,
    item_min=1,
    item_max=5,
    method=Method.MEAN,
    max_missing=1,
    source="S11",
    sources={Part.MISSING: "own"},
    licence=_DERIVED,
    gaps={
        TOTAL: "which items are reversed, and how answers are rescored to 1 to 5, is on the clinic's own form",
        "bond": "which 8 items belong to it is on the clinic's own form",
        "tasks_goals": "which 8 items belong to it is on the clinic's own form",
    },
)

SAI = Instrument(
    id="sai",
    version="1",
    title="Session Alliance Inventory",
    kind=Kind.ALLIANCE,
    items=6,
    item_min=0,
    item_max=5,
    method=Method.MEAN,  # best treated as one dimension: no subscales
    max_missing=1,
    source="S12",
    sources={Part.ITEMS: "M", Part.MISSING: "own"},  # verify the range on the licensed form
    licence=_DERIVED,
    alpha=Figure(0.92, "S14", "clients; therapists 0.87"),
)

WAI = (WAI_SR, WAI_S, WAI_36, BR_WAI, SAI)
