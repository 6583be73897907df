"""Recorded artefacts, made again by the ordinary scheduler in a store of their own.

The plan has a stage for every artefact, with the parameters and inputs that the artefact says it
was made from. What takes long (data, fits, samples, trainings) is given: a stage without inputs,
whose artefact is linked into the new store beforehand. A training's result is counted again.

What rests on an artefact is made from the copy that counts: the stored one where it follows, or
where it cannot be made again but is whole; the new one where the stored one is damaged or wrong. A
stored copy that counts and is not byte-equal to the new one becomes a given one, and the scheduler
runs once more for what rests on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.analyses.verification import stand_ins
from benchmark.analyses.verification.artefacts import PART, Artefact, files_of, inspect
from benchmark.analyses.verification.differences import Comparison
from benchmark.analyses.verification.file_comparison import compare_files
from benchmark.analyses.verification.finding import CHANGED_CODE, MISSING, WRONG, Finding
from benchmark.analyses.verification.record import Record
from benchmark.analyses.verification.stage_keys import code_today
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.outcomes import OK
from benchmark.engine.scheduler import StageResult, Watcher
from benchmark.engine.store import Store
from benchmark.experiment.api import Workplace, carry_out_plan
from benchmark.experiment.artefacts.clips import stored_pool
from benchmark.experiment.kinds import stage_of
from skeletons.clips import ClipSet

SLOW = ("featurise", "measure")
"""Kinds that look at every frame of the clips; ``--quick`` leaves them out."""
RECOUNTED = "downstream"
"""The kind whose training is not repeated: its result is counted again from its predictions."""
LIGHT = ("score", RECOUNTED, "fuse", "tables")


@dataclass(frozen=True)
class Judgement:
    """What came of an artefact: cells and values that were compared with a new copy, and the
    largest relative difference that was let pass."""

    findings: tuple[Finding, ...] = ()
    derived: bool = False
    compared: int = 0
    drift: float = 0.0


class Rederivation:
    """All artefacts that some runs rest on, each looked at once, and what came of it.

    Args:
        store: that of the runs; nothing is written there.
        workplace: with a store of its own, for the new copies.
        quick: believe features and body measures as far as their hashes go.
    """

    def __init__(self, store: Store, workplace: Workplace, quick: bool) -> None:
        self.store = store
        self.scratch = workplace.store
        self.artefacts: dict[str, Artefact] = {}
        self._workplace = workplace
        self._kinds = LIGHT if quick else (*SLOW, *LIGHT)
        self._names: dict[str, str] = {}
        self._elsewhere: set[str] = set()
        self._given: set[str] = set()
        self._judged: dict[str, Judgement] = {}
        self._results: Mapping[str, StageResult] = {}

    def look_at(self, record: Record, same_machine: bool) -> None:
        """Inspect the artefacts of a run, and whether they are what others were made from."""
        for stage, key in record.keys.items():
            self._look_up(key, f"{record.place}: {stage}")
            for part, one in self.artefacts[key].parts.items():
                self._look_up(one, f"{record.place}: {stage}, its part {part}")
        for made in (self.artefacts[key] for key in record.keys.values()):
            for key, content in (one for pairs in made.inputs.values() for one in pairs):
                source = self.artefacts.get(key)
                if made.known and source and source.content and source.content != content:
                    says, should = f"content {source.content}", f"content {content}"
                    text = f"{should}, which others were made from"
                    broken = Finding(
                        WRONG, f"{source.place}/meta.json", says, text, column="content"
                    )
                    found = tuple(dict.fromkeys((*source.findings, broken)))
                    self.artefacts[key] = replace(source, findings=found)
        if not same_machine:
            self._elsewhere.update(record.keys.values())

    def _look_up(self, key: str, name: str) -> None:
        if key not in self.artefacts:
            self.artefacts[key], self._names[key] = inspect(self.store, key, name), name

    def of_run(self, record: Record) -> dict[str, Judgement]:
        """What came of the artefacts that a run rests on, parts of fits among them, by key."""
        keys = dict.fromkeys(record.keys.values())
        keys |= dict.fromkeys(part for key in keys for part in self.artefacts[key].parts.values())
        nothing = Judgement()
        return {
            key: replace(one, findings=(*self.artefacts[key].findings, *one.findings))
            for key in keys
            for one in [self._judged.get(key, nothing)]
        }

    def carry_out(self, watcher: Watcher) -> None:
        """Make again what can be, and compare it with what is stored."""
        for part in (one for one in self.artefacts.values() if one.kind == PART):
            self._give(PART, part.key, part)
        given = -1
        while given < len(self._given):
            given = len(self._given)
            plan = self._plan()
            self._results = carry_out_plan(plan, self._workplace, watcher)
            self._judge_all(plan)

    def result(self, key: str) -> StageResult | None:
        """The stage of the copy that counts, with its key in the scratch store; None if there is
        no such copy."""
        found = self._results.get(self._names.get(key, ""))
        return found if found and found.status == OK else None

    def folder(self, key: str) -> Path | None:
        """Where the copy that counts lies."""
        found = self.result(key)
        return self.scratch.folder(self.artefacts[key].kind, found.key) if found else None

    def pool(self, key: str) -> ClipSet | None:
        """The synthetic clips that an artefact was made from; None if one is not to be had."""
        shards = [self._source(*pair) for pair in self.artefacts[key].inputs.get("shards", ())]
        folders = [folder for shard in shards if (folder := self.folder(shard)) is not None]
        return stored_pool(folders) if folders and len(folders) == len(shards) else None

    def _plan(self) -> Plan:
        stages: dict[str, Stage] = {}
        for key, artefact in self.artefacts.items():
            if artefact.kind != PART:
                made = self._made_again if self._is_made_again(key) else self._left_as_it_is
                stages |= {stage.name: stage for stage in made(artefact, stages)}
        return Plan(tuple(stages.values()), tuple(stages))

    def _is_made_again(self, key: str) -> bool:
        artefact = self.artefacts[key]
        return artefact.known and artefact.kind in self._kinds and key not in self._given

    def _left_as_it_is(self, artefact: Artefact, before: Mapping[str, Stage]) -> Iterator[Stage]:
        name = self._names[artefact.key]
        yield self._given_stage(name, name.partition(": ")[2], artefact)

    def _made_again(self, artefact: Artefact, before: Mapping[str, Stage]) -> Iterator[Stage]:
        """The stage of an artefact, behind stages for what cannot be had of its inputs."""
        name, kind = self._names[artefact.key], artefact.kind
        inputs: dict[str, tuple[str, ...]] = {}
        for role, pairs in artefact.inputs.items():
            sources = [self._names.get(self._source(*pair), "") for pair in pairs]
            if any(source not in before for source in sources):
                lost = self._given_stage(f"{name}, its {role}", role, None)
                sources = [lost.name]
                yield lost
            inputs[role] = tuple(sources)
        if kind == RECOUNTED:
            inputs.pop("weights", None)
            own = self._given_stage(f"{name}, its predictions", "its own predictions", artefact)
            inputs["predictions"] = (own.name,)
            yield own
        stage = stage_of(name, kind, artefact.meta["parameters"])
        several = {role for role, keys in artefact.meta["inputs"].items() if isinstance(keys, list)}
        yield replace(
            stage,
            target=f"{stand_ins.MODULE}:recount" if kind == RECOUNTED else stage.target,
            weight=0.2 if kind == RECOUNTED else stage.weight,
            inputs={role: names[0] for role, names in inputs.items() if role not in several},
            series={role: names for role, names in inputs.items() if role in several},
            name_in_run=name.partition(": ")[2],
        )

    def _source(self, key: str, content: str) -> str:
        """The key of an input: the one that is named or, where that is gone, of one that holds the
        same."""
        if key in self.artefacts and self.artefacts[key].is_there:
            return key
        same = (one.key for one in self.artefacts.values() if content and one.content == content)
        return next(same, key)

    def _given_stage(self, name: str, own_name: str, artefact: Artefact | None) -> Stage:
        """A stage that is not made again; its artefact is given where it can be used."""
        kind, key = (artefact.kind, artefact.key) if artefact else ("", "")
        told = {"recorded": key or name}
        target = f"{stand_ins.MODULE}:{stand_ins.not_given.__name__}"
        stage = Stage(name, kind or "absent", target, told, weight=0.1, name_in_run=own_name)
        if artefact is not None and artefact.usable:
            self._give(kind, stage.key({}), artefact)
        return stage

    def _give(self, kind: str, key: str, artefact: Artefact) -> None:
        """Link the files of a stored artefact into the scratch store."""

        def link(folder: Path) -> Mapping[str, Any]:
            for name, path in files_of(artefact.folder).items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).symlink_to(path.absolute())
            return artefact.meta

        self.scratch.make(kind, key, link)

    def _judge_all(self, plan: Plan) -> None:
        """Judge what was made from copies that count; those that do not yet wait for the next
        round."""
        waiting: set[str] = set()
        for key in [key for key in self.artefacts if self._is_made_again(key)]:
            stage = plan[self._names[key]]
            if waiting.isdisjoint(stage.needs):
                if key not in self._judged:
                    self._judged[key] = self._judge(key, plan)
                    if self._stored_one_counts(key):
                        self._given.add(key)
                        waiting.add(stage.name)
            else:
                waiting.add(stage.name)

    def _stored_one_counts(self, key: str) -> bool:
        """Whether it is the stored copy that counts, and the new one is another."""
        artefact, judged, result = self.artefacts[key], self._judged[key], self.result(key)
        if not artefact.usable or result is None:
            return artefact.usable
        wrong = any(finding.severity == WRONG for finding in judged.findings)
        return not wrong and self.scratch.content(artefact.kind, result.key) != artefact.content

    def _judge(self, key: str, plan: Plan) -> Judgement:
        """Compare a new copy with the stored one."""
        artefact, stage = self.artefacts[key], plan[self._names[key]]
        today = code_today(artefact.kind, artefact.meta["parameters"]) == artefact.meta["code"]
        severity = WRONG if today or not artefact.usable else CHANGED_CODE
        fresh = self.folder(key)
        if fresh is None:
            lost = [plan[need].own_name for need in stage.needs if self._results[need].status != OK]
            text = f"cannot be derived again: {', '.join(lost)} cannot be used"
            one = Finding(MISSING, artefact.place, text, "derived again")
            if not lost:
                text = f"cannot be made again: {self._results[stage.name].reason}"
                one = Finding(severity, artefact.place, text, "made again")
            return Judgement((one,))
        exact = today and key not in self._elsewhere
        findings: list[Finding] = []
        compared, drift = 0, 0.0
        for name in dict.fromkeys((*files_of(fresh), *artefact.meta.get("files", ()))):
            one_file = compare_files(
                artefact.folder / name,
                fresh / name,
                "a file of the artefact",
                exact,
                clips=lambda: self.pool(key),
            )
            compared, drift = compared + one_file.compared, max(drift, one_file.drift)
            findings += findings_of(one_file, severity, f"{artefact.place}/{name}")
        return Judgement(tuple(findings), True, compared, drift)


def findings_of(compared: Comparison, severity: str, place: str) -> list[Finding]:
    """The differences of one file as findings."""
    return [
        Finding(severity, place, one.says, one.should_be, one.row, one.column)
        for one in compared.differences
    ]
