"""Calibrating a site at the door: from its own history, into a version; or that there is too little to go by."""

import asyncio

import numpy as np
import pytest
from attune.scoring.v1 import scoring_service_pb2 as api

from services.dev.simulator import CHECKIN, latent, observed
from services.runtime.errors import Permanent
from services.runtime.identity import OPERATE, Identity
from services.runtime.rpc import guard
from services.scoring import store
from services.scoring.domain.assess import NOTHING
from services.scoring.domain.inputs import Response, Session, SessionStatus
from services.scoring.domain.known import CareReport, Known
from tests.unit.scoring.builders import checkin, when
from tests.unit.scoring.world import SITE, World

SESSIONS = 8


@pytest.fixture(autouse=True)
def caller() -> None:
    guard._identity.set(Identity("lead", frozenset({SITE}), frozenset({OPERATE})))


def world(clients: int) -> World:
    """A site's documents, as the handlers would have left them; every seventh session was not rated."""
    made = World()
    ratings = observed(CHECKIN, latent(np.random.default_rng(3), CHECKIN, clients, SESSIONS))
    for client, row in enumerate(ratings.round(1).tolist()):
        known = Known(SITE, f"ep-{client:04d}").with_care(CareReport(1, when(0), "th-1", None, True))
        for number, value in enumerate(row, start=1):
            assert known is not None
            session = Session(f"se-{number}", when(number), "", None, SessionStatus.HELD)
            known = known.with_session(session, 1)
            if (client + number) % 7 and known is not None:
                answers = tuple(sorted(checkin(value).items()))
                answer = Response(f"re-{number}", 1, f"se-{number}", "cl", "attune-checkin", "1", answers, when(number))
                known = known.with_response(answer)
        assert known is not None
        key = store.key(SITE, known.episode_id)
        made.episodes.documents[key] = {"_id": key, "version": 1, **store.document(known, NOTHING)}
    return made


async def steps(made: World, **asked: object) -> list[api.CalibrateResponse]:
    request = api.CalibrateRequest(site_id=SITE, **{"instrument_id": "attune-checkin", **asked})
    return [step async for step in made.service.Calibrate(request, None)]


def test_a_site_with_enough_clients_gets_a_version_with_its_figures() -> None:
    made = world(230)
    answers = asyncio.run(steps(made))
    assert [answer.episodes_done for answer in answers] == [50, 100, 150, 200, 230, 230]
    last = answers[-1]
    assert (last.version.version, last.version.made_by) == (1, "lead")
    assert last.version.population.within_sd == pytest.approx(CHECKIN.within_sd, rel=0.15)
    assert last.figures["clients"] == 230
    assert last.figures["expected_false_alarms"] == pytest.approx(1.5, abs=0.05)
    assert not last.HasField("activation")
    assert any("ratings of 230 clients" in entry.get("detail", "") for entry in made.audit.entries)


def test_it_is_put_in_force_with_a_reason_only() -> None:
    made = world(210)
    with pytest.raises(Permanent, match="reason"):
        asyncio.run(steps(made, activate=True))
    last = asyncio.run(steps(made, activate=True, reason="first year"))[-1]
    assert (last.activation.version, last.activation.reason) == (1, "first year")


def test_too_little_data_keeps_the_defaults() -> None:
    made = world(60)
    last = asyncio.run(steps(made))[-1]
    assert "60 clients have at least 4 ratings and 200 are needed" in last.too_little_data
    assert not last.HasField("version")
    assert made.policies.documents == {}


def test_only_an_instrument_of_the_alliance_can_be_calibrated() -> None:
    with pytest.raises(Permanent, match="instrument_id"):
        asyncio.run(steps(World(), instrument_id="phq9"))
