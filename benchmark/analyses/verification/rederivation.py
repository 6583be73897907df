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
from dataclasses import replace
from pathlib import Path

from benchmark.analyses.verification import stand_ins
from benchmark.analyses.verification.artefacts import PART, Artefact, files_of, inspect
from benchmark.analyses.verification.differences import compare_folders
from benchmark.analyses.verification.finding import CHANGED_CODE, MISSING, WRONG, Checked, Finding
from benchmark.analyses.verification.record import Record
from benchmark.analyses.verification.stage_keys import code_today
from benchmark.engine.graph import Plan, Stage
from benchmark.engine.outcomes import OK
from benchmark.engine.scheduler import StageResult, Watcher
from benchmark.engine.store import Store
from benchmark.experiment.api import Workplace, carry_out_plan
from benchmark.experiment.kinds import KINDS

SLOW = ("featurise", "measure")
"""Kinds that look at every frame of the clips; ``--quick`` leaves them out."""
RECOUNTED = ("downstream", "downstream_online")
"""Kinds whose training is not repeated: the result is counted again from the predictions."""
UNCOUNTED = ("weights", "labels", "fit")
"""Their inputs that have no say in the count."""
LIGHT = ("score", *RECOUNTED, "fuse", "tables")


class Rederivation:
    """All artefacts that some runs rest on, each looked at once, and what came of it.

    Args:
        store: that of the runs; nothing is written there.
        workplace: with a store of its own, for the new copies.
        quick: believe features and body measures as far as their hashes go.
    """

    def __init__(self, store: Store, workplace: Workplace, quick: bool) -> None:
        self.scratch = workplace.store
        self.artefacts: dict[str, Artefact] = {}
        self._store = store
        self._workplace = workplace
        self._kinds = LIGHT if quick else (*SLOW, *LIGHT)
        self._names: dict[str, str] = {}
        self._elsewhere: set[str] = set()
        self._given: set[str] = set()
        self._judged: dict[str, Checked] = {}
        self._results: Mapping[str, StageResult] = {}

    def look_at(self, record: Record, same_machine: bool) -> None:
        """Inspect the artefacts of a run, and whether they hold what others were made from."""
        run = record.place.removeprefix("runs/")
        for stage, key in record.keys.items():
            self._look_up(key, f"{run}: {stage}")
            for part, one in self.artefacts[key].parts.items():
                self._look_up(one, f"{run}: {stage}, its part {part}")
        for made in [self.artefacts[key] for key in record.keys.values()]:
            for key, content in (pair for pairs in made.inputs.values() for pair in pairs):
                source = self.artefacts.get(key)
                if made.known and source and source.content and source.content != content:
                    should = f"content {content}, which others were made from"
                    self.artefacts[key] = source.with_finding(
                        WRONG, "meta.json", f"content {source.content}", should
                    )
        if not same_machine:
            self._elsewhere.update(record.keys.values())

    def _look_up(self, key: str, name: str) -> None:
        if key not in self.artefacts:
            self.artefacts[key], self._names[key] = inspect(self._store, key, name), name

    def of_run(self, record: Record) -> Iterator[Checked]:
        """What came of each artefact that a run rests on."""
        for artefact in self._of_run(record):
            here = Checked("", artefact.findings, artefacts=int(artefact.is_there))
            yield Checked.together("", (here, self._judged.get(artefact.key, Checked())))

    def _of_run(self, record: Record) -> list[Artefact]:
        """The artefacts of a run, parts of fits among them."""
        keys = dict.fromkeys(record.keys.values())
        keys |= dict.fromkeys(part for key in keys for part in self.artefacts[key].parts.values())
        return [self.artefacts[key] for key in keys]

    def carry_out(self, watcher: Watcher) -> None:
        """Make again what can be, and compare it with what is stored."""
        given = -1
        while given < len(self._given):
            given = len(self._given)
            plan = self._plan()
            self._results = carry_out_plan(plan, self._workplace, watcher)
            self._judge_all(plan)

    def folder(self, key: str) -> Path | None:
        """Where the copy that counts lies; None if there is none."""
        found = self._results.get(self._names.get(key, ""))
        if found is None or found.status != OK:
            return None
        return self.scratch.folder(self.artefacts[key].kind, found.key)

    def give_as_recorded(self, record: Record) -> None:
        """Let the scratch store have the copies that count under the keys of a run."""
        for one in self._of_run(record):
            if one.is_there:
                self._give(one.kind, one.key, one, self.folder(one.key) or one.folder)

    def _give(self, kind: str, key: str, artefact: Artefact, source: Path) -> None:
        """Link files into the scratch store, as those of an artefact."""

        if self.scratch.content(kind, key) is not None:
            return
        with self.scratch.claim(kind, key) as claim:
            for name, path in files_of(source).items():
                (claim.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (claim.folder / name).symlink_to(path.absolute())
            claim.complete(artefact.meta)

    def _plan(self) -> Plan:
        stages: dict[str, Stage] = {}
        for key, artefact in self.artefacts.items():
            name = self._names[key]
            if self._is_made_again(artefact):
                stages |= {stage.name: stage for stage in self._made_again(artefact, stages)}
            elif artefact.kind != PART:
                stages[name] = self._given_stage(name, name.partition(": ")[2], artefact)
        return Plan(tuple(stages.values()), tuple(stages))

    def _is_made_again(self, artefact: Artefact) -> bool:
        light = artefact.kind in self._kinds
        return light and artefact.known and artefact.key not in self._given

    def _made_again(self, artefact: Artefact, before: Mapping[str, Stage]) -> Iterator[Stage]:
        """The stage of an artefact, behind stages for what cannot be had of its inputs."""
        name, kind = self._names[artefact.key], KINDS[artefact.kind]
        target, weight = f"{kind.module}:{kind.target.partition(':')[2]}", kind.weight
        inputs: dict[str, tuple[str, ...]] = {}
        for role, pairs in artefact.inputs.items():
            inputs[role] = tuple(self._names.get(self._source(*pair), "") for pair in pairs)
            if not before.keys() >= {*inputs[role]}:
                lost = self._given_stage(f"{name}, its {role}", role, None)
                inputs[role] = (lost.name,)
                yield lost
        several = artefact.series
        if artefact.kind in RECOUNTED:
            target, weight = f"{stand_ins.__name__}:recount", 0.2
            own = self._given_stage(f"{name}, its predictions", "its own predictions", artefact)
            inputs = {**inputs, "predictions": (own.name,)}
            inputs = {role: of for role, of in inputs.items() if role not in UNCOUNTED}
            yield own
        yield Stage(
            name=name,
            kind=artefact.kind,
            target=target,
            parameters=artefact.meta["parameters"],
            inputs={role: of[0] for role, of in inputs.items() if role not in several},
            series={role: of for role, of in inputs.items() if role in several},
            weight=weight,
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
        kind, key = (artefact.kind, artefact.key) if artefact else ("", name)
        target = f"{stand_ins.__name__}:not_given"
        stage = Stage(name, kind or "absent", target, {"recorded": key}, name_in_run=own_name)
        if artefact is not None and artefact.usable:
            self._give(kind, stage.key({}), artefact, artefact.folder)
        return stage

    def _judge_all(self, plan: Plan) -> None:
        """Judge what was made from copies that count; what was not waits for the next round."""
        waiting: set[str] = set()
        for artefact in filter(self._is_made_again, self.artefacts.values()):
            stage = plan[self._names[artefact.key]]
            if not waiting.isdisjoint(stage.needs):
                waiting.add(stage.name)
            elif artefact.key not in self._judged:
                judged = self._judged[artefact.key] = self._judge(artefact, stage, plan)
                if artefact.usable and self._is_another(artefact, judged):
                    self._given.add(artefact.key)
                    waiting.add(stage.name)

    def _is_another(self, artefact: Artefact, judged: Checked) -> bool:
        """Whether a stored copy is another than the new one and not wrong, or there is no new
        one."""
        wrong = any(finding.severity == WRONG for finding in judged.findings)
        new = self._results[self._names[artefact.key]].key
        differs = self.scratch.content(artefact.kind, new) != artefact.content
        return not judged.derived or (differs and not wrong)

    def _judge(self, artefact: Artefact, stage: Stage, plan: Plan) -> Checked:
        """Compare a new copy with the stored one."""
        today = code_today(artefact.kind, artefact.meta["parameters"]) == artefact.meta["code"]
        severity = WRONG if today or not artefact.usable else CHANGED_CODE
        fresh = self.folder(artefact.key)
        if fresh is None:
            lost = [plan[need].own_name for need in stage.needs if self._results[need].status != OK]
            text = f"cannot be derived again: {', '.join(lost)} cannot be used"
            one = Finding(MISSING, artefact.place, text, "derived again")
            if not lost:
                text = f"cannot be made again: {self._results[stage.name].reason}"
                one = Finding(severity, artefact.place, text, "made again")
            return Checked("", (one,))
        compared = compare_folders(
            artefact.folder,
            fresh,
            dict.fromkeys((*files_of(fresh), *artefact.meta.get("files", ()))),
            artefact.place,
            severity,
            exact=today and artefact.key not in self._elsewhere,
        )
        return replace(compared, derived=1)
