"""Builds, files and folders that fail: rows 1 to 16, and 39."""

from __future__ import annotations

from tests.reliability import crashes, kills
from tests.reliability.row import Rows

ROWS: Rows = {
    1: crashes.each_step,
    2: kills.random_kills,
    3: crashes.power_cuts,
    4: crashes.failing_steps,
    5: crashes.unreadable,
}
