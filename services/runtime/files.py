"""Settings that are files for people: YAML, checked whole before anything starts.

Every problem is one line that names the place in the file and what to do.
"""

import re
from collections.abc import Hashable
from datetime import time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

M = TypeVar("M", bound=BaseModel)

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class FileError(Exception):
    """A file that cannot be used; one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class FileModel(BaseModel):
    """A part of a file. A key that it does not know is refused, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def load(path: Path, model: type[M]) -> M:
    """Read and check a file; FileError lists every problem at once."""
    raw = read(path)
    try:
        return check(raw, model)
    except FileError as error:
        raise FileError([f"{path}: {problem}" for problem in error.problems]) from error


def read(path: Path) -> Any:
    """Read a file of YAML; FileError when it is none, or gives a key twice."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506  (a SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise FileError([f"{path}: cannot be read: {error}"]) from error
    except yaml.YAMLError as error:
        raise FileError([f"{path}: is not YAML: {' '.join(str(error).split())}"]) from error


def check(raw: object, model: type[M], place: str = "") -> M:
    """Check a part of a file that begins at ``place``; FileError lists every problem at once."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise FileError([_readable(item, place) for item in error.errors(include_url=False)]) from error


def duration(value: object, least: timedelta, most: timedelta) -> timedelta:
    """Read ``5m``, ``2s``, ``1h30m`` or ``1d``; ValueError when it is none, or not between the two."""
    text = str(value).strip()
    if not re.fullmatch(r"(\d+[smhd])+", text):
        raise ValueError(f"{text!r} is not a duration; write it as 5m, 30s or 1h30m")
    read = timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text)))
    if not least <= read <= most:
        raise ValueError(f"{text!r} is outside {_short(least)} to {_short(most)}")
    return read


def zone_name(name: str) -> str:
    """Check the name of a time zone."""
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone; write it as Europe/London")
    return name


def time_of_day(value: object) -> time:
    """Read ``09:00``."""
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", str(value))
    if not match:
        raise ValueError('is not a time of day; write it in quotes, as "09:00"')
    return time(int(match[1]), int(match[2]))


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice: YAML would silently keep the last one, and with it the wrong people."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _readable(item: Any, place: str) -> str:
    for part in item["loc"]:
        place += f"[{part}]" if isinstance(part, int) else f"{'.' if place else ''}{part}"
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = "there is no such key here"
    elif item["type"] == "missing":
        message = "is missing"
    return f"{place or 'file'}: {message}"


def _short(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
