"""Policies: making versions, looking at them, trying them on the site's history, and putting them in force."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.runtime.audit import Audit
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent, as_permanent
from services.runtime.store import Aggregates, Change
from services.scoring import store
from services.scoring.domain.assess import assess
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.instruments import Instrument, Kind
from services.scoring.domain.policy import DEFAULT, Policy, Watch, Watches
from services.scoring.domain.population import DEFAULTS, Population
from services.scoring.domain.preview import Preview, PreviewResult
from services.scoring.domain.site_policy import Activation, SitePolicy, Version, check_population, checked_reason
from services.scoring.handlers.book import LEAD, PolicyBook
from services.scoring.handlers.episodes import Handlers
from services.scoring.handlers.reading import Page, pages


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the site's episodes are done; the result comes with the last."""

    done: int
    of: int
    result: PreviewResult | None = None


@dataclass(frozen=True, slots=True)
class Activated:
    """What was put in force, and how far judging history again is."""

    activation: Activation
    done: int = 0
    of: int = 0
    changed: int = 0


class Policies:
    """The commands and queries about policies. ``who`` is the caller that the token names."""

    def __init__(
        self,
        policies: Aggregates,
        episodes: Aggregates,
        book: PolicyBook,
        handlers: Handlers,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._policies = policies
        self._episodes = episodes
        self._book = book
        self._handlers = handlers
        self._audit = audit
        self._clock = clock
        # Replays keep a core busy; one at a time leaves the rest to the stream of events.
        self._replaying = asyncio.Semaphore(1)

    async def all_of(self, site_id: str, instrument_id: str = "") -> tuple[list[SitePolicy], datetime]:
        """The policies of a site as they are now, and when that is; or of one instrument, be it the built-in alone."""
        known = (await self._book.fresh(site_id)).by_instrument
        if not instrument_id:
            return [known[name] for name in sorted(known)], self._clock.now()
        _watched(instrument_id)
        return [known.get(instrument_id) or SitePolicy(site_id, instrument_id)], self._clock.now()

    async def set(
        self,
        site_id: str,
        instrument_id: str,
        definition: Mapping[str, Any],
        population: Population | None,
        reason: str,
        who: str,
    ) -> Version:
        """Make a new version; the same again is a repeat and makes none. It watches nobody until it is activated."""
        policy, population = self._checked(instrument_id, definition, population)
        return await self.add(site_id, instrument_id, policy, population, reason, who)

    async def add(
        self, site_id: str, instrument_id: str, policy: Policy, population: Population | None, reason: str, who: str
    ) -> Version:
        """Store a version that is known to be right."""
        with as_permanent(""):
            reason = checked_reason(reason)
        await self._note(who, "make policy", site_id, instrument_id, reason)

        def decide(doc: store.Doc | None) -> Change:
            with as_permanent(""):
                known = _read(doc, site_id, instrument_id)
                return Change(
                    store.policy_document(known.with_version(policy, population, reason, who, self._clock.now()))
                )

        saved = await self._policies.change(store.policy_key(site_id, instrument_id), decide)
        return _read(saved, site_id, instrument_id).versions[-1]

    async def preview(
        self,
        site_id: str,
        instrument_id: str,
        version: int,
        definition: Mapping[str, Any] | None,
        population: Population | None,
    ) -> AsyncGenerator[Progress, None]:
        """Replay the site's whole history under the policy in force now, and under another one."""
        if definition is not None and version:
            raise Permanent("version", "is given beside a policy", "Give one of them.")
        known = (await self._book.fresh(site_id)).by_instrument.get(instrument_id) or SitePolicy(site_id, instrument_id)
        now = known.watch(known.version_at(self._clock.now()))
        if definition is not None:
            policy, population = self._checked(instrument_id, definition, population)
            then = Watch(policy, population or DEFAULTS.get(instrument_id))
        else:
            _watched(instrument_id)
            with as_permanent(""):
                then = known.watch(version)
        preview = Preview(instrument_id)
        async with self._replaying:
            async for page in pages(self._episodes, site_id):
                await asyncio.to_thread(
                    _replay, preview, page, _always(instrument_id, now), _always(instrument_id, then)
                )
                yield Progress(page.done, page.of)
        yield Progress(page.of, page.of, preview.result())

    async def activate(
        self,
        site_id: str,
        instrument_id: str,
        version: int,
        reason: str,
        who: str,
        active_from: datetime | None = None,
        tell_history: bool = False,
    ) -> AsyncGenerator[Activated, None]:
        """Put a version in force, for sessions that are at least ``LEAD`` ahead; or for all that ever were, telling
        what differs. The same again is a repeat: it puts nothing in force, and goes on telling where it was cut off.
        """
        with as_permanent(""):
            reason = checked_reason(reason)
        _watched(instrument_id)
        now = self._clock.now()
        if tell_history and active_from is not None:
            raise Permanent(
                "active_from", "is given beside tell_history", "History is all of it; leave active_from out."
            )
        if active_from is not None and active_from < now + LEAD:
            raise Permanent(
                "active_from",
                f"is less than {LEAD.total_seconds():.0f} s ahead, so sessions that were told of already could change",
                "Give a later time, or tell_history to judge all of history again.",
            )
        start = None if tell_history else active_from or now + LEAD
        await self._note(who, "activate policy", site_id, instrument_id, f"version {version}: {reason}")

        def decide(doc: store.Doc | None) -> Change | None:
            known = _read(doc, site_id, instrument_id)
            if known.activations and _repeats(known.activations[-1], version, reason, who, start, active_from):
                return None
            with as_permanent(""):
                return Change(store.policy_document(known.with_activation(version, start, reason, who, now)))

        saved = await self._policies.change(store.policy_key(site_id, instrument_id), decide)
        activation = _read(saved, site_id, instrument_id).activations[-1]
        policies = await self._book.fresh(site_id)
        yield Activated(activation)
        if not tell_history:
            return
        changed = 0
        async with self._replaying:
            async for page in pages(self._episodes, site_id):
                for doc in page.docs:
                    changed += await self._handlers.judge_again(doc, policies, activation.activated_at)
                yield Activated(activation, page.done, page.of, changed)

    def _checked(
        self, instrument_id: str, definition: Mapping[str, Any], population: Population | None
    ) -> tuple[Policy, Population | None]:
        instrument = _watched(instrument_id)
        with as_permanent("policy"):
            policy = Policy.from_dict(definition)
            if policy.instrument_id not in ("", instrument_id):
                raise ValueError(f"instrument_id: is {policy.instrument_id}; the request is about {instrument_id}")
        if population is not None:
            with as_permanent(""):
                check_population(population, instrument)
        return policy, population

    async def _note(self, who: str, action: str, site_id: str, instrument_id: str, detail: str) -> None:
        """The audit has the reason before anything is done; how the call ended is the door's own entry."""
        await self._audit.record(
            who=who,
            action=action,
            site_id=site_id,
            subject=f"instrument_id={instrument_id}",
            outcome="REQUESTED",
            detail=detail,
        )


def _read(doc: store.Doc | None, site_id: str, instrument_id: str) -> SitePolicy:
    return SitePolicy(site_id, instrument_id) if doc is None else store.read_policy(doc)


def _watched(instrument_id: str) -> Instrument:
    instrument = CATALOGUE.get(instrument_id)
    if instrument is None:
        raise NotFound("instrument_id", "is not in the catalogue", "Is the id right?")
    if instrument.kind is not Kind.ALLIANCE:
        raise Permanent("instrument_id", "does not measure the alliance", "Ruptures are looked for in alliance only.")
    return instrument


def _repeats(
    last: Activation, version: int, reason: str, who: str, start: datetime | None, asked: datetime | None
) -> bool:
    """Whether an activation was made by the same request; one "from now on" was a little earlier then."""
    if (last.version, last.reason, last.activated_by) != (version, reason, who):
        return False
    if start is None or last.active_from is None or asked is not None:
        return last.active_from == start
    return timedelta(0) <= start - last.active_from <= LEAD


def _always(instrument_id: str, watch: Watch) -> Watches:
    return Watches(DEFAULT, DEFAULTS, {instrument_id: [watch]})


def _replay(preview: Preview, page: Page, now: Watches, then: Watches) -> None:
    for doc in page.docs:
        inputs = store.known(doc).inputs()
        preview.add(inputs.episode_id, assess(inputs, now), assess(inputs, then))
