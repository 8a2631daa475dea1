"""What is installed and loaded: row 40."""

from __future__ import annotations

from tests.reliability.row import Rows

ROWS: Rows = {}
