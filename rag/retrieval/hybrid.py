"""Dense and lexical search side by side, then fused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.ports import Embedder, Index, Ranking
from rag.retrieval.fusion import Fusion, z_scores
from rag.types import Hit

DENSE, LEXICAL = "dense", "lexical"


@dataclass(frozen=True, slots=True)
class HybridRetriever:
    """Passages by cosine and by BM25, `depth` of each, fused. `use` may name one kind alone."""

    embedder: Embedder
    depth: int = 50
    fusion: Fusion = z_scores
    use: tuple[str, ...] = (DENSE, LEXICAL)

    def retrieve(
        self,
        index: Index,
        questions: Sequence[str],
        k: int,
        documents: Collection[str] | None = None,
    ) -> list[list[Hit]]:
        """For each question up to k passages, best first; of these `documents`, if given."""
        depth = max(k, self.depth)
        found: dict[str, list[Ranking]] = {}
        if DENSE in self.use:
            found[DENSE] = index.nearest(self.embedder.embed(questions), depth, documents)
        if LEXICAL in self.use:
            found[LEXICAL] = index.matching(questions, depth, documents)
        return [
            self._hits(index, {kind: found[kind][place] for kind in found}, k)
            for place in range(len(questions))
        ]

    def _hits(self, index: Index, rankings: dict[str, Ranking], k: int) -> list[Hit]:
        ranking = (
            self.fusion([*rankings.values()])
            if len(rankings) > 1
            else next(iter(rankings.values()))
        )
        listed = {kind: {row for row, _ in ranking} for kind, ranking in rankings.items()}
        best = ranking[:k]
        passages = index.passages([row for row, _ in best])
        return [
            Hit(passage, score, rank, tuple(kind for kind in rankings if row in listed[kind]))
            for rank, ((row, score), passage) in enumerate(
                zip(best, passages, strict=True), start=1
            )
        ]
