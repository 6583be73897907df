"""From a spec to stages: what depends on what, with which parameters, seeds and code.

Seeds are derived from what a stage is for and never from the generator's name, so that two
generators are fitted and sampled with the same random numbers, and the parts that they have in
common are one artefact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.engine.graph import Plan, Stage
from benchmark.experiment.kinds import stage_of
from benchmark.experiment.plan_downstream import downstream_cells, downstream_stages
from benchmark.experiment.plan_judges import (
    JudgePlan,
    feature_stages,
    pretrain_stage,
    score_stages,
    two_sample_stages,
)
from benchmark.experiment.seeds import stage_seed
from benchmark.setting import BASE_NOVEL, STANDARD, UNLABELLED
from benchmark.spec import RunSpec, short_name
from benchmark.spec_checks import NONE
from metrics.protocols import SKELGEN_V2, Protocol, protocol_named

GRU = "gru"
FOLDS = 4
"""Of a split, for the classifiers that choose among drawn clips: each is trained without one."""
SHARD = 150
"""Synthetic clips of one sample stage: what a kill can lose, and what two workers share."""


def plan(spec: RunSpec, data_root: Path | None = None) -> Plan:
    """All stages of a resolved spec.

    Raises:
        InputError: files of the data set are missing.
    """
    return Plan(tuple(_run_stages(spec, data_root)), ("tables", "pictures"))


def pretrain_plan(
    dataset: str,
    protocol: str,
    kinds: Iterable[str],
    data_root: Path | None = None,
    skeleton: str = "",
    persons: int = 1,
) -> Plan:
    """The stages that make a data set's judges of some kinds, bundled or not."""
    judges = [pretrain_stage(kind) for kind in kinds]
    stages = (data_stage(dataset, protocol, data_root, skeleton, persons), *judges)
    return Plan(stages, tuple(stage.name for stage in judges))


def data_stage(
    dataset: str, protocol: str, data_root: Path | None, skeleton: str = "", persons: int = 1
) -> Stage:
    """Read or make the clips of a data set."""
    from skeletons.datasets import check_protocol, dataset_named

    source = dataset_named(dataset, skeleton, persons)
    chosen = check_protocol(source, protocol)
    parameters = {
        "dataset": dataset,
        "protocol": chosen,
        "identity": source.identity(chosen, data_root),
        **({"skeleton": skeleton} if skeleton else {}),
        **({"persons": persons} if persons != 1 else {}),
    }
    return stage_of("data", "data", parameters)


def _run_stages(spec: RunSpec, data_root: Path | None) -> list[Stage]:
    data_split = {"split": spec.seen_split, "data_seed": spec.data_seed}
    data = data_stage(spec.dataset, spec.data_protocol, data_root, spec.skeleton, spec.persons)
    protocol = protocol_named(spec.protocol)
    judges = [JudgePlan.of(spec, kind) for kind in spec.judges] if spec.metrics else []
    pool = _pool(spec, data_split, protocol)
    arms = spec.parsed_arms
    augmented = None
    if spec.recognizers and any(arm.kind == "classical" for arm in arms):
        augmented = _classical_pool(spec, data_split)
    measured = feature_stages(spec, judges, pool.fit.name, pool.shards) if judges else []
    scores = [*score_stages(spec, protocol), *two_sample_stages(spec, pool.shards)]
    cells = downstream_cells(spec, arms)
    downstream = downstream_stages(
        spec,
        cells,
        samples=pool.beginning(spec.samples or 0),
        augmented=augmented.shards if augmented else (),
    )
    made = [judge.stage for judge in judges if judge.stage is not None]
    told = {
        "spec": spec.values(),
        "judges": [dict(judge.parameters) for judge in judges],
        "cells": cells,
    }
    single = [data, *made, pool.fit, *measured, *scores, *downstream]
    tables = stage_of(
        "tables",
        "tables",
        {**told, "recipes": _recipes(spec)},
        {stage.name: stage.name for stage in single},
        series={"shards": pool.shards},
        required=("data",),
    )
    pictures = stage_of(
        "pictures",
        "pictures",
        told,
        {"data": "data", "tables": "tables"},
        series={"shards": pool.shards},
        required=("data", "tables"),
    )
    pools = [*pool.stages, *(augmented.stages if augmented else ())]
    return [data, *made, *pools, *measured, *scores, *downstream, tables, pictures]


@dataclass(frozen=True)
class PoolPlan:
    """A fit, and the stages that sample its clips, shard by shard."""

    fit: Stage
    samples: tuple[Stage, ...]
    before: tuple[Stage, ...] = ()
    """What the samples are made from beside the fit: drawn clips, and classifiers that choose."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All of them, in order."""
        return (self.fit, *self.before, *self.samples)

    @property
    def shards(self) -> tuple[str, ...]:
        """Names of the stages whose clips make up the pool, in order."""
        return tuple(stage.name for stage in self.samples)

    def beginning(self, clips: int) -> tuple[str, ...]:
        """Names of the stages that hold the first so many clips."""
        return tuple(stage.name for stage in self.samples if stage.parameters["first"] < clips)


