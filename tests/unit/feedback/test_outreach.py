"""When a client is told of a request and reminded, and what is left behind of the address."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.feedback import invitations
from services.feedback.domain.forms import Answer
from services.feedback.domain.outreach import TAKEN_FOR, Channel, Outreach, Reminding, begin
from services.feedback.domain.quiet import Quiet
from services.feedback.domain.requests import Care, Session, State, Visibility
from services.feedback.links import fingerprint
from services.feedback.messages_file import Messages
from services.feedback.teller import Teller
from services.feedback.telling import Message, Telling
from services.feedback.tickets import Seal, Ticket
from services.runtime.errors import Permanent
from services.runtime.metrics import Metrics
from services.runtime.outbound import GatewayError
from tests.unit.feedback.forms import form
from tests.unit.feedback.world import LINKS, SITE, World

HOUR = timedelta(hours=1)
ADDRESS = "ana@clients.example"
LISBON = Quiet(time(21), time(8), ZoneInfo("Europe/Lisbon"))
ENDS = datetime(2026, 12, 31, tzinfo=UTC)


def policy(reminders: int = 2, after: timedelta = 24 * HOUR, quiet: Quiet = LISBON) -> Reminding:
    return Reminding(reminders, after, quiet.over)


def sent(outreach: Outreach, at: datetime, reminding: Reminding, ends_at: datetime = ENDS) -> Outreach:
    attempt = outreach.taken(at, reminding)
    assert attempt is not None
    assert attempt.attempts == 1
    return attempt.told(attempt, at, reminding, ends_at)


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]


# ---------------------------------------------------------------- the policy
def test_reminders_come_as_often_as_the_policy_says_and_then_the_address_is_forgotten() -> None:
    outreach, at = begin(Channel.EMAIL, ADDRESS, utc(2026, 7, 1, 12)), utc(2026, 7, 1, 12)
    for number in range(3):
        assert outreach.address == ADDRESS
        outreach = sent(outreach, at + number * 24 * HOUR, policy())
    assert outreach.over
    assert outreach.address == ""
    assert outreach.told_at == tuple(at + number * 24 * HOUR for number in range(3))


@pytest.mark.parametrize(
    ("first", "reminder"),
    [
        # The night in which summer time begins (29 March 2026, 01:00 UTC): quiet hours end at 08:00 WEST, 07:00 UTC.
        (utc(2026, 3, 28, 20, 30), utc(2026, 3, 29, 7)),
        # The night in which it ends (25 October 2026): they end at 08:00 WET, which is 08:00 UTC.
        (utc(2026, 10, 24, 19, 30), utc(2026, 10, 25, 8)),
        # By day nothing moves.
        (utc(2026, 7, 1, 12), utc(2026, 7, 1, 22)),
    ],
)
def test_a_reminder_keeps_quiet_hours_over_a_change_of_the_clocks(first: datetime, reminder: datetime) -> None:
    reminding = policy(after=10 * HOUR, quiet=LISBON if first.month != 7 else Quiet(time(3), time(4), LISBON.zone))
    assert sent(begin(Channel.SMS, ADDRESS, first), first, reminding).due_at == reminder


def test_what_is_due_in_quiet_hours_waits_and_is_no_attempt() -> None:
    at = utc(2026, 1, 5, 23)
    waits = begin(Channel.SMS, ADDRESS, at).taken(at, policy())
    assert waits is not None
    assert (waits.due_at, waits.attempts) == (utc(2026, 1, 6, 8), 0)


def test_no_reminder_comes_when_the_request_has_ended() -> None:
    at = utc(2026, 7, 1, 12)
    assert sent(begin(Channel.EMAIL, ADDRESS, at), at, policy(), ends_at=at + 24 * HOUR).over


def test_an_attempt_that_nobody_ended_is_made_again_and_told_once() -> None:
    at, reminding = utc(2026, 7, 1, 12), policy()
    first = begin(Channel.EMAIL, ADDRESS, at).taken(at, reminding)
    assert first is not None
    assert first.taken(at + TAKEN_FOR - timedelta(seconds=1), reminding) is None
    again = first.taken(at + TAKEN_FOR, reminding)
    assert again is not None
    assert again.attempts == 2
    told = again.told(again, at + TAKEN_FOR, reminding, ENDS)
    assert told.told(first, at + TAKEN_FOR, reminding, ENDS) == told
    assert told.failed(first, at, "late", permanent=False) == told


def test_pauses_grow_to_an_hour_and_a_final_refusal_ends_it() -> None:
    at, reminding = utc(2026, 7, 1, 9), policy()
    outreach = begin(Channel.EMAIL, ADDRESS, at)
    pauses = []
    for _ in range(9):
        assert outreach.due_at is not None
        at = outreach.due_at
        attempt = outreach.taken(at, reminding)
        assert attempt is not None
        outreach = attempt.failed(attempt, at, "the mail server refused the message (451)", permanent=False)
        assert outreach.due_at is not None
        pauses.append((outreach.due_at - at).total_seconds())
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    attempt = outreach.taken(at + HOUR, reminding)
    assert attempt is not None
    given_up = attempt.failed(attempt, at, "no such recipient", permanent=True)
    assert (given_up.over, given_up.address) == (True, "")


# ---------------------------------------------------------------- with what is stored
MESSAGES = Messages(None, frozenset({Channel.EMAIL, Channel.SMS}), {}, policy(reminders=1))
CARE = Care(1, monitoring=True, visibility=Visibility.THERAPIST_ONLY, client_ids=("cl-1",))


class Recorder:
    """A gateway that keeps what it is given; ``fails_with`` is raised instead."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.fails_with: GatewayError | None = None

    async def send(self, message: Message, address: str, link: str) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.sent.append((message.message_id, address, link))


