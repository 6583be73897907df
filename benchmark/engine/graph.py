"""The stages of a run as a graph: what depends on what, and under which key each artefact lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmark.engine.store import artefact_key
from benchmark.experiment.stages import KINDS


@dataclass(frozen=True, eq=False)
class Stage:
    """One step of a run.

    Attributes:
        name: unique in the plan, such as ``downstream/stgcn++/real/0``.
        kind: what it does, a key of :data:`benchmark.experiment.stages.KINDS`.
        parameters: plain values.
        inputs: names of stages by role.
        code: code version.
        required: names of the inputs it cannot do without; None for all. A stage that can do
            without some is *partial*: it runs when all have ended and is told which failed.
        name_in_run: its name in its own run, where a plan holds several runs.
    """

    name: str
    kind: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    code: str
    required: tuple[str, ...] | None = None
    name_in_run: str = ""

    @property
    def own_name(self) -> str:
        """What it is called where only its run is told of."""
        return self.name_in_run or self.name

    @property
    def partial(self) -> bool:
        """Whether it runs on those inputs that are there."""
        return self.required is not None


@dataclass(frozen=True, eq=False)
class Plan:
    """Stages in an order in which they can be made, their keys, and those that are asked for."""

    stages: tuple[Stage, ...]
    keys: Mapping[str, str]
    wanted: tuple[str, ...]

    @classmethod
    def of(cls, stages: Iterable[Stage], wanted: tuple[str, ...]) -> Plan:
        """Work out the keys, from the data on; ``wanted`` are names of stages."""
        ordered = tuple(stages)
        keys: dict[str, str] = {}
        for stage in ordered:
            keys[stage.name] = stage_key(stage, keys)
        return cls(ordered, keys, wanted)

    def __getitem__(self, name: str) -> Stage:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in self.stages}

    def priority(self) -> dict[str, float]:
        """Expected cost of a stage and of the longest chain that waits for it."""
        waiting: dict[str, float] = {}
        rest: dict[str, float] = {}
        for stage in reversed(self.stages):
            rest[stage.name] = KINDS[stage.kind].weight + waiting.get(stage.name, 0.0)
            for name in stage.inputs.values():
                waiting[name] = max(waiting.get(name, 0.0), rest[stage.name])
        return rest


def stage_key(
    stage: Stage,
    keys: Mapping[str, str],
    available: Iterable[str] | None = None,
    failed: Iterable[Mapping[str, Any]] = (),
) -> str:
    """The key of a stage's artefact.

    Args:
        keys: keys of the stages before it.
        available: names of the inputs of a partial stage that are there; None for all.
        failed: what became of the others; part of the parameters.
    """
    there = None if available is None else set(available)
    inputs = {
        role: keys[name] for role, name in stage.inputs.items() if there is None or name in there
    }
    return artefact_key(stage.kind, stage.code, stage_parameters(stage, failed), inputs)


def stage_parameters(stage: Stage, failed: Iterable[Mapping[str, Any]] = ()) -> Mapping[str, Any]:
    """The parameters of a stage; a partial one is also told which of its inputs failed."""
    return {**stage.parameters, "failed": list(failed)} if stage.partial else stage.parameters
