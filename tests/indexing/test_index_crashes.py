"""Whatever interrupts a build, the index is the old one or the new one, and whole."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rag.errors import ConfigError, IndexingError
from tests.indexing.builders import LONG, corpus, publish, store, strays
from tests.indexing.faults import Failing, Recording, Stepping, lay

ROOT = Path(__file__).parents[2]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """An index with two generations; the live one says "old"."""
    folder = tmp_path / "template"
    publish(store(folder), *corpus("older"))
    publish(store(folder), *corpus("old"))
    return folder


def tag(folder: Path) -> str:
    """What every passage says, of the one generation that a healthy reader is given."""
    reader = store(folder)
    index = reader.open()
    assert reader.warnings == ()
    words = [passage.text.split(" of ")[1].split()[0] for passage in index.passages(range(6))]
    assert len(index) == 6
    assert len(set(words)) == 1
    return words[0]


def check_recovery(folder: Path) -> None:
    """The next build succeeds, leaves nothing behind, and the index is sound."""
    publish(store(folder), *corpus("next"))
    assert tag(folder) == "next"
    assert strays(folder) == []
    assert len(list(folder.glob("gen-*"))) == 2
    assert store(folder).verify() == []


def test_a_kill_at_any_step_loses_nothing(template: Path, tmp_path: Path) -> None:
    """SIGKILL before every step, and halfway through every write: old or new, never neither."""
    folder = tmp_path / "killed"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.indexing.crasher", str(template), str(folder)]
    environment = {**os.environ, "TMPDIR": tempfile.gettempdir()}
    subprocess.run(command, check=True, cwd=ROOT, env=environment, timeout=300)
    places = sorted(folder.iterdir(), key=lambda place: int(place.name))
    found = [tag(place) for place in places]
    assert len(found) > 40
    assert found == sorted(found, key=["old", "new"].index)
    assert {found[0], found[-1]} == {"old", "new"}
    for place in places[:: max(1, 5 // LONG)]:
        assert store(place).verify() == []
        check_recovery(place)


def test_a_power_cut_at_any_step_loses_nothing(template: Path, tmp_path: Path) -> None:
    """Every state that unsynced bytes and names may be in after each step opens as old or new."""
    recording = Recording(template)
    publish(store(template, recording), *corpus("new"))
    seen: set[int] = set()
    found: list[str] = []
    for moment in recording.moments:
        for torn in ("full", "empty", "half", "zeroed"):
            for tree in moment.trees(torn):
                if (key := hash(frozenset(tree.items()))) in seen:
                    continue
                seen.add(key)
                place = tmp_path / "state"
                lay(tree, place)
                found.append(tag(place))
                if len(seen) % (20 // min(LONG, 20)) == 0:
                    check_recovery(place)
                shutil.rmtree(place)
    assert len(seen) >= 200
    assert set(found) == {"old", "new"}


def test_a_power_cut_during_the_first_build_leaves_no_index_or_the_new_one(tmp_path: Path) -> None:
    """Before anything was published, a cut leaves nothing that a reader would mistake."""
    folder = tmp_path / "index"
    folder.mkdir()
    recording = Recording(folder)
    publish(store(folder, recording), *corpus("new"))
    found: list[str] = []
    for number, moment in enumerate(recording.moments):
        for place_number, tree in enumerate(moment.trees("half")):
            place = tmp_path / f"state-{number}-{place_number}"
            lay(tree, place)
            try:
                found.append(str(store(place).open().generation))
            except IndexingError as error:
                found.append(type(error).__name__)
            shutil.rmtree(place)
    assert set(found) == {"IndexMissingError", "1"}


@pytest.mark.parametrize(
    ("number", "forever"),
    [(errno.ENOSPC, False), (errno.ENOSPC, True), (errno.EIO, False)],
    ids=["disk full for a moment", "disk full from then on", "one i/o error"],
)
def test_a_failing_step_fails_the_build_alone(
    template: Path, tmp_path: Path, number: int, *, forever: bool
) -> None:
    """Each step in turn fails: one sentence or a good index, one of them served, no rubbish."""
    failures = 0
    for step in range(1, 1000):
        place = tmp_path / "place"
        shutil.copytree(template, place)
        failing = Failing(step, number, forever=forever)
        try:
            publish(store(place, failing), *corpus("new"))
        except (IndexingError, ConfigError) as error:
            failures += 1
            assert "\n" not in str(error)  # noqa: PT017 - only some steps fail the build
            assert tag(place) in {"old", "new"}
            assert forever or strays(place) == []
        else:
            assert tag(place) == "new"
        if step % (10 // min(LONG, 10)) == 0:
            check_recovery(place)
        shutil.rmtree(place)
        if not failing.failed:
            break
    assert failures > 25
    assert not failing.failed


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
