"""What holds of every index, wherever it is kept: the same suite for a folder and for Milvus."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.errors import IndexBusyError, IndexingError, IndexMismatchError, IndexMissingError
from rag.indexing import LocalIndexStore
from rag.indexing.lexical import terms
from rag.ports import Index, IndexStore
from rag.types import Document
from tests.indexing.builders import (
    RECIPE,
    corpus,
    document,
    fill,
    passages,
    source,
    vector,
    vectors,
)
from tests.indexing.conftest import Database

Make = Callable[..., IndexStore]
_ODD = [
    document("a.txt", "Mines kill.\nThe court sat.\n", title="Of mines", speaker="A"),
    document("b.txt", "lone \ud800 surrogate\nمرحبا بالعالم\nNUL \x00 and 😀\nмины убивают\n"),
    document("c.txt", "one line " * 9_000 + "\n\nMines kill.\n"),
    document("d.txt", ""),
    document("e.txt", "x = row in [1] or '\"\nname_with_underscore ﬁne ⅷ\n中文 字\n"),
]
_QUESTIONS = ["mines", "the courts sat in court", "мины", "fine name", "文", "row in [1]", "zebra"]


@pytest.fixture(params=["embedded", pytest.param("milvus", marks=pytest.mark.server)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Opens the same empty place again and again, under any recipe."""
    if request.param == "embedded":
        return lambda recipe=RECIPE: LocalIndexStore(tmp_path / "index", recipe)
    database: Database = request.getfixturevalue("database")
    name = database.name()
    return lambda recipe=RECIPE: database.store(tmp_path / "index", name, recipe)


def published(to: IndexStore, *documents: Document) -> Index:
    """A generation of exactly these documents."""
    with to.build() as build:
        fill(build, documents)
        return build.publish([source(each) for each in documents])


def told(index: Index) -> set[str]:
    """The texts of all passages."""
    return {each.text for each in index.passages(range(len(index)))}


def lines(documents: Sequence[Document]) -> set[str]:
    """The texts that their passages should have."""
    return {each.text for of in documents for each in passages(of)}


def test_nothing_built_yet(make: Make) -> None:
    """An empty place is no damage; the sentence says what to run."""
    with pytest.raises(IndexMissingError, match="run `rag index`"):
        make().open()
    assert make().current() is None
    assert len(make().verify()) == 1


def test_everything_that_was_added_comes_back(make: Make) -> None:
    """Documents, passages and vectors are equal to those given, whatever their characters."""
    published(make(), *reversed(_ODD))
    index = make().open()
    assert make().verify() == []
    given = [each for of in _ODD for each in passages(of)]
    assert index.passages(range(len(given))) == given
    assert len(index) == len(given)
    for of in _ODD:
        assert index.document(of.id) == of
        assert index.passages_of(of.id) == passages(of)
    texts = {of.searched(each.span): each.text for of in _ODD for each in passages(of)}
    stored = index.vectors_of([*texts, "never said"])
    assert stored.keys() == texts.keys()
    assert all(np.array_equal(stored[seen], vector(text)) for seen, text in texts.items())
    assert [each.path for each in index.sources] == sorted(each.path for each in _ODD)


def test_what_is_not_there_is_refused(make: Make) -> None:
    """Unknown rows and documents, other dimensions and broken numbers: errors that say so."""
    index = published(make(), *_ODD)
    with pytest.raises(IndexError):
        index.passages([0, len(index)])
    for ask in (index.document, index.passages_of):
        with pytest.raises(KeyError):
            ask("0" * 64)
    with pytest.raises(KeyError):
        index.matching(["mines"], 3, ["0" * 64])
    with pytest.raises(IndexMismatchError, match="run `rag index`"):
        index.nearest(vectors(["q"], 8), 3)
    with pytest.raises(IndexingError, match="finite"):
        index.nearest(np.full((1, 16), np.nan, np.float32), 3)
    with pytest.raises(IndexingError, match="table"):
        index.nearest(vector("q"), 3)


def test_nearest_is_the_order_of_cosines(make: Make) -> None:
    """Against every inner product computed by hand, among all documents and among some."""
    documents = [document(f"{at:02}.txt", f"First {at}.\nThen {at}.\n") for at in range(20)]
    documents += [document("z.txt", "Alone.\n"), document("y.txt", "\n")]
    index = published(make(), *documents)
    every = index.passages(range(len(index)))
    scores = np.stack([vector(each.text) for each in every]) @ vectors(["q", "r"]).T
    for some in (None, [documents[3].id, documents[20].id], [each.id for each in documents[2:]]):
        held = [row for row, each in enumerate(every) if some is None or each.document_id in some]
        for found, exact in zip(index.nearest(vectors(["q", "r"]), 9, some), scores.T, strict=True):
            expected = sorted(held, key=lambda row: -exact[row])[:9]
            assert [row for row, _ in found] == expected
            assert [score for _, score in found] == pytest.approx(exact[expected], abs=1e-5)
    assert index.nearest(vectors(["q"]), 9, [documents[21].id]) == [[]]
    assert index.nearest(vectors(["q"]), 9, []) == [[]]


