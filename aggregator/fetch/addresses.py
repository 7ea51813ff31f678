"""Owns which numeric addresses may be dialled. Pure; does not resolve names and opens nothing.

Asked for every connection at the last moment, with the address that goes to ``connect()``: only there can neither a spelling
(``0x7f.1``), nor a redirect, nor a name that changes its mind between check and use slip by.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

# Not `is_global`: Python 3.11 says True for multicast, 6to4, NAT64 and others (https://github.com/python/cpython/issues/113171).
# https://www.iana.org/assignments/iana-ipv4-special-registry
_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # public by number, but the host's own services to every Azure machine
    )
)
# https://www.iana.org/assignments/iana-ipv6-special-registry: of global unicast, what is special all the same.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address that is really reached


def may_dial(address: str, port: int, allow: AbstractSet[tuple[str, int]]) -> bool:
    """Say whether a connection to numeric *address* and *port* may be opened.

    It may if the address is public, or if exactly this pair is in *allow*. What is not a numeric address never may.
    """
    if (address, port) in allow:
        return True
    try:
        dialled = _unscoped(address)
    except ValueError:
        return False
    if _is_public(dialled):
        return True
    return any(port == open_port and _same(dialled, other) for other, open_port in allow)  # other spellings of one address


def _unscoped(address: str) -> IPv4Address | IPv6Address:
    return ip_address(address.partition("%")[0])


def _same(dialled: IPv4Address | IPv6Address, other: str) -> bool:
    try:
        return dialled == _unscoped(other)
    except ValueError:
        return False


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is None:
            return address in _GLOBAL_UNICAST and not any(address in network for network in _CLOSED_V6)
        address = inner
    return not any(address in network for network in _CLOSED_V4)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a connection to *address* ends at, if it does."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped
