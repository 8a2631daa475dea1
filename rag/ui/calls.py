"""Events that fail: the caller gets a sentence, the log the rest.

Left to itself Gradio prints the traceback to standard error, and with it what the caller sent.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import gradio as gr
from fastapi import HTTPException

from rag.ui.html import showable
from rag.ui.talk import FAILED

UNFIT = "This is not what the endpoint takes: see /gradio_api/info."

_log = logging.getLogger(__name__)
_Step: TypeAlias = Callable[..., Awaitable[Any]]


def word_failures(page: gr.Blocks) -> None:
    """From now on whatever an event of `page` raises is a `gr.Error` with a sentence of ours."""
    page.preprocess_data = _fitting(page.preprocess_data)  # type: ignore[method-assign, assignment]
    page.process_api = _told(page.process_api)  # type: ignore[method-assign, assignment]
    queue = page._queue  # noqa: SLF001 - the one door of all events
    queue.push = _looked_at(queue.push, page)  # type: ignore[method-assign, assignment]


def _fitting(preprocess: _Step) -> _Step:
    """What arrives may be anything: that it does not fit is no failure of the server."""

    async def fitted(event: Any, *given: Any, **named: Any) -> list[Any]:  # noqa: ANN401 - Gradio's
        try:
            values: list[Any] = await preprocess(event, *given, **named)
        except Exception as error:
            raise gr.Error(UNFIT, print_exception=False) from error
        for component, value in zip(event.inputs, values, strict=False):
            if isinstance(component, gr.Textbox) and value is None:
                raise gr.Error(UNFIT, print_exception=False)
        return values

    return fitted


def _told(process: _Step) -> _Step:
    async def told(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - Gradio's own
        try:
            return await process(*given, **named)
        except gr.Error:
            raise
        except Exception as error:
            _log.exception("an event failed")
            raise gr.Error(FAILED, print_exception=False) from error

    return told


def _looked_at(push: _Step, page: gr.Blocks) -> _Step:
    """What would break the queue is refused before it stands there.

    An event of a session without a name has nobody to tell how long it will wait, and Gradio then
    fails whoever comes next. A name that cannot be written down fails whatever writes it.
    """

    async def pushed(body: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - Gradio's own
        event = page.fns.get(body.fn_index)
        nameless = body.session_hash is not None and not _is_name(body.session_hash)
        if event is None or nameless or (_selects(event) and not _is_selection(body.event_data)):
            raise HTTPException(status_code=422, detail=UNFIT)
        return await push(body, *given, **named)

    return pushed


def _is_name(said: str) -> bool:
    """Whether it has characters, and all of them can be written: no lone surrogate, no control."""
    return bool(said) and said == showable(said)


def _selects(event: Any) -> bool:  # noqa: ANN401 - Gradio's own
    return any(name == "example_select" for _, name in event.targets)


def _is_selection(said: object) -> bool:
    """Whether this is what a press on an example sends."""
    value = said.get("value") if isinstance(said, Mapping) and "index" in said else None
    return isinstance(value, Mapping) and isinstance(value.get("text"), str)
