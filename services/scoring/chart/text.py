"""A series in plain characters."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from attune.scoring.v1 import scoring_service_pb2 as api

from services.scoring.chart.marks import (
    NOTHING,
    OPEN,
    OPENS,
    REPAIRED,
    drawn_range,
    heading,
    marks,
    quiet,
    sentences,
)
from services.scoring.chart.timeline import Mark, Timeline, timelines

LEGEND = "o rating   X alarm   - own level before it   . alarm limit   ? no total"
GAPS = "n session held, not rated   m missed   c cancelled"
MARKS = "R rupture opens   + repaired   ! not repaired in time   e ended with the care   d dismissed"

_LETTERS = {
    OPENS: "R",
    OPEN: "R",
    REPAIRED: "+",
    "not repaired": "!",
    "ended": "e",
    "dismissed": "d",
    "not rated": "n",
    "missed": "m",
    "cancelled": "c",
    "cancelled by clinic": "c",
}
_MARGIN, _STEP = 9, 4  # characters before the first session, and from one session to the next


def ascii_chart(response: api.GetTrajectoryResponse, width: int = 100, height: int = 15) -> str:
    """Every series of an episode, at most ``width`` characters wide; of a long one the last sessions."""
    return "\n\n".join(ascii_series(shown, width, height) for shown in timelines(response)) or NOTHING


def ascii_series(shown: Timeline, width: int = 100, height: int = 15) -> str:
    """One series from left to right, in the order of sessions; at most ``width`` characters wide, at least 40."""
    count = shown.count
    first = max(0, count - max(1, (width - _MARGIN) // _STEP))
    letters, gaps = _letters(marks(shown), first, count), _letters(shown.unrated, first, count)
    lines = [heading(shown.series)]
    if first:
        lines.append(f"sessions {first + 1} to {count} of {count}")
    lines += _grid(shown, first, height)
    lines.append(" " * (_MARGIN - 1) + "+" + "-" * (_STEP * (count - first)))
    lines.append(_row("", [str(number) for number in range(first + 1, count + 1)]))
    lines += [_row("", each) for each in (gaps, letters) if any(each)]
    lines.append(LEGEND)
    lines += [MARKS] if any(letters) else []
    lines += [GAPS] if any(gaps) else []
    lines += [f"Session {mark.place + 1}: {mark.word}, and a new level from here." for mark in shown.others]
    lines += sentences(shown)
    lines += [f"Quiet mark, {told}" for told in quiet(shown)]
    return "\n".join(part for line in lines for part in _folded(line, max(width, 40)))


def _grid(shown: Timeline, first: int, height: int) -> list[str]:
    low, high = drawn_range(shown)
    grid = [[""] * (shown.count - first) for _ in range(height)]
    for rating in shown.series.ratings:
        place = shown.place(rating) - first
        if place < 0:
            continue
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


def _letters(several: Iterable[Mark], first: int, count: int) -> list[str]:
    letters = [""] * (count - first)
    for mark in several:
        if mark.place >= first:
            letters[mark.place - first] += _LETTERS[mark.word]
    return letters


def _folded(line: str, width: int) -> list[str]:
    """A sentence that is too long goes on below itself; the plot's own lines never are."""
    return wrap(line, width, subsequent_indent="  ", break_on_hyphens=False) if len(line) > width else [line]


def _row(label: str, cells: list[str]) -> str:
    return f"{label:>{_MARGIN}}{''.join(f' {cell:<{_STEP - 1}}' for cell in cells)}".rstrip()
