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
from benchmark.experiment.artefacts.extractor import given_extractor
from benchmark.experiment.kinds import stage_of
from benchmark.experiment.plan_downstream import downstream_cells, downstream_stages
from benchmark.experiment.seeds import stage_seed
from benchmark.experiment.stages.pretrain import PROFILE as EXTRACTOR_PROFILE
from benchmark.spec import RunSpec, short_name
from metrics.protocols import SKELGEN_V1, Protocol

SHARD = 150
"""Synthetic clips of one sample stage: what a kill can lose, and what two workers share."""


def plan(spec: RunSpec, data_root: Path | None = None) -> Plan:
    """All stages of a resolved spec.

    Raises:
        InputError: files of the data set are missing.
    """
    return Plan(tuple(_run_stages(spec, data_root)), ("tables", "pictures"))


def pretrain_plan(dataset: str, protocol: str, data_root: Path | None = None) -> Plan:
    """The stages that make a data set's extractor, bundled or not."""
    return Plan((data_stage(dataset, protocol, data_root), pretrain_stage()), ("extractor",))


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


def pretrain_stage(kind: str = "st_trans") -> Stage:
    """Train the extractor on the whole training part."""
    parameters = {"profile": EXTRACTOR_PROFILE, "kind": kind}
    return stage_of("extractor", "pretrain", parameters, {"data": "data"})


def _run_stages(spec: RunSpec, data_root: Path | None) -> list[Stage]:
    data_split = {"split": spec.split, "data_seed": spec.data_seed}
    data = data_stage(spec.dataset, spec.data_protocol, data_root)
    extractor = ExtractorPlan.of(spec)
    pool = _pool(spec, data_split, extractor.protocol)
    arms = spec.parsed_arms
    augmented = None
    if spec.recognizers and any(arm.kind == "classical" for arm in arms):
        augmented = _classical_pool(spec, data_split)
    features = _features(extractor, pool, spec.metrics) if spec.metrics else []
    scores = _scores(spec, extractor.protocol)
    cells = downstream_cells(spec, arms)
    downstream = downstream_stages(
        spec,
        cells,
        samples=pool.beginning(spec.samples or 0),
        augmented=augmented.shards if augmented else (),
    )
    single = [data, *extractor.stages, pool.fit, *features, *scores, *downstream]
    told = {"spec": spec.values(), **extractor.parameters, "cells": cells}
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
    others = [*features, *scores, *downstream]
    return [data, *extractor.stages, *pools, *others, tables, pictures]


@dataclass(frozen=True)
class ExtractorPlan:
    """Whose features the metrics see: the protocol, the stages that make its extractor, and what
    the stages that use it are told."""

    protocol: Protocol
    stages: tuple[Stage, ...]
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]

    @classmethod
    def of(cls, spec: RunSpec) -> ExtractorPlan:
        """The extractor that a spec names, the bundled one, or one that is trained first; none
        for a run without metrics."""
        from metrics.protocols import protocol_named
        from recognizers.extractors.kinds import bundled_extractor, extractor_id

        protocol = protocol_named(spec.protocol)
        told: dict[str, Any] = {"dataset": spec.dataset, "extractor": None}
        if not spec.metrics:
            return cls(protocol, (), told, {})
        if "guide_is_extractor" in spec.allow:
            told["guide_is_extractor"] = True
        if spec.random_state:
            told["random_state"] = True
        bundled = bundled_extractor(spec.dataset) if protocol.extractor == "st_trans" else None
        if spec.extractor:
            given = given_extractor(spec.extractor, protocol.extractor)
            stage = stage_of("extractor", "adopt", given, {"data": "data"})
        elif bundled is None:
            stage = pretrain_stage(protocol.extractor)
        else:
            return cls(protocol, (), told | {"extractor": extractor_id(bundled)}, {})
        return cls(protocol, (stage,), told, {"extractor": "extractor"})


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
    return _pool(beside, data_split, SKELGEN_V1, prefix="classical/")


def _features(extractor: ExtractorPlan, pool: PoolPlan, metrics: Iterable[str]) -> list[Stage]:
    """Features of the real parts and of the synthetic clips, and body measures where a metric
    needs them."""
    from metrics.registry import metric_named

    real, shards = {"data": "data"}, {"shards": pool.shards}
    features, bodies = [], []
    for part in ("train", "test", "synthetic"):
        made = part == "synthetic"
        inputs = {"fit": pool.fit.name} if made else real
        features.append(
            stage_of(
                f"features/{part}",
                "featurise",
                {"part": part, "kind": extractor.protocol.extractor, **extractor.parameters},
                {**inputs, **extractor.inputs},
                series=shards if made else {},
            )
        )
        bodies.append(
            stage_of(
                f"bodies/{part}",
                "measure",
                {"part": part},
                {} if made else real,
                series=shards if made else {},
            )
        )
    needed = any(metric_named(name).needs == "bodies" for name in metrics)
    return [*features, *(bodies if needed else [])]


def _scores(spec: RunSpec, protocol: Protocol) -> list[Stage]:
    """One stage a family of metrics."""
    from metrics.registry import check_metrics, metric_named

    families: dict[str, list[str]] = {}
    for name in spec.metrics:
        families.setdefault(metric_named(name).stage, []).append(name)
    stages = []
    for family, names in families.items():
        metrics = check_metrics(names)
        kinds = ["features"] + ["bodies"] * any(metric.needs == "bodies" for metric in metrics)
        inputs = {
            f"{kind}/{part}": f"{kind}/{part}"
            for kind in kinds
            for part in ("train", "test", "synthetic")
        }
        split: dict[str, Any] = {}
        if any(metric.against == "split" for metric in metrics):
            inputs["data"] = "data"
            seen = spec.split if spec.generator_data == "split" else spec.generator_data
            split = {"split": seen, "data_seed": spec.data_seed}
        parameters = {
            "metrics": names,
            "repetitions": spec.repetitions,
            "protocol": protocol.name,
            "seed": stage_seed(spec, "score"),
            **split,
        }
        stages.append(stage_of(f"score/{family}", "score", parameters, inputs))
    return stages


def _recipes(spec: RunSpec) -> dict[str, Any]:
    """Recipe of each recognizer, and what else its results hang on."""
    from recognizers.registry import identity, recipe

    return {
        name: {**recipe(name, spec.profile, spec.recipe), **identity(name)}
        for name in spec.recognizers
    }
