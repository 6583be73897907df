"""What a stage needs of a machine: as the user says, as it was measured, or as it is taken to be.

A measurement counts where the store holds an artefact of the same kind, made with the same
parameters but for seeds, and from some of the same inputs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from benchmark.engine.keys import canonical_json
from benchmark.engine.outcomes import UsageError
from benchmark.engine.store import META, Store
from benchmark.engine.task import Surroundings, Task

MARGIN = 4.0
"""What is asked for in place of the seconds and the memory that an alike stage took."""
LEAST_MINUTES, LEAST_MEMORY_GB = 30, 4


@dataclass(frozen=True)
class Needs:
    """What is asked of an engine for one stage, and the most that it may take.

    Attributes:
        cores: of the processor.
        gpus: devices.
        memory_gb: resident memory of its process and of those that it starts, GiB.
        minutes: until it is ended.
    """

    cores: int = 1
    gpus: int = 0
    memory_gb: float = 8
    minutes: float = 24 * 60


NAMES = tuple(one.name for one in fields(Needs))


def check_needs(given: Mapping[str, float]) -> None:
    """Raise :class:`UsageError` for needs that no stage can have."""
    for name, value in given.items():
        if name not in NAMES:
            raise UsageError(f"unknown need '{name}': known are {', '.join(NAMES)}")
        whole = name in ("cores", "gpus")
        enough = 0 <= value < math.inf and (value > 0 or name == "gpus")
        if not enough or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            raise UsageError(f"the need {name}={value:g} is not {kind} above 0")


class NeedsOfTasks:
    """What the tasks of one run need.

    Args:
        store: whose artefacts say what alike ones took.
        given: needs of every stage, in place of those that are found.
    """

    def __init__(self, store: Store, given: Mapping[str, float]) -> None:
        self._store = store
        self._given: dict[str, Any] = {
            name: int(value) if name in ("cores", "gpus") else value
            for name, value in given.items()
        }
        self._metas: dict[str, dict[str, Mapping[str, Any]]] = {}

    def __call__(self, task: Task, surroundings: Surroundings) -> Needs:
        """The needs of a task. Times and memory come in powers of two, so that stages of about one
        size are queued together."""
        devices = surroundings.devices if task.uses_device else 0
        on_gpu = surroundings.device.startswith("cuda")
        needs = Needs(cores=max(1, devices), gpus=devices if on_gpu else 0)
        alike = [meta for meta in self._of_kind(task.kind) if _is_alike(task, meta)]
        if alike:
            seconds = max(float(meta["seconds"]) for meta in alike)
            memory = max(float(meta["peak_memory_mb"]) for meta in alike)
            needs = replace(
                needs,
                minutes=_power_of_two(MARGIN * seconds / 60, LEAST_MINUTES),
                memory_gb=_power_of_two(MARGIN * memory / 1024, LEAST_MEMORY_GB),
            )
        return replace(needs, **self._given)

    def _of_kind(self, kind: str) -> list[Mapping[str, Any]]:
        """What the artefacts of a kind say; each is read once."""
        known = self._metas.setdefault(kind, {})
        for path in (self._store.root / kind).glob(f"*/{META}"):
            key = path.parent.name
            if key not in known:
                known[key] = self._store.meta(kind, key)
        return [
            meta for meta in known.values() if meta.get("seconds") and meta.get("peak_memory_mb")
        ]


def _is_alike(task: Task, meta: Mapping[str, Any]) -> bool:
    theirs, mine = meta.get("contents", {}), task.made_from.get("contents", {})
    shared = any(role in theirs and theirs[role] == content for role, content in mine.items())
    same = _without_seeds(meta.get("parameters")) == _without_seeds(task.parameters)
    return not meta.get("resumed") and same and (shared or not mine)


def _without_seeds(parameters: Any) -> str:
    """Parameters as text, without the seeds among them."""

    def kept(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: kept(one) for name, one in value.items() if not name.endswith("seed")}
        return value

    return canonical_json(kept(parameters))


def _power_of_two(value: float, least: float) -> float:
    """The smallest of ``least``, twice, four times... it that is not below ``value``."""
    size = least
    while size < value:
        size *= 2
    return size
