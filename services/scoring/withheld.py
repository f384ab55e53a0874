"""What is left out of a trajectory for a reader whom the client does not let see it."""

from __future__ import annotations

from collections.abc import Callable

from attune.scoring.v1 import scoring_service_pb2 as api

from services.runtime.identity import TREAT, Identity
from services.scoring.domain.known import Known


def withhold(answer: api.GetTrajectoryResponse, known: Known, reader: Callable[[], Identity]) -> None:
    """Take the ratings away that the reader may not see, and the outcomes that rest on them.

    Ruptures stay, with why they are: the client was told on the form that the practice hears of them.
    """
    # Asked for only when there is something to hide.
    if not known.withheld(treating=False):
        return
    hidden = known.withheld(treating=_treats(reader(), known))
    responses = [known.responses[each].value for each in hidden]
    marks = {(each.client_id, each.instrument_id, each.session_id) for each in responses}
    for series in answer.series:
        kept = [
            rating
            for rating in series.ratings
            if (series.client_id, series.instrument_id, rating.session_id) not in marks
        ]
        series.withheld = len(series.ratings) - len(kept)
        if series.withheld:
            del series.ratings[:]
            series.ratings.extend(kept)
            series.ClearField("outcome")


def _treats(who: Identity, known: Known) -> bool:
    return who.allows(known.site_id, TREAT) and known.therapist_id != "" and who.subject == known.therapist_id
