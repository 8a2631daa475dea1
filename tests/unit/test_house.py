"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

import rag
from tests.conftest import ROOT

SOURCES = sorted((ROOT / "rag").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
LONGEST_FUNCTION = 45
"""In lines, docstring included."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(paths: list[Path]) -> Iterator[tuple[str, Function]]:
    """Every function of these files with the place where it stands."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, Function):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_every_test_says_what_it_proves() -> None:
    """A test without a sentence of its own is named here."""
    silent = [
        place
        for place, node in functions(TESTS)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_functions_stay_short() -> None:
    """No function of the package is longer than a screen."""
    long = [
        place
        for place, node in functions(SOURCES)
        if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """The largest cycle of imports has length 0."""
    graph = grimp.build_graph("rag")
    circles = [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if graph.chain_exists(imported, importer)
    ]
    assert circles == []


def test_the_public_face_is_sorted_and_real() -> None:
    """`rag.__all__` is in order, and everything in it exists."""
    assert sorted(rag.__all__) == rag.__all__
    assert all(hasattr(rag, name) for name in rag.__all__)


@pytest.mark.parametrize(
    "banned",
    [
        r"\bpickle\b",
        r"\bjoblib\b",
        r"(?<![.\w])(eval|exec)\(",
        r"shell=True",
        r"trust_remote_code=True",
        r"sanitize_html=False",
        r"\bgr\.load\(",
        r"allow_pickle=True",
    ],
)
def test_what_runs_code_from_data_is_absent(banned: str) -> None:
    """Nothing in the package unpickles, evaluates or trusts code that came as data."""
    assert [path.name for path in SOURCES if re.search(banned, path.read_text("utf-8"))] == []
