"""The pictures of docs/performance.md, drawn from the figures in results/.

python -m benchmarks.plot
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from benchmarks.measuring import RESULTS

IMAGES = Path(__file__).parents[1] / "docs" / "images"
_COLOURS = {"dense": "#2563a8", "lexical": "#c2571a", "fused": "#33383f", "whole": "#7a8594"}
_LABELS = {"whole": "with encoding", "fused": "fused", "dense": "dense", "lexical": "lexical"}
_STYLE: Any = {
    "svg.hashsalt": "rag", "font.size": 11, "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip


def main() -> None:
    """Search time by number of passages, in processor time: p95 and, fainter, the median."""
    rows = json.loads((RESULTS / "growth.json").read_text("utf-8"))["sizes"]
    sizes = [row["passages"] for row in rows]
    with mpl.rc_context(_STYLE):
        figure, axes = plt.subplots(figsize=(7, 3.8))
        for kind, label in _LABELS.items():
            colour = _COLOURS[kind]
            high = [row[kind]["cpu_p95_ms"] for row in rows]
            axes.plot(sizes, high, "o-", color=colour, lw=1.8, label=label)
            middle = [row[kind]["cpu_p50_ms"] for row in rows]
            axes.plot(sizes, middle, "--", color=colour, lw=1, alpha=0.6)
        axes.axhline(25, color="#b8bec7", lw=1)
        axes.set(
            xscale="log", yscale="log", xlabel="passages", ylabel="ms of processor time a question",
            title="Searching: 95th percentile (solid) and median (dashed)",
        )  # fmt: skip
        axes.legend(frameon=False)
        figure.tight_layout()
        figure.savefig(IMAGES / "growth.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
