"""How often a key, such as an address, may ask: token buckets in the memory of one process, against floods."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REMEMBERED = 20_000  # keys of one kind
_NEIGHBOURS = 64  # an IPv6 customer has at least this network


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Buckets:
    """Lets a key through ``burst`` times at once, and ``per_second`` times in the long run."""

    def __init__(
        self, burst: float, per_second: float, monotonic: Callable[[], float] = time.monotonic, most: int = _REMEMBERED
    ) -> None:
        self._burst = burst
        self._rate = per_second
        self._monotonic = monotonic
        self._most = most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> bool:
        """Count one request; False when it is one too many."""
        now = self._monotonic()
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[key] = bucket
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True


def client_address(peer: str, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """Return whom to count: the peer, or, when that is one of our proxies, the last one that none of ours has added.

    ``forwarded`` is the header X-Forwarded-For, all of its lines. IPv6 addresses of one customer count as one, an IPv4
    address that is written as IPv6 as what it is, and a port does not count.
    """
    chain = [*(part.strip() for part in forwarded.split(",") if part.strip()), peer]
    counted = peer
    for hop in reversed(chain):
        counted = hop
        if not _within(hop, proxies):
            break
    address = _read(counted)
    if address is None:
        return peer
    return str(ip_network((address, _NEIGHBOURS), strict=False)) if address.version == 6 else str(address)


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks, separated by commas; ValueError when one is neither."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def _within(hop: str, proxies: tuple[Network, ...]) -> bool:
    address = _read(hop)
    if address is None:
        return False
    return any(address in network for network in proxies if network.version == address.version)


def _read(hop: str) -> Address | None:
    """Read an address, with or without a port: ``192.0.2.1:99``, ``[2001:db8::1]:99``; None when it is none."""
    text = hop
    if hop.startswith("["):
        text = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        text = hop.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
