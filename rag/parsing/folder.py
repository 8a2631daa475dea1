"""The documents folder: which files it holds, and each of them as a document."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from rag.errors import (
    ConfigError,
    DamagedDocumentError,
    ParseError,
    TooComplexError,
    UnsupportedFormatError,
)
from rag.parsing import catalogue, child, front_matter
from rag.parsing.encoding import decode
from rag.parsing.extract import Extract
from rag.parsing.formats import WITHIN, is_pdf
from rag.parsing.limits import Limits, Recognition
from rag.parsing.tesseract import edition
from rag.parsing.titles import title_of
from rag.types import Document, Page, Part, Span

# Raised whenever the same bytes come out as another text.
_EDITION = 3
_LIBRARIES = ("lxml", "pypdf", "pypdfium2")
_TEMPORARY = re.compile(r"~\$.*|#.*#|.*~|.*\.(tmp|part|crdownload|lock|swp)", re.IGNORECASE)
_CHUNK = 1 << 20


class FolderParser:
    """Reads the files under one folder, each in a process of its own."""

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        command: Sequence[str] = child.WORKER,
        recognition: Recognition | None = None,
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._command = command
        self._recognition = recognition
        self._catalogue: catalogue.Catalogue | None = None
        self._remarks: dict[str, tuple[str, ...]] = {}

    @property
    def recipe(self) -> str:
        """Names the edition of this package's reading, the versions of its libraries, and by what
        text is recognised in scans.
        """
        versions = [f"{name} {version(name)}" for name in _LIBRARIES]
        if self._recognition and (tesseract := edition()):
            versions.append(f"{tesseract} for {self._recognition.languages}")
        return f"reading {_EDITION}, {', '.join(versions)}"

    def paths(self) -> Sequence[Path]:
        """All files but hidden and temporary ones and the catalogue, which is read anew.

        Links are listed, and so are folders that cannot be: reading them says why they are not
        read. Raises ConfigError when the folder or its catalogue is unusable.
        """
        try:
            os.scandir(self._folder).close()
        except OSError as error:
            raise ConfigError(
                f"The documents folder {self._folder.name!r} cannot be listed"
                f" ({error.strerror}); create it, or name another."
            ) from error
        self._catalogue = catalogue.read_catalogue(self._folder)
        found = self._walk() - {self._folder / catalogue.NAME}
        return sorted(found, key=lambda path: path.relative_to(self._folder).parts)

    def absent(self) -> list[str]:
        """The catalogue's entries, sorted, of which the folder holds no file: worth a warning."""
        return sorted(path for path in self._entries().entries if not self._holds(path))

    def questions(self) -> list[str]:
        """What the catalogue suggests to ask of the documents that are here; raises ConfigError."""
        entries = self._entries().entries.items()
        return [each for path, entry in entries if self._holds(path) for each in entry.questions]

    def name(self, path: Path) -> str:
        """The path inside the folder; what is not printable in it is escaped."""
        name = path.relative_to(self._folder).as_posix()
        return "".join(
            character if character.isprintable() else ascii(character)[1:-1] for character in name
        )

    def identify(self, path: Path) -> str:
        """SHA-256 of the file's bytes; raises ParseError when it cannot be read."""
        with self._open(path) as file:
            return self._copy(file, self.name(path), None)

    def describe(self, document: Document) -> Document:
        """The document with the catalogue's metadata laid over that of the file's front matter.

        Both are read anew, so that what no longer stands there is no longer said. Raises
        ConfigError.
        """
        return self._entries().describe(document, self._front_matter(document.path))

    def parse(self, path: Path) -> Document:
        """The file's text, pages and own title, without the catalogue; raises ParseError."""
        with tempfile.TemporaryFile() as copy:
            digest = self._steady_copy(path, copy)
            copy.seek(0)
            return self.parse_copy(copy, self.name(path), digest)

    def parse_copy(self, copy: IO[bytes], name: str, digest: str) -> Document:
        """The same of a copy that stands at its beginning, a file of the operating system's, of
        which name and SHA-256 are known; raises ParseError.
        """
        pdf = is_pdf(copy.read(WITHIN), name)
        os.lseek(copy.fileno(), 0, os.SEEK_SET)  # what the child inherits, not our buffer
        limits = self._limits if pdf else self._limits.for_markup()
        extract = child.extract(self._command, copy, name, limits, self._recognition)
        document = _document(digest, name, extract)
        self._remarks[digest] = extract.remarks
        return document

    def copied(self, path: Path) -> tuple[bytes, str]:
        """The file's bytes at one moment, and their SHA-256; raises ParseError."""
        copy = BytesIO()
        digest = self._steady_copy(path, copy)
        return copy.getvalue(), digest

    def copy(self, document: Document, to: IO[bytes]) -> None:
        """Copies the file that was read as `document`; raises ParseError if it is no longer it."""
        for path in self.paths():
            if self.name(path) == document.path:
                if self._steady_copy(path, to) == document.id:
                    return
                raise ParseError(document.path, "has changed since it was read: run `rag index`")
        raise ParseError(document.path, "is no longer in the documents folder: run `rag index`")

    def note(self, document: Document) -> str:
        """What a user should know of a document that was read: guesses, and pages without text."""
        blank = sum(not page.span.of(document.text).strip() for page in document.pages)
        remarks = list(self._remarks.get(document.id, ()))
        if blank:
            remarks.append(f"{blank:,} of {len(document.pages):,} pages without text")
        return "; ".join(remarks)

    def _walk(self) -> set[Path]:
        """Files, links, and the folders that cannot be listed."""
        found: set[Path] = set()

        def keep(error: OSError) -> None:
            found.add(Path(error.filename))

        for top, folders, names in os.walk(self._folder, onerror=keep):
            folders[:] = [name for name in folders if not name.startswith(".")]
            entries = [Path(top, name) for name in (*names, *folders) if _is_wanted(name)]
            found.update(entry for entry in entries if entry.is_symlink() or entry.is_file())
        return found

    def _holds(self, path: str) -> bool:
        return (self._folder / path).is_file()

    def _front_matter(self, shown: str) -> Mapping[str, str]:
        """What a Markdown file says of itself; nothing if it cannot be read just now."""
        if PurePosixPath(shown).suffix.lower() not in front_matter.SUFFIXES:
            return {}
        try:
            with self._open(self._folder / shown) as file:
                head = file.read(front_matter.LONGEST)
        except (ParseError, OSError):
            return {}
        # The last line may have been cut in the middle of a character.
        return front_matter.values(decode(head[: head.rfind(b"\n") + 1])[0])

    def _entries(self) -> catalogue.Catalogue:
        if self._catalogue is None:
            self._catalogue = catalogue.read_catalogue(self._folder)
        return self._catalogue

    def _open(self, path: Path) -> IO[bytes]:
        shown = self.name(path)
        try:
            target = path.resolve(strict=True)
            if not target.is_relative_to(self._folder.resolve()):
                raise UnsupportedFormatError(shown, "is a link out of the documents folder")
            if target.is_dir():
                linked = "is a link to a folder, which is not followed"
                closed = "is a folder that cannot be listed"
                raise UnsupportedFormatError(shown, linked if path.is_symlink() else closed)
            if not target.is_file():
                raise UnsupportedFormatError(shown, "is a link to something that is not a file")
            return target.open("rb")
        except (OSError, RuntimeError) as error:
            # Python before 3.13 says RuntimeError of a circle of links, and of nothing else here.
            if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
                raise ParseError(shown, "is a link that leads back to itself") from error
            raise ParseError(shown, f"cannot be opened ({error.strerror})") from error

    def _steady_copy(self, path: Path, copy: IO[bytes]) -> str:
        """Copies the file as it is at one moment; tried twice. Returns the SHA-256 of the copy."""
        shown = self.name(path)
        for _ in range(2):
            copy.seek(0)
            copy.truncate()
            with self._open(path) as file:
                before = os.fstat(file.fileno())
                identity = self._copy(file, shown, copy)
                after = os.fstat(file.fileno())
            if (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, copy.tell()):
                return identity
        raise DamagedDocumentError(shown, "changed while being read; read it again later")

    def _copy(self, file: IO[bytes], shown: str, copy: IO[bytes] | None) -> str:
        """SHA-256 of the rest of `file`, which is written to `copy` if there is one."""
        digest = hashlib.sha256()
        size = 0
        try:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > self._limits.file_bytes:
                    most = self._limits.file_bytes
                    raise TooComplexError(shown, f"is larger than {most:,} bytes")
                digest.update(chunk)
                if copy:
                    copy.write(chunk)
        except OSError as error:
            raise ParseError(shown, f"cannot be read ({error.strerror})") from error
        return digest.hexdigest()


def _is_wanted(name: str) -> bool:
    return not name.startswith(".") and not _TEMPORARY.fullmatch(name)


def _document(identity: str, path: str, extract: Extract) -> Document:
    """Pages set end to end; a page with text ends in a line break where another page follows."""
    texts: list[str] = []
    pages: list[Page] = []
    parts: list[Part] = []
    start = 0
    for number, leaf in enumerate(extract.pages, start=1):
        breaks = leaf.text and not leaf.text.endswith("\n") and number < len(extract.pages)
        text = leaf.text + "\n" if breaks else leaf.text
        texts.append(text)
        pages.append(Page(number, leaf.label, Span(start, start + len(text))))
        parts += (replace(part, span=part.span.shift(start)) for part in leaf.parts)
        start += len(text)
    text = "".join(texts)
    title = title_of(path, text, extract.title)
    return Document(identity, path, title, text, tuple(pages), parts=tuple(sorted(parts)))
