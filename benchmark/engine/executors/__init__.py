"""Where stages are carried out. An executor takes tasks and tells what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

OK = "ok"
SKIPPED = "skipped"
KILLED = "killed"
OUT_OF_MEMORY = "out_of_memory"
ERROR = "error"


@dataclass(frozen=True)
class Surroundings:
    """What every task of a run shares, none of it part of a result.

    Attributes:
        store: root of the store.
        device: ``auto`` or a torch device.
        data_root: where data sets lie.
        preload: modules that a worker imports first, such as one that registers a plug-in.
    """

    store: Path
    device: str = "auto"
    data_root: Path | None = None
    preload: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A stage with its key and the folders of its inputs, by role."""

    name: str
    kind: str
    key: str
    code: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Path] = field(default_factory=dict)
    input_keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        status: ``ok``, ``killed``, ``out_of_memory``, ``error``; ``skipped`` is the scheduler's.
        reason: one line for every status but ``ok``.
        bad_input: the reason is the user's to mend.
        traceback: of an unforeseen error.
        cached: the artefact was there already, made by another process.
    """

    status: str
    reason: str = ""
    bad_input: bool = False
    traceback: str = ""
    cached: bool = False


@dataclass(frozen=True)
class Started:
    """A worker has taken the task up."""

    task: str


@dataclass(frozen=True)
class Progressed:
    """``done`` of ``total`` steps of a task."""

    task: str
    done: int
    total: int


@dataclass(frozen=True)
class Noted:
    """What a task is waiting for."""

    task: str
    text: str


@dataclass(frozen=True)
class Finished:
    """The end of a task."""

    task: str
    outcome: Outcome


Event = Started | Progressed | Noted | Finished


class Executor(Protocol):
    """Carries out up to ``slots`` tasks at a time."""

    slots: int

    def submit(self, task: Task) -> None:
        """Take up a task; called only while fewer than ``slots`` are under way."""
        ...

    def wait(self, seconds: float) -> Sequence[Event]:
        """What happened since the last call; returns after ``seconds`` at the latest."""
        ...

    def close(self) -> None:
        """Stop at once, whatever is under way; artefacts are never left half made."""
        ...
