"""The rows of a CSV or NDJSON file, each with the line that it begins at; one that cannot be read is told of."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from services.cli.errors import USAGE, Problem

MAX_FIELD = 65_536  # characters; no answer, id or time is anywhere near


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was not taken: where, what, and what to do."""

    row: int
    field: str
    reason: str
    advice: str

    def __str__(self) -> str:
        return f"line {self.row}: {self.field}: {self.reason}; {self.advice}"


Row = tuple[int, Mapping[str, object] | Refusal]


def read(path: Path, columns: Sequence[str], delimiter: str) -> Iterator[Row]:
    """Go through the rows of a file; Problem when it is no such file, or lacks a column."""
    kind = path.suffix.lower()
    if kind not in (".csv", ".tsv", ".ndjson", ".jsonl"):
        raise Problem(f"{path}: is neither .csv nor .ndjson; rename it to what it is", USAGE)
    try:
        # CSV reads its own line ends, which may stand inside of quotes.
        with path.open(encoding="utf-8-sig", newline="" if kind in (".csv", ".tsv") else None) as stream:
            if kind in (".csv", ".tsv"):
                yield from _csv(path, stream, columns, delimiter)
            else:
                yield from _ndjson(stream, columns)
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}", USAGE) from error
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is not UTF-8 ({error.reason}); save it as UTF-8", USAGE) from error


def _csv(path: Path, stream: TextIO, columns: Sequence[str], delimiter: str) -> Iterator[Row]:
    limit = csv.field_size_limit(MAX_FIELD)
    try:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        header = next(reader, None)
        _check_header(path, header, columns)
        yield from _records(reader, header or [])
    except csv.Error as error:
        raise Problem(
            f"{path}: is not CSV: {error}; check the delimiter in the mapping, and the quotes", USAGE
        ) from error
    finally:
        csv.field_size_limit(limit)


def _check_header(path: Path, header: list[str] | None, columns: Sequence[str]) -> None:
    if not header:
        raise Problem(f"{path}: is empty; its first line names the columns", USAGE)
    missing = [name for name in columns if name not in header]
    if missing:
        raise Problem(f"{path}: has no column {missing[0]!r}; it has {', '.join(header)[:500]}", USAGE)
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        raise Problem(f"{path}: has the column {twice[0]!r} twice; give each its own name", USAGE)


def _records(reader: Iterator[list[str]], header: list[str]) -> Iterator[Row]:
    before = 1
    for values in reader:
        line, before = before + 1, getattr(reader, "line_num", before + 1)
        if not values:
            continue
        if len(values) != len(header):
            said = f"has {len(values)} values for {len(header)} columns"
            yield line, Refusal(line, "row", said, "put values that hold the delimiter into quotes")
        else:
            yield line, dict(zip(header, values, strict=True))


def _ndjson(stream: TextIO, columns: Sequence[str]) -> Iterator[Row]:
    for line, text in enumerate(stream, start=1):
        if not text.strip():
            continue
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            yield line, Refusal(line, "row", "is not JSON", "give one JSON object a line")
            continue
        if not isinstance(content, dict):
            yield line, Refusal(line, "row", "is not a JSON object", "give one JSON object a line")
            continue
        yield line, {name: content.get(name) for name in columns}
