"""What can be done with episodes and sessions: one function per command, the same for every door.

A command loads its document, adds the report to those that are there, and saves the document with the event that it
causes in one write. A report that is there already changes nothing. Doors read messages with ``messages`` and pass
reports.
"""

from collections.abc import Sequence
from typing import cast

from attune.intake.v1 import events_pb2 as intake

from services.intake import messages, store
from services.intake.domain import episode as episodes_of
from services.intake.domain import session as sessions_of
from services.intake.domain.episode import Episode
from services.intake.domain.reports import Closed, EpisodeFact, F, Fact, Opened, Recorded, Report, Updated, add, find
from services.intake.domain.rules import check_content, check_envelope
from services.intake.domain.session import Session
from services.intake.store import ParkedReport, ParkedReports
from services.runtime.bus import Record
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent, as_permanent
from services.runtime.events import Event, make
from services.runtime.store import Aggregates, Change
from services.runtime.tracing import current_traceparent, use

EPISODES_TOPIC = "intake.episodes.v1"
SESSIONS_TOPIC = "intake.sessions.v1"
EPISODE_CHANGED = "attune.episode.changed.v1"
SESSION_CHANGED = "attune.session.changed.v1"

_PAGE = 200  # documents of one query inside a listing


class Handlers:
    """The commands and queries of intake."""

    def __init__(self, episodes: Aggregates, sessions: Aggregates, parked: ParkedReports, clock: Clock) -> None:
        self._episodes = episodes
        self._sessions = sessions
        self._parked = parked
        self._clock = clock

    async def apply(self, report: Report[Fact]) -> None:
        """Do what the report calls for."""
        match report.fact:
            case Opened():
                await self.open_episode(cast(Report[Opened], report))
            case Updated():
                await self.update_episode(cast(Report[Updated], report))
            case Closed():
                await self.close_episode(cast(Report[Closed], report))
            case Recorded():
                await self.record_session(cast(Report[Recorded], report))

    async def open_episode(self, report: Report[Opened]) -> Episode:
        """Begin an episode of care, or restate how it began, and take in what waited for it."""
        episode = await self._save_episode(report)
        applied = await self._take_in_parked(store.key(report.site_id, report.episode_id))
        return await self.get_episode(report.site_id, report.episode_id) if applied else episode

    async def update_episode(self, report: Report[Updated]) -> Episode:
        """Change what is known about an episode. NotFound when it was never opened."""
        return await self._save_episode(report)

    async def close_episode(self, report: Report[Closed]) -> Episode:
        """End an episode of care. NotFound when it was never opened."""
        return await self._save_episode(report)

    async def record_session(self, report: Report[Recorded]) -> Session:
        """Record what became of a session, or correct it. NotFound when its episode was never opened."""
        self._check(report)
        if await self._episodes.get(store.key(report.site_id, report.episode_id)) is None:
            raise _never_opened()

        def decide(document: store.Doc | None) -> Change | None:
            known = store.session_reports(document) if document else ()
            if known and known[0].episode_id != report.episode_id:
                raise Conflict(
                    "data.episode_id",
                    "the session belongs to another episode",
                    "Correct the id, or give a new session_id.",
                )
            reports = _with(known, report)
            if reports is None:
                return None
            state = messages.to_session(sessions_of.fold(reports))
            event = _changed(report, SESSION_CHANGED, report.fact.session_id, state)
            return Change(store.session_document(reports), [(SESSIONS_TOPIC, event)])

        saved = await self._sessions.change(store.key(report.site_id, report.fact.session_id), decide)
        return _session(saved)

    async def park(self, report: Report[Fact], record: Record) -> None:
        """Let a report wait, durably, as the record it came in, until its episode is opened or its time is over."""
        episode_key = store.key(report.site_id, report.episode_id)
        name = f"{report.source}#{report.event_id}"
        waiting = await self._parked.put(episode_key, name, record, self._clock.now())
        if messages.from_event(waiting.event()) != report:
            raise _other_content()
        if await self._episodes.get(episode_key) is not None:
            # It was opened between the look that failed and the parking, so nobody else may look for this report.
            await self._take_in_parked(episode_key)

    async def apply_parked(self, waiting: ParkedReport) -> None:
        """Do what a waiting report calls for, in its own trace. It goes on waiting: ending that is the caller's."""
        event = waiting.event()
        with use(event.traceparent):
            await self.apply(messages.from_event(event))

    async def get_episode(self, site_id: str, episode_id: str) -> Episode:
        """Return an episode with its agreement in full."""
        document = await self._episodes.get(store.key(site_id, episode_id))
        if document is None:
            raise NotFound("episode_id", "there is no such episode at this site")
        return _episode(document)

    async def list_episodes(self, site_id: str, after: str, limit: int) -> list[Episode]:
        """Return a site's episodes by id, from behind ``after``."""
        documents = await self._episodes.find(
            {"site_id": site_id, "episode_id": {"$gt": after}}, sort=[("episode_id", 1)], limit=limit
        )
        return [_episode(document) for document in documents]

    async def get_session(self, site_id: str, session_id: str) -> Session:
        """Return a session."""
        document = await self._sessions.get(store.key(site_id, session_id))
        if document is None:
            raise NotFound("session_id", "there is no such session at this site")
        return _session(document)

    async def list_sessions(self, site_id: str, episode_id: str) -> list[Session]:
        """Return an episode's sessions in the order they were booked for."""
        await self.get_episode(site_id, episode_id)
        sessions: list[Session] = []
        after = ""
        while True:
            documents = await self._sessions.find(
                {"site_id": site_id, "episode_id": episode_id, "session_id": {"$gt": after}},
                sort=[("session_id", 1)],
                limit=_PAGE,
            )
            sessions += [_session(document) for document in documents]
            if len(documents) < _PAGE:
                return sorted(sessions, key=lambda session: (session.scheduled_at, session.session_id))
            after = sessions[-1].session_id

    async def _save_episode(self, report: Report[F]) -> Episode:
        self._check(report)
        episode_report = cast(Report[EpisodeFact], report)

        def decide(document: store.Doc | None) -> Change | None:
            known = store.episode_reports(document) if document else ()
            if not known and not isinstance(report.fact, Opened):
                raise _never_opened()
            reports = _with(known, episode_report)
            if reports is None:
                return None
            episode = episodes_of.fold(reports)
            with as_permanent("data"):
                episodes_of.check_span(episode, episode_report.fact)
            state = messages.to_published_episode(episode)
            event = _changed(report, EPISODE_CHANGED, report.episode_id, state)
            return Change(store.episode_document(reports), [(EPISODES_TOPIC, event)])

        return _episode(await self._episodes.change(store.key(report.site_id, report.episode_id), decide))

    async def _take_in_parked(self, episode_key: str) -> int:
        """Take in what waited for an episode that is there now; return how many reports."""
        applied = 0
        async for waiting in self._parked.of(episode_key):
            try:
                await self.apply_parked(waiting)
            except Permanent:
                # It is at fault, not the opening. The sweeper finds the same fault and makes it a dead letter.
                await self._parked.look_again(waiting, self._clock.now())
            else:
                await self._parked.remove(waiting)
                applied += 1
        return applied

    def _check(self, report: Report[F]) -> None:
        now = self._clock.now()
        with as_permanent(""):
            check_envelope(report, now)
        with as_permanent("data"):
            check_content(report, now)


