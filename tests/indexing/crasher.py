"""Builds over and over on copies of one index, each time killed one step later; a child process.

    python -m tests.indexing.crasher TEMPLATE FOLDER

leaves FOLDER/1, FOLDER/2, ... and ends after the first build that no kill interrupted. It forks,
because importing takes longer than building; nothing has searched before, so no thread exists.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

from tests.indexing.builders import corpus, publish, store
from tests.indexing.faults import Dying


def main(template: Path, folder: Path) -> int:
    """Returns 0 if each child was either killed or finished."""
    for step in count(1):
        place = folder / str(step)
        shutil.copytree(template, place)
        child = os.fork()
        if not child:
            publish(store(place, Dying(step)), *corpus("new"))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            return os.WEXITSTATUS(status)
        if os.WTERMSIG(status) != signal.SIGKILL:
            return 1
    return 1


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
