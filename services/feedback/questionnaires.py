"""What can be done with wordings: one function per command, the same for every door.

The catalogue has the keys and no third party's wording; a site loads that here with its licence.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from services.feedback import messages
from services.feedback.domain import catalogue, fhir, rules
from services.feedback.domain.fhir_answers import Mapped
from services.feedback.domain.fhir_elements import Unusable
from services.feedback.domain.forms import Rater
from services.feedback.domain.instruments import Instrument
from services.feedback.domain.questionnaire import OURS, Edition, Loaded, Questionnaire, Retirement, check_licence
from services.feedback.domain.requests import Wanted
from services.feedback.questionnaire_documents import key, loaded_document, questionnaire_document, read_loaded
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent, as_permanent
from services.runtime.store import Aggregates, Change

# What a therapist or an observer is asked: their view of the alliance, and what they saw and tried.
OTHERS_ARE_ASKED = (catalogue.CHECKIN, catalogue.NOTES)

MAX_BYTES = 512 * 1024
MAX_REASON = 300  # characters
_LOADED_AT_A_SITE = 500  # far more than there are instruments


@dataclass(frozen=True, slots=True)
class File:
    """What a site loads."""

    instrument_id: str
    # Empty where the catalogue has one version only.
    version: str
    # FHIR R4 JSON.
    text: str
    licence: str
    mapped: Mapped


class Questionnaires:
    """The wordings of all sites. An edition never changes, so what was read once is kept in memory."""

    def __init__(self, questionnaires: Aggregates, clock: Clock) -> None:
        self._questionnaires = questionnaires
        self._clock = clock
        self._known: dict[tuple[str, str, str, int], Edition] = {}

    async def load(self, site_id: str, file: File, who: str) -> Loaded:
        """Take a wording into use at a site; the same again changes nothing but that it is in use again."""
        with as_permanent(""):
            questionnaire, licence = checked(file)
        edition = Edition(
            number=1,
            questionnaire=questionnaire,
            digest=_digest(questionnaire, licence),
            licence=licence,
            loaded_at=messages.milliseconds(self._clock.now()),
            loaded_by=who,
        )
        instrument_id, version = questionnaire.instrument_id, questionnaire.instrument_version

        def decide(document: dict[str, object] | None) -> Change:
            if document is None:
                return Change(loaded_document(Loaded(site_id, instrument_id, version, (edition,))))
            with as_permanent(""):
                return Change(loaded_document(read_loaded(document).with_edition(edition)))

        saved = await self._questionnaires.change(key(site_id, instrument_id, version), decide)
        if saved is None:
            raise RuntimeError("a questionnaire was saved and is not there")
        return read_loaded(saved)

    async def retire(self, site_id: str, instrument_id: str, version: str, reason: str, who: str) -> Loaded:
        """Ask nobody at the site with this wording any more."""
        reason = reason.strip()
        if not reason or len(reason) > MAX_REASON:
            raise Permanent("reason", f"is missing or longer than {MAX_REASON} characters", "Say why it is retired.")
        with as_permanent(""):
            instrument = known(instrument_id, version)
        retirement = Retirement(messages.milliseconds(self._clock.now()), who, reason)

        def decide(document: dict[str, object] | None) -> Change | None:
            return None if document is None else Change(loaded_document(read_loaded(document).retire(retirement)))

        saved = await self._questionnaires.change(key(site_id, instrument_id, instrument.version), decide)
        if saved is None:
            raise NotFound("instrument_id", "no wording of it is loaded at this site", "See ListLoadedInstruments.")
        return read_loaded(saved)

    async def list(self, site_id: str) -> list[Loaded]:
        """Return what a site has loaded, retired wordings included, by instrument."""
        found = await self._questionnaires.find({"site_id": site_id}, limit=_LOADED_AT_A_SITE)
        return sorted(map(read_loaded, found), key=lambda each: (each.instrument_id, each.instrument_version))

    async def wanted(self, site_id: str, rater: int, instrument_id: str, version: str) -> Wanted | None:
        """Return what a clinic asks for by name; None when it is what the site asks its clients anyway."""
        if rater not in (0, *Rater):
            raise Permanent("rater", "is not known", "Leave it out to ask the client.")
        if not instrument_id:
            if rater in (0, Rater.CLIENT):
                return None
            return Wanted(rater, tuple((each.instrument_id, each.version) for each in OTHERS_ARE_ASKED))
        with as_permanent(""):
            instrument = known(instrument_id, version)
        ours = instrument_id in OURS and (instrument_id not in catalogue.UNSCORED or rater > Rater.CLIENT)
        if not ours and await self.in_use(site_id, instrument_id, instrument.version) is None:
            raise Conflict(
                "instrument_id",
                "has no wording in use at this site",
                "Load it with LoadInstrument or `attune instruments load`.",
            )
        return Wanted(rater or Rater.CLIENT, ((instrument_id, instrument.version),))

    async def in_use(self, site_id: str, instrument_id: str, version: str) -> Edition | None:
        """Return the wording that the site asks with; None when it has none, or has retired it."""
        loaded = await self._get(site_id, instrument_id, version)
        return None if loaded is None or loaded.retired is not None else loaded.current

    async def edition(self, site_id: str, instrument_id: str, version: str, number: int) -> Edition | None:
        """Return a wording as it was asked, also after it was replaced or retired; 0 is the last one."""
        name = (site_id, instrument_id, version, number)
        if name not in self._known:
            loaded = await self._get(site_id, instrument_id, version)
            if loaded is None:
                return None
            if number == 0:
                return loaded.current
            found = loaded.edition(number)
            if found is None:
                return None
            self._known[name] = found
        return self._known[name]

    async def _get(self, site_id: str, instrument_id: str, version: str) -> Loaded | None:
        document = await self._questionnaires.get(key(site_id, instrument_id, version))
        return None if document is None else read_loaded(document)


def known(instrument_id: str, version: str) -> Instrument:
    """Return an instrument of the catalogue; without a version the only one. ValueError lists what there is."""
    versions = catalogue.versions(instrument_id)
    return rules.known(instrument_id, version or (versions[0] if len(versions) == 1 else ""))


def checked(file: File) -> tuple[Questionnaire, str]:
    """Read a file as the wording of an instrument, with its licence; Unusable lists all that is wrong with it."""
    instrument = known(file.instrument_id, file.version)
    if instrument.instrument_id in catalogue.UNSCORED:
        raise ValueError(f"instrument_id: {instrument.instrument_id} is asked in our own words only; load another")
    problems: list[str] = []
    licence = ""
    try:
        licence = check_licence(file.licence, instrument)
    except ValueError as error:
        problems.append(str(error))
    try:
        questionnaire = fhir.read(_parsed(file.text), instrument, file.mapped)
    except Unusable as unusable:
        raise Unusable([*problems, *unusable.problems]) from None
    if problems:
        raise Unusable(problems)
    return questionnaire, licence


def _parsed(text: str) -> object:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Unusable([f"questionnaire: is larger than {MAX_BYTES // 1024} KB; leave out narrative and pictures"])
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        said = "is nested too deeply" if isinstance(error, RecursionError) else f"is not JSON: {error}"
        raise Unusable([f"questionnaire: {said}; give a FHIR R4 Questionnaire as JSON"]) from None


def _digest(questionnaire: Questionnaire, licence: str) -> str:
    content: Mapping[str, object] = {**questionnaire_document(questionnaire), "licence": licence}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
