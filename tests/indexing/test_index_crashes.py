"""Whatever interrupts a build, the index is the old one or the new one, and whole."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from rag.errors import IndexingError
from tests.indexing.builders import corpus, publish, store
from tests.indexing.faults import Failing, Recording, Stepping, lay

ROOT = Path(__file__).parents[2]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """An index with two generations; the live one says "old"."""
    folder = tmp_path / "template"
    publish(store(folder), *corpus("older"))
    publish(store(folder), *corpus("old"))
    return folder


def test_a_power_cut_during_the_first_build_leaves_no_index_or_the_new_one(tmp_path: Path) -> None:
    """Before anything was published, a cut leaves nothing that a reader would mistake."""
    folder = tmp_path / "index"
    folder.mkdir()
    recording = Recording(folder)
    publish(store(folder, recording), *corpus("new"))
    found: list[str] = []
    states = {
        frozenset(tree.items()): tree for moment in recording.moments for tree in moment.states()
    }
    for tree in list(states.values())[::10]:
        place = tmp_path / "state"
        lay(tree, place)
        try:
            found.append(str(store(place).open().generation))
        except IndexingError as error:
            found.append(type(error).__name__)
        shutil.rmtree(place)
    assert set(found) == {"IndexMissingError", "1"}


def test_no_step_is_repeated_after_a_failed_sync(template: Path) -> None:
    """A file whose fsync failed is not synced again: the second call would lie."""
    counting = Stepping()
    publish(store(template, counting), *corpus("new"))
    step = counting.steps.index(("sync", "MANIFEST.json")) + 1
    # Number 3 is built like number 2 was, up to names: the same step is the same operation.
    failing = Failing(step, errno.EIO)
    with pytest.raises(IndexingError, match="Input/output error"):
        publish(store(template, failing), *corpus("newer"))
    assert failing.steps[step - 1][0] == "sync"
    assert failing.steps[step - 1] not in failing.steps[step:]


def test_what_was_published_is_durable_before_it_is_live(template: Path) -> None:
    """Files are synced before the manifest, folders before the rename, that before CURRENT."""
    counting = Stepping()
    publish(store(template, counting), *corpus("new"))
    order = [
        counting.steps.index(step)
        for step in [
            ("sync", "corpus.sqlite"),
            ("sync", "vectors.faiss"),
            ("sync", "MANIFEST.json"),
            ("sync_folder", "lexical"),
            ("sync_folder", "gen-000003.tmp"),
            ("rename", "gen-000003.tmp"),
            ("sync", "CURRENT.tmp"),
            ("rename", "CURRENT.tmp"),
        ]
    ]
    assert order == sorted(order)
    assert counting.steps[order[-1] + 1] == ("sync_folder", template.name)
