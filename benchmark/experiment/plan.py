"""From a spec to stages: what depends on what, with which parameters, seeds and code.

Seeds are derived from what a stage is for and never from the generator's name, so that two
generators are fitted and sampled with the same random numbers, and the parts that they have in
common are one artefact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.engine.graph import Plan, Stage
from benchmark.experiment.artefacts.clips import HELD_OUT_PARTS
from benchmark.experiment.artefacts.extractor import given_extractor, given_kind
from benchmark.experiment.kinds import stage_of
from benchmark.experiment.plan_downstream import downstream_cells, downstream_stages
from benchmark.experiment.seeds import stage_seed
from benchmark.experiment.stages.pretrain import PROFILE as EXTRACTOR_PROFILE
from benchmark.records.tables import NO_JUDGE
from benchmark.spec import RunSpec, short_name
from metrics.protocols import SKELGEN_V2, Protocol, protocol_named

GRU = "gru"
SHARD = 150
"""Synthetic clips of one sample stage: what a kill can lose, and what two workers share."""


def plan(spec: RunSpec, data_root: Path | None = None) -> Plan:
    """All stages of a resolved spec.

    Raises:
        InputError: files of the data set are missing.
    """
    return Plan(tuple(_run_stages(spec, data_root)), ("tables", "pictures"))


def pretrain_plan(
    dataset: str, protocol: str, kinds: Iterable[str], data_root: Path | None = None
) -> Plan:
    """The stages that make a data set's judges of some kinds, bundled or not."""
    judges = [pretrain_stage(kind) for kind in kinds]
    stages = (data_stage(dataset, protocol, data_root), *judges)
    return Plan(stages, tuple(stage.name for stage in judges))


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
    return stage_of("data", "data", parameters)


def pretrain_stage(kind: str) -> Stage:
    """Train a judge on the whole training part."""
    parameters = {"profile": EXTRACTOR_PROFILE, "kind": kind}
    return stage_of(f"judges/{kind}", "pretrain", parameters, {"data": "data"})


def _run_stages(spec: RunSpec, data_root: Path | None) -> list[Stage]:
    data_split = {"split": spec.split, "data_seed": spec.data_seed}
    data = data_stage(spec.dataset, spec.data_protocol, data_root)
    protocol = protocol_named(spec.protocol)
    judges = [JudgePlan.of(spec, kind) for kind in spec.judges] if spec.metrics else []
    pool = _pool(spec, data_split, protocol)
    arms = spec.parsed_arms
    augmented = None
    if spec.recognizers and any(arm.kind == "classical" for arm in arms):
        augmented = _classical_pool(spec, data_split)
    measured = _measured(spec, judges, pool) if judges else []
    scores = [*_scores(spec, protocol), *_two_samples(spec, pool)]
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
class JudgePlan:
    """One judge of a run.

    Attributes:
        stage: what trains it or takes it over; None for a bundled one.
        parameters: what the stages that ask it are told.
    """

    kind: str
    stage: Stage | None
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, spec: RunSpec, kind: str) -> JudgePlan:
        """The judge of a kind: the one that the spec names, the bundled one, or one that is trained
        first."""
        from recognizers.extractors.kinds import bundled_extractor, extractor_id

        told: dict[str, Any] = {"dataset": spec.dataset, "kind": kind, "extractor": None}
        if "guide_is_extractor" in spec.allow:
            told["guide_is_extractor"] = True
        if spec.random_state and kind == GRU:
            told["random_state"] = True
        if spec.extractor and given_kind(spec.extractor) == kind:
            given = given_extractor(spec.extractor)
            return cls(kind, stage_of(f"judges/{kind}", "adopt", given, {"data": "data"}), told)
        bundled = bundled_extractor(spec.dataset, kind)
        if bundled is None:
            return cls(kind, pretrain_stage(kind), told)
        return cls(kind, None, told | {"extractor": extractor_id(bundled)})

    def features(self, part: str, inputs: Mapping[str, str], shards: tuple[str, ...] = ()) -> Stage:
        """Features of one part's clips."""
        own = {} if self.stage is None else {"extractor": self.stage.name}
        return stage_of(
            f"features/{self.kind}/{part}",
            "featurise",
            {**self.parameters, "part": part},
            {**inputs, **own},
            series={"shards": shards} if shards else {},
        )


