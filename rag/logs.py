"""What the program says of its own doings: one line for each event, on standard error.

The text of questions is never logged unless `log.questions` says so; nor are cookies, keys, query
strings, or the parts of a path that name a session.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TextIO

from rag.errors import ConfigError

LEVELS = ("debug", "info", "warning", "error")
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Names the request at work, in every line that is logged meanwhile."""


def configure(level: str, stream: TextIO, *, as_json: bool) -> None:
    """Sends lines of `level` and above to `stream`, for people or (`as_json`) for programs.

    Raises ConfigError for a level that is none.
    """
    if level not in LEVELS:
        raise ConfigError(f"log.level is one of {', '.join(LEVELS)}, not {level!r}.")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Json() if as_json else _Words())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)  # of the libraries only what is wrong
    logging.getLogger("rag").setLevel(level.upper())


class _Words(logging.Formatter):
    """`2026-11-02T10:20:30.400Z info rag.ui.admission [id] question outcome=answered ms=12.1`."""

    def format(self, record: logging.LogRecord) -> str:
        parts = [f"{_time(record)} {record.levelname.lower()} {record.name}"]
        if said_id := request_id.get():
            parts.append(f"[{said_id}]")
        parts.append(record.getMessage())
        parts += [f"{name}={_shown(value)}" for name, value in _said(record).items()]
        # A line is a line: what comes from outside may not feign another one.
        line = _one_line(" ".join(parts))
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    """The same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_said(record),
        }
        if said_id := request_id.get():
            line["request"] = said_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def _time(record: logging.LogRecord) -> str:
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _said(record: logging.LogRecord) -> Mapping[str, object]:
    said = getattr(record, "said", None)
    return said if isinstance(said, Mapping) else {}


def _shown(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text


def _one_line(text: str) -> str:
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
