"""The simulated on-call clinician: reads what the gateways took, and takes each alert on.

Half of them over gRPC, as a console would; the other half as a person does who has nothing but the message: opens the
one-time link, sees that opening it changed nothing, and presses the button. Some are closed afterwards.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
from attune.alerting.v1 import alerting_service_pb2 as api
from attune.alerting.v1 import alerting_service_pb2_grpc, events_pb2

from services.alerting.domain.alert import reference
from services.dev.observe import delivery_id

LOOK_EVERY = 0.3  # seconds between two looks at the gateways
RPC_SECONDS = 10.0
PAGE = 200
CLOSE_EVERY = 3  # of the alerts taken over gRPC, every third is closed as well
_LINK = re.compile(r"https?://\S+")
_REFERENCE = re.compile(r"\(ref (\w+)\)")
_AWAY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


@dataclass(frozen=True, slots=True)
class Message:
    """What a person holds in hand: who got it, and what it says."""

    site: str
    person: str
    reference: str
    link: str
    # The id that the message carries: it may tell of several alerts, and names one.
    delivery: str


@dataclass(slots=True)
class Done:
    """What the clinician did, and what was not as promised."""

    by_grpc: int = 0
    by_link: int = 0
    closed: int = 0
    problems: list[str] = field(default_factory=list)


def read_message(record: Mapping[str, Any]) -> Message | None:
    """The message in a gateway's record; None for one that is not an alert of a simulated clinic."""
    if record["channel"] not in ("webhook", "smtp"):
        return None
    delivery = delivery_id(record["headers"])
    if record["channel"] == "webhook":
        if not record["body"]["link"]:
            return None  # word that something is over
        site, _, person = str(record["name"]).partition("-")
        return Message(site, person, str(record["body"]["reference"]), str(record["body"]["link"]), delivery)
    person, _, domain = str(record["to"][0]).partition("@")
    link, ref = _LINK.search(str(record["text"])), _REFERENCE.search(str(record["subject"]))
    return Message(domain.removesuffix(".example"), person, ref[1], link[0], delivery) if link and ref else None


class Clinician(threading.Thread):
    """Looks after the given sites until it is stopped. Leaves `leave` alerts of each site for a person to try."""

    def __init__(self, endpoints: Callable[[], Mapping[str, Any]], home: Path, after: int, *, leave: int = 0) -> None:
        super().__init__(name="clinician", daemon=True)
        self._endpoints, self._home, self._after, self._leave = endpoints, home, after, leave
        self._stopping = threading.Event()
        self._left: dict[str, set[str]] = {}
        self._by_link = False
        self.done = Done()

    def stop(self) -> None:
        """End after the present look."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Look, act, wait; a service that is away for a moment is met again at the next look."""
        with httpx.Client(timeout=RPC_SECONDS, trust_env=False) as http:
            while not self._stopping.wait(LOOK_EVERY):
                try:
                    self._look(http)
                except httpx.TransportError:
                    continue
                except grpc.RpcError as error:
                    if not (isinstance(error, grpc.Call) and error.code() in _AWAY):
                        self.done.problems.append(f"{error.code().name if isinstance(error, grpc.Call) else error}")

    def _look(self, http: httpx.Client) -> None:
        url = str(self._endpoints()["gateways"]["records"])
        for record in http.get(url, params={"after": self._after}).raise_for_status().json():
            message = read_message(record)
            if message is not None and self._mine(message):
                self._act(http, message)
            self._after = int(record["n"])  # only now: an act that failed is tried again

    def _mine(self, message: Message) -> bool:
        left = self._left.setdefault(message.site, set())
        if len(left) < self._leave:
            left.add(message.reference)
        return message.reference not in left

    def _act(self, http: httpx.Client, message: Message) -> None:
        with grpc.insecure_channel(str(self._endpoints()["services"]["alerting"]["grpc"])) as channel:
            stub = alerting_service_pb2_grpc.AlertingServiceStub(channel)
            waiting = self._waiting(stub, message)
            if not waiting:
                return  # withdrawn, or taken on already: a repeated page
            if self._by_link:
                self._take_by_link(http, stub, waiting[0], message)
            else:
                for alert in waiting:
                    self._take_by_grpc(stub, alert, message)
            self._by_link = not self._by_link

    def _take_by_grpc(self, stub: Any, alert: Any, message: Message) -> None:
        request = api.AcknowledgeAlertRequest(
            site_id=alert.site_id, alert_id=alert.alert_id, person_id=message.person, note="on it"
        )
        try:
            self._call(stub.AcknowledgeAlert, request, message.site)
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.FAILED_PRECONDITION:
                return  # scoring withdrew the rupture, and with it the alert, just now
            raise
        self.done.by_grpc += 1
        if self.done.by_grpc % CLOSE_EVERY == 0:
            closing = api.CloseAlertRequest(
                site_id=alert.site_id, alert_id=alert.alert_id, person_id=message.person, reason="talked about it"
            )
            self._call(stub.CloseAlert, closing, message.site)
            self.done.closed += 1

    def _take_by_link(self, http: httpx.Client, stub: Any, alert: Any, message: Message) -> None:
        looked = http.get(message.link)
        if looked.status_code != httpx.codes.OK:
            self.done.problems.append(f"the link of {message.reference} answers {looked.status_code}")
            return
        request = api.GetAlertRequest(site_id=alert.site_id, alert_id=alert.alert_id)
        if self._call(stub.GetAlert, request, message.site).alert.status == events_pb2.ALERT_STATUS_ACKNOWLEDGED:
            self.done.problems.append(f"opening the link of {message.reference} acknowledged the alert")
        pressed = http.post(message.link)
        if pressed.status_code == httpx.codes.OK:
            self.done.by_link += 1
        elif pressed.status_code != httpx.codes.GONE:  # gone: the alert was withdrawn just now
            self.done.problems.append(f"the button of {message.reference} answers {pressed.status_code}")

    def _waiting(self, stub: Any, message: Message) -> list[Any]:
        """What a message told of and nobody has taken on yet."""
        found: list[Any] = []
        token = ""
        while True:
            request = api.ListAlertsRequest(site_id=message.site, open_only=True, page_size=PAGE, page_token=token)
            answer = self._call(stub.ListAlerts, request, message.site)
            triggered = [each for each in answer.alerts if each.status == events_pb2.ALERT_STATUS_TRIGGERED]
            found += [alert for alert in triggered if self._told_of(stub, alert, message)]
            token = answer.next_page_token
            if not token:
                return found

    def _told_of(self, stub: Any, alert: Any, message: Message) -> bool:
        if reference(alert.alert_id) == message.reference:
            return True
        if reference(alert.alert_id) in self._left[message.site]:
            return False  # for a person to try
        request = api.GetAlertRequest(site_id=alert.site_id, alert_id=alert.alert_id)
        deliveries = self._call(stub.GetAlert, request, message.site).deliveries
        return any(each.bundle == message.delivery for each in deliveries)

    def _call(self, method: Any, request: Any, site: str) -> Any:
        token = (self._home / self._endpoints()["tokens"][f"clinician-{site}"]).read_text("utf-8").strip()
        return method(request, timeout=RPC_SECONDS, metadata=(("authorization", f"Bearer {token}"),))
