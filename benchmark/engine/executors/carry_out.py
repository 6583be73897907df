"""Carry out one task in this process: find or make its artefact, and say what became of it."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmark.engine.executors import (
    ERROR,
    OK,
    OUT_OF_MEMORY,
    Event,
    Finished,
    Noted,
    Outcome,
    Progressed,
    Started,
    Surroundings,
    Task,
)
from benchmark.engine.peak_memory import peak_memory_mb, reset_peak_memory
from benchmark.engine.store import Store
from benchmark.experiment.stages import KINDS, Job
from skeletons.errors import InputError

SECONDS_BETWEEN_REPORTS = 0.2


def carry_out(task: Task, surroundings: Surroundings, send: Callable[[Event], None]) -> None:
    """Make the artefact of a task unless it is there; every error becomes an outcome.

    Only ``KeyboardInterrupt`` passes through.
    """
    send(Started(task.name))
    try:
        cached = _make(task, surroundings, send)
        outcome = Outcome(OK, cached=cached)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's generator may raise anything, SystemExit too
        outcome = outcome_of(error)
    send(Finished(task.name, outcome))


def outcome_of(error: BaseException) -> Outcome:
    """The status and the one-line reason of an exception."""
    if isinstance(error, InputError):
        return Outcome(ERROR, str(error), bad_input=True)
    text = " ".join(str(error).split())
    reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if is_out_of_memory(error):
        return Outcome(OUT_OF_MEMORY, reason)
    return Outcome(ERROR, reason, traceback="".join(traceback.format_exception(error)))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, torch's CPU allocator or the GPU ran out of memory."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error))
    )


def _make(task: Task, surroundings: Surroundings, send: Callable[[Event], None]) -> bool:
    store = Store(surroundings.store)
    last = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_REPORTS or done >= total:
            last = now
            send(Progressed(task.name, done, total))

    def build(folder: Path) -> Mapping[str, Any]:
        scratch = store.scratch(task.key)
        resumed = scratch.exists() and any(scratch.iterdir())
        job = Job(
            name=task.name,
            parameters=task.parameters,
            inputs=task.inputs,
            folder=folder,
            scratch=scratch,
            code=task.code,
            store=store,
            device_option=surroundings.device,
            data_root=surroundings.data_root,
            progress=progress,
            note=lambda text: send(Noted(task.name, text)),
        )
        function = KINDS[task.kind].function()
        reset_peak_memory()
        start = time.perf_counter()
        lineage = function(job)
        return {
            "kind": task.kind,
            "stage": task.name,
            "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - start, 3),
            "peak_memory_mb": round(peak_memory_mb(), 1),
            "device": _device_in_use(surroundings.device),
            "resumed": resumed,
            "code": task.code,
            "parameters": dict(task.parameters),
            "inputs": dict(task.input_keys),
            "lineage": dict(lineage),
        }

    waiting = Noted(task.name, "another process is making this artefact")
    _, cached = store.make(task.kind, task.key, build, lambda: send(waiting))
    return cached


def _device_in_use(option: str) -> str:
    """What the stage ran on; a stage that never imported torch ran on the processor."""
    if "torch" not in sys.modules:
        return "cpu"
    import torch

    from benchmark.engine.devices import torch_device

    device = torch_device(option)
    if device.startswith("cuda"):
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return device


def end_process(code: int) -> None:
    """Leave at once, without waiting for threads or clean-up: artefacts need none."""
    sys.stderr.flush()
    os._exit(code)
