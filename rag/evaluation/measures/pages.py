"""Whether the right page is shown, as FinanceBench asks for it (Islam et al. 2023)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

PageName = tuple[str, int]
"""A document's path and a page's number from 1."""


def right_page(shown: Sequence[Collection[PageName]], gold: Collection[PageName]) -> float:
    """1 if one of the shown things stands on a gold page; each thing comes with its pages."""
    return float(any(page in gold for pages in shown for page in pages))
