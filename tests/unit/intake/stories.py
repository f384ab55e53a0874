"""Sets of reports about a few episodes, as clinics might send them: consistent, with ties in time and corrections."""

from datetime import timedelta

from attune.clinic.v1 import session_events_pb2 as clinic
from hypothesis import strategies as st

from services.runtime.events import Event
from tests.unit.intake.world import NOW, SITE, closed, event, opened, recorded, updated

SITES = (SITE, "south")  # the same ids at two sites are different things
EPISODES = ("ep-1", "ep-2")
SESSIONS = ("se-1", "se-2")

# Few instants, so that ties are frequent; all of them in the past.
_instants = st.integers(-5, 0).map(lambda days: NOW + timedelta(days=days))
_therapists = st.sampled_from(["th-1", "th-2", "th-3"])
_agreements = st.builds(
    clinic.Agreement,
    goals=st.lists(st.sampled_from(["sleep", "speak up"]), max_size=2),
    barriers=st.lists(st.sampled_from([1, 2, 3]), max_size=2, unique=True),
)
_consents = st.builds(clinic.Consent, monitoring=st.booleans(), visibility=st.sampled_from([1, 2, 3]))


@st.composite
def _messages(
    draw: st.DrawFn, episode_id: str
) -> clinic.EpisodeOpened | clinic.EpisodeUpdated | clinic.EpisodeClosed | clinic.SessionRecorded:
    kind = draw(st.sampled_from(["opened", "updated", "closed", "recorded", "recorded"]))
    if kind == "opened":
        agreement = draw(st.none() | _agreements)
        began = NOW - timedelta(days=draw(st.integers(30, 40)))
        return opened(episode_id, therapist_id=draw(_therapists), agreement=agreement, opened_at=began)
    if kind == "updated":
        return updated(episode_id, therapist_id=draw(_therapists), consent=draw(st.none() | _consents))
    if kind == "closed":
        return closed(episode_id, closed_at=draw(_instants), reason=draw(st.sampled_from([1, 2])))
    # A session belongs to one episode, so its id says which.
    session_id = f"{episode_id}-{draw(st.sampled_from(SESSIONS))}"
    status = draw(st.sampled_from([1, 2, 3, 4]))
    return recorded(episode_id, session_id, scheduled_at=draw(_instants), status=status)


@st.composite
def reports(draw: st.DrawFn, min_size: int = 1, max_size: int = 12) -> list[Event]:
    """Distinct events; some episodes among them may never be opened."""
    events = []
    for number in range(draw(st.integers(min_size, max_size))):
        site, episode_id = draw(st.sampled_from(SITES)), draw(st.sampled_from(EPISODES))
        # Two systems of one site use the same ids: source and id together name an event.
        system, id = ("ehr", "scheduler")[number % 2], f"e{number // 2}"
        events.append(
            event(draw(_messages(episode_id)), id=id, time=draw(_instants), site=site, source=f"/sites/{site}/{system}")
        )
    return events
