"""documents/catalogue.toml: what is known about each document beyond its bytes."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

from rag.errors import ConfigError
from rag.language import language_of_document
from rag.parsing.cleaning import clean_line
from rag.types import Document

NAME = "catalogue.toml"
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one table of the catalogue says; an empty value says nothing.

    `date` is ISO 8601, as exact as known; `url` begins with http:// or https:// and was seen to
    lead there if `verified`; `fetch` says that its terms let a reader make a copy for own use.
    `secondary` marks a summary: what it tells of is quoted before it.
    `side` is the party that speaks, `relates` what the document is about here; `questions` are
    examples of what it answers.
    """

    title: str = ""
    publisher: str = ""
    speaker: str = ""
    date: str = ""
    language: str = ""
    url: str = ""
    licence: str = ""
    side: str = ""
    relates: str = ""
    verified: bool = True
    fetch: bool = False
    secondary: bool = False
    questions: tuple[str, ...] = ()


_KEYS = tuple(field.name for field in fields(Entry))
_FLAGS = ("verified", "fetch", "secondary")
_CATALOGUE_ONLY = ("side", "relates", "questions", *_FLAGS)
_METADATA = tuple(key for key in _KEYS if key not in _CATALOGUE_ONLY)
_TEXTS = (*_METADATA, "side", "relates")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries, by path relative to the documents folder, with forward slashes."""

    entries: Mapping[str, Entry]

    def describe(self, document: Document, own: Mapping[str, str]) -> Document:
        """The document with what its entry says, else what the file says of itself in `own`.

        Without a title in either it keeps the one it has; `own` values that make no sense as a
        date or an address say nothing. A language that neither gives is told by the text's letters.
        """
        entry = self.entries.get(document.path, Entry())
        said: dict[str, Any] = {
            key: getattr(entry, key) or _sensible(key, own.get(key, "")) for key in _METADATA
        }
        said |= {"title": said["title"] or document.title, "secondary": entry.secondary}
        said["language"] = said["language"] or language_of_document(document.text)
        return replace(document, **said)


def read_catalogue(folder: Path) -> Catalogue:
    """The folder's catalogue, empty if there is none; raises ConfigError."""
    try:
        tables = tomllib.loads((folder / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return Catalogue({})
    except OSError as error:
        raise ConfigError(f"{NAME} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{NAME} is not UTF-8 text; save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{NAME} is not valid TOML: {error}.") from error
    documents = tables.pop("documents", {})
    if tables or not isinstance(documents, dict):
        stray = next(iter(tables), "documents")
        raise ConfigError(
            f'{NAME}: "{stray}" is not understood; each entry is a table [documents."FILE"].'
        )
    return Catalogue({path: _entry(path, table) for path, table in documents.items()})


def _entry(path: str, table: object) -> Entry:
    where = f"{NAME}, entry {path!r}"
    parts = PurePosixPath(path).parts
    if not parts or path != str(PurePosixPath(path)) or parts[0] == "/" or ".." in parts:
        raise ConfigError(
            f"{where}: not a path inside the documents folder, written with forward slashes."
        )
    if not isinstance(table, dict):
        raise ConfigError(f'{where}: write it as a table [documents."{path}"].')
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"{where}: unknown key {key!r}; known are {', '.join(_KEYS)}.")
    questions = table.get("questions", [])
    if not isinstance(questions, list):
        raise ConfigError(f"{where}: questions must be a list of texts in quotation marks.")
    said: dict[str, Any] = {key: _value(where, key, table[key]) for key in _TEXTS if key in table}
    said |= {key: _flag(where, key, table[key]) for key in _FLAGS if key in table}
    return Entry(
        **said,
        questions=tuple(_value(where, "each of questions", question) for question in questions),
    )


def _value(where: str, key: str, value: object) -> str:
    if key == "date" and type(value) is dt.date:
        return value.isoformat()
    if not isinstance(value, str):
        raise ConfigError(f"{where}: {key} must be text in quotation marks.")
    line = clean_line(value)
    if key == "date" and line and not _is_date(line):
        raise ConfigError(f"{where}: date must read like 2023-01-15, 2023-01 or 2023.")
    if key == "url" and line and not re.fullmatch(r"https?://[^\s/]\S*", line):
        raise ConfigError(f"{where}: url must begin with http:// or https://.")
    return line


def _flag(where: str, key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{where}: {key} must be true or false, without quotation marks.")
    return value


def _sensible(key: str, value: str) -> str:
    try:
        return _value("", key, value)
    except ConfigError:
        return ""


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text + "0000-01-01"[len(text) :])
    except ValueError:
        return False
    return True
