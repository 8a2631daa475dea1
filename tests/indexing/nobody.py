"""An index opened, and a build tried, by a process without rights: `python -m ... FOLDER`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rag.errors import RagError
from tests.indexing.builders import corpus, publish, store, vectors

_ROOT = Path(__file__).parents[2]
_NOBODY = 65_534


def as_nobody(folder: Path) -> list[str]:
    """What such a process says of opening the index, and of building one: two lines.

    The folder must lie where others may enter; passing files go beside it.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.indexing.nobody", str(folder)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(folder.parents[1])},
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def _tried(folder: Path) -> None:
    query = vectors(["q"])
    if os.geteuid() == 0:
        os.setuid(_NOBODY)  # after importing: root may do anything, and others not even import
    tempfile.tempdir = None
    reader = store(folder)
    try:
        index = reader.open()
        _say(index.generation, len(index.nearest(query, 3)[0]), reader.verify())
    except RagError as error:
        _say(type(error).__name__, error)
    try:
        publish(reader, *corpus("new"))
    except RagError as error:
        _say(type(error).__name__, error)


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


if __name__ == "__main__":
    _tried(Path(sys.argv[1]))
