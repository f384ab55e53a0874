"""Recording gateways: a real mail server, webhook receiver and SMS gateway that keep what they are sent.

`python -m services.dev.gateways --records DIR --secret-file FILE` serves SMTP and HTTP on loopback:

- SMTP takes any mail; `POST /webhook/<name>` verifies the signature; `POST /sms`, `/voice` take {"to", "text", "id"}.
- `POST /say {"url": ..., "body": {...}}` says something to a service as a phone gateway does: signed with the secret.
- `GET /records?channel=webhook&after=0` lists what arrived, oldest first; each record has a number `n` that only grows.
- `POST /behaviour {"channel": "webhook", "mode": "fail", "times": 2}` makes the next calls go wrong, for tests.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email
import email.policy
import hashlib
import hmac
import json
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.dev.process import LOOPBACK

HANG_SECONDS = 60.0  # longer than any sender waits
SIGNATURE_AGE_SECONDS = 300  # an older one may be a replay


class Mode(StrEnum):
    """How a gateway treats a message."""

    OK = "ok"
    FAIL = "fail"  # HTTP 500, SMTP 451
    THROTTLE = "throttle"  # HTTP 429 with Retry-After, SMTP 452
    HANG = "hang"  # no answer
    LOST = "lost"  # accepts and forgets


CHANNELS = ("smtp", "webhook", "sms", "voice")


class Records:
    """What arrived, in memory and as one NDJSON file for each channel; a restart reads the files again."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._all: list[dict[str, Any]] = []
        for channel in CHANNELS:
            if self._file(channel).exists():
                self._all += [json.loads(line) for line in self._file(channel).read_text().splitlines() if line]
        self._all.sort(key=lambda record: int(record["n"]))
        self._last = int(self._all[-1]["n"]) if self._all else 0

    def add(self, channel: str, **content: Any) -> None:
        """Keeps one message, on disk before the sender hears that it was taken."""
        self._last += 1
        record = {"n": self._last, "at": datetime.now(UTC).isoformat(), "channel": channel, **content}
        with self._file(channel).open("a") as file:
            file.write(json.dumps(record) + "\n")
        self._all.append(record)

    def list(self, channel: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """Records with a number above `after`, oldest first."""
        return [r for r in self._all if int(r["n"]) > after and channel in (None, r["channel"])]

    def _file(self, channel: str) -> Path:
        return self._directory / f"{channel}.ndjson"


class Behaviour:
    """What the next messages of each channel meet; ok when nothing was asked for."""

    def __init__(self) -> None:
        self._plans: dict[str, tuple[Mode, int]] = {}

    def plan(self, channel: str, mode: Mode, times: int) -> None:
        """The next `times` messages (0: all from now on) of the channel meet `mode`."""
        self._plans[channel] = (mode, times)

    def next(self, channel: str) -> Mode:
        """How to treat the message that is here now."""
        mode, left = self._plans.get(channel, (Mode.OK, 0))
        if left == 1:
            del self._plans[channel]
        elif left > 1:
            self._plans[channel] = (mode, left - 1)
        return mode


def is_genuine(secret: bytes, headers: dict[str, str], body: bytes, now: float) -> bool:
    """Whether `attune-signature` is `v1=` and the HMAC-SHA256 of `<attune-timestamp>.<body>`, and recent.

    Written from the description, as a receiver would, and not with alerting's code.
    """
    timestamp = headers.get("attune-timestamp", "")
    if not timestamp.isdigit() or abs(now - int(timestamp)) > SIGNATURE_AGE_SECONDS:
        return False
    return hmac.compare_digest(headers.get("attune-signature", ""), _signature(secret, timestamp, body))


def _signature(secret: bytes, timestamp: str, body: bytes) -> str:
    return "v1=" + hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class MailHandler:
    """Takes every mail that aiosmtpd hands over."""

    def __init__(self, records: Records, behaviour: Behaviour) -> None:
        self._records, self._behaviour = records, behaviour

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mode = self._behaviour.next("smtp")
        if mode is Mode.HANG:
            await asyncio.sleep(HANG_SECONDS)
        if mode in (Mode.FAIL, Mode.HANG):
            return "451 4.3.0 asked to fail"
        if mode is Mode.THROTTLE:
            return "452 4.3.1 asked to throttle"
        if mode is Mode.OK:
            content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
            message = email.message_from_bytes(content, policy=email.policy.default)
            text = message.get_body(("plain",))
            page = message.get_body(("html",))
            self._records.add(
                "smtp",
                sender=envelope.mail_from,
                to=list(envelope.rcpt_tos),
                subject=str(message["subject"]),
                headers={name.lower(): str(value) for name, value in message.items()},
                text=text.get_content() if text else "",
                html=page.get_content() if page else "",
            )
        return "250 2.0.0 kept"


def application(records: Records, behaviour: Behaviour, secret: bytes) -> Starlette:
    """The HTTP side of the gateways."""

    async def webhook(request: Request) -> Response:
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not is_genuine(secret, headers, body, time.time()):
            return JSONResponse({"error": "attune-signature: does not match, or is too old"}, 401)
        content = {"name": request.path_params["name"], "headers": headers, "body": json.loads(body)}
        return await _answer("webhook", content)

    async def phone(request: Request) -> Response:
        message = await request.json()
        content = {name: str(message.get(name, "")) for name in ("id", "to", "text", "language")}
        content["authorization"] = request.headers.get("authorization", "")
        return await _answer(request.url.path.removeprefix("/"), content)

    async def _answer(channel: str, content: dict[str, Any]) -> Response:
        mode = behaviour.next(channel)
        if mode is Mode.HANG:
            await asyncio.sleep(HANG_SECONDS)
        if mode in (Mode.FAIL, Mode.HANG):
            return JSONResponse({"error": "asked to fail"}, 500)
        if mode is Mode.THROTTLE:
            return JSONResponse({"error": "asked to throttle"}, 429, {"Retry-After": "1"})
        if mode is Mode.OK:
            records.add(channel, **content)
        return JSONResponse({"kept": mode is Mode.OK}, 202)

    async def listing(request: Request) -> Response:
        after = int(request.query_params.get("after", "0"))
        return JSONResponse(records.list(request.query_params.get("channel"), after))

    async def plan(request: Request) -> Response:
        wanted = await request.json()
        if wanted.get("channel") not in CHANNELS or wanted.get("mode") not in list(Mode):
            return JSONResponse({"error": f"channel is one of {CHANNELS}, mode one of {[*Mode]}"}, 400)
        behaviour.plan(wanted["channel"], Mode(wanted["mode"]), int(wanted.get("times", 1)))
        return JSONResponse({})

    return Starlette(
        routes=[
            Route("/webhook/{name}", webhook, methods=["POST"]),
            Route("/records", listing),
            Route("/behaviour", plan, methods=["POST"]),
            Route("/say", _say(secret), methods=["POST"]),
            *(Route(f"/{channel}", phone, methods=["POST"], name=channel) for channel in ("sms", "voice")),
        ]
    )


def _say(secret: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def say(request: Request) -> Response:
        wanted = await request.json()
        body, timestamp = json.dumps(wanted["body"]).encode(), str(int(time.time()))
        headers = {"Attune-Timestamp": timestamp, "Attune-Signature": _signature(secret, timestamp, body)}
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            answer = await client.post(wanted["url"], content=body, headers=headers)
        return JSONResponse({"status": answer.status_code, "body": answer.json()})

    return say


class _Server(uvicorn.Server):
    """Tells when it listens, and leaves the signals to `serve`, which stops both servers."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_listening()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    records: Records, secret: bytes, http_port: int, smtp_port: int, announce: Callable[[str, str], None]
) -> None:
    """Serves until SIGTERM or SIGINT; `announce` is given the HTTP URL and the SMTP address once both listen."""
    behaviour = Behaviour()
    loop = asyncio.get_running_loop()
    mail = MailHandler(records, behaviour)
    smtp = await loop.create_server(lambda: SMTP(mail, hostname="localhost", loop=loop), LOOPBACK, smtp_port)

    def listening() -> None:
        announce(f"http://{LOOPBACK}:{_port(http.servers[0])}", f"{LOOPBACK}:{_port(smtp)}")

    app = application(records, behaviour, secret)
    http = _Server(
        uvicorn.Config(app, LOOPBACK, http_port, log_level="warning", timeout_graceful_shutdown=1), listening
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, http, "should_exit", True)
    await http.serve()
    smtp.close()


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


def main() -> None:
    """Command line of the gateways; ATTUNE_READY_FILE names the file that tells the addresses."""
    parser = argparse.ArgumentParser(prog="python -m services.dev.gateways", description=__doc__)
    parser.add_argument("--records", type=Path, required=True, help="directory of the NDJSON files")
    parser.add_argument("--secret-file", type=Path, required=True, help="file with the secret that signs webhooks")
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--smtp-port", type=int, default=0)
    given = parser.parse_args()
    ready = os.environ.get("ATTUNE_READY_FILE")

    def announce(http: str, smtp: str) -> None:
        if ready:
            Path(ready).write_text(json.dumps({"pid": os.getpid(), "http": http, "smtp": smtp}))

    secret = given.secret_file.read_bytes().strip()
    asyncio.run(serve(Records(given.records), secret, given.http_port, given.smtp_port, announce))


if __name__ == "__main__":
    main()
