"""SMS and voice: what is said, what the gateway says back, and answers that acknowledge."""

import json
import re
from datetime import timedelta
from itertools import permutations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.alerting.callbacks import Callbacks
from services.alerting.channels import GatewayError
from services.alerting.channels.phone import PhoneGateway
from services.alerting.domain.alert import Status
from services.alerting.domain.sites import Channel, Contact
from services.alerting.replies import Replies
from services.alerting.texts import Text
from services.runtime.errors import Conflict, NotFound
from services.runtime.outbound import SIGNATURE, TIMESTAMP, sign
from tests.unit.alerting.test_link import RecordingAudit
from tests.unit.alerting.world import SITE, SITES, World

BEN, CARLA = "+447700900001", "+447700900002"
PHONES = SITES.replace(
    "{id: ben, contacts: [{email: ben@example.org}]}",
    f'{{id: ben, contacts: [{{sms: "{BEN}"}}, {{voice: "{BEN}"}}, {{email: ben@example.org}}]}}',
).replace("{id: carla, contacts: [", f'{{id: carla, contacts: [{{sms: "{CARLA}"}}, ')
SECRET = b"a secret of the gateway"


class Phone:
    """The gateway's side."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.audit = RecordingAudit()
        replies = Replies(world.handlers, world.pages, world.sites, world.codes, self.audit, world.clock)
        routes = Callbacks(world.pages, replies, SECRET, world.clock).routes()
        self.http = TestClient(Starlette(routes=routes))

    def say(self, path: str, body: dict, secret: bytes = SECRET, age: float = 0) -> tuple[int, dict]:
        content = json.dumps(body).encode()
        timestamp = str(int(self.world.clock.now().timestamp() - age))
        headers = {TIMESTAMP: timestamp, SIGNATURE: sign(secret, timestamp, content)}
        answer = self.http.post(f"/gateway/{path}", content=content, headers=headers)
        return answer.status_code, answer.json()

    def reply(self, text: str, number: str = BEN) -> str:
        return self.say("reply", {"from": number, "text": text})[1]["outcome"]


@pytest.fixture
def world(make_world) -> World:
    return make_world(PHONES)


@pytest.fixture
def phone(world: World) -> Phone:
    return Phone(world)


async def paged(world: World) -> tuple[str, str, str]:
    """A risk that paged Ben by SMS: its alert, the message's id and the code in it."""
    alert_id = await world.risk()
    await world.settle()
    [(_, _, text, delivery_id)] = world.arrived
    assert world.told() == [f"{BEN} by sms"]
    code = re.search(r"answer (\d{6}) to", text.short())
    assert code is not None
    return alert_id, delivery_id, code[1]


async def test_an_answer_with_the_code_acknowledges_once_and_is_audited(world: World, phone: Phone) -> None:
    alert_id, _, code = await paged(world)
    assert phone.reply(f"ok {code}, on my way") == "done"
    _, state = await world.alert(alert_id)
    assert (state.status, state.acknowledged_by) == (Status.ACKNOWLEDGED, "ben")
    assert phone.reply(code) == "used"
    assert [entry["outcome"] for entry in phone.audit.entries] == ["done", "used"]
    assert phone.audit.entries[0]["who"] == "person:ben"


async def test_the_code_of_another_number_a_guess_and_an_old_code_are_refused(world: World, phone: Phone) -> None:
    alert_id, _, code = await paged(world)
    assert phone.reply(code, CARLA) == "unknown"
    assert phone.reply("000000" if code != "000000" else "000001") == "unknown"
    assert phone.reply("yes") == "unknown"
    world.clock.advance(timedelta(hours=24))
    assert phone.reply(code) == "unknown"
    _, state = await world.alert(alert_id)
    assert state.status is Status.TRIGGERED


async def test_a_number_that_guesses_is_not_listened_to_for_a_while(world: World, phone: Phone) -> None:
    _, _, code = await paged(world)
    for _ in range(5):
        assert phone.reply("nothing") == "unknown"
    assert phone.reply(code) == "unknown"
    world.clock.advance(timedelta(minutes=15))
    assert phone.reply(code) == "done"


async def test_a_code_from_before_the_alert_came_back_is_stale(world: World, phone: Phone) -> None:
    alert_id, _, code = await paged(world)
    await world.handlers.acknowledge(SITE, alert_id, "carla")
    await world.wait(hours=4)
    world.told()
    assert phone.reply(code) == "stale"


