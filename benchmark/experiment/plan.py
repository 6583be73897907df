"""From a spec to stages: what depends on what, with which parameters, seeds and code.

Seeds are derived from what a stage is for and never from the generator's name, so that two
generators are fitted and sampled with the same random numbers, and the parts that they have in
common are one artefact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.engine.graph import Plan, Stage
from benchmark.engine.keys import imported_sources
from benchmark.experiment.plan_downstream import downstream_cells, downstream_stages
from benchmark.experiment.stage_making import code_of, module_of, stage_of, stage_seed
from benchmark.experiment.stages import ROOMS
from benchmark.experiment.stages.extractor import PROFILE as EXTRACTOR_PROFILE
from benchmark.experiment.stages.extractor import given_extractor
from benchmark.spec import RunSpec
from metrics.evaluation.protocols import SKELGEN_V1, Protocol

SHARD = 150
"""Synthetic clips of one sample stage: what a kill can lose, and what two workers share."""


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
    return stage_of("data", "data", parameters, {}, code_of("data", module_of(dataset)))


def pretrain_stage(kind: str = "st_trans") -> Stage:
    """Train the extractor on the whole training part."""
    parameters = {"profile": EXTRACTOR_PROFILE} | ({} if kind == "st_trans" else {"kind": kind})
    return stage_of("extractor", "pretrain", parameters, {"data": "data"})


def _run_stages(spec: RunSpec, data_root: Path | None) -> list[Stage]:
    assert spec.samples is not None, "plan takes a resolved spec"
    data_split = {"split": spec.split, "data_seed": spec.data_seed}
    data = data_stage(spec.dataset, spec.data_protocol, data_root)
    judge = Judge.of(spec)
    pool = _pool(spec, data_split, judge.protocol)
    arms = spec.parsed_arms
    augmented: list[Stage] = []
    if spec.recognizers and any(arm.kind == "classical" for arm in arms):
        augmented = _classical_pool(spec, data_split)
    features = _features(judge, pool, spec.metrics) if spec.metrics else []
    scores = _scores(spec, judge)
    cells = downstream_cells(spec, arms)
    trained_on = [shard.name for shard in pool[1:] if shard.parameters["first"] < spec.samples]
    downstream = downstream_stages(spec, cells, trained_on, augmented)
    made = [data, *judge.stages, *pool, *augmented, *features, *scores, *downstream]
    everything = {stage.name: stage.name for stage in made}
    shards = len(pool) - 1
    told = {"spec": spec.values(), **judge.parameters, "cells": cells, "shards": shards}
    tables = stage_of("tables", "tables", told, everything, required=("data",))
    drawn = {
        "data": "data",
        "tables": "tables",
        **{shard.name: shard.name for shard in pool[1:]},
    }
    pictures = stage_of("pictures", "pictures", told, drawn, required=("data", "tables"))
    return [*made, tables, pictures]


@dataclass(frozen=True)
class Judge:
    """Whose features the metrics see: the protocol, the stages that make its extractor, and what
    the stages that use it are told."""

    protocol: Protocol
    stages: list[Stage]
    parameters: dict[str, Any]
    inputs: dict[str, str]

    @classmethod
    def of(cls, spec: RunSpec) -> Judge:
        """The extractor that a spec names, the bundled one, or one that is trained first; none
        for a run without metrics."""
        from metrics.evaluation.protocols import protocol_named
        from recognizers.extractors.st_trans import bundled_extractor, extractor_id

        protocol = protocol_named(spec.protocol)
        told: dict[str, Any] = {"dataset": spec.dataset, "extractor": None}
        if not spec.metrics:
            return cls(protocol, [], told, {})
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
            return cls(protocol, [], told | {"extractor": extractor_id(bundled)}, {})
        return cls(protocol, [stage], told, {"extractor": "extractor"})


def _pool(spec: RunSpec, data_split: Mapping[str, Any], protocol: Protocol) -> list[Stage]:
    """The fit and the shards of the synthetic clips; more of them where each repetition needs its
    own."""
    assert spec.samples is not None
    fit = _fit_stage(spec, data_split)
    seen = {"generator_seed": spec.generator_seed} if spec.generator_seed else {}
    stretches = {"stretch": spec.samples, "labels": protocol.labels}
    fresh = protocol.draw == "fresh"
    samples = spec.samples * (spec.repetitions if fresh else 1)
    shards = [
        stage_of(
            f"sample/{number}",
            "sample",
            {
                "generator": spec.generator,
                **data_split,
                "samples": samples,
                "first": first,
                "count": min(SHARD, samples - first),
                "order_seed": stage_seed(spec, "pool"),
                "seed": stage_seed(spec, "sample", number, *seen.values()),
                **(stretches if fresh or protocol.labels != "split" else {}),
                **({"sees": spec.generator_data} if spec.generator_data != "split" else {}),
            },
            {"data": "data", "fit": "fit"},
            fit.code,
        )
        for number, first in enumerate(range(0, samples, SHARD))
    ]
    return [fit, *shards]


def _classical_pool(spec: RunSpec, data_split: Mapping[str, Any]) -> list[Stage]:
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
    fit, *shards = _pool(beside, data_split, SKELGEN_V1)
    renamed = replace(fit, name="classical/fit")
    return [
        renamed,
        *(
            replace(
                shard,
                name=f"classical/{shard.name}",
                inputs={"data": "data", "fit": renamed.name},
            )
            for shard in shards
        ),
    ]


def _features(judge: Judge, pool: Sequence[Stage], metrics: Sequence[str]) -> list[Stage]:
    """Features of the real parts and of the synthetic clips, and body measures where a metric
    needs them."""
    from metrics.registry import metric_named

    shards = {shard.name: shard.name for shard in pool[1:]}
    parts: dict[str, dict[str, str]] = {"train": {"data": "data"}, "test": {"data": "data"}}
    parts["synthetic"] = {"fit": "fit", **shards}
    features = [
        stage_of(
            f"features/{part}",
            "featurise",
            {"part": part, **judge.parameters},
            {**inputs, **judge.inputs},
        )
        for part, inputs in parts.items()
    ]
    if not any(metric_named(name).needs == "bodies" for name in metrics):
        return features
    bodies = [
        stage_of(f"bodies/{part}", "measure", {"part": part}, inputs)
        for part, inputs in parts.items()
    ]
    return [*features, *bodies]


def _scores(spec: RunSpec, judge: Judge) -> list[Stage]:
    """One stage a family of metrics."""
    from metrics.registry import check_metrics, metric_named

    families: dict[str, list[str]] = {}
    for name in spec.metrics:
        families.setdefault(metric_named(name).stage, []).append(name)
    stages = []
    for family, names in families.items():
        metrics = check_metrics(names)
        kinds = ["features"] + ["bodies"] * any(metric.needs == "bodies" for metric in metrics)
        parts = [f"{kind}/{part}" for kind in kinds for part in ("train", "test", "synthetic")]
        inputs = {name: name for name in parts}
        if any(metric.against == "split" for metric in metrics):
            inputs["data"] = "data"
        seen = spec.split if spec.generator_data == "split" else spec.generator_data
        split = {"split": seen, "data_seed": spec.data_seed} if "data" in inputs else {}
        stages.append(
            stage_of(
                f"score/{family}",
                "score",
                {
                    "metrics": names,
                    "repetitions": spec.repetitions,
                    "protocol": judge.protocol.name,
                    "version": judge.protocol.version,
                    "seed": stage_seed(spec, "score"),
                    **split,
                },
                inputs,
                code_of("score", [path for name in names for path in module_of(name)]),
            )
        )
    return stages


def _fit_stage(spec: RunSpec, data_split: Mapping[str, Any]) -> Stage:
    from generators.registry import source_modules

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
    code = code_of("fit", imported_sources(source_modules(spec.generator), ROOMS))
    return stage_of("fit", "fit", parameters, {"data": "data"}, code)
