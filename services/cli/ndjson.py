"""JSON objects in, one a line, and JSON objects out, one a line: a pipe that keeps going and says what it left out.

A line that cannot be read gives one line on stderr, with its number and the field, and nothing on stdout; the others
go on. The exit code is 1 when there was one.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from services.cli.errors import USAGE, Problem
from services.cli.output import warn

MOST_TOLD = 20  # lines on stderr


class BadLine(Exception):
    """A line that cannot be used: the field, and what is wrong with it."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}")


class Line:
    """One input object, read field by field; BadLine names the field that cannot be right."""

    def __init__(self, content: Mapping[str, Any], known: Sequence[str]) -> None:
        for field in content:
            if field not in known:
                raise BadLine(field, f"is not a field of this input; there are {', '.join(known)}")
        self._content = content

    def get(self, field: str) -> Any:
        """A field as it is; None when it is absent."""
        return self._content.get(field)

    def text(self, field: str, default: str | None = None) -> str:
        """A text that is not empty, or the default."""
        value = self._content.get(field, default)
        if value is None:
            raise BadLine(field, "is missing")
        if not isinstance(value, str) or not value:
            raise BadLine(field, "is not a text")
        return value

    def maybe_number(self, field: str) -> float | None:
        """A number; None when it is absent or null."""
        value = self._content.get(field)
        return None if value is None else number(field, value)

    def number(self, field: str) -> float:
        """A number."""
        if self._content.get(field) is None:
            raise BadLine(field, "is missing")
        return number(field, self._content[field])

    def list(self, field: str) -> Sequence[Any]:
        """A list."""
        value = self._content.get(field)
        if value is None:
            raise BadLine(field, "is missing")
        if not isinstance(value, list):
            raise BadLine(field, "is not a list")
        return value

    def numbers(self, field: str) -> Sequence[float]:
        """A list of numbers."""
        return [number(f"{field}[{place}]", value) for place, value in enumerate(self.list(field))]


def number(field: str, value: object) -> float:
    """A finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadLine(field, "is not a number")
    return float(value)


@dataclass(slots=True)
class Tally:
    """How many lines there were, and how many of them could not be used."""

    lines: int = 0
    bad: int = 0

    def complain(self) -> None:
        """Problem when a line could not be used."""
        if self.bad:
            raise Problem(f"{self.bad} of {self.lines} lines could not be used; put them right and send them again")


def run(file: str, known: Sequence[str], convert: Callable[[Line], Mapping[str, Any]]) -> None:
    """Convert every line of a file, or of stdin for "-"; ``known`` are the fields that a line may have.

    ``convert`` raises BadLine, or ValueError("<field>: <what>"). What a line says as "id" comes first in its output.
    """

    def told(line: Line) -> None:
        result = convert(line)
        identity = line.get("id")
        identified = {"id": identity, **result} if identity is not None else result
        sys.stdout.write(json.dumps(identified, ensure_ascii=False) + "\n")

    read(file, known, told).complain()


def read(file: str, known: Sequence[str], take: Callable[[Line], None]) -> Tally:
    """Take every line of a file, or of stdin for "-"; those that ``take`` refuses are told of and counted."""
    tally = Tally()
    for place, text in _texts(file):
        tally.lines += 1
        try:
            take(Line(_object(text), ("id", *known)))
        except (BadLine, ValueError) as error:
            tally.bad += 1
            if tally.bad <= MOST_TOLD:
                warn(f"attune: line {place}: {error}")
    return tally


def _texts(file: str) -> Iterator[tuple[int, str]]:
    with _opened(file) as stream:
        try:
            yield from ((place, text) for place, text in enumerate(stream, start=1) if text.strip())
        except UnicodeDecodeError as error:
            raise Problem(f"{file} is not UTF-8 ({error.reason}); save it as UTF-8", USAGE) from error


def _opened(file: str) -> AbstractContextManager[TextIO]:
    if file == "-":
        return nullcontext(sys.stdin)
    try:
        return Path(file).open(encoding="utf-8")
    except OSError as error:
        raise Problem(f"cannot read {file}: {error.strerror}; give another file, or - for stdin", USAGE) from error


def _object(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise BadLine("json", f"cannot be read ({error})") from None
    if not isinstance(content, dict):
        raise BadLine("json", "is not an object; give one object a line")
    return content


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
