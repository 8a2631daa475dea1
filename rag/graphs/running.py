"""A graph at work: batches of token ids in, the network's outputs out, on all cores."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailableError
from rag.graphs.converting import Words
from rag.graphs.files import Exported, export, opened

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest, Model

_STEP = 8
_first_array = threading.Lock()
"""OpenVINO's binding prepares itself for numpy at the first array that it gets. Two threads that
bring one at the same time may wait for each other for ever, and the whole process with them: one
for the interpreter, the other, which holds it, for what the first has begun.
"""


class Graph:
    """One network in `folder`. `convert` makes it when it is not there, or is damaged.

    Each core runs batches of its own, which wastes less than sharing one between cores. Safe to
    call from several threads: each batch has a request of its own. `cores`: of so many, 0 for all.
    """

    def __init__(self, folder: Path, convert: Callable[[], Model], cores: int = 0) -> None:
        self._folder = folder
        self._convert = convert
        self._given = cores
        self._loading = threading.Lock()
        self._loaded: _Loaded | None = None

    def prepare(self) -> None:
        """Begins to load the network, if it was exported before, and does not wait for it.

        What fails here fails again, and is told, when the network is to run.
        """
        if self._loaded is None:
            threading.Thread(target=self._load_exported).start()

    def make(self) -> None:
        """Exports the network, if that was not done before. What fails here fails again, too."""
        with self._loading, suppress(ModelUnavailableError), self._telling():
            if opened(self._folder) is None:
                export(self._folder, self._convert)

    def run(
        self, most: int, ids: Sequence[Sequence[int]], *more: Sequence[Sequence[int]]
    ) -> Iterator[tuple[list[int], list[Any]]]:
        """Outputs for rows of token ids, and of further inputs of the same lengths.

        Yields which rows, and the outputs for them, until there are none left; a batch holds rows
        of one padded length and at most `most` tokens, or one row. Between the ids and the further
        inputs the graph gets the attention mask. Raises ModelError.
        """
        tables = [ids, [[1] * len(row) for row in ids], *more]
        network = self._network()
        running: deque[tuple[list[int], InferRequest]] = deque()
        for rows in _batches([_padded_length(len(row)) for row in ids], most):
            if len(running) == 2 * self._cores:  # every core is busy, and a batch for each waits
                yield network.finished(*running.popleft())
            inputs = [_padded([table[row] for row in rows]) for table in tables]
            running.append((rows, network.started(inputs)))
        while running:
            yield network.finished(*running.popleft())

    def _network(self) -> _Loaded:
        with self._loading, self._telling():
            if self._loaded is None:
                exported = opened(self._folder)
                if exported is None:
                    export(self._folder, self._convert)
                    exported = opened(self._folder)
                if exported is None:
                    raise OSError("what was exported cannot be read back")
                self._loaded = _compiled(exported, self._cores)
            return self._loaded

    def _load_exported(self) -> None:
        with self._loading, suppress(ModelUnavailableError), self._telling():
            if self._loaded is None and (exported := opened(self._folder)):
                self._loaded = _compiled(exported, self._cores)

    @property
    def _cores(self) -> int:
        return self._given or os.cpu_count() or 1

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelUnavailableError(
                f"OpenVINO cannot run {self._folder.name}: {' '.join(str(error).split())}"
            ) from error


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A network with the word embeddings that it needs, and requests for the next batches."""

    network: CompiledModel
    words: Words | None
    idle: list[InferRequest] = field(default_factory=list)

    def started(self, inputs: list[NDArray[np.int64]]) -> InferRequest:
        """A request at work; `inputs` begin with the token ids, shape (n, length)."""
        try:
            request = self.idle.pop()
        except IndexError:  # to make one waits for a core that computes
            request = self.network.create_infer_request()
        looked_up = [] if self.words is None else [self.words[inputs[0]]]
        request.start_async([*inputs, *looked_up])
        return request

    def finished(self, rows: list[int], request: InferRequest) -> tuple[list[int], list[Any]]:
        """The rows and their outputs, when the request has them."""
        request.wait()
        outputs = [np.array(output.data) for output in request.output_tensors]
        self.idle.append(request)
        return rows, outputs


def _padded_length(tokens: int) -> int:
    """The length to which a row is padded if no other in its batch is longer.

    Lengths in steps keep the number of shapes small, each of which costs OpenVINO some work. And
    what comes out for a row depends in its last digits on the length, but not on the number of
    rows: rows of one padded length come out the same in every batch.
    """
    return -(-tokens // _STEP) * _STEP


def _compiled(exported: Exported, cores: int) -> _Loaded:
    from openvino import Core, Tensor  # noqa: PLC0415 - 0.1 s that not every command needs

    streams = {"NUM_STREAMS": cores, "INFERENCE_NUM_THREADS": cores}
    network = Core().compile_model(exported.graph, "CPU", streams)
    with _first_array:
        Tensor(np.zeros((1, 1), np.int64))
    return _Loaded(network, exported.words)


def _batches(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Rows of one padded length together, longest first: what is left at the end is short work."""
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    batches = []
    for length, group in groupby(order, key=lengths.__getitem__):
        alike, together = list(group), max(1, most // length)
        batches += [alike[first : first + together] for first in range(0, len(alike), together)]
    return batches


def _padded(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    filled = np.zeros((len(rows), _padded_length(max(map(len, rows)))), np.int64)
    for row, tokens in enumerate(rows):
        filled[row, : len(tokens)] = tokens
    return filled
