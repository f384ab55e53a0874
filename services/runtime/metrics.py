"""Every metric of the runtime, declared once with its meaning. Labels never carry pseudonyms or values of clients.

A service's own metrics are declared by ``Metrics.counter``, ``gauge`` and ``histogram`` where they are counted, once,
with their meaning.
"""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.gc_collector import GCCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Seconds: from a cached read to the default deadline.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one service, in a registry of their own so that several services can live in one test process."""

    def __init__(self, service: str, registry: CollectorRegistry | None = None) -> None:
        self.service = service
        self.registry = registry if registry is not None else CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._declare_bus()
        self._declare_doors()
        self._declare_store()

    def counter(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
        """Declare a counter ``attune_<name>``; declaring a name twice is an error."""
        return Counter(f"attune_{name}", meaning, labels, registry=self.registry)

    def gauge(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
        """Declare a gauge ``attune_<name>``."""
        return Gauge(f"attune_{name}", meaning, labels, registry=self.registry)

    def histogram(
        self, name: str, meaning: str, labels: Sequence[str] = (), buckets: Sequence[float] = _SECONDS
    ) -> Histogram:
        """Declare a histogram ``attune_<name>``; the default buckets are seconds."""
        return Histogram(f"attune_{name}", meaning, labels, registry=self.registry, buckets=tuple(buckets))

    def exposition(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)

    def _declare_bus(self) -> None:
        self.events_consumed = self.counter(
            "events_consumed_total", "Events taken from Kafka, by outcome: handled, dead_letter.", ["topic", "outcome"]
        )
        self.handle_seconds = self.histogram(
            "event_handle_seconds", "Seconds from taking an event to its acknowledgement, retries included.", ["topic"]
        )
        self.consumer_retries = self.counter(
            "consumer_retries_total", "Attempts repeated in place because a dependency was away.", ["topic"]
        )
        self.consumer_lag = self.gauge(
            "consumer_lag_events", "Events on the partition that are not committed yet.", ["topic", "partition"]
        )
        self.dead_letters = self.counter(
            "dead_letters_total", "Events set aside for ever wrong, by the topic they came from.", ["topic"]
        )
        self.events_published = self.counter(
            "events_published_total", "Events that the broker confirmed, by topic.", ["topic"]
        )
        self.publish_failures = self.counter(
            "publish_failures_total", "Sends that the broker did not confirm; they are repeated.", ["topic"]
        )
        self.publish_seconds = self.histogram(
            "publish_seconds", "Seconds from sending an event to the broker's confirmation.", ["topic"]
        )
        self.outbox_pending = self.gauge(
            "outbox_pending_documents", "Documents that hold events not yet published.", ["collection"]
        )

    def _declare_doors(self) -> None:
        self.rpc_calls = self.counter("rpc_calls_total", "gRPC calls answered, by status.", ["method", "code"])
        self.rpc_seconds = self.histogram("rpc_seconds", "Seconds to answer a gRPC call.", ["method"])
        self.rpc_client_calls = self.counter(
            "rpc_client_calls_total", "gRPC calls made to other services, by status.", ["method", "code"]
        )
        self.rpc_client_seconds = self.histogram(
            "rpc_client_seconds", "Seconds until another service answered.", ["method"]
        )
        self.http_requests = self.counter(
            "http_requests_total", "HTTP requests answered, by endpoint and status.", ["endpoint", "status"]
        )
        self.http_seconds = self.histogram("http_seconds", "Seconds to answer an HTTP request.", ["endpoint"])
        self.ready = self.gauge("ready", "1 while the named part is ready, 0 while it is not.", ["part"])

    def _declare_store(self) -> None:
        self.saves = self.counter("saves_total", "Documents saved, with the events they cause.", ["collection"])
        self.save_conflicts = self.counter(
            "save_conflicts_total", "Saves decided again because another writer was first.", ["collection"]
        )
        self.audit_omitted = self.counter(
            "audit_omitted_total", "Calls without a valid token that came too often for an audit entry each."
        )
        self.audit_entries = self.counter("audit_entries_total", "Audit entries written, by outcome.", ["outcome"])
