"""The declared instruments: scoring keys, no wording.

Of some the reference has no complete key, because it is on the licensed form: BR-WAI, CALPAS-P, STAR-P (nothing can
be scored) and the subscales of OQ-45.2 (its total can). They are declared with what is known; ``Instrument.gaps``
says what is missing, and that part is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.scoring.domain.catalogue.alliance import ALLIANCE
from services.scoring.domain.catalogue.checkin import CHECKIN
from services.scoring.domain.catalogue.outcome import OUTCOME
from services.scoring.domain.instruments import Instrument

CATALOGUE: Mapping[str, Instrument] = MappingProxyType({key.id: key for key in (CHECKIN, *ALLIANCE, *OUTCOME)})


def find(instrument_id: str, version: str) -> Instrument | None:
    """The key by which one version of an instrument is scored; None when there is none, or too little of it is known
    for a total.
    """
    key = CATALOGUE.get(instrument_id)
    return key if key is not None and key.version == version and key.scorable else None
