"""Listings for people (a table) and for programs (JSON), from the same rows."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

PIPE_WIDTH = 1_000  # characters
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")


def console() -> Console:
    """The console on today's stdout (looked up at each call, so that a test's capture sees it)."""
    # Into a file or a pipe, a row is a line however long it is.
    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def as_dict(message: Message) -> dict[str, Any]:
    """A message in the protobuf JSON mapping, with the field names of the .proto file."""
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def short(value: str, *prefixes: str) -> str:
    """An enum's name without its prefix, in lower case: ALERT_STATUS_OPEN becomes open."""
    for prefix in prefixes:
        value = value.removeprefix(prefix)
    return value.lower().replace("_", "-")


def emit_json(value: object) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def emit_rows(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, str]], *, as_json: bool, empty: str
) -> None:
    """A listing: JSON with every field, or a table of `columns` (field, heading); `empty` is said without rows."""
    if as_json:
        emit_json(list(rows))
        return
    if not rows:
        line(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for field, heading in columns:
        # Ids and times are there to be copied: other columns give way.
        table.add_column(heading, overflow="fold", no_wrap=field.endswith(("id", "_at", "time")))
    for row in rows:
        table.add_row(*(_cell(row.get(field)) for field, _ in columns))
    _print(table)


def emit_facts(title: str, facts: Iterable[tuple[str, object]]) -> None:
    """One thing, as lines of name and value."""
    line(title)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(name, _cell(value))
    _print(table)


def _print(table: Table) -> None:
    made = console()
    with made.capture() as captured:
        made.print(table)
    for row in captured.get().splitlines():
        line(row.rstrip())


def line(text: str) -> None:
    """One line on stdout, as it is."""
    sys.stdout.write(text + "\n")


def paragraph(text: str, first: str, rest: str) -> None:
    """Text folded to the terminal's width; into a file or a pipe one line."""
    made = console()
    for each in wrap(text, max(40, made.width - 1), initial_indent=first, subsequent_indent=rest):
        line(each)


def warn(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(text + "\n")


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ", ".join(_cell(item) for item in value) or "-"
    instant = _INSTANT.fullmatch(str(value))
    return f"{instant[1]} {instant[2]}Z" if instant else str(value)
