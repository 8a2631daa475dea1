"""Settings made into a library: the only file that names concrete classes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rag.answering.extractive import ExtractiveAnswerer
from rag.chunking import SentenceChunker
from rag.config import ChunkingSettings, ParsingSettings, Settings, WriterSettings, go_offline
from rag.embedding.bulk import with_graphics
from rag.embedding.cached import CachedEmbedder
from rag.embedding.fallback import FallbackEmbedder
from rag.embedding.model_files import ModelFiles, installed_model, model_in
from rag.embedding.openvino import OpenVINOEmbedder
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.errors import ConfigError
from rag.indexing import LocalIndexStore
from rag.language import UNSURE, language_name, language_of
from rag.library import Library, Stages
from rag.parsing.catalogue import read_catalogue
from rag.parsing.folder import FolderParser
from rag.parsing.images import PdfPages
from rag.parsing.limits import Limits, Recognition
from rag.ports import Chunker, IndexStore, Parser, Reader, Retriever
from rag.reader.extractive import extractive_reader
from rag.reader.network import Network
from rag.reader.plain import PlainReader
from rag.reader.weights import reader_files
from rag.retrieval.hybrid import DENSE, LEXICAL, HybridRetriever

if TYPE_CHECKING:  # what few commands need is imported when they do
    from rag.answering.writer import Writer
    from rag.dossier import Lines
    from rag.fetching import Fetcher


@dataclass(frozen=True, slots=True)
class _Model:
    """The embedding model: its files, what runs it, and that with a memory for texts that recur."""

    files: ModelFiles
    openvino: OpenVINOEmbedder
    embedder: FallbackEmbedder
    cached: CachedEmbedder


@dataclass(frozen=True, slots=True)
class Bench:
    """What evaluation works with: a library, and each kind of search by its name."""

    library: Library
    retrievers: Mapping[str, Retriever]


def open_library(settings: Settings) -> Library:
    """The library of the settings' folders. Models and index are opened when they are needed."""
    return _library(settings, _stages(settings, _model(settings)))


@contextmanager
def open_with_workers(settings: Settings) -> Iterator[Library]:
    """The library, whose files are read and embedded by the workers of a Ray cluster.

    What they have done is kept until the block has ended without an error. Raises ConfigError.
    """
    if find_spec("ray") is None:
        raise ConfigError("Workers of Ray need further packages: pip install 'rag[cluster]'")
    from rag import cluster  # noqa: PLC0415

    model = _model(settings)
    stages = _stages(settings, model)
    weights = settings.model and str(Path(settings.model).resolve())
    embedding = cluster.Made(_workers_embedder, (weights, str(_exports(settings).resolve())))
    with (
        cluster.Kept(settings.index / "cluster.sqlite") as kept,
        cluster.RayWorkers(settings.cluster.address) as ray,
    ):
        reading = cluster.Made(_workers_parser, (settings.parsing,))
        folder = _folder(settings.documents, settings.parsing)
        parser = cluster.ClusterParser(folder, reading, ray, kept)
        cutting = cluster.Made(_chunker, (settings.chunking,))
        chunker = cluster.ClusterChunker(stages.chunker, cutting, ray)
        embedder = cluster.ClusterEmbedder(
            stages.embedder, embedding, ray, kept, model.openvino.make
        )
        spread = replace(stages, parser=parser, chunker=chunker, embedder=embedder, hands=ray.count)
        yield _library(settings, spread)
        kept.forget()


def _workers_parser(settings: ParsingSettings) -> FolderParser:
    """What a worker reads with: it is given bytes, and has no folder."""
    go_offline()
    return _folder(Path(), settings)


def _workers_embedder(model: str, exports: str) -> FallbackEmbedder:
    """What a worker embeds with: on one core, as there is a worker for each."""
    go_offline()
    files = model_in(Path(model)) if model else installed_model()
    openvino = OpenVINOEmbedder(files, Path(exports), cores=1)
    return FallbackEmbedder(openvino, SentenceTransformerEmbedder(files))


