"""HTTP in: the instruments that a form may be answered with, for whoever builds the form. Nothing about clients."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.feedback.domain import catalogue
from services.feedback.domain.instruments import Instrument, Item


def route() -> Route:
    """Return the route to serve."""
    return Route("/instruments", instruments, methods=["GET"])


async def instruments(_request: Request) -> JSONResponse:
    return JSONResponse({"instruments": [_shown(each) for each in catalogue.INSTRUMENTS.values()]})


def _shown(instrument: Instrument) -> dict[str, object]:
    return {
        "instrument_id": instrument.instrument_id,
        "version": instrument.version,
        "title": instrument.title,
        "licence": instrument.licence,
        "validated": instrument.validated,
        "source": instrument.source,
        "items": [_item(item, instrument) for item in instrument.items],
    }


def _item(item: Item, instrument: Instrument) -> dict[str, object]:
    shown: dict[str, object] = {
        "item": item.number,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "whole": item.whole,
    }
    if item.facet:
        shown["facet"] = item.facet
    if item.only_when is not None:
        shown["only_when"] = {"item": item.only_when.item, "value": item.only_when.value}
    if item.number in instrument.risk:
        shown["risk_at"] = instrument.risk[item.number]
    return shown
