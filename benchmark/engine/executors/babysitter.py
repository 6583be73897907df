"""What an engine carries out in place of a stage: a babysitter, with the stage in its own process.

What becomes of a killed process, of one that takes too long or too much, and of one that nobody
waits for any more, no two engines agree on. So none is asked: the babysitter starts a worker
(:mod:`benchmark.engine.executors.worker`), ends it with all that it has started, and gives back an
:class:`~benchmark.engine.outcomes.Outcome`. How far the stage is, and what it made, stands in the
store.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from benchmark.engine.executors.children import start_worker
from benchmark.engine.outcomes import (
    OUT_OF_MEMORY,
    SKIPPED,
    TIMEOUT,
    Outcome,
    ProcessDiedError,
    outcome_of,
)

SECONDS_BETWEEN_LOOKS = 0.5
STOPPED = Outcome(SKIPPED, "it was stopped")


@dataclass(frozen=True)
class Call:
    """A call for a worker, as plain data that any engine can send.

    Attributes:
        function: a function that returns an outcome, and its arguments, pickled.
        stop: the file that says, once it is there, that nobody waits any more.
        preload: modules that the worker imports first.
        path: where it finds modules.
        minutes: until it is ended; None for no limit.
        memory_gb: resident memory, GiB, of all its processes, at which it is ended; None for no
            limit. Looked at where there is ``/proc`` (Linux).
    """

    function: bytes
    stop: str
    preload: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    minutes: float | None = None
    memory_gb: float | None = None


def babysit(call: Call) -> Outcome:
    """Have a call carried out by a process of its own and see it end, well or not.

    Whatever ends the babysitter ends that process, too: it watches its end of a socket.
    """
    if Path(call.stop).exists():
        return STOPPED
    process, connection = start_worker(call.preload, call.path, own_group=True)
    try:
        outcome = _watched(call, process, connection)
    finally:
        # The group is there until its leader has been waited for.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        connection.close()
    if _pool_is_gone():
        os._exit(1)  # nobody else would end this process
    return outcome


def _watched(call: Call, process: subprocess.Popen[bytes], connection: Connection) -> Outcome:
    start, peak = time.monotonic(), 0.0
    try:
        connection.send_bytes(call.function)
        while not connection.poll(SECONDS_BETWEEN_LOOKS):
            peak = max(peak, memory_mb(process.pid))
            seconds = time.monotonic() - start
            if Path(call.stop).exists() or _pool_is_gone():
                return STOPPED
            ended = _beyond_limits(call, seconds, peak)
            if ended is not None:
                return replace(ended, seconds=round(seconds, 3), peak_memory_mb=round(peak, 1))
        well, answer = pickle.loads(connection.recv_bytes())
    except (EOFError, OSError):
        well, answer = False, ProcessDiedError(_exit_code(process.pid))
    except Exception as error:  # an answer that only the worker could read
        well, answer = False, error
    if well:
        outcome: Outcome = answer
        return outcome
    took = round(time.monotonic() - start, 3)
    return replace(outcome_of(answer), seconds=took, peak_memory_mb=round(peak, 1))


def _pool_is_gone() -> bool:
    """Whether this is a process of a pool, by ``multiprocessing``, whose owner was killed."""
    owner = multiprocessing.parent_process()
    if owner is None or owner.pid is None:
        return False
    with contextlib.suppress(PermissionError):
        try:
            os.kill(owner.pid, 0)
        except ProcessLookupError:
            return True
    return False


def _exit_code(process: int) -> int:
    """As ``Popen`` has it; the process stays to be waited for."""
    ended = os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    if ended is None:
        raise ChildProcessError(f"there is no process {process} to wait for")
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


def _beyond_limits(call: Call, seconds: float, memory: float) -> Outcome | None:
    if call.minutes is not None and seconds > 60 * call.minutes:
        text = f"it took longer than {call.minutes:g} minutes, which were asked for it"
        return Outcome(TIMEOUT, f"{text}: ask for more, it goes on from its checkpoints")
    if call.memory_gb is not None and memory > 1024 * call.memory_gb:
        text = f"it took more than {call.memory_gb:g} GiB of memory, which were asked for it"
        return Outcome(OUT_OF_MEMORY, f"{text}: ask for more")
    return None


def memory_mb(process: int) -> float:
    """Resident memory in MiB of a process and of all below it; 0 where the system does not say."""
    pages = 0
    for one in _family(process):
        with contextlib.suppress(OSError, IndexError):  # it has ended meanwhile
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _family(process: int) -> Iterator[int]:
    """A process and those that it has started, as their ids."""
    yield process
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in file.read_text().split():
                yield from _family(int(child))
