from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.addresses import may_dial

if TYPE_CHECKING:
    import ipaddress

NOBODY: frozenset[tuple[str, int]] = frozenset()


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("1.1.1.1", id="public v4"),
        pytest.param("93.184.216.34", id="another public v4"),
        pytest.param("11.0.0.1", id="just above 10/8"),
        pytest.param("100.63.255.255", id="just below 100.64/10"),
        pytest.param("172.32.0.1", id="just above 172.16/12"),
        pytest.param("223.255.255.255", id="just below multicast"),
        pytest.param("2606:4700:4700::1111", id="public v6"),
        pytest.param("2a00:1450:4001:82a::200e", id="another public v6"),
        pytest.param("2001:200::1", id="just above 2001::/23"),
        pytest.param("::ffff:1.1.1.1", id="mapped public v4"),
        pytest.param("64:ff9b::101:101", id="NAT64 of a public v4"),
    ],
)
def test_a_public_address_may_be_dialled(address: str) -> None:
    assert may_dial(address, 443, NOBODY)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("0.0.0.0", id="this host"),  # noqa: S104 - the very thing to refuse
        pytest.param("0.1.2.3", id="this network"),
        pytest.param("10.1.2.3", id="private 10/8"),
        pytest.param("100.64.0.1", id="carrier NAT"),
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.255.254", id="loopback, other end"),
        pytest.param("168.63.129.16", id="Azure host"),
        pytest.param("169.254.169.254", id="cloud metadata"),
        pytest.param("172.16.0.1", id="private 172.16/12"),
        pytest.param("172.31.255.255", id="private 172.16/12, other end"),
        pytest.param("192.0.0.8", id="IETF protocol"),
        pytest.param("192.0.2.1", id="documentation 1"),
        pytest.param("192.88.99.1", id="6to4 relay"),
        pytest.param("192.168.1.1", id="private 192.168/16"),
        pytest.param("198.18.0.1", id="benchmarking"),
        pytest.param("198.51.100.1", id="documentation 2"),
        pytest.param("203.0.113.80", id="documentation 3"),
        pytest.param("224.0.0.1", id="multicast v4"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="unspecified v6"),
        pytest.param("::1", id="loopback v6"),
        pytest.param("::127.0.0.1", id="v4-compatible"),
        pytest.param("::ffff:127.0.0.1", id="mapped loopback"),
        pytest.param("::ffff:10.0.0.1", id="mapped private"),
        pytest.param("::ffff:0:127.0.0.1", id="translated loopback"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 of loopback"),
        pytest.param("64:ff9b::a9fe:a9fe", id="NAT64 of metadata"),
        pytest.param("64:ff9b:1::1", id="local NAT64"),
        pytest.param("100::1", id="discard"),
        pytest.param("2001::1", id="Teredo"),
        pytest.param("2001:1ff::1", id="end of 2001::/23"),
        pytest.param("2001:db8::1", id="documentation v6"),
        pytest.param("2002:7f00:1::", id="6to4 of loopback"),
        pytest.param("3fff::1", id="documentation v6, new"),
        pytest.param("5f00::1", id="segment routing"),
        pytest.param("fc00::1", id="unique local fc"),
        pytest.param("fd12:3456::1", id="unique local fd"),
        pytest.param("fe80::1", id="link local"),
        pytest.param("fe80::1%eth0", id="link local with zone"),
        pytest.param("fec0::1", id="site local"),
        pytest.param("ff02::1", id="multicast v6"),
        pytest.param("localhost", id="a name"),
        pytest.param("", id="nothing"),
        pytest.param("0x7f.1", id="a spelling of an address"),
    ],
)
def test_anything_else_may_not(address: str) -> None:
    assert not may_dial(address, 443, NOBODY)


@pytest.mark.parametrize(
    ("address", "port", "dialled"),
    [
        pytest.param("127.0.0.1", 8099, True, id="the very pair"),
        pytest.param("127.0.0.1", 8098, False, id="another port"),
        pytest.param("127.0.0.2", 8099, False, id="another address"),
        pytest.param("::ffff:127.0.0.1", 8099, False, id="the same endpoint spelled otherwise"),
        pytest.param("::1", 8100, True, id="v6, spelled otherwise in the list"),
        pytest.param("1.1.1.1", 8099, True, id="public anyway"),
    ],
)
def test_the_allow_list_opens_exactly_its_pairs(address: str, port: int, dialled: bool) -> None:  # noqa: FBT001 - a table's column
    allow = frozenset({("127.0.0.1", 8099), ("0:0:0:0:0:0:0:1", 8100), ("localhost", 8099)})
    assert may_dial(address, port, allow) is dialled


@given(st.ip_addresses(v=4))
def test_mapping_an_address_into_v6_changes_nothing(address: ipaddress.IPv4Address) -> None:
    expected = may_dial(str(address), 80, NOBODY)
    assert may_dial(f"::ffff:{address}", 80, NOBODY) is expected
    assert may_dial(f"64:ff9b::{address}", 80, NOBODY) is expected


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_dialled(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if address.is_private:
        assert not may_dial(str(address), 80, NOBODY)
