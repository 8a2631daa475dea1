"""How near the encoder and the scan of vectors are to what the processor can do at all.

    python -m benchmarks.limits

One core, in processor time. The encoder's operations are counted (two for each multiplication by
a weight, and attention), and held against the fastest matrix product seen here in bfloat16 and
float32; a scan's bytes against the fastest reading of memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import torch
from openvino import Core

from benchmarks.measuring import keep, timed
from rag.embedding.model_files import installed_model
from rag.embedding.openvino import OpenVINOEmbedder

LAYERS, WIDTH, INNER = 6, 384, 1_536
TOKENS, ROWS = 160, 8
_SIDE, _REPEATS = 1_024, 7
_SCANNED = 100_000
_MEMORY = 1 << 28  # bytes: beyond every cache


def operations(tokens: int) -> float:
    """Floating-point operations of the encoder for one passage."""
    weights = LAYERS * (4 * WIDTH * WIDTH + 2 * WIDTH * INNER)
    attention = LAYERS * 2 * tokens * WIDTH
    return 2.0 * tokens * (weights + attention)


def main() -> None:
    """Measures both kinds of limit, and what is reached."""
    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    half, full = (_product(kind) for kind in (torch.bfloat16, torch.float32))
    encoder = _encoder()
    reading = _reading()
    scan = _scan()
    figures = {
        "matmul_bf16_gflops": round(half, 1),
        "matmul_f32_gflops": round(full, 1),
        "encoder_gflops": round(encoder, 1),
        "encoder_share": round(encoder / max(half, full), 2),
        "passages_per_core_s": round(encoder * 1e9 / operations(TOKENS), 1),
        "tokens": TOKENS,
        "memory_gb_s": round(reading, 1),
        "scan_gb_s": round(scan, 1),
        "scan_share": round(scan / reading, 2),
        "scanned_rows": _SCANNED,
    }
    print(figures)
    keep("limits", figures)


def _best(work: Callable[[], Any]) -> float:
    """The least processor time of several tries, in seconds."""
    work()
    return min(timed(work)[1] for _ in range(_REPEATS))


def _product(kind: torch.dtype) -> float:
    table = torch.randn(_SIDE, _SIDE).to(kind)
    return 2 * _SIDE**3 / _best(lambda: table @ table) / 1e9


def _encoder() -> float:
    with tempfile.TemporaryDirectory() as folder:
        OpenVINOEmbedder(installed_model(), Path(folder)).embed(["exported"])
        [graph] = Path(folder).glob("embedder-*/graph.xml")
        one = {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1}
        request = Core().compile_model(graph, "CPU", one).create_infer_request()
        ids = np.random.default_rng(0).integers(1_000, 20_000, (ROWS, TOKENS))
        return ROWS * operations(TOKENS) / _best(lambda: request.infer([ids, ids * 0 + 1])) / 1e9


def _reading() -> float:
    table = np.ones(_MEMORY // 4, np.float32)
    return _MEMORY / _best(table.max) / 1e9


def _scan() -> float:
    table = np.random.default_rng(0).normal(size=(_SCANNED, WIDTH)).astype(np.float32)
    index = faiss.IndexFlatIP(WIDTH)
    index.add(table)
    return table.nbytes / _best(lambda: index.search(table[:1], 50)) / 1e9


if __name__ == "__main__":
    main()
