"""Where the strategies are from. Tags as in the clinical reference: S a public source that was read, M the literature
by memory and unconfirmed, own our own choice.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A tag, and the work in words that can be looked up."""

    tag: str
    work: str

    @property
    def confirmed(self) -> bool:
        """Whether the source was read, rather than remembered or assumed."""
        return self.tag.startswith("S")

    def __str__(self) -> str:
        return f"[{self.tag}] {self.work}"


EXPERTS = Source("S28", "134 peer-nominated experts on rupture repair, PMC5966286")
ADOLESCENTS = Source("S29", "withdrawal and confrontation in 187 sessions of 10 adolescents, PMC7451373")
FEEDBACK = Source("S35", "feedback to therapists, 58 studies, d = 0.15, doi 10.1016/j.cpr.2021.102002")
RESOLUTION = Source("M", "resolution strategies of the Rupture Resolution Rating System (3RS); unconfirmed")
EMPATHY = Source("M", "empathy and outcome, r about .28, meta-analysis of 2018; unconfirmed")
GENUINENESS = Source("M", "genuineness and outcome, r about .23, meta-analysis of 2018; unconfirmed")
EXPECTATIONS = Source("M", "expectations and outcome, r about .18, meta-analysis of 2018; unconfirmed")
GOALS = Source("M", "goal consensus and outcome, r about .24, meta-analysis of 2018; unconfirmed")
COLLABORATION = Source("M", "collaboration and outcome, r about .29, meta-analysis of 2018; unconfirmed")
PREFERENCES = Source("M", "accommodating preferences and outcome, d about .28, meta-analysis of 2018; unconfirmed")
CULTURE = Source("M", "cultural adaptation and outcome, g about .50, meta-analysis of 2018; unconfirmed")
HOMEWORK = Source("M", "homework and outcome, r about .26, meta-analysis; unconfirmed")
THERAPIST = Source("M", "therapists differ: about 5 to 8 % of outcome; unconfirmed")
OWN = Source("own", "Attune's own choice; no study of this strategy by itself is known to us")
