"""Which facet fell: a row of cells for each facet, below the ratings and in their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.scoring.chart.timeline import Timeline

_SHADES = ["#27364a", "#eef2f6"]  # low, high
# Black and white letters are equally clear (a contrast of 4.6) on the shade a third of the way up.
_WHITE_BELOW = 1 / 3
# Of the letters of the chart's font, DejaVu Sans, in their size: how wide a digit is, and a point.
_DIGIT, _POINT = 0.64, 0.32
_LARGEST, _SMALLEST = 11, 9  # pixels


def facet_cells(shown: Timeline, width: int) -> dict[str, Any] | None:
    """The darker the lower; framed the facet that fell most as a rupture opened.

    The values are written out as long as they fit; in a very long series the shades alone tell them, and the range is
    given. None where there are no facets.
    """
    ratings = shown.series.ratings
    names = list(dict.fromkeys(name for rating in ratings for name in sorted(rating.facets)))
    if not names:
        return None
    fell = {(rupture.opened_session_id, rupture.facet) for rupture in shown.series.ruptures}
    values = [
        {
            "session": shown.place(rating) + 1,
            "facet": name.replace("_", " "),
            "value": rating.facets[name],
            "fell": (rating.session_id, name) in fell,
        }
        for rating in ratings
        for name in names
        if name in rating.facets
    ]
    numbers = [value for rating in ratings for value in rating.facets.values()]
    high = max(numbers)
    low = min([high * 2 / 3, *numbers])  # a small difference must not look like a fall
    columns = {"domain": list(range(1, shown.count + 1)), "paddingInner": 0, "paddingOuter": 0}
    cell = {
        "x": {"field": "session", "type": "ordinal", "title": None, "scale": columns, "axis": None},
        "y": {"field": "facet", "type": "nominal", "title": "Facets", "sort": None, "axis": {"domain": False}},
    }
    shade = {
        "field": "value",
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [low, high], "range": _SHADES, "interpolate": "rgb"},
    }
    white = {"test": f"datum.value < {low + (high - low) * _WHITE_BELOW}", "value": "white"}
    size = _letter_size(width / shown.count, numbers)
    told = "The darker, the lower"
    if not size:
        told += f", from {min(numbers):.1f} to {high:.1f}"
    if any(each["fell"] for each in values):
        told += "; framed: fell most as a rupture opened"
    digits = {
        "mark": {"type": "text", "fontSize": size},
        "encoding": {
            **cell,
            "text": {"field": "value", "type": "quantitative", "format": ".1f"},
            "color": {"condition": white, "value": "black"},
        },
    }
    frame = {"type": "rect", "fill": None, "stroke": "black", "strokeWidth": 2.5}
    return {
        "title": {
            "text": told,
            "fontSize": 12,
            "fontWeight": "normal",
            "color": "#5c6773",
            "frame": "group",
            "offset": 4,
        },
        "width": width,
        "height": 22 * len(names),
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "rect", "stroke": "white"}, "encoding": {**cell, "color": shade}},
            *([digits] if size else []),
            {"transform": [{"filter": "datum.fell"}], "mark": frame, "encoding": cell},
        ],
        "resolve": {"scale": {"color": "independent"}},
    }


def _letter_size(room: float, numbers: Sequence[float]) -> int:
    """In pixels, so that the longest value fits into a cell of this width; 0 where it would be too small to read."""
    longest = max(len(f"{number:.1f}") for number in numbers)
    size = int((room - 1) / ((longest - 1) * _DIGIT + _POINT))  # one pixel between neighbours
    return min(size, _LARGEST) if size >= _SMALLEST else 0
