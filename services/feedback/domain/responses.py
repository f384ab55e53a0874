"""A response: all distinct submissions of it, of which the one with the highest revision counts."""

from bisect import insort
from dataclasses import dataclass, replace

from services.feedback.domain.forms import Form

# What must be the same in every revision: a correction corrects answers, never whose they are.
_FIXED = ("episode_id", "session_id", "client_id", "instrument_id", "rater")


class Contradiction(Exception):
    """One revision with two contents. Which of them is right cannot be known, so the first stays."""


@dataclass(frozen=True, slots=True)
class Response:
    """The submissions of one response, by revision. A function of the set of forms, not of their order."""

    submissions: tuple[Form, ...]

    @property
    def current(self) -> Form:
        """The submission that counts."""
        return self.submissions[-1]

    def with_form(self, form: Form) -> "Response":
        """Return the response with one more checked form; the very same response when it is there already.

        ValueError names what belongs to another response; Contradiction is raised for a second content of one revision.
        """
        for name in _FIXED:
            if getattr(self.current, name) != getattr(form, name):
                raise ValueError(
                    f"{name}: the response is stored with another {name}; give a new response a response_id of its own"
                )
        known = next((each for each in self.submissions if each.revision == form.revision), None)
        if known == form:
            return self
        if known is not None:
            raise Contradiction
        submissions = list(self.submissions)
        insort(submissions, form, key=lambda each: each.revision)
        return replace(self, submissions=tuple(submissions))
