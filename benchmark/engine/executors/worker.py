"""A worker process: takes tasks from its parent over a socket until the parent is gone.

``python -m benchmark.engine.executors.worker <file descriptor>``. A thread reads the socket all the
time, so a parent that is killed takes its workers with it, even in the middle of a task.
"""

from __future__ import annotations

import importlib
import queue
import signal
import sys
import threading
from multiprocessing.connection import Connection

from benchmark.engine.executors import Event, Surroundings, Task
from benchmark.engine.executors.carry_out import carry_out, end_process
from benchmark.engine.memory_reuse import keep_freed_memory


def main() -> None:
    """Serve the parent whose end of the socket is the file descriptor in ``argv``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    sys.stdout = sys.stderr  # the parent's output is its own, a generator may print
    keep_freed_memory()
    connection = Connection(int(sys.argv[1]))
    surroundings: Surroundings = connection.recv()
    for module in surroundings.preload:
        importlib.import_module(module)
    tasks: queue.Queue[Task] = queue.Queue()
    threading.Thread(target=_receive, args=(connection, tasks), daemon=True).start()
    speaking = threading.Lock()

    def send(event: Event) -> None:
        with speaking:
            connection.send(event)

    while True:
        carry_out(tasks.get(), surroundings, send)


def _receive(connection: Connection, tasks: queue.Queue[Task]) -> None:
    try:
        while True:
            tasks.put(connection.recv())
    except (EOFError, OSError):
        end_process(1)


if __name__ == "__main__":
    main()
