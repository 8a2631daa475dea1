"""Files added from the page: what is taken, what is not, and that nothing half done is left."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import FilePayload, expect

from rag.config import ServerSettings
from rag.errors import ConfigError, IndexBusyError
from rag.indexing.storage import Storage
from rag.ingest import Ingested
from rag.ports import Progress
from rag.types import Source
from rag.ui import stack as stacks
from rag.ui.arrivals import ELSEWHERE, FAILED, WAITING
from rag.ui.guards import App
from rag.ui.stack import ABANDONED, DAYS, FullError, Stack, safe_name
from rag.ui.state import State
from rag.ui.uploads import Uploads, wanted
from tests.ui.conftest import Tab, built, serving
from tests.ui.fakes import LANDMINES, FakeLibrary
from tests.ui.test_ui_access import complaints
from tests.ui.test_ui_guards import request

LARGEST = 5_000_000
HOSTILE = "../<img src=x onerror=alert(1)>\u202e.txt"


class Growing(FakeLibrary):
    """Holds the statement and whatever lies in a folder; its indexing can be held up, and fail."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.held: Sequence[Source] = super().sources()
        self.free = threading.Event()
        self.free.set()
        self.errors: list[Exception] = []
        self.runs = 0

    def sources(self) -> Sequence[Source]:
        return self.held

    def ingest(self, progress: Progress = lambda *_: None) -> Ingested:
        self.runs += 1
        if self.errors:
            raise self.errors.pop()
        progress("Embedding passages", 1, 2)
        found = [each for each in self.folder.glob("uploads/*") if each.is_file()]
        assert self.free.wait(30)
        self.held = [*super().sources(), *(_source(each) for each in sorted(found))]
        self.generation += 1
        return Ingested(tuple(self.held), self.generation, published=True)


def _source(file: Path) -> Source:
    name, data = f"uploads/{file.name}", file.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if b"LOCKED" in data:
        return Source(name, None, reason="needs a password: save a copy without one", digest=digest)
    return Source(name, digest, file.name, 1, 12, digest=digest)


@pytest.fixture
def library(tmp_path: Path) -> Growing:
    return Growing(tmp_path)


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path, LARGEST)


@pytest.fixture
def uploads(library: Growing, stack: Stack) -> Uploads:
    return Uploads(library, stack)


@pytest.fixture
def app(library: Growing, uploads: Uploads) -> App:
    return built(library, uploads=uploads)


def send(app: App, name: str, data: bytes, size: int | None = None) -> tuple[int, str]:
    """Status and verdict of one upload."""
    length = {"content-length": str(len(data) if size is None else size)}
    path = "/documents"
    status, _, body = request(app, "POST", path, length.items(), [data], f"name={quote(name)}")
    try:
        return status, json.loads(body)["verdict"]
    except ValueError:
        return status, body.decode()


def verdicts(uploads: Uploads) -> list[str]:
    """What became of all files, once nothing is under way."""
    worker = uploads.arrivals._worker
    if worker is not None:
        worker.join(30)
    assert not uploads.arrivals.doing
    return [each.verdict for each in uploads.arrivals.told]


def left(folder: Path) -> list[str]:
    """All files under the folder."""
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def test_a_file_is_taken_in_indexed_removed_and_brought_back(
    app: App, uploads: Uploads, library: Growing, tmp_path: Path
) -> None:
    """It lies under a name of our own, gets its verdict, and removal can be undone, each followed
    by a run.
    """
    assert send(app, HOSTILE, b"Words.") == (202, "")
    assert verdicts(uploads) == ["indexed, 12 passages"]
    name = "img src_x onerror_alert(1).txt"
    assert left(tmp_path) == [f"uploads/{name}"]
    _, _, body = request(app, "GET", "/documents")
    assert json.loads(body)["uploaded"] == [name]
    status, _, body = request(app, "DELETE", "/documents", query=f"name={quote(name)}")
    key = json.loads(body)["key"]
    assert (status, verdicts(uploads)) == (200, [])
    assert len(library.held) == 2
    assert send(app, name, b"Others.") == (202, "")
    status, _, body = request(app, "POST", "/documents/restore", query=f"key={key}")
    assert json.loads(body) == {"name": name.replace(".txt", " (2).txt")}
    assert verdicts(uploads) == ["indexed, 12 passages"] * 2
    assert request(app, "POST", "/documents/restore", query=f"key={key}")[0] == 404
    for elsewhere in ("../statement.txt", ".removed", "", "nothing.txt", "/etc/passwd"):
        query = f"name={quote(elsewhere)}"
        assert request(app, "DELETE", "/documents", query=query)[0] == 404
    assert len(library.held) == 4


