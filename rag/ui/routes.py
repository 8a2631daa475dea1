"""Routes of our own beside Gradio's: what a page fetches by itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from rag import dossier
from rag.errors import ConfigError, RagError
from rag.ui.talk import Answering

EXPORT = "/export"
KINDS = {
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".json": "application/json",
}


def routes(library: Answering) -> APIRouter:
    """POST /export/<suffix>: a conversation, as the browser keeps it, as a file to take away."""
    router = APIRouter()

    async def export(suffix: str, request: Request) -> Response:
        try:
            said = json.loads(await request.body())
            data = await asyncio.to_thread(_dossier, library, f".{suffix}", said)
        except (ValueError, RecursionError, RagError) as error:
            known = str(error) if isinstance(error, RagError) else "This is no conversation."
            return PlainTextResponse(known, status_code=400)
        # Never opened in the page's own name: always a download.
        headers = {"content-disposition": f'attachment; filename="conversation.{suffix}"'}
        return Response(data, media_type=KINDS[f".{suffix}"], headers=headers)

    router.add_api_route(f"{EXPORT}/{{suffix}}", export, methods=["POST"])
    return router


def _dossier(library: Answering, suffix: str, said: object) -> bytes:
    answers = said.get("answers") if isinstance(said, Mapping) else None
    if suffix not in KINDS or not isinstance(said, Mapping) or not isinstance(answers, list):
        raise ConfigError(f"A conversation can be taken away as {', '.join(KINDS)}.")
    library.refresh()
    made = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    title = str(said.get("title", ""))[:200]
    return dossier.write(suffix, answers, library.document, made, title)
