"""The state of a training on disk, from which it goes on after a kill; no result depends on it."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from skeletons.errors import InputError

SECONDS_BETWEEN_CHECKPOINTS = 10.0
"""The longest wait between two, where they cost little."""
SECONDS_TO_FIRST_CHECKPOINT = 1.0
LARGEST_SHARE = 0.03
"""Of the time that a training takes, for its checkpoints; the longest wait of dear ones is 60 times
that of others."""


class Stateful(Protocol):
    """An optimiser, or what else has a state beside the weights."""

    def state_dict(self) -> dict[str, Any]:
        """All that changes from step to step."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up a state."""


class Checkpoints:
    """Saves a training now and then, and takes it up again.

    The first checkpoint comes early and the next ones ever later, so that a training that is killed
    every few seconds still gets on: of ``t`` seconds at most a third is lost, or one second.

    Args:
        file: where the state lies; None to save nothing.
        device: torch device of the state that is read.
    """

    def __init__(
        self,
        file: Path | None,
        device: str,
        model: nn.Module,
        optimisers: Mapping[str, Stateful],
        average: nn.Module | None,
    ) -> None:
        self._file, self._device = file, device
        self._model, self._optimisers, self._average = model, optimisers, average
        self._begin = self._last = time.monotonic()
        self._cost = 0.0

    def due(self) -> bool:
        """Whether it is time to save."""
        now = time.monotonic()
        growing = max(SECONDS_TO_FIRST_CHECKPOINT, (now - self._begin) / 3)
        dear = min(self._cost / LARGEST_SHARE, 60 * SECONDS_BETWEEN_CHECKPOINTS)
        wait = max(min(growing, SECONDS_BETWEEN_CHECKPOINTS), dear)
        return self._file is not None and now - self._last > wait

    def save(self, step: int) -> None:
        """Save the training as it is after ``step`` steps; a kill leaves the file before or this.

        Raises:
            OSError: it cannot be written.
        """
        if self._file is None:
            return
        begin = time.monotonic()
        state: dict[str, Any] = {
            "step": step,
            "model": self._model.state_dict(),
            "optimisers": {part: one.state_dict() for part, one in self._optimisers.items()},
            "average": None if self._average is None else self._average.state_dict(),
        }
        # in memory first: torch's own writer does not say that a disk is full
        buffer = io.BytesIO()
        torch.save(state, buffer)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_name(f"{self._file.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as file:
                file.write(buffer.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._file)
        except BaseException:
            with suppress(OSError):
                partial.unlink()
            raise
        self._last = time.monotonic()
        self._cost = self._last - begin

    def resume(self) -> int:
        """Load the state, if there is one; the number of steps that it has behind it.

        Raises:
            InputError: the file is damaged, or of another training.
        """
        if self._file is None or not self._file.exists():
            return 0
        try:
            state: Mapping[str, Any] = torch.load(
                self._file, map_location=self._device, weights_only=True
            )
            self._model.load_state_dict(state["model"])
            for part, optimiser in self._optimisers.items():
                optimiser.load_state_dict(state["optimisers"][part])
            if self._average is not None:
                self._average.load_state_dict(state["average"])
            return int(state["step"])
        except (RuntimeError, KeyError, ValueError, EOFError, OSError) as error:
            raise InputError(
                f"checkpoint {self._file} cannot be resumed ({error}): delete it to start again"
            ) from error
