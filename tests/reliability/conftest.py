"""What the short forms of the rows share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.reliability.row import Row, Run, tried, working_folder


@pytest.fixture
def check() -> Iterator[Callable[[Row], None]]:
    """Tries a row as often as every run of the tests does; each failure is shown."""

    def check_row(row: Row) -> None:
        outcome = tried(row, Run(folder))
        if outcome.absent:
            pytest.skip(outcome.absent)
        assert outcome.failures == []
        assert outcome.trials > 0

    with working_folder() as folder:
        yield check_row
