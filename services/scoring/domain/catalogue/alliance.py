"""Measures of the working alliance. Higher is better in all of them.

SEM = SD * sqrt(1 - reliability) where both are known. A missing rule without a figure in the reference is our own
policy: one item.
"""

from collections.abc import Mapping

from services.scoring.domain.instruments import Facet, Figure, Instrument, Kind, Method

_EVERY_12 = {"task": (1, 2, 10, 12), "bond": (3, 5, 7, 9), "goal": (4, 6, 8, 11)}
_WAI_S = {"task": (1, 2, 8, 12), "bond": (3, 5, 7, 9), "goal": (4, 6, 10, 11)}
_WAI_36 = {
    "task": (2, 4, 7, 11, 13, 15, 16, 18, 24, 31, 33, 35),
    "bond": (1, 5, 8, 17, 19, 20, 21, 23, 26, 28, 29, 36),
    "goal": (3, 6, 9, 10, 12, 14, 22, 25, 27, 30, 32, 34),
}


def _facets(key: Mapping[str, tuple[int, ...]]) -> dict[Facet, tuple[int, ...]]:
    """The inventory's three parts as facets; its bond is nearest to trust."""
    return {Facet.TASKS: key["task"], Facet.TRUST: key["bond"], Facet.GOALS: key["goal"]}


SRS = Instrument(
    id="srs",
    version="3",
    title="Session Rating Scale",  # not the Session Reactions Scale-3, which is also called SRS-3
    kind=Kind.ALLIANCE,
    items=4,
    item_min=0,
    item_max=10,
    method=Method.SUM,
    max_missing=0,
    source="S4, S6",
    subscales={"relationship": (1,), "goals_topics": (2,), "approach_method": (3,), "overall": (4,)},
    # The relationship item speaks of being heard, understood and respected; overall is no facet.
    facets={Facet.BEING_HEARD: (1,), Facet.GOALS: (2,), Facet.TASKS: (3,)},
    alpha=Figure(0.88, "M"),
    retest=(Figure(0.54, "S6"), Figure(0.70, "S6")),
    sem=Figure(1.2, "C"),  # fixed with the golden series
    reliable_change=Figure(5.0, "C"),
    cutoff=Figure(36, "S4"),  # dissatisfied below it; a chart marker, never an alert
)

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
    subscales=_EVERY_12,
    facets=_facets(_EVERY_12),
    alpha=Figure(0.92, "M"),
    sem=Figure(2.2, "C from M"),  # .184 in the mean metric, times 12 items; from SD .65 and alpha .92
    reliable_change=Figure(6.1, "C from M"),
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
    reverse=frozenset({4, 10}),
    subscales=_WAI_S,
    facets=_facets(_WAI_S),
    alpha=Figure(0.95, "M"),
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
    reverse=frozenset({1, 3, 7, 9, 10, 11, 12, 15, 20, 27, 29, 31, 33, 34}),
    subscales=_WAI_36,
    facets=_facets(_WAI_36),
    alpha=Figure(0.93, "M"),
)

SAI = Instrument(
    id="sai",
    version="1",
    title="Session Alliance Inventory",
    kind=Kind.ALLIANCE,
    items=6,
    item_min=0,
    item_max=5,  # M: verify on the licensed form
    method=Method.MEAN,  # S12: best treated as one dimension
    max_missing=1,
    source="S12, S14, M",
    alpha=Figure(0.92, "S14"),
)

ARM_5 = Instrument(
    id="arm5",
    version="1",
    title="Agnew Relationship Measure, 5 items",
    kind=Kind.ALLIANCE,
    items=5,
    item_min=1,
    item_max=7,
    method=Method.MEAN,
    max_missing=1,
    source="S59, M",
    reverse=frozenset({3}),
    alpha=Figure(0.87, "M"),
)

HAQ_II = Instrument(
    id="haq2",
    version="1",
    title="Helping Alliance Questionnaire II",
    kind=Kind.ALLIANCE,
    items=19,
    item_min=1,
    item_max=6,
    method=Method.MEAN,
    max_missing=1,
    source="M",
    reverse=frozenset({4, 8, 11, 16, 19}),
    alpha=Figure(0.90, "M"),
    retest=(Figure(0.78, "M"),),
)

ALLIANCE = (SRS, WAI_SR, WAI_S, WAI_36, SAI, ARM_5, HAQ_II)
