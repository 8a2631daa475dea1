"""An index holds exactly what it was given, finds exactly what it should, and repeats itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import IndexingError, IndexMismatchError
from rag.indexing.generation import LocalIndex
from rag.indexing.rows import HEADER
from rag.indexing.vectors import ExactTable
from rag.types import Document, Page, Passage, Source, Span
from tests.indexing.builders import (
    corpus,
    document,
    passages,
    publish,
    source,
    store,
    vector,
    vectors,
    written,
)

ODD = [
    "",
    "\n",
    "emoji 😀🏽\nnext",
    "عربي\nעברית",
    "ﬁne ﬂow",
    "nul\0in\0side",
    "lone \ud800",
    "x" * 9999,
]


def rows_of(index: LocalIndex) -> dict[tuple[str, str], int]:
    """Row by path and text of the passage."""
    return {
        (index.document(passage.document_id).path, passage.text): row
        for row, passage in enumerate(index.passages(range(len(index))))
    }


def test_documents_come_back_as_they_were(tmp_path: Path) -> None:
    """All fields, pages, odd characters and file names that are no UTF-8 survive."""
    odd = [document(f"odd{number}\udcff.txt", text) for number, text in enumerate(ODD)]
    pages = (Page(1, "iv", Span(0, 5)), Page(2, "", Span(5, 5)), Page(3, "1", Span(5, 10)))
    full = Document(
        "f" * 64, "a/b.pdf", "Title", "0123456789", pages,
        "P", "S", "2023-01", "en", "https://example.org", "CC0",
    )  # fmt: skip
    index = publish(store(tmp_path / "index"), *odd, full)
    for each in [*odd, full, *odd]:
        assert index.document(each.id) == each
        assert index.passages_of(each.id) == passages(each)
    with pytest.raises(KeyError):
        index.document("0" * 64)
    with pytest.raises(KeyError):
        index.passages_of("0" * 64)


def test_rows_are_in_the_order_of_paths_and_offsets(tmp_path: Path) -> None:
    """Row by row the passages are those of the sorted documents, whatever was asked before."""
    documents = corpus("x", 12)
    index = publish(store(tmp_path / "index"), *reversed(documents))
    expected = [part for each in sorted(documents, key=_path) for part in passages(each)]
    assert index.passages(range(len(index))) == expected
    assert index.passages([5, 0, 5]) == [expected[5], expected[0], expected[5]]
    assert index.passages([]) == []
    for row in (-1, len(index)):
        with pytest.raises(IndexError):
            index.passages([row])


def test_sources_are_kept_in_order(tmp_path: Path) -> None:
    """Read and skipped files with their reasons, sorted by path."""
    read = [source(each) for each in corpus("x")]
    skipped = Source("0 broken.pdf", None, reason="not a PDF", note="\udcff")
    with store(tmp_path / "index").build() as build:
        index = build.publish([*read, skipped])
    assert index.sources == (skipped, *read)


def test_nearest_is_brute_force(tmp_path: Path) -> None:
    """Rows and scores equal those of a matrix product, for one query and for many, and any k."""
    documents = [
        document(f"{number:03}", "".join(f"{number} {line}\n" for line in range(7)))
        for number in range(60)
    ]
    index = publish(store(tmp_path / "index"), *documents)
    table = vectors([passage.text for passage in index.passages(range(len(index)))])
    queries = vectors([f"question {number}" for number in range(40)])
    for k in (1, 10, 420, 1000):
        alone = [index.nearest(query[None], k)[0] for query in queries]
        for rankings in (alone, index.nearest(queries, k)):
            for query, ranking in zip(queries, rankings, strict=True):
                exact = table @ query
                order = np.argsort(-exact, kind="stable")[: min(k, 420)]
                assert [score for _, score in ranking] == pytest.approx(exact[order], abs=1e-5)
                assert [row for row, _ in ranking] == order.tolist()


def test_equal_passages_rank_in_the_order_of_rows(tmp_path: Path) -> None:
    """Ties are broken the same way every time."""
    index = publish(
        store(tmp_path / "index"), *(document(str(n), "twin\n", title="t") for n in range(9))
    )
    assert [row for row, _ in index.nearest(vector("twin")[None], 9)[0]] == list(range(9))
    assert [row for row, _ in index.matching(["twin"], 9)[0]] == list(range(9))


def test_an_empty_index_answers_with_nothing(tmp_path: Path) -> None:
    """No documents, or none with text: every search is empty, and nothing has the row -1."""
    for documents in ([], [document("blank", " \n ")]):
        index = publish(store(tmp_path / "index"), *documents)
        assert len(index) == 0
        assert index.nearest(vectors(["a", "b"]), 5) == [[], []]
        assert index.matching(["mines", ""], 5) == [[], []]
        assert index.vectors_of(["a"]) == {}
        assert store(tmp_path / "index").verify() == []


def test_bad_queries_are_refused(tmp_path: Path) -> None:
    """NaN, infinity, another dimension or shape: one sentence, not a ranking."""
    index = publish(store(tmp_path / "index"), *corpus("x"))
    good = vectors(["a", "b"])
    assert index.nearest(good, 0) == [[], []]
    assert index.nearest(good[:0], 5) == []
    for bad in (float("nan"), float("inf")):
        spoilt = good.copy()
        spoilt[1, 3] = bad
        with pytest.raises(IndexingError, match="finite"):
            index.nearest(spoilt, 5)
    with pytest.raises(IndexMismatchError, match="rag index"):
        index.nearest(vectors(["a"], 8), 5)
    with pytest.raises(IndexingError, match="table"):
        index.nearest(good[0], 5)


def test_bad_additions_are_refused(tmp_path: Path) -> None:
    """Vectors that are no unit rows of one dimension, foreign passages, the same file twice."""
    one, two = corpus("x", 2)
    parts = passages(one)
    good = vectors([part.text for part in parts])
    refusals: list[tuple[type[Exception], Document, list[Passage], Any]] = [
        (IndexingError, one, parts, good * 2),
        (IndexingError, one, parts, good * np.float32("nan")),
        (ValueError, one, parts, good[:1]),
        (ValueError, one, parts[:1] * 2, good),
        (ValueError, two, parts, good),
        (ValueError, one, [replace(parts[0], text="else"), parts[1]], good),
    ]
    for kind, to, of, rows in refusals:
        with store(tmp_path / "index").build() as build, pytest.raises(kind):
            build.add(to, of, rows)
    with store(tmp_path / "index").build() as build:
        build.add(one, parts, good)
        with pytest.raises(IndexingError, match="16 and of 8"):
            build.add(two, passages(two), vectors(["a", "b"], 8))
        for twin in (one, replace(one, path="twin"), replace(two, path=one.path)):
            with pytest.raises(IndexingError, match="content of"):
                build.add(twin, [], good[:0])


def test_vectors_are_taken_over_exactly(tmp_path: Path) -> None:
    """For a text that was embedded, the very floats; for any other, nothing."""
    documents = [document(str(n), "".join(f"{n} {m}\n" for m in range(90))) for n in range(12)]
    publish(store(tmp_path / "index"), *documents)
    texts = {each.searched(part.span): part.text for each in documents for part in passages(each)}
    with store(tmp_path / "index").build() as build:
        assert build.previous
        found = build.previous.vectors_of([*texts, "unknown", "", "\ud800", *texts])
    assert set(found) == set(texts)
    assert all(np.array_equal(found[key], vector(text)) for key, text in texts.items())
    assert all(row.dtype == np.float32 for row in found.values())


def test_an_index_of_another_recipe_has_nothing_to_take_over(tmp_path: Path) -> None:
    """Vectors of another model are never mixed in."""
    publish(store(tmp_path / "index"), *corpus("x"))
    with store(tmp_path / "index", recipe={"embedder": "other"}).build() as build:
        assert build.previous is None


@pytest.mark.parametrize(
    "change",
    [
        lambda each: replace(each, title="other"),
        lambda each: replace(each, path="other"),
        lambda each: replace(each, speaker="other"),
        lambda each: document(each.path, each.text + "."),
    ],
)
def test_any_change_changes_the_fingerprint(
    tmp_path: Path, change: Callable[[Document], Document]
) -> None:
    """Text or metadata, even of one document."""
    documents = corpus("x")
    first = publish(store(tmp_path / "index"), *documents).fingerprint
    documents[1] = change(documents[1])
    assert publish(store(tmp_path / "index"), *documents).fingerprint != first


def test_the_recipe_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    """The same text, embedded by another model, is another index."""
    first = publish(store(tmp_path / "a"), *corpus("x")).fingerprint
    assert (
        publish(store(tmp_path / "b", recipe={"embedder": "other"}), *corpus("x")).fingerprint
        != first
    )


def test_the_table_is_aligned_in_memory(tmp_path: Path) -> None:
    """FAISS works on the file's bytes in place: its numbers must start where processors like it."""
    rows = vectors(["a", "b", "c"])
    written(tmp_path, rows)
    table = ExactTable(tmp_path / "vectors")
    start = table._data.ctypes.data + HEADER.size
    assert start % 64 == 0
    assert np.array_equal(table._data[HEADER.size :].view(np.float32), rows.ravel())


def _path(each: Document) -> str:
    return each.path
