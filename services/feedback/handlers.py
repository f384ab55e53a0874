"""What can be done with responses: one function per command, the same for every door.

Risk comes first and stands alone: a risk answer is durable, on its way to the topic and to alerting, before the form is
even checked. Then the response is loaded, the form added to its submissions, and saved with the event that it causes in
one write.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from services.feedback import messages, store
from services.feedback.domain import risk, rules
from services.feedback.domain.forms import Answer, Form
from services.feedback.domain.remarks import Remarks
from services.feedback.domain.requests import State, response_id
from services.feedback.domain.responses import Contradiction, Response
from services.feedback.flags import Flags
from services.feedback.handoff import HandOff
from services.feedback.requests import Opened, Requests
from services.feedback.tickets import Ticket
from services.feedback.whereabouts import Whereabouts
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, Transient, as_permanent
from services.runtime.events import Event, make
from services.runtime.metrics import Metrics
from services.runtime.store import Aggregates, Change, Vault
from services.runtime.telemetry import get_logger
from services.runtime.tracing import current_traceparent

RESPONSES_TOPIC = "feedback.responses.v1"
RESPONSE_RECORDED = "attune.response.recorded.v1"

log = get_logger(__name__)
NOTHING = Remarks()


# What was answered on a page: one tuple for each of its instruments, in their order.
PageAnswers = tuple[tuple[Answer, ...], ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """The response as it is now, and whether the form that was sent shows risk."""

    response: Response
    risk_flagged: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What has become of a request that was answered by its link, and whether the answers show risk."""

    state: State
    risk_flagged: bool


