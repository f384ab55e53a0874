"""Feedback's own settings, beside those of every service."""

from pydantic import Field

from services.runtime.settings import Settings


class FeedbackSettings(Settings):
    """``ATTUNE_FEEDBACK_*``, and the peers that feedback cannot do without."""

    peer_alerting: str = Field(
        min_length=1, description="host:port of alerting's gRPC: the direct way of a risk flag, so it must be there"
    )
    feedback_alerting_seconds: float = Field(
        2.0, gt=0, description="how long one direct hand-off of a risk flag to alerting may take"
    )
    feedback_handoff_every_seconds: float = Field(
        1.0, gt=0, description="how often risk flags that alerting has not confirmed are looked for; the first pause"
    )
    feedback_handoff_pause_seconds: float = Field(
        30.0, gt=0, description="the longest pause between two direct hand-offs of one risk flag"
    )
    feedback_intake_seconds: float = Field(
        2.0, gt=0, le=2.0, description="how long a response waits for intake to say whose session it is"
    )
    feedback_intake_rest_seconds: float = Field(
        5.0, ge=0, description="after intake did not answer, for how long responses are accepted without asking it"
    )
