"""What a store has of some plans, seen without making or checking anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmark.engine.graph import Plan
from benchmark.engine.store import Store


@dataclass(frozen=True)
class Missing:
    """Stages of a plan that are still to be made.

    Attributes:
        keys: of their artefacts by the stages' names, in the plan's order; None where it hangs on
            another one that is missing.
    """

    keys: Mapping[str, str | None]


class Inventory:
    """Looks at one plan after the other and remembers the stages that they share.

    As :class:`~benchmark.engine.scheduler.Scheduler` sees it, but for two things: an artefact whose
    files are damaged counts as there, and so does what a partial stage made of other failures.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, tuple[str | None, str | None, bool]] = {}

    def missing(self, plan: Plan) -> Missing:
        """What would be made of a plan now: nothing behind an artefact that is there."""
        contents: dict[str, str] = {}
        for stage in plan:
            identity = plan.identities[stage.name]
            if identity not in self._seen:
                key, content, there = None, None, False
                if all(name in contents for name in stage.needs):
                    key = stage.key(contents)
                    content = self._store.content(stage.kind, key)
                    there = bool(self._store.meta(stage.kind, key))
                self._seen[identity] = key, content, there
            content = self._seen[identity][1]
            if content is not None:
                contents[stage.name] = content
        wanted = set(plan.wanted)
        keys: dict[str, str | None] = {}
        for stage in reversed(plan.stages):
            key, _, there = self._seen[plan.identities[stage.name]]
            if stage.name in wanted and not there:
                keys[stage.name] = key
                wanted |= set(stage.needs)
        return Missing(dict(reversed(keys.items())))
