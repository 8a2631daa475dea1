"""The operations on files that a crash may fall between; every durable write goes through here.

Each method is one step that the operating system either did or did not do. Tests pass a double
that fails, dies or takes notes at the n-th step.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rag.errors import ConfigError, IndexBusyError

_BLOCK = 1 << 20


class Storage:
    """Steps on the local file system. Each raises OSError; none is ever retried.

    A failed fsync in particular is final: the kernel may have dropped the pages that it could
    not write, and a second call would report success.
    """

    def make_folder(self, path: Path) -> None:
        """Creates one folder, which must not exist."""
        path.mkdir()

    def create(self, path: Path) -> BinaryIO:
        """A new file, unbuffered; FileExistsError if there is one."""
        return path.open("xb", buffering=0)

    def write(self, file: BinaryIO, data: bytes | memoryview) -> None:
        """Appends all of `data`."""
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]

    def sync(self, path: Path) -> None:
        """Returns once the file's bytes, whoever wrote them, are on the disk."""
        _fsync(path, os.O_RDONLY)

    def sync_folder(self, path: Path) -> None:
        """Returns once the folder's names are on the disk."""
        _fsync(path, os.O_RDONLY | os.O_DIRECTORY)

    def rename(self, old: Path, new: Path) -> None:
        """Atomic; a file at `new` is replaced."""
        old.replace(new)

    def unlink(self, path: Path) -> None:
        """Removes a file or a link, never what the link points to."""
        path.unlink()

    def remove_folder(self, path: Path) -> None:
        """Removes an empty folder."""
        path.rmdir()

    def read(self, path: Path, limit: int) -> bytes:
        """The whole of a plain file of at most `limit` bytes; OSError if it is anything else."""
        with _open_plain(path) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise OSError(f"larger than {limit} bytes")
        return data

    def digest(self, path: Path) -> tuple[int, str]:
        """Size and SHA-256 of a plain file; OSError if it is anything else."""
        digest, size = hashlib.sha256(), 0
        with _open_plain(path) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
        return size, digest.hexdigest()


def write_file(storage: Storage, path: Path, data: bytes) -> None:
    """A new file, complete and on the disk on return; its name is durable once its folder is."""
    with storage.create(path) as file:
        storage.write(file, data)
    storage.sync(path)


def make_folders(storage: Storage, path: Path) -> None:
    """Creates a folder and what is missing above it, durably."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        try:
            storage.make_folder(folder)
        except FileExistsError:
            if not folder.is_dir():  # else another process was faster
                raise
        storage.sync_folder(folder.parent)


def remove_tree(storage: Storage, path: Path) -> None:
    """Removes a file, a link, or a folder with all that is in it; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        storage.unlink(path)
        return
    for entry in sorted(path.iterdir()):
        remove_tree(storage, entry)
    storage.remove_folder(path)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds the lock file at `path`, which the kernel frees when the process dies.

    Raises IndexBusyError at once if another holds it, ConfigError if it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ConfigError(
            f"the index folder {path.parent} cannot be written ({error.strerror}): "
            "make it writable or choose another one"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise IndexBusyError(
            "another process is building this index: wait until it has finished"
        ) from error
    finally:
        os.close(descriptor)


def _fsync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_plain(path: Path) -> BinaryIO:
    """Opens for reading without following a link or waiting for a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a plain file")
    return os.fdopen(descriptor, "rb")
