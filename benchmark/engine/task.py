"""One stage to be carried out, anywhere: all that it takes is data and a shared folder."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmark.engine import artefacts
from benchmark.engine.job import Job, Lineage
from benchmark.engine.outcomes import OK, Outcome, UsageError, outcome_of
from benchmark.engine.peak_memory import peak_memory_mb, reset_peak_memory
from benchmark.engine.store import Claim, Store, write_atomically

SECONDS_BETWEEN_NEWS = 0.2


@dataclass(frozen=True)
class Surroundings:
    """What every task of a run shares, none of it part of a result.

    Attributes:
        store: root of the store.
        device: ``auto`` or a torch device.
        data_root: where data sets lie.
        devices: how many such devices a stage may use at once.
    """

    store: Path
    device: str = "auto"
    data_root: Path | None = None
    devices: int = 1


@dataclass(frozen=True)
class Task:
    """A stage with its key, and the folders of its inputs by role.

    Attributes:
        made_from: keys and contents of the inputs by role, for ``meta.json``.
        uses_device: its function works on the device of the run.
    """

    name: str
    kind: str
    target: str
    key: str
    code: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Path] = field(default_factory=dict)
    series: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    made_from: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    uses_device: bool = False

    def function(self) -> Callable[[Job], Lineage]:
        """Import and return the stage's function."""
        module, _, name = self.target.partition(":")
        function: Callable[[Job], Lineage] = getattr(importlib.import_module(module), name)
        return function

    def job(self, store: Store, folder: Path, scratch: Path | None = None, **more: Any) -> Job:
        """The stage as its function sees it, to fill ``folder``."""
        return Job(
            name=self.name,
            parameters=self.parameters,
            inputs=self.inputs,
            series=self.series,
            folder=folder,
            scratch=scratch or store.scratch(self.key),
            code=self.code,
            store=store,
            **more,
        )


@dataclass(frozen=True)
class News:
    """How far a task is: ``done`` of ``total`` steps, and what it is waiting for."""

    done: int = 0
    total: int = 0
    note: str = ""


def news_of(store: Store, key: str) -> News | None:
    """What a task said last; None before it started."""
    try:
        return News(**json.loads(store.news(key).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def carry_out(task: Task, surroundings: Surroundings) -> Outcome:
    """Find or make the artefact of a task; every error becomes an outcome.

    Only ``KeyboardInterrupt`` passes through. How far it is stands in the store meanwhile.
    """
    store = Store(surroundings.store)
    teller = _Teller(store.news(task.key))
    try:
        teller.say(News())
        return _make(task, surroundings, store, teller)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's class may raise anything, SystemExit too
        return outcome_of(error)
    finally:
        with suppress(OSError):
            teller.path.unlink(missing_ok=True)


class _Teller:
    """Writes news of one task, not too often; a disk that takes none stops no task."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = 0.0

    def say(self, news: News) -> None:
        with suppress(OSError):
            write_atomically(self.path, json.dumps(vars(news)).encode(), durable=False)

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_NEWS or done >= total:
            self._last = now
            self.say(News(done, total))

    def note(self, text: str) -> None:
        self.say(News(note=text))


def _make(task: Task, surroundings: Surroundings, store: Store, teller: _Teller) -> Outcome:
    """Make the artefact unless it is there."""
    waiting = "another process is making this artefact"
    with store.claim(task.kind, task.key, lambda: teller.note(waiting)) as claim:
        if claim.found is not None:
            return Outcome(OK, cached=True, meta=claim.found.meta)
        for folder in (*task.inputs.values(), *(one for of in task.series.values() for one in of)):
            check_seen(folder)
        made = claim.complete(_made(task, surroundings, store, claim, teller))
        return Outcome(OK, made.doubt, meta=made.meta)


def check_seen(folder: Path) -> None:
    """Raise :class:`UsageError` where an artefact that was made is not seen for long."""
    if not artefacts.await_artefact(folder):
        raise UsageError(
            f"'{folder}' was made and is not seen here, after {artefacts.SECONDS_OF_PATIENCE:g} s: "
            "is the store one folder for all who work?"
        )


def _made(
    task: Task, surroundings: Surroundings, store: Store, claim: Claim, teller: _Teller
) -> dict[str, Any]:
    """Fill the folder of a claim; what ``meta.json`` should say."""
    resumed = claim.scratch.exists() and any(claim.scratch.iterdir())
    job = task.job(
        store,
        claim.folder,
        claim.scratch,
        device_option=surroundings.device,
        devices=surroundings.devices,
        data_root=surroundings.data_root,
        progress=teller.progress,
        note=teller.note,
    )
    function = task.function()
    reset_peak_memory()
    start = time.perf_counter()
    lineage = function(job)
    return {
        "kind": task.kind,
        "stage": task.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - start, 3),
        "peak_memory_mb": round(peak_memory_mb(), 1),
        "device": _device_in_use(surroundings.device),
        "resumed": resumed,
        "code": task.code,
        "parameters": dict(task.parameters),
        **task.made_from,
        "lineage": dict(lineage),
    }


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
