"""The composition root of feedback: the only place that builds clients. Nothing connects before ``build`` is called."""

from collections.abc import Mapping

import httpx
from attune.feedback.v1 import feedback_service_pb2_grpc as grpc_api

from services.feedback import agents, api, questionnaire_documents, sites, store, web
from services.feedback.domain.outreach import CALL_LIMIT, Channel
from services.feedback.flags import Flags
from services.feedback.handlers import Handlers
from services.feedback.handoff import HandOff
from services.feedback.kiosk import Kiosk
from services.feedback.languages import known_languages
from services.feedback.limits import Limits
from services.feedback.links import Links
from services.feedback.peers import AlertingPeer, IntakePeer
from services.feedback.questionnaires import Questionnaires
from services.feedback.reading import Reading
from services.feedback.requests import Requests
from services.feedback.settings import FeedbackSettings
from services.feedback.sheets import Sheets
from services.feedback.sweeper import Sweeper
from services.feedback.teller import ByEmail, BySms, Teller, ToClinic, Way
from services.feedback.telling import Telling
from services.feedback.tickets import Seal, Tickets
from services.feedback.whereabouts import Whereabouts
from services.runtime import rpc
from services.runtime.audit import Audit, Sealer
from services.runtime.bus import Consumer, DeadLetters, Publisher
from services.runtime.clock import Clock, SystemClock
from services.runtime.identity import Verifier
from services.runtime.lifecycle import Parts
from services.runtime.metrics import Metrics
from services.runtime.outbound import Mailer, Phone, Webhooks
from services.runtime.settings import SettingsError
from services.runtime.store import Store
from services.runtime.web import Web

SERVICE = "feedback"


async def build(settings: FeedbackSettings) -> Parts:
    """Build the service; Transient when the database is away."""
    asking_sites = _sites(settings)
    clock = SystemClock()
    metrics = Metrics(SERVICE)
    verifier = Verifier(settings.token_public_key_file, clock)
    database = await Store.open(settings, SERVICE, metrics)
    audit = Audit(database, clock, metrics)
    vault = store.vault(database, settings.comment_keys())
    if not await vault.complete():
        raise SettingsError(
            ["ATTUNE_FEEDBACK_COMMENT_KEY_FILE: lacks a master key that is in use; put it back, below the newest"]
        )
    responses, flags, askings = store.responses(database), store.flags(database), store.askings(database)
    questionnaires = Questionnaires(questionnaire_documents.questionnaires(database), clock)

    to_alerting = rpc.channel(
        settings, settings.peer_alerting, metrics=metrics, deadline_seconds=settings.feedback_alerting_seconds
    )
    channels = [to_alerting]
    intake = None
    if settings.peer_intake:
        to_intake = rpc.channel(
            settings, settings.peer_intake, metrics=metrics, deadline_seconds=settings.feedback_intake_seconds
        )
        channels.append(to_intake)
        intake = IntakePeer(to_intake)

    known_flags = Flags(flags)
    hand_off = HandOff(
        known_flags,
        AlertingPeer(to_alerting),
        metrics,
        settings.feedback_handoff_every_seconds,
        settings.feedback_handoff_pause_seconds,
    )
    whereabouts = Whereabouts(intake, metrics, settings.feedback_intake_seconds, settings.feedback_intake_rest_seconds)
    links = Links(settings.feedback_public_url, settings.link_key())
    requests = Requests(askings, responses, asking_sites, links, clock, metrics, questionnaires.in_use)
    handlers = Handlers(responses, known_flags, requests, hand_off, vault, whereabouts, clock, metrics)

    reading = Reading(responses, askings, vault, audit, clock)
    telling = Telling(askings, asking_sites, Seal(settings.link_key()), clock)
    # The teller limits each call; the client's own limit is only its backstop. Redirects and proxies are not used.
    outbound = httpx.AsyncClient(timeout=CALL_LIMIT.total_seconds(), follow_redirects=False, trust_env=False)
    teller = Teller(
        telling, requests, _ways(settings, outbound, clock), links, metrics, settings.feedback_tell_every_seconds
    )

    forms = web.FormPages(
        handlers,
        requests,
        asking_sites,
        Sheets(questionnaires),
        Tickets(settings.link_key()),
        Limits(),
        settings.proxies(),
        audit,
        clock,
        metrics,
    )

    kiosk = web.KioskPages(
        Kiosk(requests, whereabouts, clock),
        asking_sites,
        verifier,
        Limits(),
        settings.proxies(),
        audit,
        secure=settings.feedback_public_url.startswith("https:"),
    )

    consumer = Consumer(
        settings,
        SERVICE,
        agents.subscriptions(handlers, requests),
        agents.REGISTRY,
        DeadLetters(settings.kafka_bootstrap, SERVICE, clock),
        metrics=metrics,
        clock=clock,
        ingress=agents.INGRESS,
        verifier=verifier,
        audit=audit,
    )
    door = rpc.server(
        settings,
        [
            (
                grpc_api.add_FeedbackServiceServicer_to_server,
                api.FeedbackService(handlers, requests, telling, reading, questionnaires),
                api.SERVICE_NAME,
            )
        ],
        api.SCOPES,
        verifier=verifier,
        audit=audit,
        metrics=metrics,
    )
    return Parts(
        store=database,
        publisher=Publisher(settings, [responses, flags, askings], metrics=metrics, clock=clock),
        grpc=door,
        web=Web(metrics, [web.instruments_route(), *forms.routes(), *kiosk.routes()]),
        consumer=consumer,
        extra=[
            Sealer(database, clock, metrics),
            hand_off,
            Sweeper(requests, settings.feedback_expire_every_seconds),
            teller,
        ],
        close=[*(channel.close for channel in channels), outbound.aclose, vault.close],
    )


def _ways(settings: FeedbackSettings, client: httpx.AsyncClient, clock: Clock) -> Mapping[Channel, Way]:
    ways: dict[Channel, Way] = {Channel.CLINIC: ToClinic(Webhooks(client, clock))}
    if settings.feedback_smtp_host:
        ways[Channel.EMAIL] = ByEmail(Mailer(settings.mail_server(), clock, CALL_LIMIT.total_seconds()))
    if settings.feedback_sms_url:
        token = settings.feedback_sms_token.get_secret_value()
        ways[Channel.SMS] = BySms(Phone(client, settings.feedback_sms_url, token, "sms"))
    return ways


def _sites(settings: FeedbackSettings) -> Mapping[str, sites.Site]:
    try:
        return sites.load(settings.feedback_sites_file, known_languages())
    except sites.SitesError as error:
        raise SettingsError(error.problems) from error
