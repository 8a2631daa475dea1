"""Builds that are cut off or meet a failing disk: whatever happens, old or new, and whole."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import ConfigError, IndexingError
from tests.conftest import ROOT
from tests.indexing.builders import corpus, publish, store, strays
from tests.indexing.faults import Failing, Recording, lay
from tests.reliability.row import Outcome, Run

_SMALL_DISK = "1m"


def template(run: Run) -> Path:
    """An index with two generations; the live one says "old"."""
    folder = run.folder / "template"
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


def each_step(run: Run) -> Outcome:
    """Kill -9 before each step of storage, and halfway through each write"""
    found = Outcome()
    folder = run.folder / "killed"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.indexing.crasher", str(template(run)), str(folder)]
    environment = {**os.environ, "TMPDIR": tempfile.gettempdir()}
    subprocess.run(command, check=True, cwd=ROOT, env=environment, timeout=600)
    tags: list[str] = []
    for place in sorted(folder.iterdir(), key=lambda place: int(place.name)):
        with found.trial(f"killed before step {place.name}"):
            tags.append(tag(place))
            if int(place.name) % run.count(5, 1) == 0:
                check_recovery(place)
    with found.trial("old, and from one step on new"):
        assert tags == sorted(tags, key=["old", "new"].index)
        assert set(tags) == {"old", "new"}
        assert len(tags) > 40
    found.figures |= {"old": tags.count("old"), "new": tags.count("new")}
    return found


def power_cuts(run: Run) -> Outcome:
    """A power cut after any step: unsynced bytes gone, halved, zeroed or mixed, names lost"""
    found = Outcome()
    folder = template(run)
    recording = Recording(folder)
    publish(store(folder, recording), *corpus("new"))
    seen: set[int] = set()
    tags: set[str] = set()
    for number, moment in enumerate(recording.moments, start=1):
        for tree in moment.states():
            if (key := hash(frozenset(tree.items()))) in seen:
                continue
            seen.add(key)
            if len(seen) % run.count(14, 1):
                continue
            place = run.folder / "state"
            lay(tree, place)
            with found.trial(f"state {len(seen)}, after step {number}"):
                tags.add(tag(place))
                if len(seen) % run.count(200, 10) == 0:
                    check_recovery(place)
            shutil.rmtree(place)
    with found.trial("enough states, and both old and new among them"):
        assert found.trials >= 300
        assert tags == {"old", "new"}
    found.figures |= {"distinct states": len(seen), "steps": len(recording.moments)}
    return found


def failing_steps(run: Run) -> Outcome:
    """Disk full or an i/o error at each step in turn; a small disk that is really full"""
    found = Outcome()
    folder = template(run)
    for name, number, forever in (
        ("disk full once", errno.ENOSPC, False),
        ("disk full from then on", errno.ENOSPC, True),
        ("one i/o error", errno.EIO, False),
    ):
        found.figures[name] = _each_step_fails(run, found, folder, name, number, forever=forever)
    _full_disks(run, found)
    return found


def _each_step_fails(  # noqa: PLR0913 - one kind of failure, named
    run: Run, found: Outcome, folder: Path, name: str, number: int, *, forever: bool
) -> int:
    """How many builds failed of it."""
    failures = 0
    for step in range(1, 1000, run.count(3, 1)):
        place = run.folder / "place"
        shutil.copytree(folder, place)
        failing = Failing(step, number, forever=forever)
        with found.trial(f"{name}, step {step}"):
            failures += _builds_or_says_why(place, failing, forever=forever)
            if failures % run.count(10, 1) == 0:
                check_recovery(place)
        shutil.rmtree(place)
        if not failing.failed:
            break
    with found.trial(f"{name}: many steps can fail, and one is the last"):
        assert failures > run.count(20, 60)
        assert not failing.failed
    return failures


def _builds_or_says_why(place: Path, failing: Failing, *, forever: bool) -> bool:
    """Whether the build failed, and the index is then the old one or the new one."""
    try:
        publish(store(place, failing), *corpus("new"))
    except (IndexingError, ConfigError) as error:
        assert "\n" not in str(error)  # noqa: PT017 - only some steps fail the build
        assert tag(place) in {"old", "new"}
        assert forever or strays(place) == []
        return True
    assert tag(place) == "new"
    return False


def _full_disks(run: Run, found: Outcome) -> None:
    """On a disk of a mebibyte, filled but for a little more each time."""
    disk = run.folder / "disk"
    disk.mkdir()
    with _small_disk(disk) as mounted:
        if not mounted:
            found.figures["small disk"] = "may not be mounted here"
            return
        publish(store(disk / "index"), *corpus("old"))
        refused = 0
        for kibibytes in range(0, 400, run.count(40, 8)):
            with found.trial(f"{kibibytes} KiB free"):
                _fill(disk / "ballast", kibibytes)
                before = tag(disk / "index")
                try:
                    publish(store(disk / "index"), *corpus("new"))
                except (IndexingError, ConfigError):
                    refused += 1
                    assert tag(disk / "index") in {before, "new"}
                (disk / "ballast").unlink()
                check_recovery(disk / "index")
                publish(store(disk / "index"), *corpus("old"))
        found.figures["small disk: builds refused"] = refused


@contextmanager
def _small_disk(at: Path) -> Iterator[bool]:
    """A file system of its own at a folder, where the system lets us mount one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL_DISK}", "none", str(at)]
    done = subprocess.run(command, capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", str(at)], check=True)


def _fill(path: Path, free: int) -> None:
    """Takes all room but about `free` KiB."""
    rest = os.statvfs(path.parent)
    path.write_bytes(bytes(max(0, rest.f_bavail * rest.f_frsize - free * 1024)))


def unreadable(run: Run) -> Outcome:
    """An i/o error at each reading step: an older generation with a warning, or a retry"""
    found = Outcome()
    folder = run.folder / "index"
    publish(store(folder), *corpus("old"))
    publish(store(folder), *corpus("new"))
    served: list[int] = []
    for step in range(1, 100):
        failing = Failing(step, errno.EIO)
        with found.trial(f"reading step {step}"):
            reader = store(folder, failing)
            index = reader.open()
            word = "old" if index.generation == 1 else "new"
            assert all(f"of {word}" in each.text for each in index.passages(range(6)))
            assert (word == "old") == any("Input/output" in each for each in reader.warnings)
            served.append(index.generation)
        if not failing.failed:
            break
    with found.trial("each file was among them"):
        files = sum(path.is_file() for path in (folder / "gen-000002").rglob("*"))
        assert served.count(1) == files
        assert not failing.failed
    found.figures |= {"fell back": served.count(1), "wrong answers": len(found.failures)}
    return found
