"""Builds, files and folders that fail: rows 1 to 16, 39 and 41."""

from __future__ import annotations

from tests.reliability import batches, crashes, damage, generations, kills, strangers
from tests.reliability.row import Rows

ROWS: Rows = {
    1: crashes.each_step,
    2: kills.random_kills,
    3: crashes.power_cuts,
    4: crashes.failing_steps,
    5: crashes.unreadable,
    6: generations.closed_folders,
    7: damage.flipped,
    8: damage.cut,
    9: strangers.hostile,
    10: strangers.formats,
    11: strangers.mismatched,
    12: generations.readers,
    13: generations.writers,
    14: generations.ghosts,
    15: generations.rebuilds,
    16: batches.bad_files,
    39: batches.odd_times,
    41: kills.milvus_kills,
}
