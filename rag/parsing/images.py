"""Images of a PDF's pages, each drawn in a process of its own, the last ones remembered."""

from __future__ import annotations

import base64
import json
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict

from rag.errors import DamagedDocumentError
from rag.parsing import child
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits, Recognition
from rag.results import Area, Drawn
from rag.types import Document, Role

WIDEST = 2_400
_AT_ONCE = 2
_REMEMBERED = 96 << 20
_BOX_BYTES = 150
"""About what one character's place takes in memory."""


class PdfPages:
    """Draws pages of the documents of one folder. Safe to share between threads.

    At most two processes draw at a time, and some hundred pages are remembered.
    """

    def __init__(
        self,
        folder: FolderParser,
        limits: Limits,
        command: Sequence[str] = child.WORKER,
        recognition: Recognition | None = None,
    ) -> None:
        """`recognition`: as the folder's parser has it, or words in scans have no places."""
        self._folder = folder
        self._limits = limits
        self._command = command
        self._recognition = recognition
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int, int], Drawn] = OrderedDict()

    def draw(self, document: Document, number: int, width: int) -> Drawn:
        """Page `number` (from 1), `width` pixels wide, at most WIDEST; raises ParseError.

        Also where the document's file is gone, has changed since it was read, or is no PDF.
        """
        key = (document.id, number, max(1, min(width, WIDEST)))
        if known := self._recall(key):
            return known
        with self._places:
            # While it waited, another thread may have drawn the same page.
            drawn = self._recall(key) or self._draw(document, *key[1:])
        self._remember(key, drawn)
        return drawn

    def _draw(self, document: Document, number: int, width: int) -> Drawn:
        limits, path = self._limits, document.path
        order: dict[str, object] = {"path": path, "limits": asdict(limits), "draw": [number, width]}
        more = 0.0
        if self._recognition and _is_scan(document, number):
            order["recognition"] = asdict(self._recognition)
            more = self._recognition.seconds
        with tempfile.TemporaryFile() as copy:
            self._folder.copy(document, copy)
            copy.seek(0)
            told = child.heard(
                self._command, json.dumps(order), copy, path, limits, more_seconds=more
            )
        return _understood(path, told)

    def _recall(self, key: tuple[str, int, int]) -> Drawn | None:
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
            return known

    def _remember(self, key: tuple[str, int, int], drawn: Drawn) -> None:
        with self._lock:
            self._known[key] = drawn
            while len(self._known) > 1 and sum(map(_size, self._known.values())) > _REMEMBERED:
                self._known.popitem(last=False)


def _is_scan(document: Document, number: int) -> bool:
    """Whether the page's text was recognised in its image."""
    pages = document.pages[number - 1 : number]
    return any(document.parts_of(page.span, Role.RECOGNISED) for page in pages)


def _size(drawn: Drawn) -> int:
    return len(drawn.png) + _BOX_BYTES * len(drawn.boxes)


def _understood(path: str, told: bytes) -> Drawn:
    try:
        page, *_ = child.lines(path, told)
        boxes = tuple(box and Area(*map(float, box)) for box in page["boxes"])
        width, height = page["size"]
        png = base64.b64decode(page["png"], validate=True)
        return Drawn(png, int(width), int(height), str(page["text"]), boxes)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedDocumentError(path, "breaks the parser (garbled answer)") from error
