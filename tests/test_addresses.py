"""Which addresses are public: the table of those that are not, and that no wrapping makes an IPv4 address public."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis.strategies import integers, ip_addresses, sampled_from

from bot.sources.addresses import NotPublicError, is_public, public_socket

NOT_PUBLIC = {
    "loopback": "127.0.0.1",
    "the rest of loopback": "127.255.255.254",
    "private, 10": "10.0.0.1",
    "private, 172": "172.31.255.255",
    "private, 192": "192.168.1.1",
    "link-local": "169.254.0.1",
    "a cloud's metadata": "169.254.169.254",
    "Azure's own": "168.63.129.16",
    "Alibaba's metadata": "100.100.100.200",
    "Oracle's metadata": "192.0.0.192",
    "shared between customers": "100.64.0.1",
    "shared, the last": "100.127.255.255",
    "unspecified": "0.0.0.0",  # noqa: S104  (not bound to)
    "this network": "0.1.2.3",
    "multicast": "224.0.0.1",
    "multicast of an organisation": "239.255.255.250",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "benchmarking": "198.18.0.1",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "protocols": "192.0.0.9",
    "6to4 relays": "192.88.99.1",
    "IPv6 loopback": "::1",
    "IPv6 unspecified": "::",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with a zone": "fe80::1%eth0",
    "IPv6 public with a zone": "2606:4700:4700::1111%eth0",
    "IPv6 site-local": "fec0::1",
    "IPv6 private": "fd12:3456:789a::1",
    "IPv6 metadata": "fd00:ec2::254",
    "IPv6 multicast": "ff02::1",
    "IPv6 multicast to the world": "ff0e::1",
    "IPv6 documentation": "2001:db8::1",
    "IPv6 documentation, the newer": "3fff::1",
    "IPv6 discard": "100::1",
    "IPv6 segments": "5f00::1",
    "IPv6 not given out": "4000::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:f7f7:f7f7",
    "6to4 of a public address": "2002:808:808::1",
    "NAT64 of a provider": "64:ff9b:1::808:808",
    "IPv4-compatible of a public address": "::8.8.8.8",
    "IPv4-translated": "::ffff:0:8.8.8.8",
    "not an address": "localhost",
    "nothing": "",
    "a number": "2130706433",
    "octal": "0177.0.0.1",
    "hexadecimal": "0x7f.0.0.1",
    "short": "127.1",
}
PUBLIC = ["8.8.8.8", "208.80.154.224", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2620:0:861:ed1a::1"]
PUBLIC_INSIDE = ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
# How an IPv6 address can stand for an IPv4 address, each as a number from a number.
WRAPPINGS: dict[str, Callable[[int], int]] = {
    "mapped": lambda ip: 0xFFFF << 32 | ip,
    "compatible": lambda ip: ip,
    "translated": lambda ip: 0xFFFF << 48 | ip,
    "6to4": lambda ip: 0x2002 << 112 | ip << 80 | 1,
    "Teredo": lambda ip: 0x2001 << 112 | ip ^ 0xFFFF_FFFF,
    "NAT64": lambda ip: 0x64_FF9B << 96 | ip,
    "ISATAP": lambda ip: 0x2606_4700 << 96 | 0x5EFE << 32 | ip,
    "ISATAP, unique": lambda ip: 0x2606_4700 << 96 | 0x0200_5EFE << 32 | ip,
}


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_INSIDE)
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@given(ip_addresses(v=4), sampled_from(sorted(WRAPPINGS)))
def test_no_wrapping_makes_an_ipv4_address_public(ip: IPv4Address, wrapping: str) -> None:
    if not ip.is_global:
        assert not is_public(str(ip))
        assert not is_public(str(IPv6Address(WRAPPINGS[wrapping](int(ip)))))
        assert not is_public(IPv6Address(WRAPPINGS[wrapping](int(ip))).exploded)


@given(ip_addresses(v=6))
def test_an_ipv6_address_is_public_only_if_python_says_so_too(ip: IPv6Address) -> None:
    if is_public(str(ip)) and not ip.ipv4_mapped:
        assert ip.is_global
        assert not ip.is_multicast


@given(integers(0, 2**32 - 1))
def test_an_ipv4_address_is_public_only_if_python_says_so_too(number: int) -> None:
    ip = IPv4Address(number)
    if is_public(str(ip)):
        assert ip.is_global
        assert not any((ip.is_private, ip.is_multicast, ip.is_reserved, ip.is_link_local, ip.is_loopback))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "::ffff:127.0.0.1"])
def test_no_socket_is_made_for_what_is_not_public(address: str) -> None:
    with pytest.raises(NotPublicError, match="not a public address"):
        public_socket((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 80)))


def test_a_socket_is_made_for_what_is_public() -> None:
    with public_socket((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("8.8.8.8", 80))) as made:
        assert made.family == socket.AF_INET
