"""A graph on the disk: its network, its word embeddings apart, and the hashes of both."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.graphs.converting import Words, without_words

if TYPE_CHECKING:
    from openvino import Model

_FILES = ("graph.xml", "graph.bin")
_WORDS = "words"
_HASHES = "HASHES.json"
_mapping = threading.Lock()


@dataclass(frozen=True, slots=True)
class Exported:
    """The file that describes the network, and the mapped word embeddings unless it has its own."""

    graph: Path
    words: Words | None


def opened(folder: Path) -> Exported | None:
    """What was exported to `folder`; None if anything is missing or is not as it was written."""
    try:
        hashes = json.loads((folder / _HASHES).read_text("utf-8"))
        if any(hashes[name] != _digest(folder / name) for name in _FILES):
            return None
        words = hashes[_WORDS]
        with _mapping:
            table = _mapped(_place(folder, words), words) if words else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Exported(folder / _FILES[0], table)


def export(folder: Path, convert: Callable[[], Model]) -> None:
    """Writes what `convert` makes beside its place, the hashes last, and then moves it there.

    The word embeddings lie beside the folder under a name made of their hash, so that graphs with
    the same ones share a file, and in memory its pages.
    """
    from openvino import save_model  # noqa: PLC0415 - takes 0.1 s, and only an export needs it

    partial = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    partial.mkdir(parents=True, exist_ok=True)
    try:
        model = convert()
        words = without_words(model)
        save_model(model, partial / _FILES[0], compress_to_fp16=False)
        hashes: dict[str, str | None] = {name: _digest(partial / name) for name in _FILES}
        hashes[_WORDS] = None if words is None else _written(words, partial)
        (partial / _HASHES).write_text(json.dumps(hashes), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another process was faster, which is as good
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _written(words: Words, partial: Path) -> str:
    """The hash under which they lie beside the folder `partial`."""
    file = partial / "words.npy"
    np.save(file, words)
    digest = _digest(file)
    file.replace(_place(partial, digest))
    return digest


def _place(folder: Path, digest: str) -> Path:
    return folder.with_name(f"words-{digest[:16]}.npy")


@cache
def _mapped(path: Path, digest: str) -> Words:
    """One mapping for all graphs of this process; raises OSError or ValueError if it is damaged."""
    if _digest(path) != digest:
        raise ValueError(f"{path.name} was altered")
    table: Words = np.load(path, mmap_mode="r").view(np.ndarray)
    return table


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
