"""The table that is printed: a line for each row, then what failed, then what it was tried with."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

from rich import box
from rich.console import Console
from rich.table import Table

from tests.reliability.row import Outcome

_LIBRARIES = ("faiss-cpu", "gradio", "lxml", "numpy", "openvino", "pypdf", "pypdfium2", "tantivy")
_SHOWN = 10
"""Failures of one row that are printed; all are in the JSON."""


@dataclass(frozen=True)
class Line:
    """One row as it was tried."""

    number: int
    what: str
    outcome: Outcome
    seed: int
    seconds: int

    def said(self) -> dict[str, object]:
        """The same for JSON."""
        return {
            "row": self.number,
            "what": self.what,
            **asdict(self.outcome),
            "seed": self.seed,
            "seconds": self.seconds,
        }


def versions() -> dict[str, str]:
    """What the rows were tried with."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("rag", *_LIBRARIES)},
    }


def printed(console: Console, lines: Sequence[Line]) -> None:
    """Shows all lines, the failures below them, and the versions."""
    table = Table(box=box.SIMPLE)
    for name in ("row", "trials", "failures", "seed", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("what")
    table.add_column("figures")
    for line in lines:
        outcome = line.outcome
        counts = (line.number, outcome.trials, len(outcome.failures), line.seed, line.seconds)
        figures = outcome.absent or ", ".join(f"{k}: {v}" for k, v in outcome.figures.items())
        table.add_row(*(f"{count:,}" for count in counts), line.what, figures)
    console.print(table)
    for line in lines:
        failures = line.outcome.failures
        for failure in failures[:_SHOWN]:
            console.print(f"Row {line.number}: {failure}", markup=False)
        if len(failures) > _SHOWN:
            console.print(f"Row {line.number}: and {len(failures) - _SHOWN:,} more")
    console.print(", ".join(f"{name} {number}" for name, number in versions().items()))
