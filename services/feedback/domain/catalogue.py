"""The instruments that Attune knows.

Third parties' instruments appear as scoring keys only: numbers of items, ranges and risk thresholds. Their wording
belongs to their authors and is loaded by the clinic with its licence. The source of each key is the clinical reference
(sections 1.1 to 1.3); item numbers of subscales and reversed items belong to scoring and are not repeated here, because
they do not decide what may be answered.

The version is the version of the form. Where a form is known under one version only, that is "1", unless its name
carries another.
"""

from collections.abc import Mapping
from types import MappingProxyType

from services.feedback.domain.instruments import Condition, Instrument, Item, same_items

# The answers to attune-checkin: 1 to 8 and 12 on a scale of 0 to 10 where 10 is best, with decimals from a slider.
_FACETS = ("trust", "respect", "being_heard", "empathy", "goals", "tasks", "genuineness", "pace_safety")
TENSION_ITEM, RESOLVED_ITEM, SAFETY_ITEM, EXPECTATIONS_ITEM = 9, 10, 11, 12

CHECKIN = Instrument(
    instrument_id="attune-checkin",
    version="1",
    title="Attune check-in",
    items=(
        *(Item(number, 0, 10, whole=False, facet=facet) for number, facet in enumerate(_FACETS, start=1)),
        Item(TENSION_ITEM, 0, 1, facet="tension"),
        Item(RESOLVED_ITEM, 0, 1, facet="tension_resolved", only_when=Condition(TENSION_ITEM, 1)),
        Item(SAFETY_ITEM, 0, 3, facet="safety"),
        Item(EXPECTATIONS_ITEM, 0, 10, whole=False, facet="expectations"),
    ),
    licence="Apache-2.0, own wording",
    validated=False,
    source="Attune; not validated, a start for a conversation",
    risk={SAFETY_ITEM: 1},
)

# The answers to attune-session-notes: each is 1 when it was seen or tried, and left out when not.
WITHDRAWAL_ITEM, CONFRONTATION_ITEM = 1, 2
_TRIED = (
    "clear_misunderstanding",
    "change_task_or_goal",
    "rationale",
    "explore",
    "own_part",
    "say_how_it_felt",
    "wider_patterns",
    "respect_defence",
    "redirect",
)

NOTES = Instrument(
    instrument_id="attune-session-notes",
    version="1",
    title="Attune session notes",
    items=(
        Item(WITHDRAWAL_ITEM, 0, 1, facet="withdrawal"),
        Item(CONFRONTATION_ITEM, 0, 1, facet="confrontation"),
        *(Item(number, 0, 1, facet=facet) for number, facet in enumerate(_TRIED, start=3)),
    ),
    licence="Apache-2.0, own wording",
    validated=False,
    source="Attune; the resolution strategies are those of the 3RS (clinical reference 2.7, M)",
)
# Notes of what was seen and tried have no score.
UNSCORED = frozenset({NOTES.instrument_id})

_WAI = "copyright Horvath / Society for Psychotherapy Research; permission needed"
_CORE = "CC BY-ND 4.0, unaltered, with its notice"
_OWNERS_FORM = "Clinical reference 1.1; order of the items as on the clinic's own form"

