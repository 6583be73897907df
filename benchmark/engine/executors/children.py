"""Starting a worker process, of one thread, that its parent speaks to over a socket."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from benchmark.engine.memory_reuse import with_large_pages

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


def search_path() -> tuple[str, ...]:
    """Where this process finds modules, each folder by its full name."""
    return tuple(path or str(Path.cwd()) for path in sys.path)


def start_worker(
    preload: Sequence[str] = (), path: Sequence[str] | None = None, *, own_group: bool = False
) -> tuple[subprocess.Popen[bytes], Connection]:
    """A new worker, see :mod:`benchmark.engine.executors.worker`, and this end of its socket.

    Args:
        preload: modules that it imports first.
        path: where it finds modules; without, where this process does.
        own_group: it leads a process group, so that what it starts can be ended with it.
    """
    ours, theirs = socket.socketpair()
    environment = {
        **with_large_pages(os.environ),
        **ONE_THREAD,
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(search_path() if path is None else path),
    }
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmark.engine.executors.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=own_group,
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    connection = Connection(ours.detach())
    with contextlib.suppress(OSError):  # it has just died, which its reader finds out
        connection.send(tuple(preload))
    return process, connection
