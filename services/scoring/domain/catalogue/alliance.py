"""Measures of the working alliance. Higher is better in all of them."""

from services.scoring.domain.catalogue.wai import BR_WAI, SAI, WAI, WAI_36, WAI_S, WAI_SR
from services.scoring.domain.figures import Cutoff, Figure, Licence, Loinc, ReliableChange, Ship, Side
from services.scoring.domain.instruments import TOTAL, Facet, Instrument, Kind, Method, Part

__all__ = [
    "ALLIANCE",
    "ARM_5",
    "BR_WAI",
    "CALPAS_P",
    "HAQ_II",
    "MILLER_LICENCE",
    "SAI",
    "SRS",
    "STAR_P",
    "WAI_36",
    "WAI_S",
    "WAI_SR",
]

MILLER_LICENCE = Licence(
    Ship.NO,
    "copyright Miller, Duncan and Johnson; free for individual clinicians after registration, "
    "groups and electronic use need a licence",
    "S7, S8",
)
_UNKEYED = "which items belong to it is on the clinic's own form"

SRS = Instrument(
    id="srs",
    version="3",
    title="Session Rating Scale",  # not the Session Reactions Scale-3, which is also called SRS-3
    kind=Kind.ALLIANCE,
    items=4,
    item_min=0,
    item_max=10,
    whole=False,  # a line of 10 cm, read to a millimetre
    method=Method.SUM,
    max_missing=0,
    source="S4, S6",
    sources={Part.FACETS: "own"},
    licence=MILLER_LICENCE,
    subscales={"relationship": (1,), "goals_topics": (2,), "approach_method": (3,), "overall": (4,)},
    # The relationship item speaks of being heard, understood and respected; overall is no facet.
    facets={Facet.BEING_HEARD: (1,), Facet.GOALS: (2,), Facet.TASKS: (3,)},
    alpha=Figure(0.88, "M"),
    retest=(Figure(0.54, "S6", "lowest"), Figure(0.70, "S6", "highest")),
    sem=Figure(1.2, "C", "as in the golden series"),
    reliable_change=ReliableChange(5.0, "C", "as in the benchmark of detectors; set your own from your sample's SD"),
    cutoffs=(
        Cutoff(
            36,
            "S4",
            "some guides write 36 and below; about 24 % of sessions are below it (M): a chart marker, never an alert",
            meaning="less satisfied than most clients",
            side=Side.BELOW,
        ),
    ),
    loinc=Loinc(note="no codes found"),
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
    source="S59",
    sources={Part.REVERSE: "M", Part.MISSING: "own"},
    licence=Licence(Ship.CHECK, "published in full for clinical use; confirm with the authors", "M"),
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
    sources={Part.MISSING: "own"},
    licence=Licence(Ship.CHECK, "published in full (J Psychother Pract Res 1996); confirm with the authors", "M"),
    reverse=frozenset({4, 8, 11, 16, 19}),
    alpha=Figure(0.90, "M"),
    retest=(Figure(0.78, "M"),),
)

CALPAS_P = Instrument(
    id="calpas_p",
    version="1",
    title="California Psychotherapy Alliance Scales, patient version",
    kind=Kind.ALLIANCE,
    items=24,
    item_min=1,
    item_max=7,
    method=Method.MEAN,
    max_missing=1,
    source="M",
    sources={Part.MISSING: "own"},
    licence=Licence(Ship.NO, "authors (Marmar, Gaston)", "M"),
    gaps={
        TOTAL: "several items are reversed; which ones is on the clinic's own form",
        "patient_commitment": _UNKEYED,
        "patient_working_capacity": _UNKEYED,
        "therapist_understanding": _UNKEYED,
        "working_strategy_consensus": _UNKEYED,
    },
    alpha=Figure(0.84, "M", "of the total"),
)

STAR_P = Instrument(
    id="star_p",
    version="1",
    title="Scale to Assess the Therapeutic Relationship, patient version",
    kind=Kind.ALLIANCE,
    items=12,
    item_min=0,
    item_max=4,
    method=Method.SUM,
    max_missing=1,
    source="M",
    sources={Part.MISSING: "own"},
    licence=Licence(Ship.CHECK, "authors (Priebe group), free on request", "M"),
    gaps={
        TOTAL: "the 3 items of non-supportive input are reversed; which ones they are is on the clinic's own form",
        "positive_collaboration": _UNKEYED,
        "positive_clinician_input": _UNKEYED,
        "nonsupportive_clinician_input": _UNKEYED,
    },
    retest=(Figure(0.76, "S58", "patients; clinicians 0.68"),),
)

ALLIANCE = (SRS, *WAI, ARM_5, HAQ_II, CALPAS_P, STAR_P)
