"""The seals of an index: what a generation holds, byte for byte, and which one is live.

`MANIFEST.json` carries a checksum of itself and the size and SHA-256 of each other file;
`CURRENT` carries the live generation's name, the SHA-256 of its manifest, and a checksum of both.
So one altered byte anywhere is found, and can be named. A seal is no signature: who may write
to the folder can forge one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.errors import IndexCorruptError, IndexMismatchError
from rag.indexing.storage import Storage

FORMAT = 1
"""Raised whenever older programs could not read, or would misread, what is written."""
NAME = "MANIFEST.json"
CORPUS = "corpus.sqlite"
VECTORS = "vectors.faiss"
CODES = "codes.faiss"
"""Only where there are many vectors; programs that do not know it search the vectors as well."""
LEXICAL = "lexical"

_LIMIT = 1 << 20
_FOLDER = re.compile(r"gen-(\d{6,12})")
_FILE = re.compile(r"(?:[A-Za-z0-9_-]{1,64}/)?(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_POINTER = re.compile(rb"(gen-(\d{6,12}) ([0-9a-f]{64})) ([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One file as it was when it was written."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one generation is: how it was made, and each of its files by relative name."""

    generation: int
    recipe: Mapping[str, str]
    fingerprint: str
    documents: int
    passages: int
    files: Mapping[str, Sealed]
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Pointer:
    """The content of `CURRENT`: the live generation and the SHA-256 of its manifest's bytes."""

    generation: int
    manifest: str


def folder_name(generation: int) -> str:
    """7 -> "gen-000007"."""
    return f"gen-{generation:06d}"


def folder_number(name: str) -> int | None:
    """The 7 of "gen-000007"; None for a name that no generation has."""
    match = _FOLDER.fullmatch(name)
    return int(match[1]) if match and folder_name(int(match[1])) == name else None


def encode_pointer(pointer: Pointer) -> bytes:
    """One line: name, digest of the manifest, digest of the line up to here."""
    line = f"{folder_name(pointer.generation)} {pointer.manifest}".encode()
    return line + b" " + hashlib.sha256(line).hexdigest().encode() + b"\n"


def decode_pointer(data: bytes) -> Pointer:
    """Raises IndexCorruptError unless `data` is exactly what `encode_pointer` wrote."""
    match = _POINTER.fullmatch(data)
    if not match or hashlib.sha256(match[1]).hexdigest().encode() != match[4]:
        raise IndexCorruptError("CURRENT: not as it was written")
    return Pointer(int(match[2]), match[3].decode())


def encode(manifest: Manifest) -> bytes:
    """Canonical JSON, sorted and indented, under a checksum of itself."""
    body = asdict(manifest)
    return _dump({"checksum": _checksum(body), "manifest": body})


def decode(data: bytes, folder: str) -> Manifest:
    """The manifest of the generation `folder`.

    Raises IndexCorruptError for bytes that `encode` did not write, IndexMismatchError for
    another format.
    """
    body = _body(data, folder)
    made = body.get("format")
    if isinstance(made, int) and made != FORMAT:
        raise IndexMismatchError(other_format(made))
    try:
        files = {_file(name): Sealed(**entry) for name, entry in body.pop("files").items()}
        manifest = Manifest(files=files, recipe=dict(body.pop("recipe").items()), **body)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise _corrupt(folder) from error
    if not _plausible(manifest) or folder_name(manifest.generation) != folder:
        raise _corrupt(folder)
    return manifest


def read(storage: Storage, folder: Path, expected: str | None = None) -> Manifest:
    """The manifest in a generation's folder; `expected` is its SHA-256 if `CURRENT` named it.

    Raises IndexCorruptError, IndexMismatchError.
    """
    try:
        data = b"" if folder.is_symlink() else storage.read(folder / NAME, _LIMIT)
    except OSError as error:
        raise IndexCorruptError(f"{folder.name}/{NAME}: {_reason(error)}") from error
    if expected is not None and hashlib.sha256(data).hexdigest() != expected:
        raise IndexCorruptError(f"{folder.name}/{NAME}: not the one that CURRENT names")
    return decode(data, folder.name)


