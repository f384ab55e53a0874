"""Alerting's own metrics, declared once with their meaning."""

from services.runtime.metrics import Metrics


class AlertingMetrics:
    """What tells an operator whether pages go out."""

    def __init__(self, metrics: Metrics) -> None:
        self.pages = metrics.counter(
            "alerting_pages_total",
            "Attempts to tell somebody, by outcome: sent, failed, dropped.",
            ["channel", "outcome"],
        )
        self.page_seconds = metrics.histogram(
            "alerting_page_seconds", "Seconds from planning a page until a gateway took it.", ["kind"]
        )
        self.acting = metrics.gauge(
            "alerting_engine_acting", "1 on the instance whose engine acts, 0 on those that stand ready."
        )
        self.cycle_seconds = metrics.histogram("alerting_engine_cycle_seconds", "Seconds of one cycle of the engine.")
        self.engine_failures = metrics.counter(
            "alerting_engine_failures_total",
            "Pieces of the engine's work that failed; they are tried again.",
            ["module"],
        )
        self.readiness = metrics.gauge(
            "alerting_readiness_findings",
            "What lacks at a site: empty and unreachable shifts of the next 28 days, unverified contacts, and so on.",
            ["site_id", "lack"],
        )
        self.audit_problems = metrics.gauge(
            "alerting_audit_problems", "What the last audit found that should not be, up to ten of each.", ["what"]
        )
        self.heartbeats = metrics.counter(
            "alerting_heartbeats_total", "Heartbeats to the monitor outside, by outcome: sent, failed.", ["outcome"]
        )
        self.silent_feeds = metrics.gauge("alerting_silent_feeds", "Sites whose feed of sessions has fallen silent.")
