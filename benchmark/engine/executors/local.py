"""Worker processes on this machine: each with one thread, so that cores are used by stages side
by side and no result depends on how many cores there are.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, TypeVar

from benchmark.engine.executors.children import start_worker
from benchmark.engine.outcomes import ProcessDiedError

Result = TypeVar("Result")

MOST_WORKERS = 8


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_workers() -> int:
    """Processes of a pool: one a core, eight at most."""
    return min(available_cores(), MOST_WORKERS)


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    future: Future[Any] | None = None


class LocalPool(Executor):
    """An executor of up to ``slots`` processes, started when there is work for them.

    Unlike ``ProcessPoolExecutor`` it outlives a worker: the future of a call whose process died
    raises :class:`~benchmark.engine.outcomes.ProcessDiedError`, and the others go on.

    Args:
        workers: processes; None takes one a core, eight at most.
        preload: modules that a worker imports first, such as one that registers a plug-in.
    """

    def __init__(self, workers: int | None = None, preload: Sequence[str] = ()) -> None:
        self.slots = workers or default_workers()
        self._preload = tuple(preload)
        self._workers: list[_Worker] = []
        self._pending: deque[tuple[Future[Any], bytes]] = deque()
        self._lock = threading.Lock()
        self._closing = self._killing = False
        self._wake_up, self._woken = Pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Have a function called by a worker; all of it is pickled, now."""
        future: Future[Result] = Future()
        call = pickle.dumps((fn, args, kwargs))
        with self._lock:
            if self._closing:
                raise RuntimeError("the pool was shut down")
            self._pending.append((future, call))
        self._wake()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls. ``cancel_futures`` kills the workers, whatever they are at: an
        artefact is complete in the store or not there."""
        with self._lock:
            self._closing = True
            self._killing = self._killing or cancel_futures
        self._wake()
        if wait or cancel_futures:
            self._thread.join()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # the thread has ended
            self._wake_up.send_bytes(b"!")

    def _serve(self) -> None:
        """Give out calls and take in answers until the pool is shut down."""
        try:
            while not self._killing and (self._pending or self._busy() or not self._closing):
                self._serve_once()
        finally:
            with self._lock:
                self._closing = True  # whatever ended it, nothing is left waiting
            self._end()

    def _serve_once(self) -> None:
        with self._lock:
            calls = self._given_out()
        for worker, call in calls:
            with contextlib.suppress(OSError):  # it has just died, which is found out below
                worker.connection.send_bytes(call)
        connections = [worker.connection for worker in self._workers]
        ready = wait([self._woken, *connections])
        if self._woken in ready:
            self._woken.recv_bytes()
        for worker in [one for one in self._workers if one.connection in ready]:
            self._read(worker)

    def _busy(self) -> bool:
        return any(worker.future is not None for worker in self._workers)

    def _given_out(self) -> list[tuple[_Worker, bytes]]:
        """Pending calls, each with the idle or new worker that takes it."""
        calls = []
        while self._pending:
            worker = next((one for one in self._workers if one.future is None), None)
            if worker is None and len(self._workers) >= self.slots:
                break
            future, call = self._pending.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                worker = worker or self._start()
            except OSError as error:  # no memory, no more processes
                future.set_exception(error)
                continue
            worker.future = future
            calls.append((worker, call))
        return calls

    def _read(self, worker: _Worker) -> None:
        """Take in an answer; a worker that died takes its call with it."""
        try:
            well, answer = pickle.loads(worker.connection.recv_bytes())
        except (EOFError, OSError):
            code = worker.process.wait()
            worker.connection.close()
            self._workers.remove(worker)
            well, answer = False, ProcessDiedError(code)
        except Exception as error:  # an answer that only the worker could read
            well, answer = False, error
        future, worker.future = worker.future, None
        if future is None:
            return
        if well:
            future.set_result(answer)
        else:
            future.set_exception(answer)

    def _start(self) -> _Worker:
        worker = _Worker(*start_worker(self._preload))
        self._workers.append(worker)
        return worker

    def _end(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            code = worker.process.wait()
            worker.connection.close()
            if worker.future is not None:
                worker.future.set_exception(ProcessDiedError(code))
        self._workers.clear()
        for future, _ in self._pending:
            future.cancel()
        self._pending.clear()
        self._wake_up.close()
        self._woken.close()
