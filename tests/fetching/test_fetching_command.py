"""`rag fetch` as its users meet it, and the catalogue that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rag.cli
from rag.bootstrap import open_fetcher
from rag.config import Settings
from rag.errors import ConfigError
from rag.fetching import Wanted
from rag.fetching.addresses import parse
from rag.fetching.kinds import kind_of
from rag.fetching.web import Outside
from rag.parsing.catalogue import read_catalogue
from tests.conftest import ROOT
from tests.fetching.conftest import Site, answer, fetcher

REPORTS = {
    name: entry
    for name, entry in read_catalogue(ROOT / "documents").entries.items()
    if name.startswith("reports/")
}


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        rag.cli.main(["fetch", *arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def world(site: Site, outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The command line over a site with one good page, one that is missing, one not allowed."""
    site.pages["/good"] = answer()
    wanted = [
        Wanted("good.html", site.url("/good"), verified=True, allowed=True),
        Wanted("gone.html", site.url("/gone"), verified=False, allowed=True),
        Wanted("closed.html", site.url("/closed"), verified=True, allowed=False),
    ]
    monkeypatch.setattr(rag.cli, "open_fetcher", lambda _: fetcher(tmp_path, wanted, outside))
    return site


@pytest.mark.server
def test_each_entry_has_a_line_and_the_next_step_is_named(
    world: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 when all came, 3 when some did not; what to do next is said."""
    code, out, _ = _run(capsys, "good")
    assert (code, out.splitlines()[-1]) == (0, "Run `rag index` to read what is new.")
    code, out, _ = _run(capsys)
    assert code == 3
    assert out.splitlines()[:2] == [
        "good.html: unchanged: the same as on 2026-01-02",
        "gone.html: failed: its host says HTTP 404 Not Found; the address is unverified",
    ]
    code, out, _ = _run(capsys, "closed")
    assert (code, world.url("/closed") in out) == (3, True)


@pytest.mark.server
def test_json(world: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints the same as one object."""
    code, out, _ = _run(capsys, "good.html", "--json")
    [entry] = json.loads(out)["entries"]
    assert (code, entry["name"], entry["fate"]) == (0, "good.html", "fetched")
    assert len(entry["sha256"]) == 64


@pytest.mark.server
def test_an_unknown_name_is_a_usage_error(world: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, one sentence, and nobody was asked for anything."""
    code, out, err = _run(capsys, "good", "nothing")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "no entry 'nothing'" in err
    assert world.asked == []


def test_an_empty_catalogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to fetch is said, and is no failure."""
    code, out, _ = _run(capsys, "--documents", str(tmp_path))
    assert (code, out) == (0, "The catalogue names nothing that may be fetched.\n")


def test_the_shipped_catalogue_is_what_gets_fetched(tmp_path: Path) -> None:
    """The composition reads the documents folder's own catalogue."""
    with pytest.raises(ConfigError, match="no entry 'x'"):
        list(open_fetcher(Settings(ROOT / "documents", tmp_path)).fetch(["x"]))


@pytest.mark.parametrize("name", REPORTS)
def test_reports_are_described_and_fit_to_be_fetched(name: str) -> None:
    """Each says what it is and whose; what may be fetched has a good address and a known kind."""
    entry = REPORTS[name]
    assert entry.title
    assert entry.publisher
    assert entry.speaker
    assert entry.side in {"Azerbaijan", "Armenia", "all", "none"}
    assert entry.language
    assert entry.licence
    assert entry.relates
    kind_of(name)
    assert entry.url == "" or parse(entry.url).scheme == "https"
    assert entry.url or not entry.fetch
    assert entry.licence not in {"not stated", "all rights reserved"} or not entry.fetch


def test_the_reports_come_from_all_sides() -> None:
    """Both parties, and others than they, are in the catalogue."""
    sides = [entry.side for entry in REPORTS.values()]
    assert len(sides) >= 30
    assert {"Azerbaijan", "Armenia", "all", "none"} == set(sides)
