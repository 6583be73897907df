"""One executor for all engines: each carries out babysitters, of which it need only take one up and
say when it has ended.
"""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from benchmark.engine.executors.babysitter import Call
from benchmark.engine.executors.children import search_path
from benchmark.engine.needs import Needs
from benchmark.engine.outcomes import Outcome

Result = TypeVar("Result")

PATIENCE = 5.0
"""Seconds that babysitters have to stop, before their engine ends them its own way."""


class Engine(Protocol):
    """Where babysitters are carried out."""

    @property
    def slots(self) -> int | None:
        """How many may be queued or under way at once; None for any number."""
        ...

    @property
    def asks(self) -> bool:
        """Whether it is told what a stage needs. What it was asked for is then the limit."""
        ...

    def submit(self, call: Call, needs: Needs) -> Future[Outcome]:
        """Have :func:`~benchmark.engine.executors.babysitter.babysit` called somewhere.

        Raises:
            BrokenExecutor: it takes nothing any more, but another of its kind would.
        """
        ...

    def stop(self, futures: Collection[Future[Outcome]]) -> None:
        """End what is queued or under way, in whatever way it can."""
        ...

    def close(self) -> None:
        """Nothing more will come."""
        ...


class ApartExecutor(Executor):
    """An executor whose calls are carried out apart from the engine's own processes.

    The functions return an :class:`~benchmark.engine.outcomes.Outcome`. A future of it raises only
    where the engine has lost the babysitter.

    Args:
        make_engine: called again where an engine is broken.
        stops: folder, seen by all machines, of the files that tell babysitters to stop.
        needs: of a call, from its arguments.
        given: names of the needs that the user gave, which are limits with every engine.
        preload: modules that each worker imports first.
        slots: in place of the engine's.
    """

    apart = True

    def __init__(
        self,
        make_engine: Callable[[], Engine],
        stops: Path,
        needs: Callable[..., Needs],
        given: Collection[str] = (),
        preload: Sequence[str] = (),
        slots: int | None = None,
    ) -> None:
        self._make_engine = make_engine
        self._engine = make_engine()
        self.slots = slots or self._engine.slots
        self._needs = needs
        self._given = frozenset(given)
        self._preload = tuple(preload)
        self._stop = stops / f"{uuid.uuid4().hex}.stop"
        self._running: set[Future[Outcome]] = set()

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Have a function called; one that the engine does not take is a future that raises."""
        needs = self._needs(*args, **kwargs)
        limited = {"minutes", "memory_gb"} if self._engine.asks else self._given
        call = Call(
            function=pickle.dumps((fn, args, kwargs)),
            stop=str(self._stop),
            preload=self._preload,
            path=search_path(),
            minutes=needs.minutes if "minutes" in limited else None,
            memory_gb=needs.memory_gb if "memory_gb" in limited else None,
        )
        try:
            future = self._submit(call, needs)
        except Exception as error:
            if getattr(error, "bad_input", False):
                raise
            future = Future()
            future.set_exception(error)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return cast("Future[Result]", future)

    def _submit(self, call: Call, needs: Needs) -> Future[Outcome]:
        try:
            return self._engine.submit(call, needs)
        except BrokenExecutor:
            self._engine.close()
            self._engine = self._make_engine()
            return self._engine.submit(call, needs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls. ``cancel_futures`` ends what is queued or under way, wherever."""
        try:
            if cancel_futures:
                self._end()
            elif wait:
                self._wait(None)
        finally:
            self._engine.close()

    def _end(self) -> None:
        if not self._running:
            return
        self._stop.parent.mkdir(parents=True, exist_ok=True)
        self._stop.touch()
        if self._wait(PATIENCE):
            self._engine.stop(self._wait(0))
        if not self._wait(PATIENCE):
            self._stop.unlink(missing_ok=True)

    def _wait(self, seconds: float | None) -> set[Future[Outcome]]:
        """Wait for what is under way; what then still is."""
        return set(wait(set(self._running), seconds).not_done)
