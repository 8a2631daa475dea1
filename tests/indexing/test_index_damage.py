"""Whatever happens to bytes at rest is found, named, and never served."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import IndexCorruptError, IndexMismatchError
from rag.indexing import manifest as manifests
from rag.indexing.manifest import Manifest, Pointer, Sealed
from rag.indexing.storage import Storage
from tests.indexing.builders import LONG, corpus, publish, store
from tests.indexing.faults import Stepping

MASKS = (0x01, 0x80, 0xFF)
SMALL = 4096
SHA = "0" * 64
VALID = Manifest(
    generation=7,
    recipe={"embedder": "e"},
    fingerprint=SHA,
    documents=1,
    passages=2,
    files={
        name: Sealed(3, SHA) for name in ("corpus.sqlite", "lexical/meta.json", "vectors.faiss")
    },
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index with two generations, of which the second is live."""
    publish(store(tmp_path / "index"), *corpus("old"))
    publish(store(tmp_path / "index"), *corpus("new"))
    return tmp_path / "index"


def live(folder: Path) -> Path:
    return folder / "gen-000002"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in live(folder).rglob("*") if path.is_file())


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


def test_each_flipped_byte_of_a_file_is_named(folder: Path) -> None:
    """Every byte of small files and many of large ones, altered: exactly that file is named."""
    storage = Storage()
    manifest = manifests.read(storage, live(folder))
    choose = random.Random(1)  # noqa: S311 - not for secrets
    for name in manifest.files:
        path = live(folder) / name
        data = path.read_bytes()
        count = len(data) if len(data) <= SMALL else min(len(data), 200 * LONG)
        for place in choose.sample(range(len(data)), count):
            masks = MASKS if LONG > 1 else (choose.choice(MASKS),)
            for mask in masks:
                with path.open("r+b") as file:
                    file.seek(place)
                    file.write(bytes([data[place] ^ mask]))
                found = manifests.faults(storage, live(folder), manifest)
                assert found == [f"gen-000002/{name}: bytes differ from those that were written"]
        path.write_bytes(data)
    assert store(folder).verify() == []


def test_a_flipped_byte_in_any_file_is_never_served(folder: Path) -> None:
    """The same through the front door: the older generation answers, and the file is named."""
    choose = random.Random(2)  # noqa: S311 - not for secrets
    for path in files(folder):
        data = path.read_bytes()
        for place in choose.sample(range(len(data)), min(len(data), 2 * LONG)):
            path.write_bytes(_flipped(data, place, choose.choice(MASKS)))
            check_found(folder, path.relative_to(folder).as_posix())
        path.write_bytes(data)
    assert store(folder).verify() == []


def test_each_flipped_byte_of_the_manifest_is_refused(folder: Path) -> None:
    """Even without CURRENT to vouch for it, as for an older generation, every byte counts."""
    data = (live(folder) / manifests.NAME).read_bytes()
    assert manifests.decode(data, "gen-000002").generation == 2
    for place in range(len(data)):
        for mask in MASKS:
            with pytest.raises(IndexCorruptError, match=r"gen-000002/MANIFEST\.json"):
                manifests.decode(_flipped(data, place, mask), "gen-000002")


def test_each_flipped_byte_and_each_length_of_current_is_refused(folder: Path) -> None:
    """A damaged CURRENT is named, and the newest sound generation answers, loudly."""
    data = (folder / "CURRENT").read_bytes()
    flipped = [_flipped(data, place, mask) for place in range(len(data)) for mask in MASKS]
    cut = [data[:length] for length in range(len(data))]
    for damaged in [*flipped, *cut, data + b"\n", data + data]:
        with pytest.raises(IndexCorruptError):
            manifests.decode_pointer(damaged)
    for damaged in [flipped[0], flipped[-1], cut[0], cut[60], data * 100]:
        (folder / "CURRENT").write_bytes(damaged)
        reader = store(folder)
        assert reader.open().generation == 2
        assert reader.warnings[0].startswith("CURRENT:")
        assert reader.verify()[0].startswith("CURRENT:")
    (folder / "CURRENT").unlink()
    assert store(folder).verify() == ["CURRENT: missing"]


def test_each_flip_is_fatal_when_there_is_nothing_older(folder: Path) -> None:
    """With one generation only, damage is an error that names the file and what to do."""
    shutil.rmtree(folder / "gen-000001")
    path = live(folder) / "vectors.faiss"
    path.write_bytes(_flipped(path.read_bytes(), 50, 1))
    with pytest.raises(IndexCorruptError, match=r"vectors\.faiss.*rag doctor"):
        store(folder).open()


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def _half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def _zero_page(path: Path) -> None:
    path.write_bytes(bytes(min(4096, path.stat().st_size)) + path.read_bytes()[4096:])


def _swap(path: Path) -> None:
    """With its like of the older generation; lexical files are named anew each time."""
    older = Path(str(path.parent).replace("gen-000002", "gen-000001"))
    path.write_bytes(next(older.glob(f"*{path.suffix}")).read_bytes())


def _link(path: Path) -> None:
    outside = path.parents[3] / "outside"
    shutil.copy(path, outside)
    path.unlink()
    path.symlink_to(outside)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "damage", [_cut, _half, _append, _zero_page, _swap, _link, _pipe, Path.unlink]
)
def test_damaged_files_are_named(folder: Path, damage: Callable[[Path], None]) -> None:
    """Truncated, extended, zeroed, swapped with an older one, linked, replaced or removed."""
    for path in files(folder):
        aside = path.read_bytes()
        damage(path)
        if path.is_symlink() or not path.is_file() or path.read_bytes() != aside:
            check_found(folder, path.relative_to(folder).as_posix())
        path.unlink(missing_ok=True)
        path.write_bytes(aside)


