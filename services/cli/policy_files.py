"""Policies and populations as files, as `attune scoring policies show` prints them, read into the domain's terms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from services.cli.errors import USAGE, Problem
from services.scoring.domain.policy import Policy
from services.scoring.domain.population import Population

_FIGURES = ("mean", "between_sd", "within_sd", "sem")


def as_text(policy: Policy) -> str:
    """A policy as such a file."""
    return yaml.safe_dump({"policy": policy.to_dict()}, sort_keys=False)


def read_policy(file: Path) -> tuple[Policy, Population | None]:
    """The policy of a file, and the population where the file has one."""
    content = _read(file)
    policy, population = content.get("policy"), content.get("population")
    if not isinstance(policy, Mapping):
        raise Problem(f"{file}: policy: is missing; `attune detect --show-policy` prints a file that is right", USAGE)
    try:
        read = Policy.from_dict(policy)
    except ValueError as error:
        raise Problem(
            f"{file}: policy.{error}; `attune detect --show-policy` prints a file that is right", USAGE
        ) from error
    return read, None if population is None else _population(file, population)


def read_population(file: Path) -> Population:
    """The population of a file, which may stand alone or beside a policy."""
    content = _read(file)
    return _population(file, content.get("population", content))


def _population(file: Path, given: object) -> Population:
    if not isinstance(given, Mapping):
        raise Problem(f"{file}: population: is not an object; give {', '.join(_FIGURES)}", USAGE)
    values: dict[str, float] = {}
    for name in _FIGURES:
        value = given.get(name)
        above = "" if name == "mean" else " above 0"
        if isinstance(value, bool) or not isinstance(value, int | float) or (above and value <= 0):
            raise Problem(f"{file}: population.{name}: is not a number{above}, in the units of the total", USAGE)
        values[name] = float(value)
    more = {name: _more(file, given, name) for name in ("autocorrelation", "slope") if name in given}
    return Population(
        **values,
        **more,
        version=str(given.get("version", "given")),
        provenance=str(given.get("provenance", f"Given in {file.name}.")),
        assumed=bool(given.get("assumed", False)),
    )


def _more(file: Path, given: Mapping[str, object], name: str) -> float:
    value = given[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Problem(f"{file}: population.{name}: is not a number", USAGE)
    if name == "autocorrelation" and not 0 <= value < 1:
        raise Problem(f"{file}: population.{name}: is not at least 0 and below 1", USAGE)
    return float(value)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Problem(f"{file} cannot be read ({error}); give YAML or JSON", USAGE) from error
    if not isinstance(found, dict):
        raise Problem(f"{file} holds no object; give names and values", USAGE)
    return found
