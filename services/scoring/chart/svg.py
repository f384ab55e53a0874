"""A series as SVG, drawn by Vega-Lite."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import vl_convert
from attune.scoring.v1 import scoring_service_pb2 as api

from services.scoring.chart.marks import (
    NO_INFORMATION,
    NOTHING,
    OPENS,
    REPAIRED,
    describe,
    drawn_range,
    heading,
    marks,
    places,
    session_of,
)

_SHADES = ["#27364a", "#eef2f6"]  # low, high
_INK, _GREY, _ALARM, _REPAIR = "#1d3557", "#5c6773", "#b3261e", "#1b6e3c"
_POINT = {"type": "point", "size": 200, "opacity": 1, "filled": False}
_FONT = "DejaVu Sans, Liberation Sans, Arial, sans-serif"

Values = list[dict[str, Any]]


def svg_chart(response: api.GetTrajectoryResponse) -> str:
    """Every series of an episode in one SVG document, one below the other."""
    return _titled(str(vl_convert.vegalite_to_svg(vega_lite(response.series))), response.series)


def svg_series(series: api.Series) -> str:
    """One series as an SVG document."""
    return _titled(str(vl_convert.vegalite_to_svg(vega_lite([series]))), [series])


def vega_lite(several: Sequence[api.Series]) -> dict[str, Any]:
    """The Vega-Lite specification of the SVG."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "config": {
            "font": _FONT,
            "axis": {
                "labelColor": _GREY,
                "titleColor": _GREY,
                "labelFontSize": 12,
                "titleFontSize": 12,
                "tickColor": "#ccc",
            },
            "view": {"stroke": None},
            "title": {"anchor": "start", "fontSize": 15, "subtitleFontSize": 12, "subtitleColor": _GREY, "offset": 14},
        },
        "vconcat": [panel for series in several for panel in (_panel(series), _facets(series)) if panel],
    }


def _panel(series: api.Series) -> dict[str, Any]:
    low, high = drawn_range(series)
    count = max(1, len(series.ratings))
    x_scale = {"domain": [0.5, count + 0.5], "nice": False}
    room = (high - low) * 0.12  # for words below the lowest and above the highest rating
    y_scale = {"domain": [low - room, high + room], "nice": False}
    every = 1 if count <= 20 else 5
    ticks = [number for number in range(1, count + 1) if number % every == 0 or number == 1]
    x_axis = {"values": ticks, "format": "d", "grid": False}
    x = {"field": "session", "type": "quantitative", "title": "Answered session", "scale": x_scale, "axis": x_axis}
    scale = f"Rating, {series.scale_min:g} to {series.scale_max:g}"
    y_axis = {"grid": True, "gridColor": "#eee", "tickCount": 6, "values": _levels(low, high)}
    y = {"field": "value", "type": "quantitative", "title": scale, "scale": y_scale, "axis": y_axis}

    def layer(mark: dict[str, Any], values: Values, **more: Any) -> dict[str, Any]:
        return {"data": {"values": values}, "mark": mark, "encoding": {"x": x, "y": y, **more}}

    def text(colour: str, below: int, values: Values, **more: Any) -> dict[str, Any]:
        mark = {"type": "text", "fontSize": 12, "fontWeight": "bold", "color": colour, "dy": below, **more}
        return layer(mark, values, text={"field": "word"})

    rated, alarmed, ends = _points(series, low)
    repaired = [each for each in ends if each["word"] == REPAIRED]
    other_ends = [each for each in ends if each["word"] != REPAIRED]
    return {
        "title": {"text": heading(series), "subtitle": _subtitle(series)},
        "width": min(1100, max(420, 46 * count)),
        "height": 280,
        "layer": [
            _shade(series, x, y),
            layer({"type": "line", "color": _GREY, "strokeWidth": 1.5}, _line(series, "baseline")),
            layer({"type": "line", "color": _ALARM, "strokeDash": [5, 4], "strokeWidth": 1.2}, _line(series, "limit")),
            layer({"type": "line", "color": _INK, "strokeWidth": 2}, rated),
            layer({"type": "point", "filled": True, "color": _INK, "size": 55, "opacity": 1}, rated),
            layer({**_POINT, "shape": "triangle-down", "filled": True, "color": _ALARM}, alarmed),
            layer({**_POINT, "shape": "square", "color": _REPAIR, "strokeWidth": 2.5}, repaired),
            layer({**_POINT, "shape": "cross", "color": _INK, "strokeWidth": 2}, other_ends),
            text(_ALARM, 20, [each for each in alarmed if each["word"]]),
            text(_REPAIR, -18, repaired),
            text(_INK, -18, other_ends),
            text(_GREY, 0, _line_ends(series), fontWeight="normal", align="left", dx=8),
        ],
    }