def test_linked_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    """Neither a generation nor its lexical part may be a link to somewhere else."""
    for part in ("lexical", ""):
        place = live(folder) / part
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "elsewhere")
        reader = store(folder)
        assert reader.open().generation == 1
        assert reader.verify()
        place.unlink()
        (tmp_path / "elsewhere").rename(place)


def test_strangers_are_named_and_not_opened(folder: Path) -> None:
    """A file that nobody published is a fault for `rag doctor`, and of no effect on answers."""
    (live(folder) / "corpus.sqlite-wal").write_bytes(b"x")
    (live(folder) / "lexical" / ".tantivy-meta.lock").write_bytes(b"")
    reader = store(folder)
    assert reader.open().generation == 2
    assert reader.verify() == [
        "gen-000002/corpus.sqlite-wal: not part of the index",
        "gen-000002/lexical/.tantivy-meta.lock: not part of the index",
    ]


def test_a_size_is_compared_before_anything_is_read(folder: Path) -> None:
    """A file that has grown to a terabyte costs nothing to refuse."""
    path = live(folder) / "vectors.faiss"
    os.truncate(path, 1 << 40)
    counting = Stepping()
    manifest = manifests.read(counting, live(folder))
    found = manifests.faults(counting, live(folder), manifest)
    assert found[0].startswith("gen-000002/vectors.faiss: 1099511627776 bytes instead of ")
    assert ("digest", "vectors.faiss") not in counting.steps


def test_the_next_build_repairs(folder: Path) -> None:
    """After a rebuild from a damaged generation, doctor is content."""
    _half(live(folder) / "corpus.sqlite")
    publish(store(folder), *corpus("third"))
    reader = store(folder)
    assert reader.open().generation == 3
    assert reader.warnings == ()
    assert reader.verify() == []


def forged(body: object) -> bytes:
    """A manifest with a good checksum, as somebody who may write to the folder could make."""
    dump: dict[str, Any] = {"indent": 2, "sort_keys": True}
    checksum = hashlib.sha256(json.dumps(body, **dump).encode() + b"\n").hexdigest()
    return json.dumps({"checksum": checksum, "manifest": body}, **dump).encode() + b"\n"


def body(**changes: object) -> dict[str, object]:
    inner: dict[str, object] = json.loads(manifests.encode(VALID))["manifest"]
    return {**inner, **changes}


@pytest.mark.parametrize(
    "name",
    [
        "../x", "/etc/passwd", "lexical/../../x", "a/b/c", "..", ".", "", "x\0", "x\n", "~", "a\\b",
        "lexical//x", "./x", "MANIFEST.json", "é", "x" * 200, "../gen-000001/corpus.sqlite",
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_refused(name: str) -> None:
    """Only plain names, at most one folder deep, are file names of a generation."""
    entries = {**{known: {"size": 3, "sha256": SHA} for known in VALID.files}}
    assert manifests.decode(forged(body(files=entries)), "gen-000007") == VALID
    with pytest.raises(IndexCorruptError):
        manifests.decode(
            forged(body(files={**entries, name: {"size": 3, "sha256": SHA}})), "gen-000007"
        )


NASTY = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from([-1, 1 << 60, 10**400, "../x", "/etc/passwd", "\ud800", SHA.upper()])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(max_examples=200 * LONG)
@given(key=st.sampled_from([*body(), "more"]), value=NASTY)
def test_manifests_of_wrong_content_are_refused(key: str, value: object) -> None:
    """Any value in any place: a refusal, or a manifest that says the same when written again."""
    data = forged(body(**{key: value}))
    try:
        manifest = manifests.decode(data, "gen-000007")
    except (IndexCorruptError, IndexMismatchError):
        return
    assert manifests.encode(manifest) == data


@settings(max_examples=200 * LONG)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_manifests_that_are_none_are_refused(data: bytes) -> None:
    """Random bytes are damage, never another exception."""
    with pytest.raises(IndexCorruptError):
        manifests.decode(data, "gen-000007")


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"checksum": NaN, "manifest": {}}',
        b"9" * 100_000,
        b"1e999",
        b'{"checksum": "", "checksum": "", "manifest": {}}',
        forged([]),
        forged(None),
        forged(body()).replace(b"\n", b""),
        forged(body()) + b" ",
        b" " * (11 << 20),
        b"",
    ],
    ids=lambda data: f"{bytes(data[:12])!r} {len(data)}",
)
def test_manifests_of_hostile_form_are_refused(folder: Path, data: bytes) -> None:
    """Deep, huge, repeated or unusual JSON is damage like any other; nothing else is opened."""
    (live(folder) / manifests.NAME).write_bytes(data)
    pointer = Pointer(2, hashlib.sha256(data).hexdigest())
    (folder / "CURRENT").write_bytes(manifests.encode_pointer(pointer))
    counting = Stepping()
    with pytest.raises(IndexCorruptError):
        manifests.read(counting, live(folder), pointer.manifest)
    assert counting.steps == [("read", "MANIFEST.json")]
    check_found(folder, "gen-000002/MANIFEST.json")


def _flipped(data: bytes, place: int, mask: int) -> bytes:
    return data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
