"""A series in plain characters."""

from __future__ import annotations

from attune.scoring.v1 import scoring_service_pb2 as api

from services.scoring.chart.marks import (
    NO_INFORMATION,
    NOTHING,
    drawn_range,
    heading,
    marks,
    quiet,
    session_of,
)

LEGEND = "o rating   X alarm   - own level before it   . alarm limit   ? no total"
MARKS = "R rupture opens   + repaired   ! not repaired in time   e ended with the care   d dismissed"

_LETTERS = {"rupture": "R", "repaired": "+", "not repaired": "!", "ended": "e", "dismissed": "d"}
_MARGIN, _STEP = 9, 4  # characters before the first session, and from one session to the next


def ascii_chart(response: api.GetTrajectoryResponse, width: int = 100, height: int = 15) -> str:
    """Every series of an episode, at most ``width`` characters wide; of a long one the last sessions."""
    return "\n\n".join(ascii_series(series, width, height) for series in response.series) or NOTHING


def ascii_series(series: api.Series, width: int = 100, height: int = 15) -> str:
    """One series from left to right, in the order of sessions."""
    count = len(series.ratings)
    first = max(0, count - max(1, (width - _MARGIN) // _STEP))
    letters = _letters(series, first)
    lines = [heading(series)]
    if first:
        lines.append(f"answered sessions {first + 1} to {count} of {count}")
    lines += _grid(series, first, height)
    lines.append(" " * (_MARGIN - 1) + "+" + "-" * (_STEP * (count - first)))
    lines.append(_row("", [str(number) for number in range(first + 1, count + 1)]))
    if any(letters):
        lines.append(_row("", letters))
    lines.append(LEGEND)
    if any(letters):
        lines.append(MARKS)
    lines += [f"Session {session_of(series, rupture)}: {rupture.explanation}" for rupture in series.ruptures]
    lines += [f"Quiet mark, {told}" for told in quiet(series)]
    if series.no_information:
        lines.append(NO_INFORMATION)
    return "\n".join(lines)


def _grid(series: api.Series, first: int, height: int) -> list[str]:
    low, high = drawn_range(series)
    shown = series.ratings[first:]
    grid = [[""] * len(shown) for _ in range(height)]
    for place, rating in enumerate(shown):
        alone = "X" if rating.alarm else "?"
        value = (rating.value, "X" if rating.alarm else "o") if rating.HasField("value") else (low, alone)
        limit = (rating.limit, ".") if rating.HasField("limit") else None
        level = (rating.baseline, "-") if rating.HasField("baseline") else None
        for height_and_mark in (limit, level, value):  # the rating last: it is seen where two fall on one place
            if height_and_mark is not None:
                row = round((high - height_and_mark[0]) / (high - low) * (height - 1))
                grid[min(max(row, 0), height - 1)][place] = height_and_mark[1]
    labelled = {row: high - (high - low) * row / (height - 1) for row in (0, height // 2, height - 1)}
    return [_row(f"{labelled[row]:.1f} |" if row in labelled else "|", cells) for row, cells in enumerate(grid)]


def _letters(series: api.Series, first: int) -> list[str]:
    letters = [""] * (len(series.ratings) - first)
    for mark in marks(series):
        if mark.place >= first:
            letters[mark.place - first] += _LETTERS[mark.word]
    return letters


def _row(label: str, cells: list[str]) -> str:
    return f"{label:>{_MARGIN}}{''.join(f' {cell:<{_STEP - 1}}' for cell in cells)}".rstrip()