def open_bench(
    settings: Settings,
    corpus: tuple[Parser, Chunker] | None = None,
    retriever: str | Retriever = "fused",
) -> Bench:
    """A library for evaluation, of the settings' folders or of another kind of corpus.

    `retriever` is one of the bench's names, or stands in for all of them.
    """
    model = _model(settings)
    cached = model.cached
    retrievers: dict[str, Retriever] = {
        "bm25": HybridRetriever(cached, use=(LEXICAL,)),
        "dense": HybridRetriever(cached, use=(DENSE,)),
        "fused": HybridRetriever(cached),
    }
    chosen = retrievers[retriever] if isinstance(retriever, str) else retriever
    stages = replace(_stages(settings, model, corpus), retriever=chosen)
    return Bench(_library(settings, stages), retrievers)


def open_fetcher(settings: Settings) -> Fetcher:
    """What gets the catalogue's reports into the documents folder; raises ConfigError.

    No file may be larger than one that can be read afterwards.
    """
    from rag import fetching  # noqa: PLC0415

    wanted = [
        fetching.Wanted(name, entry.url, entry.verified, entry.fetch)
        for name, entry in read_catalogue(settings.documents).entries.items()
    ]
    web = fetching.Web(fetching.Limits(size=settings.parsing.max_file_mb << 20))
    return fetching.Fetcher(
        settings.documents, wanted, web, lambda: dt.datetime.now(dt.UTC).date().isoformat()
    )


def read_dossier(settings: Settings, file: Path) -> Lines:
    """What an exported dossier says, read within the limits of the settings; raises ConfigError."""
    from rag import dossier  # noqa: PLC0415

    return dossier.read(file, _limits(settings.parsing))


def _library(settings: Settings, stages: Stages) -> Library:
    return Library(stages, settings.answering.passages)


def _model(settings: Settings) -> _Model:
    files = model_in(Path(settings.model)) if settings.model else installed_model()
    openvino = OpenVINOEmbedder(files, _exports(settings))
    many = with_graphics(openvino, files)
    embedder = FallbackEmbedder(many, SentenceTransformerEmbedder(files))
    return _Model(files, openvino, embedder, CachedEmbedder(embedder))


def _exports(settings: Settings) -> Path:
    return Path(settings.exports) if settings.exports else settings.index / "models"


def _reader(settings: Settings, model: _Model) -> tuple[Reader, Network | None, tuple[str, ...]]:
    """The trained reader beside the plain one, or that one alone and why; ModelMissingError.

    Between the two: the trained one's network.
    """
    plain = PlainReader(model.cached)
    if settings.model:
        remark = (
            "The trained reader fits the installed model only: with another one, sentences are "
            "weighed by likeness alone."
        )
        return plain, None, (remark,)
    files = reader_files(model.files.folder)
    network = Network(files, _exports(settings))
    return extractive_reader(files, network, plain), network, ()


def _stages(
    settings: Settings, model: _Model, corpus: tuple[Parser, Chunker] | None = None
) -> Stages:
    limits, recognition = _limits(settings.parsing), _recognition(settings.parsing)
    folder = _folder(settings.documents, settings.parsing)
    parser, chunker = corpus or (folder, _chunker(settings.chunking))
    recipe = {
        "reading": parser.recipe,
        "cutting": chunker.recipe,
        "embedding": f"{model.files.recipe}, names, heading and words",
    }
    quoting, writer = _answerers(settings)
    reader, network, unfit = _reader(settings, model)
    return Stages(
        parser=parser,
        chunker=chunker,
        embedder=model.embedder,
        store=_store(settings, recipe),
        retriever=HybridRetriever(model.cached),
        reader=reader,
        network=network,
        answerer=quoting,
        writer=writer,
        examples=folder.questions,
        pages=PdfPages(folder, limits, recognition=recognition),
        notices=lambda: [*unfit, *model.embedder.notices],
        remarks=(lambda _: ()) if settings.model else _unread_language,
    )


