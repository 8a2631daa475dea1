"""Many rows are searched by short codes: what is found is what comparing each row would find."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest

from rag.errors import IndexingError
from rag.indexing import codes
from rag.indexing import manifest as manifests
from rag.indexing.rows import RowFile, RowWriter
from rag.indexing.storage import Storage
from rag.ports import Ranking, Vectors
from tests.indexing.builders import (
    corpus,
    document,
    passages,
    publish,
    store,
    vector,
    vectors,
    written,
)

DIMENSION = 32
KINDS = {"codes": (100, 10**9), "lists": (100, 100)}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each kind of codes, from a hundred rows on instead of from many thousands."""
    name: str = request.param
    exact, lists = KINDS[name]
    monkeypatch.setattr(codes, "EXACT_BELOW", exact)
    monkeypatch.setattr(codes, "LISTS_FROM", lists)
    yield name
    faiss.omp_set_num_threads(1)


def groups(count: int, seed: int = 0) -> Vectors:
    """Unit rows around a hundred middles, as texts gather around topics; shape (count, d)."""
    random = np.random.default_rng(seed)
    middles = np.random.default_rng(1).normal(size=(100, DIMENSION))
    rows = middles[random.integers(0, 100, count)] + random.normal(size=(count, DIMENSION)) * 0.7
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def compared(rows: Vectors, queries: Vectors, k: int) -> list[Ranking]:
    """The k best by comparing each row, equal ones in the order of rows."""
    found = []
    for query in queries:
        scores = (rows * query).sum(axis=1)
        best = np.argsort(-scores, kind="stable")[:k]
        found.append([(int(row), float(scores[row])) for row in best])
    return found


def test_which_kind_is_for_how_many() -> None:
    """Few rows, or of odd length, are compared one by one; many are coded; very many are listed."""
    assert codes.kind(384, codes.EXACT_BELOW - 1) == ""
    assert codes.kind(383, codes.EXACT_BELOW) == ""
    assert codes.kind(384, codes.EXACT_BELOW) == "PQ192x4fs"
    assert codes.kind(384, 1_000_000) == "IVF1000,PQ192x4fs"


def test_almost_all_of_the_nearest_are_found(kind: str, tmp_path: Path) -> None:
    """Of the ten nearest at least 98 in 100, with the very scores of the stored floats."""
    rows, queries = groups(5_000), groups(100, seed=2)
    table = written(tmp_path, rows)
    found, expected = table.nearest(queries, 10), compared(rows, queries, 10)
    shares = [
        len(set(ranking) & set(best)) / 10 for ranking, best in zip(found, expected, strict=True)
    ]
    assert np.mean(shares) >= 0.98
    alone = [table.nearest(query[None], 10)[0] for query in queries]
    assert alone == found


@pytest.mark.parametrize("k", [1, 150, 200, 10_000])
def test_as_many_are_found_as_are_wanted_and_there(kind: str, tmp_path: Path, k: int) -> None:
    """Any k: each row once, best first; of all rows, exactly all, in the exact order."""
    rows, queries = groups(200), groups(3, seed=2)
    found = written(tmp_path, rows).nearest(queries, k)
    expected = compared(rows, queries, k)
    for ranking, best in zip(found, expected, strict=True):
        assert len({row for row, _ in ranking}) == len(ranking) == min(k, 200)
        assert ranking == sorted(ranking, key=lambda pair: (-pair[1], pair[0]))
        if k >= 200:
            assert ranking == best


def test_equal_rows_stay_in_order(kind: str, tmp_path: Path) -> None:
    """Ties are broken by the row's number, whichever candidates came first."""
    rows = np.repeat(groups(30), 20, axis=0)
    [ranking] = written(tmp_path, rows).nearest(rows[40:41], 20)
    assert [row for row, _ in ranking] == list(range(40, 60))


def test_rows_come_back_exactly(kind: str, tmp_path: Path) -> None:
    """What is taken over into the next generation are the stored floats, not their codes."""
    rows = groups(300)
    table = written(tmp_path, rows)
    for wanted in ([299, 0, 0, 7], [*range(250, 300), *range(50), 50, 52], [5], range(300)):
        assert np.array_equal(table.rows([*wanted]), rows[[*wanted]])
    assert table.rows([]).shape == (0, DIMENSION)


