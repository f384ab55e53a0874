"""The composition root of feedback: the only place that builds clients. Nothing connects before ``build`` is called."""

from attune.feedback.v1 import feedback_service_pb2_grpc as grpc_api

from services.feedback import agents, api, store, web
from services.feedback.flags import Flags
from services.feedback.handlers import Handlers
from services.feedback.handoff import HandOff
from services.feedback.peers import AlertingPeer, IntakePeer
from services.feedback.settings import FeedbackSettings
from services.feedback.whereabouts import Whereabouts
from services.runtime import rpc
from services.runtime.audit import Audit
from services.runtime.bus import Consumer, DeadLetters, Publisher
from services.runtime.clock import SystemClock
from services.runtime.identity import Verifier
from services.runtime.lifecycle import Parts
from services.runtime.metrics import Metrics
from services.runtime.store import Store
from services.runtime.web import Web

SERVICE = "feedback"


async def build(settings: FeedbackSettings) -> Parts:
    """Build the service; Transient when the database is away."""
    clock = SystemClock()
    metrics = Metrics(SERVICE)
    verifier = Verifier(settings.token_public_key_file, clock)
    database = await Store.open(settings, SERVICE, metrics)
    audit = Audit(database, clock, metrics)
    responses, flags = store.responses(database), store.flags(database)

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
    handlers = Handlers(responses, known_flags, hand_off, whereabouts, clock, metrics)

    consumer = Consumer(
        settings,
        SERVICE,
        agents.subscriptions(handlers),
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
        [(grpc_api.add_FeedbackServiceServicer_to_server, api.FeedbackService(handlers), api.SERVICE_NAME)],
        api.SCOPES,
        verifier=verifier,
        audit=audit,
        metrics=metrics,
    )
    return Parts(
        store=database,
        publisher=Publisher(settings, [responses, flags], metrics=metrics, clock=clock),
        grpc=door,
        web=Web(metrics, web.routes()),
        consumer=consumer,
        extra=[hand_off],
        close=[channel.close for channel in channels],
    )
