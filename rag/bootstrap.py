"""Settings made into a library: the only file that names concrete classes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rag import dossier
from rag.answering.endpoint import Endpoint
from rag.answering.extractive import ExtractiveAnswerer
from rag.answering.writer import Writer
from rag.chunking import SentenceChunker
from rag.config import ParsingSettings, Settings, WriterSettings
from rag.dossier import Lines
from rag.embedding.bulk import with_graphics
from rag.embedding.cached import CachedEmbedder
from rag.embedding.fallback import FallbackEmbedder
from rag.embedding.model_files import installed_model, model_in
from rag.embedding.openvino import OpenVINOEmbedder
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.errors import ConfigError
from rag.fetching import Fetcher, Wanted, Web
from rag.fetching import Limits as FetchLimits
from rag.indexing import LocalIndexStore
from rag.language import UNSURE, language_name, language_of
from rag.library import Library, Stages
from rag.parsing.catalogue import read_catalogue
from rag.parsing.folder import FolderParser
from rag.parsing.images import PdfPages
from rag.parsing.limits import Limits, Recognition
from rag.ports import Chunker, Embedder, Parser, Reader, Retriever
from rag.reader.extractive import extractive_reader
from rag.reader.plain import PlainReader
from rag.reader.weights import reader_files
from rag.retrieval.hybrid import DENSE, LEXICAL, HybridRetriever


@dataclass(frozen=True, slots=True)
class Bench:
    """What evaluation works with: a library, and each kind of search by its name."""

    library: Library
    retrievers: Mapping[str, Retriever]


def open_library(settings: Settings) -> Library:
    """The library of the settings' folders. Models and index are opened when they are needed."""
    embedder = _embedder(settings)
    return _library(settings, _stages(settings, embedder, CachedEmbedder(embedder)))


def open_bench(
    settings: Settings,
    corpus: tuple[Parser, Chunker] | None = None,
    retriever: str | Retriever = "fused",
) -> Bench:
    """A library for evaluation, of the settings' folders or of another kind of corpus.

    `retriever` is one of the bench's names, or stands in for all of them.
    """
    embedder = _embedder(settings)
    cached = CachedEmbedder(embedder)
    retrievers: dict[str, Retriever] = {
        "bm25": HybridRetriever(cached, use=(LEXICAL,)),
        "dense": HybridRetriever(cached, use=(DENSE,)),
        "fused": HybridRetriever(cached),
    }
    chosen = retrievers[retriever] if isinstance(retriever, str) else retriever
    stages = replace(_stages(settings, embedder, cached, corpus), retriever=chosen)
    return Bench(_library(settings, stages), retrievers)


def open_fetcher(settings: Settings) -> Fetcher:
    """What gets the catalogue's reports into the documents folder; raises ConfigError.

    No file may be larger than one that can be read afterwards.
    """
    wanted = [
        Wanted(name, entry.url, entry.verified, entry.fetch)
        for name, entry in read_catalogue(settings.documents).entries.items()
    ]
    web = Web(FetchLimits(size=settings.parsing.max_file_mb << 20))
    return Fetcher(
        settings.documents, wanted, web, lambda: dt.datetime.now(dt.UTC).date().isoformat()
    )


def read_dossier(settings: Settings, file: Path) -> Lines:
    """What an exported dossier says, read within the limits of the settings; raises ConfigError."""
    return dossier.read(file, _limits(settings.parsing))


def _library(settings: Settings, stages: Stages) -> Library:
    return Library(stages, settings.answering.passages)


def _embedder(settings: Settings) -> FallbackEmbedder:
    files = model_in(Path(settings.model)) if settings.model else installed_model()
    openvino = OpenVINOEmbedder(files, _exports(settings))
    embedder = with_graphics(openvino, files)
    return FallbackEmbedder(embedder, SentenceTransformerEmbedder(files))


def _exports(settings: Settings) -> Path:
    return Path(settings.exports) if settings.exports else settings.index / "models"


def _reader(settings: Settings, cached: Embedder) -> tuple[Reader, tuple[str, ...]]:
    """The trained reader beside the plain one, or that one alone and why; ModelMissingError."""
    plain = PlainReader(cached)
    if settings.model:
        remark = (
            "The trained reader fits the installed model only: with another one, sentences are "
            "weighed by likeness alone."
        )
        return plain, (remark,)
    files = reader_files(installed_model().folder)
    return extractive_reader(files, _exports(settings), plain), ()


def _stages(
    settings: Settings,
    embedder: FallbackEmbedder,
    cached: Embedder,
    corpus: tuple[Parser, Chunker] | None = None,
) -> Stages:
    """`cached` is the embedder with a memory, for texts that come again."""
    limits, recognition = _limits(settings.parsing), _recognition(settings.parsing)
    folder = FolderParser(settings.documents, limits, recognition=recognition)
    sentences = SentenceChunker(settings.chunking.max_words, settings.chunking.overlap_words)
    parser, chunker = corpus or (folder, sentences)
    recipe = {
        "reading": parser.recipe,
        "cutting": chunker.recipe,
        "embedding": f"{embedder.recipe}, names, heading and words",
    }
    quoting, writer = _answerers(settings)
    reader, unfit = _reader(settings, cached)
    return Stages(
        parser=parser,
        chunker=chunker,
        embedder=embedder,
        store=LocalIndexStore(settings.index, recipe),
        retriever=HybridRetriever(embedder),
        reader=reader,
        answerer=quoting,
        writer=writer,
        examples=folder.questions,
        pages=PdfPages(folder, limits, recognition=recognition),
        notices=lambda: [*unfit, *embedder.notices],
        remarks=(lambda _: ()) if settings.model else _unread_language,
    )


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
