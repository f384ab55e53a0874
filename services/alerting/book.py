"""The alerts as they are kept: reading them, and saving a decision with the event that it causes, in one write."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from services.alerting import messages, store
from services.alerting.domain.alert import State
from services.alerting.domain.facts import Facts, Kind
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound
from services.runtime.events import Event, make
from services.runtime.store import Aggregates, Change
from services.runtime.tracing import current_traceparent

ALERTS_TOPIC = "alerting.alerts.v1"
ALERT_CHANGED = "attune.alert.changed.v1"
_NO_RISK = [kind.value for kind in Kind if kind is not Kind.RISK]

Alert = tuple[Facts, State]
Decide = Callable[[Facts, State], State | None]


class Book:
    """Every alert of every site."""

    def __init__(self, alerts: Aggregates, clock: Clock) -> None:
        self._alerts = alerts
        self._clock = clock

    async def get(self, site_id: str, alert_id: str) -> Alert:
        """Return an alert; NotFound when the site has none of this id."""
        document = await self._alerts.get(store.key(site_id, alert_id))
        if document is None:
            raise NotFound("alert_id", "there is no such alert at this site")
        return store.read_alert(document)

    async def find(self, query: dict[str, object], sort: list[tuple[str, int]] | None, limit: int) -> list[store.Doc]:
        """Return alerts as documents; the query needs an index."""
        return await self._alerts.find(query, sort=sort, limit=limit)

    async def open_of(
        self, site_id: str, most: int, more: Mapping[str, object] = MappingProxyType({})
    ) -> tuple[list[store.Doc], bool]:
        """Return a site's open alerts as documents, and whether some are left out.

        The risks that wait longest and the newest of the rest, at most ``most`` of each: no number of others hides a
        risk. ``more`` is what else the query asks.
        """
        query: dict[str, object] = {**more, "site_id": site_id, "open": True}
        risks = await self.find({**query, "kind": Kind.RISK.value}, [("order", 1)], most + 1)
        others = await self.find({**query, "kind": {"$in": _NO_RISK}}, [("order", -1)], most + 1)
        return [*risks[:most], *others[:most]], max(len(risks), len(others)) > most

    async def change(self, site_id: str, alert_id: str, decide: Decide) -> Alert:
        """Save what ``decide`` makes of an alert, with the event when its status changed; None: nothing to do."""

        def decide_document(document: store.Doc | None) -> Change | None:
            if document is None:
                raise NotFound("alert_id", "there is no such alert at this site")
            facts, before = store.read_alert(document)
            state = decide(facts, before)
            if state is None or state == before:
                return None
            return Change(store.alert_document(facts, state, document["order"]), self._events(facts, before, state))

        saved = await self._alerts.change(store.key(site_id, alert_id), decide_document)
        if saved is None:
            raise RuntimeError("an alert was saved and is not there")
        return store.read_alert(saved)

    async def fold(self, site_id: str, alert_id: str, decide: Callable[[Alert | None], Alert | None]) -> None:
        """Save what ``decide`` makes of an alert that may not be there yet; None: nothing to do."""

        def decide_document(document: store.Doc | None) -> Change | None:
            known = store.read_alert(document) if document else None
            after = decide(known)
            if after is None:
                return None
            facts, state = after
            order = document["order"] if document else _order(facts, state)
            events = self._events(facts, known[1] if known else None, state)
            return Change(store.alert_document(facts, state, order), events)

        try:
            await self._alerts.change(store.key(site_id, alert_id), decide_document)
        except Conflict:
            # The other door was first by a moment, and the database noticed it by the subject before it did by the
            # id. Now that the alert is there, the same decision adds to it.
            await self._alerts.change(store.key(site_id, alert_id), decide_document)

    async def followed_by(self, facts: Facts) -> str:
        """Return the closed alert that a new one follows on: the last of its kind in the same episode, or none.

        Read without its content: an old alert that cannot be read must not keep a new one from being opened.
        """
        if not facts.part("episode_id"):
            return ""
        query: dict[str, object] = {"site_id": facts.site_id, "about": facts.about}
        found = await self._alerts.find(query, sort=[("order", -1)], limit=1)
        last = found[0] if found else None
        same_or_open = last is None or last["alert_id"] == facts.alert_id or last.get("open", False)
        return "" if last is None or same_or_open else str(last["alert_id"])

    def _events(self, facts: Facts, before: State | None, state: State) -> list[tuple[str, Event]]:
        """Return the event of a changed status; none while the revision stays."""
        if before is not None and before.revision == state.revision:
            return []
        # What is about no episode has itself as its key.
        episode_id = facts.part("episode_id")
        event = make(
            site_id=facts.site_id,
            service="alerting",
            type=ALERT_CHANGED,
            key=episode_id or facts.alert_id,
            subject=f"episodes/{episode_id}" if episode_id else f"alerts/{facts.alert_id}",
            cause=facts.alert_id,
            revision=state.revision,
            time=self._clock.now(),
            data=messages.published(facts, state),
            traceparent=current_traceparent(),
        )
        return [(ALERTS_TOPIC, event)]


def _order(facts: Facts, state: State) -> str:
    return f"{state.triggered_at.isoformat(timespec='milliseconds')}/{facts.alert_id}"
