"""Bytes at rest that are no longer what was written: found, named, and never served."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

from rag.indexing import manifest as manifests
from rag.indexing.storage import Storage
from tests.indexing.builders import store
from tests.indexing.damaging import altered, check_found, check_refused, two_generations
from tests.reliability.row import Outcome, Run

MASKS = (0x01, 0x80, 0xFF)
_SMALL = 4_096


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "gen-000002").rglob("*") if path.is_file())


def flipped(run: Run) -> Outcome:
    """One byte altered, anywhere in any file of an index, its manifest or CURRENT"""
    found, chance, storage = Outcome(), run.chance(), Storage()
    folder = two_generations(run.folder / "index")
    live = folder / "gen-000002"
    manifest = manifests.read(storage, live)
    for name in manifest.files:
        path = live / name
        data = path.read_bytes()
        said = [f"gen-000002/{name}: bytes differ from those that were written"]
        with path.open("r+b") as file:
            for place, mask in _places(data, run, chance):
                _put(file.fileno(), place, data[place] ^ mask)
                with found.trial(f"{name}, byte {place}"):
                    assert manifests.faults(storage, live, manifest) == said
                _put(file.fileno(), place, data[place])
    _front_door(run, found, folder, chance)
    for name, sealed, decode in (
        ("the manifest", (live / manifests.NAME).read_bytes(), _decode_manifest),
        ("CURRENT", (folder / "CURRENT").read_bytes(), manifests.decode_pointer),
    ):
        for place, mask in ((place, mask) for place in range(len(sealed)) for mask in MASKS):
            with found.trial(f"{name}, byte {place}"):
                check_refused(decode, altered(sealed, place, mask))
    assert store(folder).verify() == []
    found.figures |= {"undetected": len(found.failures)}
    return found


def _front_door(run: Run, found: Outcome, folder: Path, chance: random.Random) -> None:
    """What readers and `rag doctor` say of a few of them."""
    for path in _files(folder):
        data = path.read_bytes()
        for place in chance.sample(range(len(data)), min(len(data), run.count(1, 20))):
            path.write_bytes(altered(data, place, chance.choice(MASKS)))
            with found.trial(f"served: {path.name}, byte {place}"):
                check_found(folder, path.relative_to(folder).as_posix())
        path.write_bytes(data)


def _places(data: bytes, run: Run, chance: random.Random) -> Iterator[tuple[int, int]]:
    """Every byte of a small file and many of a large one, by each mask; few in the quick form."""
    most = run.count(60, len(data) if len(data) <= _SMALL else 2_000)
    for place in chance.sample(range(len(data)), min(len(data), most)):
        for mask in MASKS if run.long else (chance.choice(MASKS),):
            yield place, mask


def _put(file: int, place: int, byte: int) -> None:
    os.pwrite(file, bytes([byte]), place)


def _decode_manifest(data: bytes) -> object:
    return manifests.decode(data, "gen-000002")


def cut(run: Run) -> Outcome:
    """Files cut at any length, made longer, with zeroed pages, or of another generation"""
    found, chance = Outcome(), run.chance()
    folder = two_generations(run.folder / "index")
    storage = Storage()
    live = folder / "gen-000002"
    manifest = manifests.read(storage, live)
    for path in _files(folder):
        data, name = path.read_bytes(), path.relative_to(live).as_posix()
        for what, damaged in _damaged(folder, path, data, run, chance):
            path.write_bytes(damaged)
            with found.trial(f"{name}: {what}"):
                if name == manifests.NAME:
                    check_refused(_decode_manifest, damaged)
                else:
                    (said,) = manifests.faults(storage, live, manifest)
                    assert said.startswith(f"gen-000002/{name}: ")
        with found.trial(f"{name}, served"):
            check_found(folder, f"gen-000002/{name}")
        path.write_bytes(data)
    pointer = (folder / "CURRENT").read_bytes()
    for length in range(len(pointer)):
        with found.trial(f"CURRENT cut to {length}"):
            check_refused(manifests.decode_pointer, pointer[:length])
    assert store(folder).verify() == []
    found.figures |= {"undetected": len(found.failures)}
    return found


def _damaged(
    folder: Path, path: Path, data: bytes, run: Run, chance: random.Random
) -> Iterator[tuple[str, bytes]]:
    """What is left of a file, with its name; each is other than the file."""
    most = run.count(15, len(data) if len(data) <= _SMALL else 200)
    for length in chance.sample(range(len(data)), min(len(data), most)):
        yield f"cut to {length}", data[:length]
    yield "one byte more", data + b"\0"
    yield "a page more", data + bytes(_SMALL)
    for start in range(0, len(data), _SMALL):
        page = data[start : start + _SMALL]
        if any(page):
            yield (
                f"page at {start} zeroed",
                data[:start] + bytes(len(page)) + data[start + _SMALL :],
            )
    older = folder / "gen-000001" / path.relative_to(folder / "gen-000002").parent
    for other in older.glob(f"*{path.suffix}"):
        if (stranger := other.read_bytes()) != data:
            yield "of another generation", stranger
