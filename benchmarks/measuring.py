"""Clocks, memory, the machine, and the file in which figures are kept."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"
_LIBRARIES = ("faiss-cpu", "numpy", "openvino", "sentence-transformers", "tantivy", "torch")


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time in all threads of this process."""
    start, spent = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - spent


def milliseconds(spent: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Median and 95th percentile, by the clock and in processor time.

    The second says what a machine with nothing else to do would take, as far as one thread works.
    """
    values = np.percentile(np.asarray(spent) * 1e3, [50, 95], axis=0)
    names = ("p50_ms", "cpu_p50_ms", "p95_ms", "cpu_p95_ms")
    return {name: round(float(value), 2) for name, value in zip(names, values.flat, strict=True)}


def memory() -> dict[str, int]:
    """MiB of this process: resident now, of which its own (not mapped files), and at its peak."""
    fields = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if line
    )
    kib = {name: int(fields[name].split()[0]) for name in ("VmRSS", "RssAnon", "VmHWM")}
    return {
        "resident": kib["VmRSS"] >> 10,
        "own": kib["RssAnon"] >> 10,
        "peak": kib["VmHWM"] >> 10,
    }


def machine() -> dict[str, Any]:
    """Where and when figures were taken."""
    info = Path("/proc/cpuinfo").read_text()
    flags = info.split("flags", 1)[1].split("\n", 1)[0].split() if "flags" in info else []
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")
    model = next((line for line in info.splitlines() if line.startswith("model name")), "")
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": model.partition(": ")[2],
        "cores": os.cpu_count(),
        "features": [flag for flag in wanted if flag in flags],
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def keep(name: str, figures: dict[str, Any]) -> Path:
    """Writes results/NAME.json, with the machine beside the figures."""
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"machine": machine(), **figures}, indent=2) + "\n", "utf-8")
    return path
