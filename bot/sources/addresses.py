"""Which addresses Daybook connects to: those of the public internet."""

import errno
import ipaddress
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from aiohttp import AddrInfoType

# Not public, but `is_global` in some version of Python or other.
_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "100.64.0.0/10",  # shared between a provider's customers
            "168.63.129.16/32",  # what a machine in Azure asks about itself
            "192.0.0.0/24",  # protocols' own; in Oracle's cloud, what a machine asks about itself
            "192.88.99.0/24",  # relays from IPv6 to IPv4, as they once were
            "198.18.0.0/15",  # measurements between networks
        ),
    )
)
# The only part of IPv6 that is given out to the public, and what is not public in it.
_GLOBAL_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols' own, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: any IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
# What stands for an IPv4 address in its last 32 bits, and is in use: NAT64, and how sockets write IPv4.
_CARRIERS = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
# ISATAP: whatever the network, the last 64 bits are this (with the bit for "unique" or without) and an IPv4 address.
_ISATAP = 0x5EFE
_ISATAP_MASK = 0xFDFF_FFFF


def is_public(address: str) -> bool:
    """Return whether an address is one of the public internet; what is not an IP address, or has a zone, is not."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _is_public_4(ip) if isinstance(ip, IPv4Address) else _is_public_6(ip)


def _is_public_4(ip: IPv4Address) -> bool:
    if ip.is_multicast or ip.is_reserved or not ip.is_global:
        return False
    return not any(ip in network for network in _NOT_PUBLIC_4)


def _is_public_6(ip: IPv6Address) -> bool:
    if ip.scope_id is not None:
        return False
    if any(ip in network for network in _CARRIERS):
        return _is_public_4(IPv4Address(int(ip) & 0xFFFF_FFFF))
    if int(ip) >> 32 & _ISATAP_MASK == _ISATAP:
        return False
    return ip in _GLOBAL_6 and ip.is_global and not any(ip in network for network in _NOT_PUBLIC_6)


class NotPublicError(OSError):
    """A connection was about to be made to an address that is not public.

    The text is the same for all addresses: of several errors, aiohttp keeps the first only if they read alike.
    """

    def __init__(self, address: str) -> None:
        super().__init__(errno.EACCES, "not a public address")
        self.address = address


def public_socket(info: AddrInfoType) -> socket.socket:
    """Return a socket for a connection to this address; raises NotPublicError.

    It is here that an address is checked, and not where names are looked up: every way to write an address in a URL
    ends here, and what is checked is what is connected to, whatever the name's next answer.
    """
    family, kind, protocol, _, address = info
    host = str(address[0])
    if not is_public(host):
        raise NotPublicError(host)
    return socket.socket(family, kind, protocol)
