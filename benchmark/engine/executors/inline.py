"""Carry out tasks one after the other in this process: for debuggers and for tests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

Result = TypeVar("Result")


class InlineExecutor(Executor):
    """An executor without processes; a crash takes the whole run with it."""

    slots = 1

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Carry the function out before returning; ``KeyboardInterrupt`` passes through."""
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future
