"""Instruments at the command line: found by id, and every figure with its source and standing."""

from __future__ import annotations

from typing import Any

from services.cli.ndjson import BadLine, number
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.figures import Cutoff, Figure, standing
from services.scoring.domain.instruments import TOTAL, Instrument, Part


def find(instrument_id: str, version: str = "") -> Instrument:
    """A declared instrument; ValueError when there is none of this id and version."""
    key = CATALOGUE.get(instrument_id)
    if key is None:
        raise ValueError(f"instrument: there is no {instrument_id!r}; `attune instruments` lists them")
    if version and version != key.version:
        raise ValueError(f"version: {instrument_id} is known as version {key.version} only, not {version!r}")
    return key


def total(field: str, value: object, key: Instrument) -> float | None:
    """A total of this instrument; None where there is none. BadLine names the field that cannot be one."""
    if value is None:
        return None
    found = number(field, value)
    if not key.total_min <= found <= key.total_max:
        raise BadLine(field, f"{found:g} is not between {key.total_min:g} and {key.total_max:g}")
    return found


def figures(key: Instrument) -> dict[str, Any]:
    """Every figure of an instrument by name, each with value, source and standing."""
    found: dict[str, Any] = {
        "items": _known(f"{key.items} of {key.item_min:g} to {key.item_max:g}", key.source_of(Part.ITEMS)),
        "method": _known(key.method.value, key.source_of(Part.METHOD)),
        "reversed items": _known(sorted(key.reverse), key.source_of(Part.REVERSE)) if key.reverse else None,
        "may be missing": _known(key.max_missing, key.source_of(Part.MISSING)),
        "bands": _known({name: start for start, name in key.bands}, key.source_of(Part.BANDS)) if key.bands else None,
        "alpha": _figure(key.alpha),
        "SD": _figure(key.sd),
        "SEM": _figure(key.sem),
        "reliable change": _figure(key.reliable_change),
    }
    for name, items in key.subscales.items():
        found[f"subscale {name}"] = _known(list(items), key.source_of(Part.SUBSCALES))
    for name, why in key.gaps.items():
        found[name if name == TOTAL else f"subscale {name}"] = {"value": None, "missing": why}
    for facet, items in key.facets.items():
        found[f"facet {facet}"] = _known(list(items), key.source_of(Part.FACETS))
    for place, figure in enumerate(key.retest, start=1):
        found["retest" if len(key.retest) == 1 else f"retest {place}"] = _figure(figure)
    if key.reliable_change is not None and key.reliable_change.confidence is not None:
        found["reliable change"]["confidence"] = key.reliable_change.confidence
    for cutoff in key.cutoffs:
        found[f"cut-off {cutoff.scale or TOTAL}: {cutoff.meaning}"] = {**cutoff_of(cutoff), **_figure(cutoff)}
    for risk in key.risk:
        found[f"risk item {risk.item}: {risk.about}"] = _known(risk.page_at, risk.source)
    if key.critical:
        found["critical items"] = _known(list(key.critical), key.source)
    return {name: figure for name, figure in found.items() if figure is not None}


def cutoff_of(cutoff: Cutoff) -> dict[str, Any]:
    """A cut-off as plain data."""
    ages = {} if cutoff.ages is None else {"ages": list(cutoff.ages)}
    return {
        "scale": cutoff.scale or TOTAL,
        "value": cutoff.value,
        "side": cutoff.side.value,
        "meaning": cutoff.meaning,
        "standing": cutoff.standing.value,
        **ages,
    }


def described(key: Instrument) -> dict[str, Any]:
    """Everything that is declared of an instrument."""
    codes = key.loinc
    return {
        "instrument": key.id,
        "version": key.version,
        "title": key.title,
        "kind": key.kind.value,
        "range": [key.total_min, key.total_max],
        "higher_is_better": key.higher_is_better,
        "whole": key.whole,
        "complete": not key.gaps,
        "validated": key.validated,
        "licence": {
            "ship_wording": key.licence.ship.value,
            "basis": key.licence.basis,
            **_provenance(key.licence.source),
        },
        "loinc": {"note": codes.note}
        if codes.note
        else {
            "panel": codes.panel,
            "total": codes.total,
            "items": list(codes.items),
            "items_source": codes.items_source,
            "answers": list(codes.answers),
            "difficulty": codes.difficulty,
            **_provenance(codes.source),
        },
        "figures": figures(key),
    }


def _figure(figure: Figure | None) -> Any:
    if figure is None:
        return None
    note = {"note": figure.note} if figure.note else {}
    return {"value": figure.value, **_provenance(figure.source), **note}


def _known(value: object, source: str) -> dict[str, Any]:
    return {"value": value, **_provenance(source)}


def _provenance(source: str) -> dict[str, str]:
    return {"source": source, "standing": standing(source).value}