def test_what_is_not_taken_leaves_nothing_and_says_why(
    app: App, uploads: Uploads, library: Growing, tmp_path: Path
) -> None:
    """Empty, too large, of another kind, cut short, without a length, known already: one sentence
    each, and no file.
    """
    assert send(app, "a.txt", b"") == (400, "not added: It is empty.")
    assert send(app, "a.txt", b"x", LARGEST + 1)[0] == 413
    assert send(app, "a.png", b"\x89PNG\r\n\x1a\n")[0] == 415
    assert "no format" in send(app, "a.exe", b"MZ")[1]
    assert send(app, "a.txt", b"Half", 8) == (400, "not added: The file did not arrive whole.")
    assert request(app, "POST", "/documents", (), [b"x"])[0] == 400
    digest = hashlib.sha256(b"Known.").hexdigest()
    library.held = [Source("k.txt", digest, "The known one")]
    assert send(app, "k.txt", b"Known.")[1] == "not added: it is the same file as The known one"
    assert left(tmp_path) == []
    assert library.runs == 0
    foreign = {"sec-fetch-site": "cross-site"}
    assert request(app, "POST", "/documents", foreign.items())[0] == 403
    assert request(app, "DELETE", "/documents", foreign.items())[0] == 403


def test_what_cannot_be_read_is_taken_out_again(
    app: App, uploads: Uploads, library: Growing, tmp_path: Path
) -> None:
    """A file that needs a password, and the second of two that are the same, are deleted, and the
    index forgets them.
    """
    library.free.clear()
    assert send(app, "first.txt", b"LOCKED")[0] == 202  # while it is read, two more come
    assert send(app, "one.txt", b"Same.")[0] == 202
    assert send(app, "two.txt", b"Same.")[0] == 202
    assert WAITING in [each.verdict for each in uploads.arrivals.told]
    library.free.set()
    locked, one, two = verdicts(uploads)
    assert locked == "not added: it needs a password: save a copy without one"
    assert one == "indexed, 12 passages"
    assert two == "not added: it is the same file as one.txt"
    assert left(tmp_path) == ["uploads/one.txt"]
    assert [each.path for each in library.held][2:] == ["uploads/one.txt"]


def test_another_writer_is_waited_for_and_failures_are_told(
    app: App, uploads: Uploads, library: Growing
) -> None:
    """A busy index is tried again, an error ends in its sentence, what nobody foresaw in ours."""
    uploads.arrivals._again = 0.2
    library.errors = [IndexBusyError("busy")] * 2
    assert send(app, "a.txt", b"A")[0] == 202
    assert uploads.arrivals.doing in {ELSEWHERE, "Looking through the documents."}
    assert verdicts(uploads) == ["indexed, 12 passages"]
    assert library.runs == 3
    library.errors = [ZeroDivisionError("secret path"), ConfigError("No room.")]
    assert send(app, "b.txt", b"B")[0] == 202
    assert verdicts(uploads)[-1] == "could not be indexed: No room."
    assert send(app, "c.txt", b"C")[0] == 202
    assert verdicts(uploads)[-1] == FAILED


