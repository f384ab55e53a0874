"""An alerting service with a console, and browsers without a screen that sign in to it."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import httpx
import pyotp
import yaml
from attune.alerting.v1 import alerting_service_pb2 as api
from attune.alerting.v1 import alerting_service_pb2_grpc as alerting_grpc
from attune.alerting.v1 import console_service_pb2 as console
from attune.alerting.v1 import console_service_pb2_grpc as console_grpc
from attune.feedback.v1 import events_pb2 as feedback
from attune.scoring.v1 import events_pb2 as scoring
from google.protobuf.message import Message
from kafka import KafkaProducer

from services.dev.environment import Keys
from services.dev.process import ServiceProcess
from services.runtime.events import encode, make

OURS, THEIRS = "north", "south"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
AS_OF = re.compile(r'name="as_of" value="([^"]+)"')


def sites(*names: str) -> dict[str, Any]:
    """Sites with a person whom mail does not reach, so that a test's alerts go nowhere."""
    site = {
        "time_zone": "Europe/London",
        "rupture_hours": "00:00-24:00",
        "people": [{"id": each, "contacts": [{"email": f"{each}@example.org"}]} for each in ("ana", "ben")],
        "rota": {"people": ["ana", "ben"], "handoff": "daily", "at": "09:00", "start": "2026-01-05"},
        "policy": {"steps": [{"targets": ["rota"], "delay": "1h"}], "catch_all_every": "1h"},
        "catch_all": ["ben"],
    }
    return {"sites": dict.fromkeys(names, site)}


def settings(folder: Path, url: str, *names: str) -> dict[str, str]:
    (folder / "sites.yaml").write_text(yaml.safe_dump(sites(*names)))
    (folder / "link.key").write_text("l" * 48)
    return {
        "ATTUNE_ALERTING_SITES_FILE": str(folder / "sites.yaml"),
        "ATTUNE_ALERTING_LINK_KEY_FILE": str(folder / "link.key"),
        "ATTUNE_ALERTING_PUBLIC_URL": url,
        "ATTUNE_ALERTING_SMTP_HOST": "127.0.0.1",
        "ATTUNE_ALERTING_SMTP_PORT": "9",
        "ATTUNE_ALERTING_PROXIES": "127.0.0.1",
    }


@dataclass
class User:
    """Somebody with an account. A code works once: each sign-in takes the next step of time that is still accepted."""

    username: str
    password: str
    totp_uri: str
    used: set[int] = field(default_factory=set)

    def code(self) -> str:
        totp = pyotp.parse_uri(self.totp_uri)
        assert isinstance(totp, pyotp.TOTP)
        now = int(datetime.now(UTC).timestamp()) // 30
        step = next((each for each in (now, now + 1) if each > max(self.used, default=0)), now + 1)
        self.used.add(step)
        return totp.generate_otp(step)


class Browser:
    """Cookies and forms, as a browser without scripts has them."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = httpx.Client(base_url=base, headers={"origin": base}, timeout=20)

    def sign_in(self, user: User, *, password: str | None = None, code: str | None = None) -> httpx.Response:
        given = {"username": user.username, "password": password or user.password}
        return self.http.post("/console/sign-in", data={**given, "code": code if code is not None else user.code()})

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def token(self) -> str:
        found = CSRF.search(self.get("/console").text)
        assert found
        return found[1]

    def post(self, path: str, csrf: str | None = None, **fields: Any) -> httpx.Response:
        return self.http.post(path, data={"csrf": self.token() if csrf is None else csrf, **fields})


@dataclass
class Running:
    """The running service, and what a test needs to talk to it."""

    process: ServiceProcess
    keys: Keys
    bootstrap: str
    database: Any

    def user(self, *roles: str, site: str = OURS, person: str = "ana", therapist: str = "", name: str = "") -> User:
        username = name or f"u{uuid.uuid4().hex[:10]}"
        request = console.AddUserRequest(site_id=site, username=username, person_id=person, therapist_id=therapist)
        request.roles.extend([console.Role.Value(f"ROLE_{role}") for role in roles])
        secret = self.call("AddUser", request, ("operate",)).secret
        return User(username, secret.password, secret.totp_uri)

    def browser(self, user: User | None = None) -> Browser:
        made = Browser(self.process.http)
        if user is not None:
            answer = made.sign_in(user)
            assert answer.status_code == 303, answer.text
        return made

    def call(self, method: str, request: Message, scopes: tuple[str, ...] = ("read", "act", "service")) -> Any:
        token = self.keys.token("tester", ["*"], scopes)
        with grpc.insecure_channel(self.process.grpc) as channel:
            stubs = (alerting_grpc.AlertingServiceStub(channel), console_grpc.ConsoleServiceStub(channel))
            found = next(getattr(stub, method) for stub in stubs if hasattr(stub, method))
            return found(request, timeout=10, metadata=[("authorization", f"Bearer {token}")], wait_for_ready=True)

    def risk(self, site: str = OURS, episode: str = "episode-1") -> str:
        """A risk answer arrives; the id of its alert."""
        flag = feedback.RiskFlag(
            site_id=site,
            flag_id=f"flag-{uuid.uuid4().hex[:8]}",
            episode_id=episode,
            client_id="client-1",
            response_id="response-1",
            items=[11],
            submitted_at=datetime.now(UTC).replace(microsecond=0),
        )
        return str(self.call("RaiseRiskFlag", api.RaiseRiskFlagRequest(site_id=site, flag=flag)).alert_id)

    def rupture(self, therapist: str, site: str = OURS) -> str:
        """Scoring says that a rupture opened; its id."""
        rupture = scoring.Rupture(
            site_id=site,
            rupture_id=f"rupture-{uuid.uuid4().hex[:8]}",
            episode_id="episode-1",
            client_id="client-1",
            therapist_id=therapist,
            instrument_id="attune-checkin",
            status=scoring.RUPTURE_STATUS_OPEN,
            opened_session_id="session-3",
            opened_at=datetime.now(UTC),
            facet="trust",
            explanation="The rating fell below the client's own limit.",
            facets_before={"trust": 8.0, "goals": 7.0},
            facets_lowest={"trust": 2.0, "goals": 6.5},
            revision=1,
        )
        event = make(
            site_id=site,
            service="scoring",
            type="attune.rupture.opened.v1",
            key="episode-1",
            subject="episodes/episode-1",
            cause=rupture.rupture_id,
            revision=1,
            time=datetime.now(UTC),
            data=rupture,
        )
        key, value, headers = encode(event)
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        try:
            producer.send("scoring.alliance-ruptures.v1", value, key, headers).get(timeout=20)
        finally:
            producer.close()
        return rupture.rupture_id
