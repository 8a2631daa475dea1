"""BM25 over words, in tantivy (k1 = 1.2, b = 0.75; Robertson and Zaragoza, 2009).

Words are runs of letters and digits, folded to lower case without accents and stemmed as English;
in scripts that put no spaces between words each character counts as one. A word that a question
repeats counts as often. Texts longer than about 40 words are scored by a rounded length, which
tantivy keeps in one byte.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tantivy import (
    Document,
    FieldType,
    Filter,
    Index,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    TextAnalyzer,
    TextAnalyzerBuilder,
    Tokenizer,
)

from rag.errors import ConfigError
from rag.indexing.storage import Storage, remove_tree
from rag.ports import Ranking

_TEXT = "text"
_ROW = "row"
_HEAP = 50_000_000
_MOST_TERMS = 1024
_PATIENCE = 100
_LONGEST_WORD = 255  # bytes; anything longer is no word that somebody would search
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = rf"[{_UNSPACED}]|[\w--{_UNSPACED}_]+"

# The English list of the Snowball project, and what an apostrophe leaves behind.
STOP_WORDS = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her
hers herself it its itself they them their theirs themselves what which who whom this that these
those am is are was were be been being have has had having do does did doing would should could
ought a an the and but if or because as until while of at by for with about against between into
through during before after above below to from up down in out on off over under again further
then once here there when where why how all any both each few more most other some such no nor not
only own same so than too very can will s t d m ll re ve don isn aren wasn weren hasn haven hadn
doesn didn wouldn shouldn couldn mustn
""".split()  # noqa: SIM905 - a page of quotation marks reads worse


class LexicalWriter:
    """Fills a new folder. Raises OSError.

    One thread, so that passages keep their order within a segment.
    """

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._storage = storage
        self._folder = folder
        storage.make_folder(folder)
        try:
            index = Index(_schema(), str(folder))
            index.register_tokenizer("words", _analyzer())
            self._writer = index.writer(heap_size=_HEAP, num_threads=1)
            self._open = True
        except ValueError as error:
            raise OSError(str(error)) from error

    def add(self, row: int, text: str) -> None:
        """One passage, found by the words of `text`."""
        document = Document()
        document.add_text(_TEXT, _plain(text))
        document.add_unsigned(_ROW, row)
        try:
            self._writer.add_document(document)
        except ValueError as error:
            raise OSError(str(error)) from error

    def finish(self) -> None:
        """Completes the folder, and removes the locks that tantivy left in it."""
        try:
            self._writer.commit()
        except ValueError as error:
            raise OSError(str(error)) from error
        self.close()
        for path in sorted(self._folder.glob(".*.lock")):
            remove_tree(self._storage, path)

    def close(self) -> None:
        """Waits for tantivy's threads, after which nobody touches the folder any more."""
        if self._open:
            self._open = False
            try:
                self._writer.wait_merging_threads()
            except ValueError as error:
                raise OSError(str(error)) from error


class LexicalTable:
    """A published folder. Read-only, and safe to share between threads."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._index = _open(files)
        self._schema = self._index.schema
        self._analyzer = _analyzer()

    def __len__(self) -> int:
        return self._index.searcher().num_docs

    def matching(self, question: str, k: int, runs: Sequence[range] | None = None) -> Ranking:
        """The k best rows that hold a word of the question; equal ones in the order of rows.

        Only rows in one of the `runs` are found, if they are given; their scores stay the same.
        """
        counts = self._terms(question)
        if k <= 0 or not counts or runs == []:
            return []
        query = Query.boolean_query(
            [(Occur.Should, self._query(term, count)) for term, count in counts.items()]
        )
        if runs is not None:
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, self._within(runs))])
        searcher = self._index.searcher()
        hits = searcher.search(query, limit=min(k, max(1, len(self))), count=False).hits
        rows = searcher.fast_field_values(_ROW, [address for _, address in hits])
        found = [(int(row or 0), float(score)) for row, (score, _) in zip(rows, hits, strict=True)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def _query(self, term: str, count: int) -> Query:
        query = Query.term_query(self._schema, _TEXT, term, "freq")
        return query if count == 1 else Query.boost_query(query, float(count))

    def _within(self, runs: Sequence[range]) -> Query:
        """Holds for rows of the runs, none of which is empty, and adds nothing to a score."""
        parts = [
            (
                Occur.Should,
                Query.range_query(self._schema, _ROW, FieldType.Unsigned, run.start, run.stop - 1),
            )
            for run in runs
        ]
        return Query.const_score_query(Query.boolean_query(parts), 0.0)

    def _terms(self, question: str) -> dict[str, int]:
        """The question's words and how often it says them; of too many, the rarest here."""
        counts = Counter(self._analyzer.analyze(_plain(question)))
        if len(counts) <= _MOST_TERMS:
            return counts
        searcher = self._index.searcher()
        held = {term: held for term in counts if (held := searcher.doc_freq(_TEXT, term))}
        return {term: counts[term] for term in sorted(held, key=held.__getitem__)[:_MOST_TERMS]}


def terms(text: str) -> list[str]:
    """The words under which a text is found, in order."""
    return _analyzer().analyze(_plain(text))


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field(_TEXT, tokenizer_name="words", index_option="freq")
    builder.add_unsigned_field(_ROW, fast=True)
    return builder.build()


def _analyzer() -> TextAnalyzer:
    return (
        TextAnalyzerBuilder(Tokenizer.regex(_WORD))
        .filter(Filter.remove_long(_LONGEST_WORD))
        .filter(Filter.ascii_fold())
        .filter(Filter.lowercase())
        .filter(Filter.custom_stopword(STOP_WORDS))
        .filter(Filter.stemmer("english"))
        .build()
    )


def _plain(text: str) -> str:
    """Compatibility forms made equal, and what UTF-8 cannot write replaced."""
    return unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode()


def _open(files: Iterable[Path]) -> Index:
    """Opens through a passing folder of links, because tantivy creates a lock where it opens.

    It maps the files at once and then needs their names no more. Raises ValueError, ConfigError.
    """
    try:
        view = Path(tempfile.mkdtemp(prefix="rag-"))
        for path in files:
            (view / path.name).symlink_to(path.absolute())
    except OSError as error:
        raise ConfigError(
            f"no temporary folder can be written ({error.strerror or error}), which opening an "
            "index needs: make room, or set TMPDIR"
        ) from error
    try:
        index = Index.open(str(view))
        index.config_reader("manual")
    finally:
        _remove(view)
    return index


def _remove(view: Path) -> None:
    """Removes the links; a thread of tantivy may for a moment still put its lock among them."""
    for _ in range(_PATIENCE):
        shutil.rmtree(view, ignore_errors=True)
        if not view.exists():
            return
        time.sleep(0.01)
