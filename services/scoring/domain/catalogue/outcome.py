"""Measures of outcome, wellbeing and satisfaction. They are scored and shown; ruptures are not looked for in them."""

from services.scoring.domain.catalogue.alliance import MILLER_LICENCE
from services.scoring.domain.catalogue.core import CORE_10, CORE_OM
from services.scoring.domain.figures import Cutoff, Figure, Licence, Loinc, ReliableChange, RiskItem, Ship, Side
from services.scoring.domain.instruments import Instrument, Kind, Method, Part

_FREE = Licence(Ship.YES, "no permission is required to reproduce, translate, display or distribute", "S56")
_NO_CODES = Loinc(note="no codes found")
_DEGREES = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")  # answers 0 to 3

ORS = Instrument(
    id="ors",
    version="1",
    title="Outcome Rating Scale",
    kind=Kind.OUTCOME,
    items=4,
    item_min=0,
    item_max=10,
    whole=False,
    method=Method.SUM,
    max_missing=0,
    source="S5, S8",
    licence=MILLER_LICENCE,
    subscales={"individual": (1,), "interpersonal": (2,), "social": (3,), "overall": (4,)},
    alpha=Figure(0.93, "M"),
    reliable_change=ReliableChange(5, "S5", "newer material says 6 (M)"),
    cutoffs=(
        Cutoff(25, "S5", meaning="clinical range, adults", side=Side.BELOW, ages=(18, 150)),
        Cutoff(28, "S5", meaning="clinical range, 13 to 17 years", side=Side.BELOW, ages=(13, 17)),
        Cutoff(32, "S5", meaning="clinical range, 6 to 12 years", side=Side.BELOW, ages=(6, 12)),
    ),
    loinc=_NO_CODES,
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
    sources={Part.MISSING: "own"},  # many manuals allow two, prorated
    licence=_FREE,
    higher_is_better=False,
    bands=((0, "none"), (5, "mild"), (10, "moderate"), (15, "moderately_severe"), (20, "severe")),
    risk=(RiskItem(9, 1, "suicidal thoughts or self-harm", "S46"),),
    alpha=Figure(0.89, "M"),
    reliable_change=ReliableChange(6, "M", "5.2, in whole points; NHS Talking Therapies", confidence=0.95),
    cutoffs=(
        Cutoff(
            10,
            "S56",
            "sensitivity .77 to .88, specificity .88 to .94",
            meaning="caseness: likely depression",
            side=Side.AT_OR_ABOVE,
        ),
    ),
    loinc=Loinc(
        panel="44249-1",
        total="44261-6",
        # The last is item 9. A public mapping calls it the total: it is not.
        items=(
            "44250-9",
            "44255-8",
            "44259-0",
            "44254-1",
            "44251-7",
            "44258-2",
            "44252-5",
            "44253-3",
            "44260-8",
        ),
        answers=_DEGREES,
        difficulty="69722-7",
        source="S60",
        items_source="S60",
    ),
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
    sources={Part.MISSING: "own"},
    licence=_FREE,
    higher_is_better=False,
    bands=((0, "none"), (5, "mild"), (10, "moderate"), (15, "severe")),
    alpha=Figure(0.92, "M"),
    reliable_change=ReliableChange(4, "M", "3.53, in whole points; NHS Talking Therapies", confidence=0.95),
    cutoffs=(
        Cutoff(8, "M", "NHS Talking Therapies", meaning="caseness: likely anxiety disorder", side=Side.AT_OR_ABOVE),
        Cutoff(
            10,
            "S56",
            "sensitivity .89, specificity .82",
            meaning="likely generalised anxiety disorder",
            side=Side.AT_OR_ABOVE,
        ),
    ),
    loinc=Loinc(
        panel="69737-5",
        total="70274-6",
        items=("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"),
        answers=_DEGREES,
        source="S60",
        items_source="M",
    ),
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
    max_missing=1,
    source="M",
    sources={Part.MISSING: "own"},  # the manual prorates (M)
    licence=Licence(Ship.NO, "commercial (OQ Measures)", "S51"),
    higher_is_better=False,
    reverse=frozenset({1, 12, 13, 20, 21, 24, 31, 37, 43}),
    gaps={
        "symptom_distress": "which 25 items belong to it is on the licensed form",
        "interpersonal": "which 11 items belong to it is on the licensed form",
        "social_role": "which 9 items belong to it is on the licensed form",
    },
    risk=(RiskItem(8, 1, "suicidal thoughts", "M"), RiskItem(44, 1, "violence", "M")),
    critical=(11, 26, 32),  # substance use
    alpha=Figure(0.93, "M"),
    reliable_change=ReliableChange(14, "S51"),
    cutoffs=(
        Cutoff(64, "S52", "63 and below is the functional range", meaning="clinical range", side=Side.AT_OR_ABOVE),
        Cutoff(36, "S52", meaning="symptom distress", side=Side.AT_OR_ABOVE, scale="symptom_distress"),
        Cutoff(15, "M", meaning="interpersonal relations", side=Side.AT_OR_ABOVE, scale="interpersonal"),
        Cutoff(12, "M", meaning="social role", side=Side.AT_OR_ABOVE, scale="social_role"),
    ),
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
    licence=Licence(Ship.CHECK, "WHO, CC BY-NC-SA 3.0 IGO: non-commercial; check a paid hosting offer", "M"),
    # In steps of 4: the next total above 28 is 32, above 50 is 52.
    bands=((0, "likely_depression"), (32, "low_wellbeing"), (52, "not_low")),
    alpha=Figure(0.84, "M"),
    reliable_change=ReliableChange(10, "M", "published as meaningful, not as reliable change"),
    cutoffs=(
        Cutoff(50, "M", meaning="low wellbeing", side=Side.AT_OR_BELOW),
        Cutoff(28, "M", meaning="likely depression", side=Side.AT_OR_BELOW),
    ),
    loinc=_NO_CODES,
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
    licence=Licence(Ship.NO, "copyright Attkisson / Tamalpais; fee per use, electronic use needs an agreement", "S57"),
    reverse=frozenset({2, 4, 5, 8}),
    alpha=Figure(0.93, "M"),
)

OUTCOME = (ORS, PHQ_9, GAD_7, CORE_10, CORE_OM, OQ_45, WHO_5, CSQ_8)
