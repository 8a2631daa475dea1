"""What makes an OpenVINO graph of a torch module, and takes the word embeddings out of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from openvino import Model, Node

Words: TypeAlias = NDArray[np.float32]
"""Word embeddings, shape (vocabulary, width)."""


def converted(make: Callable[[], Any], inputs: int) -> Model:
    """The OpenVINO form of the torch module that `make` returns.

    It takes `inputs` integer tensors of one shape (n, tokens), of which the first holds token ids.
    The libraries' remarks about tracing are held back: whether the graph is right is tested by
    what it puts out.
    """
    import openvino  # noqa: PLC0415 - these two take seconds, and only an export needs them
    import torch  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in range(inputs))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        shape = ([-1, -1], openvino.Type.i64)
        return openvino.convert_model(make().eval(), example_input=example, input=[shape] * inputs)


def without_words(model: Model) -> Words | None:
    """Takes the word embeddings out of `model` and returns them; None if it has no such table.

    They become its last input, shape (n, tokens, width), and are looked up outside: half of a
    small model's weights are such a table, of which a question touches a few rows, and models that
    were trained from one another can share it.
    """
    from openvino import Type, opset13  # noqa: PLC0415

    for node in model.get_ops():
        if node.get_type_name() != "Gather" or not _by_ids(node, model):
            continue
        table = node.input_value(0).get_node()
        if table.get_type_name() == "Constant" and len(table.shape) == 2:  # noqa: PLR2004
            words = np.array(table.data, np.float32)
            looked_up = opset13.parameter([-1, -1, words.shape[1]], Type.f32)
            node.output(0).replace(looked_up.output(0))
            model.add_parameters([looked_up])
            model.validate_nodes_and_infer_types()
            return words
    return None


def _by_ids(gather: Node, model: Model) -> bool:
    """Whether its indices are the token ids as they came, or in another integer type."""
    indices = gather.input_value(1).get_node()
    if indices.get_type_name() == "Convert":
        indices = indices.input_value(0).get_node()
    return bool(indices.get_friendly_name() == model.input(0).get_node().get_friendly_name())