def format_of(storage: Storage, folder: Path) -> int:
    """The format of a generation's manifest, which may be newer than ours; 0 if it is damaged."""
    try:
        made = _body(storage.read(folder / NAME, _LIMIT), folder.name).get("format")
    except (OSError, IndexCorruptError):
        return 0
    return made if isinstance(made, int) else 0


def other_format(made: int) -> str:
    """What to tell the user about a format that is not ours."""
    if made > FORMAT:
        return (
            f"the index has format {made} and was built by a newer version of rag, this one "
            f"reads format {FORMAT}: update rag, or choose another index folder"
        )
    return f"the index has the older format {made}, this rag reads {FORMAT}: run `rag index`"


def faults(storage: Storage, folder: Path, manifest: Manifest) -> list[str]:
    """One sentence for each file that is missing or differs; sizes are compared before reading."""
    return [
        f"{folder.name}/{name}: {fault}"
        for name, sealed in sorted(manifest.files.items())
        if (fault := _fault(storage, folder, name, sealed))
    ]


def strangers(folder: Path, manifest: Manifest) -> list[str]:
    """One sentence for each entry that the manifest does not list. Readers never open them."""
    folders = {name.rpartition("/")[0] for name in manifest.files} | {LEXICAL}
    known = {NAME, *manifest.files, *folders}
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return [f"{folder.name}/{name}: not part of the index" for name in names if name not in known]


def _fault(storage: Storage, folder: Path, name: str, sealed: Sealed) -> str:
    path = folder / name
    try:
        if path.parent.is_symlink():
            return "reached through a link"
        if path.lstat().st_size != sealed.size:
            return f"{path.lstat().st_size} bytes instead of {sealed.size}"
        differs = storage.digest(path) != (sealed.size, sealed.sha256)
    except OSError as error:
        return _reason(error)
    return "bytes differ from those that were written" if differs else ""


def _reason(error: OSError) -> str:
    return "missing" if isinstance(error, FileNotFoundError) else error.strerror or str(error)


def _body(data: bytes, folder: str) -> dict[str, Any]:
    """The checked inner object. Parsed only within the size limit; re-encoding must give `data`."""
    try:
        outer = json.loads(data, parse_constant=_refuse, parse_float=_refuse)
        canonical = _dump(outer) == data
    except (ValueError, RecursionError) as error:
        raise _corrupt(folder) from error
    if not canonical or not isinstance(outer, dict) or set(outer) != {"checksum", "manifest"}:
        raise _corrupt(folder)
    body = outer["manifest"]
    if not isinstance(body, dict) or outer["checksum"] != _checksum(body):
        raise _corrupt(folder)
    return body


def _plausible(manifest: Manifest) -> bool:
    counts = (manifest.generation, manifest.documents, manifest.passages)
    hashes: list[object] = [manifest.fingerprint]
    hashes += [sealed.sha256 for sealed in manifest.files.values()]
    lexical = any(name.startswith(f"{LEXICAL}/") for name in manifest.files)
    return (
        manifest.format == FORMAT
        and all(map(_is_count, (*counts, *(sealed.size for sealed in manifest.files.values()))))
        and all(isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in hashes)
        and all(isinstance(value, str) for value in manifest.recipe.values())
        and CORPUS in manifest.files
        and VECTORS in manifest.files
        and lexical
    )


def _file(name: str) -> str:
    if not _FILE.fullmatch(name) or name == NAME:
        raise ValueError(f"not a file of a generation: {name!r}")
    return name


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 48


def _refuse(text: str) -> None:
    raise ValueError(f"no such number in a manifest: {text[:20]}")


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_dump(body)).hexdigest()


def _dump(value: object) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, allow_nan=False).encode() + b"\n"


def _corrupt(folder: str) -> IndexCorruptError:
    return IndexCorruptError(f"{folder}/{NAME}: not as it was written")
