"""The composition root: the only place of intake that builds clients and puts the parts together."""

from datetime import timedelta

from attune.intake.v1 import intake_service_pb2_grpc as grpc_api

from services.intake import agents, api, store, web
from services.intake.handlers import Handlers
from services.intake.settings import IntakeSettings
from services.intake.store import ParkedReports
from services.intake.sweeper import Sweeper
from services.runtime import rpc
from services.runtime.audit import Audit, Sealer
from services.runtime.bus import Consumer, DeadLetters, Publisher
from services.runtime.clock import SystemClock
from services.runtime.identity import Verifier
from services.runtime.lifecycle import Parts
from services.runtime.metrics import Metrics
from services.runtime.store import Store
from services.runtime.web import Web

SERVICE = "intake"


async def build(settings: IntakeSettings) -> Parts:
    """Build the service; Transient while MongoDB is away."""
    clock = SystemClock()
    metrics = Metrics(SERVICE)
    database = await Store.open(settings, SERVICE, metrics)
    episodes = database.aggregates(store.EPISODES, store.EPISODE_INDEXES)
    sessions = database.aggregates(store.SESSIONS, store.SESSION_INDEXES)
    parked = ParkedReports(
        database,
        wait=timedelta(seconds=settings.intake_park_seconds),
        first_look=timedelta(seconds=settings.intake_sweep_seconds),
    )
    handlers = Handlers(episodes, sessions, parked, clock)
    verifier = Verifier(settings.token_public_key_file, clock)
    audit = Audit(database, clock, metrics)
    # One for each user, because each closes its own when it stops.
    letters_of_consumer = DeadLetters(settings.kafka_bootstrap, SERVICE, clock)
    letters_of_sweeper = DeadLetters(settings.kafka_bootstrap, SERVICE, clock)
    return Parts(
        store=database,
        publisher=Publisher(settings, [episodes, sessions], metrics=metrics, clock=clock),
        consumer=Consumer(
            settings,
            SERVICE,
            agents.subscriptions(handlers),
            agents.REGISTRY,
            letters_of_consumer,
            metrics=metrics,
            clock=clock,
            ingress=agents.INGRESS,
            verifier=verifier,
            audit=audit,
        ),
        grpc=rpc.server(
            settings,
            [(grpc_api.add_IntakeServiceServicer_to_server, api.IntakeService(handlers), api.SERVICE_NAME)],
            api.SCOPES,
            verifier=verifier,
            audit=audit,
            metrics=metrics,
        ),
        web=Web(metrics, web.routes()),
        extra=[
            Sealer(database, clock, metrics),
            Sweeper(handlers, parked, letters_of_sweeper, clock, metrics, settings.intake_sweep_seconds),
        ],
    )
