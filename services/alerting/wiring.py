"""The composition root: the only place of alerting that builds clients and puts the parts together."""

from datetime import timedelta

import httpx
from attune.alerting.v1 import alerting_service_pb2_grpc as grpc_api
from attune.alerting.v1 import console_service_pb2_grpc as console_grpc

from services.alerting import agents, api, console_api, sites, store
from services.alerting.book import Book
from services.alerting.channels import Gateways
from services.alerting.channels.email import EmailGateway, MailServer
from services.alerting.channels.webhook import WebhookGateway
from services.alerting.console.accounts import ACCOUNT_INDEXES, ACCOUNTS, Accounts
from services.alerting.console.live import Live
from services.alerting.console.reading import Reading
from services.alerting.console.sessions import SESSION_INDEXES, SESSIONS, Sessions
from services.alerting.domain.delivery import SENDING_LIMIT
from services.alerting.domain.sites import Channel
from services.alerting.engine.loop import Engine
from services.alerting.engine.modules import Escalate, FallBack, Reclaim, TellEnd
from services.alerting.engine.send import Send
from services.alerting.engine.waker import Waker
from services.alerting.escalations import Escalations
from services.alerting.handlers import Handlers
from services.alerting.links import Links
from services.alerting.metrics import AlertingMetrics
from services.alerting.pages import Pages
from services.alerting.peers import IntakePeer, ScoringPeer
from services.alerting.settings import AlertingSettings
from services.alerting.web import AcknowledgePage, Console
from services.alerting.web.door import Door
from services.runtime import rpc
from services.runtime.audit import Audit, Sealer
from services.runtime.bus import Consumer, DeadLetters, Publisher
from services.runtime.clock import SystemClock
from services.runtime.identity import Verifier
from services.runtime.lifecycle import Parts
from services.runtime.metrics import Metrics
from services.runtime.settings import SettingsError
from services.runtime.store import Lease, Store
from services.runtime.web import Web

SERVICE = "alerting"


async def build(settings: AlertingSettings) -> Parts:
    """Build the service; Transient while MongoDB is away."""
    on_call = _sites(settings)
    clock = SystemClock()
    metrics = Metrics(SERVICE)
    own_metrics = AlertingMetrics(metrics)
    database = await Store.open(settings, SERVICE, metrics)
    alerts = database.aggregates(store.ALERTS, store.ALERT_INDEXES)
    pages = Pages(database.aggregates(store.DELIVERIES, store.DELIVERY_INDEXES), clock)
    waker = Waker()
    book = Book(alerts, clock)
    escalations = Escalations(book, pages, on_call, clock)
    handlers = Handlers(book, on_call, clock, waker.wake)
    links = Links(settings.alerting_public_url, settings.link_key(), timedelta(hours=settings.alerting_link_hours))
    # The engine limits each call; the client's own limit is only its backstop. Proxies of the environment are not used:
    # where pages go is in the on-call file and nowhere else.
    client = httpx.AsyncClient(timeout=SENDING_LIMIT.total_seconds(), follow_redirects=False, trust_env=False)
    gateways: Gateways = {
        Channel.EMAIL: EmailGateway(_mail_server(settings), clock),
        Channel.WEBHOOK: WebhookGateway(client, clock),
    }
    verifier = Verifier(settings.token_public_key_file, clock)
    audit = Audit(database, clock, metrics)
    # Somebody waits in front of a page: a service that is away is said to be soon.
    peers = [
        rpc.channel(settings, address, metrics=metrics, deadline_seconds=settings.alerting_peer_seconds)
        for address in (settings.peer_scoring, settings.peer_intake)
    ]
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
        Reading(book, pages, ScoringPeer(peers[0]), IntakePeer(peers[1]), clock),
        handlers,
        on_call,
        audit,
        live,
        clock,
    )
    return Parts(
        store=database,
        publisher=Publisher(settings, [alerts], metrics=metrics, clock=clock),
        consumer=Consumer(
            settings,
            SERVICE,
            agents.subscriptions(handlers),
            agents.REGISTRY,
            DeadLetters(settings.kafka_bootstrap, SERVICE, clock),
            metrics=metrics,
            clock=clock,
        ),
        grpc=rpc.server(
            settings,
            [
                (
                    grpc_api.add_AlertingServiceServicer_to_server,
                    api.AlertingService(handlers, pages),
                    api.SERVICE_NAME,
                ),
                (
                    console_grpc.add_ConsoleServiceServicer_to_server,
                    console_api.ConsoleService(accounts),
                    console_api.SERVICE_NAME,
                ),
            ],
            {**api.SCOPES, **console_api.SCOPES},
            verifier=verifier,
            audit=audit,
            metrics=metrics,
        ),
        web=Web(metrics, [*AcknowledgePage(handlers, pages, links, audit, clock).routes(), *console.routes()]),
        extra=[
            Sealer(database, clock, metrics),
            live,
            Engine(
                [
                    Escalate(escalations, own_metrics),
                    TellEnd(escalations, own_metrics),
                    Reclaim(pages, own_metrics),
                    FallBack(escalations, pages, own_metrics),
                ],
                Send(escalations, pages, on_call, gateways, links, clock, waker, own_metrics),
                Lease(database),
                waker,
                own_metrics,
                tick=timedelta(seconds=settings.alerting_tick_seconds),
                lease_for=timedelta(seconds=settings.alerting_lease_seconds),
            ),
        ],
        close=[client.aclose, *(peer.close for peer in peers)],
    )


def _sites(settings: AlertingSettings) -> sites.Sites:
    try:
        return sites.load(settings.alerting_sites_file)
    except sites.SitesError as error:
        raise SettingsError(error.problems) from error


def _mail_server(settings: AlertingSettings) -> MailServer:
    return MailServer(
        host=settings.alerting_smtp_host,
        port=settings.alerting_smtp_port,
        tls=settings.alerting_smtp_tls,
        user=settings.alerting_smtp_user,
        password=settings.alerting_smtp_password.get_secret_value(),
        sender=settings.alerting_mail_from,
    )
