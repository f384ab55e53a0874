"""Attune's own check-in form: own wording, free of licence, not validated: it opens a conversation."""

from services.scoring.domain.figures import Figure, Licence, Loinc, RiskItem, Ship
from services.scoring.domain.instruments import Facet, Instrument, Kind, Method, Question

CHECKIN = Instrument(
    id="attune-checkin",
    version="1",
    title="Attune check-in",
    kind=Kind.ALLIANCE,
    items=8,
    item_min=0,
    item_max=10,
    whole=False,
    method=Method.MEAN,
    max_missing=1,
    source="own",
    licence=Licence(Ship.YES, "Apache-2.0, own wording", "own"),
    facets={
        Facet.TRUST: (1,),
        Facet.RESPECT: (2,),
        Facet.BEING_HEARD: (3,),
        Facet.EMPATHY: (4,),
        Facet.GOALS: (5,),
        Facet.TASKS: (6,),
        Facet.GENUINENESS: (7,),
        Facet.PACE_SAFETY: (8,),
        Facet.EXPECTATIONS: (12,),
    },
    extra=(Question(9, 0, 1), Question(10, 0, 1), Question(11, 0, 3), Question(12, 0, 10, whole=False)),
    tension_item=9,
    resolved_item=10,
    risk=(RiskItem(11, 1, "safety", "own"),),
    sem=Figure(0.3, "own", "no published figures: the SRS's 1.2 on 0 to 40, rescaled to 0 to 10"),
    loinc=Loinc(note="our own form has none"),
    validated=False,
)
