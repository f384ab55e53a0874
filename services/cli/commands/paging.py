"""`attune test-page`: page somebody the way a risk does, and tell whether it arrived."""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Any

import typer
from attune.alerting.v1 import alerting_service_pb2 as api

from services.cli.calls import Caller, caller
from services.cli.commands.alerts import STUB
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.output import as_dict, emit_json, emit_rows, line, short
from services.cli.where import OPERATOR

POLL_SECONDS = 0.25
REACHED = ("sent", "delivered")
NOT_DELIVERED = 1  # exit code
COLUMNS = (
    ("person_id", "person"),
    ("channel_name", "by"),
    ("status_name", "status"),
    ("sent_at", "sent"),
    ("delivered_at", "arrived"),
    ("last_error", "last error"),
)


def send_test_page(
    context: typer.Context,
    site: MaybeSite = None,
    person: Annotated[str, typer.Option("--to", help="Page this person; else whoever a risk would page first.")] = "",
    seconds: Annotated[float, typer.Option("--wait", help="How long to wait for it to leave.", min=0, max=600)] = 30,
    as_json: Json = False,
) -> None:
    """Page somebody the way a risk answer does, and tell who was told, how, and whether it arrived."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        request = api.SendTestPageRequest(site_id=chosen, test_id=uuid.uuid4().hex, person_id=person)
        alert_id = call("SendTestPage", request).alert_id
        rows = _outcome(call, chosen, alert_id, time.monotonic() + seconds)
    left = [row for row in rows if row["status_name"] in REACHED]
    if as_json:
        emit_json({"alert_id": alert_id, "left": bool(left), "deliveries": rows})
    else:
        emit_rows(rows, COLUMNS, as_json=False, empty="Nobody was told.")
        line(f"alert {alert_id}: " + ("a page left; acknowledge it from the message" if left else "NO PAGE LEFT"))
    if not left:
        raise typer.Exit(NOT_DELIVERED)


def _outcome(call: Caller, site: str, alert_id: str, deadline: float) -> list[dict[str, Any]]:
    """The deliveries, once one of them has left or the time is over."""
    while True:
        found = call("GetAlert", api.GetAlertRequest(site_id=site, alert_id=alert_id))
        rows = [as_dict(delivery) for delivery in found.deliveries]
        for row in rows:
            row["channel_name"] = short(row["channel"], "CHANNEL_")
            row["status_name"] = short(row["status"], "DELIVERY_STATUS_")
        if time.monotonic() >= deadline or any(row["status_name"] in REACHED for row in rows):
            return rows
        time.sleep(POLL_SECONDS)
