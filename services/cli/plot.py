"""A series of ratings as a picture: in plain characters for the terminal, and as SVG."""

from __future__ import annotations

from typing import Any

import vl_convert
from attune.scoring.v1 import scoring_service_pb2 as api

HEIGHT = 15  # rows of the plot
STEP = 4  # characters from one session to the next
RATING, ALARM, BASELINE, LIMIT = "o", "X", "-", "."
LEGEND = f"{RATING} rating   {ALARM} alarm   {BASELINE} the client's own baseline   {LIMIT} limit"


def ascii_plot(series: api.Series) -> str:
    """The ratings of one series from left to right, in session order, between the ends of the instrument's scale."""
    low, high = _range(series)
    rows = [[" "] * (STEP * len(series.ratings)) for _ in range(HEIGHT)]

    def put(index: int, value: float, mark: str) -> None:
        row = round((high - value) / (high - low) * (HEIGHT - 1))
        if 0 <= row < HEIGHT:
            rows[row][index * STEP + 1] = mark

    for index, rating in enumerate(series.ratings):
        if rating.HasField("limit"):
            put(index, rating.limit, LIMIT)
        if rating.HasField("baseline"):
            put(index, rating.baseline, BASELINE)
        if rating.HasField("value"):
            put(index, rating.value, ALARM if rating.alarm else RATING)
    labels = {0: high, HEIGHT // 2: (high + low) / 2, HEIGHT - 1: low}
    lines = [f"{labels[row]:7.1f} |" if row in labels else "        |" for row in range(HEIGHT)]
    drawn = [f"{label}{''.join(cells)}".rstrip() for label, cells in zip(lines, rows, strict=True)]
    numbers = "".join(f"{index + 1:^{STEP}d}" for index in range(len(series.ratings)))
    return "\n".join([*drawn, "        +" + "-" * (STEP * len(series.ratings)), f"         {numbers}".rstrip(), LEGEND])


def svg_plot(series: api.Series) -> str:
    """The same as an SVG document, drawn by Vega-Lite."""
    return str(vl_convert.vegalite_to_svg(_vega_lite(series)))


def _vega_lite(series: api.Series) -> dict[str, Any]:
    low, high = _range(series)
    values = [
        {
            "session": index + 1,
            "rating": rating.value if rating.HasField("value") else None,
            "baseline": rating.baseline if rating.HasField("baseline") else None,
            "limit": rating.limit if rating.HasField("limit") else None,
            "alarm": "alarm" if rating.alarm else "rating",
        }
        for index, rating in enumerate(series.ratings)
    ]
    x = {"field": "session", "type": "quantitative", "title": "session", "axis": {"tickMinStep": 1, "format": "d"}}

    def y(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": series.instrument_id, "scale": {"domain": [low, high]}}

    colour = {
        "field": "alarm",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ["rating", "alarm"], "range": ["#2a6f97", "#c1121f"]},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 640,
        "height": 280,
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "line", "color": "#9aa5b1"}, "encoding": {"x": x, "y": y("baseline")}},
            {"mark": {"type": "line", "color": "#d99", "strokeDash": [4, 4]}, "encoding": {"x": x, "y": y("limit")}},
            {"mark": {"type": "line", "color": "#2a6f97"}, "encoding": {"x": x, "y": y("rating")}},
            {
                "mark": {"type": "point", "filled": True, "size": 70},
                "encoding": {"x": x, "y": y("rating"), "color": colour},
            },
        ],
    }


def _range(series: api.Series) -> tuple[float, float]:
    """The ends of the scale; from the ratings where the scale is not given."""
    if series.scale_max > series.scale_min:
        return series.scale_min, series.scale_max
    values = [rating.value for rating in series.ratings if rating.HasField("value")] or [0.0]
    return min(values) - 0.5, max(values) + 0.5
