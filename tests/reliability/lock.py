"""Writes requirements.lock: for each tested package the hash of the file that pip takes.

    python -m tests.reliability.lock > requirements.lock

It needs the network, installs nothing, and asks pip itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HEAD = """\
# The tested set by hash: one file for each package, as pip takes it on x86_64 Linux with
# CPython 3.11. torch is the build for the processor, from an index that has it: its namesake on
# PyPI is another file.
#     pip install --require-hashes --no-deps -r requirements.lock
#     pip install --no-deps --no-build-isolation --editable .
# Written by `python -m tests.reliability.lock`.
"""


def main() -> None:
    """Prints the lock."""
    root = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        asked = ["--dry-run", "--quiet", "--ignore-installed", "--report", str(report)]
        given = ["--constraint", str(root / "constraints.txt"), f"{root}[dev]", "hatchling"]
        pip = [sys.executable, "-m", "pip", "install", *asked, *given]
        subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
        taken = json.loads(report.read_text("utf-8"))["install"]
    lines = sorted(_line(each) for each in taken if each["metadata"]["name"] != "rag")
    sys.stdout.write(HEAD + "\n".join(lines) + "\n")


def _line(taken: dict[str, Any]) -> str:
    metadata = taken["metadata"]
    digest = taken["download_info"]["archive_info"]["hashes"]["sha256"]
    return f"{metadata['name'].lower()}=={metadata['version']} --hash=sha256:{digest}"


if __name__ == "__main__":
    main()
