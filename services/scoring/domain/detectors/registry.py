"""Every detector by its name, and how to make one from plain data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from services.scoring.domain.detectors.base import Detector, declared
from services.scoring.domain.detectors.client_report import ClientReport
from services.scoring.domain.detectors.cutoff import Cutoff
from services.scoring.domain.detectors.divergence import Divergence
from services.scoring.domain.detectors.drops import ReliableDrop, Stiles, Strauss
from services.scoring.domain.detectors.ewma import Ewma
from services.scoring.domain.detectors.homework import HomeworkUndone
from services.scoring.domain.detectors.individuals_chart import IndividualsChart
from services.scoring.domain.detectors.low_level import LowLevel
from services.scoring.domain.detectors.no_show import NoShow
from services.scoring.domain.detectors.raw_chart import RawChart
from services.scoring.domain.detectors.silence import Silence
from services.scoring.domain.detectors.state_space import StateSpace

# A new detector is added here, and nowhere else.
DETECTORS: Mapping[str, type[Detector]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ClientReport,
            StateSpace,
            IndividualsChart,
            Ewma,
            LowLevel,
            Silence,
            NoShow,
            HomeworkUndone,
            Divergence,
            RawChart,
            Stiles,
            Strauss,
            ReliableDrop,
            Cutoff,
        )
    }
)


def make(name: str, parameters: Mapping[str, Any]) -> Detector:
    """A detector by its name, with its defaults for what is not given. ValueError names the parameter that is wrong."""
    kind = DETECTORS.get(name)
    if kind is None:
        raise ValueError(f"name: there is no detector {name!r}; there are {', '.join(sorted(DETECTORS))}")
    known = declared(kind)
    for given, value in parameters.items():
        allowed = known.get(given)
        if allowed is None:
            raise ValueError(f"parameters.{given}: {name} has no such parameter; it has {_list(known)}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"parameters.{given}: is not a number; give {allowed.low:g} to {allowed.high:g}")
        if not allowed.low <= value <= allowed.high:
            raise ValueError(f"parameters.{given}: {value:g} is not between {allowed.low:g} and {allowed.high:g}")
        if allowed.whole and value != int(value):
            raise ValueError(f"parameters.{given}: {value:g} is not a whole number; it counts")
    return kind(**{given: float(value) for given, value in parameters.items()})


def _list(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names)) or "none"
