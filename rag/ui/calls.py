"""Events that fail: the caller gets a sentence, the log the rest.

Left to itself Gradio prints the traceback to standard error, and with it what the caller sent.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import gradio as gr

from rag.ui.talk import FAILED

UNFIT = "This is not what the endpoint takes: see /gradio_api/info."

_log = logging.getLogger(__name__)
_Step: TypeAlias = Callable[..., Awaitable[Any]]


def word_failures(page: gr.Blocks) -> None:
    """From now on whatever an event of `page` raises is a `gr.Error` with a sentence of ours."""
    page.preprocess_data = _fitting(page.preprocess_data)  # type: ignore[method-assign, assignment]
    page.process_api = _told(page.process_api)  # type: ignore[method-assign, assignment]


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
