"""The index on a Milvus server, for more than one machine holds (Wang et al. 2021, Milvus).

rag.indexing.milvus
    store.py     opens and publishes generations: implements the port `IndexStore`
    build.py     one generation in the making: implements `Build`
    index.py     one open generation: implements `Index`
    manifest.py  what a generation holds, and how it was made
    schema.py    the collections' fields and indexes, and how texts travel in them
    server.py    the client, its errors, names, and the alias of the live generation
"""

from rag.indexing.milvus.server import Server
from rag.indexing.milvus.store import MilvusIndexStore

__all__ = ["MilvusIndexStore", "Server"]
