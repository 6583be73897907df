"""A stage as its function sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.engine.store import Store

Lineage = Mapping[str, Any]
"""What a stage's function returns: plain values for ``meta.json``, no part of its content."""


@dataclass(frozen=True, eq=False)
class Job:
    """One stage as its function sees it. It reads nothing else, and fills ``folder``.

    Attributes:
        name: the stage's name in the plan.
        parameters: plain values, part of the artefact's key.
        inputs: folders of the artefacts that it is made from, by role.
        series: folders of several artefacts that make up one input, in order, by role; only those
            that are complete.
        folder: to be filled.
        scratch: for checkpoints; survives a kill and goes when the artefact is complete.
        code: code version, for artefacts that the stage makes by the way.
        device_option: ``auto`` or a torch device.
        devices: how many such devices the stage may use at once.
        data_root: where data sets lie.
        progress: called with (done, total).
        note: called with what the stage is waiting for.
    """

    name: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Path]
    folder: Path
    scratch: Path
    code: str
    store: Store
    series: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    device_option: str = "auto"
    devices: int = 1
    data_root: Path | None = None
    progress: Callable[[int, int], None] = lambda done, total: None
    note: Callable[[str], None] = lambda text: None

    @property
    def device(self) -> str:
        """The torch device to work on; imports torch."""
        from benchmark.engine.devices import torch_device

        return torch_device(self.device_option)
