"""The gRPC door: FeedbackService in terms of the handlers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attune.feedback.v1 import events_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.feedback.v1 import feedback_service_pb2_grpc as grpc_api

from services.feedback import contacts, instrument_methods, messages, qr
from services.feedback.domain import catalogue
from services.feedback.domain.forms import Rater
from services.feedback.domain.rules import check_identifier
from services.feedback.handlers import Handlers
from services.feedback.instrument_methods import InstrumentMethods
from services.feedback.questionnaires import Questionnaires
from services.feedback.reading import Comment, CommentState, Reading, Shown
from services.feedback.requests import Requests
from services.feedback.telling import Telling
from services.runtime.errors import Permanent, as_permanent
from services.runtime.identity import OPERATE, PUBLISH, READ
from services.runtime.rpc import current_identity

SERVICE_NAME = "attune.feedback.v1.FeedbackService"

# What a caller's token must allow at the request's site, by method.
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "SubmitResponse": PUBLISH,
        "GetResponse": READ,
        "ListResponses": READ,
        "ListInstruments": READ,
        # Whoever has a link can answer in the client's name, so it is for those who may send answers in.
        "IssueRequest": PUBLISH,
        "ListRequests": READ,
        **instrument_methods.SCOPES,
        # Beside the scope these need a part in the client's care; see Reading.
        "ReadComments": READ,
        "SetVisibility": READ,
        "ForgetComments": OPERATE,
        "RewrapKeys": OPERATE,
    }
)

_STATES: Mapping[CommentState, api.CommentState] = MappingProxyType(
    {
        CommentState.SHOWN: api.COMMENT_STATE_SHOWN,
        CommentState.WITHHELD: api.COMMENT_STATE_WITHHELD,
        CommentState.FORGOTTEN: api.COMMENT_STATE_FORGOTTEN,
    }
)


class FeedbackService(InstrumentMethods, grpc_api.FeedbackServiceServicer):
    """Reads requests, calls a handler, writes the answer. Sites, scopes, errors and audit are runtime.rpc's."""

    def __init__(
        self,
        handlers: Handlers,
        requests: Requests,
        telling: Telling,
        reading: Reading,
        questionnaires: Questionnaires,
    ) -> None:
        self._handlers = handlers
        self._telling = telling
        self._reading = reading
        self._requests = requests
        self._questionnaires = questionnaires

    async def SubmitResponse(self, request: api.SubmitResponseRequest, context: Any) -> api.SubmitResponseResponse:
        """OK only when durable. The answer's response is the revision that counts now."""
        if not request.HasField("response"):
            raise Permanent("response", "is missing", "Send the client's answers.")
        form = messages.from_clinic(request.site_id, request.response)
        submitted = await self._handlers.submit(form, messages.instant(request, "occurred_at"))
        return api.SubmitResponseResponse(
            response=messages.to_response(submitted.response), risk_flagged=submitted.risk_flagged
        )

    async def GetResponse(self, request: api.GetResponseRequest, context: Any) -> api.GetResponseResponse:
        """Return the revision of a response that counts, with the answers that the client lets the caller see."""
        _check_ids(site_id=request.site_id, response_id=request.response_id)
        shown = await self._reading.get_response(request.site_id, request.response_id, current_identity())
        return api.GetResponseResponse(response=_response(shown))

    async def ListResponses(self, request: api.ListResponsesRequest, context: Any) -> api.ListResponsesResponse:
        """Return an episode's responses in the order of submitted_at; none for an episode without any."""
        _check_ids(site_id=request.site_id, episode_id=request.episode_id)
        found = await self._reading.list_responses(request.site_id, request.episode_id, current_identity())
        return api.ListResponsesResponse(responses=map(_response, found))

    async def ListInstruments(self, request: api.ListInstrumentsRequest, context: Any) -> api.ListInstrumentsResponse:
        """Return the instruments that a form may be answered with."""
        return api.ListInstrumentsResponse(instruments=map(messages.to_instrument, catalogue.INSTRUMENTS.values()))

    async def IssueRequest(self, request: api.IssueRequestRequest, context: Any) -> api.IssueRequestResponse:
        """Ask a client about a session, once, and return the link of the form."""
        ids = {"site_id": request.site_id, "episode_id": request.episode_id, "session_id": request.session_id}
        _check_ids(**ids)
        if request.client_id:
            _check_ids(client_id=request.client_id)
        contact = contacts.read(request.contact)
        if contact is not None and request.rater > Rater.CLIENT:
            raise Permanent("contact", "is for telling the client", "Leave it or rater out; hand over the link.")
        wanted = await self._questionnaires.wanted(
            request.site_id, request.rater, request.instrument_id, request.instrument_version
        )
        issued, link = await self._requests.issue(
            request.site_id, request.episode_id, request.session_id, request.client_id, request.language, wanted
        )
        if contact is not None:
            await self._telling.invite(request.site_id, request.episode_id, issued.request_id, *contact)
        asking = await self._requests.asking(request.site_id, request.episode_id)
        return api.IssueRequestResponse(
            request=messages.to_request(asking, issued),
            link=link,
            qr_svg=qr.svg(link) if link else "",
        )

    async def ListRequests(self, request: api.ListRequestsRequest, context: Any) -> api.ListRequestsResponse:
        """Return an episode's requests in the order in which they were issued."""
        _check_ids(site_id=request.site_id, episode_id=request.episode_id)
        found = await self._requests.list(request.site_id, request.episode_id)
        asking = await self._requests.asking(request.site_id, request.episode_id)
        return api.ListRequestsResponse(requests=[messages.to_request(asking, each) for each in found])

    async def ReadComments(self, request: api.ReadCommentsRequest, context: Any) -> api.ReadCommentsResponse:
        """Return what the clients of an episode wrote, to those who may read it."""
        _check_ids(site_id=request.site_id, episode_id=request.episode_id)
        found = await self._reading.comments(request.site_id, request.episode_id, current_identity())
        return api.ReadCommentsResponse(comments=map(_comment, found))

    async def SetVisibility(self, request: api.SetVisibilityRequest, context: Any) -> api.SetVisibilityResponse:
        """Note whom the client lets see a response, as the treating therapist says."""
        _check_ids(site_id=request.site_id, response_id=request.response_id)
        wanted = messages.from_visibility(request.visibility)
        now = await self._reading.set_visibility(request.site_id, request.response_id, wanted, current_identity())
        return api.SetVisibilityResponse(visibility=messages.to_visibility(now))

    async def ForgetComments(self, request: api.ForgetCommentsRequest, context: Any) -> api.ForgetCommentsResponse:
        """Destroy the key of what a client wrote."""
        _check_ids(site_id=request.site_id, client_id=request.client_id)
        return api.ForgetCommentsResponse(forgotten=await self._reading.forget(request.site_id, request.client_id))

    async def RewrapKeys(self, request: api.RewrapKeysRequest, context: Any) -> api.RewrapKeysResponse:
        """Wrap the data keys of a site's clients with the newest master key."""
        return api.RewrapKeysResponse(rewrapped=await self._reading.rewrap(request.site_id))


def _response(shown: Shown) -> feedback.Response:
    written = messages.to_response(shown.response)
    if shown.withheld:
        written.ClearField("answers")
        written.withheld = True
    return written


def _comment(comment: Comment) -> api.Comment:
    form = comment.response.current
    return api.Comment(
        response_id=form.response_id,
        session_id=form.session_id,
        client_id=form.client_id,
        submitted_at=form.submitted_at,
        state=_STATES[comment.state],
        visibility=messages.to_visibility(comment.visibility),
        text=comment.text,
    )


def _check_ids(**ids: str) -> None:
    for path, value in ids.items():
        with as_permanent(""):
            check_identifier(path, value)
