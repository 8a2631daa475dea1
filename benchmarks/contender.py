"""One contender, one stage, in a process of its own: what benchmarks.compare starts.

    python benchmarks/contender.py NAME build|serve MODEL FOLDER < {"texts": [], "questions": []}

Runs in two environments and therefore imports nothing of ours at the top. `build` measures what
becomes of strings until an index lies on the disk, the model being loaded; `serve` measures from
the first import to the first ten passages found, then questions one after another.
"""

from __future__ import annotations

import json
import sys
import time

START = time.perf_counter()

import statistics  # noqa: E402 - the clock starts before anything is imported
from pathlib import Path  # noqa: E402
from typing import Any, Protocol  # noqa: E402

_TEN = 10


class Contender(Protocol):
    """What is measured of each."""

    def build(self, texts: list[str]) -> None:
        """Embeds, indexes, and writes to the disk."""

    def load(self) -> None:
        """Reads from the disk."""

    def search(self, question: str) -> int:
        """How many passages were found."""


class LangChain:
    """HuggingFaceEmbeddings and the FAISS vector store: dense only."""

    def __init__(self, model: str, folder: Path) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings

        self._folder = str(folder)
        self._embeddings = HuggingFaceEmbeddings(
            model_name=model, encode_kwargs={"normalize_embeddings": True}
        )
        self._embeddings.embed_query("warm")

    def build(self, texts: list[str]) -> None:
        from langchain_community.vectorstores import FAISS

        FAISS.from_texts(texts, self._embeddings).save_local(self._folder)

    def load(self) -> None:
        from langchain_community.vectorstores import FAISS

        self._store = FAISS.load_local(
            self._folder, self._embeddings, allow_dangerous_deserialization=True
        )

    def search(self, question: str) -> int:
        return len(self._store.similarity_search(question, _TEN))


class Txtai:
    """Embeddings with `hybrid`: dense and BM25."""

    def __init__(self, model: str, folder: Path) -> None:
        from txtai import Embeddings

        self._folder = str(folder)
        self._embeddings = Embeddings(path=model, hybrid=True, content=True)
        self._embeddings.transform("warm")

    def build(self, texts: list[str]) -> None:
        self._embeddings.index(texts)
        self._embeddings.save(self._folder)

    def load(self) -> None:
        self._embeddings.load(self._folder)

    def search(self, question: str) -> int:
        return len(self._embeddings.search(question, _TEN))


class LlamaIndex:
    """HuggingFaceEmbedding and the FAISS vector store: dense only."""

    def __init__(self, model: str, folder: Path) -> None:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._folder = str(folder)
        self._embeddings = HuggingFaceEmbedding(model_name=model, device="cpu")
        self._embeddings.get_text_embedding("warm")

    def build(self, texts: list[str]) -> None:
        import faiss
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.core.schema import TextNode
        from llama_index.vector_stores.faiss import FaissVectorStore

        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(384))
        context = StorageContext.from_defaults(vector_store=store)
        index = VectorStoreIndex(
            [TextNode(text=text) for text in texts],
            storage_context=context,
            embed_model=self._embeddings,
        )
        index.storage_context.persist(self._folder)

    def load(self) -> None:
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.vector_stores.faiss import FaissVectorStore

        store = FaissVectorStore.from_persist_dir(self._folder)
        context = StorageContext.from_defaults(vector_store=store, persist_dir=self._folder)
        index = load_index_from_storage(context, embed_model=self._embeddings)
        self._retriever = index.as_retriever(similarity_top_k=_TEN)

    def search(self, question: str) -> int:
        return len(self._retriever.retrieve(question))


class Rag:
    """This software: dense and BM25, every byte hashed and synced, the index verified at load."""

    def __init__(self, model: str, folder: Path) -> None:  # noqa: ARG002 - has its own
        from rag.bootstrap import open_bench
        from rag.config import Settings, go_offline
        from rag.evaluation.corpus import Corpus, WholeEntries
        from rag.evaluation.questions import Entry

        go_offline()
        self._entry = Entry
        self._entries: list[Any] = []
        settings = Settings(folder, folder / "index", exports=str(folder.parent / "exports"))
        self._bench = open_bench(settings, (Corpus(self._entries), WholeEntries()))
        self._bench.retrievers["dense"].embedder.embed(["warm"])  # type: ignore[attr-defined]

    def build(self, texts: list[str]) -> None:
        for number, text in enumerate(texts):
            self._entries.append(self._entry(f"{number:05}", "", text))
        self._bench.library.ingest()

    def load(self) -> None:
        self._bench.library.refresh()

    def search(self, question: str) -> int:
        return len(self._bench.library.search(question, _TEN))


