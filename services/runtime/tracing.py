"""W3C trace context, carried through gRPC metadata and Kafka headers as ``traceparent``.

The context lives where OpenTelemetry keeps it, so that a deployment that installs its SDK sees the same traces.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"

_PROPAGATOR = TraceContextTextMapPropagator()


def current_traceparent() -> str | None:
    """Return the present trace context as a ``traceparent`` value, or None outside of any trace."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(HEADER)


def current_trace_id() -> str | None:
    """Return the 32 hexadecimal digits of the present trace, for log lines."""
    span = trace.get_current_span().get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None


@contextmanager
def use(traceparent: str | None) -> Iterator[str]:
    """Continue the caller's trace with a new span, or start a trace when there is none or it is malformed."""
    carrier = {HEADER: traceparent} if traceparent else {}
    # An empty base context: the caller's trace decides, never one that happens to be current here.
    parent = trace.get_current_span(_PROPAGATOR.extract(carrier, otel_context.Context())).get_span_context()
    span_context = trace.SpanContext(
        trace_id=parent.trace_id if parent.is_valid else secrets.randbits(128) or 1,
        span_id=secrets.randbits(64) or 1,
        is_remote=False,
        trace_flags=parent.trace_flags if parent.is_valid else trace.TraceFlags(trace.TraceFlags.SAMPLED),
        trace_state=parent.trace_state,
    )
    token = otel_context.attach(trace.set_span_in_context(trace.NonRecordingSpan(span_context)))
    try:
        yield current_traceparent() or ""
    finally:
        otel_context.detach(token)
