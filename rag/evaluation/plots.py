"""Curves as images that a page can hold: SVG in a data address, in which nothing can run."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _FAINT, _BLUE, _ORANGE = "#33383f", "#b8bec7", "#2563a8", "#c2571a"
_STYLE: Any = {
    "svg.hashsalt": "rag",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


def risk_coverage(points: Sequence[Sequence[float]], working: Sequence[float] | None) -> str:
    """The curve; `working` is the point of the configured threshold."""

    def draw(axes: Axes) -> None:
        axes.plot([x for x, _ in points], [y for _, y in points], color=_BLUE, lw=1.8)
        if working is not None:
            axes.plot([working[0]], [working[1]], "o", color=_ORANGE, ms=7)
            axes.annotate(
                "threshold", (working[0], working[1]), (8, -15),
                textcoords="offset points", color=_ORANGE,
            )  # fmt: skip
        axes.set(xlabel="coverage: share answered, surest first", ylabel="risk: share wrong")

    return _drawn(draw)


def calibration(bins: Sequence[Sequence[float]], threshold: float) -> str:
    """Share of answerable questions against the score, one dot a bin, as large as it is full."""

    def draw(axes: Axes) -> None:
        largest = max((count for _, _, count in bins), default=1)
        axes.plot([0, 1], [0, 1], color=_FAINT, lw=1, ls="--")
        axes.axvline(threshold, color=_ORANGE, lw=1)
        axes.text(threshold + 0.01, 1.0, "threshold", color=_ORANGE, va="top")
        axes.plot([x for x, _, _ in bins], [y for _, y, _ in bins], color=_BLUE, lw=1)
        sizes = [12 + 130 * count / largest for _, _, count in bins]
        axes.scatter([x for x, _, _ in bins], [y for _, y, _ in bins], sizes, color=_BLUE)
        axes.set(xlabel="score of the answer", ylabel="share of answerable questions")
        axes.set_xlim(-0.02, 1.02)

    return _drawn(draw)


def searches(figures: Mapping[str, Mapping[str, Mapping[str, float]]], names: Sequence[str]) -> str:
    """Each kind of search as a bar for each of the measures `names`."""

    def draw(axes: Axes) -> None:
        width = 0.8 / max(1, len(figures))
        colours = (_BLUE, _ORANGE, "#6b8f3c", _FAINT)
        for at, (search, measures) in enumerate(figures.items()):
            places = [place + (at - (len(figures) - 1) / 2) * width for place in range(len(names))]
            heights = [measures.get(name, {}).get("value", 0.0) for name in names]
            bars = axes.bar(places, heights, width * 0.92, label=search, color=colours[at % 4])
            axes.bar_label(bars, [f"{height:.2f}" for height in heights], fontsize=8, padding=1)
        axes.set_xticks(range(len(names)), names)
        axes.legend(frameon=False, ncols=len(figures), loc="lower center", bbox_to_anchor=(0.5, 1))

    return _drawn(draw)


def _drawn(draw: Callable[[Axes], None]) -> str:
    """The data address of what `draw` puts on axes from 0 to 1."""
    import matplotlib as mpl  # noqa: PLC0415 - of the extra, and slow to import
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.2, 3.3), layout="constrained")
        axes = figure.subplots()
        axes.set_ylim(-0.02, 1.04)
        draw(axes)
        image = io.BytesIO()
        figure.savefig(image, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(image.getvalue()).decode()