def _facets(series: api.Series) -> dict[str, Any] | None:
    """Which facet fell: a row for each, its values written out; the darker, the lower. None where there are none."""
    names = list(dict.fromkeys(name for rating in series.ratings for name in sorted(rating.facets)))
    if not names:
        return None
    cells = [
        (index + 1, name, rating.facets[name])
        for index, rating in enumerate(series.ratings)
        for name in names
        if name in rating.facets
    ]
    values = [{"session": number, "facet": name.replace("_", " "), "value": value} for number, name, value in cells]
    high = max(value for _, _, value in cells)
    low = min([high * 2 / 3, *(value for _, _, value in cells)])  # a small difference must not look like a fall
    count = max(1, len(series.ratings))
    x = {"field": "session", "type": "ordinal", "title": None, "scale": {"domain": list(range(1, count + 1))}}
    cell = {
        "x": {**x, "axis": None},
        "y": {"field": "facet", "type": "nominal", "title": "Facets", "sort": None, "axis": {"domain": False}},
    }
    shade = {
        "field": "value",
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [low, high], "range": _SHADES},
    }
    ink = {"condition": {"test": f"datum.value < {(low + high) / 2}", "value": "white"}, "value": _INK}
    digits = {"field": "value", "type": "quantitative", "format": ".1f"}
    return {
        "width": min(1100, max(420, 46 * count)),
        "height": 22 * len(names),
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "rect", "stroke": "white"}, "encoding": {**cell, "color": shade}},
            {"mark": {"type": "text", "fontSize": 10}, "encoding": {**cell, "text": digits, "color": ink}},
        ],
        "resolve": {"scale": {"color": "independent"}},
    }


def _points(series: api.Series, low: float) -> tuple[Values, Values, Values]:
    """Ratings; alarms, with a word where a rupture opens; ends of ruptures. Without a total: drawn at the bottom."""
    heights = [rating.value if rating.HasField("value") else low for rating in series.ratings]
    opened = {mark.place for mark in marks(series) if mark.word == OPENS}
    rated = [
        {"session": index + 1, "value": heights[index]}
        for index, rating in enumerate(series.ratings)
        if rating.HasField("value")
    ]
    alarmed = [
        {"session": index + 1, "value": heights[index], "word": OPENS if index in opened else ""}
        for index, rating in enumerate(series.ratings)
        if rating.alarm
    ]
    ends = [
        {"session": mark.place + 1, "value": heights[mark.place], "word": mark.word}
        for mark in marks(series)
        if mark.word != OPENS
    ]
    return rated, alarmed, ends


def _shade(series: api.Series, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    """The time for which a rupture was open."""
    where = places(series)
    values = [
        {
            "session": where[rupture.opened_session_id] + 0.75,
            "until": where.get(rupture.closed_session_id, len(series.ratings) - 1) + 1.25,
            "bottom": y["scale"]["domain"][0],
            "top": y["scale"]["domain"][1],
        }
        for rupture in series.ruptures
        if rupture.opened_session_id in where
    ]
    sides = {
        "x": x,
        "x2": {"field": "until"},
        "y": {**y, "field": "bottom"},
        "y2": {"field": "top"},
    }
    return {
        "data": {"values": values},
        "mark": {"type": "rect", "color": "#b3261e", "opacity": 0.07},
        "encoding": sides,
    }


def _line(series: api.Series, field: str) -> Values:
    """The values of a line; it is broken where there is none (the start of a baseline)."""
    return [
        {"session": index + 1, "value": getattr(rating, field) if rating.HasField(field) else None}
        for index, rating in enumerate(series.ratings)
    ]


def _line_ends(series: api.Series) -> Values:
    """Names of the lines, at their right ends."""
    last = next((rating for rating in reversed(series.ratings) if rating.HasField("baseline")), None)
    if last is None:
        return []
    index = list(series.ratings).index(last)
    ends = [{"session": index + 1, "value": last.baseline, "word": "own level"}]
    if last.HasField("limit"):
        ends.append({"session": index + 1, "value": last.limit, "word": "alarm limit"})
    return ends


def _subtitle(series: api.Series) -> list[str]:
    if series.no_information:
        return [NO_INFORMATION]
    told = [f"Session {session_of(series, rupture)}: {rupture.explanation}" for rupture in series.ruptures[-3:]]
    width = max(70, min(150, 7 * len(series.ratings)))
    return [line for each in told for line in _wrapped(each, width)]


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _levels(low: float, high: float) -> list[float]:
    """Round values for the axis, inside what is drawn."""
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if (high - low) / step <= 7)
    first = -(-low // step)
    return [round((first + index) * step, 6) for index in range(8) if (first + index) * step <= high + 1e-9]


def _titled(svg: str, several: Sequence[api.Series]) -> str:
    """Add the title and the description that screen readers read."""
    words = escape(" ".join(describe(series) for series in several) or NOTHING)
    head, _, rest = svg.partition(">")
    label = ' role="img" aria-labelledby="trajectory-title trajectory-description"'
    title = '<title id="trajectory-title">Session ratings against the client\'s own level</title>'
    return f'{head}{label}>{title}<desc id="trajectory-description">{words}</desc>{rest}'
