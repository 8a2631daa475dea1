"""The page under load, for long, and when it is stopped: rows 35, 37 and 38."""

from __future__ import annotations

from tests.reliability.row import Rows

ROWS: Rows = {}
