"""`attune instruments load`, `preview`, `retire` and `loaded`: the wording that a site has the right to use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.feedback.v1 import feedback_service_pb2_grpc

from services.cli import wordings
from services.cli.calls import Caller, caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.errors import USAGE, Problem
from services.cli.instruments import find
from services.cli.output import as_dict, emit_json, emit_rows, line
from services.cli.where import OPERATOR
from services.feedback.domain.fhir_answers import Mapped
from services.feedback.domain.questionnaire import Asked, Questionnaire, Text
from services.scoring.domain.instruments import TOTAL
from services.scoring.domain.scores import risks, score

STUB = feedback_service_pb2_grpc.FeedbackServiceStub
COLUMNS = (
    ("instrument_id", "instrument"),
    ("instrument_version", "version"),
    ("edition", "edition"),
    ("languages", "languages"),
    ("loaded_at", "loaded"),
    ("loaded_by", "by"),
    ("retired_at", "retired"),
    ("licence", "licence"),
    ("title", "title"),
)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="A FHIR R4 Questionnaire, as JSON.")]
_Instrument = Annotated[str, typer.Option(help="The instrument that it is the wording of; see `attune instruments`.")]
_Version = Annotated[str, typer.Option("--version", help="The instrument's version, where there are several.")]
_Mapping = Annotated[
    Path | None,
    typer.Option(help="YAML with items (linkId: number), answers (code: value) and skip (linkIds), where needed."),
]


def load(
    context: typer.Context,
    file: _File,
    instrument: _Instrument,
    licence: Annotated[str, typer.Option(help="By what right it is used, for example an agreement's number.")] = "",
    version: _Version = "",
    mapping: _Mapping = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is wrong with it; needs no service.")] = False,
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Take an instrument's wording into use at a site. The same file again changes nothing."""
    mapped = wordings.mapping(mapping)
    found = wordings.file(file, instrument, version, licence, mapped)
    # Here too, so that every problem is listed and not the first alone.
    questionnaire = wordings.questionnaire(found, file)
    if check:
        languages = ", ".join(questionnaire.languages)
        line(f"{file}: can be asked as {instrument}: {len(questionnaire.asked)} items, in {languages}")
        return
    known = where(context)
    chosen = one_site(known, site)
    request = api.LoadInstrumentRequest(
        site_id=chosen,
        instrument_id=instrument,
        instrument_version=version,
        questionnaire=found.text,
        licence=licence,
        mapping=_message(mapped),
    )
    with caller(known, "feedback", STUB, OPERATOR) as call:
        _tell(call("LoadInstrument", request).loaded, chosen, "in use", as_json=as_json)


