"""Storage doubles: one that fails at a chosen step, one that dies there, one that takes notes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from typing import BinaryIO

from rag.indexing.storage import Storage

TORN = ("whole", "empty", "half", "zeroed", "half zeroed")
"""What becomes of bytes that were not synced."""
WRITES = frozenset({"make_folder", "create", "write", "sync", "sync_folder", "rename"})


class Stepping(Storage):
    """Counts the steps; `before` and `after` are what a double overrides."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []

    def before(self, operation: str, path: Path) -> None:
        self.steps.append((operation, path.name))

    def after(self, operation: str, path: Path, new: Path | None = None) -> None: ...

    def make_folder(self, path: Path) -> None:
        self.before("make_folder", path)
        super().make_folder(path)
        self.after("make_folder", path)

    def create(self, path: Path) -> BinaryIO:
        self.before("create", path)
        file = super().create(path)
        self.after("create", path)
        return file

    def write(self, file: BinaryIO, data: bytes | memoryview) -> None:
        path = Path(file.name)
        self.before("write", path)
        half = len(data) // 2
        super().write(file, data[:half])
        self.before("write the rest", path)
        super().write(file, data[half:])
        self.after("write", path)

    def sync(self, path: Path) -> None:
        self.before("sync", path)
        super().sync(path)
        self.after("sync", path)

    def sync_folder(self, path: Path) -> None:
        self.before("sync_folder", path)
        super().sync_folder(path)
        self.after("sync_folder", path)

    def rename(self, old: Path, new: Path) -> None:
        self.before("rename", old)
        super().rename(old, new)
        self.after("rename", old, new)

    def unlink(self, path: Path) -> None:
        self.before("unlink", path)
        super().unlink(path)
        self.after("unlink", path)

    def remove_folder(self, path: Path) -> None:
        self.before("remove_folder", path)
        super().remove_folder(path)
        self.after("remove_folder", path)

    def read(self, path: Path, limit: int) -> bytes:
        self.before("read", path)
        return super().read(path, limit)

    def digest(self, path: Path) -> tuple[int, str]:
        self.before("digest", path)
        return super().digest(path)


class Failing(Stepping):
    """Raises OSError at the n-th step; with `forever`, at every writing step from then on."""

    def __init__(self, at: int, number: int, *, forever: bool = False) -> None:
        super().__init__()
        self.failed = False
        self._at = at
        self._number = number
        self._forever = forever

    def before(self, operation: str, path: Path) -> None:
        super().before(operation, path)
        late = self._forever and len(self.steps) > self._at and operation in WRITES
        if len(self.steps) == self._at or late:
            self.failed = True
            raise OSError(self._number, os.strerror(self._number))


