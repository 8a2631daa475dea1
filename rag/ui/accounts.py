"""Who may come in: names with hashes of their passwords, guesses that cost time, and sessions."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rag.errors import ConfigError
from rag.ui.state import State

SESSION = 12 * 3_600
"""Seconds for which one login lasts."""
SESSIONS = 1_000
"""Logins held at the same time; the oldest goes first."""
FREE_GUESSES = 5
"""Wrong passwords, for a name or from an address, before each further one has to wait."""
LONGEST_WAIT = 60.0
"""Seconds; it doubles up to here. Longer would let anybody lock others out by guessing."""
REMEMBERED = 10_000
"""Names and addresses whose wrong guesses are remembered."""
LONGEST_PASSWORD = 1_000

_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_hasher = PasswordHasher()
"""argon2id at the second recommended setting of RFC 9106: 64 MiB, three passes."""

Clock = Callable[[], float]


def hashed(name: str, password: str) -> str:
    """A line for the file of accounts; raises ConfigError for a name or password that won't do."""
    if not _NAME.fullmatch(name):
        raise ConfigError("A name has up to 64 letters, digits, dots, hyphens, underscores or @.")
    if not 8 <= len(password) <= LONGEST_PASSWORD:  # noqa: PLR2004 - said in the sentence
        raise ConfigError(f"A password has from 8 to {LONGEST_PASSWORD:,} characters.")
    return f"{name}:{_hasher.hash(password)}"


class Accounts:
    """The names that may log in; `realm` tells this set of names and passwords from any other."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)
        self.realm = _digest(repr(sorted(self._hashes.items())))
        self._nobody = _hasher.hash(secrets.token_hex())

    @classmethod
    def read(cls, file: Path) -> Accounts:
        """From lines of `name:hash`, as `rag password` prints them; raises ConfigError."""
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"The file that server.users names cannot be read: {file}."
            ) from error
        return cls(dict(_entries(lines, file)))

    def admit(self, name: str, password: str) -> bool:
        """Whether the password is that of the name. It takes as long for a name that is none."""
        known = self._hashes.get(name)
        try:
            _hasher.verify(known or self._nobody, password[: LONGEST_PASSWORD + 1])
        except VerificationError:
            return False
        return known is not None


def _entries(lines: Iterable[str], file: Path) -> Iterable[tuple[str, str]]:
    entries = [
        (number, *line.strip().partition(":")[::2])
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    if not entries:
        raise ConfigError(f"{file} holds no accounts: `rag password NAME` prints a line for it.")
    for number, name, made in entries:
        try:
            _hasher.check_needs_rehash(made)
        except InvalidHashError as error:
            raise ConfigError(
                f"{file}, line {number}: not what `rag password NAME` prints."
            ) from error
        yield name, made


class Throttle:
    """Makes whoever guesses wait: by the name that is tried, and by the address that tries."""

    def __init__(self, clock: Clock = time.time, state: State | None = None) -> None:
        """Of the names and addresses `state` gets hashes: somebody may type a password there."""
        self._clock = clock
        self._state = state or State()

    def wait(self, keys: Iterable[str]) -> float:
        """Seconds until another guess under these keys is looked at; 0 for at once."""
        now = self._clock()
        return max((self._until(key) - now for key in keys), default=0.0)

    def guessed(self, keys: Iterable[str], *, right: bool) -> None:
        """Remembers a guess; a right one clears its keys."""
        with self._state.change():
            for digest in map(_digest, keys):
                found = self._state.rows("SELECT wrong FROM guesses WHERE digest = ?", digest)
                self._state.rows("DELETE FROM guesses WHERE digest = ?", digest)
                if not right:
                    wrong = found[0][0] + 1 if found else 1
                    self._state.rows(
                        "INSERT INTO guesses VALUES (?, ?, ?)", digest, wrong, self._clock()
                    )
            self._state.shorten("guesses", REMEMBERED)

    def _until(self, key: str) -> float:
        found = self._state.rows("SELECT wrong, last FROM guesses WHERE digest = ?", _digest(key))
        count, last = found[0] if found else (0, 0.0)
        over: int = count - FREE_GUESSES
        return float(last) + min(2.0**over, LONGEST_WAIT) if over >= 0 else 0.0


class Sessions:
    """Logins by their random keys, of which only hashes are kept."""

    def __init__(
        self, clock: Clock = time.time, state: State | None = None, realm: str = ""
    ) -> None:
        """Only sessions that were begun in the same `realm` hold."""
        self._clock = clock
        self._state = state or State()
        self._realm = realm

    def begin(self, key: str | None = None) -> str:
        """The key of a new session: a random one, or what a program proves itself with."""
        key = secrets.token_urlsafe(32) if key is None else key
        until = self._clock() + SESSION
        with self._state.change():
            self._state.rows("DELETE FROM sessions WHERE until <= ?", self._clock())
            self._state.rows("REPLACE INTO sessions VALUES (?, ?)", self._named(key), until)
            self._state.shorten("sessions", SESSIONS)
        return key

    def holds(self, key: str) -> bool:
        """Whether the session was begun, and has neither ended nor run out."""
        found = self._state.rows("SELECT until FROM sessions WHERE digest = ?", self._named(key))
        return bool(found) and bool(found[0][0] > self._clock())

    def end(self, key: str) -> None:
        """Ends the session, if there is one."""
        self._state.rows("DELETE FROM sessions WHERE digest = ?", self._named(key))

    def _named(self, key: str) -> str:
        return _digest(f"{self._realm}\0{key}")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