def _pool(
    spec: RunSpec, data_split: Mapping[str, Any], protocol: Protocol, prefix: str = ""
) -> PoolPlan:
    """The fit and the shards of the synthetic clips; more of them where each repetition needs its
    own."""
    assert spec.samples is not None, "plan takes a resolved spec"
    if spec.made_elsewhere:
        return _foreign_pool(spec)
    fit = _fit_stage(spec, data_split, prefix)
    if spec.select == NONE:
        samples = _drawn(spec, data_split, protocol, fit, f"{prefix}sample", spec.samples)
        return PoolPlan(fit, samples)
    many = spec.samples * spec.select_from
    drawn = _drawn(spec, data_split, protocol, fit, f"{prefix}drawn", many)
    return _selected_pool(spec, data_split, protocol, fit, drawn)


def _drawn(
    spec: RunSpec,
    data_split: Mapping[str, Any],
    protocol: Protocol,
    fit: Stage,
    name: str,
    count: int,
) -> tuple[Stage, ...]:
    """The shards of so many clips, and of more where each repetition needs its own."""
    seen = {"generator_seed": spec.generator_seed} if spec.generator_seed else {}
    labels = "uniform" if spec.setting == BASE_NOVEL else protocol.labels
    stretches = {"stretch": count, "labels": labels}
    fresh = protocol.draw == "fresh"
    samples = count * (spec.repetitions if fresh else 1)
    return tuple(
        stage_of(
            f"{name}/{number}",
            "sample",
            {
                "generator": spec.generator,
                "name": short_name(spec.generator),
                **data_split,
                "samples": samples,
                "first": first,
                "count": min(SHARD, samples - first),
                "order_seed": stage_seed(spec, "pool"),
                "seed": stage_seed(spec, "sample", number, *seen.values()),
                **(stretches if fresh or labels != "split" else {}),
                **({"sees": spec.generator_data} if spec.generator_data != "split" else {}),
            },
            {"data": "data", "fit": fit.name},
        )
        for number, first in enumerate(range(0, samples, SHARD))
    )


def _selected_pool(
    spec: RunSpec,
    data_split: Mapping[str, Any],
    protocol: Protocol,
    fit: Stage,
    drawn: tuple[Stage, ...],
) -> PoolPlan:
    """Classifiers of the split, which know nothing of the generator, and what they keep."""
    told = {**data_split, "folds": FOLDS, "seed": stage_seed(spec, "folds")}
    classifiers = tuple(
        stage_of(
            f"classifier/{kind}/{fold}",
            "classifier",
            {**told, "kind": kind, "fold": fold},
            {"data": "data"},
        )
        for kind in spec.classifiers
        for fold in range(FOLDS)
    )
    kept = stage_of(
        "sample/selected",
        "select",
        {
            "rule": spec.select,
            "classifiers": list(spec.classifiers),
            "folds": FOLDS,
            **data_split,
            "samples": spec.samples,
            "first": 0,
            "order_seed": stage_seed(spec, "pool"),
            **({"labels": protocol.labels} if protocol.labels != "split" else {}),
        },
        {"data": "data", **{stage.name: stage.name for stage in classifiers}},
        series={"drawn": tuple(stage.name for stage in drawn)},
    )
    return PoolPlan(fit, (kept,), (*classifiers, *drawn))


def _foreign_pool(spec: RunSpec) -> PoolPlan:
    """Clips that ``evaluate`` took into the store, in the place of a fit and its samples."""
    assert spec.samples is not None, "plan takes a resolved spec"
    name = short_name(spec.generator)
    taken = stage_of("fit", "foreign", {"clips": spec.made_elsewhere}, {"data": "data"})
    shards = tuple(
        stage_of(
            f"sample/{number}",
            "cut",
            {"name": name, "first": first, "count": min(SHARD, spec.samples - first)},
            {"fit": "fit"},
        )
        for number, first in enumerate(range(0, spec.samples, SHARD))
    )
    return PoolPlan(taken, shards)


def _fit_stage(spec: RunSpec, data_split: Mapping[str, Any], prefix: str) -> Stage:
    again = (spec.generator_seed,) if spec.generator_seed else ()
    parameters = {
        "generator": spec.generator,
        "profile": spec.profile,
        "settings": spec.settings,
        **data_split,
        "seed": stage_seed(spec, "fit", *again),
    }
    if spec.generator_data != "split":
        parameters["split"] = spec.generator_data
    if spec.setting == UNLABELLED:
        parameters["setting"] = UNLABELLED
    if spec.precision != "32":
        parameters["precision"] = spec.arithmetic
    return stage_of(f"{prefix}fit", "fit", parameters, {"data": "data"})


def _classical_pool(spec: RunSpec, data_split: Mapping[str, Any]) -> PoolPlan:
    """Fit and shards of the generator ``classical``, for the arm of that name: the same artefacts
    as in a run of that generator. Seed and data of the run's own generator have no say in them."""
    from generators.registry import check_generator

    settings = check_generator("classical", spec.profile, {})
    beside = spec.model_copy(
        update={
            "generator": "classical",
            "settings": settings,
            "generator_seed": 0,
            "generator_data": "split",
            "setting": STANDARD,
            "select": NONE,
            "made_elsewhere": "",
        }
    )
    return _pool(beside, data_split, SKELGEN_V2, prefix="classical/")


def _recipes(spec: RunSpec) -> dict[str, Any]:
    """Recipe of each recognizer, and what else its results hang on."""
    from recognizers.registry import identity, recipe

    return {
        name: {**recipe(name, spec.profile, spec.recipe_changes), **identity(name)}
        for name in spec.recognizers
    }
