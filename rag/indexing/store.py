"""Where generations live: opens the newest sound one, publishes new ones, finds every fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from rag.errors import (
    ConfigError,
    IndexCorruptError,
    IndexingError,
    IndexMismatchError,
    IndexMissingError,
)
from rag.indexing import manifest as manifests
from rag.indexing.build import CURRENT, TEMPORARY, LocalBuild
from rag.indexing.generation import LocalIndex, inspect, load
from rag.indexing.manifest import Pointer
from rag.indexing.recipe import check_recipe
from rag.indexing.storage import Storage, exclusive, make_folders, remove_tree

_LOCK = ".lock"
_ATTEMPTS = 3
_POINTER_LIMIT = 1024


class LocalIndexStore:
    """A folder of generations. Any number of readers, one writer at a time.

    `recipe` names everything on which the vectors and passages depend; a generation made by
    another recipe is refused. `warnings` says what the last `open` had to fall back from.
    """

    def __init__(
        self, folder: Path, recipe: Mapping[str, str], storage: Storage | None = None
    ) -> None:
        self.warnings: tuple[str, ...] = ()
        self._folder = folder
        self._recipe = dict(recipe)
        self._storage = storage or Storage()
        self._served: tuple[bytes | None, int] | None = None

    def open(self) -> LocalIndex:
        """The live generation or, with a warning, the newest older one that is sound.

        Raises IndexMissingError, IndexMismatchError or IndexCorruptError; ConfigError where no
        temporary folder can be made.
        """
        for _ in range(_ATTEMPTS):
            seen = self._read_current()
            pointer: Pointer | None = None
            try:
                pointer = self._pointer(seen)
                index = self._load(pointer.generation, pointer.manifest)
                self.warnings = ()
            except (IndexCorruptError, IndexMissingError) as error:
                if self._read_current() != seen:
                    continue  # a build published meanwhile, and removed what was being read
                index = self._fall_back(pointer, error)
            except IndexMismatchError:
                if self._read_current() != seen:
                    continue  # the same, after the last byte was compared
                raise
            self._served = (seen, index.generation)
            return index
        raise IndexCorruptError("the index changes faster than it can be read: try again")

    def current(self) -> int | None:
        """The generation that `open` would give, as far as one small file tells."""
        seen = self._read_current()
        if self._served and self._served[0] == seen:
            return self._served[1]
        try:
            return self._pointer(seen).generation
        except (IndexCorruptError, IndexMissingError):
            return max(self._generations(), default=None)

    @contextmanager
    def build(self) -> Iterator[LocalBuild]:
        """Starts a new generation; leaving the block without publishing removes it.

        Raises IndexBusyError, ConfigError for a folder that cannot be written, and
        IndexMismatchError for one that a newer version of rag writes to.
        """
        try:
            make_folders(self._storage, self._folder)
        except OSError as error:
            raise ConfigError(
                f"the index folder {self._folder} cannot be made ({error.strerror}): "
                "choose another one"
            ) from error
        with exclusive(self._folder / _LOCK):
            self._refuse_newer()
            self._remove_strays()
            previous = self._previous()
            number = max([0, *self._generations(), self._live() or 0]) + 1
            try:
                with closing(
                    LocalBuild(self._storage, self._folder, number, self._recipe, previous)
                ) as build:
                    yield build
            finally:
                self._tidy(number, previous.generation if previous else None)

    def verify(self) -> list[str]:
        """One sentence for each fault, naming the file within the index folder."""
        try:
            pointer = self._pointer(self._read_current())
        except IndexMissingError as error:
            return [str(error)]
        except IndexCorruptError as error:
            found, pointer = [str(error)], None
        else:
            found = []
        numbers = self._generations()
        if pointer and pointer.generation not in numbers:
            found.append(f"{manifests.folder_name(pointer.generation)}: missing")
        for number in numbers:
            expected = pointer.manifest if pointer and pointer.generation == number else None
            found += inspect(self._storage, self._path(number), expected)
        return found

    def _load(self, number: int, expected: str | None = None) -> LocalIndex:
        index, manifest = load(self._storage, self._path(number), expected)
        check_recipe(manifest.recipe, self._recipe)
        return index

    def _fall_back(
        self, pointer: Pointer | None, reason: IndexCorruptError | IndexMissingError
    ) -> LocalIndex:
        """The newest sound generation before the one that `pointer` names; else raises `reason`."""
        for number in reversed(self._generations()):
            if pointer and number >= pointer.generation:
                continue
            with suppress(IndexCorruptError, IndexMismatchError):
                index = self._load(number)
                name = manifests.folder_name(number)
                self.warnings = (f"{reason}; answering from {name}: run `rag index`",)
                return index
        if isinstance(reason, IndexMissingError):
            raise reason
        raise IndexCorruptError(
            f"the index is damaged ({reason}): run `rag doctor`, then `rag index`"
        ) from reason

    def _previous(self) -> LocalIndex | None:
        """What can be taken over from: sound, and made by the same recipe."""
        try:
            return self.open()
        except (IndexMissingError, IndexCorruptError, IndexMismatchError):
            return None

    def _refuse_newer(self) -> None:
        """A program must not remove generations that it is too old to read."""
        for number in self._generations():
            made = manifests.format_of(self._storage, self._path(number))
            if made > manifests.FORMAT:
                raise IndexMismatchError(manifests.other_format(made))

    def _tidy(self, number: int, previous: int | None) -> None:
        """Keeps the live generation and the one that it replaced; removes what was not published.

        What cannot be removed now waits for the next build.
        """
        seen = self._read_current()
        try:
            live = self._pointer(seen).generation
        except (IndexCorruptError, IndexMissingError):
            live = None
        stale = set(self._generations())
        if live == number:
            stale -= {number, previous}
        elif live is not None or seen is None:
            stale &= {number}
        else:
            return  # not knowing what is live, remove nothing
        with suppress(OSError, IndexingError):
            for path in map(self._path, sorted(stale)):
                self._storage.rename(path, path.with_name(path.name + TEMPORARY))
            self._storage.sync_folder(self._folder)
            self._remove_strays()

    def _remove_strays(self) -> None:
        """What a dead or failed build left behind."""
        try:
            for path in sorted(self._folder.glob(f"*{TEMPORARY}")):
                if path.name.startswith(("gen-", CURRENT)):
                    remove_tree(self._storage, path)
        except OSError as error:
            raise IndexingError(
                f"what an earlier build left in the index folder cannot be removed: {error}"
            ) from error

    def _read_current(self) -> bytes | None:
        """None where there is none; of one that cannot be read, bytes that nobody wrote."""
        try:
            return self._storage.read(self._folder / CURRENT, _POINTER_LIMIT)
        except FileNotFoundError:
            return None
        except OSError:
            return b""

    def _pointer(self, data: bytes | None) -> Pointer:
        if data == b"":
            raise IndexCorruptError(f"{CURRENT}: empty, or cannot be read")
        if data is not None:
            return manifests.decode_pointer(data)
        if self._generations():
            raise IndexCorruptError(f"{CURRENT}: missing")
        raise IndexMissingError(f"there is no index in {self._folder} yet: run `rag index`")

    def _live(self) -> int | None:
        try:
            return self._pointer(self._read_current()).generation
        except (IndexCorruptError, IndexMissingError):
            return None

    def _generations(self) -> list[int]:
        """Numbers of the published folders, in order; a name alone says nothing of soundness."""
        try:
            names = [path.name for path in self._folder.iterdir()]
        except OSError:
            return []
        return sorted(
            number for name in names if (number := manifests.folder_number(name)) is not None
        )

    def _path(self, number: int) -> Path:
        return self._folder / manifests.folder_name(number)