def retire(
    context: typer.Context,
    instrument: Annotated[str, typer.Argument(help="The instrument.")],
    reason: Annotated[str, typer.Option(help="Why; kept with it.")],
    version: _Version = "",
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Ask nobody at a site with an instrument's wording any more. Open requests can still be answered."""
    known = where(context)
    chosen = one_site(known, site)
    request = api.RetireInstrumentRequest(
        site_id=chosen, instrument_id=instrument, instrument_version=version, reason=reason
    )
    with caller(known, "feedback", STUB, OPERATOR) as call:
        _tell(call("RetireInstrument", request).retired, chosen, "retired", as_json=as_json)


def loaded(context: typer.Context, site: MaybeSite = None, as_json: Json = False) -> None:
    """List the wordings that are loaded, retired ones included."""
    known = where(context)
    with caller(known, "feedback", STUB) as call:
        rows = [row for each in known.chosen_sites(site) for row in _listed(call, each)]
    emit_rows(rows, (("site_id", "site"), *COLUMNS), as_json=as_json, empty="No wording is loaded.")


def preview(
    file: _File,
    instrument: _Instrument,
    answers: Annotated[str, typer.Option(help="Values by item, from 1 on: 2,1,,3 leaves the third out.")] = "",
    version: _Version = "",
    mapping: _Mapping = None,
    language: Annotated[str, typer.Option(help="Of the questions; else the file's own.")] = "",
    as_json: Json = False,
) -> None:
    """Show what a client would be asked and what each answer counts, and score some answers. Needs no service."""
    found = wordings.file(file, instrument, version, "a preview", wordings.mapping(mapping))
    questionnaire = wordings.questionnaire(found, file)
    if language and language not in questionnaire.languages:
        raise Problem(f"language: there is none but {', '.join(questionnaire.languages)}", USAGE)
    spoken = language or questionnaire.languages[0]
    questions = [_question(asked, spoken) for asked in questionnaire.asked]
    results = [_scored(questionnaire, name, given) for name, given in _trials(questionnaire, answers)]
    if as_json:
        emit_json({"title": questionnaire.title[spoken], "questions": questions, "scores": results})
        return
    line(questionnaire.title[spoken])
    for question in questions:
        counts = "; ".join(f"{value:g} {text}" for value, text in question["answers"])
        line(f"{question['item']:>3}. {question['text']} [{counts}]{' (needed)' if question['required'] else ''}")
    for result in results:
        line(_told(result))


def _message(mapped: Mapped) -> api.QuestionnaireMapping:
    return api.QuestionnaireMapping(items=mapped.items, answers=mapped.answers, skip=mapped.skip)


def _tell(found: api.LoadedInstrument, site: str, state: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(as_dict(found))
        return
    name = f"{found.instrument_id} version {found.instrument_version}"
    line(f"{name} at {site}: edition {found.edition} is {state}, {found.items} items, {', '.join(found.languages)}")


def _listed(call: Caller, site: str) -> list[dict[str, Any]]:
    answer = call("ListLoadedInstruments", api.ListLoadedInstrumentsRequest(site_id=site))
    return [{"site_id": site, **as_dict(each)} for each in answer.loaded]


def _question(asked: Asked, language: str) -> dict[str, Any]:
    answers = [(option.value, option.text[language]) for option in asked.options]
    if not answers:
        low, high = _end(asked.low, language, "the lowest"), _end(asked.high, language, "the highest")
        answers = [(asked.step, f"each step, from {low} to {high}")]
    return {"item": asked.item, "text": asked.text[language], "required": asked.required, "answers": answers}


def _end(text: Text | None, language: str, otherwise: str) -> str:
    return otherwise if text is None else repr(text[language])


def _trials(questionnaire: Questionnaire, answers: str) -> list[tuple[str, dict[int, float]]]:
    """The answers that were given, or else the lowest and the highest of every item, which show the key's direction."""
    key = find(questionnaire.instrument_id, questionnaire.instrument_version)
    if not answers:
        items = range(1, key.items + 1)
        return [
            ("every answer lowest", dict.fromkeys(items, key.item_min)),
            ("every answer highest", dict.fromkeys(items, key.item_max)),
        ]
    given = {}
    for item, text in enumerate(answers.split(","), start=1):
        if text.strip():
            try:
                given[item] = float(text)
            except ValueError:
                raise Problem(f"answers: {text!r}, of item {item}, is not a number", USAGE) from None
    return [("these answers", given)]


def _scored(questionnaire: Questionnaire, name: str, given: dict[int, float]) -> dict[str, Any]:
    key = find(questionnaire.instrument_id, questionnaire.instrument_version)
    try:
        found = score(key, given)
    except ValueError as error:
        raise Problem(str(error), USAGE) from error
    return {
        "of": name,
        "total": found.total,
        "range": [key.total_min, key.total_max],
        "higher_is_better": key.higher_is_better,
        "band": found.band,
        "subscales": found.subscales,
        "refused": found.refused,
        "risk_items": [risk.item for risk in risks(key, given)],
    }


def _told(result: dict[str, Any]) -> str:
    low, high = result["range"]
    total = result["total"]
    said = f"{total:g} of {low:g} to {high:g}" if total is not None else f"no total: {result['refused'][TOTAL]}"
    better = "higher" if result["higher_is_better"] else "lower"
    band = f", {result['band'].replace('_', ' ')}" if result["band"] else ""
    paging = ", ".join(map(str, result["risk_items"]))
    pages = f"; pages the clinician on call by item {paging}" if paging else ""
    return f"{result['of']}: {said}{band} ({better} is better){pages}"
