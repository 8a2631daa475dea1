"""Every row of storage but the real builds, which only the long run kills, tried briefly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.reliability.row import Row
from tests.reliability.storage import ROWS


@pytest.mark.parametrize("number", [number for number in ROWS if number != 2])
def test_the_promise_of_a_row_holds(number: int, check: Callable[[Row], None]) -> None:
    """What the row's own sentence names was tried, and nothing of it failed."""
    check(ROWS[number])
