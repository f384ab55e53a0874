"""What is usual among clients, by instrument: the prior that a client's own baseline is shrunk towards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from types import MappingProxyType

from services.scoring.domain.catalogue.alliance import ARM_5, HAQ_II, SAI, SRS, WAI_36, WAI_S, WAI_SR
from services.scoring.domain.catalogue.checkin import CHECKIN
from services.scoring.domain.instruments import Instrument

AUTOCORRELATION = 0.25  # M, clinical reference 5.2: small and positive
SETTLES = 8  # sessions over which ratings drift (clinical reference 5.2)


@dataclass(frozen=True)
class Population:
    """Parameters in the units of the instrument's total.

    ``mean`` mu0, ``between_sd`` sb (clients' levels), ``within_sd`` sw (one client's sessions), ``sem`` the standard
    error of measurement, below which no spread is believed; ``autocorrelation`` phi of one client's swings from one
    session to the next, ``slope`` the drift per session over the first eight, half-way through which ``mean`` holds.
    ``provenance`` says where they are from, in a sentence that a clinic can read.
    """

    mean: float
    between_sd: float
    within_sd: float
    sem: float
    version: str
    provenance: str
    assumed: bool
    autocorrelation: float = AUTOCORRELATION
    slope: float = 0.0

    @cached_property
    def kappa(self) -> float:
        """sw^2 / sb^2: how many ratings the population's mean weighs."""
        return self.within_sd**2 / self.between_sd**2

    @cached_property
    def total_sd(self) -> float:
        """sqrt(sb^2 + sw^2): the SD of all ratings of all clients."""
        return sqrt(self.between_sd**2 + self.within_sd**2)

    def rescaled(self, factor: float, shift: float, version: str, provenance: str) -> Population:
        """The same population on a scale that is ``factor`` times as long and begins ``shift`` higher; always an
        assumption.
        """
        return Population(
            mean=self.mean * factor + shift,
            between_sd=self.between_sd * factor,
            within_sd=self.within_sd * factor,
            sem=self.sem * factor,
            version=version,
            provenance=provenance,
            assumed=True,
            autocorrelation=self.autocorrelation,
            slope=self.slope * factor,
        )


_SRS = Population(
    mean=36.9,
    between_sd=2.9,
    within_sd=2.2,
    sem=1.2,
    version="srs-default-1",
    provenance="Clinical reference, sections 2.4 and 5.2: chosen to reproduce published margins of the SRS.",
    assumed=False,
    autocorrelation=0.25,
    slope=0.05,
)
_WAI_SR = Population(
    mean=3.95 * 12,
    between_sd=0.55 * 12,
    within_sd=0.35 * 12,
    sem=0.184 * 12,
    version="wai-sr-default-1",
    provenance="Clinical reference, section 5.2, sum metric: chosen to reproduce published margins of the WAI-SR.",
    assumed=False,
    autocorrelation=0.30,
    slope=0.02 * 12,
)


def _from_wai_sr(key: Instrument) -> Population:
    factor = (key.total_max - key.total_min) / (WAI_SR.total_max - WAI_SR.total_min)
    return _WAI_SR.rescaled(
        factor,
        key.total_min - WAI_SR.total_min * factor,
        f"{key.id}-assumed-1",
        "Assumption, no published figures: the WAI-SR's parameters, rescaled to this instrument's range.",
    )


DEFAULTS: Mapping[str, Population] = MappingProxyType(
    {
        SRS.id: _SRS,
        WAI_SR.id: _WAI_SR,
        CHECKIN.id: _SRS.rescaled(
            0.25,
            0.0,
            "checkin-assumed-1",
            "Assumption, not validated, no published figures: the SRS's parameters, rescaled from 0-40 to 0-10.",
        ),
        **{key.id: _from_wai_sr(key) for key in (WAI_S, WAI_36, SAI, ARM_5, HAQ_II)},
    }
)
