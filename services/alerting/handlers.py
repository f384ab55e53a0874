"""What can be done with alerts: one function per command, the same for every door and for the engine.

A command loads the alert, decides with pure domain code, and saves it with the event that it causes in one write. What
becomes of single pages is in ``pages.py``.
"""

from collections.abc import Callable
from dataclasses import replace

from services.alerting import messages, store
from services.alerting.domain import alert as alerts_of
from services.alerting.domain import escalation
from services.alerting.domain.alert import MAX_TEXT, State
from services.alerting.domain.delivery import Delivery
from services.alerting.domain.facts import Facts, Kind, Report, fold
from services.alerting.domain.facts import alert_id as alert_id_of
from services.alerting.domain.sites import Person, Site
from services.alerting.pages import Pages
from services.alerting.sites import Sites
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent
from services.runtime.events import Event, make
from services.runtime.store import Aggregates, Change
from services.runtime.tracing import current_traceparent

ALERTS_TOPIC = "alerting.alerts.v1"
ALERT_CHANGED = "attune.alert.changed.v1"

Alert = tuple[Facts, State]


class Handlers:
    """The commands and queries of alerting. ``wake`` tells the engine not to wait for its next tick."""

    def __init__(self, alerts: Aggregates, pages: Pages, sites: Sites, clock: Clock, wake: Callable[[], None]) -> None:
        self._alerts = alerts
        self._pages = pages
        self._sites = sites
        self._clock = clock
        self._wake = wake

    async def raise_risk_flag(self, site_id: str, flag_id: str, report: Report) -> str:
        """Open the alert of a risk flag, whichever way it came first; return the alert's id once it is durable."""
        return await self._fold(Kind.RISK, site_id, flag_id, report)

    async def report_rupture(self, site_id: str, rupture_id: str, report: Report) -> str:
        """Open the alert of a rupture, or add what scoring says of it now."""
        return await self._fold(Kind.RUPTURE, site_id, rupture_id, report)

    async def acknowledge(self, site_id: str, alert_id: str, person_id: str, note: str = "") -> Alert:
        """Take an alert on: nobody else is told. The same again answers the same; Conflict when it is closed."""
        self._person(site_id, person_id)
        _check_text("note", note)
        return await self._command(
            site_id, alert_id, lambda state: alerts_of.acknowledge(state, person_id, note.strip(), self._clock.now())
        )

    async def acknowledge_by_link(self, delivery: Delivery, link_hash: str) -> Alert:
        """Take an alert on by the one-time link of a page. The use of the link is part of the same write."""

        def decide(state: State) -> State:
            if link_hash in state.used_links:
                raise Conflict("link", "was used before")
            return alerts_of.acknowledge(state, delivery.person_id, "by link", self._clock.now(), link_hash)

        return await self._command(delivery.site_id, delivery.alert_id, decide)

    async def close(self, site_id: str, alert_id: str, person_id: str, reason: str) -> Alert:
        """End an alert for good. The same again answers the same; Conflict when it was closed otherwise."""
        self._person(site_id, person_id)
        if not reason.strip():
            raise Permanent("reason", "is missing", "Say why the alert is closed.")
        _check_text("reason", reason)
        return await self._command(
            site_id, alert_id, lambda state: alerts_of.close(state, person_id, reason.strip(), self._clock.now())
        )

    async def escalate(self, alert_key: str, fence: int) -> None:
        """Take the step that is due: plan its pages, then say so in the alert.

        In this order: a crash between the two plans the same pages again, under the same ids. When somebody changed the
        alert meanwhile nothing is said, and the engine decides anew.
        """
        document = await self._alerts.get(alert_key)
        if document is None:
            return
        facts, state = store.read_alert(document)
        step = escalation.due(facts, state, self._site(facts.site_id), self._clock.now())
        if step is None or state.fence > fence:
            return
        for page in step.pages:
            await self._pages.plan(page)
        advanced = store.alert_document(facts, replace(step.state, fence=fence), document["order"])

        def decide(current: store.Doc | None) -> Change | None:
            same = current is not None and current["version"] == document["version"]
            return Change(advanced) if same else None

        await self._alerts.change(alert_key, decide)

    async def fall_back(self, delivery: Delivery) -> None:
        """After a failed page: use the person's next channel or, when nobody of the step is reached, the next step."""
        facts, state = await self.get_alert(delivery.site_id, delivery.alert_id)
        if state.status is alerts_of.Status.TRIGGERED:
            person = self._site(delivery.site_id).people.get(delivery.person_id)
            contact = None if person is None else person.next_contact(delivery.channel)
            if contact is not None:
                await self._pages.plan_next(delivery, contact.channel)
            elif await self._pages.all_hopeless(delivery):
                await self._hasten(facts, delivery)
        await self._pages.settle(delivery)

    async def get_alert(self, site_id: str, alert_id: str) -> Alert:
        """Return an alert; NotFound when the site has none of this id."""
        document = await self._alerts.get(store.key(site_id, alert_id))
        if document is None:
            raise NotFound("alert_id", "there is no such alert at this site")
        return store.read_alert(document)

    async def list_alerts(self, site_id: str, open_only: bool, before: str, limit: int) -> tuple[list[Alert], str]:
        """Return a site's alerts, newest first, from behind ``before``; and the place of the last one."""
        query: dict[str, object] = {"site_id": site_id}
        if open_only:
            query["open"] = True
        if before:
            query["order"] = {"$lt": before}
        documents = await self._alerts.find(query, sort=[("order", -1)], limit=limit)
        last = str(documents[-1]["order"]) if documents else ""
        return [store.read_alert(document) for document in documents], last

    async def due(self, kind: Kind, limit: int) -> list[str]:
        """Return the keys of open alerts whose next step is due, the longest overdue first."""
        query = {"open": True, "kind": kind.value, "next_action_at": {"$lte": self._clock.now()}}
        documents = await self._alerts.find(query, sort=[("next_action_at", 1)], limit=limit)
        return [str(document["_id"]) for document in documents]

    async def _fold(self, kind: Kind, site_id: str, subject_id: str, report: Report) -> str:
        policy = self._site(site_id).policy(kind)

        def decide(document: store.Doc | None) -> Change | None:
            known, before = store.read_alert(document) if document else (None, None)
            facts = fold(known, kind, site_id, subject_id, report)
            if facts == known:
                return None
            now = self._clock.now()
            state = alerts_of.follow(before or alerts_of.trigger(policy, now), facts, policy, now)
            order = document["order"] if document else _order(facts, state)
            changed = before is None or before.revision != state.revision
            events = [(ALERTS_TOPIC, self._changed(facts, state))] if changed else []
            return Change(store.alert_document(facts, state, order), events)

        alert_id = alert_id_of(kind, site_id, subject_id)
        try:
            await self._alerts.change(store.key(site_id, alert_id), decide)
        except Conflict:
            # The other door was first by a moment, and the database noticed it by the subject before it did by the
            # id. Now that the alert is there, the same decision adds to it.
            await self._alerts.change(store.key(site_id, alert_id), decide)
        self._wake()
        return alert_id

    async def _command(self, site_id: str, alert_id: str, command: Callable[[State], State]) -> Alert:
        def decide(document: store.Doc | None) -> Change | None:
            if document is None:
                raise NotFound("alert_id", "there is no such alert at this site")
            facts, before = store.read_alert(document)
            try:
                state = command(before)
            except alerts_of.Closed as error:
                raise Conflict("alert_id", str(error), "Look at the alert; a new event makes a new one.") from error
            if state == before:
                return None
            events = [(ALERTS_TOPIC, self._changed(facts, state))] if before.revision != state.revision else []
            return Change(store.alert_document(facts, state, document["order"]), events)

        saved = await self._alerts.change(store.key(site_id, alert_id), decide)
        if saved is None:
            raise RuntimeError("an alert was saved and is not there")
        return store.read_alert(saved)

    async def _hasten(self, facts: Facts, delivery: Delivery) -> None:
        def decide(document: store.Doc | None) -> Change | None:
            if document is None:
                return None
            known, before = store.read_alert(document)
            state = escalation.hastened(before, delivery, self._clock.now())
            return None if state is None else Change(store.alert_document(known, state, document["order"]))

        await self._alerts.change(store.key(facts.site_id, facts.alert_id), decide)

    def _changed(self, facts: Facts, state: State) -> Event:
        episode_id = facts.part("episode_id")
        return make(
            site_id=facts.site_id,
            service="alerting",
            type=ALERT_CHANGED,
            key=episode_id,
            subject=f"episodes/{episode_id}",
            cause=facts.alert_id,
            revision=state.revision,
            time=self._clock.now(),
            data=messages.to_alert(facts, state),
            traceparent=current_traceparent(),
        )

    def _site(self, site_id: str) -> Site:
        site = self._sites.get(site_id)
        if site is None:
            raise Permanent(
                "data.site_id",
                "the site is not in the on-call file",
                "Add the site, or operators, to the file; start alerting again; then replay the dead letter.",
            )
        return site

    def _person(self, site_id: str, person_id: str) -> Person:
        person = self._site(site_id).people.get(person_id)
        if person is None:
            raise NotFound("person_id", "there is no such person in the site's on-call file")
        return person


def _check_text(name: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise Permanent(name, f"has {len(text)} characters", f"Give at most {MAX_TEXT}.")


def _order(facts: Facts, state: State) -> str:
    return f"{state.triggered_at.isoformat(timespec='milliseconds')}/{facts.alert_id}"
