"""The composition root: the only place of alerting that builds clients and puts the parts together."""

from datetime import timedelta

import httpx
from attune.alerting.v1 import alerting_service_pb2_grpc as grpc_api

from services.alerting import agents, api, calendars, console_api, record, sites, store
from services.alerting.addresses import Addresses
from services.alerting.book import Book
from services.alerting.calendars import Calendars
from services.alerting.callbacks import Callbacks
from services.alerting.channels import Gateway
from services.alerting.channels.email import EmailGateway
from services.alerting.channels.phone import PhoneGateway
from services.alerting.channels.webhook import WebhookGateway
from services.alerting.conditions import Conditions
from services.alerting.domain.delivery import SENDING_LIMIT
from services.alerting.domain.sites import Channel
from services.alerting.engine.aside import Aside
from services.alerting.engine.audit import Audit, Heartbeat, Watch
from services.alerting.engine.handover import HandOver
from services.alerting.engine.loop import Engine
from services.alerting.engine.modules import Escalate, FallBack, Know, LetGo, Reclaim, TellEnd
from services.alerting.engine.send import Send
from services.alerting.engine.waker import Waker
from services.alerting.episodes import Episodes
from services.alerting.escalations import Escalations
from services.alerting.feeds import Feeds
from services.alerting.handlers import Handlers
from services.alerting.links import Links
from services.alerting.metrics import AlertingMetrics
from services.alerting.oncall import OnCall
from services.alerting.pages import Pages
from services.alerting.replies import Codes, Replies
from services.alerting.roster import Roster
from services.alerting.settings import AlertingSettings
from services.alerting.silences import InForce, Silences
from services.alerting.verification import Verification
from services.alerting.web import AcknowledgePage, CalendarFeed
from services.alerting.web.assembly import assemble
from services.runtime import audit as audit_of
from services.runtime import rpc
from services.runtime.bus import Consumer, DeadLetters, Publisher
from services.runtime.clock import SystemClock
from services.runtime.identity import Verifier
from services.runtime.lifecycle import Parts
from services.runtime.metrics import Metrics
from services.runtime.outbound import Mailer, MailServer, Webhooks
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
    aside = Aside(clock)
    book = Book(alerts, clock)
    silences = Silences(database.aggregates(store.SILENCES, store.SILENCE_INDEXES), on_call, clock, waker.wake)
    episodes = Episodes(database.aggregates(store.EPISODES))
    in_force = InForce(silences, book, pages, clock)
    escalations = Escalations(book, pages, on_call, in_force, episodes, clock)
    handlers = Handlers(book, on_call, clock, waker.wake)
    bundle = timedelta(seconds=settings.alerting_bundle_seconds)
    addresses = Addresses(database.aggregates(store.ADDRESSES), settings.link_key(), clock, bundle)
    links = Links(settings.alerting_public_url, settings.link_key(), timedelta(hours=settings.alerting_link_hours))
    # The engine limits each call; the client's own limit is only its backstop. Proxies of the environment are not used:
    # where pages go is in the on-call file and nowhere else.
    client = httpx.AsyncClient(timeout=SENDING_LIMIT.total_seconds(), follow_redirects=False, trust_env=False)
    lifetime = timedelta(hours=settings.alerting_link_hours)
    codes = Codes(settings.link_key(), lifetime)
    gateways: dict[Channel, Gateway] = {
        Channel.EMAIL: EmailGateway(Mailer(_mail_server(settings), clock, SENDING_LIMIT.total_seconds())),
        Channel.WEBHOOK: WebhookGateway(Webhooks(client, clock)),
    }
    if settings.alerting_phone_url:
        for channel in (Channel.SMS, Channel.VOICE):
            gateways[channel] = PhoneGateway(client, settings.alerting_phone_url, settings.phone_token(), channel)
    conditions = Conditions(handlers, clock)
    silence = settings.alerting_feed_silence_days
    allowed = None if silence is None else timedelta(days=silence)
    feeds = Feeds(database.aggregates(store.FEEDS), conditions, on_call, clock, allowed)
    url, pause = settings.alerting_heartbeat_url.get_secret_value(), settings.alerting_heartbeat_seconds
    heartbeat = Heartbeat(client, url, timedelta(seconds=pause), own_metrics)
    roster = Roster(
        database.aggregates(record.SITES, record.SITE_INDEXES),
        on_call,
        sites.read(settings.alerting_sites_file),
        frozenset(gateways),
        clock,
        own_metrics,
    )
    await roster.load()
    shown = Calendars(
        database.aggregates(calendars.CALENDARS, calendars.CALENDAR_INDEXES),
        on_call,
        settings.alerting_public_url,
        clock,
    )
    servicer = api.AlertingService(
        handlers,
        pages,
        silences,
        conditions,
        on_call,
        OnCall(roster, on_call, clock),
        Verification(roster, on_call, gateways, settings.link_key(), clock),
        shown,
    )
    verifier = Verifier(settings.token_public_key_file, clock)
    audit = audit_of.Audit(database, clock, metrics)
    routes = AcknowledgePage(handlers, pages, links, audit, clock).routes()
    routes += CalendarFeed(shown).routes()
    if settings.alerting_phone_url:
        replies = Replies(handlers, pages, on_call, codes, audit, clock)
        routes += Callbacks(pages, replies, settings.phone_secret(), clock).routes()
    console = assemble(settings, database, book, pages, episodes, handlers, on_call, audit, clock, metrics)
    return Parts(
        store=database,
        publisher=Publisher(settings, [alerts], metrics=metrics, clock=clock),
        consumer=Consumer(
            settings,
            SERVICE,
            agents.subscriptions(handlers, episodes, feeds),
            agents.REGISTRY,
            DeadLetters(settings.kafka_bootstrap, SERVICE, clock),
            metrics=metrics,
            clock=clock,
        ),
        grpc=rpc.server(
            settings,
            [(grpc_api.add_AlertingServiceServicer_to_server, servicer, api.SERVICE_NAME), console.service],
            {**api.SCOPES, **console_api.SCOPES},
            verifier=verifier,
            audit=audit,
            metrics=metrics,
        ),
        web=Web(metrics, [*routes, *console.routes]),
        extra=[
            audit_of.Sealer(database, clock, metrics),
            console.live,
            roster,
            Engine(
                [
                    Know(in_force),
                    Escalate(escalations, waker, aside, own_metrics),
                    TellEnd(escalations, aside, own_metrics),
                    Reclaim(pages, aside, own_metrics),
                    FallBack(escalations, pages, waker, aside, own_metrics),
                ],
                Send(
                    escalations,
                    pages,
                    on_call,
                    in_force,
                    addresses,
                    HandOver(pages, on_call, addresses, gateways, links, codes, clock, waker, own_metrics),
                    clock,
                    waker,
                    aside,
                    own_metrics,
                ),
                Lease(database),
                waker,
                own_metrics,
                [
                    LetGo(in_force, waker, aside, own_metrics),
                    Watch(feeds, conditions, on_call, clock, own_metrics, settings.alerting_test_page_hour),
                    Audit(escalations, pages, conditions, heartbeat, aside, clock, own_metrics),
                ],
                tick=timedelta(seconds=settings.alerting_tick_seconds),
                lease_for=timedelta(seconds=settings.alerting_lease_seconds),
            ),
        ],
        close=[heartbeat.idle, client.aclose, *console.close],
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
