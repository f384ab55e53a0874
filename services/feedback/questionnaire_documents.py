"""The collection of loaded questionnaires: one document for each instrument of a site, with every edition.

Editions are never changed or deleted: a response names the one that was read.
"""

from collections.abc import Mapping
from typing import Any

from services.feedback.domain.questionnaire import (
    Asked,
    Edition,
    Loaded,
    Note,
    Option,
    Questionnaire,
    Retirement,
    Text,
)
from services.runtime.store import Aggregates, Index, Store

Doc = dict[str, Any]

QUESTIONNAIRES = "questionnaires"


def questionnaires(store: Store) -> Aggregates:
    """Declare the collection."""
    return store.aggregates(QUESTIONNAIRES, [Index(["site_id"])])


def key(site_id: str, instrument_id: str, version: str) -> str:
    """Return the ``_id``; none of the three has a slash."""
    return f"{site_id}/{instrument_id}/{version}"


def loaded_document(loaded: Loaded) -> Doc:
    """Write what a site has loaded for an instrument."""
    retired = loaded.retired
    return {
        "site_id": loaded.site_id,
        "instrument_id": loaded.instrument_id,
        "instrument_version": loaded.instrument_version,
        "editions": [_edition(each) for each in loaded.editions],
        "retired": None if retired is None else {"at": retired.at, "by": retired.by, "reason": retired.reason},
    }


def read_loaded(document: Mapping[str, Any]) -> Loaded:
    """Read what a site has loaded for an instrument."""
    retired = document["retired"]
    return Loaded(
        site_id=document["site_id"],
        instrument_id=document["instrument_id"],
        instrument_version=document["instrument_version"],
        editions=tuple(_read_edition(each, document) for each in document["editions"]),
        retired=None if retired is None else Retirement(retired["at"], retired["by"], retired["reason"]),
    )


def questionnaire_document(questionnaire: Questionnaire) -> Doc:
    """Write a wording; equal wordings are equal documents."""
    return {
        "languages": list(questionnaire.languages),
        "title": dict(questionnaire.title),
        "parts": [_part(each) for each in questionnaire.parts],
        "copyright": questionnaire.copyright,
        "url": questionnaire.url,
        "version": questionnaire.version,
    }


def _edition(edition: Edition) -> Doc:
    return {
        "number": edition.number,
        "digest": edition.digest,
        "licence": edition.licence,
        "loaded_at": edition.loaded_at,
        "loaded_by": edition.loaded_by,
        "questionnaire": questionnaire_document(edition.questionnaire),
    }


def _read_edition(document: Mapping[str, Any], loaded: Mapping[str, Any]) -> Edition:
    wording = document["questionnaire"]
    return Edition(
        number=document["number"],
        digest=document["digest"],
        licence=document["licence"],
        loaded_at=document["loaded_at"],
        loaded_by=document["loaded_by"],
        questionnaire=Questionnaire(
            instrument_id=loaded["instrument_id"],
            instrument_version=loaded["instrument_version"],
            languages=tuple(wording["languages"]),
            title=wording["title"],
            parts=tuple(_read_part(each) for each in wording["parts"]),
            copyright=wording["copyright"],
            url=wording["url"],
            version=wording["version"],
        ),
    )


def _part(part: Note | Asked) -> Doc:
    if isinstance(part, Note):
        return {"text": dict(part.text), "heading": part.heading}
    return {
        "item": part.item,
        "text": dict(part.text),
        "required": part.required,
        "options": [{"value": each.value, "text": dict(each.text)} for each in part.options],
        "step": part.step,
        "low": _maybe(part.low),
        "high": _maybe(part.high),
    }


def _read_part(document: Mapping[str, Any]) -> Note | Asked:
    if "item" not in document:
        return Note(document["text"], document["heading"])
    return Asked(
        item=document["item"],
        text=document["text"],
        required=document["required"],
        options=tuple(Option(each["value"], each["text"]) for each in document["options"]),
        step=document["step"],
        low=document["low"],
        high=document["high"],
    )


def _maybe(text: Text | None) -> Doc | None:
    return None if text is None else dict(text)
