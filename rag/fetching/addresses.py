"""Addresses on the web, and which machines a fetch may speak to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias
from urllib.parse import quote, urljoin, urlsplit

from rag.errors import FetchError

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""The IP addresses of a host; raises OSError."""

_PORTS = {"http": 80, "https": 443}
_TRANSLATED = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Address:
    """Where one document is: `host` in ASCII, `target` is path and query, percent-encoded."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        return self.origin + self.target

    def follow(self, location: str) -> Address:
        """Where a redirect leads; raises FetchError, also for one that gives up encryption."""
        try:
            found = parse(urljoin(str(self), location))
        except ValueError as error:
            raise FetchError("redirects to something that is no address") from error
        if (self.scheme, found.scheme) == ("https", "http"):
            raise FetchError(f"redirects from https to unencrypted http at {found.host}")
        return found


def parse(url: str) -> Address:
    """Raises FetchError unless `url` is a plain http or https address without a password."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise FetchError(f"its address {url!r} cannot be understood") from error
    if parts.scheme not in _PORTS or not host:
        raise FetchError(f"leads to {url!r}, which is not an http or https address")
    if parts.username is not None or parts.password is not None:
        raise FetchError("its address holds a user name or password, which is not sent")
    target = quote(parts.path or "/", safe="/%:=&~+!$,;'@()*-._")
    query = quote(parts.query, safe="/%:=&~+!$,;'@()*-._?")
    return Address(parts.scheme, host, port, f"{target}?{query}" if query else target)


def resolve(host: str, port: int) -> list[str]:
    """The host's IP addresses by the system's own resolver; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(ip: str) -> bool:
    """Whether it is an address of the open internet, also when written inside another."""
    try:
        found = ip_address(ip)
    except ValueError:
        return False
    inner = _inner(found) if isinstance(found, IPv6Address) else None
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that mapping, 6to4 or NAT64 lead to."""
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def checked(address: Address, find: Resolve, allowed: Callable[[str], bool]) -> list[str]:
    """The IP addresses to connect to; raises FetchError if there are none, or one not allowed.

    The caller connects to these and does not ask for the name again, so that a second answer
    cannot lead elsewhere.
    """
    try:
        found = list(find(address.host, address.port))
    except (OSError, UnicodeError) as error:
        raise FetchError(f"the name {address.host} cannot be resolved") from error
    if not found:
        raise FetchError(f"the name {address.host} cannot be resolved")
    if not all(allowed(ip) for ip in found):
        raise FetchError(f"{address.host} is not a public host; nothing is fetched from there")
    return found
