"""How a generation was made, held against how it would be made now."""

from __future__ import annotations

from collections.abc import Mapping

from rag.errors import IndexMismatchError


def check_recipe(found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Raises IndexMismatchError naming what differs, with both values."""
    differing = ", ".join(
        f"{name} (wanted {wanted.get(name, 'none')}, found {found.get(name, 'none')})"
        for name in sorted({*found, *wanted})
        if found.get(name) != wanted.get(name)
    )
    if differing:
        raise IndexMismatchError(f"the index was built with another {differing}: run `rag index`")
