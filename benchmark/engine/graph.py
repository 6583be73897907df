"""The stages of a plan as a graph: what each runs, what it depends on, and what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from benchmark.engine.keys import artefact_key


@dataclass(frozen=True, eq=False)
class Stage:
    """One step of a run.

    Attributes:
        name: unique in the plan, such as ``downstream/stgcn++/real/0``.
        kind: what it is called in the store; artefacts of a kind lie together.
        target: ``module:function``, which takes a :class:`~benchmark.engine.job.Job`.
        parameters: plain values.
        inputs: names of stages by role.
        series: names of several stages that make up one input together, in their order, by role.
        code: version of the code that it runs.
        weight: expected cost, for the order of work and the time left.
        required: names of the stages that it cannot do without; None for all. A stage that can do
            without some is *partial*: it runs when all have ended and is told which failed.
        name_in_run: its name in its own run, where a plan holds several runs.
        uses_device: its function works on the device of the run.
    """

    name: str
    kind: str
    target: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code: str = ""
    weight: float = 1.0
    required: tuple[str, ...] | None = None
    name_in_run: str = ""
    uses_device: bool = False

    @property
    def own_name(self) -> str:
        """What it is called where only its run is told of."""
        return self.name_in_run or self.name

    @property
    def partial(self) -> bool:
        """Whether it runs on those inputs that are there."""
        return self.required is not None

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of all stages that it is made from, each once."""
        several = (name for names in self.series.values() for name in names)
        return tuple(dict.fromkeys((*self.inputs.values(), *several)))

    def told(self, failed: Iterable[Mapping[str, Any]] = ()) -> Mapping[str, Any]:
        """Its parameters; a partial stage is also told which of its inputs failed."""
        return {**self.parameters, "failed": list(failed)} if self.partial else self.parameters

    def key(self, contents: Mapping[str, str], failed: Iterable[Mapping[str, Any]] = ()) -> str:
        """The key of its artefact.

        Args:
            contents: of the stages before it, by name; a series counts only if it is complete.
            failed: what became of the others, for a partial stage.
        """
        inputs: dict[str, Any] = {
            role: contents[name] for role, name in self.inputs.items() if name in contents
        }
        for role, names in self.series.items():
            if all(name in contents for name in names):
                inputs[role] = [contents[name] for name in names]
        return artefact_key(self.kind, self.code, self.told(failed), inputs)

    def renamed(self, names: Mapping[str, str]) -> Stage:
        """The same stage in a plan where stages have other names."""
        return replace(
            self,
            name=names[self.name],
            inputs={role: names[name] for role, name in self.inputs.items()},
            series={
                role: tuple(names[name] for name in several)
                for role, several in self.series.items()
            },
            required=self.required and tuple(names[name] for name in self.required),
            name_in_run=self.name,
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """Stages in an order in which they can be made, and the names of those that are asked for."""

    stages: tuple[Stage, ...]
    wanted: tuple[str, ...]

    def __getitem__(self, name: str) -> Stage:
        return self._by_name[name]

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    @property
    def names(self) -> KeysView[str]:
        """Names of all stages."""
        return self._by_name.keys()

    @cached_property
    def _by_name(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in self.stages}

    @cached_property
    def identities(self) -> Mapping[str, str]:
        """What each stage would be made from if nothing were made yet, as a hash: stages of the
        same identity are one stage, whatever run they are in."""
        known: dict[str, str] = {}
        for stage in self.stages:
            known[stage.name] = stage.key(known)
        return known

    def priority(self) -> dict[str, float]:
        """Expected cost of a stage and of the longest chain that waits for it."""
        waiting: dict[str, float] = {}
        rest: dict[str, float] = {}
        for stage in reversed(self.stages):
            rest[stage.name] = stage.weight + waiting.get(stage.name, 0.0)
            for name in stage.needs:
                waiting[name] = max(waiting.get(name, 0.0), rest[stage.name])
        return rest


def merged(plans: Mapping[str, Plan]) -> tuple[Plan, dict[str, dict[str, str]]]:
    """One plan with the stages of several; equal stages are one.

    Args:
        plans: of one run each, by the run's label.

    Returns:
        The plan, and for each label the names there of its run's stages, by their own names. A
        stage of all runs keeps its name; of the others, ``<label>/<name>`` of the first run that
        has it.
    """
    owners: dict[str, dict[str, None]] = {}
    for label, plan in plans.items():
        for stage in plan:
            owners.setdefault(plan.identities[stage.name], {})[label] = None
    names: dict[str, dict[str, str]] = {}
    stages: dict[str, Stage] = {}
    for label, plan in plans.items():
        own = names[label] = {}
        for stage in plan:
            having = list(owners[plan.identities[stage.name]])
            shared = len(having) == len(plans)
            own[stage.name] = stage.name if shared else f"{having[0]}/{stage.name}"
            if having[0] == label:
                stages[own[stage.name]] = stage.renamed(own)
    wanted = dict.fromkeys(
        names[label][name] for label, plan in plans.items() for name in plan.wanted
    )
    return Plan(tuple(stages.values()), tuple(wanted)), names