async def test_what_arrived_is_shown_and_what_did_not_uses_the_next_channel_at_once(world: World, phone: Phone) -> None:
    alert_id, delivery_id, _ = await paged(world)
    assert phone.say("status", {"id": delivery_id, "seq": 1, "status": "sent"})[0] == 200
    assert phone.say("status", {"id": delivery_id, "seq": 2, "status": "undelivered", "reason": "absent"})[0] == 200
    await world.settle()
    assert world.told() == [f"{BEN} by voice"]
    call = next(page for page in await world.deliveries_of(alert_id) if page.channel is Channel.VOICE)
    assert phone.say("status", {"id": call.delivery_id, "seq": 1, "status": "delivered"})[0] == 200
    pages = {page.channel: (page.progress, page.last_error) for page in await world.deliveries_of(alert_id)}
    assert pages[Channel.SMS] == ("failed", "the gateway took it, and it did not arrive (absent)")
    assert pages[Channel.VOICE] == ("delivered", "")


@pytest.mark.parametrize("order", list(permutations([(1, "sent"), (2, "undelivered"), (3, "delivered")])))
async def test_late_callbacks_in_any_order_never_move_the_status_back(world: World, phone: Phone, order) -> None:
    alert_id, delivery_id, _ = await paged(world)
    seen = []
    for seq, status in order:
        for _ in range(2):
            phone.say("status", {"id": delivery_id, "seq": seq, "status": status})
            seen.append(next(p for p in await world.deliveries_of(alert_id) if p.delivery_id == delivery_id))
    assert seen[-1].progress == "delivered"
    assert [page.provider_seq for page in seen] == sorted(page.provider_seq for page in seen)
    delivered = [page.progress == "delivered" for page in seen]
    assert delivered == sorted(delivered)
    await world.settle()
    world.told()


async def test_what_is_not_signed_too_old_or_not_ours_is_refused(world: World, phone: Phone) -> None:
    _, delivery_id, _ = await paged(world)
    good = {"id": delivery_id, "seq": 1, "status": "delivered"}
    assert phone.say("status", good, secret=b"another")[0] == 401
    assert phone.say("status", good, age=301)[0] == 401
    assert phone.say("reply", {"from": BEN, "text": "1"}, secret=b"another")[0] == 401
    for change in ({"id": "x" * 40}, {"seq": 0}, {"seq": True}, {"status": "read"}, {"id": 7}):
        assert phone.say("status", {**good, **change})[0] == 400


async def test_a_page_that_failed_is_sent_anew_by_hand_and_only_once_for_each_wish(world: World) -> None:
    _, delivery_id, _ = await paged(world)
    first = await world.pages.resend(SITE, delivery_id)
    assert await world.pages.resend(SITE, delivery_id) == first
    await world.settle()
    assert world.told() == [f"{BEN} by sms"]
    second = await world.pages.resend(SITE, first.delivery_id)
    assert second.again == 2
    with pytest.raises(Conflict, match="still on its way"):
        await world.pages.resend(SITE, second.delivery_id)
    with pytest.raises(NotFound):
        await world.pages.resend("elsewhere", delivery_id)
    await world.settle()
    assert world.told() == [f"{BEN} by sms"]


async def test_nobody_is_called_by_voice_to_hear_that_it_is_over_when_another_way_reached_them(world: World) -> None:
    world.sms.failures = [GatewayError("asked to fail")]
    alert_id = await world.risk()
    await world.settle()
    await world.wait(seconds=2)
    assert world.told() == [f"{BEN} by voice", f"{BEN} by sms"]
    await world.handlers.close(SITE, alert_id, "carla", "seen")
    await world.settle()
    assert world.told() == [f"{BEN} by sms"]


@pytest.mark.parametrize(("channel", "said"), [(Channel.SMS, "answer 123456"), (Channel.VOICE, "7 F 3 K Q")])
async def test_the_gateway_gets_a_key_a_token_and_the_words_of_its_channel(channel: Channel, said: str) -> None:
    taken: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        taken.append(request)
        return httpx.Response(202)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        gateway = PhoneGateway(client, "https://phone.example.org/v1/", "token", channel)
        await gateway.send(Contact(channel, BEN), Text(1, "7F3KQ", "https://a/b", code="123456"), "d1")
    [request] = taken
    assert str(request.url) == f"https://phone.example.org/v1/{channel}"
    assert (request.headers["authorization"], request.headers["idempotency-key"]) == ("Bearer token", "d1")
    body = json.loads(request.content)
    assert (body["id"], body["to"]) == ("d1", BEN)
    assert said in body["text"]


@pytest.mark.parametrize(("status", "permanent"), [(500, False), (429, False), (401, False), (404, True), (422, True)])
async def test_a_gateway_that_refuses_for_good_is_not_asked_again(status: int, permanent: bool) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status))
    async with httpx.AsyncClient(transport=transport) as client:
        gateway = PhoneGateway(client, "https://phone.example.org", "token", Channel.SMS)
        with pytest.raises(GatewayError) as error:
            await gateway.send(Contact(Channel.SMS, BEN), Text(1, "7F3KQ", "https://a/b"), "d1")
    assert error.value.permanent is permanent
    assert BEN not in error.value.reason