class Office:
    """A clinic that has us mail its clients; one client was asked at noon."""

    def __init__(self) -> None:
        self.world = World()
        self.mail = Recorder()
        site = replace(SITE, messages=MESSAGES)
        self.telling = Telling(self.world.askings, {SITE.site_id: site}, Seal(b"k" * 32), self.world.clock)
        self.teller = Teller(
            self.telling, self.world.requests, {Channel.EMAIL: self.mail}, LINKS, Metrics("feedback"), 1.0
        )
        self.request_id = ""

    async def ask(self, session_id: str = "se-1") -> None:
        requests, now = self.world.requests, self.world.clock.now()
        await requests.take_care("harbour", "ep-1", CARE)
        await requests.take_session("harbour", "ep-1", Session(session_id, 1, held=True, scheduled_at=now))
        request = next(each for each in await requests.list("harbour", "ep-1") if each.session_id == session_id)
        self.request_id = request.request_id
        await self.telling.invite("harbour", "ep-1", self.request_id, Channel.EMAIL, ADDRESS)

    async def after(self, hours: float) -> int:
        self.world.clock.advance(timedelta(hours=hours))
        await self.teller.sweep()
        return len(self.mail.sent)

    async def opened(self) -> None:
        await self.world.requests.opt_out(await self.world.requests.open(LINKS.token(self.request_id)))

    @property
    def stored(self) -> str:
        return repr(self.world.askings.documents)


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.ask()
    return office


async def test_a_client_is_told_once_and_reminded_once(office: Office) -> None:
    assert ADDRESS not in office.stored  # sealed
    assert await office.after(0) == 1
    await office.telling.invite("harbour", "ep-1", office.request_id, Channel.EMAIL, ADDRESS)
    assert await office.after(1) == 1
    assert await office.after(23) == 2
    assert await office.after(24) == 2
    link = LINKS.link(office.request_id)
    assert office.mail.sent == [(f"{office.request_id}-{number}", ADDRESS, link) for number in (0, 1)]
    assert "'address': ''" in office.stored


