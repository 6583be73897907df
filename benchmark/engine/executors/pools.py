"""Engines that are what ``concurrent.futures`` calls an executor: its own, loky's, dask's."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Executor, Future

from benchmark.engine.executors.babysitter import Call, babysit
from benchmark.engine.needs import Needs
from benchmark.engine.outcomes import Outcome


class PoolEngine:
    """Babysitters in an executor that somebody else wrote. It is told nothing of needs.

    Args:
        make: makes the executor.
    """

    slots = None
    asks = False

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._pool = make()

    def submit(self, call: Call, needs: Needs) -> Future[Outcome]:
        """Have the pool call the babysitter."""
        return self._pool.submit(babysit, call)

    def stop(self, futures: Collection[Future[Outcome]]) -> None:
        """Cancel what the pool has not begun."""
        for future in futures:
            future.cancel()

    def close(self) -> None:
        """Shut the pool down without waiting for it."""
        self._pool.shutdown(wait=False)
