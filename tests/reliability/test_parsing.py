"""Every row of parsing, tried briefly."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.reliability.parsing import ROWS
from tests.reliability.row import Row

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.mark.parametrize("number", ROWS)
def test_the_promise_of_a_row_holds(number: int, check: Callable[[Row], None]) -> None:
    """What the row's own sentence names was tried, and nothing of it failed."""
    check(ROWS[number])
