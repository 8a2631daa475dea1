"""Several processes, briefly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.processes import ROWS
from tests.reliability.row import Row

pytestmark = [pytest.mark.server, pytest.mark.model]


def test_any_process_answers_and_opens_what_another_said(
    check: Callable[[Row], None], exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions, citations, logins and uploads behind nginx; then one process dies."""
    monkeypatch.setenv("RAG_EXPORTS", str(exports))
    check(ROWS[42])
