"""The composition root: the only place of scoring that builds clients and puts the parts together."""

from attune.scoring.v1 import scoring_service_pb2_grpc as grpc_api

from services.runtime import rpc
from services.runtime.audit import Audit
from services.runtime.bus import Consumer, DeadLetters, Publisher
from services.runtime.clock import SystemClock
from services.runtime.identity import Verifier
from services.runtime.lifecycle import Parts
from services.runtime.metrics import Metrics
from services.runtime.store import Store
from services.runtime.web import Web
from services.scoring import agents, api, store, web
from services.scoring.courses import SiteCourses
from services.scoring.handlers import SERVICE, Handlers
from services.scoring.settings import ScoringSettings


async def build(settings: ScoringSettings) -> Parts:
    """Build the service; Transient while MongoDB is away."""
    clock = SystemClock()
    metrics = Metrics(SERVICE)
    unkeyed = metrics.counter(
        "scoring_unkeyed_responses_total",
        "Responses to instruments without a scoring key, kept unscored.",
        ["instrument"],
    )
    database = await Store.open(settings, SERVICE, metrics)
    episodes = database.aggregates(store.EPISODES, store.EPISODE_INDEXES)
    handlers = Handlers(episodes, lambda instrument_id: unkeyed.labels(instrument_id).inc())
    service = api.ScoringService(handlers, SiteCourses(episodes, clock))
    verifier = Verifier(settings.token_public_key_file, clock)
    audit = Audit(database, clock, metrics)
    dead_letters = DeadLetters(settings.kafka_bootstrap, SERVICE, clock)
    return Parts(
        store=database,
        publisher=Publisher(settings, [episodes], metrics=metrics, clock=clock),
        consumer=Consumer(
            settings,
            SERVICE,
            agents.subscriptions(handlers),
            agents.REGISTRY,
            dead_letters,
            metrics=metrics,
            clock=clock,
        ),
        grpc=rpc.server(
            settings,
            [(grpc_api.add_ScoringServiceServicer_to_server, service, api.SERVICE_NAME)],
            api.SCOPES,
            verifier=verifier,
            audit=audit,
            metrics=metrics,
        ),
        web=Web(metrics, web.routes()),
        close=[dead_letters.close],
    )
