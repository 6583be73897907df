"""Worker processes on this machine: each with one thread, so that cores are used by stages side
by side and no result depends on how many cores there are.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from benchmark.engine.executors import (
    ERROR,
    KILLED,
    Event,
    Finished,
    Outcome,
    Surroundings,
    Task,
)
from benchmark.records.environment import available_cores

MOST_WORKERS = 8
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    task: str | None = None


class LocalPool:
    """An executor of up to ``workers`` processes, started when there is work for them."""

    def __init__(self, surroundings: Surroundings, workers: int | None = None) -> None:
        self.slots = workers or min(available_cores(), MOST_WORKERS)
        self._surroundings = surroundings
        self._workers: list[_Worker] = []

    def submit(self, task: Task) -> None:
        """Give the task to an idle worker, or to a new one."""
        worker = next((worker for worker in self._workers if worker.task is None), None)
        if worker is None:
            worker = self._start()
        worker.task = task.name
        # a worker that has just died is found out by the next wait
        with contextlib.suppress(OSError):
            worker.connection.send(task)

    def wait(self, seconds: float) -> list[Event]:
        """Events of all workers; a worker that died has its task ``killed``."""
        events: list[Event] = []
        connections: list[Connection] = [worker.connection for worker in self._workers]
        if not connections:
            time.sleep(seconds)
            return events
        ready = wait(connections, seconds)
        for worker in [worker for worker in self._workers if worker.connection in ready]:
            events.extend(self._read(worker))
        return events

    def close(self) -> None:
        """Kill all workers: a stage is complete in the store or not there."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.wait()
            worker.connection.close()
        self._workers.clear()

    def _read(self, worker: _Worker) -> list[Event]:
        events: list[Event] = []
        try:
            while worker.connection.poll():
                event: Event = worker.connection.recv()
                events.append(event)
                if isinstance(event, Finished):
                    worker.task = None
        except (EOFError, OSError):
            events.extend(self._bury(worker))
        return events

    def _bury(self, worker: _Worker) -> list[Event]:
        code = worker.process.wait()
        worker.connection.close()
        self._workers.remove(worker)
        if worker.task is None:
            return []
        return [Finished(worker.task, death(code))]

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        environment = {
            **os.environ,
            **ONE_THREAD,
            "PYTHONHASHSEED": "0",
            # the worker finds the user's modules where this process does
            "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmark.engine.executors.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        theirs.close()
        worker = _Worker(process, Connection(ours.detach()))
        with contextlib.suppress(OSError):
            worker.connection.send(self._surroundings)
        self._workers.append(worker)
        return worker


def death(code: int) -> Outcome:
    """The outcome of a task whose process ended with this exit code."""
    if code >= 0:
        return Outcome(ERROR, f"its process ended with exit code {code}")
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "; the system does that when memory runs out" if -code == signal.SIGKILL else ""
    return Outcome(KILLED, f"its process was killed ({name}{hint})")
