"""The table itself: what fails is counted and named, and never ends the others."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from tests.reliability.row import Outcome, Run, title, tried
from tests.reliability.table import Line, printed


def _row(run: Run) -> Outcome:
    """Something fails.

    And more about it.
    """
    outcome = Outcome(figures={"most": 3})
    for number in range(run.count(2, 5)):
        with outcome.trial(f"number {number}"):
            assert number != 1, "is one"
    return outcome


def _broken(run: Run) -> Outcome:
    raise RuntimeError("no such thing")


def test_failures_are_counted_and_named(tmp_path: Path) -> None:
    """Each trial counts, a failed one is named with its line, and the long form tries more."""
    short, long = tried(_row, Run(tmp_path)), tried(_row, Run(tmp_path, long=True))
    assert (short.trials, long.trials) == (2, 5)
    (failure,) = short.failures
    assert failure.startswith("number 1: AssertionError is one (test_table.py:")
    assert title(_row) == "Something fails"


def test_a_row_that_breaks_off_is_a_failure(tmp_path: Path) -> None:
    """An exception that a row did not expect fails that row alone, with what was raised."""
    outcome = tried(_broken, Run(tmp_path))
    assert "RuntimeError no such thing" in outcome.failures[0]


def test_what_is_printed(tmp_path: Path) -> None:
    """Counts, figures, failures and versions are all in what a person sees."""
    out = io.StringIO()
    printed(Console(file=out, width=120), [Line(7, title(_row), tried(_row, Run(tmp_path)), 1, 0)])
    shown = out.getvalue()
    assert all(each in shown for each in ("Something fails", "most: 3", "Row 7: number 1", "numpy"))
