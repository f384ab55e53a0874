"""How often an address, and the holder of a link, may ask for the form.

This keeps a flood from the database. It is not what keeps a link from being guessed: its 160 bits do.
"""

import time
from collections.abc import Callable

from services.runtime.limits import Buckets

# A whole waiting room behind one address, at the end of an hour (own).
ADDRESS = (600.0, 20.0)
# One client who reloads, loses the network and tries again (own).
LINK = (30.0, 0.5)


class Limits:
    """The limits of the form's door."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._addresses = Buckets(*ADDRESS, monotonic)
        self._links = Buckets(*LINK, monotonic)

    def take(self, address: str, link: str) -> bool:
        """Count one request of an address for a link; False when it is one too many of either."""
        return self._addresses.take(address) and self._links.take(link)