def test_there_is_an_end_to_files_and_bytes(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the number of files or bytes, or on a full disk, nothing is taken and nothing left."""
    monkeypatch.setattr(stacks, "MOST_BYTES", 10)
    assert send(app, "a.txt", b"123456")[0] == 202
    status, said = send(app, "b.txt", b"12345")
    assert (status, "together" in said) == (507, True)
    monkeypatch.setattr(stacks, "MOST_FILES", 1)
    assert "1 uploaded files already" in send(app, "b.txt", b"1")[1]
    monkeypatch.setattr(stacks, "MOST_FILES", 9)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Storage, "write", full)
    assert send(app, "b.txt", b"1") == (
        507, "not added: it cannot be written (No space left on device)",
    )  # fmt: skip
    assert left(tmp_path) == ["uploads/a.txt"]


def test_a_server_that_starts_tidies_and_indexes_what_was_left(
    uploads: Uploads, library: Growing, stack: Stack, tmp_path: Path
) -> None:
    """Halves to which nothing is added go, removed files go after their days, and a file that was
    never indexed is.
    """
    arriving = stack.begin(10)
    arriving.write_bytes(b"Half")
    for each in (arriving, arriving.parent):
        os.utime(each, (0, time.time() - ABANDONED - 1))
    whole = stack.begin(10)
    whole.write_bytes(b"Whole")
    stack.place(whole, "old.txt")
    key = stack.remove("old.txt")
    uploads.start()
    assert left(tmp_path) == [f"uploads/.removed/{key}-old.txt"]
    assert (stack.restore(key), library.runs) == ("old.txt", 0)
    uploads.start()
    assert (verdicts(uploads), library.runs) == ([], 1)
    stack.remove("old.txt")
    later = Stack(tmp_path, LARGEST, clock=lambda: time.time() + DAYS * 86_400 + 60)
    later.tidy()
    assert left(tmp_path) == []


def test_two_servers_share_folder_and_verdicts(library: Growing, tmp_path: Path) -> None:
    """One starts while the other takes in a file, which stays; both tell of the same files, and
    either removes and brings back. What one did not come to judge, the other does.
    """
    file = tmp_path / "state"
    one, two = (
        Uploads(library, Stack(tmp_path, LARGEST), State(file)) for _ in range(2)
    )  # fmt: skip
    apps = [built(library, uploads=each) for each in (one, two)]
    arriving = one._stack.begin(5)
    two.start()
    arriving.write_bytes(b"Words")
    assert one._stack.place(arriving, "w.txt") == "w.txt"
    assert send(apps[0], "a.txt", b"One.") == (202, "")
    assert verdicts(one) == ["indexed, 12 passages"]
    assert verdicts(two) == verdicts(one)
    status, _, body = request(apps[1], "DELETE", "/documents", query="name=a.txt")
    assert (status, verdicts(two)) == (200, [])
    key = json.loads(body)["key"]
    assert request(apps[0], "POST", "/documents/restore", query=f"key={key}")[0] == 200
    assert verdicts(one) == ["indexed, 12 passages"]
    one.arrivals.stop()  # and the process ends before it has read what it took in
    assert send(apps[0], "b.txt", b"Two.") == (202, "")
    assert two.arrivals.told[-1].verdict == WAITING
    two.start()
    assert verdicts(two) == ["indexed, 12 passages"] * 2
    assert one.arrivals.told == two.arrivals.told


def test_two_servers_do_not_take_one_name_or_the_last_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that arrive at the same time at several of them get names of their own, and what is
    promised by one is not promised again by another.
    """
    stacks_ = [Stack(tmp_path, LARGEST) for _ in range(4)]

    def placed(number: int) -> str:
        stack = stacks_[number % 4]
        arriving = stack.begin(3)
        arriving.write_bytes(b"%03d" % number)
        return stack.place(arriving, "same.txt")

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(placed, range(40)))
    assert len(set(names)) == 40
    held = {each.read_bytes() for each in (tmp_path / "uploads").glob("*.txt")}
    assert held == {b"%03d" % number for number in range(40)}
    monkeypatch.setattr(stacks, "MOST_BYTES", 125)
    stacks_[0].begin(4)
    with pytest.raises(FullError):
        stacks_[1].begin(4)


