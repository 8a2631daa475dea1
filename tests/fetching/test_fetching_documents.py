"""Documents that come: kept once, compared later, continued after a break, asked for politely."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import ConfigError, FetchError
from rag.fetching import Fate, Fetcher, Wanted, Web
from rag.fetching.record import Record
from rag.fetching.web import Outside
from tests.fetching.conftest import (
    HOST,
    LIMITS,
    PAGE,
    Answer,
    Fetch,
    Handler,
    Site,
    answer,
    fetcher,
)

pytestmark = pytest.mark.server

NEWER = PAGE + b"<p>Corrected.</p>"
LONG = PAGE + b"x" * 50_000


def broken_off(body: bytes, after: int, **headers: str) -> Answer:
    """A reply that announces `body` and ends after some of it."""

    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body[:after])

    return reply


def continued(body: bytes, version: str) -> Answer:
    """A reply that continues `body` where the request asks, if it is still that version."""

    def reply(handler: Handler) -> None:
        begin = int((handler.headers["Range"] or "bytes=0-")[6:-1])
        if handler.headers["If-Range"] != version:
            answer(body, ETag=version)(handler)
            return
        place = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        answer(body[begin:], 206, Content_Range=place, ETag=version)(handler)

    return reply


def test_a_document_is_saved_and_noted(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """The file holds the bytes, the record their SHA-256, the day and the address."""
    site.pages["/a"] = answer(ETag='"1"')
    done = fetch(site.url("/a"))
    digest = hashlib.sha256(PAGE).hexdigest()
    assert (done.fate, done.sha256) == (Fate.FETCHED, digest)
    assert (tmp_path / "reports" / "a.html").read_bytes() == PAGE
    record = json.loads((tmp_path / ".fetched" / "record.json").read_text("utf-8"))
    expected = {"sha256": digest, "date": "2026-01-02", "url": site.url("/a"), "etag": '"1"'}
    assert record == {"reports/a.html": expected}


def test_the_same_again_is_unchanged(fetch: Fetch, site: Site) -> None:
    """A second fetch compares: by ETag where there is one, by bytes where there is none."""
    site.pages["/a"] = answer()
    fetch(site.url("/a"))
    assert fetch(site.url("/a")).message == "the same as on 2026-01-02"
    site.pages["/a"] = answer(ETag='"1"')
    assert fetch(site.url("/a")).fate is Fate.UNCHANGED
    site.pages["/a"] = answer(b"", 304)
    assert fetch(site.url("/a")).fate is Fate.UNCHANGED
    assert site.asked[-1][2]["If-None-Match"] == '"1"'


def test_a_changed_document_is_not_taken_silently(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """The old file stays, the message gives both hashes; without the file the new one is taken."""
    file = tmp_path / "reports" / "a.html"
    site.pages["/a"] = answer()
    fetch(site.url("/a"))
    site.pages["/a"] = answer(NEWER)
    for _ in range(2):
        done = fetch(site.url("/a"))
        assert done.fate is Fate.CHANGED
        assert hashlib.sha256(PAGE).hexdigest()[:12] in done.message
        assert hashlib.sha256(NEWER).hexdigest()[:12] in done.message
        assert "delete it and fetch again" in done.message
        assert file.read_bytes() == PAGE
    file.unlink()
    done = fetch(site.url("/a"))
    assert done.fate is Fate.CHANGED
    assert done.message.endswith("the new one is saved")
    assert file.read_bytes() == NEWER
    assert fetch(site.url("/a")).fate is Fate.UNCHANGED


def test_a_file_put_there_by_hand_is_kept(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """A fetch never writes over a file that it did not fetch."""
    site.pages["/a"] = answer()
    file = tmp_path / "reports" / "a.html"
    file.parent.mkdir()
    file.write_bytes(NEWER)
    done = fetch(site.url("/a"))
    assert (done.fate, file.read_bytes()) == (Fate.CHANGED, NEWER)
    assert "another file of this name is here and is kept" in done.message


def test_a_lost_file_is_fetched_again(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """A note without its file asks for the whole document, not whether it changed."""
    site.pages["/a"] = answer(ETag='"1"')
    fetch(site.url("/a"))
    (tmp_path / "reports" / "a.html").unlink()
    assert fetch(site.url("/a")).fate is Fate.FETCHED
    assert "If-None-Match" not in site.asked[-1][2]


@pytest.mark.parametrize("version", ['"strong"', "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_broken_download_goes_on(fetch: Fetch, site: Site, tmp_path: Path, version: str) -> None:
    """What has come is kept, and only the rest is asked for; the whole is what it should be."""
    named = {"ETag": version} if version.startswith('"') else {"Last_Modified": version}
    site.pages["/a"] = broken_off(LONG, 30_000, **named)
    done = fetch(site.url("/a"))
    assert "broke off; fetch again to go on" in done.message
    assert not (tmp_path / "reports" / "a.html").exists()
    site.pages["/a"] = continued(LONG, version)
    assert fetch(site.url("/a")).fate is Fate.FETCHED
    assert site.asked[-1][2]["Range"] == "bytes=30000-"
    assert (tmp_path / "reports" / "a.html").read_bytes() == LONG
    assert not list(tmp_path.rglob("*.part"))


def test_trouble_in_between_loses_nothing(fetch: Fetch, site: Site) -> None:
    """A server that is down for a while leaves what has come, to be continued later."""
    site.pages["/a"] = broken_off(LONG, 30_000, ETag='"1"')
    fetch(site.url("/a"))
    site.pages["/a"] = answer(b"", 503)
    fetch(site.url("/a"))
    site.pages["/a"] = continued(LONG, '"1"')
    assert fetch(site.url("/a")).fate is Fate.FETCHED
    assert site.asked[-1][2]["Range"] == "bytes=30000-"


def test_another_version_begins_anew(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """Halves of two versions are never put together."""
    site.pages["/a"] = broken_off(LONG, 30_000, ETag='"1"')
    fetch(site.url("/a"))
    site.pages["/a"] = continued(NEWER, '"2"')
    assert fetch(site.url("/a")).fate is Fate.FETCHED
    assert (tmp_path / "reports" / "a.html").read_bytes() == NEWER


def test_without_a_sure_version_nothing_is_continued(fetch: Fetch, site: Site) -> None:
    """A weak ETag does not promise the same bytes: the next fetch asks for all of them."""
    site.pages["/a"] = broken_off(LONG, 30_000, ETag='W/"1"')
    fetch(site.url("/a"))
    site.pages["/a"] = answer(LONG)
    assert fetch(site.url("/a")).fate is Fate.FETCHED
    assert "Range" not in site.asked[-1][2]


def test_a_continuation_at_the_wrong_place_is_refused(fetch: Fetch, site: Site) -> None:
    """A server that continues elsewhere than asked spoils nothing; the next fetch is whole."""
    site.pages["/a"] = broken_off(LONG, 30_000, ETag='"1"')
    fetch(site.url("/a"))
    site.pages["/a"] = answer(LONG, 206, Content_Range=f"bytes 10-{len(LONG)}/{len(LONG)}")
    assert "at the wrong place" in fetch(site.url("/a")).message
    site.pages["/a"] = answer(LONG)
    assert fetch(site.url("/a")).sha256 == hashlib.sha256(LONG).hexdigest()


def test_a_whole_that_was_not_yet_placed_is_asked_for_again(fetch: Fetch, site: Site) -> None:
    """Where nothing is left to continue, the document is fetched from its beginning at once."""
    site.pages["/a"] = broken_off(LONG, 30_000, ETag='"1"')
    fetch(site.url("/a"))

    def nothing_left(handler: Handler) -> None:
        answer(b"", 416)(handler) if handler.headers["Range"] else answer(LONG)(handler)

    site.pages["/a"] = nothing_left
    assert fetch(site.url("/a")).fate is Fate.FETCHED


def test_robots_are_obeyed(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """What robots.txt forbids is not asked for, also where a redirect leads there."""
    forbids = b"User-agent: rag\nDisallow: /private/*.html$\n\nUser-agent: *\nAllow: /\n"
    site.pages["/robots.txt"] = answer(forbids, kind="text/plain")
    site.pages["/a"] = answer(b"", 302, Location="/private/b.html")
    site.pages["/private/b.html"] = answer()
    for path in ("/private/b.html", "/a"):
        assert f"robots.txt of {HOST} asks not to fetch it" in fetch(site.url(path)).message
    assert site.paths == ["/a"]
    site.pages["/private/b.html?x"] = answer()
    assert fetch(site.url("/private/b.html?x")).fate is Fate.FETCHED


def test_robots_that_cannot_be_read_forbid(fetch: Fetch, site: Site) -> None:
    """A server in trouble is left alone."""
    site.pages["/robots.txt"] = answer(status=503)
    site.pages["/a"] = answer()
    assert fetch(site.url("/a")).fate is Fate.FAILED
    assert site.paths == []


def test_requests_are_polite(site: Site, outside: Outside, tmp_path: Path) -> None:
    """They say who asks, ask robots.txt once a host, and leave the pause that it asks for."""
    site.pages["/robots.txt"] = answer(b"User-agent: *\nCrawl-delay: 7\n", kind="text/plain")
    wanted = []
    for name in "abc":
        site.pages[f"/{name}"] = answer()
        wanted.append(Wanted(f"{name}.html", site.url(f"/{name}"), verified=True, allowed=True))
    naps: list[float] = []
    world = replace(outside, sleep=naps.append, clock=lambda: sum(naps))
    limits = replace(LIMITS, seconds=60, pause=2)
    done = list(Fetcher(tmp_path, wanted, Web(limits, world), lambda: "2026-01-02").fetch(()))
    assert [each.fate for each in done] == [Fate.FETCHED] * 3
    assert [path for _, path, _ in site.asked] == ["/robots.txt", "/a", "/b", "/c"]
    assert naps == [7, 7, 7]
    assert all(headers["User-Agent"].startswith("rag/") for _, _, headers in site.asked)


def test_entries_are_chosen_by_name(site: Site, outside: Outside, tmp_path: Path) -> None:
    """Without names, what terms allow; by name, file name or stem; the rest says why not."""
    site.pages["/a"] = answer()
    wanted = [
        Wanted("reports/a.html", site.url("/a"), verified=True, allowed=True),
        Wanted("reports/b.html", site.url("/b"), verified=True, allowed=False),
        Wanted("reports/c.html", "", verified=True, allowed=True),
        Wanted("other/c.pdf", site.url("/c"), verified=True, allowed=False),
    ]
    fetcher_ = fetcher(tmp_path, wanted, outside)
    assert [each.name for each in fetcher_.fetch(())] == ["reports/a.html"]
    named = list(fetcher_.fetch(["b", "c.html", "a.html", "reports/a.html"]))
    assert [each.fate for each in named] == [Fate.LEFT, Fate.LEFT, Fate.UNCHANGED]
    assert "terms are not known to allow a copy" in named[0].message
    assert "no address" in named[1].message
    assert site.paths == ["/a", "/a"]
    for unclear, said in (("d", "no entry 'd'"), ("c", "name one in full")):
        with pytest.raises(ConfigError, match=said):
            list(fetcher_.fetch(["a", unclear]))


def test_one_failure_does_not_stop_the_rest(site: Site, outside: Outside, tmp_path: Path) -> None:
    """Each entry has its own status."""
    site.pages["/b"] = answer()
    wanted = [
        Wanted(f"{name}.html", site.url(f"/{name}"), verified=True, allowed=True) for name in "ab"
    ]
    done = list(fetcher(tmp_path, wanted, outside).fetch(()))
    assert [each.fate for each in done] == [Fate.FAILED, Fate.FETCHED]


def test_nothing_is_written_through_a_link(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """A folder that links out of the documents, or a link in the file's place, is left alone."""
    site.pages["/a"] = answer()
    outer = tmp_path.parent / f"{tmp_path.name}-outer"
    outer.mkdir()
    (tmp_path / "reports").symlink_to(outer)
    for name in ("reports/a.html", "reports/deep/a.html"):
        assert "a link or a folder stands" in fetch(site.url("/a"), name).message
    (tmp_path / "b.html").symlink_to(outer / "b.html")
    assert "a link or a folder stands" in fetch(site.url("/a"), "b.html").message
    assert list(outer.iterdir()) == []


