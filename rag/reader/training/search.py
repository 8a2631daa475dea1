"""Search for measuring: BM25 and cosine, each as z-scores over their candidates, added."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from rag.ports import Vectors
from rag.reader.training.negatives import Bm25
from rag.types import Hit, Passage

_CANDIDATES = 50


class BaseEmbedder:
    """The port `Embedder` by the base model itself; each text is embedded once."""

    dimension = 384
    recipe = "base"

    def __init__(self, base: Path) -> None:
        self._model = SentenceTransformer(str(base), local_files_only=True, device="cpu")
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, 384), unit rows."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            vectors = self._model.encode(new, normalize_embeddings=True, show_progress_bar=False)
            self._known |= zip(new, np.asarray(vectors, np.float32), strict=True)
        return np.stack([self._known[text] for text in texts])


class Collection:
    """Passages that can be searched; `titles` are searched with them."""

    def __init__(
        self, passages: Sequence[Passage], titles: Sequence[str], embedder: BaseEmbedder
    ) -> None:
        texts = [f"{title} {p.text}".strip() for p, title in zip(passages, titles, strict=True)]
        self._passages = passages
        self._bm25 = Bm25(texts)
        self._embedder = embedder
        self._vectors = embedder.embed(texts)

    def hits(self, questions: Sequence[str], k: int) -> list[list[Hit]]:
        """For each question its k best passages, best first."""
        lexical = self._bm25.scores(questions)
        dense = self._embedder.embed(questions) @ self._vectors.T
        found = []
        for words, meaning in zip(lexical, dense, strict=True):
            total = _standardised(words) + _standardised(meaning)
            order = np.argsort(-total, kind="stable")[:k].tolist()
            found.append(
                [
                    Hit(self._passages[row], float(total[row]), rank, ("bm25", "cosine"))
                    for rank, row in enumerate(order, start=1)
                ]
            )
        return found


def _standardised(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Against mean and spread of the best candidates; what is beyond them counts as the last."""
    candidates = np.sort(scores)[-_CANDIDATES:]
    spread = float(candidates.std()) or 1.0
    raised = np.maximum(scores, candidates[0])
    return np.asarray((raised - float(candidates.mean())) / spread, np.float32)
