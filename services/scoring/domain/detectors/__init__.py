"""Detectors of ruptures: each is pure, named and versioned, in its own file, with formula and source in its
docstring. ``base`` says what they get and give, ``registry`` knows them by name.
"""

from services.scoring.domain.detectors.base import (
    EMPTY,
    Answered,
    Detector,
    Finding,
    Memory,
    Parameter,
    Verdict,
    declared,
    finding,
    parameter,
    parameters_of,
)
from services.scoring.domain.detectors.baseline import Baseline, Level
from services.scoring.domain.detectors.client_report import ClientReport
from services.scoring.domain.detectors.ewma import Ewma
from services.scoring.domain.detectors.individuals_chart import IndividualsChart
from services.scoring.domain.detectors.registry import DETECTORS, make
from services.scoring.domain.detectors.state_space import StateSpace

__all__ = [
    "Answered",
    "Baseline",
    "ClientReport",
    "DETECTORS",
    "Detector",
    "EMPTY",
    "Ewma",
    "Finding",
    "IndividualsChart",
    "Level",
    "Memory",
    "Parameter",
    "StateSpace",
    "Verdict",
    "declared",
    "finding",
    "make",
    "parameter",
    "parameters_of",
]
