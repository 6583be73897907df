"""From a spec to stages: what depends on what, with which parameters, seeds and code.

Seeds are derived from what a stage is for and never from the generator's name, so that two
generators are fitted and sampled with the same random numbers, and the parts that they have in
common are one artefact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmark.code_version import code_version, imported_sources
from benchmark.spec import RunSpec
from benchmark.stages import KINDS, ROOMS
from benchmark.stages.extractor import PROFILE as EXTRACTOR_PROFILE
from benchmark.store import artefact_key
from skeletons.seeds import derive_seed

SHARD = 150
"""Synthetic clips of one sample stage: what a kill can lose, and what two workers share."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One step of a run.

    Attributes:
        name: unique in the plan, such as ``downstream/stgcn++/real/0``.
        kind: what it does, a key of :data:`benchmark.stages.KINDS`.
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


def plan(spec: RunSpec, data_root: Path | None = None) -> Plan:
    """All stages of a resolved spec.

    Raises:
        InputError: files of the data set are missing.
    """
    return Plan.of(_run_stages(spec, data_root), ("tables", "pictures"))


def pretrain_plan(dataset: str, protocol: str, data_root: Path | None = None) -> Plan:
    """The stages that make a data set's extractor, bundled or not."""
    data = data_stage(dataset, protocol, data_root)
    return Plan.of([data, pretrain_stage()], ("extractor",))


def data_stage(dataset: str, protocol: str, data_root: Path | None) -> Stage:
    """Read or make the clips of a data set."""
    from skeletons.datasets import check_protocol, dataset_named

    source = dataset_named(dataset)
    chosen = check_protocol(source, protocol)
    parameters = {
        "dataset": dataset,
        "protocol": chosen,
        "identity": source.identity(chosen, data_root),
    }
    return _stage("data", "data", parameters, {}, code_of("data", module_of(dataset)))


def pretrain_stage() -> Stage:
    """Train the extractor on the whole training part."""
    return _stage("extractor", "pretrain", {"profile": EXTRACTOR_PROFILE}, {"data": "data"})


def _run_stages(spec: RunSpec, data_root: Path | None) -> list[Stage]:
    samples = spec.samples
    assert samples is not None, "plan takes a resolved spec"
    data_split = {"split": spec.split, "data_seed": spec.data_seed}
    data = data_stage(spec.dataset, spec.data_protocol, data_root)
    extractor, judged_by, judge_inputs = _extractor(spec.dataset)
    fit = _fit_stage(spec, data_split)
    shards = [
        _stage(
            f"sample/{number}",
            "sample",
            {
                "generator": spec.generator,
                **data_split,
                "samples": samples,
                "first": first,
                "count": min(SHARD, samples - first),
                "order_seed": stage_seed(spec, "pool"),
                "seed": stage_seed(spec, "sample", number),
            },
            {"data": "data", "fit": "fit"},
            fit.code,
        )
        for number, first in enumerate(range(0, samples, SHARD))
    ]
    pool = {shard.name: shard.name for shard in shards}
    features = [
        _stage(
            f"features/{part}",
            "featurise",
            {"part": part, **judged_by},
            {**inputs, **judge_inputs},
        )
        for part, inputs in (
            ("train", {"data": "data"}),
            ("test", {"data": "data"}),
            ("synthetic", {"fit": "fit", **pool}),
        )
    ]
    scores = [
        _stage(
            f"score/{metric}",
            "score",
            {
                "metric": metric,
                "repetitions": spec.repetitions,
                "protocol": spec.protocol,
                "seed": stage_seed(spec, "score"),
            },
            {part: f"features/{part}" for part in ("train", "test", "synthetic")},
        )
        for metric in spec.metrics
    ]
    cells = [
        {"recognizer": name, "arm": arm, "seed": seed, "stage": f"downstream/{name}/{arm}/{seed}"}
        for name in spec.recognizers
        for arm in spec.arms
        for seed in range(spec.seeds)
    ]
    downstream = [
        _stage(
            str(cell["stage"]),
            "downstream",
            {
                "recognizer": cell["recognizer"],
                "profile": spec.profile,
                "arm": cell["arm"],
                **data_split,
                # the same seed in every arm: their difference is paired
                "seed": stage_seed(spec, "downstream", cell["recognizer"], cell["seed"]),
            },
            {"data": "data"} | (pool if cell["arm"] == "real+synthetic" else {}),
        )
        for cell in cells
    ]
    made = [data, *extractor, fit, *shards, *features, *scores, *downstream]
    everything = {stage.name: stage.name for stage in made}
    told = {"spec": spec.values(), **judged_by, "cells": cells, "shards": len(shards)}
    tables = _stage("tables", "tables", told, everything, required=("data",))
    drawn = {"data": "data", "tables": "tables", **pool}
    pictures = _stage("pictures", "pictures", told, drawn, required=("data", "tables"))
    return [*made, tables, pictures]


def _extractor(dataset: str) -> tuple[list[Stage], dict[str, Any], dict[str, str]]:
    """The stage that makes the extractor, if one must, and what the stages that use it are told."""
    from recognizers.extractor import bundled_extractor, extractor_id

    bundled = bundled_extractor(dataset)
    if bundled is None:
        judged_by = {"dataset": dataset, "extractor": None}
        return [pretrain_stage()], judged_by, {"extractor": "extractor"}
    return [], {"dataset": dataset, "extractor": extractor_id(bundled)}, {}


def _fit_stage(spec: RunSpec, data_split: Mapping[str, Any]) -> Stage:
    from generators.registry import source_modules

    parameters = {
        "generator": spec.generator,
        "profile": spec.profile,
        "settings": spec.parameters,
        **data_split,
        "seed": stage_seed(spec, "fit"),
    }
    code = code_of("fit", imported_sources(source_modules(spec.generator), ROOMS))
    return _stage("fit", "fit", parameters, {"data": "data"}, code)


def stage_seed(spec: RunSpec, *names: object) -> int:
    """The seed of a stage, below 2**31 so that every library takes it.

    It depends on the data, the split and what the stage is for; the generator's name is left out.
    """
    return (
        derive_seed(spec.dataset, spec.data_protocol, spec.split, spec.data_seed, spec.seed, *names)
        % 2**31
    )


def code_of(kind: str, files: Iterable[Path] = ()) -> str:
    """Code version of a kind of stage, with the files of a generator where it takes part."""
    what = KINDS[kind]
    return code_version((*what.packages, what.module), what.libraries, files)


def module_of(name: str) -> list[Path]:
    """The file of a ``package.module:Class``; nothing for a built-in name."""
    import importlib.util

    module, colon, _ = name.partition(":")
    spec = importlib.util.find_spec(module) if colon else None
    return [Path(spec.origin)] if spec is not None and spec.origin else []


def _stage(
    name: str,
    kind: str,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str],
    code: str = "",
    required: tuple[str, ...] | None = None,
) -> Stage:
    return Stage(name, kind, parameters, inputs, code or code_of(kind), required)
