"""What is wrong with a set, gathered or raised; and JSON lines read under that rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import ConfigError

T = TypeVar("T")


class Fault(Exception):  # noqa: N818 - it never leaves this package
    """One entry of a set cannot be used; the message says why."""


@dataclass(slots=True)
class Faults:
    """Gathers faults, or raises the first as a ConfigError."""

    strict: bool = False
    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """Notes that `what` is wrong at `where`."""
        fault = f"{where}: {what}"
        if self.strict:
            raise ConfigError(f"{fault}. Without --strict, the rest would run.")
        self.found.append(fault)

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """Notes a fault of the block, and goes on after it."""
        try:
            yield
        except Fault as fault:
            self.add(where, str(fault))


def read_bytes(path: Path) -> bytes:
    """The file's bytes; raises ConfigError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error


def read_lines(path: Path, faults: Faults, make: Callable[[dict[str, Any]], T]) -> dict[int, T]:
    """What `make` makes of each line, by line number from 1; it raises Fault to refuse one."""
    made: dict[int, T] = {}
    for number, line in enumerate(read_bytes(path).split(b"\n"), start=1):
        if not line.strip():
            continue
        with faults.at(f"{path.name}:{number}"):
            try:
                value = json.loads(line)
            except ValueError as error:
                raise Fault(f"is not JSON ({error})") from error
            if not isinstance(value, dict):
                raise Fault("is not a JSON object")
            made[number] = make(value)
    return made


def once(path: Path, faults: Faults, made: dict[int, T], key: Callable[[T], str]) -> dict[str, T]:
    """By key; a key that comes again is a fault, and its first line stands."""
    kept: dict[str, T] = {}
    for number, value in made.items():
        if key(value) in kept:
            faults.add(f"{path.name}:{number}", f"the id {key(value)!r} was used before")
        else:
            kept[key(value)] = value
    return kept


def text_of(value: dict[str, Any], name: str, default: str | None = None) -> str:
    """A field that must be text; without `default` it must be there and not be blank."""
    found = value.get(name, default)
    if not isinstance(found, str) or (default is None and not found.strip()):
        raise Fault(f"“{name}” must be text")
    return found


def texts_of(value: dict[str, Any], name: str) -> tuple[str, ...]:
    """A field that must be a list of texts; none if it is not there."""
    found = value.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Fault(f"“{name}” must be a list of texts")
    return tuple(found)


def flag_of(value: dict[str, Any], name: str) -> bool:
    """A field that must be true or false; true if it is not there."""
    found = value.get(name, True)
    if not isinstance(found, bool):
        raise Fault(f"“{name}” must be true or false")
    return found


def digest_of(paths: Sequence[Path]) -> str:
    """SHA-256 over the files' names and bytes, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        data = read_bytes(path)
        digest.update(f"{path.name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()
