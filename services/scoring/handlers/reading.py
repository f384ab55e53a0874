"""Going through many episodes of a site without holding the database or this process's other work up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.runtime.store import Aggregates
from services.scoring import store

PAGE = 50  # documents of one query


@dataclass(frozen=True, slots=True)
class Page:
    """Some documents, in the order of their episodes, and how far that is."""

    docs: list[store.Doc]
    done: int
    of: int


async def pages(episodes: Aggregates, site_id: str, wanted: Mapping[str, Any] | None = None) -> AsyncIterator[Page]:
    """Every episode of a site, or those ``wanted`` by indexed fields; at least one page, which may be empty.

    The ids are read first, so that a page is a read by id: paging by "greater than" costs as much as what is left.
    """
    ids = await episodes.values({"site_id": site_id, **(wanted or {})}, "episode_id")
    for start in range(0, max(1, len(ids)), PAGE):
        keys = [store.key(site_id, episode_id) for episode_id in ids[start : start + PAGE]]
        docs = await episodes.find({"_id": {"$in": keys}}, limit=PAGE) if keys else []
        yield Page(sorted(docs, key=lambda doc: str(doc["episode_id"])), min(start + PAGE, len(ids)), len(ids))
