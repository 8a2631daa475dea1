"""Builds, files and folders that fail: rows 1 to 16, and 39."""

from __future__ import annotations

from tests.reliability.row import Rows

ROWS: Rows = {}
