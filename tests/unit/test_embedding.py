"""Models are checked before they are used, and texts are embedded once."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.embedding.bulk import BulkEmbedder
from rag.embedding.cached import CachedEmbedder
from rag.embedding.fallback import FallbackEmbedder
from rag.embedding.model_files import installed_model, model_in
from rag.embedding.openvino import OpenVINOEmbedder
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.errors import ModelMissingError, ModelUnavailableError
from rag.ports import Vectors
from tests.doubles import WordEmbedder


def test_the_cache_changes_nothing_but_the_work() -> None:
    """Vectors are the embedder's own, in order, and a text is embedded once while remembered."""
    inner, plain = WordEmbedder(), WordEmbedder()
    cached = CachedEmbedder(inner, size=2)
    for texts in (["a b", "c", "a b"], ["c", "d"], [], ["c", "d", "e"], ["d", "e"]):
        np.testing.assert_array_equal(
            cached.embed(texts), plain.embed(texts).reshape(-1, cached.dimension)
        )
    assert inner.embedded == ["a b", "c", "d", "e"]


def test_a_missing_file_of_a_model_is_named(tmp_path: Path) -> None:
    """An incomplete model folder is one sentence that names the file."""
    with pytest.raises(ModelMissingError, match=r"model\.safetensors"):
        model_in(tmp_path)


def test_the_installed_model_is_the_published_one() -> None:
    """Its weights have the published hash, and the recipe names them."""
    assert installed_model().recipe == "all-MiniLM-L6-v2 53aa51172d142c89"


def test_an_altered_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed byte in the installed weights is a ModelMissingError, not another model."""
    monkeypatch.setattr("rag.embedding.model_files.PUBLISHED_WEIGHTS", {"all-MiniLM-L6-v2": "0"})
    with pytest.raises(ModelMissingError, match="not the published"):
        installed_model()


@pytest.mark.model
def test_the_exported_model_gives_the_vectors_of_sentence_transformers(exports: Path) -> None:
    """OpenVINO's vectors are those of the original model: cosine at least 0.9999 for each text."""
    texts = ["A sentence.", "", "😀 \ud800", "word " * 600, *(f"Number {n}" for n in range(40))]
    exported = OpenVINOEmbedder(installed_model(), exports).embed(texts)
    safe = [text.encode("utf-8", "replace").decode() for text in texts]
    original = SentenceTransformerEmbedder(installed_model()).embed(safe)
    assert (exported * original).sum(axis=1).min() > 0.9999


@pytest.mark.model
def test_a_damaged_export_is_made_anew(tmp_path: Path, exports: Path) -> None:
    """A flipped byte in the exported graph or its words is noticed, and the next use repairs it."""
    before = OpenVINOEmbedder(installed_model(), exports).embed(["a"])
    shutil.copytree(exports, tmp_path, dirs_exist_ok=True)
    damaged = {}
    for name in ("embedder-*/graph.bin", "words-*.npy"):
        weights = next(tmp_path.rglob(name))
        data = bytearray(weights.read_bytes())
        data[1_000_000] ^= 1
        weights.write_bytes(data)
        damaged[weights] = data
    np.testing.assert_allclose(OpenVINOEmbedder(installed_model(), tmp_path).embed(["a"]), before)
    assert all(weights.read_bytes() != data for weights, data in damaged.items())


def test_an_embedder_that_cannot_run_is_replaced_with_a_notice() -> None:
    """The second embedder takes over for good, and users are told once."""

    class Broken(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            raise ModelUnavailableError("OpenVINO cannot run graph: no such processor")

    embedder = FallbackEmbedder(Broken(), WordEmbedder())
    np.testing.assert_array_equal(embedder.embed(["a b"]), WordEmbedder().embed(["a b"]))
    embedder.embed(["c"])
    assert len(embedder.notices) == 1
    assert "no such processor" in embedder.notices[0]


def test_many_texts_go_to_the_graphics_processor_and_few_do_not() -> None:
    """It gets batches only; a question is answered without loading anything there."""
    few, many = WordEmbedder(), WordEmbedder()
    embedder = BulkEmbedder(few, many, usable=lambda: True, least=3)
    for texts in (["q"], ["a", "b", "c"], ["d", "e"]):
        np.testing.assert_array_equal(embedder.embed(texts), WordEmbedder().embed(texts))
    assert (few.embedded, many.embedded) == (["q", "d", "e"], ["a", "b", "c"])


def test_without_a_graphics_processor_everything_stays_here() -> None:
    """Whether there is one is asked once, and not before it would be of use."""
    asked: list[str] = []
    few, many = WordEmbedder(), WordEmbedder()

    def usable() -> bool:
        asked.append("once")
        return False

    embedder = BulkEmbedder(few, many, usable, least=2)
    embedder.embed(["q"])
    assert asked == []
    embedder.embed(["a", "b"])
    embedder.embed(["c", "d"])
    assert (len(asked), many.embedded) == (1, [])
    assert few.embedded == ["q", "a", "b", "c", "d"]


def test_a_graphics_processor_that_fails_is_left_alone() -> None:
    """The batch that failed there, and all others, are embedded here."""

    class Full(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            super().embed(texts)
            raise ModelUnavailableError("out of memory")

    few, many = WordEmbedder(), Full()
    embedder = BulkEmbedder(few, many, usable=lambda: True, least=1)
    for text in "abc":
        np.testing.assert_array_equal(embedder.embed([text]), WordEmbedder().embed([text]))
    assert (few.embedded, many.embedded) == (["a", "b", "c"], ["a"])


@pytest.mark.model
def test_half_precision_is_the_same_model() -> None:
    """What a graphics processor would compute, here by the own one: unit rows, cosine 0.999."""
    texts = ["A sentence.", "Mines kill.", *(f"Number {n}" for n in range(10))]
    half = SentenceTransformerEmbedder(installed_model(), half=True).embed(texts)
    full = SentenceTransformerEmbedder(installed_model()).embed(texts)
    assert np.linalg.norm(half, axis=1) == pytest.approx(1, abs=1e-5)
    assert (half * full).sum(axis=1).min() > 0.999


def test_a_graph_that_cannot_be_kept_is_an_error_in_one_line(tmp_path: Path) -> None:
    """A folder that is no folder makes the model unavailable, which the fallback understands."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelUnavailableError, match="OpenVINO cannot run"):
        OpenVINOEmbedder(installed_model(), tmp_path / "file").embed(["a"])


@pytest.mark.model
def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """Files with the right names and nothing in them are one sentence."""
    for name in ("model.safetensors", "config.json", "tokenizer.json", "modules.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelUnavailableError, match="cannot be loaded"):
        SentenceTransformerEmbedder(model_in(tmp_path)).embed(["a"])
