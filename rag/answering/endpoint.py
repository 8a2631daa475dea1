"""A language model behind an OpenAI-compatible address, asked once and under hard limits.

Nothing that an endpoint does may hold up an answer: the request runs in a thread of its own, and
whoever waits for it stops waiting at the deadline. It is never redirected, never tried again, and
what it sends is counted before it is decoded.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeAlias

from rag.errors import ConfigError, WriterError

Messages: TypeAlias = Sequence[dict[str, str]]
LARGEST = 4 << 20
"""Bytes that one reply may have."""
LONGEST = 40_000
"""Characters that a model may write."""
HIDDEN = "[…]"
"""Stands where an endpoint sends the key back."""
NEEDED = "A writer needs the package openai: pip install 'rag[writer]'"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is reached. `key` is empty for endpoints that want none.

    `seconds` is the deadline for the whole reply, `tokens` the most that the model may write.
    """

    url: str
    model: str
    key: str = ""
    seconds: float = 30.0
    tokens: int = 600

    def __repr__(self) -> str:
        return f"Endpoint({self.url!r}, {self.model!r})"

    def write(self, messages: Messages) -> str:
        """What the model writes; raises WriterError at the latest at the deadline.

        Raises ConfigError where the package openai is missing.
        """
        if not all(find_spec(name) for name in ("openai", "httpx2")):
            raise ConfigError(NEEDED)
        parts: queue.SimpleQueue[str | WriterError | None] = queue.SimpleQueue()
        end = time.monotonic() + self.seconds
        threading.Thread(
            target=self._run, args=(messages, end, parts.put), name="writer", daemon=True
        ).start()
        written: list[str] = []
        while True:
            try:
                part = parts.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise WriterError(f"it took longer than {self.seconds:g} seconds") from None
            if isinstance(part, WriterError):
                raise part
            if part is None:
                break
            written.append(part)
        text = "".join(written)
        return text.replace(self.key, HIDDEN) if self.key else text

    def _run(
        self, messages: Messages, end: float, put: Callable[[str | WriterError | None], None]
    ) -> None:
        """Everything that an endpoint may do wrong becomes a WriterError in words of our own."""
        try:
            length = 0
            for part in self._stream(messages, end):
                length += len(part)
                put(part if length <= LONGEST else WriterError("it wrote without end"))
            put(None)
        except WriterError as error:
            put(error)
        except Exception as error:  # noqa: BLE001 - its message may hold the key; its kind does not
            put(WriterError(_reason(error)))

    def _stream(self, messages: Messages, end: float) -> Iterator[str]:
        # Importing takes a second, in which a deadline counts.
        import httpx2  # noqa: PLC0415
        import openai  # noqa: PLC0415

        with httpx2.Client(
            transport=_bounded(httpx2, end),
            timeout=httpx2.Timeout(self.seconds),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
        ) as http:
            client: Any = openai.OpenAI(
                base_url=self.url, api_key=self.key or "none", max_retries=0, http_client=http
            )
            stream = client.chat.completions.create(
                model=self.model,
                messages=list(messages),
                max_tokens=self.tokens,
                temperature=0,
                stream=True,
            )
            finished = False
            for chunk in stream:
                for choice in chunk.choices[:1]:
                    finished = finished or choice.finish_reason is not None
                    if choice.delta and choice.delta.content:
                        yield choice.delta.content
            if not finished:
                raise WriterError("its reply broke off")


def _bounded(httpx: Any, end: float) -> Any:  # noqa: ANN401 - loaded when needed
    """A transport that ends a reply at the deadline and beyond LARGEST bytes."""

    class Bounded(httpx.HTTPTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:  # noqa: ANN401
            response = super().handle_request(request)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise WriterError("its reply is packed, which was not asked for")
            response.stream = Counted(response.stream)
            return response

    class Counted(httpx.SyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any) -> None:  # noqa: ANN401
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            length = 0
            for part in self._stream:
                length += len(part)
                if length > LARGEST:
                    raise WriterError("its reply is too large")
                if time.monotonic() > end:
                    raise WriterError("it took too long")
                yield part

        def close(self) -> None:
            self._stream.close()

    return Bounded(verify=True, retries=0)


def _reason(error: BaseException) -> str:
    """What went wrong, by the kind of the error and of those behind it, without their words."""
    seen = error
    while seen is not None:
        if isinstance(seen, WriterError):
            return str(seen)
        status = getattr(seen, "status_code", None)
        if isinstance(status, int):
            return f"it answered with HTTP status {status}"
        name = type(seen).__name__
        for part, reason in _KINDS.items():
            if part in name:
                return reason
        following = seen.__cause__ or seen.__context__
        if following is None or following is seen:
            break
        seen = following
    return "its reply could not be understood"


_KINDS = {
    "ConnectError": "it cannot be reached",
    "Timeout": "it took too long",
    "RemoteProtocol": "its reply broke off",
    "ReadError": "its reply broke off",
}