@pytest.mark.parametrize("end", ["answer", "consent", "opt-out", "expiry"])
async def test_reminders_stop_with(office: Office, end: str) -> None:
    assert await office.after(0) == 1
    requests = office.world.requests
    if end == "answer":
        opened = await requests.open(LINKS.token(office.request_id))
        await office.world.handlers.answer(opened, Ticket.of(opened.asking, opened.request), ((Answer(1, 5.0),),))
    elif end == "consent":
        await requests.take_care("harbour", "ep-1", replace(CARE, revision=2, monitoring=False))
    elif end == "opt-out":
        await office.opened()
    else:
        office.world.clock.advance(SITE.valid_for)
    assert await office.after(24) == 1
    assert "'address': ''" in office.stored


@pytest.mark.parametrize("place", ["", ".1"])
async def test_a_crash_after_the_answer_was_stored_reminds_nobody(
    office: Office, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await office.after(0) == 1

    async def die(_: object) -> None:
        raise Crash

    instrument = {"instrument_id": "gad7"} if place else {}
    stored = form({1: 1}, response_id=f"{office.request_id}{place}", client_id="cl-1", **instrument)
    with monkeypatch.context() as patch:
        patch.setattr(office.world.requests, "answered", die)
        with pytest.raises(Crash):
            await office.world.submit(stored)
    assert await office.after(24) == 1
    (request,) = await office.world.requests.list("harbour", "ep-1")
    assert request.state is State.ANSWERED


class Crash(Exception):
    """The process died."""


async def test_an_opt_out_is_remembered_for_the_episode_and_told_once(office: Office) -> None:
    await office.opened()
    await office.opened()
    kinds = [event.type.split(".")[2] for _, event in office.world.askings.events]  # type: ignore[attr-defined]
    assert kinds == ["issued", "opted-out"]
    await office.ask("se-2")
    assert await office.after(0) == 0
    assert office.world.askings.events[-1][1].data.opted_out  # type: ignore[attr-defined]
    # The link works all the same.
    opened = await office.world.requests.open(LINKS.token(office.request_id))
    assert opened.request.token_hash == fingerprint(LINKS.token(office.request_id))


async def test_a_gateway_that_is_away_delays_and_one_that_refuses_ends_it(office: Office) -> None:
    office.mail.fails_with = GatewayError("the mail server cannot be used (ConnectionRefusedError)")
    assert await office.after(0) == 0
    office.mail.fails_with = None
    assert await office.after(0) == 0  # its pause is not over
    assert await office.after(0.01) == 1
    office.mail.fails_with = GatewayError("the mail server refused the recipient (550)", permanent=True)
    assert await office.after(24) == 1
    office.mail.fails_with = None
    assert await office.after(24) == 1


async def test_a_message_that_was_taken_by_a_process_that_died_is_found_again(office: Office) -> None:
    (due,) = await office.telling.due(10)
    assert await office.telling.take(*due) is not None
    assert await office.after(0) == 0
    assert await office.after(0.01) == 1


async def test_a_way_that_the_site_does_not_use_is_refused_by_field(office: Office) -> None:
    telling = Telling(office.world.askings, {SITE.site_id: SITE}, Seal(b"k" * 32), office.world.clock)
    with pytest.raises(Permanent, match=r"contact\.sms"):
        await telling.invite("harbour", "ep-1", office.request_id, Channel.SMS, "+351900000000")


# ---------------------------------------------------------------- the words
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_message_names_nobody_and_has_the_link_and_the_way_out(language: str) -> None:
    link = LINKS.link("re-1")
    text = invitations.text(replace(SITE, messages=MESSAGES), language, link)
    assert text.body.count(link) == 2
    assert f"{link}/stop" in text.body
    said = (text.subject + text.body.replace(link, "")).lower()
    for word in ("harbour", "practice", "therap", "terap", "clinic", "session", "sesi", "check", "attune"):
        assert word not in said
    own = replace(MESSAGES, text={language: "Hello! It takes a minute."})
    assert invitations.text(replace(SITE, messages=own), language, link).body.startswith("Hello! It takes a minute.\n")