@pytest.mark.parametrize(
    ("given", "kind", "kept"),
    [
        ("Report 2023.PDF", "pdf", "Report 2023.pdf"),
        ("../../etc/passwd", "txt", "passwd.txt"),
        ("C:\\dir\\a b.docx", "zip", "a b.docx"),
        (".hidden", "pdf", "hidden.pdf"),
        ("~$lock.tmp", "pdf", "lock.pdf"),
        ("отчёт-ərizə.txt", "txt", "отчёт-ərizə.txt"),
        ("\u202egpj.exe\0", "pdf", "gpj.exe"),
        ("", "pdf", "document.pdf"),
        ("x" * 500 + ".pdf", "pdf", "x" * 40 + ".pdf"),
    ],
)
def test_names_are_made_harmless(given: str, kind: str, kept: str) -> None:
    """No way to another folder, no hidden or passing file, no mark that turns the writing."""
    assert safe_name(given, kind) == kept


def test_files_are_taken_from_this_machine_and_accounts_unless_told_otherwise() -> None:
    """By default not where everybody may ask; on and off mean what they say."""
    assert wanted(ServerSettings(), local=True)
    assert wanted(ServerSettings(users="accounts"), local=False)
    assert not wanted(ServerSettings(open=True), local=False)
    assert wanted(ServerSettings(uploads="on"), local=False)
    assert not wanted(ServerSettings(uploads="off"), local=True)
    with pytest.raises(ConfigError, match="auto, on or off"):
        wanted(ServerSettings(uploads="yes"), local=True)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_files_are_added_from_the_page_and_taken_out_again(
    open_tab: Callable[..., Tab], library: Growing, uploads: Uploads, width: int, scheme: str
) -> None:
    """Chosen or dropped, with a verdict for each; the panel follows by itself, in both of two
    pages, while questions are answered; removal is undone.
    """
    with serving(library, uploads=uploads) as address:
        size = {"width": width, "height": 800}
        tab = open_tab(address, viewport=size, color_scheme=scheme, reduced_motion="reduce")
        page = tab.page
        opener = page.locator("#shelf > button")
        opener.click()
        library.free.clear()
        texts = [(HOSTILE, b"One."), ("locked.txt", b"LOCKED"), ("picture.txt", b"GIF89a")]
        page.locator("#uploads input").set_input_files(
            [FilePayload(name=name, mimeType="text/plain", buffer=data) for name, data in texts]
        )
        rows = page.locator("#uploads li")
        expect(rows.filter(has_text="picture.txt")).to_contain_text("not added: it is an image")
        expect(rows.filter(has_text="locked.txt")).to_contain_text(WAITING)
        expect(page.locator("#uploads")).to_contain_text("Embedding passages, 1 of 2.")
        tab.ask(LANDMINES)
        expect(page.locator("#answer-1")).to_contain_text("274")
        library.free.set()
        expect(rows.filter(has_text="locked.txt")).to_contain_text("needs a password")
        expect(rows.filter(has_text="onerror")).to_contain_text("indexed, 12 passages")
        expect(opener).to_contain_text("2 documents, 1 file skipped")
        other = open_tab(address).page
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(DROP, "dropped.txt")
        expect(opener).to_contain_text("3 documents")
        page.get_by_role("button", name="Remove dropped.txt").click()
        expect(opener).to_contain_text("2 documents")
        page.get_by_role("button", name="Undo").click()
        expect(opener).to_contain_text("3 documents")
        library.held, library.generation = [], library.generation + 1
        expect(page.locator("#talk .since")).to_contain_text("was taken out of the library")
        expect(page.locator("#side .since")).to_be_visible()
        library.ingest()
        other.bring_to_front()
        expect(other.locator("#shelf > button")).to_contain_text("3 documents")
        assert not [each for each in tab.complaints if "415" not in each]
        assert not tab.strays
        assert not tab.dialogs


DROP = """name => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["Dropped."], name));
    for (const kind of ["dragover", "drop"]) {
        document.querySelector("#chat").dispatchEvent(
            new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    }
}"""
