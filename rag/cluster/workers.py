"""Workers of a Ray cluster: tasks, each done again when the worker that does it is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self, TypeVar

from rag.errors import ConfigError, RagError, WorkersError

T = TypeVar("T")
AGAIN = 10
"""How often a task is done again whose worker was lost; a file that kills its worker each time is
no reason to go on for ever."""


class RayWorkers:
    """A cluster at an address, or one of this machine's own that ends with this object.

    `count` is the number of its processors. Methods may be called from several threads.
    """

    def __init__(self, address: str = "") -> None:
        """Raises ConfigError for an address at which no cluster answers."""
        import ray  # noqa: PLC0415 - an extra, which takes a second

        self._ray = ray
        try:
            ray.init(
                address=address or "local",
                include_dashboard=None if address else False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f"No Ray cluster answers at {address or 'this machine'} "
                f"({' '.join(str(error).split())[:200]})."
            ) from error
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self.count = max(1, int(resources.get("CPU", 1)))
        self._tasks: dict[Callable[..., Any], Any] = {}

    def run(self, task: Callable[..., T], *given: object) -> T:
        """What the task returns; raises what it raises if that is a RagError, and WorkersError."""
        [done] = self.each(task, [given])
        return done

    def each(self, task: Callable[..., T], givens: Iterable[tuple[object, ...]]) -> Iterator[T]:
        """The results in order. All are begun at once: whoever calls bounds how many there are."""
        remote = self._tasks.get(task)
        if remote is None:
            remote = self._tasks[task] = self._ray.remote(max_retries=AGAIN)(task)
        for waiting in [remote.remote(*given) for given in givens]:
            yield self._got(waiting)

    def _got(self, waiting: Any) -> Any:  # noqa: ANN401 - Ray's own
        exceptions = self._ray.exceptions
        try:
            return self._ray.get(waiting)
        except exceptions.RayTaskError as error:
            if isinstance(error.cause, RagError):
                raise error.cause from error
            raise WorkersError(f"a worker failed ({_short(error.cause)})") from error
        except exceptions.RayError as error:
            raise WorkersError(f"workers were lost again and again ({_short(error)})") from error

    def close(self) -> None:
        """Ends a cluster of this machine's own, and leaves another as it is."""
        self._ray.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
