"""Another embedding model, from a folder on disk: what docs/models.md describes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from rag.bootstrap import open_library
from rag.config import Settings
from rag.embedding.model_files import model_in
from rag.embedding.openvino import OpenVINOEmbedder
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.types import Outcome

pytestmark = pytest.mark.model

TEXT = "The bridge was opened in 1998. Its length is 274 metres. Ferries crossed before."
UNKNOWN = "[UNK]"
SPECIAL = {"pad_token": "[PAD]", "unk_token": UNKNOWN, "cls_token": "[CLS]", "sep_token": "[SEP]"}
WORDS = "[PAD] [UNK] [CLS] [SEP] the bridge was opened in 1998 its length is 274 metres ."


@pytest.fixture(scope="module", params=["encoder", "encoder and dense layer"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of a few thousand weights, whose vectors are of any length."""
    made, folder = (tmp_path_factory.mktemp(name) for name in ("made", "tiny"))
    vocabulary = {word: number for number, word in enumerate(WORDS.split())}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=64, **SPECIAL
    ).save_pretrained(made)  # fmt: skip
    BertModel(
        BertConfig(
            vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1,
            num_attention_heads=2, intermediate_size=64, max_position_embeddings=64,
        )
    ).save_pretrained(made)  # fmt: skip
    modules = [Transformer(str(made), max_seq_length=64), Pooling(32)]
    if "dense" in request.param:
        modules.append(Dense(32, 16))
    SentenceTransformer(modules=modules).save(str(folder))
    return folder


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where these models are exported once; what is kept for all tests is of the installed one."""
    return tmp_path_factory.mktemp("exported")


def test_its_vectors_are_made_unit_length_either_way(tiny: Path, exported: Path) -> None:
    """A model that does not normalise gives unit rows, the same from its export and from torch."""
    texts = ["the bridge", "its length is 274 metres .", "", "unknown words only"]
    vectors = OpenVINOEmbedder(model_in(tiny), exported).embed(texts)
    original = SentenceTransformerEmbedder(model_in(tiny)).embed(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors * original).sum(axis=1).min() > 0.999


def test_documents_are_asked_through_it(tiny: Path, tmp_path: Path, exported: Path) -> None:
    """With `model` set, ingest and asking work, and the page says that the reader does not fit."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "bridge.txt").write_text(TEXT)
    settings = Settings(
        tmp_path / "documents", tmp_path / "index", model=str(tiny), exports=str(exported)
    )
    library = open_library(settings)
    assert library.ingest().published
    answer = library.ask("What is the length of the bridge in metres?")
    assert answer.outcome is Outcome.ANSWERED
    assert "274" in answer.citations[0].quote
    assert any(
        "trained reader fits the installed model only" in each for each in library.warnings()
    )
    assert library.ask("Wie lang ist die Brücke über den Fluss?").notes == ()
