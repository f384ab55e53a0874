"""What can be done in scoring: one function per command or query, the same for every door."""

from services.scoring.handlers.book import PolicyBook
from services.scoring.handlers.calibrations import Calibrations
from services.scoring.handlers.caseloads import CASELOAD_TOPIC, Caseloads
from services.scoring.handlers.courses import SiteCourses
from services.scoring.handlers.episodes import RUPTURES_TOPIC, SCORES_TOPIC, SERVICE, Handlers
from services.scoring.handlers.policies import Policies
from services.scoring.handlers.summaries import Summaries

__all__ = [
    "CASELOAD_TOPIC",
    "RUPTURES_TOPIC",
    "SCORES_TOPIC",
    "SERVICE",
    "Calibrations",
    "Caseloads",
    "Handlers",
    "Policies",
    "PolicyBook",
    "SiteCourses",
    "Summaries",
]
