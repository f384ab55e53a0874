"""The recording gateways are real servers: what is sent over SMTP and HTTP is kept, and can be made to go wrong."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest

from services.dev.gateways import is_genuine
from services.dev.process import ReadyFileProcess
from services.runtime.outbound import DELIVERY, SIGNATURE, TIMESTAMP, sign

SECRET = b"a secret of the tests, long enough"


def gateways_in(directory: Path) -> ReadyFileProcess:
    secret_file = directory / "webhook.secret"
    secret_file.write_bytes(SECRET)
    arguments = ["--records", str(directory / "records"), "--secret-file", str(secret_file)]
    return ReadyFileProcess("gateways", "services.dev.gateways", {}, directory / "run", arguments)


@pytest.fixture
def gateways(tmp_path: Path) -> Iterator[ReadyFileProcess]:
    with gateways_in(tmp_path) as process:
        assert isinstance(process, ReadyFileProcess)
        yield process


def url(gateways: ReadyFileProcess, path: str) -> str:
    return f"{gateways.addresses['http']}{path}"


def post_signed(
    gateways: ReadyFileProcess, body: bytes, secret: bytes = SECRET, now: float | None = None, wait: float = 10
) -> int:
    timestamp = str(int(time.time() if now is None else now))
    headers = {TIMESTAMP: timestamp, DELIVERY: "d-1", SIGNATURE: sign(secret, timestamp, body)}
    return httpx.post(url(gateways, "/webhook/anna"), content=body, headers=headers, timeout=wait).status_code


def records(gateways: ReadyFileProcess, **query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(url(gateways, "/records"), params=query, timeout=10).json()
    return found


def message(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "attune@localhost", "anna@harbour.example", subject
    mail.set_content("Reference: A-7. Öffnen: http://127.0.0.1/a/x")
    return mail


async def send(gateways: ReadyFileProcess, subject: str) -> None:
    host, _, port = str(gateways.addresses["smtp"]).partition(":")
    await aiosmtplib.send(message(subject), hostname=host, port=int(port), start_tls=False, timeout=10)


async def test_mail_is_kept_decoded(gateways: ReadyFileProcess) -> None:
    await send(gateways, "One alert needs you: für Änne")
    (record,) = records(gateways, channel="smtp")
    assert record["to"] == ["anna@harbour.example"]
    assert record["subject"] == "One alert needs you: für Änne"
    assert "Öffnen: http://127.0.0.1/a/x" in str(record["text"])
    assert datetime.fromisoformat(str(record["at"])) <= datetime.now(UTC)


def test_a_webhook_is_kept_only_with_our_signature(gateways: ReadyFileProcess) -> None:
    body = json.dumps({"reference": "A-7"}).encode()
    assert post_signed(gateways, body) == 202
    assert post_signed(gateways, body, secret=b"another secret, just as long") == 401
    assert post_signed(gateways, body, now=time.time() - 3600) == 401
    assert httpx.post(url(gateways, "/webhook/anna"), content=body, timeout=10).status_code == 401
    (record,) = records(gateways, channel="webhook")
    assert record["name"] == "anna"
    assert record["body"] == {"reference": "A-7"}


def test_the_receiver_agrees_with_a_fixed_vector() -> None:
    body = b'{"reference":"A-7"}'
    # printf '%s' '1767225600.{"reference":"A-7"}' | openssl dgst -sha256 -hmac 'key'
    given = "v1=7aaac963cb10e14f45f2234b5aec0da69edcf13c47a527f82f3d9603f7340179"
    assert is_genuine(b"key", {"attune-timestamp": "1767225600", "attune-signature": given}, body, now=1767225601)
    assert not is_genuine(b"key", {"attune-timestamp": "1767225601", "attune-signature": given}, body, now=1767225601)


async def test_gateways_go_wrong_on_request_and_then_recover(gateways: ReadyFileProcess) -> None:
    def plan(channel: str, mode: str, times: int = 1) -> None:
        asked = httpx.post(
            url(gateways, "/behaviour"), json={"channel": channel, "mode": mode, "times": times}, timeout=10
        )
        assert asked.status_code == 200

    plan("webhook", "fail", 2)
    assert [post_signed(gateways, b"{}") for _ in range(3)] == [500, 500, 202]
    plan("webhook", "throttle")
    assert post_signed(gateways, b"{}") == 429
    plan("webhook", "lost")
    assert post_signed(gateways, b"{}") == 202
    assert len(records(gateways, channel="webhook")) == 1
    plan("smtp", "fail")
    with pytest.raises(aiosmtplib.SMTPDataError, match="451"):
        await send(gateways, "first")
    await send(gateways, "second")
    assert [record["subject"] for record in records(gateways, channel="smtp")] == ["second"]


def test_a_hanging_gateway_hangs_alone(gateways: ReadyFileProcess) -> None:
    asked = {"channel": "webhook", "mode": "hang", "times": 0}
    assert httpx.post(url(gateways, "/behaviour"), json=asked, timeout=10).status_code == 200
    assert httpx.post(url(gateways, "/sms"), json={"to": "+351", "text": "x"}, timeout=10).status_code == 202
    with pytest.raises(httpx.ReadTimeout):
        post_signed(gateways, b"{}", wait=0.5)
    assert [record["to"] for record in records(gateways, channel="sms")] == ["+351"]


def test_records_survive_a_crash_and_numbers_go_on(tmp_path: Path) -> None:
    gateways = gateways_in(tmp_path)
    with gateways:
        assert post_signed(gateways, b'{"first":1}') == 202
        gateways.kill()
        gateways.start()
        assert post_signed(gateways, b'{"second":2}') == 202
        assert [(record["n"], record["body"]) for record in records(gateways)] == [
            (1, {"first": 1}),
            (2, {"second": 2}),
        ]
        assert [record["n"] for record in records(gateways, after="1")] == [2]