class Handlers:
    """The commands that take answers in."""

    def __init__(
        self,
        responses: Aggregates,
        flags: Flags,
        requests: Requests,
        hand_off: HandOff,
        vault: Vault,
        whereabouts: Whereabouts,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._responses = responses
        self._flags = flags
        self._requests = requests
        self._hand_off = hand_off
        self._vault = vault
        self._whereabouts = whereabouts
        self._clock = clock
        self._risk_seen = metrics.counter(
            "feedback_risk_answers_total", "Forms, repeats included, with a risk item at or above its threshold."
        )

    async def submit(self, form: Form, happened_at: datetime | None = None, remarks: Remarks = NOTHING) -> Submitted:
        """Take in one submission of a response. Done when it is durable; the same again changes nothing.

        ``happened_at`` is the event's own time; it dates a risk flag whose form does not say when it was submitted.
        ``remarks`` count with the first submission, and are kept with it in one write.
        """
        risk_flagged = await self.flag(form, happened_at)
        checked, response = await self._store(form, remarks, compared=True)
        await self._requests.answered(checked)
        return Submitted(response, risk_flagged)

    async def _store(self, form: Form, remarks: Remarks, *, compared: bool) -> tuple[Form, Response]:
        """Check a form and save it; return it tidied, and its response. ``compared``: also with what intake knows."""
        with as_permanent("data"):
            checked = rules.check(form, self._clock.now())
        response_key = store.key(checked.site_id, checked.response_id)
        known = await self._responses.get(response_key)
        if compared and (known is None or _with(store.read_response(known), checked) is not None):
            await self._whereabouts.check(checked.site_id, checked.episode_id, checked.session_id, checked.client_id)
        comment = await self._sealed(response_key, checked, remarks.comment) if known is None else None
        return checked, await self._save(response_key, checked, remarks, comment)

    async def answer(self, opened: Opened, ticket: Ticket, answers: PageAnswers, remarks: Remarks = NOTHING) -> Taken:
        """Take in what was answered by the link of a request. The first answers count; a repeat changes nothing.

        Each instrument on the page becomes a response; they are all stored before the request counts as answered. A
        request that has ended takes no answers, but a risk answer is passed on all the same. What was answered by
        another way meanwhile ends no link: both are kept, and of both the one that was submitted last counts.
        """
        forms = self._forms(ticket, answers)
        state, over = opened.state, opened.request.closes_at <= self._clock.now()
        if state is State.ISSUED and over:
            state = State.EXPIRED  # the sweeper tells it
        risk_flagged = False
        for form in forms:
            risk_flagged |= await self.flag(form, form.submitted_at)
        if over or state not in (State.ISSUED, State.ANSWERED):
            return Taken(state, risk_flagged)
        for form in forms:
            try:
                # Whose it is was known when the client was asked: a mix-up of ids is not theirs to correct.
                await self._store(form, remarks, compared=False)
            except Conflict:
                # Two tabs at once, or a crash before the request was marked: what came first is stored and counts.
                log.info("a form was sent again with other answers", site_id=form.site_id)
            # The words stand once; who may see the answers holds for everything on the page.
            remarks = replace(remarks, comment="")
        await self._requests.answered_by_link(opened)
        return Taken(State.ANSWERED, risk_flagged)

    async def flag_unsaved(self, ticket: Ticket, answers: PageAnswers) -> bool:
        """Pass on the risk answer of a form that is not taken in: it is not sent yet, or cannot be saved now.

        Tell whether nothing is left to repeat. When not, alerting is being told, and whoever asked asks again.
        """
        done = True
        for form in self._forms(ticket, answers):
            try:
                await self.flag(form, form.submitted_at)
            except Transient as away:
                log.warning(
                    "a risk answer is handed over and not stored yet", site_id=form.site_id, dependency=away.what
                )
                done = False
        return done

    async def flag(self, form: Form, happened_at: datetime | None) -> bool:
        """Look for a risk answer in a form, whatever becomes of it; tell whether there is one.

        When there is, it is durable and on its way to alerting.
        """
        flag = risk.seen(form, messages.milliseconds(happened_at or self._clock.now()))
        if flag is None:
            return False
        self._risk_seen.inc()
        # Also when it cannot be saved: a database that is away must not keep a page from going out. The caller still
        # gets the error and repeats, and alerting knows the flag by its id.
        waiting = True
        try:
            waiting = await self._flags.save(flag)
        finally:
            if waiting:
                self._hand_off.begin(flag)
        return True

    def _forms(self, ticket: Ticket, answers: PageAnswers) -> list[Form]:
        """Return one form for each instrument on the page of which anything was answered."""
        return [
            self._form(ticket, place, given)
            for place, given in enumerate(answers)
            if given and place < len(ticket.sheets)
        ]

    def _form(self, ticket: Ticket, place: int, answers: tuple[Answer, ...]) -> Form:
        instrument_id, version, edition = ticket.sheets[place]
        return Form(
            site_id=ticket.site_id,
            response_id=response_id(ticket.request_id, place),
            episode_id=ticket.episode_id,
            session_id=ticket.session_id,
            client_id=ticket.client_id,
            instrument_id=instrument_id,
            instrument_version=version,
            answers=answers,
            submitted_at=messages.milliseconds(self._clock.now()),
            revision=1,
            partial=False,
            rater=ticket.rater,
            edition=edition,
        )

    async def _sealed(self, response_key: str, form: Form, comment: str) -> bytes | None:
        """Encrypt what the client wrote, together with where it belongs: moved to another response it is refused."""
        if not comment:
            return None
        return await self._vault.seal(store.key(form.site_id, form.client_id), {"of": response_key, "text": comment})

    async def _save(self, response_key: str, form: Form, remarks: Remarks, comment: bytes | None) -> Response:
        def decide(document: store.Doc | None) -> Change | None:
            before = store.read_response(document) if document else None
            first = Response((form,), remarks.visibility, comment)
            after = first if before is None else _with(before, form)
            if after is None:
                return None
            # A late lower revision is kept, but what counts stays the same, so there is nothing to tell.
            events = [(RESPONSES_TOPIC, _recorded(after))] if after.current == form else []
            return Change(store.response_document(after), events)

        saved = await self._responses.change(response_key, decide)
        if saved is None:
            raise RuntimeError("a response was saved and is not there")
        return store.read_response(saved)


def _with(response: Response, form: Form) -> Response | None:
    """Return the response with one more form, or None when it is there already."""
    try:
        with as_permanent("data"):
            after = response.with_form(form)
    except Contradiction as error:
        raise Conflict(
            "data.revision",
            f"revision {form.revision} of this response was submitted before, with other content",
            "Send a correction with a higher revision.",
        ) from error
    return None if after is response else after


def _recorded(response: Response) -> Event:
    form = response.current
    if form.submitted_at is None:
        raise RuntimeError("a form without a time was not refused")
    return make(
        site_id=form.site_id,
        service="feedback",
        type=RESPONSE_RECORDED,
        key=form.episode_id,
        subject=f"episodes/{form.episode_id}",
        cause=f"responses/{form.response_id}",
        revision=form.revision,
        time=form.submitted_at,
        data=messages.to_response(response),
        traceparent=current_traceparent(),
    )
