"""A worker process: takes calls from its parent over a socket until the parent is gone.

``python -m benchmark.engine.executors.worker <file descriptor>``. A thread reads the socket all the
time, so a parent that is killed takes its workers with it, even in the middle of a call.
"""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from benchmark.engine.memory_reuse import keep_freed_memory


def main() -> None:
    """Serve the parent whose end of the socket is the file descriptor in ``argv``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    sys.stdout = sys.stderr  # the parent's output is its own, a stage may print
    keep_freed_memory()
    connection = Connection(int(sys.argv[1]))
    preload: Sequence[str] = connection.recv()
    for module in preload:
        importlib.import_module(module)
    calls: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_receive, args=(connection, calls), daemon=True).start()
    while True:
        try:
            function, arguments, named = pickle.loads(calls.get())
            answer = True, function(*arguments, **named)
        except BaseException as error:
            answer = False, error
        try:
            connection.send_bytes(_pickled(answer))
        except OSError:  # the parent was killed meanwhile
            _end()


def _pickled(answer: tuple[bool, Any]) -> bytes:
    try:
        return pickle.dumps(answer)
    except Exception as error:  # an exception may hold what no other process can have
        return pickle.dumps((False, RuntimeError(f"{answer[1]!r} cannot be sent: {error}")))


def _receive(connection: Connection, calls: queue.Queue[bytes]) -> None:
    try:
        while True:
            calls.put(connection.recv_bytes())
    except (EOFError, OSError):
        _end()


def _end() -> NoReturn:
    """End at once, without threads or clean-up: artefacts need none."""
    sys.stderr.flush()
    if os.getpgrp() == os.getpid():  # with what a stage has started
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
