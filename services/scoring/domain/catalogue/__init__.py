"""The declared instruments: scoring keys, no wording.

Not here, because the reference has no complete item key: BR-WAI (item order is on the clinic's form), CALPAS-P and
STAR-P (which items belong to which subscale, and which are reversed), and the subscales of OQ-45.2 (its total is
here).
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
    """The key of one version of an instrument; None when there is none."""
    key = CATALOGUE.get(instrument_id)
    return key if key is not None and key.version == version else None
