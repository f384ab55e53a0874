"""`attune rci`: reliable and clinically significant change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from services.cli import instruments, ndjson
from services.cli.errors import USAGE, Problem
from services.cli.ndjson import Line
from services.cli.output import emit_json
from services.scoring.domain.change import categorise, cutoffs, difference_error, reliable_change, standard_error
from services.scoring.domain.instruments import Instrument

_NORMS = ("--clinical-mean", "--clinical-sd", "--norm-mean", "--norm-sd")


@dataclass(frozen=True, slots=True)
class Measure:
    """What pairs are judged by. ``error`` is Sdiff, None where only a published reliable change is known."""

    reliable: float
    error: float | None
    higher_is_better: bool
    cutoff: float | None
    clinical: Callable[[float], bool] | None
    basis: dict[str, Any]


def rci(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE|-", help='{"id", "pre", "post"} a line; without it, the figures.')
    ] = None,
    instrument: Annotated[str | None, typer.Option(help="Take the published figures of this instrument.")] = None,
    sd: Annotated[float | None, typer.Option(help="SD of your sample at intake.")] = None,
    reliability: Annotated[float | None, typer.Option(help="0 to 1: alpha, or retest.")] = None,
    confidence: Annotated[float, typer.Option(help="Two-sided, between 0 and 1.")] = 0.95,
    cutoff: Annotated[float | None, typer.Option(help="End of the clinical range.")] = None,
    lower_is_better: Annotated[bool, typer.Option("--lower-is-better", help="As for symptoms.")] = False,
    clinical_mean: Annotated[float | None, typer.Option(help="With the next three: cut-offs a, b and c.")] = None,
    clinical_sd: Annotated[float | None, typer.Option()] = None,
    norm_mean: Annotated[float | None, typer.Option()] = None,
    norm_sd: Annotated[float | None, typer.Option()] = None,
) -> None:
    """Reliable change (Jacobson and Truax 1991): the figures, or the category of each pre/post pair.

    recovered: reliably better, and out of the clinical range; harmed: reliably worse, and into it.
    """
    if not 0 < confidence < 1:
        raise Problem(f"--confidence {confidence:g} is not between 0 and 1", USAGE)
    norms = _norms(clinical_mean, clinical_sd, norm_mean, norm_sd)
    if norms and cutoff is None:
        cutoff = norms["c"]
    if instrument is not None:
        if (sd, reliability, cutoff) != (None, None, None) or lower_is_better:
            raise Problem("--instrument brings its own figures; leave the others out, or leave it out", USAGE)
        measure = _published(_found(instrument))
    elif sd is not None and reliability is not None:
        measure = _given(sd, reliability, confidence, cutoff, not lower_is_better)
    else:
        raise Problem("reliable change of what? give --sd and --reliability, or --instrument", USAGE)
    if file is None:
        emit_json({**measure.basis, **({"cutoffs": norms} if norms else {})})
        return
    ndjson.run(file, ("pre", "post"), lambda line: _pair(line, measure))


def _pair(line: Line, measure: Measure) -> dict[str, Any]:
    pre, post = line.number("pre"), line.number("post")
    difference = round(post - pre, 6)
    category = categorise(
        pre, post, measure.reliable, higher_is_better=measure.higher_is_better, clinical=measure.clinical
    )
    return {
        "change": difference,
        "rc": None if measure.error is None else (post - pre) / measure.error,
        "reliable_change": measure.reliable,
        "cutoff": measure.cutoff,
        "category": category.value,
    }


def _given(sd: float, reliability: float, confidence: float, cutoff: float | None, higher: bool) -> Measure:
    if sd <= 0:
        raise Problem(f"--sd {sd:g} is not above 0", USAGE)
    if not 0 <= reliability < 1:
        raise Problem(f"--reliability {reliability:g} is not from 0 to below 1", USAGE)
    reliable, error = reliable_change(sd, reliability, confidence), difference_error(sd, reliability)

    def clinical(value: float) -> bool:
        return cutoff is not None and (value < cutoff if higher else value >= cutoff)

    return Measure(
        reliable=reliable,
        error=error,
        higher_is_better=higher,
        cutoff=cutoff,
        clinical=clinical,
        basis={
            "reliable_change": reliable,
            "confidence": confidence,
            "sem": standard_error(sd, reliability),
            "sdiff": error,
        },
    )


def _published(key: Instrument) -> Measure:
    known = key.reliable_change
    if known is None:
        raise Problem(
            f"no reliable change of {key.id} is known; give --sd of your sample and --reliability instead", USAGE
        )
    return Measure(
        reliable=known.value,
        error=None,
        higher_is_better=key.higher_is_better,
        cutoff=key.cutoff.value if key.cutoff else None,
        clinical=key.cutoff.crossed_by if key.cutoff else None,
        basis={
            "reliable_change": known.value,
            "confidence": known.confidence,
            "source": known.source,
            "standing": known.standing.value,
            "note": known.note,
            "cutoff": key.cutoff.value if key.cutoff else None,
        },
    )


def _found(instrument: str) -> Instrument:
    try:
        return instruments.find(instrument)
    except ValueError as error:
        raise Problem(str(error), USAGE) from error


def _norms(*given: float | None) -> dict[str, float] | None:
    values = [value for value in given if value is not None]
    if not values:
        return None
    if len(values) != len(_NORMS):
        raise Problem(f"{', '.join(_NORMS)} go together; give all four", USAGE)
    clinical_mean, clinical_sd, norm_mean, norm_sd = values
    if clinical_sd <= 0 or norm_sd <= 0:
        raise Problem("--clinical-sd and --norm-sd must be above 0", USAGE)
    found = cutoffs(clinical_mean, clinical_sd, norm_mean, norm_sd)
    return {"a": found.a, "b": found.b, "c": found.c}
