"""The page as a program of its own: `python app.py`. `rag serve` does the same with options."""

from __future__ import annotations

import sys
from functools import partial

from rag.bootstrap import open_library
from rag.config import go_offline, load_settings
from rag.errors import RagError

go_offline()  # before Gradio is imported, which then reads the environment

from rag.ui.page import build_page  # noqa: E402
from rag.ui.server import serve  # noqa: E402

try:
    settings = load_settings()
    library = open_library(settings)
    demo = build_page(library)
    if __name__ == "__main__":
        serve(library, settings, partial(print, "Ask at", flush=True))
except RagError as error:
    sys.exit(f"rag: {error}")