_ALL = (
    CHECKIN,
    Instrument(
        "srs",
        "3",
        "Session Rating Scale v3",
        same_items(4, 0, 10, whole=False),
        "proprietary (Miller, Duncan, Johnson); group and electronic use need a licence",
        validated=True,
        source="Clinical reference 1.1",
    ),
    Instrument(
        "ors",
        "1",
        "Outcome Rating Scale",
        same_items(4, 0, 10, whole=False),
        "proprietary (Miller, Duncan, Johnson); group and electronic use need a licence",
        validated=True,
        source="Clinical reference 1.2",
    ),
    Instrument(
        "wai_sr",
        "1",
        "Working Alliance Inventory, short revised",
        same_items(12, 1, 5),
        _WAI,
        validated=True,
        source="Clinical reference 1.1",
    ),
    Instrument(
        "wai_s",
        "1",
        "Working Alliance Inventory, short (Tracey and Kokotovic)",
        same_items(12, 1, 7),
        _WAI,
        validated=True,
        source="Clinical reference 1.1",
    ),
    Instrument(
        "wai_36",
        "1",
        "Working Alliance Inventory, 36 items",
        same_items(36, 1, 7),
        _WAI,
        validated=True,
        source="Clinical reference 1.1",
    ),
    Instrument(
        "sai",
        "1",
        "Session Alliance Inventory",
        same_items(6, 0, 5),
        "derived from the WAI; ask the authors",
        validated=True,
        source="Clinical reference 1.1; range to be verified on the licensed form",
    ),
    Instrument(
        "br_wai",
        "1",
        "Brief Revised Working Alliance Inventory",
        same_items(16, 1, 5),
        "derived from the WAI; ask the authors",
        validated=True,
        source=_OWNERS_FORM,
    ),
    Instrument(
        "arm5",
        "1",
        "Agnew Relationship Measure, 5 items",
        same_items(5, 1, 7),
        "published in full for clinical use; confirm with the authors",
        validated=True,
        source="Clinical reference 1.1",
    ),
    Instrument(
        "haq2",
        "1",
        "Revised Helping Alliance Questionnaire",
        same_items(19, 1, 6),
        "published in full (J Psychother Pract Res 1996); confirm with the authors",
        validated=True,
        source="Clinical reference 1.1",
    ),
    Instrument(
        "calpas_p",
        "1",
        "California Psychotherapy Alliance Scales, patient version",
        same_items(24, 1, 7),
        "authors (Marmar, Gaston)",
        validated=True,
        source=_OWNERS_FORM,
    ),
    Instrument(
        "star_p",
        "1",
        "Scale to Assess the Therapeutic Relationship, patient version",
        same_items(12, 0, 4),
        "authors (Priebe group), free on request",
        validated=True,
        source=_OWNERS_FORM,
    ),
    Instrument(
        "phq9",
        "1",
        "Patient Health Questionnaire 9",
        same_items(9, 0, 3),
        "no permission required to reproduce, translate, display or distribute",
        validated=True,
        source="Clinical reference 1.2",
        risk={9: 1},
    ),
    Instrument(
        "gad7",
        "1",
        "Generalised Anxiety Disorder 7",
        same_items(7, 0, 3),
        "no permission required to reproduce, translate, display or distribute",
        validated=True,
        source="Clinical reference 1.2",
    ),
    Instrument(
        "core10",
        "1",
        "CORE-10",
        same_items(10, 0, 4),
        _CORE,
        validated=True,
        source="Clinical reference 1.2",
        risk={6: 1},
    ),
    Instrument(
        "core_om",
        "1",
        "CORE Outcome Measure",
        same_items(34, 0, 4),
        _CORE,
        validated=True,
        source="Clinical reference 1.2 and 6.1",
        risk={6: 2, 9: 1, 16: 1, 22: 2, 24: 1, 34: 1},
    ),
    Instrument(
        "oq45",
        "1",
        "Outcome Questionnaire 45.2",
        same_items(45, 0, 4),
        "commercial (OQ Measures)",
        validated=True,
        source="Clinical reference 1.2 and 6.1; order of the items as on the licensed form",
        risk={8: 1, 44: 1},
    ),
    Instrument(
        "who5",
        "1",
        "WHO-5 Well-Being Index",
        same_items(5, 0, 5),
        "WHO, CC BY-NC-SA 3.0 IGO; check a paid hosting offer",
        validated=True,
        source="Clinical reference 1.2",
    ),
    Instrument(
        "csq8",
        "1",
        "Client Satisfaction Questionnaire 8",
        same_items(8, 1, 4),
        "copyright Attkisson / Tamalpais; fee per use, electronic use needs an agreement",
        validated=True,
        source="Clinical reference 1.2",
    ),
    NOTES,
)

INSTRUMENTS: Mapping[tuple[str, str], Instrument] = MappingProxyType(
    {(each.instrument_id, each.version): each for each in _ALL}
)


def find(instrument_id: str, version: str) -> Instrument | None:
    """Return one version of an instrument, or None when it is not known."""
    return INSTRUMENTS.get((instrument_id, version))


def newest(instrument_id: str) -> Instrument | None:
    """Return the newest version of an instrument, the last in the catalogue; None when it is not known at all."""
    return next((each for each in reversed(_ALL) if each.instrument_id == instrument_id), None)


def ids() -> tuple[str, ...]:
    """Return the ids of all known instruments, in the catalogue's order."""
    return tuple(dict.fromkeys(each.instrument_id for each in _ALL))


def versions(instrument_id: str) -> tuple[str, ...]:
    """Return the known versions of an instrument; none when it is not known at all."""
    return tuple(each.version for each in _ALL if each.instrument_id == instrument_id)
