"""Risk flags: saved with their event in one write, and known as not handed over until alerting has confirmed them."""

from services.feedback import messages, store
from services.feedback.domain.risk import RiskFlag
from services.runtime.events import make
from services.runtime.store import Aggregates, Change
from services.runtime.tracing import current_traceparent

RISK_FLAGS_TOPIC = "feedback.risk-flags.v1"
RISK_FLAG_RAISED = "attune.risk-flag.raised.v1"


class Flags:
    """The risk flags of all sites."""

    def __init__(self, flags: Aggregates) -> None:
        self._flags = flags

    async def save(self, flag: RiskFlag) -> bool:
        """Make a flag durable, to be published and handed over; the same flag again changes nothing.

        Returns whether it is still to be handed over.
        """
        event = make(
            site_id=flag.site_id,
            service="feedback",
            type=RISK_FLAG_RAISED,
            key=flag.episode_id,
            subject=f"episodes/{flag.episode_id}",
            cause=flag.flag_id,
            revision=1,
            time=flag.submitted_at,
            data=messages.to_risk_flag(flag),
            traceparent=current_traceparent(),
        )

        def decide(document: store.Doc | None) -> Change | None:
            if document is not None:
                return None
            return Change(store.flag_document(flag, handed_over=False), [(RISK_FLAGS_TOPIC, event)])

        saved = await self._flags.change(store.key(flag.site_id, flag.flag_id), decide)
        return saved is not None and "handoff" in saved

    async def handed_over(self, flag: RiskFlag) -> None:
        """Remember that alerting has confirmed a flag; nothing happens when that is known, or there is no such flag."""

        def decide(document: store.Doc | None) -> Change | None:
            if document is None or "handoff" not in document:
                return None
            return Change(store.flag_document(store.read_flag(document), handed_over=True))

        await self._flags.change(store.key(flag.site_id, flag.flag_id), decide)

    async def waiting(self, limit: int) -> list[RiskFlag]:
        """Return flags that alerting has not confirmed."""
        return [store.read_flag(document) for document in await self._flags.find({"handoff": True}, limit=limit)]
