"""Tries every promise of docs/reliability.md at length and prints one table.

    python -m tests.reliability [--rows 1,7] [--quick] [--seed N] [--json FILE]

Exit code 1 if any of them did not hold.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from pathlib import Path

from hypothesis import settings
from rich.console import Console

from rag.config import go_offline
from tests.reliability import parsing, processes, running, storage, supply, web, workers
from tests.reliability.row import Run, title, tried, working_folder
from tests.reliability.table import Line, printed, versions

ROWS = dict(
    sorted(
        (number, row)
        for part in (storage, parsing, web, running, supply, processes, workers)
        for number, row in part.ROWS.items()
    )
)


def main() -> int:
    """The number of rows that failed, at most 1."""
    options = _options()
    go_offline()
    # In the background Ctrl-C is ignored, and what is started from here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.register_profile("reliability", deadline=None, database=None)
    settings.load_profile("reliability")
    console = Console(width=160)
    lines: list[Line] = []
    for number in options.rows or ROWS:
        started = time.monotonic()
        console.print(f"Row {number}: {title(ROWS[number])} ...", markup=False)
        with working_folder() as folder:
            outcome = tried(ROWS[number], Run(folder, long=not options.quick, seed=options.seed))
        seconds = time.monotonic() - started
        lines.append(Line(number, title(ROWS[number]), outcome, options.seed, round(seconds)))
    printed(console, lines)
    if options.json:
        said = {"rows": [line.said() for line in lines], "versions": versions()}
        options.json.write_text(json.dumps(said, indent=2, default=str) + "\n", "utf-8")
    return int(any(line.outcome.failures for line in lines))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rows", type=_numbers, help="only these, such as 1,7")
    parser.add_argument("--quick", action="store_true", help="as few trials as in `make test`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the table as JSON too")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    numbers = [int(each) for each in text.split(",")]
    if unknown := [number for number in numbers if number not in ROWS]:
        raise argparse.ArgumentTypeError(f"there is no row {unknown[0]}")
    return numbers


if __name__ == "__main__":
    raise SystemExit(main())
