"""Whatever happens to bytes at rest is found, named, and never served."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import IndexCorruptError, IndexMismatchError
from rag.indexing import manifest as manifests
from tests.indexing.builders import LONG, corpus, publish, store
from tests.indexing.damaging import VALID, altered, check_found, forged, two_generations
from tests.indexing.faults import Stepping

MASKS = (0x01, 0x80, 0xFF)
SMALL = 4096
SHA = "0" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index with two generations, of which the second is live."""
    return two_generations(tmp_path / "index")


def live(folder: Path) -> Path:
    return folder / "gen-000002"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in live(folder).rglob("*") if path.is_file())


def test_each_flipped_byte_and_each_length_of_current_is_refused(folder: Path) -> None:
    """A damaged CURRENT is named, and the newest sound generation answers, loudly."""
    data = (folder / "CURRENT").read_bytes()
    flipped = [altered(data, place, mask) for place in range(len(data)) for mask in MASKS]
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
    path.write_bytes(altered(path.read_bytes(), 50, 1))
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


def body(**changes: object) -> dict[str, object]:
    inner: dict[str, object] = json.loads(manifests.encode(VALID))["manifest"]
    return {**inner, **changes}


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
