"""Indexes that this program, as it is and is set, did not write."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import IndexCorruptError, IndexMismatchError
from rag.indexing import manifest as manifests
from rag.indexing.manifest import Pointer
from tests.indexing.builders import RECIPE, corpus, publish, store
from tests.indexing.damaging import VALID, check_found, check_refused, forged, two_generations
from tests.indexing.faults import Stepping
from tests.reliability.row import Outcome, Run

_SHA = "0" * 64
_GOLDEN = Path(__file__).parent / "golden"
_NAMES = (
    "../x", "/etc/passwd", "lexical/../../x", "a/b/c", "..", ".", "", "x\0", "x\n", "~", "a\\b",
    "lexical//x", "./x", "MANIFEST.json", "é", "x" * 200, "../gen-000001/corpus.sqlite",
)  # fmt: skip
_VALUES: Sequence[object] = (
    None, True, -1, 1 << 60, 10**400, float("nan"), float("inf"), 1.5, "", "../x", "/etc/passwd",
    "\ud800", _SHA.upper(), [], [1], {}, {"x": {}}, {"../x": {"size": 3, "sha256": _SHA}},
    {"x": {"size": -1, "sha256": _SHA}}, {"x": {"size": 3}}, "9" * 9_999, [[[[[]]]]],
)  # fmt: skip
_FORMS = (
    b"[" * 200_000, b'{"a":' * 200_000, b'{"checksum": NaN, "manifest": {}}', b"9" * 100_000,
    b"1e999", b'{"checksum": "", "checksum": "", "manifest": {}}', b" " * (11 << 20), b"",
)  # fmt: skip


def hostile(run: Run) -> Outcome:
    """Manifests with a good checksum and paths that lead away, wrong types, depth or size"""
    found = Outcome()
    body: dict[str, object] = json.loads(manifests.encode(VALID))["manifest"]
    entries = {name: {"size": 3, "sha256": _SHA} for name in VALID.files}
    made: dict[str, dict[str, object]]
    made = {repr(name): {"files": {**entries, name: entries["vectors.faiss"]}} for name in _NAMES}
    made |= {
        f"{key} as {str(value)[:30]!r}": {key: value}
        for key in [*body, "more"]
        for value in _VALUES
    }
    for name, changes in made.items():
        with found.trial(name):
            data = forged({**body, **changes})
            try:
                manifest = manifests.decode(data, "gen-000007")
            except (IndexCorruptError, IndexMismatchError):
                continue
            # Not hostile after all: it says the same when written again.
            assert manifests.encode(manifest) == data
            assert "files" not in changes
    folder = two_generations(run.folder / "index")
    for data in _FORMS:
        with found.trial(f"{data[:12]!r} of {len(data)} bytes"):
            (folder / "gen-000002" / manifests.NAME).write_bytes(data)
            pointer = Pointer(2, hashlib.sha256(data).hexdigest())
            (folder / "CURRENT").write_bytes(manifests.encode_pointer(pointer))
            counting = Stepping()
            check_refused(manifests.read, counting, folder / "gen-000002")
            assert counting.steps == [("read", manifests.NAME)]
            check_found(folder, "gen-000002/MANIFEST.json")
    return found


def formats(run: Run) -> Outcome:
    """An index of each format so far is read; a newer one is refused and left as it was"""
    found = Outcome()
    for golden in sorted(_GOLDEN.iterdir()):
        with found.trial(golden.name):
            place = run.folder / golden.name
            shutil.copytree(golden, place)
            index = store(place).open()
            expected = [f"of {golden.name}" in each.text for each in index.passages(range(6))]
            assert expected == [True] * 6
            assert len(index.matching(["mines"], 9)[0]) == 3
            assert store(place).verify() == []
            assert publish(store(place), *corpus("next")).generation == 2
    for made, says in ((manifests.FORMAT + 1, "newer version"), (0, "older format")):
        with found.trial(f"format {made}"):
            place = run.folder / f"made-{made}"
            publish(store(place), *corpus("x"))
            _as_format(place, made)
            before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
            assert says in _mismatch(store(place).open)
            if made > manifests.FORMAT:
                assert says in _mismatch(store(place).build().__enter__)
                assert before == {path: path.read_bytes() for path in before}
            else:
                assert publish(store(place), *corpus("next")).generation == 2
    return found


def _as_format(place: Path, made: int) -> None:
    """As a program of that format would have written it, with content of its own."""
    path = place / "gen-000001" / manifests.NAME
    body = {**json.loads(path.read_bytes())["manifest"], "format": made, "files": {"odd": []}}
    path.write_bytes(forged(body))
    pointer = Pointer(1, hashlib.sha256(path.read_bytes()).hexdigest())
    (place / "CURRENT").write_bytes(manifests.encode_pointer(pointer))


def _mismatch(work: Callable[[], object]) -> str:
    try:
        work()
    except IndexMismatchError as error:
        return str(error)
    raise AssertionError("it was taken for one of ours")


def mismatched(run: Run) -> Outcome:
    """Another parser, chunker, model or dimension than the index was built with"""
    found = Outcome()
    place = run.folder / "index"
    publish(store(place), *corpus("x"))
    publish(store(place), *corpus("y"))
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    for change in (
        {"embedder": "other"}, {"embedder": "hash 8"}, {"chunker": "lines 2"},
        {"parser": "lines 2"}, {"added": "1"}, {"embedder": "", "chunker": ""},
    ):  # fmt: skip
        with found.trial(str(change)):
            other = store(place, recipe={**RECIPE, **change})
            said = _mismatch(other.open)
            assert next(iter(sorted(change, reverse=True))) in said or "chunker" in said
            assert "rag index" in said
            assert other.verify() == []
            with other.build() as build:
                assert build.previous is None
            assert before == {path: path.read_bytes() for path in before}
    return found
