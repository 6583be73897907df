"""Stages: pure functions from inputs to an artefact. One file a phase of a run.

A stage function fills ``job.folder`` and returns what its lineage is. It reads nothing but
``job.inputs``, ``job.parameters`` and, in the ``data`` stage alone, the data folder.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.engine.store import Store

Lineage = Mapping[str, Any]

_FLOOR = ("skeletons",)
_JUDGES = (*_FLOOR, "recognizers")
ROOMS = (*_JUDGES, "generators")
"""Where the code of a generator may lie: what it imports from them is what its results hang on."""

_ARRAYS = ("numpy",)
_NETWORKS = (*_ARRAYS, "torch", "safetensors")


@dataclass(frozen=True)
class Kind:
    """What a kind of stage runs and what code its result depends on.

    Attributes:
        target: ``module:function``.
        packages: rooms of the house, all of whose files count; for a generator's stages, what it
            imports comes to them.
        libraries: installed distributions whose version counts.
        weight: expected cost on two cores, for the order of work and the time left.
    """

    target: str
    packages: tuple[str, ...]
    libraries: tuple[str, ...]
    weight: float

    @property
    def module(self) -> str:
        """The file that the stage function is in; its code counts, too."""
        return self.target.partition(":")[0]

    def function(self) -> Callable[[Job], Lineage]:
        """Import and return the stage function."""
        module, _, name = self.target.partition(":")
        function: Callable[[Job], Lineage] = getattr(importlib.import_module(module), name)
        return function


KINDS = {
    "data": Kind("benchmark.experiment.stages.data:load", _FLOOR, (*_ARRAYS, "scikit-learn"), 4),
    "pretrain": Kind("benchmark.experiment.stages.extractor:pretrain", _JUDGES, _NETWORKS, 100),
    "fit": Kind("benchmark.experiment.stages.generate:fit", _FLOOR, (*_NETWORKS, "diffusers"), 100),
    "sample": Kind(
        "benchmark.experiment.stages.generate:sample", _FLOOR, (*_NETWORKS, "diffusers"), 15
    ),
    "featurise": Kind("benchmark.experiment.stages.judge:featurise", _JUDGES, _NETWORKS, 4),
    "adopt": Kind("benchmark.experiment.stages.extractor:adopt", _JUDGES, _NETWORKS, 2),
    "measure": Kind(
        "benchmark.experiment.stages.judge:measure",
        (*_FLOOR, "metrics.body"),
        (*_ARRAYS, "scipy"),
        4,
    ),
    "score": Kind(
        "benchmark.experiment.stages.judge:score",
        ("metrics",),
        (*_ARRAYS, "scipy", "scikit-learn"),
        2,
    ),
    "downstream": Kind("benchmark.experiment.stages.downstream:train", _JUDGES, _NETWORKS, 30),
    "weights": Kind(
        "benchmark.experiment.stages.downstream:adopt_weights",
        (*_FLOOR, "recognizers.checkpoints"),
        _NETWORKS,
        1,
    ),
    "fuse": Kind("benchmark.experiment.stages.downstream:fuse", _FLOOR, _ARRAYS, 1),
    "tables": Kind(
        "benchmark.experiment.stages.tables:write",
        ("skeletons", "benchmark.reports"),
        ("pandas",),
        3,
    ),
    "pictures": Kind(
        "benchmark.experiment.stages.pictures:draw",
        ("skeletons", "benchmark.reports"),
        ("matplotlib",),
        8,
    ),
}


@dataclass(frozen=True, eq=False)
class Job:
    """One stage as its function sees it.

    Attributes:
        name: the stage's name in the plan.
        parameters: plain values, part of the artefact's key.
        inputs: folders of the artefacts it is made from, by role.
        folder: to be filled.
        scratch: for checkpoints; survives a kill and goes when the artefact is complete.
        code: code version, for artefacts that the stage makes by the way.
        device_option: ``auto`` or a torch device.
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
    device_option: str = "auto"
    data_root: Path | None = None
    progress: Callable[[int, int], None] = lambda done, total: None
    note: Callable[[str], None] = lambda text: None

    @property
    def device(self) -> str:
        """The torch device to work on; imports torch."""
        from benchmark.engine.devices import torch_device

        return torch_device(self.device_option)
