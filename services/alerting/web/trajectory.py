"""A trajectory as a table: what the chart shows, to read and to hear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from attune.scoring.v1 import scoring_service_pb2 as api


@dataclass(frozen=True, slots=True)
class Line:
    """One rated session, named by its date: the chart counts those without a rating, too. Numbers are in the
    instrument's units; None where there is none.
    """

    at: datetime
    value: float | None
    baseline: float | None
    limit: float | None
    alarm: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One series. ``withheld``: ratings that the client does not let be shown here; scoring leaves them out."""

    instrument_id: str
    scale_min: float
    scale_max: float
    lines: Sequence[Line]
    withheld: int


def table(series: api.Series) -> Table:
    """Return a series as a table, the first session first."""

    def optional(rating: api.Rating, name: str) -> float | None:
        return float(getattr(rating, name)) if rating.HasField(name) else None

    lines = [
        Line(
            rating.at.ToDatetime(tzinfo=UTC),
            optional(rating, "value"),
            optional(rating, "baseline"),
            optional(rating, "limit"),
            rating.alarm,
        )
        for rating in series.ratings
    ]
    return Table(series.instrument_id, series.scale_min, series.scale_max, lines, series.withheld)
