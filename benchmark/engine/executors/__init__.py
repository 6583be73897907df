"""Where tasks are carried out: anything that is what ``concurrent.futures`` calls an executor.

Its ``ProcessPoolExecutor`` and ``ThreadPoolExecutor`` will do, though a stage that kills its
process takes the first one's whole pool with it. :mod:`~benchmark.engine.executors.apart` has any
engine carry out a babysitter, which has the stage in a process of its own: then all are alike. How
far a task is does not pass through the executor: it stands in the store, which all workers share.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Executor(Protocol):
    """Carries out functions, in other processes or elsewhere.

    One that has an attribute ``slots`` is given no more than so many at a time, so that what
    becomes ready later can still overtake. Where an attribute ``apart`` is true, tasks run apart
    from what the futures stand for: one that raises has lost its task, which is then begun again.
    """

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Take a function up; the future has ``cancel``."""
        ...

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """No more will come; ``cancel_futures``: nobody waits for what is under way either."""
        ...
