"""Attune's own check-in form: own wording, free of licence, not validated: it opens a conversation."""

from services.scoring.domain.instruments import Facet, Figure, Instrument, Kind, Method, Question, RiskItem

CHECKIN = Instrument(
    id="attune-checkin",
    version="1",
    title="Attune check-in",
    kind=Kind.ALLIANCE,
    items=8,
    item_min=0,
    item_max=10,
    method=Method.MEAN,
    max_missing=1,
    source="own",
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
    extra=(Question(9, 0, 1), Question(10, 0, 1), Question(11, 0, 3), Question(12, 0, 10)),
    tension_item=9,
    resolved_item=10,
    risk=(RiskItem(11, 1),),
    # No published figures: the SRS's SEM of 1.2 on 0-40, rescaled to 0-10.
    sem=Figure(0.3, "own"),
    validated=False,
)
