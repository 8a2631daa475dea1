"""The page and its routes under attack, briefly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.reliability import web
from tests.reliability.row import Row

pytestmark = pytest.mark.server


@pytest.mark.parametrize("number", web.ROWS)
def test_rows_of_the_web(check: Callable[[Row], None], number: int) -> None:
    """Nothing leaks, nothing fails, nobody is kept out, and other sites are refused."""
    check(web.ROWS[number])
