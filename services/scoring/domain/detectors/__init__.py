"""Detectors of ruptures: each is pure, named and versioned, in its own file, with formula and source in its
docstring.
"""

from services.scoring.domain.detectors.base import Answered, Detector, Finding, Memory
from services.scoring.domain.detectors.baseline import Baseline, Level
from services.scoring.domain.detectors.client_report import ClientReport
from services.scoring.domain.detectors.ewma import Ewma
from services.scoring.domain.detectors.individuals_chart import IndividualsChart

__all__ = ["Answered", "Baseline", "ClientReport", "Detector", "Ewma", "Finding", "IndividualsChart", "Level", "Memory"]
