"""One polite reader of the web: robots obeyed, hosts checked at each step, nothing without end."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.metadata import version

from rag.errors import FetchError
from rag.fetching import addresses, robots
from rag.fetching.addresses import Address, Resolve, checked, is_public
from rag.fetching.connection import Connection

_PRODUCT = "rag"
_AGENT = f"{_PRODUCT}/{version('rag')} (single documents for one reader's own use)"
_REDIRECTS = (
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
)
_CHUNK = 1 << 16
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """For one document: its size, all its time, one wait for bytes, redirects.

    `pause` seconds lie between two requests to one host.
    """

    size: int = 200 << 20
    seconds: float = 120.0
    silence: float = 20.0
    hops: int = 5
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Outside:
    """The world that requests meet; tests put their own in its place."""

    resolve: Resolve = addresses.resolve
    allowed: Callable[[str], bool] = is_public
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request. `headers` have lower-case names.

    `chunks` raise FetchError; who takes them counts them, for a server may send without end.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]

    @property
    def phrase(self) -> str:
        """The status in words: "HTTP 404 Not Found"."""
        return f"HTTP {self.status} {http.client.responses.get(self.status, '')}".strip()


class Web:
    """Gets documents one at a time."""

    def __init__(self, limits: Limits, outside: Outside | None = None) -> None:
        self.limits = limits
        self._outside = outside or Outside()
        self._rules: dict[str, robots.Rules] = {}
        self._last: dict[str, float] = {}

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Iterator[Reply]:
        """The reply where all redirects end; raises FetchError."""
        until = self._outside.clock() + self.limits.seconds
        with self._follow(addresses.parse(url), headers, until, obey=True) as reply:
            yield reply

    @contextmanager
    def _follow(
        self, address: Address, headers: Mapping[str, str], until: float, *, obey: bool
    ) -> Iterator[Reply]:
        for _ in range(self.limits.hops + 1):
            if obey and not self._rules_of(address, until).allow(address.target):
                raise FetchError(f"robots.txt of {address.host} asks not to fetch it")
            with self._request(address, headers, until) as reply:
                if reply.status not in _REDIRECTS or "location" not in reply.headers:
                    yield reply
                    return
                address = address.follow(reply.headers["location"])
        raise FetchError(f"is redirected more than {self.limits.hops} times")

    @contextmanager
    def _request(
        self, address: Address, headers: Mapping[str, str], until: float
    ) -> Iterator[Reply]:
        self._wait(address)
        ips = checked(address, self._outside.resolve, self._outside.allowed)
        left = max(until - self._outside.clock(), 0.01)
        connection = Connection(address, ips, self._outside.context, self.limits.silence, left)
        sent = {"User-Agent": _AGENT, "Accept-Encoding": "identity", "Connection": "close"}
        try:
            with self._explained(address, connection):
                connection.request("GET", address.target, headers={**sent, **headers})
                response = connection.getresponse()
            said = {name.lower(): value for name, value in response.getheaders()}
            yield Reply(response.status, said, self._chunks(address, connection, response))
        finally:
            connection.end()

    def _chunks(
        self, address: Address, connection: Connection, response: http.client.HTTPResponse
    ) -> Iterator[bytes]:
        length, size = response.length, 0
        if length is not None and length > self.limits.size:
            raise FetchError(f"is larger than {self.limits.size:,} bytes")
        while True:
            with self._explained(address, connection):
                chunk = response.read1(_CHUNK)
                if not chunk and length is not None and size < length and not connection.expired:
                    raise http.client.IncompleteRead(b"")
            if not chunk:
                return
            size += len(chunk)
            yield chunk

    @contextmanager
    def _explained(self, address: Address, connection: Connection) -> Iterator[None]:
        """Whatever goes wrong on the way, as a FetchError in words."""
        host, late = address.host, f"{address.host} took longer than {{:g}} seconds"
        try:
            yield
        except TimeoutError as error:
            if not connection.expired:
                raise FetchError(late.format(self.limits.silence) + " to answer") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            if not connection.expired:
                raise FetchError(_reason(host, error)) from error
        if connection.expired:
            raise FetchError(late.format(self.limits.seconds) + " in all")

    def _rules_of(self, address: Address, until: float) -> robots.Rules:
        """The origin's robots.txt, asked for once; one that cannot be had forbids everything."""
        if address.origin not in self._rules:
            self._rules[address.origin] = self._ask_robots(address, until)
        return self._rules[address.origin]

    def _ask_robots(self, address: Address, until: float) -> robots.Rules:
        own = addresses.parse(address.origin + "/robots.txt")
        with self._follow(own, {}, until, obey=False) as reply:
            if HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return robots.NOTHING_FORBIDDEN
            if reply.status != HTTPStatus.OK:
                return robots.ALL_FORBIDDEN
            data = b""
            for chunk in reply.chunks:
                data += chunk
                if len(data) >= robots.MOST:
                    break
            return robots.rules_for(_PRODUCT, data)

    def _wait(self, address: Address) -> None:
        """Lets a host rest between two requests, as long as its robots.txt asks, within reason."""
        asked = self._rules.get(address.origin, robots.NOTHING_FORBIDDEN).delay
        pause = max(self.limits.pause, min(asked, _LONGEST_PAUSE))
        since = self._outside.clock() - self._last.get(address.host, float("-inf"))
        if since < pause:
            self._outside.sleep(pause - since)
        self._last[address.host] = self._outside.clock()


def _reason(host: str, error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {host} cannot be trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"there is no secure connection to {host}"
    if isinstance(error, (http.client.IncompleteRead, ConnectionResetError)):
        return f"{host} broke off; fetch again to go on"
    if isinstance(error, OSError):
        return f"{host} cannot be reached ({error.strerror or error})"
    return f"{host} does not answer in HTTP"
