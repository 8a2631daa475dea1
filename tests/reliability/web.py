"""The page and its routes under attack: rows 24 to 34, and 36."""

from __future__ import annotations

from tests.reliability.row import Rows

ROWS: Rows = {}
