"""From a run's checkpoint to the weights that ship: half precision, with their hashes."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from rag.reader.weights import ABSTENTION, BASE, HASHES, TRAINED, digest


def export(run: Path, base: Path, to: Path) -> None:
    """Writes what was trained in `run` to `to`, as float16, and the hashes of all files."""
    to.mkdir(parents=True, exist_ok=True)
    state = load_file(run / "trained.safetensors")
    save_file(
        {name: value.to(torch.float16).contiguous() for name, value in state.items()}, to / TRAINED
    )
    if not (to / ABSTENTION).exists():
        by_margin = {"intercept": 0.0, "weights": {"margin": 8.0}}
        (to / ABSTENTION).write_text(json.dumps(by_margin, indent=1) + "\n", "utf-8")
    sign(base, to)


def sign(base: Path, folder: Path) -> None:
    """Writes the SHA-256 of the weights, the calibration and the base model."""
    hashes = {name: digest(folder / name) for name in (TRAINED, ABSTENTION)}
    hashes[BASE] = digest(base / "model.safetensors")
    (folder / HASHES).write_text(json.dumps(hashes, indent=1) + "\n", "utf-8")