def test_two_fetches_do_not_meet(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """The second is told to wait."""
    with Record(tmp_path).locked(), pytest.raises(FetchError, match="Another fetch is at work"):
        fetch(site.url("/a"))


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', '{"a": {"sha": "x"}}'])
def test_a_damaged_record_is_named(fetch: Fetch, site: Site, tmp_path: Path, text: str) -> None:
    """A record that cannot be understood is one sentence with what to do, before any request."""
    (tmp_path / ".fetched").mkdir()
    (tmp_path / ".fetched" / "record.json").write_text(text)
    with pytest.raises(ConfigError, match=r"record\.json .* delete it to begin anew"):
        fetch(site.url("/a"))
    assert site.asked == []


def test_a_part_that_is_sent_as_the_whole_is_refused(fetch: Fetch, site: Site) -> None:
    """A reply that says itself that more is to come is no document."""
    site.pages["/a"] = answer(PAGE[:40], 206, Content_Range=f"bytes 0-39/{len(PAGE)}")
    assert "has come in part only" in fetch(site.url("/a")).message


def test_a_full_folder_is_one_entry_s_failure(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    """What the disk refuses is said in words, and nothing of the document is there."""
    site.pages["/a"] = answer()
    (tmp_path / "reports").write_text("a file where a folder should be")
    done = fetch(site.url("/a"))
    assert done.fate is Fate.FAILED
    assert "cannot be saved" in done.message
