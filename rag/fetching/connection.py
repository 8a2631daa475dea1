"""One connection, to an address that was checked, that ends when its time is over."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress

from rag.fetching.addresses import Address


class Connection(http.client.HTTPConnection):
    """HTTP to one of the given IP addresses; TLS certificates are checked for the host's name.

    `silence` bounds one wait for bytes, `seconds` everything: after them the socket is shut, and
    `expired` says so. A server that sends a byte now and then cannot hold it longer.
    """

    def __init__(
        self,
        address: Address,
        ips: Sequence[str],
        context: ssl.SSLContext,
        silence: float,
        seconds: float,
    ) -> None:
        super().__init__(address.host, address.port, timeout=min(silence, seconds))
        # So that http.client names the port in "Host:" only where it is not the usual one.
        self.default_port = 443 if address.scheme == "https" else 80
        self.expired = False
        self._ips = ips
        self._context = context if address.scheme == "https" else None
        self._wire: socket.socket | None = None
        self._watch = threading.Timer(seconds, self._expire)
        self._watch.daemon = True

    def connect(self) -> None:
        """Raises OSError, of which ssl.SSLError is a kind."""
        self._watch.start()
        self._wire = self._dial()
        if self._context:
            # The handshake waits until the watch knows the socket that it would have to shut.
            self._wire = self._context.wrap_socket(
                self._wire, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._wire.do_handshake()
        if self.expired:
            # The time was over before there was a socket to shut.
            raise TimeoutError
        self.sock = self._wire

    def end(self) -> None:
        """Stops the watch and closes the socket."""
        self._watch.cancel()
        self.close()
        if self._wire:
            self._wire.close()

    def _dial(self) -> socket.socket:
        last = OSError("no address")
        for ip in self._ips:
            try:
                return socket.create_connection((ip, self.port), self.timeout)
            except OSError as error:
                last = error
        raise last

    def _expire(self) -> None:
        self.expired = True
        if self._wire:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)
