"""A series as SVG, drawn by Vega-Lite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from html import escape
from textwrap import wrap
from typing import Any

import vl_convert
from attune.scoring.v1 import scoring_service_pb2 as api

from services.scoring.chart.facets import facet_cells
from services.scoring.chart.marks import (
    NOTHING,
    OPEN,
    OPENS,
    REPAIRED,
    describe,
    drawn_range,
    heading,
    marks,
    sentences,
)
from services.scoring.chart.timeline import Timeline, timelines

_INK, _GREY, _ALARM, _REPAIR = "#1d3557", "#5c6773", "#b3261e", "#1b6e3c"
_POINT = {"type": "point", "size": 200, "opacity": 1, "filled": False}
_SMALLEST = 0.75  # of its size: letters of nine pixels; on a narrower screen one scrolls
_FONT = "DejaVu Sans, Liberation Sans, Arial, sans-serif"

Values = list[dict[str, Any]]


def svg_chart(response: api.GetTrajectoryResponse) -> str:
    """Every series of an episode in one SVG document, one below the other; it shrinks to a narrow screen."""
    several = timelines(response)
    return _titled(str(vl_convert.vegalite_to_svg(vega_lite(several))), several)


def vega_lite(several: Sequence[Timeline]) -> dict[str, Any]:
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
        "vconcat": [
            panel for shown in several for panel in (_panel(shown), facet_cells(shown, _width(shown))) if panel
        ],
    }


def _width(shown: Timeline) -> int:
    return min(1100, max(420, 46 * shown.count))


def _panel(shown: Timeline) -> dict[str, Any]:
    series, count = shown.series, max(1, shown.count)
    low, high = drawn_range(shown)
    x_scale = {"domain": [0.5, count + 0.5], "nice": False}
    room = (high - low) * 0.12  # for words below the lowest and above the highest rating
    y_scale = {"domain": [low - room, high + room], "nice": False}
    every = 1 if count <= 20 else 5
    ticks = [number for number in range(1, count + 1) if number % every == 0 or number == 1]
    x_axis = {"values": ticks, "format": "d", "grid": False}
    x = {"field": "session", "type": "quantitative", "title": _span(series), "scale": x_scale, "axis": x_axis}
    scale = f"Rating, {series.scale_min:g} to {series.scale_max:g}"
    y_axis = {"grid": True, "gridColor": "#eee", "tickCount": 6, "values": _levels(low, high)}
    y = {"field": "value", "type": "quantitative", "title": scale, "scale": y_scale, "axis": y_axis}

    def layer(mark: dict[str, Any], values: Values, **more: Any) -> dict[str, Any]:
        return {"data": {"values": values}, "mark": mark, "encoding": {"x": x, "y": y, **more}}

    def text(colour: str, below: int, values: Values, **more: Any) -> dict[str, Any]:
        mark = {
            "type": "text",
            "fontSize": 12,
            "fontWeight": "bold",
            "color": colour,
            "dy": below,
            "lineBreak": "\n",
            **more,
        }
        return layer(mark, values, text={"field": "word"})

    rated, alarmed, ends = _points(shown, low)
    repaired = [each for each in ends if each["word"] == REPAIRED]
    other_ends = [each for each in ends if each["word"] != REPAIRED]
    gaps = [{"session": mark.place + 1, "value": low - room, "word": mark.word} for mark in shown.unrated]
    others = [{"session": mark.place + 0.5, "value": high + room, "word": mark.word} for mark in shown.others]
    upright = {"fontWeight": "normal", "angle": -90, "baseline": "middle"}
    return {
        "title": {"text": heading(series), "subtitle": _subtitle(shown)},
        "width": _width(shown),
        "height": 280,
        "layer": [
            _shade(shown, x, y),
            {
                "data": {"values": others},
                "mark": {"type": "rule", "color": _GREY, "strokeDash": [1, 3]},
                "encoding": {"x": x},
            },
            layer({"type": "line", "color": _GREY, "strokeWidth": 1.5}, _line(shown, "baseline")),
            layer({"type": "line", "color": _ALARM, "strokeDash": [5, 4], "strokeWidth": 1.2}, _line(shown, "limit")),
            layer({"type": "line", "color": _INK, "strokeWidth": 2}, rated),
            layer({"type": "point", "filled": True, "color": _INK, "size": 55, "opacity": 1}, rated),
            layer({**_POINT, "shape": "triangle-down", "filled": True, "color": _ALARM}, alarmed),
            layer({**_POINT, "shape": "square", "color": _REPAIR, "strokeWidth": 2.5}, repaired),
            layer({**_POINT, "shape": "cross", "color": _INK, "strokeWidth": 2}, other_ends),
            text(_ALARM, 20, [each for each in alarmed if each["word"]]),
            text(_REPAIR, -18, repaired),
            text(_INK, -18, other_ends),
            text(_GREY, 0, gaps, **upright, align="left", dx=6),
            text(_GREY, 8, others, **upright, align="right", dx=-4),
            text(_GREY, 0, _line_ends(shown), fontWeight="normal", align="left", dx=8),
        ],
    }


def _points(shown: Timeline, low: float) -> tuple[Values, Values, Values]:
    """Ratings; alarms, with a word where a rupture opens; ends of ruptures. Without a total: drawn at the bottom."""
    heights = {shown.place(each): each.value if each.HasField("value") else low for each in shown.series.ratings}
    opened = {mark.place: mark.word for mark in marks(shown) if mark.word in (OPENS, OPEN)}
    rated = [
        {"session": shown.place(rating) + 1, "value": rating.value}
        for rating in shown.series.ratings
        if rating.HasField("value")
    ]
    alarmed = [
        {"session": place + 1, "value": heights[place], "word": opened.get(place, "").replace(", ", "\n")}
        for place in (shown.place(rating) for rating in shown.series.ratings if rating.alarm)
    ]
    # A rupture that a session without a rating opened or ended has its word at the bottom.
    alarmed += [
        {"session": place + 1, "value": low, "word": word.replace(", ", "\n")}
        for place, word in opened.items()
        if place not in heights
    ]
    ends = [
        {"session": mark.place + 1, "value": heights.get(mark.place, low), "word": mark.word}
        for mark in marks(shown)
        if mark.word not in (OPENS, OPEN)
    ]
    return rated, alarmed, ends


def _shade(shown: Timeline, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    """The time for which a rupture was open."""
    values = [
        {
            "session": shown.places[rupture.opened_session_id] + 0.75,
            "until": shown.places.get(rupture.closed_session_id, shown.count - 1) + 1.25,
            "bottom": y["scale"]["domain"][0],
            "top": y["scale"]["domain"][1],
        }
        for rupture in shown.series.ruptures
        if rupture.opened_session_id in shown.places
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


def _line(shown: Timeline, field: str) -> Values:
    """The values of a line; it is broken where there is none (the start of a baseline)."""
    return [
        {"session": shown.place(rating) + 1, "value": getattr(rating, field) if rating.HasField(field) else None}
        for rating in shown.series.ratings
    ]


def _line_ends(shown: Timeline) -> Values:
    """Names of the lines, at their right ends."""
    last = next((rating for rating in reversed(shown.series.ratings) if rating.HasField("baseline")), None)
    if last is None:
        return []
    session = shown.place(last) + 1
    ends = [{"session": session, "value": last.baseline, "word": "own level"}]
    if last.HasField("limit"):
        ends.append({"session": session, "value": last.limit, "word": "alarm limit"})
    return ends


def _span(series: api.Series) -> str:
    """The axis of sessions: of which time they are."""
    days = [rating.at.ToDatetime(tzinfo=UTC) for rating in series.ratings]
    return f"Session; rated from {min(days):%-d %b %Y} to {max(days):%-d %b %Y}" if days else "Session"


def _subtitle(shown: Timeline) -> list[str]:
    width = max(70, min(150, 7 * shown.count))
    return [line for each in sentences(shown)[-3:] for line in wrap(each, width, break_on_hyphens=False)]


def _levels(low: float, high: float) -> list[float]:
    """Round values for the axis, inside what is drawn."""
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if (high - low) / step <= 7)
    first = -(-low // step)
    return [round((first + index) * step, 6) for index in range(8) if (first + index) * step <= high + 1e-9]


def _titled(svg: str, several: Sequence[Timeline]) -> str:
    """Add the title and the description that screen readers read, and let it shrink to the screen."""
    words = escape(" ".join(describe(shown) for shown in several) or NOTHING)
    head, _, rest = svg.partition(">")
    label = ' role="img" aria-labelledby="trajectory-title trajectory-description"'
    width = float(head.partition(' width="')[2].partition('"')[0])
    fluid = f' style="max-width:100%;min-width:{width * _SMALLEST:.0f}px;height:auto"'
    title = '<title id="trajectory-title">Session ratings against the client\'s own level</title>'
    return f'{head}{label}{fluid}>{title}<desc id="trajectory-description">{words}</desc>{rest}'
