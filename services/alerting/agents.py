"""Kafka in: which topic goes to which handler."""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from attune.feedback.v1 import events_pb2 as feedback
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import events_pb2 as scoring
from attune.scoring.v1 import summaries_pb2 as summaries

from services.alerting import messages
from services.alerting.domain.facts import Kind
from services.alerting.episodes import Episodes
from services.alerting.feeds import Feeds
from services.alerting.handlers import Handlers
from services.runtime.errors import Permanent
from services.runtime.events import Event

RISK_FLAGS = "feedback.risk-flags.v1"
EPISODES = "intake.episodes.v1"
SESSIONS = "intake.sessions.v1"
CASELOADS = "scoring.caseload-patterns.v1"
RUPTURES = "scoring.alliance-ruptures.v1"

REGISTRY = messages.REGISTRY


def subscriptions(
    handlers: Handlers, episodes: Episodes, feeds: Feeds
) -> Mapping[str, Callable[[Event], Awaitable[None]]]:
    """Return the handler of each topic that alerting consumes."""

    async def risk_flag(event: Event) -> None:
        _expect(event, event.type == messages.RISK_RAISED)
        flag = cast(feedback.RiskFlag, event.data)
        await handlers.raise_risk_flag(event.site_id, flag.flag_id, messages.risk_report(event.site_id, flag, "data"))

    async def rupture(event: Event) -> None:
        _expect(event, event.type in messages.RUPTURE_CHANGES)
        said = cast(scoring.Rupture, event.data)
        await handlers.report_rupture(event.site_id, said.rupture_id, messages.rupture_report(event, said))

    async def episode(event: Event) -> None:
        _expect(event, event.type == messages.EPISODE_CHANGED)
        said = cast(intake.Episode, event.data)
        past = said.agreement.route_ruptures_past_therapist
        await episodes.take(event.site_id, said.episode_id, said.therapist_id, past, said.revision)

    async def session(event: Event) -> None:
        _expect(event, event.type == messages.SESSION_CHANGED)
        await feeds.hear(event.site_id)

    async def caseload(event: Event) -> None:
        _expect(event, event.type == messages.CASELOAD_PATTERN)
        said = cast(summaries.CaseloadPattern, event.data)
        report = messages.caseload_report(event, said)
        await handlers.report(Kind.CASELOAD, event.site_id, said.pattern_id, report)

    return {RISK_FLAGS: risk_flag, RUPTURES: rupture, EPISODES: episode, SESSIONS: session, CASELOADS: caseload}


def _expect(event: Event, known: bool) -> None:
    if not known:
        raise Permanent("ce_type", f"{event.type} does not belong on this topic", "Send it on the topic of its kind.")
