"""The HTTP door: what this service is and where its doors are, beside health and metrics, which the runtime serves."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.scoring.agents import EPISODES, RESPONSES, RUPTURES, SESSIONS
from services.scoring.api import SERVICE_NAME
from services.scoring.handlers import CASELOAD_TOPIC, RUPTURES_TOPIC, SCORES_TOPIC


def routes() -> list[Route]:
    """Return this service's own pages."""
    return [Route("/", about)]


async def about(_request: Request) -> Response:
    """Tell whoever opens the port what listens here."""
    return JSONResponse(
        {
            "service": "scoring",
            "accepts": {"kafka": [EPISODES, SESSIONS, RESPONSES, RUPTURES], "grpc": [SERVICE_NAME]},
            "publishes": [SCORES_TOPIC, RUPTURES_TOPIC, CASELOAD_TOPIC],
            "see": ["/health/live", "/health/ready", "/metrics"],
        }
    )
