"""A message that cannot be written, or is for nobody, is refused for good and holds up no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.runtime.clock import ManualClock
from services.runtime.outbound import GatewayError, Mailer, MailServer, is_address

ODD = ["x@[.b", "=?utf-8?q?=0A?=@b.cd", "a:b@x.org", "x@[1.2.3.4]", "x(y)@b.cd", "x\\y@b.cd", "x@b.cd\x00", "x@b.cd\n"]


class Takes:
    """Keeps for whom the server was asked to take mail."""

    def __init__(self) -> None:
        self.recipients: list[list[str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


@asynccontextmanager
async def serving(handler: Takes) -> AsyncIterator[Mailer]:
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Mailer(
            MailServer("127.0.0.1", port, "off", "", "", "attune@example.org"),
            ManualClock(datetime(2026, 3, 2, tzinfo=UTC)),
            5.0,
        )
    finally:
        server.close()


@pytest.mark.parametrize("address", ODD)
def test_an_odd_address_is_none(address: str) -> None:
    assert not is_address(address)


@pytest.mark.parametrize("address", ["ana@example.org", "a.b+c=d@mail.example.org", "o'neil_1@localhost", "ñ@b.org"])
def test_a_plain_address_is_one(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize("address", [*ODD, "\ud800@b.cd"])
async def test_what_cannot_be_written_is_refused_for_good(address: str) -> None:
    takes = Takes()
    async with serving(takes) as mailer:
        with pytest.raises(GatewayError) as refused:
            await mailer.send(address, "One alert", "Open it.", "m-1")
        assert refused.value.permanent
        assert address not in refused.value.reason
        await mailer.send("ana@example.org", "One alert", "Open it.", "m-2")
    assert takes.recipients == [["ana@example.org"]]
