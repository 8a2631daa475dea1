"""The index on disk: immutable generations of documents, passages, vectors and words.

rag.indexing
    store.py       opens, publishes and verifies generations: implements the port `IndexStore`
    build.py       one generation in the making: implements `Build`
    generation.py  one open generation: implements `Index`
    corpus.py      documents and passages, in SQLite
    vectors.py     nearest neighbours, in FAISS: one by one for few rows
    codes.py       the same from short codes, for many rows
    rows.py        the rows themselves, on the disk
    within.py      exact nearest neighbours among the passages of some documents
    lexical.py     BM25, in tantivy
    recipe.py      how a generation was made, held against how it would be made now
    milvus/        the same on a Milvus server, in a package of its own
    spool.py       what a build was given, until all of it is known and can be sorted
    manifest.py    the seals: what a generation holds, byte for byte, and which one is live
    storage.py     the operations on files that a crash may fall between
"""

from rag.indexing.storage import Storage
from rag.indexing.store import LocalIndexStore

__all__ = ["LocalIndexStore", "Storage"]
