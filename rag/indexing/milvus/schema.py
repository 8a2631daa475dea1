"""What a generation's two collections look like, and how texts travel in them."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pymilvus import CollectionSchema, DataType, Function, FunctionType, MilvusClient
from pymilvus.milvus_client.index import IndexParams

from rag.indexing.lexical import terms
from rag.indexing.milvus.server import WRITING, Generation, Server

MOST = 16_384
"""Results and rows that Milvus gives at a time."""
NOTHING = [1.0, 0.0]
"""Documents have no vector, but a collection must."""
_LONGEST = 65_535  # bytes in a VARCHAR
_PART = 60_000
_KEY = 64
# Twice "params": the client takes one of them off, and milvus-lite reads no others.
_HNSW = {"params": {"M": 16, "efConstruction": 200}}
_BM25 = {"params": {"bm25_k1": 1.2, "bm25_b": 0.75}}
_Item = TypeVar("_Item")


def create(server: Server, generation: Generation, dimension: int) -> None:
    """Makes both collections, empty, with their indexes. Raises IndexingError."""
    for name, schema, indexes in (
        (generation.documents, _documents(), _flat()),
        (generation.passages, _passages(dimension), _searched()),
    ):
        with server.asked() as client:
            client.create_collection(name, schema=schema, timeout=WRITING)
            # Nothing is there to be indexed yet: waiting for it would take half a second each.
            client.create_index(name, indexes, timeout=WRITING, sync=False)
            client.load_collection(name, timeout=WRITING)


def words(text: str) -> str:
    """The words under which a text is found, separated by spaces, cut where Milvus stops.

    Folded and stemmed here, as for the embedded index, because servers differ in it. Letters
    beyond ASCII are spelt as numbers: no tokenizer then takes a word apart.
    """
    spelt = " ".join(term if term.isascii() else f"x{term.encode().hex()}" for term in terms(text))
    return spelt if len(spelt) <= _LONGEST else spelt[:_LONGEST].rpartition(" ")[0]


def packed(data: bytes) -> str:
    """Compressed, in ASCII: Milvus refuses lone surrogates, which a text may hold."""
    return base64.b64encode(zlib.compress(data)).decode()


def unpacked(text: str) -> bytes:
    """Undoes `packed`; raises ValueError or zlib.error for anything else."""
    return zlib.decompress(base64.b64decode(text, validate=True))


def packed_passage(data: bytes) -> str:
    """`packed`, or nothing where it is too long; the document has it then."""
    text = packed(data)
    return text if len(text) <= _LONGEST else ""


def divided(text: str) -> list[str]:
    """The parts that fit into a field."""
    return [text[start : start + _PART] for start in range(0, len(text), _PART)]


def portions(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """Runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _documents() -> CollectionSchema:
    schema = MilvusClient.create_schema(auto_id=False)
    schema.add_field("number", DataType.INT64, is_primary=True)
    schema.add_field("parts", DataType.INT64)
    schema.add_field("value", DataType.VARCHAR, max_length=_LONGEST)
    schema.add_field("nothing", DataType.FLOAT_VECTOR, dim=len(NOTHING))
    return schema


def _passages(dimension: int) -> CollectionSchema:
    schema = MilvusClient.create_schema(auto_id=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    for name in ("document", "start", "stop"):
        schema.add_field(name, DataType.INT64)
    schema.add_field("key", DataType.VARCHAR, max_length=_KEY)
    schema.add_field("text", DataType.VARCHAR, max_length=_LONGEST)
    analyzer: dict[str, Any] = {"tokenizer": "standard"}
    schema.add_field(
        "words",
        DataType.VARCHAR,
        max_length=_LONGEST,
        enable_analyzer=True,
        analyzer_params=analyzer,
    )
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=max(dimension, len(NOTHING)))
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function(
            name="bm25",
            function_type=FunctionType.BM25,
            input_field_names=["words"],
            output_field_names=["sparse"],
        )
    )
    return schema


def _flat() -> IndexParams:
    indexes = MilvusClient.prepare_index_params()
    indexes.add_index("nothing", index_type="FLAT", metric_type="IP")
    return indexes


def _searched() -> IndexParams:
    indexes = MilvusClient.prepare_index_params()
    indexes.add_index("dense", index_type="HNSW", metric_type="IP", params=_HNSW)
    indexes.add_index(
        "sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=_BM25
    )
    indexes.add_index("key", index_type="INVERTED")
    return indexes
