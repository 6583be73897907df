"""What runs should cost, by what stages like theirs did cost on this machine. Nothing is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmark.engine.graph import Plan, Stage
from benchmark.engine.inventory import Inventory, Missing
from benchmark.engine.store import Store

NAMES = ("generator", "recognizer", "network", "kind", "judge", "extractor")
"""Parameters that tell stages of one kind apart in what they cost."""

Alike = tuple[str, str]
"""Kind of a stage, and the name of its generator, recognizer or judge."""


@dataclass(frozen=True)
class Cost:
    """Medians over artefacts: seconds of a stage, and its peak memory in MB."""

    seconds: float
    memory_mb: float


class MeasuredCosts:
    """Costs of the stages in a store, read kind by kind when they are asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kinds: dict[str, dict[str, Cost]] = {}

    def of(self, kind: str, name: str) -> Cost | None:
        """What a stage did cost; None where the store has none like it."""
        if kind not in self._kinds:
            seen: dict[str, list[tuple[float, float]]] = {}
            for meta in self._store.metas(kind):
                seconds, memory = meta.get("seconds"), meta.get("peak_memory_mb")
                if isinstance(seconds, int | float) and isinstance(memory, int | float):
                    seen.setdefault(alike(kind, meta.get("parameters", {}))[1], []).append(
                        (seconds, memory)
                    )
            self._kinds[kind] = {
                name: Cost(*(median(column) for column in zip(*rows, strict=True)))
                for name, rows in seen.items()
            }
        return self._kinds[kind].get(name)


def alike(kind: str, parameters: Mapping[str, Any]) -> Alike:
    """What a stage is measured by."""
    named = (parameters.get(name) for name in NAMES)
    return kind, next((name for name in named if isinstance(name, str)), "")


@dataclass
class Forecast:
    """What some runs still need.

    Attributes:
        workers: that share the work.
        asked: stages of each kind that the runs have, each as often as a run has it.
        distinct: the same, once each.
        to_do: of these, those that are neither in the store nor behind what is there.
        unmeasured: of these, those that the store has no cost for, by kind and name.
        seconds_of: those of the others, by kind.
        chain: seconds of the longest chain of them.
    """

    inventory: Inventory
    costs: MeasuredCosts
    workers: int
    asked: Counter[str] = field(default_factory=Counter)
    distinct: Counter[str] = field(default_factory=Counter)
    to_do: Counter[str] = field(default_factory=Counter)
    seconds_of: dict[str, float] = field(default_factory=dict)
    unmeasured: Counter[Alike] = field(default_factory=Counter)
    chain: float = 0.0
    _seen: set[str] = field(default_factory=set)
    _waiting: set[str] = field(default_factory=set)
    _memory: Counter[float] = field(default_factory=Counter)

    @classmethod
    def of(cls, store: Store, workers: int) -> Forecast:
        """Of no runs yet."""
        return cls(Inventory(store), MeasuredCosts(store), workers)

    def add(self, plan: Plan, missing: Missing) -> None:
        """Count a run, and what its inventory says is missing of it."""
        rest: dict[str, float] = {}
        waiting: dict[str, float] = {}
        for stage in plan:
            identity = plan.identities[stage.name]
            self.asked[stage.kind] += 1
            self.distinct[stage.kind] += identity not in self._seen
            self._seen.add(identity)
            if stage.name in missing.keys and identity not in self._waiting:
                self._waiting.add(identity)
                self._count(stage)
        for stage in reversed(plan.stages):
            if stage.name in missing.keys:
                rest[stage.name] = self._seconds(stage) + waiting.get(stage.name, 0.0)
                for name in stage.needs:
                    waiting[name] = max(waiting.get(name, 0.0), rest[stage.name])
        self.chain = max(self.chain, *rest.values()) if rest else self.chain

    @property
    def work(self) -> float:
        """Seconds of all stages that are still to be made and whose like was measured."""
        return sum(self.seconds_of.values())

    @property
    def seconds(self) -> float:
        """The least that the workers need: their share of the work, or the longest chain."""
        return max(self.work / self.workers, self.chain)

    @property
    def memory_mb(self) -> float:
        """The most that the workers hold together, if each makes the largest of what is left."""
        largest = sorted(self._memory.elements(), reverse=True)
        return sum(largest[: self.workers])

    def _count(self, stage: Stage) -> None:
        what = alike(stage.kind, stage.parameters)
        self.to_do[stage.kind] += 1
        cost = self.costs.of(*what)
        if cost is None:
            self.unmeasured[what] += 1
            return
        self.seconds_of[stage.kind] = self.seconds_of.get(stage.kind, 0.0) + cost.seconds
        self._memory[cost.memory_mb] += 1

    def _seconds(self, stage: Stage) -> float:
        cost = self.costs.of(*alike(stage.kind, stage.parameters))
        return 0.0 if cost is None else cost.seconds
