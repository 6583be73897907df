"""The log of a PYSKL job: how far it has come, and what it said when it failed.

mmcv's ``TextLoggerHook`` writes one JSON object a line to ``<timestamp>.log.json``: first what is
known of the run, then ``{"mode": "train", "epoch": 1, "iter": 20, "lr": ..., "loss": ...}``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

_LAUNCHER = re.compile(r"\b(ChildFailedError|CalledProcessError|SignalException)\b")
"""What torch's launcher says when a process of the job failed, after that process said why."""

_ERROR = re.compile(
    r"^(?:\[rank\d+\]: *)?((?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit)(?:: .*|:?))$"
)
"""The line of a Python traceback that names the exception, perhaps with the process before it."""

_LONGEST = 300


@dataclass(frozen=True)
class TrainingStep:
    """One logged training step.

    Attributes:
        epoch: from 1.
        iteration: within the epoch, from 1.
        loss: as logged; NaN or infinite once a training has diverged.
    """

    epoch: int
    iteration: int
    loss: float


@dataclass
class LogParser:
    """Reads a log as it grows: bytes in, the training steps of the lines that they complete out."""

    _rest: bytes = field(default=b"", init=False)

    def feed(self, content: bytes) -> list[TrainingStep]:
        """The steps of all lines that end in ``content``; a line without an end waits for it."""
        *lines, self._rest = (self._rest + content).split(b"\n")
        steps = (_step(line) for line in lines)
        return [step for step in steps if step is not None]


@dataclass
class LogFollower:
    """Follows the ``*.log.json`` that a job will open in its folder."""

    folder: Path
    _place: int = field(default=0, init=False)
    _parser: LogParser = field(default_factory=LogParser, init=False)

    def new_steps(self) -> list[TrainingStep]:
        """Training steps logged since the last call; none while there is no log."""
        logs = sorted(self.folder.glob("*.log.json"))
        if not logs:
            return []
        with logs[0].open("rb") as stream:
            stream.seek(self._place)
            content = stream.read()
        self._place += len(content)
        return self._parser.feed(content)


def last_error(output: str) -> str:
    """The last line of a job's output that says what went wrong, without the launcher's own; the
    last line of all where no exception is named, nothing where there is no output."""
    lines = [line.strip() for line in output.replace("\r", "\n").splitlines() if line.strip()]
    errors = [found.group(1) for line in lines if (found := _ERROR.match(line))]
    own = [line for line in errors if not _LAUNCHER.search(line)]
    return (own or lines or [""])[-1][:_LONGEST]


def _step(line: bytes) -> TrainingStep | None:
    """The training step of a line; nothing for other lines."""
    try:
        entry = json.loads(line)
        if entry["mode"] != "train":
            return None
        return TrainingStep(int(entry["epoch"]), int(entry["iter"]), float(entry["loss"]))
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None