class Raw:
    """Nothing but the encoder in OpenVINO, as fast as it goes, and a flat FAISS index."""

    def __init__(self, model: str, folder: Path) -> None:
        import os

        import faiss
        import numpy as np
        from openvino import AsyncInferQueue, Core
        from tokenizers import Tokenizer

        self._numpy, self._faiss = np, faiss
        self._folder = folder
        [graph] = (folder.parent / "exports").glob("embedder-*/graph.xml")
        cores = os.cpu_count()
        compiled = Core().compile_model(
            graph, "CPU", {"NUM_STREAMS": cores, "INFERENCE_NUM_THREADS": cores}
        )
        self._queue = AsyncInferQueue(compiled)
        self._queue.set_callback(self._take)
        self._tokenizer = Tokenizer.from_file(f"{model}/tokenizer.json")
        self._tokenizer.enable_truncation(256)

    def build(self, texts: list[str]) -> None:
        index = self._faiss.IndexFlatIP(384)
        index.add(self._embedded(texts))
        self._faiss.write_index(index, str(self._folder / "raw.faiss"))

    def load(self) -> None:
        self._index = self._faiss.read_index(str(self._folder / "raw.faiss"))
        self._faiss.omp_set_num_threads(1)

    def search(self, question: str) -> int:
        return len(self._index.search(self._embedded([question]), _TEN)[1][0])

    def _embedded(self, texts: list[str]) -> Any:  # noqa: ANN401 - nor is numpy
        ids = [each.ids for each in self._tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
        self._vectors = self._numpy.zeros((len(ids), 384), self._numpy.float32)
        for first in range(0, len(order), 8):
            rows = order[first : first + 8]
            table = self._numpy.zeros((len(rows), len(ids[rows[0]])), self._numpy.int64)
            mask = self._numpy.zeros_like(table)
            for place, row in enumerate(rows):
                table[place, : len(ids[row])] = ids[row]
                mask[place, : len(ids[row])] = 1
            self._queue.start_async([table, mask], rows)
        self._queue.wait_all()
        return self._vectors

    def _take(self, request: Any, rows: list[int]) -> None:  # noqa: ANN401 - nor is OpenVINO
        self._vectors[rows] = request.get_output_tensor(0).data


ALL: dict[str, Any] = {
    "rag": Rag, "raw": Raw, "langchain": LangChain, "txtai": Txtai, "llamaindex": LlamaIndex,
}  # fmt: skip


def main(name: str, stage: str, model: str, folder: str) -> None:
    """Prints the figures of one stage as JSON, on the last line."""
    given = json.load(sys.stdin)
    contender: Contender = ALL[name](model, Path(folder))
    figures: dict[str, float] = {}
    if stage == "build":
        begin, before = time.perf_counter(), time.process_time()
        contender.build(given["texts"])
        figures["ingest_per_s"] = len(given["texts"]) / (time.perf_counter() - begin)
        figures["ingest_per_cpu_s"] = len(given["texts"]) / (time.process_time() - before)
    else:
        contender.load()
        if contender.search(given["questions"][0]) != _TEN:
            raise SystemExit(f"{name} found nothing")
        figures["start_s"] = time.perf_counter() - START
        figures["start_cpu_s"] = time.process_time()
        spent, worked = [], []
        for question in given["questions"][1:]:
            begin, before = time.perf_counter(), time.process_time()
            contender.search(question)
            spent.append(time.perf_counter() - begin)
            worked.append(time.process_time() - before)
        figures["query_p50_ms"] = statistics.median(spent) * 1e3
        figures["query_cpu_p50_ms"] = statistics.median(worked) * 1e3
    status = Path("/proc/self/status").read_text()
    figures[f"{stage}_peak_mib"] = int(status.split("VmHWM:")[1].split()[0]) >> 10
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