@dataclass(frozen=True)
class PoolPlan:
    """A fit, and the stages that sample its clips, shard by shard."""

    fit: Stage
    samples: tuple[Stage, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All of them, in order."""
        return (self.fit, *self.samples)

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
    fit = _fit_stage(spec, data_split, prefix)
    seen = {"generator_seed": spec.generator_seed} if spec.generator_seed else {}
    stretches = {"stretch": spec.samples, "labels": protocol.labels}
    fresh = protocol.draw == "fresh"
    samples = spec.samples * (spec.repetitions if fresh else 1)
    shards = tuple(
        stage_of(
            f"{prefix}sample/{number}",
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
                **(stretches if fresh or protocol.labels != "split" else {}),
                **({"sees": spec.generator_data} if spec.generator_data != "split" else {}),
            },
            {"data": "data", "fit": fit.name},
        )
        for number, first in enumerate(range(0, samples, SHARD))
    )
    return PoolPlan(fit, shards)


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
        }
    )
    return _pool(beside, data_split, SKELGEN_V2, prefix="classical/")


def _measured(spec: RunSpec, judges: Sequence[JudgePlan], pool: PoolPlan) -> list[Stage]:
    """What each judge makes of real parts, of the synthetic clips and of held-out clips as the
    generator has them; and body measures where a metric needs them."""
    from metrics.registry import metric_named

    real, fitted = {"data": "data"}, {"fit": pool.fit.name}
    represented = stage_of(
        "represented",
        "represent",
        {"generator": spec.generator, "part": spec.part},
        {**real, **fitted},
    )
    stages = [represented]
    for judge in judges:
        stages += [judge.features(part, real) for part in ("train", *HELD_OUT_PARTS)]
        stages.append(judge.features("synthetic", fitted, pool.shards))
        stages.append(judge.features("represented", {"represented": represented.name}))
    if any(metric_named(name).needs == "bodies" for name in spec.metrics):
        stages += [
            stage_of(f"bodies/{part}", "measure", {"part": part}, real)
            for part in ("train", spec.part)
        ]
        shards = {"shards": pool.shards}
        stages.append(stage_of("bodies/synthetic", "measure", {"part": "synthetic"}, series=shards))
    return stages


def _scores(spec: RunSpec, protocol: Protocol) -> list[Stage]:
    """One stage a family of metrics and judge; no judge for metrics of the body."""
    from metrics.registry import metric_named

    families: dict[str, list[str]] = {}
    for name in spec.metrics:
        families.setdefault(metric_named(name).stage, []).append(name)
    return [
        _score(spec, protocol, f"score/{of_judge}/{family}", names, kind)
        for family, names in families.items()
        for kind, of_judge in _judging(names, spec.judges)
    ]


def _judging(names: Sequence[str], judges: Sequence[str]) -> list[tuple[str, str]]:
    """Whose features a family of metrics is computed on, and what its stages are called by."""
    from metrics.registry import metric_named

    if all(metric_named(name).needs == "bodies" for name in names):
        return [(judges[0], NO_JUDGE)]
    return [(kind, kind) for kind in judges]


def _score(
    spec: RunSpec, protocol: Protocol, stage: str, names: Sequence[str], judge: str
) -> Stage:
    from metrics.registry import check_metrics

    metrics, parts = check_metrics(names), ("train", spec.part, "synthetic")
    inputs = {f"features/{part}": f"features/{judge}/{part}" for part in parts}
    if any(metric.needs == "bodies" for metric in metrics):
        inputs |= {f"bodies/{part}": f"bodies/{part}" for part in parts}
    split: dict[str, Any] = {}
    if any(metric.against == "split" for metric in metrics):
        inputs["data"] = "data"
        seen = spec.split if spec.generator_data == "split" else spec.generator_data
        split = {"split": seen, "data_seed": spec.data_seed}
    parameters = {
        "metrics": list(names),
        "repetitions": spec.repetitions,
        "protocol": protocol.name,
        "part": spec.part,
        "seed": stage_seed(spec, "score"),
        **split,
    }
    return stage_of(stage, "score", parameters, inputs)


def _two_samples(spec: RunSpec, pool: PoolPlan) -> list[Stage]:
    """A test a network of the synthetic clips, and of as many real ones, for the floor."""
    stages = []
    for network in spec.two_sample:
        from recognizers.two_sample import STEPS, two_sample_recipe

        told = {
            "against": spec.part,
            "recognizer": network,
            "recipe": two_sample_recipe(network).state(),
            "steps": STEPS,
            "seed": stage_seed(spec, "two sample", network),
        }
        data = {"data": "data"}
        stages += [
            stage_of(
                f"two_sample/{network}/synthetic",
                "two_sample",
                {**told, "part": "synthetic"},
                data,
                series={"shards": pool.shards},
            ),
            stage_of(
                f"two_sample/{network}/real",
                "two_sample",
                {**told, "part": "train", "samples": spec.samples},
                data,
            ),
        ]
    return stages


def _recipes(spec: RunSpec) -> dict[str, Any]:
    """Recipe of each recognizer, and what else its results hang on."""
    from recognizers.registry import identity, recipe

    return {
        name: {**recipe(name, spec.profile, spec.recipe), **identity(name)}
        for name in spec.recognizers
    }
