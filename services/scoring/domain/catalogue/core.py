"""CORE-10 and CORE-OM. Lower is better."""

from services.scoring.domain.figures import Cutoff, Figure, Licence, Loinc, ReliableChange, RiskItem, Ship, Side
from services.scoring.domain.instruments import Instrument, Kind, Method, Part

_LICENCE = Licence(
    Ship.UNALTERED,
    "CC BY-ND 4.0 since 2015, software included: wording, order and answer labels as published, with the notice",
    "S55",
)
_NO_CODES = Loinc(note="no codes found")

CORE_10 = Instrument(
    id="core10",
    version="1",
    title="CORE-10",
    kind=Kind.OUTCOME,
    items=10,
    item_min=0,
    item_max=4,
    method=Method.SUM,
    max_missing=1,
    source="S8",
    sources={Part.MISSING: "S54, M", Part.BANDS: "M"},
    licence=_LICENCE,
    higher_is_better=False,
    reverse=frozenset({2, 3}),
    bands=((0, "healthy"), (6, "low"), (11, "mild"), (15, "moderate"), (20, "moderate_severe"), (25, "severe")),
    risk=(RiskItem(6, 1, "suicidal plans", "M"),),
    alpha=Figure(0.90, "M"),
    reliable_change=ReliableChange(6, "S53", confidence=0.90),
    cutoffs=(
        Cutoff(11, "S53", meaning="clinical range: psychological distress", side=Side.AT_OR_ABOVE),
        Cutoff(13, "S53", "sensitivity .92, specificity .72", meaning="likely depression", side=Side.AT_OR_ABOVE),
    ),
    loinc=_NO_CODES,
)

CORE_OM = Instrument(
    id="core_om",
    version="1",
    title="CORE-OM",
    kind=Kind.OUTCOME,
    items=34,
    item_min=0,
    item_max=4,
    method=Method.MEAN_X10,
    max_missing=3,
    source="M",
    licence=_LICENCE,
    higher_is_better=False,
    reverse=frozenset({3, 4, 7, 12, 19, 21, 31, 32}),
    subscales={
        "wellbeing": (4, 14, 17, 31),
        "problems": (2, 5, 8, 11, 13, 15, 18, 20, 23, 27, 28, 30),
        "functioning": (1, 3, 7, 10, 12, 19, 21, 25, 26, 29, 32, 33),
        "risk": (6, 9, 16, 22, 24, 34),
    },
    risk=(
        RiskItem(16, 1, "suicidal plans", "M"),
        RiskItem(24, 1, "death wish", "M"),
        RiskItem(9, 1, "self-harm", "M"),
        RiskItem(34, 1, "self-harm", "M"),
        RiskItem(6, 2, "violence to others", "M"),
        RiskItem(22, 2, "threats to others", "M"),
    ),
    alpha=Figure(0.94, "M"),
    reliable_change=ReliableChange(5, "M"),
    cutoffs=(Cutoff(10, "M", meaning="clinical range", side=Side.AT_OR_ABOVE),),
    loinc=_NO_CODES,
)
