"""One open generation on a Milvus server."""

from __future__ import annotations

import hashlib
import zlib
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rag.errors import IndexCorruptError, IndexingError
from rag.indexing.milvus.manifest import Entry, Manifest, decode
from rag.indexing.milvus.schema import MOST, portions, unpacked, words
from rag.indexing.milvus.server import Generation, Server
from rag.indexing.spool import decode_document, decode_text, encode_text
from rag.indexing.vectors import check_queries
from rag.ports import Ranking, Vectors
from rag.types import Document, Passage, Source, Span

_AT_ONCE = 500
_QUESTIONS = 64
_PARTS = 32  # of at most 60,000 bytes
_CACHED = 32
_BREADTH = 4  # how many times k HNSW looks at
_LEAST, _WIDEST = 200, 32_768
_TABLE = 2  # axes: rows and columns


class MilvusIndex:
    """Read-only, and safe to share between threads. Each call may raise IndexUnavailableError, or
    IndexMissingError when the generation has been removed from the server.
    """

    def __init__(self, server: Server, generation: Generation) -> None:
        """Raises IndexCorruptError, IndexMismatchError."""
        self._server = server
        self._name = generation
        self.manifest = self._manifest()
        self._firsts = [entry.first for entry in self.manifest.documents]
        self._numbers = {entry.id: at for at, entry in enumerate(self.manifest.documents)}
        self._document = lru_cache(_CACHED)(self._fetched)
        if (count := self._count()) != len(self):
            raise IndexCorruptError(
                f"{generation.passages} holds {count:,} of {len(self):,} passages: run `rag index`"
            )

    @property
    def generation(self) -> int:
        return self._name.number

    @property
    def fingerprint(self) -> str:
        return self.manifest.fingerprint

    @property
    def sources(self) -> Sequence[Source]:
        return self.manifest.sources

    def __len__(self) -> int:
        return self.manifest.passages

    def document(self, document_id: str) -> Document:
        """Raises KeyError for a document that this generation does not hold."""
        return self._document(self._numbers[document_id])

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Raises IndexError for a row that this generation does not hold."""
        found: dict[int, Passage] = {}
        for some in portions(list(dict.fromkeys(rows)), _AT_ONCE):
            for each in self._queried(f"row in {list(some)}", "start", "stop", "text"):
                found[each["row"]] = self._passage(each)
        try:
            return [found[row] for row in rows]
        except KeyError as error:
            raise IndexError(f"no passage has the row {error}") from error

    def passages_of(self, document_id: str) -> list[Passage]:
        """In text order; raises KeyError for a document that this generation does not hold."""
        return self.passages(self._rows(self._numbers[document_id]))

    def nearest(
        self, vectors: Vectors, k: int, documents: Collection[str] | None = None
    ) -> list[Ranking]:
        """By HNSW. Raises IndexMismatchError for another dimension, IndexingError for NaN or
        infinity, KeyError for a document that is not here.
        """
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        if queries.ndim != _TABLE:
            raise IndexingError(f"queries must form a table, not shape {queries.shape}")
        chosen = self._chosen(documents)
        if chosen is None or k <= 0 or not len(queries):
            return [[] for _ in queries]
        check_queries(queries, self.manifest.dimension)
        breadth = min(max(_LEAST, _BREADTH * k), _WIDEST)
        return self._searched("dense", list(queries), k, chosen, ef=breadth)

    def matching(
        self, questions: Sequence[str], k: int, documents: Collection[str] | None = None
    ) -> list[Ranking]:
        """By the server's BM25. Questions are words, never a query language. KeyError as above."""
        chosen = self._chosen(documents)
        asked = [words(question) for question in questions]
        some = [place for place, text in enumerate(asked) if text]
        found: list[Ranking] = [[] for _ in questions]
        if chosen is not None and k > 0 and some:
            texts = [asked[place] for place in some]
            for place, ranking in zip(
                some, self._searched("sparse", texts, k, chosen), strict=True
            ):
                found[place] = ranking
        return found

    def vectors_of(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """The floats exactly as they were added."""
        keys = {key_of(text): text for text in texts}
        found: dict[str, Vectors] = {}
        for some in portions(list(keys), _AT_ONCE):
            for each in self._queried(f"key in {list(some)}", "key", "dense"):
                found[keys[each["key"]]] = np.asarray(each["dense"], np.float32)
        return found

    def rows(self) -> Iterator[dict[str, Any]]:
        """Everything that is kept of each passage, in the order of rows."""
        for some in portions(range(len(self)), _AT_ONCE):
            condition = f"row >= {some[0]} and row <= {some[-1]}"
            fields = ("document", "start", "stop", "key", "text", "words", "dense")
            yield from sorted(self._queried(condition, *fields), key=lambda each: each["row"])

    def raw(self, entry: Entry) -> tuple[str, bytes]:
        """A document as it was encoded: its head, and its text. Raises IndexCorruptError."""
        try:
            head, _, text = unpacked(self._parts(entry.start, entry.parts)).partition(b"\n")
        except (ValueError, zlib.error) as error:
            raise IndexCorruptError(f"the document {entry.id} is damaged on the server") from error
        return head.decode(), text

    def _fetched(self, number: int) -> Document:
        document, _ = decode_document(*self.raw(self.manifest.documents[number]))
        return document

    def _passage(self, kept: Mapping[str, Any]) -> Passage:
        number = bisect_right(self._firsts, kept["row"]) - 1
        span = Span(kept["start"], kept["stop"])
        if kept["text"]:
            text = decode_text(unpacked(kept["text"]))
        else:
            text = span.of(self._document(number).text)
        return Passage(self.manifest.documents[number].id, span, text)

    def _rows(self, number: int) -> range:
        stop = (*self._firsts[number + 1 : number + 2], len(self))[0]
        return range(self._firsts[number], stop)

    def _chosen(self, documents: Collection[str] | None) -> str | None:
        """What Milvus is told of the documents; None where none of them has a passage."""
        if documents is None:
            return "" if len(self) else None
        numbers = {self._numbers[each] for each in documents}
        if not any(self._rows(number) for number in numbers):
            return None
        if len(numbers) <= len(self._numbers) / 2:
            return f"document in {sorted(numbers)}"
        others = sorted(set(self._numbers.values()) - numbers)
        return f"document not in {others}" if others else ""

    def _searched(
        self, field: str, data: Sequence[Any], k: int, chosen: str, **how: int
    ) -> list[Ranking]:
        """Larger is better whatever the server says: milvus-lite counts BM25 below zero."""
        found: list[Ranking] = []
        for some in portions(data, _QUESTIONS):
            results = self._server.read(
                "search",
                self._name.passages,
                data=list(some),
                anns_field=field,
                filter=chosen,
                limit=min(k, len(self), MOST),
                output_fields=["row"],
                search_params={"params": how},
            )
            for hits in results:
                sign = -1 if field == "sparse" and any(hit["distance"] < 0 for hit in hits) else 1
                ranking = [(hit["row"], sign * float(hit["distance"])) for hit in hits]
                found.append(sorted(ranking, key=lambda pair: (-pair[1], pair[0])))
        return found

    def _queried(self, condition: str, *fields: str) -> list[dict[str, Any]]:
        return self._server.read(
            "query",
            self._name.passages,
            filter=condition,
            output_fields=["row", *fields],
            limit=MOST,
        )

    def _count(self) -> int:
        [counted] = self._server.read(
            "query",
            self._name.passages,
            filter="",
            output_fields=["count(*)"],
            consistency_level="Strong",
        )
        return int(counted["count(*)"])

    def _manifest(self) -> Manifest:
        first = self._parts_at([-1])
        if not first:
            raise IndexCorruptError(f"{self._name.documents} holds no manifest: run `rag index`")
        numbers = [-1 - place for place in range(first[-1]["parts"])]
        kept = self._parts_at(numbers)
        try:
            return decode(unpacked("".join(kept[number]["value"] for number in numbers)))
        except (ValueError, KeyError, zlib.error) as error:
            raise IndexCorruptError("the manifest on the server is damaged") from error

    def _parts(self, start: int, count: int) -> str:
        numbers = range(start, start + count)
        kept = self._parts_at(numbers)
        return "".join(kept[number]["value"] for number in numbers if number in kept)

    def _parts_at(self, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for some in portions(numbers, _PARTS):
            records = self._server.read(
                "query",
                self._name.documents,
                filter=f"number in {list(some)}",
                output_fields=["number", "parts", "value"],
                consistency_level="Strong",
            )
            found |= {each["number"]: each for each in records}
        return found


def key_of(searched: str) -> str:
    """What a passage's vector is found by: the hash of what a search sees of it."""
    return hashlib.sha256(encode_text(searched)).hexdigest()