class Dying(Stepping):
    """Kills its own process before the n-th step, as nothing can catch."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def before(self, operation: str, path: Path) -> None:
        super().before(operation, path)
        if len(self.steps) == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Moment:
    """What is in memory and what is on the disk after one step.

    Nodes are numbers; 0 is the root. `names` and `durable` map a folder to its entries, `data`
    and `synced` a file to its bytes.
    """

    names: dict[int, dict[str, int]]
    durable: dict[int, dict[str, int]]
    data: dict[int, bytes]
    synced: dict[int, bytes]

    def states(self) -> Iterator[dict[str, bytes | None]]:
        """What a power cut may leave; many come more than once.

        Of unsynced names: all kept, all lost, each in turn. Of unsynced bytes: each way in all
        files at once, then in one file, then two ways in two files, all others being whole.
        """
        now, then = self.names, self.durable
        differing = [
            (folder, name)
            for folder in {*now, *then}
            for name in {*now.get(folder, {}), *then.get(folder, {})}
            if now.get(folder, {}).get(name) != then.get(folder, {}).get(name)
        ]
        loose = [node for node, data in self.data.items() if self.synced.get(node) != data]
        fates = [dict.fromkeys(loose, torn) for torn in TORN]
        fates += [{node: torn} for node in loose for torn in TORN]
        fates += [
            {one: first, other: second}
            for one, other in combinations(loose, 2)
            for first, second in product(TORN, repeat=2)
        ]
        for torn in fates:
            yield self._tree(now, torn)
            yield self._tree(then, torn)
        for folder, name in sorted(differing):
            for torn in fates[: len(TORN)]:
                yield self._tree(_with(now, folder, name, then), torn)
                yield self._tree(_with(then, folder, name, now), torn)

    def _tree(
        self,
        names: dict[int, dict[str, int]],
        torn: dict[int, str],
        node: int = 0,
        prefix: str = "",
    ) -> dict[str, bytes | None]:
        tree: dict[str, bytes | None] = {}
        for name, child in names.get(node, {}).items():
            path = f"{prefix}{name}"
            if child in self.data:
                tree[path] = self._bytes(child, torn)
            else:
                tree |= {path: None, **self._tree(names, torn, child, f"{path}/")}
        return tree

    def _bytes(self, node: int, torn: dict[int, str]) -> bytes:
        data = self.data[node]
        half = len(data) // 2
        ways = {
            "whole": data,
            "empty": b"",
            "half": data[:half],
            "zeroed": bytes(len(data)),
            "half zeroed": data[:half] + bytes(len(data) - half),
        }
        return ways[torn.get(node, "whole")]


class Recording(Stepping):
    """Keeps a Moment for each step that changes something below `root`."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.moments: list[Moment] = []
        self._root = root
        self._paths: dict[str, int] = {"": 0}
        self._data: dict[int, bytes] = {}
        self._next = 1
        self._scan()
        self._durable = self._names()
        self._synced = dict(self._data)

    def after(self, operation: str, path: Path, new: Path | None = None) -> None:
        place = path.relative_to(self._root).as_posix() if path != self._root else ""
        if new:
            self._paths.pop(moved := new.relative_to(self._root).as_posix(), None)
            self._paths = {
                moved + known[len(place) :] if f"{known}/".startswith(f"{place}/") else known: node
                for known, node in self._paths.items()
            }
        self._scan()
        if operation == "sync":
            self._synced[self._paths[place]] = self._data[self._paths[place]]
        if operation == "sync_folder":
            node = self._paths[place]
            self._durable = {**self._durable, node: dict(self._names()[node])}
        moment = Moment(self._names(), self._durable, dict(self._data), dict(self._synced))
        self.moments.append(moment)

    def _scan(self) -> None:
        """Learns of what libraries wrote by themselves, and forgets what is gone."""
        real = {path.relative_to(self._root).as_posix(): path for path in self._root.rglob("*")}
        self._paths = {
            known: node for known, node in self._paths.items() if known in real or not known
        }
        for known, path in sorted(real.items()):
            if known not in self._paths:
                self._paths[known] = self._next
                self._next += 1
            if path.is_file():
                self._data[self._paths[known]] = path.read_bytes()

    def _names(self) -> dict[int, dict[str, int]]:
        names: dict[int, dict[str, int]] = {}
        for known, node in self._paths.items():
            if known:
                folder, _, name = known.rpartition("/")
                names.setdefault(self._paths[folder], {})[name] = node
        return names


def _with(
    names: dict[int, dict[str, int]], folder: int, name: str, other: dict[int, dict[str, int]]
) -> dict[int, dict[str, int]]:
    """The names with one entry as `other` has it."""
    entries = {known: node for known, node in names.get(folder, {}).items() if known != name}
    if (node := other.get(folder, {}).get(name)) is not None:
        entries[name] = node
    return {**names, folder: entries}


def lay(tree: dict[str, bytes | None], root: Path) -> None:
    """Makes the tree real below a new folder."""
    root.mkdir()
    for name, data in sorted(tree.items()):
        if data is None:
            (root / name).mkdir()
        else:
            (root / name).write_bytes(data)
