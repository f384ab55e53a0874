"""What can be done with alerts: one function per command, the same for every door.

A command loads the alert, decides with pure domain code, and saves it with the event that it causes in one write. What
the engine does is in ``escalations.py``, what becomes of single pages in ``pages.py``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.alerting import store
from services.alerting.book import ALERT_CHANGED, ALERTS_TOPIC, Alert, Book
from services.alerting.domain import alert as alerts_of
from services.alerting.domain import findings as findings_of
from services.alerting.domain.alert import MAX_SNOOZE, MAX_TEXT, State
from services.alerting.domain.delivery import Delivery
from services.alerting.domain.facts import Facts, Kind, Report, fold
from services.alerting.domain.facts import alert_id as alert_id_of
from services.alerting.domain.findings import Findings
from services.alerting.domain.policy import Policy
from services.alerting.sites import Sites, site_of
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent, as_permanent
from services.runtime.telemetry import get_logger

__all__ = ["ALERTS_TOPIC", "ALERT_CHANGED", "Alert", "Handlers"]

log = get_logger(__name__)

Command = Callable[[State], State]


class Handlers:
    """The commands and queries of alerting. ``wake`` tells the engine not to wait for its next tick.

    ``as_of`` is the time of what the person saw when they decided: a command from before the alert was last triggered
    is a Conflict. None takes the command as it is.
    """

    def __init__(self, book: Book, sites: Sites, clock: Clock, wake: Callable[[], None]) -> None:
        self._book = book
        self._sites = sites
        self._clock = clock
        self._wake = wake

    async def report(
        self, kind: Kind, site_id: str, subject_id: str, report: Report, policy: Policy | None = None
    ) -> str:
        """Open an alert, or add to it what is known now; return its id once it is durable.

        ``policy`` is another than the site's for this kind.
        """
        return await self._fold(kind, site_id, subject_id, report, policy)

    async def raise_risk_flag(self, site_id: str, flag_id: str, report: Report) -> str:
        """Open the alert of a risk flag, whichever way it came first; return the alert's id once it is durable."""
        return await self._fold(Kind.RISK, site_id, flag_id, report)

    async def report_rupture(self, site_id: str, rupture_id: str, report: Report) -> str:
        """Open the alert of a rupture, or add what scoring says of it now."""
        return await self._fold(Kind.RUPTURE, site_id, rupture_id, report)

    async def acknowledge(
        self, site_id: str, alert_id: str, person_id: str, note: str = "", as_of: datetime | None = None
    ) -> Alert:
        """Take an alert on: nobody else is told. The same again answers the same; Conflict when it is closed."""
        self._person(site_id, person_id)
        _check_text("note", note)
        now = self._clock.now()
        return await self._command(
            site_id, alert_id, as_of, lambda state: alerts_of.acknowledge(state, person_id, note.strip(), now)
        )

    async def acknowledge_by_link(self, delivery: Delivery, link_hash: str, note: str) -> Alert:
        """Take an alert on by the one-time link, or code, of a page. Its use is part of the same write."""

        def decide(state: State) -> State:
            if link_hash in state.used_links:
                raise Conflict("link", "was used before")
            return alerts_of.acknowledge(state, delivery.person_id, note, self._clock.now(), link_hash)

        return await self._command(delivery.site_id, delivery.alert_id, delivery.planned_at, decide)

    async def take_told(self, lead: Delivery, others: Sequence[Delivery], link_hash: str, note: str) -> None:
        """Take on all that one message told of, by its link or code; Conflict when nothing of it is to be taken on.

        The first of it may be over by now, or a press broke off behind it: the others still need somebody.
        """
        taken = 0
        refused: Conflict | None = None
        for each in (lead, *others):
            try:
                await self.acknowledge_by_link(each, link_hash, note)
                taken += 1
            except Conflict as conflict:
                refused = refused or conflict
        if refused is not None and not taken:
            raise refused

    async def snooze(
        self,
        site_id: str,
        alert_id: str,
        person_id: str,
        until: datetime,
        note: str = "",
        as_of: datetime | None = None,
    ) -> Alert:
        """Take an alert on and have it come back at ``until``. The same again answers the same."""
        self._person(site_id, person_id)
        _check_text("note", note)
        now = self._clock.now()
        facts, _ = await self._book.get(site_id, alert_id)
        longest = MAX_SNOOZE[facts.kind]
        if not now < until <= now + longest:
            raise Permanent("until", f"is not within the next {longest}", "Give a time within it.")
        return await self._command(
            site_id, alert_id, as_of, lambda state: alerts_of.snooze(state, person_id, until, note.strip(), now)
        )

    async def escalate(
        self, site_id: str, alert_id: str, person_id: str, note: str = "", as_of: datetime | None = None
    ) -> Alert:
        """Tell the next step now; who took the alert on hands it on."""
        self._person(site_id, person_id)
        _check_text("note", note)
        now = self._clock.now()
        alert = await self._command(
            site_id, alert_id, as_of, lambda state: alerts_of.escalate_now(state, person_id, note.strip(), now)
        )
        self._wake()
        return alert

    async def close(
        self,
        site_id: str,
        alert_id: str,
        person_id: str,
        reason: str,
        findings: Findings | None = None,
        as_of: datetime | None = None,
    ) -> Alert:
        """End an alert for good. The same again answers the same; Conflict when it was closed otherwise."""
        self._person(site_id, person_id)
        if not reason.strip() and findings is None:
            raise Permanent("reason", "is missing", "Say why the alert is closed, or what was found.")
        _check_text("reason", reason)
        if findings is not None:
            facts, _ = await self._book.get(site_id, alert_id)
            with as_permanent("findings"):
                findings_of.check(facts.kind, findings)
        now = self._clock.now()
        alert = await self._command(
            site_id, alert_id, as_of, lambda state: alerts_of.close(state, person_id, reason.strip(), findings, now)
        )
        self._wake()
        return alert

    async def get_alert(self, site_id: str, alert_id: str) -> Alert:
        """Return an alert; NotFound when the site has none of this id."""
        return await self._book.get(site_id, alert_id)

    async def open_of(self, kind: Kind, limit: int) -> list[Facts]:
        """Return what open alerts of a kind are about, over all sites."""
        found = []
        for document in await self._book.find({"open": True, "kind": kind.value}, None, limit):
            try:
                found.append(store.read_alert(document)[0])
            except Exception as error:
                # It concerns this one alone; the engine, which must act on it, counts it.
                log.exception("an alert cannot be read", alert=document.get("alert_id"), error=type(error).__name__)
        return found

    async def list_alerts(self, site_id: str, open_only: bool, before: str, limit: int) -> tuple[list[Alert], str]:
        """Return a site's alerts, newest first, from behind ``before``; and the place of the last one."""
        query: dict[str, object] = {"site_id": site_id}
        if open_only:
            query["open"] = True
        if before:
            query["order"] = {"$lt": before}
        documents = await self._book.find(query, [("order", -1)], limit)
        last = str(documents[-1]["order"]) if documents else ""
        return [store.read_alert(document) for document in documents], last

    async def _fold(
        self, kind: Kind, site_id: str, subject_id: str, report: Report, given: Policy | None = None
    ) -> str:
        policy = given or site_of(self._sites, site_id).policy(kind)
        alert_id = alert_id_of(kind, site_id, subject_id)
        before = await self._book.followed_by(fold(None, kind, site_id, subject_id, report))

        def decide(known: Alert | None) -> Alert | None:
            facts = fold(known[0] if known else None, kind, site_id, subject_id, report)
            if known is not None and facts == known[0]:
                return None
            now = self._clock.now()
            state = known[1] if known else alerts_of.trigger(policy, now, before)
            return facts, alerts_of.follow(state, facts, policy, now)

        await self._book.fold(site_id, alert_id, decide)
        self._wake()
        return alert_id

    async def _command(self, site_id: str, alert_id: str, as_of: datetime | None, command: Command) -> Alert:
        def decide(_: Facts, state: State) -> State:
            try:
                if as_of is not None:
                    alerts_of.check_fresh(state, as_of)
                return command(state)
            except alerts_of.Stale as error:
                raise Conflict("as_of", f"is too old: the alert {error}", "Look at the alert as it is now.") from error
            except alerts_of.Closed as error:
                raise Conflict("alert_id", str(error), "Look at the alert; a new event makes a new one.") from error

        return await self._book.change(site_id, alert_id, decide)

    def _person(self, site_id: str, person_id: str) -> None:
        if person_id not in site_of(self._sites, site_id).people:
            raise NotFound("person_id", "there is no such person in the site's on-call file")


def _check_text(name: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise Permanent(name, f"has {len(text)} characters", f"Give at most {MAX_TEXT}.")
