"""Puts the console together: its part of the composition root."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from attune.alerting.v1 import console_service_pb2_grpc as console_grpc
from starlette.routing import Route

from services.alerting import console_api
from services.alerting.book import Book
from services.alerting.console.accounts import ACCOUNT_INDEXES, ACCOUNTS, Accounts
from services.alerting.console.live import Live
from services.alerting.console.reading import Reading
from services.alerting.console.sessions import SESSION_INDEXES, SESSIONS, Sessions
from services.alerting.episodes import Episodes
from services.alerting.handlers import Handlers
from services.alerting.pages import Pages
from services.alerting.peers import IntakePeer, ScoringPeer
from services.alerting.settings import AlertingSettings
from services.alerting.sites import Sites
from services.alerting.web.console import Console
from services.alerting.web.door import Door
from services.runtime import rpc
from services.runtime.audit import Audit
from services.runtime.clock import Clock
from services.runtime.metrics import Metrics
from services.runtime.rpc.server import ServiceEntry
from services.runtime.store import Store


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the service serves, runs and closes for the console."""

    routes: Sequence[Route]
    service: ServiceEntry
    live: Live
    close: Sequence[Callable[[], Awaitable[Any]]]


def assemble(
    settings: AlertingSettings,
    database: Store,
    book: Book,
    pages: Pages,
    episodes: Episodes,
    handlers: Handlers,
    on_call: Sites,
    audit: Audit,
    clock: Clock,
    metrics: Metrics,
) -> Assembled:
    """Build the console and the door of its accounts."""
    # Somebody waits in front of a page: a service that is away is said to be soon.
    scoring, intake = (
        rpc.channel(settings, address, metrics=metrics, deadline_seconds=settings.alerting_peer_seconds)
        for address in (settings.peer_scoring, settings.peer_intake)
    )
    accounts = Accounts(database.aggregates(ACCOUNTS, ACCOUNT_INDEXES), settings.link_key(), clock)
    sessions = Sessions(
        database.aggregates(SESSIONS, SESSION_INDEXES),
        accounts,
        clock,
        timedelta(minutes=settings.alerting_idle_minutes),
        timedelta(hours=settings.alerting_session_hours),
    )
    live = Live(book)
    console = Console(
        Door(sessions, audit, clock, settings.alerting_public_url, settings.proxies()),
        accounts,
        sessions,
        Reading(book, pages, episodes, ScoringPeer(scoring), IntakePeer(intake), clock),
        handlers,
        on_call,
        audit,
        live,
        clock,
    )
    servicer = console_api.ConsoleService(accounts)
    entry = (console_grpc.add_ConsoleServiceServicer_to_server, servicer, console_api.SERVICE_NAME)
    return Assembled(console.routes(), entry, live, (scoring.close, intake.close))