def _with(known: Sequence[Report[F]], report: Report[F]) -> tuple[Report[F], ...] | None:
    """Return the reports with one more, or None when it is there already."""
    same = find(known, report)
    if same is None:
        with as_permanent("data"):
            return add(known, report)
    if same != report:
        raise _other_content()
    return None


def _changed(report: Report[F], type_: str, local_id: str, state: intake.Episode | intake.Session) -> Event:
    return make(
        site_id=report.site_id,
        service="intake",
        type=type_,
        key=report.episode_id,
        subject=f"episodes/{report.episode_id}",
        # With the id of what changed: one event id that a clinic uses for two sessions must cause two events of ours.
        cause=f"{report.source}#{report.event_id} {local_id}",
        revision=state.revision,
        time=report.occurred_at,
        data=state,
        traceparent=current_traceparent(),
    )


def _episode(document: store.Doc | None) -> Episode:
    if document is None:
        raise RuntimeError("an episode was saved and is not there")
    return episodes_of.fold(store.episode_reports(document))


def _session(document: store.Doc | None) -> Session:
    if document is None:
        raise RuntimeError("a session was saved and is not there")
    return sessions_of.fold(store.session_reports(document))


def _never_opened() -> NotFound:
    return NotFound("data.episode_id", "the episode was never opened", "Send attune.episode.opened.v1 first.")


def _other_content() -> Conflict:
    return Conflict(
        "event_id", "was used before, with other content", "Send a correction as a new event: new id, later time."
    )
