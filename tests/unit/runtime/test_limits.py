"""Whom a request counts for, behind proxies that write addresses in their own ways."""

import pytest
from starlette.requests import Request

from services.runtime.limits import client_address, networks
from services.runtime.web import asker

PROXIES = networks("10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),  # not of ours: what it says of others is nothing
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:5123", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2:5123", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:5123", "2001:db8::/64"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::/64"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
    ],
)
def test_an_address_counts_as_what_it_is_however_it_is_written(peer: str, forwarded: str, counted: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == counted


def test_a_line_that_a_caller_sent_ahead_does_not_hide_the_one_that_the_proxy_added() -> None:
    lines = [(b"x-forwarded-for", b"198.51.100.7"), (b"x-forwarded-for", b"203.0.113.9")]
    request = Request({"type": "http", "client": ("10.0.0.1", 80), "headers": lines})
    assert asker(request, PROXIES) == "203.0.113.9"
