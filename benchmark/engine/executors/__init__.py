"""Where tasks are carried out: anything that is what ``concurrent.futures`` calls an executor.

Its ``ProcessPoolExecutor`` and ``ThreadPoolExecutor`` will do, and those that Ray, dask or Parsl
have. How far a task is does not pass through the executor: it stands in the store, which all
workers share.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Executor(Protocol):
    """Carries out functions, in other processes or elsewhere.

    One that has an attribute ``slots`` is given no more than so many at a time, so that what
    becomes ready later can still overtake.
    """

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Take a function up; the future has ``cancel``."""
        ...

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """No more will come; ``cancel_futures``: nobody waits for what is under way either."""
        ...
