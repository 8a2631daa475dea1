"""The child's side: one file on standard input, its pages as JSON lines on standard output.

A line {"page", "label"} for each page, and then {"end"}; or {"error", "reason"}, which is all.
"""

from __future__ import annotations

import json
import sys

from rag.errors import ParseError
from rag.parsing.formats import read
from rag.parsing.limits import Limits, hold_to


def main(job: str) -> None:
    """Read standard input as the file that `job` describes: JSON of "path" and "limits"."""
    order = json.loads(job)
    limits = Limits(**order["limits"])
    hold_to(limits)
    try:
        extract = read(sys.stdin.buffer.read(), order["path"], limits)
        for label, text in extract.pages:
            _say({"page": text, "label": label})
        _say({"end": {"title": extract.title, "remarks": extract.remarks}})
    except ParseError as error:
        _say({"error": type(error).__name__, "reason": error.reason})
    except MemoryError:
        megabytes = limits.memory_bytes // 2**20
        _say({"error": "TooComplexError", "reason": f"needs more than {megabytes:,} MB of memory"})
    except Exception as error:  # noqa: BLE001 - whatever a broken file provokes is said of the file
        reason = f"breaks the parser ({type(error).__name__})"
        _say({"error": "DamagedDocumentError", "reason": reason})


def _say(line: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    sys.stdout.buffer.flush()
