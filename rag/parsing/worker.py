"""The child's side: one file on standard input, its pages as JSON lines on standard output.

A line {"page", "label", "parts"} for each page, where a part is [start, end, role, value], and then
{"end"}; or {"error", "reason"}, which is all. If one page is to be drawn, its image instead. Before
all, {"recognising"} says that it will take its time.
"""

from __future__ import annotations

import json
import math
import os
import sys
from dataclasses import astuple, replace

from rag.errors import ParseError
from rag.parsing.formats import read
from rag.parsing.limits import Limits, Recognition, hold_to


def main(job: str) -> None:
    """Read standard input as the file that `job` describes: JSON of "path" and "limits", and with
    "draw" the number of a page and the width of its image; "recognition" is how to read scans.
    """
    order = json.loads(job)
    limits = Limits(**order["limits"])
    recognition = Recognition(**order["recognition"]) if order.get("recognition") else None
    # Drawing pages for recognition is this process's own work.
    drawing = math.ceil(recognition.seconds) if recognition else 0
    hold_to(replace(limits, cpu_seconds=limits.cpu_seconds + drawing))
    try:
        data = sys.stdin.buffer.read()
        if "draw" in order:
            number, width = order["draw"]
            _say(_drawn(data, order["path"], number, width, recognition))
            _say({"end": {}})
            return
        extract = read(data, order["path"], limits, recognition, _announce)
        for page in extract.pages:
            parts = [(*astuple(part.span), part.role, part.value) for part in page.parts]
            _say({"page": page.text, "label": page.label, "parts": parts})
        _say({"end": {"title": extract.title, "remarks": extract.remarks}})
    except ParseError as error:
        _say({"error": type(error).__name__, "reason": error.reason})
    except MemoryError:
        megabytes = limits.memory_bytes // 2**20
        _say({"error": "TooComplexError", "reason": f"needs more than {megabytes:,} MB of memory"})
    except Exception as error:  # noqa: BLE001 - whatever a broken file provokes is said of the file
        reason = f"breaks the parser ({type(error).__name__})"
        _say({"error": "DamagedDocumentError", "reason": reason})


def _drawn(
    data: bytes, path: str, number: int, width: int, recognition: Recognition | None
) -> dict[str, object]:
    # Only page images need these.
    from rag.parsing.drawing import draw  # noqa: PLC0415
    from rag.parsing.recognise import Recogniser  # noqa: PLC0415

    recogniser = Recogniser(recognition, _announce) if recognition else None
    return draw(data, path, number, width, recogniser)


def _announce() -> None:
    # Tesseract's own threads slow it down where several pages are recognised side by side.
    os.putenv("OMP_THREAD_LIMIT", "1")
    _say({"recognising": True})


def _say(line: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    sys.stdout.buffer.flush()