def test_words_are_weighed_by_bm25(make: Make) -> None:
    """Scores follow the formula (k1 = 1.2, b = 0.75), in any document, larger for better."""
    lines = ["mine mine court", "court", "peace treaty signed", "mine peace map border"]
    documents = [document(f"{at}.txt", f"{line}\n") for at, line in enumerate(lines)]
    index = published(make(), *documents)
    lengths = [len(terms(of.searched(each.span))) for of in documents for each in passages(of)]
    rarity = np.log(1 + (4 - 2 + 0.5) / (2 + 0.5))

    def score(times: int, length: int) -> float:
        scale = 0.25 + 0.75 * length / np.mean(lengths)
        return float(rarity * times * 2.2 / (times + 1.2 * scale))

    [found] = index.matching(["mines and mine"], 9)
    first, last = 2 * score(2, lengths[0]), 2 * score(1, lengths[3])
    assert [row for row, _ in found] == [0, 3]
    assert [score for _, score in found] == pytest.approx([first, last])
    [some] = index.matching(["mines and mine"], 9, [documents[3].id])
    assert [row for row, _ in some] == [3]
    assert [score for _, score in some] == pytest.approx([last])
    assert index.matching(["zebra", "the of and", ""], 9) == [[], [], []]


@pytest.mark.server
def test_both_say_the_same(tmp_path: Path, database: Database) -> None:
    """The same rows in the same order for odd questions over odd texts, and one fingerprint."""
    folder = published(LocalIndexStore(tmp_path / "local", RECIPE), *_ODD)
    server = published(database.store(tmp_path / "index", database.name()), *_ODD)
    assert folder.fingerprint == server.fingerprint
    assert folder.sources == server.sources
    queries = vectors(_QUESTIONS)
    for some in (None, [each.id for each in _ODD[1:3]]):
        for one, other in zip(
            [*folder.nearest(queries, 5, some), *folder.matching(_QUESTIONS, 9, some)],
            [*server.nearest(queries, 5, some), *server.matching(_QUESTIONS, 9, some)],
            strict=True,
        ):
            assert [row for row, _ in one] == [row for row, _ in other]


def test_generations_follow_one_another(make: Make) -> None:
    """Numbers rise, the newest is served, and what was deleted or replaced leaves no ghost."""
    for number in range(1, 5):
        index = published(make(), *corpus(f"tag{number}", 5 - number))
        assert (index.generation, make().current(), make().open().generation) == (number,) * 3
        assert told(make().open()) == lines(corpus(f"tag{number}", 5 - number))
        assert make().open().matching([f"tag{number - 1}"], 9) == [[]]
        assert len(make().open().nearest(vectors(["q"]), 99)[0]) == len(index)


def test_a_generation_outlives_its_replacement(make: Make) -> None:
    """Readers of the generation before the live one are still answered from it alone."""
    old = published(make(), *corpus("old"))
    published(make(), *corpus("new"))
    assert len(old.matching(["old"], 9)[0]) == len(old)
    assert old.matching(["new"], 9) == [[]]
    assert all("old" in text for text in told(old))


def test_leaving_a_build_discards_it(make: Make) -> None:
    """Unpublished, by choice or by an error of the caller, the old one goes on answering."""
    published(make(), *corpus("old"))
    with make().build() as build:
        fill(build, corpus("new"))

    def interrupted() -> None:
        with make().build() as build:
            fill(build, corpus("new"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with make().build() as build, pytest.raises(IndexingError):
        fill(build, [*corpus("new", 1), *corpus("new", 1)])
    assert make().open().generation == 1
    assert told(make().open()) == lines(corpus("old"))
    assert make().verify() == []


def test_one_build_at_a_time(make: Make) -> None:
    """The second is told at once; the first publishes, once, and an empty library is one too."""
    with make().build() as build:
        with pytest.raises(IndexBusyError), make().build():
            pass
        assert len(build.publish([])) == 0
        with pytest.raises(IndexingError, match="ended"):
            build.publish([])
    index = make().open()
    assert index.nearest(vectors(["q"]), 3) == index.matching(["mines"], 3) == [[]]


@pytest.mark.parametrize("recipe", [{"embedder": "other"}, {"added": "1"}], ids=str)
def test_another_recipe_is_refused(make: Make, recipe: Mapping[str, str]) -> None:
    """What differs is named; a rebuild takes nothing over and replaces it."""
    published(make(), *corpus("x"))
    other = make({**RECIPE, **recipe})
    with pytest.raises(IndexMismatchError, match=rf"another {next(iter(recipe))}.*`rag index`"):
        other.open()
    with other.build() as build:
        assert build.previous is None
        assert build.publish([]).generation == 2
    assert other.open().generation == 2


def test_readers_during_rebuilds_see_one_generation_each(make: Make) -> None:
    """Opened while generations come and go: none mixed, none older than the one before."""
    published(make(), *corpus("tag1"))
    problems: list[object] = []
    opened: list[int] = []

    def read() -> None:
        try:
            while not opened or opened[-1] < 7:
                index = make().open()
                said = {text.split(" of ")[1].split()[0] for text in told(index)}
                if said != {f"tag{index.generation}"} or index.generation < max([0, *opened]):
                    problems.append((said, index.generation))
                opened.append(index.generation)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told below
            problems.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2, 8):
        published(make(), *corpus(f"tag{number}"))
    reader.join()
    assert problems == []
    assert len(set(opened)) > 1


def test_one_index_serves_many_threads(make: Make) -> None:
    """The same object, searched and read from four threads, always says the same."""
    index = published(make(), *corpus("tag1", 20))
    expected = (index.nearest(vectors(["q"]), 9), index.matching(["line 7"], 9), told(index))
    problems: list[object] = []

    def ask() -> None:
        for _ in range(8):
            found = (index.nearest(vectors(["q"]), 9), index.matching(["line 7"], 9), told(index))
            if found != expected:
                problems.append(found)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert problems == []
