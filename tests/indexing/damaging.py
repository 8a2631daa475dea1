"""Damage to an index, and how it must be met."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.errors import IndexCorruptError
from rag.indexing.manifest import Manifest, Sealed
from tests.indexing.builders import corpus, publish, store

_SHA = "0" * 64
VALID = Manifest(
    generation=7,
    recipe={"embedder": "e"},
    fingerprint=_SHA,
    documents=1,
    passages=2,
    files={
        name: Sealed(3, _SHA) for name in ("corpus.sqlite", "lexical/meta.json", "vectors.faiss")
    },
)
"""Says that a generation holds three small files."""


def check_found(folder: Path, name: str) -> None:
    """`verify` names the file, and readers are given the older generation with a warning."""
    reader = store(folder)
    assert any(fault.startswith(f"{name}:") for fault in reader.verify())
    index = reader.open()
    assert index.generation == 1
    assert all("of old" in passage.text for passage in index.passages(range(6)))
    assert len(reader.warnings) == 1
    assert reader.warnings[0].startswith(f"{name}:")
    assert reader.current() == 1


def altered(data: bytes, place: int, mask: int) -> bytes:
    """The same bytes but for one."""
    return data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]


def forged(body: object) -> bytes:
    """A manifest with a good checksum, as somebody who may write to the folder could make."""
    dump: dict[str, Any] = {"indent": 2, "sort_keys": True}
    checksum = hashlib.sha256(json.dumps(body, **dump).encode() + b"\n").hexdigest()
    return json.dumps({"checksum": checksum, "manifest": body}, **dump).encode() + b"\n"


def check_refused(read: Callable[..., object], *arguments: object) -> None:
    """Reading it is an error that says that the index is damaged."""
    try:
        read(*arguments)
    except IndexCorruptError:
        return
    raise AssertionError("it was taken for sound")


def two_generations(folder: Path) -> Path:
    """The folder with two generations, of which the second is live."""
    publish(store(folder), *corpus("old"))
    publish(store(folder), *corpus("new"))
    return folder
