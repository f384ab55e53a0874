"""The HTTP door: what this service is and where its doors are, beside health and metrics, which the runtime serves."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.intake.agents import SESSION_EVENTS
from services.intake.api import SERVICE_NAME
from services.intake.handlers import EPISODES_TOPIC, SESSIONS_TOPIC


def routes() -> list[Route]:
    """Return this service's own pages."""
    return [Route("/", about)]


async def about(_request: Request) -> Response:
    """Tell whoever opens the port what listens here."""
    return JSONResponse(
        {
            "service": "intake",
            "accepts": {"kafka": [SESSION_EVENTS], "grpc": [SERVICE_NAME]},
            "publishes": [EPISODES_TOPIC, SESSIONS_TOPIC],
            "see": ["/health/live", "/health/ready", "/metrics"],
        }
    )
