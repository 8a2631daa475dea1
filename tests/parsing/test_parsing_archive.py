"""Zips that are traps, and files that are not what they seem: each in one status, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rag.errors import ParseError
from rag.parsing import formats
from rag.parsing.limits import Limits
from rag.types import Document
from tests.files import zipped
from tests.parsing.archives import BROKEN, HONEST, OTHERS, TOO_MUCH, Trap


def _name(trap: Trap) -> str:
    return trap.id


@pytest.mark.parametrize("trap", [*BROKEN, *OTHERS], ids=_name)
def test_refusals(limits: Limits, trap: Trap) -> None:
    """What is damaged, locked, packed or of another format is refused by its exact kind."""
    with pytest.raises(ParseError) as caught:
        formats.read(trap.data, "a.docx", limits)
    assert type(caught.value) is trap.error
    assert trap.reason in caught.value.reason


@pytest.mark.parametrize("trap", TOO_MUCH, ids=_name)
def test_bombs(refusal: Callable[..., ParseError], limits: Limits, trap: Trap) -> None:
    """A zip that inflates to too much is refused before it does, at once and in little memory."""
    refused = refusal("a.docx", trap.data, replace(limits, memory_bytes=400_000_000, cpu_seconds=4))
    assert type(refused) is trap.error
    assert trap.reason in refused.reason


def test_a_climbing_name_beside_a_document(read: Callable[..., Document]) -> None:
    """Nothing is unpacked to disk: a name that climbs out of the zip does no harm."""
    data = zipped(HONEST | {"../../outside.txt": "x", "nested.zip": zipped({"a": "b"})})
    assert read("a.docx", data).text == "Honest text."