def test_equal_rows_make_equal_files(kind: str, tmp_path: Path) -> None:
    """A rebuild of the same rows gives the same bytes."""
    for name in "ab":
        (tmp_path / name).mkdir()
        written(tmp_path / name, groups(2_000))
    for name in ("vectors", "codes"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_threads_find_the_same(kind: str, tmp_path: Path) -> None:
    """Searches at the same time do not disturb one another."""
    queries = groups(50, seed=2)
    table = written(tmp_path, groups(3_000))
    expected = [table.nearest(query[None], 10) for query in queries]
    differing: list[int] = []

    def search() -> None:
        for _ in range(5):
            for place, query in enumerate(queries):
                if table.nearest(query[None], 10) != expected[place]:
                    differing.append(place)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert differing == []


def test_a_generation_keeps_its_codes(kind: str, tmp_path: Path) -> None:
    """Published, verified, searched and taken over from like any other, also once it is removed."""
    lines = "".join(f"line {number}\n" for number in range(400))
    documents = [document("many", lines), *corpus("x")]
    index = publish(store(tmp_path / "index"), *documents)
    texts = [each.text for of in documents for each in passages(of)]
    assert manifests.CODES in {path.name for path in (tmp_path / "index").glob("gen-*/*")}
    assert store(tmp_path / "index").verify() == []
    publish(store(tmp_path / "index"), *corpus("y"))
    publish(store(tmp_path / "index"), *corpus("z"))
    assert not (tmp_path / "index" / "gen-000001").exists()
    table = vectors([each.text for each in index.passages(range(len(index)))])
    found = index.nearest(table[6:], 1)
    assert [ranking[0][0] for ranking in found] == list(range(6, 406))
    searched = {of.searched(each.span): each.text for of in documents for each in passages(of)}
    taken = index.vectors_of([*searched])
    assert len(taken) == len(texts)
    assert all(np.array_equal(taken[key], vector(text)) for key, text in searched.items())


def test_a_flipped_byte_of_the_codes_is_never_served(kind: str, tmp_path: Path) -> None:
    """The older generation answers, and the file is named."""
    lines = "".join(f"line {number}\n" for number in range(200))
    for title in ("old", "new"):
        publish(store(tmp_path / "index"), document("many", lines, title=title))
    path = tmp_path / "index" / "gen-000002" / manifests.CODES
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    reader = store(tmp_path / "index")
    assert reader.open().generation == 1
    assert reader.warnings[0].startswith("gen-000002/codes.faiss:")


def test_the_rows_are_a_file_that_faiss_itself_would_write(tmp_path: Path) -> None:
    """Byte for byte, so that it can be read without us."""
    rows = groups(7)
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(rows)
    written(tmp_path, rows)
    assert (tmp_path / "vectors").read_bytes() == faiss.serialize_index(index).tobytes()


def test_rows_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    """Fewer than were announced, another kind of file, one cut off before or after opening."""
    writer = RowWriter(Storage(), tmp_path / "rows", DIMENSION, 4)
    writer.add(groups(3))
    with pytest.raises(ValueError, match="1 rows are missing"):
        writer.finish()
    with pytest.raises(ValueError, match="not a table"):
        RowFile(tmp_path / "rows")
    (tmp_path / "short").write_bytes(b"IxFI")
    with pytest.raises(ValueError, match="no header"):
        RowFile(tmp_path / "short")
    table = written(tmp_path, groups(4))
    with (tmp_path / "vectors").open("r+b") as file:
        file.truncate(100)
    with pytest.raises(IndexingError, match="cut off"):
        table.rows([3])


def test_codes_of_other_rows_are_refused(kind: str, tmp_path: Path) -> None:
    """Codes and rows must be as many."""
    for name, count in (("a", 200), ("b", 300)):
        (tmp_path / name).mkdir()
        written(tmp_path / name, groups(count))
    with pytest.raises(ValueError, match="does not belong"):
        codes.CodedTable(tmp_path / "a" / "codes", RowFile(tmp_path / "b" / "vectors"))
