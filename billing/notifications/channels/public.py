"""Where a webhook may go: public addresses, each looked up once and then kept to.

A name that is checked and looked up again could answer with another address the second time
(DNS rebinding), so the connection goes to the very address that was checked.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from mesh.errors import InvalidArgument

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host. Raises OSError."""

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_MAX_URL = 2_000


class NotPublicError(Exception):
    """The host is, or stands for, an address that is not public."""


async def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def pinned(host: str, port: int, resolving: Resolve, *, allow_private: bool) -> list[str]:
    """The addresses to connect to, all of them checked. Raises NotPublicError, OSError."""
    addresses = await resolving(host, port)
    if not allow_private and not all(is_public(each) for each in addresses):
        raise NotPublicError
    return addresses


def is_public(text: str) -> bool:
    """Whether the address is one of the internet's, also where it is wrapped in another."""
    try:
        return _public(ip_address(text.partition("%")[0]))
    except ValueError:
        return False


def check_url(text: str, *, allow_private: bool) -> str:
    """The URL that a webhook may have: https, a host, no user, no fragment.

    Raises InvalidArgument naming `address`. Where its host leads is checked at each delivery.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise _wrong("not a URL") from None
    schemes = ("https", "http") if allow_private else ("https",)
    if url.scheme not in schemes or not url.host:
        raise _wrong("write https://host/path")
    if url.userinfo or url.fragment:
        raise _wrong("a webhook has neither a user nor a fragment")
    if len(text) > _MAX_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise _wrong("too long, or with characters that no URL has")
    literal = url.host.strip("[]")
    if not allow_private and _is_literal(literal) and not is_public(literal):
        raise _wrong("the address is not a public one")
    return text


def _public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in each for each in _NAT64):
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return _public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _wrong(why: str) -> InvalidArgument:
    return InvalidArgument.field("address", why)
