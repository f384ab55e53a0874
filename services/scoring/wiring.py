"""The composition root: the only place of scoring that builds clients and puts the parts together."""

from attune.scoring.v1 import scoring_service_pb2_grpc as grpc_api

from services.runtime import rpc
from services.runtime.audit import Audit, Sealer
from services.runtime.bus import Consumer, DeadLetters, Publisher
from services.runtime.clock import SystemClock
from services.runtime.identity import Verifier
from services.runtime.lifecycle import Parts
from services.runtime.metrics import Metrics
from services.runtime.store import Store
from services.runtime.web import Web
from services.scoring import agents, api, store, web
from services.scoring.domain.caseload import Rule
from services.scoring.handlers import (
    SERVICE,
    Calibrations,
    Caseloads,
    Handlers,
    Policies,
    PolicyBook,
    SiteCourses,
    Summaries,
)
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
    policies = database.aggregates(store.POLICIES, store.POLICY_INDEXES)
    book = PolicyBook(policies, clock)
    handlers = Handlers(episodes, book, lambda instrument_id: unkeyed.labels(instrument_id).inc())
    verifier = Verifier(settings.token_public_key_file, clock)
    audit = Audit(database, clock, metrics)
    caseloads = database.aggregates(store.CASELOADS, store.CASELOAD_INDEXES)
    patterns = Caseloads(caseloads, Rule(settings.scoring_caseload_clients, settings.scoring_caseload_days))
    desk = Policies(policies, episodes, book, handlers, audit, clock)
    service = api.ScoringService(
        handlers,
        Summaries(episodes, book, clock),
        desk,
        Calibrations(episodes, desk, clock),
        SiteCourses(episodes, clock),
        clock,
    )
    return Parts(
        store=database,
        publisher=Publisher(settings, [episodes, caseloads], metrics=metrics, clock=clock),
        consumer=Consumer(
            settings,
            SERVICE,
            agents.subscriptions(handlers, patterns),
            agents.REGISTRY,
            DeadLetters(settings.kafka_bootstrap, SERVICE, clock),
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
        extra=[Sealer(database, clock, metrics)],
    )
