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

Scores: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Start and end scores, shape (rows, tokens, 2), and answerability, shape (rows,)."""


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

    def scores(self, rows: Sequence[Window]) -> Scores:
        """Scores of a batch; raises ModelError."""
        ids, types = [row.ids for row in rows], [row.types for row in rows]
        if not self._by_torch:
            try:
                spans, answerable = self._graph.run(ids, types)
            except ModelUnavailableError:
                self._by_torch = True
            else:
                return np.asarray(spans), np.asarray(answerable)
        return self.torch_scores(ids, types)

    def torch_scores(self, ids: Sequence[list[int]], types: Sequence[list[int]]) -> Scores:
        """The same by torch, in float32: the fallback, and the oracle of the tests."""
        import torch  # noqa: PLC0415 - seconds to import, and hardly ever needed

        def padded(rows: Sequence[list[int]]) -> torch.Tensor:
            longest = max(map(len, rows))
            return torch.tensor([row + [0] * (longest - len(row)) for row in rows])

        mask = padded([[1] * len(row) for row in ids])
        with torch.inference_mode():
            spans, answerable = self._model(padded(ids), mask, padded(types))
        return spans.numpy(), answerable.numpy()

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
