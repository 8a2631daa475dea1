"""Load and signals, briefly."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.reliability import running
from tests.reliability.row import Row

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


@pytest.mark.parametrize("number", [35, 38])
def test_rows_of_running(check: Callable[[Row], None], number: int) -> None:
    """Each client gets its own answer, and a build that is stopped leaves nothing behind."""
    check(running.ROWS[number])
