"""The methods of FeedbackService that load, list and retire wordings, in terms of ``Questionnaires``."""

from typing import Any

from attune.feedback.v1 import feedback_service_pb2 as api

from services.feedback.domain.fhir_answers import Mapped
from services.feedback.domain.questionnaire import Loaded
from services.feedback.questionnaires import File, Questionnaires
from services.runtime.identity import OPERATE, READ
from services.runtime.rpc import current_identity

SCOPES = {
    # What clients are asked, and by what right, is the operator's responsibility.
    "LoadInstrument": OPERATE,
    "RetireInstrument": OPERATE,
    "ListLoadedInstruments": READ,
}


class InstrumentMethods:
    """A part of FeedbackService."""

    _questionnaires: Questionnaires

    async def LoadInstrument(self, request: api.LoadInstrumentRequest, context: Any) -> api.LoadInstrumentResponse:
        """Take a wording into use; refused with the element that cannot be asked here."""
        file = File(
            request.instrument_id, request.instrument_version, request.questionnaire, request.licence, mapped(request)
        )
        loaded = await self._questionnaires.load(request.site_id, file, current_identity().subject)
        return api.LoadInstrumentResponse(loaded=to_loaded(loaded))

    async def RetireInstrument(
        self, request: api.RetireInstrumentRequest, context: Any
    ) -> api.RetireInstrumentResponse:
        """Ask nobody with a wording any more."""
        retired = await self._questionnaires.retire(
            request.site_id,
            request.instrument_id,
            request.instrument_version,
            request.reason,
            current_identity().subject,
        )
        return api.RetireInstrumentResponse(retired=to_loaded(retired))

    async def ListLoadedInstruments(
        self, request: api.ListLoadedInstrumentsRequest, context: Any
    ) -> api.ListLoadedInstrumentsResponse:
        """Return what the site has loaded, retired wordings included."""
        found = await self._questionnaires.list(request.site_id)
        return api.ListLoadedInstrumentsResponse(loaded=map(to_loaded, found))


def mapped(request: api.LoadInstrumentRequest) -> Mapped:
    """Read the mapping of a request."""
    mapping = request.mapping
    return Mapped(dict(mapping.items), dict(mapping.answers), tuple(mapping.skip))


def to_loaded(loaded: Loaded) -> api.LoadedInstrument:
    """Write what a site has loaded: everything but the wording."""
    edition = loaded.current
    questionnaire = edition.questionnaire
    return api.LoadedInstrument(
        instrument_id=loaded.instrument_id,
        instrument_version=loaded.instrument_version,
        edition=edition.number,
        title=questionnaire.title[questionnaire.languages[0]],
        licence=edition.licence,
        languages=questionnaire.languages,
        items=len(questionnaire.asked),
        loaded_at=edition.loaded_at,
        loaded_by=edition.loaded_by,
        url=questionnaire.url,
        version=questionnaire.version,
        retired_at=None if loaded.retired is None else loaded.retired.at,
        retired_reason="" if loaded.retired is None else loaded.retired.reason,
    )
