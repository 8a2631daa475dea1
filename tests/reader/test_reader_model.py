"""The weights that ship, at work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.embedding.model_files import installed_model
from rag.embedding.openvino import OpenVINOEmbedder
from rag.reader.extractive import ExtractiveReader, extractive_reader
from rag.reader.network import Network
from rag.reader.plain import PlainReader
from rag.reader.weights import SHIPPED, TRAINED, reader_files
from rag.reader.windows import question_ids, tokenizer_of, windows
from tests.doubles import WordEmbedder, document, hits, passage

pytestmark = pytest.mark.model

TEXT = (
    "The lighthouse on the northern cape was designed by Maria Lindqvist. It was first lit in "
    "October 1871. Its keepers reported all wrecks of the winter to the harbour office. "
    "The tower is 41 metres high."
)
SOURCE = document(TEXT)
READ = hits(passage(SOURCE, TEXT))


@pytest.fixture(scope="module")
def reader(exports: Path) -> ExtractiveReader:
    """The reader that ships, beside a plain one that needs no model."""
    files = reader_files(installed_model().folder)
    return extractive_reader(files, Network(files, exports), PlainReader(WordEmbedder()))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who designed the lighthouse?", "Maria Lindqvist"),
        ("When was the lighthouse first lit?", "October 1871"),
        ("How high is the tower?", "41 metres"),
    ],
)
def test_answers_are_marked(reader: ExtractiveReader, question: str, answer: str) -> None:
    """The first reading's words hold the answer."""
    best = reader.read(question, READ)[0]
    assert best.answer is not None
    assert answer in best.answer.of(TEXT) or best.answer.of(TEXT) in answer


def test_a_near_miss_is_believed_less(reader: ExtractiveReader) -> None:
    """A number that is asked for and not given lowers the belief, and is said to be lacking."""
    given = reader.read("How high is the tower?", READ)[0]
    missing = reader.read("How many wrecks did the keepers report?", READ)[0]
    assert missing.probability < given.probability


def test_openvino_agrees_with_torch(exports: Path) -> None:
    """The exported graph gives the scores of the torch model, padding or not."""
    files = reader_files(installed_model().folder)
    network, tokenizer = Network(files, exports), tokenizer_of(files.base)
    asked = question_ids(tokenizer, "Who designed the lighthouse?")
    rows = [row for text in (TEXT, "It was Maria.") for row in windows(tokenizer, asked, text)]
    pairs = zip(rows, network.scores(rows), network.torch_scores(rows), strict=True)
    for row, (spans, verdict), (by_torch, expected) in pairs:
        assert np.allclose(spans[: len(row.ids)], by_torch, atol=0.2)
        assert np.isclose(verdict, expected, atol=0.2)


def test_reader_and_embedder_share_their_words(exports: Path) -> None:
    """Both graphs look their word embeddings up in one file."""
    OpenVINOEmbedder(installed_model(), exports).embed(["a"])
    files = reader_files(installed_model().folder)
    Network(files, exports).scores(list(windows(tokenizer_of(files.base), [], "It was Maria.")))
    assert len(list(exports.glob("words-*.npy"))) == 1


def test_a_network_that_was_prepared_reads_the_same(
    reader: ExtractiveReader, exports: Path
) -> None:
    """Reading while the network is still being loaded waits for it, and changes no score."""
    files = reader_files(installed_model().folder)
    rows = list(windows(tokenizer_of(files.base), [], TEXT))
    expected = reader.network.scores(rows)
    prepared = Network(files, exports)
    prepared.prepare()
    for (spans, verdict), (same, alike) in zip(prepared.scores(rows), expected, strict=True):
        np.testing.assert_array_equal(spans, same)
        assert verdict == alike


def test_a_row_scores_the_same_whatever_is_read_with_it(reader: ExtractiveReader) -> None:
    """To the last bit: what is quoted must not hang on what else was found."""
    tokenizer = tokenizer_of(reader_files(installed_model().folder).base)
    rows = [row for text in (TEXT, "It was Maria.") for row in windows(tokenizer, [], text)]
    for row, (spans, verdict) in zip(rows, reader.network.scores(rows), strict=True):
        ((alone, alike),) = reader.network.scores([row])
        np.testing.assert_array_equal(spans, alone)
        assert verdict == alike


def test_the_weights_are_small() -> None:
    """What ships beside the installed model is under 25 MB."""
    assert (SHIPPED / TRAINED).stat().st_size < 25_000_000
