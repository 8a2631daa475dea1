"""The trained network at work: by OpenVINO, or by torch where OpenVINO cannot run it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailableError
from rag.graphs import Graph, converted
from rag.reader.weights import ReaderFiles
from rag.reader.windows import Window

if TYPE_CHECKING:
    from openvino import Model

    from rag.reader.model import ReaderModel

_TOKENS = 256
"""In one batch: of a question's few passages each core then gets a like share."""
Scores: TypeAlias = tuple[NDArray[np.float32], float]
"""A row's start and end scores, shape (tokens or more, 2), and its answerability, a logit."""


class Network:
    """The reader's forward pass. `exports` is the folder that keeps the exported graph."""

    def __init__(self, files: ReaderFiles, exports: Path) -> None:
        self._files = files
        self._graph = Graph(exports / f"reader-{files.digest[:16]}", self._convert)
        self._by_torch = False

    def prepare(self) -> None:
        """Begins to load the network where it was exported, and does not wait for it."""
        if not self._by_torch:
            self._graph.prepare()

    def make(self) -> None:
        """Exports the network, if that was not done before."""
        if not self._by_torch:
            self._graph.make()

    def scores(self, rows: Sequence[Window]) -> list[Scores]:
        """Scores of each row; raises ModelError."""
        if not self._by_torch:
            try:
                return self._graph_scores(rows)
            except ModelUnavailableError:
                self._by_torch = True
        return self.torch_scores(rows)

    def _graph_scores(self, rows: Sequence[Window]) -> list[Scores]:
        ids, types = [row.ids for row in rows], [row.types for row in rows]
        scores: dict[int, Scores] = {}
        for numbers, (spans, verdicts) in self._graph.run(_TOKENS, ids, types):
            scores |= zip(numbers, zip(spans, map(float, verdicts), strict=True), strict=True)
        return [scores[number] for number in range(len(rows))]

    def torch_scores(self, rows: Sequence[Window]) -> list[Scores]:
        """The same by torch, in float32: the fallback, and the oracle of the tests."""
        import torch  # noqa: PLC0415 - seconds to import, and hardly ever needed

        scores = []
        with torch.inference_mode():
            for row in rows:
                ids, types = torch.tensor([row.ids]), torch.tensor([row.types])
                spans, verdicts = self._model(ids, torch.ones_like(ids), types)
                scores.append((spans[0].numpy(), float(verdicts[0])))
        return scores

    @cached_property
    def _model(self) -> ReaderModel:
        from rag.reader.model import trained  # noqa: PLC0415 - imports torch

        self._files.check_base()
        try:
            return trained(self._files.base, self._files.trained)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelUnavailableError(f"The reader cannot be loaded: {error}") from error

    def _convert(self) -> Model:
        return converted(lambda: self._model, inputs=3)
