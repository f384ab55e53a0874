"""Who may see what a client answered and wrote.

Without a word of the client the treating therapist and the supervisor see it (Reese et al. found that this does not
inflate the ratings, clinical.md 6.5); the client may ask for less with every form, and the treating therapist changes
it after they have talked.
"""

from dataclasses import dataclass

from services.feedback.domain.requests import Visibility

# What a client may choose on the form, by the value that the page sends.
CHOICES = (Visibility.THERAPIST_AND_SUPERVISOR, Visibility.THERAPIST_ONLY, Visibility.HELD)


@dataclass(frozen=True, slots=True)
class Reader:
    """What the one who asks is to the client of an episode."""

    treating: bool = False
    supervising: bool = False


def chosen(text: str) -> Visibility | None:
    """Read what a client chose; None when nothing was; ValueError when it is no choice of the page."""
    if not text:
        return None
    if text not in CHOICES:
        raise ValueError("visibility: is none of the choices; open the form again")
    return Visibility(text)


def in_force(own: Visibility | None, agreed: Visibility) -> Visibility:
    """Return who may see a response: what was said with it counts, else what the episode's consent says."""
    visibility = agreed if own is None else own
    return Visibility.THERAPIST_AND_SUPERVISOR if visibility is Visibility.UNKNOWN else visibility


def may_read_answers(visibility: Visibility, reader: Reader) -> bool:
    """Tell whether one who may read the site's data may read these answers."""
    match visibility:
        case Visibility.HELD:
            return False
        case Visibility.THERAPIST_ONLY:
            return reader.treating
        case _:
            return True


def may_read_comment(visibility: Visibility, reader: Reader) -> bool:
    """Tell whether somebody may read what the client wrote: nobody but the therapist and the supervisor ever may."""
    return may_read_answers(visibility, reader) and (reader.treating or reader.supervising)
