"""Caseloads: what scoring's own ruptures tell of a therapist whose clients slip together."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from attune.scoring.v1 import summaries_pb2 as scoring

from services.runtime.events import Event, make
from services.runtime.store import Aggregates, Change
from services.runtime.tracing import current_traceparent
from services.scoring import store
from services.scoring.domain.caseload import Caseload, Pattern, Rule, Word
from services.scoring.handlers.episodes import SERVICE

CASELOAD_TOPIC = "scoring.caseload-patterns.v1"
CASELOAD_TYPE = "attune.caseload.pattern.v1"


class Caseloads:
    """The one command about caseloads."""

    def __init__(self, caseloads: Aggregates, rule: Rule) -> None:
        self._caseloads = caseloads
        self._rule = rule

    async def hear(self, site_id: str, therapist_id: str, word: Word, at: datetime) -> None:
        """Take in the newest word on a rupture, and tell of a pattern that it makes; ``at`` is when it was said.

        A correction may give a session, and with it the rupture, to another therapist: then it no longer stands in the
        caseload where it was.
        """
        for doc in await self._caseloads.find({"site_id": site_id, "words.rupture_id": word.rupture_id}):
            if doc["therapist_id"] != therapist_id:
                await self._take(site_id, doc["therapist_id"], replace(word, stands=False), at)
        await self._take(site_id, therapist_id, word, at)

    async def _take(self, site_id: str, therapist_id: str, word: Word, at: datetime) -> None:
        def decide(doc: store.Doc | None) -> Change | None:
            known = Caseload(site_id, therapist_id) if doc is None else store.read_caseload(doc)
            heard = known.with_word(word)
            if heard is None:
                return None
            after, pattern = heard.news(self._rule)
            events = [] if pattern is None else [(CASELOAD_TOPIC, self._event(after, pattern, at))]
            return Change(store.caseload_document(after), events)

        await self._caseloads.change(store.caseload_key(site_id, therapist_id), decide)

    def _event(self, caseload: Caseload, pattern: Pattern, at: datetime) -> Event:
        return make(
            site_id=caseload.site_id,
            service=SERVICE,
            type=CASELOAD_TYPE,
            # Not an episode's: the pattern is about several, and one therapist's patterns must stay in order.
            key=caseload.therapist_id,
            subject=f"therapists/{caseload.therapist_id}",
            cause=f"caseloads/{caseload.therapist_id}/{pattern.pattern_id}",
            revision=caseload.heard,
            time=at,
            data=scoring.CaseloadPattern(
                site_id=caseload.site_id,
                pattern_id=pattern.pattern_id,
                therapist_id=caseload.therapist_id,
                client_ids=pattern.client_ids,
                rupture_ids=pattern.rupture_ids,
                first_opened_at=pattern.first_opened_at,
                last_opened_at=pattern.last_opened_at,
                clients_needed=self._rule.clients,
                within_days=self._rule.days,
                revision=caseload.heard,
            ),
            traceparent=current_traceparent(),
        )
