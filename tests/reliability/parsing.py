"""Documents made to break their reader: rows 17 to 23."""

from __future__ import annotations

from tests.reliability.row import Rows

ROWS: Rows = {}
