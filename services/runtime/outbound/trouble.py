"""What goes wrong on the way out."""

import httpx

# Codes that ask to be tried again (RFC 9110 and 6585): timeout, too early, too many requests; and every 5xx.
AGAIN = frozenset({408, 425, 429})


class GatewayError(Exception):
    """A gateway did not take a message.

    ``reason`` names no address; ``permanent`` means that trying again is no use.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


async def post(
    client: httpx.AsyncClient,
    what: str,
    url: str,
    body: bytes,
    headers: dict[str, str],
    again: frozenset[int] = AGAIN,
) -> None:
    """Post JSON; return when ``what`` answered with success, else raise GatewayError; for good unless ``again``."""
    try:
        response = await client.post(url, content=body, headers={"Content-Type": "application/json", **headers})
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise GatewayError(f"the {what}'s address cannot be used", permanent=True) from error
    except httpx.HTTPError as error:
        raise GatewayError(f"the {what} cannot be reached ({type(error).__name__})") from error
    if not response.is_success:
        later = response.status_code in again or response.is_server_error
        raise GatewayError(f"the {what} answered {response.status_code}", permanent=not later)
