"""Neural networks run by OpenVINO: exported once from torch, checked by hash, loaded in an instant.

Importing torch and loading weights there takes seconds; an exported graph takes a fraction of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelMissingError, ModelUnavailableError

if TYPE_CHECKING:
    from openvino import CompiledModel, Model

_FILES = ("graph.xml", "graph.bin")
_HASHES = "HASHES.json"


class Graph:
    """One network in `folder`. `convert` makes it when it is not there, or is damaged.

    Safe to call from several threads: each call has a request of its own.
    """

    def __init__(self, folder: Path, convert: Callable[[], Model]) -> None:
        self._folder = folder
        self._convert = convert

    def run(self, batch: Sequence[Sequence[int]], *more: Sequence[Sequence[int]]) -> list[Any]:
        """Outputs for a batch of token ids, and of further inputs of the same lengths.

        Inputs are padded with zeros to shape (n, longest); between the ids and the further
        inputs the graph gets the attention mask. Raises ModelError.
        """
        ids, *others = (_padded(rows) for rows in (batch, *more))
        mask = _padded([[1] * len(row) for row in batch])
        result = self._compiled.create_infer_request().infer([ids, mask, *others])
        return [result[output] for output in self._compiled.outputs]

    @cached_property
    def _compiled(self) -> CompiledModel:
        from openvino import Core  # noqa: PLC0415 - 0.2 s that not every command needs

        if not self._sound():
            self._export()
        try:
            return Core().compile_model(
                self._folder / _FILES[0], "CPU", {"PERFORMANCE_HINT": "LATENCY"}
            )
        except RuntimeError as error:
            raise ModelUnavailableError(
                f"OpenVINO cannot run {self._folder.name}: {error}"
            ) from error

    def _sound(self) -> bool:
        """Whether the files are there and are those that were exported."""
        try:
            hashes = json.loads((self._folder / _HASHES).read_text("utf-8"))
            return all(hashes[name] == _digest(self._folder / name) for name in _FILES)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _export(self) -> None:
        """Writes the files, and last their hashes: an unfinished export is not sound."""
        from openvino import save_model  # noqa: PLC0415

        graph = self._convert()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / _HASHES).unlink(missing_ok=True)
            save_model(graph, self._folder / _FILES[0], compress_to_fp16=False)
            partial = self._folder / f"{_HASHES}.{os.getpid()}"
            hashes = {name: _digest(self._folder / name) for name in _FILES}
            partial.write_text(json.dumps(hashes), "utf-8")
            partial.replace(self._folder / _HASHES)
        except (OSError, RuntimeError) as error:
            raise ModelMissingError(
                f"The exported model {self._folder.name} cannot be written: {error}"
            ) from error


def _padded(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    filled = np.zeros((len(rows), max(map(len, rows))), np.int64)
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
