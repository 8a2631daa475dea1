"""Neural networks run by OpenVINO: exported once from torch, checked by hash, loaded in an instant.

Importing torch and loading weights there takes seconds; an exported graph takes a fraction of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailableError

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest, Model

_FILES = ("graph.xml", "graph.bin")
_HASHES = "HASHES.json"
_STEP = 8
_first_array = threading.Lock()
"""OpenVINO's binding prepares itself for numpy at the first array that it gets. Two threads that
bring one at the same time may wait for each other for ever, and the whole process with them: one
for the interpreter, the other, which holds it, for what the first has begun.
"""


class Graph:
    """One network in `folder`. `convert` makes it when it is not there, or is damaged.

    Each core runs batches of its own, which wastes less than sharing one between cores. Safe to
    call from several threads: each batch has a request of its own.
    """

    def __init__(self, folder: Path, convert: Callable[[], Model]) -> None:
        self._folder = folder
        self._convert = convert
        self._loading = threading.Lock()
        self._loaded: CompiledModel | None = None
        self._idle: list[InferRequest] = []

    def run(self, batch: Sequence[Sequence[int]], *more: Sequence[Sequence[int]]) -> list[Any]:
        """Outputs for a batch of token ids, and of further inputs of the same lengths.

        Inputs are padded with zeros to shape (n, length); between the ids and the further
        inputs the graph gets the attention mask. Raises ModelError.
        """
        ids, *others = (_padded(rows) for rows in (batch, *more))
        inputs = [ids, _padded([[1] * len(row) for row in batch]), *others]
        share = -(-len(batch) // _cores())
        parts = [
            [table[first : first + share] for table in inputs]
            for first in range(0, len(batch), share)
        ]
        return [np.concatenate(each) for each in zip(*self._outputs(parts), strict=True)]

    def run_each(self, batches: Iterable[Sequence[Sequence[int]]]) -> Iterator[list[Any]]:
        """The outputs of each batch of token ids in turn; several are computed at once."""
        return self._outputs(
            [_padded(batch), _padded([[1] * len(row) for row in batch])] for batch in batches
        )

    def _outputs(self, batches: Iterable[list[NDArray[np.int64]]]) -> Iterator[list[Any]]:
        """Keeps every core busy, and one batch for each waiting."""
        running: deque[InferRequest] = deque()
        for inputs in batches:
            if len(running) == 2 * _cores():
                yield self._finished(running.popleft())
            request = self._request()
            request.start_async(inputs)
            running.append(request)
        while running:
            yield self._finished(running.popleft())

    def _request(self) -> InferRequest:
        """An idle request or a new one, whose making would wait for a core that computes."""
        compiled = self._compiled
        try:
            return self._idle.pop()
        except IndexError:
            return compiled.create_infer_request()

    def _finished(self, request: InferRequest) -> list[Any]:
        request.wait()
        outputs = [np.array(output.data) for output in request.output_tensors]
        self._idle.append(request)
        return outputs

    @property
    def _compiled(self) -> CompiledModel:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> CompiledModel:
        try:
            from openvino import Core, Tensor  # noqa: PLC0415 - 0.2 s not every command needs

            if not self._sound():
                self._export()
            streams = {"NUM_STREAMS": _cores(), "INFERENCE_NUM_THREADS": _cores()}
            compiled = Core().compile_model(self._folder / _FILES[0], "CPU", streams)
            with _first_array:
                Tensor(np.zeros((1, 1), np.int64))
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelUnavailableError(
                f"OpenVINO cannot run {self._folder.name}: {' '.join(str(error).split())}"
            ) from error
        return compiled

    def _sound(self) -> bool:
        """Whether the files are there and are those that were exported."""
        try:
            hashes = json.loads((self._folder / _HASHES).read_text("utf-8"))
            return all(hashes[name] == _digest(self._folder / name) for name in _FILES)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _export(self) -> None:
        """Writes the files beside their place, their hashes last, and then moves them there."""
        from openvino import save_model  # noqa: PLC0415

        partial = self._folder.with_name(f"{self._folder.name}.{os.getpid()}.tmp")
        partial.mkdir(parents=True, exist_ok=True)
        try:
            save_model(self._convert(), partial / _FILES[0], compress_to_fp16=False)
            hashes = {name: _digest(partial / name) for name in _FILES}
            (partial / _HASHES).write_text(json.dumps(hashes), "utf-8")
            shutil.rmtree(self._folder, ignore_errors=True)
            with suppress(OSError):  # another process was faster, which is as good
                partial.rename(self._folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def padded_length(tokens: int) -> int:
    """The length to which a row is padded if no other in its batch is longer.

    Lengths in steps keep the number of shapes small, each of which costs OpenVINO some work. And
    what comes out for a row depends in its last digits on the length, but not on the number of
    rows: rows of one padded length come out the same in every batch.
    """
    return -(-tokens // _STEP) * _STEP


def _cores() -> int:
    return os.cpu_count() or 1


def _padded(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    filled = np.zeros((len(rows), padded_length(max(map(len, rows)))), np.int64)
    for row, tokens in enumerate(rows):
        filled[row, : len(tokens)] = tokens
    return filled


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def converted(make: Callable[[], Any], inputs: int) -> Model:
    """The OpenVINO form of the torch module that `make` returns.

    It takes `inputs` integer tensors of one shape (n, tokens). The libraries' remarks about
    tracing are held back: whether the graph is right is tested by what it puts out.
    """
    import openvino  # noqa: PLC0415 - these two take seconds, and only an export needs them
    import torch  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in range(inputs))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        shape = ([-1, -1], openvino.Type.i64)
        return openvino.convert_model(make().eval(), example_input=example, input=[shape] * inputs)
