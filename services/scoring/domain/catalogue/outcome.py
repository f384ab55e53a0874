"""Measures of outcome, wellbeing and satisfaction. They are scored and shown; ruptures are not looked for in them."""

from services.scoring.domain.instruments import Figure, Instrument, Kind, Method, RiskItem

ORS = Instrument(
    id="ors",
    version="1",
    title="Outcome Rating Scale",
    kind=Kind.OUTCOME,
    items=4,
    item_min=0,
    item_max=10,
    method=Method.SUM,
    max_missing=0,
    source="S5",
    subscales={"individual": (1,), "interpersonal": (2,), "social": (3,), "overall": (4,)},
    alpha=Figure(0.93, "M"),
    reliable_change=Figure(5, "S5"),  # newer material says 6 (M)
    cutoff=Figure(25, "S5"),  # adults; 28 from 13 to 17 years, 32 from 6 to 12
)

PHQ_9 = Instrument(
    id="phq9",
    version="1",
    title="PHQ-9",
    kind=Kind.OUTCOME,
    items=9,
    item_min=0,
    item_max=3,
    method=Method.SUM,
    max_missing=1,
    source="S56, S60",
    higher_is_better=False,
    bands=((0, "none"), (5, "mild"), (10, "moderate"), (15, "moderately_severe"), (20, "severe")),
    risk=(RiskItem(9, 1),),
    alpha=Figure(0.89, "M"),
    reliable_change=Figure(6, "M"),
    cutoff=Figure(10, "S56"),
)

GAD_7 = Instrument(
    id="gad7",
    version="1",
    title="GAD-7",
    kind=Kind.OUTCOME,
    items=7,
    item_min=0,
    item_max=3,
    method=Method.SUM,
    max_missing=1,
    source="S56, S60",
    higher_is_better=False,
    bands=((0, "none"), (5, "mild"), (10, "moderate"), (15, "severe")),
    alpha=Figure(0.92, "M"),
    reliable_change=Figure(4, "M"),
    cutoff=Figure(8, "M"),  # NHS Talking Therapies; 10 in S56
)

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
    source="S8, S53, S54",
    higher_is_better=False,
    reverse=frozenset({2, 3}),
    bands=((0, "healthy"), (6, "low"), (11, "mild"), (15, "moderate"), (20, "moderate_severe"), (25, "severe")),
    risk=(RiskItem(6, 1),),
    alpha=Figure(0.90, "M"),
    reliable_change=Figure(6, "S53"),
    cutoff=Figure(11, "S53"),
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
    higher_is_better=False,
    reverse=frozenset({3, 4, 7, 12, 19, 21, 31, 32}),
    subscales={
        "wellbeing": (4, 14, 17, 31),
        "problems": (2, 5, 8, 11, 13, 15, 18, 20, 23, 27, 28, 30),
        "functioning": (1, 3, 7, 10, 12, 19, 21, 25, 26, 29, 32, 33),
        "risk": (6, 9, 16, 22, 24, 34),
    },
    risk=(RiskItem(16, 1), RiskItem(24, 1), RiskItem(9, 1), RiskItem(34, 1), RiskItem(6, 2), RiskItem(22, 2)),
    alpha=Figure(0.94, "M"),
    reliable_change=Figure(5, "M"),
    cutoff=Figure(10, "M"),
)

OQ_45 = Instrument(
    id="oq45",
    version="1",
    title="OQ-45.2",
    kind=Kind.OUTCOME,
    items=45,
    item_min=0,
    item_max=4,
    method=Method.SUM,
    max_missing=1,  # own policy; the manual prorates (M)
    source="S51, S52, M",
    higher_is_better=False,
    reverse=frozenset({1, 12, 13, 20, 21, 24, 31, 37, 43}),
    risk=(RiskItem(8, 1), RiskItem(44, 1)),
    alpha=Figure(0.93, "M"),
    reliable_change=Figure(14, "S51"),
    cutoff=Figure(64, "S52"),
)

WHO_5 = Instrument(
    id="who5",
    version="1",
    title="WHO-5",
    kind=Kind.OUTCOME,
    items=5,
    item_min=0,
    item_max=5,
    method=Method.SUM_X4,
    max_missing=0,
    source="M",
    bands=((0, "likely_depression"), (28.1, "low_wellbeing"), (50.1, "not_low")),
    alpha=Figure(0.84, "M"),
    reliable_change=Figure(10, "M"),  # called meaningful, not reliable
    cutoff=Figure(50, "M"),
)

CSQ_8 = Instrument(
    id="csq8",
    version="1",
    title="CSQ-8",
    kind=Kind.SATISFACTION,
    items=8,
    item_min=1,
    item_max=4,
    method=Method.SUM,
    max_missing=1,
    source="M",
    reverse=frozenset({2, 4, 5, 8}),
    alpha=Figure(0.93, "M"),
)

OUTCOME = (ORS, PHQ_9, GAD_7, CORE_10, CORE_OM, OQ_45, WHO_5, CSQ_8)
