"""What became of a task, and how an exception is told in one line."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.engine.files import why_unwritable

OK = "ok"
SKIPPED = "skipped"
KILLED = "killed"
OUT_OF_MEMORY = "out_of_memory"
TIMEOUT = "timeout"
LOST = "lost"
ERROR = "error"

MOST_CHARACTERS = 400
"""Of an engine's own message, which may be a whole log."""


class UsageError(Exception):
    """What was asked of the engine cannot be, and the user can mend it."""

    bad_input = True


class ProcessDiedError(Exception):
    """The process of a task ended before the task did.

    Attributes:
        code: its exit code; below zero the signal that killed it.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        if self.code >= 0:
            return f"its process ended with exit code {self.code}"
        try:
            name = signal.Signals(-self.code).name
        except ValueError:
            name = f"signal {-self.code}"
        hint = "; the system does that when memory runs out" if name == "SIGKILL" else ""
        return f"its process was killed ({name}{hint})"


class LostError(Exception):
    """An engine says that what it was to carry out is gone."""


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        status: ``ok``, ``killed``, ``out_of_memory``, ``timeout``, ``error``; ``lost`` where the
            machine or the engine that carried it out is gone; ``skipped`` is the scheduler's.
        reason: one line for every status but ``ok``; there, what is odd about the artefact.
        bad_input: the reason is the user's to mend.
        traceback: of an unforeseen error.
        cached: the artefact was there already, made by another process.
        seconds: until it ended, and
        peak_memory_mb: what it took meanwhile, where it did not end well and was watched.
        meta: what its ``meta.json`` says, so that nobody who cannot see it yet needs to read it;
            None where the scheduler found it itself.
    """

    status: str
    reason: str = ""
    bad_input: bool = False
    traceback: str = ""
    cached: bool = False
    seconds: float | None = None
    peak_memory_mb: float | None = None
    meta: Mapping[str, Any] | None = None


def outcome_of(error: BaseException) -> Outcome:
    """The status and the one-line reason of an exception; one with a true ``bad_input`` is the
    user's to mend."""
    if getattr(error, "bad_input", False):
        return Outcome(ERROR, str(error), bad_input=True)
    if isinstance(error, ProcessDiedError):
        return Outcome(KILLED if error.code < 0 else ERROR, str(error))
    unwritable = why_unwritable(error)
    if unwritable is not None:
        return Outcome(ERROR, unwritable, bad_input=True)
    text = " ".join(str(error).split())
    reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if is_out_of_memory(error):
        return Outcome(OUT_OF_MEMORY, reason)
    return Outcome(ERROR, reason, traceback="".join(traceback.format_exception(error)))


def lost(error: BaseException) -> Outcome:
    """The outcome of a task that an engine lost, with what it says of it in one line."""
    text = " ".join(str(error).split())[:MOST_CHARACTERS] or "no reason is known"
    own = isinstance(error, LostError)
    return Outcome(LOST, text if own else f"{type(error).__name__}: {text}")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, torch's CPU allocator or the GPU ran out of memory."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error))
    )
