"""Readers that misbehave: each ends in time, in one status, and leaves nothing behind."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import DamagedDocumentError, ParseError, TooComplexError
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from tests.parsing.fault_workers import bare, held, within

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SECONDS = 1.5


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No child, dead or alive, and no open file is left after each test of this module."""
    before = held()
    yield
    assert held() <= before


@pytest.mark.parametrize(
    ("command", "error", "reason"),
    [
        pytest.param(bare("while True: pass"), TooComplexError, "took more than 1.5 s", id="spin"),
        pytest.param(bare("time.sleep(60)"), TooComplexError, "took more than 1.5 s", id="sleep"),
        pytest.param(
            bare("signal.signal(signal.SIGTERM, signal.SIG_IGN); os.close(1); time.sleep(60)"),
            DamagedDocumentError, "(no answer)", id="deaf and mute"),
        pytest.param(bare("os.abort()"), DamagedDocumentError, "(SIGABRT)", id="abort"),
        pytest.param(bare("os.kill(os.getpid(), 11)"), DamagedDocumentError, "(SIGSEGV)",
                     id="crash"),
        pytest.param(bare("os.kill(os.getpid(), 9)"), TooComplexError, "needs more memory",
                     id="killed"),
        pytest.param(bare("sys.exit(0)"), DamagedDocumentError, "(exit code 0)", id="silent"),
        pytest.param(bare("raise ValueError"), DamagedDocumentError, "(exit code 1)", id="raise"),
        pytest.param(bare("while True: os.write(1, b'x' * 65536)"), TooComplexError,
                     "holds more than 1,000 characters", id="flood"),
        pytest.param(bare("while True: os.write(1, b'\\n' * 65536)"), TooComplexError,
                     "holds more than 1,000 characters", id="flood of lines"),
        pytest.param(bare("print('[1]\\n{\"end\": 3}')"), DamagedDocumentError, "garbled",
                     id="garbled"),
        pytest.param(bare("os.write(1, b'\\xff\\n{\"end\"}\\n')"), DamagedDocumentError, "garbled",
                     id="not JSON"),
        pytest.param(bare("print('{\"error\": \"SystemExit\", \"reason\": 1}')"),
                     DamagedDocumentError, "garbled", id="foreign error"),
    ],
)  # fmt: skip
def test_faults(
    tmp_path: Path,
    limits: Limits,
    command: tuple[str, ...],
    error: type[ParseError],
    reason: str,
) -> None:
    """Whatever the child does, the parser says so in one error within its time and a second."""
    (tmp_path / "a.txt").write_text("text")
    few = replace(limits, seconds=SECONDS, characters=1_000, pages=10)
    started = time.monotonic()
    with pytest.raises(ParseError) as caught:
        FolderParser(tmp_path, few, command).parse(tmp_path / "a.txt")
    assert time.monotonic() - started < SECONDS + 1
    assert type(caught.value) is error
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("expression", "error", "reason"),
    [
        pytest.param("bytearray(10**11)", TooComplexError, "needs more than 512 MB of memory",
                     id="memory at once"),
        pytest.param("[bytes(1 << 20) for _ in range(10**6)]", TooComplexError,
                     "needs more than 512 MB of memory", id="memory bit by bit"),
        pytest.param("{}['key']", DamagedDocumentError, "breaks the parser (KeyError)",
                     id="KeyError"),
        pytest.param("(lambda f: f(f))(lambda f: f(f))", DamagedDocumentError,
                     "breaks the parser (RecursionError)", id="recursion"),
        pytest.param("open(FILE, 'wb').write(bytes(10**6))",
                     DamagedDocumentError, "breaks the parser (OSError)", id="writes a file"),
        pytest.param("[open('/dev/null') for _ in range(100)]", DamagedDocumentError,
                     "breaks the parser (OSError)", id="opens many files"),
    ],
)  # fmt: skip
def test_faults_of_reading(
    tmp_path: Path, limits: Limits, expression: str, error: type[ParseError], reason: str
) -> None:
    """A reader over its limits, or with a fault of its own, still says last words."""
    (tmp_path / "a.txt").write_text("text")
    command = within(expression.replace("FILE", repr(str(tmp_path / "written"))))
    few = replace(limits, memory_bytes=2**29)
    with pytest.raises(ParseError) as caught:
        FolderParser(tmp_path, few, command).parse(tmp_path / "a.txt")
    assert type(caught.value) is error
    assert caught.value.reason == reason


def test_processor_time(tmp_path: Path, limits: Limits) -> None:
    """A child that spends its processor time is stopped, and the reason is named."""
    (tmp_path / "a.txt").write_text("text")
    parser = FolderParser(tmp_path, replace(limits, cpu_seconds=1), within("sum(iter(int, 1))"))
    with pytest.raises(TooComplexError, match="took more than 1 s of processor time"):
        parser.parse(tmp_path / "a.txt")


def test_descendants_die_with_the_child(tmp_path: Path, limits: Limits) -> None:
    """Processes that the child started and left behind are gone when parsing ends."""
    (tmp_path / "a.txt").write_text("text")
    pids = tmp_path / "pids"
    code = (
        f"for _ in range(5):\n pid = os.fork()\n if not pid: time.sleep(60)\n"
        f" open({str(pids)!r}, 'a').write(f'{{pid}} ')\n"
    )
    few = replace(limits, seconds=SECONDS)
    with pytest.raises(ParseError):
        FolderParser(tmp_path, few, bare(code)).parse(tmp_path / "a.txt")
    started = pids.read_text().split()
    assert len(started) == 5
    assert not [pid for pid in started if _runs(pid)]


def _runs(pid: str) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_the_next_file_goes_on(tmp_path: Path, limits: Limits) -> None:
    """After a child was killed, another file is read as if nothing had been."""
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(TooComplexError):
        FolderParser(tmp_path, replace(limits, seconds=0.2), bare("time.sleep(9)")).parse(
            tmp_path / "a.txt"
        )
    assert FolderParser(tmp_path, limits).parse(tmp_path / "a.txt").text == "text"