def _chunker(settings: ChunkingSettings) -> SentenceChunker:
    return SentenceChunker(settings.max_words, settings.overlap_words)


def _folder(documents: Path, settings: ParsingSettings) -> FolderParser:
    return FolderParser(documents, _limits(settings), recognition=_recognition(settings))


def _store(settings: Settings, recipe: Mapping[str, str]) -> IndexStore:
    """Where the index is: in its folder, or on a Milvus server; raises ConfigError."""
    milvus = settings.milvus
    if not milvus.uri:
        return LocalIndexStore(settings.index, recipe)
    file = milvus.uri.endswith(".db") and "://" not in milvus.uri
    if not file and (not milvus.uri.startswith(("http://", "https://")) or "@" in milvus.uri):
        raise ConfigError(
            "milvus.uri must begin with http:// or https://, or be a file ending in .db, and hold "
            "no password: the variable RAG_MILVUS_TOKEN does."
        )
    needed = ("pymilvus", "milvus_lite") if file else ("pymilvus",)
    if not all(find_spec(name) for name in needed):
        raise ConfigError("A Milvus index needs further packages: pip install 'rag[milvus]'")
    # An extra, which takes seconds to import.
    from rag.indexing.milvus import MilvusIndexStore, Server  # noqa: PLC0415

    server = Server(milvus.uri, milvus.name, milvus.token.revealed)
    return MilvusIndexStore(server, settings.index, recipe)


def _answerers(settings: Settings) -> tuple[ExtractiveAnswerer, Writer | None]:
    """What quotes, and what writes, if a model is set; raises ConfigError."""
    answering, writer = settings.answering, settings.writer
    quoting = ExtractiveAnswerer(
        answering.threshold, answering.sentences, answering.per_document, answering.margin
    )
    if not writer.url:
        return quoting, None
    if not writer.url.startswith(("http://", "https://")) or not writer.model:
        raise ConfigError(
            "A writer needs writer.url, which begins with http:// or https://, and writer.model."
        )
    from rag.answering.endpoint import Endpoint  # noqa: PLC0415
    from rag.answering.writer import Writer  # noqa: PLC0415

    key = writer.key.revealed or _key_in(writer)
    endpoint = Endpoint(writer.url, writer.model, key, writer.seconds, writer.tokens)
    return quoting, Writer(endpoint, quoting)


def _key_in(writer: WriterSettings) -> str:
    if not writer.key_file:
        return ""
    try:
        return Path(writer.key_file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"The file that writer.key_file names cannot be read: {writer.key_file}."
        ) from error


def _unread_language(question: str) -> list[str]:
    """What to know if the question is in a language that the installed model does not read."""
    language = language_of(question)
    if language in ("en", UNSURE):
        return []
    note = (
        f"This question seems to be in {language_name(language)}, and the installed model reads "
        "English: what is found may miss the point. The setting `model` takes a multilingual one "
        "(docs/models.md)."
    )
    return [note]


def _recognition(settings: ParsingSettings) -> Recognition | None:
    try:
        recognition = Recognition(settings.ocr_languages, settings.ocr_seconds)
    except ValueError as error:
        raise ConfigError(
            f"The setting parsing.ocr_languages is {settings.ocr_languages!r}, which names no"
            ' languages; write them as Tesseract does, such as "eng" or "eng+rus".'
        ) from error
    return recognition if settings.ocr else None


def _limits(settings: ParsingSettings) -> Limits:
    return Limits(
        seconds=settings.seconds,
        cpu_seconds=math.ceil(settings.seconds),
        memory_bytes=settings.memory_mb << 20,
        pages=settings.max_pages,
        characters=settings.max_characters,
        file_bytes=settings.max_file_mb << 20,
    )
