"""Link after link: what each artefact is derived from, whether it follows, and which copy counts.

A stage is carried out again on what the store holds, so that a difference is found in the link
where it arose. The copy that counts for the links after it is the stored one where it follows (or
cannot be derived again, but is whole), and the new one where the stored one is damaged or wrong.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.analyses.verification.again import RECOUNTED, SLOW, WAVES, Hands, code_today
from benchmark.analyses.verification.array_differences import compare_arrays, compare_clips
from benchmark.analyses.verification.artefacts import Artefact, inspect
from benchmark.analyses.verification.differences import (
    NOT_THERE,
    Comparison,
    Difference,
    compare_bytes,
    compare_json,
    compare_tables,
)
from benchmark.analyses.verification.finding import CHANGED_CODE, MISSING, WRONG, Finding
from benchmark.analyses.verification.record import Record
from benchmark.engine.executors import OK, Outcome, Task
from benchmark.engine.scheduler import StageResult, Watcher
from benchmark.engine.store import META, Store
from benchmark.experiment.stages import KINDS
from benchmark.experiment.stages.generate import stored_pool

FEATURES_TOLERANCE = 1e-4
"""Of features and body measures that were made on another machine, or with other libraries."""
NUMBERS_TOLERANCE = 1e-6
"""Of metrics, likewise."""


@dataclass(eq=False)
class Derivation:
    """All artefacts that some runs rest on, each looked at once, and what came of it.

    Attributes:
        store: that of the runs.
        again: where new copies are made.
        quick: leave the kinds of :data:`SLOW` out.
        artefacts: by key.
        names: run and stage of each, by key.
        sources: folder of the copy that counts, by key; none where there is none.
        derived: keys of what was derived again.
        compared: cells and values that were compared, by key.
        drift: largest relative difference that was let pass, by key.
        elsewhere: keys of runs of another machine, which need not be equal to the last bit.
    """

    store: Store
    again: Store
    quick: bool
    artefacts: dict[str, Artefact] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Path] = field(default_factory=dict)
    derived: set[str] = field(default_factory=set)
    compared: dict[str, int] = field(default_factory=dict)
    drift: dict[str, float] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    _findings: dict[str, list[Finding]] = field(default_factory=dict)

    def look_at(self, record: Record, same_machine: bool) -> None:
        """Inspect the artefacts of a run, the parts of its fit among them."""
        waiting = [(key, f"{record.run.name}: {stage}") for stage, key in record.keys.items()]
        while waiting:
            key, name = waiting.pop(0)
            if key in self.artefacts:
                continue
            artefact = inspect(self.store, key, name)
            self.artefacts[key], self.names[key] = artefact, name
            if artefact.usable:
                self.sources[key] = artefact.folder
            beneath = self.artefacts[key].rests_on
            waiting += [(one, f"{name}, its {role}") for role, one in beneath.items()]
        if not same_machine:
            self.elsewhere.update(self.keys_of(record))

    def keys_of(self, record: Record) -> list[str]:
        """Keys that a run rests on, whatever they are made from among them."""
        known: dict[str, None] = {}
        waiting = list(record.keys.values())
        while waiting:
            key = waiting.pop(0)
            if key not in known:
                known[key] = None
                waiting += self.artefacts[key].rests_on.values()
        return list(known)

    def findings_of(self, keys: Iterable[str]) -> Iterator[Finding]:
        """What was found about these artefacts."""
        for key in keys:
            yield from self.artefacts[key].findings
            yield from self._findings.get(key, ())

    def carry_out(self, hands: Hands, watcher: Watcher) -> None:
        """Derive again what can be, wave after wave, and compare it with what is stored."""
        waves = [wave for wave in WAVES if not (self.quick and wave == SLOW)]
        chosen = [
            [key for key, artefact in self.artefacts.items() if artefact.kind in wave]
            for wave in waves
        ]
        weights = {
            self.names[key]: _weight(self.artefacts[key].kind) for keys in chosen for key in keys
        }
        if not weights:
            return
        watcher.begin(weights, len(self.artefacts) - len(weights))
        try:
            for keys in chosen:
                tasks = [task for key in keys if (task := self._task(key, watcher)) is not None]
                for task, outcome in hands.carry_out(tasks):
                    self._judge(task, outcome)
        finally:
            watcher.end()

    def _task(self, key: str, watcher: Watcher) -> Task | None:
        """How to make an artefact again; None, with a finding, where an input is not to be had."""
        artefact = self.artefacts[key]
        if not artefact.known:
            return None
        lost = [role for role, one in artefact.inputs.items() if one not in self.sources]
        if artefact.kind == RECOUNTED and not artefact.usable:
            lost = ["its own predictions"]
        if lost:
            reason = f"{', '.join(lost)} cannot be used"
            text = f"cannot be derived again: {reason}"
            self._add(key, Finding(MISSING, self._place(key), text, "derived again"))
            watcher.finished(StageResult(self.names[key], "skipped", reason=reason))
            return None
        inputs = {role: self.sources[one] for role, one in artefact.inputs.items()}
        if artefact.kind == RECOUNTED:
            inputs["predictions"] = artefact.folder
        return Task(
            name=self.names[key],
            kind=artefact.kind,
            key=key,
            code=artefact.meta["code"],
            parameters=artefact.meta["parameters"],
            inputs=inputs,
            input_keys=artefact.inputs,
        )

    def _judge(self, task: Task, outcome: Outcome) -> None:
        """Compare a new copy with the stored one and decide which of them counts."""
        artefact = self.artefacts[task.key]
        today = code_today(task.kind, task.parameters) == task.code
        severity = WRONG if today or not artefact.usable else CHANGED_CODE
        if outcome.status != OK:
            text = f"cannot be made again: {outcome.reason}"
            self._add(task.key, Finding(severity, self._place(task.key), text, "made again"))
            return
        fresh = self.again.folder(task.kind, task.key)
        self.derived.add(task.key)
        exact = today and task.key not in self.elsewhere
        found = False
        for name in _files(fresh):
            compared = _compare(artefact.folder / name, fresh / name, task, exact)
            self.compared[task.key] = self.compared.get(task.key, 0) + compared.compared
            self.drift[task.key] = max(self.drift.get(task.key, 0.0), compared.drift)
            found = found or bool(compared.differences)
            place = f"{self._place(task.key)}/{name}"
            self._add(task.key, *findings_of(compared, severity, place))
        if not artefact.usable or (found and severity == WRONG):
            self.sources[task.key] = fresh
        else:
            shutil.rmtree(fresh)

    def _add(self, key: str, *findings: Finding) -> None:
        self._findings.setdefault(key, []).extend(findings)

    def _place(self, key: str) -> str:
        return f"{self.store.root.name}/{self.artefacts[key].kind}/{key}"


def findings_of(compared: Comparison, severity: str, place: str) -> list[Finding]:
    """The differences of one file as findings."""
    return [
        Finding(severity, place, one.says, one.should_be, one.row, one.column)
        for one in compared.differences
    ]


def _weight(kind: str) -> float:
    """Expected cost; to recount is nothing beside the training that the kind stands for."""
    return 0.2 if kind == RECOUNTED else KINDS[kind].weight


def _files(folder: Path) -> Sequence[str]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    names = (path.relative_to(folder).as_posix() for path in paths)
    return [name for name in names if name != META]


def _compare(says: Path, should: Path, task: Task, exact: bool) -> Comparison:
    """Two copies of one file of an artefact."""
    if not says.is_file():
        return Comparison((Difference(NOT_THERE, "a file of the artefact"),))
    match says.suffix:
        case ".csv":
            return compare_tables(says, should)
        case ".npz":
            return compare_arrays(says, should, 0.0 if exact else FEATURES_TOLERANCE)
        case ".json":
            return compare_json(says, should, 0.0 if exact else NUMBERS_TOLERANCE)
        case ".pkl":
            return compare_annotations(says, should, task.inputs)
    return compare_bytes(says, should)


def compare_annotations(says: Path, should: Path, inputs: Mapping[str, Path]) -> Comparison:
    """Two annotation files, clip by clip where they are not the same bytes."""
    compared = compare_bytes(says, should)
    return compare_clips(says, stored_pool(inputs)) if compared.differences else compared
