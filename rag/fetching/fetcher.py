"""The entries of the catalogue, fetched one by one; what went wrong with one is its status."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from rag.errors import ConfigError, FetchError
from rag.fetching.kinds import HEAD, kind_of
from rag.fetching.record import Note, Partial, Record, digest_of
from rag.fetching.web import Reply, Web

_SHOWN = 12
"""Characters of a SHA-256 that are enough to tell two apart by eye."""


class Fate(StrEnum):
    """What became of one entry."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    LEFT = "left"
    FAILED = "failed"

    @property
    def done(self) -> bool:
        """Whether the document is here, and is the one that it was."""
        return self in (Fate.FETCHED, Fate.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document of the catalogue: `name` is its path in the folder, `allowed` its terms' word."""

    name: str
    url: str
    verified: bool
    allowed: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """One entry's status, and what a user should know; `sha256` is of the file that is here."""

    name: str
    fate: Fate
    message: str
    url: str = ""
    sha256: str = ""


class Fetcher:
    """Fetches into one folder. `today` gives the day as ISO 8601."""

    def __init__(
        self, folder: Path, wanted: Sequence[Wanted], web: Web, today: Callable[[], str]
    ) -> None:
        self._folder = folder
        self._wanted = wanted
        self._web = web
        self._today = today
        self._record = Record(folder)

    def fetch(self, names: Sequence[str]) -> Iterator[Fetched]:
        """A status for each entry as it is done: those named, or all that may be fetched.

        A name is the entry's, or the end of it with or without suffix. Raises ConfigError for one
        that is unknown, before anything is asked of anybody, and FetchError if another is at work.
        """
        chosen = [self._find(name) for name in names]
        chosen = chosen or [each for each in self._wanted if each.url and each.allowed]
        with self._record.locked():
            self._record.read()
            for wanted in dict.fromkeys(chosen):
                yield self._status(wanted)

    def _find(self, name: str) -> Wanted:
        found = [each for each in self._wanted if name in _names(each.name)]
        if not found:
            raise ConfigError(f"The catalogue has no entry {name!r}; catalogue.toml lists them.")
        if len(found) > 1:
            both = ", ".join(each.name for each in found)
            raise ConfigError(f"{name!r} may be any of {both}; name one in full.")
        return found[0]

    def _status(self, wanted: Wanted) -> Fetched:
        if not wanted.url:
            return Fetched(wanted.name, Fate.LEFT, "the catalogue has no address for it")
        if not wanted.allowed:
            message = "its terms are not known to allow a copy; open the address yourself"
            return Fetched(wanted.name, Fate.LEFT, message, wanted.url)
        doubt = "" if wanted.verified else "; the address is unverified"
        try:
            fate, message = self._get(wanted, self._target(wanted.name))
        except FetchError as error:
            return Fetched(wanted.name, Fate.FAILED, f"{error}{doubt}", wanted.url)
        except OSError as error:
            message = f"cannot be saved ({error.strerror}){doubt}"
            return Fetched(wanted.name, Fate.FAILED, message, wanted.url)
        here = digest_of(self._folder / wanted.name)
        return Fetched(wanted.name, fate, message + doubt, wanted.url, here)

    def _target(self, name: str) -> Path:
        """Where the document goes; raises FetchError if a link leads out of the folder."""
        target = self._folder / name
        inside = target.parent.resolve().is_relative_to(self._folder.resolve())
        if not inside or target.is_symlink() or (target.exists() and not target.is_file()):
            raise FetchError("cannot be saved: a link or a folder stands in its place")
        return target

    def _get(self, wanted: Wanted, target: Path) -> tuple[Fate, str]:
        kind = kind_of(wanted.name)
        note = self._record.read().get(wanted.name)
        partial = Partial(self._record.folder, wanted.url)
        intact = note is not None and digest_of(target) == note.sha256 and note.url == wanted.url
        ask = {"If-None-Match": note.etag} if note and intact and note.etag else {}
        if partial.size and partial.version:
            ask = {"Range": f"bytes={partial.size}-", "If-Range": partial.version}
        with self._web.get(wanted.url, ask) as reply:
            if reply.status == HTTPStatus.NOT_MODIFIED and note and intact:
                return Fate.UNCHANGED, f"the same as on {note.date}"
            if reply.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and partial.size:
                partial.discard()
                return self._get(wanted, target)
            if reply.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                raise FetchError(f"its host says {reply.phrase}")
            kind.check_type(reply.headers.get("content-type", ""))
            self._save(reply, partial)
            etag = reply.headers.get("etag", "")
        with partial.path.open("rb") as file:
            head = file.read(HEAD)
        try:
            kind.check_bytes(head)
        except FetchError:
            partial.discard()
            raise
        return self._settle(wanted, target, partial, etag)

    def _save(self, reply: Reply, partial: Partial) -> None:
        """Adds the reply's bytes to those that are here, or begins anew; raises FetchError."""
        if reply.status == HTTPStatus.PARTIAL_CONTENT:
            begins = reply.headers.get("content-range", "").startswith(f"bytes {partial.size}-")
            if not begins:
                partial.discard()
                raise FetchError("was continued at the wrong place; fetch it again")
        else:
            partial.begin(_version(reply))
        most = self._web.limits.size
        try:
            fits = partial.append(reply.chunks, most)
        except FetchError:
            if not partial.version:
                partial.discard()
            raise
        if not fits:
            partial.discard()
            raise FetchError(f"is larger than {most:,} bytes")
        total = reply.headers.get("content-range", "").rpartition("/")[2]
        if total.isdecimal() and partial.size != int(total):
            raise FetchError("has come in part only; fetch again to go on")

    def _settle(
        self, wanted: Wanted, target: Path, partial: Partial, etag: str
    ) -> tuple[Fate, str]:
        """Compares what came with what was noted and what is here; never overwrites a document."""
        note = self._record.read().get(wanted.name)
        fresh, here = digest_of(partial.path), digest_of(target)
        new = Note(fresh, self._today(), wanted.url, etag)
        if note and note.sha256 != fresh:
            changed = (
                f"differs from what was fetched on {note.date}"
                f" (SHA-256 {note.sha256[:_SHOWN]}, now {fresh[:_SHOWN]})"
            )
            if here:
                partial.discard()
                keep = "the file here is kept, delete it and fetch again to have the new one"
                return Fate.CHANGED, f"{changed}; {keep}"
            self._place(wanted, partial, target, new)
            return Fate.CHANGED, f"{changed}; the new one is saved"
        if here and here != fresh:
            partial.discard()
            return Fate.CHANGED, "another file of this name is here and is kept"
        if here and note:
            partial.discard()
            self._record.note(wanted.name, Note(fresh, note.date, wanted.url, etag))
            return Fate.UNCHANGED, f"the same as on {note.date}"
        self._place(wanted, partial, target, new)
        return Fate.FETCHED, f"{target.stat().st_size:,} bytes, SHA-256 {fresh[:_SHOWN]}"

    def _place(self, wanted: Wanted, partial: Partial, target: Path, note: Note) -> None:
        """Noted first: a crash in between leaves a note without file, which a fetch puts right."""
        target.parent.mkdir(parents=True, exist_ok=True)
        self._record.note(wanted.name, note)
        partial.place(target)


def _names(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    return name, path.name, path.stem


def _version(reply: Reply) -> str:
    etag = reply.headers.get("etag", "")
    # A weak ETag promises the same meaning, not the same bytes: nothing can be continued on it.
    return etag if etag.startswith('"') else reply.headers.get("last-modified", "")
