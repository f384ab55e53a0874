"""What alerting knows. Pure: no I/O, no clock, no protobuf, no framework.

``sites`` (people, and who may be told), ``rota`` (whose turn it is), ``shifts`` (who is on call, overrides included),
``notify`` (over which contact, when), ``readiness`` (what would go wrong), ``hours`` (when a rupture may page),
``policy`` (whom to tell, in which order), ``facts`` (what an alert is about, folded from events), ``alert`` (what
became of it),
``escalation`` (what is due now), ``findings`` (what a clinician found), ``delivery`` (one attempt to tell one person
over one channel).
"""
