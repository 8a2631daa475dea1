"""Pages of PDFs as images beside their words: what a page fetches to show them."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from rag.errors import RagError
from rag.results import PageImage
from rag.types import Document, Span
from rag.ui.talk import Answering

WIDTH = 1_400
"""Pixels of an image: sharp in a pane of half a screen, and when it is enlarged twice."""
GONE = "This document has changed since, or is no longer in the library."


def sheets(library: Answering) -> APIRouter:
    """GET /page/<document>/<number>?start=&end=: where a span stands on a page; with .png behind
    the number, the page itself.

    Both name a document by its id; no path comes in from outside, and none goes out.
    """
    router = APIRouter()

    async def image(document: str, number: int) -> Response:
        try:
            drawn = await asyncio.to_thread(library.page_image, document, number, (), WIDTH)
        except (KeyError, RagError) as error:
            return _refused(error)
        # The id is the hash of the bytes: what is at this address never changes.
        headers = {"cache-control": "private, max-age=86400, immutable"}
        return Response(drawn.png, media_type="image/png", headers=headers)

    async def places(document: str, number: int, start: int = 0, end: int = 0) -> Response:
        try:
            said = await asyncio.to_thread(_places, library, document, number, (start, end))
        except (KeyError, ValueError, RagError) as error:
            return _refused(error)
        return JSONResponse(said)

    router.add_api_route("/page/{document}/{number:int}.png", image, methods=["GET"])
    router.add_api_route("/page/{document}/{number:int}", places, methods=["GET"])
    return router


def _places(
    library: Answering, document_id: str, number: int, ends: tuple[int, int]
) -> dict[str, Any]:
    document = library.document(document_id)
    drawn = library.page_image(document_id, number, (Span(*ends),), WIDTH)
    return {
        "image": f"/page/{document.id}/{number}.png",
        "caption": _caption(document, number, drawn),
        "width": drawn.width,
        "height": drawn.height,
        "areas": [[a.left, a.top, a.right, a.bottom] for each in drawn.areas for a in each],
        "number": number,
        "pages": len(document.pages),
    }


def _caption(document: Document, number: int, drawn: PageImage) -> str:
    label, count = document.pages[number - 1].label, len(document.pages)
    counted = f"Page {number} of {count}"
    printed = f"{counted}, printed {label}" if label and label != str(number) else counted
    return f"{printed}; the boxes are approximate" if drawn.approximate else printed


def _refused(error: Exception) -> Response:
    """One sentence; of what is not ours, only that it is not there."""
    return PlainTextResponse(str(error) if isinstance(error, RagError) else GONE, status_code=404)
